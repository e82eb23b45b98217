// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP's windows: each of the four bounds from both sides, scaling, SACK, and
 * options that were written to hurt.
 */
#include <kunit/test.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "edge.h"
#include "tcp_flow.h"

#define LINES	8

/*
 * After this the initiator may send up to 1 + 4000 and the responder up to
 * 1 + 3000; neither has sent anything but its SYN.
 */
static const struct line opened[] = {
	{ OUT, S,  0, 0, 0, 3000, MOVES(SYN_SENT) },
	{ IN,  SA, 0, 0, 1, 4000, MOVES(SYN_RECV) },
	{ OUT, A,  1, 0, 1, 3000, ASSURES(ESTABLISHED) },
};

#define MUTE	MOVES(ESTABLISHED)		/* nothing left to be acked */
#define FRESH	LIVES(ESTABLISHED, UNACK)	/* something is */
#define OVER	IGNORED(OVERSHOOT, ESTABLISHED)
#define SEQ_OVER	REFUSED(SEQ_OVER, ESTABLISHED)
#define ACK_OVER	REFUSED(ACK_OVER, ESTABLISHED)
#define SEQ_UNDER	IGNORED(SEQ_UNDER, ESTABLISHED)
#define ACK_UNDER	IGNORED(ACK_UNDER, ESTABLISHED)

/* What the number that comes with a reason is counted from. */
enum scale {
	NUMBER,
	SEQ,		/* the sender's initial sequence number */
	ACK,		/* the receiver's */
};

struct bound_case {
	const char *name;
	/* a packet on the flow that opened[] makes */
	struct line packet;
	enum scale scale;
	s32 arg;
};

/* Each bound: the last packet within it, the first outside. */
static const struct bound_case bound_cases[] = {
	{ "I: at the end of the window",
	  { OUT, A, 4001,   0,    1, 3000, FRESH } },
	{ "I: data that begins at the end",
	  { OUT, A, 4001,   9999, 1, 3000, FRESH } },
	{ "I: data beyond the end",
	  { OUT, A, 4002,   0,    1, 3000, OVER },	NUMBER, 2 },
	{ "I: the most that may overshoot",
	  { OUT, A, 4002,   3998, 1, 3000, OVER },	NUMBER, 4000 },
	{ "I: a byte more",
	  { OUT, A, 4002,   3999, 1, 3000, SEQ_OVER },	SEQ, 4002 },
	{ "I: far beyond",
	  { OUT, A, 900000, 1,    1, 3000, SEQ_OVER },	SEQ, 4002 },
	{ "I: the responder's end",
	  { IN,  A, 3001,   0,    1, 4000, FRESH } },
	{ "I: beyond the responder's end",
	  { IN,  A, 3002,   0,    1, 4000, OVER },	NUMBER, 2 },
	{ "I: the responder, a byte more",
	  { IN,  A, 3002,   2999, 1, 4000, SEQ_OVER },	SEQ, 3002 },
	{ "I: overshoots, acks what was not sent",
	  { OUT, A, 4002,   0,    2, 3000, SEQ_OVER },	SEQ, 4002 },
	{ "I: overshoots, acks what is long acked",
	  { OUT, A, 4002,   0,    -66000, 3000, SEQ_OVER }, SEQ, 4002 },
	{ "I: overshoots, acks what is just in time",
	  { OUT, A, 4002,   0,    -65999, 3000, OVER },	NUMBER, 2 },

	{ "II: a window back",
	  { OUT, A, -3999,  0,    1, 3000, MUTE } },
	{ "II: data that ends a window back",
	  { OUT, A, -4099,  100,  1, 3000, MUTE } },
	{ "II: a byte before",
	  { OUT, A, -4000,  0,    1, 3000, SEQ_UNDER },	SEQ, -4000 },
	{ "II: data that ends before",
	  { OUT, A, -4100,  100,  1, 3000, SEQ_UNDER },	SEQ, -4000 },
	{ "II: the responder, a window back",
	  { IN,  A, -2999,  0,    1, 4000, MUTE } },
	{ "II: the responder, a byte before",
	  { IN,  A, -3000,  0,    1, 4000, SEQ_UNDER },	SEQ, -3000 },

	{ "III: acks all that was sent",
	  { IN,  A, 1,      0,    1, 4000, MUTE } },
	{ "III: acks a byte more",
	  { IN,  A, 1,      0,    2, 4000, ACK_OVER },	ACK, 2 },
	{ "III: the initiator acks a byte more",
	  { OUT, A, 1,      0,    2, 3000, ACK_OVER },	ACK, 2 },
	{ "III: acks half the sequence space more",
	  { IN,  A, 1,      0,    0x7fffffff, 4000, ACK_OVER }, ACK, 2 },

	{ "IV: the oldest ack that may come",
	  { OUT, A, 1,      0,    -65999, 3000, MUTE } },
	{ "IV: an older one",
	  { OUT, A, 1,      0,    -66000, 3000, ACK_UNDER }, ACK, -66000 },
	{ "IV: the responder's oldest",
	  { IN,  A, 1,      0,    -65999, 4000, MUTE } },
	{ "IV: the responder's, older",
	  { IN,  A, 1,      0,    -66000, 4000, ACK_UNDER }, ACK, -66000 },
};

