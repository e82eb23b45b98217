/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that were not simply tracked: counted by reason, and told to whoever
 * listens at the tracepoint nf_conntrack:invalid (include/nf_ct/trace.h).
 */
#ifndef NF_CT_INVALID_H
#define NF_CT_INVALID_H

#include <linux/skbuff.h>
#include <net/netfilter/nf_conntrack.h>
#include <nf_ct/step.h>
#include <nf_ct/tcp.h>
#include <nf_ct/why.h>

/**
 * enum nf_ct_outcome - what became of a packet that has a reason
 * @NF_CT_OUTCOME_INVALID: the ruleset sees it as INVALID
 * @NF_CT_OUTCOME_IGNORED: let by, its flow does not move
 * @NF_CT_OUTCOME_DROPPED: dropped here
 */
enum nf_ct_outcome {
	NF_CT_OUTCOME_INVALID,
	NF_CT_OUTCOME_IGNORED,
	NF_CT_OUTCOME_DROPPED,
};

/**
 * struct nf_ct_tcp_compared - a segment, and what it was compared with
 * @seg:	the segment; of one with a bad header, what the header says
 * @dir:	the direction it goes
 * @tcp:	its flow, as the step left it; all zero if there is none
 */
struct nf_ct_tcp_compared {
	struct nf_ct_tcp_seg	seg;
	enum ip_conntrack_dir	dir;
	struct ip_ct_tcp	tcp;
};

/* Of a step that has a reason: whatever is not INVALID was let by. */
static inline enum nf_ct_outcome nf_ct_outcome_of(enum nf_ct_fate fate)
{
	return fate == NF_CT_INVALID ? NF_CT_OUTCOME_INVALID :
				       NF_CT_OUTCOME_IGNORED;
}

/* nf_ct_trace.c */
bool nf_ct_is_traced(void);
void nf_ct_trace(struct net *net, u8 pf, const struct sk_buff *skb,
		 const struct nf_conn *ct, enum nf_ct_why why,
		 enum nf_ct_outcome outcome,
		 const struct nf_ct_tcp_compared *compared);
void nf_ct_note(struct net *net, u8 pf, const struct sk_buff *skb,
		const struct nf_conn *ct, enum nf_ct_why why,
		enum nf_ct_outcome outcome);

#endif /* NF_CT_INVALID_H */
