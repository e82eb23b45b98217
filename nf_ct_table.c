// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hash table of entries: lookup, insertion, removal, walking, resizing.
 *
 * Layout
 *   An array of hlist_nulls chains.  An entry hangs in two of them, by the
 *   tuple of each direction; a chain's end holds its bucket's number, so a
 *   lockless reader who was carried to another chain (the entry under it was
 *   freed and used again) notices at the end and starts over.  Bucket b is
 *   guarded by nf_conntrack_locks[b % CONNTRACK_LOCKS].  Both facts are seen
 *   by ctnetlink, which dumps the table itself.
 *
 * Synchronization
 *   Readers	rcu_read_lock(), no lock.  The slab is SLAB_TYPESAFE_BY_RCU: an
 *		entry found may be reborn as another flow at any moment, so a
 *		reader takes a reference with refcount_inc_not_zero() and only
 *		then compares the key once more.
 *   Writers	both bucket locks, lower index first, bottom halves off.
 *   Resize	resize_mutex, then every bucket lock by way of all_locked (a
 *		thousand nested locks would be more than lockdep can hold).
 *
 *   Lock order: resize_mutex, all_lock, bucket locks (ascending).
 */
#include <linux/moduleparam.h>
#include <linux/nsproxy.h>
#include <linux/random.h>
#include <linux/rculist_nulls.h>
#include <linux/siphash.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <net/netns/hash.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_extend.h>
#include <nf_ct/compat.h>
#include <nf_ct/entry.h>
#include <nf_ct/table.h>

/*
 * An insertion fails once its chain is this long; the random part keeps a
 * sender from steering one.  A table as full as nf_conntrack_max allows has a
 * mean chain of two, so only an attack gets here.
 */
enum { CHAIN_MIN = 50, CHAIN_SPREAD = 30 };

struct hlist_nulls_head *nf_conntrack_hash __read_mostly;
unsigned int nf_conntrack_htable_size __read_mostly;
unsigned int nf_conntrack_max __read_mostly;
__cacheline_aligned_in_smp spinlock_t nf_conntrack_locks[CONNTRACK_LOCKS];

static DEFINE_SPINLOCK(all_lock);
static bool all_locked __read_mostly;
seqcount_spinlock_t nf_conntrack_generation __read_mostly =
	SEQCNT_SPINLOCK_ZERO(nf_conntrack_generation, &all_lock);

static DEFINE_MUTEX(resize_mutex);	/* one resize or full walk at a time */
static siphash_aligned_key_t hash_key __read_mostly;

/* Locks ---------------------------------------------------------------- */

/**
 * nf_conntrack_lock - take one bucket lock, waiting out a resize
 * @lock:	one of nf_conntrack_locks
 *
 * Context: bottom halves off.
 */
void nf_conntrack_lock(spinlock_t *lock) __acquires(lock)
{
	spin_lock(lock);
	while (unlikely(READ_ONCE(all_locked))) {
		spin_unlock(lock);

		/* all_unlock() releases it once the resize is over. */
		spin_lock(&all_lock);
		spin_unlock(&all_lock);

		spin_lock(lock);
	}
}

/*
 * Raise the flag, then pass through every lock once: whoever held one before
 * the flag was up has let go, whoever takes one later sees the flag (the lock
 * itself orders that) and backs off in nf_conntrack_lock().
 */
static void all_lock_buckets(void)
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

static void all_unlock_buckets(void)
	__releases(&all_lock)
{
	WRITE_ONCE(all_locked, false);
	spin_unlock(&all_lock);
}

/* __acquire() and __release() only keep sparse's count of locks even. */
static void lock_two(unsigned int a, unsigned int b)
	__acquires(first)
	__acquires(second)
{
	a %= CONNTRACK_LOCKS;
	b %= CONNTRACK_LOCKS;
	if (a > b)
		swap(a, b);

	nf_conntrack_lock(&nf_conntrack_locks[a]);
	if (a != b)
		spin_lock_nested(&nf_conntrack_locks[b], SINGLE_DEPTH_NESTING);
	else
		__acquire(second);
}

static void unlock_two(unsigned int a, unsigned int b)
	__releases(first)
	__releases(second)
{
	a %= CONNTRACK_LOCKS;
	b %= CONNTRACK_LOCKS;

	spin_unlock(&nf_conntrack_locks[a]);
	if (a != b)
		spin_unlock(&nf_conntrack_locks[b]);
	else
		__release(second);
}

