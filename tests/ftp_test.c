// SPDX-License-Identifier: GPL-2.0-only
/*
 * The FTP grammar as a specification: lines left, what they open right.
 *
 * Each text is parsed from a buffer behind which nothing may be read.
 */
#include <kunit/test.h>
#include <linux/inet.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <nf_ct/ftp.h>
#include "edge.h"

#define OUT	IP_CT_DIR_ORIGINAL
#define IN	IP_CT_DIR_REPLY

/* The control channel's ends, as the kernel writes them. */
#define SENDER4	"10.0.0.1"
#define SENDER6	"2001:db8::1"

/* One line, and what it opens: addr NULL if nothing. */
struct line_row {
	const char		*name;
	enum ip_conntrack_dir	dir;
	const char		*text;
	u16			family;	/* of the channel; 0 is AF_INET */
	enum nf_ct_ftp_type	type;
	const char		*addr;
	u16			port;
	const char		*match;	/* the part that NAT rewrites */
};

#define OPENS(_type, _addr, _port, _match)				\
	.type = NF_CT_FTP_##_type, .addr = _addr, .port = _port,	\
	.match = _match

static const struct line_row good_lines[] = {
	{ "PORT", OUT, "PORT 10,0,0,1,4,1\r\n",
	  OPENS(PORT, "10.0.0.1", 1025, "10,0,0,1,4,1") },
	{ "PORT in lower case", OUT, "port 10,0,0,1,4,1\r\n",
	  OPENS(PORT, "10.0.0.1", 1025, "10,0,0,1,4,1") },
	{ "PORT ended by a bare newline", OUT, "PORT 10,0,0,1,4,1\n",
	  OPENS(PORT, "10.0.0.1", 1025, "10,0,0,1,4,1") },
	{ "PORT after two spaces", OUT, "PORT  10,0,0,1,4,1\r\n",
	  OPENS(PORT, "10.0.0.1", 1025, "10,0,0,1,4,1") },
	{ "PORT with the largest numbers", OUT,
	  "PORT 255,255,255,255,255,255\r\n",
	  OPENS(PORT, "255.255.255.255", 65535, "255,255,255,255,255,255") },
	{ "PORT with the smallest port", OUT, "PORT 0,0,0,0,0,1\r\n",
	  OPENS(PORT, "0.0.0.0", 1, "0,0,0,0,0,1") },
	{ "PORT with leading zeros is still decimal", OUT,
	  "PORT 010,000,000,001,004,001\r\n",
	  OPENS(PORT, "10.0.0.1", 1025, "010,000,000,001,004,001") },
	{ "PORT before another command", OUT, "PORT 10,0,0,1,4,1\r\nLIST\r\n",
	  OPENS(PORT, "10.0.0.1", 1025, "10,0,0,1,4,1") },

	{ "227 in parentheses", IN,
	  "227 Entering Passive Mode (10,0,0,1,200,1).\r\n",
	  OPENS(PASV, "10.0.0.1", 51201, "10,0,0,1,200,1") },
	{ "227 without parentheses", IN,
	  "227 Entering Passive Mode 10,0,0,1,200,1\r\n",
	  OPENS(PASV, "10.0.0.1", 51201, "10,0,0,1,200,1") },
	{ "227 after an equals sign", IN, "227 =10,0,0,1,200,1\r\n",
	  OPENS(PASV, "10.0.0.1", 51201, "10,0,0,1,200,1") },
	{ "227 with numbers in its prose", IN,
	  "227 Mode 2, user 7 (10,0,0,1,200,1)\r\n",
	  OPENS(PASV, "10.0.0.1", 51201, "10,0,0,1,200,1") },

	{ "EPRT for IPv4", OUT, "EPRT |1|10.0.0.1|1025|\r\n",
	  OPENS(EPRT, "10.0.0.1", 1025, "|1|10.0.0.1|1025|") },
	{ "EPRT in mixed case", OUT, "ePrT |1|10.0.0.1|1025|\r\n",
	  OPENS(EPRT, "10.0.0.1", 1025, "|1|10.0.0.1|1025|") },
	{ "EPRT delimited by the first printable", OUT,
	  "EPRT !1!10.0.0.1!1025!\r\n",
	  OPENS(EPRT, "10.0.0.1", 1025, "!1!10.0.0.1!1025!") },
	{ "EPRT delimited by the last printable", OUT,
	  "EPRT ~1~10.0.0.1~1025~\r\n",
	  OPENS(EPRT, "10.0.0.1", 1025, "~1~10.0.0.1~1025~") },
	{ "EPRT with the largest port", OUT, "EPRT |1|10.0.0.1|65535|\r\n",
	  OPENS(EPRT, "10.0.0.1", 65535, "|1|10.0.0.1|65535|") },
	{ "EPRT for IPv6", OUT, "EPRT |2|2001:db8::1|1025|\r\n", AF_INET6,
	  OPENS(EPRT, "2001:db8::1", 1025, "|2|2001:db8::1|1025|") },
	{ "EPRT for IPv6 in full", OUT,
	  "EPRT |2|2001:0db8:0000:0000:0000:0000:0000:0001|1025|\r\n", AF_INET6,
	  OPENS(EPRT, "2001:db8::1", 1025,
		"|2|2001:0db8:0000:0000:0000:0000:0000:0001|1025|") },
	{ "EPRT for IPv6 ending in a quad", OUT,
	  "EPRT |2|::ffff:10.0.0.1|1025|\r\n", AF_INET6,
	  OPENS(EPRT, "::ffff:10.0.0.1", 1025, "|2|::ffff:10.0.0.1|1025|") },

	{ "229 over IPv4", IN,
	  "229 Entering Extended Passive Mode (|||51201|)\r\n",
	  OPENS(EPSV, SENDER4, 51201, "|||51201|") },
	{ "229 over IPv6", IN,
	  "229 Entering Extended Passive Mode (|||51201|)\r\n", AF_INET6,
	  OPENS(EPSV, SENDER6, 51201, "|||51201|") },
	{ "229 with another delimiter", IN, "229 Ok (!!!51201!)\r\n",
	  OPENS(EPSV, SENDER4, 51201, "!!!51201!") },
	{ "229 with parentheses in its prose", IN,
	  "229 Extended (passive) mode (|||51201|), go on\r\n",
	  OPENS(EPSV, SENDER4, 51201, "|||51201|") },
};

