/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one place for differences between kernels, and for what a kernel
 * exports but declares in no public header.
 *
 * A kernel is asked for a feature, by HAVE_* that Kbuild finds in its headers,
 * never for its version: stable kernels take back what newer ones brought.
 */
#ifndef NF_CT_COMPAT_H
#define NF_CT_COMPAT_H

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/netfilter.h>
#include <linux/rcupdate.h>
#include <linux/sysctl.h>
#include <linux/timer.h>
#ifdef HAVE_LINUX_UNALIGNED
#include <linux/unaligned.h>		/* since 6.12 */
#else
#include <asm/unaligned.h>
#endif
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_timeout.h>
#include <net/netfilter/nf_nat.h>

/* Exported since 4.16, declared in net/netfilter/nf_internals.h alone: drops
 * every packet of @net that waits in a queue.
 */
void nf_queue_nf_hook_drop(struct net *net);

/* sysctl: handlers take a const table since 6.11, and registering takes its
 * length since 6.6.
 */
#ifdef HAVE_CONST_CTL_TABLE
#define nf_ct_ctl_table const struct ctl_table
#else
#define nf_ct_ctl_table struct ctl_table
#endif

static inline struct ctl_table_header *
nf_ct_register_sysctl(struct net *net, const char *path,
		      struct ctl_table *table, size_t rows)
{
#ifdef HAVE_SYSCTL_SIZE
	return register_net_sysctl_sz(net, path, table, rows);
#else
	return register_net_sysctl(net, path, table);
#endif
}

/* Users of labels are an atomic_t since 6.8. */
static inline void nf_ct_labels_used_add(struct net *net, int n)
{
#ifdef HAVE_ATOMIC_LABELS_USED
	atomic_add(n, &net->ct.labels_used);
#elif defined(CONFIG_NF_CONNTRACK_LABELS)
	/* Callers hold the rules' mutex or their own lock. */
	net->ct.labels_used += n;
#endif
}

/* A timeout policy is counted by its users, where it has a count. */
static inline void nf_ct_policy_put(struct nf_ct_timeout *policy)
{
#ifdef HAVE_TIMEOUT_REFCNT
	if (refcount_dec_and_test(&policy->refcnt))
		kfree_rcu(policy, rcu);
#endif
}

/* NAT offers to rewrite a packet that comes back from a queue, until 6.8. */
#ifdef HAVE_NAT_MANIP_PKT
#define NF_CT_CAN_REMAP	true

static inline bool nf_ct_manip(const struct nf_nat_hook *hook,
			       struct sk_buff *skb, struct nf_conn *ct,
			       enum nf_nat_manip_type type,
			       enum ip_conntrack_dir dir)
{
	return hook->manip_pkt(skb, ct, type, dir) != NF_DROP;
}
#else
#define NF_CT_CAN_REMAP	false

static inline bool nf_ct_manip(const struct nf_nat_hook *hook,
			       struct sk_buff *skb, struct nf_conn *ct,
			       enum nf_nat_manip_type type,
			       enum ip_conntrack_dir dir)
{
	return false;
}
#endif

/*
 * Expectations: who made one, and who helps the flow that fulfils it.  Some
 * kernels keep both helpers, others only the second; the first is then that
 * of the master, which the caller reads with nf_conntrack_expect_lock held.
 */
#ifdef HAVE_EXPECT_ASSIGN_HELPER
#define NF_CT_EXP_KEEPS_MAKER	true

static inline void nf_ct_exp_set_helpers(struct nf_conntrack_expect *exp,
					 struct nf_conntrack_helper *maker)
{
	rcu_assign_pointer(exp->helper, maker);
	RCU_INIT_POINTER(exp->assign_helper, NULL);
}

static inline struct nf_conntrack_helper *
nf_ct_exp_maker(const struct nf_conntrack_expect *exp)
{
	return rcu_dereference_check(exp->helper,
				     lockdep_is_held(&nf_conntrack_expect_lock));
}

