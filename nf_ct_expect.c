// SPDX-License-Identifier: GPL-2.0-only
/*
 * Expectations: flows that a helper has heard announced.
 *
 *   helper --nf_ct_expect_related()--> table --nf_ct_find_expectation()--> flow
 *                                        |
 *            time out, eviction, the master's death, its helper's removal
 *
 * An expectation stands in two lists: a chain of the table, found by the
 * destination that it waits for, and its master's list.  It is in both or in
 * neither; nf_conntrack_expect_lock guards both, and with them the counts.
 *
 * The master is not referenced.  It takes its expectations out of the table
 * before it is freed, so one found in the table under the lock has a master.
 * Whoever holds only a reference may read anything but the master.
 *
 * An expectation past its time is as good as gone, and whoever comes across it
 * with the lock held takes it out.  Where the kernel's struct has a timer
 * (include/nf_ct/compat.h) that does it, too.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/netfilter.h>
#include <linux/net.h>
#include <linux/once.h>
#include <linux/rculist.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netns/hash.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_tuple.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <nf_ct/compat.h>
#include <nf_ct/expect.h>

/* One chain for this many of the main table's. */
#define BUCKETS_PER_CHAIN	256

/* So many expectations a chain, on average, until the table is full. */
#define EXPECTS_PER_CHAIN	4

unsigned int nf_ct_expect_hsize __read_mostly;
module_param_named(expect_hashsize, nf_ct_expect_hsize, uint, 0400);
MODULE_PARM_DESC(expect_hashsize, "Number of chains in the expectation table");

struct hlist_head *nf_ct_expect_hash __read_mostly;
unsigned int nf_ct_expect_max __read_mostly;

spinlock_t nf_conntrack_expect_lock __cacheline_aligned_in_smp =
	__SPIN_LOCK_UNLOCKED(nf_conntrack_expect_lock);

static struct kmem_cache *expect_cache __read_mostly;
static siphash_aligned_key_t expect_key __read_mostly;

/*
 * The source is left out, for masks may hide it.  So all expectations that
 * can answer for a tuple, or clash with one another, share a chain.
 */
static struct hlist_head *expect_chain(const struct net *net,
				       const struct nf_conntrack_zone *zone,
				       const struct nf_conntrack_tuple *tuple)
{
	struct {
		union nf_inet_addr	addr;
		u32			net_mix;
		u32			zone_id;
		u32			protonum;
		u16			port;
		u16			l3num;
	} __aligned(SIPHASH_ALIGNMENT) key = {
		.addr		= tuple->dst.u3,
		.net_mix	= net_hash_mix(net),
		.zone_id	= zone->id,
		.protonum	= tuple->dst.protonum,
		.port		= (__force u16)tuple->dst.u.all,
		.l3num		= tuple->src.l3num,
	};
	u32 hash;

	/* Padding would be hashed as it comes. */
	BUILD_BUG_ON(sizeof(key) != sizeof(union nf_inet_addr) + 16);

	get_random_once(&expect_key, sizeof(expect_key));
	hash = siphash(&key, sizeof(key), &expect_key);
	return &nf_ct_expect_hash[reciprocal_scale(hash, nf_ct_expect_hsize)];
}

static bool expect_answers(const struct nf_conntrack_expect *exp,
			   const struct net *net,
			   const struct nf_conntrack_zone *zone,
			   const struct nf_conntrack_tuple *tuple)
{
	return nf_ct_tuple_mask_cmp(tuple, &exp->tuple, &exp->mask) &&
	       net_eq(read_pnet(&exp->net), net) &&
	       nf_ct_exp_zone_equal_any(exp, zone);
}

static bool expect_in_table(const struct nf_conntrack_expect *exp)
{
	return !hlist_unhashed(&exp->hnode);
}

static void expect_insert(struct nf_conntrack_expect *exp,
			  struct nf_conn_help *help, struct hlist_head *chain)
{
	struct net *net = nf_ct_exp_net(exp);

