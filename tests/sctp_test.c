// SPDX-License-Identifier: GPL-2.0-only
/*
 * SCTP: what a chunk must look like, which tag it must carry, what it moves.
 */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/sctp.h>
#include <linux/string.h>
#include <net/netfilter/nf_conntrack.h>
#include <nf_ct/sctp.h>
#include "edge.h"

#define ORIG	IP_CT_DIR_ORIGINAL
#define REPLY	IP_CT_DIR_REPLY
#define DIRS	IP_CT_DIR_MAX

/* The tag that packets of each direction carry, and one that none does. */
static const u32 tags[DIRS] = { [ORIG] = 0xb0b, [REPLY] = 0xa11ce };
#define STRANGE		0x5eed

/* In jiffies, each unlike the others, so that a lifetime tells the state. */
static const unsigned int timeouts[SCTP_CONNTRACK_MAX] = {
	99, 10, 20, 30, 40, 50, 60, 70, 80, 90,
};

static void put_be(u8 *to, u32 value, unsigned int bytes)
{
	while (bytes--) {
		to[bytes] = value;
		value >>= 8;
	}
}

/* Writes a chunk of 20 bytes, the shortest that any kind may have. */
static void put_chunk(u8 *to, u8 type, u8 flags, u32 init_tag)
{
	memset(to, 0, 20);
	to[0] = type;
	to[1] = flags;
	put_be(to + 2, 20, 2);
	put_be(to + 4, init_tag, 4);
}

/* Reads all chunks of a copy behind which nothing may be read. */
static enum nf_ct_why read_chunks(struct kunit *test,
				  struct nf_ct_sctp_pkt *pkt,
				  const u8 *bytes, unsigned int len)
{
	u8 *copy = at_the_edge(test, bytes, len);
	enum nf_ct_why why = NF_CT_WHY_OK;
	unsigned int at, step;

	for (at = 0; at < len && !why; at += step)
		why = nf_ct_sctp_chunk(pkt, copy + at, len - at, &step);
	return why;
}

/* A packet of one chunk with everything at choice. */
static struct nf_ct_step send_as(struct kunit *test, struct ip_ct_sctp *sctp,
				 enum ip_conntrack_dir dir, u8 type, u8 flags,
				 u32 vtag, u32 init_tag)
{
	struct nf_ct_sctp_pkt pkt = { .vtag = htonl(vtag) };
	u8 chunk[20];

	put_chunk(chunk, type, flags, init_tag);
	KUNIT_ASSERT_EQ(test, NF_CT_WHY_OK,
			read_chunks(test, &pkt, chunk, sizeof(chunk)));
	return nf_ct_sctp_step(sctp, &pkt, dir, timeouts);
}

/* A packet of one chunk as an honest host sends it. */
static struct nf_ct_step send(struct kunit *test, struct ip_ct_sctp *sctp,
			      enum ip_conntrack_dir dir, u8 type)
{
	u32 vtag = type == SCTP_CID_INIT ? 0 : tags[dir];

	return send_as(test, sctp, dir, type, 0, vtag, tags[!dir]);
}

/* What one packet is and what it does. */
struct sctp_move {
	u8 dir;
	u8 type;
	u8 state;
	u8 fate;
};

#define OUT(_type, _state)	{ ORIG, SCTP_CID_##_type,		\
				  SCTP_CONNTRACK_##_state, NF_CT_TRACKED }
#define IN(_type, _state)	{ REPLY, SCTP_CID_##_type,		\
				  SCTP_CONNTRACK_##_state, NF_CT_TRACKED }
#define OUT_FATE(_type, _state, _fate)	{ ORIG, SCTP_CID_##_type,	\
				  SCTP_CONNTRACK_##_state, NF_CT_##_fate }
#define IN_FATE(_type, _state, _fate)	{ REPLY, SCTP_CID_##_type,	\
				  SCTP_CONNTRACK_##_state, NF_CT_##_fate }
#define MAX_MOVES	12

struct sctp_story {
	const char *name;
	u8 from;
	struct sctp_move moves[MAX_MOVES];
	unsigned int n_moves;
};

/* From a state that ways[] leads to. */
#define STORY(_name, _from, ...)	{				\
	.name		= _name,					\
	.from		= SCTP_CONNTRACK_##_from,			\
	.moves		= { __VA_ARGS__ },				\
	.n_moves	= sizeof((struct sctp_move[]){ __VA_ARGS__ }) /	\
			  sizeof(struct sctp_move),			\
}

/*
 * How each state is come to.  At the end the tags of both directions are
 * known, which is why CLOSED is not come to by INIT.
 */
static const struct sctp_story ways[] = {
	[SCTP_CONNTRACK_NONE] = { .name = "NONE" },
	[SCTP_CONNTRACK_CLOSED] = STORY("CLOSED", COOKIE_WAIT,
		IN(ABORT, CLOSED)),
	[SCTP_CONNTRACK_COOKIE_WAIT] = STORY("COOKIE_WAIT", NONE,
		OUT(INIT, CLOSED), IN(INIT_ACK, COOKIE_WAIT)),
	[SCTP_CONNTRACK_COOKIE_ECHOED] = STORY("COOKIE_ECHOED", COOKIE_WAIT,
		OUT(COOKIE_ECHO, COOKIE_ECHOED)),
	[SCTP_CONNTRACK_ESTABLISHED] = STORY("ESTABLISHED", COOKIE_ECHOED,
		IN(COOKIE_ACK, ESTABLISHED)),
	[SCTP_CONNTRACK_SHUTDOWN_SENT] = STORY("SHUTDOWN_SENT", ESTABLISHED,
		OUT(SHUTDOWN, SHUTDOWN_SENT)),
	[SCTP_CONNTRACK_SHUTDOWN_RECD] = STORY("SHUTDOWN_RECD", ESTABLISHED,
		IN(SHUTDOWN, SHUTDOWN_RECD)),
	[SCTP_CONNTRACK_SHUTDOWN_ACK_SENT] = STORY("SHUTDOWN_ACK_SENT",
		SHUTDOWN_SENT, IN(SHUTDOWN_ACK, SHUTDOWN_ACK_SENT)),
	[SCTP_CONNTRACK_HEARTBEAT_SENT] = STORY("HEARTBEAT_SENT", NONE,
		OUT(HEARTBEAT, HEARTBEAT_SENT), IN(HEARTBEAT, HEARTBEAT_SENT)),
};

