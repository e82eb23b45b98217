// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP's windows: does this segment lie where its sender may send?
 *
 * A firewall sees what each host says, not what it knows.  After van Rooij,
 * "Real Stateful TCP Packet Filtering in IP Filter" (2001), four bounds follow
 * from what was seen alone.  Let a segment [seq, end) with acknowledgment ack
 * go from S (the sender) to R (the receiver), and keep of each host
 *
 *	td_end		one past the highest byte it sent
 *	td_maxend	the highest ack + window that its peer announced: it may
 *			send up to here
 *	td_maxwin	the largest window it announced, scaled
 *
 *    I.  Data ends where R's window ends.  R accepts nothing beyond the
 *	  highest ack + window it announced, which is S.td_maxend:
 *
 *		seq <= S.td_maxend
 *
 *	  The beginning is what counts: what runs over the edge is cut off by
 *	  R, and a probe of a closed window is one byte past it.
 *
 *   II.  Data older than R's window is of no use.  R has told us no more than
 *	  that it lacks what lies beyond its last ack, and S never sends more
 *	  than one window before an ack, so that ack >= S.td_end - R.td_maxwin:
 *
 *		end >= S.td_end - R.td_maxwin
 *
 *  III.  None acknowledges what was not sent:
 *
 *		ack <= R.td_end
 *
 *   IV.  An old ack stays plausible for as long as the network may keep it.
 *	  S announced td_maxwin; since R sends no more than that unacknowledged,
 *	  an ack lags behind R.td_end by no more.  Since small windows would
 *	  make this bound needlessly sharp, it is never nearer than
 *	  ACK_LAG_MIN, a little over the largest unscaled window:
 *
 *		ack >= R.td_end - max(S.td_maxwin, ACK_LAG_MIN)
 *
 * A selective acknowledgment (RFC 2018) reaches beyond ack: where R permitted
 * SACK, its highest right edge takes the place of ack.  Window scaling (RFC
 * 7323) multiplies every window but those of SYN segments, once both sides
 * have offered it.
 *
 * Invariant: only a segment within all four bounds moves them, except that an
 * overshoot (see overshoots()) moves its sender's td_end.
 */

#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <nf_ct/inline.h>
#include <nf_ct/tcp.h>

#define ACK_LAG_MIN	66000U

/* Option kinds and lengths: RFC 9293, 3.1; RFC 7323, 2.2; RFC 2018, 2 and 3. */
enum {
	OPT_END		= 0,
	OPT_NOP		= 1,
	OPT_WSCALE	= 3,
	OPT_SACK_PERM	= 4,
	OPT_SACK	= 5,

	LEN_MIN		= 2,
	LEN_WSCALE	= 3,
	LEN_SACK_PERM	= 2,
	LEN_SACK_BLOCK	= 8,
};

/*
 * A segment with the gaps filled in and its window scaled.  Nobody takes the
 * address of one but who is inlined, so that it stays in registers.
 */
struct view {
	u32 seq;
	u32 end;
	u32 ack;
	u32 sack;
	u32 win;
};

