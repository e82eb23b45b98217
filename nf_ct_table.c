// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of entries: lookup, insertion, removal, walking, resizing.
 *
 * Layout
 *   The index (nf_ct_index.c) is where an entry is found, by the tuple of either
 *   direction.  The walk is for whoever wants all entries: an array of
 *   hlist_nulls chains, nf_conntrack_hash, in which each entry hangs once, by
 *   the node of its original direction.  Nobody looks for an entry there, so
 *   its chain may be any: the entries of one page of memory have chains side by
 *   side.  Those made one after the other on one CPU then are neighbours in
 *   memory and in the array, and linking one touches lines that are in the
 *   cache; and as long as there are more chains than entries, one that leaves
 *   has hardly ever a neighbour in its chain, whose line would be touched.
 *   A chain's end holds its number, so that a lockless reader
 *   who was carried to another chain (the entry under it was freed and used
 *   again) notices.  All chains w with the same w % CONNTRACK_LOCKS are a
 *   stripe, guarded by one of nf_conntrack_locks; an entry's stripe is the same
 *   in a walk of any size.  All this is seen by ctnetlink, which dumps the walk
 *   itself, looking at original directions only.
 *
 * Synchronization
 *   Readers	rcu_read_lock(), no lock.  The slab is SLAB_TYPESAFE_BY_RCU: an
 *		entry found may be reborn as another flow at any moment, so a
 *		reader takes a reference with refcount_inc_not_zero() and only
 *		then compares the key.
 *   Writers	the entry's two buckets of the index, in it the chain's lock,
 *		bottom halves off.
 *   Resize	of the walk: under resize_mutex, the new array takes the old
 *		one's place while every stripe is locked, by way of all_locked
 *		(a thousand nested locks would be more than lockdep can hold).
 *		Then the stripes move one by one: who locks a stripe moves its
 *		entries first.  So nobody waits for more than one stripe, and a
 *		dump that begins meanwhile misses nothing.  The index is resized
 *		apart from that.
 *
 *   Lock order: resize_mutex, index buckets, all_lock, stripes' locks (one).
 */
#include <linux/bitmap.h>
#include <linux/hash.h>
#include <linux/lockdep.h>
#include <linux/moduleparam.h>
#include <linux/nsproxy.h>
#include <linux/rculist_nulls.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_extend.h>
#include <nf_ct/compat.h>
#include <nf_ct/entry.h>
#include <nf_ct/index.h>
#include <nf_ct/inline.h>
#include <nf_ct/table.h>
#include <nf_ct/tuple.h>

struct hlist_nulls_head *nf_conntrack_hash __read_mostly;
unsigned int nf_conntrack_htable_size __read_mostly;
unsigned int nf_conntrack_max __read_mostly;
__cacheline_aligned_in_smp spinlock_t nf_conntrack_locks[CONNTRACK_LOCKS];

static DEFINE_SPINLOCK(all_lock);
static bool all_locked __read_mostly;
seqcount_spinlock_t nf_conntrack_generation __read_mostly =
	SEQCNT_SPINLOCK_ZERO(nf_conntrack_generation, &all_lock);

static DEFINE_MUTEX(resize_mutex);	/* one resize or full walk at a time */

/* Stripes ---------------------------------------------------------------- */

/* A resize of the walk that is going on. */
static struct {
	struct hlist_nulls_head	*from;	/* the array it had before, or NULL */
	unsigned int		size;	/* chains in there */
	DECLARE_BITMAP(moved, CONNTRACK_LOCKS);	/* stripes it has no more of */
} moving __read_mostly;

enum {
	ENTRY_SPACE	= 256,	/* bytes, more or less */
	PAGE_ENTRIES	= 16,
};

static u32 page_hash(const struct nf_conn *ct)
{
	return hash_long((unsigned long)ct / (ENTRY_SPACE * PAGE_ENTRIES), 32);
}

static unsigned int stripe_of(const struct nf_conn *ct)
{
	unsigned int nth = (unsigned long)ct / ENTRY_SPACE % PAGE_ENTRIES;

	return (page_hash(ct) * PAGE_ENTRIES + nth) % CONNTRACK_LOCKS;
}