static const struct line_row bad_lines[] = {
	{ "octet over 255", OUT, "PORT 256,0,0,1,4,1\r\n" },
	{ "last octet over 255", OUT, "PORT 10,0,0,256,4,1\r\n" },
	{ "port octet over 255", OUT, "PORT 10,0,0,1,1025,1\r\n" },
	{ "low port octet over 255", OUT, "PORT 10,0,0,1,4,256\r\n" },
	{ "octet that wraps 32 bits", OUT, "PORT 4294967306,0,0,1,4,1\r\n" },
	{ "octet of four digits", OUT, "PORT 0010,0,0,1,4,1\r\n" },
	{ "port 0", OUT, "PORT 10,0,0,1,0,0\r\n" },
	{ "five numbers", OUT, "PORT 10,0,0,1,4\r\n" },
	{ "seven numbers", OUT, "PORT 10,0,0,1,4,1,1\r\n" },
	{ "empty number", OUT, "PORT 10,,0,1,4,1\r\n" },
	{ "negative number", OUT, "PORT 10,0,0,-1,4,1\r\n" },
	{ "dots for commas", OUT, "PORT 10.0.0.1,4,1\r\n" },
	{ "garbage after the numbers", OUT, "PORT 10,0,0,1,4,1x\r\n" },
	{ "space after the numbers", OUT, "PORT 10,0,0,1,4,1 \r\n" },
	{ "two returns", OUT, "PORT 10,0,0,1,4,1\r\r\n" },
	{ "NUL among the numbers", OUT, "PORT 10,0,0,1,4\0,1\r\n" },
	{ "no argument", OUT, "PORT \r\n" },
	{ "no space", OUT, "PORT10,0,0,1,4,1\r\n" },
	{ "command not first", OUT, "XPORT 10,0,0,1,4,1\r\n" },
	{ "space before the command", OUT, " PORT 10,0,0,1,4,1\r\n" },
	{ "command on the second line", OUT, "NOOP\r\nPORT 10,0,0,1,4,1\r\n" },
	{ "numbers on the second line", OUT, "PORT \r\n10,0,0,1,4,1\r\n" },
	{ "telnet interrupt before the command", OUT,
	  "\377\364\377\362PORT 10,0,0,1,4,1\r\n" },
	{ "telnet option inside the command", OUT,
	  "PORT \377\36410,0,0,1,4,1\r\n" },
	{ "PORT from the server", IN, "PORT 10,0,0,1,4,1\r\n" },
	{ "EPRT from the server", IN, "EPRT |1|10.0.0.1|1025|\r\n" },
	{ "an HTTP request", OUT, "POST /PORT 10,0,0,1,4,1 HTTP/1.1\r\n" },

	{ "227 from the client", OUT, "227 Ok (10,0,0,1,200,1)\r\n" },
	{ "227 with an octet over 255", IN, "227 Ok (10,0,0,256,200,1)\r\n" },
	{ "227 with seven numbers", IN, "227 Ok (9,10,0,0,1,200,1)\r\n" },
	{ "227 with seven, the first too large", IN,
	  "227 Ok (256,10,0,0,1,200,1)\r\n" },
	{ "227 with a comma to follow", IN, "227 Ok (10,0,0,1,200,1,)\r\n" },
	{ "227 with port 0", IN, "227 Ok (10,0,0,1,0,0)\r\n" },
	{ "227 with no numbers", IN, "227 Entering Passive Mode\r\n" },
	{ "227 that goes on", IN, "227-Ok (10,0,0,1,200,1)\r\n" },
	{ "2270", IN, "2270 Ok (10,0,0,1,200,1)\r\n" },
	{ "226 with numbers", IN, "226 Ok (10,0,0,1,200,1)\r\n" },
	{ "227 on the second line", IN,
	  "226 Done\r\n227 Ok (10,0,0,1,200,1)\r\n" },

	{ "EPRT with changing delimiters", OUT,
	  "EPRT |1!10.0.0.1!1025!\r\n" },
	{ "EPRT port over 65535", OUT, "EPRT |1|10.0.0.1|70000|\r\n" },
	{ "EPRT port one too large", OUT, "EPRT |1|10.0.0.1|65536|\r\n" },
	{ "EPRT port of six digits", OUT, "EPRT |1|10.0.0.1|001025|\r\n" },
	{ "EPRT port 0", OUT, "EPRT |1|10.0.0.1|0|\r\n" },
	{ "EPRT without a port", OUT, "EPRT |1|10.0.0.1||\r\n" },
	{ "EPRT without an address", OUT, "EPRT |1||1025|\r\n" },
	{ "EPRT without the last delimiter", OUT, "EPRT |1|10.0.0.1|1025\r\n" },
	{ "EPRT with changing delimiters", OUT, "EPRT |1|10.0.0.1!1025|\r\n" },
	{ "EPRT delimited by a digit", OUT, "EPRT 919" SENDER4 "910259\r\n" },
	{ "229 delimited by a digit", IN, "229 Ok (999512019)\r\n" },
	{ "EPRT delimited by a control character", OUT,
	  "EPRT \0011\00110.0.0.1\0011025\001\r\n" },
	{ "EPRT delimited by DEL", OUT,
	  "EPRT \1771\17710.0.0.1\1771025\177\r\n" },
	{ "EPRT delimited by a letter with the high bit", OUT,
	  "EPRT \3741\37410.0.0.1\3741025\374\r\n" },
	{ "EPRT family 0", OUT, "EPRT |0|10.0.0.1|1025|\r\n" },
	{ "EPRT family 3", OUT, "EPRT |3|10.0.0.1|1025|\r\n" },
	{ "EPRT family 0, IPv6 address", OUT,
	  "EPRT |0|2001:db8::1|1025|\r\n", AF_INET6 },
	{ "EPRT family 3, IPv6 address", OUT,
	  "EPRT |3|2001:db8::1|1025|\r\n", AF_INET6 },
	{ "EPRT family 11", OUT, "EPRT |11|10.0.0.1|1025|\r\n" },
	{ "EPRT IPv4 family, IPv6 address", OUT,
	  "EPRT |1|2001:db8::1|1025|\r\n" },
	{ "EPRT IPv6 family, IPv4 address", OUT,
	  "EPRT |2|10.0.0.1|1025|\r\n", AF_INET6 },
	{ "EPRT octet over 255", OUT, "EPRT |1|10.0.0.256|1025|\r\n" },
	{ "EPRT three octets", OUT, "EPRT |1|10.0.1|1025|\r\n" },
	{ "EPRT five octets", OUT, "EPRT |1|10.0.0.0.1|1025|\r\n" },
	{ "EPRT nine groups", OUT,
	  "EPRT |2|1:2:3:4:5:6:7:8:9|1025|\r\n", AF_INET6 },
	{ "EPRT two gaps", OUT, "EPRT |2|1::2::3|1025|\r\n", AF_INET6 },
	{ "EPRT with a scope", OUT, "EPRT |2|fe80::1%2|1025|\r\n", AF_INET6 },
	{ "EPRT with garbage after it", OUT, "EPRT |1|10.0.0.1|1025|x\r\n" },

	{ "229 from the client", OUT, "229 Ok (|||51201|)\r\n" },
	{ "229 port over 65535", IN, "229 Ok (|||70000|)\r\n" },
	{ "229 port 0", IN, "229 Ok (|||0|)\r\n" },
	{ "229 without parentheses", IN, "229 Ok |||51201|\r\n" },
	{ "229 not closed", IN, "229 Ok (|||51201|\r\n" },
	{ "229 closed by something else", IN, "229 Ok (|||51201|]\r\n" },
	{ "229 with two delimiters", IN, "229 Ok (||51201|)\r\n" },
	{ "229 with an address", IN, "229 Ok (|1|10.0.0.9|51201|)\r\n" },
	{ "229 delimited by blanks", IN, "229 Ok (   51201 )\r\n" },
	{ "229 with changing delimiters", IN, "229 Ok (|!|51201|)\r\n" },
	{ "229 that goes on", IN, "229-Ok (|||51201|)\r\n" },
};