	refcount_inc(&exp->use);
	nf_ct_exp_mark_dead(exp, false);
	nf_ct_exp_start(exp);

	hlist_add_head_rcu(&exp->lnode, &help->expectations);
	help->expecting[exp->class]++;

	hlist_add_head_rcu(&exp->hnode, chain);
	nf_ct_pernet(net)->expect_count++;
	NF_CT_STAT_INC(net, expect_create);
}

/**
 * nf_ct_unlink_expect_report() - take an expectation out of the table
 * @exp:	the expectation; one that is out already stays out
 * @portid:	netlink port of whoever asked for it, for the event
 * @report:	whether they want to hear of it
 *
 * Delivers IPEXP_DESTROY and drops the table's reference.
 *
 * Context: nf_conntrack_expect_lock held.
 */
void nf_ct_unlink_expect_report(struct nf_conntrack_expect *exp,
				u32 portid, int report)
{
	struct nf_conn_help *help;
	struct net *net;

	lockdep_nfct_expect_lock_held();
	if (!expect_in_table(exp))
		return;

	net = nf_ct_exp_net(exp);
	nf_ct_exp_mark_dead(exp, true);

	hlist_del_init_rcu(&exp->hnode);
	nf_ct_pernet(net)->expect_count--;

	help = nf_ct_help_area(exp->master);
	hlist_del_rcu(&exp->lnode);
	help->expecting[exp->class]--;

	nf_ct_expect_event_report(IPEXP_DESTROY, exp, portid, report);
	NF_CT_STAT_INC(net, expect_delete);
	nf_ct_expect_put(exp);
}

/* Takes it out unless somebody else is about to. */
static bool remove_report(struct nf_conntrack_expect *exp, u32 portid,
			  int report)
{
	if (!nf_ct_exp_stop(exp))
		return false;

	nf_ct_unlink_expect_report(exp, portid, report);
	nf_ct_exp_stopped(exp);
	return true;
}

/**
 * nf_ct_remove_expect() - take an expectation out of the table, in silence
 * @exp:	the expectation
 *
 * The caller holds a reference, or does not touch @exp again.
 *
 * Context: nf_conntrack_expect_lock held.
 * Return: Whether it was in the table and its time was not just running out.
 */
bool nf_ct_remove_expect(struct nf_conntrack_expect *exp)
{
	return remove_report(exp, 0, 0);
}

/**
 * nf_ct_unexpect_related() - withdraw an expectation
 * @exp:	the expectation, on which the caller holds a reference
 *
 * Does nothing if it is not in the table.
 *
 * Context: Any but hard interrupt; takes nf_conntrack_expect_lock.
 */
void nf_ct_unexpect_related(struct nf_conntrack_expect *exp)
{
	spin_lock_bh(&nf_conntrack_expect_lock);
	nf_ct_remove_expect(exp);
	spin_unlock_bh(&nf_conntrack_expect_lock);
}

/**
 * __nf_ct_expect_find() - find the expectation that a packet would fulfil
 * @net:	namespace of the packet
 * @zone:	its zone
 * @tuple:	its tuple
 *
 * Context: RCU read section or nf_conntrack_expect_lock held.
 * Return: An expectation, good until the section ends, or NULL.
 */
struct nf_conntrack_expect *
__nf_ct_expect_find(struct net *net, const struct nf_conntrack_zone *zone,
		    const struct nf_conntrack_tuple *tuple)
{
	struct nf_conntrack_expect *exp;

	if (!READ_ONCE(nf_ct_pernet(net)->expect_count))
		return NULL;

	hlist_for_each_entry_rcu(exp, expect_chain(net, zone, tuple), hnode,
				 lockdep_is_held(&nf_conntrack_expect_lock)) {
		if (expect_answers(exp, net, zone, tuple) &&
		    !nf_ct_exp_is_expired(exp))
			return exp;
	}

	return NULL;
}

