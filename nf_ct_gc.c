// SPDX-License-Identifier: GPL-2.0-only
/*
 * Expiry and eviction.
 *
 * An entry carries the moment of its expiry and nothing fires at that moment:
 * whoever meets an expired entry kills it, and a worker walks the table so
 * that those nobody meets go too.  The worker sleeps for about as long as the
 * entries it saw have left to live.
 *
 * When nf_conntrack_max is reached, nf_ct_early_drop() sacrifices an entry
 * that is not ASSURED to a new one; the worker, above 95 % of the limit, also
 * takes flows that are closing.
 */
#include <linux/jiffies.h>
#include <linux/workqueue.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <nf_ct/entry.h>
#include <nf_ct/expect.h>
#include <nf_ct/gc.h>
#include <nf_ct/table.h>

#define SLICE_MAX		msecs_to_jiffies(10)
#define SLICE_EVICTIONS		(64000u / HZ)
#define SLICE_BUCKETS		64u		/* between looks at the clock */

/* Where a full table looks for a victim: at so many entries, or so far. */
#define EARLY_DROP_ENTRIES	32u
#define EARLY_DROP_BUCKETS	128u

/**
 * struct scan - one pass over the table
 * @bucket:	where the next slice begins
 * @seen:	entries met that live on
 * @left:	sum of their remaining lifetimes in jiffies, each counted as
 *		NF_CT_GC_SLEEP_MAX at the most
 * @killed:	entries killed in this slice
 */
struct scan {
	unsigned int	bucket;
	unsigned int	seen;
	unsigned int	killed;
	u64		left;
};

static struct {
	struct delayed_work	work;
	struct scan		scan;	/* the worker's alone */
	bool			hurry;	/* a packet met a full table */
	bool			stop;
} gc;

/**
 * nf_ct_expire - kill an entry that was met after its time
 * @ct:		an entry, without a reference
 *
 * Context: rcu_read_lock() held.
 */
void nf_ct_expire(struct nf_conn *ct)
{
	if (!refcount_inc_not_zero(&ct->ct_general.use))
		return;

	/* Only with a reference are its fields those of one flow; pairs with
	 * the release of the first reference.
	 */
	smp_acquire__after_ctrl_dep();
	if (nf_ct_should_gc(ct))
		nf_ct_kill(ct);
	nf_ct_put(ct);
}

/* May a flow go before its time?  ASSURED ones only while they close. */
static bool expendable(const struct nf_conn *ct)
{
	const struct nf_conntrack_l4proto *proto;

	if (!test_bit(IPS_ASSURED_BIT, &ct->status))
		return true;

	proto = nf_ct_l4proto_find(nf_ct_protonum(ct));
	return proto->can_early_drop && proto->can_early_drop(ct);
}

static bool nearly_full(const struct net *net)
{
	return nf_ct_gc_nearly_full(atomic_read(&nf_ct_pernet(net)->count),
				    READ_ONCE(nf_conntrack_max));
}

/* Expectations have no timer either; they go when their master is seen. */
static void expire_expectations(struct nf_conn *ct)
{
	struct nf_conn_help *help = nfct_help(ct);

	if (help && !hlist_empty(&help->expectations))
		nf_ct_expectation_gc(help);
}

static bool wants_reference(const struct nf_conn *ct, bool evict)
{
	return evict || READ_ONCE(ct->ext);
}

/* Kills early, or tidies, an entry that is still alive. */
static bool tend(struct nf_conn *ct, bool evict)
{
	bool killed = false;

	if (!refcount_inc_not_zero(&ct->ct_general.use))
		return false;
	smp_acquire__after_ctrl_dep();

	if (nf_ct_is_confirmed(ct) && !nf_ct_is_dying(ct)) {
		if (evict && expendable(ct))
			killed = nf_ct_kill(ct);
		else
			expire_expectations(ct);
	}
	nf_ct_put(ct);
	return killed;
}

static bool scan_entry(struct nf_conn *ct, void *arg)
{
	struct scan *scan = arg;
	unsigned long left;
	bool evict;

	/* Its packets bypass us; the flow table ends it. */
	if (test_bit(IPS_OFFLOAD_BIT, &ct->status)) {
		nf_ct_offload_timeout(ct);
		return false;
	}

	if (nf_ct_is_expired(ct)) {
		nf_ct_expire(ct);
		scan->killed++;
		return false;
	}

	evict = READ_ONCE(gc.hurry) && nearly_full(nf_ct_net(ct));
	if (wants_reference(ct, evict) && tend(ct, evict)) {
		scan->killed++;
		NF_CT_STAT_INC_ATOMIC(nf_ct_net(ct), early_drop);
		return false;
	}

	left = min_t(unsigned long, nf_ct_expires(ct), NF_CT_GC_SLEEP_MAX);
	scan->left += left;
	scan->seen++;
	return false;
}

