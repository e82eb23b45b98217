// SPDX-License-Identifier: GPL-2.0-only
/*
 * The index: finds an entry by its tuple in one cache line.
 *
 * Layout
 *   An array, a power of two long, of buckets of one cache line each.  A
 *   bucket has five slots: 16 bits of the hash and a pointer to the entry's
 *   tuple.  So a miss reads one line, and a hit that line and the entry.
 *   What does not fit hangs in a list through the entries themselves, by the
 *   node of their reply direction, of which the walk has no use: "next" leads
 *   on in the list of an original tuple's bucket, "pprev" in that of a reply
 *   tuple's.  An odd value there ends a list, too (see nf_ct_table_stash()).
 *
 * Synchronization
 *   Readers	rcu_read_lock(), no lock.  What is found proves itself by its
 *		key, once a reference is held.  That nothing was found is only
 *		true if the bucket's sequence number did not move meanwhile:
 *		entries come from a SLAB_TYPESAFE_BY_RCU cache, so a list may
 *		have led into another bucket's.
 *   Writers	the lock in the bucket, bottom halves off; of two the one with
 *		the lower address first.
 *   Resize	one worker, which moves one bucket after the other into
 *		another array: under the bucket's lock, until it is MOVED.  Who
 *		meets a MOVED bucket goes on in the next array.  In a larger one
 *		the places of a bucket not yet MOVED are touched by nobody but
 *		the worker; in a smaller one several buckets share a place,
 *		which the worker locks, too.
 *
 * The array grows when a bucket is full and there are many entries, and shrinks
 * after a pass of the garbage collection that left few: a table as large as the
 * last flood keeps its memory out of reach and every packet out of the cache.
 *
 * Growth is the only answer to a full bucket: there is no limit for a stranger
 * to run into, and the hash is keyed, so that nobody can choose what shares a
 * bucket (Crosby and Wallach, Denial of Service via Algorithmic Complexity
 * Attacks, 2003).
 */
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/prefetch.h>
#include <linux/rculist.h>
#include <linux/workqueue.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <nf_ct/entry.h>
#include <nf_ct/index.h>
#include <nf_ct/tuple.h>

enum {
	SLOTS		= 5,
	TUPLES_MEAN	= 4,	/* a bucket's share, above which the array grows */
	TOO_LARGE	= 4,	/* times what is needed: the array shrinks */
	BUCKETS_MIN	= 256,
	BUCKETS_MAX	= 1 << 24,	/* 1 GiB; longer lists beyond */
	GROUP		= 64,	/* buckets moved between two breaths */
};

/* The parts of a bucket's sequence number. */
enum { LOCKED = 1, MOVED = 2, STEP = 4 };

struct nf_ct_bucket {
	u32				seq;
	u16				tag[SLOTS];
	struct nf_conntrack_tuple_hash	*slot[SLOTS];
	struct nf_conntrack_tuple_hash	*list;
} ____cacheline_aligned;

/**
 * struct array - the buckets
 * @next:	where to go on from a MOVED bucket
 * @bucket:	they themselves
 * @mask:	their number less one
 */
struct array {
	struct array __rcu	*next;
	struct nf_ct_bucket	*bucket;
	u32			mask;
};

static struct array __rcu *array __read_mostly;
static DEFINE_PER_CPU(long, tuples);	/* the sum is how many there are */
static DEFINE_MUTEX(resize_mutex);
static u32 buckets_asked;	/* fewer than that only when asked again */
static unsigned long look_after;	/* jiffies; no thought of growth before */

static void resize_work(struct work_struct *work);
static DECLARE_WORK(resizer, resize_work);

#ifdef CONFIG_DEBUG_LOCK_ALLOC
static struct lock_class_key lock_key;
static struct lockdep_map lock_map =
	STATIC_LOCKDEP_MAP_INIT("nf_ct_bucket", &lock_key);
#endif

/* Buckets --------------------------------------------------------------- */

static u16 tag_of(u32 hash)
{
	return hash >> 16;
}