/**
 * nf_ct_expect_find_get() - find an expectation and keep it
 * @net:	namespace of the packet
 * @zone:	its zone
 * @tuple:	its tuple
 *
 * Context: Any but hard interrupt.
 * Return: A strong reference, to be given back to nf_ct_expect_put(), or NULL.
 */
struct nf_conntrack_expect *
nf_ct_expect_find_get(struct net *net, const struct nf_conntrack_zone *zone,
		      const struct nf_conntrack_tuple *tuple)
{
	struct nf_conntrack_expect *exp;

	rcu_read_lock();
	exp = __nf_ct_expect_find(net, zone, tuple);
	if (exp && !refcount_inc_not_zero(&exp->use))
		exp = NULL;
	rcu_read_unlock();

	return exp;
}

/*
 * Until the master's first packet has left, nobody can have heard of what it
 * announces; and a master that will not be confirmed must not be kept.
 */
static bool master_get(struct nf_conn *master)
{
	if (!nf_ct_is_confirmed(master) || nf_ct_is_dying(master))
		return false;

	return refcount_inc_not_zero(&master->ct_general.use);
}

/* Looks for what a flow fulfils, and clears away what is past its time. */
static struct nf_conntrack_expect *
expect_due(struct net *net, const struct nf_conntrack_zone *zone,
	   const struct nf_conntrack_tuple *tuple)
{
	struct nf_conntrack_expect *exp;
	struct hlist_node *next;

	hlist_for_each_entry_safe(exp, next, expect_chain(net, zone, tuple),
				  hnode) {
		if (nf_ct_exp_is_expired(exp)) {
			nf_ct_remove_expect(exp);
			continue;
		}

		if (!(exp->flags & NF_CT_EXPECT_INACTIVE) &&
		    expect_answers(exp, net, zone, tuple) &&
		    master_get(exp->master))
			return exp;
	}

	return NULL;
}

/**
 * nf_ct_find_expectation() - find what a new flow fulfils, and take it
 * @net:	namespace of the flow
 * @zone:	its zone
 * @tuple:	the tuple of its first packet
 * @unlink:	whether to take the expectation out of the table; a permanent
 *		one stays in any case
 *
 * The caller gets two strong references: one on the expectation, for
 * nf_ct_expect_put(), and one on its master, which becomes that of
 * &nf_conn.master of the new flow.
 *
 * Context: Any but hard interrupt; takes nf_conntrack_expect_lock.
 * Return: The expectation or NULL.
 */
struct nf_conntrack_expect *
nf_ct_find_expectation(struct net *net, const struct nf_conntrack_zone *zone,
		       const struct nf_conntrack_tuple *tuple, bool unlink)
{
	struct nf_conntrack_expect *exp;
	bool taken = true;

	if (!READ_ONCE(nf_ct_pernet(net)->expect_count))
		return NULL;

	spin_lock_bh(&nf_conntrack_expect_lock);
	exp = expect_due(net, zone, tuple);
	if (exp) {
		refcount_inc(&exp->use);
		if (unlink && !(exp->flags & NF_CT_EXPECT_PERMANENT))
			taken = nf_ct_remove_expect(exp);
	}
	spin_unlock_bh(&nf_conntrack_expect_lock);

	/* Its time ran out this moment. */
	if (exp && !taken) {
		nf_ct_put(exp->master);
		nf_ct_expect_put(exp);
		return NULL;
	}
	return exp;
}

static void collect_of_master(struct nf_conn_help *help)
{
	struct nf_conntrack_expect *exp;
	struct hlist_node *next;

	hlist_for_each_entry_safe(exp, next, &help->expectations, lnode) {
		if (nf_ct_exp_is_expired(exp))
			nf_ct_remove_expect(exp);
	}
}

/**
 * nf_ct_expectation_gc() - take out what a master expected in vain
 * @master_help: helper area of an entry that the caller keeps from going
 *
 * Context: Any but hard interrupt; takes nf_conntrack_expect_lock.
 */
