// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP and ICMPv6, the part that touches packets.
 *
 *   query, reply	tracked like any other packet, by id
 *   error		attached to the flow of the packet it quotes:
 *
 *	client ---------- A > B ----------> B		the flow
 *	client <--[R > A | quoted: A > B]-- R		a router on the way
 *
 *	The quoted tuple's answer, B > A, is looked up.  Where it is found
 *	says which way the error travels, and A, who sent the quoted packet,
 *	must be the one the error is sent to: else whoever knows of one flow
 *	could reach any host behind a rule that lets RELATED in.
 *
 *   neighbour		untracked
 *   discovery, MLD
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nfnetlink_cttimeout.h>
#include <linux/skbuff.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <net/netfilter/ipv4/nf_conntrack_ipv4.h>
#include <net/netfilter/ipv6/nf_conntrack_ipv6.h>
#include <nf_ct/ctnl_filter.h>
#include <nf_ct/icmp.h>
#include <nf_ct/shell.h>
#include <nf_ct/timeout_policy.h>
#include <nf_ct/tuple.h>

/* A redirect has two options by RFC 4861, 4.5; a few more are let by. */
#define REDIRECT_OPTIONS_MAX	8

/* What stands between a redirect's option header and the quoted packet. */
#define REDIRECTED_HDR_LEN	8

/* Both headers are eight bytes and begin with type, code and checksum. */
static_assert(sizeof(struct icmphdr) == sizeof(struct icmp6hdr));

static u8 protonum_of(u8 pf)
{
	return pf == NFPROTO_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
}

static struct nf_ct_icmp_kind kind_of(u8 pf, u8 type)
{
	return pf == NFPROTO_IPV4 ? nf_ct_icmp_kind(type) :
				    nf_ct_icmpv6_kind(type);
}

static bool read_tuple(const struct sk_buff *skb, unsigned int dataoff,
		       struct nf_conntrack_tuple *tuple)
{
	const struct icmphdr *icmph;
	struct icmphdr buf;

	icmph = skb_header_pointer(skb, dataoff, sizeof(buf), &buf);
	if (!icmph)
		return false;

	tuple->src.u.icmp.id = icmph->un.echo.id;
	tuple->dst.u.icmp.type = icmph->type;
	tuple->dst.u.icmp.code = icmph->code;
	return true;
}

/**
 * icmp_pkt_to_tuple - read the ICMP half of a tuple
 * @skb: the packet
 * @dataoff: offset of the ICMP header, bytes from skb->data
 * @net: namespace
 * @tuple: id (network order), type and code are filled in
 *
 * Context: any.
 * Return: false when the header is cut short.
 */
bool icmp_pkt_to_tuple(const struct sk_buff *skb, unsigned int dataoff,
		       struct net *net, struct nf_conntrack_tuple *tuple)
{
	return read_tuple(skb, dataoff, tuple);
}

/**
 * icmpv6_pkt_to_tuple - read the ICMPv6 half of a tuple
 * @skb: the packet
 * @dataoff: offset of the ICMPv6 header, bytes from skb->data
 * @net: namespace
 * @tuple: id (network order), type and code are filled in
 *
 * Context: any.
 * Return: false when the header is cut short.
 */
bool icmpv6_pkt_to_tuple(const struct sk_buff *skb, unsigned int dataoff,
			 struct net *net, struct nf_conntrack_tuple *tuple)
{
	return read_tuple(skb, dataoff, tuple);
}

static enum nf_ct_why judge_header(struct sk_buff *skb, unsigned int dataoff,
				   const struct nf_hook_state *state)
{
	bool v4 = state->pf == NFPROTO_IPV4;
	const struct icmphdr *icmph;
	struct icmphdr buf;

	icmph = skb_header_pointer(skb, dataoff, sizeof(buf), &buf);
	if (!icmph)
		return NF_CT_WHY_ICMP_SHORT;

	if (nf_ct_verifies_checksum(state) &&
	    nf_checksum(skb, state->hook, dataoff, protonum_of(state->pf),
			state->pf))
		return v4 ? NF_CT_WHY_ICMP_CHECKSUM : NF_CT_WHY_ICMP6_CHECKSUM;

	if (kind_of(state->pf, icmph->type).class == NF_CT_ICMP_UNKNOWN)
		return NF_CT_WHY_ICMP_TYPE;
	return NF_CT_WHY_OK;
}

