// SPDX-License-Identifier: GPL-2.0-only
/*
 * DCCP: what a header must say, what each packet of either role moves.
 */
#include <kunit/test.h>
#include <linux/dccp.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <net/netfilter/nf_conntrack.h>
#include <nf_ct/dccp.h>
#include "edge.h"

#define ORIG	IP_CT_DIR_ORIGINAL
#define REPLY	IP_CT_DIR_REPLY

/* In jiffies, each unlike the others, so that a lifetime tells the state. */
static const unsigned int timeouts[CT_DCCP_MAX + 1] = {
	99, 10, 20, 30, 40, 50, 60, 70, 80, 90,
};

/* The sequence number of a Response; what acknowledges it is real. */
#define ISS		0x123456789abcULL

static struct nf_ct_step send_as(struct nf_ct_dccp *dccp,
				 enum ip_conntrack_dir dir, u8 type, u64 ack,
				 unsigned long status)
{
	const struct nf_ct_dccp_pkt pkt = {
		.type		= type,
		.long_seq	= true,
		.seq		= ISS,
		.ack		= ack,
	};

	return nf_ct_dccp_step(dccp, &pkt, dir, status, timeouts);
}

/* A packet of a flow that was answered, acknowledging what there is. */
static struct nf_ct_step send(struct nf_ct_dccp *dccp,
			      enum ip_conntrack_dir dir, u8 type)
{
	return send_as(dccp, dir, type, ISS, IPS_SEEN_REPLY);
}

struct dccp_move {
	u8 dir;
	u8 type;
	u8 state;
	u8 fate;
};

#define MOVE(_dir, _type, _state, _fate)	{ _dir, DCCP_PKT_##_type,	\
				  CT_DCCP_##_state, NF_CT_##_fate }
#define OUT(_type, _state)		MOVE(ORIG, _type, _state, TRACKED)
#define IN(_type, _state)		MOVE(REPLY, _type, _state, TRACKED)
#define OUT_FATE(_type, _state, _fate)	MOVE(ORIG, _type, _state, _fate)
#define IN_FATE(_type, _state, _fate)	MOVE(REPLY, _type, _state, _fate)
#define MAX_MOVES	12

struct dccp_story {
	const char *name;
	u8 from;
	struct dccp_move moves[MAX_MOVES];
	unsigned int n_moves;
};

/* From a state that ways[] leads to. */
#define STORY(_name, _from, ...)	{				\
	.name		= _name,					\
	.from		= CT_DCCP_##_from,				\
	.moves		= { __VA_ARGS__ },				\
	.n_moves	= sizeof((struct dccp_move[]){ __VA_ARGS__ }) /	\
			  sizeof(struct dccp_move),			\
}

/* How each state is come to. */
static const struct dccp_story ways[] = {
	[CT_DCCP_NONE] = { .name = "NONE" },
	[CT_DCCP_REQUEST] = STORY("REQUEST", NONE, OUT(REQUEST, REQUEST)),
	[CT_DCCP_RESPOND] = STORY("RESPOND", REQUEST, IN(RESPONSE, RESPOND)),
	[CT_DCCP_PARTOPEN] = STORY("PARTOPEN", RESPOND, OUT(ACK, PARTOPEN)),
	[CT_DCCP_OPEN] = STORY("OPEN", PARTOPEN, IN(DATA, OPEN)),
	[CT_DCCP_CLOSEREQ] = STORY("CLOSEREQ", OPEN, IN(CLOSEREQ, CLOSEREQ)),
	[CT_DCCP_CLOSING] = STORY("CLOSING", OPEN, OUT(CLOSE, CLOSING)),
	[CT_DCCP_TIMEWAIT] = STORY("TIMEWAIT", CLOSING, IN(RESET, TIMEWAIT)),
};

static void reach(struct kunit *test, struct nf_ct_dccp *dccp, u8 state)
{
	const struct dccp_story *way = &ways[state];
	unsigned int i;

	if (state == CT_DCCP_NONE)
		return;
	reach(test, dccp, way->from);
	for (i = 0; i < way->n_moves; i++)
		send(dccp, way->moves[i].dir, way->moves[i].type);
	KUNIT_ASSERT_EQ(test, state, dccp->state);
}

