/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a packet was not simply tracked.
 *
 * One enum for every reason in the module, so that a counter, a log line and
 * a test all speak of the same thing.  A reason says what was found; what
 * follows from it (INVALID, ignored, dropped) is the fate in step.h.
 */
#ifndef NF_CT_WHY_H
#define NF_CT_WHY_H

/*
 * Columns: the enumerator's tail, the name a reader sees in
 * /proc/net/stat/nf_conntrack_invalid, the text that log_invalid prints.  Texts
 * that the stock module has too are its own, down to a blank at their end:
 * people have scripts that read logs.
 */
#define NF_CT_WHY_LIST_CORE(_)						\
	_(NO_TUPLE,	"no_tuple",	"truncated or fragmented header")	\
	_(TABLE_FULL,	"table_full",	"table full")				\
	_(NO_MEMORY,	"no_memory",	"out of memory")			\
	_(INSERT_RACE,	"insert_race",	"lost the race to insert the flow")	\
	_(MODULE_GONE,	"module_gone",	"helper or timeout policy unloaded")	\
	_(HELPER,	"helper",	"dropped by the helper")		\
	_(GENERIC_OFF,	"generic_off",	"protocol has a tracker that is not built")

#define NF_CT_WHY_LIST_TCP(_)						\
	_(TCP_SHORT,	"tcp_short",	"short packet")				\
	_(TCP_TRUNCATED, "tcp_truncated", "truncated packet")			\
	_(TCP_CHECKSUM,	"tcp_checksum",	"bad checksum")				\
	_(TCP_FLAGS,	"tcp_flags",	"invalid tcp flag combination")		\
	_(TCP_NEW,	"tcp_new",	"invalid new")				\
	_(TCP_STATE,	"tcp_state",	"packet invalid in this state")		\
	_(TCP_SEQ_OVER,	"tcp_seq_over",						\
	  "SEQ is over upper bound (over the window of the receiver)")		\
	_(TCP_ACK_OVER,	"tcp_ack_over",						\
	  "ACK is over upper bound (ACKed data not seen yet)")			\
	_(TCP_RST,	"tcp_rst",	"invalid rst")				\
	_(TCP_OUT_OF_SYNC, "tcp_out_of_sync", "packet ignored in this state")	\
	_(TCP_CHALLENGE_ACK, "tcp_challenge_ack", "challenge-ack ignored")	\
	_(TCP_OVERSHOOT, "tcp_overshoot", "bytes more than expected")		\
	_(TCP_SEQ_UNDER, "tcp_seq_under",					\
	  "SEQ is under lower bound (already ACKed data retransmitted)")	\
	_(TCP_ACK_UNDER, "tcp_ack_under",					\
	  "ignored ACK under lower bound (possible overly delayed)")

#define NF_CT_WHY_LIST_UDP(_)						\
	_(UDP_SHORT,	"udp_short",	"short packet")				\
	_(UDP_LENGTH,	"udp_length",	"truncated/malformed packet")		\
	_(UDP_CHECKSUM,	"udp_checksum",	"bad checksum")				\
	_(UDPLITE_COVERAGE, "udplite_coverage", "invalid checksum coverage")	\
	_(UDPLITE_NO_SUM, "udplite_no_sum", "checksum missing")

#define NF_CT_WHY_LIST_ICMP(_)						\
	_(ICMP_SHORT,	"icmp_short",	"short packet")				\
	_(ICMP_CHECKSUM, "icmp_checksum", "bad hw icmp checksum")		\
	_(ICMP_TYPE,	"icmp_type",	"invalid icmp type")			\
	_(ICMP_NEW,	"icmp_new",	"reply without a query")		\
	_(ICMP_INNER,	"icmp_inner",	"error quotes no whole header")		\
	_(ICMP_NO_FLOW,	"icmp_no_flow",	"error about an unknown flow")		\
	_(ICMP_OUTER,	"icmp_outer",	"error sent to another host than it quotes") \
	_(ICMP6_CHECKSUM, "icmp6_checksum", "ICMPv6 checksum failed")		\
	_(ICMP6_REDIRECT, "icmp6_redirect",					\
	  "invalid saddr or hoplimit for redirect")				\
	_(ICMP6_REDIRECT_SHORT, "icmp6_redirect_short", "short redirect")	\
	_(ICMP6_REDIRECT_BARE, "icmp6_redirect_bare", "redirect without options")

#define NF_CT_WHY_LIST_OTHER(_)						\
	_(SCTP_SHORT,	"sctp_short",	"nf_ct_sctp: short packet ")		\
	_(SCTP_CHECKSUM, "sctp_checksum", "nf_ct_sctp: bad CRC ")		\
	_(SCTP_CHUNK,	"sctp_chunk",	"malformed chunk")			\
	_(SCTP_NEW,	"sctp_new",	"invalid new")				\
	_(SCTP_VTAG,	"sctp_vtag",	"verification tag mismatch")		\
	_(SCTP_STATE,	"sctp_state",	"chunk invalid in this state")		\
	_(SCTP_STALE_INIT_ACK, "sctp_stale_init_ack", "INIT ACK of an older handshake") \
	_(SCTP_CLOSED,	"sctp_closed",	"ignored in state CLOSED")		\
	_(SCTP_HEARTBEAT, "sctp_heartbeat", "ignored HEARTBEAT with another tag") \
	_(DCCP_SHORT,	"dccp_short",	"short packet")				\
	_(DCCP_LENGTH,	"dccp_length",						\
	  "nf_ct_dccp: truncated/malformed packet ")				\
	_(DCCP_CHECKSUM, "dccp_checksum", "nf_ct_dccp: bad checksum ")		\
	_(DCCP_TYPE,	"dccp_type",	"nf_ct_dccp: reserved packet type ")	\
	_(DCCP_NEW,	"dccp_new",	"invalid state transition ")		\
	_(DCCP_STATE,	"dccp_state",	"invalid state transition")		\
	_(DCCP_SHORT_SEQ, "dccp_short_seq",					\
	  "nf_ct_dccp: type lacks 48bit sequence numbers")			\
	_(DCCP_COVERAGE, "dccp_coverage", "nf_ct_dccp: bad checksum coverage ")	\
	_(DCCP_OUT_OF_SYNC, "dccp_out_of_sync", "invalid packet")		\
	_(GRE_SHORT,	"gre_short",	"short packet")

#define NF_CT_WHY_LIST(_)						\
	NF_CT_WHY_LIST_CORE(_)						\
	NF_CT_WHY_LIST_TCP(_)						\
	NF_CT_WHY_LIST_UDP(_)						\
	NF_CT_WHY_LIST_ICMP(_)						\
	NF_CT_WHY_LIST_OTHER(_)

#define NF_CT_WHY_ENUM(tail, name, text)	NF_CT_WHY_##tail,

/* Why a packet was refused, ignored or dropped; OK (0) when it was not. */
enum nf_ct_why {
	NF_CT_WHY_OK,
	NF_CT_WHY_LIST(NF_CT_WHY_ENUM)
	NF_CT_WHY_MAX
} __packed;

const char *nf_ct_why_name(enum nf_ct_why why);
const char *nf_ct_why_text(enum nf_ct_why why);

#endif /* NF_CT_WHY_H */