/* The chain of an entry in a walk of @size chains, one of its stripe's. */
static unsigned int chain_of(const struct nf_conn *ct, unsigned int size)
{
	unsigned int stripe = stripe_of(ct);
	unsigned int chains = DIV_ROUND_UP(size - stripe, CONNTRACK_LOCKS);

	return stripe + reciprocal_scale(page_hash(ct), chains) * CONNTRACK_LOCKS;
}

static __path_inline void link_into_walk(struct nf_conn *ct)
{
	unsigned int chain = chain_of(ct, nf_conntrack_htable_size);

	lockdep_assert_held(&nf_conntrack_locks[stripe_of(ct)]);
	hlist_nulls_add_head_rcu(&ct->tuplehash[IP_CT_DIR_ORIGINAL].hnnode,
				 &nf_conntrack_hash[chain]);
}

/* The stripe's lock is held. */
static void move_stripe(unsigned int stripe)
{
	unsigned int chain;

	if (test_bit(stripe, moving.moved))
		return;

	for (chain = stripe; chain < moving.size; chain += CONNTRACK_LOCKS) {
		struct hlist_nulls_head *head = &moving.from[chain];

		while (!hlist_nulls_empty(head)) {
			struct nf_conntrack_tuple_hash *h =
				hlist_nulls_entry(head->first, typeof(*h), hnnode);

			hlist_nulls_del_rcu(&h->hnnode);
			link_into_walk(nf_ct_tuplehash_to_ctrack(h));
		}
	}
	set_bit(stripe, moving.moved);
}

static void lock_settled(spinlock_t *lock) __acquires(lock)
{
	spin_lock(lock);
	while (unlikely(READ_ONCE(all_locked))) {
		spin_unlock(lock);

		/* all_unlock() releases it once the arrays are exchanged. */
		spin_lock(&all_lock);
		spin_unlock(&all_lock);

		spin_lock(lock);
	}
}

/* Bottom halves are off. */
static __path_inline void lock_stripe(unsigned int stripe) __acquires(stripe)
{
	lock_settled(&nf_conntrack_locks[stripe]);
	if (unlikely(READ_ONCE(moving.from)))
		move_stripe(stripe);
}

static void unlock_stripe(unsigned int stripe) __releases(stripe)
{
	spin_unlock(&nf_conntrack_locks[stripe]);
}

/**
 * nf_conntrack_lock - take one stripe's lock; its chains are complete then
 * @lock:	one of nf_conntrack_locks
 *
 * Context: bottom halves off.
 */
void nf_conntrack_lock(spinlock_t *lock) __acquires(lock)
{
	unsigned int stripe;

	lock_settled(lock);
	if (likely(!READ_ONCE(moving.from)))
		return;
#ifdef CONFIG_SMP
	stripe = lock - nf_conntrack_locks;
	move_stripe(stripe);
#else
	/* Locks have no size: all are one. */
	for (stripe = 0; stripe < CONNTRACK_LOCKS; stripe++)
		move_stripe(stripe);
#endif
}

/* For who reads a chain of the new array without a lock. */
static void complete_chain(unsigned int chain)
{
	unsigned int stripe = chain % CONNTRACK_LOCKS;

	/* When all has moved, it is seen in its new place. */
	if (likely(!smp_load_acquire(&moving.from)))
		return;
	local_bh_disable();
	lock_stripe(stripe);
	unlock_stripe(stripe);
	local_bh_enable();
}

/*
 * Raise the flag, then pass through every lock once: whoever held one before
 * the flag was up has let go, whoever takes one later sees the flag (the lock
 * itself orders that) and backs off in nf_conntrack_lock().
 */
static void all_lock_chains(void)
	__acquires(&all_lock)
{
	unsigned int i;

	spin_lock(&all_lock);
	WRITE_ONCE(all_locked, true);

	for (i = 0; i < CONNTRACK_LOCKS; i++) {
		spin_lock(&nf_conntrack_locks[i]);
		spin_unlock(&nf_conntrack_locks[i]);
	}
}

static void all_unlock_chains(void)
	__releases(&all_lock)
{
	WRITE_ONCE(all_locked, false);
	spin_unlock(&all_lock);
}

/* The walk -------------------------------------------------------------- */

/* Bottom halves are off. */
static __path_inline void join_walk(struct nf_conn *ct)
{
	unsigned int stripe = stripe_of(ct);

	lock_stripe(stripe);
	link_into_walk(ct);
	unlock_stripe(stripe);
}

