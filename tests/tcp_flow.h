/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A TCP flow to be told as a story: packets in, what the tracker made of them.
 *
 * A line reads as a trace does: direction, flags, sequence number, payload
 * length, acknowledgment, window; then the outcome.  Sequence numbers count
 * from each host's initial one, so that a SYN is at 0 and data begins at 1;
 * the initial ones are chosen so that they wrap.
 */
#ifndef TESTS_TCP_FLOW_H
#define TESTS_TCP_FLOW_H

#include <kunit/test.h>
#include <linux/string.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <nf_ct/tcp.h>

#undef TIME_WAIT	/* <linux/timex.h> has one, where it is included */

enum { OUT = IP_CT_DIR_ORIGINAL, IN = IP_CT_DIR_REPLY };

enum {
	F = NF_CT_TCP_F_FIN,
	S = NF_CT_TCP_F_SYN,
	R = NF_CT_TCP_F_RST,
	A = NF_CT_TCP_F_ACK,
	SA = S | A,
	FA = F | A,
	RA = R | A,
};

/* The option bits of a SYN. */
enum {
	WS	= IP_CT_TCP_FLAG_WINDOW_SCALE,
	SACKOK	= IP_CT_TCP_FLAG_SACK_PERM,
};

#define WIN	10000

/* Seconds, no two alike and none a default, so that each names its rule. */
static const unsigned int tcp_lives[TCP_CONNTRACK_TIMEOUT_MAX] = {
	[TCP_CONNTRACK_SYN_SENT]	= 121 * HZ,
	[TCP_CONNTRACK_SYN_RECV]	= 61 * HZ,
	[TCP_CONNTRACK_ESTABLISHED]	= 432001 * HZ,
	[TCP_CONNTRACK_FIN_WAIT]	= 122 * HZ,
	[TCP_CONNTRACK_CLOSE_WAIT]	= 62 * HZ,
	[TCP_CONNTRACK_LAST_ACK]	= 31 * HZ,
	[TCP_CONNTRACK_TIME_WAIT]	= 123 * HZ,
	[TCP_CONNTRACK_CLOSE]		= 11 * HZ,
	[TCP_CONNTRACK_SYN_SENT2]	= 124 * HZ,
	[TCP_CONNTRACK_RETRANS]		= 301 * HZ,
	[TCP_CONNTRACK_UNACK]		= 299 * HZ,
};

/**
 * struct outcome - what a packet must lead to
 * @fate:	what becomes of it
 * @why:	and why, if not tracked
 * @state:	the flow's state afterwards
 * @lives:	which of tcp_lives[] it is given; NONE for none, USUAL for its
 *		state's
 * @sets:	IPS_* bits it sets
 */
struct outcome {
	enum nf_ct_fate	fate;
	enum nf_ct_why	why;
	u8		state;
	u8		lives;
	unsigned long	sets;
};

enum { TCP_CONNTRACK_USUAL = TCP_CONNTRACK_IGNORE };

