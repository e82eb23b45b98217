// SPDX-License-Identifier: GPL-2.0-only
/*
 * Time stamps: only entries made while nf_conntrack_timestamp is on have
 * them.  Who confirms an entry sets the start, who kills it the end.
 */
#include <linux/moduleparam.h>

#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_timestamp.h>

static bool tstamp;
module_param(tstamp, bool, 0644);
MODULE_PARM_DESC(tstamp, "Enable connection tracking flow timestamping.");

/**
 * nf_conntrack_tstamp_pernet_init - set a new namespace's nf_conntrack_timestamp
 * @net: namespace
 *
 * A namespace starts with what the module parameter says at that time.
 *
 * Context: Any.
 */
void nf_conntrack_tstamp_pernet_init(struct net *net)
{
	net->ct.sysctl_tstamp = tstamp;
}
