// SPDX-License-Identifier: GPL-2.0-only
/*
 * UDP and UDP-Lite, the part that touches packets.
 *
 * The two share their ports and their timeouts; they differ in what the length
 * field means, in how much the checksum covers, and in what makes a stream.
 */
#include <linux/ip.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_cttimeout.h>
#include <linux/skbuff.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/ipv4/nf_conntrack_ipv4.h>
#include <net/netns/conntrack.h>
#include <nf_ct/inline.h>
#include <nf_ct/shell.h>
#include <nf_ct/timeout_policy.h>
#include <nf_ct/tuple.h>
#include <nf_ct/udp.h>

static enum nf_ct_why judge_udp(struct sk_buff *skb, const struct udphdr *udph,
				unsigned int dataoff,
				const struct nf_hook_state *state)
{
	enum nf_ct_why why;

	why = nf_ct_udp_judge_header(ntohs(udph->len), skb->len - dataoff);
	if (why)
		return why;

	/*
	 * Zero is no checksum.  RFC 6935 allows it to tunnels over IPv6 and
	 * which those are only the receiver knows.
	 */
	if (udph->check && nf_ct_verifies_checksum(state) &&
	    nf_checksum(skb, state->hook, dataoff, IPPROTO_UDP, state->pf))
		return NF_CT_WHY_UDP_CHECKSUM;
	return NF_CT_WHY_OK;
}

static noinline enum nf_ct_why
judge_udp_copied(struct sk_buff *skb, unsigned int dataoff,
		 const struct nf_hook_state *state)
{
	const struct udphdr *udph;
	struct udphdr buf;

	udph = skb_header_pointer(skb, dataoff, sizeof(buf), &buf);
	if (!udph)
		return NF_CT_WHY_UDP_SHORT;
	return judge_udp(skb, udph, dataoff, state);
}

/**
 * nf_ct_udp_check - is a UDP packet well formed?
 * @skb: the packet
 * @dataoff: offset of the UDP header, bytes from skb->data
 * @state: the hook it is at
 *
 * Context: softirq or BH off, under rcu_read_lock().
 * Return: %NF_CT_WHY_OK, or what is wrong, already logged.
 */
__path_inline enum nf_ct_why nf_ct_udp_check(struct sk_buff *skb,
					     unsigned int dataoff,
					     const struct nf_hook_state *state)
{
	const struct udphdr *udph = nf_ct_in_place(skb, dataoff, sizeof(*udph));
	enum nf_ct_why why;

	why = likely(udph) ? judge_udp(skb, udph, dataoff, state) :
			     judge_udp_copied(skb, dataoff, state);
	if (unlikely(why))
		nf_ct_log_why(skb, state, IPPROTO_UDP, why);
	return why;
}

/**
 * nf_ct_udp_packet - judge a UDP packet as part of its flow
 * @ct: the flow
 * @skb: the packet
 * @dataoff: offset of the UDP header, bytes from skb->data
 * @ctinfo: how the packet relates to @ct
 * @state: the hook it is at
 *
 * Context: softirq or BH off, under rcu_read_lock().
 * Return: the outcome, to be carried out.
 */
__path_inline struct nf_ct_step
nf_ct_udp_packet(struct nf_conn *ct, struct sk_buff *skb, unsigned int dataoff,
		 enum ip_conntrack_info ctinfo,
		 const struct nf_hook_state *state)
{
	const struct nf_udp_net *un = nf_udp_pernet(nf_ct_net(ct));

	return nf_ct_udp_step(&ct->proto.udp, READ_ONCE(ct->status),
			      nf_ct_timeouts(ct, un->timeouts), jiffies);
}

/**
 * nf_ct_checksum_partial - sum up as much of a packet as its checksum covers
 * @skb: the packet, its network header at skb->data
 * @state: the hook it is at
 * @dataoff: where the transport header starts, in bytes from skb->data
 * @cover: bytes from there on, at most as many as there are
 * @protonum: for the pseudo header
 *
 * The kernel's nf_checksum_partial() has length and protocol of IPv4's pseudo
 * header exchanged, and so is wrong about packets longer than 255 bytes.
 *
 * Context: softirq or BH off.
 * Return: 0 if the checksum is right.
 */
__sum16 nf_ct_checksum_partial(struct sk_buff *skb,
			       const struct nf_hook_state *state,
			       unsigned int dataoff, unsigned int cover,
			       u8 protonum)
{
	const struct iphdr *iph;

	if (state->pf != NFPROTO_IPV4 || (skb->ip_summed != CHECKSUM_NONE &&
					  skb->ip_summed != CHECKSUM_COMPLETE))
		return nf_checksum_partial(skb, state->hook, dataoff, cover,
					   protonum, state->pf);
	iph = ip_hdr(skb);
	skb->csum = csum_tcpudp_nofold(iph->saddr, iph->daddr,
				       skb->len - dataoff, protonum, 0);
	skb->ip_summed = CHECKSUM_NONE;
	return __skb_checksum_complete_head(skb, dataoff + cover);
}

