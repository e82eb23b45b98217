// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP flows told from their first packet to their last: what the tracker makes
 * of handshakes, closings, resets, and of hosts that know better than we do.
 */
#include <kunit/test.h>
#include <linux/bits.h>
#include <linux/string.h>
#include "tcp_flow.h"

#define LINES	12

/* One past the first window of data. */
#define TOP	(1 + WIN)

/* What came before a story begins. */
enum before {
	NOTHING,
	OPEN,		/* a handshake */
	TALKED,		/* and some data; the responder spoke last */
	CLOSING,	/* a handshake and both FINs */
};

static const struct line before[][LINES] = {
	[NOTHING] = {},
	[OPEN] = {
		{ OUT, S,  0, 0, 0, WIN, MOVES(SYN_SENT) },
		{ IN,  SA, 0, 0, 1, WIN, MOVES(SYN_RECV) },
		{ OUT, A,  1, 0, 1, WIN, ASSURES(ESTABLISHED) },
	},
	[TALKED] = {
		{ OUT, S,  0, 0,   0,   WIN, MOVES(SYN_SENT) },
		{ IN,  SA, 0, 0,   1,   WIN, MOVES(SYN_RECV) },
		{ OUT, A,  1, 0,   1,   WIN, ASSURES(ESTABLISHED) },
		{ OUT, A,  1, 100, 1,   WIN, LIVES(ESTABLISHED, UNACK) },
		{ IN,  A,  1, 0,   101, WIN, MOVES(ESTABLISHED) },
	},
	[CLOSING] = {
		{ OUT, S,  0, 0, 0, WIN, MOVES(SYN_SENT) },
		{ IN,  SA, 0, 0, 1, WIN, MOVES(SYN_RECV) },
		{ OUT, A,  1, 0, 1, WIN, ASSURES(ESTABLISHED) },
		{ OUT, FA, 1, 0, 1, WIN, MOVES(FIN_WAIT) },
		{ IN,  FA, 1, 0, 2, WIN, MOVES(LAST_ACK) },
	},
};

struct story {
	const char *name;
	enum before after;
	/* what differs from the defaults */
	bool strict;		/* loose = 0 */
	bool be_liberal;
	bool ignore_invalid_rst;
	bool synproxy;
	unsigned long status;	/* of the new entry */
	/* 0: both wrap within the story */
	u32 iss[IP_CT_DIR_MAX];
	struct line lines[LINES];
};

static const struct story openings[] = {
	{ "handshake", .after = OPEN },
	{ "handshake and data", .after = OPEN, .lines = {
		{ OUT, A, 1,   100, 1,   WIN, LIVES(ESTABLISHED, UNACK) },
		{ IN,  A, 1,   0,   101, WIN, MOVES(ESTABLISHED) },
		{ IN,  A, 1,   500, 101, WIN, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 101, 0,   501, WIN, MOVES(ESTABLISHED) } } },
	{ "part of the data is acknowledged", .after = OPEN, .lines = {
		{ OUT, A, 1, 100, 1,  WIN, LIVES(ESTABLISHED, UNACK) },
		{ IN,  A, 1, 0,   51, WIN, LIVES(ESTABLISHED, UNACK) } } },
	{ "data comes with the third packet", .lines = {
		{ OUT, S,  0, 0,  0,  WIN, MOVES(SYN_SENT) },
		{ IN,  SA, 0, 0,  1,  WIN, MOVES(SYN_RECV) },
		{ OUT, A,  1, 50, 1,  WIN,
		  OUTCOME(TRACKED, OK, ESTABLISHED, UNACK, IPS_ASSURED) },
		{ IN,  A,  1, 0,  51, WIN, MOVES(ESTABLISHED) } } },
	{ "a SYN again does not live longer", .lines = {
		{ OUT, S,  0, 0, 0, WIN, MOVES(SYN_SENT) },
		{ OUT, S,  0, 0, 0, WIN, LIVES(SYN_SENT, NONE) },
		{ IN,  SA, 0, 0, 1, WIN, MOVES(SYN_RECV) } } },
	{ "a SYN again with another number", .lines = {
		{ OUT, S,  0,      0, 0,      WIN, MOVES(SYN_SENT) },
		{ OUT, S,  900000, 0, 0,      WIN, LIVES(SYN_SENT, NONE) },
		{ IN,  SA, 0,      0, 900001, WIN, MOVES(SYN_RECV) },
		{ OUT, A,  900001, 0, 1,      WIN, ASSURES(ESTABLISHED) } } },
	{ "an older SYN does not replace a newer", .lines = {
		{ OUT, S,  0,    0, 0, WIN, MOVES(SYN_SENT) },
		{ OUT, S,  -500, 0, 0, WIN, LIVES(SYN_SENT, NONE) },
		{ IN,  SA, 0,    0, 1, WIN, MOVES(SYN_RECV) } } },
	{ "a SYN with a closed window is still a beginning", .lines = {
		{ OUT, S,  0,     0, 0, 0,   MOVES(SYN_SENT) },
		{ IN,  SA, 0,     0, 1, WIN, MOVES(SYN_RECV) },
		{ OUT, A,  90000, 0, 1, WIN, REFUSED(SEQ_OVER, SYN_RECV) },
		{ OUT, A,  1,     0, 1, WIN, ASSURES(ESTABLISHED) } } },
	{ "a SYN/ACK again", .lines = {
		{ OUT, S,  0, 0, 0, WIN, MOVES(SYN_SENT) },
		{ IN,  SA, 0, 0, 1, WIN, MOVES(SYN_RECV) },
		{ IN,  SA, 0, 0, 1, WIN, IGNORED(OUT_OF_SYNC, SYN_RECV) },
		{ OUT, A,  1, 0, 1, WIN, ASSURES(ESTABLISHED) },
		{ IN,  SA, 0, 0, 1, WIN,
		  IGNORED(OUT_OF_SYNC, ESTABLISHED) } } },
	{ "a SYN/ACK that acks nothing sent", .lines = {
		{ OUT, S,  0, 0, 0, WIN, MOVES(SYN_SENT) },
		{ IN,  SA, 0, 0, 2, WIN, REFUSED(ACK_OVER, SYN_SENT) } } },
	{ "an old SYN/ACK is reset, then all is well", .lines = {
		{ OUT, S,  0,    0, 0,   WIN, MOVES(SYN_SENT) },
		{ IN,  SA, 5000, 0, -99, WIN, MOVES(SYN_RECV) },
		{ OUT, R,  -99,  0, 0,   0,   MOVES(CLOSE) },
		{ OUT, S,  0,    0, 0,   WIN, REOPENS(CLOSE) },
		{ OUT, S,  0,    0, 0,   WIN, MOVES(SYN_SENT) } } },
	{ "simultaneous open, SYN/ACK then ACK", .lines = {
		{ OUT, S,  0, 0, 0, WIN, MOVES(SYN_SENT) },
		{ IN,  S,  0, 0, 0, WIN, LIVES(SYN_SENT2, NONE) },
		{ OUT, SA, 0, 0, 1, WIN, MOVES(SYN_RECV) },
		{ OUT, A,  1, 0, 1, WIN, ASSURES(ESTABLISHED) } } },
	{ "simultaneous open, two SYN/ACKs", .lines = {
		{ OUT, S,  0, 0, 0, WIN, MOVES(SYN_SENT) },
		{ IN,  S,  0, 0, 0, WIN, LIVES(SYN_SENT2, NONE) },
		{ OUT, SA, 0, 0, 1, WIN, MOVES(SYN_RECV) },
		{ IN,  SA, 0, 0, 1, WIN, IGNORED(OUT_OF_SYNC, SYN_RECV) },
		{ IN,  A,  1, 0, 1, WIN, ASSURES(ESTABLISHED) } } },
	{ "simultaneous open, the responder answers", .lines = {
		{ OUT, S,  0, 0, 0, WIN, MOVES(SYN_SENT) },
		{ IN,  S,  0, 0, 0, WIN, LIVES(SYN_SENT2, NONE) },
		{ OUT, S,  0, 0, 0, WIN, MOVES(SYN_SENT2) },
		{ IN,  SA, 0, 0, 1, WIN, MOVES(SYN_RECV) },
		{ OUT, A,  1, 0, 1, WIN, ASSURES(ESTABLISHED) } } },
	{ "simultaneous open, no number is changed midway", .lines = {
		{ OUT, S, 0,    0, 0, WIN, MOVES(SYN_SENT) },
		{ IN,  S, 0,    0, 0, WIN, LIVES(SYN_SENT2, NONE) },
		{ OUT, S, 5000, 0, 0, WIN,
		  IGNORED(OVERSHOOT, SYN_SENT2) } } },
	{ "no simultaneous open: an ACK does not open", .lines = {
		{ OUT, S,  0, 0, 0, WIN, MOVES(SYN_SENT) },
		{ IN,  SA, 0, 0, 1, WIN, MOVES(SYN_RECV) },
		{ IN,  A,  1, 0, 1, WIN, MOVES(SYN_RECV) } } },
	{ "the initiator may not ack its own SYN", .lines = {
		{ OUT, S,  0, 0, 0, WIN, MOVES(SYN_SENT) },
		{ OUT, A,  1, 0, 1, WIN, REFUSED(STATE, SYN_SENT) },
		{ OUT, SA, 0, 0, 1, WIN, REFUSED(STATE, SYN_SENT) },
		{ OUT, FA, 1, 0, 1, WIN, REFUSED(STATE, SYN_SENT) } } },
	{ "behind a SYN proxy a keepalive keeps the entry", .synproxy = true,
	  .lines = {
		{ OUT, S,  0, 0, 0, WIN, MOVES(SYN_SENT) },
		{ OUT, A,  0, 0, 1, WIN, LIVES(SYN_SENT, NONE) },
		{ OUT, A,  1, 0, 1, WIN, REFUSED(STATE, SYN_SENT) },
		{ OUT, FA, 0, 0, 1, WIN, REFUSED(STATE, SYN_SENT) } } },
	{ "behind a SYN proxy, but the server spoke last", .synproxy = true,
	  .lines = {
		{ OUT, S, 0, 0, 0, WIN, MOVES(SYN_SENT) },
		{ IN,  A, 9, 0, 9, WIN, IGNORED(OUT_OF_SYNC, SYN_SENT) },
		{ OUT, A, 0, 0, 1, WIN, REFUSED(STATE, SYN_SENT) } } },
	{ "without a proxy no keepalive precedes the flow", .lines = {
		{ OUT, S, 0, 0, 0, WIN, MOVES(SYN_SENT) },
		{ OUT, A, 0, 0, 1, WIN, REFUSED(STATE, SYN_SENT) } } },
	{ "a keepalive and its answer", .after = TALKED, .lines = {
		{ OUT, A, 100, 0, 1,   WIN, MOVES(ESTABLISHED) },
		{ IN,  A, 1,   0, 101, WIN, MOVES(ESTABLISHED) } } },
	{ "a SYN with data (fast open)", .lines = {
		{ OUT, S,  0,   99, 0,   WIN, MOVES(SYN_SENT) },
		{ IN,  SA, 0,   0,  100, WIN, MOVES(SYN_RECV) },
		{ OUT, A,  100, 0,  1,   WIN, ASSURES(ESTABLISHED) } } },
};

