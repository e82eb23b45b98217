/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a packet to its tuple.
 */
#ifndef NF_CT_TUPLE_H
#define NF_CT_TUPLE_H

#include <linux/skbuff.h>
#include <net/netfilter/nf_conntrack_tuple.h>

/**
 * struct nf_ct_l4 - the transport header of a packet
 * @offset:	its first byte, from skb->data; negative when there is none
 * @protonum:	IPPROTO_*
 */
struct nf_ct_l4 {
	int	offset;
	u8	protonum;
};

struct nf_ct_l4 nf_ct_l4_find(const struct sk_buff *skb, unsigned int nhoff,
			      u16 l3num);
bool nf_ct_tuple_read(const struct sk_buff *skb, unsigned int nhoff,
		      struct nf_ct_l4 l4, u16 l3num, struct net *net,
		      struct nf_conntrack_tuple *tuple);
bool nf_ct_tuple_of_skb(struct nf_conntrack_tuple *dst,
			const struct sk_buff *skb);

#endif /* NF_CT_TUPLE_H */
