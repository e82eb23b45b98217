/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The index: where an entry is found by its tuple.  Part of the table; only
 * nf_ct_table.c uses it.
 */
#ifndef NF_CT_INDEX_H
#define NF_CT_INDEX_H

#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_zones.h>

struct nf_ct_bucket;

u32 nf_ct_key_hash(const struct nf_conntrack_tuple_hash *h);

struct nf_conntrack_tuple_hash *
nf_ct_index_find_get(const struct nf_conntrack_tuple *tuple,
		     const struct nf_conntrack_zone *zone,
		     const struct net *net, u32 hash);

void nf_ct_index_lock(const u32 hash[IP_CT_DIR_MAX],
		      struct nf_ct_bucket *bucket[IP_CT_DIR_MAX]);
void nf_ct_index_unlock(struct nf_ct_bucket *const bucket[IP_CT_DIR_MAX]);
struct nf_conntrack_tuple_hash *
nf_ct_index_probe(const struct nf_ct_bucket *bucket,
		  const struct nf_conntrack_tuple *tuple,
		  const struct nf_conntrack_zone *zone,
		  const struct net *net, u32 hash);
void nf_ct_index_add(struct nf_ct_bucket *bucket,
		     struct nf_conntrack_tuple_hash *h, u32 hash);
void nf_ct_index_remove(struct nf_ct_bucket *bucket,
			struct nf_conntrack_tuple_hash *h);

bool nf_ct_index_each(u32 hash, bool (*fn)(struct nf_conn *ct, void *arg),
		      void *arg);

int nf_ct_index_reserve(unsigned int entries);
void nf_ct_index_trim(void);
int nf_ct_index_init(unsigned int entries);
void nf_ct_index_fini(void);

#endif /* NF_CT_INDEX_H */