static const struct story pickups[] = {
	{ "joined midway", .lines = {
		{ OUT, A, 7000, 100, 1,    WIN, LIVES(ESTABLISHED, UNACK) },
		{ IN,  A, 1,    0,   7100, WIN, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 7100, 0,   1,    WIN, ASSURES(ESTABLISHED) } } },
	{ "joined midway, unknown scale is forgiven", .lines = {
		{ OUT, A, 7000,   100,  1,      WIN,
		  LIVES(ESTABLISHED, UNACK) },
		{ IN,  A, 1,      1400, 7100,   WIN,
		  LIVES(ESTABLISHED, UNACK) },
		{ IN,  A, 400000, 1400, 7100,   WIN, ASSURES(ESTABLISHED) },
		{ OUT, A, 7100,   0,    401400, WIN, MOVES(ESTABLISHED) } } },
	{ "joined midway, the answer is to later data", .lines = {
		{ OUT, A, 7000, 0, 1,    WIN, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 7000, 9, 1,    WIN, LIVES(ESTABLISHED, UNACK) },
		{ IN,  A, 1,    0, 7009, WIN, LIVES(ESTABLISHED, UNACK) },
		{ IN,  A, 1,    9, 7009, WIN,
		  OUTCOME(TRACKED, OK, ESTABLISHED, RETRANS, IPS_ASSURED) },
		{ OUT, A, 7009, 0, 10,   WIN, LIVES(ESTABLISHED, RETRANS) } } },
	{ "joined midway by a keepalive", .lines = {
		{ OUT, A, 7000, 0, 1,    WIN, LIVES(ESTABLISHED, UNACK) },
		{ IN,  A, 1,    0, 7001, WIN, LIVES(ESTABLISHED, UNACK) },
		{ IN,  A, 1,    0, 7001, WIN, ASSURES(ESTABLISHED) } } },
	{ "joined midway, answered, reset within the window", .lines = {
		{ OUT, A, 7000, 100, 1,    WIN, LIVES(ESTABLISHED, UNACK) },
		{ IN,  A, 1,    0,   7100, WIN, LIVES(ESTABLISHED, UNACK) },
		{ OUT, R, 7105, 0,   0,    0,   MOVES(CLOSE) } } },
	{ "strict: not joined midway", .strict = true, .lines = {
		{ OUT, A, 7000, 100, 1, WIN, REFUSED(NEW, NONE) } } },
	{ "strict: a SYN opens", .strict = true, .after = OPEN },
	{ "no flow begins with a SYN/ACK", .lines = {
		{ OUT, SA, 0, 0, 1, WIN, REFUSED(NEW, NONE) } } },
	{ "no flow begins with a FIN", .lines = {
		{ OUT, FA, 1, 0, 1, WIN, REFUSED(NEW, NONE) } } },
	{ "no flow begins with a reset", .lines = {
		{ OUT, R,  1, 0, 0, WIN, REFUSED(NEW, NONE) },
		{ OUT, RA, 1, 0, 1, WIN, REFUSED(NEW, NONE) } } },
	{ "no flow begins without flags", .lines = {
		{ OUT, 0, 1, 0, 0, WIN, REFUSED(NEW, NONE) } } },
	{ "no flags in a flow", .after = OPEN, .lines = {
		{ OUT, 0, 1, 0, 0, WIN, REFUSED(STATE, ESTABLISHED) } } },
};

