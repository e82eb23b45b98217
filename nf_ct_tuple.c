// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tuples: what names a flow in one direction.
 *
 *   packet --nf_ct_l4_find()--> transport header
 *          --nf_ct_tuple_read()--> tuple --nf_ct_invert_tuple()--> the reply's
 *
 * A tuple is compared and hashed as memory, so every byte of it that a
 * protocol does not use is zero.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/string.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <nf_ct/inline.h>
#include <nf_ct/tuple.h>

static struct nf_ct_l4 ipv4_l4_find(const struct sk_buff *skb,
				    unsigned int nhoff)
{
	const struct iphdr *iph;
	struct iphdr buf;

	iph = skb_header_pointer(skb, nhoff, sizeof(buf), &buf);
	if (!iph)
		return (struct nf_ct_l4){ .offset = -1 };
	return nf_ct_l4_of_ipv4(iph, nhoff, skb->len);
}

static struct nf_ct_l4 ipv6_l4_find(const struct sk_buff *skb,
				    unsigned int nhoff)
{
	struct nf_ct_l4 l4 = { .offset = -1 };
	const struct ipv6hdr *ip6h;
	struct ipv6hdr buf;
	__be16 frag_off;
	u8 nexthdr;
	int offset;

	ip6h = skb_header_pointer(skb, nhoff, sizeof(buf), &buf);
	if (!ip6h)
		return l4;

	nexthdr = ip6h->nexthdr;
	offset = ipv6_skip_exthdr(skb, nhoff + sizeof(*ip6h), &nexthdr,
				  &frag_off);
	if (offset < 0 || offset > skb->len || frag_off & htons(IP6_OFFSET))
		return l4;

	l4.offset = offset;
	l4.protonum = nexthdr;
	return l4;
}

/**
 * nf_ct_l4_find_any - nf_ct_l4_find() for any packet
 * @skb:	the packet
 * @nhoff:	offset of the network header, bytes from skb->data
 * @l3num:	NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Context: any.
 * Return: as nf_ct_l4_find().
 */
struct nf_ct_l4 nf_ct_l4_find_any(const struct sk_buff *skb,
				  unsigned int nhoff, u16 l3num)
{
	switch (l3num) {
	case NFPROTO_IPV4:
		return ipv4_l4_find(skb, nhoff);
	case NFPROTO_IPV6:
		return ipv6_l4_find(skb, nhoff);
	}
	return (struct nf_ct_l4){ .offset = -1 };
}

static bool read_addresses(const struct sk_buff *skb, unsigned int nhoff,
			   struct nf_conntrack_tuple *tuple)
{
	if (tuple->src.l3num == NFPROTO_IPV4) {
		const struct iphdr *iph;
		struct iphdr buf;

		iph = skb_header_pointer(skb, nhoff, sizeof(buf), &buf);
		if (!iph)
			return false;
		tuple->src.u3.ip = iph->saddr;
		tuple->dst.u3.ip = iph->daddr;
	} else {
		const struct ipv6hdr *ip6h;
		struct ipv6hdr buf;

		ip6h = skb_header_pointer(skb, nhoff, sizeof(buf), &buf);
		if (!ip6h)
			return false;
		tuple->src.u3.in6 = ip6h->saddr;
		tuple->dst.u3.in6 = ip6h->daddr;
	}
	return true;
}

/* TCP, UDP, UDP-Lite, SCTP and DCCP all begin with the two ports. */
static bool read_ports(const struct sk_buff *skb, unsigned int offset,
		       struct nf_conntrack_tuple *tuple)
{
	const __be16 *ports;
	__be16 buf[2];

	ports = skb_header_pointer(skb, offset, sizeof(buf), buf);
	if (!ports)
		return false;

	tuple->src.u.all = ports[0];
	tuple->dst.u.all = ports[1];
	return true;
}

/**
 * nf_ct_tuple_read_any - nf_ct_tuple_read() for any packet
 * @skb:	the packet
 * @nhoff:	offset of the network header, bytes from skb->data
 * @l4:		the transport header
 * @net:	namespace, for the GRE key map
 * @tuple:	filled in but for address family and protocol, which are there
 *
 * Context: rcu_read_lock() held.
 * Return: as nf_ct_tuple_read().
 */
bool nf_ct_tuple_read_any(const struct sk_buff *skb, unsigned int nhoff,
			  struct nf_ct_l4 l4, struct net *net,
			  struct nf_conntrack_tuple *tuple)
{
	if (!read_addresses(skb, nhoff, tuple))
		return false;

