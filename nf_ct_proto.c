// SPDX-License-Identifier: GPL-2.0-only
/*
 * The protocols: which descriptor serves which number, and what those with
 * ports share towards ctnetlink.
 *
 * Every number has a descriptor; what has none of its own gets the generic
 * one.
 */
#include <linux/in.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <nf_ct/ctnl_filter.h>

/**
 * nf_ct_l4proto_find - find a protocol's descriptor
 * @l4proto: IPPROTO_* number
 *
 * Context: any.
 * Return: the descriptor, static and never NULL.
 */
const struct nf_conntrack_l4proto *nf_ct_l4proto_find(u8 l4proto)
{
	switch (l4proto) {
	case IPPROTO_TCP:
		return &nf_conntrack_l4proto_tcp;
	case IPPROTO_UDP:
		return &nf_conntrack_l4proto_udp;
	case IPPROTO_ICMP:
		return &nf_conntrack_l4proto_icmp;
	case IPPROTO_ICMPV6:
		return &nf_conntrack_l4proto_icmpv6;
#ifdef CONFIG_NF_CT_PROTO_DCCP
	case IPPROTO_DCCP:
		return &nf_conntrack_l4proto_dccp;
#endif
#ifdef CONFIG_NF_CT_PROTO_SCTP
	case IPPROTO_SCTP:
		return &nf_conntrack_l4proto_sctp;
#endif
#ifdef CONFIG_NF_CT_PROTO_UDPLITE
	case IPPROTO_UDPLITE:
		return &nf_conntrack_l4proto_udplite;
#endif
#ifdef CONFIG_NF_CT_PROTO_GRE
	case IPPROTO_GRE:
		return &nf_conntrack_l4proto_gre;
#endif
	default:
		return &nf_conntrack_l4proto_generic;
	}
}

/**
 * nf_ct_port_tuple_to_nlattr - write a tuple's ports
 * @skb: message to append to
 * @tuple: the tuple
 *
 * Context: any.
 * Return: 0, or -1 when @skb has no room.
 */
int nf_ct_port_tuple_to_nlattr(struct sk_buff *skb,
			       const struct nf_conntrack_tuple *tuple)
{
	if (nla_put_be16(skb, CTA_PROTO_SRC_PORT, tuple->src.u.all) ||
	    nla_put_be16(skb, CTA_PROTO_DST_PORT, tuple->dst.u.all))
		return -1;
	return 0;
}

const struct nla_policy nf_ct_port_nla_policy[CTA_PROTO_MAX + 1] = {
	[CTA_PROTO_SRC_PORT]	= { .type = NLA_U16 },
	[CTA_PROTO_DST_PORT]	= { .type = NLA_U16 },
};

/**
 * nf_ct_port_nlattr_to_tuple - read a tuple's ports
 * @tb: attributes by CTA_PROTO_* number, validated; NULL where absent
 * @t: tuple to fill
 * @flags: &enum nf_ct_ctnl_filter bits: which ports are asked for
 *
 * Context: any.
 * Return: 0, or -EINVAL when a port that is asked for is absent; @t is then
 * as it was.
 */
int nf_ct_port_nlattr_to_tuple(struct nlattr *tb[],
			       struct nf_conntrack_tuple *t, u_int32_t flags)
{
	bool src = flags & NF_CT_FILTER_SRC_PORT;
	bool dst = flags & NF_CT_FILTER_DST_PORT;

	if ((src && !tb[CTA_PROTO_SRC_PORT]) ||
	    (dst && !tb[CTA_PROTO_DST_PORT]))
		return -EINVAL;

	if (src)
		t->src.u.all = nla_get_be16(tb[CTA_PROTO_SRC_PORT]);
	if (dst)
		t->dst.u.all = nla_get_be16(tb[CTA_PROTO_DST_PORT]);
	return 0;
}

/**
 * nf_ct_port_nlattr_tuple_size - room that a tuple's ports take
 *
 * Context: any.
 * Return: bytes, headers and padding included.
 */
unsigned int nf_ct_port_nlattr_tuple_size(void)
{
	return 2 * nla_total_size(sizeof(__be16));
}

/**
 * nf_conntrack_proto_pernet_init - give a new namespace its protocol settings
 * @net: the namespace
 *
 * Context: process context, before any packet of @net is tracked.
 */
void nf_conntrack_proto_pernet_init(struct net *net)
{
	nf_conntrack_generic_init_net(net);
	nf_conntrack_tcp_init_net(net);
	nf_conntrack_udp_init_net(net);
	nf_conntrack_icmp_init_net(net);
	nf_conntrack_icmpv6_init_net(net);
	if (IS_ENABLED(CONFIG_NF_CT_PROTO_SCTP))
		nf_conntrack_sctp_init_net(net);
	if (IS_ENABLED(CONFIG_NF_CT_PROTO_DCCP))
		nf_conntrack_dccp_init_net(net);
	if (IS_ENABLED(CONFIG_NF_CT_PROTO_GRE))
		nf_conntrack_gre_init_net(net);
}
