// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP and ICMPv6: the class of every type, who answers whom, what opens a
 * flow.
 */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/string.h>
#include <net/netfilter/nf_conntrack_tuple.h>
#include <nf_ct/icmp.h>

/*
 * All 256 types, sixteen a row:
 *   Q query   R reply   E error   > redirect   . untracked   - unknown
 */
static const char letters[] = {
	[NF_CT_ICMP_UNKNOWN]	= '-',
	[NF_CT_ICMP_QUERY]	= 'Q',
	[NF_CT_ICMP_REPLY]	= 'R',
	[NF_CT_ICMP_ERROR]	= 'E',
	[NF_CT_ICMP_REDIRECT]	= '>',
	[NF_CT_ICMP_UNTRACKED]	= '.',
};

static const char * const icmp_classes[16] = {
	/* 0 */
	"R--EEE--Q--EEQRQ",
	/* 16 */
	"RQR-------------",
	/* 32: nothing more, the extended echo of RFC 8335 (42, 43) included */
	"----------------", "----------------", "----------------",
	"----------------", "----------------", "----------------",
	"----------------", "----------------", "----------------",
	"----------------", "----------------", "----------------",
	"----------------", "----------------",
};

static const char * const icmpv6_classes[16] = {
	/* 0: errors, known or not */
	"EEEEEEEEEEEEEEEE", "EEEEEEEEEEEEEEEE", "EEEEEEEEEEEEEEEE",
	"EEEEEEEEEEEEEEEE", "EEEEEEEEEEEEEEEE", "EEEEEEEEEEEEEEEE",
	"EEEEEEEEEEEEEEEE", "EEEEEEEEEEEEEEEE",
	/* 128: echo, MLD, neighbours, node information, MLDv2 */
	"QR.......>-QR--.",
	/* 144 */
	"----------------", "----------------", "----------------",
	"----------------", "----------------", "----------------",
	"----------------",
};

/* One family: its functions, and what they are held against. */
struct family {
	const char *name;
	struct nf_ct_icmp_kind (*kind)(u8 type);
	bool (*invert)(struct nf_conntrack_tuple *tuple,
		       const struct nf_conntrack_tuple *orig);
	const char * const *classes;
	unsigned int paired;	/* types that take part in flows */
};

static const struct family families[] = {
	{ "ICMP", nf_ct_icmp_kind, nf_conntrack_invert_icmp_tuple,
	  icmp_classes, 8 },
	{ "ICMPv6", nf_ct_icmpv6_kind, nf_conntrack_invert_icmpv6_tuple,
	  icmpv6_classes, 4 },
};