/* The word that leads on from @h in its bucket's list. */
static void **list_link(struct nf_conntrack_tuple_hash *h)
{
	struct nf_conn *ct = nf_ct_tuplehash_to_ctrack(h);
	struct hlist_nulls_node *node = &ct->tuplehash[IP_CT_DIR_REPLY].hnnode;

	return NF_CT_DIRECTION(h) == IP_CT_DIR_ORIGINAL ?
	       (void **)&node->next : (void **)&node->pprev;
}

static struct nf_conntrack_tuple_hash *
list_next(struct nf_conntrack_tuple_hash *h)
{
	void *next = READ_ONCE(*list_link(h));

	return (unsigned long)next & 1 ? NULL : next;
}

/* The bucket of a hash as of now; @seq is what it held then. */
static struct nf_ct_bucket *place(u32 hash, u32 *seq)
{
	struct array *a = rcu_dereference(array);

	for (;;) {
		struct nf_ct_bucket *b = &a->bucket[hash & a->mask];

		/* Pairs with the release in move_bucket(): what was moved is
		 * seen in the next array.
		 */
		*seq = smp_load_acquire(&b->seq);
		if (likely(!(*seq & MOVED)))
			return b;
		a = rcu_dereference(a->next);
	}
}

static void lock_bucket(struct nf_ct_bucket *b)
{
	u32 seq = READ_ONCE(b->seq) & ~LOCKED;

	while (!try_cmpxchg_acquire(&b->seq, &seq, seq | LOCKED)) {
		seq &= ~LOCKED;
		cpu_relax();
	}
	smp_wmb();	/* who sees what is written below sees LOCKED, too */
}

static void unlock_bucket(struct nf_ct_bucket *b)
{
	/* What was changed is seen by whoever sees the new number. */
	smp_store_release(&b->seq, (b->seq & ~LOCKED) + STEP);
}

/* For lockdep, to which a bit is no lock. */
static void assert_locked(const struct nf_ct_bucket *b)
{
	lockdep_assert(READ_ONCE(b->seq) & LOCKED);
}

static void lock_two(struct nf_ct_bucket *a, struct nf_ct_bucket *b)
{
	lock_bucket(min(a, b));
	if (a != b)
		lock_bucket(max(a, b));
}

static void unlock_two(struct nf_ct_bucket *a, struct nf_ct_bucket *b)
{
	unlock_bucket(a);
	if (a != b)
		unlock_bucket(b);
}

/**
 * nf_ct_index_lock - lock the buckets of an entry's two tuples
 * @hash:	their hashes
 * @bucket:	filled in
 *
 * Context: bottom halves off, rcu_read_lock() held until nf_ct_index_unlock().
 */
void nf_ct_index_lock(const u32 hash[IP_CT_DIR_MAX],
		      struct nf_ct_bucket *bucket[IP_CT_DIR_MAX])
{
	struct nf_ct_bucket *orig, *reply;
	u32 seq;

	spin_acquire(&lock_map, 0, 0, _RET_IP_);
	for (;;) {
		orig = place(hash[IP_CT_DIR_ORIGINAL], &seq);
		reply = place(hash[IP_CT_DIR_REPLY], &seq);
		lock_two(orig, reply);
		if (likely(!((orig->seq | reply->seq) & MOVED)))
			break;
		unlock_two(orig, reply);
	}
	bucket[IP_CT_DIR_ORIGINAL] = orig;
	bucket[IP_CT_DIR_REPLY] = reply;
}

/**
 * nf_ct_index_unlock - the reverse of nf_ct_index_lock()
 * @bucket:	as filled in there
 *
 * Context: as nf_ct_index_lock() left it.
 */
void nf_ct_index_unlock(struct nf_ct_bucket *const bucket[IP_CT_DIR_MAX])
{
	unlock_two(bucket[IP_CT_DIR_ORIGINAL], bucket[IP_CT_DIR_REPLY]);
	spin_release(&lock_map, _RET_IP_);
}

/* Finding --------------------------------------------------------------- */