/* Hashing -------------------------------------------------------------- */

static u32 hash_ipv4(const struct nf_conntrack_tuple *tuple, u64 rest,
		     const siphash_key_t *key)
{
	u64 addrs = (u64)(__force u32)tuple->src.u3.ip << 32 |
		    (__force u32)tuple->dst.u3.ip;

	return (u32)siphash_2u64(addrs, rest, key);
}

static u32 hash_ipv6(const struct nf_conntrack_tuple *tuple, u64 rest,
		     const siphash_key_t *key)
{
	struct {
		struct in6_addr src, dst;
		u64 rest;
	} __aligned(SIPHASH_ALIGNMENT) in = {
		.src	= tuple->src.u3.in6,
		.dst	= tuple->dst.u3.in6,
		.rest	= rest,
	};

	return (u32)siphash(&in, sizeof(in), key);
}

/**
 * nf_ct_table_hash - keyed hash of a tuple
 * @tuple:	the tuple
 * @zone_id:	zone that the tuple's direction belongs to
 * @net:	namespace
 *
 * SipHash, with zone and namespace in what is hashed, so that nobody can
 * choose packets that share a chain (Crosby and Wallach, 2003).
 *
 * Context: any.
 * Return: 32 bits; scale to a bucket with reciprocal_scale().
 */
u32 nf_ct_table_hash(const struct nf_conntrack_tuple *tuple,
		     unsigned int zone_id, const struct net *net)
{
	siphash_key_t key = hash_key;
	u64 rest = (u64)(__force u16)tuple->src.u.all << 48 |
		   (u64)(__force u16)tuple->dst.u.all << 32 |
		   (u64)tuple->dst.protonum << 16 | (u16)zone_id;

	key.key[1] ^= net_hash_mix(net);

	if (tuple->src.l3num == NFPROTO_IPV4)
		return hash_ipv4(tuple, rest, &key);
	return hash_ipv6(tuple, rest, &key);
}

static u32 entry_hash(const struct nf_conn *ct, enum ip_conntrack_dir dir)
{
	return nf_ct_table_hash(nf_ct_tuple(ct, dir),
				nf_ct_zone_id(nf_ct_zone(ct), dir),
				nf_ct_net(ct));
}

/**
 * nf_ct_table_bucket - the bucket of a hash, in the table of this moment
 * @hash:	from nf_ct_table_hash()
 *
 * Context: rcu_read_lock() held.
 * Return: a bucket; a resize may make it stale at once.
 */
unsigned int nf_ct_table_bucket(u32 hash)
{
	struct hlist_nulls_head *table;
	unsigned int size;

	nf_conntrack_get_ht(&table, &size);
	return reciprocal_scale(hash, size);
}

/* Lookup --------------------------------------------------------------- */

static bool same_key(const struct nf_conntrack_tuple_hash *h,
		     const struct nf_conntrack_tuple *tuple,
		     const struct nf_conntrack_zone *zone,
		     const struct net *net)
{
	const struct nf_conn *ct = nf_ct_tuplehash_to_ctrack(h);

	return nf_ct_tuple_equal(tuple, &h->tuple) &&
	       nf_ct_zone_equal(ct, zone, NF_CT_DIRECTION(h)) &&
	       nf_ct_is_confirmed(ct) && net_eq(net, nf_ct_net(ct));
}

static struct nf_conntrack_tuple_hash *
find_once(struct net *net, const struct nf_conntrack_zone *zone,
	  const struct nf_conntrack_tuple *tuple, u32 hash)
{
	struct nf_conntrack_tuple_hash *h;
	struct hlist_nulls_head *head;
	struct hlist_nulls_node *n;
	unsigned int bucket, generation;

again:
	generation = read_seqcount_begin(&nf_conntrack_generation);
	bucket = reciprocal_scale(hash, READ_ONCE(nf_conntrack_htable_size));
	head = &READ_ONCE(nf_conntrack_hash)[bucket];
	if (read_seqcount_retry(&nf_conntrack_generation, generation))
		goto again;

	hlist_nulls_for_each_entry_rcu(h, n, head, hnnode) {
		struct nf_conn *ct = nf_ct_tuplehash_to_ctrack(h);

		if (nf_ct_is_expired(ct)) {
			nf_ct_expire(ct);
			continue;
		}
		if (same_key(h, tuple, zone, net))
			return h;
	}

	/* Ended on another chain, because the entry under us was reused, or
	 * on one that a resize emptied meanwhile: a miss proves nothing.
	 */
	if (get_nulls_value(n) != bucket ||
	    read_seqcount_retry(&nf_conntrack_generation, generation)) {
		NF_CT_STAT_INC_ATOMIC(net, search_restart);
		goto again;
	}
	return NULL;
}