/**
 * nf_ct_icmp_check - is an ICMP or ICMPv6 packet well formed?
 * @skb: the packet; ICMP over IPv6 and ICMPv6 over IPv4 are refused
 * @dataoff: offset of the ICMP header, bytes from skb->data
 * @state: the hook it is at
 *
 * Context: softirq or BH off, under rcu_read_lock().
 * Return: %NF_CT_WHY_OK, or what is wrong, already logged.
 */
enum nf_ct_why nf_ct_icmp_check(struct sk_buff *skb, unsigned int dataoff,
				const struct nf_hook_state *state)
{
	unsigned int nhoff = skb_network_offset(skb);
	u8 protonum = nf_ct_l4_find(skb, nhoff, state->pf).protonum;
	enum nf_ct_why why = NF_CT_WHY_ICMP_TYPE;

	/* Of the two, each family knows one; read as the other it might pass. */
	if (protonum == protonum_of(state->pf))
		why = judge_header(skb, dataoff, state);

	if (why)
		nf_ct_log_why(skb, state, protonum, why);
	return why;
}

/**
 * nf_ct_icmp_packet - judge a query or a reply as part of its flow
 * @ct: the flow
 * @skb: the packet
 * @dataoff: offset of the ICMP header, bytes from skb->data
 * @ctinfo: how the packet relates to @ct
 * @state: the hook it is at
 *
 * Context: softirq or BH off, under rcu_read_lock().
 * Return: the outcome, to be carried out; a refusal is already logged.
 */
struct nf_ct_step nf_ct_icmp_packet(struct nf_conn *ct, struct sk_buff *skb,
				    unsigned int dataoff,
				    enum ip_conntrack_info ctinfo,
				    const struct nf_hook_state *state)
{
	u8 opener = nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL)->dst.u.icmp.type;
	bool v4 = state->pf == NFPROTO_IPV4;
	struct net *net = nf_ct_net(ct);
	const struct nf_icmp_net *in;
	struct nf_ct_step step;

	in = v4 ? nf_icmp_pernet(net) : nf_icmpv6_pernet(net);

	/* An entry that ctnetlink made may be of the other family's. */
	if (nf_ct_protonum(ct) != protonum_of(state->pf))
		step = nf_ct_invalid(NF_CT_WHY_ICMP_TYPE);
	else
		step = nf_ct_icmp_step(kind_of(state->pf, opener).class,
				       READ_ONCE(ct->status),
				       *nf_ct_timeouts(ct, &in->timeout));

	if (step.why)
		nf_ct_log_why(skb, state, nf_ct_protonum(ct), step.why);
	return step;
}

static union nf_inet_addr outer_daddr(const struct sk_buff *skb, u8 pf)
{
	union nf_inet_addr daddr = {};

	if (pf == NFPROTO_IPV4)
		daddr.ip = ip_hdr(skb)->daddr;
	else
		daddr.in6 = ipv6_hdr(skb)->daddr;
	return daddr;
}

static void log_outer(const struct sk_buff *skb,
		      const struct nf_hook_state *state,
		      const union nf_inet_addr *outer,
		      const union nf_inet_addr *inner)
{
	if (state->pf == NFPROTO_IPV4)
		nf_l4proto_log_invalid(skb, state, IPPROTO_ICMP,
				       "outer daddr %pI4 != inner %pI4",
				       &outer->ip, &inner->ip);
	else
		nf_l4proto_log_invalid(skb, state, IPPROTO_ICMPV6,
				       "outer daddr %pI6 != inner %pI6",
				       &outer->in6, &inner->in6);
}