static void leave_walk(struct nf_conn *ct)
{
	unsigned int stripe = stripe_of(ct);

	lock_stripe(stripe);
	hlist_nulls_del_rcu(&ct->tuplehash[IP_CT_DIR_ORIGINAL].hnnode);
	unlock_stripe(stripe);
}

/* Lookup --------------------------------------------------------------- */

/**
 * nf_conntrack_find_get - find an entry by the tuple of one direction
 * @net:	namespace
 * @zone:	zone
 * @tuple:	the tuple, network order
 *
 * Context: any.
 * Return: the tuple found, with a reference to its entry that the caller
 * puts, or NULL.
 */
struct nf_conntrack_tuple_hash *
nf_conntrack_find_get(struct net *net, const struct nf_conntrack_zone *zone,
		      const struct nf_conntrack_tuple *tuple)
{
	struct nf_ct_found found;
	u32 hash;

	rcu_read_lock();
	found = nf_ct_index_lookup(net, zone, tuple, &hash);
	rcu_read_unlock();
	if (!found.word)
		return NULL;
	return &nf_ct_found_entry(found)->tuplehash[nf_ct_found_dir(found)];
}

/*
 * Two packets of one flow can be in flight unconfirmed on two CPUs.  Then
 * both entries have the same original tuple and NAT must give both the same
 * mapping: the reply tuple is not "taken" by the twin.
 */
static bool is_twin(const struct nf_conn *a, const struct nf_conn *b)
{
	return nf_ct_tuple_equal(nf_ct_tuple(a, IP_CT_DIR_ORIGINAL),
				 nf_ct_tuple(b, IP_CT_DIR_ORIGINAL)) &&
	       nf_ct_zone_equal(a, nf_ct_zone(b), IP_CT_DIR_ORIGINAL);
}

/**
 * nf_conntrack_tuple_taken - is this tuple in use by another flow?
 * @tuple:	a tuple NAT would like to give @ignored as its reply
 * @ignored:	the entry that asks, not in the table
 *
 * Context: any.
 * Return: non-zero when taken.
 */
int nf_conntrack_tuple_taken(const struct nf_conntrack_tuple *tuple,
			     const struct nf_conn *ignored)
{
	const struct nf_conntrack_zone *zone = nf_ct_zone(ignored);
	struct net *net = nf_ct_net(ignored);
	unsigned int zone_id = nf_ct_zone_id(zone, IP_CT_DIR_REPLY);
	struct nf_conn *ct;
	int taken = 0;

	rcu_read_lock();
	ct = nf_ct_found_entry(nf_ct_index_find_get(net, zone, tuple,
						    nf_ct_index_hash(tuple, zone_id, net)));
	if (ct) {
		taken = ct != ignored && !is_twin(ct, ignored);
		if (taken)
			NF_CT_STAT_INC_ATOMIC(net, found);
		nf_ct_put(ct);
	}
	rcu_read_unlock();
	return taken;
}

/* Insertion and removal ------------------------------------------------- */

/*
 * Until the entry is linked, its reply node has no use; an odd number in it is
 * no pointer, and ends a list of the index.
 */

/**
 * nf_ct_table_stash - remember a new entry's hash until it is confirmed
 * @ct:		an entry not in the table
 * @hash:	nf_ct_index_hash() of its original tuple, which never changes
 *
 * Context: any.
 */
__path_inline void nf_ct_table_stash(struct nf_conn *ct, u32 hash)
{
	unsigned long odd = (unsigned long)hash << 1 | 1;

	BUILD_BUG_ON(BITS_PER_LONG != 64);
	WRITE_ONCE(ct->tuplehash[IP_CT_DIR_REPLY].hnnode.next, (void *)odd);
}

static __path_inline u32 original_hash(const struct nf_conn *ct)
{
	unsigned long word = (unsigned long)
		READ_ONCE(ct->tuplehash[IP_CT_DIR_REPLY].hnnode.next);

	/* A clone of the packet may confirm it right now: then it is even. */
	if (!nf_ct_is_confirmed(ct) && word & 1)
		return word >> 1;
	return nf_ct_index_entry_hash(ct, IP_CT_DIR_ORIGINAL);
}

/* Is the reply tuple the mirror image of the original, in the same zone?  (Both
 * are of one address family in any entry.)  One that is its own, of a host that
 * sends from a port to the same, does not count: it is to be found as the
 * reply, which is linked last.
 */
