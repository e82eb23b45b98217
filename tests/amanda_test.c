// SPDX-License-Identifier: GPL-2.0-only
/*
 * Amanda's grammar as a specification: lines left, what they announce right.
 *
 * Each text is parsed from a buffer behind which nothing may be read.
 */
#include <kunit/test.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <nf_ct/amanda.h>
#include "edge.h"

/* One line, and the ports that it announces: none if it is refused. */
struct line_row {
	const char	*name;
	const char	*text;
	unsigned int	n;
	u16		ports[NF_CT_AMANDA_STREAMS];
};

static const struct line_row good_lines[] = {
	{ "three streams", "CONNECT DATA 1025 MESG 1026 INDEX 1027\n",
	  3, { 1025, 1026, 1027 } },
	{ "four streams", "CONNECT DATA 1025 MESG 1026 INDEX 1027 STATE 1028\n",
	  4, { 1025, 1026, 1027, 1028 } },
	{ "two streams", "CONNECT DATA 1025 MESG 1026\n", 2, { 1025, 1026 } },
	{ "one stream", "CONNECT MESG 1026\n", 1, { 1026 } },
	{ "in another order", "CONNECT STATE 4 INDEX 3 MESG 2 DATA 1\n",
	  4, { 4, 3, 2, 1 } },
	{ "no index", "CONNECT DATA 1025 MESG 1026 INDEX -1\n",
	  2, { 1025, 1026 } },
	{ "no data", "CONNECT DATA -1 MESG 1026 INDEX 1027\n",
	  2, { 1026, 1027 } },
	{ "commands come from inside",
	  "CONNECT DATA 1025 MESG 1026 INDEX 1027 STATE 1028 CMD 1029\n",
	  4, { 1025, 1026, 1027, 1028 } },
	{ "an unknown stream in between", "CONNECT DATA 1025 CMD 7 MESG 1026\n",
	  2, { 1025, 1026 } },
	{ "an unknown stream that is absent", "CONNECT CMD -1 DATA 1025\n",
	  1, { 1025 } },
	{ "more than four, the fourth unknown",
	  "CONNECT DATA 1 MESG 2 INDEX 3 CMD 9 STATE 4\n", 4, { 1, 2, 3, 4 } },
	{ "the smallest port", "CONNECT DATA 1\n", 1, { 1 } },
	{ "the largest port", "CONNECT DATA 65535\n", 1, { 65535 } },
	{ "leading zeros are still decimal", "CONNECT DATA 00010\n",
	  1, { 10 } },
	{ "two ports of one number", "CONNECT DATA 1025 MESG 1025\n",
	  2, { 1025, 1025 } },
	{ "a return at the end", "CONNECT DATA 1025 MESG 1026\r\n",
	  2, { 1025, 1026 } },
	{ "another line follows",
	  "CONNECT DATA 1025 MESG 1026 INDEX 1027\nOPTIONS features=f;\n",
	  3, { 1025, 1026, 1027 } },
	{ "another CONNECT follows",
	  "CONNECT DATA 1025\nCONNECT DATA 1026\n", 1, { 1025 } },
};

