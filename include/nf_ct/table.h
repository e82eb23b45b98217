/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of entries.  Nothing outside nf_ct_table.c takes a bucket lock
 * or follows a chain.
 *
 * Every entry stands in the index, where it is found by the tuple of either
 * direction (nf_ct_index.c), and in the walk, by its original direction,
 * where whoever wants to see all entries passes.  Lookup is lockless under RCU;
 * entries come from a SLAB_TYPESAFE_BY_RCU cache, so a reader takes a reference
 * and only then compares the key.
 */
#ifndef NF_CT_TABLE_H
#define NF_CT_TABLE_H

#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_tuple.h>
#include <net/netfilter/nf_conntrack_zones.h>

/**
 * struct nf_ct_cursor - where a walk over the table stands
 * @bucket:	bucket to look at next
 * @skip:	entries of that bucket already returned
 *
 * Zero it to begin.  It holds no pointer, so a walk may pause for any length
 * of time: between two calls an entry may come, go or, after a resize, be
 * seen again, but the walk goes on from where it was.
 */
struct nf_ct_cursor {
	unsigned int bucket;
	unsigned int skip;
};

struct nf_conn *nf_ct_table_walk(struct nf_ct_cursor *cur);

struct nf_ct_bucket;

/**
 * struct nf_ct_slot - an entry's places in the index, locked
 * @hash:	hash of each direction's tuple
 * @bucket:	bucket of each
 * @mirrored:	the reply tuple is the mirror image of the original one: both
 *		share the original's place
 */
struct nf_ct_slot {
	u32			hash[IP_CT_DIR_MAX];
	struct nf_ct_bucket	*bucket[IP_CT_DIR_MAX];
	bool			mirrored;
};

/**
 * struct nf_ct_found - an entry that has a tuple, and which of the two it is
 * @word:	the entry's address and the direction; 0 when there is none
 *
 * In one register, like what a packet refers to in skb->_nfct.
 */
struct nf_ct_found {
	unsigned long word;
};

static inline struct nf_ct_found nf_ct_found(const struct nf_conn *ct,
					     enum ip_conntrack_dir dir)
{
	return (struct nf_ct_found){ (unsigned long)ct | dir };
}

static inline struct nf_conn *nf_ct_found_entry(struct nf_ct_found found)
{
	return (void *)(found.word & ~1ul);
}

static inline enum ip_conntrack_dir nf_ct_found_dir(struct nf_ct_found found)
{
	return found.word & 1 ? IP_CT_DIR_REPLY : IP_CT_DIR_ORIGINAL;
}

void nf_ct_table_stash(struct nf_conn *ct, u32 hash);
void nf_ct_table_lock(struct nf_conn *ct, struct nf_ct_slot *slot);
void nf_ct_table_unlock(const struct nf_ct_slot *slot);
struct nf_conn *
nf_ct_table_probe(const struct nf_conn *ct, const struct nf_ct_slot *slot);
bool nf_ct_table_reply_free(const struct nf_conn *ct,
			    const struct nf_ct_slot *slot);
void nf_ct_table_link(struct nf_conn *ct, const struct nf_ct_slot *slot);
void nf_ct_table_link_reply(struct nf_conn *ct, const struct nf_ct_slot *slot);
void nf_ct_table_remove(struct nf_conn *ct);

unsigned int nf_ct_table_each(unsigned int bucket,
			      bool (*fn)(struct nf_conn *ct, void *arg),
			      void *arg);
void nf_ct_table_sample(u32 hash, unsigned int buckets,
			bool (*fn)(struct nf_conn *ct, void *arg), void *arg);
struct nf_conn *nf_ct_table_next(unsigned int *bucket,
				 int (*pick)(struct nf_conn *ct, void *arg),
				 void *arg);

void nf_ct_table_trim(void);

int nf_ct_table_init(void);
void nf_ct_table_fini(void);

#endif /* NF_CT_TABLE_H */