/* An entry's lines, all at once rather than one after the other. */
static void prefetch_entry(const struct nf_conntrack_tuple_hash *h)
{
	const struct nf_conn *ct = nf_ct_tuplehash_to_ctrack(h);
	const u8 *line = (const u8 *)ct;

	prefetch(line);
	prefetch(line + 64);
	prefetch(line + 128);
	prefetch(line + 192);
}

/* What an entry is looked for by; @hash is of all the others. */
struct wanted {
	const struct nf_conntrack_tuple	*tuple;
	const struct nf_conntrack_zone	*zone;
	const struct net		*net;
	u32				hash;
};

static inline bool matches(const struct nf_conn *ct,
			   const struct nf_conntrack_tuple_hash *h,
			   const struct wanted *key)
{
	return nf_ct_tuple_same(key->tuple, &h->tuple) &&
	       nf_ct_zone_equal(ct, key->zone, NF_CT_DIRECTION(h)) &&
	       nf_ct_is_confirmed(ct) && net_eq(key->net, nf_ct_net(ct));
}

static inline bool matches_locked(const struct nf_conntrack_tuple_hash *h,
				  const struct wanted *key)
{
	return matches(nf_ct_tuplehash_to_ctrack(h), h, key);
}

/* The same of an entry that may be freed and reborn at any moment: it is
 * compared only when it is held.
 */
static inline bool matches_get(const struct nf_conntrack_tuple_hash *h,
			       const struct wanted *key)
{
	struct nf_conn *ct = nf_ct_tuplehash_to_ctrack(h);

	if (unlikely(!refcount_inc_not_zero(&ct->ct_general.use)))
		return false;

	/* Read the key only after the reference; pairs with the release in
	 * refcount_set() by which init_flow() gives an entry its first one.
	 */
	smp_acquire__after_ctrl_dep();
	if (likely(matches(ct, h, key)))
		return true;

	/* The tag is the same by chance, or it is another flow by now. */
	nf_ct_put(ct);
	return false;
}

/* @key by value: its address would keep it out of registers all the way. */
static noinline struct nf_conntrack_tuple_hash *
scan_list(const struct nf_ct_bucket *b, struct wanted key, bool get)
{
	struct nf_conntrack_tuple_hash *h;

	/* Pairs with the release in put_into(). */
	for (h = smp_load_acquire(&b->list); h; h = list_next(h))
		if (get ? matches_get(h, &key) : matches_locked(h, &key))
			return h;
	return NULL;
}

/* @get: the bucket is not locked. */
static __always_inline struct nf_conntrack_tuple_hash *
scan_bucket(const struct nf_ct_bucket *b, const struct wanted *key, bool get)
{
	struct nf_conntrack_tuple_hash *h;
	const u16 tag = tag_of(key->hash);
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		if (READ_ONCE(b->tag[i]) != tag)
			continue;
		/* Pairs with the release in put_into(). */
		h = smp_load_acquire(&b->slot[i]);
		if (!h)
			continue;
		prefetch_entry(h);
		if (likely(get ? matches_get(h, key) : matches_locked(h, key)))
			return h;
	}
	return unlikely(READ_ONCE(b->list)) ? scan_list(b, *key, get) : NULL;
}

/* Nobody is to find an entry that has expired; its reference is put. */
static struct nf_conntrack_tuple_hash *live(struct nf_conntrack_tuple_hash *h)
{
	struct nf_conn *ct = nf_ct_tuplehash_to_ctrack(h);

	if (likely(!nf_ct_is_expired(ct)))
		return h;
	nf_ct_expire(ct);
	nf_ct_put(ct);
	return NULL;
}

/**
 * nf_ct_index_find_get - find a tuple
 * @tuple:	the tuple
 * @zone:	zone
 * @net:	namespace
 * @hash:	of all three
 *
 * Context: rcu_read_lock() held.
 * Return: the tuple, with a reference to its entry; or NULL.
 */