static void line_desc(const struct line_row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(good_line, good_lines, line_desc);
KUNIT_ARRAY_PARAM(bad_line, bad_lines, line_desc);

static void read_addr(struct kunit *test, u16 family, const char *text,
		      u8 addr[NF_CT_FTP_ADDR_LEN])
{
	memset(addr, 0, NF_CT_FTP_ADDR_LEN);
	KUNIT_ASSERT_TRUE(test, family == AF_INET6 ?
			  in6_pton(text, -1, addr, -1, NULL) :
			  in4_pton(text, -1, addr, -1, NULL));
}

/* Parses the first len bytes of a row's text from a buffer of that size. */
static struct nf_ct_ftp_cmd parse(struct kunit *test,
				  const struct line_row *row, size_t len)
{
	u16 family = row->family ?: AF_INET;
	u8 sender[NF_CT_FTP_ADDR_LEN];

	read_addr(test, family, family == AF_INET6 ? SENDER6 : SENDER4, sender);
	return nf_ct_ftp_parse(at_the_edge(test, row->text, len), len,
			       row->dir, family, sender);
}

/* A row may hold a NUL, but each ends with its only or last newline. */
static size_t row_len(const struct line_row *row)
{
	size_t len = strlen(row->text);

	while (!len || row->text[len - 1] != '\n')
		len += 1 + strlen(row->text + len + 1);

	return len;
}

static void opens(struct kunit *test)
{
	const struct line_row *row = test->param_value;
	struct nf_ct_ftp_cmd cmd = parse(test, row, row_len(row));
	u8 addr[NF_CT_FTP_ADDR_LEN];

	KUNIT_ASSERT_EQ(test, cmd.match, NF_CT_FTP_FOUND);
	KUNIT_EXPECT_EQ(test, cmd.type, row->type);
	KUNIT_EXPECT_EQ(test, cmd.family, row->family ?: AF_INET);
	KUNIT_EXPECT_EQ(test, cmd.port, row->port);

	read_addr(test, cmd.family, row->addr, addr);
	KUNIT_EXPECT_EQ(test, memcmp(cmd.addr, addr, sizeof(addr)), 0);

	KUNIT_ASSERT_EQ(test, (size_t)cmd.len, strlen(row->match));
	KUNIT_EXPECT_EQ(test, memcmp(row->text + cmd.offset, row->match,
				     cmd.len), 0);
}

static void opens_nothing(struct kunit *test)
{
	const struct line_row *row = test->param_value;
	struct nf_ct_ftp_cmd cmd = parse(test, row, row_len(row));

	KUNIT_EXPECT_EQ(test, cmd.match, NF_CT_FTP_NONE);
	KUNIT_EXPECT_EQ(test, cmd.port, 0);
	KUNIT_EXPECT_EQ(test, cmd.len, 0);
}

/* What may become a command is waited for, from its first byte on. */
static void cut_short(struct kunit *test)
{
	const struct line_row *row = test->param_value;
	size_t line = strcspn(row->text, "\n") + 1;
	size_t len;

	for (len = 1; len < line; len++)
		KUNIT_EXPECT_EQ(test, parse(test, row, len).match,
				NF_CT_FTP_PARTIAL);

	KUNIT_EXPECT_EQ(test, parse(test, row, line).match, NF_CT_FTP_FOUND);
}

/* Every other value of every byte either opens nothing or is in range. */
static void one_byte_wrong(struct kunit *test)
{
	const struct line_row *row = test->param_value;
	size_t at, len = row_len(row);
	char *text = kmemdup(row->text, len, GFP_KERNEL);
	u8 sender[NF_CT_FTP_ADDR_LEN] = {};
	int c, out_of_range = 0;

	KUNIT_ASSERT_NOT_NULL(test, text);
	for (at = 0; at < len; at++) {
		for (c = 0; c < 256; c++) {
			struct nf_ct_ftp_cmd cmd;

			text[at] = c;
			cmd = nf_ct_ftp_parse(text, len, row->dir,
					      row->family ?: AF_INET, sender);
			out_of_range += cmd.offset + cmd.len > len ||
					(cmd.match == NF_CT_FTP_FOUND) !=
					(cmd.port != 0);
		}
		text[at] = row->text[at];
	}
	kfree(text);

	KUNIT_EXPECT_EQ(test, out_of_range, 0);
}

/* Fills a buffer with a line of len bytes: a word, blanks, an ending. */
static struct nf_ct_ftp_cmd parse_long(struct kunit *test, size_t len,
				       const char *ending)
{
	size_t tail = strlen(ending);
	char *text = kmalloc(len, GFP_KERNEL);
	u8 sender[NF_CT_FTP_ADDR_LEN] = {};
	struct nf_ct_ftp_cmd cmd;

	KUNIT_ASSERT_NOT_NULL(test, text);
	memset(text, ' ', len);
	memcpy(text, "PORT", 4);
	memcpy(text + len - tail, ending, tail);
	cmd = nf_ct_ftp_parse(text, len, OUT, AF_INET, sender);
	kfree(text);
	return cmd;
}

static void longest_line(struct kunit *test)
{
	const char *ending = "10,0,0,1,4,1\r\n";

	KUNIT_EXPECT_EQ(test, NF_CT_FTP_FOUND,
			parse_long(test, NF_CT_FTP_LINE_MAX, ending).match);
	KUNIT_EXPECT_EQ(test, NF_CT_FTP_NONE,
			parse_long(test, NF_CT_FTP_LINE_MAX + 1, ending).match);
	KUNIT_EXPECT_EQ(test, NF_CT_FTP_PARTIAL,
			parse_long(test, NF_CT_FTP_LINE_MAX - 1, "").match);
	KUNIT_EXPECT_EQ(test, NF_CT_FTP_NONE,
			parse_long(test, NF_CT_FTP_LINE_MAX, "").match);
}

/* Lines that start, learnt in this order, and those still known after. */
static const struct start_row {
	const char	*name;
	u16		n;
	u32		learn[3];
	bool		known[3];
} start_rows[] = {
	{ "one",			1, { 100 },
					   { true } },
	{ "two",			2, { 100, 200 },
					   { true, true } },
	{ "the same twice",		3, { 100, 100, 200 },
					   { true, true, true } },
	{ "the last one twice",		3, { 100, 200, 200 },
					   { true, true, true } },
	{ "the oldest goes",		3, { 100, 200, 300 },
					   { false, true, true } },
	{ "an old one displaces none",	3, { 200, 300, 100 },
					   { true, true, false } },
	{ "out of order",		3, { 100, 300, 200 },
					   { false, true, true } },
	{ "latest of a reversed pair stays", 3, { 200, 100, 300 },
					   { true, false, true } },
	{ "across the wrap",		3, { 0xffffff00, 0xfffffff0, 0x10 },
					   { false, true, true } },
	{ "back across the wrap",	3, { 0x10, 0x20, 0xfffffff0 },
					   { true, true, false } },
};

static void start_desc(const struct start_row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(start, start_rows, start_desc);

static void line_starts(struct kunit *test)
{
	const struct start_row *row = test->param_value;
	/* Room for two, and what lies behind it. */
	u32 starts[3] = { 0, 0, 0x5eed };
	const u16 max = 2;
	u16 i, n = 0;

	KUNIT_EXPECT_FALSE(test, nf_ct_ftp_begins_line(starts, 0, 0));
	for (i = 0; i < row->n; i++)
		n = nf_ct_ftp_learn_line(starts, n, max, row->learn[i]);

	KUNIT_EXPECT_EQ(test, n, min_t(u16, row->n, max));
	KUNIT_EXPECT_EQ(test, starts[max], 0x5eedU);
	for (i = 0; i < row->n; i++)
		KUNIT_EXPECT_EQ(test, row->known[i],
				nf_ct_ftp_begins_line(starts, n,
						      row->learn[i]));
	KUNIT_EXPECT_FALSE(test, nf_ct_ftp_begins_line(starts, n, 101));
}

static struct kunit_case ftp_parse_cases[] = {
	KUNIT_CASE_PARAM(opens, good_line_gen_params),
	KUNIT_CASE_PARAM(opens_nothing, bad_line_gen_params),
	KUNIT_CASE_PARAM(cut_short, good_line_gen_params),
	KUNIT_CASE_PARAM(one_byte_wrong, good_line_gen_params),
	KUNIT_CASE(longest_line),
	KUNIT_CASE_PARAM(line_starts, start_gen_params),
	{}
};

static struct kunit_suite ftp_parse_suite = {
	.name		= "nf_ct_ftp_parse",
	.test_cases	= ftp_parse_cases,
};

kunit_test_suites(&ftp_parse_suite);
