// SPDX-License-Identifier: GPL-2.0-only
/*
 * The index: finds an entry by its tuple in one cache line.
 *
 * Layout
 *   An array, a power of two long, of buckets of one cache line each.  A
 *   bucket has five slots: 15 bits of the hash and the entry's address.  So a
 *   miss reads one line, and a hit that line and the entry.
 *   A tuple and its mirror image (source and destination exchanged) have the
 *   same hash but for NF_CT_HASH_MIRROR, and most flows' reply tuple is the
 *   mirror image of the original: then the entry stands in one slot, for both.
 *   Where NAT or ICMP makes it another, and where a zone holds for one direction
 *   only, the reply tuple has a slot of its own.
 *   What does not fit hangs in a list through the entries themselves, by the
 *   node of their reply direction, of which the walk has no use: "next" leads
 *   on in the list of an original tuple's bucket, "pprev" in that of a reply
 *   tuple's own.  An odd value there ends a list, too (see nf_ct_table_stash()).
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
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/siphash.h>
#include <linux/workqueue.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <net/netns/hash.h>
#include <nf_ct/entry.h>
#include <nf_ct/index.h>
#include <nf_ct/inline.h>
#include <nf_ct/tuple.h>

enum {
	SLOTS		= 5,
	SLOTS_MEAN	= 4,	/* a bucket's share, above which the array grows */
	TOO_LARGE	= 4,	/* times what is needed: the array shrinks */
	BUCKETS_MIN	= 256,
	BUCKETS_MAX	= 1 << 24,	/* 1 GiB; longer lists beyond */
	GROUP		= 64,	/* buckets moved between two breaths */
};

/* The parts of a bucket's sequence number. */
enum { LOCKED = 1, MOVED = 2, STEP = 4 };

/*
 * What a slot or a list holds: an entry's address, and in the bits that its
 * alignment leaves, how it is found there.
 *
 *   ONLY		by one tuple, with FLIP by the reply's, else by the original's
 *   otherwise	by both; FLIP: the original's hash has NF_CT_HASH_MIRROR
 */
enum { FLIP = 2, ONLY = 4, HELD_BITS = 7 };

/* No tuple's tag, which have 15 bits: of a slot that was emptied. */
#define NO_TAG	0x8000

