/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The index: where an entry is found by its tuple.  Part of the table; nobody
 * but nf_ct_table.c changes it.
 */
#ifndef NF_CT_INDEX_H
#define NF_CT_INDEX_H

#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <nf_ct/table.h>

/* In a hash: the tuple is the mirror image of one that hashes to the rest. */
#define NF_CT_HASH_MIRROR	BIT(31)

u32 nf_ct_index_hash(const struct nf_conntrack_tuple *tuple,
		     unsigned int zone_id, const struct net *net);
u32 nf_ct_index_entry_hash(const struct nf_conn *ct, enum ip_conntrack_dir dir);

struct nf_ct_found
nf_ct_index_lookup(const struct net *net, const struct nf_conntrack_zone *zone,
		   const struct nf_conntrack_tuple *tuple, u32 *hash);
struct nf_ct_found
nf_ct_index_find_get(const struct net *net, const struct nf_conntrack_zone *zone,
		     const struct nf_conntrack_tuple *tuple, u32 hash);

void nf_ct_index_lock(const u32 hash[IP_CT_DIR_MAX],
		      struct nf_ct_bucket *bucket[IP_CT_DIR_MAX]);
void nf_ct_index_unlock(struct nf_ct_bucket *const bucket[IP_CT_DIR_MAX]);
bool nf_ct_index_is_free(const struct nf_ct_bucket *bucket, u32 hash);
struct nf_conn *nf_ct_index_probe(const struct nf_ct_bucket *bucket,
				  const struct net *net,
				  const struct nf_conntrack_zone *zone,
				  const struct nf_conntrack_tuple *tuple,
				  u32 hash);
void nf_ct_index_add(struct nf_ct_bucket *bucket, const struct nf_conn *ct,
		     enum ip_conntrack_dir dir, u32 hash);
void nf_ct_index_add_both(struct nf_ct_bucket *bucket, const struct nf_conn *ct,
			  u32 hash);
bool nf_ct_index_remove(struct nf_ct_bucket *bucket, const struct nf_conn *ct,
			enum ip_conntrack_dir dir);

bool nf_ct_index_each(u32 hash, bool (*fn)(struct nf_conn *ct, void *arg),
		      void *arg);

int nf_ct_index_reserve(unsigned int entries);
void nf_ct_index_trim(void);
int nf_ct_index_init(unsigned int entries);
void nf_ct_index_fini(void);

#endif /* NF_CT_INDEX_H */