static __path_inline bool is_mirrored(const struct nf_conn *ct)
{
	const struct nf_conntrack_tuple *orig = nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL);
	const struct nf_conntrack_tuple *reply = nf_ct_tuple(ct, IP_CT_DIR_REPLY);

	return nf_inet_addr_cmp(&orig->src.u3, &reply->dst.u3) &&
	       nf_inet_addr_cmp(&orig->dst.u3, &reply->src.u3) &&
	       orig->src.u.all == reply->dst.u.all &&
	       orig->dst.u.all == reply->src.u.all &&
	       orig->dst.protonum == reply->dst.protonum &&
	       nf_ct_zone(ct)->dir == NF_CT_DEFAULT_ZONE_DIR &&
	       !(orig->src.u.all == reply->src.u.all &&
		 nf_inet_addr_cmp(&orig->src.u3, &reply->src.u3));
}

/**
 * nf_ct_table_lock - lock an entry's buckets
 * @ct:		the entry
 * @slot:	filled in; stays valid until nf_ct_table_unlock()
 *
 * Context: rcu_read_lock() held until nf_ct_table_unlock(); turns bottom halves
 * off.
 */
__path_inline void nf_ct_table_lock(struct nf_conn *ct, struct nf_ct_slot *slot)
{
	slot->mirrored = is_mirrored(ct);
	slot->hash[IP_CT_DIR_ORIGINAL] = original_hash(ct);
	slot->hash[IP_CT_DIR_REPLY] = slot->mirrored ?
		slot->hash[IP_CT_DIR_ORIGINAL] ^ NF_CT_HASH_MIRROR :
		nf_ct_index_entry_hash(ct, IP_CT_DIR_REPLY);

	local_bh_disable();
	nf_ct_index_lock(slot->hash, slot->bucket);
}

/**
 * nf_ct_table_unlock - the reverse of nf_ct_table_lock()
 * @slot:	as filled in there
 *
 * Context: turns bottom halves on again.
 */
__path_inline void nf_ct_table_unlock(const struct nf_ct_slot *slot)
{
	nf_ct_index_unlock(slot->bucket);
	local_bh_enable();
}

static struct nf_conn *probe_one(const struct nf_conn *ct,
				 enum ip_conntrack_dir dir,
				 const struct nf_ct_slot *slot)
{
	return nf_ct_index_probe(slot->bucket[dir], nf_ct_net(ct),
				 nf_ct_zone(ct), nf_ct_tuple(ct, dir),
				 slot->hash[dir]);
}

/**
 * nf_ct_table_probe - may this entry be linked?
 * @ct:		an entry that is not in the table
 * @slot:	its places, locked
 *
 * Context: @slot locked.
 * Return: another entry that is in the way, or NULL.
 */
__path_inline struct nf_conn *
nf_ct_table_probe(const struct nf_conn *ct, const struct nf_ct_slot *slot)
{
	/* Nearly always; where both tuples share a bucket, one look tells. */
	if (slot->mirrored &&
	    likely(nf_ct_index_is_free(slot->bucket[IP_CT_DIR_ORIGINAL],
				       slot->hash[IP_CT_DIR_ORIGINAL])))
		return NULL;
	return probe_one(ct, IP_CT_DIR_ORIGINAL, slot) ?:
	       probe_one(ct, IP_CT_DIR_REPLY, slot);
}

/**
 * nf_ct_table_reply_free - may at least the reply tuple be linked?
 * @ct:		an entry that is not in the table
 * @slot:	its places, locked
 *
 * Context: @slot locked.
 * Return: true when no confirmed entry has the reply tuple.
 */
bool nf_ct_table_reply_free(const struct nf_conn *ct,
			    const struct nf_ct_slot *slot)
{
	return !probe_one(ct, IP_CT_DIR_REPLY, slot);
}

static void link_tuple(const struct nf_conn *ct, enum ip_conntrack_dir dir,
		       const struct nf_ct_slot *slot)
{
	nf_ct_index_add(slot->bucket[dir], ct, dir, slot->hash[dir]);
}

/**
 * nf_ct_table_link - publish both directions
 * @ct:		a complete entry; lookups ignore it until IPS_CONFIRMED is set
 * @slot:	its places, locked
 *
 * The table takes over one of the caller's references.
 *
 * Context: @slot locked.
 */