static void bound_name(const struct bound_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bound, bound_cases, bound_name);

/* Where the windows lie in the sequence space must not matter. */
static const u32 places[][IP_CT_DIR_MAX] = {
	{ 0, 0 },
	{ 1000000, 2000000 },
	{ 0xffffffff, 0xffffffff },		/* the SYN is the last byte */
	{ 0xfffff060, 0xfffff448 },		/* the windows wrap */
	{ 0x7fffffff, 0x80000000 },		/* signed overflow */
};

static struct flow flow_at(const u32 iss[IP_CT_DIR_MAX])
{
	return (struct flow){
		.policy	= tcp_default_policy(),
		.iss	= { iss[OUT], iss[IN] },
	};
}

static void keeps_the_bounds(struct kunit *test)
{
	const struct bound_case *c = test->param_value;
	struct nf_ct_step step;
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		struct flow flow = flow_at(places[i]);
		const u32 base[] = {
			[NUMBER] = 0,
			[SEQ]	 = flow.iss[c->packet.dir],
			[ACK]	 = flow.iss[!c->packet.dir],
		};

		for (k = 0; k < ARRAY_SIZE(opened); k++)
			tcp_tell(test, &flow, &opened[k], k + 1);
		step = tcp_tell(test, &flow, &c->packet, 0);
		KUNIT_EXPECT_EQ_MSG(test, step.arg, base[c->scale] + c->arg,
				    "place %zu", i);
	}
}

/* What the tracepoint shows: the last places within, as in the rows above. */
static void tells_the_bounds(struct kunit *test)
{
	struct nf_ct_tcp_bounds out, in;
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		struct flow flow = flow_at(places[i]);
		const u32 *iss = flow.iss;

		for (k = 0; k < ARRAY_SIZE(opened); k++)
			tcp_tell(test, &flow, &opened[k], k + 1);
		out = nf_ct_tcp_bounds(&flow.tcp, OUT);
		in = nf_ct_tcp_bounds(&flow.tcp, IN);
		KUNIT_EXPECT_EQ(test, out.seq_max, iss[OUT] + 4001);
		KUNIT_EXPECT_EQ(test, out.end_min, iss[OUT] - 3999);
		KUNIT_EXPECT_EQ(test, out.ack_max, iss[IN] + 1);
		KUNIT_EXPECT_EQ(test, out.ack_min, iss[IN] - 65999);
		KUNIT_EXPECT_EQ(test, in.seq_max, iss[IN] + 3001);
		KUNIT_EXPECT_EQ(test, in.end_min, iss[IN] - 2999);
		KUNIT_EXPECT_EQ(test, in.ack_max, iss[OUT] + 1);
		KUNIT_EXPECT_EQ(test, in.ack_min, iss[OUT] - 65999);
	}
}