/**
 * nf_ct_table_find_get - find an entry by its tuple and hash
 * @net:	namespace
 * @zone:	zone
 * @tuple:	one direction's tuple
 * @hash:	nf_ct_table_hash() of @tuple in that zone
 *
 * Context: rcu_read_lock() held.
 * Return: the tuple found, with a reference to its entry, or NULL.
 */
struct nf_conntrack_tuple_hash *
nf_ct_table_find_get(struct net *net, const struct nf_conntrack_zone *zone,
		     const struct nf_conntrack_tuple *tuple, u32 hash)
{
	struct nf_conntrack_tuple_hash *h = find_once(net, zone, tuple, hash);
	struct nf_conn *ct;

	if (!h)
		return NULL;

	ct = nf_ct_tuplehash_to_ctrack(h);
	if (unlikely(!refcount_inc_not_zero(&ct->ct_general.use)))
		return NULL;

	/* Read the key only after the reference; pairs with the release in
	 * refcount_set() by which init_flow() gives an entry its first one.
	 */
	smp_acquire__after_ctrl_dep();
	if (likely(same_key(h, tuple, zone, net)))
		return h;

	/* It was freed and reborn as another flow in between: ours is gone. */
	nf_ct_put(ct);
	return NULL;
}

/**
 * nf_conntrack_find_get - find an entry by the tuple of one direction
 * @net:	namespace
 * @zone:	zone
 * @tuple:	the tuple, network order
 *
 * A zone may hold for one direction only, in which case the other direction's
 * tuple stands in the default zone: both are tried.
 *
 * Context: any.
 * Return: the tuple found, with a reference to its entry that the caller
 * puts, or NULL.
 */
struct nf_conntrack_tuple_hash *
nf_conntrack_find_get(struct net *net, const struct nf_conntrack_zone *zone,
		      const struct nf_conntrack_tuple *tuple)
{
	unsigned int orig_id = nf_ct_zone_id(zone, IP_CT_DIR_ORIGINAL);
	unsigned int reply_id = nf_ct_zone_id(zone, IP_CT_DIR_REPLY);
	struct nf_conntrack_tuple_hash *h;

	rcu_read_lock();
	h = nf_ct_table_find_get(net, zone, tuple,
				 nf_ct_table_hash(tuple, orig_id, net));
	if (!h && reply_id != orig_id)
		h = nf_ct_table_find_get(net, zone, tuple,
					 nf_ct_table_hash(tuple, reply_id, net));
	rcu_read_unlock();
	return h;
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
	struct nf_conntrack_tuple_hash *h;
	int taken = 0;

	rcu_read_lock();
	h = nf_ct_table_find_get(net, zone, tuple,
				 nf_ct_table_hash(tuple, zone_id, net));
	if (h) {
		struct nf_conn *ct = nf_ct_tuplehash_to_ctrack(h);

		taken = ct != ignored && !is_twin(ct, ignored);
		if (taken)
			NF_CT_STAT_INC_ATOMIC(net, found);
		nf_ct_put(ct);
	}
	rcu_read_unlock();
	return taken;
}

/* Insertion and removal ------------------------------------------------- */

/**
 * nf_ct_table_lock - lock an entry's two buckets
 * @ct:		the entry
 * @slot:	filled in; stays valid until nf_ct_table_unlock()
 *
 * Context: turns bottom halves off.
 */