__path_inline void nf_ct_table_link(struct nf_conn *ct,
				    const struct nf_ct_slot *slot)
{
	if (likely(slot->mirrored)) {
		nf_ct_index_add_both(slot->bucket[IP_CT_DIR_ORIGINAL], ct,
				     slot->hash[IP_CT_DIR_ORIGINAL]);
	} else {
		link_tuple(ct, IP_CT_DIR_ORIGINAL, slot);
		link_tuple(ct, IP_CT_DIR_REPLY, slot);
	}
	join_walk(ct);
}

/**
 * nf_ct_table_link_reply - publish the reply direction alone
 * @ct:		an entry whose original tuple another flow has already
 * @slot:	its places, locked
 *
 * Context: @slot locked.
 */
void nf_ct_table_link_reply(struct nf_conn *ct, const struct nf_ct_slot *slot)
{
	link_tuple(ct, IP_CT_DIR_REPLY, slot);
	join_walk(ct);
}

/**
 * nf_ct_table_remove - take both directions out of the table
 * @ct:		a confirmed entry; the caller won the right to remove it by
 *		setting IPS_DYING
 *
 * The table's reference is left for the caller to put.
 *
 * Context: any but hard interrupt.
 */
void nf_ct_table_remove(struct nf_conn *ct)
{
	struct nf_ct_slot slot;
	bool was_there;

	rcu_read_lock();
	nf_ct_table_lock(ct, &slot);
	was_there = nf_ct_index_remove(slot.bucket[IP_CT_DIR_ORIGINAL], ct,
				       IP_CT_DIR_ORIGINAL);
	/* One place for both, unless NAT or a clash gave the reply its own. */
	if (!was_there || !slot.mirrored)
		nf_ct_index_remove(slot.bucket[IP_CT_DIR_REPLY], ct,
				   IP_CT_DIR_REPLY);
	leave_walk(ct);
	nf_ct_table_unlock(&slot);
	rcu_read_unlock();
}

/* Walking --------------------------------------------------------------- */

/**
 * nf_ct_table_walk - next entry of a lockless walk, for readers like /proc
 * @cur:	where the walk stands; zeroed before the first call
 *
 * One call costs the length of one chain, so a whole walk is linear in the
 * size of the table.
 *
 * Context: any; takes the RCU read lock itself.
 * Return: the next entry, with a reference that the caller puts, or NULL at
 * the end.
 */
struct nf_conn *nf_ct_table_walk(struct nf_ct_cursor *cur)
{
	struct hlist_nulls_head *table;
	unsigned int size;

	rcu_read_lock();
	nf_conntrack_get_ht(&table, &size);

	for (; cur->bucket < size; cur->bucket++, cur->skip = 0) {
		struct nf_conntrack_tuple_hash *h;
		struct hlist_nulls_node *n;
		unsigned int pos = 0;

		complete_chain(cur->bucket);
		hlist_nulls_for_each_entry_rcu(h, n, &table[cur->bucket],
					       hnnode) {
			struct nf_conn *ct = nf_ct_tuplehash_to_ctrack(h);

			if (pos++ < cur->skip)
				continue;
			cur->skip++;
			if (!refcount_inc_not_zero(&ct->ct_general.use))
				continue;
			rcu_read_unlock();
			return ct;
		}
	}
	rcu_read_unlock();
	return NULL;
}

/**
 * nf_ct_table_each - show every entry of one bucket to a function
 * @bucket:	the bucket
 * @fn:		called once an entry, without a reference: whatever it keeps or
 *		changes it must first get by refcount_inc_not_zero().  Returns
 *		true to stop.
 * @arg:	handed to @fn
 *
 * Context: rcu_read_lock() held.
 * Return: how many buckets the table has; a walk ends when @bucket reaches it.
 */
unsigned int nf_ct_table_each(unsigned int bucket,
			      bool (*fn)(struct nf_conn *ct, void *arg),
			      void *arg)
{
	struct nf_conntrack_tuple_hash *h;
	struct hlist_nulls_head *table;
	struct hlist_nulls_node *n;
	unsigned int size;

	nf_conntrack_get_ht(&table, &size);
	if (bucket >= size)
		return size;

	complete_chain(bucket);
	hlist_nulls_for_each_entry_rcu(h, n, &table[bucket], hnnode)
		if (fn(nf_ct_tuplehash_to_ctrack(h), arg))
			break;
	return size;
}

