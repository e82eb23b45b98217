// SPDX-License-Identifier: GPL-2.0-only
/*
 * DCCP, the pure part: headers to views, packets to states.
 *
 * A connection has a client, who sent the Request, and a server.  What a
 * packet means depends on which of the two sent it, so the table goes by role;
 * the role of each direction is part of the flow's state.
 *
 *	     Request	     Response		Ack	      any from server
 *	NONE -----> REQUEST -----> RESPOND -----> PARTOPEN -----> OPEN
 *							|	   |
 *		     Reset	   Close	CloseReq|	   |
 *	TIMEWAIT <-------- CLOSING <----- CLOSEREQ <----+----------+
 *							  (server)
 *
 * Invariant: a packet that is refused changes nothing.
 *
 * RFC 4340; section numbers below are its own.
 */
#include <linux/bits.h>
#include <linux/dccp.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <nf_ct/dccp.h>

#define CLIENT	CT_DCCP_ROLE_CLIENT
#define SERVER	CT_DCCP_ROLE_SERVER

enum {
	INVALID		= CT_DCCP_NONE,		/* nothing moves to NONE */
	REQUESTED	= CT_DCCP_REQUEST,
	RESPONDED	= CT_DCCP_RESPOND,
	PARTOPEN	= CT_DCCP_PARTOPEN,
	OPEN		= CT_DCCP_OPEN,
	CLOSE_REQUESTED	= CT_DCCP_CLOSEREQ,
	CLOSING		= CT_DCCP_CLOSING,
	TIMEWAIT	= CT_DCCP_TIMEWAIT,
	IGNORE		= CT_DCCP_IGNORE,
	REOPEN		= CT_DCCP_INVALID,	/* no state: a new flow */
};

/* Packet types, without the prefix, to index the table. */
enum {
	REQUEST		= DCCP_PKT_REQUEST,
	RESPONSE	= DCCP_PKT_RESPONSE,
	DATA		= DCCP_PKT_DATA,
	ACK		= DCCP_PKT_ACK,
	DATAACK		= DCCP_PKT_DATAACK,
	CLOSEREQ	= DCCP_PKT_CLOSEREQ,
	CLOSE		= DCCP_PKT_CLOSE,
	RESET		= DCCP_PKT_RESET,
	SYNC		= DCCP_PKT_SYNC,
	SYNCACK		= DCCP_PKT_SYNCACK,
};

/*
 * next = moves[state][role][type].  Nothing moves to NONE, so a cell left out
 * is 0 and reads as INVALID.  IGNORE lets a packet by; when a Request that was
 * ignored gets its Response, the flow was out of sync and follows them.  Sync
 * and SyncAck repair sequence numbers (7.5.4), which nobody follows here.
 */
