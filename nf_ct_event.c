// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events: tells the one listener of a namespace (ctnetlink) what happens to
 * entries and expectations.
 *
 *   packet path --set_bit()--> ecache.cache --nf_ct_deliver_cached_events()--.
 *   user space, death --nf_conntrack_eventmask_report()----------------------+
 *                                                                            v
 *                                      listener's ct_event(); if that fails:
 *                                        ecache.missed, sent with the next one
 *                                        or, if the entry died, the dying list
 *
 * A destroyed entry whose event was not delivered moves from the table to its
 * namespace's dying list, which takes over the table's reference.  A worker
 * tries again until the listener has taken the event or is gone.  So an event
 * may come late, or twice, but a listener that asked for reliable delivery
 * never misses that an entry is gone.
 */
#include <linux/jiffies.h>
#include <linux/list_nulls.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/rculist_nulls.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <nf_ct/event.h>
#include <nf_ct/inline.h>

/*
 * What ends the dying list: no bucket's number, so that a reader carried from
 * a bucket to this list, with the entry it was looking at, starts again.
 */
#define DYING_NULLS		((1u << 30) + 1)

#define EVENTS_DEFAULT		2		/* nf_conntrack_events */

/* The worker: how long in one go, and how long to let a full socket drain. */
#define REDELIVERY_SLICE	msecs_to_jiffies(10)
#define REDELIVERY_PAUSE	(HZ / 10)

static DEFINE_MUTEX(notifier_mutex);

/* What the listener could not be told is due again; what it got is not. */
static void note_delivery(struct nf_conn *ct, struct nf_conntrack_ecache *e,
			  unsigned int events, unsigned int missed, bool failed)
{
	spin_lock_bh(&ct->lock);
	if (failed)
		e->missed |= events;
	else
		e->missed &= ~missed;
	spin_unlock_bh(&ct->lock);
}

static int deliver(struct nf_conntrack_ecache *e, unsigned int events,
		   unsigned int missed, const struct nf_ct_event *item)
{
	const struct nf_ct_event_notifier *notifier;
	struct net *net = nf_ct_net(item->ct);
	int err = 0;

	if (!((events | missed) & e->ctmask))
		return 0;

	rcu_read_lock();
	notifier = rcu_dereference(net->ct.nf_conntrack_event_cb);
	if (notifier) {
		err = notifier->ct_event(events | missed, item);
		if (err < 0 || missed)
			note_delivery(item->ct, e, events, missed, err < 0);
	}
	rcu_read_unlock();

	return min(err, 0);
}

/**
 * nf_conntrack_eventmask_report - tell the listener about an entry, now
 * @events: BIT(IPCT_*) of what happened
 * @ct: entry
 * @portid: netlink port of the process that made it happen, 0 for none
 * @report: whether that process asked to be told (NLM_F_ECHO)
 *
 * Events missed before go along.  If a destroy event cannot be delivered, the
 * entry remembers who destroyed it, for nf_ct_event_defer_destroy().
 *
 * Context: Any; nf_conn.lock not held.
 * Return: 0 if nobody waits for the event any longer, else a negative errno.
 */
int nf_conntrack_eventmask_report(unsigned int events, struct nf_conn *ct,
				  u32 portid, int report)
{
	struct nf_conntrack_ecache *e = nf_ct_ecache_find(ct);
	struct nf_ct_event item = {
		.ct	= ct,
		.portid	= portid,
		.report	= report,
	};
	unsigned int missed;
	int err;

	if (!e)
		return 0;

	missed = READ_ONCE(e->missed);
	if (e->portid) {
		/* Sent again: a destroyed entry has no other news. */
		item.portid = e->portid;
		missed = 0;
	}

	err = deliver(e, events, missed, &item);
	if (err < 0 && (events & BIT(IPCT_DESTROY)) && !e->portid)
		e->portid = portid;

	return err;
}

/**
 * nf_ct_deliver_cached_events - tell the listener what a packet has changed
 * @ct: entry
 *
 * Sends the events that nf_conntrack_event_cache() has gathered and those
 * missed before.  Unconfirmed entries are not news yet, dying ones are old.
 *
 * Context: Any; nf_conn.lock not held.
 */
void nf_ct_deliver_cached_events(struct nf_conn *ct)
{
	struct nf_ct_event item = { .ct = ct };
	struct nf_conntrack_ecache *e;
	unsigned long events;

	if (!nf_ct_is_confirmed(ct) || nf_ct_is_dying(ct))
		return;

	e = nf_ct_ecache_find(ct);
	if (!e)
		return;

	events = xchg(&e->cache, 0);
	/* A race here sends a missed event twice, which does no harm. */
	deliver(e, events, READ_ONCE(e->missed), &item);
}