/**
 * nf_ct_table_sample - show the entries of a few buckets to a function
 * @hash:	says where, as good as at random
 * @buckets:	how many
 * @fn:		as for nf_ct_table_each(); may meet an entry twice
 * @arg:	handed to @fn
 *
 * Context: rcu_read_lock() held.
 */
void nf_ct_table_sample(u32 hash, unsigned int buckets,
			bool (*fn)(struct nf_conn *ct, void *arg), void *arg)
{
	unsigned int i;

	for (i = 0; i < buckets; i++)
		if (nf_ct_index_each(hash + i, fn, arg))
			break;
}

/**
 * nf_ct_table_next - next entry that a caller wants, under the bucket's lock
 * @bucket:	where to go on; zero to begin
 * @pick:	called under the bucket's lock; non-zero picks the entry
 * @arg:	handed to @pick
 *
 * Unlike the lockless walks, this one misses no entry that was in the table
 * when it began, as long as no resize runs (see nf_ct_iterate()).
 *
 * Context: process context; @pick must not sleep.
 * Return: an entry with a reference that the caller puts, or NULL at the end.
 */
struct nf_conn *nf_ct_table_next(unsigned int *bucket,
				 int (*pick)(struct nf_conn *ct, void *arg),
				 void *arg)
{
	for (; *bucket < nf_conntrack_htable_size; (*bucket)++) {
		struct hlist_nulls_head *head = &nf_conntrack_hash[*bucket];
		struct nf_conntrack_tuple_hash *h;
		struct hlist_nulls_node *n;

		if (hlist_nulls_empty(head))
			continue;

		local_bh_disable();
		lock_stripe(*bucket % CONNTRACK_LOCKS);
		hlist_nulls_for_each_entry(h, n, head, hnnode) {
			struct nf_conn *ct = nf_ct_tuplehash_to_ctrack(h);

			if (!pick(ct, arg))
				continue;
			/* In the table, under its lock: it cannot be zero. */
			refcount_inc(&ct->ct_general.use);
			unlock_stripe(*bucket % CONNTRACK_LOCKS);
			local_bh_enable();
			return ct;
		}
		unlock_stripe(*bucket % CONNTRACK_LOCKS);
		local_bh_enable();
		cond_resched();
	}
	return NULL;
}

struct pick_data {
	int (*iter)(struct nf_conn *ct, void *data);
	void *data;
	struct net *net;	/* NULL: every namespace */
};

static int pick_entry(struct nf_conn *ct, void *arg)
{
	const struct pick_data *pick = arg;

	if (pick->net && !net_eq(pick->net, nf_ct_net(ct)))
		return 0;
	return pick->iter(ct, pick->data);
}

static void nf_ct_iterate(struct pick_data *pick, u32 portid, int report)
{
	unsigned int bucket = 0;
	struct nf_conn *ct;

	might_sleep();

	mutex_lock(&resize_mutex);
	while ((ct = nf_ct_table_next(&bucket, pick_entry, pick))) {
		nf_ct_delete(ct, portid, report);
		nf_ct_put(ct);
		cond_resched();
	}
	mutex_unlock(&resize_mutex);
	nf_ct_table_trim();
}

/**
 * nf_ct_iterate_cleanup_net - delete the entries of a namespace that match
 * @iter:	called under a bucket lock; non-zero deletes the entry
 * @iter_data:	namespace, argument for @iter, and whom the events name
 *
 * Context: process context, may sleep.
 */
void nf_ct_iterate_cleanup_net(int (*iter)(struct nf_conn *i, void *data),
			       const struct nf_ct_iter_data *iter_data)
{
	struct pick_data pick = {
		.iter	= iter,
		.data	= iter_data->data,
		.net	= iter_data->net,
	};

	if (!atomic_read(&nf_ct_pernet(iter_data->net)->count))
		return;

	nf_ct_iterate(&pick, iter_data->portid, iter_data->report);
}

/**
 * nf_ct_iterate_destroy - delete matching entries everywhere, for module exit
 * @iter:	called under a bucket lock; non-zero deletes the entry
 * @data:	handed to @iter
 *
 * On return nothing refers any more to what @iter cleared from the entries:
 * queued packets are dropped, entries not yet in the table lose their
 * extensions (their generation is stale), and readers are waited out.
 *
 * Context: process context, may sleep.
 */