void nf_ct_expectation_gc(struct nf_conn_help *master_help)
{
	if (hlist_empty(&master_help->expectations))
		return;

	spin_lock_bh(&nf_conntrack_expect_lock);
	collect_of_master(master_help);
	spin_unlock_bh(&nf_conntrack_expect_lock);
}

/**
 * nf_ct_remove_expectations() - take out everything that an entry expects
 * @ct:	the master
 *
 * Context: Any but hard interrupt; takes nf_conntrack_expect_lock.
 */
void nf_ct_remove_expectations(struct nf_conn *ct)
{
	struct nf_conn_help *help = nf_ct_help_area(ct);
	struct nf_conntrack_expect *exp;
	struct hlist_node *next;

	if (!help || hlist_empty(&help->expectations))
		return;

	spin_lock_bh(&nf_conntrack_expect_lock);
	hlist_for_each_entry_safe(exp, next, &help->expectations, lnode)
		nf_ct_remove_expect(exp);
	spin_unlock_bh(&nf_conntrack_expect_lock);
}

typedef bool expect_iter(struct nf_conntrack_expect *exp, void *data);

/* Removes what @iter picks, of one namespace or, if @net is NULL, of all. */
static void iterate(struct net *net, expect_iter *iter, void *data,
		    u32 portid, int report)
{
	struct nf_conntrack_expect *exp;
	struct hlist_node *next;
	unsigned int i;

	for (i = 0; i < nf_ct_expect_hsize; i++) {
		if (hlist_empty(&nf_ct_expect_hash[i]))
			continue;

		/* An expectation never changes chains: one at a time will do */
		spin_lock_bh(&nf_conntrack_expect_lock);
		hlist_for_each_entry_safe(exp, next, &nf_ct_expect_hash[i],
					  hnode) {
			if (net && !net_eq(nf_ct_exp_net(exp), net))
				continue;
			if (iter(exp, data))
				remove_report(exp, portid, report);
		}
		spin_unlock_bh(&nf_conntrack_expect_lock);
	}
}

/**
 * nf_ct_expect_iterate_destroy() - take out chosen expectations everywhere
 * @iter:	true for one to go; called with nf_conntrack_expect_lock held
 * @data:	for @iter
 *
 * Context: Any but hard interrupt; takes nf_conntrack_expect_lock.
 */
void nf_ct_expect_iterate_destroy(bool (*iter)(struct nf_conntrack_expect *e,
					       void *data), void *data)
{
	iterate(NULL, iter, data, 0, 0);
}

/**
 * nf_ct_expect_iterate_net() - take out chosen expectations of a namespace
 * @net:	the namespace
 * @iter:	true for one to go; called with nf_conntrack_expect_lock held
 * @data:	for @iter
 * @portid:	netlink port of whoever asked for it, for the events
 * @report:	whether they want to hear of it
 *
 * Context: Any but hard interrupt; takes nf_conntrack_expect_lock.
 */
void nf_ct_expect_iterate_net(struct net *net,
			      bool (*iter)(struct nf_conntrack_expect *e,
					   void *data),
			      void *data, u32 portid, int report)
{
	iterate(net, iter, data, portid, report);
}

/**
 * nf_ct_expect_alloc() - allocate an expectation
 * @me:	its master, an entry that the caller holds
 *
 * Context: Any.
 * Return: A strong reference, to be given to nf_ct_expect_init() and at last
 * to nf_ct_expect_put(); NULL if there is no memory.
 */
struct nf_conntrack_expect *nf_ct_expect_alloc(struct nf_conn *me)
{
	struct nf_conntrack_expect *exp;

	exp = kmem_cache_zalloc(expect_cache, GFP_ATOMIC);
	if (!exp)
		return NULL;