struct window_case {
	const char *name;
	/* the handshake's options, of both sides; or none, if told below */
	u8 options;
	u8 wscale;
	bool told;
	struct line lines[LINES];
};

/* How the bounds move. */
static const struct window_case window_cases[] = {
	{ "an ack opens the window", 0, 0, false, {
		{ OUT, A, 1,    1000, 1,    3000, FRESH },
		{ IN,  A, 1,    0,    1001, 4000, MUTE },
		{ OUT, A, 5001, 0,    1,    3000, FRESH },
		{ OUT, A, 5002, 0,    1,    3000, OVER } } },
	{ "data, then its ack, then more", 0, 0, false, {
		{ OUT, A, 1,    4000, 1,    3000, FRESH },
		{ IN,  A, 1,    0,    4001, 4000, MUTE },
		{ OUT, A, 8001, 0,    1,    3000, FRESH },
		{ OUT, A, 8002, 3999, 1,    3000, SEQ_OVER } } },
	{ "a window taken back leaves what was promised", 0, 0, false, {
		{ IN,  A, 1,    0, 1, 10,   MUTE },
		{ OUT, A, 4001, 0, 1, 3000, FRESH } } },
	{ "an overshoot may be acked", 0, 0, false, {
		{ OUT, A, 4002, 100, 1,    3000, OVER },
		{ IN,  A, 1,    0,   4102, 4000, MUTE },
		{ OUT, A, 8102, 0,   1,    3000, FRESH } } },
	{ "an overshoot is data that waits for an ack", 0, 0, false, {
		{ OUT, A, 4002, 100, 1, 3000, OVER },
		{ IN,  A, 1,    0,   1, 4000, FRESH } } },
	{ "what is refused moves nothing", 0, 0, false, {
		{ OUT, A, 9000, 900, 1,    3000, SEQ_OVER },
		{ IN,  A, 1,    0,   9900, 4000, ACK_OVER },
		{ OUT, A, 1,    0,   1,    3000, MUTE } } },
	{ "a larger window reaches further back", 0, 0, false, {
		{ IN,  A, 1,     0, 1, 5000, MUTE },
		{ OUT, A, -4999, 0, 1, 3000, MUTE },
		{ OUT, A, -5000, 0, 1, 3000, SEQ_UNDER } } },
	{ "a larger window once is remembered", 0, 0, false, {
		{ IN,  A, 1,     0, 1, 5000, MUTE },
		{ IN,  A, 1,     0, 1, 10,   MUTE },
		{ OUT, A, -4999, 0, 1, 3000, MUTE } } },
	{ "data over the edge shows a window we missed", 0, 0, false, {
		{ OUT, A, 1, 4500, 1,    3000, FRESH },
		{ IN,  A, 1, 0,    4501, 4000, MUTE },
		{ OUT, A, 1, 0,    1,    3000, MUTE },
		{ OUT, A, 0, 0,    1,    3000, SEQ_UNDER } } },
	{ "scaled windows", WS, 3, false, {
		/* the SYN/ACK's window was not scaled */
		{ OUT, A, 4002,  0, 1, 3000, OVER },
		{ IN,  A, 1,     0, 1, 4000, FRESH },
		{ OUT, A, 32001, 0, 1, 3000, FRESH },
		{ IN,  A, 24001, 0, 1, 4000, FRESH } } },
	{ "scaled windows end somewhere", WS, 3, false, {
		{ IN,  A, 1,     0, 1, 4000, MUTE },
		{ OUT, A, 32002, 0, 1, 3000, OVER },
		{ IN,  A, 24002, 0, 1, 4000, OVER } } },
	{ "scaled windows are the ack's lag", WS, 8, false, {
		{ OUT, A, 1, 0, -767999, 3000, MUTE },
		{ OUT, A, 1, 0, -768000, 3000, ACK_UNDER } } },
	{ "the shift count is 14 at most", WS, 14, false, {
		{ OUT, A, 1, 0, -49151999, 3000, MUTE },
		{ OUT, A, 1, 0, -49152000, 3000, ACK_UNDER } } },
	{ "only the initiator offers to scale", 0, 0, true, {
		{ OUT, S,  0,    0, 0, 3000, MOVES(SYN_SENT), WS, 3 },
		{ IN,  SA, 0,    0, 1, 4000, MOVES(SYN_RECV) },
		{ OUT, A,  1,    0, 1, 3000, ASSURES(ESTABLISHED) },
		{ IN,  A,  3001, 0, 1, 4000, FRESH },
		{ IN,  A,  3002, 0, 1, 4000, OVER } } },
	{ "only the responder offers to scale", 0, 0, true, {
		{ OUT, S,  0,    0, 0, 3000, MOVES(SYN_SENT) },
		{ IN,  SA, 0,    0, 1, 4000, MOVES(SYN_RECV), WS, 3 },
		{ OUT, A,  1,    0, 1, 3000, ASSURES(ESTABLISHED) },
		{ IN,  A,  1,    0, 1, 4000, MUTE },
		{ OUT, A,  4001, 0, 1, 3000, FRESH },
		{ OUT, A,  4002, 0, 1, 3000, OVER } } },
	{ "each side has a shift count of its own", 0, 0, true, {
		{ OUT, S,  0,     0, 0, 3000, MOVES(SYN_SENT), WS, 1 },
		{ IN,  SA, 0,     0, 1, 4000, MOVES(SYN_RECV), WS, 3 },
		{ OUT, A,  1,     0, 1, 3000, ASSURES(ESTABLISHED) },
		{ IN,  A,  6001,  0, 1, 4000, FRESH },
		{ IN,  A,  6002,  0, 1, 4000, OVER },
		{ OUT, A,  32001, 0, 1, 3000, FRESH },
		{ OUT, A,  32002, 0, 1, 3000, OVER } } },
	/* Linux fb366fc7541a: a new SYN switched its own scaling off */
	{ "a SYN sent again with another number still scales", 0, 0, true, {
		{ OUT, S,  0,     0, 0,    3000, MOVES(SYN_SENT), WS, 3 },
		{ OUT, S,  9000,  0, 0,    3000, LIVES(SYN_SENT, NONE), WS, 3 },
		{ IN,  SA, 0,     0, 9001, 4000, MOVES(SYN_RECV), WS, 3 },
		{ OUT, A,  9001,  0, 1,    3000, ASSURES(ESTABLISHED) },
		{ IN,  A,  24001, 0, 9001, 4000, FRESH } } },
	{ "a SYN sent again without options does not scale", 0, 0, true, {
		{ OUT, S,  0,     0, 0,    3000, MOVES(SYN_SENT), WS, 3 },
		{ OUT, S,  9000,  0, 0,    3000, LIVES(SYN_SENT, NONE) },
		{ IN,  SA, 0,     0, 9001, 4000, MOVES(SYN_RECV), WS, 3 },
		{ OUT, A,  9001,  0, 1,    3000, ASSURES(ESTABLISHED) },
		{ IN,  A,  3002,  0, 9001, 4000, OVER },
		{ IN,  A,  3001,  0, 9001, 4000, FRESH },
		{ OUT, A,  13002, 0, 1,    3000, OVER } } },
	{ "a new SYN's scale holds once it is answered", WS, 3, false, {
		{ OUT, S,  90000, 0, 0,     3000,
		  IGNORED(OUT_OF_SYNC, ESTABLISHED), WS, 1 },
		{ IN,  SA, 80000, 0, 90001, 4000, MOVES(SYN_RECV), WS, 1 },
		{ OUT, A,  90001, 0, 80001, 3000, MOVES(ESTABLISHED) },
		{ IN,  A,  86001, 0, 90001, 4000, FRESH },
		{ IN,  A,  86002, 0, 90001, 4000, OVER } } },
	{ "a new SYN without a scale", WS, 3, false, {
		{ OUT, S,  90000, 0, 0,     3000,
		  IGNORED(OUT_OF_SYNC, ESTABLISHED) },
		{ IN,  SA, 80000, 0, 90001, 4000, MOVES(SYN_RECV) },
		{ OUT, A,  90001, 0, 80001, 3000, MOVES(ESTABLISHED) },
		{ IN,  A,  83002, 0, 90001, 4000, OVER } } },
	{ "a new SYN's window counts", 0, 0, false, {
		{ OUT, S,  90000, 0, 0,     5000,
		  IGNORED(OUT_OF_SYNC, ESTABLISHED) },
		{ IN,  SA, 80000, 0, 90001, 4000, MOVES(SYN_RECV) },
		{ OUT, A,  90001, 0, 80001, 10,   MOVES(ESTABLISHED) },
		{ IN,  A,  75001, 0, 90001, 4000, MUTE },
		{ IN,  A,  75000, 0, 90001, 4000, SEQ_UNDER } } },
	{ "a new SYN with a closed window", 0, 0, false, {
		{ OUT, S,  90000, 0, 0,     0,
		  IGNORED(OUT_OF_SYNC, ESTABLISHED) },
		{ IN,  SA, 80000, 0, 90001, 4000, MOVES(SYN_RECV) },
		{ OUT, A,  90001, 0, 80001, 3000, MOVES(ESTABLISHED) } } },
	{ "SACK reaches beyond the ack", SACKOK, 0, false, {
		{ OUT, A, 1,    1000, 1, 3000, FRESH },
		{ IN,  A, 1,    0,    1, 4000, FRESH, .sack = 1000 },
		{ OUT, A, 5001, 0,    1, 3000, FRESH },
		{ OUT, A, 5002, 0,    1, 3000, OVER } } },
	{ "SACK shows a larger window", SACKOK, 0, false, {
		{ OUT, A, 1,     1000, 1, 3000, FRESH },
		{ IN,  A, 1,     0,    1, 4000, FRESH, .sack = 1000 },
		{ OUT, A, -3999, 0,    1, 3000, FRESH },
		{ OUT, A, -4000, 0,    1, 3000, SEQ_UNDER } } },
	{ "SACK of what was not sent", SACKOK, 0, false, {
		{ OUT, A, 1, 1000, 1, 3000, FRESH },
		{ IN,  A, 1, 0,    1, 4000, ACK_OVER, .sack = 1001 } } },
	{ "SACK that was not permitted", 0, 0, false, {
		{ OUT, A, 1,    1000, 1, 3000, FRESH },
		{ IN,  A, 1,    0,    1, 4000, FRESH, .sack = 1000 },
		{ OUT, A, 4001, 0,    1, 3000, FRESH },
		{ OUT, A, 5001, 0,    1, 3000, OVER } } },
	{ "SACK makes an old ack good", SACKOK, 0, false, {
		{ OUT, A, 1, 0, -66000, 3000, ACK_UNDER },
		{ OUT, A, 1, 0, -66000, 3000, MUTE, .sack = 1 } } },
	{ "a closed window still takes one byte", 0, 0, false, {
		{ OUT, A, 1,    4000, 1,    3000, FRESH },
		{ IN,  A, 1,    0,    4001, 0,    LIVES(ESTABLISHED, RETRANS) },
		{ OUT, A, 4002, 0,    1,    3000, FRESH },
		{ OUT, A, 4003, 0,    1,    3000, OVER } } },
};

