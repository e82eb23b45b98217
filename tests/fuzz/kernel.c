// SPDX-License-Identifier: GPL-2.0-only
/*
 * The little of the kernel that the code under test calls and that is not
 * compiled in as it is.
 */
#include <linux/rcupdate.h>
#include <linux/skbuff.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <nf_ct/shell.h>

const struct nf_conntrack_zone nf_ct_zone_dflt;

/* All of a packet is in its linear part, so there is nothing to copy. */
int skb_copy_bits(const struct sk_buff *skb, int offset, void *to, int len)
{
	return -EFAULT;
}

void __rcu_read_lock(void)
{
}

void __rcu_read_unlock(void)
{
}

/* Formats a text for a log that nobody reads here. */
void nf_ct_log_why(const struct sk_buff *skb, const struct nf_hook_state *state,
		   u8 protonum, enum nf_ct_why why)
{
}

void nf_l4proto_log_invalid(const struct sk_buff *skb,
			    const struct nf_hook_state *state, u8 protonum,
			    const char *fmt, ...)
{
}