/* Scans until its time or its share of evictions is used up. */
static bool scan_slice(struct scan *scan)
{
	unsigned long end = jiffies + SLICE_MAX;
	unsigned int size, i;

	scan->killed = 0;
	do {
		rcu_read_lock();
		for (i = 0; i < SLICE_BUCKETS; i++) {
			size = nf_ct_table_each(scan->bucket, scan_entry, scan);
			if (scan->bucket >= size) {
				rcu_read_unlock();
				return true;
			}
			WRITE_ONCE(scan->bucket, scan->bucket + 1);
		}
		rcu_read_unlock();
		cond_resched();
	} while (time_before(jiffies, end) && scan->killed < SLICE_EVICTIONS &&
		 !READ_ONCE(gc.stop));

	return false;
}

static void gc_work(struct work_struct *work)
{
	unsigned long delay = 1;

	if (scan_slice(&gc.scan)) {
		delay = READ_ONCE(gc.hurry) ? NF_CT_GC_SLEEP_MIN :
					      nf_ct_gc_pause(gc.scan.left,
							     gc.scan.seen);
		memset(&gc.scan, 0, sizeof(gc.scan));
		nf_ct_table_trim();
		WRITE_ONCE(gc.hurry, false);
	}

	if (!READ_ONCE(gc.stop))
		queue_delayed_work(system_power_efficient_wq, &gc.work, delay);
}

/**
 * nf_ct_gc_hurry - a packet was refused because the table is full
 *
 * Description: Lets the worker evict, and has it come within a second.
 *
 * Context: any.
 */
void nf_ct_gc_hurry(void)
{
	if (READ_ONCE(gc.hurry) || READ_ONCE(gc.stop))
		return;
	WRITE_ONCE(gc.hurry, true);

	/* Not at once: under a flood that would be one pass after another. */
	if (!READ_ONCE(gc.scan.bucket))
		mod_delayed_work(system_power_efficient_wq, &gc.work,
				 NF_CT_GC_SLEEP_MIN);
}

struct early_drop {
	const struct net *net;
	unsigned int seen;
	unsigned int dropped;
};

static bool drop_entry(struct nf_conn *ct, void *arg)
{
	struct early_drop *drop = arg;

	if (drop->seen++ == EARLY_DROP_ENTRIES)
		return true;

	if (nf_ct_is_expired(ct)) {
		nf_ct_expire(ct);
		return false;
	}

	if (test_bit(IPS_ASSURED_BIT, &ct->status) ||
	    test_bit(IPS_OFFLOAD_BIT, &ct->status) || nf_ct_is_dying(ct) ||
	    !net_eq(nf_ct_net(ct), drop->net) ||
	    !refcount_inc_not_zero(&ct->ct_general.use))
		return false;

	/* With a reference, look again: it may have been reborn meanwhile, as
	 * another flow or in another namespace.
	 */
	smp_acquire__after_ctrl_dep();
	if (net_eq(nf_ct_net(ct), drop->net) && nf_ct_is_confirmed(ct) &&
	    !test_bit(IPS_ASSURED_BIT, &ct->status) && nf_ct_kill(ct))
		drop->dropped++;
	nf_ct_put(ct);
	return drop->dropped;
}

/**
 * nf_ct_early_drop - make room for one entry
 * @net:	namespace that is at its limit
 * @hash:	hash of the new entry: says where to look
 *
 * Kills the first entry that is not ASSURED among the next few from there on,
 * however thinly they are spread.
 *
 * Context: softirq or BH off.
 * Return: true when one was killed.
 */
bool nf_ct_early_drop(struct net *net, u32 hash)
{
	struct early_drop drop = { .net = net };

	rcu_read_lock();
	nf_ct_table_sample(hash, EARLY_DROP_BUCKETS, drop_entry, &drop);
	rcu_read_unlock();

	if (drop.dropped)
		NF_CT_STAT_ADD_ATOMIC(net, early_drop, drop.dropped);
	return drop.dropped;
}

/**
 * nf_ct_gc_init - start the worker
 *
 * Context: module init, after the table is there.
 */
void nf_ct_gc_init(void)
{
	INIT_DEFERRABLE_WORK(&gc.work, gc_work);
	WRITE_ONCE(gc.stop, false);
	queue_delayed_work(system_power_efficient_wq, &gc.work, HZ);
}

/**
 * nf_ct_gc_fini - stop the worker
 *
 * Context: module exit, may sleep; no packet comes in any more.
 */
void nf_ct_gc_fini(void)
{
	WRITE_ONCE(gc.stop, true);
	cancel_delayed_work_sync(&gc.work);
}
