// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timeout policies: a rule's template gets the one of that name, if it is for the
 * rule's packets, and whoever holds one is counted.  Runs against the loaded
 * nf_conntrack, by its exported symbols, with a keeper of policies of its own.
 */
#include <kunit/test.h>
#include <linux/netfilter.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_timeout.h>
#include <net/netfilter/nf_conntrack_zones.h>

#define NAME	"kunit"

/* The one policy that the keeper has, and how often it is lent. */
static struct nf_ct_timeout *kept;
static int lent;

static struct nf_ct_timeout *find_get(struct net *net, const char *name)
{
	if (strcmp(name, NAME))
		return NULL;
	lent++;
	return kept;
}

static void put(struct nf_ct_timeout *policy)
{
	lent--;
}

static const struct nf_ct_timeout_hooks hooks = {
	.timeout_find_get	= find_get,
	.timeout_put		= put,
};

static int timeout_init(struct kunit *test)
{
	struct nf_conn *tmpl;

	kept = kzalloc(sizeof(*kept) + 64 * sizeof(unsigned int), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, kept);
	refcount_set(&kept->refcnt, 1);
	kept->l3num = NFPROTO_IPV4;
	kept->l4proto = nf_ct_l4proto_find(IPPROTO_UDP);
	lent = 0;
	tmpl = nf_ct_tmpl_alloc(&init_net, &nf_ct_zone_dflt, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, tmpl);
	test->priv = tmpl;
	rcu_assign_pointer(nf_ct_timeout_hook, &hooks);
	return 0;
}

static void timeout_exit(struct kunit *test)
{
	RCU_INIT_POINTER(nf_ct_timeout_hook, NULL);
	synchronize_rcu();
	if (test->priv)
		nf_ct_put((struct nf_conn *)test->priv);
	kfree(kept);
	kept = NULL;
}

static int set(struct kunit *test, u8 l3num, u8 l4num, const char *name)
{
	return nf_ct_set_timeout(&init_net, test->priv, l3num, l4num, name);
}

static struct nf_ct_timeout *policy_of(struct nf_conn *ct)
{
	struct nf_conn_timeout *ext = nf_ct_timeout_find(ct);

	return ext ? rcu_access_pointer(ext->timeout) : NULL;
}

static void a_template_gets_the_policy_of_the_name(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, set(test, NFPROTO_IPV4, IPPROTO_UDP, NAME), 0);
	KUNIT_EXPECT_PTR_EQ(test, policy_of(test->priv), kept);
	KUNIT_EXPECT_EQ(test, lent, 1);

	KUNIT_EXPECT_EQ(test, refcount_read(&kept->refcnt), 2);

	nf_ct_destroy_timeout(test->priv);
	KUNIT_EXPECT_PTR_EQ(test, policy_of(test->priv), NULL);
	KUNIT_EXPECT_EQ(test, refcount_read(&kept->refcnt), 1);
	KUNIT_EXPECT_EQ(test, lent, 0);
	nf_ct_destroy_timeout(test->priv);
	KUNIT_EXPECT_EQ(test, lent, 0);
}

static void of_no_such_name_there_is_none(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, set(test, NFPROTO_IPV4, IPPROTO_UDP, "none"),
			-ENOENT);
	KUNIT_EXPECT_PTR_EQ(test, policy_of(test->priv), NULL);
	nf_ct_destroy_timeout(test->priv);
	KUNIT_EXPECT_EQ(test, lent, 0);
}

static void without_a_keeper_there_is_none(struct kunit *test)
{
	RCU_INIT_POINTER(nf_ct_timeout_hook, NULL);
	KUNIT_EXPECT_EQ(test, set(test, NFPROTO_IPV4, IPPROTO_UDP, NAME),
			-ENOENT);
	nf_ct_destroy_timeout(test->priv);
	KUNIT_EXPECT_EQ(test, lent, 0);
}

static void a_policy_is_for_its_own_packets(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, set(test, NFPROTO_IPV6, IPPROTO_UDP, NAME),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, set(test, NFPROTO_IPV4, IPPROTO_TCP, NAME),
			-EINVAL);
	KUNIT_EXPECT_PTR_EQ(test, policy_of(test->priv), NULL);
	KUNIT_EXPECT_EQ(test, lent, 0);

	/* What has no tracker of its own is the generic one's. */
	kept->l4proto = nf_ct_l4proto_find(IPPROTO_ESP);
	KUNIT_EXPECT_EQ(test, set(test, NFPROTO_IPV4, IPPROTO_AH, NAME), 0);
	nf_ct_destroy_timeout(test->priv);
	KUNIT_EXPECT_EQ(test, lent, 0);
}