static void window_name(const struct window_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(window, window_cases, window_name);

static void open_with(struct kunit *test, struct flow *flow,
		      const struct window_case *c)
{
	struct line l;
	size_t k;

	for (k = 0; k < ARRAY_SIZE(opened) && !c->told; k++) {
		l = opened[k];
		l.options = c->options;
		l.wscale = c->wscale;
		tcp_tell(test, flow, &l, 0);
	}
}

static void moves_the_bounds(struct kunit *test)
{
	const struct window_case *c = test->param_value;
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		struct flow flow = flow_at(places[i]);

		open_with(test, &flow, c);
		for (k = 0; k < LINES && c->lines[k].flags; k++)
			tcp_tell(test, &flow, &c->lines[k], k + 1);
	}
}

/* Options as bytes; their acknowledgment is 1000. */
#define OPTIONS_MAX	40

struct option_case {
	const char *name;
	u8 bytes[OPTIONS_MAX];
	unsigned int len;
	/* what they say */
	u8 options;
	u8 wscale;
	u32 sack;
};

static const struct option_case option_cases[] = {
	{ "none",			{ 0 }, 0,		0, 0, 1000 },
	{ "only padding",		{ 1, 1, 1, 1 }, 4,	0, 0, 1000 },
	{ "the end, then a scale",	{ 0, 3, 3, 7 }, 4,	0, 0, 1000 },
	{ "the end, then a length and a scale", { 0, 2, 3, 3, 7 }, 5,
	  0, 0, 1000 },
	{ "a scale",			{ 3, 3, 7, 0 }, 4,	WS, 7, 1000 },
	{ "a scale of 0",		{ 3, 3, 0, 0 }, 4,	WS, 0, 1000 },
	{ "a scale of 14",		{ 1, 3, 3, 14 }, 4,	WS, 14, 1000 },
	{ "a scale of 15",		{ 1, 3, 3, 15 }, 4,	WS, 14, 1000 },
	{ "a scale of 255",		{ 1, 3, 3, 255 }, 4,	WS, 14, 1000 },
	{ "two scales",			{ 3, 3, 7, 3, 3, 5, 1, 1 }, 8,
	  WS, 5, 1000 },
	{ "a scale of wrong length",	{ 3, 4, 7, 7 }, 4,	0, 0, 1000 },
	{ "a scale without its byte",	{ 1, 3, 3 }, 3,		0, 0, 1000 },
	{ "a scale of length 2",	{ 3, 2, 1, 1 }, 4,	0, 0, 1000 },
	{ "a kind alone at the end",	{ 1, 1, 1, 3 }, 4,	0, 0, 1000 },
	{ "length 0",			{ 3, 0, 3, 3, 7 }, 5,	0, 0, 1000 },
	{ "length 1",			{ 3, 1, 3, 3, 7 }, 5,	0, 0, 1000 },
	{ "length 255",			{ 3, 255, 7, 0 }, 4,	0, 0, 1000 },
	{ "unknown, length 0",		{ 200, 0, 3, 3, 7 }, 5,	0, 0, 1000 },
	{ "unknown, too long",		{ 200, 5, 0, 0 }, 4,	0, 0, 1000 },
	{ "unknown, then a scale",	{ 200, 4, 0, 0, 3, 3, 7 }, 7,
	  WS, 7, 1000 },
	{ "good before bad",		{ 3, 3, 7, 200, 0 }, 5,	WS, 7, 1000 },
	{ "SACK permitted",		{ 4, 2 }, 2,		SACKOK, 0, 1000 },
	{ "SACK permitted, wrong length", { 4, 3, 0 }, 3,	0, 0, 1000 },
	{ "a Linux SYN",
	  { 2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7 }, 20,
	  WS | SACKOK, 7, 1000 },
	{ "SACK, one block",
	  { 1, 1, 5, 10, 0, 0, 7, 208, 0, 0, 11, 184 }, 12,	0, 0, 3000 },
	{ "SACK, unaligned",
	  { 5, 10, 0, 0, 7, 208, 0, 0, 11, 184 }, 10,		0, 0, 3000 },
	{ "SACK, the highest of two blocks is the first",
	  { 5, 18, 0, 0, 7, 208, 0, 0, 11, 184,
		0, 0, 4, 76, 0, 0, 4, 176 }, 18,			0, 0, 3000 },
	{ "SACK, the highest of two blocks is the second",
	  { 5, 18, 0, 0, 4, 76, 0, 0, 4, 176,
		0, 0, 7, 208, 0, 0, 11, 184 }, 18,			0, 0, 3000 },
	{ "SACK below the ack (D-SACK)",
	  { 5, 10, 0, 0, 0, 100, 0, 0, 0, 200 }, 10,		0, 0, 1000 },
	{ "SACK, each block far beyond the last",
	  { 5, 26, 0, 0, 0, 0, 0x60, 0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0 }, 26,		0, 0, 0x60000000 },
	{ "SACK, half of all numbers beyond the ack",
	  { 5, 10, 0, 0, 0, 0, 0x80, 0, 3, 232 }, 10,		0, 0, 1000 },
	{ "SACK, no block",		{ 5, 2, 1, 1 }, 4,	0, 0, 1000 },
	{ "SACK, half a block",
	  { 5, 6, 0, 0, 11, 184, 1, 1 }, 8,			0, 0, 1000 },
	{ "SACK, a block and a half",
	  { 5, 14, 0, 0, 7, 208, 0, 0, 11, 184, 0, 0, 11, 184 }, 14,
	  0, 0, 1000 },
	{ "SACK, longer than the header",
	  { 5, 18, 0, 0, 7, 208, 0, 0, 11, 184 }, 10,		0, 0, 1000 },
	{ "SACK, four blocks fill the header",
	  { 1, 1, 1, 1, 1, 1, 5, 34,
		0, 0, 4, 76, 0, 0, 4, 176, 0, 0, 4, 76, 0, 0, 4, 176,
		0, 0, 4, 76, 0, 0, 4, 176, 0, 0, 7, 208, 0, 0, 11, 184 }, 40,
	  0, 0, 3000 },
};