	refcount_set(&exp->use, 1);
	exp->master = me;
	write_pnet(&exp->net, nf_ct_net(me));
	nf_ct_exp_zone_add(exp, nf_ct_zone(me));
	return exp;
}

static void addr_set(union nf_inet_addr *to, union nf_inet_addr *mask,
		     const union nf_inet_addr *from, u8 family)
{
	size_t len = family == AF_INET ? sizeof(to->ip) : sizeof(to->ip6);

	memset(to, 0, sizeof(*to));
	memset(mask, 0, sizeof(*mask));
	if (from) {
		memcpy(to, from, len);
		memset(mask, 0xff, len);
	}
}

/**
 * nf_ct_expect_init() - say what to expect
 * @exp:	from nf_ct_expect_alloc()
 * @class:	which of its helper's policies applies
 * @family:	AF_INET or AF_INET6
 * @saddr:	where the flow will come from; NULL for anywhere
 * @daddr:	where it will go
 * @proto:	its transport protocol
 * @src:	its source port, network order; NULL for any
 * @dst:	its destination port, network order
 *
 * The expectation belongs to the helper that its master has now and expires
 * now: add jiffies to its timeout unless the helper's policy is to set it.
 *
 * Context: RCU read section.
 */
void nf_ct_expect_init(struct nf_conntrack_expect *exp, unsigned int class,
		       u8 family,
		       const union nf_inet_addr *saddr,
		       const union nf_inet_addr *daddr,
		       u8 proto, const __be16 *src, const __be16 *dst)
{
	const struct nf_conn_help *help = nfct_help(exp->master);
	union nf_inet_addr unused;

	exp->flags = 0;
	exp->class = class;
	exp->expectfn = NULL;
	nf_ct_exp_set_life(exp, 0);
	nf_ct_exp_set_helpers(exp, help ? rcu_dereference(help->helper) : NULL);

	exp->tuple.src.l3num = family;
	exp->tuple.dst.protonum = proto;

	addr_set(&exp->tuple.src.u3, &exp->mask.src.u3, saddr, family);
	addr_set(&exp->tuple.dst.u3, &unused, daddr, family);

	exp->tuple.src.u.all = src ? *src : 0;
	exp->mask.src.u.all = src ? htons(0xffff) : 0;
	exp->tuple.dst.u.all = *dst;
}

static void expect_free_rcu(struct rcu_head *head)
{
	kmem_cache_free(expect_cache,
			container_of(head, struct nf_conntrack_expect, rcu));
}

/**
 * nf_ct_expect_put() - give back a reference
 * @exp:	the expectation; freed with the last reference, once all RCU
 *		readers are done with it
 *
 * Context: Any.
 */
void nf_ct_expect_put(struct nf_conntrack_expect *exp)
{
	if (refcount_dec_and_test(&exp->use))
		call_rcu(&exp->rcu, expect_free_rcu);
}

/* Could one packet fulfil both?  Then nobody could say whose it is. */
static bool expect_clashes(const struct nf_conntrack_expect *a,
			   const struct nf_conntrack_expect *b)
{
	struct nf_conntrack_tuple_mask both;
	int i;

	both.src.u.all = a->mask.src.u.all & b->mask.src.u.all;
	for (i = 0; i < NF_CT_TUPLE_L3SIZE; i++)
		both.src.u3.all[i] = a->mask.src.u3.all[i] &
				     b->mask.src.u3.all[i];

	return nf_ct_tuple_mask_cmp(&a->tuple, &b->tuple, &both) &&
	       net_eq(read_pnet(&a->net), read_pnet(&b->net)) &&
	       nf_ct_exp_zone_equal_any(a, nf_ct_exp_zone(b));
}

static bool expect_same(const struct nf_conntrack_expect *a,
			const struct nf_conntrack_expect *b)
{
	return nf_ct_tuple_equal(&a->tuple, &b->tuple) &&
	       nf_ct_tuple_mask_equal(&a->mask, &b->mask);
}

