// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a packet's tuple is, how much of the packet it takes to tell, and what
 * the tuple of its answer is.  Runs against the loaded nf_conntrack, by its
 * exported symbols.
 */
#include <kunit/test.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/in.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <nf_ct/tuple.h>

#define IPV4(proto, frag)						\
	0x45, 0, 0, 64, 0, 1, (frag) >> 8, (frag) & 0xff,		\
	64, proto, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2

#define IPV6(nexthdr)							\
	0x60, 0, 0, 0, 0, 32, nexthdr, 64,				\
	0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,	\
	0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2

/* Offset in units of eight bytes, as the wire has it in the upper 13 bits. */
#define IPV6_FRAG(nexthdr, offset, more)				\
	nexthdr, 0, (offset) >> 5, ((offset) << 3 & 0xff) | (more), 0, 0, 0, 1

#define PORTS		0x04, 0x00, 0x00, 0x50		/* 1024 to 80 */
#define ECHO(type)	type, 0, 0, 0, 0x12, 0x34, 0, 1	/* id 0x1234 */
#define MF		0x2000

#define V4		.family = NFPROTO_IPV4
#define V6		.family = NFPROTO_IPV6

/* A packet, and the tuple it has; needs 0 if it has none, however long. */
struct packet_row {
	const char	*name;
	u8		family;
	u8		data[80];
	unsigned int	needs;	/* bytes up to the last that matters */
	u8		proto;
	u16		src;	/* port or query id, host order */
	u16		dst;	/* port, or type << 8 | code */
};

static const struct packet_row packets[] = {
	{ "TCP", V4, { IPV4(6, 0), PORTS }, 24, 6, 1024, 80 },
	{ "UDP", V4, { IPV4(17, 0), PORTS }, 24, 17, 1024, 80 },
	{ "UDP-Lite", V4, { IPV4(136, 0), PORTS }, 24, 136, 1024, 80 },
	{ "SCTP", V4, { IPV4(132, 0), PORTS }, 24, 132, 1024, 80 },
	{ "DCCP", V4, { IPV4(33, 0), PORTS }, 24, 33, 1024, 80 },
	{ "an echo request", V4, { IPV4(1, 0), ECHO(8) }, 28,
	  1, 0x1234, 0x0800 },
	{ "a timestamp request", V4, { IPV4(1, 0), ECHO(13) }, 28,
	  1, 0x1234, 0x0d00 },
	{ "an echo reply", V4, { IPV4(1, 0), ECHO(0) }, 28, 1, 0x1234, 0 },
	{ "a protocol without ports", V4, { IPV4(50, 0), PORTS }, 20, 50, 0, 0 },
	{ "TCP behind IPv4 options", V4, { 0x46, 0, 0, 64, 0, 1, 0, 0, 64, 6,
	  0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 1, 1, 0, PORTS }, 28, 6, 1024, 80 },
	{ "no ports behind IPv4 options", V4, { 0x46, 0, 0, 64, 0, 1, 0, 0, 64,
	  50, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 1, 1, 0 }, 24, 50, 0, 0 },
	{ "an IPv4 header of 16 bytes", V4, { 0x44, 0, 0, 64, 0, 1, 0, 0, 64,
	  6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, PORTS } },
	{ "GRE", V4, { IPV4(47, 0), 0, 0, 8, 0 }, 24, 47, 0, 0 },
	{ "GRE of PPTP", V4, { IPV4(47, 0), 0x30, 1, 0x88, 0x0b, 0, 0, 0, 5 },
	  28, 47, 0, 5 },
	{ "GRE of PPTP, but not PPP", V4, { IPV4(47, 0), 0x30, 1, 8, 0 } },
	{ "the first fragment", V4, { IPV4(17, MF), PORTS }, 24, 17, 1024, 80 },
	{ "a later fragment", V4, { IPV4(17, 185), PORTS } },
	{ "a later fragment of many", V4, { IPV4(17, MF | 1), PORTS } },
	{ "ICMPv6 over IPv4", V4, { IPV4(58, 0), ECHO(128) } },

	{ "TCP over IPv6", V6, { IPV6(6), PORTS }, 44, 6, 1024, 80 },
	{ "UDP over IPv6", V6, { IPV6(17), PORTS }, 44, 17, 1024, 80 },
	{ "UDP-Lite over IPv6", V6, { IPV6(136), PORTS }, 44, 136, 1024, 80 },
	{ "SCTP over IPv6", V6, { IPV6(132), PORTS }, 44, 132, 1024, 80 },
	{ "DCCP over IPv6", V6, { IPV6(33), PORTS }, 44, 33, 1024, 80 },
	{ "GRE over IPv6", V6, { IPV6(47), 0, 0, 8, 0 }, 44, 47, 0, 0 },
	{ "GRE of PPTP over IPv6", V6,
	  { IPV6(47), 0x30, 1, 0x88, 0x0b, 0, 0, 0, 5 }, 48, 47, 0, 5 },
	{ "an ICMPv6 echo reply", V6, { IPV6(58), ECHO(129) }, 48,
	  58, 0x1234, 0x8100 },
	{ "an IPv6 protocol without ports", V6, { IPV6(50), PORTS }, 40,
	  50, 0, 0 },
	{ "an ICMPv6 echo request", V6, { IPV6(58), ECHO(128) }, 48,
	  58, 0x1234, 0x8000 },
	{ "UDP behind options", V6,
	  { IPV6(60), 17, 0, 1, 4, 0, 0, 0, 0, PORTS }, 52, 17, 1024, 80 },
	{ "no ports behind options", V6,
	  { IPV6(60), 50, 1 }, 56, 50, 0, 0 },
	{ "the first IPv6 fragment", V6,
	  { IPV6(44), IPV6_FRAG(17, 0, 1), PORTS }, 52, 17, 1024, 80 },
	{ "a later IPv6 fragment", V6,
	  { IPV6(44), IPV6_FRAG(17, 181, 0), PORTS } },
	{ "ICMP over IPv6", V6, { IPV6(1), ECHO(8) } },

	{ "neither IPv4 nor IPv6", NFPROTO_ARP, { IPV4(6, 0), PORTS } },
};