/**
 * nf_ct_expect_event_report - tell the listener about an expectation
 * @event: what happened
 * @exp: expectation
 * @portid: netlink port of the process that made it happen, 0 for none
 * @report: whether that process asked to be told
 *
 * Context: Any; nf_conntrack_expect_lock may be held.
 */
void nf_ct_expect_event_report(enum ip_conntrack_expect_events event,
			       struct nf_conntrack_expect *exp,
			       u32 portid, int report)
{
	const struct nf_ct_event_notifier *notifier;
	struct net *net = nf_ct_exp_net(exp);
	struct nf_exp_event item = {
		.exp	= exp,
		.portid	= portid,
		.report	= report,
	};
	struct nf_conntrack_ecache *e;

	rcu_read_lock();
	notifier = rcu_dereference(net->ct.nf_conntrack_event_cb);
	e = notifier ? nf_ct_ecache_find(exp->master) : NULL;
	if (e && (e->expmask & BIT(event)))
		notifier->exp_event(BIT(event), &item);
	rcu_read_unlock();
}

/**
 * nf_conntrack_register_notifier - become a namespace's listener
 * @net: namespace
 * @nb: callbacks; they run under rcu_read_lock() with BHs on or off, must not
 *	sleep, and return a negative errno for an event to be sent again
 *
 * There can be one at a time.
 *
 * Context: Process, may sleep.
 */
void nf_conntrack_register_notifier(struct net *net,
				    const struct nf_ct_event_notifier *nb)
{
	mutex_lock(&notifier_mutex);
	WARN_ON_ONCE(rcu_access_pointer(net->ct.nf_conntrack_event_cb));
	rcu_assign_pointer(net->ct.nf_conntrack_event_cb, nb);
	mutex_unlock(&notifier_mutex);
}

/**
 * nf_conntrack_unregister_notifier - stop being a namespace's listener
 * @net: namespace
 *
 * The caller waits for an RCU grace period before its callbacks go away.
 *
 * Context: Process, may sleep.
 */
void nf_conntrack_unregister_notifier(struct net *net)
{
	mutex_lock(&notifier_mutex);
	RCU_INIT_POINTER(net->ct.nf_conntrack_event_cb, NULL);
	mutex_unlock(&notifier_mutex);
}

/* Does the sysctl, or the rule that chose masks, ask for events? */
static bool wants_events(const struct net *net, bool chosen)
{
	switch (READ_ONCE(net->ct.sysctl_events)) {
	case 0:
		return chosen;
	case 1:
		return true;
	default:
		return READ_ONCE(nf_ctnetlink_has_listener);
	}
}

/**
 * nf_ct_ecache_ext_add - let an unconfirmed entry report events
 * @ct: entry or template
 * @ctmask: BIT(IPCT_*) of the events to report
 * @expmask: BIT(IPEXP_*) of those about its expectations
 * @gfp: how to allocate
 *
 * With both masks 0, nf_conntrack_events alone decides, and every event is
 * reported: 0 never, 1 always, 2 while some program listens.
 *
 * Context: As @gfp allows.
 * Return: false if it should report but there is no memory for that.
 */
__path_inline bool nf_ct_ecache_ext_add(struct nf_conn *ct, u16 ctmask,
					u16 expmask, gfp_t gfp)
{
	bool chosen = ctmask || expmask;
	struct nf_conntrack_ecache *e;

	if (!wants_events(nf_ct_net(ct), chosen))
		return true;

	e = nf_ct_ext_add(ct, NF_CT_EXT_ECACHE, gfp);
	if (!e)
		return false;

	e->ctmask = chosen ? ctmask : U16_MAX;
	e->expmask = chosen ? expmask : U16_MAX;

	return true;
}

/**
 * nf_conn_pernet_ecache - what a namespace keeps for events
 * @net: namespace
 *
 * Context: Any.
 * Return: its dying list, the lock of that, and the worker.
 */
struct nf_conntrack_net_ecache *nf_conn_pernet_ecache(const struct net *net)
{
	return &nf_ct_pernet(net)->ecache;
}

/* The node that an entry has on the dying list is that of its original way. */
static struct hlist_nulls_node *dying_node(struct nf_conn *ct)
{
	return &ct->tuplehash[IP_CT_DIR_ORIGINAL].hnnode;
}

/* The entry stays there: only redeliver(), its caller, takes entries off. */
static struct nf_conn *dying_first(struct nf_conntrack_net_ecache *ecache)
{
	struct nf_conntrack_tuple_hash *h;
	struct nf_conn *ct = NULL;

