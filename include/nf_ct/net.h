/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module keeps for each network namespace, beyond what the kernel's
 * own struct netns_ct holds (timeouts, flags, struct ip_conntrack_stat).
 */
#ifndef NF_CT_NET_H
#define NF_CT_NET_H

#include <linux/percpu.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/netfilter/nf_conntrack.h>
#include <nf_ct/why.h>

/**
 * enum nf_ct_helper_mode - values of net.netfilter.nf_conntrack_helper
 * @NF_CT_HELPER_NEVER:  only what the ruleset or user space assigns
 * @NF_CT_HELPER_ALWAYS: by port, always
 * @NF_CT_HELPER_AUTO:	 by port, until something assigns a helper explicitly
 */
enum nf_ct_helper_mode {
	NF_CT_HELPER_NEVER,
	NF_CT_HELPER_ALWAYS,
	NF_CT_HELPER_AUTO,
};

/* One CPU's count of packets by reason. */
struct nf_ct_why_stat {
	unsigned long count[NF_CT_WHY_MAX];
};

/**
 * struct nf_ct_net - per-namespace state private to this module
 * @base:	 the kernel's part; first, because nf_ct_pernet() casts to it
 * @why:	 packets by reason, one array a CPU
 * @helper_mode: an &enum nf_ct_helper_mode
 */
struct nf_ct_net {
	struct nf_conntrack_net		base;
	struct nf_ct_why_stat __percpu	*why;
	u8				helper_mode;
};

static inline struct nf_ct_net *nf_ct_net_priv(const struct net *net)
{
	return net_generic(net, nf_conntrack_net_id);
}

/* The same for who is in a read-side critical section already, as a packet is:
 * without another, which where RCU is preemptible takes two calls.
 */
static inline struct nf_ct_net *nf_ct_net_rcu(const struct net *net)
{
	const struct net_generic *gen;

	gen = rcu_dereference_check(net->gen, rcu_read_lock_bh_held());
	return gen->ptr[nf_conntrack_net_id];
}

/* Counts one packet under its reason; any context with a stable namespace. */
static inline void nf_ct_count_why(const struct net *net, enum nf_ct_why why)
{
	this_cpu_inc(nf_ct_net_priv(net)->why->count[why]);
}

/* nf_ct_sysctl.c */
int nf_ct_sysctl_init(void);
void nf_ct_sysctl_fini(void);
int nf_ct_sysctl_net_init(struct net *net);
void nf_ct_sysctl_net_exit(struct net *net);

/* nf_ct_proc.c: nf_conntrack, ip_conntrack, stat/nf_conntrack and _invalid */
int nf_ct_proc_net_init(struct net *net);
void nf_ct_proc_net_exit(struct net *net);

#endif /* NF_CT_NET_H */