static enum nf_ct_why judge_udplite(struct sk_buff *skb, unsigned int dataoff,
				    const struct nf_hook_state *state)
{
	unsigned int room = skb->len - dataoff;
	const struct udphdr *udph;
	struct udphdr buf;
	unsigned int coverage;
	enum nf_ct_why why;

	udph = skb_header_pointer(skb, dataoff, sizeof(buf), &buf);
	if (!udph)
		return NF_CT_WHY_UDP_SHORT;

	/* Where UDP has its length, UDP-Lite has its coverage. */
	coverage = ntohs(udph->len);
	why = nf_ct_udplite_judge_header(coverage, udph->check, room);
	if (why)
		return why;

	if (nf_ct_verifies_checksum(state) &&
	    nf_ct_checksum_partial(skb, state, dataoff, coverage ?: room,
				   IPPROTO_UDPLITE))
		return NF_CT_WHY_UDP_CHECKSUM;
	return NF_CT_WHY_OK;
}

/**
 * nf_ct_udplite_check - is a UDP-Lite packet well formed?
 * @skb: the packet
 * @dataoff: offset of the UDP-Lite header, bytes from skb->data
 * @state: the hook it is at
 *
 * Context: softirq or BH off, under rcu_read_lock().
 * Return: %NF_CT_WHY_OK, or what is wrong, already logged.
 */
enum nf_ct_why nf_ct_udplite_check(struct sk_buff *skb, unsigned int dataoff,
				   const struct nf_hook_state *state)
{
	enum nf_ct_why why = judge_udplite(skb, dataoff, state);

	if (why)
		nf_ct_log_why(skb, state, IPPROTO_UDPLITE, why);
	return why;
}

/**
 * nf_ct_udplite_packet - judge a UDP-Lite packet as part of its flow
 * @ct: the flow
 * @skb: the packet
 * @dataoff: offset of the UDP-Lite header, bytes from skb->data
 * @ctinfo: how the packet relates to @ct
 * @state: the hook it is at
 *
 * UDP-Lite has no sysctls of its own and goes by UDP's.
 *
 * Context: softirq or BH off, under rcu_read_lock().
 * Return: the outcome, to be carried out.
 */
struct nf_ct_step nf_ct_udplite_packet(struct nf_conn *ct, struct sk_buff *skb,
				       unsigned int dataoff,
				       enum ip_conntrack_info ctinfo,
				       const struct nf_hook_state *state)
{
	const struct nf_udp_net *un = nf_udp_pernet(nf_ct_net(ct));

	return nf_ct_udplite_step(READ_ONCE(ct->status),
				  nf_ct_timeouts(ct, un->timeouts));
}

/**
 * nf_conntrack_udp_init_net - set the default timeouts of a namespace
 * @net: the namespace
 *
 * Context: process; @net has no packets yet.
 */
void nf_conntrack_udp_init_net(struct net *net)
{
	static const struct nf_udp_net defaults = {
		.timeouts = {
			[UDP_CT_UNREPLIED]	= 30 * HZ,
			[UDP_CT_REPLIED]	= 120 * HZ,
		},
#if IS_ENABLED(CONFIG_NF_FLOW_TABLE)
		.offload_timeout = 30 * HZ,
#endif
	};

	*nf_udp_pernet(net) = defaults;
}

const struct nf_conntrack_l4proto nf_conntrack_l4proto_udp = {
	.l4proto		= IPPROTO_UDP,
	.allow_clash		= true,
	.tuple_to_nlattr	= nf_ct_port_tuple_to_nlattr,
	.nlattr_to_tuple	= nf_ct_port_nlattr_to_tuple,
	.nlattr_tuple_size	= nf_ct_port_nlattr_tuple_size,
	.nla_policy		= nf_ct_port_nla_policy,
	.ctnl_timeout = {
		.nlattr_to_obj	= nf_ct_udp_timeout_from_nlattr,
		.obj_to_nlattr	= nf_ct_udp_timeout_to_nlattr,
		.nlattr_max	= CTA_TIMEOUT_UDP_MAX,
		.obj_size	= sizeof(unsigned int) * UDP_CT_MAX,
		.nla_policy	= nf_ct_udp_timeout_policy,
	},
};

#ifdef CONFIG_NF_CT_PROTO_UDPLITE
const struct nf_conntrack_l4proto nf_conntrack_l4proto_udplite = {
	.l4proto		= IPPROTO_UDPLITE,
	.allow_clash		= true,
	.tuple_to_nlattr	= nf_ct_port_tuple_to_nlattr,
	.nlattr_to_tuple	= nf_ct_port_nlattr_to_tuple,
	.nlattr_tuple_size	= nf_ct_port_nlattr_tuple_size,
	.nla_policy		= nf_ct_port_nla_policy,
	.ctnl_timeout = {
		.nlattr_to_obj	= nf_ct_udplite_timeout_from_nlattr,
		.obj_to_nlattr	= nf_ct_udplite_timeout_to_nlattr,
		.nlattr_max	= CTA_TIMEOUT_UDPLITE_MAX,
		.obj_size	= sizeof(unsigned int) * UDP_CT_MAX,
		.nla_policy	= nf_ct_udplite_timeout_policy,
	},
};
#endif