struct nf_ct_bucket {
	u32		seq;
	u16		tag[SLOTS];
	unsigned long	slot[SLOTS];
	unsigned long	list;
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
static DEFINE_PER_CPU(long, taken);	/* the sum is of all slots and lists */
static DEFINE_MUTEX(index_mutex);
static hsiphash_key_t hash_key __read_mostly __aligned(16);
static u32 buckets_asked;	/* fewer than that only when asked again */
static unsigned long look_after;	/* jiffies; no thought of growth before */

static void resize_work(struct work_struct *work);
static DECLARE_WORK(resizer, resize_work);

#ifdef CONFIG_DEBUG_LOCK_ALLOC
static struct lock_class_key lock_key;
static struct lockdep_map lock_map =
	STATIC_LOCKDEP_MAP_INIT("nf_ct_bucket", &lock_key);
#endif

/* Hashing -------------------------------------------------------------- */

static u32 with_mirror(u32 hash, bool mirror)
{
	return mirror ? hash | NF_CT_HASH_MIRROR : hash & ~NF_CT_HASH_MIRROR;
}

/* Any order of addresses will do. */
static bool ipv6_is_mirror(const struct nf_conntrack_tuple *tuple)
{
	const u64 *src = (const u64 *)&tuple->src.u3;
	const u64 *dst = (const u64 *)&tuple->dst.u3;
	unsigned int i;

	for (i = 0; i < sizeof(tuple->src.u3) / sizeof(*src); i++) {
		u64 s = get_unaligned(src + i);
		u64 d = get_unaligned(dst + i);

		if (s != d)
			return s > d;
	}
	return (__force u16)tuple->src.u.all > (__force u16)tuple->dst.u.all;
}

static noinline u32 hash_ipv6(const struct nf_conntrack_tuple *tuple, u32 rest)
{
	bool mirror = ipv6_is_mirror(tuple);
	const union nf_inet_addr *low = mirror ? &tuple->dst.u3 : &tuple->src.u3;
	const union nf_inet_addr *high = mirror ? &tuple->src.u3 : &tuple->dst.u3;
	u32 ports = (__force u32)tuple->src.u.all << 16 |
		    (__force u16)tuple->dst.u.all;
	const struct {
		struct in6_addr low, high;
		u32 ports, rest;
	} __aligned(HSIPHASH_ALIGNMENT) in = {
		.low	= low->in6,
		.high	= high->in6,
		.ports	= mirror ? rol32(ports, 16) : ports,
		.rest	= rest,
	};

	return with_mirror(hsiphash(&in, sizeof(in), &hash_key), mirror);
}

static inline u64 end_point(__be32 addr, __be16 port)
{
	return (u64)(__force u32)addr << 16 | (__force u16)port;
}

static inline u32 hash_tuple(const struct nf_conntrack_tuple *tuple,
			     unsigned int zone_id, const struct net *net)
{
	u64 src = end_point(tuple->src.u3.ip, tuple->src.u.all);
	u64 dst = end_point(tuple->dst.u3.ip, tuple->dst.u.all);
	u32 rest = tuple->dst.protonum << 16 | (u16)zone_id;
	u64 low = min(src, dst);
	u64 high = max(src, dst);

	/* A number that nobody knows: in two namespaces each tuple has at most
	 * one of the same input.
	 */
	rest ^= net_hash_mix(net);

	if (unlikely(tuple->src.l3num != NFPROTO_IPV4))
		return hash_ipv6(tuple, rest);
	return with_mirror(hsiphash_4u32(low >> 16, high >> 16,
					 low << 16 | (u16)high, rest, &hash_key),
			   src > dst);
}

/**
 * nf_ct_index_hash - keyed hash of a tuple
 * @tuple:	the tuple
 * @zone_id:	zone that the tuple's direction belongs to
 * @net:	namespace
 *
 * SipHash (in the kernel's variant for hash tables), with zone and namespace
 * in what is hashed, so that nobody can choose packets that share a bucket.
 * Two tuples give the same input if they are each other's mirror image, that
 * is, if source and destination (address and port, or what stands for a port)
 * have changed places; otherwise different ones: address and port of the lower
 * end and of the higher, protocol and zone are packed side by side, nothing is
 * folded.
 *
 * Context: any.
 * Return: 31 bits, the same for a tuple and its mirror image, and in
 * NF_CT_HASH_MIRROR which of the two it is.
 */
u32 nf_ct_index_hash(const struct nf_conntrack_tuple *tuple,
		     unsigned int zone_id, const struct net *net)
{
	return hash_tuple(tuple, zone_id, net);
}

/**
 * nf_ct_index_entry_hash - the hash of one of an entry's tuples
 * @ct:		the entry
 * @dir:	the tuple's direction
 *
 * Context: any.
 * Return: as nf_ct_index_hash().
 */
u32 nf_ct_index_entry_hash(const struct nf_conn *ct, enum ip_conntrack_dir dir)
{
	return nf_ct_index_hash(nf_ct_tuple(ct, dir),
				nf_ct_zone_id(nf_ct_zone(ct), dir),
				nf_ct_net(ct));
}

/* Buckets --------------------------------------------------------------- */

static u16 tag_of(u32 hash)
{
	return (hash & ~NF_CT_HASH_MIRROR) >> 16;
}

static struct nf_conn *entry_of(unsigned long held)
{
	return (void *)(held & ~(unsigned long)HELD_BITS);
}

/* By which tuple it is hashed, linked and removed. */
static enum ip_conntrack_dir dir_of(unsigned long held)
{
	return (held & (ONLY | FLIP)) == (ONLY | FLIP) ? IP_CT_DIR_REPLY :
							 IP_CT_DIR_ORIGINAL;
}

/* Which of its tuples it may be found by, for a tuple with that hash. */
static enum ip_conntrack_dir dir_by(unsigned long held, u32 hash)
{
	BUILD_BUG_ON(IP_CT_DIR_ORIGINAL != 0 || IP_CT_DIR_REPLY != 1);

