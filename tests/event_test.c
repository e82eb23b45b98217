// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events: the listener is told what it asked for, once; what it cannot take is
 * told later, and an entry lives on until its end is told.  Runs against the
 * loaded nf_conntrack, by its exported symbols, with a listener of its own,
 * which takes events or not.  Addresses are those for documentation (RFC 5737).
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <nf_ct/compat.h>

#define CLIENT		0xc0000201	/* 192.0.2.1 */
#define SERVER		0xc6336401	/* 198.51.100.1 */
#define LIFETIME	(100 * HZ)
#define PORTID		4711

/* What the listener was told last, and how often; and what it answers. */
static struct {
	const struct nf_conn	*ct;
	unsigned int		events;
	u32			portid;
	int			report;
	unsigned int		times;
	unsigned int		expect_events;
	unsigned int		expect_times;
	int			answer;
} told;

static int on_event(unsigned int events, const struct nf_ct_event *item)
{
	told.ct = item->ct;
	told.events = events;
	told.portid = item->portid;
	told.report = item->report;
	told.times++;
	return told.answer;
}

static int on_expect(unsigned int events, const struct nf_exp_event *item)
{
	told.expect_events = events;
	told.expect_times++;
	return 0;
}

static const struct nf_ct_event_notifier listener = {
	.ct_event	= on_event,
	.exp_event	= on_expect,
};

static struct nf_conn *new_entry(struct kunit *test, u16 sport, u16 ctmask,
				 u16 expmask)
{
	struct nf_conntrack_tuple out, back;
	struct nf_conn *ct;

	memset(&out, 0, sizeof(out));
	out.src.l3num = NFPROTO_IPV4;
	out.src.u3.ip = htonl(CLIENT);
	out.src.u.udp.port = htons(sport);
	out.dst.u3.ip = htonl(SERVER);
	out.dst.u.udp.port = htons(53);
	out.dst.protonum = IPPROTO_UDP;
	KUNIT_ASSERT_TRUE(test, nf_ct_invert_tuple(&back, &out));
	ct = nf_conntrack_alloc(&init_net, &nf_ct_zone_dflt, &out, &back,
				GFP_KERNEL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ct));
	KUNIT_EXPECT_TRUE(test, nf_ct_ecache_ext_add(ct, ctmask, expmask,
						     GFP_KERNEL));
	ct->timeout = nfct_time_stamp + LIFETIME;
	return ct;
}

/* In the table, with a reference for the test. */
static struct nf_conn *insert(struct kunit *test, u16 sport, u16 ctmask,
			      u16 expmask)
{
	struct nf_conn *ct = new_entry(test, sport, ctmask, expmask);

	ct->status |= IPS_CONFIRMED;
	KUNIT_ASSERT_EQ(test, nf_conntrack_hash_check_insert(ct), 0);
	return ct;
}

static void happens(struct nf_conn *ct, enum ip_conntrack_events event)
{
	nf_conntrack_event_cache(event, ct);
	nf_ct_deliver_cached_events(ct);
}

static bool is_in_table(struct nf_conn *ct)
{
	struct nf_conntrack_tuple_hash *h;

	h = nf_conntrack_find_get(&init_net, &nf_ct_zone_dflt,
				  nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL));
	if (!h)
		return false;
	nf_ct_put(nf_ct_tuplehash_to_ctrack(h));
	return true;
}

/* Waits a second at most for the worker to send what was refused. */
static bool told_within_a_second(unsigned int times)
{
	unsigned int i;

	for (i = 0; i < 100 && READ_ONCE(told.times) < times; i++)
		msleep(20);
	return READ_ONCE(told.times) >= times;
}

static bool alone_within_a_second(const struct nf_conn *ct)
{
	unsigned int i;

	for (i = 0; i < 100 && refcount_read(&ct->ct_general.use) > 1; i++)
		msleep(20);
	return refcount_read(&ct->ct_general.use) == 1;
}

static int event_init(struct kunit *test)
{
	/* Another listener, ctnetlink, and nothing here could be tested. */
	if (rcu_access_pointer(init_net.ct.nf_conntrack_event_cb))
		return -EBUSY;
	memset(&told, 0, sizeof(told));
	test->priv = (void *)(1UL + nf_conntrack_count(&init_net));
	/* Only who names events gets them. */
	init_net.ct.sysctl_events = 0;
	nf_conntrack_register_notifier(&init_net, &listener);
	return 0;
}

static int of_the_test(struct nf_conn *ct, void *data)
{
	return nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL)->src.u3.ip == htonl(CLIENT);
}

