// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP, the part that touches packets, locks and netlink.
 *
 * Every field of a segment crosses to the tracker through read_segment(), in
 * host order and with NAT's offset taken off its acknowledgments.  Invariant:
 * &nf_conn.lock is held for the step and for nothing else; whatever there is
 * to log waits until it is released, since a logger may send packets.
 */
#include <linux/build_bug.h>
#include <linux/netfilter.h>
#include <linux/seq_file.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/tcp.h>
#include <net/netlink.h>
#include <net/tcp.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nfnetlink_cttimeout.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_seqadj.h>
#include <net/netfilter/nf_conntrack_synproxy.h>
#include <net/netfilter/ipv4/nf_conntrack_ipv4.h>
#include <net/netns/conntrack.h>
#include <nf_ct/inline.h>
#include <nf_ct/invalid.h>
#include <nf_ct/shell.h>
#include <nf_ct/tcp.h>
#include <nf_ct/timeout_policy.h>
#include <nf_ct/tuple.h>

/* RFC 9293, 3.1: the offset field counts words, 15 at most. */
#define OPTIONS_MAX	(15 * 4 - sizeof(struct tcphdr))

static_assert(NF_CT_TCP_F_FIN == TCPHDR_FIN);
static_assert(NF_CT_TCP_F_SYN == TCPHDR_SYN);
static_assert(NF_CT_TCP_F_RST == TCPHDR_RST);
static_assert(NF_CT_TCP_F_PSH == TCPHDR_PSH);
static_assert(NF_CT_TCP_F_ACK == TCPHDR_ACK);
static_assert(NF_CT_TCP_F_URG == TCPHDR_URG);
static_assert(NF_CT_TCP_F_ECE == TCPHDR_ECE);
static_assert(NF_CT_TCP_F_CWR == TCPHDR_CWR);
static_assert(NF_CT_TCP_WSCALE_MAX == TCP_MAX_WSCALE);

/* Does the packet hold the header and the options that it says it has? */
static enum nf_ct_why judge_length(const struct tcphdr *th, unsigned int room)
{
	unsigned int hdrlen = th->doff * 4;

	if (hdrlen < sizeof(*th) || hdrlen > room)
		return NF_CT_WHY_TCP_TRUNCATED;
	return NF_CT_WHY_OK;
}

static __path_inline enum nf_ct_why
judge_header(struct sk_buff *skb, const struct tcphdr *th, unsigned int dataoff,
	     const struct nf_hook_state *state)
{
	enum nf_ct_why why;

	why = judge_length(th, skb->len - dataoff);
	if (why)
		return why;

	if (nf_ct_verifies_checksum(state) &&
	    nf_checksum(skb, state->hook, dataoff, IPPROTO_TCP, state->pf))
		return NF_CT_WHY_TCP_CHECKSUM;

	if (!nf_ct_tcp_flags_valid(tcp_flag_byte(th)))
		return NF_CT_WHY_TCP_FLAGS;
	return NF_CT_WHY_OK;
}

static noinline enum nf_ct_why
judge_header_copied(struct sk_buff *skb, unsigned int dataoff,
		    const struct nf_hook_state *state)
{
	const struct tcphdr *th;
	struct tcphdr buf;

	th = skb_header_pointer(skb, dataoff, sizeof(buf), &buf);
	if (!th)
		return NF_CT_WHY_TCP_SHORT;
	return judge_header(skb, th, dataoff, state);
}

/**
 * nf_ct_tcp_check - is a TCP packet well formed?
 * @skb: the packet
 * @dataoff: offset of the TCP header, bytes from skb->data
 * @state: the hook it is at
 *
 * Length, checksum and flags (RFC 9293, 3.1).
 *
 * Context: softirq or BH off, under rcu_read_lock().
 * Return: %NF_CT_WHY_OK, or what is wrong, already logged.
 */
__path_inline enum nf_ct_why nf_ct_tcp_check(struct sk_buff *skb,
					     unsigned int dataoff,
					     const struct nf_hook_state *state)
{
	const struct tcphdr *th = nf_ct_in_place(skb, dataoff, sizeof(*th));
	enum nf_ct_why why;

	why = likely(th) ? judge_header(skb, th, dataoff, state) :
			   judge_header_copied(skb, dataoff, state);
	if (unlikely(why))
		nf_ct_log_why(skb, state, IPPROTO_TCP, why);
	return why;
}

