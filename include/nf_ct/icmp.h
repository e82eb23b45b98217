/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ICMP and ICMPv6: what each type is, and which types answer each other.
 */
#ifndef NF_CT_ICMP_H
#define NF_CT_ICMP_H

#include <linux/types.h>
#include <nf_ct/step.h>

struct nf_conntrack_tuple;

/**
 * enum nf_ct_icmp_class - what a message is to the tracker
 * @NF_CT_ICMP_UNKNOWN:   no type that we know; INVALID
 * @NF_CT_ICMP_QUERY:	  opens a flow
 * @NF_CT_ICMP_REPLY:	  answers a query; opens nothing
 * @NF_CT_ICMP_ERROR:	  quotes the packet that caused it
 * @NF_CT_ICMP_REDIRECT:  an ICMPv6 redirect: quotes a packet, in an option
 * @NF_CT_ICMP_UNTRACKED: keeps a link alive (neighbour discovery, multicast
 *			  listeners); belongs to no flow
 */
enum nf_ct_icmp_class {
	NF_CT_ICMP_UNKNOWN,
	NF_CT_ICMP_QUERY,
	NF_CT_ICMP_REPLY,
	NF_CT_ICMP_ERROR,
	NF_CT_ICMP_REDIRECT,
	NF_CT_ICMP_UNTRACKED,
};

/**
 * struct nf_ct_icmp_kind - what is known of one type
 * @class: see &enum nf_ct_icmp_class
 * @peer:  the reply's type for a query, the query's for a reply; else 0
 */
struct nf_ct_icmp_kind {
	u8 class;
	u8 peer;
};

struct nf_ct_icmp_kind nf_ct_icmp_kind(u8 type);
struct nf_ct_icmp_kind nf_ct_icmpv6_kind(u8 type);
struct nf_ct_step nf_ct_icmp_step(enum nf_ct_icmp_class opener,
				  unsigned long status, unsigned int timeout);

/* Does the type take part in flows, as a query or as a reply? */
static inline bool nf_ct_icmp_pairs(struct nf_ct_icmp_kind kind)
{
	return kind.class == NF_CT_ICMP_QUERY ||
	       kind.class == NF_CT_ICMP_REPLY;
}

/*
 * As net/netfilter/nf_conntrack_l4proto.h has them; that header knows the
 * entry and the namespace, which the pure files do not.
 */
bool nf_conntrack_invert_icmp_tuple(struct nf_conntrack_tuple *tuple,
				    const struct nf_conntrack_tuple *orig);
bool nf_conntrack_invert_icmpv6_tuple(struct nf_conntrack_tuple *tuple,
				      const struct nf_conntrack_tuple *orig);

#endif /* NF_CT_ICMP_H */