static void reach(struct kunit *test, struct ip_ct_sctp *sctp, u8 state)
{
	const struct sctp_story *way = &ways[state];
	unsigned int i;

	if (state == SCTP_CONNTRACK_NONE)
		return;
	reach(test, sctp, way->from);
	for (i = 0; i < way->n_moves; i++)
		send(test, sctp, way->moves[i].dir, way->moves[i].type);
	KUNIT_ASSERT_EQ(test, state, sctp->state);
}

static const struct sctp_story stories[] = {
	STORY("four-way handshake", NONE, OUT(INIT, CLOSED),
	      IN(INIT_ACK, COOKIE_WAIT), OUT(COOKIE_ECHO, COOKIE_ECHOED),
	      IN(COOKIE_ACK, ESTABLISHED), OUT(DATA, ESTABLISHED),
	      IN(SACK, ESTABLISHED)),
	STORY("shutdown by the client", ESTABLISHED,
	      OUT(SHUTDOWN, SHUTDOWN_SENT),
	      IN(SHUTDOWN_ACK, SHUTDOWN_ACK_SENT),
	      OUT(SHUTDOWN_COMPLETE, CLOSED)),
	STORY("shutdown by the server", ESTABLISHED,
	      IN(SHUTDOWN, SHUTDOWN_RECD),
	      OUT(SHUTDOWN_ACK, SHUTDOWN_ACK_SENT),
	      IN(SHUTDOWN_COMPLETE, CLOSED)),
	STORY("shutdowns cross", ESTABLISHED,
	      OUT(SHUTDOWN, SHUTDOWN_SENT), IN(SHUTDOWN, SHUTDOWN_SENT),
	      OUT(SHUTDOWN_ACK, SHUTDOWN_ACK_SENT),
	      IN(SHUTDOWN_ACK, SHUTDOWN_ACK_SENT),
	      OUT(SHUTDOWN_COMPLETE, CLOSED)),
	STORY("a new handshake right after shutdown", SHUTDOWN_SENT,
	      OUT(INIT, CLOSED), IN(INIT_ACK, COOKIE_WAIT),
	      OUT(COOKIE_ECHO, COOKIE_ECHOED), IN(COOKIE_ACK, ESTABLISHED)),
	STORY("refused", NONE, OUT(INIT, CLOSED),
	      IN(ABORT, CLOSED)),
	STORY("aborted by the server", ESTABLISHED, IN(ABORT, CLOSED)),
	STORY("stale cookie", COOKIE_ECHOED, IN(ERROR, CLOSED)),
	STORY("INIT over and over does not keep a closed entry", NONE,
	      OUT(INIT, CLOSED), OUT_FATE(INIT, CLOSED, IGNORED),
	      OUT_FATE(INIT, CLOSED, IGNORED)),
	STORY("INITs cross", NONE, OUT(INIT, CLOSED),
	      IN_FATE(INIT, CLOSED, IGNORED), IN(INIT_ACK, COOKIE_WAIT),
	      IN(COOKIE_ECHO, COOKIE_ECHOED), OUT(COOKIE_ACK, ESTABLISHED)),
	STORY("a second path, seen by its heartbeats", NONE,
	      OUT(HEARTBEAT, HEARTBEAT_SENT), OUT(HEARTBEAT, HEARTBEAT_SENT),
	      IN(HEARTBEAT_ACK, ESTABLISHED), OUT(DATA, ESTABLISHED)),
	STORY("data is no beginning", NONE, OUT_FATE(DATA, NONE, INVALID)),
	STORY("nor is an INIT ACK", NONE, OUT_FATE(INIT_ACK, NONE, INVALID)),
	STORY("out of the blue SHUTDOWN ACK", NONE,
	      OUT(SHUTDOWN_ACK, SHUTDOWN_ACK_SENT)),
};

