// SPDX-License-Identifier: GPL-2.0-only
/*
 * What Open vSwitch and tc's act_ct need in common: they track packets from
 * places where no netfilter hook is, and do there by hand what the hooks do.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv6.h>
#include <linux/skbuff.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/ipv6_frag.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_seqadj.h>
#include <nf_ct/tuple.h>

/**
 * nf_ct_helper - let an entry's helper read a packet
 * @skb:	the packet, pulled up to its network header
 * @ct:		its entry
 * @ctinfo:	its direction and state
 * @proto:	NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Then adjusts sequence numbers, for the helper and NAT may have made the
 * text longer or shorter.
 *
 * Context: softirq or BH off, rcu_read_lock() held.
 * Return: a netfilter verdict.
 */
int nf_ct_helper(struct sk_buff *skb, struct nf_conn *ct,
		 enum ip_conntrack_info ctinfo, u16 proto)
{
	const struct nf_conn_help *help = nfct_help(ct);
	const struct nf_conntrack_helper *helper;
	struct nf_ct_l4 l4;
	int verdict;

	/* An ICMP error travelling with the reply is no helper's business. */
	if (!help || ctinfo == IP_CT_RELATED_REPLY)
		return NF_ACCEPT;

	helper = rcu_dereference(help->helper);
	if (!helper || (helper->tuple.src.l3num != NFPROTO_UNSPEC &&
			helper->tuple.src.l3num != proto))
		return NF_ACCEPT;

	l4 = nf_ct_l4_find(skb, skb_network_offset(skb), proto);
	if (l4.offset < 0 || helper->tuple.dst.protonum != l4.protonum)
		return NF_ACCEPT;

	verdict = helper->help(skb, l4.offset, ct, ctinfo);
	if (verdict != NF_ACCEPT)
		return verdict;

	if (test_bit(IPS_SEQ_ADJUST_BIT, &ct->status) &&
	    !nf_ct_seq_adjust(skb, ct, ctinfo, l4.offset))
		return NF_DROP;

	return NF_ACCEPT;
}

/**
 * nf_ct_add_helper - name a helper for the entries made from a template
 * @ct:		the template
 * @name:	name of the helper
 * @family:	NFPROTO_IPV4 or NFPROTO_IPV6
 * @proto:	its transport protocol
 * @nat:	whether its NAT part will be needed, too
 * @hp:		where to keep it: nf_conntrack_helper_put() is due, and if @nat
 *		nf_nat_helper_put() before
 *
 * Loads modules if need be.
 *
 * Context: May sleep.
 * Return: 0; -EINVAL if there is no such helper; -ENOENT if it has no NAT
 * part; -ENOMEM.
 */
int nf_ct_add_helper(struct nf_conn *ct, const char *name, u8 family,
		     u8 proto, bool nat, struct nf_conntrack_helper **hp)
{
	struct nf_conntrack_helper *helper;
	struct nf_conn_help *help;
	int err = -ENOMEM;

	helper = nf_conntrack_helper_try_module_get(name, family, proto);
	if (!helper)
		return -EINVAL;

	help = nf_ct_helper_ext_add(ct, GFP_KERNEL);
	if (!help)
		goto put;

#if IS_ENABLED(CONFIG_NF_NAT)
	if (nat) {
		err = nf_nat_helper_try_module_get(name, family, proto);
		if (err)
			goto put;
	}
#endif

	rcu_assign_pointer(help->helper, helper);
	*hp = helper;
	return 0;

put:
	nf_conntrack_helper_put(helper);
	return err;
}

/* Bytes from the network header on, by that header; or a negative errno. */
static int network_length(struct sk_buff *skb, int family, u32 *len)
{
	const struct ipv6hdr *ip6h;

	switch (family) {
	case NFPROTO_IPV4:
		*len = skb_ip_totlen(skb);
		return 0;
	case NFPROTO_IPV6:
		ip6h = ipv6_hdr(skb);
		*len = sizeof(*ip6h) + ntohs(ip6h->payload_len);
		/* RFC 2675: a jumbogram says how long it is further on. */
		if (*len == sizeof(*ip6h) && ip6h->nexthdr == NEXTHDR_HOP)
			return nf_ip6_check_hbh_len(skb, len);
		return 0;
	}
	*len = skb->len;
	return 0;
}

/**
 * nf_ct_skb_network_trim - cut off what follows the packet in its buffer
 * @skb:	the packet, pulled up to its network header, whose header is in
 *		the linear part
 * @family:	NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * A frame may be padded; checksums and helpers must not see that.
 *
 * Context: Any.
 * Return: 0 or a negative errno.
 */
int nf_ct_skb_network_trim(struct sk_buff *skb, int family)
{
	u32 len;
	int err;

	err = network_length(skb, family, &len);
	if (err)
		return err;

	return pskb_trim_rcsum(skb, len);
}

static int gather_ipv4(struct net *net, struct sk_buff *skb, u16 zone, u16 *mru)
{
	int err;

	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	local_bh_disable();
	err = ip_defrag(net, skb, IP_DEFRAG_CONNTRACK_IN + zone);
	local_bh_enable();
	if (!err)
		*mru = IPCB(skb)->frag_max_size;
	return err;
}

static int gather_ipv6(struct net *net, struct sk_buff *skb, u16 zone,
		       u8 *proto, u16 *mru)
{
#if IS_ENABLED(CONFIG_NF_DEFRAG_IPV6)
	int err;

	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	err = nf_ct_frag6_gather(net, skb, IP6_DEFRAG_CONNTRACK_IN + zone);
	if (err) {
		if (err != -EINPROGRESS)
			kfree_skb(skb);
		return err;
	}

	*proto = ipv6_hdr(skb)->nexthdr;
	*mru = IP6CB(skb)->frag_max_size;
	return 0;
#else
	kfree_skb(skb);
	return -EPFNOSUPPORT;
#endif
}

/**
 * nf_ct_handle_fragments - collect fragments until the packet is whole
 * @net:	namespace
 * @skb:	a fragment, pulled up to its network header; in the end the
 *		whole packet
 * @zone:	zones do not share fragments
 * @family:	NFPROTO_IPV4 or NFPROTO_IPV6
 * @proto:	set to the whole packet's transport protocol (IPv6)
 * @mru:	set to the size of its longest fragment, bytes
 *
 * Overwrites the control block of @skb.
 *
 * Context: softirq or process; rcu_read_lock() held.
 * Return: 0; -EINPROGRESS if @skb was kept; another errno if it was freed.
 */
int nf_ct_handle_fragments(struct net *net, struct sk_buff *skb,
			   u16 zone, u8 family, u8 *proto, u16 *mru)
{
	int err;

	switch (family) {
	case NFPROTO_IPV4:
		err = gather_ipv4(net, skb, zone, mru);
		break;
	case NFPROTO_IPV6:
		err = gather_ipv6(net, skb, zone, proto, mru);
		break;
	default:
		kfree_skb(skb);
		return -EPFNOSUPPORT;
	}
	if (err)
		return err;

	/* It has become another packet, which may be fragmented again. */
	skb_clear_hash(skb);
	skb->ignore_df = 1;
	return 0;
}