static const struct story closings[] = {
	{ "the initiator closes", .after = OPEN, .lines = {
		{ OUT, FA, 1, 0, 1, WIN, MOVES(FIN_WAIT) },
		{ IN,  A,  1, 0, 2, WIN, MOVES(CLOSE_WAIT) },
		{ IN,  FA, 1, 0, 2, WIN, MOVES(LAST_ACK) },
		{ OUT, A,  2, 0, 2, WIN, MOVES(TIME_WAIT) } } },
	{ "the responder closes", .after = OPEN, .lines = {
		{ IN,  FA, 1, 0, 1, WIN, MOVES(FIN_WAIT) },
		{ OUT, A,  1, 0, 2, WIN, MOVES(CLOSE_WAIT) },
		{ OUT, FA, 1, 0, 2, WIN, MOVES(LAST_ACK) },
		{ IN,  A,  2, 0, 2, WIN, MOVES(TIME_WAIT) } } },
	{ "both close at once", .after = OPEN, .lines = {
		{ OUT, FA, 1, 0, 1, WIN, MOVES(FIN_WAIT) },
		{ IN,  FA, 1, 0, 1, WIN, MOVES(LAST_ACK) },
		{ OUT, A,  2, 0, 2, WIN, MOVES(TIME_WAIT) },
		{ IN,  A,  2, 0, 2, WIN, MOVES(TIME_WAIT) } } },
	{ "one closes, the other still sends", .after = OPEN, .lines = {
		{ OUT, FA, 1,   0,   1,   WIN, MOVES(FIN_WAIT) },
		{ IN,  A,  1,   0,   2,   WIN, MOVES(CLOSE_WAIT) },
		{ IN,  A,  1,   700, 2,   WIN, MOVES(CLOSE_WAIT) },
		{ OUT, A,  2,   0,   701, WIN, MOVES(CLOSE_WAIT) },
		{ IN,  FA, 701, 0,   2,   WIN, MOVES(LAST_ACK) },
		{ OUT, A,  2,   0,   702, WIN, MOVES(TIME_WAIT) } } },
	{ "FINs sent again", .after = CLOSING, .lines = {
		{ IN,  FA, 1, 0, 2, WIN, MOVES(LAST_ACK) },
		{ OUT, A,  2, 0, 2, WIN, MOVES(TIME_WAIT) },
		{ IN,  FA, 1, 0, 2, WIN, MOVES(TIME_WAIT) },
		{ OUT, A,  2, 0, 2, WIN, MOVES(TIME_WAIT) } } },
	{ "a FIN in place of the third packet", .lines = {
		{ OUT, S,  0, 0, 0, WIN, MOVES(SYN_SENT) },
		{ IN,  SA, 0, 0, 1, WIN, MOVES(SYN_RECV) },
		{ OUT, FA, 1, 0, 1, WIN, MOVES(FIN_WAIT) } } },
	{ "a FIN far outside, then one from the other side", .after = OPEN, .lines = {
		{ OUT, FA, 90000, 0, 1, WIN,
		  REFUSED(SEQ_OVER, ESTABLISHED) },
		{ OUT, FA, 90000, 0, 1, WIN,
		  REFUSED(SEQ_OVER, ESTABLISHED) },
		{ IN,  FA, 90000, 0, 1, WIN,
		  SHORTENS(SEQ_OVER, ESTABLISHED) },
		{ IN,  FA, 90000, 0, 1, WIN,
		  REFUSED(SEQ_OVER, ESTABLISHED) } } },
	{ "a FIN far outside, then a reset from the other side", .after = OPEN, .lines = {
		{ OUT, FA, 90000, 0, 1, WIN,
		  REFUSED(SEQ_OVER, ESTABLISHED) },
		{ IN,  R,  90000, 0, 0, 0,
		  SHORTENS(SEQ_OVER, ESTABLISHED) } } },
	{ "a reset far outside, then a FIN from the other side", .after = OPEN, .lines = {
		{ IN,  R,  90000, 0, 0, 0,
		  REFUSED(SEQ_OVER, ESTABLISHED) },
		{ OUT, FA, 90000, 0, 1, WIN,
		  SHORTENS(SEQ_OVER, ESTABLISHED) } } },
	{ "data between the FINs outside", .after = OPEN, .lines = {
		{ OUT, FA, 90000, 0, 1, WIN,
		  REFUSED(SEQ_OVER, ESTABLISHED) },
		{ OUT, A,  1,     0, 1, WIN, MOVES(ESTABLISHED) },
		{ IN,  FA, 90000, 0, 1, WIN,
		  REFUSED(SEQ_OVER, ESTABLISHED) } } },
	{ "ACKs outside shorten nothing", .after = OPEN, .lines = {
		{ OUT, FA, 90000, 0, 1, WIN,
		  REFUSED(SEQ_OVER, ESTABLISHED) },
		{ IN,  A,  90000, 0, 1, WIN,
		  REFUSED(SEQ_OVER, ESTABLISHED) } } },
	{ "a fixed lifetime is not shortened", .status = IPS_FIXED_TIMEOUT,
	  .after = OPEN, .lines = {
		{ OUT, FA, 90000, 0, 1, WIN,
		  REFUSED(SEQ_OVER, ESTABLISHED) },
		{ IN,  FA, 90000, 0, 1, WIN,
		  REFUSED(SEQ_OVER, ESTABLISHED) } } },
	{ "a short lifetime is not shortened", .after = CLOSING, .lines = {
		{ OUT, FA, 90000, 0, 1, WIN, REFUSED(SEQ_OVER, LAST_ACK) },
		{ IN,  FA, 90000, 0, 1, WIN, REFUSED(SEQ_OVER, LAST_ACK) } } },
};

