// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a tuple is written in /proc/net/nf_conntrack.  Runs against the loaded
 * nf_conntrack, by its exported symbols.
 */
#include <kunit/test.h>
#include <linux/in.h>
#include <linux/netfilter.h>
#include <linux/seq_file.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_tuple.h>

#define V4(a, b, c, d)	NFPROTO_IPV4, { a, b, c, d }
#define V6(...)		NFPROTO_IPV6, { __VA_ARGS__ }
#define ONES		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,	\
			0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff

/* The addresses of a tuple from one address to itself. */
#define BOTH(addr)	"src=" addr " dst=" addr " "

/* Such a tuple, and its text. */
struct text_row {
	const char	*name;
	u8		family;
	u8		addr[16];
	u8		proto;
	u16		src;	/* port, key or query id */
	u16		dst;	/* port or key, or type << 8 | code */
	const char	*text;
};

static const struct text_row texts[] = {
	{ "TCP", V4(10, 0, 0, 1), IPPROTO_TCP, 1024, 80,
	  BOTH("10.0.0.1") "sport=1024 dport=80 " },
	{ "UDP", V4(192, 168, 9, 99), IPPROTO_UDP, 53, 9,
	  BOTH("192.168.9.99") "sport=53 dport=9 " },
	{ "UDP-Lite", V4(100, 101, 109, 110), IPPROTO_UDPLITE, 0, 100,
	  BOTH("100.101.109.110") "sport=0 dport=100 " },
	{ "SCTP", V4(0, 0, 0, 0), IPPROTO_SCTP, 10, 9999,
	  BOTH("0.0.0.0") "sport=10 dport=9999 " },
	{ "DCCP", V4(255, 255, 255, 255), IPPROTO_DCCP, 10000, 65535,
	  BOTH("255.255.255.255") "sport=10000 dport=65535 " },
	{ "an echo request", V4(10, 0, 0, 1), IPPROTO_ICMP, 65535, 0x0800,
	  BOTH("10.0.0.1") "type=8 code=0 id=65535 " },
	{ "the greatest type and code", V4(10, 0, 0, 1), IPPROTO_ICMP, 7, 0xffff,
	  BOTH("10.0.0.1") "type=255 code=255 id=7 " },
	{ "GRE", V4(10, 0, 0, 1), IPPROTO_GRE, 0, 0xabc,
	  BOTH("10.0.0.1") "srckey=0x0 dstkey=0xabc " },
	{ "a protocol without ports", V4(10, 0, 0, 1), IPPROTO_ESP, 1, 2,
	  BOTH("10.0.0.1") },

	{ "TCP over IPv6",
	  V6(0x20, 1, 0xd, 0xb8, 0, 0, 0xa, 0, 0, 0, 0, 0, 0, 0, 0, 0x1f),
	  IPPROTO_TCP, 1024, 80,
	  BOTH("2001:0db8:0000:0a00:0000:0000:0000:001f")
	  "sport=1024 dport=80 " },
	{ "an IPv6 echo request", V6(0xfe, 0x80), IPPROTO_ICMPV6, 1, 0x8000,
	  BOTH("fe80:0000:0000:0000:0000:0000:0000:0000")
	  "type=128 code=0 id=1 " },
	{ "the longest", V6(ONES), IPPROTO_GRE, 0xffff, 0xffff,
	  BOTH("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
	  "srckey=0xffff dstkey=0xffff " },
	{ "an IPv6 protocol without ports", V6(ONES), IPPROTO_ESP, 1, 2,
	  BOTH("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") },

	{ "neither IPv4 nor IPv6", NFPROTO_ARP, { 10, 0, 0, 1 }, IPPROTO_UDP,
	  1, 2, "sport=1 dport=2 " },
};

static void row_name(const struct text_row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(texts, texts, row_name);

/* The text is in @s then, and ends in a zero if there was room for one. */
static void print(struct seq_file *s, const struct nf_conntrack_tuple *tuple)
{
	const struct nf_conntrack_l4proto proto = {
		.l4proto = tuple->dst.protonum,
	};

	memset(s->buf, 0, s->size);
	s->count = 0;
	print_tuple(s, tuple, &proto);
}

static struct nf_conntrack_tuple tuple_of(const struct text_row *row)
{
	struct nf_conntrack_tuple tuple = {
		.src.l3num	= row->family,
		.src.u.all	= htons(row->src),
		.dst.u.all	= htons(row->dst),
		.dst.protonum	= row->proto,
	};

	memcpy(&tuple.src.u3, row->addr, sizeof(row->addr));
	memcpy(&tuple.dst.u3, row->addr, sizeof(row->addr));
	return tuple;
}

static void tuple_reads(struct kunit *test)
{
	const struct text_row *row = test->param_value;
	const struct nf_conntrack_tuple tuple = tuple_of(row);
	char text[256];
	struct seq_file s = { .buf = text, .size = sizeof(text) };

	print(&s, &tuple);
	KUNIT_EXPECT_STREQ(test, row->text, (const char *)text);
}

/* As printf() would: all ports, and addresses with all bytes in all places. */
static void every_number_reads(struct kunit *test)
{
	struct nf_conntrack_tuple tuple = {
		.src.l3num	= NFPROTO_IPV4,
		.dst.protonum	= IPPROTO_TCP,
	};
	char text[256], want[256];
	struct seq_file s = { .buf = text, .size = sizeof(text) };
	unsigned int n;

	for (n = 0; n <= U16_MAX; n++) {
		tuple.src.u3.ip = htonl(n << 16 | n);
		tuple.dst.u3.ip = htonl(~(n << 16 | n));
		tuple.src.u.all = htons(n);
		tuple.dst.u.all = htons(U16_MAX - n);
		print(&s, &tuple);
		sprintf(want, "src=%pI4 dst=%pI4 sport=%u dport=%u ",
			&tuple.src.u3.ip, &tuple.dst.u3.ip, n, U16_MAX - n);
		if (strcmp(want, text))
			break;
	}
	KUNIT_EXPECT_EQ_MSG(test, U16_MAX + 1, n, "%s for %s", text, want);
}

/* seq_file asks again with more room: for that it has to be told. */
static void tuple_that_does_not_fit_is_told(struct kunit *test)
{
	const struct nf_conntrack_tuple tuple = tuple_of(&texts[0]);
	char text[64] = {};
	struct seq_file s = { .buf = text, .size = strlen(texts[0].text) - 1 };

	print(&s, &tuple);
	KUNIT_EXPECT_TRUE(test, seq_has_overflowed(&s));
	KUNIT_EXPECT_EQ(test, '\0', text[s.size]);
}

static struct kunit_case proc_cases[] = {
	KUNIT_CASE_PARAM(tuple_reads, texts_gen_params),
	KUNIT_CASE(every_number_reads),
	KUNIT_CASE(tuple_that_does_not_fit_is_told),
	{}
};

static struct kunit_suite proc_suite = {
	.name		= "nf_ct_proc",
	.test_cases	= proc_cases,
};

kunit_test_suites(&proc_suite);