/* @quote: offset of the quoted packet's network header. */
static enum nf_ct_why attach_to_quoted(struct nf_conn *tmpl,
				       struct sk_buff *skb, unsigned int quote,
				       const struct nf_hook_state *state)
{
	union nf_inet_addr outer = outer_daddr(skb, state->pf);
	struct nf_conntrack_tuple quoted, answer;
	struct nf_conntrack_tuple_hash *h;
	struct nf_conntrack_zone zone;
	bool reply;

	/* An error has no answer, so one that quotes another stops here. */
	if (!nf_ct_get_tuplepr(skb, quote, state->pf, state->net, &quoted) ||
	    !nf_ct_invert_tuple(&answer, &quoted))
		return NF_CT_WHY_ICMP_INNER;

	/* Both are as NAT left them on this side of us, so they compare. */
	if (!nf_inet_addr_cmp(&outer, &quoted.src.u3)) {
		log_outer(skb, state, &outer, &quoted.src.u3);
		return NF_CT_WHY_ICMP_OUTER;
	}

	h = nf_conntrack_find_get(state->net,
				  nf_ct_zone_tmpl(tmpl, skb, &zone), &answer);
	if (!h)
		return NF_CT_WHY_ICMP_NO_FLOW;

	/* The packet takes over the reference. */
	reply = NF_CT_DIRECTION(h) == IP_CT_DIR_REPLY;
	nf_ct_set(skb, nf_ct_tuplehash_to_ctrack(h),
		  reply ? IP_CT_RELATED_REPLY : IP_CT_RELATED);
	return NF_CT_WHY_OK;
}

/* Finds the option that quotes a packet; sets @quote to that packet. */
static enum nf_ct_why find_redirected(const struct sk_buff *skb,
				      unsigned int offset, unsigned int *quote)
{
	const struct nd_opt_hdr *opt;
	struct nd_opt_hdr buf;
	int i;

	for (i = 0; i < REDIRECT_OPTIONS_MAX; i++) {
		opt = skb_header_pointer(skb, offset, sizeof(buf), &buf);
		if (!opt || !opt->nd_opt_len)
			break;
		if (opt->nd_opt_type == ND_OPT_REDIRECT_HDR) {
			*quote = offset + REDIRECTED_HDR_LEN;
			return NF_CT_WHY_OK;
		}
		offset += opt->nd_opt_len * 8;
	}
	return NF_CT_WHY_ICMP6_REDIRECT_BARE;
}

/* RFC 4861, 8.1: only a router on the same link may redirect. */
static enum nf_ct_why attach_redirect(struct nf_conn *tmpl,
				      struct sk_buff *skb,
				      unsigned int dataoff,
				      const struct nf_hook_state *state)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	enum nf_ct_why why;
	unsigned int quote;
	struct rd_msg buf;

	if (!skb_header_pointer(skb, dataoff, sizeof(buf), &buf))
		return NF_CT_WHY_ICMP6_REDIRECT_SHORT;

	if (ip6h->hop_limit != 255 ||
	    !(ipv6_addr_type(&ip6h->saddr) & IPV6_ADDR_LINKLOCAL))
		return NF_CT_WHY_ICMP6_REDIRECT;

	why = find_redirected(skb, dataoff + sizeof(buf), &quote);
	if (why)
		return why;
	return attach_to_quoted(tmpl, skb, quote, state);
}

static enum nf_ct_why sort_out(struct nf_conn *tmpl, struct sk_buff *skb,
			       unsigned int dataoff,
			       const struct nf_hook_state *state)
{
	const struct icmphdr *icmph;
	struct icmphdr buf;

	icmph = skb_header_pointer(skb, dataoff, sizeof(buf), &buf);
	if (!icmph)
		return NF_CT_WHY_ICMP_SHORT;

	switch (kind_of(state->pf, icmph->type).class) {
	case NF_CT_ICMP_ERROR:
		return attach_to_quoted(tmpl, skb, dataoff + sizeof(buf),
					state);
	case NF_CT_ICMP_REDIRECT:
		return attach_redirect(tmpl, skb, dataoff, state);
	case NF_CT_ICMP_UNTRACKED:
		nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
		break;
	}
	return NF_CT_WHY_OK;
}

