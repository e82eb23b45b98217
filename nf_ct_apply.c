// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a tracker's decision to its effects on the entry.
 *
 * The only place where a packet changes an entry's status bits, lifetime,
 * counters or events on behalf of a tracker.
 */
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_acct.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <nf_ct/entry.h>
#include <nf_ct/ext.h>
#include <nf_ct/inline.h>

/* Sets what is new, so that a busy flow costs no atomic a packet. */
static void set_status(struct nf_conn *ct, unsigned long wanted)
{
	unsigned long missing = wanted & ~READ_ONCE(ct->status);
	unsigned int bit;

	for_each_set_bit(bit, &missing, __IPS_MAX_BIT)
		if (!test_and_set_bit(bit, &ct->status) &&
		    bit == IPS_ASSURED_BIT)
			nf_conntrack_event_cache(IPCT_ASSURED, ct);
}

static void cache_events(struct nf_conn *ct, unsigned long events)
{
	unsigned int event;

	for_each_set_bit(event, &events, __IPCT_MAX)
		nf_conntrack_event_cache(event, ct);
}

static inline void live_on(struct nf_conn *ct, const struct sk_buff *skb,
			   enum ip_conntrack_info ctinfo, u32 lifetime)
{
	if (likely(lifetime))
		nf_ct_renew(ct, lifetime);
	if (nf_ct_ext_owned(ct, NF_CT_EXT_ACCT))
		nf_ct_acct_update(ct, CTINFO2DIR(ctinfo), skb->len);
}

static noinline void change(struct nf_conn *ct, struct sk_buff *skb,
			    enum ip_conntrack_info ctinfo,
			    struct nf_ct_step step)
{
	switch (step.fate) {
	case NF_CT_TRACKED:
		set_status(ct, step.status);
		cache_events(ct, step.events);
		live_on(ct, skb, ctinfo, step.timeout);
		break;
	case NF_CT_CLOSED:
		cache_events(ct, step.events);
		nf_ct_kill_acct(ct, ctinfo, skb);
		break;
	case NF_CT_REOPENED:
		nf_ct_kill(ct);
		break;
	case NF_CT_IGNORED:
	case NF_CT_INVALID:
		break;
	}
}

/**
 * nf_ct_apply - carry out what the tracker decided
 * @ct:		the packet's entry
 * @skb:	the packet
 * @ctinfo:	its direction
 * @step:	the decision
 *
 * NF_CT_INVALID leaves the entry as it was; so does NF_CT_IGNORED.
 *
 * Context: softirq or BH off, rcu_read_lock() held, nf_conn.lock not held.
 */
__path_inline void nf_ct_apply(struct nf_conn *ct, struct sk_buff *skb,
			       enum ip_conntrack_info ctinfo,
			       struct nf_ct_step step)
{
	bool news = step.events || step.status & ~READ_ONCE(ct->status);

	BUILD_BUG_ON(sizeof(step) > 2 * sizeof(u64));

	/* Most packets change nothing but how long the flow lives. */
	if (likely(step.fate == NF_CT_TRACKED && !news))
		live_on(ct, skb, ctinfo, step.timeout);
	else
		change(ct, skb, ctinfo, step);
}