static const struct story resets[] = {
	{ "refused", .lines = {
		{ OUT, S,  0, 0, 0, WIN, MOVES(SYN_SENT) },
		{ IN,  RA, 0, 0, 1, 0,   ENDS(CLOSE) } } },
	{ "refused with sequence number zero", .iss = { 1000, 1U << 31 },
	  .lines = {
		{ OUT, S,  0,        0, 0, WIN, MOVES(SYN_SENT) },
		{ IN,  RA, 1U << 31, 0, 1, 0,   ENDS(CLOSE) } } },
	{ "refused, but another connection's", .lines = {
		{ OUT, S,  0, 0, 0, WIN, MOVES(SYN_SENT) },
		{ IN,  RA, 0, 0, 3, 0,   REFUSED(ACK_OVER, SYN_SENT) } } },
	{ "refused with ack zero (broken stacks)", .iss = { 1 << 30, 5000 },
	  .lines = {
		{ OUT, S,  0, 0, 0,          WIN, MOVES(SYN_SENT) },
		{ IN,  RA, 0, 0, -(1 << 30), 0,   ENDS(CLOSE) } } },
	{ "refused with zero, after a forged reset",
	  .iss = { 1000, 1U << 30 }, .lines = {
		{ OUT, S,  0,          0, 0,    WIN, MOVES(SYN_SENT) },
		{ IN,  RA, 90000,      0, 9999, 0,
		  REFUSED(ACK_OVER, SYN_SENT) },
		{ IN,  RA, -(1 << 30), 0, 1,    0,   ENDS(CLOSE) } } },
	{ "sequence zero, but the SYN was answered",
	  .iss = { 1000, 1U << 30 }, .lines = {
		{ OUT, S,  0,          0, 0, WIN, MOVES(SYN_SENT) },
		{ IN,  SA, 0,          0, 1, WIN, MOVES(SYN_RECV) },
		{ IN,  RA, -(1 << 30), 0, 1, 0,
		  IGNORED(SEQ_UNDER, SYN_RECV) } } },
	{ "a reset before the SYN gives up, too", .lines = {
		{ OUT, S, 0,  0, 0, WIN, MOVES(SYN_SENT) },
		{ OUT, R, -5, 0, 0, 0,   ENDS(CLOSE) } } },
	{ "given up by the initiator", .lines = {
		{ OUT, S, 0, 0, 0, WIN, MOVES(SYN_SENT) },
		{ OUT, R, 1, 0, 0, 0,   ENDS(CLOSE) } } },
	{ "a reset beyond the SYN does not give up", .lines = {
		{ OUT, S, 0, 0, 0, WIN, MOVES(SYN_SENT) },
		{ OUT, R, 2, 0, 0, 0,   REFUSED(SEQ_OVER, SYN_SENT) } } },
	{ "reset during the handshake", .lines = {
		{ OUT, S,  0, 0, 0, WIN, MOVES(SYN_SENT) },
		{ IN,  SA, 0, 0, 1, WIN, MOVES(SYN_RECV) },
		{ OUT, R,  1, 0, 0, 0,   MOVES(CLOSE) } } },
	{ "reset exactly where expected", .after = TALKED, .lines = {
		{ IN, R, 1, 0, 0, 0, MOVES(CLOSE) } } },
	{ "reset by the initiator", .after = TALKED, .lines = {
		{ OUT, RA, 101, 0, 1, 0, MOVES(CLOSE) } } },
	{ "reset before what was acknowledged", .after = TALKED, .lines = {
		{ IN, R, 0,   0, 0, 0, REFUSED(RST, ESTABLISHED) },
		{ IN, R, -99, 0, 0, 0, REFUSED(RST, ESTABLISHED) } } },
	{ "reset before, not judged", .ignore_invalid_rst = true, .after = TALKED, .lines = {
		{ IN, R, 0, 0, 0, 0, LIVES(ESTABLISHED, CLOSE) } } },
	{ "reset before the highest ack, though not the last",
	  .after = TALKED, .lines = {
		{ IN,  A, 1,  0, 50, WIN, MOVES(ESTABLISHED) },
		{ OUT, R, 50, 0, 0,  0,   REFUSED(RST, ESTABLISHED) } } },
	{ "reset before, at an ack of long ago", .ignore_invalid_rst = true,
	  .after = OPEN, .lines = {
		{ OUT, A, 1,    9000, 1,     WIN, LIVES(ESTABLISHED, UNACK) },
		{ IN,  A, 1,    0,    9001,  WIN, MOVES(ESTABLISHED) },
		{ OUT, A, 9001, 9000, 1,     WIN, LIVES(ESTABLISHED, UNACK) },
		{ IN,  A, 1,    0,    18001, WIN, MOVES(ESTABLISHED) },
		{ IN,  A, 1,    0,    1,     WIN, MOVES(ESTABLISHED) },
		{ OUT, R, 1,    0,    0,     0,
		  IGNORED(SEQ_UNDER, ESTABLISHED) } } },
	{ "reset in the window waits for a challenge", .after = TALKED, .lines = {
		{ IN,  R, 50,  0, 0, 0,   LIVES(ESTABLISHED, CLOSE) },
		{ OUT, A, 101, 0, 1, WIN, LIVES(ESTABLISHED, UNACK) } } },
	{ "reset in the window, answered at the right place", .after = TALKED, .lines = {
		{ IN,  R, 50,  0, 0, 0,   LIVES(ESTABLISHED, CLOSE) },
		{ OUT, A, 101, 0, 1, WIN, LIVES(ESTABLISHED, UNACK) },
		{ IN,  R, 1,   0, 0, 0,   MOVES(CLOSE) } } },
	{ "reset beyond the window", .after = TALKED, .lines = {
		{ IN, R, 90000, 0, 0, 0, REFUSED(SEQ_OVER, ESTABLISHED) } } },
	{ "reset at the end of its own data", .after = TALKED, .lines = {
		{ IN, A, 1,   99, 101, WIN, LIVES(ESTABLISHED, UNACK) },
		{ IN, R, 100, 0,  0,   0,   MOVES(CLOSE) } } },
	{ "reset beyond the end of its own data", .after = TALKED, .lines = {
		{ IN, A, 1,   99, 101, WIN, LIVES(ESTABLISHED, UNACK) },
		{ IN, R, 101, 0,  0,   0,   LIVES(ESTABLISHED, CLOSE) } } },
	{ "reset at the end of the other's data", .iss = { 5000, 5000 },
	  .after = TALKED, .lines = {
		{ OUT, A, 101, 99, 1, WIN, LIVES(ESTABLISHED, UNACK) },
		{ IN,  R, 200, 0,  0, 0,   LIVES(ESTABLISHED, CLOSE) } } },
	{ "reset far away that acks the last data", .after = TALKED, .lines = {
		{ OUT, A,  101,   9, 1,   WIN, LIVES(ESTABLISHED, UNACK) },
		{ IN,  RA, 90000, 0, 110, 0,
		  REFUSED(SEQ_OVER, ESTABLISHED) } } },
	{ "reset while closing, wherever", .after = OPEN, .lines = {
		{ OUT, FA, 1,     0, 1, WIN, MOVES(FIN_WAIT) },
		{ IN,  R,  90000, 0, 0, 0,   MOVES(CLOSE) } } },
	{ "reset before, while closing", .after = CLOSING, .lines = {
		{ IN, R, -9, 0, 0, 0, MOVES(CLOSE) } } },
	{ "reset of a new SYN that we ignored", .after = TALKED, .lines = {
		{ OUT, S,  5000, 0, 0,    WIN,
		  IGNORED(OUT_OF_SYNC, ESTABLISHED) },
		{ IN,  RA, -800, 0, 5001, 0,   MOVES(CLOSE) } } },
	{ "reset of an ignored SYN acks something else", .after = TALKED, .lines = {
		{ OUT, S,  5000,    0, 0,    WIN,
		  IGNORED(OUT_OF_SYNC, ESTABLISHED) },
		{ IN,  RA, 9000000, 0, 5002, 0,
		  REFUSED(SEQ_OVER, ESTABLISHED) } } },
	{ "none answers its own SYN with a reset", .iss = { 5000, 5000 },
	  .after = TALKED, .lines = {
		{ OUT, S,  5000,    0, 0,    WIN,
		  IGNORED(OUT_OF_SYNC, ESTABLISHED) },
		{ OUT, RA, 9000000, 0, 5001, 0,
		  REFUSED(SEQ_OVER, ESTABLISHED) } } },
	{ "reset beyond the window before any reply", .lines = {
		{ OUT, S,  0, 0, 0,    WIN, MOVES(SYN_SENT) },
		{ IN,  SA, 0, 0, 1000, WIN, REFUSED(ACK_OVER, SYN_SENT) },
		{ IN,  R,  6, 0, 0,    0,   IGNORED(OVERSHOOT, SYN_SENT) } } },
	/* Linux b303e7b80ff1: a server's RST was INVALID when ports came back */
	{ "sequence zero before the handshake ends", .iss = { 1000, 100 },
	  .lines = {
		{ OUT, S,  0,    0, 0, WIN, MOVES(SYN_SENT) },
		{ IN,  S,  0,    0, 0, WIN, LIVES(SYN_SENT2, NONE) },
		{ OUT, SA, 0,    0, 1, WIN, MOVES(SYN_RECV) },
		{ IN,  RA, -100, 0, 1, 0,   MOVES(CLOSE) } } },
	{ "reset in the window before the handshake ends", .lines = {
		{ OUT, S,  0,  0, 0, WIN, MOVES(SYN_SENT) },
		{ IN,  S,  0,  0, 0, WIN, LIVES(SYN_SENT2, NONE) },
		{ OUT, SA, 0,  0, 1, WIN, MOVES(SYN_RECV) },
		{ IN,  R,  50, 0, 0, 0,   MOVES(CLOSE) } } },
	{ "sequence zero once settled", .iss = { 1000, 100 }, .after = OPEN, .lines = {
		{ IN, RA, -100, 0, 1, 0, REFUSED(RST, ESTABLISHED) } } },
	{ "a half-open peer's ACK is reset", .lines = {
		{ OUT, S,  0,   0, 0,   WIN, MOVES(SYN_SENT) },
		{ IN,  A,  800, 0, 500, WIN, IGNORED(OUT_OF_SYNC, SYN_SENT) },
		{ OUT, RA, 777, 0, 800, 0,   MOVES(CLOSE) },
		{ OUT, S,  0,   0, 0,   WIN, REOPENS(CLOSE) },
		{ OUT, S,  0,   0, 0,   WIN, MOVES(SYN_SENT) } } },
	/* Linux c410cb974f2b: the reset after a challenge ACK was INVALID */
	{ "a challenge on reuse is reset", .lines = {
		{ OUT, S, 0,   0, 0,   WIN, MOVES(SYN_SENT) },
		{ IN,  A, 800, 0, 500, WIN, IGNORED(OUT_OF_SYNC, SYN_SENT) },
		{ OUT, R, 500, 0, 0,   0,   MOVES(CLOSE) },
		{ OUT, S, 0,   0, 0,   WIN, REOPENS(CLOSE) },
		{ OUT, S, 0,   0, 0,   WIN, MOVES(SYN_SENT) } } },
	{ "a challenge on reuse, reset elsewhere", .lines = {
		{ OUT, S, 0,   0, 0,   WIN, MOVES(SYN_SENT) },
		{ IN,  A, 800, 0, 500, WIN, IGNORED(OUT_OF_SYNC, SYN_SENT) },
		{ OUT, R, 501, 0, 0,   0,   REFUSED(SEQ_OVER, SYN_SENT) } } },
	{ "a forged reset does not hide a challenge", .lines = {
		{ OUT, S,  0,   0, 0,    WIN, MOVES(SYN_SENT) },
		{ IN,  A,  800, 0, 500,  WIN, IGNORED(OUT_OF_SYNC, SYN_SENT) },
		{ IN,  RA, 800, 0, 9999, 0,   REFUSED(ACK_OVER, SYN_SENT) },
		{ OUT, R,  500, 0, 0,    0,   MOVES(CLOSE) } } },
	{ "data after a reset", .after = TALKED, .lines = {
		{ IN,  R,  1,   0,  0,   0,   MOVES(CLOSE) },
		{ OUT, A,  101, 10, 1,   WIN, MOVES(CLOSE) },
		{ IN,  FA, 1,   0,  101, WIN, MOVES(CLOSE) } } },
};

