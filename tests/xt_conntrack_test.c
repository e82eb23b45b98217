// SPDX-License-Identifier: GPL-2.0-only
/*
 * The conntrack and state matches: every option alone, inverted and together with another,
 * over IPv4 and IPv6, as rules of each revision spell it.
 */
#include <kunit/test.h>
#include <linux/in.h>
#include <nf_ct/xt_fields.h>

#define IP4(a, b, c, d)	{ .ip = htonl((a) << 24 | (b) << 16 | (c) << 8 | (d)) }
#define IP6(last)	{ .ip6 = { htonl(0x20010db8), 0, 0, htonl(last) } }
#define PREFIX4(bits)	{ .ip = htonl(~0U << (32 - (bits))) }
#define PREFIX6(bits)	{ .ip6 = { htonl(~0U), htonl(~0U), htonl(~0U),	\
				   htonl(~0U << (128 - (bits))) } }
#define EVERY6		PREFIX6(128)

#define EST		XT_CONNTRACK_STATE_BIT(IP_CT_ESTABLISHED)
#define REL		XT_CONNTRACK_STATE_BIT(IP_CT_RELATED)
#define NEW		XT_CONNTRACK_STATE_BIT(IP_CT_NEW)
#define INVALID		XT_CONNTRACK_STATE_INVALID
#define UNTRACKED	XT_CONNTRACK_STATE_UNTRACKED
#define SNAT		XT_CONNTRACK_STATE_SNAT
#define DNAT		XT_CONNTRACK_STATE_DNAT

/* The four ends all differ, so that no end can stand in for another. */
#define TUPLE(_l3num, _src, _sport, _dst, _dport) {			\
	.src = { .u3 = _src, .u.all = htons(_sport), .l3num = _l3num },	\
	.dst = { .u3 = _dst, .u.all = htons(_dport),			\
		 .protonum = IPPROTO_TCP },				\
}

static const struct nf_conntrack_tuple orig4 =
	TUPLE(NFPROTO_IPV4, IP4(10, 0, 0, 1), 1025, IP4(192, 0, 2, 1), 80);
static const struct nf_conntrack_tuple reply4 =
	TUPLE(NFPROTO_IPV4, IP4(192, 0, 2, 9), 8080, IP4(203, 0, 113, 5), 40000);
static const struct nf_conntrack_tuple orig6 =
	TUPLE(NFPROTO_IPV6, IP6(0x11), 1025, IP6(0x21), 80);
static const struct nf_conntrack_tuple reply6 =
	TUPLE(NFPROTO_IPV6, IP6(0x31), 8080, IP6(0x41), 40000);

#define FLOW(_orig, _reply) {						\
	.tuple	 = { _orig, _reply },					\
	.status	 = IPS_SEEN_REPLY | IPS_CONFIRMED | IPS_DST_NAT,	\
	.expires = 100,							\
	.state	 = EST | DNAT,						\
	.dir	 = IP_CT_DIR_ORIGINAL,					\
}

static const struct xt_fields_flow flow4 = FLOW(&orig4, &reply4);
static const struct xt_fields_flow flow6 = FLOW(&orig6, &reply6);

static bool asks(struct xt_conntrack_mtinfo3 info, u16 match, u16 invert,
		 const struct xt_fields_flow *flow)
{
	struct xt_fields_rule rule;

	info.match_flags = match;
	info.invert_flags = invert;
	rule = xt_fields_read(3, &info);
	return xt_fields_match(&rule, flow);
}

/* One option: a rule that flow answers and one that it does not. */
struct option {
	const char *name;
	const struct xt_fields_flow *flow;
	u16 flag;
	struct xt_conntrack_mtinfo3 hit;
	struct xt_conntrack_mtinfo3 miss;
};