static void row_name(const struct packet_row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(packets, packets, row_name);

/* The tuple of the first @len bytes of a packet, @linear of them in its linear
 * part and the rest in a page.
 */
static bool tuple_of_paged(struct kunit *test, const struct packet_row *row,
			   unsigned int linear, unsigned int len,
			   struct nf_conntrack_tuple *tuple)
{
	struct sk_buff *skb;
	bool found;
	int err;

	skb = alloc_skb_with_frags(linear, len - linear, 0, &err, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb_put(skb, linear);
	skb->len = len;
	skb->data_len = len - linear;
	KUNIT_ASSERT_EQ(test, 0, skb_store_bits(skb, 0, row->data, len));
	skb_reset_network_header(skb);
	found = nf_ct_get_tuplepr(skb, 0, row->family, &init_net, tuple);
	kfree_skb(skb);

	return found;
}

static bool tuple_of(struct kunit *test, const struct packet_row *row,
		     unsigned int len, struct nf_conntrack_tuple *tuple)
{
	return tuple_of_paged(test, row, len, len, tuple);
}

static void packet_has_tuple(struct kunit *test)
{
	const struct packet_row *row = test->param_value;
	struct nf_conntrack_tuple want, tuple;

	memset(&want, 0, sizeof(want));
	want.src.l3num = row->family;
	want.src.u.all = htons(row->src);
	want.dst.u.all = htons(row->dst);
	want.dst.protonum = row->proto;
	if (row->family == NFPROTO_IPV4) {
		memcpy(&want.src.u3, &row->data[12], 4);
		memcpy(&want.dst.u3, &row->data[16], 4);
	} else {
		memcpy(&want.src.u3, &row->data[8], 16);
		memcpy(&want.dst.u3, &row->data[24], 16);
	}

	/* Whatever was there before must not show through. */
	memset(&tuple, 0xff, sizeof(tuple));

	KUNIT_ASSERT_EQ(test, row->needs != 0,
			tuple_of(test, row, sizeof(row->data), &tuple));
	if (row->needs)
		KUNIT_EXPECT_EQ(test, 0, memcmp(&tuple, &want, sizeof(want)));
}

static void truncated_packet_has_none(struct kunit *test)
{
	const struct packet_row *row = test->param_value;
	struct nf_conntrack_tuple tuple;
	unsigned int len;

	for (len = 0; len < sizeof(row->data); len++)
		KUNIT_EXPECT_EQ_MSG(test, row->needs && len >= row->needs,
				    tuple_of(test, row, len, &tuple),
				    "%u bytes of %s", len, row->name);
}

static void tuple_is_the_same_wherever_it_lies(struct kunit *test)
{
	const struct packet_row *row = test->param_value;
	struct nf_conntrack_tuple want, tuple;
	unsigned int linear;
	bool found;

	found = tuple_of(test, row, sizeof(row->data), &want);
	for (linear = 0; linear < sizeof(row->data); linear++) {
		KUNIT_ASSERT_EQ_MSG(test, found,
				    tuple_of_paged(test, row, linear,
						   sizeof(row->data), &tuple),
				    "%u bytes are linear", linear);
		if (found)
			KUNIT_EXPECT_EQ_MSG(test, 0,
					    memcmp(&tuple, &want, sizeof(want)),
					    "%u bytes are linear", linear);
	}
}

/* Tuples by what matters to their inverse. */
struct inverse_row {
	const char	*name;
	u8		family;
	u8		proto;
	u16		src, dst;	/* of the tuple, host order */
	u16		isrc, idst;	/* of its inverse */
};

#define TYPE(t)		((t) << 8)
#define BOTH_WAYS(name, family, proto, to, fro)				\
	{ name, family, proto, 7, TYPE(to), 7, TYPE(fro) },		\
	{ name " reply", family, proto, 7, TYPE(fro), 7, TYPE(to) }

static const struct inverse_row inverses[] = {
	{ "TCP", NFPROTO_IPV4, 6, 1024, 80, 80, 1024 },
	{ "UDP", NFPROTO_IPV4, 17, 1024, 53, 53, 1024 },
	{ "UDP-Lite", NFPROTO_IPV6, 136, 1024, 53, 53, 1024 },
	{ "SCTP", NFPROTO_IPV4, 132, 1024, 80, 80, 1024 },
	{ "DCCP", NFPROTO_IPV6, 33, 1024, 80, 80, 1024 },
	{ "GRE", NFPROTO_IPV4, 47, 1, 2, 2, 1 },
	{ "TCP over IPv6", NFPROTO_IPV6, 6, 1024, 80, 80, 1024 },
	{ "UDP over IPv6", NFPROTO_IPV6, 17, 1024, 53, 53, 1024 },
	{ "SCTP over IPv6", NFPROTO_IPV6, 132, 1024, 80, 80, 1024 },
	{ "GRE over IPv6", NFPROTO_IPV6, 47, 1, 2, 2, 1 },
	{ "a protocol without ports", NFPROTO_IPV4, 50, 0, 0, 0, 0 },
	BOTH_WAYS("echo", NFPROTO_IPV4, 1, ICMP_ECHO, ICMP_ECHOREPLY),
	BOTH_WAYS("timestamp", NFPROTO_IPV4, 1, ICMP_TIMESTAMP,
		  ICMP_TIMESTAMPREPLY),
	BOTH_WAYS("information", NFPROTO_IPV4, 1, ICMP_INFO_REQUEST,
		  ICMP_INFO_REPLY),
	BOTH_WAYS("address mask", NFPROTO_IPV4, 1, ICMP_ADDRESS,
		  ICMP_ADDRESSREPLY),
	BOTH_WAYS("ICMPv6 echo", NFPROTO_IPV6, 58, ICMPV6_ECHO_REQUEST,
		  ICMPV6_ECHO_REPLY),
};

static void inverse_name(const struct inverse_row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(inverses, inverses, inverse_name);

static struct nf_conntrack_tuple tuple_from(const struct inverse_row *row,
					    u8 from, u8 to, u16 src, u16 dst)
{
	struct nf_conntrack_tuple tuple;

	memset(&tuple, 0, sizeof(tuple));
	tuple.src.l3num = row->family;
	tuple.dst.protonum = row->proto;
	memset(&tuple.src.u3, from, row->family == NFPROTO_IPV4 ? 4 : 16);
	memset(&tuple.dst.u3, to, row->family == NFPROTO_IPV4 ? 4 : 16);
	tuple.src.u.all = htons(src);
	tuple.dst.u.all = htons(dst);

	return tuple;
}

static void inverse_answers(struct kunit *test)
{
	const struct inverse_row *row = test->param_value;
	struct nf_conntrack_tuple orig, want, inverse, back;

	orig = tuple_from(row, 1, 2, row->src, row->dst);
	want = tuple_from(row, 2, 1, row->isrc, row->idst);
	want.dst.dir = IP_CT_DIR_REPLY;

	/* Whatever was there before must not show through. */
	memset(&inverse, 0xff, sizeof(inverse));
	KUNIT_ASSERT_TRUE(test, nf_ct_invert_tuple(&inverse, &orig));
	KUNIT_EXPECT_EQ(test, 0, memcmp(&inverse, &want, sizeof(want)));

	KUNIT_ASSERT_TRUE(test, nf_ct_invert_tuple(&back, &inverse));
	KUNIT_EXPECT_EQ(test, 0, memcmp(&back, &orig, sizeof(orig)));
}

static const struct inverse_row unanswered[] = {
	{ "destination unreachable", NFPROTO_IPV4, 1, 0,
	  TYPE(ICMP_DEST_UNREACH) },
	{ "an ICMP type nobody knows", NFPROTO_IPV4, 1, 0, TYPE(255) },
	{ "packet too big", NFPROTO_IPV6, 58, 0, TYPE(ICMPV6_PKT_TOOBIG) },
	{ "neighbour solicitation", NFPROTO_IPV6, 58, 0, TYPE(135) },
	{ "an ICMPv6 type nobody knows", NFPROTO_IPV6, 58, 0, TYPE(255) },
};

KUNIT_ARRAY_PARAM(unanswered, unanswered, inverse_name);

static void some_have_no_inverse(struct kunit *test)
{
	const struct inverse_row *row = test->param_value;
	struct nf_conntrack_tuple orig, inverse;

	orig = tuple_from(row, 1, 2, row->src, row->dst);
	KUNIT_EXPECT_FALSE(test, nf_ct_invert_tuple(&inverse, &orig));
}

/* But for the direction, in which a key and an entry's tuple differ. */
static void each_byte_tells_tuples_apart(struct kunit *test)
{
	const size_t dir = offsetof(struct nf_conntrack_tuple, dst.dir);
	struct nf_conntrack_tuple a, b;
	size_t byte;

	memset(&a, 0x5a, sizeof(a));
	b = a;
	KUNIT_EXPECT_TRUE(test, nf_ct_tuple_same(&a, &b));
	for (byte = 0; byte < sizeof(a); byte++) {
		unsigned int bit;

		for (bit = 0; bit < BITS_PER_BYTE; bit++) {
			((u8 *)&b)[byte] ^= 1 << bit;
			KUNIT_EXPECT_EQ_MSG(test, byte == dir,
					    nf_ct_tuple_same(&a, &b),
					    "bit %u of byte %zu", bit, byte);
			KUNIT_EXPECT_EQ_MSG(test, nf_ct_tuple_equal(&a, &b),
					    nf_ct_tuple_same(&a, &b),
					    "bit %u of byte %zu", bit, byte);
			((u8 *)&b)[byte] ^= 1 << bit;
		}
	}
}

static struct kunit_case tuple_cases[] = {
	KUNIT_CASE_PARAM(packet_has_tuple, packets_gen_params),
	KUNIT_CASE_PARAM(truncated_packet_has_none, packets_gen_params),
	KUNIT_CASE_PARAM(tuple_is_the_same_wherever_it_lies, packets_gen_params),
	KUNIT_CASE_PARAM(inverse_answers, inverses_gen_params),
	KUNIT_CASE_PARAM(some_have_no_inverse, unanswered_gen_params),
	KUNIT_CASE(each_byte_tells_tuples_apart),
	{}
};

static struct kunit_suite tuple_suite = {
	.name		= "nf_ct_tuple",
	.test_cases	= tuple_cases,
};

kunit_test_suites(&tuple_suite);