static const struct story reuses[] = {
	{ "reopened from TIME_WAIT", .after = CLOSING, .lines = {
		{ OUT, A, 2,     0, 2, WIN, MOVES(TIME_WAIT) },
		{ OUT, S, 50000, 0, 0, WIN, REOPENS(TIME_WAIT) },
		{ OUT, S, 50000, 0, 0, WIN, MOVES(SYN_SENT) } } },
	{ "reopened from TIME_WAIT by the responder", .after = CLOSING, .lines = {
		{ OUT, A, 2,     0, 2, WIN, MOVES(TIME_WAIT) },
		{ IN,  S, 50000, 0, 0, WIN, REOPENS(TIME_WAIT) } } },
	{ "reopened by the host that reset it", .after = TALKED, .lines = {
		{ IN,  A, 1,   9, 101, WIN, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 101, 0, 10,  WIN, MOVES(ESTABLISHED) },
		{ OUT, R, 101, 0, 0,   0,   MOVES(CLOSE) },
		{ OUT, S, 900, 0, 0,   WIN, REOPENS(CLOSE) },
		{ OUT, S, 0,   0, 0,   WIN, MOVES(SYN_SENT) } } },
	{ "not reopened by the host that was reset", .after = TALKED, .lines = {
		{ IN,  R,  1,     0, 0,     0,   MOVES(CLOSE) },
		{ OUT, S,  50000, 0, 0,     WIN,
		  IGNORED(OUT_OF_SYNC, CLOSE) },
		{ IN,  SA, 70000, 0, 50001, WIN, MOVES(SYN_RECV) },
		{ OUT, A,  50001, 0, 70001, WIN, MOVES(ESTABLISHED) } } },
	{ "closed in order, then reset, then reopened", .after = CLOSING, .lines = {
		{ IN,  R, 2,     0, 0, 0,   MOVES(CLOSE) },
		{ OUT, S, 50000, 0, 0, WIN, REOPENS(CLOSE) } } },
	{ "a new SYN while it is open to us", .after = TALKED, .lines = {
		{ OUT, S,  50000, 0, 0,     WIN,
		  IGNORED(OUT_OF_SYNC, ESTABLISHED) },
		{ IN,  SA, 70000, 0, 50001, WIN, MOVES(SYN_RECV) },
		{ OUT, A,  50001, 9, 70001, WIN,
		  LIVES(ESTABLISHED, UNACK) },
		{ IN,  A,  70001, 0, 50010, WIN, MOVES(ESTABLISHED) } } },
	{ "a new SYN while it is open to us, then a reset", .after = TALKED, .lines = {
		{ OUT, S,  50000, 0, 0,     WIN,
		  IGNORED(OUT_OF_SYNC, ESTABLISHED) },
		{ IN,  SA, 70000, 0, 50001, WIN, MOVES(SYN_RECV) },
		{ OUT, R,  50005, 0, 0,     0,   MOVES(CLOSE) } } },
	{ "a SYN/ACK for another SYN than we ignored", .after = TALKED, .lines = {
		{ OUT, S,  50000, 0, 0,     WIN,
		  IGNORED(OUT_OF_SYNC, ESTABLISHED) },
		{ IN,  SA, 70000, 0, 50002, WIN,
		  IGNORED(OUT_OF_SYNC, ESTABLISHED) },
		{ IN,  SA, 70000, 0, 50001, WIN,
		  IGNORED(OUT_OF_SYNC, ESTABLISHED) } } },
	/* Linux 8a80c79a776d: the SYN/ACK was taken for the old one's */
	{ "a new SYN during the handshake", .lines = {
		{ OUT, S,  0,     0, 0,     WIN, MOVES(SYN_SENT) },
		{ IN,  SA, 0,     0, 1,     WIN, MOVES(SYN_RECV) },
		{ OUT, S,  50000, 0, 0,     WIN,
		  IGNORED(OUT_OF_SYNC, SYN_RECV) },
		{ IN,  SA, 70000, 0, 50001, WIN, MOVES(SYN_RECV) },
		{ OUT, A,  50001, 0, 70001, WIN, ASSURES(ESTABLISHED) } } },
	{ "a spurious SYN is challenged", .after = TALKED, .lines = {
		{ OUT, S, 50000, 0, 0,   WIN,
		  IGNORED(OUT_OF_SYNC, ESTABLISHED) },
		{ IN,  A, 1,     0, 101, WIN, MOVES(ESTABLISHED) },
		{ OUT, A, 101,   0, 1,   WIN, MOVES(ESTABLISHED) } } },
	/* Linux b3cad287d13b: the challenge was taken for the last ACK */
	{ "a challenge in LAST_ACK is not the last ACK", .after = CLOSING, .lines = {
		{ OUT, S, 50000, 0, 0, WIN, IGNORED(OUT_OF_SYNC, LAST_ACK) },
		{ IN,  A, 2,     0, 2, WIN, IGNORED(CHALLENGE_ACK, LAST_ACK) },
		{ IN,  A, 2,     0, 2, WIN, MOVES(TIME_WAIT) } } },
	{ "the last ACK from the side of the SYN", .after = CLOSING, .lines = {
		{ OUT, S, 50000, 0, 0, WIN, IGNORED(OUT_OF_SYNC, LAST_ACK) },
		{ OUT, A, 2,     0, 2, WIN, MOVES(TIME_WAIT) } } },
	{ "a challenge in LAST_ACK is reset", .after = CLOSING, .lines = {
		{ OUT, S, 50000, 0, 0, WIN, IGNORED(OUT_OF_SYNC, LAST_ACK) },
		{ IN,  A, 2,     0, 2, WIN, IGNORED(CHALLENGE_ACK, LAST_ACK) },
		{ OUT, R, 2,     0, 0, 0,   MOVES(CLOSE) },
		{ OUT, S, 50000, 0, 0, WIN, REOPENS(CLOSE) },
		{ OUT, S, 50000, 0, 0, WIN, MOVES(SYN_SENT) } } },
	{ "a SYN from the responder of an open flow", .after = TALKED, .lines = {
		{ IN, S, 50000, 0, 0, WIN, REFUSED(STATE, ESTABLISHED) } } },
};