#define ADDR4(_field, _ip)						\
	{ ._field##_addr = _ip, ._field##_mask = PREFIX4(32) }
#define ADDR6(_field, _last)						\
	{ ._field##_addr = IP6(_last), ._field##_mask = EVERY6 }
#define NET4(_field, _bits, _ip)					\
	{ ._field##_addr = _ip, ._field##_mask = PREFIX4(_bits) }
#define NET6(_field, _bits, _last)					\
	{ ._field##_addr = IP6(_last), ._field##_mask = PREFIX6(_bits) }
#define PORTS(_field, _low, _high)					\
	{ ._field##_port = _low, ._field##_port_high = _high }
#define LIFE(_min, _max)	{ .expires_min = _min, .expires_max = _max }

static const struct option options[] = {
	{ "state", &flow4, XT_CONNTRACK_STATE,
	  { .state_mask = EST }, { .state_mask = NEW | REL | SNAT } },
	{ "state, one of several", &flow4, XT_CONNTRACK_STATE,
	  { .state_mask = EST | REL }, { .state_mask = INVALID } },
	{ "virtual state", &flow4, XT_CONNTRACK_STATE,
	  { .state_mask = DNAT }, { .state_mask = SNAT } },
	{ "protocol", &flow4, XT_CONNTRACK_PROTO,
	  { .l4proto = IPPROTO_TCP }, { .l4proto = IPPROTO_UDP } },
	{ "protocol, of more than eight bits", &flow4, XT_CONNTRACK_PROTO,
	  { .l4proto = IPPROTO_TCP }, { .l4proto = IPPROTO_TCP | 256 } },
	{ "direction", &flow4, XT_CONNTRACK_DIRECTION, {},
	  { .state_mask = EST }, },
	{ "status", &flow4, XT_CONNTRACK_STATUS,
	  { .status_mask = IPS_SEEN_REPLY | IPS_ASSURED },
	  { .status_mask = IPS_ASSURED | IPS_EXPECTED } },
	{ "status not NONE", &flow4, XT_CONNTRACK_STATUS,
	  { .status_mask = IPS_CONFIRMED }, { .status_mask = 0 } },
	{ "lifetime, from below", &flow4, XT_CONNTRACK_EXPIRES,
	  LIFE(100, 200), LIFE(101, 200) },
	{ "lifetime, from above", &flow4, XT_CONNTRACK_EXPIRES,
	  LIFE(0, 100), LIFE(0, 99) },

	{ "origsrc", &flow4, XT_CONNTRACK_ORIGSRC,
	  ADDR4(origsrc, IP4(10, 0, 0, 1)), ADDR4(origsrc, IP4(192, 0, 2, 1)) },
	{ "origdst", &flow4, XT_CONNTRACK_ORIGDST,
	  ADDR4(origdst, IP4(192, 0, 2, 1)), ADDR4(origdst, IP4(10, 0, 0, 1)) },
	{ "replsrc", &flow4, XT_CONNTRACK_REPLSRC,
	  ADDR4(replsrc, IP4(192, 0, 2, 9)),
	  ADDR4(replsrc, IP4(203, 0, 113, 5)) },
	{ "repldst", &flow4, XT_CONNTRACK_REPLDST,
	  ADDR4(repldst, IP4(203, 0, 113, 5)),
	  ADDR4(repldst, IP4(192, 0, 2, 9)) },
	{ "origsrc, a network", &flow4, XT_CONNTRACK_ORIGSRC,
	  NET4(origsrc, 24, IP4(10, 0, 0, 0)),
	  NET4(origsrc, 24, IP4(10, 0, 1, 0)) },
	{ "repldst, a network", &flow4, XT_CONNTRACK_REPLDST,
	  NET4(repldst, 30, IP4(203, 0, 113, 4)),
	  NET4(repldst, 30, IP4(203, 0, 113, 0)) },

	{ "origsrc over IPv6", &flow6, XT_CONNTRACK_ORIGSRC,
	  ADDR6(origsrc, 0x11), ADDR6(origsrc, 0x21) },
	{ "origdst over IPv6", &flow6, XT_CONNTRACK_ORIGDST,
	  ADDR6(origdst, 0x21), ADDR6(origdst, 0x11) },
	{ "replsrc over IPv6", &flow6, XT_CONNTRACK_REPLSRC,
	  ADDR6(replsrc, 0x31), ADDR6(replsrc, 0x41) },
	{ "repldst over IPv6", &flow6, XT_CONNTRACK_REPLDST,
	  ADDR6(repldst, 0x41), ADDR6(repldst, 0x31) },
	{ "origdst, a network over IPv6", &flow6, XT_CONNTRACK_ORIGDST,
	  NET6(origdst, 124, 0x20), NET6(origdst, 124, 0x10) },

	{ "origsrcport", &flow4, XT_CONNTRACK_ORIGSRC_PORT,
	  PORTS(origsrc, 1025, 1025), PORTS(origsrc, 80, 80) },
	{ "origdstport", &flow4, XT_CONNTRACK_ORIGDST_PORT,
	  PORTS(origdst, 80, 80), PORTS(origdst, 1025, 1025) },
	{ "replsrcport", &flow4, XT_CONNTRACK_REPLSRC_PORT,
	  PORTS(replsrc, 8080, 8080), PORTS(replsrc, 40000, 40000) },
	{ "repldstport", &flow4, XT_CONNTRACK_REPLDST_PORT,
	  PORTS(repldst, 40000, 40000), PORTS(repldst, 8080, 8080) },
	{ "repldstport over IPv6", &flow6, XT_CONNTRACK_REPLDST_PORT,
	  PORTS(repldst, 40000, 40000), PORTS(repldst, 8080, 8080) },
	{ "port range, from below", &flow4, XT_CONNTRACK_REPLDST_PORT,
	  PORTS(repldst, 40000, 65535), PORTS(repldst, 40001, 65535) },
	{ "port range, from above", &flow4, XT_CONNTRACK_REPLDST_PORT,
	  PORTS(repldst, 0, 40000), PORTS(repldst, 0, 39999) },
};

static void option_name(const struct option *option, char *desc)
{
	strscpy(desc, option->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(option, options, option_name);

/* The direction is the flow's only, so its miss is another flow. */
static void option_alone(struct kunit *test)
{
	const struct option *o = test->param_value;
	struct xt_fields_flow other = *o->flow;

	other.dir = o->flag == XT_CONNTRACK_DIRECTION;

	KUNIT_EXPECT_TRUE(test, asks(o->hit, o->flag, 0, o->flow));
	KUNIT_EXPECT_FALSE(test, asks(o->hit, o->flag, o->flag, o->flow));
	KUNIT_EXPECT_FALSE(test, asks(o->miss, o->flag, 0, &other));
	KUNIT_EXPECT_TRUE(test, asks(o->miss, o->flag, o->flag, &other));
}

/* An option not asked for has no say, even when it is marked inverted. */
static void option_left_out(struct kunit *test)
{
	const struct option *o = test->param_value;

	KUNIT_EXPECT_TRUE(test, asks(o->miss, 0, 0, o->flow));
	KUNIT_EXPECT_TRUE(test, asks(o->hit, 0, o->flag, o->flow));
}

/* Two options must both hold; TCP is what every flow here speaks. */
static void option_among_others(struct kunit *test)
{
	const struct option *o = test->param_value;
	u16 both = o->flag | XT_CONNTRACK_PROTO;
	struct xt_conntrack_mtinfo3 tcp = o->hit;
	struct xt_conntrack_mtinfo3 udp = o->hit;

	tcp.l4proto = IPPROTO_TCP;
	udp.l4proto = IPPROTO_UDP;
	KUNIT_EXPECT_TRUE(test, asks(tcp, both, 0, o->flow));
	KUNIT_EXPECT_FALSE(test, asks(udp, both, 0, o->flow));
}

/* A rule of revision 1 or 2 that holds nothing but its narrow fields. */
static const struct xt_conntrack_mtinfo1 rule1 = {
	.match_flags = XT_CONNTRACK_STATE | XT_CONNTRACK_STATUS |
		       XT_CONNTRACK_ORIGSRC_PORT | XT_CONNTRACK_ORIGDST_PORT |
		       XT_CONNTRACK_REPLSRC_PORT | XT_CONNTRACK_REPLDST_PORT,
	.origsrc_port = htons(1025),
	.origdst_port = htons(80),
	.replsrc_port = htons(8080),
	.repldst_port = htons(40000),
	.state_mask = DNAT,
	.status_mask = IPS_SEEN_REPLY,
};

static const struct xt_conntrack_mtinfo2 rule2 = {
	.match_flags = XT_CONNTRACK_STATE | XT_CONNTRACK_STATUS |
		       XT_CONNTRACK_ORIGSRC_PORT | XT_CONNTRACK_ORIGDST_PORT |
		       XT_CONNTRACK_REPLSRC_PORT | XT_CONNTRACK_REPLDST_PORT,
	.origsrc_port = htons(1025),
	.origdst_port = htons(80),
	.replsrc_port = htons(8080),
	.repldst_port = htons(40000),
	.state_mask = UNTRACKED | DNAT,
	.status_mask = IPS_DST_NAT,
};

static void older_revisions(struct kunit *test)
{
	struct xt_fields_rule one = xt_fields_read(1, &rule1);
	struct xt_fields_rule two = xt_fields_read(2, &rule2);
	struct xt_fields_flow status = flow4;
	struct xt_fields_flow state = flow4;

	status.status = IPS_CONFIRMED;
	state.state = NEW;

	KUNIT_EXPECT_TRUE(test, xt_fields_match(&one, &flow4));
	KUNIT_EXPECT_FALSE(test, xt_fields_match(&one, &status));
	KUNIT_EXPECT_FALSE(test, xt_fields_match(&one, &state));
	KUNIT_EXPECT_TRUE(test, xt_fields_match(&two, &flow4));
	KUNIT_EXPECT_FALSE(test, xt_fields_match(&two, &status));
	KUNIT_EXPECT_FALSE(test, xt_fields_match(&two, &state));
	KUNIT_EXPECT_EQ(test, one.ports[3].low, 40000);
	KUNIT_EXPECT_EQ(test, one.ports[3].high, 40000);
	KUNIT_EXPECT_EQ(test, two.state_mask, UNTRACKED | DNAT);
}

/* What a status mask of 0 says of each status. */
static void status_none(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, xt_fields_status_holds(0, 0));
	KUNIT_EXPECT_TRUE(test, xt_fields_status_holds(0, IPS_SRC_NAT_DONE |
						       IPS_DST_NAT_DONE));
	KUNIT_EXPECT_FALSE(test, xt_fields_status_holds(0, IPS_EXPECTED));
	KUNIT_EXPECT_FALSE(test, xt_fields_status_holds(0, IPS_SEEN_REPLY));
	KUNIT_EXPECT_FALSE(test, xt_fields_status_holds(0, IPS_ASSURED));
	KUNIT_EXPECT_FALSE(test, xt_fields_status_holds(0, IPS_CONFIRMED));
}

static void no_entry(struct kunit *test)
{
	static const struct xt_fields_flow invalid = { .state = INVALID };
	static const struct xt_fields_flow untracked = { .state = UNTRACKED };
	struct xt_conntrack_mtinfo3 rule = {
		.state_mask = INVALID, .l4proto = IPPROTO_TCP,
	};
	u16 both = XT_CONNTRACK_STATE | XT_CONNTRACK_PROTO;

	KUNIT_EXPECT_TRUE(test, asks(rule, XT_CONNTRACK_STATE, 0, &invalid));
	KUNIT_EXPECT_FALSE(test, asks(rule, XT_CONNTRACK_STATE, 0, &untracked));
	KUNIT_EXPECT_TRUE(test, asks(rule, XT_CONNTRACK_STATE,
				     XT_CONNTRACK_STATE, &untracked));
	KUNIT_EXPECT_TRUE(test, asks(rule, both, 0, &invalid));
	KUNIT_EXPECT_FALSE(test, asks(rule, XT_CONNTRACK_PROTO, 0, &invalid));
	KUNIT_EXPECT_FALSE(test, asks(rule, XT_CONNTRACK_PROTO,
				      XT_CONNTRACK_PROTO, &invalid));
	KUNIT_EXPECT_FALSE(test, asks(rule, 0, 0, &invalid));
}

struct naming {
	const char *name;
	bool tracked;
	enum ip_conntrack_info ctinfo;
	unsigned long status;
	u16 state;
};

static const struct naming namings[] = {
	{ "invalid", false, 0, 0, INVALID },
	{ "untracked", false, IP_CT_UNTRACKED, 0, UNTRACKED },
	{ "new", true, IP_CT_NEW, 0, NEW },
	{ "established", true, IP_CT_ESTABLISHED, IPS_CONFIRMED, EST },
	{ "established, its reply", true, IP_CT_ESTABLISHED_REPLY, 0, EST },
	{ "related", true, IP_CT_RELATED, 0, REL },
	{ "related, its reply", true, IP_CT_RELATED_REPLY, 0, REL },
	{ "new and SNAT", true, IP_CT_NEW, IPS_SRC_NAT, NEW | SNAT },
	{ "new and DNAT", true, IP_CT_NEW, IPS_DST_NAT, NEW | DNAT },
	{ "NAT considered, not done", true, IP_CT_NEW, IPS_NAT_DONE_MASK, NEW },
};

static void naming_name(const struct naming *naming, char *desc)
{
	strscpy(desc, naming->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(naming, namings, naming_name);

static void state_name(struct kunit *test)
{
	const struct naming *n = test->param_value;

	KUNIT_EXPECT_EQ(test, n->state,
			xt_fields_state(n->tracked, n->ctinfo, n->status));
}

struct masking {
	const char *name;
	u32 mask;
	bool tracked;
	enum ip_conntrack_info ctinfo;
	bool holds;
};

#define LONE(_state)	XT_STATE_##_state

static const struct masking maskings[] = {
	{ "NEW", NEW, true, IP_CT_NEW, true },
	{ "NEW, of a reply", NEW, true, IP_CT_ESTABLISHED_REPLY, false },
	{ "one of two", EST | REL, true, IP_CT_RELATED_REPLY, true },
	{ "not NEW", ~NEW, true, IP_CT_NEW, false },
	{ "not NEW, of a reply", ~NEW, true, IP_CT_ESTABLISHED_REPLY, true },
	{ "INVALID", LONE(INVALID), false, 0, true },
	{ "INVALID, of an untracked", LONE(INVALID), false, IP_CT_UNTRACKED,
	  false },
	{ "not INVALID", ~LONE(INVALID), false, 0, false },
	{ "not INVALID, of a flow", ~LONE(INVALID), true, IP_CT_NEW, true },
	{ "UNTRACKED, by its header", LONE(UNTRACKED), false, IP_CT_UNTRACKED,
	  true },
	{ "UNTRACKED, by iptables", UNTRACKED, false, IP_CT_UNTRACKED, true },
	{ "UNTRACKED, of an invalid", UNTRACKED, false, 0, false },
	{ "not UNTRACKED, by its header", ~LONE(UNTRACKED), false,
	  IP_CT_UNTRACKED, false },
	{ "not UNTRACKED, by iptables", ~UNTRACKED, false, IP_CT_UNTRACKED,
	  false },
	{ "not UNTRACKED, of an invalid", ~UNTRACKED, false, 0, true },
	{ "not NEW, of an untracked", ~NEW, false, IP_CT_UNTRACKED, true },
};

static void masking_name(const struct masking *masking, char *desc)
{
	strscpy(desc, masking->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(masking, maskings, masking_name);

static void state_mask(struct kunit *test)
{
	const struct masking *m = test->param_value;

	KUNIT_EXPECT_EQ(test, m->holds,
			xt_fields_mask_holds(m->mask, m->tracked, m->ctinfo));
}

struct insertion {
	const char *name;
	struct xt_conntrack_mtinfo3 rule;
	const char *fault;
};

static const struct insertion insertions[] = {
	{ "every option there is",
	  { .match_flags = 0x3fff, .invert_flags = 0x3fff,
	    .state_mask = 0x01cf, .status_mask = 0xffff }, NULL },
	{ "an option from the future",
	  { .match_flags = 0x4000 }, "unknown option" },
	{ "an inverted option from the future",
	  { .invert_flags = 0x8000 }, "unknown option" },
	{ "a state between NEW and SNAT",
	  { .match_flags = XT_CONNTRACK_STATE, .state_mask = 0x10 },
	  "unknown state" },
	{ "a state from the future",
	  { .match_flags = XT_CONNTRACK_STATE, .state_mask = 0x200 },
	  "unknown state" },
	{ "an unknown state not asked for", { .state_mask = 0x10 }, NULL },
	{ "one port",
	  { .match_flags = XT_CONNTRACK_REPLDST_PORT,
	    .repldst_port = 80, .repldst_port_high = 80 }, NULL },
	{ "a port range backwards",
	  { .match_flags = XT_CONNTRACK_REPLDST_PORT,
	    .repldst_port = 81, .repldst_port_high = 80 },
	  "port range ends before it begins" },
	{ "a port range backwards, not asked for",
	  { .match_flags = XT_CONNTRACK_ORIGSRC_PORT,
	    .repldst_port = 81, .repldst_port_high = 80 }, NULL },
};

static void insertion_name(const struct insertion *insertion, char *desc)
{
	strscpy(desc, insertion->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(insertion, insertions, insertion_name);

static void insertion_judged(struct kunit *test)
{
	const struct insertion *i = test->param_value;
	struct xt_fields_rule rule = xt_fields_read(3, &i->rule);

	KUNIT_EXPECT_STREQ(test, i->fault ?: "", xt_fields_fault(&rule) ?: "");
}

/* An IPv4 address is its first four bytes, whatever the rule has behind. */
static void ipv4_is_four_bytes(struct kunit *test)
{
	struct xt_conntrack_mtinfo3 info = {
		.origsrc_addr = IP4(10, 0, 0, 1),
		.origsrc_mask = EVERY6,
	};

	info.origsrc_addr.ip6[3] = htonl(1);
	KUNIT_EXPECT_TRUE(test, asks(info, XT_CONNTRACK_ORIGSRC, 0, &flow4));
}

static struct kunit_case xt_conntrack_cases[] = {
	KUNIT_CASE_PARAM(option_alone, option_gen_params),
	KUNIT_CASE_PARAM(option_left_out, option_gen_params),
	KUNIT_CASE_PARAM(option_among_others, option_gen_params),
	KUNIT_CASE(older_revisions),
	KUNIT_CASE(status_none),
	KUNIT_CASE(no_entry),
	KUNIT_CASE_PARAM(state_name, naming_gen_params),
	KUNIT_CASE_PARAM(state_mask, masking_gen_params),
	KUNIT_CASE_PARAM(insertion_judged, insertion_gen_params),
	KUNIT_CASE(ipv4_is_four_bytes),
	{}
};

static struct kunit_suite xt_conntrack_suite = {
	.name = "nf_ct_xt_conntrack",
	.test_cases = xt_conntrack_cases,
};

kunit_test_suites(&xt_conntrack_suite);