/* RFC 7323, A: what most segments carry, two NOPs and a timestamp. */
static bool is_timestamp_only(const u8 *opt, unsigned int len)
{
	static const u8 usual[] = { TCPOPT_NOP, TCPOPT_NOP, TCPOPT_TIMESTAMP,
				    TCPOLEN_TIMESTAMP };

	return len == TCPOLEN_TSTAMP_ALIGNED &&
	       !memcmp(opt, usual, sizeof(usual));
}

/* The options are read where they lie; only the timestamp is passed over. */
static __path_inline void read_options(struct nf_ct_tcp_seg *seg, const u8 *opt,
				       unsigned int len)
{
	if (likely(!len || is_timestamp_only(opt, len))) {
		seg->options = 0;
		seg->wscale = 0;
		seg->sack = seg->ack;
	} else {
		struct nf_ct_tcp_seg full = nf_ct_tcp_copy(seg);

		nf_ct_tcp_options(&full, opt, len);
		seg->options = full.options;
		seg->wscale = full.wscale;
		seg->sack = full.sack;
	}
}

/* @th: with its options. */
static __path_inline void read_header(struct nf_ct_tcp_seg *seg,
				      const struct tcphdr *th, unsigned int len)
{
	unsigned int hdrlen = th->doff * 4;

	seg->seq = ntohl(th->seq);
	seg->end = seg->seq + len - hdrlen + th->syn + th->fin;
	seg->ack = ntohl(th->ack_seq);
	seg->win = ntohs(th->window);
	seg->flags = tcp_flag_byte(th);
	read_options(seg, (const u8 *)(th + 1), hdrlen - sizeof(*th));
}

static noinline enum nf_ct_why read_segment_copied(struct nf_ct_tcp_seg *seg,
						   const struct sk_buff *skb,
						   unsigned int dataoff)
{
	unsigned int room = skb->len - dataoff;
	union {
		struct tcphdr th;
		u8 whole[sizeof(struct tcphdr) + OPTIONS_MAX];
	} buf;
	enum nf_ct_why why;

	if (skb_copy_bits(skb, dataoff, &buf.th, sizeof(buf.th)))
		return NF_CT_WHY_TCP_SHORT;
	why = judge_length(&buf.th, room);
	if (why)
		return why;
	if (skb_copy_bits(skb, dataoff, buf.whole, buf.th.doff * 4))
		return NF_CT_WHY_TCP_SHORT;
	read_header(seg, &buf.th, room);
	return NF_CT_WHY_OK;
}

static __path_inline enum nf_ct_why read_segment(struct nf_ct_tcp_seg *seg,
						 const struct sk_buff *skb,
						 unsigned int dataoff)
{
	const struct tcphdr *th = nf_ct_in_place(skb, dataoff, sizeof(*th));

	if (unlikely(!th || th->doff * 4 < sizeof(*th) ||
		     !nf_ct_in_place(skb, dataoff, th->doff * 4))) {
		struct nf_ct_tcp_seg copy = {};
		enum nf_ct_why why = read_segment_copied(&copy, skb, dataoff);

		*seg = nf_ct_tcp_copy(&copy);
		return why;
	}

	read_header(seg, th, skb->len - dataoff);
	return NF_CT_WHY_OK;
}

/*
 * Acknowledgments count as the peer does, not as NAT told this host.  Without
 * the flag the field is none: nothing shifts it on its way either.
 */
static __path_inline void undo_seqadj(struct nf_ct_tcp_seg *seg,
				      const struct nf_conn *ct,
				      enum ip_conntrack_dir dir)
{
	s32 offset;

	if (!(seg->flags & NF_CT_TCP_F_ACK))
		return;

	offset = nf_ct_seq_offset(ct, !dir, seg->ack - 1);
	seg->ack -= offset;
	seg->sack -= offset;
}

