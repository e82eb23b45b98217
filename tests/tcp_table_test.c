// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP's state table, written a second time; and the flags that lead into it.
 */
#include <kunit/test.h>
#include <linux/string.h>
#include <nf_ct/tcp.h>

#define STATES	10

/* What a character of the strings below stands for. */
static const char alphabet[TCP_CONNTRACK_TIMEOUT_MAX + 1] = {
	[TCP_CONNTRACK_NONE]		= '-',	/* INVALID */
	[TCP_CONNTRACK_SYN_SENT]	= '1',
	[TCP_CONNTRACK_SYN_RECV]	= '2',
	[TCP_CONNTRACK_ESTABLISHED]	= '3',
	[TCP_CONNTRACK_FIN_WAIT]	= '4',
	[TCP_CONNTRACK_CLOSE_WAIT]	= '5',
	[TCP_CONNTRACK_LAST_ACK]	= '6',
	[TCP_CONNTRACK_TIME_WAIT]	= '7',
	[TCP_CONNTRACK_CLOSE]		= '8',
	[TCP_CONNTRACK_SYN_SENT2]	= '9',
	[TCP_CONNTRACK_MAX]		= '?',	/* not a state */
	[TCP_CONNTRACK_IGNORE]		= '.',
};

struct table_case {
	const char *name;
	enum ip_conntrack_dir dir;
	enum nf_ct_tcp_event event;
	/* from NONE to SYN_SENT2, as the alphabet has it */
	const char *next;
};

static const struct table_case table_cases[] = {
	{ "SYN from the initiator",
	  IP_CT_DIR_ORIGINAL, NF_CT_TCP_SYN,	"11.....119" },
	{ "SYN/ACK from the initiator",
	  IP_CT_DIR_ORIGINAL, NF_CT_TCP_SYNACK,	"--2------2" },
	{ "FIN from the initiator",
	  IP_CT_DIR_ORIGINAL, NF_CT_TCP_FIN,	"--4466678-" },
	{ "ACK from the initiator",
	  IP_CT_DIR_ORIGINAL, NF_CT_TCP_ACK,	"3-3355778-" },
	{ "RST from the initiator",
	  IP_CT_DIR_ORIGINAL, NF_CT_TCP_RST,	"-888888888" },
	{ "no flags from the initiator",
	  IP_CT_DIR_ORIGINAL, NF_CT_TCP_NONE,	"----------" },
	{ "SYN from the responder",
	  IP_CT_DIR_REPLY, NF_CT_TCP_SYN,	"-9-----1-9" },
	{ "SYN/ACK from the responder",
	  IP_CT_DIR_REPLY, NF_CT_TCP_SYNACK,	"-2.......2" },
	{ "FIN from the responder",
	  IP_CT_DIR_REPLY, NF_CT_TCP_FIN,	"--4466678-" },
	{ "ACK from the responder",
	  IP_CT_DIR_REPLY, NF_CT_TCP_ACK,	"-.2355778." },
	{ "RST from the responder",
	  IP_CT_DIR_REPLY, NF_CT_TCP_RST,	"-888888888" },
	{ "no flags from the responder",
	  IP_CT_DIR_REPLY, NF_CT_TCP_NONE,	"----------" },
};

static void table_name(const struct table_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(table, table_cases, table_name);

static void leads_where_it_should(struct kunit *test)
{
	const struct table_case *c = test->param_value;
	char got[STATES + 1] = "";
	u8 state;

	for (state = 0; state < STATES; state++)
		got[state] = alphabet[nf_ct_tcp_next(state, c->dir, c->event)];
	KUNIT_EXPECT_STREQ(test, got, c->next);
}

static void covers_every_cell(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, STATES, (int)TCP_CONNTRACK_MAX);
	KUNIT_EXPECT_EQ(test, (int)ARRAY_SIZE(table_cases),
			(int)IP_CT_DIR_MAX * NF_CT_TCP_EVENTS);
}

/* The numbers are printed by log_invalid as "index". */
struct event_case {
	const char *name;
	u8 flags;
	int event;
	bool valid;
};

enum {
	F = NF_CT_TCP_F_FIN,
	S = NF_CT_TCP_F_SYN,
	R = NF_CT_TCP_F_RST,
	P = NF_CT_TCP_F_PSH,
	A = NF_CT_TCP_F_ACK,
	U = NF_CT_TCP_F_URG,
	E = NF_CT_TCP_F_ECE,
	C = NF_CT_TCP_F_CWR,
};

