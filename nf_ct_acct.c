// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accounting: packets and bytes of an entry, a counter for each direction.
 * Only entries made while nf_conntrack_acct is on have counters.
 */
#include <linux/atomic.h>
#include <linux/moduleparam.h>

#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_acct.h>

static bool acct;
module_param(acct, bool, 0644);
MODULE_PARM_DESC(acct, "Enable connection tracking flow accounting.");

/**
 * nf_ct_acct_add - count packets of an entry
 * @ct: entry
 * @dir: direction that the packets went, an &enum ip_conntrack_dir
 * @packets: how many
 * @bytes: their lengths together, from the network header on
 *
 * Does nothing for an entry without counters.
 *
 * Context: Any.
 */
void nf_ct_acct_add(struct nf_conn *ct, u32 dir, unsigned int packets,
		    unsigned int bytes)
{
	struct nf_conn_acct *acct_ext = nf_conn_acct_find(ct);

	if (!acct_ext)
		return;

	atomic64_add(packets, &acct_ext->counter[dir].packets);
	atomic64_add(bytes, &acct_ext->counter[dir].bytes);
}

/**
 * nf_conntrack_acct_pernet_init - set a new namespace's nf_conntrack_acct
 * @net: namespace
 *
 * A namespace starts with what the module parameter says at that time.
 *
 * Context: Any.
 */
void nf_conntrack_acct_pernet_init(struct net *net)
{
	net->ct.sysctl_acct = acct;
}
