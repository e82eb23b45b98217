// SPDX-License-Identifier: GPL-2.0-only
/*
 * Confirmation: the first packet of a flow has passed the ruleset, so its
 * entry is published in the table.
 *
 * Two packets of one flow may get here at the same time on two CPUs, each
 * with an entry of its own.  The first one in wins.  The other is not dropped
 * where the protocol allows (l4proto->allow_clash: no state to mix up):
 *
 *   same flow, same mapping	the packet moves over to the winner's entry
 *   the winner is the reverse	likewise, as a reply (both ends spoke first)
 *   only NAT differs		the loser is published too, by its reply tuple
 *				alone and for a second, so that the answer finds
 *				its way back
 *   anything else		dropped; a retransmission will find the winner
 */
#include <linux/ktime.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_acct.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_timestamp.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <nf_ct/entry.h>
#include <nf_ct/ext.h>
#include <nf_ct/invalid.h>
#include <nf_ct/table.h>

/* What the loser of an NAT clash lives for, in jiffies. */
#define CLASH_LIFETIME	HZ

static void stamp_start(const struct nf_conn *ct, const struct sk_buff *skb)
{
	struct nf_conn_tstamp *tstamp = nf_conn_tstamp_find(ct);

	if (!tstamp)
		return;

	tstamp->start = skb && skb->tstamp ? ktime_to_ns(skb->tstamp) :
					     ktime_get_real_ns();
}

/*
 * Makes a linked entry findable.  Lookups skip an entry without
 * IPS_CONFIRMED, and match() in nf_ct_index.c reads that bit after the
 * tuple; everything written before is visible to whoever sees the bit.
 * nf_ct_should_gc() pairs with it too: it must not meet the bit with the
 * relative timeout.
 */
static void publish(struct nf_conn *ct)
{
	smp_mb__before_atomic();	/* pairs with nf_ct_should_gc() */
	set_bit(IPS_CONFIRMED_BIT, &ct->status);
}

/* From relative, as trackers set it before confirmation, to absolute. */
static void start_timeout(struct nf_conn *ct, u32 jiffies_from_now)
{
	WRITE_ONCE(ct->timeout, nfct_time_stamp + jiffies_from_now);
}

static bool tuples_match(const struct nf_conn *a, const struct nf_conn *b,
			 bool crossed)
{
	enum ip_conntrack_dir dir;

	for (dir = IP_CT_DIR_ORIGINAL; dir < IP_CT_DIR_MAX; dir++)
		if (!nf_ct_tuple_equal(nf_ct_tuple(a, dir),
				       nf_ct_tuple(b, crossed ? !dir : dir)) ||
		    !nf_ct_zone_equal(a, nf_ct_zone(b), dir))
			return false;
	return true;
}

/* The loser's packets count for the winner. */
static void merge_counters(struct nf_conn *winner, const struct nf_conn *loser,
			   bool crossed)
{
	struct nf_conn_acct *acct = nf_conn_acct_find(loser);
	enum ip_conntrack_dir dir;

	if (!acct)
		return;

	for (dir = IP_CT_DIR_ORIGINAL; dir < IP_CT_DIR_MAX; dir++) {
		struct nf_conn_counter *from = &acct->counter[dir];

		nf_ct_acct_add(winner, crossed ? !dir : dir,
			       atomic64_read(&from->packets),
			       atomic64_read(&from->bytes));
	}
}

/* Moves the packet over to the winner's entry, if it is the same flow. */
static bool adopt_winner(struct sk_buff *skb, struct nf_conn *loser,
			 struct nf_conn *winner)
{
	enum ip_conntrack_info ctinfo;
	bool crossed = false;

	if (!tuples_match(winner, loser, false)) {
		crossed = true;
		if (!tuples_match(winner, loser, true))
			return false;
	}

	if (nf_ct_is_dying(winner) ||
	    !refcount_inc_not_zero(&winner->ct_general.use))
		return false;

	nf_ct_get(skb, &ctinfo);
	if (crossed) {
		ctinfo = IP_CT_ESTABLISHED_REPLY;
		set_bit(IPS_SEEN_REPLY_BIT, &winner->status);
	}
	merge_counters(winner, loser, crossed);
	nf_ct_put(loser);
	nf_ct_set(skb, winner, ctinfo);
	return true;
}

/* Publishes the loser's way back, if nobody else has that tuple. */
static bool publish_reply_only(struct nf_conn *loser, struct nf_conn *winner,
			       const struct nf_ct_slot *slot)
{
	struct nf_conntrack_tuple *orig = nf_ct_tuple(loser, IP_CT_DIR_ORIGINAL);

	if (!nf_ct_tuple_equal(orig, nf_ct_tuple(winner, IP_CT_DIR_ORIGINAL)) ||
	    !nf_ct_zone_equal(loser, nf_ct_zone(winner), IP_CT_DIR_ORIGINAL) ||
	    !nf_ct_table_reply_free(loser, slot))
		return false;

	loser->status |= IPS_FIXED_TIMEOUT | IPS_NAT_CLASH;
	start_timeout(loser, CLASH_LIFETIME);
	refcount_inc(&loser->ct_general.use);
	nf_ct_table_link_reply(loser, slot);
	publish(loser);
	return true;
}

static bool resolve_clash(struct sk_buff *skb, struct nf_conn *loser,
			  struct nf_conn *winner, const struct nf_ct_slot *slot)
{
	struct net *net = nf_ct_net(loser);