static u32 be32_at(const u8 *p)
{
	return (u32)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

/*
 * RFC 2018, 3: each block is a left and a right edge, in no fixed order.  Which
 * edge is the highest, the distance from ack says: compared with each other, each
 * could be beyond the last, and the last before ack.
 */
static void read_sack(struct nf_ct_tcp_seg *seg, const u8 *blocks,
		      unsigned int len)
{
	unsigned int i;

	if (!len || len % LEN_SACK_BLOCK)
		return;

	for (i = 0; i < len; i += LEN_SACK_BLOCK) {
		u32 right = be32_at(blocks + i + 4);

		if ((s32)(right - seg->ack) > (s32)(seg->sack - seg->ack))
			seg->sack = right;
	}
}

static void read_option(struct nf_ct_tcp_seg *seg, const u8 *opt,
			unsigned int len)
{
	switch (opt[0]) {
	case OPT_WSCALE:
		if (len != LEN_WSCALE)
			return;
		seg->options |= IP_CT_TCP_FLAG_WINDOW_SCALE;
		seg->wscale = min_t(u8, opt[2], NF_CT_TCP_WSCALE_MAX);
		return;
	case OPT_SACK_PERM:
		if (len == LEN_SACK_PERM)
			seg->options |= IP_CT_TCP_FLAG_SACK_PERM;
		return;
	case OPT_SACK:
		read_sack(seg, opt + LEN_MIN, len - LEN_MIN);
		return;
	}
}

/**
 * nf_ct_tcp_options - read a TCP header's options into the view of a segment
 * @seg:	filled in: @options, @wscale and @sack; its @ack and @flags must
 *		be set already
 * @opt:	the bytes after the fixed header
 * @len:	how many there are, 40 at most
 *
 * Reading ends at the first option that is malformed, as a receiver's would;
 * what stood before it counts (RFC 9293, 3.1 and MUST-7).
 *
 * Context: any.
 */
void nf_ct_tcp_options(struct nf_ct_tcp_seg *seg, const u8 *opt,
		       unsigned int len)
{
	const u8 *end = opt + len;

	seg->options = 0;
	seg->wscale = 0;
	seg->sack = seg->ack;

	while (opt < end && *opt != OPT_END) {
		if (*opt == OPT_NOP) {
			opt++;
			continue;
		}
		if (end - opt < LEN_MIN || opt[1] < LEN_MIN ||
		    opt[1] > end - opt)
			return;
		read_option(seg, opt, opt[1]);
		opt += opt[1];
	}
}

/**
 * nf_ct_tcp_learn_syn - begin to track a sender by its SYN
 * @sender:	the sending side; of what it held only the wish to be treated
 *		liberally remains
 * @seg:	a SYN or SYN/ACK
 *
 * The sender may send nothing beyond its SYN until its peer announces a window.
 * Whether windows are scaled is settled when both sides have spoken.
 *
 * Context: any, under nf_conn.lock.
 */
void nf_ct_tcp_learn_syn(struct ip_ct_tcp_state *sender,
			 const struct nf_ct_tcp_seg *seg)
{
	nf_ct_tcp_forget(sender);
	sender->td_end = seg->end;
	sender->td_maxend = seg->end;
	sender->td_maxwin = max_t(u32, seg->win, 1);
	sender->td_scale = seg->wscale;
	sender->flags |= seg->options;
}

/**
 * nf_ct_tcp_learn_midway - begin to track a sender by any other segment
 * @sender:	the sending side, of which no window is known; its scale is used
 * @seg:	a segment without SYN
 *
 * The peer's window is not known: take it to be as large as the sender's.
 *
 * Context: any, under nf_conn.lock.
 */
void nf_ct_tcp_learn_midway(struct ip_ct_tcp_state *sender,
			    const struct nf_ct_tcp_seg *seg)
{
	sender->td_end = seg->end;
	sender->td_maxwin = max_t(u32, (u32)seg->win << sender->td_scale, 1);
	sender->td_maxend = seg->end + sender->td_maxwin;
}

/**
 * nf_ct_tcp_forget - drop what is known of one side
 * @side:	all zero afterwards, but for IP_CT_TCP_FLAG_BE_LIBERAL
 *
 * Context: any, under nf_conn.lock.
 */
void nf_ct_tcp_forget(struct ip_ct_tcp_state *side)
{
	u8 liberal = side->flags & IP_CT_TCP_FLAG_BE_LIBERAL;

	memset(side, 0, sizeof(*side));
	side->flags = liberal;
}

/* RFC 7323, 2.2: windows are scaled only if both SYNs carry the option. */
static void settle_scaling(struct ip_ct_tcp_state *a,
			   struct ip_ct_tcp_state *b)
{
	if (a->flags & b->flags & IP_CT_TCP_FLAG_WINDOW_SCALE)
		return;
	a->td_scale = 0;
	b->td_scale = 0;
}

/*
 * RFC 9293, 3.4.3: a host that forgot the connection opens it again beyond the
 * sequence numbers it used.  So may either side's SYN, @seg, while none has
 * answered.
 */
static bool is_fresh_syn(const struct ip_ct_tcp *tcp,
			 const struct ip_ct_tcp_state *sender,
			 const struct nf_ct_tcp_seg *seg)
{
	return nf_ct_seq_after(seg->end, sender->td_end) &&
	       (tcp->state == TCP_CONNTRACK_SYN_SENT ||
		tcp->state == TCP_CONNTRACK_SYN_RECV);
}

/* What a side that was never heard must have sent for the others' acks. */
static void assume_receiver(struct ip_ct_tcp_state *receiver, u32 sack)
{
	if (!receiver->td_maxwin) {
		receiver->td_end = sack;
		receiver->td_maxend = sack;
	} else if (sack == receiver->td_end + 1) {
		/* The answer to a keepalive whose byte we did not count. */
		receiver->td_end++;
	}
}

/*
 * First words of a side, or a SYN of it.  Returns true if nothing is left to be
 * checked: a SYN alone (simultaneous open) acknowledges nothing and lies where
 * it says.
 */
static noinline bool learn_sender(struct ip_ct_tcp *tcp,
				  const struct nf_ct_tcp_seg *seg,
				  enum ip_conntrack_dir dir, u32 sack)
{
	struct ip_ct_tcp_state *sender = &tcp->seen[dir];
	struct ip_ct_tcp_state *receiver = &tcp->seen[!dir];
	bool unknown = !sender->td_maxwin;
	bool lone_syn = !(seg->flags & NF_CT_TCP_F_ACK);

	if (unknown && !(seg->flags & NF_CT_TCP_F_SYN)) {
		nf_ct_tcp_learn_midway(sender, seg);
		assume_receiver(receiver, sack);
		return false;
	}
	if (!unknown && !is_fresh_syn(tcp, sender, seg))
		return false;

	nf_ct_tcp_learn_syn(sender, seg);
	/* A SYN sent again by the initiator is still waiting for its answer. */
	if (dir == IP_CT_DIR_REPLY)
		settle_scaling(sender, receiver);
	return lone_syn && (unknown || dir == IP_CT_DIR_REPLY);
}

/* The highest byte this segment acknowledges, selectively or not. */
static __path_inline u32 sack_of(const struct nf_ct_tcp_seg *seg,
				 const struct ip_ct_tcp_state *receiver)
{
	if (receiver->flags & IP_CT_TCP_FLAG_SACK_PERM)
		return seg->sack;
	return seg->ack;
}

/* RFC 9293, 3.10.7.4: no ACK flag, no ack; and some stacks reset with ack 0. */
static __path_inline bool acks_nothing(const struct nf_ct_tcp_seg *seg)
{
	if (!(seg->flags & NF_CT_TCP_F_ACK))
		return true;
	return (seg->flags & NF_CT_TCP_F_RST) && !seg->ack;
}

static __path_inline struct view view_of(const struct ip_ct_tcp *tcp,
					 const struct nf_ct_tcp_seg *seg,
					 enum ip_conntrack_dir dir, u32 sack)
{
	struct view v = {
		.seq	= seg->seq,
		.end	= seg->end,
		.ack	= seg->ack,
		.sack	= sack,
		.win	= seg->win,
	};

	if (acks_nothing(seg)) {
		v.ack = tcp->seen[!dir].td_end;
		v.sack = v.ack;
	}
	/* RFC 9293, 3.5.2: refusing a SYN, a closed port resets with seq 0. */
	if ((seg->flags & NF_CT_TCP_F_RST) && !seg->seq &&
	    tcp->state == TCP_CONNTRACK_SYN_SENT) {
		v.seq = tcp->seen[dir].td_end;
		v.end = v.seq;
	}
	return v;
}

/* I: the end of what the receiver is ready for. */
static __path_inline bool seq_is_over(const struct ip_ct_tcp_state *sender,
				      const struct view *v)
{
	return nf_ct_seq_after(v->seq, sender->td_maxend);
}

/* II: one window before the highest byte sent. */
static __path_inline u32 seq_floor(const struct ip_ct_tcp_state *sender,
				   const struct ip_ct_tcp_state *receiver)
{
	return sender->td_end - receiver->td_maxwin - 1;
}

/* III: the end of what was sent the other way. */
static __path_inline bool ack_is_over(const struct ip_ct_tcp_state *receiver,
				      const struct view *v)
{
	return nf_ct_seq_after(v->sack, receiver->td_end);
}

/* IV: how late an acknowledgment may come. */
static __path_inline u32 ack_floor(const struct ip_ct_tcp_state *sender,
				   const struct ip_ct_tcp_state *receiver)
{
	return receiver->td_end - max(sender->td_maxwin, ACK_LAG_MIN) - 1;
}

/*
 * Some stacks send a little more than the window they were given.  If the
 * receiver takes it, its ack will cover these bytes, so count them as sent:
 * else every later ack would break bound III.  @v by value, as it must be: see
 * struct view.
 */
static noinline bool overshoots(const struct ip_ct_tcp_state *sender,
				const struct ip_ct_tcp_state *receiver,
				struct view v)
{
	return v.end - sender->td_maxend + 1 <= receiver->td_maxwin &&
	       nf_ct_seq_after(v.end, seq_floor(sender, receiver)) &&
	       nf_ct_seq_after(v.sack, ack_floor(sender, receiver)) &&
	       !ack_is_over(receiver, &v);
}

static __path_inline struct nf_ct_tcp_found found(enum nf_ct_why why, u32 arg)
{
	return (struct nf_ct_tcp_found){ .why = why, .arg = arg };
}

/* Bounds I to IV, in the order of the harm that breaking them does. */
static __path_inline struct nf_ct_tcp_found
outside(struct ip_ct_tcp_state *sender, const struct ip_ct_tcp_state *receiver,
	const struct view *v)
{
	if (seq_is_over(sender, v)) {
		if (!overshoots(sender, receiver, *v))
			return found(NF_CT_WHY_TCP_SEQ_OVER,
				     sender->td_maxend + 1);
		sender->td_end = v->end;
		sender->flags |= IP_CT_TCP_FLAG_DATA_UNACKNOWLEDGED;
		return found(NF_CT_WHY_TCP_OVERSHOOT,
			     v->end - sender->td_maxend + 1);
	}
	if (ack_is_over(receiver, v))
		return found(NF_CT_WHY_TCP_ACK_OVER, receiver->td_end + 1);
	if (receiver->td_maxwin &&
	    !nf_ct_seq_after(v->end, seq_floor(sender, receiver)))
		return found(NF_CT_WHY_TCP_SEQ_UNDER,
			     seq_floor(sender, receiver));
	if (!nf_ct_seq_after(v->sack, ack_floor(sender, receiver)))
		return found(NF_CT_WHY_TCP_ACK_UNDER,
			     ack_floor(sender, receiver));
	return found(NF_CT_WHY_OK, 0);
}

/* What the sender has now sent, acknowledged and announced. */
static __path_inline void advance_sender(struct ip_ct_tcp_state *sender,
					 const struct nf_ct_tcp_seg *seg,
					 const struct view *v)
{
	u32 reach = v->win + (v->sack - v->ack);

	sender->td_maxwin = max(sender->td_maxwin, reach);
	if (nf_ct_seq_after(v->end, sender->td_end)) {
		sender->td_end = v->end;
		sender->flags |= IP_CT_TCP_FLAG_DATA_UNACKNOWLEDGED;
	}
	if (!(seg->flags & NF_CT_TCP_F_ACK))
		return;
	if (!(sender->flags & IP_CT_TCP_FLAG_MAXACK_SET) ||
	    nf_ct_seq_after(v->ack, sender->td_maxack))
		sender->td_maxack = v->ack;
	sender->flags |= IP_CT_TCP_FLAG_MAXACK_SET;
}

/* What the receiver may now send, and how much it must have offered. */
static __path_inline void advance_receiver(struct ip_ct_tcp_state *receiver,
					   const struct ip_ct_tcp_state *sender,
					   const struct view *v)
{
	u32 edge = v->sack + v->win;

	if (receiver->td_maxwin && nf_ct_seq_after(v->end, sender->td_maxend))
		receiver->td_maxwin += v->end - sender->td_maxend;
	/* A closed window may be probed with one byte (RFC 9293, 3.8.6.1). */
	if (!nf_ct_seq_before(edge, receiver->td_maxend))
		receiver->td_maxend = v->win ? edge : edge + 1;
	if (v->ack == receiver->td_end)
		receiver->flags &= ~IP_CT_TCP_FLAG_DATA_UNACKNOWLEDGED;
}

/* An ACK segment the like of the last one is a retransmission. */
static __path_inline void
count_retransmission(struct ip_ct_tcp *tcp, const struct nf_ct_tcp_seg *seg,
		     enum ip_conntrack_dir dir, const struct view *v)
{
	if (tcp->last_dir == dir && tcp->last_seq == v->seq &&
	    tcp->last_ack == v->ack && tcp->last_end == v->end &&
	    tcp->last_win == seg->win) {
		if (tcp->retrans < U8_MAX)
			tcp->retrans++;
		return;
	}
	tcp->last_dir = dir;
	tcp->last_seq = v->seq;
	tcp->last_ack = v->ack;
	tcp->last_end = v->end;
	tcp->last_win = seg->win;
	tcp->retrans = 0;
}

/**
 * nf_ct_tcp_window - check a segment against its flow's windows
 * @tcp:	the flow; moved along by a segment that lies within them
 * @seg:	the segment
 * @dir:	the direction it goes
 * @be_liberal:	accept what lies outside, but do not learn from it
 *
 * A side that is heard for the first time is taken at its word.
 *
 * Context: any, under nf_conn.lock.
 * Return: the bound that the segment violates, or no reason at all.
 */
__path_inline struct nf_ct_tcp_found
nf_ct_tcp_window(struct ip_ct_tcp *tcp, const struct nf_ct_tcp_seg *seg,
		 enum ip_conntrack_dir dir, bool be_liberal)
{
	struct ip_ct_tcp_state *sender = &tcp->seen[dir];
	struct ip_ct_tcp_state *receiver = &tcp->seen[!dir];
	struct nf_ct_tcp_found bound;
	u32 sack = sack_of(seg, receiver);
	struct view v;

	/* Nothing new of a side that goes on: save the call. */
	if (unlikely(!sender->td_maxwin || seg->flags & NF_CT_TCP_F_SYN) &&
	    learn_sender(tcp, seg, dir, sack))
		return found(NF_CT_WHY_OK, 0);

	v = view_of(tcp, seg, dir, sack);
	bound = outside(sender, receiver, &v);
	if (bound.why) {
		if (be_liberal || sender->flags & IP_CT_TCP_FLAG_BE_LIBERAL)
			return found(NF_CT_WHY_OK, 0);
		return bound;
	}

	if (!(seg->flags & NF_CT_TCP_F_SYN))
		v.win <<= sender->td_scale;
	advance_sender(sender, seg, &v);
	advance_receiver(receiver, sender, &v);
	if (nf_ct_tcp_is_plain_ack(seg->flags))
		count_retransmission(tcp, seg, dir, &v);
	return found(NF_CT_WHY_OK, 0);
}

/**
 * nf_ct_tcp_bounds - the four bounds, for people to read
 * @tcp:	the flow
 * @dir:	the direction that a segment goes
 *
 * Context: any, under nf_conn.lock or with a copy.
 * Return: bounds I to IV as nf_ct_tcp_window() compares with them.
 */
struct nf_ct_tcp_bounds nf_ct_tcp_bounds(const struct ip_ct_tcp *tcp,
					 enum ip_conntrack_dir dir)
{
	const struct ip_ct_tcp_state *sender = &tcp->seen[dir];
	const struct ip_ct_tcp_state *receiver = &tcp->seen[!dir];

	return (struct nf_ct_tcp_bounds){
		.seq_max	= sender->td_maxend,
		.end_min	= seq_floor(sender, receiver) + 1,
		.ack_max	= receiver->td_end,
		.ack_min	= ack_floor(sender, receiver) + 1,
	};
}