static __path_inline struct nf_ct_tcp_policy policy_of(const struct nf_conn *ct)
{
	const struct nf_tcp_net *tn = nf_tcp_pernet(nf_ct_net(ct));

	return (struct nf_ct_tcp_policy){
		.timeouts		= nf_ct_timeouts(ct, tn->timeouts),
		.max_retrans		= READ_ONCE(tn->tcp_max_retrans),
		.loose			= READ_ONCE(tn->tcp_loose),
		.be_liberal		= READ_ONCE(tn->tcp_be_liberal),
		.ignore_invalid_rst	= READ_ONCE(tn->tcp_ignore_invalid_rst),
	};
}

static __path_inline struct nf_ct_tcp_flow flow_of(const struct nf_conn *ct)
{
	return (struct nf_ct_tcp_flow){
		.status		= READ_ONCE(ct->status),
		.left		= nf_ct_expires(ct),
		.synproxy	= nfct_synproxy(ct),
	};
}

static bool is_logged(const struct net *net)
{
	u8 which = READ_ONCE(net->ct.sysctl_log_invalid);

	return unlikely(which == IPPROTO_TCP || which == IPPROTO_RAW);
}

/* The texts that take &nf_ct_step.arg, a number; NULL for other reasons. */
static const char *numbered_text(enum nf_ct_why why)
{
	switch (why) {
	case NF_CT_WHY_TCP_OVERSHOOT:
		return "%u bytes more than expected";
	case NF_CT_WHY_TCP_SEQ_OVER:
		return "SEQ is over upper bound %u (over the window of the receiver)";
	case NF_CT_WHY_TCP_ACK_OVER:
		return "ACK is over upper bound %u (ACKed data not seen yet)";
	case NF_CT_WHY_TCP_SEQ_UNDER:
		return "SEQ is under lower bound %u (already ACKed data retransmitted)";
	case NF_CT_WHY_TCP_ACK_UNDER:
		return "ignored ACK under lower bound %u (possible overly delayed)";
	default:
		return NULL;
	}
}

static void log_step(const struct nf_conn *ct, const struct sk_buff *skb,
		     const struct nf_hook_state *state,
		     const struct nf_ct_step *step, u8 flags,
		     enum ip_conntrack_dir dir)
{
	const char *numbered = numbered_text(step->why);

	if (numbered)
		nf_ct_l4proto_log_invalid(skb, ct, state, numbered, step->arg);
	else if (step->why == NF_CT_WHY_TCP_STATE)
		nf_ct_l4proto_log_invalid(skb, ct, state,
					  "packet (index %d) in dir %d invalid, state %s",
					  nf_ct_tcp_event_of(flags), dir,
					  nf_ct_tcp_state_name(step->arg));
	else if (step->why == NF_CT_WHY_TCP_OUT_OF_SYNC)
		nf_ct_l4proto_log_invalid(skb, ct, state,
					  "packet (index %d) in dir %d ignored, state %s",
					  nf_ct_tcp_event_of(flags), dir,
					  nf_ct_tcp_state_name(step->arg));
	else
		nf_ct_log_why(skb, state, IPPROTO_TCP, step->why);
}

/*
 * An INVALID packet refreshes nothing; that its flow should die sooner is
 * settled here, while the lock keeps the clock that was judged.
 */
static bool lower_timeout(struct nf_conn *ct, struct nf_ct_step *step)
{
	if (step->fate != NF_CT_INVALID || !step->timeout)
		return false;

	WRITE_ONCE(ct->timeout, nfct_time_stamp + step->timeout);
	step->timeout = 0;
	return true;
}

/*
 * The step has something to tell, and nf_conn.lock is still held: what it
 * compared the segment with is kept for the trace, which is made without it.
 */
static noinline struct nf_ct_step
tell_step(struct nf_conn *ct, struct sk_buff *skb,
	  const struct nf_hook_state *state, const struct nf_ct_tcp_seg *seg,
	  enum ip_conntrack_dir dir, struct nf_ct_step step)
	__releases(&ct->lock)
{
	bool traced = nf_ct_is_traced();
	struct nf_ct_tcp_compared compared;
	bool lowered;

	lowered = lower_timeout(ct, &step);
	if (traced) {
		compared.seg = *seg;
		compared.dir = dir;
		compared.tcp = ct->proto.tcp;
	}
	spin_unlock_bh(&ct->lock);

	if (traced)
		nf_ct_trace(state->net, state->pf, skb, ct, step.why,
			    nf_ct_outcome_of(step.fate), &compared);

	if (is_logged(state->net)) {
		log_step(ct, skb, state, &step, seg->flags, dir);
		if (lowered)
			nf_ct_l4proto_log_invalid(skb, ct, state,
						  "lowered timeout to UNACK");
	}
	return step;
}

