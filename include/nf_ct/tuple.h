/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a packet to its tuple.
 */
#ifndef NF_CT_TUPLE_H
#define NF_CT_TUPLE_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/skbuff.h>
#include <linux/stddef.h>
#include <net/netfilter/nf_conntrack_tuple.h>
#include <nf_ct/compat.h>

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

static inline u64 nf_ct_tuple_word(const struct nf_conntrack_tuple *tuple,
				   unsigned int i)
{
	return get_unaligned((const u64 *)tuple + i);
}

/**
 * nf_ct_tuple_same - nf_ct_tuple_equal(), by five words instead of eleven fields
 * @a:	a tuple, all of its bytes set
 * @b:	another
 *
 * Context: any.
 * Return: true when they differ in nothing but &nf_conntrack_tuple.dst.dir.
 */
static inline bool nf_ct_tuple_same(const struct nf_conntrack_tuple *a,
				    const struct nf_conntrack_tuple *b)
{
	u64 first = (nf_ct_tuple_word(a, 0) ^ nf_ct_tuple_word(b, 0)) |
		    (nf_ct_tuple_word(a, 1) ^ nf_ct_tuple_word(b, 1)) |
		    (nf_ct_tuple_word(a, 2) ^ nf_ct_tuple_word(b, 2)) |
		    (nf_ct_tuple_word(a, 3) ^ nf_ct_tuple_word(b, 3));
	u64 last = nf_ct_tuple_word(a, 4) ^ nf_ct_tuple_word(b, 4);

	/* The direction is the last byte of all. */
	BUILD_BUG_ON(offsetof(struct nf_conntrack_tuple, dst.dir) != 39);
	BUILD_BUG_ON(sizeof(*a) != 40);
	return !(first | be64_to_cpu((__force __be64)last) >> BITS_PER_BYTE);
}

#endif /* NF_CT_TUPLE_H */