/*
 * A helper that hears the same announcement again means to prolong it, so the
 * old expectation makes way.  Any other overlap is refused.
 */
static int chain_clear(struct hlist_head *chain,
		       const struct nf_conntrack_expect *exp,
		       unsigned int flags)
{
	struct nf_conntrack_expect *old;
	struct hlist_node *next;

	hlist_for_each_entry_safe(old, next, chain, hnode) {
		if (nf_ct_exp_is_expired(old)) {
			nf_ct_remove_expect(old);
			continue;
		}

		if (!expect_clashes(old, exp))
			continue;
		if (!expect_same(old, exp))
			return -EBUSY;
		if (old->master == exp->master && old->class == exp->class) {
			nf_ct_remove_expect(old);
			continue;
		}

		if (old->master == exp->master ||
		    flags & NF_CT_EXP_F_SKIP_MASTER)
			return -EALREADY;
		return -EBUSY;
	}

	return 0;
}

static void evict_oldest(struct nf_conn_help *help, unsigned int class)
{
	struct nf_conntrack_expect *exp, *oldest = NULL;

	/* Each was put at the head of the list: the last is the oldest. */
	hlist_for_each_entry(exp, &help->expectations, lnode) {
		if (exp->class == class)
			oldest = exp;
	}

	if (oldest)
		nf_ct_remove_expect(oldest);
}

/* Makes room for one more of its class, as its policy (if any) allows. */
static int policy_apply(struct nf_conntrack_expect *exp,
			struct nf_conn_help *help)
{
	const struct nf_conntrack_expect_policy *policy = NULL;
	const struct nf_conntrack_helper *helper;
	unsigned int max = NF_CT_EXPECT_MAX_CNT;

	if (exp->class >= NF_CT_MAX_EXPECT_CLASSES)
		return -EINVAL;

	helper = nf_ct_exp_maker(exp);
	if (helper) {
		if (exp->class > helper->expect_class_max)
			return -EINVAL;
		policy = &helper->expect_policy[exp->class];
		if (policy->max_expected)
			max = min(policy->max_expected, max);
	}

	if (help->expecting[exp->class] >= max)
		evict_oldest(help, exp->class);
	if (help->expecting[exp->class] >= max)
		return -EMFILE;

	if (policy)
		nf_ct_exp_set_life(exp, policy->timeout * HZ);
	return 0;
}

/* When full, what is past its time makes room; looked for once a second. */
static bool table_full(struct net *net)
{
	static unsigned long next_sweep = INITIAL_JIFFIES;
	const struct nf_conntrack_net *cnet = nf_ct_pernet(net);
	struct nf_conntrack_expect *exp;
	struct hlist_node *next;
	unsigned int i;

	if (cnet->expect_count < READ_ONCE(nf_ct_expect_max))
		return false;
	if (time_before(jiffies, next_sweep))
		return true;

	next_sweep = jiffies + HZ;
	for (i = 0; i < nf_ct_expect_hsize; i++) {
		hlist_for_each_entry_safe(exp, next, &nf_ct_expect_hash[i],
					  hnode) {
			if (nf_ct_exp_is_expired(exp))
				nf_ct_remove_expect(exp);
		}
	}

	return cnet->expect_count >= READ_ONCE(nf_ct_expect_max);
}

static int expect_add(struct nf_conntrack_expect *exp, unsigned int flags)
{
	struct nf_conn_help *help = nfct_help(exp->master);
	struct net *net = nf_ct_exp_net(exp);
	struct hlist_head *chain;
	int err;

	if (!help || nf_ct_is_dying(exp->master))
		return -ESHUTDOWN;

	/* The table's already, unless its time is up: nothing to add. */
	collect_of_master(help);
	if (expect_in_table(exp))
		return -EALREADY;

	chain = expect_chain(net, nf_ct_exp_zone(exp), &exp->tuple);
	err = chain_clear(chain, exp, flags);
	if (err)
		return err;

	err = policy_apply(exp, help);
	if (err)
		return err;

	if (table_full(net)) {
		net_warn_ratelimited("nf_conntrack: expectation table full\n");
		return -EMFILE;
	}

	expect_insert(exp, help, chain);
	return 0;
}