void nf_ct_table_lock(const struct nf_conn *ct, struct nf_ct_slot *slot)
	__acquires(first)
	__acquires(second)
{
	unsigned int generation;

	slot->hash[IP_CT_DIR_ORIGINAL] = entry_hash(ct, IP_CT_DIR_ORIGINAL);
	slot->hash[IP_CT_DIR_REPLY] = entry_hash(ct, IP_CT_DIR_REPLY);

	local_bh_disable();
	for (;;) {
		unsigned int *bucket = slot->bucket;
		unsigned int size;

		generation = read_seqcount_begin(&nf_conntrack_generation);
		size = READ_ONCE(nf_conntrack_htable_size);
		bucket[IP_CT_DIR_ORIGINAL] =
			reciprocal_scale(slot->hash[IP_CT_DIR_ORIGINAL], size);
		bucket[IP_CT_DIR_REPLY] =
			reciprocal_scale(slot->hash[IP_CT_DIR_REPLY], size);

		lock_two(bucket[IP_CT_DIR_ORIGINAL], bucket[IP_CT_DIR_REPLY]);
		if (!read_seqcount_retry(&nf_conntrack_generation, generation))
			return;
		unlock_two(bucket[IP_CT_DIR_ORIGINAL], bucket[IP_CT_DIR_REPLY]);
	}
}

/**
 * nf_ct_table_unlock - the reverse of nf_ct_table_lock()
 * @slot:	as filled in there
 *
 * Context: turns bottom halves on again.
 */
void nf_ct_table_unlock(const struct nf_ct_slot *slot)
	__releases(first)
	__releases(second)
{
	unlock_two(slot->bucket[IP_CT_DIR_ORIGINAL],
		   slot->bucket[IP_CT_DIR_REPLY]);
	local_bh_enable();
}

/* Looks for @ct's tuple of direction @dir among the confirmed entries. */
static enum nf_ct_obstacle probe_chain(const struct nf_conn *ct,
				       enum ip_conntrack_dir dir,
				       unsigned int bucket, unsigned int limit,
				       struct nf_conntrack_tuple_hash **taken)
{
	struct nf_conntrack_tuple_hash *h;
	struct hlist_nulls_node *n;
	unsigned int len = 0;

	hlist_nulls_for_each_entry(h, n, &nf_conntrack_hash[bucket], hnnode) {
		if (same_key(h, nf_ct_tuple(ct, dir), nf_ct_zone(ct),
			     nf_ct_net(ct))) {
			*taken = h;
			return NF_CT_TAKEN;
		}
		if (++len > limit)
			return NF_CT_CHAIN_LONG;
	}
	return NF_CT_FREE;
}

/**
 * nf_ct_table_probe - may this entry be linked?
 * @ct:		an entry that is not in the table
 * @slot:	its places, locked
 * @taken:	on NF_CT_TAKEN, the tuple that is in the way
 *
 * Context: @slot locked.
 * Return: NF_CT_FREE or the obstacle.
 */
enum nf_ct_obstacle nf_ct_table_probe(const struct nf_conn *ct,
				      const struct nf_ct_slot *slot,
				      struct nf_conntrack_tuple_hash **taken)
{
	unsigned int limit = CHAIN_MIN + get_random_u32_below(CHAIN_SPREAD);
	enum nf_ct_obstacle obstacle;

	obstacle = probe_chain(ct, IP_CT_DIR_ORIGINAL,
			       slot->bucket[IP_CT_DIR_ORIGINAL], limit, taken);
	if (obstacle != NF_CT_FREE)
		return obstacle;

	return probe_chain(ct, IP_CT_DIR_REPLY, slot->bucket[IP_CT_DIR_REPLY],
			   limit, taken);
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
	struct nf_conntrack_tuple_hash *taken;

	return probe_chain(ct, IP_CT_DIR_REPLY, slot->bucket[IP_CT_DIR_REPLY],
			   CHAIN_MIN, &taken) == NF_CT_FREE;
}