static const struct story endurances[] = {
	{ "the fourth of the same", .after = OPEN, .lines = {
		{ OUT, A, 1, 9, 1,  WIN, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 1, 9, 1,  WIN, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 1, 9, 1,  WIN, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 1, 9, 1,  WIN, LIVES(ESTABLISHED, RETRANS) },
		{ IN,  A, 1, 0, 10, WIN, MOVES(ESTABLISHED) },
		{ OUT, A, 1, 9, 1,  WIN, MOVES(ESTABLISHED) } } },
	{ "three of the same, with something between", .after = OPEN, .lines = {
		{ OUT, A, 1, 9, 1, WIN, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 1, 9, 1, WIN, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 1, 9, 1, WIN, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 1, 8, 1, WIN, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 1, 9, 1, WIN, LIVES(ESTABLISHED, UNACK) } } },
	{ "another ack is not the same", .after = OPEN, .lines = {
		{ IN,  A, 1, 900, 1,   WIN, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 1, 0,   1,   WIN, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 1, 0,   1,   WIN, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 1, 0,   1,   WIN, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 1, 0,   500, WIN, LIVES(ESTABLISHED, UNACK) } } },
	{ "another beginning is not the same", .after = OPEN, .lines = {
		{ OUT, A, 1, 9, 1, WIN, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 1, 9, 1, WIN, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 1, 9, 1, WIN, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 5, 5, 1, WIN, LIVES(ESTABLISHED, UNACK) } } },
	{ "the same numbers the other way", .iss = { 5000, 5000 }, .after = OPEN, .lines = {
		{ IN,  A, 1, 0, 1, WIN, MOVES(ESTABLISHED) },
		{ OUT, A, 1, 0, 1, WIN, MOVES(ESTABLISHED) },
		{ IN,  A, 1, 0, 1, WIN, MOVES(ESTABLISHED) },
		{ OUT, A, 1, 0, 1, WIN, MOVES(ESTABLISHED) } } },
	{ "another window is not the same", .after = OPEN, .lines = {
		{ OUT, A, 1, 9, 1, 500, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 1, 9, 1, 500, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 1, 9, 1, 500, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 1, 9, 1, 600, LIVES(ESTABLISHED, UNACK) } } },
	{ "a reset does not end retransmissions", .after = TALKED, .lines = {
		{ OUT, A, 101, 9, 1, WIN, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 101, 9, 1, WIN, LIVES(ESTABLISHED, UNACK) },
		{ OUT, R, 150, 0, 0, 0,   LIVES(ESTABLISHED, CLOSE) },
		{ OUT, A, 101, 9, 1, WIN, LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 101, 9, 1, WIN, LIVES(ESTABLISHED, RETRANS) } } },
	{ "retransmissions do not lengthen a closing", .after = CLOSING, .lines = {
		{ OUT, A, 2, 0, 2, WIN, MOVES(TIME_WAIT) },
		{ OUT, A, 2, 0, 2, WIN, MOVES(TIME_WAIT) },
		{ OUT, A, 2, 0, 2, WIN, MOVES(TIME_WAIT) },
		{ OUT, A, 2, 0, 2, WIN, MOVES(TIME_WAIT) } } },
	{ "a closed window", .after = TALKED, .lines = {
		{ IN,  A, 1,   0, 101, 0,   LIVES(ESTABLISHED, RETRANS) },
		{ OUT, A, 101, 0, 1,   WIN, MOVES(ESTABLISHED) } } },
	{ "a closed window is probed with a byte", .after = OPEN, .lines = {
		{ IN,  A, 1,   0,   1,   0,   LIVES(ESTABLISHED, RETRANS) },
		{ OUT, A, 1,   WIN, 1,   WIN, LIVES(ESTABLISHED, UNACK) },
		{ IN,  A, 1,   0,   TOP, 0,   LIVES(ESTABLISHED, RETRANS) },
		{ OUT, A, TOP, 1,   1,   WIN, LIVES(ESTABLISHED, UNACK) },
		{ IN,  A, 1,   0,   TOP, 0,
		  LIVES(ESTABLISHED, UNACK) } } },
	{ "liberal: data beyond the window", .be_liberal = true, .after = OPEN, .lines = {
		{ OUT, A, 90000, 9, 1, WIN, MOVES(ESTABLISHED) },
		{ OUT, A, 1,     0, 1, WIN, MOVES(ESTABLISHED) } } },
	{ "strict about windows otherwise", .after = OPEN, .lines = {
		{ OUT, A, 90000, 9, 1, WIN,
		  REFUSED(SEQ_OVER, ESTABLISHED) } } },
	{ "liberal: not about resets", .be_liberal = true, .after = TALKED, .lines = {
		{ IN, R, 0, 0, 0, 0, REFUSED(RST, ESTABLISHED) } } },
};