	if (unlikely(held & ONLY))
		return held / FLIP & 1;
	return (held / FLIP ^ hash / NF_CT_HASH_MIRROR) & 1;
}

static u32 hash_of(unsigned long held)
{
	return nf_ct_index_entry_hash(entry_of(held), dir_of(held));
}

/* The word that leads on from @held in its bucket's list. */
static unsigned long *list_link(unsigned long held)
{
	struct nf_conn *ct = entry_of(held);
	struct hlist_nulls_node *node = &ct->tuplehash[IP_CT_DIR_REPLY].hnnode;

	return dir_of(held) == IP_CT_DIR_REPLY ? (unsigned long *)&node->pprev :
						 (unsigned long *)&node->next;
}

static unsigned long list_next(unsigned long held)
{
	unsigned long next = READ_ONCE(*list_link(held));

	return next & 1 ? 0 : next;
}

/* The bucket of a hash as of now; @seq is what it held then. */
static struct nf_ct_bucket *place(u32 hash, u32 *seq)
{
	/* act_ct on egress has rcu_read_lock_bh() only. */
	struct array *a = rcu_dereference_check(array, rcu_read_lock_bh_held());

	for (;;) {
		struct nf_ct_bucket *b = &a->bucket[hash & a->mask];

		/* Pairs with the release in move_bucket(): what was moved is
		 * seen in the next array.
		 */
		*seq = smp_load_acquire(&b->seq);
		if (likely(!(*seq & MOVED)))
			return b;
		a = rcu_dereference_check(a->next, rcu_read_lock_bh_held());
	}
}

static __path_inline void lock_bucket(struct nf_ct_bucket *b)
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

static __path_inline void lock_two(struct nf_ct_bucket *a,
				   struct nf_ct_bucket *b)
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
__path_inline void nf_ct_index_lock(const u32 hash[IP_CT_DIR_MAX],
				    struct nf_ct_bucket *bucket[IP_CT_DIR_MAX])
{
	struct nf_ct_bucket *orig, *reply;
	u32 seq;