static void story_name(const struct sctp_story *story, char *name)
{
	strscpy(name, story->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(story, stories, story_name);

/* A change into ESTABLISHED, and that only, assures; IGNORED adds no time. */
static void expect_move(struct kunit *test, struct ip_ct_sctp *sctp,
			const struct sctp_move *move)
{
	unsigned int was = sctp->state;
	bool moved = was != move->state;
	bool opened = moved && move->state == SCTP_CONNTRACK_ESTABLISHED;
	bool tracked = move->fate == NF_CT_TRACKED;
	struct nf_ct_step step = send(test, sctp, move->dir, move->type);

	KUNIT_EXPECT_EQ(test, move->fate, step.fate);
	KUNIT_EXPECT_STREQ(test, nf_ct_sctp_state_name(move->state),
			   nf_ct_sctp_state_name(sctp->state));
	KUNIT_EXPECT_EQ(test, tracked ? timeouts[move->state] : 0,
			step.timeout);
	KUNIT_EXPECT_EQ(test, opened ? IPS_ASSURED : 0UL, step.status);
	KUNIT_EXPECT_EQ(test, moved ? BIT(IPCT_PROTOINFO) : 0UL, step.events);
}

static void tells_story(struct kunit *test)
{
	const struct sctp_story *story = test->param_value;
	struct ip_ct_sctp sctp = {};
	unsigned int i;

	reach(test, &sctp, story->from);
	for (i = 0; i < story->n_moves; i++)
		expect_move(test, &sctp, &story->moves[i]);
}

/*
 * One character a state, NONE to HEARTBEAT_SENT as above; a digit is the next
 * state, '.' the same state, '-' refused.
 */
struct sctp_row {
	const char *name;
	u8 type;
	const char *next[DIRS];
};

static const struct sctp_row rows[] = {
	{ "INIT",	   SCTP_CID_INIT,	   { "1....11.2", "-.......-" } },
	{ "INIT ACK",	   SCTP_CID_INIT_ACK,	   { "-.......1", "-2......-" } },
	{ "ABORT",	   SCTP_CID_ABORT,	   { "-.1111111", "-.111111-" } },
	{ "SHUTDOWN",	   SCTP_CID_SHUTDOWN,	   { "-...5...1", "-...6...-" } },
	{ "SHUTDOWN ACK",  SCTP_CID_SHUTDOWN_ACK,  { "7....77.7", "-....77.-" } },
	{ "ERROR",	   SCTP_CID_ERROR,	   { "-.......1", "-..1....-" } },
	{ "COOKIE ECHO",   SCTP_CID_COOKIE_ECHO,   { "-.3.....1", "-.3.....-" } },
	{ "COOKIE ACK",	   SCTP_CID_COOKIE_ACK,	   { "-..4....1", "-..4....-" } },
	{ "COMPLETE",	   SCTP_CID_SHUTDOWN_COMPLETE,
						   { "-......11", "-......1-" } },
	{ "HEARTBEAT",	   SCTP_CID_HEARTBEAT,	   { "8........", "-........" } },
	{ "HEARTBEAT ACK", SCTP_CID_HEARTBEAT_ACK, { "1........", "-.......4" } },
	{ "DATA",	   SCTP_CID_DATA,	   { "-........", "-........" } },
	{ "SACK",	   SCTP_CID_SACK,	   { "-........", "-........" } },
	{ "unknown",	   0x3f,		   { "-........", "-........" } },
};

static void row_name(const struct sctp_row *row, char *name)
{
	strscpy(name, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(row, rows, row_name);

static char outcome(enum nf_ct_fate fate, unsigned int was, unsigned int is)
{
	if (fate == NF_CT_INVALID)
		return '-';
	return was == is ? '.' : '0' + is;
}

static char cell(struct kunit *test, u8 state, enum ip_conntrack_dir dir,
		 u8 type)
{
	struct ip_ct_sctp sctp = {};
	struct nf_ct_step step;

	reach(test, &sctp, state);
	step = send(test, &sctp, dir, type);
	return outcome(step.fate, state, sctp.state);
}

static void moves_as_the_table_says(struct kunit *test)
{
	const struct sctp_row *row = test->param_value;
	char next[ARRAY_SIZE(ways) + 1] = {};
	unsigned int dir, i;

	for (dir = 0; dir < DIRS; dir++) {
		for (i = 0; i < ARRAY_SIZE(ways); i++)
			next[i] = cell(test, i, dir, row->type);
		KUNIT_EXPECT_STREQ(test, row->next[dir], next);
	}
}

/* Tags: a flow in some state, and a packet whose tag is not a matter of course. */
struct tag_case {
	const char *name;
	u8 state;
	u8 dir;
	u8 type;
	u8 flags;
	u32 vtag;
	u8 why;
};

#define T	SCTP_CHUNK_FLAG_T
#define MINE	0xb0b		/* what the original direction carries */
#define PEERS	0xa11ce		/* what the reply direction carries */
#define FLOW(_state)	SCTP_CONNTRACK_##_state
#define CHUNK(_type)	SCTP_CID_##_type
#define WRONG	NF_CT_WHY_SCTP_VTAG

static const struct tag_case tag_cases[] = {
	{ "data with the tag of the flow",
	  FLOW(ESTABLISHED), ORIG, CHUNK(DATA), 0, MINE, 0 },
	{ "data with the tag of the other side",
	  FLOW(ESTABLISHED), ORIG, CHUNK(DATA), 0, PEERS, WRONG },
	{ "data with a strange tag",
	  FLOW(ESTABLISHED), REPLY, CHUNK(DATA), 0, STRANGE, WRONG },
	{ "data with no tag",
	  FLOW(ESTABLISHED), REPLY, CHUNK(DATA), 0, 0, WRONG },
	{ "first INIT with a tag",
	  FLOW(NONE), ORIG, CHUNK(INIT), 0, MINE, WRONG },
	{ "later INIT with a tag",
	  FLOW(ESTABLISHED), ORIG, CHUNK(INIT), 0, MINE, WRONG },
	{ "ABORT, own tag",
	  FLOW(ESTABLISHED), ORIG, CHUNK(ABORT), 0, MINE, 0 },
	{ "ABORT, reflected tag, T",
	  FLOW(ESTABLISHED), ORIG, CHUNK(ABORT), T, PEERS, 0 },
	{ "ABORT, reflected tag but no T",
	  FLOW(ESTABLISHED), ORIG, CHUNK(ABORT), 0, PEERS, WRONG },
	{ "ABORT, own tag but T",
	  FLOW(ESTABLISHED), ORIG, CHUNK(ABORT), T, MINE, WRONG },
	{ "ABORT, own tag, a flag that is not T",
	  FLOW(ESTABLISHED), ORIG, CHUNK(ABORT), 2, MINE, 0 },
	{ "blind ABORT",
	  FLOW(ESTABLISHED), REPLY, CHUNK(ABORT), 0, STRANGE, WRONG },
	{ "blind ABORT, T",
	  FLOW(ESTABLISHED), REPLY, CHUNK(ABORT), T, STRANGE, WRONG },
	{ "COMPLETE, reflected tag, T",
	  FLOW(SHUTDOWN_ACK_SENT), ORIG, CHUNK(SHUTDOWN_COMPLETE), T, PEERS,
	  0 },
	{ "COMPLETE, reflected tag but no T",
	  FLOW(SHUTDOWN_ACK_SENT), ORIG, CHUNK(SHUTDOWN_COMPLETE), 0, PEERS,
	  WRONG },
	{ "blind SHUTDOWN",
	  FLOW(ESTABLISHED), ORIG, CHUNK(SHUTDOWN), 0, STRANGE, WRONG },
	{ "blind SHUTDOWN ACK",
	  FLOW(SHUTDOWN_SENT), REPLY, CHUNK(SHUTDOWN_ACK), 0, STRANGE, WRONG },
	{ "blind SHUTDOWN ACK before any SHUTDOWN",
	  FLOW(ESTABLISHED), REPLY, CHUNK(SHUTDOWN_ACK), 0, STRANGE, WRONG },
	{ "SHUTDOWN ACK of another time during the handshake",
	  FLOW(COOKIE_ECHOED), REPLY, CHUNK(SHUTDOWN_ACK), 0, STRANGE, 0 },
	{ "COOKIE ECHO with a strange tag",
	  FLOW(COOKIE_WAIT), ORIG, CHUNK(COOKIE_ECHO), 0, STRANGE, WRONG },
	{ "COOKIE ACK with a strange tag",
	  FLOW(COOKIE_ECHOED), REPLY, CHUNK(COOKIE_ACK), 0, STRANGE, WRONG },
	{ "HEARTBEAT with a strange tag is let by",
	  FLOW(ESTABLISHED), ORIG, CHUNK(HEARTBEAT), 0, STRANGE,
	  NF_CT_WHY_SCTP_HEARTBEAT },
	{ "HEARTBEAT ACK that nobody asked for",
	  FLOW(ESTABLISHED), REPLY, CHUNK(HEARTBEAT_ACK), 0, STRANGE, WRONG },
};

static void tag_name(const struct tag_case *row, char *name)
{
	strscpy(name, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(tag, tag_cases, tag_name);

static void wants_the_right_tag(struct kunit *test)
{
	const struct tag_case *row = test->param_value;
	struct ip_ct_sctp sctp = {}, before;
	struct nf_ct_step step;
	bool refused = row->why == WRONG;

	reach(test, &sctp, row->state);
	before = sctp;
	step = send_as(test, &sctp, row->dir, row->type, row->flags, row->vtag,
		       STRANGE);
	KUNIT_EXPECT_EQ(test, row->why, step.why);
	KUNIT_EXPECT_EQ(test, refused, step.fate == NF_CT_INVALID);
	KUNIT_EXPECT_EQ(test, refused,
			refused && !memcmp(&before, &sctp, sizeof(sctp)));
}

/*
 * Regression (Linux 6.1.64): an INIT ACK overtaken by the handshake that the
 * other side began must not change the tags.
 */
static void refuses_init_ack_after_crossed_inits(struct kunit *test)
{
	struct ip_ct_sctp sctp = {};
	struct nf_ct_step step;

	send(test, &sctp, ORIG, SCTP_CID_INIT);
	send(test, &sctp, REPLY, SCTP_CID_INIT);
	send(test, &sctp, ORIG, SCTP_CID_INIT_ACK);
	step = send_as(test, &sctp, REPLY, SCTP_CID_INIT_ACK, 0, tags[REPLY],
		       STRANGE);
	KUNIT_EXPECT_EQ(test, NF_CT_WHY_SCTP_STALE_INIT_ACK, step.why);

	send(test, &sctp, REPLY, SCTP_CID_INIT_ACK);
	send(test, &sctp, REPLY, SCTP_CID_COOKIE_ECHO);
	step = send(test, &sctp, ORIG, SCTP_CID_COOKIE_ACK);
	KUNIT_EXPECT_EQ(test, IPS_ASSURED, step.status);
	KUNIT_EXPECT_EQ(test, tags[ORIG], ntohl(sctp.vtag[ORIG]));
}

/* The same, when the handshake is over already. */
static void refuses_init_ack_after_cookie_ack(struct kunit *test)
{
	struct ip_ct_sctp sctp = {};
	struct nf_ct_step step;

	reach(test, &sctp, SCTP_CONNTRACK_ESTABLISHED);
	step = send_as(test, &sctp, REPLY, SCTP_CID_INIT_ACK, 0, tags[REPLY],
		       STRANGE);
	KUNIT_EXPECT_EQ(test, NF_CT_WHY_SCTP_STALE_INIT_ACK, step.why);
	step = send(test, &sctp, ORIG, SCTP_CID_DATA);
	KUNIT_EXPECT_EQ(test, NF_CT_TRACKED, step.fate);
}

/* A host that starts anew may ask one that does, too: no tag is old then. */
static void begins_anew_after_crossed_inits(struct kunit *test)
{
	struct ip_ct_sctp sctp = {};
	struct nf_ct_step step;

	send(test, &sctp, ORIG, SCTP_CID_INIT);
	send(test, &sctp, REPLY, SCTP_CID_INIT);
	send_as(test, &sctp, ORIG, SCTP_CID_INIT, 0, 0, 0x111);
	step = send_as(test, &sctp, REPLY, SCTP_CID_INIT_ACK, 0, 0x111, 0x222);
	KUNIT_EXPECT_EQ(test, NF_CT_TRACKED, step.fate);
	KUNIT_EXPECT_EQ(test, 0x222U, ntohl(sctp.vtag[ORIG]));
}

/* An INIT sent again may have another tag; its answer is no collision. */
static void follows_a_restart(struct kunit *test)
{
	struct ip_ct_sctp sctp = {};
	struct nf_ct_step step;

	reach(test, &sctp, SCTP_CONNTRACK_ESTABLISHED);
	send_as(test, &sctp, ORIG, SCTP_CID_INIT, 0, 0, 0x111);
	step = send_as(test, &sctp, REPLY, SCTP_CID_INIT_ACK, 0, 0x111, 0x222);
	KUNIT_EXPECT_EQ(test, NF_CT_TRACKED, step.fate);
	step = send_as(test, &sctp, ORIG, SCTP_CID_COOKIE_ECHO, 0, 0x222, 0);
	KUNIT_EXPECT_EQ(test, NF_CT_TRACKED, step.fate);
	step = send(test, &sctp, ORIG, SCTP_CID_DATA);
	KUNIT_EXPECT_EQ(test, NF_CT_WHY_SCTP_VTAG, step.why);
}

/* An INIT sent again is no second INIT: nothing crosses the first one's answer. */
static void an_init_sent_again_does_not_cross(struct kunit *test)
{
	struct ip_ct_sctp sctp = {};
	struct nf_ct_step step;

	send(test, &sctp, ORIG, SCTP_CID_INIT);
	send(test, &sctp, REPLY, SCTP_CID_INIT_ACK);
	send(test, &sctp, REPLY, SCTP_CID_INIT);
	step = send_as(test, &sctp, REPLY, SCTP_CID_INIT_ACK, 0, tags[REPLY],
		       0x222);
	KUNIT_EXPECT_EQ(test, NF_CT_TRACKED, step.fate);
	KUNIT_EXPECT_EQ(test, 0x222U, ntohl(sctp.vtag[ORIG]));
}

/* A restart seen by heartbeats alone: the answer makes the new tags true. */
static void believes_an_answered_heartbeat(struct kunit *test)
{
	struct ip_ct_sctp sctp = {};
	struct nf_ct_step step;

	reach(test, &sctp, SCTP_CONNTRACK_ESTABLISHED);
	send_as(test, &sctp, ORIG, SCTP_CID_HEARTBEAT, 0, 0x222, 0);
	step = send(test, &sctp, ORIG, SCTP_CID_HEARTBEAT_ACK);
	KUNIT_EXPECT_EQ(test, NF_CT_TRACKED, step.fate);

	step = send_as(test, &sctp, ORIG, SCTP_CID_HEARTBEAT, 0, 0x222, 0);
	KUNIT_EXPECT_EQ(test, 0, step.timeout);
	step = send_as(test, &sctp, ORIG, SCTP_CID_HEARTBEAT_ACK, 0, 0x222, 0);
	KUNIT_EXPECT_EQ(test, NF_CT_WHY_SCTP_VTAG, step.why);
	step = send_as(test, &sctp, REPLY, SCTP_CID_HEARTBEAT_ACK, 0, 0x111, 0);
	KUNIT_EXPECT_EQ(test, NF_CT_TRACKED, step.fate);
	step = send_as(test, &sctp, ORIG, SCTP_CID_HEARTBEAT, 0, 0x222, 0);
	KUNIT_EXPECT_EQ(test, NF_CT_TRACKED, step.fate);
	step = send_as(test, &sctp, REPLY, SCTP_CID_DATA, 0, 0x111, 0);
	KUNIT_EXPECT_EQ(test, NF_CT_TRACKED, step.fate);
	step = send(test, &sctp, REPLY, SCTP_CID_DATA);
	KUNIT_EXPECT_EQ(test, NF_CT_WHY_SCTP_VTAG, step.why);
}

/* An offer is void once a tag of the flow is seen again, or it was taken. */
static void takes_a_heartbeat_once(struct kunit *test)
{
	struct ip_ct_sctp sctp = {};
	struct nf_ct_step step;

	reach(test, &sctp, SCTP_CONNTRACK_ESTABLISHED);
	send_as(test, &sctp, ORIG, SCTP_CID_HEARTBEAT, 0, 0x222, 0);
	send(test, &sctp, ORIG, SCTP_CID_HEARTBEAT);
	step = send_as(test, &sctp, REPLY, SCTP_CID_HEARTBEAT_ACK, 0, 0x111, 0);
	KUNIT_EXPECT_EQ(test, NF_CT_WHY_SCTP_VTAG, step.why);

	send_as(test, &sctp, ORIG, SCTP_CID_HEARTBEAT, 0, 0x222, 0);
	step = send_as(test, &sctp, REPLY, SCTP_CID_HEARTBEAT_ACK, 0, 0x111, 0);
	KUNIT_EXPECT_EQ(test, NF_CT_TRACKED, step.fate);
	step = send_as(test, &sctp, REPLY, SCTP_CID_HEARTBEAT_ACK, 0, 0x333, 0);
	KUNIT_EXPECT_EQ(test, NF_CT_WHY_SCTP_VTAG, step.why);
}

/* A tag that was not known says nothing against the offer of another. */
static void learning_a_tag_keeps_the_offer(struct kunit *test)
{
	struct ip_ct_sctp sctp = {};
	struct nf_ct_step step;

	send(test, &sctp, ORIG, SCTP_CID_INIT);
	send_as(test, &sctp, REPLY, SCTP_CID_HEARTBEAT, 0, 0x111, 0);
	send_as(test, &sctp, ORIG, SCTP_CID_HEARTBEAT_ACK, 0, 0x222, 0);
	step = send_as(test, &sctp, ORIG, SCTP_CID_HEARTBEAT_ACK, 0, 0x333, 0);
	KUNIT_EXPECT_EQ(test, NF_CT_TRACKED, step.fate);
	KUNIT_EXPECT_EQ(test, 0x333U, ntohl(sctp.vtag[ORIG]));
}

/* Chunks as bytes. */
struct bytes_case {
	const char *name;
	unsigned int len;
	u8 bytes[48];
	u8 why;
};

#define BAD	NF_CT_WHY_SCTP_CHUNK

static const struct bytes_case bytes_cases[] = {
	{ "one chunk",			 4, { 3, 0, 0, 4 }, 0 },
	{ "two chunks",			 8, { 3, 0, 0, 4, 5, 0, 0, 4 }, 0 },
	{ "padding is skipped",		12, { 0, 0, 0, 5, 7, 0, 0, 0,
					      3, 0, 0, 4 }, 0 },
	{ "padding of the last left out", 5, { 0, 0, 0, 5, 7 }, 0 },
	{ "length 0",			 8, { 3, 0, 0, 0, 3, 0, 0, 4 }, BAD },
	{ "length 3",			 8, { 3, 0, 0, 3, 3, 0, 0, 4 }, BAD },
	{ "longer than the packet",	 8, { 0, 0, 0, 9, 1, 2, 3, 4 }, BAD },
	{ "longest length",		 8, { 0, 0, 255, 255, 1, 2, 3, 4 },
	  BAD },
	{ "length of two bytes",	 4, { 3, 0, 1, 4 }, BAD },
	{ "half a header",		 6, { 3, 0, 0, 4, 3, 0 }, BAD },
	{ "INIT",			20, { 1, 0, 0, 20, 0, 0, 0, 1 }, 0 },
	{ "INIT without a tag",		20, { 1, 0, 0, 20 }, BAD },
	{ "INIT a byte short",		20, { 1, 0, 0, 19, 0, 0, 0, 1 }, BAD },
	{ "INIT of 4 bytes",		 4, { 1, 0, 0, 4 }, BAD },
	{ "INIT ACK of 4 bytes",	 4, { 2, 0, 0, 4 }, BAD },
	{ "INIT, then another",		24, { 1, 0, 0, 20, 0, 0, 0, 1,
					      [20] = 3, 0, 0, 4 }, BAD },
	{ "INIT behind another",	24, { 3, 0, 0, 4, 1, 0, 0, 20,
					      0, 0, 0, 1 }, BAD },
	{ "INIT ACK, then another",	24, { 2, 0, 0, 20, 0, 0, 0, 1,
					      [20] = 3, 0, 0, 4 }, BAD },
	{ "INIT ACK behind another",	24, { 3, 0, 0, 4, 2, 0, 0, 20,
					      0, 0, 0, 1 }, BAD },
	{ "COMPLETE, then another",	 8, { 14, 0, 0, 4, 3, 0, 0, 4 }, BAD },
	{ "COMPLETE behind another",	 8, { 3, 0, 0, 4, 14, 0, 0, 4 }, BAD },
	{ "COOKIE ECHO, then DATA",	 8, { 10, 0, 0, 4, 0, 0, 0, 4 }, 0 },
	{ "COOKIE ECHO behind DATA",	 8, { 0, 0, 0, 4, 10, 0, 0, 4 }, BAD },
	{ "COOKIE ACK, then SACK",	 8, { 11, 0, 0, 4, 3, 0, 0, 4 }, 0 },
	{ "COOKIE ACK behind SACK",	 8, { 3, 0, 0, 4, 11, 0, 0, 4 }, BAD },
};

static void bytes_name(const struct bytes_case *row, char *name)
{
	strscpy(name, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bytes, bytes_cases, bytes_name);

static void reads_chunks(struct kunit *test)
{
	const struct bytes_case *row = test->param_value;
	struct nf_ct_sctp_pkt pkt = {};

	KUNIT_EXPECT_EQ(test, row->why,
			read_chunks(test, &pkt, row->bytes, row->len));
}

/* Of a whole packet every prefix is refused but those that end a chunk. */
static void survives_every_truncation(struct kunit *test)
{
	static const u8 whole[] = { 10, 0, 0, 8, 1, 2, 3, 4,	/* COOKIE ECHO */
				    0, 0, 0, 8, 5, 6, 7, 8,	/* DATA */
				    4, 0, 0, 4 };		/* HEARTBEAT */
	unsigned int len;

	for (len = 1; len <= sizeof(whole); len++) {
		bool ends = len == 8 || len == 16 || len == 20;
		struct nf_ct_sctp_pkt pkt = {};

		KUNIT_EXPECT_EQ(test, ends ? NF_CT_WHY_OK : BAD,
				read_chunks(test, &pkt, whole, len));
	}
}

/* However many chunks there are, the view has room, and keeps their order. */
static void holds_any_number_of_chunks(struct kunit *test)
{
	static const u8 types[] = { 6, 9, 7, 4, 8, 5, 3 };
	struct nf_ct_sctp_pkt pkt = {};
	u8 chunk[4] = { 0, 0, 0, 4 };
	unsigned int i, step;

	for (i = 0; i < 16000; i++) {
		chunk[0] = types[i % ARRAY_SIZE(types)];
		KUNIT_ASSERT_EQ(test, NF_CT_WHY_OK,
				nf_ct_sctp_chunk(&pkt, chunk, 4, &step));
	}
	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(types), pkt.n_events);
	KUNIT_EXPECT_EQ(test, NF_CT_SCTP_ABORT, pkt.event[0]);
	KUNIT_EXPECT_EQ(test, NF_CT_SCTP_OTHER, pkt.event[6]);
}

static void refuses_packet_without_chunks(struct kunit *test)
{
	const struct nf_ct_sctp_pkt pkt = { .vtag = htonl(MINE) };
	struct ip_ct_sctp sctp = {};
	struct nf_ct_step step;

	step = nf_ct_sctp_step(&sctp, &pkt, ORIG, timeouts);
	KUNIT_EXPECT_EQ(test, NF_CT_WHY_SCTP_CHUNK, step.why);
}

/* Chunks of one packet move the flow one after the other. */
static void moves_by_each_chunk_of_a_bundle(struct kunit *test)
{
	static const u8 bundle[] = { 9, 0, 0, 4, 7, 0, 0, 4, 8, 0, 0, 4 };
	struct nf_ct_sctp_pkt pkt = { .vtag = htonl(MINE) };
	struct ip_ct_sctp sctp = {};
	struct nf_ct_step step;

	reach(test, &sctp, SCTP_CONNTRACK_ESTABLISHED);
	read_chunks(test, &pkt, bundle, sizeof(bundle));
	step = nf_ct_sctp_step(&sctp, &pkt, ORIG, timeouts);
	KUNIT_EXPECT_EQ(test, SCTP_CONNTRACK_SHUTDOWN_ACK_SENT, sctp.state);
	KUNIT_EXPECT_EQ(test, timeouts[SCTP_CONNTRACK_SHUTDOWN_ACK_SENT],
			step.timeout);
}

/* Two chunks of one packet, and its tag. */
struct bundle_case {
	const char *name;
	u8 state;
	u8 dir;
	u8 bytes[8];
	u32 vtag;
	u8 why;
};

static const struct bundle_case bundle_cases[] = {
	/* a tag not believed comes with a heartbeat alone */
	{ "strange HEARTBEAT, then DATA", FLOW(ESTABLISHED), ORIG,
	  { 4, 0, 0, 4, 0, 0, 0, 4 }, STRANGE, WRONG },
	{ "strange HEARTBEAT twice", FLOW(ESTABLISHED), ORIG,
	  { 4, 0, 0, 4, 4, 0, 0, 4 }, STRANGE, WRONG },
	{ "HEARTBEAT twice", FLOW(ESTABLISHED), ORIG,
	  { 4, 0, 0, 4, 4, 0, 0, 4 }, MINE, 0 },
	{ "SHUTDOWN ACK of another time, then HEARTBEAT ACK",
	  FLOW(COOKIE_ECHOED), REPLY,
	  { 8, 0, 0, 4, 5, 0, 0, 4 }, STRANGE, WRONG },
	{ "HEARTBEAT, then SHUTDOWN ACK of another time",
	  FLOW(COOKIE_ECHOED), REPLY,
	  { 4, 0, 0, 4, 8, 0, 0, 4 }, STRANGE, WRONG },
	{ "SHUTDOWN ACK, then HEARTBEAT", FLOW(SHUTDOWN_SENT), REPLY,
	  { 8, 0, 0, 4, 4, 0, 0, 4 }, PEERS, 0 },
	{ "SHUTDOWN ACK of another time, then SACK",
	  FLOW(COOKIE_ECHOED), REPLY,
	  { 8, 0, 0, 4, 3, 0, 0, 4 }, STRANGE, 0 },
	{ "ABORT, then ABORT with T", FLOW(ESTABLISHED), ORIG,
	  { 6, 0, 0, 4, 6, T, 0, 4 }, MINE, 0 },
	{ "ABORT, then ABORT with T, tag reflected", FLOW(ESTABLISHED), ORIG,
	  { 6, 0, 0, 4, 6, T, 0, 4 }, PEERS, WRONG },
};

static void bundle_name(const struct bundle_case *row, char *name)
{
	strscpy(name, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bundle, bundle_cases, bundle_name);

static void wants_the_right_tag_for_all_chunks(struct kunit *test)
{
	const struct bundle_case *row = test->param_value;
	struct nf_ct_sctp_pkt pkt = { .vtag = htonl(row->vtag) };
	struct ip_ct_sctp sctp = {};
	struct nf_ct_step step;

	reach(test, &sctp, row->state);
	read_chunks(test, &pkt, row->bytes, sizeof(row->bytes));
	step = nf_ct_sctp_step(&sctp, &pkt, row->dir, timeouts);
	KUNIT_EXPECT_EQ(test, row->why, step.why);
}

/* An ABORT or a cookie does not hide a heartbeat that takes an offer back. */
static void takes_an_offer_back_in_a_bundle(struct kunit *test)
{
	static const u8 bundles[][8] = {
		{ 6, 0, 0, 4, 4, 0, 0, 4 },	/* ABORT, HEARTBEAT */
		{ 10, 0, 0, 4, 5, 0, 0, 4 },	/* COOKIE ECHO, HEARTBEAT ACK */
	};
	struct nf_ct_step step;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bundles); i++) {
		struct nf_ct_sctp_pkt pkt = { .vtag = htonl(PEERS) };
		struct ip_ct_sctp sctp = {};

		reach(test, &sctp, SCTP_CONNTRACK_ESTABLISHED);
		send_as(test, &sctp, ORIG, SCTP_CID_HEARTBEAT, 0, 0x222, 0);
		read_chunks(test, &pkt, bundles[i], sizeof(bundles[i]));
		step = nf_ct_sctp_step(&sctp, &pkt, REPLY, timeouts);
		KUNIT_EXPECT_EQ(test, NF_CT_WHY_OK, step.why);
		step = send_as(test, &sctp, REPLY, SCTP_CID_HEARTBEAT_ACK, 0,
			       0x111, 0);
		KUNIT_EXPECT_EQ(test, NF_CT_WHY_SCTP_VTAG, step.why);
	}
}

/* A cookie's tag must be known; a heartbeat's becomes it. */
static void learns_the_tag_from_a_heartbeat(struct kunit *test)
{
	static const u8 bundles[][8] = {
		{ 10, 0, 0, 4, 4, 0, 0, 4 },	/* COOKIE ECHO, HEARTBEAT */
		{ 10, 0, 0, 4, 8, 0, 0, 4 },	/* COOKIE ECHO, SHUTDOWN ACK */
		{ 6, 0, 0, 4, 4, 0, 0, 4 },	/* ABORT, HEARTBEAT */
		{ 4, 0, 0, 4, 6, 0, 0, 4 },	/* HEARTBEAT, ABORT */
	};
	struct ip_ct_sctp sctp = {};
	unsigned int i;

	send(test, &sctp, ORIG, SCTP_CID_INIT);
	for (i = 0; i < ARRAY_SIZE(bundles); i++) {
		struct nf_ct_sctp_pkt pkt = {};

		read_chunks(test, &pkt, bundles[i], sizeof(bundles[i]));
		pkt.vtag = htonl(STRANGE);
		KUNIT_EXPECT_EQ(test, i < 3 ? NF_CT_WHY_SCTP_VTAG : 0,
				nf_ct_sctp_step(&sctp, &pkt, ORIG,
						timeouts).why);
	}
	KUNIT_EXPECT_EQ(test, htonl(STRANGE), sctp.vtag[ORIG]);
}

/* Through ESTABLISHED in one packet. */
static void assures_on_the_way(struct kunit *test)
{
	static const u8 bundle[] = { 11, 0, 0, 4, 7, 0, 0, 4 };
	struct nf_ct_sctp_pkt pkt = {};
	struct ip_ct_sctp sctp = {};
	struct nf_ct_step step;

	reach(test, &sctp, SCTP_CONNTRACK_COOKIE_ECHOED);
	read_chunks(test, &pkt, bundle, sizeof(bundle));
	pkt.vtag = sctp.vtag[REPLY];
	step = nf_ct_sctp_step(&sctp, &pkt, REPLY, timeouts);
	KUNIT_EXPECT_EQ(test, SCTP_CONNTRACK_SHUTDOWN_RECD, sctp.state);
	KUNIT_EXPECT_EQ(test, (unsigned long)IPS_ASSURED, step.status);
}

/* Data behind a chunk that may begin a flow does not slip in with it. */
static void refuses_new_bundle_with_data(struct kunit *test)
{
	static const u8 bundle[] = { 4, 0, 0, 4, 0, 0, 0, 4 };
	struct nf_ct_sctp_pkt pkt = { .vtag = htonl(MINE) };
	struct ip_ct_sctp sctp = {};
	struct nf_ct_step step;

	read_chunks(test, &pkt, bundle, sizeof(bundle));
	step = nf_ct_sctp_step(&sctp, &pkt, ORIG, timeouts);
	KUNIT_EXPECT_EQ(test, NF_CT_WHY_SCTP_NEW, step.why);
	KUNIT_EXPECT_EQ(test, SCTP_CONNTRACK_NONE, sctp.state);
}

/* 8.4: what answers a packet out of the blue reflects its tag. */
static void knows_the_answer_to_the_blue(struct kunit *test)
{
	struct ip_ct_sctp sctp = {};
	struct nf_ct_step step;

	send(test, &sctp, ORIG, SCTP_CID_SHUTDOWN_ACK);
	step = send_as(test, &sctp, REPLY, SCTP_CID_SHUTDOWN_COMPLETE, T, MINE,
		       0);
	KUNIT_EXPECT_EQ(test, NF_CT_TRACKED, step.fate);
	KUNIT_EXPECT_EQ(test, SCTP_CONNTRACK_CLOSED, sctp.state);
}

/* The tags of an INIT that is refused are not learned either. */
static void a_refused_init_leaves_no_trace(struct kunit *test)
{
	struct ip_ct_sctp before, sctp = {};
	struct nf_ct_step step;

	reach(test, &sctp, SCTP_CONNTRACK_HEARTBEAT_SENT);
	before = sctp;
	step = send_as(test, &sctp, REPLY, SCTP_CID_INIT, 0, 0, 0x222);
	KUNIT_EXPECT_EQ(test, NF_CT_WHY_SCTP_STATE, step.why);
	KUNIT_EXPECT_EQ(test, 0, memcmp(&sctp, &before, sizeof(before)));
}

/* Nothing leads to HEARTBEAT_ACKED but ctnetlink, and nothing out of it. */
static void stays_in_heartbeat_acked(struct kunit *test)
{
	static const u8 types[] = { 0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 14 };
	unsigned int i, dir;

	for (i = 0; i < DIRS * ARRAY_SIZE(types); i++) {
		struct ip_ct_sctp sctp = {
			.state	= SCTP_CONNTRACK_HEARTBEAT_ACKED,
			.vtag	= { htonl(tags[ORIG]), htonl(tags[REPLY]) },
		};
		struct nf_ct_step step;

		dir = i % DIRS;
		step = send(test, &sctp, dir, types[i / DIRS]);
		KUNIT_EXPECT_EQ_MSG(test, NF_CT_TRACKED, step.fate,
				    "type %u", types[i / DIRS]);
		KUNIT_EXPECT_EQ_MSG(test, SCTP_CONNTRACK_HEARTBEAT_ACKED,
				    sctp.state, "type %u", types[i / DIRS]);
	}
}

/* The memory of an entry may have been another's. */
static void begins_with_nothing(struct kunit *test)
{
	struct ip_ct_sctp clean = {}, dirty;

	memset(&dirty, 0xff, sizeof(dirty));
	dirty.state = SCTP_CONNTRACK_NONE;
	send(test, &clean, ORIG, SCTP_CID_INIT);
	send(test, &dirty, ORIG, SCTP_CID_INIT);
	KUNIT_EXPECT_EQ(test, 0, memcmp(&clean, &dirty, sizeof(clean)));
}

static void names_the_states(struct kunit *test)
{
	unsigned int state;

	for (state = 0; state < ARRAY_SIZE(ways); state++)
		KUNIT_EXPECT_STREQ(test, ways[state].name,
				   nf_ct_sctp_state_name(state));
	KUNIT_EXPECT_STREQ(test, "HEARTBEAT_ACKED",
			   nf_ct_sctp_state_name(state));
	KUNIT_EXPECT_STREQ(test, "UNKNOWN",
			   nf_ct_sctp_state_name(SCTP_CONNTRACK_MAX));
}

static void goes_early_once_closing(struct kunit *test)
{
	unsigned int state;
	char closing[SCTP_CONNTRACK_MAX + 1] = {};

	for (state = 0; state < SCTP_CONNTRACK_MAX; state++)
		closing[state] = nf_ct_sctp_is_closing(state) ? 'y' : 'n';
	KUNIT_EXPECT_STREQ(test, "nnnnnyyynn", closing);
}

static struct kunit_case sctp_cases[] = {
	KUNIT_CASE_PARAM(tells_story, story_gen_params),
	KUNIT_CASE_PARAM(moves_as_the_table_says, row_gen_params),
	KUNIT_CASE_PARAM(wants_the_right_tag, tag_gen_params),
	KUNIT_CASE(refuses_init_ack_after_crossed_inits),
	KUNIT_CASE(refuses_init_ack_after_cookie_ack),
	KUNIT_CASE(begins_anew_after_crossed_inits),
	KUNIT_CASE(follows_a_restart),
	KUNIT_CASE(an_init_sent_again_does_not_cross),
	KUNIT_CASE(believes_an_answered_heartbeat),
	KUNIT_CASE(takes_a_heartbeat_once),
	KUNIT_CASE(learning_a_tag_keeps_the_offer),
	KUNIT_CASE_PARAM(reads_chunks, bytes_gen_params),
	KUNIT_CASE(survives_every_truncation),
	KUNIT_CASE(holds_any_number_of_chunks),
	KUNIT_CASE(refuses_packet_without_chunks),
	KUNIT_CASE(moves_by_each_chunk_of_a_bundle),
	KUNIT_CASE_PARAM(wants_the_right_tag_for_all_chunks,
			 bundle_gen_params),
	KUNIT_CASE(takes_an_offer_back_in_a_bundle),
	KUNIT_CASE(learns_the_tag_from_a_heartbeat),
	KUNIT_CASE(assures_on_the_way),
	KUNIT_CASE(refuses_new_bundle_with_data),
	KUNIT_CASE(knows_the_answer_to_the_blue),
	KUNIT_CASE(a_refused_init_leaves_no_trace),
	KUNIT_CASE(stays_in_heartbeat_acked),
	KUNIT_CASE(begins_with_nothing),
	KUNIT_CASE(names_the_states),
	KUNIT_CASE(goes_early_once_closing),
	{}
};

static struct kunit_suite sctp_suite = {
	.name		= "nf_ct_sctp",
	.test_cases	= sctp_cases,
};

kunit_test_suites(&sctp_suite);
