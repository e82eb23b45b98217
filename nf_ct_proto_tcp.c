// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP: the state machine of a firewall that stands between the two hosts.
 *
 *	 SYN		 SYN/ACK	 ACK
 *  NONE ---> SYN_SENT ---------> SYN_RECV ---> ESTABLISHED
 *		 | SYN <-	    ^ SYN/ACK	    |
 *		 `----> SYN_SENT2 --'		    | FIN
 *			(simultaneous open)	    v
 *  TIME_WAIT <--- LAST_ACK <--- CLOSE_WAIT <--- FIN_WAIT
 *		ACK	   FIN		   ACK
 *
 * and a reset leads from anywhere to CLOSE.  The names are those of RFC 9293,
 * 3.3.2, but they tell what was seen on the wire, not what either host is in.
 *
 * One packet is one step: a table gives the move, a list of questions tells
 * whether to believe it, the windows (nf_ct_tcp_window.c) whether it belongs
 * to the flow.  Only the end hosts know the truth; where they and we disagree
 * we let the packet by without moving, remember it (last_*), and learn from
 * the answer who was right.
 *
 * Invariant: struct ip_ct_tcp.state changes in commit() and nowhere else.
 */

#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/param.h>
#include <linux/string.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <nf_ct/inline.h>
#include <nf_ct/tcp.h>

/* Short names, so that the table fits. */
enum {
	CT_SYN_SENT	= TCP_CONNTRACK_SYN_SENT,
	CT_SYN_RECV	= TCP_CONNTRACK_SYN_RECV,
	CT_ESTABLISHED	= TCP_CONNTRACK_ESTABLISHED,
	CT_FIN_WAIT	= TCP_CONNTRACK_FIN_WAIT,
	CT_CLOSE_WAIT	= TCP_CONNTRACK_CLOSE_WAIT,
	CT_LAST_ACK	= TCP_CONNTRACK_LAST_ACK,
	CT_TIME_WAIT	= TCP_CONNTRACK_TIME_WAIT,
	CT_CLOSE	= TCP_CONNTRACK_CLOSE,
	CT_SYN_SENT2	= TCP_CONNTRACK_SYN_SENT2,

	INVALID		= TCP_CONNTRACK_NONE,
	IGNORE		= TCP_CONNTRACK_IGNORE,

	ORIG		= IP_CT_DIR_ORIGINAL,
	REPLY		= IP_CT_DIR_REPLY,

	SYN		= NF_CT_TCP_SYN,
	SYNACK		= NF_CT_TCP_SYNACK,
	FIN		= NF_CT_TCP_FIN,
	ACK		= NF_CT_TCP_ACK,
	RST		= NF_CT_TCP_RST,
};

/*
 * next = transitions[state][dir][event].  Nothing ever moves to NONE, so a
 * cell left out is 0 and reads as INVALID.  IGNORE lets a packet by that only
 * the end hosts can judge: a SYN on a flow that is open to us (the client may
 * have started anew), the SYN/ACK or, from a half-open peer, the ACK that
 * answers it.
 */
static const u8
transitions[TCP_CONNTRACK_MAX][IP_CT_DIR_MAX][NF_CT_TCP_EVENTS] = {
	[TCP_CONNTRACK_NONE] = {
		[ORIG]	= { [SYN]	= CT_SYN_SENT,
			    [ACK]	= CT_ESTABLISHED }, /* joined midway */
	},
	[CT_SYN_SENT] = {
		[ORIG]	= { [SYN]	= CT_SYN_SENT,	/* sent again */
			    [RST]	= CT_CLOSE },
		[REPLY]	= { [SYN]	= CT_SYN_SENT2,	/* simultaneous open */
			    [SYNACK]	= CT_SYN_RECV,
			    [ACK]	= IGNORE,	/* half-open peer */
			    [RST]	= CT_CLOSE },	/* refused */
	},
	[CT_SYN_RECV] = {
		[ORIG]	= { [SYN]	= IGNORE,
			    [SYNACK]	= CT_SYN_RECV,	/* simultaneous open */
			    [FIN]	= CT_FIN_WAIT,
			    [ACK]	= CT_ESTABLISHED,
			    [RST]	= CT_CLOSE },
		[REPLY]	= { [SYNACK]	= IGNORE,	/* again, or for a new SYN */
			    [FIN]	= CT_FIN_WAIT,
			    [ACK]	= CT_SYN_RECV,	/* see both_opened() */
			    [RST]	= CT_CLOSE },
	},
	[CT_ESTABLISHED] = {
		[ORIG]	= { [SYN]	= IGNORE,
			    [FIN]	= CT_FIN_WAIT,
			    [ACK]	= CT_ESTABLISHED,
			    [RST]	= CT_CLOSE },
		[REPLY]	= { [SYNACK]	= IGNORE,
			    [FIN]	= CT_FIN_WAIT,
			    [ACK]	= CT_ESTABLISHED,
			    [RST]	= CT_CLOSE },
	},
	[CT_FIN_WAIT] = {
		[ORIG]	= { [SYN]	= IGNORE,
			    [FIN]	= CT_LAST_ACK,
			    [ACK]	= CT_CLOSE_WAIT,
			    [RST]	= CT_CLOSE },
		[REPLY]	= { [SYNACK]	= IGNORE,
			    [FIN]	= CT_LAST_ACK,	/* with or without its ACK */
			    [ACK]	= CT_CLOSE_WAIT,
			    [RST]	= CT_CLOSE },
	},
	[CT_CLOSE_WAIT] = {
		[ORIG]	= { [SYN]	= IGNORE,
			    [FIN]	= CT_LAST_ACK,
			    [ACK]	= CT_CLOSE_WAIT,
			    [RST]	= CT_CLOSE },
		[REPLY]	= { [SYNACK]	= IGNORE,
			    [FIN]	= CT_LAST_ACK,
			    [ACK]	= CT_CLOSE_WAIT,
			    [RST]	= CT_CLOSE },
	},
	[CT_LAST_ACK] = {
		[ORIG]	= { [SYN]	= IGNORE,
			    [FIN]	= CT_LAST_ACK,	/* sent again */
			    [ACK]	= CT_TIME_WAIT,
			    [RST]	= CT_CLOSE },
		[REPLY]	= { [SYNACK]	= IGNORE,
			    [FIN]	= CT_LAST_ACK,
			    [ACK]	= CT_TIME_WAIT,
			    [RST]	= CT_CLOSE },
	},
	[CT_TIME_WAIT] = {
		[ORIG]	= { [SYN]	= CT_SYN_SENT,	/* see reopens() */
			    [FIN]	= CT_TIME_WAIT,
			    [ACK]	= CT_TIME_WAIT,
			    [RST]	= CT_CLOSE },
		[REPLY]	= { [SYN]	= CT_SYN_SENT,	/* roles exchanged */
			    [SYNACK]	= IGNORE,
			    [FIN]	= CT_TIME_WAIT,
			    [ACK]	= CT_TIME_WAIT,
			    [RST]	= CT_CLOSE },
	},
	[CT_CLOSE] = {
		[ORIG]	= { [SYN]	= CT_SYN_SENT,	/* see reopens() */
			    [FIN]	= CT_CLOSE,
			    [ACK]	= CT_CLOSE,
			    [RST]	= CT_CLOSE },
		[REPLY]	= { [SYNACK]	= IGNORE,
			    [FIN]	= CT_CLOSE,
			    [ACK]	= CT_CLOSE,
			    [RST]	= CT_CLOSE },
	},
	[CT_SYN_SENT2] = {
		[ORIG]	= { [SYN]	= CT_SYN_SENT2,
			    [SYNACK]	= CT_SYN_RECV,
			    [RST]	= CT_CLOSE },
		[REPLY]	= { [SYN]	= CT_SYN_SENT2,
			    [SYNACK]	= CT_SYN_RECV,
			    [ACK]	= IGNORE,
			    [RST]	= CT_CLOSE },
	},
};

/* One packet's move, as the questions below look at it. */
struct move {
	struct ip_ct_tcp		*tcp;
	const struct nf_ct_tcp_seg	*seg;
	const struct nf_ct_tcp_flow	*flow;
	const struct nf_ct_tcp_policy	*policy;
	enum ip_conntrack_dir		dir;
	enum nf_ct_tcp_event		event;
	u8				from;
	u8				to;
};

/* What to think of a reset. */
enum belief {
	FORGED,		/* not from the host it names */
	DOUBTED,	/* as good as its place in the window */
	BELIEVED,	/* answers what we let by: the window does not apply */
};

/**
 * nf_ct_tcp_event_of - which event a segment is
 * @flags:	NF_CT_TCP_F_*
 *
 * A reset outranks all else, a SYN all but that (RFC 9293, 3.10.7).
 *
 * Context: any.
 * Return: the event.
 */
enum nf_ct_tcp_event nf_ct_tcp_event_of(u8 flags)
{
	if (flags & NF_CT_TCP_F_RST)
		return NF_CT_TCP_RST;
	if (flags & NF_CT_TCP_F_SYN)
		return flags & NF_CT_TCP_F_ACK ? NF_CT_TCP_SYNACK
					       : NF_CT_TCP_SYN;
	if (flags & NF_CT_TCP_F_FIN)
		return NF_CT_TCP_FIN;
	return flags & NF_CT_TCP_F_ACK ? NF_CT_TCP_ACK : NF_CT_TCP_NONE;
}

/**
 * nf_ct_tcp_flags_valid - may these flags stand together?
 * @flags:	NF_CT_TCP_F_*; ECE, CWR (RFC 3168) and PSH go with any others
 *
 * RFC 9293, 3.10.7: every segment but a first SYN and a reset carries an ACK;
 * SYN, FIN and RST exclude each other.  Urgent data goes where data goes.
 *
 * Context: any.
 * Return: true if a sane host may send them.
 */
__path_inline bool nf_ct_tcp_flags_valid(u8 flags)
{
	u8 other = flags & ~(NF_CT_TCP_F_ECE | NF_CT_TCP_F_CWR |
			     NF_CT_TCP_F_PSH);

	switch (other) {
	case NF_CT_TCP_F_SYN:
	case NF_CT_TCP_F_SYN | NF_CT_TCP_F_URG:
	case NF_CT_TCP_F_SYN | NF_CT_TCP_F_ACK:
	case NF_CT_TCP_F_RST:
	case NF_CT_TCP_F_RST | NF_CT_TCP_F_ACK:
	case NF_CT_TCP_F_FIN | NF_CT_TCP_F_ACK:
	case NF_CT_TCP_F_FIN | NF_CT_TCP_F_ACK | NF_CT_TCP_F_URG:
	case NF_CT_TCP_F_ACK:
	case NF_CT_TCP_F_ACK | NF_CT_TCP_F_URG:
		return true;
	}
	return false;
}

/**
 * nf_ct_tcp_is_closing - has either side said its last word?
 * @state:	enum tcp_conntrack
 *
 * Context: any.
 * Return: true from the first FIN or reset on.
 */
bool nf_ct_tcp_is_closing(u8 state)
{
	return state >= TCP_CONNTRACK_FIN_WAIT && state <= TCP_CONNTRACK_CLOSE;
}

/**
 * nf_ct_tcp_state_name - a state as /proc and the log print it
 * @state:	enum tcp_conntrack
 *
 * Context: any.
 * Return: its name; "NONE" for what is no state.
 */
const char *nf_ct_tcp_state_name(u8 state)
{
	static const char * const names[TCP_CONNTRACK_MAX] = {
		[TCP_CONNTRACK_NONE]	= "NONE",
		[CT_SYN_SENT]		= "SYN_SENT",
		[CT_SYN_RECV]		= "SYN_RECV",
		[CT_ESTABLISHED]	= "ESTABLISHED",
		[CT_FIN_WAIT]		= "FIN_WAIT",
		[CT_CLOSE_WAIT]		= "CLOSE_WAIT",
		[CT_LAST_ACK]		= "LAST_ACK",
		[CT_TIME_WAIT]		= "TIME_WAIT",
		[CT_CLOSE]		= "CLOSE",
		[CT_SYN_SENT2]		= "SYN_SENT2",
	};

	return names[state < TCP_CONNTRACK_MAX ? state : TCP_CONNTRACK_NONE];
}

/**
 * nf_ct_tcp_next - where the table leads, before any question is asked
 * @state:	enum tcp_conntrack, less than TCP_CONNTRACK_MAX
 * @dir:	the direction the segment goes
 * @event:	what it is
 *
 * Context: any.
 * Return: the next state; TCP_CONNTRACK_NONE if there is none,
 * TCP_CONNTRACK_IGNORE if only the end hosts know.
 */
u8 nf_ct_tcp_next(u8 state, enum ip_conntrack_dir dir,
		  enum nf_ct_tcp_event event)
{
	return transitions[state][dir][event];
}

static struct ip_ct_tcp_state *sender(const struct move *m)
{
	return &m->tcp->seen[m->dir];
}

static struct ip_ct_tcp_state *receiver(const struct move *m)
{
	return &m->tcp->seen[!m->dir];
}

/* Both hosts have spoken and agreed: a blind attacker has something to win. */
static bool is_settled(const struct move *m)
{
	return m->from == CT_ESTABLISHED && (m->flow->status & IPS_ASSURED);
}

/*
 * Begin to track: from a SYN all is known, from an ACK only that there is a
 * connection.  Then neither the windows' scale nor the other side is known, so
 * both sides are treated liberally.
 */
static noinline bool begins(struct ip_ct_tcp *tcp,
			    const struct nf_ct_tcp_seg *seg, bool loose)
{
	u8 flags = IP_CT_TCP_FLAG_SACK_PERM | IP_CT_TCP_FLAG_BE_LIBERAL;
	u8 to = nf_ct_tcp_next(TCP_CONNTRACK_NONE, IP_CT_DIR_ORIGINAL,
			       nf_ct_tcp_event_of(seg->flags));

	if (to == INVALID || (to != CT_SYN_SENT && !loose))
		return false;

	memset(tcp, 0, sizeof(*tcp));
	tcp->last_index = NF_CT_TCP_NONE;

	if (to == CT_SYN_SENT) {
		nf_ct_tcp_learn_syn(&tcp->seen[ORIG], seg);
		return true;
	}
	nf_ct_tcp_learn_midway(&tcp->seen[ORIG], seg);
	tcp->seen[ORIG].flags = flags;
	tcp->seen[REPLY].flags = flags;
	return true;
}

/*
 * A SYN proxy's client that probes with the byte before its first is kept
 * waiting for the server: the proxy needs the entry to ask once more.
 */
static bool is_proxied_keepalive(const struct move *m)
{
	return m->flow->synproxy && m->from == CT_SYN_SENT &&
	       m->event == NF_CT_TCP_ACK && m->dir == IP_CT_DIR_ORIGINAL &&
	       m->tcp->last_dir == IP_CT_DIR_ORIGINAL &&
	       m->seg->seq == sender(m)->td_end - 1;
}

/* A SYN on a flow that is over, as far as we know. */
static bool is_late_syn(const struct move *m)
{
	return m->to == CT_SYN_SENT &&
	       (m->from == CT_TIME_WAIT || m->from == CT_CLOSE);
}

/*
 * RFC 9293, 3.6.1: a new SYN may reopen a connection from TIME-WAIT.  It does
 * if the last one was closed in order, or if the host that reset it is the one
 * that now begins anew.
 */
static bool reopens(const struct move *m)
{
	u8 flags = sender(m)->flags | receiver(m)->flags;

	if (!is_late_syn(m))
		return false;
	return (flags & IP_CT_TCP_FLAG_CLOSE_INIT) ||
	       (m->tcp->last_index == NF_CT_TCP_RST &&
		m->tcp->last_dir == m->dir);
}

/* RFC 9293, 3.5: this SYN/ACK acks the SYN that we ignored as out of place. */
static bool answers_ignored_syn(const struct move *m)
{
	return m->event == NF_CT_TCP_SYNACK &&
	       m->tcp->last_index == NF_CT_TCP_SYN &&
	       m->tcp->last_dir != m->dir &&
	       m->tcp->last_end == m->seg->ack;
}

/*
 * The hosts agree on a connection that we did not believe in: take the SYN we
 * remember for its beginning, and the SYN/ACK for the answer to it.
 */
static void resync(struct move *m)
{
	struct ip_ct_tcp *tcp = m->tcp;
	const struct nf_ct_tcp_seg syn = {
		.end		= tcp->last_end,
		.win		= tcp->last_win,
		.wscale		= tcp->last_wscale,
		.options	= tcp->last_flags & ~IP_CT_EXP_CHALLENGE_ACK,
	};

	nf_ct_tcp_learn_syn(receiver(m), &syn);
	receiver(m)->flags = syn.options;
	nf_ct_tcp_forget(sender(m));
	m->from = CT_SYN_SENT;
	m->to = CT_SYN_RECV;
}

/*
 * Keep the ignored segment; the answer to it may tell that we were wrong.
 * A SYN is kept with its options.  In LAST_ACK it may bring forth a challenge
 * ACK, not to be taken for the last FIN's (see is_challenge_ack()).  An ACK
 * that answers our SYN is one itself: see answers_challenge().
 */
static void remember(const struct move *m)
{
	struct ip_ct_tcp *tcp = m->tcp;

	tcp->last_index = m->event;
	tcp->last_dir = m->dir;
	tcp->last_seq = m->seg->seq;
	tcp->last_end = m->seg->end;
	tcp->last_win = m->seg->win;

	if (m->event == NF_CT_TCP_SYN && m->dir == IP_CT_DIR_ORIGINAL) {
		tcp->last_flags = m->seg->options;
		tcp->last_wscale = m->seg->wscale;
		if (m->from == CT_LAST_ACK)
			tcp->last_flags |= IP_CT_EXP_CHALLENGE_ACK;
	}
	if (m->event == NF_CT_TCP_ACK && m->dir == IP_CT_DIR_REPLY &&
	    m->from == CT_SYN_SENT)
		tcp->last_ack = m->seg->ack;
}

/* RFC 5961, 4: this ACK answers a spurious SYN; it does not ack the last FIN. */
static bool is_challenge_ack(const struct move *m)
{
	return m->from == CT_LAST_ACK && m->to == CT_TIME_WAIT &&
	       m->event == NF_CT_TCP_ACK &&
	       m->tcp->last_index == NF_CT_TCP_SYN &&
	       m->tcp->last_dir != m->dir &&
	       (m->tcp->last_flags & IP_CT_EXP_CHALLENGE_ACK);
}

/*
 * RFC 9293, 3.5, figure 8: in a simultaneous open each side's SYN/ACK stands
 * for the other's ACK, so the table alone would wait for a third packet that
 * the initiator need not send.
 */
static bool both_opened(const struct move *m)
{
	return m->to == CT_SYN_RECV && m->dir == IP_CT_DIR_REPLY &&
	       m->event == NF_CT_TCP_ACK &&
	       (m->tcp->last_flags & IP_CT_TCP_SIMULTANEOUS_OPEN);
}

/* The same host's data came just before, and the reset follows at its end. */
static bool ends_own_data(const struct move *m)
{
	return m->tcp->last_index == NF_CT_TCP_ACK &&
	       m->tcp->last_dir == m->dir &&
	       m->tcp->last_end == m->seg->seq;
}

/*
 * RFC 9293, 3.5.1: the receiver of a segment that we let by resets it and acks
 * what it refuses: an ignored SYN, or an ACK on what was never a connection.
 */
static bool answers_let_by(const struct move *m)
{
	bool syn = m->tcp->last_index == NF_CT_TCP_SYN &&
		   m->tcp->last_dir != m->dir &&
		   (m->flow->status & IPS_SEEN_REPLY);
	bool ack = m->tcp->last_index == NF_CT_TCP_ACK &&
		   !(m->flow->status & IPS_ASSURED);

	return (syn || ack) && m->seg->ack == m->tcp->last_end;
}

/* RFC 5961, 4.2: the client resets the old connection its peer still holds. */
static bool answers_challenge(const struct move *m)
{
	return m->from == CT_SYN_SENT &&
	       m->tcp->last_index == NF_CT_TCP_ACK &&
	       m->tcp->last_dir == IP_CT_DIR_REPLY &&
	       m->tcp->last_ack == m->seg->seq;
}

/* Can its sequence number be judged by what the other side acknowledged? */
static bool is_comparable(const struct move *m)
{
	return (receiver(m)->flags & IP_CT_TCP_FLAG_MAXACK_SET) &&
	       m->tcp->last_index != NF_CT_TCP_SYN;
}

/*
 * RFC 5961, 3.2: a reset must name exactly the next byte that its receiver
 * waits for, td_maxack as far as we know.  Before that it is forged.  Beyond
 * it, on a settled connection, its receiver will send a challenge ACK: stay
 * where we are and let the answer to it decide.
 */
static enum belief judge_rst(struct move *m)
{
	u32 next = receiver(m)->td_maxack;
	u32 seq = m->seg->seq;

	/* The ports may be in use again, and all we know outdated. */
	if (nf_ct_tcp_is_closing(m->from))
		return BELIEVED;

	if (is_comparable(m)) {
		/* A closed port's answer to a SYN that we let by. */
		if (!seq && !is_settled(m))
			return DOUBTED;
		if (nf_ct_seq_before(seq, next) &&
		    !m->policy->ignore_invalid_rst)
			return FORGED;
		if (!is_settled(m) || seq == next || ends_own_data(m))
			return DOUBTED;
		m->to = m->from;
	}
	if (answers_let_by(m) || answers_challenge(m))
		return BELIEVED;
	return DOUBTED;
}

/*
 * From here to check_window() all is inlined, so that for data and its ACKs, whose
 * move is known when this is compiled, only what depends on the flow is left.
 */

/* How long the flow lives on if nothing more is seen; jiffies, at least one. */
static __path_inline unsigned int lifetime(const struct move *m)
{
	const unsigned int *timeouts = m->policy->timeouts;
	u8 flags = sender(m)->flags | receiver(m)->flags;
	unsigned int usual = timeouts[m->to];
	unsigned int left = usual;

	if (m->tcp->retrans >= m->policy->max_retrans &&
	    usual > timeouts[TCP_CONNTRACK_RETRANS])
		left = timeouts[TCP_CONNTRACK_RETRANS];
	else if (m->event == NF_CT_TCP_RST)
		left = timeouts[TCP_CONNTRACK_CLOSE];
	else if ((flags & IP_CT_TCP_FLAG_DATA_UNACKNOWLEDGED) &&
		 usual > timeouts[TCP_CONNTRACK_UNACK])
		left = timeouts[TCP_CONNTRACK_UNACK];
	else if (!m->tcp->last_win)		/* a closed window */
		left = min(usual, timeouts[TCP_CONNTRACK_RETRANS]);

	/* Joined midway, and the other side has not confirmed it yet. */
	if (!(m->flow->status & IPS_SEEN_REPLY) && m->to == CT_ESTABLISHED)
		left = min(left, timeouts[TCP_CONNTRACK_UNACK]);

	return max(left, 1U);
}

/* The handshake is complete, or a flow joined midway has been answered. */
static __path_inline bool becomes_assured(const struct move *m)
{
	return (m->flow->status & IPS_SEEN_REPLY) &&
	       !(m->flow->status & IPS_ASSURED) &&
	       (m->from == CT_SYN_RECV || m->from == CT_ESTABLISHED) &&
	       m->to == CT_ESTABLISHED;
}

/* The packet is part of the flow: move. */
static __path_inline struct nf_ct_step commit(const struct move *m)
{
	struct nf_ct_step step = { .fate = NF_CT_TRACKED };
	bool replied = m->flow->status & IPS_SEEN_REPLY;

	m->tcp->last_index = m->event;
	m->tcp->last_dir = m->dir;
	m->tcp->state = m->to;
	if (m->to != m->from) {
		step.events = BIT(IPCT_PROTOINFO);
		if (m->to == CT_FIN_WAIT)
			sender(m)->flags |= IP_CT_TCP_FLAG_CLOSE_INIT;
	}

	/* Refused, or given up: there never was a connection. */
	if (!replied && m->event == NF_CT_TCP_RST) {
		step.fate = NF_CT_CLOSED;
		return step;
	}
	/* Else a port reused for ever would keep a dead entry alive. */
	if (!replied && m->event == NF_CT_TCP_SYN && m->from == CT_SYN_SENT)
		return step;

	step.timeout = lifetime(m);
	if (becomes_assured(m)) {
		step.status = IPS_ASSURED;
		step.events |= BIT(IPCT_ASSURED);
	}
	return step;
}

static __path_inline struct nf_ct_step
stopped(const struct move *m, enum nf_ct_fate fate, enum nf_ct_why why)
{
	return (struct nf_ct_step){ .fate = fate, .why = why, .arg = m->from };
}

/*
 * FINs or resets from both sides, and we believe neither: the hosts are done
 * and it is we who are out of step.  Do not keep such a flow for days.
 */
static __path_inline unsigned int shortened(const struct move *m)
{
	unsigned int unack = m->policy->timeouts[TCP_CONNTRACK_UNACK];
	u8 last = m->tcp->last_index;

	if (!(m->flow->status & IPS_ASSURED) ||
	    (m->flow->status & IPS_FIXED_TIMEOUT))
		return 0;
	if (m->event != NF_CT_TCP_FIN && m->event != NF_CT_TCP_RST)
		return 0;

	if (m->tcp->last_dir == m->dir ||
	    (last != NF_CT_TCP_FIN && last != NF_CT_TCP_RST)) {
		m->tcp->last_index = m->event;
		m->tcp->last_dir = m->dir;
		return 0;
	}
	if (m->flow->left < 120 * HZ || m->flow->left <= unack)
		return 0;
	return max(unack, 1U);
}

/* The windows have the last word. */
static __path_inline struct nf_ct_step check_window(const struct move *m)
{
	struct nf_ct_tcp_found found;
	struct nf_ct_step step;

	found = nf_ct_tcp_window(m->tcp, m->seg, m->dir, m->policy->be_liberal);
	switch (found.why) {
	case NF_CT_WHY_OK:
		return commit(m);
	case NF_CT_WHY_TCP_SEQ_OVER:
	case NF_CT_WHY_TCP_ACK_OVER:
		step = nf_ct_invalid(found.why);
		step.timeout = shortened(m);
		break;
	default:
		step = nf_ct_ignored(found.why);
	}
	step.arg = found.arg;
	return step;
}

/*
 * Data and its ACKs from a side that has been heard: none of the questions of
 * step_other() is about them, and of their flags only ACK means anything.
 */
static __path_inline struct nf_ct_step
step_data(struct ip_ct_tcp *tcp, const struct nf_ct_tcp_seg *seg,
	  enum ip_conntrack_dir dir, const struct nf_ct_tcp_flow *flow,
	  const struct nf_ct_tcp_policy *policy)
{
	struct nf_ct_tcp_seg data = nf_ct_tcp_copy(seg);
	const struct move m = {
		.tcp	= tcp,
		.seg	= &data,
		.flow	= flow,
		.policy	= policy,
		.dir	= dir,
		.event	= NF_CT_TCP_ACK,
		.from	= CT_ESTABLISHED,
		.to	= CT_ESTABLISHED,
	};

	data.flags = NF_CT_TCP_F_ACK;
	return check_window(&m);
}

static noinline struct nf_ct_step
step_other(struct ip_ct_tcp *tcp, const struct nf_ct_tcp_seg *seg,
	   enum ip_conntrack_dir dir, const struct nf_ct_tcp_flow *flow,
	   const struct nf_ct_tcp_policy *policy)
{
	struct move m = {
		.tcp	= tcp,
		.seg	= seg,
		.flow	= flow,
		.policy	= policy,
		.dir	= dir,
		.event	= nf_ct_tcp_event_of(seg->flags),
		.from	= tcp->state,
	};

	m.to = nf_ct_tcp_next(m.from, dir, m.event);
	if (is_proxied_keepalive(&m))
		return (struct nf_ct_step){ .fate = NF_CT_TRACKED };
	if (m.to == INVALID)
		return stopped(&m, NF_CT_INVALID, NF_CT_WHY_TCP_STATE);
	if (reopens(&m))
		return (struct nf_ct_step){ .fate = NF_CT_REOPENED };
	if (m.to == IGNORE || is_late_syn(&m)) {
		if (!answers_ignored_syn(&m)) {
			remember(&m);
			return stopped(&m, NF_CT_IGNORED,
				       NF_CT_WHY_TCP_OUT_OF_SYNC);
		}
		resync(&m);
	}
	if (is_challenge_ack(&m)) {
		tcp->last_flags &= ~IP_CT_EXP_CHALLENGE_ACK;
		return stopped(&m, NF_CT_IGNORED, NF_CT_WHY_TCP_CHALLENGE_ACK);
	}
	if (m.to == CT_SYN_SENT2)
		tcp->last_flags |= IP_CT_TCP_SIMULTANEOUS_OPEN;
	if (both_opened(&m))
		m.to = CT_ESTABLISHED;
	if (m.event == NF_CT_TCP_RST) {
		switch (judge_rst(&m)) {
		case FORGED:
			return stopped(&m, NF_CT_INVALID, NF_CT_WHY_TCP_RST);
		case BELIEVED:
			return commit(&m);
		case DOUBTED:
			break;
		}
	}
	return check_window(&m);
}

/*
 * Copies have their address taken; what step_data() works with has not, and so
 * stays in registers.
 */
static __path_inline struct nf_ct_step
step_copied(struct ip_ct_tcp *tcp, const struct nf_ct_tcp_seg *seg,
	    enum ip_conntrack_dir dir, const struct nf_ct_tcp_flow *flow,
	    const struct nf_ct_tcp_policy *policy)
{
	const struct nf_ct_tcp_seg other = nf_ct_tcp_copy(seg);

	return step_other(tcp, &other, dir, flow, policy);
}

/**
 * nf_ct_tcp_step - judge one segment as part of its flow
 * @tcp:	the flow's state; initialised here if the entry is unconfirmed
 * @seg:	the segment
 * @dir:	the direction it goes
 * @flow:	what is known of the entry
 * @policy:	what the administrator wants
 *
 * RFC 9293 with RFC 5961 and RFC 7323, as seen from between the hosts.  For
 * NF_CT_WHY_TCP_STATE, _OUT_OF_SYNC and _CHALLENGE_ACK &nf_ct_step.arg is the
 * state the flow was in; for a window's bound it is that bound or, for
 * NF_CT_WHY_TCP_OVERSHOOT, a number of bytes.  An INVALID segment with a
 * timeout set asks that the entry live no longer than that.
 *
 * Context: any, under nf_conn.lock.
 * Return: the decision, by value; timeouts in jiffies from now.
 */
__path_inline struct nf_ct_step
nf_ct_tcp_step(struct ip_ct_tcp *tcp, const struct nf_ct_tcp_seg *seg,
	       enum ip_conntrack_dir dir, const struct nf_ct_tcp_flow *flow,
	       const struct nf_ct_tcp_policy *policy)
{
	if (unlikely(!(flow->status & IPS_CONFIRMED))) {
		const struct nf_ct_tcp_seg first = nf_ct_tcp_copy(seg);

		if (!begins(tcp, &first, policy->loose))
			return nf_ct_invalid(NF_CT_WHY_TCP_NEW);
	}

	if (likely(tcp->state == CT_ESTABLISHED && tcp->seen[dir].td_maxwin &&
		   nf_ct_tcp_is_plain_ack(seg->flags)))
		return step_data(tcp, seg, dir, flow, policy);
	return step_copied(tcp, seg, dir, flow, policy);
}
