// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each reason is called and what the log says of it.
 *
 * Both tables grow from the list in why.h, so no reason is without a name.
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <nf_ct/why.h>

/* In the order of the enum, which grows from the same list. */
#define NAME_OF(tail, name, text)	name,
#define TEXT_OF(tail, name, text)	text,

static const char * const names[] = { "ok", NF_CT_WHY_LIST(NAME_OF) };
static const char * const texts[] = { "ok", NF_CT_WHY_LIST(TEXT_OF) };

static_assert(ARRAY_SIZE(names) == NF_CT_WHY_MAX);
static_assert(ARRAY_SIZE(texts) == NF_CT_WHY_MAX);

/**
 * nf_ct_why_name - the word that names a reason to programs
 * @why: the reason
 *
 * Context: any.
 * Return: a word of lower-case letters, digits and underscores that never
 * changes its meaning; "unknown" for a number that is no reason.
 */
const char *nf_ct_why_name(enum nf_ct_why why)
{
	return why < NF_CT_WHY_MAX ? names[why] : "unknown";
}

/**
 * nf_ct_why_text - the phrase that names a reason to people
 * @why: the reason
 *
 * Context: any.
 * Return: the text log_invalid prints, without a newline; "unknown" for a
 * number that is no reason.
 */
const char *nf_ct_why_text(enum nf_ct_why why)
{
	return why < NF_CT_WHY_MAX ? texts[why] : "unknown";
}
