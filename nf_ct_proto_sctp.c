// SPDX-License-Identifier: GPL-2.0-only
/*
 * SCTP, the pure part: chunks to events, events to states.
 *
 * As seen from the middle of the path:
 *
 *	  INIT		INIT ACK	  COOKIE ECHO	     COOKIE ACK
 *   NONE -> CLOSED -------> COOKIE_WAIT ----> COOKIE_ECHOED ----> ESTABLISHED
 *     |							       |  |
 *     | HEARTBEAT		      HEARTBEAT ACK		       |  |
 *     +------> HEARTBEAT_SENT ------------------------> ESTABLISHED   |  |
 *								       |  |
 *	    CLOSED <----- SHUTDOWN_ACK_SENT <---- SHUTDOWN_SENT, _RECD <--+
 *	      ^ SHUTDOWN	       SHUTDOWN		SHUTDOWN	from
 *	      |  COMPLETE		    ACK			either side
 *	      +--------------------------------- ABORT
 *
 * Each direction has a verification tag that its packets must carry, learned
 * from the other side's INIT or INIT ACK.  Invariant: a packet that is refused
 * changes nothing, tags included.
 *
 * RFC 9260; section numbers below are its own.
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/sctp.h>
#include <linux/string.h>
#include <nf_ct/sctp.h>

#define ORIG	IP_CT_DIR_ORIGINAL
#define REPLY	IP_CT_DIR_REPLY

/* ip_ct_sctp.flags: a heartbeat with a tag of another association went by */
#define NEW_TAG_OFFERED	0x01

/* RFC 9260, 3.3.2 and 3.3.3: without its fixed fields it is no INIT. */
#define INIT_LEN	20

enum {
	STAY		= SCTP_CONNTRACK_NONE,	/* nothing moves to NONE */
	CLOSED		= SCTP_CONNTRACK_CLOSED,
	WAIT		= SCTP_CONNTRACK_COOKIE_WAIT,
	ECHOED		= SCTP_CONNTRACK_COOKIE_ECHOED,
	ESTABLISHED	= SCTP_CONNTRACK_ESTABLISHED,
	SHUT_SENT	= SCTP_CONNTRACK_SHUTDOWN_SENT,
	SHUT_RECD	= SCTP_CONNTRACK_SHUTDOWN_RECD,
	SHUT_ACKED	= SCTP_CONNTRACK_SHUTDOWN_ACK_SENT,
	PROBING		= SCTP_CONNTRACK_HEARTBEAT_SENT,
	REFUSED		= SCTP_CONNTRACK_MAX,
};

/* Events, without the prefix, to index the table. */
enum {
	OTHER		= NF_CT_SCTP_OTHER,
	INIT		= NF_CT_SCTP_INIT,
	INIT_ACK	= NF_CT_SCTP_INIT_ACK,
	ABORT		= NF_CT_SCTP_ABORT,
	SHUTDOWN	= NF_CT_SCTP_SHUTDOWN,
	SHUTDOWN_ACK	= NF_CT_SCTP_SHUTDOWN_ACK,
	ERROR		= NF_CT_SCTP_ERROR,
	COOKIE_ECHO	= NF_CT_SCTP_COOKIE_ECHO,
	COOKIE_ACK	= NF_CT_SCTP_COOKIE_ACK,
	COMPLETE	= NF_CT_SCTP_SHUTDOWN_COMPLETE,
	HEARTBEAT	= NF_CT_SCTP_HEARTBEAT,
	HEARTBEAT_ACK	= NF_CT_SCTP_HEARTBEAT_ACK,
};

/*
 * next = moves[state][dir][event].  Nothing moves to NONE, so a cell left out
 * is 0 and means that the chunk moves nothing: the end hosts discard chunks
 * that do not belong in their state, and so most are harmless (5.2, 8.4).
 */
