// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP and ICMPv6, the deciding part: one code, two tables of types.
 *
 *   query ---> NEW		the same id in both directions makes the flow,
 *   reply <--- ESTABLISHED	and the type says which direction it is
 *
 * A type left out of its table is 0, UNKNOWN, so the tables list only what is
 * let in.  Errors belong to the flow they quote and never make one.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/kernel.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <net/ndisc.h>
#include <net/netfilter/nf_conntrack_tuple.h>
#include <nf_ct/icmp.h>

enum {
	QUERY		= NF_CT_ICMP_QUERY,
	REPLY		= NF_CT_ICMP_REPLY,
	ERROR		= NF_CT_ICMP_ERROR,
	REDIRECT	= NF_CT_ICMP_REDIRECT,
	UNTRACKED	= NF_CT_ICMP_UNTRACKED,
};

/* RFC 792 and, for address masks, RFC 950. */
static const struct nf_ct_icmp_kind icmp_kinds[NR_ICMP_TYPES + 1] = {
	[ICMP_ECHO]		= { QUERY, ICMP_ECHOREPLY },
	[ICMP_ECHOREPLY]	= { REPLY, ICMP_ECHO },
	[ICMP_TIMESTAMP]	= { QUERY, ICMP_TIMESTAMPREPLY },
	[ICMP_TIMESTAMPREPLY]	= { REPLY, ICMP_TIMESTAMP },
	[ICMP_INFO_REQUEST]	= { QUERY, ICMP_INFO_REPLY },
	[ICMP_INFO_REPLY]	= { REPLY, ICMP_INFO_REQUEST },
	[ICMP_ADDRESS]		= { QUERY, ICMP_ADDRESSREPLY },
	[ICMP_ADDRESSREPLY]	= { REPLY, ICMP_ADDRESS },

	[ICMP_DEST_UNREACH]	= { ERROR },
	[ICMP_SOURCE_QUENCH]	= { ERROR },
	[ICMP_REDIRECT]		= { ERROR },
	[ICMP_TIME_EXCEEDED]	= { ERROR },
	[ICMP_PARAMETERPROB]	= { ERROR },
};

/*
 * RFC 4443, 2.1: every type below 128 is an error, whether we know it or not.
 * RFC 4861 (neighbour discovery), RFC 2710 and 3810 (multicast listeners),
 * RFC 4620 (node information).
 */
static const struct nf_ct_icmp_kind icmpv6_kinds[] = {
	[0 ... ICMPV6_ERRMSG_MAX]	= { ERROR },

	[ICMPV6_ECHO_REQUEST]		= { QUERY, ICMPV6_ECHO_REPLY },
	[ICMPV6_ECHO_REPLY]		= { REPLY, ICMPV6_ECHO_REQUEST },
	[ICMPV6_NI_QUERY]		= { QUERY, ICMPV6_NI_REPLY },
	[ICMPV6_NI_REPLY]		= { REPLY, ICMPV6_NI_QUERY },

	[NDISC_ROUTER_SOLICITATION]	= { UNTRACKED },
	[NDISC_ROUTER_ADVERTISEMENT]	= { UNTRACKED },
	[NDISC_NEIGHBOUR_SOLICITATION]	= { UNTRACKED },
	[NDISC_NEIGHBOUR_ADVERTISEMENT]	= { UNTRACKED },
	[NDISC_REDIRECT]		= { REDIRECT },

	[ICMPV6_MGM_QUERY]		= { UNTRACKED },
	[ICMPV6_MGM_REPORT]		= { UNTRACKED },
	[ICMPV6_MGM_REDUCTION]		= { UNTRACKED },
	[ICMPV6_MLD2_REPORT]		= { UNTRACKED },
};

static const struct nf_ct_icmp_kind unknown_kind;

/**
 * nf_ct_icmp_kind - what an ICMP type is
 * @type: the type
 *
 * Context: any.
 * Return: its kind, by value; class %NF_CT_ICMP_UNKNOWN for all others.
 */
struct nf_ct_icmp_kind nf_ct_icmp_kind(u8 type)
{
	return type < ARRAY_SIZE(icmp_kinds) ? icmp_kinds[type] : unknown_kind;
}

/**
 * nf_ct_icmpv6_kind - what an ICMPv6 type is
 * @type: the type
 *
 * Context: any.
 * Return: its kind, by value; class %NF_CT_ICMP_UNKNOWN for all others.
 */
struct nf_ct_icmp_kind nf_ct_icmpv6_kind(u8 type)
{
	return type < ARRAY_SIZE(icmpv6_kinds) ? icmpv6_kinds[type] :
						 unknown_kind;
}

static bool invert(struct nf_conntrack_tuple *tuple,
		   const struct nf_conntrack_tuple *orig,
		   struct nf_ct_icmp_kind kind)
{
	if (!nf_ct_icmp_pairs(kind))
		return false;

	tuple->src.u.icmp.id = orig->src.u.icmp.id;
	tuple->dst.u.icmp.type = kind.peer;
	tuple->dst.u.icmp.code = orig->dst.u.icmp.code;
	return true;
}

/**
 * nf_conntrack_invert_icmp_tuple - the ICMP half of the tuple that answers
 * @tuple: id, type and code are filled in
 * @orig: the tuple to answer
 *
 * Applied twice it gives back what it was given.
 *
 * Context: any.
 * Return: false when nothing answers @orig's type, above all an error's:
 * so an error about an error matches no flow.
 */
bool nf_conntrack_invert_icmp_tuple(struct nf_conntrack_tuple *tuple,
				    const struct nf_conntrack_tuple *orig)
{
	return invert(tuple, orig, nf_ct_icmp_kind(orig->dst.u.icmp.type));
}

/**
 * nf_conntrack_invert_icmpv6_tuple - the ICMPv6 half of the tuple that answers
 * @tuple: id, type and code are filled in
 * @orig: the tuple to answer
 *
 * Applied twice it gives back what it was given.
 *
 * Context: any.
 * Return: false when nothing answers @orig's type, above all an error's:
 * so an error about an error matches no flow.
 */
bool nf_conntrack_invert_icmpv6_tuple(struct nf_conntrack_tuple *tuple,
				      const struct nf_conntrack_tuple *orig)
{
	return invert(tuple, orig, nf_ct_icmpv6_kind(orig->dst.u.icmp.type));
}

/**
 * nf_ct_icmp_step - judge a query or a reply as part of its flow
 * @opener: the class of the type in the flow's original direction
 * @status: &nf_conn.status as it was before this packet
 * @timeout: jiffies that the flow lives on
 *
 * Many replies may answer one query, as to a broadcast.
 *
 * Context: any.
 * Return: the outcome; INVALID for what would open a flow with no query.
 */
struct nf_ct_step nf_ct_icmp_step(enum nf_ct_icmp_class opener,
				  unsigned long status, unsigned int timeout)
{
	if (!(status & IPS_CONFIRMED) && opener != NF_CT_ICMP_QUERY)
		return nf_ct_invalid(NF_CT_WHY_ICMP_NEW);

	return (struct nf_ct_step){
		.fate		= NF_CT_TRACKED,
		.timeout	= timeout,
	};
}