static void family_name(const struct family *f, char *desc)
{
	strscpy(desc, f->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(family, families, family_name);

static struct nf_conntrack_tuple tuple_of(u8 type)
{
	struct nf_conntrack_tuple tuple = {};

	tuple.src.u.icmp.id = htons(0x1234);
	tuple.dst.u.icmp.type = type;
	tuple.dst.u.icmp.code = 7;
	return tuple;
}

static void classes(struct kunit *test)
{
	const struct family *f = test->param_value;
	int type;

	for (type = 0; type < 256; type++)
		KUNIT_EXPECT_EQ_MSG(test, letters[f->kind(type).class],
				    f->classes[type / 16][type % 16],
				    "type %d", type);
}

/* What has an answer is answered by it, and it by what it answers. */
static void inverting_twice(struct kunit *test)
{
	const struct family *f = test->param_value;
	struct nf_conntrack_tuple orig, once, twice;
	unsigned int paired = 0;
	int type;

	for (type = 0; type < 256; type++) {
		orig = tuple_of(type);
		once = tuple_of(0);
		twice = tuple_of(0);
		if (!f->invert(&once, &orig))
			continue;

		paired++;
		KUNIT_EXPECT_NE_MSG(test, once.dst.u.icmp.type, type,
				    "type %d answers itself", type);
		KUNIT_EXPECT_TRUE_MSG(test, f->invert(&twice, &once),
				      "type %d", type);
		KUNIT_EXPECT_EQ_MSG(test, memcmp(&twice, &orig, sizeof(orig)),
				    0, "type %d", type);
	}
	KUNIT_EXPECT_EQ(test, paired, f->paired);
}

/* Only queries and replies have an answer: an error never finds a flow. */
static void inverting_agrees_with_class(struct kunit *test)
{
	const struct family *f = test->param_value;
	struct nf_conntrack_tuple orig, answer;
	int type;

	for (type = 0; type < 256; type++) {
		char letter = f->classes[type / 16][type % 16];

		orig = tuple_of(type);
		KUNIT_EXPECT_EQ_MSG(test, f->invert(&answer, &orig),
				    letter == 'Q' || letter == 'R',
				    "type %d", type);
	}
}

struct pair_case {
	const char *name;
	const struct family *family;
	u8 query;
	u8 reply;
};

static const struct pair_case pair_cases[] = {
	{ "echo",		     &families[0], 8,	0 },
	{ "timestamp",		     &families[0], 13,	14 },
	{ "information",	     &families[0], 15,	16 },
	{ "address mask",	     &families[0], 17,	18 },
	{ "ICMPv6 echo",	     &families[1], 128, 129 },
	{ "ICMPv6 node information", &families[1], 139, 140 },
};

static void pair_name(const struct pair_case *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(pair, pair_cases, pair_name);

static void pairs(struct kunit *test)
{
	const struct pair_case *row = test->param_value;
	struct nf_conntrack_tuple query = tuple_of(row->query);
	struct nf_conntrack_tuple reply = tuple_of(row->reply);
	struct nf_conntrack_tuple got = {};

	KUNIT_EXPECT_TRUE(test, row->family->invert(&got, &query));
	KUNIT_EXPECT_EQ(test, memcmp(&got, &reply, sizeof(got)), 0);
	KUNIT_EXPECT_TRUE(test, row->family->invert(&got, &reply));
	KUNIT_EXPECT_EQ(test, memcmp(&got, &query, sizeof(got)), 0);
}

/* The caller has set the addresses; inverting the types leaves them alone. */
static void inverting_keeps_addresses(struct kunit *test)
{
	const struct family *f = test->param_value;
	struct nf_conntrack_tuple orig = tuple_of(f->paired == 8 ? 8 : 128);
	struct nf_conntrack_tuple inverse = {};

	inverse.src.u3.ip = htonl(0x0a000001);
	inverse.dst.u3.ip = htonl(0x0a000002);
	inverse.dst.protonum = 1;
	KUNIT_EXPECT_TRUE(test, f->invert(&inverse, &orig));
	KUNIT_EXPECT_EQ(test, ntohl(inverse.src.u3.ip), 0x0a000001U);
	KUNIT_EXPECT_EQ(test, ntohl(inverse.dst.u3.ip), 0x0a000002U);
	KUNIT_EXPECT_EQ(test, inverse.dst.protonum, 1);
}

#define TIMEOUT	31

struct step_case {
	const char *name;
	/* the class that opened the flow, the flow's status */
	enum nf_ct_icmp_class opener;
	unsigned long status;
	/* outcome */
	enum nf_ct_fate fate;
	enum nf_ct_why why;
	unsigned int lives;
};

static const struct step_case step_cases[] = {
	{ "a query opens a flow", NF_CT_ICMP_QUERY, 0,
	  NF_CT_TRACKED, NF_CT_WHY_OK, TIMEOUT },
	{ "a query sent again", NF_CT_ICMP_QUERY, IPS_CONFIRMED,
	  NF_CT_TRACKED, NF_CT_WHY_OK, TIMEOUT },
	{ "many replies to one query", NF_CT_ICMP_QUERY,
	  IPS_CONFIRMED | IPS_SEEN_REPLY,
	  NF_CT_TRACKED, NF_CT_WHY_OK, TIMEOUT },
	{ "a reply opens nothing", NF_CT_ICMP_REPLY, 0,
	  NF_CT_INVALID, NF_CT_WHY_ICMP_NEW, 0 },
	{ "a reply opens nothing behind NAT", NF_CT_ICMP_REPLY,
	  IPS_SRC_NAT | IPS_SRC_NAT_DONE | IPS_DST_NAT_DONE,
	  NF_CT_INVALID, NF_CT_WHY_ICMP_NEW, 0 },
	{ "an entry that ctnetlink made", NF_CT_ICMP_REPLY, IPS_CONFIRMED,
	  NF_CT_TRACKED, NF_CT_WHY_OK, TIMEOUT },
	{ "an error opens nothing", NF_CT_ICMP_ERROR, 0,
	  NF_CT_INVALID, NF_CT_WHY_ICMP_NEW, 0 },
	{ "a redirect opens nothing", NF_CT_ICMP_REDIRECT, 0,
	  NF_CT_INVALID, NF_CT_WHY_ICMP_NEW, 0 },
	{ "neighbour discovery opens nothing", NF_CT_ICMP_UNTRACKED, 0,
	  NF_CT_INVALID, NF_CT_WHY_ICMP_NEW, 0 },
	{ "an unknown type opens nothing", NF_CT_ICMP_UNKNOWN, 0,
	  NF_CT_INVALID, NF_CT_WHY_ICMP_NEW, 0 },
};

static void step_name(const struct step_case *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(step, step_cases, step_name);

static void steps(struct kunit *test)
{
	const struct step_case *row = test->param_value;
	struct nf_ct_step step = nf_ct_icmp_step(row->opener, row->status,
						 TIMEOUT);

	KUNIT_EXPECT_EQ(test, step.fate, row->fate);
	KUNIT_EXPECT_EQ(test, step.why, row->why);
	KUNIT_EXPECT_EQ(test, step.timeout, row->lives);
	KUNIT_EXPECT_EQ(test, step.status, 0UL);
	KUNIT_EXPECT_EQ(test, step.events, 0U);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(classes, family_gen_params),
	KUNIT_CASE_PARAM(inverting_twice, family_gen_params),
	KUNIT_CASE_PARAM(inverting_agrees_with_class, family_gen_params),
	KUNIT_CASE_PARAM(inverting_keeps_addresses, family_gen_params),
	KUNIT_CASE_PARAM(pairs, pair_gen_params),
	KUNIT_CASE_PARAM(steps, step_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name		= "nf_ct_icmp",
	.test_cases	= cases,
};

kunit_test_suites(&suite);