	spin_acquire(&lock_map, 0, 0, _RET_IP_);
	for (;;) {
		orig = place(hash[IP_CT_DIR_ORIGINAL], &seq);
		reply = orig;
		if ((hash[IP_CT_DIR_REPLY] ^ hash[IP_CT_DIR_ORIGINAL]) &
		    ~NF_CT_HASH_MIRROR)
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
__path_inline void
nf_ct_index_unlock(struct nf_ct_bucket *const bucket[IP_CT_DIR_MAX])
{
	unlock_two(bucket[IP_CT_DIR_ORIGINAL], bucket[IP_CT_DIR_REPLY]);
	spin_release(&lock_map, _RET_IP_);
}

/* Finding --------------------------------------------------------------- */

/* An entry's lines, all at once rather than one after the other; nothing of it
 * has been read by then.  Inlined: the compiler may find that such a function has
 * no effect, and leave out the call.
 */
static __always_inline void prefetch_entry(const struct nf_conn *ct)
{
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

/* Nearly everybody knows one zone only, whose number is 0 in any direction. */
static inline bool same_zone(const struct nf_conn *ct,
			     const struct nf_conntrack_zone *zone,
			     enum ip_conntrack_dir dir)
{
	BUILD_BUG_ON(NF_CT_DEFAULT_ZONE_ID);

	return likely(!(nf_ct_zone(ct)->id | zone->id)) ||
	       nf_ct_zone_equal(ct, zone, dir);
}

static const struct nf_ct_found nothing;

static __path_inline struct nf_ct_found match(unsigned long held,
					      const struct wanted *key)
{
	enum ip_conntrack_dir dir = dir_by(held, key->hash);
	const struct nf_conn *ct = entry_of(held);

	return nf_ct_tuple_same(key->tuple, &ct->tuplehash[dir].tuple) &&
	       same_zone(ct, key->zone, dir) && nf_ct_is_confirmed(ct) &&
	       net_eq(key->net, nf_ct_net(ct)) ? nf_ct_found(ct, dir) : nothing;
}

/* The same of an entry that may be freed and reborn at any moment: it is
 * compared only when it is held.
 */
static __path_inline struct nf_ct_found match_get(unsigned long held,
						  const struct wanted *key)
{
	struct nf_conn *ct = entry_of(held);
	struct nf_ct_found found;

	if (unlikely(!refcount_inc_not_zero(&ct->ct_general.use)))
		return nothing;

	/* Read the key only after the reference; pairs with the barrier before
	 * the refcount_set() by which init_flow() gives an entry its first one.
	 */
	smp_acquire__after_ctrl_dep();
	found = match(held, key);
	if (unlikely(!found.word))
		nf_ct_put(ct);	/* the same tag, or another flow by now */
	return found;
}

/* @key by value: its address would keep it out of registers all the way. */
static noinline struct nf_ct_found
scan_list(const struct nf_ct_bucket *b, struct wanted key, bool get)
{
	struct nf_ct_found found = nothing;
	unsigned long held;

	/* Pairs with the release in put_into(). */
	held = smp_load_acquire(&b->list);
	for (; held && !found.word; held = list_next(held))
		found = get ? match_get(held, &key) : match(held, &key);
	return found;
}

/* What the slots from @i on and the list hold. */
static noinline struct nf_ct_found
scan_rest(const struct nf_ct_bucket *b, unsigned int i, struct wanted key, bool get)
{
	const u16 tag = tag_of(key.hash);
	struct nf_ct_found found;
	unsigned long held;

	for (; i < SLOTS; i++) {
		if (READ_ONCE(b->tag[i]) != tag)
			continue;
		held = smp_load_acquire(&b->slot[i]);	/* as in scan_bucket() */
		if (!held)
			continue;
		found = get ? match_get(held, &key) : match(held, &key);
		if (found.word)
			return found;
	}
	return READ_ONCE(b->list) ? scan_list(b, key, get) : nothing;
}

/* Written out: two instructions a slot, not six. */
static __path_inline unsigned int slot_of(const struct nf_ct_bucket *b, u16 tag)
{
	BUILD_BUG_ON(SLOTS != 5);

	return	READ_ONCE(b->tag[0]) == tag ? 0 :
		READ_ONCE(b->tag[1]) == tag ? 1 :
		READ_ONCE(b->tag[2]) == tag ? 2 :
		READ_ONCE(b->tag[3]) == tag ? 3 :
		READ_ONCE(b->tag[4]) == tag ? 4 : SLOTS;
}

/* @get: the bucket is not locked. */
static __path_inline struct nf_ct_found
scan_bucket(const struct nf_ct_bucket *b, const struct wanted *key, bool get)
{
	unsigned int i = slot_of(b, tag_of(key->hash));
	struct nf_ct_found found;
	unsigned long held;

	if (i == SLOTS)
		return unlikely(READ_ONCE(b->list)) ? scan_list(b, *key, get) :
						      nothing;
	/* Pairs with the release in set_slot(). */
	held = smp_load_acquire(&b->slot[i]);
	if (likely(held)) {
		prefetch_entry(entry_of(held));
		found = get ? match_get(held, key) : match(held, key);
		if (likely(found.word))
			return found;
	}
	return scan_rest(b, i + 1, *key, get);
}

/* Nobody is to find an entry that has expired; its reference is put. */
static __path_inline struct nf_ct_found live(struct nf_ct_found found)
{
	struct nf_conn *ct = nf_ct_found_entry(found);

	if (likely(!nf_ct_is_expired(ct)))
		return found;
	nf_ct_expire(ct);
	nf_ct_put(ct);
	return nothing;
}

static __path_inline struct nf_ct_found find_get(const struct wanted *key)
{
	struct nf_ct_found found;
	struct nf_ct_bucket *b;
	u32 seq;

	for (;;) {
		b = place(key->hash, &seq);
		found = scan_bucket(b, key, true);
		if (likely(found.word))
			return live(found);

		smp_rmb();	/* the bucket was read before its number is */
		if (likely(!(seq & LOCKED) && READ_ONCE(b->seq) == seq))
			return nothing;
		NF_CT_STAT_INC_ATOMIC(key->net, search_restart);
		cpu_relax();
	}
}

/**
 * nf_ct_index_find_get - find an entry by a tuple and its hash
 * @net:	namespace
 * @zone:	zone
 * @tuple:	the tuple
 * @hash:	of all three
 *
 * Context: rcu_read_lock() held.
 * Return: the entry, with a reference to it, if there is one.
 */
struct nf_ct_found
nf_ct_index_find_get(const struct net *net, const struct nf_conntrack_zone *zone,
		     const struct nf_conntrack_tuple *tuple, u32 hash)
{
	const struct wanted key = { tuple, zone, net, hash };

	return find_get(&key);
}

/**
 * nf_ct_index_lookup - find an entry by a tuple
 * @net:	namespace
 * @zone:	zone
 * @tuple:	the tuple
 * @hash:	set to its hash in the zone of the original direction
 *
 * A zone may hold for one direction only, in which case the other direction's
 * tuple stands in the default zone: both are tried.
 *
 * Context: rcu_read_lock() held.
 * Return: the entry, with a reference that the caller puts, if there is one.
 */
__path_inline struct nf_ct_found
nf_ct_index_lookup(const struct net *net, const struct nf_conntrack_zone *zone,
		   const struct nf_conntrack_tuple *tuple, u32 *hash)
{
	u16 id = nf_ct_zone_id(zone, IP_CT_DIR_ORIGINAL);
	struct wanted key = { tuple, zone, net, hash_tuple(tuple, id, net) };
	struct nf_ct_found found;
	u16 reply_id;

	*hash = key.hash;
	found = find_get(&key);
	if (likely(found.word))
		return found;

	reply_id = nf_ct_zone_id(zone, IP_CT_DIR_REPLY);
	if (likely(reply_id == id))
		return found;
	return nf_ct_index_find_get(net, zone, tuple,
				    nf_ct_index_hash(tuple, reply_id, net));
}

/**
 * nf_ct_index_is_free - is there surely no entry for a tuple or its mirror image?
 * @bucket:	their bucket, locked
 * @hash:	the hash of either
 *
 * Context: @bucket locked.
 * Return: true when there is none; false when there is one, or one whose tag is
 * the same by chance, or a list.
 */
__path_inline bool nf_ct_index_is_free(const struct nf_ct_bucket *bucket,
				       u32 hash)
{
	assert_locked(bucket);
	return slot_of(bucket, tag_of(hash)) == SLOTS && !bucket->list;
}

/**
 * nf_ct_index_probe - find a tuple, when its bucket is locked
 * @bucket:	its bucket, locked
 * @net:	namespace
 * @zone:	zone
 * @tuple:	the tuple
 * @hash:	of all three
 *
 * Context: @bucket locked.
 * Return: an entry that has it, or NULL.
 */
struct nf_conn *nf_ct_index_probe(const struct nf_ct_bucket *bucket,
				  const struct net *net,
				  const struct nf_conntrack_zone *zone,
				  const struct nf_conntrack_tuple *tuple,
				  u32 hash)
{
	const struct wanted key = { tuple, zone, net, hash };

	assert_locked(bucket);
	return nf_ct_found_entry(scan_bucket(bucket, &key, false));
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
	const struct nf_ct_bucket *b;
	unsigned long held;
	unsigned int i;
	u32 seq;

	b = place(hash, &seq);
	for (i = 0; i < SLOTS; i++) {
		held = smp_load_acquire(&b->slot[i]);	/* as in scan_bucket() */
		if (held && fn(entry_of(held), arg))
			return true;
	}
	held = smp_load_acquire(&b->list);	/* as in scan_list() */
	for (; held; held = list_next(held))
		if (fn(entry_of(held), arg))
			return true;
	return false;
}

/* Changing -------------------------------------------------------------- */

static void set_slot(struct nf_ct_bucket *b, unsigned int i, u16 tag,
		     unsigned long held)
{
	WRITE_ONCE(b->tag[i], tag);
	/* A complete entry, for a reader who comes by this pointer. */
	smp_store_release(&b->slot[i], held);
}

/*
 * A tuple can be there twice, since zones may hold for one direction only; then
 * the entry made last is the one to find, as in a chain that grows at its head:
 * it takes the older one's place, which moves on.  So of two with the same tag
 * the younger stands before the older, and in a slot before one in the list.
 *
 * False: one had to go into the list.
 */
static __path_inline bool put_into(struct nf_ct_bucket *b, unsigned long held,
				   u32 hash)
{
	const u16 tag = tag_of(hash);
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		unsigned long older = b->slot[i];

		if (older && b->tag[i] != tag)
			continue;
		set_slot(b, i, tag, held);
		if (!older)
			return true;
		held = older;
	}
	WRITE_ONCE(*list_link(held), b->list);
	/* The same for who comes by the list. */
	smp_store_release(&b->list, held);
	return false;
}

static __path_inline void add(struct nf_ct_bucket *b, unsigned long held,
			      u32 hash)
{
	assert_locked(b);
	this_cpu_inc(taken);
	if (unlikely(!put_into(b, held, hash)) &&
	    time_after(jiffies, READ_ONCE(look_after)) && !work_pending(&resizer))
		queue_work(system_unbound_wq, &resizer);
}

/**
 * nf_ct_index_add - make an entry findable by one of its tuples
 * @bucket:	that tuple's bucket, locked
 * @ct:		the entry
 * @dir:	the tuple's direction
 * @hash:	the tuple's hash
 *
 * Context: @bucket locked.
 */
void nf_ct_index_add(struct nf_ct_bucket *bucket, const struct nf_conn *ct,
		     enum ip_conntrack_dir dir, u32 hash)
{
	add(bucket, (unsigned long)ct | ONLY |
		    (dir == IP_CT_DIR_REPLY ? FLIP : 0), hash);
}

/**
 * nf_ct_index_add_both - make an entry findable by tuples that share a bucket
 * @bucket:	it, locked
 * @ct:		the entry, whose reply tuple is the original one's mirror image
 * @hash:	the original tuple's hash
 *
 * Context: @bucket locked.
 */
__path_inline void nf_ct_index_add_both(struct nf_ct_bucket *bucket,
					const struct nf_conn *ct, u32 hash)
{
	add(bucket, (unsigned long)ct | (hash & NF_CT_HASH_MIRROR ? FLIP : 0),
	    hash);
}

static bool is_of(unsigned long held, const struct nf_conn *ct,
		  enum ip_conntrack_dir dir)
{
	return entry_of(held) == ct && dir_of(held) == dir;
}

static bool remove_from_list(struct nf_ct_bucket *b, const struct nf_conn *ct,
			     enum ip_conntrack_dir dir)
{
	unsigned long *link = &b->list;
	unsigned long held;

	for (held = b->list; held; held = list_next(held)) {
		if (is_of(held, ct, dir)) {
			WRITE_ONCE(*link, list_next(held));
			this_cpu_dec(taken);
			return true;
		}
		link = list_link(held);
	}
	return false;
}

/* The first in the list takes slot @i.  Those in slots with its tag are younger:
 * they move up, so that it stands behind them.
 */
static void inherit(struct nf_ct_bucket *b, unsigned int i)
{
	unsigned long heir = b->list;
	u16 tag = tag_of(hash_of(heir));
	unsigned int next;

	WRITE_ONCE(b->list, list_next(heir));
	for (next = i + 1; next < SLOTS; next++) {
		if (b->tag[next] != tag)
			continue;
		set_slot(b, i, tag, b->slot[next]);
		i = next;
	}
	set_slot(b, i, tag, heir);
}

/**
 * nf_ct_index_remove - the reverse of nf_ct_index_add() or _add_both()
 * @bucket:	the tuple's bucket, locked
 * @ct:		the entry; one that is not there is passed over
 * @dir:	as it was added; the original one if by both
 *
 * Context: @bucket locked.
 * Return: true when it was there.
 */
bool nf_ct_index_remove(struct nf_ct_bucket *bucket, const struct nf_conn *ct,
			enum ip_conntrack_dir dir)
{
	unsigned int i;

	assert_locked(bucket);
	for (i = 0; i < SLOTS; i++) {
		if (!is_of(bucket->slot[i], ct, dir))
			continue;
		this_cpu_dec(taken);
		if (unlikely(bucket->list)) {
			inherit(bucket, i);
		} else {
			WRITE_ONCE(bucket->slot[i], 0);
			WRITE_ONCE(bucket->tag[i], NO_TAG);
		}
		return true;
	}
	return remove_from_list(bucket, ct, dir);
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
	BUILD_BUG_ON(HELD_BITS != NFCT_INFOMASK);	/* an entry's alignment */

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

static u32 buckets_for(unsigned long slots)
{
	return roundup_pow_of_two(clamp_t(unsigned long, slots / SLOTS_MEAN,
					  BUCKETS_MIN, BUCKETS_MAX));
}

static void move_one(struct array *to, bool shared, unsigned long held)
{
	u32 hash = hash_of(held);
	struct nf_ct_bucket *b = &to->bucket[hash & to->mask];

	if (shared)
		assert_locked(b);
	put_into(b, held, hash);
}

/* The last in the list comes first.  A reader who follows the list meanwhile may
 * miss some, but then @b's number has moved.
 */
static void reverse_list(struct nf_ct_bucket *b)
{
	unsigned long held, next, before = 0;

	for (held = b->list; held; held = next) {
		next = list_next(held);
		WRITE_ONCE(*list_link(held), before);
		before = held;
	}
	WRITE_ONCE(b->list, before);
}

/* The eldest first: who comes later stands before them. */
static void move_all(struct nf_ct_bucket *b, struct array *to, bool shared)
{
	unsigned long held, next;
	int i;

	reverse_list(b);
	for (held = b->list; held; held = next) {
		next = list_next(held);
		move_one(to, shared, held);
	}
	for (i = SLOTS - 1; i >= 0; i--)
		if (b->slot[i])
			move_one(to, shared, b->slot[i]);
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
	move_all(b, to, shared);
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
					 lockdep_is_held(&index_mutex));
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

static unsigned long count_taken(void)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(&taken, cpu));
	return max(sum, 0L);
}

/* How many there should be of @now buckets.  Between too few and too many lies
 * a wide field, so that a table which breathes is left alone.
 */
static u32 fitting(u32 now)
{
	unsigned long slots = count_taken();
	u32 asked = READ_ONCE(buckets_asked);
	u32 needed = max(buckets_for(slots), asked);

	if (needed > now)
		return needed;
	if (needed <= now / TOO_LARGE)
		return max(buckets_for(2 * slots), asked);
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

	mutex_lock(&index_mutex);
	err = resize_to(fitting(buckets_now()));
	mutex_unlock(&index_mutex);

	/* Not for each packet of a flood, and less often without memory. */
	WRITE_ONCE(look_after, jiffies + (err ? HZ : 1));
}

/**
 * nf_ct_index_reserve - make room for so many entries
 * @entries:	how many, without NAT; the index will not shrink below that
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

	mutex_lock(&index_mutex);
	before = buckets_asked;
	WRITE_ONCE(buckets_asked, buckets_for(entries));
	err = resize_to(fitting(buckets_now()));
	if (err)
		WRITE_ONCE(buckets_asked, before);
	mutex_unlock(&index_mutex);
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
	get_random_bytes(&hash_key, sizeof(hash_key));
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