	spin_lock_bh(&ecache->dying_lock);
	if (!hlist_nulls_empty(&ecache->dying_list)) {
		h = hlist_nulls_entry(ecache->dying_list.first,
				      struct nf_conntrack_tuple_hash, hnnode);
		ct = nf_ct_tuplehash_to_ctrack(h);
	}
	spin_unlock_bh(&ecache->dying_lock);

	return ct;
}

/* Takes an entry off the list and drops the list's reference. */
static void dying_release(struct nf_conntrack_net_ecache *ecache,
			  struct nf_conn *ct)
{
	spin_lock_bh(&ecache->dying_lock);
	hlist_nulls_del_rcu(dying_node(ct));
	spin_unlock_bh(&ecache->dying_lock);

	nf_ct_put(ct);
}

/*
 * Sends destroy events again.  Being the only one to take entries off the
 * list, it may look at the first one without the lock.
 */
static void redeliver(struct work_struct *work)
{
	struct nf_conntrack_net_ecache *ecache =
		container_of(work, struct nf_conntrack_net_ecache, dwork.work);
	unsigned long stop = jiffies + REDELIVERY_SLICE;
	unsigned long pause = 0;
	struct nf_conn *ct;

	do {
		ct = dying_first(ecache);
		if (!ct)
			return;

		if (nf_conntrack_event(IPCT_DESTROY, ct) < 0) {
			pause = REDELIVERY_PAUSE;
			break;
		}

		dying_release(ecache, ct);
		cond_resched();
	} while (time_before(jiffies, stop));

	schedule_delayed_work(&ecache->dwork, pause);
}

/**
 * nf_conntrack_ecache_work - wake the worker that sends destroy events again
 * @net: namespace
 * @state: NFCT_ECACHE_DESTROY_FAIL after an event was refused, so there is
 *	   something to send, but not at once; NFCT_ECACHE_DESTROY_SENT after
 *	   one was taken, so this is a good time
 *
 * Context: Any, BHs on or off; not in hard interrupts.
 */
void nf_conntrack_ecache_work(struct net *net, enum nf_ct_ecache_state state)
{
	struct nf_conntrack_net_ecache *ecache = nf_conn_pernet_ecache(net);
	bool pending;

	spin_lock_bh(&ecache->dying_lock);
	pending = !hlist_nulls_empty(&ecache->dying_list);
	WRITE_ONCE(net->ct.ecache_dwork_pending, pending);
	spin_unlock_bh(&ecache->dying_lock);

	if (!pending)
		return;

	if (state == NFCT_ECACHE_DESTROY_SENT)
		mod_delayed_work(system_wq, &ecache->dwork, 0);
	else
		schedule_delayed_work(&ecache->dwork, REDELIVERY_PAUSE);
}

/**
 * nf_ct_event_defer_destroy - keep a dead entry until its end is reported
 * @ct: entry, dying and no longer in the table; its destroy event was refused
 *
 * Takes over the reference that the table had.
 *
 * Context: Any, BHs on or off; not in hard interrupts.
 */
void nf_ct_event_defer_destroy(struct nf_conn *ct)
{
	struct net *net = nf_ct_net(ct);
	struct nf_conntrack_net_ecache *ecache = nf_conn_pernet_ecache(net);

	spin_lock_bh(&ecache->dying_lock);
	hlist_nulls_add_head_rcu(dying_node(ct), &ecache->dying_list);
	spin_unlock_bh(&ecache->dying_lock);

	nf_conntrack_ecache_work(net, NFCT_ECACHE_DESTROY_FAIL);
}

/**
 * nf_conntrack_ecache_pernet_init - set up events for a new namespace
 * @net: namespace
 *
 * Context: Process.
 */
void nf_conntrack_ecache_pernet_init(struct net *net)
{
	struct nf_conntrack_net_ecache *ecache = nf_conn_pernet_ecache(net);

	/* The masks and the set of missed events have a bit for each event. */
	BUILD_BUG_ON(__IPCT_MAX > 16);

	net->ct.sysctl_events = EVENTS_DEFAULT;

	INIT_DELAYED_WORK(&ecache->dwork, redeliver);
	INIT_HLIST_NULLS_HEAD(&ecache->dying_list, DYING_NULLS);
	spin_lock_init(&ecache->dying_lock);
}

/**
 * nf_conntrack_ecache_pernet_fini - stop events of a namespace that ends
 * @net: namespace; its listener is gone, and so no event is refused any more
 *
 * Drops the entries still on the dying list.  May be called more than once.
 *
 * Context: Process, may sleep.
 */
void nf_conntrack_ecache_pernet_fini(struct net *net)
{
	struct nf_conntrack_net_ecache *ecache = nf_conn_pernet_ecache(net);
	struct nf_conn *ct;

	cancel_delayed_work_sync(&ecache->dwork);

	while ((ct = dying_first(ecache)))
		dying_release(ecache, ct);
}