static const struct line_row bad_lines[] = {
	{ "port 0", "CONNECT DATA 0\n" },
	{ "port 0 after a good one", "CONNECT DATA 1025 MESG 0\n" },
	{ "five zeros", "CONNECT DATA 00000\n" },
	{ "one too large", "CONNECT DATA 65536\n" },
	{ "largest of five digits", "CONNECT DATA 99999\n" },
	{ "one too large after a good one", "CONNECT DATA 1025 MESG 65536\n" },
	{ "six digits", "CONNECT DATA 001025\n" },
	{ "wraps 16 bits", "CONNECT DATA 66561\n" },
	{ "wraps 32 bits", "CONNECT DATA 4294968321\n" },
	{ "too large in an unknown stream", "CONNECT DATA 1025 CMD 65536\n" },
	{ "port 0 in an unknown stream", "CONNECT DATA 1025 CMD 0\n" },
	{ "no number", "CONNECT DATA\n" },
	{ "a space for a number", "CONNECT DATA\040\n" },
	{ "no number in the middle", "CONNECT DATA MESG 1026\n" },
	{ "no stream", "CONNECT\040\n" },
	{ "no stream and no space", "CONNECT\n" },
	{ "a number only", "CONNECT 1025\n" },
	{ "no space before the number", "CONNECT DATA1025\n" },
	{ "letters after the digits", "CONNECT DATA 1025x\n" },
	{ "letters before the digits", "CONNECT DATA x1025\n" },
	{ "hexadecimal", "CONNECT DATA 0x401\n" },
	{ "a sign", "CONNECT DATA +1025\n" },
	{ "minus two", "CONNECT DATA -2\n" },
	{ "minus ten", "CONNECT DATA -10\n" },
	{ "a bare minus", "CONNECT DATA -\n" },
	{ "a fraction", "CONNECT DATA 1025.5\n" },
	{ "a comma", "CONNECT DATA 1025, MESG 1026\n" },
	{ "a space at the end", "CONNECT DATA 1025\040\n" },
	{ "two returns", "CONNECT DATA 1025\r\r\n" },
	{ "a return before the end", "CONNECT DATA 1025\r MESG 1026\n" },
	{ "a return alone", "\r\n" },
	{ "a NUL at the end", "CONNECT DATA 1025\0\n" },
	{ "a NUL among the digits", "CONNECT DATA 10\00025\n" },
	{ "two spaces between pairs", "CONNECT DATA 1025  MESG 1026\n" },
	{ "two spaces before the number", "CONNECT DATA  1025\n" },
	{ "a tab", "CONNECT DATA\t1025\n" },
	{ "a tab between pairs", "CONNECT DATA 1025\tMESG 1026\n" },
	{ "data twice", "CONNECT DATA 1025 DATA 1026\n" },
	{ "state twice", "CONNECT STATE 1025 MESG 1026 STATE 1027\n" },
	{ "data absent, then present", "CONNECT DATA -1 DATA 1025\n" },
	{ "a fifth of the four",
	  "CONNECT DATA 1 MESG 2 INDEX 3 STATE 4 DATA 5\n" },
	{ "small letters", "connect data 1025\n" },
	{ "a stream in small letters", "CONNECT data 1025\n" },
	{ "small letters after a good one", "CONNECT DATA 1025 Mesg 1026\n" },
	{ "the beginning of a stream's name", "CONNECT DAT 1025\n" },
	{ "a stream's name with a digit", "CONNECT DATA2 1025\n" },
	{ "a stream's name with the high bit", "CONNECT \304ATA 1025\n" },
	{ "a stream's name with the high bit after a good one",
	  "CONNECT DATA 1025 \304 1026\n" },
	{ "a stream without a name", "CONNECT  1025\n" },
	{ "a stream without a name after a good one",
	  "CONNECT DATA 1025  1026\n" },
	{ "no word", "DATA 1025\n" },
	{ "another word", "CONNECTED DATA 1025\n" },
	{ "a word before", "RECONNECT DATA 1025\n" },
	{ "a space before", " CONNECT DATA 1025\n" },
	{ "on the second line", "OPTIONS\nCONNECT DATA 1025\n" },
	{ "numbers on the second line", "CONNECT DATA\n 1025\n" },
	{ "an error", "ERROR [could not CONNECT DATA 1025]\n" },
	{ "an empty line", "\n" },
};