struct nf_conntrack_tuple_hash *
nf_ct_index_find_get(const struct nf_conntrack_tuple *tuple,
		     const struct nf_conntrack_zone *zone,
		     const struct net *net, u32 hash)
{
	const struct wanted key = { tuple, zone, net, hash };
	struct nf_conntrack_tuple_hash *h;
	struct nf_ct_bucket *b;
	u32 seq;

	for (;;) {
		b = place(hash, &seq);
		h = scan_bucket(b, &key, true);
		if (likely(h))
			return live(h);

		smp_rmb();	/* the bucket was read before its number is */
		if (likely(!(seq & LOCKED) && READ_ONCE(b->seq) == seq))
			return NULL;
		NF_CT_STAT_INC_ATOMIC(net, search_restart);
		cpu_relax();
	}
}

/**
 * nf_ct_index_probe - find a tuple, when its bucket is locked
 * @bucket:	its bucket, locked
 * @tuple:	the tuple
 * @zone:	zone
 * @net:	namespace
 * @hash:	of all three
 *
 * Context: @bucket locked.
 * Return: the tuple, or NULL.
 */
struct nf_conntrack_tuple_hash *
nf_ct_index_probe(const struct nf_ct_bucket *bucket,
		  const struct nf_conntrack_tuple *tuple,
		  const struct nf_conntrack_zone *zone,
		  const struct net *net, u32 hash)
{
	const struct wanted key = { tuple, zone, net, hash };

	assert_locked(bucket);
	return scan_bucket(bucket, &key, false);
}

/**
 * nf_ct_index_each - show every entry of a bucket to a function
 * @hash:	whose bucket
 * @fn:		called for each tuple's entry, without a reference: whatever it
 *		keeps or changes it must first get by refcount_inc_not_zero().
 *		Returns true to stop.
 * @arg:	handed to @fn
 *
 * Context: rcu_read_lock() held.
 * Return: true when @fn stopped it.
 */
bool nf_ct_index_each(u32 hash, bool (*fn)(struct nf_conn *ct, void *arg),
		      void *arg)
{
	struct nf_conntrack_tuple_hash *h;
	const struct nf_ct_bucket *b;
	unsigned int i;
	u32 seq;

	b = place(hash, &seq);
	for (i = 0; i < SLOTS; i++) {
		h = smp_load_acquire(&b->slot[i]);	/* as in scan_bucket() */
		if (h && fn(nf_ct_tuplehash_to_ctrack(h), arg))
			return true;
	}
	h = smp_load_acquire(&b->list);	/* as in scan_bucket() */
	for (; h; h = list_next(h))
		if (fn(nf_ct_tuplehash_to_ctrack(h), arg))
			return true;
	return false;
}

/* Changing -------------------------------------------------------------- */

static void set_slot(struct nf_ct_bucket *b, unsigned int i, u16 tag,
		     struct nf_conntrack_tuple_hash *h)
{
	WRITE_ONCE(b->tag[i], tag);
	/* A complete entry, for a reader who comes by this pointer. */
	smp_store_release(&b->slot[i], h);
}

/*
 * A tuple can be there twice, since zones may hold for one direction only; then
 * the entry made last is the one to find, as in a chain that grows at its head:
 * it takes the older one's place, which moves on.
 *
 * False: one had to go into the list.
 */
static bool put_into(struct nf_ct_bucket *b, struct nf_conntrack_tuple_hash *h,
		     u32 hash)
{
	const u16 tag = tag_of(hash);
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		struct nf_conntrack_tuple_hash *older = b->slot[i];

		if (older && b->tag[i] != tag)
			continue;
		set_slot(b, i, tag, h);
		if (!older)
			return true;
		h = older;
	}
	WRITE_ONCE(*list_link(h), b->list);
	/* The same for who comes by the list. */
	smp_store_release(&b->list, h);
	return false;
}

/**
 * nf_ct_index_add - make a tuple findable
 * @bucket:	its bucket, locked
 * @h:		the tuple
 * @hash:	its hash
 *
 * Context: @bucket locked.
 */
