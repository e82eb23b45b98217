/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fields of struct nf_conn that a kernel may be built without: 0 there, so
 * that readers need no #if.
 */
#ifndef NF_CT_OPTIONAL_H
#define NF_CT_OPTIONAL_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <net/netfilter/nf_conntrack.h>

static inline u32 nf_ct_mark_of(const struct nf_conn *ct)
{
#ifdef CONFIG_NF_CONNTRACK_MARK
	return READ_ONCE(ct->mark);
#else
	return 0;
#endif
}

static inline u32 nf_ct_secmark_of(const struct nf_conn *ct)
{
#ifdef CONFIG_NF_CONNTRACK_SECMARK
	return READ_ONCE(ct->secmark);
#else
	return 0;
#endif
}

#endif /* NF_CT_OPTIONAL_H */