static const struct event_case event_cases[] = {
	{ "SYN",			S,			0, true },
	{ "SYN with urgent data",	S | U,			0, true },
	{ "SYN that offers ECN",	S | E | C,		0, true },
	{ "SYN/ACK",			S | A,			1, true },
	{ "SYN/ACK that takes ECN",	S | A | E,		1, true },
	{ "FIN",			F | A,			2, true },
	{ "FIN with data",		F | A | P,		2, true },
	{ "FIN with urgent data",	F | A | U,		2, true },
	{ "ACK",			A,			3, true },
	{ "data",			A | P,			3, true },
	{ "urgent data",		A | U,			3, true },
	{ "congestion echoed",		A | E | C,		3, true },
	{ "RST",			R,			4, true },
	{ "RST with ACK",		R | A,			4, true },
	{ "no flags (null scan)",	0,			5, false },
	{ "PSH alone",			P,			5, false },
	{ "URG alone",			U,			5, false },
	{ "ECN flags alone",		E | C,			5, false },
	{ "FIN without ACK (FIN scan)",	F,			2, false },
	{ "FIN, PSH, URG (Xmas scan)",	F | P | U,		2, false },
	{ "SYN and FIN",		S | F,			0, false },
	{ "SYN, FIN and ACK",		S | F | A,		1, false },
	{ "SYN and RST",		S | R,			4, false },
	{ "SYN, RST and ACK",		S | R | A,		4, false },
	{ "RST and FIN",		R | F,			4, false },
	{ "RST, FIN and ACK",		R | F | A,		4, false },
	{ "RST with urgent data",	R | U,			4, false },
	{ "RST with ACK and URG",	R | A | U,		4, false },
	{ "SYN/ACK with urgent data",	S | A | U,		1, false },
	{ "all flags",			0xff,			4, false },
};

static void event_name(const struct event_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(event, event_cases, event_name);

static void reads_flags(struct kunit *test)
{
	const struct event_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, (int)nf_ct_tcp_event_of(c->flags), c->event);
	KUNIT_EXPECT_EQ(test, nf_ct_tcp_flags_valid(c->flags), c->valid);
}

/* Nine combinations, each with any of PSH, ECE and CWR, and no others. */
static void allows_no_other_flags(struct kunit *test)
{
	unsigned int flags, valid = 0;

	for (flags = 0; flags <= 0xff; flags++)
		valid += nf_ct_tcp_flags_valid(flags);
	KUNIT_EXPECT_EQ(test, valid, 9U * 8);
}

struct state_case {
	u8 state;
	const char *name;
	bool closing;
};

static const struct state_case state_cases[] = {
	{ TCP_CONNTRACK_NONE,		"NONE",		false },
	{ TCP_CONNTRACK_SYN_SENT,	"SYN_SENT",	false },
	{ TCP_CONNTRACK_SYN_RECV,	"SYN_RECV",	false },
	{ TCP_CONNTRACK_ESTABLISHED,	"ESTABLISHED",	false },
	{ TCP_CONNTRACK_FIN_WAIT,	"FIN_WAIT",	true },
	{ TCP_CONNTRACK_CLOSE_WAIT,	"CLOSE_WAIT",	true },
	{ TCP_CONNTRACK_LAST_ACK,	"LAST_ACK",	true },
	{ TCP_CONNTRACK_TIME_WAIT,	"TIME_WAIT",	true },
	{ TCP_CONNTRACK_CLOSE,		"CLOSE",	true },
	{ TCP_CONNTRACK_SYN_SENT2,	"SYN_SENT2",	false },
	{ TCP_CONNTRACK_MAX,		"NONE",		false },
	{ 255,				"NONE",		false },
};

static void state_name(const struct state_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u is %s", c->state, c->name);
}

KUNIT_ARRAY_PARAM(state, state_cases, state_name);

static void knows_states(struct kunit *test)
{
	const struct state_case *c = test->param_value;

	KUNIT_EXPECT_STREQ(test, nf_ct_tcp_state_name(c->state), c->name);
	KUNIT_EXPECT_EQ(test, nf_ct_tcp_is_closing(c->state), c->closing);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(covers_every_cell),
	KUNIT_CASE_PARAM(leads_where_it_should, table_gen_params),
	KUNIT_CASE_PARAM(reads_flags, event_gen_params),
	KUNIT_CASE(allows_no_other_flags),
	KUNIT_CASE_PARAM(knows_states, state_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name		= "nf_ct_tcp_table",
	.test_cases	= cases,
};

kunit_test_suites(&suite);