static void option_name(const struct option_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(option, option_cases, option_name);

static void reads_options(struct kunit *test)
{
	const struct option_case *c = test->param_value;
	struct nf_ct_tcp_seg seg = { .ack = 1000, .options = 0xff,
				     .wscale = 0xff };

	nf_ct_tcp_options(&seg, at_the_edge(test, c->bytes, c->len), c->len);
	KUNIT_EXPECT_EQ(test, (int)seg.options, (int)c->options);
	KUNIT_EXPECT_EQ(test, (int)seg.wscale, (int)c->wscale);
	KUNIT_EXPECT_EQ(test, seg.sack, c->sack);
}

/* Every row above cut off at every byte: nothing beyond the cut is read. */
static void reads_no_further(struct kunit *test)
{
	const struct option_case *c = test->param_value;
	struct nf_ct_tcp_seg seg = { .ack = 1000 };
	unsigned int len;

	for (len = 0; len < c->len; len++) {
		nf_ct_tcp_options(&seg, at_the_edge(test, c->bytes, len), len);
		KUNIT_EXPECT_LE(test, (int)seg.wscale, NF_CT_TCP_WSCALE_MAX);
	}
}

/*
 * A flow that was to be treated liberally begins anew: whose SYN we saw is
 * known from then on, the other side stays as it was.
 */
static void stays_liberal(struct kunit *test)
{
	static const struct line lines[] = {
		{ OUT, A,  7000,   0, 1,     3000, FRESH },
		{ IN,  A,  1,      0, 7000,  4000, FRESH },
		{ OUT, S,  90000,  0, 0,     3000,
		  IGNORED(OUT_OF_SYNC, ESTABLISHED), WS, 1 },
		{ IN,  SA, 80000,  0, 90001, 4000, MOVES(SYN_RECV), WS, 1 },
		{ OUT, A,  500000, 9, 80001, 3000,
		  REFUSED(SEQ_OVER, SYN_RECV) },
		{ OUT, A,  90001,  0, 80001, 3000, ASSURES(ESTABLISHED) },
		{ IN,  A,  500000, 9, 90001, 4000, MUTE },
	};
	struct flow flow = flow_at(places[1]);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines); i++)
		tcp_tell(test, &flow, &lines[i], i + 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(keeps_the_bounds, bound_gen_params),
	KUNIT_CASE(tells_the_bounds),
	KUNIT_CASE_PARAM(moves_the_bounds, window_gen_params),
	KUNIT_CASE_PARAM(reads_options, option_gen_params),
	KUNIT_CASE_PARAM(reads_no_further, option_gen_params),
	KUNIT_CASE(stays_liberal),
	{}
};

static struct kunit_suite suite = {
	.name		= "nf_ct_tcp_window",
	.test_cases	= cases,
};

kunit_test_suites(&suite);