static const u8 moves[SCTP_CONNTRACK_MAX][IP_CT_DIR_MAX][NF_CT_SCTP_EVENTS] = {
	[SCTP_CONNTRACK_NONE] = {
		/* Of what comes out of the blue, SHUTDOWN ACK is answered by
		 * SHUTDOWN COMPLETE (8.4, 5), and a HEARTBEAT may have gone
		 * another way.  The rest is discarded, or answered by an
		 * ABORT that ends nothing we know of.
		 */
		[ORIG]	= { [OTHER] = REFUSED,
			    [INIT] = CLOSED,
			    [INIT_ACK ... SHUTDOWN] = REFUSED,
			    [SHUTDOWN_ACK] = SHUT_ACKED,
			    [ERROR ... COMPLETE] = REFUSED,
			    [HEARTBEAT] = PROBING,
			    [HEARTBEAT_ACK] = CLOSED },
		[REPLY]	= { [OTHER ... HEARTBEAT_ACK] = REFUSED },
	},
	[CLOSED] = {
		[REPLY]	= { [INIT_ACK] = WAIT },
	},
	[WAIT] = {
		[ORIG]	= { [ABORT] = CLOSED,
			    [COOKIE_ECHO] = ECHOED },
		[REPLY]	= { [ABORT] = CLOSED,
			    [COOKIE_ECHO] = ECHOED },	/* INITs crossed */
	},
	[ECHOED] = {
		[ORIG]	= { [ABORT] = CLOSED,
			    [COOKIE_ACK] = ESTABLISHED }, /* INITs crossed */
		[REPLY]	= { [ABORT] = CLOSED,
			    [ERROR] = CLOSED,		/* stale cookie */
			    [COOKIE_ACK] = ESTABLISHED },
	},
	[ESTABLISHED] = {
		[ORIG]	= { [ABORT] = CLOSED,
			    [SHUTDOWN] = SHUT_SENT },
		[REPLY]	= { [ABORT] = CLOSED,
			    [SHUTDOWN] = SHUT_RECD },
	},
	[SHUT_SENT] = {
		[ORIG]	= { [INIT] = CLOSED,		/* begins anew */
			    [ABORT] = CLOSED,
			    [SHUTDOWN_ACK] = SHUT_ACKED },
		[REPLY]	= { [ABORT] = CLOSED,
			    [SHUTDOWN_ACK] = SHUT_ACKED },
	},
	[SHUT_RECD] = {
		[ORIG]	= { [INIT] = CLOSED,
			    [ABORT] = CLOSED,
			    [SHUTDOWN_ACK] = SHUT_ACKED },
		[REPLY]	= { [ABORT] = CLOSED,
			    [SHUTDOWN_ACK] = SHUT_ACKED },
	},
	[SHUT_ACKED] = {
		[ORIG]	= { [ABORT] = CLOSED,
			    [COMPLETE] = CLOSED },
		[REPLY]	= { [ABORT] = CLOSED,
			    [COMPLETE] = CLOSED },
	},
	[PROBING] = {
		/* Only heartbeats make a path of a multi-homed association. */
		[ORIG]	= { [INIT] = WAIT,
			    [INIT_ACK ... SHUTDOWN] = CLOSED,
			    [SHUTDOWN_ACK] = SHUT_ACKED,
			    [ERROR ... COMPLETE] = CLOSED },
		[REPLY]	= { [INIT ... COMPLETE] = REFUSED,
			    [HEARTBEAT_ACK] = ESTABLISHED },
	},
};

static const char *const state_names[SCTP_CONNTRACK_MAX] = {
	[SCTP_CONNTRACK_NONE]	= "NONE",
	[CLOSED]		= "CLOSED",
	[WAIT]			= "COOKIE_WAIT",
	[ECHOED]		= "COOKIE_ECHOED",
	[ESTABLISHED]		= "ESTABLISHED",
	[SHUT_SENT]		= "SHUTDOWN_SENT",
	[SHUT_RECD]		= "SHUTDOWN_RECD",
	[SHUT_ACKED]		= "SHUTDOWN_ACK_SENT",
	[PROBING]		= "HEARTBEAT_SENT",
	[SCTP_CONNTRACK_HEARTBEAT_ACKED] = "HEARTBEAT_ACKED",
};

/**
 * nf_ct_sctp_state_name - name a state as /proc/net/nf_conntrack does
 * @state: the state
 *
 * Context: any.
 * Return: a static string.
 */
const char *nf_ct_sctp_state_name(enum sctp_conntrack state)
{
	return state < SCTP_CONNTRACK_MAX ? state_names[state] : "UNKNOWN";
}

/**
 * nf_ct_sctp_is_closing - may the entry go early when the table is full?
 * @state: its state
 *
 * Context: any.
 * Return: true from the first SHUTDOWN on.
 */
bool nf_ct_sctp_is_closing(enum sctp_conntrack state)
{
	return state == SCTP_CONNTRACK_SHUTDOWN_SENT ||
	       state == SCTP_CONNTRACK_SHUTDOWN_RECD ||
	       state == SCTP_CONNTRACK_SHUTDOWN_ACK_SENT;
}