static noinline struct nf_ct_step unreadable(struct nf_conn *ct,
					     const struct sk_buff *skb,
					     const struct nf_hook_state *state,
					     enum nf_ct_why why)
{
	nf_ct_trace(state->net, state->pf, skb, ct, why, NF_CT_OUTCOME_INVALID,
		    NULL);
	return nf_ct_invalid(why);
}

/**
 * nf_ct_tcp_packet - judge a TCP packet as part of its flow
 * @ct: the flow
 * @skb: the packet
 * @dataoff: offset of the TCP header, bytes from skb->data
 * @ctinfo: how the packet relates to @ct
 * @state: the hook it is at
 *
 * Context: softirq or BH off, under rcu_read_lock(); takes &nf_conn.lock.
 * Return: the outcome, to be carried out; already logged and traced.
 */
__path_inline struct nf_ct_step
nf_ct_tcp_packet(struct nf_conn *ct, struct sk_buff *skb, unsigned int dataoff,
		 enum ip_conntrack_info ctinfo,
		 const struct nf_hook_state *state)
{
	enum ip_conntrack_dir dir = CTINFO2DIR(ctinfo);
	const struct nf_ct_tcp_policy policy = policy_of(ct);
	struct nf_ct_tcp_flow flow;
	struct nf_ct_tcp_seg seg;
	struct nf_ct_step step;
	enum nf_ct_why why;

	why = read_segment(&seg, skb, dataoff);
	if (unlikely(why))
		return unreadable(ct, skb, state, why);
	if (unlikely(nfct_seqadj(ct)))
		undo_seqadj(&seg, ct, dir);

	spin_lock_bh(&ct->lock);
	flow = flow_of(ct);
	step = nf_ct_tcp_step(&ct->proto.tcp, &seg, dir, &flow, &policy);
	if (unlikely(step.why)) {
		const struct nf_ct_tcp_seg told = nf_ct_tcp_copy(&seg);

		return tell_step(ct, skb, state, &told, dir, step);
	}
	spin_unlock_bh(&ct->lock);
	return step;
}

/**
 * nf_conntrack_tcp_set_closing - a reset was sent in the name of this flow
 * @ct: the flow, a TCP one
 *
 * Whoever rejects a connection resets it; nobody will answer that.  In CLOSE
 * whatever follows is let by without looking at windows that no longer mean
 * anything, and the entry lives as long as after any other reset, no longer.
 *
 * Context: softirq or BH off, under rcu_read_lock(); takes &nf_conn.lock.
 */
void nf_conntrack_tcp_set_closing(struct nf_conn *ct)
{
	const struct nf_tcp_net *tn = nf_tcp_pernet(nf_ct_net(ct));
	unsigned int left = nf_ct_timeouts(ct, tn->timeouts)[TCP_CONNTRACK_CLOSE];
	bool moved;

	spin_lock_bh(&ct->lock);
	moved = ct->proto.tcp.state != TCP_CONNTRACK_CLOSE;
	ct->proto.tcp.state = TCP_CONNTRACK_CLOSE;
	/* Until it is confirmed, an entry has no deadline to be moved. */
	if (nf_ct_is_confirmed(ct) &&
	    !test_bit(IPS_FIXED_TIMEOUT_BIT, &ct->status) &&
	    nf_ct_expires(ct) > left)
		WRITE_ONCE(ct->timeout, nfct_time_stamp + left);
	spin_unlock_bh(&ct->lock);

	if (moved)
		nf_conntrack_event_cache(IPCT_PROTOINFO, ct);
}

/**
 * nf_conntrack_tcp_init_net - set a namespace's defaults
 * @net: the namespace
 *
 * Context: process; @net has no packets yet.
 */
