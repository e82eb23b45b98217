// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reasons: each has a word for programs and a phrase for people.
 */
#include <kunit/test.h>
#include <linux/string.h>
#include <nf_ct/why.h>

static void names_are_words(struct kunit *test)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	int why;

	for (why = 0; why < NF_CT_WHY_MAX; why++) {
		const char *name = nf_ct_why_name(why);

		KUNIT_EXPECT_GT_MSG(test, strlen(name), (size_t)0,
				    "reason %d", why);
		KUNIT_EXPECT_EQ_MSG(test, strspn(name, word), strlen(name),
				    "reason %d is '%s'", why, name);
	}
}

/* Two reasons of one name could not be told apart in the counters. */
static void names_differ(struct kunit *test)
{
	int a, b;

	for (a = 0; a < NF_CT_WHY_MAX; a++)
		for (b = 0; b < a; b++)
			KUNIT_EXPECT_NE_MSG(test, strcmp(nf_ct_why_name(a),
							 nf_ct_why_name(b)),
					    0, "reasons %d and %d", a, b);
}

/* A log line is one line, and what it prints is no format. */
static void texts_fit_a_log_line(struct kunit *test)
{
	int why;

	for (why = 0; why < NF_CT_WHY_MAX; why++) {
		const char *text = nf_ct_why_text(why);

		KUNIT_EXPECT_GT_MSG(test, strlen(text), (size_t)0,
				    "reason %d", why);
		KUNIT_EXPECT_EQ_MSG(test, strcspn(text, "%\n"), strlen(text),
				    "reason %d is '%s'", why, text);
	}
}

static void no_such_reason(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, nf_ct_why_name(NF_CT_WHY_MAX), "unknown");
	KUNIT_EXPECT_STREQ(test, nf_ct_why_text(NF_CT_WHY_MAX), "unknown");
}

/* What people grep their logs for. */
static const struct {
	enum nf_ct_why why;
	const char *text;
} kept[] = {
	{ NF_CT_WHY_UDP_LENGTH, "truncated/malformed packet" },
	{ NF_CT_WHY_ICMP_CHECKSUM, "bad hw icmp checksum" },
	{ NF_CT_WHY_ICMP_TYPE, "invalid icmp type" },
	{ NF_CT_WHY_ICMP6_CHECKSUM, "ICMPv6 checksum failed" },
	{ NF_CT_WHY_ICMP6_REDIRECT, "invalid saddr or hoplimit for redirect" },
	{ NF_CT_WHY_ICMP6_REDIRECT_SHORT, "short redirect" },
	{ NF_CT_WHY_ICMP6_REDIRECT_BARE, "redirect without options" },
	{ NF_CT_WHY_SCTP_CHECKSUM, "nf_ct_sctp: bad CRC " },
	{ NF_CT_WHY_DCCP_CHECKSUM, "nf_ct_dccp: bad checksum " },
	{ NF_CT_WHY_DCCP_STATE, "invalid state transition" },
};

static void texts_are_kept(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kept); i++)
		KUNIT_EXPECT_STREQ(test, nf_ct_why_text(kept[i].why),
				   kept[i].text);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(names_are_words),
	KUNIT_CASE(names_differ),
	KUNIT_CASE(texts_fit_a_log_line),
	KUNIT_CASE(no_such_reason),
	KUNIT_CASE(texts_are_kept),
	{}
};

static struct kunit_suite suite = {
	.name		= "nf_ct_why",
	.test_cases	= cases,
};

kunit_test_suites(&suite);
