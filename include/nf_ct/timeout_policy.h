/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timeout policies as ctnetlink sees them (nfct timeout, CTA_TIMEOUT_*).
 *
 * For each protocol: a reader that turns attributes into an array of
 * jiffies, a writer that does the reverse, and the validation policy.  They
 * fill &struct nf_conntrack_l4proto.ctnl_timeout; the arrays are those of
 * struct nf_ip_net (net/netns/conntrack.h), so a tracker indexes a policy
 * and its namespace's defaults in the same way.
 */
#ifndef NF_CT_TIMEOUT_POLICY_H
#define NF_CT_TIMEOUT_POLICY_H

#include <net/netlink.h>
#include <net/net_namespace.h>

/**
 * struct nf_ct_timeout_map - where a protocol's attributes go
 * @slot:	attribute number to index in the array; NF_CT_TIMEOUT_SKIP for
 *		those that have none
 * @attrs:	entries of @slot: the highest attribute number and one
 * @slots:	entries of the array
 * @first:	the slot that a new flow begins with, mirrored in slot 0, where
 *		the ruleset's "ct timeout" looks for it
 * @offset:	of the namespace's array in struct nf_ip_net, in bytes
 */
struct nf_ct_timeout_map {
	const u8	*slot;
	u8		attrs;
	u8		slots;
	u8		first;
	u16		offset;
};

#define NF_CT_TIMEOUT_SKIP	U8_MAX

int nf_ct_timeout_from_nlattr(const struct nf_ct_timeout_map *map,
			      struct nlattr *tb[], struct net *net, void *data);
int nf_ct_timeout_to_nlattr(const struct nf_ct_timeout_map *map,
			    struct sk_buff *skb, const void *data);

/*
 * nf_ct_<proto>_timeout_from_nlattr() starts from the namespace's timeouts
 * and overrides those that have an attribute; @data NULL changes the
 * namespace's own.  nf_ct_<proto>_timeout_to_nlattr() writes all of them.
 * Both run in process context; the wire unit is the second.
 */
#define NF_CT_TIMEOUT_POLICY(proto)					\
int nf_ct_##proto##_timeout_from_nlattr(struct nlattr *tb[],		\
					struct net *net, void *data);	\
int nf_ct_##proto##_timeout_to_nlattr(struct sk_buff *skb,		\
				      const void *data);		\
extern const struct nla_policy nf_ct_##proto##_timeout_policy[]

/*
 * Defines the two functions declared above, over a map named <proto>_map.
 * The optional protocols do so in their shells.
 */
#define NF_CT_TIMEOUT_FUNCTIONS(proto)					\
int nf_ct_##proto##_timeout_from_nlattr(struct nlattr *tb[],		\
					struct net *net, void *data)	\
{									\
	return nf_ct_timeout_from_nlattr(&proto##_map, tb, net, data);	\
}									\
									\
int nf_ct_##proto##_timeout_to_nlattr(struct sk_buff *skb,		\
				      const void *data)			\
{									\
	return nf_ct_timeout_to_nlattr(&proto##_map, skb, data);	\
}

NF_CT_TIMEOUT_POLICY(tcp);
NF_CT_TIMEOUT_POLICY(udp);
NF_CT_TIMEOUT_POLICY(udplite);
NF_CT_TIMEOUT_POLICY(icmp);
NF_CT_TIMEOUT_POLICY(icmpv6);
NF_CT_TIMEOUT_POLICY(generic);
NF_CT_TIMEOUT_POLICY(sctp);
NF_CT_TIMEOUT_POLICY(dccp);
NF_CT_TIMEOUT_POLICY(gre);

#endif /* NF_CT_TIMEOUT_POLICY_H */