/**
 * nf_ct_icmp_error - settle what is neither a query nor a reply
 * @tmpl: template that names the zone, or NULL
 * @skb: the packet, ICMP over IPv4 or ICMPv6 over IPv6, that passed
 *	nf_ct_icmp_check(); it carries no entry and no template
 * @dataoff: offset of the ICMP header, bytes from skb->data
 * @state: the hook it is at
 *
 * An error is given the entry of the flow it quotes, with a reference of its
 * own; neighbour discovery and MLD are marked untracked.  A query or a reply
 * leaves here as it came, to be looked up.
 *
 * Context: softirq or BH off, under rcu_read_lock().
 * Return: %NF_CT_WHY_OK, or why the packet is INVALID, already logged.
 */
enum nf_ct_why nf_ct_icmp_error(struct nf_conn *tmpl, struct sk_buff *skb,
				unsigned int dataoff,
				const struct nf_hook_state *state)
{
	enum nf_ct_why why = sort_out(tmpl, skb, dataoff, state);

	/* ICMP_OUTER was logged with its addresses. */
	if (why && why != NF_CT_WHY_ICMP_OUTER)
		nf_ct_log_why(skb, state, protonum_of(state->pf), why);
	return why;
}

/* One protocol's attributes and the filter bits that ask for them. */
struct attributes {
	u16 id, type, code;
	u32 id_bit, type_bit, code_bit;
};

static const struct attributes icmp_attributes = {
	.id		= CTA_PROTO_ICMP_ID,
	.type		= CTA_PROTO_ICMP_TYPE,
	.code		= CTA_PROTO_ICMP_CODE,
	.id_bit		= NF_CT_FILTER_ICMP_ID,
	.type_bit	= NF_CT_FILTER_ICMP_TYPE,
	.code_bit	= NF_CT_FILTER_ICMP_CODE,
};

static const struct attributes icmpv6_attributes = {
	.id		= CTA_PROTO_ICMPV6_ID,
	.type		= CTA_PROTO_ICMPV6_TYPE,
	.code		= CTA_PROTO_ICMPV6_CODE,
	.id_bit		= NF_CT_FILTER_ICMPV6_ID,
	.type_bit	= NF_CT_FILTER_ICMPV6_TYPE,
	.code_bit	= NF_CT_FILTER_ICMPV6_CODE,
};

static const struct nla_policy icmp_policy[CTA_PROTO_MAX + 1] = {
	[CTA_PROTO_ICMP_ID]	= { .type = NLA_U16 },
	[CTA_PROTO_ICMP_TYPE]	= { .type = NLA_U8 },
	[CTA_PROTO_ICMP_CODE]	= { .type = NLA_U8 },
};

static const struct nla_policy icmpv6_policy[CTA_PROTO_MAX + 1] = {
	[CTA_PROTO_ICMPV6_ID]	= { .type = NLA_U16 },
	[CTA_PROTO_ICMPV6_TYPE]	= { .type = NLA_U8 },
	[CTA_PROTO_ICMPV6_CODE]	= { .type = NLA_U8 },
};

static int write_tuple(struct sk_buff *skb, const struct nf_conntrack_tuple *t,
		       const struct attributes *attrs)
{
	if (nla_put_be16(skb, attrs->id, t->src.u.icmp.id) ||
	    nla_put_u8(skb, attrs->type, t->dst.u.icmp.type) ||
	    nla_put_u8(skb, attrs->code, t->dst.u.icmp.code))
		return -1;
	return 0;
}

static int parse_tuple(struct nlattr *tb[], struct nf_conntrack_tuple *t,
		       u32 flags, const struct attributes *attrs)
{
	if ((flags & attrs->id_bit && !tb[attrs->id]) ||
	    (flags & attrs->type_bit && !tb[attrs->type]) ||
	    (flags & attrs->code_bit && !tb[attrs->code]))
		return -EINVAL;

	if (flags & attrs->id_bit)
		t->src.u.icmp.id = nla_get_be16(tb[attrs->id]);
	if (flags & attrs->type_bit)
		t->dst.u.icmp.type = nla_get_u8(tb[attrs->type]);
	if (flags & attrs->code_bit)
		t->dst.u.icmp.code = nla_get_u8(tb[attrs->code]);
	return 0;
}