static void event_exit(struct kunit *test)
{
	struct nf_ct_iter_data all = { .net = &init_net };
	unsigned long before = (unsigned long)test->priv - 1;

	if (!test->priv)
		return;
	told.answer = 0;
	nf_conntrack_unregister_notifier(&init_net);
	synchronize_rcu();
	nf_ct_iterate_cleanup_net(of_the_test, &all);
	init_net.ct.sysctl_events = 2;
	KUNIT_EXPECT_EQ(test, before,
			(unsigned long)nf_conntrack_count(&init_net));
}

static void what_happened_is_told_once(struct kunit *test)
{
	struct nf_conn *ct = insert(test, 1, U16_MAX, 0);

	nf_conntrack_event_cache(IPCT_MARK, ct);
	KUNIT_EXPECT_EQ(test, told.times, 0);
	happens(ct, IPCT_REPLY);
	KUNIT_EXPECT_PTR_EQ(test, told.ct, ct);
	KUNIT_EXPECT_EQ(test, told.events,
			(unsigned int)(BIT(IPCT_MARK) | BIT(IPCT_REPLY)));
	KUNIT_EXPECT_EQ(test, told.portid, 0);

	nf_ct_deliver_cached_events(ct);
	KUNIT_EXPECT_EQ(test, told.times, 1);
	nf_ct_put(ct);
}

static void what_nobody_asked_for_is_not_told(struct kunit *test)
{
	struct nf_conn *ct = insert(test, 1, BIT(IPCT_MARK), 0);

	happens(ct, IPCT_REPLY);
	KUNIT_EXPECT_EQ(test, told.times, 0);
	happens(ct, IPCT_MARK);
	KUNIT_EXPECT_EQ(test, told.times, 1);
	nf_ct_put(ct);

	ct = insert(test, 2, 0, 0);
	KUNIT_EXPECT_PTR_EQ(test, nf_ct_ecache_find(ct), NULL);
	happens(ct, IPCT_MARK);
	KUNIT_EXPECT_EQ(test, nf_conntrack_event_report(IPCT_MARK, ct, 1, 1), 0);
	KUNIT_EXPECT_EQ(test, told.times, 1);
	nf_ct_put(ct);
}

/* Not news yet, and old news. */
static void before_and_after_its_life_nothing_is_told(struct kunit *test)
{
	struct nf_conn *ct = new_entry(test, 1, U16_MAX, 0);

	refcount_set(&ct->ct_general.use, 1);
	happens(ct, IPCT_MARK);
	KUNIT_EXPECT_EQ(test, told.times, 0);
	nf_ct_put(ct);

	ct = insert(test, 1, U16_MAX, 0);
	KUNIT_EXPECT_TRUE(test, nf_ct_delete(ct, 0, 0));
	KUNIT_EXPECT_EQ(test, told.events, (unsigned int)BIT(IPCT_DESTROY));
	happens(ct, IPCT_MARK);
	KUNIT_EXPECT_EQ(test, told.times, 1);
	nf_ct_put(ct);
}

static void what_was_refused_comes_with_the_next(struct kunit *test)
{
	struct nf_conn *ct = insert(test, 1, U16_MAX, 0);

	told.answer = -ENOBUFS;
	happens(ct, IPCT_MARK);
	KUNIT_EXPECT_EQ(test, told.times, 1);
	told.answer = 0;
	happens(ct, IPCT_LABEL);
	KUNIT_EXPECT_EQ(test, told.events,
			(unsigned int)(BIT(IPCT_MARK) | BIT(IPCT_LABEL)));
	happens(ct, IPCT_REPLY);
	KUNIT_EXPECT_EQ(test, told.events, (unsigned int)BIT(IPCT_REPLY));

	told.answer = -ENOBUFS;
	KUNIT_EXPECT_EQ(test, nf_conntrack_event_report(IPCT_MARK, ct, 7, 1),
			-ENOBUFS);
	KUNIT_EXPECT_EQ(test, told.portid, 7);
	KUNIT_EXPECT_EQ(test, told.report, 1);
	told.answer = 3;	/* how many took it: no error */
	KUNIT_EXPECT_EQ(test, nf_conntrack_event_report(IPCT_SEQADJ, ct, 7, 1),
			0);
	KUNIT_EXPECT_EQ(test, told.events,
			(unsigned int)(BIT(IPCT_MARK) | BIT(IPCT_SEQADJ)));
	nf_ct_put(ct);
}