#define OUTCOME(_fate, _why, _state, _lives, _sets)			\
	{ NF_CT_##_fate, NF_CT_WHY_##_why, TCP_CONNTRACK_##_state,	\
	  TCP_CONNTRACK_##_lives, _sets }

#define MOVES(state)		OUTCOME(TRACKED, OK, state, USUAL, 0)
#define LIVES(state, lives)	OUTCOME(TRACKED, OK, state, lives, 0)
#define ASSURES(state)		OUTCOME(TRACKED, OK, state, USUAL, IPS_ASSURED)
#define ENDS(state)		OUTCOME(CLOSED, OK, state, NONE, 0)
#define REOPENS(state)		OUTCOME(REOPENED, OK, state, NONE, 0)
#define IGNORED(why, state)	OUTCOME(IGNORED, TCP_##why, state, NONE, 0)
#define REFUSED(why, state)	OUTCOME(INVALID, TCP_##why, state, NONE, 0)
#define SHORTENS(why, state)	OUTCOME(INVALID, TCP_##why, state, UNACK, 0)

/**
 * struct line - a packet of a story, and its outcome
 * @dir:	OUT from the initiator, IN to it
 * @flags:	F, S, R, A
 * @seq:	from the sender's initial sequence number
 * @len:	of the payload, in bytes
 * @ack:	from the receiver's initial sequence number
 * @win:	as sent
 * @then:	the outcome
 * @options:	WS, SACKOK
 * @wscale:	shift count that goes with WS
 * @sack:	how far beyond @ack a SACK block reaches
 * @arg:	the bound or the number that a window's reason carries
 */
struct line {
	u8		dir;
	u8		flags;
	s32		seq;
	u32		len;
	s32		ack;
	u16		win;
	struct outcome	then;
	u8		options;
	u8		wscale;
	u32		sack;
	s32		arg;
};

/**
 * struct flow - a flow, and what the core would know of it
 * @tcp:	the tracker's state
 * @know:	the entry's status and the rest of its life
 * @policy:	what the administrator wants
 * @iss:	initial sequence number of each side
 */
struct flow {
	struct ip_ct_tcp	tcp;
	struct nf_ct_tcp_flow	know;
	struct nf_ct_tcp_policy	policy;
	u32			iss[IP_CT_DIR_MAX];
};

static inline struct nf_ct_tcp_policy tcp_default_policy(void)
{
	return (struct nf_ct_tcp_policy){
		.timeouts	= tcp_lives,
		.max_retrans	= 3,
		.loose		= true,
	};
}

static inline struct nf_ct_tcp_seg tcp_segment(const struct flow *flow,
					       const struct line *l)
{
	u32 seq = flow->iss[l->dir] + l->seq;
	u32 ack = flow->iss[!l->dir] + l->ack;

	return (struct nf_ct_tcp_seg){
		.seq		= seq,
		.end		= seq + l->len + !!(l->flags & S) +
				  !!(l->flags & F),
		.ack		= l->flags & A ? ack : 0,
		.sack		= l->flags & A ? ack + l->sack : 0,
		.win		= l->win,
		.flags		= l->flags,
		.options	= l->options,
		.wscale		= l->wscale,
	};
}

/* One packet, and what nf_ct_core.c does with the outcome. */
static inline struct nf_ct_step tcp_send(struct flow *flow,
					 const struct line *l)
{
	struct nf_ct_tcp_seg seg = tcp_segment(flow, l);
	struct nf_ct_step step;

	step = nf_ct_tcp_step(&flow->tcp, &seg, l->dir, &flow->know,
			      &flow->policy);
	switch (step.fate) {
	case NF_CT_TRACKED:
	case NF_CT_IGNORED:
		flow->know.status |= IPS_CONFIRMED | step.status;
		if (l->dir == IN)
			flow->know.status |= IPS_SEEN_REPLY;
		break;
	case NF_CT_REOPENED:
	case NF_CT_CLOSED:
		flow->know.status = 0;
		break;
	case NF_CT_INVALID:
		break;
	}
	if (step.timeout)
		flow->know.left = step.timeout;
	return step;
}

static inline unsigned int tcp_lifetime(const struct outcome *then)
{
	if (then->lives == TCP_CONNTRACK_USUAL)
		return tcp_lives[then->state];
	return tcp_lives[then->lives];
}

/* Sends one packet and expects its outcome. */
static inline struct nf_ct_step tcp_tell(struct kunit *test, struct flow *flow,
					 const struct line *l, int nr)
{
	struct nf_ct_step step = tcp_send(flow, l);
	unsigned int lives = tcp_lifetime(&l->then);

	KUNIT_EXPECT_EQ_MSG(test, (int)step.fate, (int)l->then.fate,
			    "fate of packet %d", nr);
	KUNIT_EXPECT_STREQ_MSG(test, nf_ct_why_name(step.why),
			       nf_ct_why_name(l->then.why),
			       "reason of packet %d", nr);
	KUNIT_EXPECT_STREQ_MSG(test, nf_ct_tcp_state_name(flow->tcp.state),
			       nf_ct_tcp_state_name(l->then.state),
			       "state after packet %d", nr);
	KUNIT_EXPECT_EQ_MSG(test, step.timeout, lives,
			    "lifetime after packet %d", nr);
	KUNIT_EXPECT_EQ_MSG(test, step.status, l->then.sets,
			    "status after packet %d", nr);
	return step;
}

#endif /* TESTS_TCP_FLOW_H */