static const struct dccp_story stories[] = {
	STORY("a connection, closed by the client", NONE,
	      OUT(REQUEST, REQUEST), IN(RESPONSE, RESPOND),
	      OUT(ACK, PARTOPEN), IN(DATA, OPEN), OUT(CLOSE, CLOSING),
	      IN(RESET, TIMEWAIT)),
	STORY("closed by the server", OPEN, IN(CLOSEREQ, CLOSEREQ),
	      OUT(CLOSE, CLOSING), IN(RESET, TIMEWAIT)),
	STORY("closed by the server, who keeps the state", OPEN,
	      IN(CLOSE, CLOSING), OUT(RESET, TIMEWAIT)),
	STORY("closes cross", OPEN, OUT(CLOSE, CLOSING),
	      IN(CLOSEREQ, CLOSEREQ), OUT(CLOSE, CLOSING),
	      IN(RESET, TIMEWAIT)),
	STORY("Request and Response sent again", REQUEST,
	      OUT(REQUEST, REQUEST), IN(RESPONSE, RESPOND),
	      OUT(REQUEST, RESPOND), IN(RESPONSE, RESPOND),
	      OUT(DATAACK, PARTOPEN)),
	STORY("no data from the client before the server has its Ack",
	      PARTOPEN, OUT_FATE(DATA, PARTOPEN, INVALID),
	      OUT(DATAACK, PARTOPEN), IN(ACK, OPEN), OUT(DATA, OPEN)),
	STORY("Reset", OPEN, IN(RESET, TIMEWAIT),
	      IN(RESET, TIMEWAIT), OUT_FATE(RESET, TIMEWAIT, IGNORED),
	      OUT_FATE(DATA, TIMEWAIT, INVALID)),
	STORY("reopened after Reset", TIMEWAIT,
	      OUT_FATE(REQUEST, TIMEWAIT, REOPENED)),
	STORY("reopened from the other side", TIMEWAIT,
	      IN_FATE(REQUEST, TIMEWAIT, REOPENED)),
	STORY("out of sync: the ends agree on a new connection", OPEN,
	      OUT_FATE(REQUEST, OPEN, IGNORED), IN(RESPONSE, RESPOND),
	      OUT(ACK, PARTOPEN)),
	STORY("out of sync, roles exchanged", OPEN,
	      IN_FATE(REQUEST, OPEN, IGNORED), OUT(RESPONSE, RESPOND),
	      IN(ACK, PARTOPEN), OUT(DATA, OPEN), OUT(CLOSEREQ, CLOSEREQ)),
	STORY("a Response that nobody asked for", OPEN,
	      IN_FATE(RESPONSE, OPEN, IGNORED)),
	STORY("a Response to what was not the last packet", OPEN,
	      OUT_FATE(REQUEST, OPEN, IGNORED), OUT(DATA, OPEN),
	      IN_FATE(RESPONSE, OPEN, IGNORED)),
	STORY("nothing begins midway", NONE, OUT_FATE(DATAACK, NONE, INVALID)),
	STORY("what the server sent before its CloseReq comes too late",
	      CLOSEREQ, IN_FATE(DATA, CLOSEREQ, INVALID),
	      OUT(DATA, CLOSEREQ)),
	STORY("nothing begins with a Response", NONE,
	      OUT_FATE(RESPONSE, NONE, INVALID)),
	STORY("nothing begins with a Reset", NONE,
	      OUT_FATE(RESET, NONE, INVALID)),
};

