/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the expectation and helper rooms share beyond the kernel's headers.
 */
#ifndef NF_CT_EXPECT_H
#define NF_CT_EXPECT_H

#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_extend.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_zones.h>

/*
 * The helper area of an entry, valid or not: nfct_help() hides the area of an
 * unconfirmed entry once a module that could be named in it is gone, yet the
 * expectations hanging there must still be taken down.  Do not follow the
 * helper pointer in it unless something else keeps the helper.
 */
static inline struct nf_conn_help *nf_ct_help_area(const struct nf_conn *ct)
{
	struct nf_ct_ext *ext = ct->ext;

	if (!ext || !__nf_ct_ext_exist(ext, NF_CT_EXT_HELPER))
		return NULL;

	return (void *)ext + ext->offset[NF_CT_EXT_HELPER];
}

#ifdef CONFIG_NF_CONNTRACK_ZONES
static inline void nf_ct_exp_zone_add(struct nf_conntrack_expect *exp,
				      const struct nf_conntrack_zone *zone)
{
	exp->zone = *zone;
}

static inline const struct nf_conntrack_zone *
nf_ct_exp_zone(const struct nf_conntrack_expect *exp)
{
	return &exp->zone;
}
#else
static inline void nf_ct_exp_zone_add(struct nf_conntrack_expect *exp,
				      const struct nf_conntrack_zone *zone)
{
}

static inline const struct nf_conntrack_zone *
nf_ct_exp_zone(const struct nf_conntrack_expect *exp)
{
	return &nf_ct_zone_dflt;
}
#endif

bool nf_ct_remove_expect(struct nf_conntrack_expect *exp);
void nf_ct_expectation_gc(struct nf_conn_help *master_help);

/* nf_ct_helper.c */
void nf_ct_helper_net_init(struct net *net);

/* nf_ct_expect_proc.c: /proc/net/nf_conntrack_expect */
#ifdef CONFIG_NF_CONNTRACK_PROCFS
int nf_ct_expect_proc_net_init(struct net *net);
void nf_ct_expect_proc_net_exit(struct net *net);
#else
static inline int nf_ct_expect_proc_net_init(struct net *net)
{
	return 0;
}

static inline void nf_ct_expect_proc_net_exit(struct net *net)
{
}
#endif

#endif /* NF_CT_EXPECT_H */