void nf_ct_iterate_destroy(int (*iter)(struct nf_conn *i, void *data),
			   void *data)
{
	struct pick_data pick = { .iter = iter, .data = data };
	struct net *net;

	down_read(&net_rwsem);
	for_each_net(net)
		if (atomic_read(&nf_ct_pernet(net)->count))
			nf_queue_nf_hook_drop(net);
	up_read(&net_rwsem);

	/* An unconfirmed entry was reinjected just before its queue was
	 * dropped, or is on its way through the ruleset right now: it either
	 * reaches the table before the walk, or finds its generation stale.
	 */
	nf_ct_ext_bump_genid();
	synchronize_net();

	nf_ct_iterate(&pick, 0, 0);
	synchronize_rcu();
}

/* Size ------------------------------------------------------------------ */

/**
 * nf_ct_alloc_hashtable - allocate an array of list heads
 * @sizep:	wanted number of heads; rounded up to whole pages
 * @nulls:	non-zero for hlist_nulls heads, else hlist heads
 *
 * Context: process context, may sleep.
 * Return: the array, to be freed by kvfree(), or NULL.
 */
void *nf_ct_alloc_hashtable(unsigned int *sizep, int nulls)
{
	const unsigned int per_page = PAGE_SIZE / sizeof(struct hlist_nulls_head);
	struct hlist_nulls_head *table;
	unsigned int size, i;

	BUILD_BUG_ON(sizeof(struct hlist_nulls_head) != sizeof(struct hlist_head));

	if (*sizep > INT_MAX / sizeof(*table))
		return NULL;

	size = roundup(max(*sizep, 1u), per_page);
	table = kvcalloc(size, sizeof(*table), GFP_KERNEL);
	if (!table)
		return NULL;

	if (nulls)
		for (i = 0; i < size; i++)
			INIT_HLIST_NULLS_HEAD(&table[i], i);
	*sizep = size;
	return table;
}

/*
 * So many entries the index has room for at least, when buckets are asked for by
 * hand.  It grows by itself, and one that is too large is not in the cache.
 */
static unsigned int entries_asked(unsigned int buckets)
{
	return buckets / 2;
}

/* Every stripe has a chain in a walk of any size. */
static unsigned int at_least_a_chain_a_stripe(unsigned int size)
{
	return max_t(unsigned int, size, CONNTRACK_LOCKS);
}

/* The new array takes the old one's place; its entries are still in that. */
static void exchange_walk(struct hlist_nulls_head *table, unsigned int size)
{
	local_bh_disable();
	all_lock_chains();
	write_seqcount_begin(&nf_conntrack_generation);

	bitmap_zero(moving.moved, CONNTRACK_LOCKS);
	moving.size = nf_conntrack_htable_size;
	WRITE_ONCE(moving.from, nf_conntrack_hash);
	nf_conntrack_hash = table;
	nf_conntrack_htable_size = size;

	write_seqcount_end(&nf_conntrack_generation);
	all_unlock_chains();
	local_bh_enable();
}

static void move_all_stripes(void)
{
	unsigned int stripe;

	for (stripe = 0; stripe < CONNTRACK_LOCKS; stripe++) {
		complete_chain(stripe);
		cond_resched();
	}
	/* Pairs with complete_chain(). */
	smp_store_release(&moving.from, NULL);
}

/**
 * nf_conntrack_hash_resize - give the table another number of buckets
 * @hashsize:	wanted buckets; rounded up to whole pages of heads, and to one
 *		for each lock
 *
 * Packets go on meanwhile: a new flow waits for a stripe to move at most, a
 * thousandth of the table.
 *
 * Context: process context, may sleep.
 * Return: 0, -EINVAL for a size out of range, or -ENOMEM; on error the old
 * table stays.
 */