static inline struct nf_conntrack_helper *
nf_ct_exp_heir(const struct nf_conntrack_expect *exp)
{
	return rcu_dereference_check(exp->assign_helper,
				     lockdep_is_held(&nf_conntrack_expect_lock));
}
#else
#define NF_CT_EXP_KEEPS_MAKER	false

static inline void nf_ct_exp_set_helpers(struct nf_conntrack_expect *exp,
					 struct nf_conntrack_helper *maker)
{
	RCU_INIT_POINTER(exp->helper, NULL);
}

static inline struct nf_conntrack_helper *
nf_ct_exp_maker(const struct nf_conntrack_expect *exp)
{
	const struct nf_conn_help *help = nfct_help(exp->master);

	return help ? rcu_dereference_check(help->helper,
				lockdep_is_held(&nf_conntrack_expect_lock)) : NULL;
}

static inline struct nf_conntrack_helper *
nf_ct_exp_heir(const struct nf_conntrack_expect *exp)
{
	return rcu_dereference_check(exp->helper,
				     lockdep_is_held(&nf_conntrack_expect_lock));
}
#endif

/*
 * Expectations: their lifetime.  Either a time stamp, and who comes across an
 * expectation past it takes it out; or a timer, which then holds a reference.
 * Whoever stops the clock takes the expectation out of the table.
 */
#ifdef HAVE_EXPECT_TIMER
static inline void nf_ct_exp_set_life(struct nf_conntrack_expect *exp,
				      unsigned long life)
{
	exp->timeout.expires = jiffies + life;
}

static inline long nf_ct_exp_life(const struct nf_conntrack_expect *exp)
{
	return READ_ONCE(exp->timeout.expires) - jiffies;
}

static inline bool nf_ct_exp_is_expired(const struct nf_conntrack_expect *exp)
{
	return nf_ct_exp_life(exp) <= 0;
}

static inline void nf_ct_exp_mark_dead(struct nf_conntrack_expect *exp,
				       bool dead)
{
}

static inline void nf_ct_exp_timed_out(struct timer_list *timer)
{
	struct nf_conntrack_expect *exp;

	exp = container_of(timer, struct nf_conntrack_expect, timeout);
	spin_lock_bh(&nf_conntrack_expect_lock);
	nf_ct_unlink_expect(exp);
	spin_unlock_bh(&nf_conntrack_expect_lock);
	nf_ct_expect_put(exp);
}

static inline void nf_ct_exp_start(struct nf_conntrack_expect *exp)
{
	refcount_inc(&exp->use);
	timer_setup(&exp->timeout, nf_ct_exp_timed_out, 0);
	add_timer(&exp->timeout);
}

/* The clock's reference becomes the caller's, for nf_ct_exp_stopped(). */
static inline bool nf_ct_exp_stop(struct nf_conntrack_expect *exp)
{
	return del_timer(&exp->timeout);
}

static inline void nf_ct_exp_stopped(struct nf_conntrack_expect *exp)
{
	nf_ct_expect_put(exp);
}
#else
static inline void nf_ct_exp_set_life(struct nf_conntrack_expect *exp,
				      unsigned long life)
{
	WRITE_ONCE(exp->timeout, nfct_time_stamp + (u32)life);
}

static inline long nf_ct_exp_life(const struct nf_conntrack_expect *exp)
{
	return (s32)(READ_ONCE(exp->timeout) - nfct_time_stamp);
}

static inline void nf_ct_exp_mark_dead(struct nf_conntrack_expect *exp,
				       bool dead)
{
	unsigned int flags = exp->flags & ~NF_CT_EXPECT_DEAD;

	WRITE_ONCE(exp->flags, dead ? flags | NF_CT_EXPECT_DEAD : flags);
}

static inline void nf_ct_exp_start(struct nf_conntrack_expect *exp)
{
}

static inline bool nf_ct_exp_stop(struct nf_conntrack_expect *exp)
{
	return !hlist_unhashed(&exp->hnode);
}

static inline void nf_ct_exp_stopped(struct nf_conntrack_expect *exp)
{
}
#endif

#endif /* NF_CT_COMPAT_H */