void nf_conntrack_tcp_init_net(struct net *net)
{
	static const struct nf_tcp_net defaults = {
		.timeouts = {
			/* "ct timeout" begins a new flow with slot 0. */
			[TCP_CONNTRACK_NONE]		= 120 * HZ,
			[TCP_CONNTRACK_SYN_SENT]	= 120 * HZ,
			[TCP_CONNTRACK_SYN_RECV]	= 60 * HZ,
			[TCP_CONNTRACK_ESTABLISHED]	= 5 * 86400 * HZ,
			[TCP_CONNTRACK_FIN_WAIT]	= 120 * HZ,
			[TCP_CONNTRACK_CLOSE_WAIT]	= 60 * HZ,
			[TCP_CONNTRACK_LAST_ACK]	= 30 * HZ,
			[TCP_CONNTRACK_TIME_WAIT]	= 120 * HZ,
			[TCP_CONNTRACK_CLOSE]		= 10 * HZ,
			[TCP_CONNTRACK_SYN_SENT2]	= 120 * HZ,
			[TCP_CONNTRACK_RETRANS]		= 300 * HZ,
			[TCP_CONNTRACK_UNACK]		= 300 * HZ,
		},
		.tcp_loose		= 1,
		.tcp_be_liberal		= 0,
		.tcp_max_retrans	= 3,
		.tcp_ignore_invalid_rst	= 0,
#if IS_ENABLED(CONFIG_NF_FLOW_TABLE)
		.offload_timeout	= 30 * HZ,
#endif
	};

	*nf_tcp_pernet(net) = defaults;
}

static bool can_early_drop(const struct nf_conn *ct)
{
	return nf_ct_tcp_is_closing(READ_ONCE(ct->proto.tcp.state));
}

#ifdef CONFIG_NF_CONNTRACK_PROCFS
/* Of an offloaded flow the state is not known. */
static void print_conntrack(struct seq_file *s, struct nf_conn *ct)
{
	if (test_bit(IPS_OFFLOAD_BIT, &ct->status))
		return;
	seq_puts(s, nf_ct_tcp_state_name(READ_ONCE(ct->proto.tcp.state)));
	seq_putc(s, ' ');
}
#endif

static const struct nla_policy protoinfo_policy[CTA_PROTOINFO_TCP_MAX + 1] = {
	[CTA_PROTOINFO_TCP_STATE] =
		NLA_POLICY_MAX(NLA_U8, TCP_CONNTRACK_MAX - 1),
	[CTA_PROTOINFO_TCP_WSCALE_ORIGINAL] =
		NLA_POLICY_MAX(NLA_U8, NF_CT_TCP_WSCALE_MAX),
	[CTA_PROTOINFO_TCP_WSCALE_REPLY] =
		NLA_POLICY_MAX(NLA_U8, NF_CT_TCP_WSCALE_MAX),
	[CTA_PROTOINFO_TCP_FLAGS_ORIGINAL] =
		NLA_POLICY_MIN_LEN(sizeof(struct nf_ct_tcp_flags)),
	[CTA_PROTOINFO_TCP_FLAGS_REPLY] =
		NLA_POLICY_MIN_LEN(sizeof(struct nf_ct_tcp_flags)),
};

/* The nest, three bytes (state and scales) and two pairs of flags. */
#define PROTOINFO_SIZE							\
	(NLA_HDRLEN + 3 * NLA_ALIGN(NLA_HDRLEN + sizeof(u8)) +		\
	 2 * NLA_ALIGN(NLA_HDRLEN + sizeof(struct nf_ct_tcp_flags)))

static bool put_side(struct sk_buff *skb, const struct ip_ct_tcp_state *side,
		     int wscale, int flags)
{
	const struct nf_ct_tcp_flags value = { .flags = side->flags };

	return !nla_put_u8(skb, wscale, side->td_scale) &&
	       !nla_put(skb, flags, sizeof(value), &value);
}

static int to_nlattr(struct sk_buff *skb, struct nlattr *nla,
		     struct nf_conn *ct, bool destroy)
{
	struct nlattr *nest;
	struct ip_ct_tcp tcp;

	spin_lock_bh(&ct->lock);
	tcp = ct->proto.tcp;
	spin_unlock_bh(&ct->lock);