void nf_ct_index_add(struct nf_ct_bucket *bucket,
		     struct nf_conntrack_tuple_hash *h, u32 hash)
{
	assert_locked(bucket);
	this_cpu_inc(tuples);
	if (unlikely(!put_into(bucket, h, hash)) &&
	    time_after(jiffies, READ_ONCE(look_after)) && !work_pending(&resizer))
		queue_work(system_unbound_wq, &resizer);
}

static void remove_from_list(struct nf_ct_bucket *b,
			     const struct nf_conntrack_tuple_hash *h)
{
	struct nf_conntrack_tuple_hash *this;
	void **link = (void **)&b->list;

	for (this = b->list; this; this = list_next(this)) {
		if (this == h) {
			WRITE_ONCE(*link, list_next(this));
			this_cpu_dec(tuples);
			return;
		}
		link = list_link(this);
	}
}

/**
 * nf_ct_index_remove - make a tuple unfindable
 * @bucket:	its bucket, locked
 * @h:		the tuple; one that is not there is passed over
 *
 * Context: @bucket locked.
 */
void nf_ct_index_remove(struct nf_ct_bucket *bucket,
			struct nf_conntrack_tuple_hash *h)
{
	struct nf_conntrack_tuple_hash *heir;
	unsigned int i;

	assert_locked(bucket);
	for (i = 0; i < SLOTS; i++) {
		if (bucket->slot[i] != h)
			continue;
		this_cpu_dec(tuples);
		heir = bucket->list;
		WRITE_ONCE(bucket->slot[i], NULL);
		if (unlikely(heir)) {
			WRITE_ONCE(bucket->list, list_next(heir));
			put_into(bucket, heir, nf_ct_key_hash(heir));
		}
		return;
	}
	remove_from_list(bucket, h);
}

/* Resizing -------------------------------------------------------------- */

static void free_array(struct array *a)
{
	if (a)
		kvfree(a->bucket);
	kfree(a);
}

/* Zeroed is empty.  kvcalloc() takes huge pages where the kernel has them. */
static struct array *new_array(u32 buckets)
{
	struct array *a = kzalloc(sizeof(*a), GFP_KERNEL);

	BUILD_BUG_ON(sizeof(struct nf_ct_bucket) != 64);

	if (!a)
		return NULL;
	a->mask = buckets - 1;
	a->bucket = kvcalloc(buckets, sizeof(*a->bucket),
			     GFP_KERNEL | __GFP_NOWARN);
	if (!a->bucket) {
		kfree(a);
		return NULL;
	}
	return a;
}

static u32 buckets_for(unsigned long entries)
{
	unsigned long buckets = entries * IP_CT_DIR_MAX / TUPLES_MEAN;

	return roundup_pow_of_two(clamp_t(unsigned long, buckets, BUCKETS_MIN,
					  BUCKETS_MAX));
}

static void move_tuple(struct array *to, bool shared,
		       struct nf_conntrack_tuple_hash *h)
{
	u32 hash = nf_ct_key_hash(h);
	struct nf_ct_bucket *b = &to->bucket[hash & to->mask];

	if (shared)
		assert_locked(b);
	put_into(b, h, hash);
}

/*
 * The list first and the last slot before the first: of two tuples that are the
 * same, the newer one comes last, and before the other again.  Only two in the
 * list change places.
 */
static void move_tuples(struct nf_ct_bucket *b, struct array *to, bool shared)
{
	struct nf_conntrack_tuple_hash *h, *next;
	int i;

	for (h = b->list; h; h = next) {
		next = list_next(h);
		move_tuple(to, shared, h);
	}
	for (i = SLOTS - 1; i >= 0; i--)
		if (b->slot[i])
			move_tuple(to, shared, b->slot[i]);
}

/*
 * A reader in @b meanwhile may follow a list's end into @to: that makes a miss
 * at most, and @b's number has moved.
 */
