/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a tracker answers: facts in, decision out.
 *
 * Nothing here knows sk_buff, nf_conn, a lock or the clock, so that every
 * tracker's step runs the same in the packet path and under KUnit.
 */
#ifndef NF_CT_STEP_H
#define NF_CT_STEP_H

#include <linux/types.h>
#include <nf_ct/why.h>

/**
 * enum nf_ct_fate - what becomes of a packet and of its flow
 * @NF_CT_TRACKED:  part of the flow; the flow lives on
 * @NF_CT_IGNORED:  let by, but the flow neither moves nor lives longer for it
 * @NF_CT_INVALID:  not part of the flow; the ruleset sees INVALID
 * @NF_CT_REOPENED: the packet opens a new flow over a finished one: kill the
 *		    entry and look the packet up again
 * @NF_CT_CLOSED:   part of the flow, which ends here: kill the entry
 */
enum nf_ct_fate {
	NF_CT_TRACKED,
	NF_CT_IGNORED,
	NF_CT_INVALID,
	NF_CT_REOPENED,
	NF_CT_CLOSED,
} __packed;

/**
 * struct nf_ct_step - one packet's outcome, by value
 * @fate:	see &enum nf_ct_fate
 * @why:	the reason when @fate is not plain NF_CT_TRACKED, else 0
 * @events:	BIT(IPCT_*) events to deliver
 * @timeout:	new lifetime in jiffies from now; 0 leaves the old one
 * @status:	IPS_* bits to set in &nf_conn.status
 * @arg:	a number that belongs to @why (a bound, a count of bytes), for
 *		the log
 *
 * Small enough to be handed on in two registers.
 */
struct nf_ct_step {
	enum nf_ct_fate	fate;
	enum nf_ct_why	why;
	u16		events;
	u32		timeout;
	u32		status;
	u32		arg;
};

/* The two outcomes that carry nothing but a reason. */
static inline struct nf_ct_step nf_ct_invalid(enum nf_ct_why why)
{
	return (struct nf_ct_step){ .fate = NF_CT_INVALID, .why = why };
}

static inline struct nf_ct_step nf_ct_ignored(enum nf_ct_why why)
{
	return (struct nf_ct_step){ .fate = NF_CT_IGNORED, .why = why };
}

#endif /* NF_CT_STEP_H */