	if (!nf_ct_l4proto_find(nf_ct_protonum(loser))->allow_clash)
		return false;

	if (!adopt_winner(skb, loser, winner) &&
	    !publish_reply_only(loser, winner, slot))
		return false;

	NF_CT_STAT_INC(net, clash_resolve);
	return true;
}

/* Links an entry that found no obstacle; the table gets a reference. */
static void insert(struct nf_conn *ct, const struct sk_buff *skb,
		   const struct nf_ct_slot *slot)
{
	start_timeout(ct, ct->timeout);
	stamp_start(ct, skb);
	refcount_inc(&ct->ct_general.use);
	nf_ct_table_link(ct, slot);
	publish(ct);
}

/*
 * Locks the buckets of both tuples and says what is in the way there.  An entry
 * past its time is not, but is swept away: the packet's lookup did not meet it,
 * for the packet was held since, or the two are of different zones.
 */
static struct nf_conn *lock_tuples(struct nf_conn *ct, struct nf_ct_slot *slot)
{
	struct nf_conn *winner;
	int tries;

	for (tries = 0; ; tries++) {
		nf_ct_table_lock(ct, slot);
		if (nf_ct_is_confirmed(ct))	/* it is there itself */
			return NULL;
		winner = nf_ct_table_probe(ct, slot);
		if (likely(!winner) || tries == IP_CT_DIR_MAX ||
		    !nf_ct_is_expired(winner))
			return winner;
		nf_ct_table_unlock(slot);
		nf_ct_expire(winner);
	}
}

static int refuse(const struct sk_buff *skb, const struct nf_conn *ct,
		  enum nf_ct_why why)
{
	struct net *net = nf_ct_net(ct);

	NF_CT_STAT_INC_ATOMIC(net, insert_failed);
	NF_CT_STAT_INC_ATOMIC(net, drop);
	nf_ct_note(net, nf_ct_l3num(ct), skb, ct, why, NF_CT_OUTCOME_DROPPED);
	return NF_DROP;
}

static void announce(struct nf_conn *ct)
{
	const struct nf_conn_help *help = nfct_help(ct);

	if (help && rcu_access_pointer(help->helper))
		nf_conntrack_event_cache(IPCT_HELPER, ct);
	nf_conntrack_event_cache(ct->master ? IPCT_RELATED : IPCT_NEW, ct);
}

/**
 * __nf_conntrack_confirm - publish the entry of a packet that passed
 * @skb:	a packet with an unconfirmed entry
 *
 * On return the packet may carry another entry than before (see above).
 *
 * Context: softirq or BH off, rcu_read_lock() held.
 * Return: NF_ACCEPT, or NF_DROP when the entry cannot be published.
 */
int __nf_conntrack_confirm(struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct, *winner;
	struct nf_ct_slot slot;
	bool resolved;

	ct = nf_ct_get(skb, &ctinfo);

	/* A reset or an ICMP error that the ruleset itself answered with: it
	 * rides on the flow, but is not the packet that begins it.
	 */
	if (CTINFO2DIR(ctinfo) != IP_CT_DIR_ORIGINAL)
		return NF_ACCEPT;

	/* Its helper or timeout policy may have left while it was queued. */
	if (ct->ext && !nf_ct_ext_settle(ct))
		return refuse(skb, ct, NF_CT_WHY_MODULE_GONE);

	winner = lock_tuples(ct, &slot);

	/* A clone of this packet (flooded by a bridge) was faster. */
	if (nf_ct_is_confirmed(ct)) {
		nf_ct_table_unlock(&slot);
		return nf_ct_is_dying(ct) ? refuse(skb, ct, NF_CT_WHY_INSERT_RACE) :
					    NF_ACCEPT;
	}

	if (unlikely(winner)) {
		resolved = resolve_clash(skb, ct, winner, &slot);
		nf_ct_table_unlock(&slot);
		return resolved ? NF_ACCEPT : refuse(skb, ct, NF_CT_WHY_INSERT_RACE);
	}
	insert(ct, skb, &slot);
	nf_ct_table_unlock(&slot);

	announce(ct);
	return NF_ACCEPT;
}

/**
 * nf_conntrack_hash_check_insert - publish an entry that no packet brought
 * @ct:		a complete entry without references, IPS_CONFIRMED and an
 *		absolute timeout already set
 *
 * For ctnetlink and BPF programs.  On success the table and the caller each
 * have a reference.
 *
 * Context: any but hard interrupt, bottom halves on.
 * Return: 0; -EEXIST when a tuple is taken, -ETIMEDOUT when its helper or
 * timeout policy went away meanwhile.
 */
int nf_conntrack_hash_check_insert(struct nf_conn *ct)
{
	struct net *net = nf_ct_net(ct);
	struct nf_ct_slot slot;
	struct nf_conn *taken;

	rcu_read_lock();
	if (!nf_ct_ext_settle(ct)) {
		rcu_read_unlock();
		return -ETIMEDOUT;
	}

	nf_ct_table_lock(ct, &slot);
	taken = nf_ct_table_probe(ct, &slot);
	if (!taken) {
		stamp_start(ct, NULL);
		smp_wmb();	/* complete before a reader may take it up */
		refcount_set(&ct->ct_general.use, 2);
		nf_ct_table_link(ct, &slot);
		NF_CT_STAT_INC(net, insert);
	} else {
		NF_CT_STAT_INC(net, insert_failed);
	}
	nf_ct_table_unlock(&slot);
	rcu_read_unlock();

	return taken ? -EEXIST : 0;
}