static enum nf_ct_sctp_event event_of(u8 type)
{
	switch (type) {
	case SCTP_CID_INIT:
		return NF_CT_SCTP_INIT;
	case SCTP_CID_INIT_ACK:
		return NF_CT_SCTP_INIT_ACK;
	case SCTP_CID_ABORT:
		return NF_CT_SCTP_ABORT;
	case SCTP_CID_SHUTDOWN:
		return NF_CT_SCTP_SHUTDOWN;
	case SCTP_CID_SHUTDOWN_ACK:
		return NF_CT_SCTP_SHUTDOWN_ACK;
	case SCTP_CID_ERROR:
		return NF_CT_SCTP_ERROR;
	case SCTP_CID_COOKIE_ECHO:
		return NF_CT_SCTP_COOKIE_ECHO;
	case SCTP_CID_COOKIE_ACK:
		return NF_CT_SCTP_COOKIE_ACK;
	case SCTP_CID_SHUTDOWN_COMPLETE:
		return NF_CT_SCTP_SHUTDOWN_COMPLETE;
	case SCTP_CID_HEARTBEAT:
		return NF_CT_SCTP_HEARTBEAT;
	case SCTP_CID_HEARTBEAT_ACK:
		return NF_CT_SCTP_HEARTBEAT_ACK;
	default:
		return NF_CT_SCTP_OTHER;
	}
}

/* 6.10: these are never bundled. */
static bool stands_alone(unsigned int event)
{
	return event == INIT || event == INIT_ACK || event == COMPLETE;
}

/* 3.3.11 and 3.3.12: these may be bundled, but come first. */
static bool comes_first(unsigned int event)
{
	return event == COOKIE_ECHO || event == COOKIE_ACK;
}

static bool may_stand_here(const struct nf_ct_sctp_pkt *pkt, unsigned int event)
{
	if (!pkt->n_events)
		return true;
	return !pkt->alone && !stands_alone(event) && !comes_first(event);
}

/**
 * nf_ct_sctp_chunk - add a chunk to the view of a packet
 * @pkt: the view so far
 * @head: the chunk's first min(@left, NF_CT_SCTP_CHUNK_PEEK) bytes
 * @left: bytes from there to the end of the packet
 * @step: set to the bytes to the next chunk, padding included (3.2)
 *
 * Context: any.
 * Return: NF_CT_WHY_OK; or NF_CT_WHY_SCTP_CHUNK for a chunk that is cut off,
 * lies about its length, or stands where it must not.
 */
enum nf_ct_why nf_ct_sctp_chunk(struct nf_ct_sctp_pkt *pkt, const u8 *head,
				unsigned int left, unsigned int *step)
{
	unsigned int event, len;

	if (left < NF_CT_SCTP_CHUNK_HLEN)
		return NF_CT_WHY_SCTP_CHUNK;
	event = event_of(head[0]);
	len = head[2] << 8 | head[3];
	if (len < NF_CT_SCTP_CHUNK_HLEN || len > left)
		return NF_CT_WHY_SCTP_CHUNK;
	if (!may_stand_here(pkt, event))
		return NF_CT_WHY_SCTP_CHUNK;

	if (event == INIT || event == INIT_ACK) {
		if (len < INIT_LEN)
			return NF_CT_WHY_SCTP_CHUNK;
		memcpy(&pkt->init_tag, head + NF_CT_SCTP_CHUNK_HLEN,
		       sizeof(pkt->init_tag));
		if (!pkt->init_tag)	/* 3.3.2: never 0 */
			return NF_CT_WHY_SCTP_CHUNK;
	}

	pkt->bundled = pkt->n_events;
	pkt->alone |= stands_alone(event);
	if (!(pkt->seen & BIT(event))) {
		/* 3.3.7: what follows an ABORT does not count */
		if (event == ABORT || event == COMPLETE)
			pkt->t_bit = head[1] & SCTP_CHUNK_FLAG_T;
		pkt->seen |= BIT(event);
		pkt->event[pkt->n_events++] = event;
	}
	*step = ALIGN(len, 4);
	return NF_CT_WHY_OK;
}

static bool has(const struct nf_ct_sctp_pkt *pkt, unsigned int event)
{
	return pkt->seen & BIT(event);
}

/*
 * What the first packet of a flow says: the tag that its direction carries.
 * INIT carries none; its answer's, which it holds, is for learn_init().
 */
static void begin(struct ip_ct_sctp *sctp, const struct nf_ct_sctp_pkt *pkt)
{
	memset(sctp, 0, sizeof(*sctp));
	sctp->vtag[ORIG] = pkt->vtag;
}

