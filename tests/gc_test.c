// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pace of garbage collection: what a pass met left, when the next one
 * comes right; and from which count on it evicts.
 */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/string.h>
#include <nf_ct/gc.h>

struct pause_case {
	const char	*name;
	u64		left;
	unsigned int	seen;
	unsigned long	pause;
};

static const struct pause_case pause_cases[] = {
	{ "an empty table",		0,			0,  60 * HZ },
	{ "all are about to expire",	0,			9,  HZ },
	{ "a tick less than the least",	HZ - 1,			1,  HZ },
	{ "the least",			HZ,			1,  HZ },
	{ "a tick more",		HZ + 1,			1,  HZ + 1 },
	{ "the mean of two",		40 * HZ,		2,  20 * HZ },
	{ "a mean is rounded down",	40 * HZ + 1,		2,  20 * HZ },
	{ "the most",			60 * HZ,		1,  60 * HZ },
	{ "never more than that",	60 * HZ + 1,		1,  60 * HZ },
	{ "a mean of more than 32 bits", 1ULL << 40,		1,  60 * HZ },
	{ "as many as can be",		30ULL * HZ * UINT_MAX,	UINT_MAX,
	  30 * HZ },
};

static void pause_name(const struct pause_case *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(pause, pause_cases, pause_name);

static void comes_again(struct kunit *test)
{
	const struct pause_case *row = test->param_value;

	KUNIT_EXPECT_EQ(test, row->pause,
			nf_ct_gc_pause(row->left, row->seen));
}

struct full_case {
	const char	*name;
	unsigned int	count;
	unsigned int	max;
	bool		full;
};

static const struct full_case full_cases[] = {
	{ "empty",			0,		1000,	  false },
	{ "at 95 %",			950,		1000,	  false },
	{ "one more",			951,		1000,	  true },
	{ "at the limit",		1000,		1000,	  true },
	{ "over it",			1001,		1000,	  true },
	{ "no limit",			UINT_MAX,	0,	  false },
	{ "a limit of one, none there",	0,		1,	  false },
	{ "a limit of one",		1,		1,	  true },
	{ "at 95 % of the largest",	4080218930U,	UINT_MAX, false },
	{ "more than that",		4080218931U,	UINT_MAX, true },
};

static void full_name(const struct full_case *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(full, full_cases, full_name);

static void evicts(struct kunit *test)
{
	const struct full_case *row = test->param_value;

	KUNIT_EXPECT_EQ(test, row->full,
			nf_ct_gc_nearly_full(row->count, row->max));
}

static struct kunit_case gc_cases[] = {
	KUNIT_CASE_PARAM(comes_again, pause_gen_params),
	KUNIT_CASE_PARAM(evicts, full_gen_params),
	{}
};

static struct kunit_suite gc_suite = {
	.name		= "nf_ct_gc",
	.test_cases	= gc_cases,
};

kunit_test_suites(&gc_suite);