static void move_bucket(struct array *from, u32 i, struct array *to)
{
	struct nf_ct_bucket *b = &from->bucket[i];
	struct nf_ct_bucket *shared = NULL;

	spin_acquire(&lock_map, 0, 0, _RET_IP_);
	if (to->mask < from->mask) {
		shared = &to->bucket[i & to->mask];
		lock_two(b, shared);
	} else {
		lock_bucket(b);
	}
	move_tuples(b, to, shared);
	/* Releases both the lock and what is in @to. */
	smp_store_release(&b->seq, (b->seq & ~LOCKED) + STEP + MOVED);
	if (shared)
		unlock_bucket(shared);
	spin_release(&lock_map, _RET_IP_);
}

static int resize_to(u32 buckets)
{
	struct array *from, *to;
	u32 i;

	from = rcu_dereference_protected(array,
					 lockdep_is_held(&resize_mutex));
	if (buckets == from->mask + 1)
		return 0;

	to = new_array(buckets);
	if (!to)
		return -ENOMEM;

	rcu_assign_pointer(from->next, to);
	for (i = 0; i <= from->mask; i++) {
		local_bh_disable();
		move_bucket(from, i, to);
		local_bh_enable();
		if (i % GROUP == 0)
			cond_resched();
	}
	rcu_assign_pointer(array, to);
	synchronize_rcu();	/* nobody is in @from any more */
	free_array(from);
	return 0;
}

static unsigned long count_entries(void)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(&tuples, cpu));
	return max(sum, 0L) / IP_CT_DIR_MAX;
}

/* How many there should be of @now buckets.  Between too few and too many lies
 * a wide field, so that a table which breathes is left alone.
 */
static u32 fitting(u32 now)
{
	unsigned long entries = count_entries();
	u32 asked = READ_ONCE(buckets_asked);
	u32 needed = max(buckets_for(entries), asked);

	if (needed > now)
		return needed;
	if (needed <= now / TOO_LARGE)
		return max(buckets_for(2 * entries), asked);
	return now;
}

static u32 buckets_now(void)
{
	u32 mask;

	rcu_read_lock();
	mask = rcu_dereference(array)->mask;
	rcu_read_unlock();
	return mask + 1;
}

/* Somebody met a full bucket, or found the table almost empty: bad luck? */
static void resize_work(struct work_struct *work)
{
	int err;

	mutex_lock(&resize_mutex);
	err = resize_to(fitting(buckets_now()));
	mutex_unlock(&resize_mutex);

	/* Not for each packet of a flood, and less often without memory. */
	WRITE_ONCE(look_after, jiffies + (err ? HZ : 1));
}

/**
 * nf_ct_index_reserve - make room for so many entries
 * @entries:	how many; the index will not shrink below that
 *
 * Packets go on meanwhile; each waits for the move of one bucket at most.
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM, then nothing has changed.
 */
int nf_ct_index_reserve(unsigned int entries)
{
	u32 before;
	int err;

	mutex_lock(&resize_mutex);
	before = buckets_asked;
	WRITE_ONCE(buckets_asked, buckets_for(entries));
	err = resize_to(fitting(buckets_now()));
	if (err)
		WRITE_ONCE(buckets_asked, before);
	mutex_unlock(&resize_mutex);
	return err;
}

/**
 * nf_ct_index_trim - give memory back, if the index is much too large
 *
 * Description: A worker does it; packets go on meanwhile.
 *
 * Context: any.
 */
void nf_ct_index_trim(void)
{
	u32 now = buckets_now();

	if (fitting(now) < now)
		queue_work(system_unbound_wq, &resizer);
}

/**
 * nf_ct_index_init - make an empty index
 * @entries:	how many it is to have room for at first
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
int nf_ct_index_init(unsigned int entries)
{
	struct array *a = new_array(buckets_for(entries));

	if (!a)
		return -ENOMEM;
	look_after = jiffies;
	buckets_asked = a->mask + 1;
	rcu_assign_pointer(array, a);
	return 0;
}

/**
 * nf_ct_index_fini - free the index, which is empty by now
 *
 * Context: module exit, no readers any more.
 */
void nf_ct_index_fini(void)
{
	cancel_work_sync(&resizer);
	free_array(rcu_dereference_protected(array, true));
	RCU_INIT_POINTER(array, NULL);
}