/* 8.5.1, B and C: whose tag is told by the T bit. */
static bool reflected_tag_ok(const struct ip_ct_sctp *sctp,
			     const struct nf_ct_sctp_pkt *pkt,
			     enum ip_conntrack_dir dir)
{
	return pkt->vtag == sctp->vtag[pkt->t_bit ? !dir : dir];
}

/* 8.5.1, E: before the handshake is over, it is out of the blue. */
static bool shutdown_ack_tag_ok(const struct ip_ct_sctp *sctp,
				const struct nf_ct_sctp_pkt *pkt,
				enum ip_conntrack_dir dir)
{
	return sctp->state <= SCTP_CONNTRACK_COOKIE_ECHOED ||
	       pkt->vtag == sctp->vtag[dir];
}

/*
 * Heartbeats alone may bring a tag that is not the flow's: on another path of
 * a multi-homed association they are the first that is seen, and after a
 * restart that took another path they are the first with the new tags.  One
 * with a wrong tag is let by but not believed; an answer to it is.
 */
static bool heartbeat_tag_ok(struct ip_ct_sctp *sctp,
			     const struct nf_ct_sctp_pkt *pkt,
			     enum ip_conntrack_dir dir)
{
	bool is_ack = has(pkt, HEARTBEAT_ACK);

	if (pkt->vtag == sctp->vtag[dir])
		return true;
	if (pkt->bundled)
		return false;
	if (!is_ack) {
		sctp->flags |= NEW_TAG_OFFERED;
		sctp->last_dir = dir;
		return true;
	}
	if (!(sctp->flags & NEW_TAG_OFFERED) || sctp->last_dir == dir)
		return false;
	sctp->flags &= ~NEW_TAG_OFFERED;
	sctp->vtag[dir] = pkt->vtag;
	sctp->vtag[!dir] = 0;
	return true;
}

static bool is_heartbeat(const struct nf_ct_sctp_pkt *pkt)
{
	return has(pkt, HEARTBEAT) || has(pkt, HEARTBEAT_ACK);
}

/*
 * A heartbeat teaches a tag that is not known yet, unless an ABORT or a COOKIE
 * ECHO before it must know it; one with the known tag takes back an offer.
 */
static void learn_from_heartbeat(struct ip_ct_sctp *sctp,
				 const struct nf_ct_sctp_pkt *pkt,
				 enum ip_conntrack_dir dir)
{
	if (!is_heartbeat(pkt))
		return;
	if (sctp->vtag[dir]) {
		if (pkt->vtag == sctp->vtag[dir])
			sctp->flags &= ~NEW_TAG_OFFERED;
	} else if (pkt->event[0] != ABORT && pkt->event[0] != COOKIE_ECHO) {
		sctp->vtag[dir] = pkt->vtag;
	}
}

/* A flow's first packet sets the tags, so only INIT has a rule there. */
static bool tag_ok(struct ip_ct_sctp *sctp, const struct nf_ct_sctp_pkt *pkt,
		   enum ip_conntrack_dir dir)
{
	if (has(pkt, INIT))
		return !pkt->vtag;		/* 8.5.1, A */
	if (sctp->state == SCTP_CONNTRACK_NONE)
		return true;
	learn_from_heartbeat(sctp, pkt, dir);
	if (has(pkt, COOKIE_ECHO))
		return pkt->vtag == sctp->vtag[dir];	/* 8.5.1, D */
	if (has(pkt, ABORT) || has(pkt, COMPLETE))
		return reflected_tag_ok(sctp, pkt, dir);
	if (has(pkt, SHUTDOWN_ACK) && !shutdown_ack_tag_ok(sctp, pkt, dir))
		return false;
	if (is_heartbeat(pkt))
		return heartbeat_tag_ok(sctp, pkt, dir);
	return has(pkt, SHUTDOWN_ACK) || pkt->vtag == sctp->vtag[dir]; /* 8.5 */
}

/*
 * init[dir] is set while an INIT from there waits to be answered.  When both
 * are, the INITs have crossed (5.2.1), and the older of two in a row is void.
 * One with the tag that is known was sent before.
 */
static void learn_init(struct ip_ct_sctp *sctp, __be32 tag,
		       enum ip_conntrack_dir dir)
{
	if (tag == sctp->vtag[!dir])
		return;
	if (sctp->init[dir] && sctp->init[!dir])
		sctp->init[!dir] = 0;
	sctp->init[dir] = 1;
	sctp->vtag[!dir] = tag;
}

/*
 * A host whose INIT has crossed ours answers with the tag that its INIT gave
 * (5.2.1), and nobody who was not asked has a new tag to give.  An INIT ACK
 * that breaks these rules was overtaken by a later handshake: its tag is dead.
 */