static void story_name(const struct dccp_story *story, char *name)
{
	strscpy(name, story->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(story, stories, story_name);

static void expect_move(struct kunit *test, struct nf_ct_dccp *dccp,
			const struct dccp_move *move)
{
	unsigned int was = dccp->state;
	bool tracked = move->fate == NF_CT_TRACKED;
	bool acked = was == CT_DCCP_RESPOND && move->state == CT_DCCP_PARTOPEN;
	struct nf_ct_step step = send(dccp, move->dir, move->type);

	KUNIT_EXPECT_EQ(test, move->fate, step.fate);
	KUNIT_EXPECT_STREQ(test, nf_ct_dccp_state_name(move->state),
			   nf_ct_dccp_state_name(dccp->state));
	KUNIT_EXPECT_EQ(test, tracked ? timeouts[move->state] : 0,
			step.timeout);
	KUNIT_EXPECT_EQ(test, acked ? IPS_ASSURED : 0UL, step.status);
	KUNIT_EXPECT_EQ(test, was != move->state ? BIT(IPCT_PROTOINFO) : 0UL,
			step.events);
}

static void tells_story(struct kunit *test)
{
	const struct dccp_story *story = test->param_value;
	struct nf_ct_dccp dccp = {};
	unsigned int i;

	reach(test, &dccp, story->from);
	for (i = 0; i < story->n_moves; i++)
		expect_move(test, &dccp, &story->moves[i]);
}

/*
 * One character a state, NONE to TIMEWAIT as above: a digit is the state after
 * a packet that is tracked, '.' ignored, '-' invalid, '*' reopened.
 */
struct dccp_row {
	const char *name;
	u8 type;
	const char *client;
	const char *server;
};

static const struct dccp_row rows[] = {
	{ "Request",	DCCP_PKT_REQUEST,	"112....*", "-......*" },
	{ "Response",	DCCP_PKT_RESPONSE,	"-......-", "-22....-" },
	{ "Data",	DCCP_PKT_DATA,		"----456-", "---44-6-" },
	{ "Ack",	DCCP_PKT_ACK,		"--33456-", "---44-6-" },
	{ "DataAck",	DCCP_PKT_DATAACK,	"--33456-", "---44-6-" },
	{ "CloseReq",	DCCP_PKT_CLOSEREQ,	"--------", "---5555-" },
	{ "Close",	DCCP_PKT_CLOSE,		"---6666-", "---66-6-" },
	{ "Reset",	DCCP_PKT_RESET,		"-777777.", "-7777777" },
	{ "Sync",	DCCP_PKT_SYNC,		"-.......", "-......." },
	{ "SyncAck",	DCCP_PKT_SYNCACK,	"-.......", "-......." },
};

static void row_name(const struct dccp_row *row, char *name)
{
	strscpy(name, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(row, rows, row_name);

static char outcome(enum nf_ct_fate fate, unsigned int state)
{
	static const char other[] = {
		[NF_CT_IGNORED]		= '.',
		[NF_CT_INVALID]		= '-',
		[NF_CT_REOPENED]	= '*',
		[NF_CT_CLOSED]		= 'x',
	};

	return fate == NF_CT_TRACKED ? '0' + state : other[fate];
}

static char cell(struct kunit *test, u8 state, enum ip_conntrack_dir dir,
		 u8 type)
{
	struct nf_ct_dccp dccp = {};
	struct nf_ct_step step;

	reach(test, &dccp, state);
	step = send(&dccp, dir, type);
	return outcome(step.fate, dccp.state);
}

static void moves_as_the_table_says(struct kunit *test)
{
	const struct dccp_row *row = test->param_value;
	char client[ARRAY_SIZE(ways) + 1] = {};
	char server[ARRAY_SIZE(ways) + 1] = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		client[i] = cell(test, i, ORIG, row->type);
		server[i] = cell(test, i, REPLY, row->type);
	}
	KUNIT_EXPECT_STREQ(test, row->client, client);
	KUNIT_EXPECT_STREQ(test, row->server, server);
}

/* A Response that is lost behind us is followed by one with a new number. */
static void assures_by_the_ack_of_the_response(struct kunit *test)
{
	struct nf_ct_dccp dccp = {};
	struct nf_ct_step step;

	reach(test, &dccp, CT_DCCP_RESPOND);
	step = send_as(&dccp, ORIG, DCCP_PKT_ACK, ISS - 1, IPS_SEEN_REPLY);
	KUNIT_EXPECT_EQ(test, NF_CT_TRACKED, step.fate);
	KUNIT_EXPECT_EQ(test, 0UL, step.status);

	memset(&dccp, 0, sizeof(dccp));
	reach(test, &dccp, CT_DCCP_RESPOND);
	dccp.handshake_seq = ISS - 1;
	send(&dccp, REPLY, DCCP_PKT_RESPONSE);
	step = send(&dccp, ORIG, DCCP_PKT_ACK);
	KUNIT_EXPECT_EQ(test, IPS_ASSURED, step.status);
}

/* Only the low 24 bits are there to compare: not enough to be sure. */
static void does_not_assure_by_a_short_ack(struct kunit *test)
{
	const struct nf_ct_dccp_pkt pkt = { .type = DCCP_PKT_ACK, .ack = ISS };
	struct nf_ct_dccp dccp = {};
	struct nf_ct_step step;

	reach(test, &dccp, CT_DCCP_RESPOND);
	step = nf_ct_dccp_step(&dccp, &pkt, ORIG, IPS_SEEN_REPLY, timeouts);
	KUNIT_EXPECT_EQ(test, 0UL, step.status);
}

static void ends_when_refused_at_once(struct kunit *test)
{
	struct nf_ct_dccp dccp = {};
	struct nf_ct_step step;

	reach(test, &dccp, CT_DCCP_REQUEST);
	step = send_as(&dccp, REPLY, DCCP_PKT_RESET, ISS, IPS_CONFIRMED);
	KUNIT_EXPECT_EQ(test, NF_CT_CLOSED, step.fate);
}

static void leaves_a_refused_packet_without_trace(struct kunit *test)
{
	struct nf_ct_dccp dccp = {}, before;
	struct nf_ct_step step;

	reach(test, &dccp, CT_DCCP_REQUEST);
	before = dccp;
	step = send(&dccp, REPLY, DCCP_PKT_DATA);
	KUNIT_EXPECT_EQ(test, NF_CT_WHY_DCCP_STATE, step.why);
	KUNIT_EXPECT_EQ(test, 0, memcmp(&before, &dccp, sizeof(dccp)));
}

static void tells_a_new_flow_from_an_old_one(struct kunit *test)
{
	struct nf_ct_dccp dccp = {};
	struct nf_ct_step step;

	step = send(&dccp, ORIG, DCCP_PKT_DATAACK);
	KUNIT_EXPECT_EQ(test, NF_CT_WHY_DCCP_NEW, step.why);
}

/* The memory of an entry may have been another's. */
static void begins_with_nothing(struct kunit *test)
{
	struct nf_ct_dccp clean = {}, dirty;

	memset(&dirty, 0xff, sizeof(dirty));
	dirty.state = CT_DCCP_NONE;
	send(&clean, ORIG, DCCP_PKT_REQUEST);
	send(&dirty, ORIG, DCCP_PKT_REQUEST);
	KUNIT_EXPECT_EQ(test, clean.handshake_seq, dirty.handshake_seq);
	KUNIT_EXPECT_EQ(test, 0, memcmp(&clean, &dirty, sizeof(clean)));
}

/* Headers: type and X, header length in words, CsCov, packet length. */
struct header_case {
	const char *name;
	u8 type;
	u8 x;
	u8 doff;
	u8 cscov;
	unsigned int len;
	unsigned int coverage;
	u8 why;
};

#define LENGTH	NF_CT_WHY_DCCP_LENGTH
#define SEQ	NF_CT_WHY_DCCP_SHORT_SEQ

static const struct header_case header_cases[] = {
	{ "Request",		     DCCP_PKT_REQUEST,	1, 5, 0, 20, 20, 0 },
	{ "Response",		     DCCP_PKT_RESPONSE,	1, 7, 0, 28, 28, 0 },
	{ "Reset",		     DCCP_PKT_RESET,	1, 7, 0, 28, 28, 0 },
	{ "Data",		     DCCP_PKT_DATA,	1, 4, 0, 100, 100, 0 },
	{ "Data, short",	     DCCP_PKT_DATA,	0, 3, 0, 100, 100, 0 },
	{ "Data, short and empty",   DCCP_PKT_DATA,	0, 3, 0, 12, 12, 0 },
	{ "Ack, short",		     DCCP_PKT_ACK,	0, 4, 0, 16, 16, 0 },
	{ "DataAck, short",	     DCCP_PKT_DATAACK,	0, 4, 0, 16, 16, 0 },
	{ "Close",		     DCCP_PKT_CLOSE,	1, 6, 0, 24, 24, 0 },
	{ "SyncAck",		     DCCP_PKT_SYNCACK,	1, 6, 0, 24, 24, 0 },
	{ "longest header",	     DCCP_PKT_DATA,	0, 255, 0, 1020, 1020,
	  0 },
	{ "header over the packet",  DCCP_PKT_DATA,	0, 255, 0, 1019, 0,
	  LENGTH },
	{ "no header length",	     DCCP_PKT_DATA,	0, 0, 0, 100, 0,
	  LENGTH },
	{ "Request without service", DCCP_PKT_REQUEST,	1, 4, 0, 100, 0,
	  LENGTH },
	{ "Response without ack",    DCCP_PKT_RESPONSE,	1, 5, 0, 100, 0,
	  LENGTH },
	{ "Response without service", DCCP_PKT_RESPONSE, 1, 6, 0, 100, 0,
	  LENGTH },
	{ "Reset without code",	     DCCP_PKT_RESET,	1, 6, 0, 100, 0,
	  LENGTH },
	{ "Ack without ack",	     DCCP_PKT_ACK,	1, 4, 0, 100, 0,
	  LENGTH },
	{ "Ack without ack, short",  DCCP_PKT_ACK,	0, 3, 0, 100, 0,
	  LENGTH },
	{ "Data of a header's half", DCCP_PKT_DATA,	1, 3, 0, 100, 0,
	  LENGTH },
	{ "Request, short",	     DCCP_PKT_REQUEST,	0, 5, 0, 100, 0, SEQ },
	{ "Reset, short",	     DCCP_PKT_RESET,	0, 7, 0, 100, 0, SEQ },
	{ "Sync, short",	     DCCP_PKT_SYNC,	0, 7, 0, 100, 0, SEQ },
	{ "reserved type",	     DCCP_PKT_INVALID,	1, 7, 0, 100, 0,
	  NF_CT_WHY_DCCP_TYPE },
	{ "last reserved type",	     15,		1, 7, 0, 100, 0,
	  NF_CT_WHY_DCCP_TYPE },
	{ "no packet",		     DCCP_PKT_DATA,	0, 3, 0, 0, 0,
	  NF_CT_WHY_DCCP_SHORT },
	{ "11 bytes",		     DCCP_PKT_DATA,	0, 3, 0, 11, 0,
	  NF_CT_WHY_DCCP_SHORT },
	{ "sum covers the header",   DCCP_PKT_DATA,	1, 5, 1, 100, 20, 0 },
	{ "sum covers some data",    DCCP_PKT_DATA,	1, 4, 3, 100, 24, 0 },
	{ "sum covers just all",     DCCP_PKT_DATA,	1, 4, 15, 72, 72, 0 },
	{ "sum covers too much",     DCCP_PKT_DATA,	1, 4, 15, 71, 0,
	  NF_CT_WHY_DCCP_COVERAGE },
};

static void header_name(const struct header_case *row, char *name)
{
	strscpy(name, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(header, header_cases, header_name);

/* Parses a copy behind which nothing may be read. */
static enum nf_ct_why parse(struct kunit *test, struct nf_ct_dccp_pkt *pkt,
			    const u8 *bytes, unsigned int len)
{
	unsigned int given = min_t(unsigned int, len, NF_CT_DCCP_PEEK);

	return nf_ct_dccp_parse(pkt, at_the_edge(test, bytes, given), len);
}

static void reads_header(struct kunit *test)
{
	const struct header_case *row = test->param_value;
	struct nf_ct_dccp_pkt pkt = {};
	u8 head[NF_CT_DCCP_PEEK] = {
		[4] = row->doff,
		[5] = 0xf0 | row->cscov,
		[8] = 0xe0 | row->type << 1 | row->x,
	};

	KUNIT_EXPECT_EQ(test, row->why, parse(test, &pkt, head, row->len));
	KUNIT_EXPECT_EQ(test, row->why ? pkt.coverage : row->coverage,
			pkt.coverage);
}

/* Regression (CVE-2023-39197): a header that ends before what its type has. */
static void survives_every_truncation(struct kunit *test)
{
	u8 head[NF_CT_DCCP_PEEK] = {};
	unsigned int type, len;

	for (type = 0; type < 16; type++) {
		head[8] = type << 1 | 1;
		for (len = 0; len < NF_CT_DCCP_PEEK; len++) {
			struct nf_ct_dccp_pkt pkt;

			head[4] = 7;
			KUNIT_EXPECT_NE(test, NF_CT_WHY_OK,
					parse(test, &pkt, head, len));
			head[4] = len / 4;	/* and if it says so */
			parse(test, &pkt, head, len);
		}
	}
}

static void reads_sequence_numbers(struct kunit *test)
{
	static const u8 long_ack[28] = {
		[4] = 6, [8] = DCCP_PKT_ACK << 1 | 1, [9] = 0xee,
		[10] = 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc,
		[16] = 0xee, 0xee, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45,
	};
	static const u8 short_ack[28] = {
		[4] = 4, [8] = DCCP_PKT_ACK << 1,
		[9] = 0x12, 0x34, 0x56, 0xee, 0x78, 0x9a, 0xbc, 0xee,
	};
	struct nf_ct_dccp_pkt pkt;

	KUNIT_EXPECT_EQ(test, NF_CT_WHY_OK,
			nf_ct_dccp_parse(&pkt, long_ack, 24));
	KUNIT_EXPECT_TRUE(test, pkt.long_seq);
	KUNIT_EXPECT_EQ(test, 0x123456789abcULL, pkt.seq);
	KUNIT_EXPECT_EQ(test, 0xabcdef012345ULL, pkt.ack);

	KUNIT_EXPECT_EQ(test, NF_CT_WHY_OK,
			nf_ct_dccp_parse(&pkt, short_ack, 16));
	KUNIT_EXPECT_FALSE(test, pkt.long_seq);
	KUNIT_EXPECT_EQ(test, 0x123456ULL, pkt.seq);
	KUNIT_EXPECT_EQ(test, 0x789abcULL, pkt.ack);
}

/* Request and Data acknowledge nothing, whatever the view held before. */
static void reads_no_acknowledgment(struct kunit *test)
{
	static const u8 request[20] = {
		[4] = 5, [8] = DCCP_PKT_REQUEST << 1 | 1,
		[16] = 0xee, 0xee, 0xee, 0xee,
	};
	struct nf_ct_dccp_pkt pkt = { .ack = ISS };

	KUNIT_EXPECT_EQ(test, NF_CT_WHY_OK,
			nf_ct_dccp_parse(&pkt, request, sizeof(request)));
	KUNIT_EXPECT_EQ(test, 0ULL, pkt.ack);
}

static void names_the_states(struct kunit *test)
{
	unsigned int state;

	for (state = 0; state < ARRAY_SIZE(ways); state++)
		KUNIT_EXPECT_STREQ(test, ways[state].name,
				   nf_ct_dccp_state_name(state));
	KUNIT_EXPECT_STREQ(test, "IGNORE", nf_ct_dccp_state_name(state));
	KUNIT_EXPECT_STREQ(test, "INVALID", nf_ct_dccp_state_name(state + 1));
	KUNIT_EXPECT_STREQ(test, "UNKNOWN", nf_ct_dccp_state_name(state + 2));
}

static void goes_early_once_closing(struct kunit *test)
{
	char closing[CT_DCCP_IGNORE + 1] = {};
	unsigned int state;

	for (state = 0; state < CT_DCCP_IGNORE; state++)
		closing[state] = nf_ct_dccp_is_closing(state) ? 'y' : 'n';
	KUNIT_EXPECT_STREQ(test, "nnnnnyyy", closing);
}

static struct kunit_case dccp_cases[] = {
	KUNIT_CASE_PARAM(tells_story, story_gen_params),
	KUNIT_CASE_PARAM(moves_as_the_table_says, row_gen_params),
	KUNIT_CASE(assures_by_the_ack_of_the_response),
	KUNIT_CASE(does_not_assure_by_a_short_ack),
	KUNIT_CASE(ends_when_refused_at_once),
	KUNIT_CASE(leaves_a_refused_packet_without_trace),
	KUNIT_CASE(tells_a_new_flow_from_an_old_one),
	KUNIT_CASE(begins_with_nothing),
	KUNIT_CASE_PARAM(reads_header, header_gen_params),
	KUNIT_CASE(survives_every_truncation),
	KUNIT_CASE(reads_sequence_numbers),
	KUNIT_CASE(reads_no_acknowledgment),
	KUNIT_CASE(names_the_states),
	KUNIT_CASE(goes_early_once_closing),
	{}
};

static struct kunit_suite dccp_suite = {
	.name		= "nf_ct_dccp",
	.test_cases	= dccp_cases,
};

kunit_test_suites(&dccp_suite);
