// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions that not every kernel has, or has in the same form, in the form
 * that this one declares.
 */
#include <linux/netfilter.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <nf_ct/entry.h>
#include <nf_ct/netns.h>

#ifdef HAVE_CONFIRM_HOOK
/**
 * nf_confirm - a packet leaves the ruleset
 * @priv:	unused
 * @skb:	the packet
 * @state:	the hook it is at
 *
 * Context: softirq or BH off, rcu_read_lock() held.
 * Return: a netfilter verdict.
 */
unsigned int nf_confirm(void *priv, struct sk_buff *skb,
			const struct nf_hook_state *state)
{
	return nf_ct_confirm_hook(priv, skb, state);
}
#else
/**
 * nf_confirm - a packet leaves the ruleset
 * @skb:	the packet
 * @protoff:	offset of its transport header, bytes from skb->data
 * @ct:		its entry
 * @ctinfo:	its direction and state
 *
 * Context: softirq or BH off, rcu_read_lock() held.
 * Return: a netfilter verdict.
 */
unsigned int nf_confirm(struct sk_buff *skb, unsigned int protoff,
			struct nf_conn *ct, enum ip_conntrack_info ctinfo)
{
	return nf_ct_leave(skb, protoff, ct, ctinfo);
}
#endif

#ifdef HAVE_ALTER_REPLY
/**
 * nf_conntrack_alter_reply - NAT decided what the reply will look like
 * @ct:		an unconfirmed entry
 * @newreply:	its reply tuple from now on
 *
 * Context: softirq or BH off.
 */
void nf_conntrack_alter_reply(struct nf_conn *ct,
			      const struct nf_conntrack_tuple *newreply)
{
	if (WARN_ON_ONCE(nf_ct_is_confirmed(ct)))
		return;

	ct->tuplehash[IP_CT_DIR_REPLY].tuple = *newreply;
}
#endif