static const u8 moves[IGNORE][__CT_DCCP_ROLE_MAX][DCCP_NR_PKT_TYPES] = {
	[CT_DCCP_NONE] = {
		[CLIENT] = { [REQUEST] = REQUESTED },	/* never midway */
	},
	[REQUESTED] = {
		[CLIENT] = { [REQUEST] = REQUESTED,	/* sent again */
			     [RESPONSE] = IGNORE,
			     [RESET] = TIMEWAIT,
			     [SYNC ... SYNCACK] = IGNORE },
		[SERVER] = { [REQUEST] = IGNORE,
			     [RESPONSE] = RESPONDED,
			     [RESET] = TIMEWAIT,
			     [SYNC ... SYNCACK] = IGNORE },
	},
	[RESPONDED] = {
		[CLIENT] = { [REQUEST] = RESPONDED,	/* Response got lost */
			     [RESPONSE] = IGNORE,
			     [ACK] = PARTOPEN,
			     [DATAACK] = PARTOPEN,
			     [RESET] = TIMEWAIT,
			     [SYNC ... SYNCACK] = IGNORE },
		[SERVER] = { [REQUEST] = IGNORE,
			     [RESPONSE] = RESPONDED,
			     [RESET] = TIMEWAIT,
			     [SYNC ... SYNCACK] = IGNORE },
	},
	[PARTOPEN] = {
		/* 8.1.5: no Data from the client, its Ack may be lost yet. */
		[CLIENT] = { [REQUEST ... RESPONSE] = IGNORE,
			     [ACK] = PARTOPEN,
			     [DATAACK] = PARTOPEN,
			     [CLOSE] = CLOSING,
			     [RESET] = TIMEWAIT,
			     [SYNC ... SYNCACK] = IGNORE },
		[SERVER] = { [REQUEST ... RESPONSE] = IGNORE,
			     [DATA ... DATAACK] = OPEN,
			     [CLOSEREQ] = CLOSE_REQUESTED,
			     [CLOSE] = CLOSING,
			     [RESET] = TIMEWAIT,
			     [SYNC ... SYNCACK] = IGNORE },
	},
	[OPEN] = {
		[CLIENT] = { [REQUEST ... RESPONSE] = IGNORE,
			     [DATA ... DATAACK] = OPEN,
			     [CLOSE] = CLOSING,
			     [RESET] = TIMEWAIT,
			     [SYNC ... SYNCACK] = IGNORE },
		[SERVER] = { [REQUEST ... RESPONSE] = IGNORE,
			     [DATA ... DATAACK] = OPEN,
			     [CLOSEREQ] = CLOSE_REQUESTED,
			     [CLOSE] = CLOSING,
			     [RESET] = TIMEWAIT,
			     [SYNC ... SYNCACK] = IGNORE },
	},
	[CLOSE_REQUESTED] = {
		/* 8.3: what was under way to the server may still be
		 * processed; the server itself has said its last.
		 */
		[CLIENT] = { [REQUEST ... RESPONSE] = IGNORE,
			     [DATA ... DATAACK] = CLOSE_REQUESTED,
			     [CLOSE] = CLOSING,
			     [RESET] = TIMEWAIT,
			     [SYNC ... SYNCACK] = IGNORE },
		[SERVER] = { [REQUEST ... RESPONSE] = IGNORE,
			     [CLOSEREQ] = CLOSE_REQUESTED,
			     [RESET] = TIMEWAIT,
			     [SYNC ... SYNCACK] = IGNORE },
	},
	[CLOSING] = {
		[CLIENT] = { [REQUEST ... RESPONSE] = IGNORE,
			     [DATA ... DATAACK] = CLOSING,
			     [CLOSE] = CLOSING,
			     [RESET] = TIMEWAIT,
			     [SYNC ... SYNCACK] = IGNORE },
		[SERVER] = { [REQUEST ... RESPONSE] = IGNORE,
			     [DATA ... DATAACK] = CLOSING,
			     [CLOSEREQ] = CLOSE_REQUESTED, /* closes crossed */
			     [CLOSE] = CLOSING,
			     [RESET] = TIMEWAIT,
			     [SYNC ... SYNCACK] = IGNORE },
	},
	[TIMEWAIT] = {
		[CLIENT] = { [REQUEST] = REOPEN,
			     [RESET] = IGNORE,
			     [SYNC ... SYNCACK] = IGNORE },
		[SERVER] = { [REQUEST] = REOPEN,	/* the other way round */
			     [RESET] = TIMEWAIT,	/* to a Close sent again */
			     [SYNC ... SYNCACK] = IGNORE },
	},
};

static const char *const state_names[] = {
	[CT_DCCP_NONE]		= "NONE",
	[CT_DCCP_REQUEST]	= "REQUEST",
	[CT_DCCP_RESPOND]	= "RESPOND",
	[CT_DCCP_PARTOPEN]	= "PARTOPEN",
	[CT_DCCP_OPEN]		= "OPEN",
	[CT_DCCP_CLOSEREQ]	= "CLOSEREQ",
	[CT_DCCP_CLOSING]	= "CLOSING",
	[CT_DCCP_TIMEWAIT]	= "TIMEWAIT",
	[CT_DCCP_IGNORE]	= "IGNORE",
	[CT_DCCP_INVALID]	= "INVALID",
};

/**
 * nf_ct_dccp_state_name - name a state as /proc/net/nf_conntrack does
 * @state: an &enum ct_dccp_states
 *
 * Context: any.
 * Return: a static string.
 */