/**
 * nf_ct_expect_related_report() - expect a flow
 * @expect:	says which; the caller holds a reference and its master, and
 *		the table takes a reference of its own
 * @portid:	netlink port of whoever asked for it, for the event
 * @report:	whether they want to hear of it
 * @flags:	NF_CT_EXP_F_SKIP_MASTER to take another master's expectation
 *		of the same flow for good enough
 *
 * Replaces what the same master expected in the same words.  Beyond the limit
 * of its class the oldest of the class goes.  Without a limit or a helper
 * that would set one, NF_CT_EXPECT_MAX_CNT holds.
 *
 * Context: Any but hard interrupt; takes nf_conntrack_expect_lock.
 * Return: 0; -EBUSY if a flow could fulfil this and another one; -EALREADY if
 * the flow is expected, by another master or in another class; -EMFILE at a
 * limit; -EINVAL for a class that the helper does not have; -ESHUTDOWN if the
 * master cannot have expectations (any more).
 */
int nf_ct_expect_related_report(struct nf_conntrack_expect *expect,
				u32 portid, int report, unsigned int flags)
{
	int err;

	spin_lock_bh(&nf_conntrack_expect_lock);
	err = expect_add(expect, flags);
	if (!err)
		nf_ct_expect_event_report(IPEXP_NEW, expect, portid, report);
	spin_unlock_bh(&nf_conntrack_expect_lock);

	return err;
}

/**
 * nf_conntrack_expect_pernet_init() - set up a namespace
 * @net:	the namespace; its part of the module exists and is zero
 *
 * Context: May sleep.
 * Return: 0 or a negative errno.
 */
int nf_conntrack_expect_pernet_init(struct net *net)
{
	return nf_ct_expect_proc_net_init(net);
}

/**
 * nf_conntrack_expect_pernet_fini() - undo nf_conntrack_expect_pernet_init()
 * @net:	the namespace
 *
 * Context: May sleep.
 */
void nf_conntrack_expect_pernet_fini(struct net *net)
{
	nf_ct_expect_proc_net_exit(net);
}

/**
 * nf_conntrack_expect_init() - set up the table
 *
 * Context: May sleep.  The main table has its size, which sets this one's.
 * Return: 0 or a negative errno.
 */
int nf_conntrack_expect_init(void)
{
	if (!nf_ct_expect_hsize)
		nf_ct_expect_hsize = max(nf_conntrack_htable_size /
					 BUCKETS_PER_CHAIN, 1U);

	/* Before the size is rounded up to whole pages; a sysctl has INT_MAX */
	nf_ct_expect_max = min(nf_ct_expect_hsize,
			       INT_MAX / (unsigned int)EXPECTS_PER_CHAIN) *
			   EXPECTS_PER_CHAIN;

	expect_cache = KMEM_CACHE(nf_conntrack_expect, 0);
	if (!expect_cache)
		return -ENOMEM;

	nf_ct_expect_hash = nf_ct_alloc_hashtable(&nf_ct_expect_hsize, 0);
	if (!nf_ct_expect_hash) {
		kmem_cache_destroy(expect_cache);
		return -ENOMEM;
	}

	return 0;
}

/**
 * nf_conntrack_expect_fini() - undo nf_conntrack_expect_init()
 *
 * Context: May sleep.  The table is empty, for every master is gone.
 */
void nf_conntrack_expect_fini(void)
{
	synchronize_rcu();	/* a timer's last steps, where there are any */
	rcu_barrier();		/* expect_free_rcu() */
	kmem_cache_destroy(expect_cache);
	kvfree(nf_ct_expect_hash);
}