static int icmp_tuple_to_nlattr(struct sk_buff *skb,
				const struct nf_conntrack_tuple *t)
{
	return write_tuple(skb, t, &icmp_attributes);
}

static int icmpv6_tuple_to_nlattr(struct sk_buff *skb,
				  const struct nf_conntrack_tuple *t)
{
	return write_tuple(skb, t, &icmpv6_attributes);
}

/* A type that nothing answers would make an entry without a reply tuple. */
static int icmp_nlattr_to_tuple(struct nlattr *tb[],
				struct nf_conntrack_tuple *t, u32 flags)
{
	struct nlattr *type = tb[CTA_PROTO_ICMP_TYPE];

	if (flags & NF_CT_FILTER_ICMP_TYPE && type &&
	    !nf_ct_icmp_pairs(nf_ct_icmp_kind(nla_get_u8(type))))
		return -EINVAL;
	return parse_tuple(tb, t, flags, &icmp_attributes);
}

static int icmpv6_nlattr_to_tuple(struct nlattr *tb[],
				  struct nf_conntrack_tuple *t, u32 flags)
{
	struct nlattr *type = tb[CTA_PROTO_ICMPV6_TYPE];

	if (flags & NF_CT_FILTER_ICMPV6_TYPE && type &&
	    !nf_ct_icmp_pairs(nf_ct_icmpv6_kind(nla_get_u8(type))))
		return -EINVAL;
	return parse_tuple(tb, t, flags, &icmpv6_attributes);
}

static unsigned int icmp_nlattr_tuple_size(void)
{
	return nla_policy_len(icmp_policy, CTA_PROTO_MAX + 1);
}

static unsigned int icmpv6_nlattr_tuple_size(void)
{
	return nla_policy_len(icmpv6_policy, CTA_PROTO_MAX + 1);
}

/**
 * nf_conntrack_icmp_init_net - set the default timeout of a namespace
 * @net: the namespace
 *
 * Context: process; @net has no packets yet.
 */
void nf_conntrack_icmp_init_net(struct net *net)
{
	nf_icmp_pernet(net)->timeout = 30 * HZ;
}

/**
 * nf_conntrack_icmpv6_init_net - set the default timeout of a namespace
 * @net: the namespace
 *
 * Context: process; @net has no packets yet.
 */
void nf_conntrack_icmpv6_init_net(struct net *net)
{
	nf_icmpv6_pernet(net)->timeout = 30 * HZ;
}

const struct nf_conntrack_l4proto nf_conntrack_l4proto_icmp = {
	.l4proto		= IPPROTO_ICMP,
	.tuple_to_nlattr	= icmp_tuple_to_nlattr,
	.nlattr_tuple_size	= icmp_nlattr_tuple_size,
	.nlattr_to_tuple	= icmp_nlattr_to_tuple,
	.nla_policy		= icmp_policy,
	.ctnl_timeout = {
		.nlattr_to_obj	= nf_ct_icmp_timeout_from_nlattr,
		.obj_to_nlattr	= nf_ct_icmp_timeout_to_nlattr,
		.nlattr_max	= CTA_TIMEOUT_ICMP_MAX,
		.obj_size	= sizeof(unsigned int),
		.nla_policy	= nf_ct_icmp_timeout_policy,
	},
};

const struct nf_conntrack_l4proto nf_conntrack_l4proto_icmpv6 = {
	.l4proto		= IPPROTO_ICMPV6,
	.tuple_to_nlattr	= icmpv6_tuple_to_nlattr,
	.nlattr_tuple_size	= icmpv6_nlattr_tuple_size,
	.nlattr_to_tuple	= icmpv6_nlattr_to_tuple,
	.nla_policy		= icmpv6_policy,
	.ctnl_timeout = {
		.nlattr_to_obj	= nf_ct_icmpv6_timeout_from_nlattr,
		.obj_to_nlattr	= nf_ct_icmpv6_timeout_to_nlattr,
		.nlattr_max	= CTA_TIMEOUT_ICMPV6_MAX,
		.obj_size	= sizeof(unsigned int),
		.nla_policy	= nf_ct_icmpv6_timeout_policy,
	},
};