static void link_tuple(struct nf_conn *ct, enum ip_conntrack_dir dir,
		       const struct nf_ct_slot *slot)
{
	hlist_nulls_add_head_rcu(&ct->tuplehash[dir].hnnode,
				 &nf_conntrack_hash[slot->bucket[dir]]);
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
void nf_ct_table_link(struct nf_conn *ct, const struct nf_ct_slot *slot)
{
	link_tuple(ct, IP_CT_DIR_ORIGINAL, slot);
	link_tuple(ct, IP_CT_DIR_REPLY, slot);
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
	/* A node that hangs nowhere, so that removal need not know. */
	hlist_nulls_add_fake(&ct->tuplehash[IP_CT_DIR_ORIGINAL].hnnode);
	link_tuple(ct, IP_CT_DIR_REPLY, slot);
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

	nf_ct_table_lock(ct, &slot);
	hlist_nulls_del_rcu(&ct->tuplehash[IP_CT_DIR_ORIGINAL].hnnode);
	hlist_nulls_del_rcu(&ct->tuplehash[IP_CT_DIR_REPLY].hnnode);
	nf_ct_table_unlock(&slot);
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

		hlist_nulls_for_each_entry_rcu(h, n, &table[cur->bucket],
					       hnnode) {
			struct nf_conn *ct = nf_ct_tuplehash_to_ctrack(h);

			if (NF_CT_DIRECTION(h) != IP_CT_DIR_ORIGINAL ||
			    pos++ < cur->skip)
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

	/* Clash losers are linked by their reply tuple alone, so that is the
	 * direction in which every entry is met exactly once.
	 */
	hlist_nulls_for_each_entry_rcu(h, n, &table[bucket], hnnode)
		if (NF_CT_DIRECTION(h) == IP_CT_DIR_REPLY &&
		    fn(nf_ct_tuplehash_to_ctrack(h), arg))
			break;
	return size;
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
		spinlock_t *lock;	/* the bucket's */

		if (hlist_nulls_empty(head))
			continue;

		lock = &nf_conntrack_locks[*bucket % CONNTRACK_LOCKS];
		local_bh_disable();
		nf_conntrack_lock(lock);
		hlist_nulls_for_each_entry(h, n, head, hnnode) {
			struct nf_conn *ct = nf_ct_tuplehash_to_ctrack(h);

			if (NF_CT_DIRECTION(h) != IP_CT_DIR_REPLY ||
			    !pick(ct, arg))
				continue;
			/* In the table, under its lock: it cannot be zero. */
			refcount_inc(&ct->ct_general.use);
			spin_unlock(lock);
			local_bh_enable();
			return ct;
		}
		spin_unlock(lock);
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

/* Moves every chain into @table; all bucket locks are held. */
static void rehash_into(struct hlist_nulls_head *table, unsigned int size)
{
	unsigned int i;

	for (i = 0; i < nf_conntrack_htable_size; i++) {
		struct hlist_nulls_head *head = &nf_conntrack_hash[i];

		while (!hlist_nulls_empty(head)) {
			struct nf_conntrack_tuple_hash *h;
			u32 hash;

			h = hlist_nulls_entry(head->first, typeof(*h), hnnode);
			hash = entry_hash(nf_ct_tuplehash_to_ctrack(h),
					  NF_CT_DIRECTION(h));
			hlist_nulls_del_rcu(&h->hnnode);
			hlist_nulls_add_head_rcu(&h->hnnode,
						 &table[reciprocal_scale(hash, size)]);
		}
	}
}

/**
 * nf_conntrack_hash_resize - give the table another number of buckets
 * @hashsize:	wanted buckets; rounded up to whole pages of heads
 *
 * Context: process context, may sleep.  Packets wait while chains move.
 * Return: 0, -EINVAL for a size out of range, or -ENOMEM; on error the old
 * table stays.
 */
int nf_conntrack_hash_resize(unsigned int hashsize)
{
	struct hlist_nulls_head *table, *old;

	if (!hashsize || hashsize > INT_MAX / sizeof(*table))
		return -EINVAL;

	table = nf_ct_alloc_hashtable(&hashsize, 1);
	if (!table)
		return -ENOMEM;

	mutex_lock(&resize_mutex);
	if (hashsize == nf_conntrack_htable_size) {
		mutex_unlock(&resize_mutex);
		kvfree(table);
		return 0;
	}

	local_bh_disable();
	all_lock_buckets();
	write_seqcount_begin(&nf_conntrack_generation);

	rehash_into(table, hashsize);
	old = nf_conntrack_hash;
	nf_conntrack_hash = table;
	nf_conntrack_htable_size = hashsize;

	write_seqcount_end(&nf_conntrack_generation);
	all_unlock_buckets();
	local_bh_enable();
	mutex_unlock(&resize_mutex);

	synchronize_net();	/* readers may still follow the old heads */
	kvfree(old);
	return 0;
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

	get_random_bytes(&hash_key, sizeof(hash_key));
	for (i = 0; i < CONNTRACK_LOCKS; i++)
		spin_lock_init(&nf_conntrack_locks[i]);

	if (!nf_conntrack_htable_size) {
		nf_conntrack_htable_size = default_size();
		factor = 1;
	}

	nf_conntrack_hash = nf_ct_alloc_hashtable(&nf_conntrack_htable_size, 1);
	if (!nf_conntrack_hash)
		return -ENOMEM;

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
	kvfree(nf_conntrack_hash);
}