int nf_conntrack_hash_resize(unsigned int hashsize)
{
	struct hlist_nulls_head *table, *old;

	if (!hashsize || hashsize > INT_MAX / sizeof(*table))
		return -EINVAL;

	hashsize = at_least_a_chain_a_stripe(hashsize);
	table = nf_ct_alloc_hashtable(&hashsize, 1);
	if (!table)
		return -ENOMEM;
	if (nf_ct_index_reserve(entries_asked(hashsize))) {
		kvfree(table);
		return -ENOMEM;
	}

	mutex_lock(&resize_mutex);
	if (hashsize == nf_conntrack_htable_size) {
		mutex_unlock(&resize_mutex);
		kvfree(table);
		return 0;
	}
	old = nf_conntrack_hash;
	exchange_walk(table, hashsize);
	move_all_stripes();
	mutex_unlock(&resize_mutex);

	synchronize_net();	/* readers may still follow the old heads */
	kvfree(old);
	return 0;
}

/**
 * nf_ct_table_trim - give memory back, if few entries are left
 *
 * Description: Only that of the index, and later, by a worker.  The walk keeps
 * the size that was set, which users read as nf_conntrack_buckets.
 *
 * Context: any.
 */
void nf_ct_table_trim(void)
{
	nf_ct_index_trim();
}

/**
 * nf_conntrack_set_hashsize - module parameter hashsize, at load or run time
 * @val:	the number as text
 * @kp:		the parameter
 *
 * Context: process context, may sleep.
 * Return: 0 or an errno; -EOPNOTSUPP outside the initial namespace.
 */
int nf_conntrack_set_hashsize(const char *val, const struct kernel_param *kp)
{
	unsigned int size;
	int err;

	if (current->nsproxy->net_ns != &init_net)
		return -EOPNOTSUPP;

	err = kstrtouint(val, 0, &size);
	if (err)
		return err;
	if (!size || size > INT_MAX / sizeof(struct hlist_nulls_head))
		return -EINVAL;

	if (nf_conntrack_hash)
		return nf_conntrack_hash_resize(size);

	nf_conntrack_htable_size = size;	/* before nf_ct_table_init() */
	return 0;
}

module_param_call(hashsize, nf_conntrack_set_hashsize, param_get_uint,
		  &nf_conntrack_htable_size, 0600);
MODULE_PARM_DESC(hashsize, "buckets of the connection table (default: by memory)");

/*
 * Buckets for this machine's memory, when nobody asked for a number: one for
 * each 16 KiB of a machine up to 1 GiB counted in pointers, and two fixed
 * sizes above.
 */
static unsigned int default_size(void)
{
	unsigned long pages = totalram_pages();
	u64 bytes = (u64)pages << PAGE_SHIFT;

	if (BITS_PER_LONG == 64 && bytes > 4ULL * SZ_1G)
		return 262144;
	if (bytes > SZ_1G)
		return 65536;

	return max_t(unsigned int, 1024,
		     div_u64(bytes, 16384 * sizeof(struct hlist_nulls_head)));
}

/**
 * nf_ct_table_init - make the table
 *
 * Description: Also sets nf_conntrack_max: as many entries as buckets, which makes a mean
 * chain of two, or eight times as many when hashsize was given.
 *
 * Context: module init.
 * Return: 0 or -ENOMEM.
 */
int nf_ct_table_init(void)
{
	unsigned int factor = 8;
	unsigned int i;

	BUILD_BUG_ON_NOT_POWER_OF_2(CONNTRACK_LOCKS);

	for (i = 0; i < CONNTRACK_LOCKS; i++)
		spin_lock_init(&nf_conntrack_locks[i]);

	if (!nf_conntrack_htable_size) {
		nf_conntrack_htable_size = default_size();
		factor = 1;
	}
	nf_conntrack_htable_size =
		at_least_a_chain_a_stripe(nf_conntrack_htable_size);

	nf_conntrack_hash = nf_ct_alloc_hashtable(&nf_conntrack_htable_size, 1);
	if (!nf_conntrack_hash)
		return -ENOMEM;
	if (nf_ct_index_init(factor == 1 ? 0 :
			     entries_asked(nf_conntrack_htable_size))) {
		kvfree(nf_conntrack_hash);
		return -ENOMEM;
	}

	nf_conntrack_max = min_t(u64, INT_MAX,
				 (u64)factor * nf_conntrack_htable_size);
	return 0;
}

/**
 * nf_ct_table_fini - free the table, which is empty by now
 *
 * Context: module exit, after every namespace was cleaned.
 */
void nf_ct_table_fini(void)
{
	nf_ct_index_fini();
	kvfree(nf_conntrack_hash);
}
