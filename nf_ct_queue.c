// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that come back from a queue (NFQUEUE).
 *
 * While a packet waited for its verdict, another packet of the same flow may
 * have been confirmed.  Then the entry that the waiting one carries is a
 * duplicate: it moves over to the confirmed one, with the mapping that NAT
 * gave that one.  Where NAT does not offer to rewrite such a packet, it is left
 * to __nf_conntrack_confirm(), as any other that lost a race.
 */
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_seqadj.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <net/netfilter/nf_nat.h>
#include <nf_ct/compat.h>
#include <nf_ct/netns.h>
#include <nf_ct/tuple.h>

/* The tuple under which the packet's flow began: before any source NAT. */
static bool original_tuple(const struct sk_buff *skb, const struct nf_conn *ct,
			   struct nf_conntrack_tuple *tuple)
{
	u16 l3num = nf_ct_l3num(ct);

	if (!nf_ct_get_tuplepr(skb, skb_network_offset(skb), l3num,
			       nf_ct_net(ct), tuple))
		return false;

	if (ct->status & IPS_SRC_NAT) {
		const struct nf_conntrack_tuple *orig;

		orig = nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL);
		tuple->src.u3 = orig->src.u3;
		tuple->src.u.all = orig->src.u.all;
	}
	return true;
}

/* The queue may have held it after the mapping was applied or before. */
static int apply_mapping(struct sk_buff *skb, struct nf_conn *ct,
			 enum ip_conntrack_info ctinfo)
{
	enum ip_conntrack_dir dir = CTINFO2DIR(ctinfo);
	const struct nf_nat_hook *nat_hook = rcu_dereference(nf_nat_hook);

	if (!nat_hook)
		return 0;

	if (ct->status & IPS_SRC_NAT &&
	    !nf_ct_manip(nat_hook, skb, ct, NF_NAT_MANIP_SRC, dir))
		return -EPERM;

	if (ct->status & IPS_DST_NAT &&
	    !nf_ct_manip(nat_hook, skb, ct, NF_NAT_MANIP_DST, dir))
		return -EPERM;

	return 0;
}

static int adopt_confirmed(struct net *net, struct sk_buff *skb,
			   struct nf_conn *ct)
{
	struct nf_conntrack_tuple_hash *h;
	struct nf_conntrack_tuple tuple;
	enum ip_conntrack_info ctinfo;
	struct nf_conn *confirmed;

	nf_ct_get(skb, &ctinfo);
	if (!original_tuple(skb, ct, &tuple))
		return 0;

	h = nf_conntrack_find_get(net, nf_ct_zone(ct), &tuple);
	if (!h)
		return 0;

	confirmed = nf_ct_tuplehash_to_ctrack(h);
	if (NF_CT_DIRECTION(h) == IP_CT_DIR_REPLY)
		ctinfo = IP_CT_ESTABLISHED_REPLY;

	nf_ct_put(ct);
	nf_ct_set(skb, confirmed, ctinfo);
	return apply_mapping(skb, confirmed, ctinfo);
}

/* A helper in user space has read the packet: finish what nf_confirm() left. */
static int finish_helper(struct sk_buff *skb, struct nf_conn *ct,
			 enum ip_conntrack_info ctinfo)
{
	const struct nf_conn_help *help = nfct_help(ct);
	const struct nf_conntrack_helper *helper;
	struct nf_ct_l4 l4;

	helper = help ? rcu_dereference(help->helper) : NULL;
	if (!helper || !(helper->flags & NF_CT_HELPER_F_USERSPACE))
		return 0;

	l4 = nf_ct_l4_find(skb, skb_network_offset(skb), nf_ct_l3num(ct));
	if (l4.offset < 0)
		return 0;

	if (test_bit(IPS_SEQ_ADJUST_BIT, &ct->status) &&
	    !nf_is_loopback_packet(skb) &&
	    !nf_ct_seq_adjust(skb, ct, ctinfo, l4.offset)) {
		NF_CT_STAT_INC_ATOMIC(nf_ct_net(ct), drop);
		return -EPERM;
	}

	return nf_conntrack_confirm(skb) == NF_DROP ? -EPERM : 0;
}

/**
 * nf_ct_queue_update - bring a reinjected packet up to date
 * @net:	namespace
 * @skb:	the packet
 *
 * The body of nf_ct_hook.update.  Linux 6.7 and newer read what it returns as a
 * verdict; older ones drop the packet if it is negative.  NF_ACCEPT and
 * NF_DROP_ERR() mean the same to both.
 *
 * Context: rcu_read_lock() held.
 * Return: NF_ACCEPT, or NF_DROP_ERR() when the packet must be dropped.
 */
int nf_ct_queue_update(struct net *net, struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	int err;

	if (!ct)
		return NF_ACCEPT;

	if (NF_CT_CAN_REMAP && !nf_ct_is_confirmed(ct)) {
		err = adopt_confirmed(net, skb, ct);
		if (err < 0)
			return NF_DROP_ERR(-err);
		ct = nf_ct_get(skb, &ctinfo);
	}

	err = finish_helper(skb, ct, ctinfo);
	return err < 0 ? NF_DROP_ERR(-err) : NF_ACCEPT;
}
