/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of an entry (struct nf_conn): made, published, expired, destroyed.
 */
#ifndef NF_CT_ENTRY_H
#define NF_CT_ENTRY_H

#include <linux/skbuff.h>
#include <net/netfilter/nf_conntrack.h>
#include <nf_ct/step.h>

/* nf_ct_entry.c */
int nf_ct_entry_init(void);
void nf_ct_entry_fini(void);
bool nf_ct_charge(struct net *net, struct nf_conntrack_net *cnet, u32 hash);
struct nf_conn *nf_ct_alloc(struct net *net,
			    const struct nf_conntrack_zone *zone,
			    const struct nf_conntrack_tuple *orig,
			    const struct nf_conntrack_tuple *repl, u32 hash,
			    gfp_t gfp);

/* nf_ct_core.c */
unsigned int nf_ct_leave(struct sk_buff *skb, unsigned int protoff,
			 struct nf_conn *ct, enum ip_conntrack_info ctinfo);

/* nf_ct_gc.c */
void nf_ct_gc_init(void);
void nf_ct_gc_fini(void);
void nf_ct_gc_hurry(void);
bool nf_ct_early_drop(struct net *net, u32 hash);
void nf_ct_expire(struct nf_conn *ct);

/* nf_ct_confirm.c */
int nf_ct_confirm_clash(struct sk_buff *skb, struct nf_conntrack_tuple_hash *h);

/* nf_ct_apply.c */
void nf_ct_apply(struct nf_conn *ct, struct sk_buff *skb,
		 enum ip_conntrack_info ctinfo, struct nf_ct_step step);

/**
 * nf_ct_renew - give an entry a new lifetime, if it has none that is fixed
 * @ct:		the entry
 * @lifetime:	in jiffies from now
 *
 * Context: any.
 */
static inline void nf_ct_renew(struct nf_conn *ct, u32 lifetime)
{
	unsigned long status = READ_ONCE(ct->status);

	if (status & IPS_FIXED_TIMEOUT)
		return;

	/* Until it is confirmed the timeout is relative: nobody knows yet how
	 * long the packet will be on its way.
	 */
	if (status & IPS_CONFIRMED)
		lifetime += nfct_time_stamp;

	/* Most packets of a jiffy would write what is there already. */
	if (READ_ONCE(ct->timeout) != lifetime)
		WRITE_ONCE(ct->timeout, lifetime);
}

#endif /* NF_CT_ENTRY_H */