const char *nf_ct_dccp_state_name(unsigned int state)
{
	return state < ARRAY_SIZE(state_names) ? state_names[state] : "UNKNOWN";
}

/**
 * nf_ct_dccp_is_closing - may the entry go early when the table is full?
 * @state: its &enum ct_dccp_states
 *
 * Context: any.
 * Return: true from the first CloseReq, Close or Reset on.
 */
bool nf_ct_dccp_is_closing(unsigned int state)
{
	return state == CLOSE_REQUESTED || state == CLOSING ||
	       state == TIMEWAIT;
}

/* Offsets in the header, 5.1 */
enum {
	AT_DOFF		= 4,	/* header length, in 32-bit words */
	AT_CSCOV	= 5,	/* low 4 bits */
	AT_TYPE		= 8,	/* reserved:3, type:4, X:1 */
	AT_SEQ_SHORT	= 9,	/* 24 bits, X = 0 */
	AT_SEQ_LONG	= 10,	/* 48 bits, X = 1 */
	HLEN_SHORT	= 12,
	HLEN_LONG	= 16,
};

static u64 get_be(const u8 *from, unsigned int bytes)
{
	u64 value = 0;

	while (bytes--)
		value = value << 8 | *from++;
	return value;
}

/* 5.1: X may be 0 only where many packets are sent. */
static bool may_be_short(unsigned int type)
{
	return type == DATA || type == ACK || type == DATAACK;
}

/* Request and Data acknowledge nothing. */
static bool has_ack(unsigned int type)
{
	return type != REQUEST && type != DATA;
}

/* Bytes behind the sequence number that each type must have. */
static unsigned int rest_len(unsigned int type, bool long_seq)
{
	unsigned int ack = !has_ack(type) ? 0 : long_seq ? 8 : 4;

	switch (type) {
	case REQUEST:	/* service code */
	case RESPONSE:
	case RESET:	/* code and data */
		return ack + 4;
	default:
		return ack;
	}
}

/* 9.2: header and options always, then (CsCov - 1) words of data, or all. */
static unsigned int checksum_coverage(unsigned int cscov, unsigned int hlen,
				      unsigned int len)
{
	return cscov ? hlen + (cscov - 1) * 4 : len;
}

/**
 * nf_ct_dccp_parse - read a header
 * @pkt: view to fill
 * @head: the packet's first min(@len, NF_CT_DCCP_PEEK) bytes
 * @len: bytes in the packet, header included
 *
 * Context: any.
 * Return: NF_CT_WHY_OK or what is wrong; @pkt is then not to be used.
 */
enum nf_ct_why nf_ct_dccp_parse(struct nf_ct_dccp_pkt *pkt, const u8 *head,
				unsigned int len)
{
	unsigned int hlen, need, type;
	bool long_seq;

	if (len < HLEN_SHORT)
		return NF_CT_WHY_DCCP_SHORT;

	type = head[AT_TYPE] >> 1 & 0xf;
	long_seq = head[AT_TYPE] & 1;
	if (type >= DCCP_NR_PKT_TYPES)
		return NF_CT_WHY_DCCP_TYPE;
	if (!long_seq && !may_be_short(type))
		return NF_CT_WHY_DCCP_SHORT_SEQ;

	need = long_seq ? HLEN_LONG : HLEN_SHORT;
	hlen = head[AT_DOFF] * 4;
	if (hlen < need + rest_len(type, long_seq) || hlen > len)
		return NF_CT_WHY_DCCP_LENGTH;

	pkt->coverage = checksum_coverage(head[AT_CSCOV] & 0xf, hlen, len);
	if (pkt->coverage > len)
		return NF_CT_WHY_DCCP_COVERAGE;

	pkt->type = type;
	pkt->long_seq = long_seq;
	pkt->seq = long_seq ? get_be(head + AT_SEQ_LONG, 6) :
			      get_be(head + AT_SEQ_SHORT, 3);
	pkt->ack = 0;
	if (has_ack(type))	/* behind 16 or 8 reserved bits */
		pkt->ack = long_seq ? get_be(head + need + 2, 6) :
				      get_be(head + need + 1, 3);
	return NF_CT_WHY_OK;
}

