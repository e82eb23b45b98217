// SPDX-License-Identifier: GPL-2.0-only
/*
 * UDP and UDP-Lite: what a header must say, how long a flow lives.
 */
#include <kunit/test.h>
#include <linux/jiffies.h>
#include <linux/string.h>
#include <net/netfilter/nf_conntrack.h>
#include <nf_ct/udp.h>

/* Flows begin a second before jiffies wraps, so that long rows cross it. */
#define START		(0UL - HZ)

/* Unlike any default, so that no row passes by a constant of the tracker's. */
#define SHORT		(31 * HZ)
#define LONG		(121 * HZ)

static const unsigned int timeouts[UDP_CT_MAX] = {
	[UDP_CT_UNREPLIED]	= SHORT,
	[UDP_CT_REPLIED]	= LONG,
};

#define QUEUED		0UL		/* not confirmed yet */
#define ASKED		IPS_CONFIRMED
#define REPLIED		(IPS_CONFIRMED | IPS_SEEN_REPLY)
#define CLASHED		(REPLIED | IPS_NAT_CLASH)
#define NATTED		(REPLIED | IPS_NAT_MASK)
#define STREAM		(REPLIED | IPS_ASSURED)

struct life_case {
	const char *name;
	/* the second packet: the flow's status, jiffies since the first */
	unsigned long status;
	unsigned long age;
	/* how long the flow lives on, what becomes of its status */
	unsigned int lives;
	unsigned long sets;
};

static const struct life_case life_cases[] = {
	{ "asked again at once",	    ASKED,   0,		   SHORT, 0 },
	{ "asked again after long",	    ASKED,   20 * HZ,	   SHORT, 0 },
	{ "asked again across the wrap",    ASKED,   HZ,	   SHORT, 0 },
	{ "answered at once",		    REPLIED, 0,		   SHORT, 0 },
	{ "answered at the wrap",	    REPLIED, HZ,	   SHORT, 0 },
	{ "no stream a tick before two",    REPLIED, 2 * HZ - 1,   SHORT, 0 },
	{ "no stream at two seconds",	    REPLIED, 2 * HZ,	   SHORT, 0 },
	{ "a stream a tick after two",	    REPLIED, 2 * HZ + 1,   LONG,
	  IPS_ASSURED },
	{ "a stream after three",	    REPLIED, 3 * HZ,	   LONG,
	  IPS_ASSURED },
	{ "a stream behind NAT",	    NATTED,  3 * HZ,	   LONG,
	  IPS_ASSURED },
	{ "a stream goes on for days",	    STREAM,  259200UL * HZ, LONG,
	  IPS_ASSURED },
	{ "a lost clash, answered",	    CLASHED, 0,		   SHORT, 0 },
	{ "a lost clash is never assured",  CLASHED, 3 * HZ,	   LONG,  0 },
	{ "held in a queue",		    QUEUED,  3 * HZ,	   SHORT, 0 },
	{ "held in a queue, answered",	    IPS_SEEN_REPLY, 3 * HZ, SHORT, 0 },
};

