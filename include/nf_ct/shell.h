/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shells: the part of each protocol that touches packets and locks.
 *
 * The pure part of a protocol (nf_ct_proto_*.c) decides; its shell
 * (nf_ct_shell_*.c) reads the header into the tracker's view, takes
 * nf_conn.lock around the step, logs what log_invalid asks for once the lock
 * is released, and returns the step for nf_ct_apply() to carry out.
 *
 * nf_ct_core.c calls two functions of each shell:
 *
 *   nf_ct_<proto>_check()  before the lookup: is the packet well formed and
 *			    is its checksum right?  A packet that fails costs
 *			    no lookup and no entry.
 *   nf_ct_<proto>_packet() after the lookup: judge it as part of its flow.
 *
 * All of them run in softirq or with bottom halves off, under
 * rcu_read_lock(), and never sleep.
 */
#ifndef NF_CT_SHELL_H
#define NF_CT_SHELL_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_timeout.h>
#include <nf_ct/step.h>

#define NF_CT_SHELL(proto)						\
enum nf_ct_why nf_ct_##proto##_check(struct sk_buff *skb,		\
				     unsigned int dataoff,		\
				     const struct nf_hook_state *state);	\
struct nf_ct_step nf_ct_##proto##_packet(struct nf_conn *ct,		\
					 struct sk_buff *skb,		\
					 unsigned int dataoff,		\
					 enum ip_conntrack_info ctinfo,	\
					 const struct nf_hook_state *state)

NF_CT_SHELL(tcp);
NF_CT_SHELL(udp);
NF_CT_SHELL(udplite);
NF_CT_SHELL(icmp);	/* ICMP, and ICMPv6 by state->pf */
NF_CT_SHELL(sctp);
NF_CT_SHELL(dccp);
NF_CT_SHELL(gre);
NF_CT_SHELL(generic);

/*
 * nf_ct_shell_icmp.c: attaches an ICMP or ICMPv6 error to the flow that it
 * quotes (RELATED), or marks neighbour discovery and MLD as untracked.
 * Leaves skb->_nfct alone for a query, which is tracked like any packet.
 */
enum nf_ct_why nf_ct_icmp_error(struct nf_conn *tmpl, struct sk_buff *skb,
				unsigned int dataoff,
				const struct nf_hook_state *state);

/* nf_ct_shell_gre.c */
void nf_ct_gre_net_exit(struct net *net);

/* nf_ct_shell_udp.c */
__sum16 nf_ct_checksum_partial(struct sk_buff *skb,
			       const struct nf_hook_state *state,
			       unsigned int dataoff, unsigned int cover,
			       u8 protonum);

/* Verified once, where packets come in; what we send is not ours to doubt. */
static inline bool nf_ct_verifies_checksum(const struct nf_hook_state *state)
{
	return state->hook == NF_INET_PRE_ROUTING &&
	       state->net->ct.sysctl_checksum;
}

/* Timeouts in jiffies for this entry: its policy's, or the namespace's. */
static inline const unsigned int *
nf_ct_timeouts(const struct nf_conn *ct, const unsigned int *dflt)
{
	const unsigned int *timeouts = nf_ct_timeout_lookup(ct);

	return timeouts ? timeouts : dflt;
}

/* nf_ct_log.c: "<text>" for reasons without numbers of their own. */
void nf_ct_log_why(const struct sk_buff *skb, const struct nf_hook_state *state,
		   u8 protonum, enum nf_ct_why why);

#endif /* NF_CT_SHELL_H */