static void line_desc(const struct line_row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(good_line, good_lines, line_desc);
KUNIT_ARRAY_PARAM(bad_line, bad_lines, line_desc);

/* Parses the first len bytes of a text from a buffer of that size. */
static struct nf_ct_amanda_reply parse(struct kunit *test, const char *text,
				       size_t len)
{
	return nf_ct_amanda_parse(at_the_edge(test, text, len), len);
}

/* A row may hold a NUL, but each ends with its only or last newline. */
static size_t row_len(const struct line_row *row)
{
	size_t len = strlen(row->text);

	while (!len || row->text[len - 1] != '\n')
		len += 1 + strlen(row->text + len + 1);

	return len;
}

/* The digits at a port's place, read by the kernel's own routine. */
static void stands_at(struct kunit *test, const char *text,
		      const struct nf_ct_amanda_port *port)
{
	char digits[8] = {};
	u16 number;

	KUNIT_ASSERT_LT(test, (size_t)port->len, sizeof(digits));
	memcpy(digits, text + port->offset, port->len);
	KUNIT_ASSERT_EQ(test, kstrtou16(digits, 10, &number), 0);
	KUNIT_EXPECT_EQ(test, number, port->port);

	/* Neither cut nor too long: NAT replaces exactly this. */
	KUNIT_EXPECT_EQ(test, text[port->offset - 1], ' ');
	KUNIT_EXPECT_NOT_NULL(test, strchr(" \r\n",
					   text[port->offset + port->len]));
}

static void announces(struct kunit *test)
{
	const struct line_row *row = test->param_value;
	struct nf_ct_amanda_reply reply;
	unsigned int i;

	reply = parse(test, row->text, row_len(row));
	KUNIT_ASSERT_EQ(test, reply.n, row->n);
	for (i = 0; i < reply.n; i++) {
		KUNIT_EXPECT_EQ(test, reply.ports[i].port, row->ports[i]);
		stands_at(test, row->text, &reply.ports[i]);
	}
}

static void announces_nothing(struct kunit *test)
{
	const struct line_row *row = test->param_value;
	struct nf_ct_amanda_reply reply;

	reply = parse(test, row->text, row_len(row));
	KUNIT_EXPECT_EQ(test, reply.n, 0);
	KUNIT_EXPECT_EQ(test, reply.ports[0].port, 0);
}

/* Without its newline it is not known whether a number is whole. */
static void cut_short(struct kunit *test)
{
	const struct line_row *row = test->param_value;
	size_t line = strcspn(row->text, "\n") + 1;
	size_t len;

	for (len = 0; len < line; len++)
		KUNIT_EXPECT_EQ(test, parse(test, row->text, len).n, 0);

	KUNIT_EXPECT_EQ(test, parse(test, row->text, line).n, row->n);
}

static bool port_valid(const struct nf_ct_amanda_reply *reply, size_t len)
{
	unsigned int i;

	if (reply->n > NF_CT_AMANDA_STREAMS)
		return false;

	for (i = 0; i < reply->n; i++) {
		const struct nf_ct_amanda_port *port = &reply->ports[i];

		if (!port->port || !port->len || port->len > 5 ||
		    port->offset + port->len >= len)
			return false;
	}

	return true;
}

/* Every other value of every byte announces nothing or what is in range. */
static void one_byte_wrong(struct kunit *test)
{
	const struct line_row *row = test->param_value;
	size_t at, len = row_len(row);
	char *text = kmemdup(row->text, len, GFP_KERNEL);
	int c, out_of_range = 0;

	KUNIT_ASSERT_NOT_NULL(test, text);
	for (at = 0; at < len; at++) {
		for (c = 0; c < 256; c++) {
			struct nf_ct_amanda_reply reply;

			text[at] = c;
			reply = nf_ct_amanda_parse(text, len);
			out_of_range += !port_valid(&reply, len);
		}
		text[at] = row->text[at];
	}
	kfree(text);

	KUNIT_EXPECT_EQ(test, out_of_range, 0);
}

/* A line of len bytes: a known stream, then an unknown one of a long name. */
static struct nf_ct_amanda_reply parse_long(struct kunit *test, size_t len)
{
	static const char start[] = "CONNECT DATA 1025 ", end[] = " 1026\n";
	char *text = kmalloc(len, GFP_KERNEL);
	struct nf_ct_amanda_reply reply;

	KUNIT_ASSERT_NOT_NULL(test, text);
	memset(text, 'X', len);
	memcpy(text, start, strlen(start));
	memcpy(text + len - strlen(end), end, strlen(end));
	reply = nf_ct_amanda_parse(text, len);
	kfree(text);
	return reply;
}

static void longest_line(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, parse_long(test, NF_CT_AMANDA_LINE_MAX).n, 1);
	KUNIT_EXPECT_EQ(test, parse_long(test, NF_CT_AMANDA_LINE_MAX + 1).n, 0);
}

static struct kunit_case amanda_parse_cases[] = {
	KUNIT_CASE_PARAM(announces, good_line_gen_params),
	KUNIT_CASE_PARAM(announces_nothing, bad_line_gen_params),
	KUNIT_CASE_PARAM(cut_short, good_line_gen_params),
	KUNIT_CASE_PARAM(one_byte_wrong, good_line_gen_params),
	KUNIT_CASE(longest_line),
	{}
};

static struct kunit_suite amanda_parse_suite = {
	.name		= "nf_ct_amanda_parse",
	.test_cases	= amanda_parse_cases,
};

kunit_test_suites(&amanda_parse_suite);
