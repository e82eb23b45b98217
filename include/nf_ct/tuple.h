/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a packet to its tuple.
 *
 * What nearly all packets are (TCP or UDP over IPv4, the headers in the linear
 * part) is read here, inline; anything else in nf_ct_tuple.c.
 */
#ifndef NF_CT_TUPLE_H
#define NF_CT_TUPLE_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/ip.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <net/ip.h>
#include <net/netfilter/nf_conntrack_tuple.h>
#include <nf_ct/compat.h>

/**
 * nf_ct_in_place - a header, where it lies in the packet
 * @skb:	the packet
 * @offset:	the header's, bytes from skb->data
 * @len:	how many bytes of it are wanted
 *
 * Like skb_header_pointer(), but without a buffer to copy to, which would cost
 * every packet the clearing and guarding of that buffer.
 *
 * Context: any.
 * Return: the header; NULL when it is cut short, or not in the linear part.
 */
static inline const void *nf_ct_in_place(const struct sk_buff *skb, int offset,
					 int len)
{
	return likely((int)skb_headlen(skb) - offset >= len) ?
	       skb->data + offset : NULL;
}

/**
 * struct nf_ct_l4 - the transport header of a packet
 * @offset:	its first byte, from skb->data; negative when there is none
 * @protonum:	IPPROTO_*
 */
struct nf_ct_l4 {
	int		offset;
	unsigned int	protonum;
};

/* nf_ct_tuple.c */
struct nf_ct_l4 nf_ct_l4_find_any(const struct sk_buff *skb,
				  unsigned int nhoff, u16 l3num);
bool nf_ct_tuple_read_any(const struct sk_buff *skb, unsigned int nhoff,
			  struct nf_ct_l4 l4, struct net *net,
			  struct nf_conntrack_tuple *tuple);
bool nf_ct_tuple_of_skb(struct nf_conntrack_tuple *dst,
			const struct sk_buff *skb);

/* @len: of the packet, from skb->data on. */
static inline struct nf_ct_l4 nf_ct_l4_of_ipv4(const struct iphdr *iph,
					       unsigned int nhoff,
					       unsigned int len)
{
	unsigned int offset = nhoff + iph->ihl * 4;

	if (iph->ihl * 4 < sizeof(*iph) || offset > len)
		return (struct nf_ct_l4){ .offset = -1 };

	/* Only the first fragment has the ports; the rest name no flow. */
	if (iph->frag_off & htons(IP_OFFSET))
		return (struct nf_ct_l4){ .offset = -1 };

	return (struct nf_ct_l4){ .offset = offset, .protonum = iph->protocol };
}

/**
 * nf_ct_l4_find - find the transport header
 * @skb:	the packet
 * @nhoff:	offset of the network header, bytes from skb->data
 * @l3num:	NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Context: any.
 * Return: where it is; @offset is negative when the network header is cut
 * short or malformed, or when the packet is a later fragment.
 */
static inline struct nf_ct_l4 nf_ct_l4_find(const struct sk_buff *skb,
					    unsigned int nhoff, u16 l3num)
{
	const struct iphdr *iph = nf_ct_in_place(skb, nhoff, sizeof(*iph));

	if (likely(l3num == NFPROTO_IPV4 && iph))
		return nf_ct_l4_of_ipv4(iph, nhoff, skb->len);
	return nf_ct_l4_find_any(skb, nhoff, l3num);
}

/**
 * nf_ct_tuple_read - read the tuple of a packet
 * @skb:	the packet
 * @nhoff:	offset of the network header, bytes from skb->data
 * @l4:		the transport header, from nf_ct_l4_find(); not negative
 * @l3num:	NFPROTO_IPV4 or NFPROTO_IPV6
 * @net:	namespace, for the GRE key map
 * @tuple:	filled in; addresses and ports in network order
 *
 * Context: rcu_read_lock() held.
 * Return: false when the transport header is cut short, names no flow, or
 * belongs to the other address family (ICMP over IPv6).
 */
static inline bool nf_ct_tuple_read(const struct sk_buff *skb,
				    unsigned int nhoff, struct nf_ct_l4 l4,
				    u16 l3num, struct net *net,
				    struct nf_conntrack_tuple *tuple)
{
	const __be16 *ports = nf_ct_in_place(skb, l4.offset, 2 * sizeof(*ports));
	/* In front of the ports, and as long as nf_ct_l4_find() saw it to be. */
	const struct iphdr *iph = (const void *)skb->data + (int)nhoff;

	memset(tuple, 0, sizeof(*tuple));
	tuple->src.l3num = l3num;
	tuple->dst.protonum = l4.protonum;
	tuple->dst.dir = IP_CT_DIR_ORIGINAL;

	if (unlikely(!ports || l3num != NFPROTO_IPV4 ||
		     (l4.protonum != IPPROTO_TCP && l4.protonum != IPPROTO_UDP)))
		return nf_ct_tuple_read_any(skb, nhoff, l4, net, tuple);

	tuple->src.u3.ip = iph->saddr;
	tuple->dst.u3.ip = iph->daddr;
	tuple->src.u.all = ports[0];
	tuple->dst.u.all = ports[1];
	return true;
}

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