static void one_is_enough_for_a_template(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, set(test, NFPROTO_IPV4, IPPROTO_UDP, NAME), 0);
	KUNIT_EXPECT_EQ(test, set(test, NFPROTO_IPV4, IPPROTO_UDP, NAME), -ENOMEM);
	KUNIT_EXPECT_EQ(test, lent, 1);
	KUNIT_EXPECT_PTR_EQ(test, policy_of(test->priv), kept);
	nf_ct_destroy_timeout(test->priv);
	KUNIT_EXPECT_EQ(test, lent, 0);
}

static struct nf_conn *entry_with(struct kunit *test, u16 port,
				  struct nf_ct_timeout *policy)
{
	struct nf_conntrack_tuple out, back;
	struct nf_conn *ct;

	memset(&out, 0, sizeof(out));
	out.src.l3num = NFPROTO_IPV4;
	out.src.u3.ip = htonl(0xc0000201);	/* 192.0.2.1 */
	out.src.u.udp.port = htons(port);
	out.dst.u3.ip = htonl(0xc6336401);	/* 198.51.100.1 */
	out.dst.u.udp.port = htons(53);
	out.dst.protonum = IPPROTO_UDP;
	KUNIT_ASSERT_TRUE(test, nf_ct_invert_tuple(&back, &out));
	ct = nf_conntrack_alloc(&init_net, &nf_ct_zone_dflt, &out, &back,
				GFP_KERNEL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ct));
	if (policy)
		KUNIT_EXPECT_NOT_NULL(test, nf_ct_timeout_ext_add(ct, policy,
								  GFP_KERNEL));
	ct->timeout = nfct_time_stamp + 100 * HZ;
	ct->status |= IPS_CONFIRMED;
	KUNIT_ASSERT_EQ(test, nf_conntrack_hash_check_insert(ct), 0);
	return ct;
}

/* A policy that goes is taken from the entries that have it. */
static void a_policy_is_taken_from_entries(struct kunit *test)
{
	struct nf_ct_timeout *other = kzalloc(sizeof(*other), GFP_KERNEL);
	struct nf_conn *with, *without, *others;

	KUNIT_ASSERT_NOT_NULL(test, other);
	refcount_set(&other->refcnt, 1);
	with = entry_with(test, 1, kept);
	others = entry_with(test, 2, other);
	without = entry_with(test, 3, NULL);
	KUNIT_EXPECT_EQ(test, refcount_read(&kept->refcnt), 2);

	nf_ct_untimeout(&init_net, kept);
	KUNIT_EXPECT_EQ(test, refcount_read(&kept->refcnt), 1);
	KUNIT_EXPECT_PTR_EQ(test, policy_of(with), NULL);
	KUNIT_EXPECT_PTR_EQ(test, policy_of(others), other);
	nf_ct_untimeout(&init_net, NULL);
	KUNIT_EXPECT_PTR_EQ(test, policy_of(others), NULL);
	KUNIT_EXPECT_EQ(test, refcount_read(&other->refcnt), 1);

	KUNIT_EXPECT_TRUE(test, nf_ct_delete(with, 0, 0));
	KUNIT_EXPECT_TRUE(test, nf_ct_delete(others, 0, 0));
	KUNIT_EXPECT_TRUE(test, nf_ct_delete(without, 0, 0));
	nf_ct_put(with);
	nf_ct_put(others);
	nf_ct_put(without);
	kfree(other);
}

static void an_entry_that_dies_gives_it_back(struct kunit *test)
{
	struct nf_conn *ct = entry_with(test, 1, kept);

	KUNIT_EXPECT_EQ(test, refcount_read(&kept->refcnt), 2);
	KUNIT_EXPECT_TRUE(test, nf_ct_delete(ct, 0, 0));
	KUNIT_EXPECT_EQ(test, refcount_read(&kept->refcnt), 2);
	nf_ct_put(ct);
	KUNIT_EXPECT_EQ(test, refcount_read(&kept->refcnt), 1);
}

static struct kunit_case timeout_cases[] = {
	KUNIT_CASE(a_template_gets_the_policy_of_the_name),
	KUNIT_CASE(of_no_such_name_there_is_none),
	KUNIT_CASE(without_a_keeper_there_is_none),
	KUNIT_CASE(a_policy_is_for_its_own_packets),
	KUNIT_CASE(one_is_enough_for_a_template),
	KUNIT_CASE(a_policy_is_taken_from_entries),
	KUNIT_CASE(an_entry_that_dies_gives_it_back),
	{}
};

static struct kunit_suite timeout_suite = {
	.name		= "nf_ct_timeout",
	.init		= timeout_init,
	.exit		= timeout_exit,
	.test_cases	= timeout_cases,
};

kunit_test_suite(timeout_suite);