static void life_name(const struct life_case *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(life, life_cases, life_name);

/* Two packets: the first opens the flow, the second is the row's. */
static void second_packet(struct kunit *test)
{
	const struct life_case *row = test->param_value;
	struct nf_ct_udp udp = {};
	struct nf_ct_step step;

	step = nf_ct_udp_step(&udp, QUEUED, timeouts, START);
	KUNIT_EXPECT_EQ(test, step.timeout, (unsigned int)SHORT);
	KUNIT_EXPECT_EQ(test, step.status, 0UL);

	step = nf_ct_udp_step(&udp, row->status, timeouts, START + row->age);
	KUNIT_EXPECT_EQ(test, step.fate, NF_CT_TRACKED);
	KUNIT_EXPECT_EQ(test, step.why, NF_CT_WHY_OK);
	KUNIT_EXPECT_EQ(test, step.timeout, row->lives);
	KUNIT_EXPECT_EQ(test, step.status, row->sets);
	KUNIT_EXPECT_EQ(test, step.events, 0U);
}

/* A busy flow becomes a stream two seconds after it began, not after rest. */
static void busy_flow(struct kunit *test)
{
	unsigned long now = START;
	struct nf_ct_udp udp = {};
	struct nf_ct_step step;

	nf_ct_udp_step(&udp, QUEUED, timeouts, now);
	for (; now != START + 2 * HZ; now++) {
		step = nf_ct_udp_step(&udp, REPLIED, timeouts, now);
		KUNIT_ASSERT_EQ(test, step.status, 0UL);
	}
	step = nf_ct_udp_step(&udp, REPLIED, timeouts, now + 1);
	KUNIT_EXPECT_EQ(test, step.status, (unsigned long)IPS_ASSURED);
}

struct header_case {
	const char *name;
	/* the length field, bytes from the header to the packet's end */
	unsigned int len;
	unsigned int room;
	enum nf_ct_why why;
};

static const struct header_case udp_cases[] = {
	{ "no payload",			8,     8,     NF_CT_WHY_OK },
	{ "fits exactly",		512,   512,   NF_CT_WHY_OK },
	{ "padded by the link",		9,     18,    NF_CT_WHY_OK },
	{ "as long as can be",		65535, 65535, NF_CT_WHY_OK },
	{ "length zero",		0,     8,     NF_CT_WHY_UDP_LENGTH },
	{ "shorter than its header",	7,     100,   NF_CT_WHY_UDP_LENGTH },
	{ "a byte too long",		9,     8,     NF_CT_WHY_UDP_LENGTH },
	{ "cut off",			65535, 1480,  NF_CT_WHY_UDP_LENGTH },
};

static void udp_name(const struct header_case *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(udp, udp_cases, udp_name);

static void udp_header(struct kunit *test)
{
	const struct header_case *row = test->param_value;

	KUNIT_EXPECT_EQ(test, nf_ct_udp_judge_header(row->len, row->room),
			row->why);
}

struct coverage_case {
	const char *name;
	/* the coverage field, whether a checksum is there, as above */
	unsigned int coverage;
	bool summed;
	unsigned int room;
	enum nf_ct_why why;
};

static const struct coverage_case udplite_cases[] = {
	{ "all covered, by zero",  0,	true,  100, NF_CT_WHY_OK },
	{ "all covered, by number", 100, true, 100, NF_CT_WHY_OK },
	{ "only the header",	   8,	true,  100, NF_CT_WHY_OK },
	{ "no payload",		   8,	true,  8,   NF_CT_WHY_OK },
	{ "less than the header",  7,	true,  100, NF_CT_WHY_UDPLITE_COVERAGE },
	{ "one byte",		   1,	true,  100, NF_CT_WHY_UDPLITE_COVERAGE },
	{ "more than there is",	   101,	true,  100, NF_CT_WHY_UDPLITE_COVERAGE },
	{ "no checksum",	   0,	false, 100, NF_CT_WHY_UDPLITE_NO_SUM },
	{ "no checksum, covered",  8,	false, 100, NF_CT_WHY_UDPLITE_NO_SUM },
	{ "nothing is right",	   7,	false, 100, NF_CT_WHY_UDPLITE_COVERAGE },
};

static void udplite_name(const struct coverage_case *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(udplite, udplite_cases, udplite_name);

static void udplite_header(struct kunit *test)
{
	const struct coverage_case *row = test->param_value;

	KUNIT_EXPECT_EQ(test, nf_ct_udplite_judge_header(row->coverage,
							 row->summed,
							 row->room),
			row->why);
}

/* UDP-Lite does not wait for two seconds. */
static void udplite_stream(struct kunit *test)
{
	struct nf_ct_step step = nf_ct_udplite_step(ASKED, timeouts);

	KUNIT_EXPECT_EQ(test, NF_CT_TRACKED, step.fate);
	KUNIT_EXPECT_EQ(test, SHORT, step.timeout);
	KUNIT_EXPECT_EQ(test, 0UL, step.status);

	step = nf_ct_udplite_step(REPLIED, timeouts);
	KUNIT_EXPECT_EQ(test, LONG, step.timeout);
	KUNIT_EXPECT_EQ(test, IPS_ASSURED, step.status);

	step = nf_ct_udplite_step(CLASHED, timeouts);
	KUNIT_EXPECT_EQ(test, LONG, step.timeout);
	KUNIT_EXPECT_EQ(test, 0UL, step.status);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(second_packet, life_gen_params),
	KUNIT_CASE(busy_flow),
	KUNIT_CASE(udplite_stream),
	KUNIT_CASE_PARAM(udp_header, udp_gen_params),
	KUNIT_CASE_PARAM(udplite_header, udplite_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name		= "nf_ct_udp",
	.test_cases	= cases,
};

kunit_test_suites(&suite);
