/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Extensions of an entry, beyond what the kernel's own header declares: which
 * there are in this configuration, and what confirmation does to them.
 */
#ifndef NF_CT_EXT_H
#define NF_CT_EXT_H

#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_acct.h>
#include <net/netfilter/nf_conntrack_act_ct.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_extend.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_labels.h>
#include <net/netfilter/nf_conntrack_seqadj.h>
#include <net/netfilter/nf_conntrack_synproxy.h>
#include <net/netfilter/nf_conntrack_timeout.h>
#include <net/netfilter/nf_conntrack_timestamp.h>
#include <net/netfilter/nf_nat.h>

#if IS_ENABLED(CONFIG_NF_NAT)
#define NF_CT_EXT_ROW_NAT(_)	_(NF_CT_EXT_NAT, struct nf_conn_nat)
#else
#define NF_CT_EXT_ROW_NAT(_)
#endif

#ifdef CONFIG_NF_CONNTRACK_EVENTS
#define NF_CT_EXT_ROW_ECACHE(_)	_(NF_CT_EXT_ECACHE, struct nf_conntrack_ecache)
#else
#define NF_CT_EXT_ROW_ECACHE(_)
#endif

#ifdef CONFIG_NF_CONNTRACK_TIMESTAMP
#define NF_CT_EXT_ROW_TSTAMP(_)	_(NF_CT_EXT_TSTAMP, struct nf_conn_tstamp)
#else
#define NF_CT_EXT_ROW_TSTAMP(_)
#endif

#ifdef CONFIG_NF_CONNTRACK_TIMEOUT
#define NF_CT_EXT_ROW_TIMEOUT(_) _(NF_CT_EXT_TIMEOUT, struct nf_conn_timeout)
#else
#define NF_CT_EXT_ROW_TIMEOUT(_)
#endif

#ifdef CONFIG_NF_CONNTRACK_LABELS
#define NF_CT_EXT_ROW_LABELS(_)	_(NF_CT_EXT_LABELS, struct nf_conn_labels)
#else
#define NF_CT_EXT_ROW_LABELS(_)
#endif

#if IS_ENABLED(CONFIG_NETFILTER_SYNPROXY)
#define NF_CT_EXT_ROW_SYNPROXY(_) _(NF_CT_EXT_SYNPROXY, struct nf_conn_synproxy)
#else
#define NF_CT_EXT_ROW_SYNPROXY(_)
#endif

#if IS_ENABLED(CONFIG_NET_ACT_CT)
#define NF_CT_EXT_ROW_ACT_CT(_)	_(NF_CT_EXT_ACT_CT, struct nf_conn_act_ct_ext)
#else
#define NF_CT_EXT_ROW_ACT_CT(_)
#endif

/* Every extension of this kernel: its &enum nf_ct_ext_id and its type. */
#define NF_CT_EXT_LIST(_)						\
	_(NF_CT_EXT_HELPER, struct nf_conn_help)			\
	NF_CT_EXT_ROW_NAT(_)						\
	_(NF_CT_EXT_SEQADJ, struct nf_conn_seqadj)			\
	_(NF_CT_EXT_ACCT, struct nf_conn_acct)				\
	NF_CT_EXT_ROW_ECACHE(_)						\
	NF_CT_EXT_ROW_TSTAMP(_)						\
	NF_CT_EXT_ROW_TIMEOUT(_)					\
	NF_CT_EXT_ROW_LABELS(_)						\
	NF_CT_EXT_ROW_SYNPROXY(_)					\
	NF_CT_EXT_ROW_ACT_CT(_)

/*
 * The extension even if its generation is over, for those who release what
 * it owns.  What it merely points to may be gone.
 */
static inline void *nf_ct_ext_owned(const struct nf_conn *ct, u8 id)
{
	struct nf_ct_ext *ext = ct->ext;

	if (!ext || !__nf_ct_ext_exist(ext, id))
		return NULL;

	return (void *)ext + ext->offset[id];
}

bool nf_ct_ext_settle(struct nf_conn *ct);

/* nf_ct_timeout.c */
#ifdef CONFIG_NF_CONNTRACK_TIMEOUT
void nf_ct_timeout_release(struct nf_conn *ct);
#else
static inline void nf_ct_timeout_release(struct nf_conn *ct)
{
}
#endif

#endif /* NF_CT_EXT_H */