static void an_entry_lives_until_its_end_is_told(struct kunit *test)
{
	struct nf_conn *ct = insert(test, 1, U16_MAX, 0);

	told.answer = -ENOBUFS;
	KUNIT_EXPECT_FALSE(test, nf_ct_delete(ct, PORTID, 1));
	KUNIT_EXPECT_FALSE(test, is_in_table(ct));
	KUNIT_EXPECT_EQ(test, refcount_read(&ct->ct_general.use), 2);
	KUNIT_EXPECT_TRUE(test, told_within_a_second(3));
	KUNIT_EXPECT_EQ(test, refcount_read(&ct->ct_general.use), 2);

	WRITE_ONCE(told.answer, 0);
	KUNIT_EXPECT_TRUE(test, alone_within_a_second(ct));
	KUNIT_EXPECT_EQ(test, told.events, (unsigned int)BIT(IPCT_DESTROY));
	KUNIT_EXPECT_EQ(test, told.portid, PORTID);
	nf_ct_put(ct);
}

/* One whose end is taken shows that there is room: the others are tried. */
static void the_next_death_wakes_the_worker(struct kunit *test)
{
	struct nf_conn *first = insert(test, 1, U16_MAX, 0);
	struct nf_conn *second = insert(test, 2, U16_MAX, 0);

	told.answer = -ENOBUFS;
	KUNIT_EXPECT_FALSE(test, nf_ct_delete(first, 0, 0));
	KUNIT_EXPECT_TRUE(test, nf_conntrack_ecache_dwork_pending(&init_net));
	told.answer = 0;
	KUNIT_EXPECT_TRUE(test, nf_ct_delete(second, 0, 0));
	KUNIT_EXPECT_TRUE(test, alone_within_a_second(first));
	KUNIT_EXPECT_EQ(test, told.times, 3);
	KUNIT_EXPECT_PTR_EQ(test, told.ct, first);
	/* Nothing is left to send: one more death finds the list empty. */
	nf_ct_put(second);
	second = insert(test, 2, U16_MAX, 0);
	KUNIT_EXPECT_TRUE(test, nf_ct_delete(second, 0, 0));
	KUNIT_EXPECT_FALSE(test, nf_conntrack_ecache_dwork_pending(&init_net));
	nf_ct_put(first);
	nf_ct_put(second);
}

static void without_a_listener_nothing_waits(struct kunit *test)
{
	struct nf_conn *ct = insert(test, 1, U16_MAX, U16_MAX);

	told.answer = -ENOBUFS;
	nf_conntrack_unregister_notifier(&init_net);
	synchronize_rcu();
	happens(ct, IPCT_MARK);
	KUNIT_EXPECT_TRUE(test, nf_ct_delete(ct, 0, 0));
	KUNIT_EXPECT_EQ(test, told.times, 0);
	nf_conntrack_register_notifier(&init_net, &listener);
	nf_ct_put(ct);
}

/* A first packet passes: NEW, of an expected flow RELATED, and its helper. */
static void a_first_packet_is_told_as_what_it_is(struct kunit *test)
{
	struct nf_conn *master = insert(test, 1, U16_MAX, 0);
	struct nf_conn *ct = new_entry(test, 2, U16_MAX, 0);
	struct sk_buff *skb = alloc_skb(64, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, skb);
	refcount_set(&ct->ct_general.use, 1);
	nf_ct_set(skb, ct, IP_CT_NEW);
	local_bh_disable();
	KUNIT_EXPECT_EQ(test, nf_conntrack_confirm(skb), NF_ACCEPT);
	local_bh_enable();
	KUNIT_EXPECT_EQ(test, told.events, (unsigned int)BIT(IPCT_NEW));

	nf_reset_ct(skb);
	ct = new_entry(test, 3, U16_MAX, 0);
	refcount_set(&ct->ct_general.use, 1);
	ct->master = master;	/* with the reference that we had */
	nf_ct_set(skb, ct, IP_CT_RELATED);
	local_bh_disable();
	KUNIT_EXPECT_EQ(test, nf_conntrack_confirm(skb), NF_ACCEPT);
	local_bh_enable();
	KUNIT_EXPECT_EQ(test, told.events, (unsigned int)BIT(IPCT_RELATED));
	kfree_skb(skb);
}

static int expect_from(struct nf_conn *master, u16 port)
{
	union nf_inet_addr server = { .ip = htonl(SERVER) };
	union nf_inet_addr client = { .ip = htonl(CLIENT) };
	struct nf_conntrack_expect *exp = nf_ct_expect_alloc(master);
	__be16 dport = htons(port);
	int err;

	if (!exp)
		return -ENOMEM;
	rcu_read_lock();
	nf_ct_expect_init(exp, 0, AF_INET, &server, &client, IPPROTO_UDP, NULL,
			  &dport);
	rcu_read_unlock();
	nf_ct_exp_set_life(exp, LIFETIME);
	err = nf_ct_expect_related(exp, 0);
	nf_ct_expect_put(exp);
	return err;
}