static void story_name(const struct story *s, char *desc)
{
	strscpy(desc, s->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(opening, openings, story_name);
KUNIT_ARRAY_PARAM(pickup, pickups, story_name);
KUNIT_ARRAY_PARAM(closing, closings, story_name);
KUNIT_ARRAY_PARAM(reset, resets, story_name);
KUNIT_ARRAY_PARAM(reuse, reuses, story_name);
KUNIT_ARRAY_PARAM(endurance, endurances, story_name);

static struct flow begin(const struct story *s)
{
	struct flow flow = {
		.policy		= tcp_default_policy(),
		.know.status	= s->status,
		.know.synproxy	= s->synproxy,
		/* The one wraps at once, the other turns negative. */
		.iss		= { s->iss[OUT] ?: -50,
				    s->iss[IN] ?: (1U << 31) - 50 },
	};

	flow.policy.loose = !s->strict;
	flow.policy.be_liberal = s->be_liberal;
	flow.policy.ignore_invalid_rst = s->ignore_invalid_rst;
	return flow;
}

/* Returns how many lines there were.  No flags and no window: the end. */
static int tell_all(struct kunit *test, struct flow *flow,
		    const struct line *lines)
{
	int i;

	for (i = 0; i < LINES && (lines[i].win || lines[i].flags); i++)
		tcp_tell(test, flow, &lines[i], i + 1);
	return i;
}

static void goes_as_told(struct kunit *test)
{
	const struct story *s = test->param_value;
	struct flow flow = begin(s);
	int told;

	told = tell_all(test, &flow, before[s->after]);
	told += tell_all(test, &flow, s->lines);
	KUNIT_EXPECT_GT(test, told, 0);
}

/* Which events each packet of a flow causes. */
struct event_line {
	struct line packet;
	unsigned int events;
};

static const struct event_line event_lines[] = {
	{ { OUT, S,   0, 0, 0, WIN }, BIT(IPCT_PROTOINFO) },
	{ { OUT, S,   0, 0, 0, WIN }, 0 },
	{ { IN,  SA, 0, 0, 1, WIN }, BIT(IPCT_PROTOINFO) },
	{ { IN,  SA, 0, 0, 1, WIN }, 0 },
	{ { OUT, A,   1, 0, 1, WIN }, BIT(IPCT_PROTOINFO) | BIT(IPCT_ASSURED) },
	{ { OUT, A,   1, 9, 1, WIN }, 0 },
	{ { IN,  A,   90000, 0, 1, WIN }, 0 },
	{ { IN,  FA, 1, 0, 10, WIN }, BIT(IPCT_PROTOINFO) },
	{ { IN,  FA, 1, 0, 10, WIN }, BIT(IPCT_PROTOINFO) },
	{ { OUT, R,   10, 0, 0, 0 }, BIT(IPCT_PROTOINFO) },
	{ { OUT, R,   10, 0, 0, 0 }, 0 },
};

static void tells_what_changed(struct kunit *test)
{
	struct flow flow = begin(&openings[0]);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(event_lines); i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    tcp_send(&flow, &event_lines[i].packet).events,
				    event_lines[i].events,
				    "packet %zu", i + 1);
}

/* A refused connection's end is an event, too. */
static void tells_the_end(struct kunit *test)
{
	static const struct line syn = { OUT, S,   0, 0, 0, WIN };
	static const struct line rst = { IN,  RA, 0, 0, 1, 0 };
	struct flow flow = begin(&openings[0]);

	tcp_send(&flow, &syn);
	KUNIT_EXPECT_EQ(test, tcp_send(&flow, &rst).events,
			(unsigned int)BIT(IPCT_PROTOINFO));
}

/* The connection is another one, though its state has the same name. */
static void tells_of_a_new_one(struct kunit *test)
{
	static const struct line lines[] = {
		{ OUT, S,  0,     0, 0, WIN },
		{ IN,  SA, 0,     0, 1, WIN },
		{ OUT, S,  50000, 0, 0, WIN },
	};
	static const struct line answer = { IN, SA, 70000, 0, 50001, WIN };
	struct flow flow = begin(&openings[0]);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines); i++)
		tcp_send(&flow, &lines[i]);
	KUNIT_EXPECT_EQ(test, (int)flow.tcp.state, (int)TCP_CONNTRACK_SYN_RECV);
	KUNIT_EXPECT_EQ(test, tcp_send(&flow, &answer).events,
			(unsigned int)BIT(IPCT_PROTOINFO));
}

/* What lives less than two minutes is not worth hurrying. */
static void lets_the_short_lived_be(struct kunit *test)
{
	static const struct line lines[LINES + 1] = {
		{ OUT, FA, 1,     0, 1, WIN, MOVES(FIN_WAIT) },
		{ IN,  A,  1,     0, 2, WIN, MOVES(CLOSE_WAIT) },
		{ OUT, FA, 90000, 0, 1, WIN, REFUSED(SEQ_OVER, CLOSE_WAIT) },
		{ IN,  FA, 90000, 0, 1, WIN, REFUSED(SEQ_OVER, CLOSE_WAIT) },
	};
	struct flow flow = begin(&openings[0]);
	unsigned int hasty[TCP_CONNTRACK_TIMEOUT_MAX];

	tell_all(test, &flow, before[OPEN]);
	memcpy(hasty, tcp_lives, sizeof(hasty));
	hasty[TCP_CONNTRACK_UNACK] = hasty[TCP_CONNTRACK_CLOSE_WAIT] - HZ;
	flow.policy.timeouts = hasty;
	tcp_send(&flow, &lines[0]);	/* its own life is not what is tested */
	tell_all(test, &flow, lines + 1);
}

/* An entry that ctnetlink made (conntrackd at failover): a state, no more. */
static struct flow taken_over(u8 state)
{
	struct flow flow = begin(&openings[0]);

	flow.know.status = IPS_CONFIRMED | IPS_SEEN_REPLY | IPS_ASSURED;
	flow.tcp.state = state;
	return flow;
}

/* Both sides are taken at their word, but only once. */
static void takes_over(struct kunit *test)
{
	static const struct line lines[] = {
		{ OUT, A, 7000,  99, 1,    WIN, MOVES(ESTABLISHED) },
		{ IN,  A, 1,     0,  7099, WIN, MOVES(ESTABLISHED) },
		{ OUT, A, 27099, 0,  1,    0,   LIVES(ESTABLISHED, UNACK) },
		{ OUT, A, 90000, 0,  1,    WIN,
		  REFUSED(SEQ_OVER, ESTABLISHED) },
		{ IN,  A, 90000, 0,  7099, WIN,
		  REFUSED(SEQ_OVER, ESTABLISHED) },
	};
	struct flow flow = taken_over(TCP_CONNTRACK_ESTABLISHED);
	size_t i;

	flow.tcp.seen[OUT].td_scale = 1;
	for (i = 0; i < ARRAY_SIZE(lines); i++)
		tcp_tell(test, &flow, &lines[i], i + 1);
}

