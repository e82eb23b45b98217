/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The TCP tracker's interface: a segment's facts in, a decision out.
 *
 * The tracker knows the flow by the kernel's own struct ip_ct_tcp (ctnetlink,
 * SYN proxy and the flow table read it too) and the segment by a view that
 * the shell fills in.  Whoever calls holds nf_conn.lock; the tracker itself
 * takes no lock, reads no clock and sees no packet, so that it runs the same
 * in the packet path and under KUnit.
 */
#ifndef NF_CT_TCP_H
#define NF_CT_TCP_H

#include <linux/bits.h>
#include <linux/types.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <nf_ct/step.h>

/* The flags of RFC 9293, 3.1, as they stand in the header's 14th byte. */
#define NF_CT_TCP_F_FIN		BIT(0)
#define NF_CT_TCP_F_SYN		BIT(1)
#define NF_CT_TCP_F_RST		BIT(2)
#define NF_CT_TCP_F_PSH		BIT(3)
#define NF_CT_TCP_F_ACK		BIT(4)
#define NF_CT_TCP_F_URG		BIT(5)
#define NF_CT_TCP_F_ECE		BIT(6)
#define NF_CT_TCP_F_CWR		BIT(7)

/* RFC 7323, 2.3: a larger shift count is used as this one. */
#define NF_CT_TCP_WSCALE_MAX	14

/* What a segment asks of the state machine; logged as "index". */
enum nf_ct_tcp_event {
	NF_CT_TCP_SYN,
	NF_CT_TCP_SYNACK,
	NF_CT_TCP_FIN,
	NF_CT_TCP_ACK,
	NF_CT_TCP_RST,
	NF_CT_TCP_NONE,		/* none of the flags above: never allowed */
	NF_CT_TCP_EVENTS
};

/**
 * struct nf_ct_tcp_seg - a segment, as the tracker sees it
 * @seq:	sequence number of the first byte (or of the SYN)
 * @end:	one past the last: @seq + payload + SYN + FIN
 * @ack:	acknowledgment, less any offset NAT put there
 * @sack:	highest right edge of a SACK block that lies beyond @ack, less
 *		the same offset; @ack when there is none
 * @win:	window as sent, unscaled
 * @flags:	NF_CT_TCP_F_*
 * @options:	IP_CT_TCP_FLAG_WINDOW_SCALE and IP_CT_TCP_FLAG_SACK_PERM, as
 *		the segment's options say
 * @wscale:	shift count of the window scale option, 14 at most
 *
 * All in host order.  Sequence numbers are as the host that owns them counts.
 */
struct nf_ct_tcp_seg {
	u32	seq;
	u32	end;
	u32	ack;
	u32	sack;
	u16	win;
	u8	flags;
	u8	options;
	u8	wscale;
};

/**
 * struct nf_ct_tcp_flow - what the tracker knows of the entry
 * @status:	nf_conn.status, IPS_*
 * @left:	jiffies until the entry expires
 * @synproxy:	a SYN proxy stands between the two hosts
 */
struct nf_ct_tcp_flow {
	unsigned long	status;
	unsigned int	left;
	bool		synproxy;
};

/**
 * struct nf_ct_tcp_policy - what the administrator wants
 * @timeouts:	lifetimes in jiffies, by enum tcp_conntrack
 * @max_retrans: so many retransmissions shorten the lifetime
 * @loose:	pick up flows whose beginning was not seen
 * @be_liberal:	let by what lies outside the window
 * @ignore_invalid_rst: a reset before the window is not INVALID
 */
struct nf_ct_tcp_policy {
	const unsigned int	*timeouts;
	u8			max_retrans;
	bool			loose;
	bool			be_liberal;
	bool			ignore_invalid_rst;
};

/**
 * struct nf_ct_tcp_found - what the window check found
 * @why:	the bound that the segment violates, 0 if none
 * @arg:	the value of that bound, or by how many bytes it is exceeded
 */
struct nf_ct_tcp_found {
	enum nf_ct_why	why;
	u32		arg;
};

/**
 * struct nf_ct_tcp_bounds - where a segment must lie, each bound included
 * @seq_max:	its first byte, at most
 * @end_min:	one past its last, at least; the side that is sent to must have
 *		announced a window
 * @ack_max:	its acknowledgment (the highest selective one), at most
 * @ack_min:	the same, at least
 */
struct nf_ct_tcp_bounds {
	u32	seq_max;
	u32	end_min;
	u32	ack_max;
	u32	ack_min;
};

/* By field: a segment that is copied as a whole is not kept in registers. */
static __always_inline struct nf_ct_tcp_seg
nf_ct_tcp_copy(const struct nf_ct_tcp_seg *seg)
{
	return (struct nf_ct_tcp_seg){
		.seq		= seg->seq,
		.end		= seg->end,
		.ack		= seg->ack,
		.sack		= seg->sack,
		.win		= seg->win,
		.flags		= seg->flags,
		.options	= seg->options,
		.wscale		= seg->wscale,
	};
}

/* nf_ct_proto_tcp.c */
enum nf_ct_tcp_event nf_ct_tcp_event_of(u8 flags);
bool nf_ct_tcp_flags_valid(u8 flags);
bool nf_ct_tcp_is_closing(u8 state);
const char *nf_ct_tcp_state_name(u8 state);
u8 nf_ct_tcp_next(u8 state, enum ip_conntrack_dir dir,
		  enum nf_ct_tcp_event event);
struct nf_ct_step nf_ct_tcp_step(struct ip_ct_tcp *tcp,
				 const struct nf_ct_tcp_seg *seg,
				 enum ip_conntrack_dir dir,
				 const struct nf_ct_tcp_flow *flow,
				 const struct nf_ct_tcp_policy *policy);

/* nf_ct_tcp_window.c */
void nf_ct_tcp_options(struct nf_ct_tcp_seg *seg, const u8 *opt,
		       unsigned int len);
void nf_ct_tcp_learn_syn(struct ip_ct_tcp_state *sender,
			 const struct nf_ct_tcp_seg *seg);
void nf_ct_tcp_learn_midway(struct ip_ct_tcp_state *sender,
			    const struct nf_ct_tcp_seg *seg);
void nf_ct_tcp_forget(struct ip_ct_tcp_state *side);
struct nf_ct_tcp_found nf_ct_tcp_window(struct ip_ct_tcp *tcp,
					const struct nf_ct_tcp_seg *seg,
					enum ip_conntrack_dir dir,
					bool be_liberal);
struct nf_ct_tcp_bounds nf_ct_tcp_bounds(const struct ip_ct_tcp *tcp,
					 enum ip_conntrack_dir dir);

/* Data, or an ACK alone: &enum nf_ct_tcp_event NF_CT_TCP_ACK. */
static inline bool nf_ct_tcp_is_plain_ack(u8 flags)
{
	const u8 which = NF_CT_TCP_F_RST | NF_CT_TCP_F_SYN | NF_CT_TCP_F_FIN |
			 NF_CT_TCP_F_ACK;

	return (flags & which) == NF_CT_TCP_F_ACK;
}

/* Sequence numbers wrap (RFC 9293, 3.4): compare them by their distance. */
static inline bool nf_ct_seq_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

static inline bool nf_ct_seq_after(u32 a, u32 b)
{
	return nf_ct_seq_before(b, a);
}

#endif /* NF_CT_TCP_H */