/* A master that may expect, and an expectation of it. */
static struct nf_conn *expecting(struct kunit *test, u16 sport, u16 expmask)
{
	struct nf_conn *ct = new_entry(test, sport, BIT(IPCT_DESTROY), expmask);

	rcu_read_lock();
	KUNIT_EXPECT_NOT_NULL(test, nf_ct_helper_ext_add(ct, GFP_ATOMIC));
	rcu_read_unlock();
	ct->status |= IPS_CONFIRMED;
	KUNIT_ASSERT_EQ(test, nf_conntrack_hash_check_insert(ct), 0);
	KUNIT_EXPECT_EQ(test, expect_from(ct, sport), 0);
	return ct;
}

static void expectations_are_told_to_who_asked(struct kunit *test)
{
	struct nf_conn *ct = expecting(test, 1, BIT(IPEXP_NEW));

	KUNIT_EXPECT_EQ(test, told.expect_times, 1);
	KUNIT_EXPECT_EQ(test, told.expect_events, (unsigned int)BIT(IPEXP_NEW));
	nf_ct_delete(ct, 0, 0);
	KUNIT_EXPECT_EQ(test, told.expect_times, 1);
	nf_ct_put(ct);

	ct = expecting(test, 2, BIT(IPEXP_DESTROY));
	KUNIT_EXPECT_EQ(test, told.expect_times, 1);
	nf_ct_delete(ct, 0, 0);
	KUNIT_EXPECT_EQ(test, told.expect_times, 2);
	KUNIT_EXPECT_EQ(test, told.expect_events,
			(unsigned int)BIT(IPEXP_DESTROY));
	nf_ct_put(ct);
}

/* nf_conntrack_events: never, always, or while somebody listens. */
static void the_sysctl_decides_where_no_rule_does(struct kunit *test)
{
	static const struct {
		u8 events, listening;
		bool asks;
	} cases[] = {
		{ 0, 0, false }, { 0, 1, false },
		{ 1, 0, true },	 { 1, 1, true },
		{ 2, 0, false }, { 2, 1, true },
	};
	u8 was = nf_ctnetlink_has_listener;
	struct nf_conn *ct;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct nf_conntrack_ecache *e;

		init_net.ct.sysctl_events = cases[i].events;
		nf_ctnetlink_has_listener = cases[i].listening;
		ct = new_entry(test, 1, 0, 0);
		e = nf_ct_ecache_find(ct);
		KUNIT_EXPECT_EQ_MSG(test, !!e, cases[i].asks, "case %u", i);
		if (e)
			KUNIT_EXPECT_EQ(test, e->ctmask & e->expmask, U16_MAX);
		nf_conntrack_free(ct);

		ct = new_entry(test, 1, BIT(IPCT_MARK), 0);
		e = nf_ct_ecache_find(ct);
		if (cases[i].events != 2 || cases[i].listening) {
			KUNIT_ASSERT_NOT_NULL(test, e);
			KUNIT_EXPECT_EQ(test, e->ctmask, (u16)BIT(IPCT_MARK));
			KUNIT_EXPECT_EQ(test, e->expmask, 0);
		}
		nf_conntrack_free(ct);
	}
	nf_ctnetlink_has_listener = was;
}

static struct kunit_case event_cases[] = {
	KUNIT_CASE(what_happened_is_told_once),
	KUNIT_CASE(what_nobody_asked_for_is_not_told),
	KUNIT_CASE(before_and_after_its_life_nothing_is_told),
	KUNIT_CASE(what_was_refused_comes_with_the_next),
	KUNIT_CASE(an_entry_lives_until_its_end_is_told),
	KUNIT_CASE(the_next_death_wakes_the_worker),
	KUNIT_CASE(without_a_listener_nothing_waits),
	KUNIT_CASE(a_first_packet_is_told_as_what_it_is),
	KUNIT_CASE(expectations_are_told_to_who_asked),
	KUNIT_CASE(the_sysctl_decides_where_no_rule_does),
	{}
};

static struct kunit_suite event_suite = {
	.name		= "nf_ct_event",
	.init		= event_init,
	.exit		= event_exit,
	.test_cases	= event_cases,
};

kunit_test_suite(event_suite);