/* The side that sends the first packet is taken for the client. */
static void begin(struct nf_ct_dccp *dccp)
{
	memset(dccp, 0, sizeof(*dccp));
	dccp->role[IP_CT_DIR_ORIGINAL] = CLIENT;
	dccp->role[IP_CT_DIR_REPLY] = SERVER;
}

/* Refused, or given up, before there was an answer: nothing to keep. */
static bool is_stillborn(const struct nf_ct_dccp_pkt *pkt, unsigned long status)
{
	return pkt->type == RESET && !(status & IPS_SEEN_REPLY);
}

/* The answer to a Request that was ignored: it was us who were out of sync. */
static bool resyncs(const struct nf_ct_dccp *dccp,
		    const struct nf_ct_dccp_pkt *pkt, enum ip_conntrack_dir dir)
{
	return pkt->type == RESPONSE && dccp->last_pkt == REQUEST &&
	       dccp->last_dir == !dir;
}

/* 8.1.5: the client acknowledges the Response; both ends are real. */
static bool completes_handshake(const struct nf_ct_dccp *dccp,
				const struct nf_ct_dccp_pkt *pkt,
				unsigned int to)
{
	return dccp->state == CT_DCCP_RESPOND && to == PARTOPEN &&
	       pkt->long_seq && pkt->ack == dccp->handshake_seq;
}

static void remember(struct nf_ct_dccp *dccp, const struct nf_ct_dccp_pkt *pkt,
		     enum ip_conntrack_dir dir)
{
	dccp->last_dir = dir;
	dccp->last_pkt = pkt->type;
}

static struct nf_ct_step commit(struct nf_ct_dccp *dccp,
				const struct nf_ct_dccp_pkt *pkt,
				enum ip_conntrack_dir dir, unsigned int to,
				const unsigned int *timeouts)
{
	struct nf_ct_step step = {
		.fate		= NF_CT_TRACKED,
		.timeout	= timeouts[to],
	};

	if (completes_handshake(dccp, pkt, to))
		step.status = IPS_ASSURED;
	if (pkt->type == RESPONSE)	/* the latest, if one got lost */
		dccp->handshake_seq = pkt->seq;
	if (to != dccp->state)
		step.events = BIT(IPCT_PROTOINFO);
	dccp->state = to;
	remember(dccp, pkt, dir);
	return step;
}

/**
 * nf_ct_dccp_step - judge a packet as part of its flow
 * @dccp: the flow's state, zero for a new flow; changed unless the packet is
 *	refused
 * @pkt: the packet
 * @dir: its direction
 * @status: the flow's IPS_* bits
 * @timeouts: in jiffies, by state
 *
 * Context: the flow's lock held, or the flow not yet shared.
 * Return: the outcome.
 */
struct nf_ct_step nf_ct_dccp_step(struct nf_ct_dccp *dccp,
				  const struct nf_ct_dccp_pkt *pkt,
				  enum ip_conntrack_dir dir,
				  unsigned long status,
				  const unsigned int *timeouts)
{
	bool is_new = dccp->state == CT_DCCP_NONE;
	struct nf_ct_dccp next = *dccp;
	struct nf_ct_step step;
	unsigned int to;

	if (is_new)
		begin(&next);
	else if (is_stillborn(pkt, status))
		return (struct nf_ct_step){ .fate = NF_CT_CLOSED };

	to = moves[next.state][next.role[dir]][pkt->type];
	if (to == INVALID)
		return nf_ct_invalid(is_new ? NF_CT_WHY_DCCP_NEW :
					      NF_CT_WHY_DCCP_STATE);
	if (to == REOPEN)
		return (struct nf_ct_step){ .fate = NF_CT_REOPENED };
	if (to == IGNORE && resyncs(dccp, pkt, dir)) {
		next.role[dir] = SERVER;
		next.role[!dir] = CLIENT;
		to = RESPONDED;
	}
	if (to == IGNORE) {
		remember(dccp, pkt, dir);
		return nf_ct_ignored(NF_CT_WHY_DCCP_OUT_OF_SYNC);
	}
	step = commit(&next, pkt, dir, to, timeouts);
	*dccp = next;
	return step;
}
