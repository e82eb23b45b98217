/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracepoint nf_conntrack:invalid; docs/invalid.md says how to read it.
 *
 * Fields that do not apply are 0: ports but for protocols that have them, type,
 * code and id but for ICMP, and all from flags on but for TCP.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM nf_conntrack

#if !defined(NF_CT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define NF_CT_TRACE_H

#include <linux/in6.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <net/net_namespace.h>
#include <nf_ct/invalid.h>

TRACE_DEFINE_ENUM(NF_CT_OUTCOME_INVALID);
TRACE_DEFINE_ENUM(NF_CT_OUTCOME_IGNORED);
TRACE_DEFINE_ENUM(NF_CT_OUTCOME_DROPPED);

TRACE_EVENT(invalid,

	TP_PROTO(const struct net *net, const struct nf_conntrack_tuple *tuple,
		 const struct sockaddr_in6 *src, const struct sockaddr_in6 *dst,
		 u16 zone, enum nf_ct_why why, enum nf_ct_outcome outcome,
		 const struct nf_ct_tcp_compared *compared,
		 const struct nf_ct_tcp_bounds *bounds),

	TP_ARGS(net, tuple, src, dst, zone, why, outcome, compared, bounds),

	TP_STRUCT__entry(
		__array(char,	reason, 24)
		__field(u8,	verdict)
		__field(u8,	family)
		__field(u8,	protonum)
		__field(u8,	type)
		__field(u8,	code)
		__field(u8,	flags)
		__field(u8,	dir)
		__field(u8,	scale)
		__field(u8,	peer_scale)
		__field(u16,	zone)
		__field(u16,	id)
		__field(u16,	sport)
		__field(u16,	dport)
		__field(u32,	netns)
		__array(u8,	src, sizeof(struct sockaddr_in6))
		__array(u8,	dst, sizeof(struct sockaddr_in6))
		__array(char,	state, 12)
		__field(u32,	seq)
		__field(u32,	end)
		__field(u32,	ack)
		__field(u32,	sack)
		__field(u32,	win)
		__field(u32,	seq_max)
		__field(u32,	end_min)
		__field(u32,	ack_max)
		__field(u32,	ack_min)
		__field(u32,	maxwin)
		__field(u32,	peer_maxwin)
	),

	TP_fast_assign(
		const struct nf_ct_tcp_seg *seg = &compared->seg;
		const struct ip_ct_tcp *tcp = &compared->tcp;
		u8 dir = compared->dir;
		bool is_icmp = tuple->dst.protonum == IPPROTO_ICMP ||
			       tuple->dst.protonum == IPPROTO_ICMPV6;

		strscpy(__entry->reason, nf_ct_why_name(why),
			sizeof(__entry->reason));
		__entry->verdict = outcome;
		__entry->family = tuple->src.l3num;
		__entry->protonum = tuple->dst.protonum;
		__entry->type = is_icmp ? tuple->dst.u.icmp.type : 0;
		__entry->code = is_icmp ? tuple->dst.u.icmp.code : 0;
		__entry->id = is_icmp ? ntohs(tuple->src.u.icmp.id) : 0;
		__entry->sport = ntohs(src->sin6_port);
		__entry->dport = ntohs(dst->sin6_port);
		__entry->zone = zone;
		__entry->netns = net->ns.inum;
		memcpy(__entry->src, src, sizeof(*src));
		memcpy(__entry->dst, dst, sizeof(*dst));

		strscpy(__entry->state, nf_ct_tcp_state_name(tcp->state),
			sizeof(__entry->state));
		__entry->flags = seg->flags;
		__entry->dir = dir;
		__entry->scale = tcp->seen[dir].td_scale;
		__entry->peer_scale = tcp->seen[!dir].td_scale;
		__entry->seq = seg->seq;
		__entry->end = seg->end;
		__entry->ack = seg->ack;
		__entry->sack = seg->sack;
		__entry->win = seg->flags & NF_CT_TCP_F_SYN ? seg->win :
			(u32)seg->win << tcp->seen[dir].td_scale;
		__entry->seq_max = bounds->seq_max;
		__entry->end_min = bounds->end_min;
		__entry->ack_max = bounds->ack_max;
		__entry->ack_min = bounds->ack_min;
		__entry->maxwin = tcp->seen[dir].td_maxwin;
		__entry->peer_maxwin = tcp->seen[!dir].td_maxwin;
	),

	TP_printk("reason=%s verdict=%s netns=%u zone=%u proto=%u src=%pISpc dst=%pISpc type=%u code=%u id=%u flags=%s state=%s dir=%s seq=%u end=%u ack=%u sack=%u win=%u seq_max=%u end_min=%u ack_max=%u ack_min=%u maxwin=%u/%u scale=%u/%u",
		  __entry->reason,
		  __print_symbolic(__entry->verdict,
				   { NF_CT_OUTCOME_INVALID, "INVALID" },
				   { NF_CT_OUTCOME_IGNORED, "ignored" },
				   { NF_CT_OUTCOME_DROPPED, "dropped" }),
		  __entry->netns, __entry->zone, __entry->protonum,
		  __entry->src, __entry->dst,
		  __entry->type, __entry->code, __entry->id,
		  __print_flags(__entry->flags, "",
				{ 0x01, "F" }, { 0x02, "S" }, { 0x04, "R" },
				{ 0x08, "P" }, { 0x10, "A" }, { 0x20, "U" },
				{ 0x40, "E" }, { 0x80, "C" }),
		  __entry->state, __entry->dir ? "reply" : "original",
		  __entry->seq, __entry->end, __entry->ack, __entry->sack,
		  __entry->win, __entry->seq_max, __entry->end_min,
		  __entry->ack_max, __entry->ack_min,
		  __entry->maxwin, __entry->peer_maxwin,
		  __entry->scale, __entry->peer_scale)
);

#endif /* NF_CT_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH nf_ct
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