	switch (l4.protonum) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return read_ports(skb, l4.offset, tuple);
	case IPPROTO_ICMP:
		return tuple->src.l3num == NFPROTO_IPV4 &&
		       icmp_pkt_to_tuple(skb, l4.offset, net, tuple);
	case IPPROTO_ICMPV6:
		return tuple->src.l3num == NFPROTO_IPV6 &&
		       icmpv6_pkt_to_tuple(skb, l4.offset, net, tuple);
	case IPPROTO_GRE:
		return !IS_ENABLED(CONFIG_NF_CT_PROTO_GRE) ||
		       gre_pkt_to_tuple(skb, l4.offset, net, tuple);
	}
	return true;	/* the generic tracker knows a flow by its addresses */
}

/**
 * nf_ct_get_tuplepr - read the tuple of a packet from its network header on
 * @skb:	the packet
 * @nhoff:	offset of the network header, bytes from skb->data
 * @l3num:	NFPROTO_IPV4 or NFPROTO_IPV6
 * @net:	namespace
 * @tuple:	filled in; addresses and ports in network order
 *
 * Also reads a packet quoted by an ICMP error: @nhoff is then the quoted
 * header's.
 *
 * Context: any.
 * Return: false when the packet names no flow.
 */
bool nf_ct_get_tuplepr(const struct sk_buff *skb, unsigned int nhoff,
		       u16 l3num, struct net *net,
		       struct nf_conntrack_tuple *tuple)
{
	struct nf_ct_l4 l4 = nf_ct_l4_find(skb, nhoff, l3num);
	bool found;

	if (l4.offset < 0)
		return false;

	rcu_read_lock();
	found = nf_ct_tuple_read(skb, nhoff, l4, l3num, net, tuple);
	rcu_read_unlock();
	return found;
}

/**
 * nf_ct_invert_tuple - the tuple that answers another
 * @inverse:	filled in
 * @orig:	the tuple to answer
 *
 * Context: any.
 * Return: false when nothing can answer it (an ICMP type without a reply).
 */
__path_inline bool nf_ct_invert_tuple(struct nf_conntrack_tuple *inverse,
				      const struct nf_conntrack_tuple *orig)
{
	memset(inverse, 0, sizeof(*inverse));

	inverse->src.u3 = orig->dst.u3;
	inverse->dst.u3 = orig->src.u3;
	inverse->src.l3num = orig->src.l3num;
	inverse->dst.protonum = orig->dst.protonum;
	inverse->dst.dir = !orig->dst.dir;

	switch (orig->dst.protonum) {
	case IPPROTO_ICMP:
		return nf_conntrack_invert_icmp_tuple(inverse, orig);
	case IPPROTO_ICMPV6:
		return nf_conntrack_invert_icmpv6_tuple(inverse, orig);
	}

	inverse->src.u.all = orig->dst.u.all;
	inverse->dst.u.all = orig->src.u.all;
	return true;
}

/* The other end of the flow that an outgoing, untracked packet belongs to. */
static bool tuple_by_lookup(struct nf_conntrack_tuple *dst,
			    const struct sk_buff *skb)
{
	struct nf_conntrack_tuple_hash *h;
	struct nf_conntrack_tuple tuple;
	struct net *net = dev_net(skb->dev);
	struct nf_conn *ct;
	u16 l3num;

	switch (skb->protocol) {
	case htons(ETH_P_IP):
		l3num = NFPROTO_IPV4;
		break;
	case htons(ETH_P_IPV6):
		l3num = NFPROTO_IPV6;
		break;
	default:
		return false;
	}

	if (!nf_ct_get_tuplepr(skb, skb_network_offset(skb), l3num, net, &tuple))
		return false;

	h = nf_conntrack_find_get(net, &nf_ct_zone_dflt, &tuple);
	if (!h)
		return false;

	ct = nf_ct_tuplehash_to_ctrack(h);
	*dst = *nf_ct_tuple(ct, !h->tuple.dst.dir);
	nf_ct_put(ct);
	return true;
}

/**
 * nf_ct_tuple_of_skb - the addresses of a packet before NAT touched it
 * @dst:	filled in
 * @skb:	a packet at a device, after the ruleset
 *
 * The body of nf_ct_hook.get_tuple_skb, for queueing disciplines that share
 * bandwidth between hosts behind NAT.
 *
 * Context: softirq or BH off.
 * Return: false when the packet belongs to no flow.
 */
bool nf_ct_tuple_of_skb(struct nf_conntrack_tuple *dst,
			const struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	if (!ct)
		return tuple_by_lookup(dst, skb);

	*dst = *nf_ct_tuple(ct, CTINFO2DIR(ctinfo));
	return true;
}