/* A closed window is a word, too. */
static void takes_over_with_a_closed_window(struct kunit *test)
{
	static const struct line lines[LINES] = {
		{ OUT, A, 7000,  0, 1, 0,   LIVES(ESTABLISHED, RETRANS) },
		{ OUT, A, 90000, 0, 1, WIN,
		  REFUSED(SEQ_OVER, ESTABLISHED) },
	};
	struct flow flow = taken_over(TCP_CONNTRACK_ESTABLISHED);

	KUNIT_EXPECT_EQ(test, tell_all(test, &flow, lines), 2);
}

/* Data over the edge tells nothing of a side that has said nothing yet. */
static void takes_over_the_silent_side(struct kunit *test)
{
	static const struct line lines[LINES] = {
		{ OUT, A, 7000,   0,   1,    10,  MOVES(ESTABLISHED) },
		{ OUT, A, 7000,   100, 1,    10,  LIVES(ESTABLISHED, UNACK) },
		{ IN,  A, 400000, 0,   7100, WIN, MOVES(ESTABLISHED) },
	};
	struct flow flow = taken_over(TCP_CONNTRACK_ESTABLISHED);

	KUNIT_EXPECT_EQ(test, tell_all(test, &flow, lines), 3);
}

/* Who sent the SYN does not answer it, though the numbers may agree. */
static void answers_no_syn_of_its_own(struct kunit *test)
{
	static const struct line lines[LINES] = {
		{ IN, S,  500, 0, 0,   WIN, IGNORED(OUT_OF_SYNC, TIME_WAIT) },
		{ IN, SA, 900, 0, 501, WIN, IGNORED(OUT_OF_SYNC, TIME_WAIT) },
	};
	struct flow flow = taken_over(TCP_CONNTRACK_TIME_WAIT);

	flow.iss[OUT] = flow.iss[IN];
	KUNIT_EXPECT_EQ(test, tell_all(test, &flow, lines), 2);
}

/*
 * Only where the handshake was not seen does UNACK cut an unanswered life.
 * RETRANS does: no window has been counted yet, and none is a closed one.
 */
static void waits_as_long_as_told(struct kunit *test)
{
	static const struct line syn = { OUT, S, 0, 0, 0, WIN };
	struct flow flow = begin(&openings[0]);
	unsigned int patient[TCP_CONNTRACK_TIMEOUT_MAX];

	memcpy(patient, tcp_lives, sizeof(patient));
	patient[TCP_CONNTRACK_SYN_SENT] = 1000 * HZ;
	flow.policy.timeouts = patient;
	KUNIT_EXPECT_EQ(test, tcp_send(&flow, &syn).timeout,
			tcp_lives[TCP_CONNTRACK_RETRANS]);
}

/* What was not seen must not be held against either side; ctnetlink shows it. */
static void forgives_what_it_missed(struct kunit *test)
{
	static const struct line ack = { OUT, A, 7000, 0, 1, WIN };
	const u8 flags = IP_CT_TCP_FLAG_SACK_PERM | IP_CT_TCP_FLAG_BE_LIBERAL;
	struct flow flow = begin(&openings[0]);

	tcp_send(&flow, &ack);
	KUNIT_EXPECT_EQ(test, flow.tcp.seen[OUT].flags & flags, (int)flags);
	KUNIT_EXPECT_EQ(test, flow.tcp.seen[IN].flags & flags, (int)flags);
	KUNIT_EXPECT_EQ(test, flow.tcp.seen[OUT].td_maxend,
			flow.tcp.seen[OUT].td_end + WIN);
}

/* For the log: the state that the packet met. */
static void says_which_state(struct kunit *test)
{
	static const struct line syn = { OUT, S, 0, 0, 0, WIN };
	static const struct line early = { OUT, A, 1, 0, 1, WIN };
	static const struct line half_open = { IN, A, 9, 0, 9, WIN };
	struct flow flow = begin(&openings[0]);

	tcp_send(&flow, &syn);
	KUNIT_EXPECT_EQ(test, tcp_send(&flow, &early).arg,
			(u32)TCP_CONNTRACK_SYN_SENT);
	KUNIT_EXPECT_EQ(test, tcp_send(&flow, &half_open).arg,
			(u32)TCP_CONNTRACK_SYN_SENT);
}

/* A timeout of 0 means "leave it", which is not what a sysctl of 0 means. */
static void never_lives_for_nothing(struct kunit *test)
{
	static const unsigned int none[TCP_CONNTRACK_TIMEOUT_MAX];
	static const struct line syn = { OUT, S, 0, 0, 0, WIN };
	struct flow flow = begin(&openings[0]);

	flow.policy.timeouts = none;
	KUNIT_EXPECT_EQ(test, tcp_send(&flow, &syn).timeout, 1U);
}

/* An entry that is not confirmed is begun anew by each packet. */
static void begins_anew_until_confirmed(struct kunit *test)
{
	static const struct line first = { OUT, S, 0, 0, 0, WIN };
	static const struct line again = { OUT, S, 700, 0, 0, 77 };
	struct flow flow = begin(&openings[0]);

	tcp_send(&flow, &first);
	flow.know.status = 0;
	tcp_send(&flow, &again);
	KUNIT_EXPECT_EQ(test, flow.tcp.seen[OUT].td_end, flow.iss[OUT] + 701);
	KUNIT_EXPECT_EQ(test, flow.tcp.seen[OUT].td_maxwin, 77U);
	KUNIT_EXPECT_EQ(test, (int)flow.tcp.seen[OUT].flags, 0);
}

/* 256 retransmissions are not none. */
static void counts_no_further_than_it_can(struct kunit *test)
{
	static const struct line same = { OUT, A, 1, 9, 1, WIN };
	struct flow flow = begin(&openings[0]);
	int i;

	tell_all(test, &flow, before[OPEN]);
	for (i = 0; i < 600; i++)
		tcp_send(&flow, &same);
	KUNIT_EXPECT_EQ(test, (int)flow.tcp.retrans, 255);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(goes_as_told, opening_gen_params),
	KUNIT_CASE_PARAM(goes_as_told, pickup_gen_params),
	KUNIT_CASE_PARAM(goes_as_told, closing_gen_params),
	KUNIT_CASE_PARAM(goes_as_told, reset_gen_params),
	KUNIT_CASE_PARAM(goes_as_told, reuse_gen_params),
	KUNIT_CASE_PARAM(goes_as_told, endurance_gen_params),
	KUNIT_CASE(tells_what_changed),
	KUNIT_CASE(tells_the_end),
	KUNIT_CASE(tells_of_a_new_one),
	KUNIT_CASE(lets_the_short_lived_be),
	KUNIT_CASE(takes_over),
	KUNIT_CASE(takes_over_with_a_closed_window),
	KUNIT_CASE(takes_over_the_silent_side),
	KUNIT_CASE(answers_no_syn_of_its_own),
	KUNIT_CASE(waits_as_long_as_told),
	KUNIT_CASE(forgives_what_it_missed),
	KUNIT_CASE(says_which_state),
	KUNIT_CASE(never_lives_for_nothing),
	KUNIT_CASE(begins_anew_until_confirmed),
	KUNIT_CASE(counts_no_further_than_it_can),
	{}
};

static struct kunit_suite suite = {
	.name		= "nf_ct_tcp_story",
	.test_cases	= cases,
};

kunit_test_suites(&suite);