	nest = nla_nest_start(skb, CTA_PROTOINFO_TCP);
	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u8(skb, CTA_PROTOINFO_TCP_STATE, tcp.state))
		goto cancel;

	/* Of a flow that is gone only its last state matters. */
	if (!destroy &&
	    !(put_side(skb, &tcp.seen[IP_CT_DIR_ORIGINAL],
		       CTA_PROTOINFO_TCP_WSCALE_ORIGINAL,
		       CTA_PROTOINFO_TCP_FLAGS_ORIGINAL) &&
	      put_side(skb, &tcp.seen[IP_CT_DIR_REPLY],
		       CTA_PROTOINFO_TCP_WSCALE_REPLY,
		       CTA_PROTOINFO_TCP_FLAGS_REPLY)))
		goto cancel;

	nla_nest_end(skb, nest);
	return 0;

cancel:
	nla_nest_cancel(skb, nest);
	return -EMSGSIZE;
}

static void get_flags(u8 *flags, const struct nlattr *attr)
{
	const struct nf_ct_tcp_flags *change;

	if (!attr)
		return;
	change = nla_data(attr);
	*flags = (*flags & ~change->mask) | (change->flags & change->mask);
}

/* RFC 7323, 2.2: there is a scale only where both sides offered one. */
static void get_scales(struct ip_ct_tcp *tcp, const struct nlattr *orig,
		       const struct nlattr *reply)
{
	u8 both = tcp->seen[0].flags & tcp->seen[1].flags;

	if (!orig || !reply || !(both & IP_CT_TCP_FLAG_WINDOW_SCALE))
		return;
	tcp->seen[IP_CT_DIR_ORIGINAL].td_scale = nla_get_u8(orig);
	tcp->seen[IP_CT_DIR_REPLY].td_scale = nla_get_u8(reply);
}

static int from_nlattr(struct nlattr *cda[], struct nf_conn *ct)
{
	struct nlattr *tb[CTA_PROTOINFO_TCP_MAX + 1];
	struct ip_ct_tcp *tcp = &ct->proto.tcp;
	int err;

	/* An update may be about something else. */
	if (!cda[CTA_PROTOINFO_TCP])
		return 0;
	err = nla_parse_nested_deprecated(tb, CTA_PROTOINFO_TCP_MAX,
					  cda[CTA_PROTOINFO_TCP],
					  protoinfo_policy, NULL);
	if (err < 0)
		return err;

	spin_lock_bh(&ct->lock);
	if (tb[CTA_PROTOINFO_TCP_STATE])
		tcp->state = nla_get_u8(tb[CTA_PROTOINFO_TCP_STATE]);
	get_flags(&tcp->seen[IP_CT_DIR_ORIGINAL].flags,
		  tb[CTA_PROTOINFO_TCP_FLAGS_ORIGINAL]);
	get_flags(&tcp->seen[IP_CT_DIR_REPLY].flags,
		  tb[CTA_PROTOINFO_TCP_FLAGS_REPLY]);
	get_scales(tcp, tb[CTA_PROTOINFO_TCP_WSCALE_ORIGINAL],
		   tb[CTA_PROTOINFO_TCP_WSCALE_REPLY]);
	spin_unlock_bh(&ct->lock);
	return 0;
}

const struct nf_conntrack_l4proto nf_conntrack_l4proto_tcp = {
	.l4proto		= IPPROTO_TCP,
	.allow_clash		= false,
	.nlattr_size		= PROTOINFO_SIZE,
	.can_early_drop		= can_early_drop,
	.to_nlattr		= to_nlattr,
	.from_nlattr		= from_nlattr,
	.tuple_to_nlattr	= nf_ct_port_tuple_to_nlattr,
	.nlattr_to_tuple	= nf_ct_port_nlattr_to_tuple,
	.nlattr_tuple_size	= nf_ct_port_nlattr_tuple_size,
	.nla_policy		= nf_ct_port_nla_policy,
	.ctnl_timeout = {
		.nlattr_to_obj	= nf_ct_tcp_timeout_from_nlattr,
		.obj_to_nlattr	= nf_ct_tcp_timeout_to_nlattr,
		.nlattr_max	= CTA_TIMEOUT_TCP_MAX,
		.obj_size	= sizeof(unsigned int) *
				  TCP_CONNTRACK_TIMEOUT_MAX,
		.nla_policy	= nf_ct_tcp_timeout_policy,
	},
#ifdef CONFIG_NF_CONNTRACK_PROCFS
	.print_conntrack	= print_conntrack,
#endif
};
