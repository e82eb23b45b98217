// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extensions of an entry: each has its own place, starts as zeroes and stays
 * where it must.  Runs against the loaded nf_conntrack, by its exported
 * symbols.
 */
#include <kunit/test.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <nf_ct/ext.h>

#define EXT_SIZE(_id, type)						\
	[_id] = sizeof(type),

static const unsigned int sizes[] = { NF_CT_EXT_LIST(EXT_SIZE) };

static int ext_init(struct kunit *test)
{
	struct nf_conntrack_tuple tuple;
	struct nf_conn *ct;

	memset(&tuple, 0, sizeof(tuple));
	tuple.src.l3num = NFPROTO_IPV4;
	tuple.dst.protonum = IPPROTO_UDP;

	ct = nf_conntrack_alloc(&init_net, &nf_ct_zone_dflt, &tuple, &tuple,
				GFP_KERNEL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ct));
	test->priv = ct;
	return 0;
}

static void ext_exit(struct kunit *test)
{
	if (test->priv)
		nf_conntrack_free(test->priv);
}

static void a_new_entry_has_none(struct kunit *test)
{
	unsigned int id;

	for (id = 0; id < NF_CT_EXT_NUM; id++)
		KUNIT_EXPECT_NULL(test, nf_ct_ext_find(test->priv, id));
}

/* Fill each with a byte of its own: none may show in another. */
static void all_fit_together(struct kunit *test)
{
	unsigned int id;
	u8 *ext;

	for (id = 0; id < NF_CT_EXT_NUM; id++) {
		ext = nf_ct_ext_add(test->priv, id, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, ext);
		KUNIT_EXPECT_NULL(test, memchr_inv(ext, 0, sizes[id]));
		KUNIT_EXPECT_EQ(test, 0ul, (unsigned long)ext % 8);
		memset(ext, id + 1, sizes[id]);
	}

	for (id = 0; id < NF_CT_EXT_NUM; id++) {
		ext = nf_ct_ext_find(test->priv, id);
		KUNIT_ASSERT_NOT_NULL(test, ext);
		KUNIT_EXPECT_NULL(test, memchr_inv(ext, id + 1, sizes[id]));
		memset(ext, 0, sizes[id]);
	}
}

/* A helper has room for all from the start; without one the area grows. */
static void grows_without_a_helper(struct kunit *test)
{
	struct nf_conn *ct = test->priv;
	unsigned int id;

	for (id = NF_CT_EXT_HELPER + 1; id < NF_CT_EXT_NUM; id++) {
		KUNIT_ASSERT_NOT_NULL(test, nf_ct_ext_add(ct, id, GFP_KERNEL));
		KUNIT_EXPECT_GE(test, ksize(ct->ext), (size_t)ct->ext->len);
	}
}

static void each_is_added_once(struct kunit *test)
{
	void *ext = nf_ct_ext_add(test->priv, NF_CT_EXT_SEQADJ, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ext);
	KUNIT_EXPECT_NULL(test, nf_ct_ext_add(test->priv, NF_CT_EXT_SEQADJ,
					      GFP_KERNEL));
	KUNIT_EXPECT_PTR_EQ(test, ext,
			    nf_ct_ext_find(test->priv, NF_CT_EXT_SEQADJ));
}

/* CVE-2026-98490: an expectation pointed into an area that had moved. */
static void a_helper_never_moves(struct kunit *test)
{
	struct hlist_node node;
	struct nf_conn_help *help;
	unsigned int id;

	nf_ct_ext_add(test->priv, NF_CT_EXT_SEQADJ, GFP_KERNEL);
	help = nf_ct_ext_add(test->priv, NF_CT_EXT_HELPER, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, help);
	hlist_add_head(&node, &help->expectations);

	for (id = 0; id < NF_CT_EXT_NUM; id++)
		nf_ct_ext_add(test->priv, id, GFP_KERNEL);

	KUNIT_EXPECT_PTR_EQ(test, help, nfct_help(test->priv));
	KUNIT_EXPECT_PTR_EQ(test, node.pprev, &help->expectations.first);
	hlist_del(&node);
	KUNIT_EXPECT_TRUE(test, hlist_empty(&help->expectations));
}

static int nobody(struct nf_conn *ct, void *data)
{
	return 0;
}

/* A module went: what an entry that is in no table points to may be gone. */
static void of_an_old_generation_none_is_found(struct kunit *test)
{
	struct nf_conn *ct = test->priv;
	struct nf_conn *tmpl = nf_ct_tmpl_alloc(&init_net, &nf_ct_zone_dflt,
						GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tmpl);
	KUNIT_ASSERT_NOT_NULL(test, nf_ct_ext_add(ct, NF_CT_EXT_HELPER,
						  GFP_KERNEL));
	KUNIT_ASSERT_NOT_NULL(test, nf_ct_ext_add(tmpl, NF_CT_EXT_HELPER,
						  GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, __nf_ct_ext_find(ct->ext, NF_CT_EXT_SEQADJ));
	KUNIT_EXPECT_NOT_NULL(test, nf_ct_ext_find(ct, NF_CT_EXT_HELPER));

	nf_ct_iterate_destroy(nobody, NULL);
	KUNIT_EXPECT_NULL(test, nf_ct_ext_find(ct, NF_CT_EXT_HELPER));
	KUNIT_EXPECT_NOT_NULL(test, nf_ct_ext_find(tmpl, NF_CT_EXT_HELPER));
	nf_ct_put(tmpl);
}

static struct kunit_case ext_cases[] = {
	KUNIT_CASE(a_new_entry_has_none),
	KUNIT_CASE(all_fit_together),
	KUNIT_CASE(grows_without_a_helper),
	KUNIT_CASE(each_is_added_once),
	KUNIT_CASE(a_helper_never_moves),
	KUNIT_CASE(of_an_old_generation_none_is_found),
	{}
};

static struct kunit_suite ext_suite = {
	.name		= "nf_ct_ext",
	.init		= ext_init,
	.exit		= ext_exit,
	.test_cases	= ext_cases,
};

kunit_test_suites(&ext_suite);