static bool init_ack_is_stale(const struct ip_ct_sctp *sctp, __be32 tag,
			      enum ip_conntrack_dir dir)
{
	if (!sctp->vtag[!dir] || tag == sctp->vtag[!dir])
		return false;
	return !sctp->init[!dir] || sctp->init[dir];
}

static enum nf_ct_why learn(struct ip_ct_sctp *sctp,
			    const struct nf_ct_sctp_pkt *pkt,
			    enum ip_conntrack_dir dir)
{
	if (has(pkt, INIT))
		learn_init(sctp, pkt->init_tag, dir);

	if (has(pkt, INIT_ACK)) {
		if (init_ack_is_stale(sctp, pkt->init_tag, dir))
			return NF_CT_WHY_SCTP_STALE_INIT_ACK;
		sctp->vtag[!dir] = pkt->init_tag;
	}

	if (has(pkt, COOKIE_ACK))
		memset(sctp->init, 0, sizeof(sctp->init));
	return NF_CT_WHY_OK;
}

/* The state after all chunks, or REFUSED; is one that assures come to? */
static unsigned int walk(unsigned int state, const struct nf_ct_sctp_pkt *pkt,
			 enum ip_conntrack_dir dir, bool *assures)
{
	unsigned int i, to;

	/* data and ABORT are no beginning, whatever stands before them */
	if (state == SCTP_CONNTRACK_NONE &&
	    (has(pkt, OTHER) || has(pkt, ABORT)))
		return REFUSED;

	for (i = 0; i < pkt->n_events; i++) {
		to = moves[state][dir][pkt->event[i]];
		if (to == REFUSED)
			return REFUSED;
		if (to != STAY)
			state = to;
		*assures |= to == ESTABLISHED;
	}
	return state;
}

/*
 * Neither must lengthen a life: INITs over and over would keep a closed entry,
 * and its NAT, for ever; a tag not yet believed may be anybody's.
 */
static enum nf_ct_why not_refreshed(const struct ip_ct_sctp *was,
				    const struct ip_ct_sctp *is,
				    const struct nf_ct_sctp_pkt *pkt,
				    enum ip_conntrack_dir dir)
{
	if (has(pkt, INIT) && was->state == SCTP_CONNTRACK_CLOSED &&
	    is->state == SCTP_CONNTRACK_CLOSED)
		return NF_CT_WHY_SCTP_CLOSED;
	if (has(pkt, HEARTBEAT) && pkt->vtag != is->vtag[dir])
		return NF_CT_WHY_SCTP_HEARTBEAT;
	return NF_CT_WHY_OK;
}

/**
 * nf_ct_sctp_step - judge a packet as part of its flow
 * @sctp: the flow's state, zero for a new flow; changed unless the packet is
 *	refused
 * @pkt: the packet
 * @dir: its direction
 * @timeouts: in jiffies, by state
 *
 * Context: the flow's lock held, or the flow not yet shared.
 * Return: the outcome.
 */
struct nf_ct_step nf_ct_sctp_step(struct ip_ct_sctp *sctp,
				  const struct nf_ct_sctp_pkt *pkt,
				  enum ip_conntrack_dir dir,
				  const unsigned int *timeouts)
{
	bool is_new = sctp->state == SCTP_CONNTRACK_NONE;
	struct nf_ct_step step = { .fate = NF_CT_TRACKED };
	struct ip_ct_sctp next = *sctp;
	bool assures = false;
	unsigned int to;

	if (!pkt->n_events)
		return nf_ct_invalid(NF_CT_WHY_SCTP_CHUNK);
	if (is_new)
		begin(&next, pkt);
	if (!tag_ok(&next, pkt, dir))
		return nf_ct_invalid(NF_CT_WHY_SCTP_VTAG);
	step.why = learn(&next, pkt, dir);
	if (step.why)
		return nf_ct_invalid(step.why);

	to = walk(next.state, pkt, dir, &assures);
	if (to == REFUSED)
		return nf_ct_invalid(is_new ? NF_CT_WHY_SCTP_NEW :
					      NF_CT_WHY_SCTP_STATE);
	next.state = to;

	step.why = not_refreshed(sctp, &next, pkt, dir);
	if (step.why)
		step.fate = NF_CT_IGNORED;
	else
		step.timeout = timeouts[to];
	if (next.state != sctp->state) {
		step.events = BIT(IPCT_PROTOINFO);
		if (assures)
			step.status = IPS_ASSURED;
	}
	*sctp = next;
	return step;
}
