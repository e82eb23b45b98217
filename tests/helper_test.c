// SPDX-License-Identifier: GPL-2.0-only
/*
 * Helpers: who may register, who is found and lent out, who is assigned to a new
 * entry, and that one that goes is gone everywhere.  Runs against the loaded
 * nf_conntrack, by its exported symbols, in the initial namespace.
 */
#include <kunit/test.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_proto_gre.h>
#include <linux/string.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_zones.h>

#define CLIENT		htonl(0xc0000201)	/* 192.0.2.1 */
#define SERVER		htonl(0xc6336401)	/* 198.51.100.1 */
#define PORT		60017
#define OTHER_PORT	60018

static const struct nf_conntrack_expect_policy policy = {
	.max_expected = 1, .timeout = 100, .name = "kunit",
};

static int no_help(struct sk_buff *skb, unsigned int protoff,
		   struct nf_conn *ct, enum ip_conntrack_info ctinfo)
{
	return NF_ACCEPT;
}

static int other_help(struct sk_buff *skb, unsigned int protoff,
		      struct nf_conn *ct, enum ip_conntrack_info ctinfo)
{
	return NF_ACCEPT;
}

static unsigned int destroyed;

static void count_destroyed(struct nf_conn *ct)
{
	destroyed++;
}

static void fill(struct nf_conntrack_helper *helper, const char *name, u16 port)
{
	memset(helper, 0, sizeof(*helper));
	nf_ct_helper_init(helper, AF_INET, IPPROTO_UDP, name, port, port, 0,
			  &policy, 0, no_help, NULL, THIS_MODULE);
}

/* By port always (1) or never (0), as an administrator says it. */
static int set_mode(unsigned int mode)
{
	char text[4];
	struct file *file;
	loff_t pos = 0;
	ssize_t ret;

	file = filp_open("/proc/sys/net/netfilter/nf_conntrack_helper",
			 O_WRONLY, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = kernel_write(file, text, scnprintf(text, sizeof(text), "%u", mode),
			   &pos);
	filp_close(file, NULL);
	return ret < 0 ? ret : 0;
}

/* A new entry to a port, in no table and with no reference. */
static struct nf_conn *entry_to(struct kunit *test, u16 port)
{
	struct nf_conntrack_tuple out, back;
	struct nf_conn *ct;

	memset(&out, 0, sizeof(out));
	out.src.l3num = NFPROTO_IPV4;
	out.src.u3.ip = CLIENT;
	out.src.u.udp.port = htons(4000);
	out.dst.u3.ip = SERVER;
	out.dst.u.udp.port = htons(port);
	out.dst.protonum = IPPROTO_UDP;
	KUNIT_ASSERT_TRUE(test, nf_ct_invert_tuple(&back, &out));
	ct = nf_conntrack_alloc(&init_net, &nf_ct_zone_dflt, &out, &back,
				GFP_KERNEL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ct));
	return ct;
}

static struct nf_conntrack_helper *helper_of(struct nf_conn *ct)
{
	const struct nf_conn_help *help = nfct_help(ct);

	return help ? rcu_access_pointer(help->helper) : NULL;
}

static int assign(struct nf_conn *ct, struct nf_conn *tmpl)
{
	int err;

	rcu_read_lock();
	err = __nf_ct_try_assign_helper(ct, tmpl, GFP_ATOMIC);
	rcu_read_unlock();
	return err;
}

static struct nf_conntrack_helper *found(const char *name, u16 l3num, u8 proto)
{
	struct nf_conntrack_helper *helper;

	rcu_read_lock();
	helper = __nf_conntrack_helper_find(name, l3num, proto);
	rcu_read_unlock();
	return helper;
}

static int helper_init(struct kunit *test)
{
	struct nf_conntrack_helper *helper;

	helper = kunit_kzalloc(test, sizeof(*helper), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, helper);
	fill(helper, "kunit-one", PORT);
	KUNIT_ASSERT_EQ(test, nf_conntrack_helper_register(helper), 0);
	KUNIT_ASSERT_EQ(test, set_mode(1), 0);
	test->priv = helper;
	return 0;
}

static void helper_exit(struct kunit *test)
{
	if (!test->priv)
		return;
	nf_conntrack_helper_unregister(test->priv);
	KUNIT_EXPECT_EQ(test, set_mode(2), 0);
}

static void one_is_found_by_its_name_and_protocol(struct kunit *test)
{
	struct nf_conntrack_helper *one = test->priv;

	KUNIT_EXPECT_PTR_EQ(test, found("kunit-one", AF_INET, IPPROTO_UDP), one);
	KUNIT_EXPECT_PTR_EQ(test, found("kunit-one", AF_INET6, IPPROTO_UDP), NULL);
	KUNIT_EXPECT_PTR_EQ(test, found("kunit-one", AF_INET, IPPROTO_TCP), NULL);
	KUNIT_EXPECT_PTR_EQ(test, found("kunit", AF_INET, IPPROTO_UDP), NULL);
}

static void one_for_no_family_serves_both(struct kunit *test)
{
	struct nf_conntrack_helper both;

	fill(&both, "kunit-both", 0);
	both.tuple.src.l3num = NFPROTO_UNSPEC;
	both.flags = NF_CT_HELPER_F_USERSPACE;
	KUNIT_ASSERT_EQ(test, nf_conntrack_helper_register(&both), 0);
	KUNIT_EXPECT_PTR_EQ(test, found("kunit-both", AF_INET, IPPROTO_UDP),
			    &both);
	KUNIT_EXPECT_PTR_EQ(test, found("kunit-both", AF_INET6, IPPROTO_UDP),
			    &both);
	nf_conntrack_helper_unregister(&both);
	KUNIT_EXPECT_PTR_EQ(test, found("kunit-both", AF_INET, IPPROTO_UDP),
			    NULL);
}

static void a_name_or_a_port_is_taken_once(struct kunit *test)
{
	struct nf_conntrack_helper two;

	fill(&two, "kunit-one", OTHER_PORT);
	KUNIT_EXPECT_EQ(test, nf_conntrack_helper_register(&two), -EEXIST);
	fill(&two, "kunit-two", PORT);
	KUNIT_EXPECT_EQ(test, nf_conntrack_helper_register(&two), -EEXIST);
	fill(&two, "kunit-two", OTHER_PORT);
	KUNIT_EXPECT_EQ(test, nf_conntrack_helper_register(&two), 0);
	nf_conntrack_helper_unregister(&two);

	/* What user space registers has no port to take. */
	fill(&two, "kunit-two", PORT);
	two.flags = NF_CT_HELPER_F_USERSPACE;
	KUNIT_EXPECT_EQ(test, nf_conntrack_helper_register(&two), 0);
	nf_conntrack_helper_unregister(&two);
}

static void what_makes_no_sense_is_refused(struct kunit *test)
{
	static const struct nf_conntrack_expect_policy too_many = {
		.max_expected = NF_CT_EXPECT_MAX_CNT + 1,
	};
	static const struct nf_conntrack_expect_policy
		sound[NF_CT_MAX_EXPECT_CLASSES + 1];
	struct nf_conntrack_helper bad;

	fill(&bad, "", OTHER_PORT);
	KUNIT_EXPECT_EQ(test, nf_conntrack_helper_register(&bad), -EINVAL);
	fill(&bad, "kunit-two", OTHER_PORT);
	memset(bad.name, 'x', sizeof(bad.name));
	KUNIT_EXPECT_EQ(test, nf_conntrack_helper_register(&bad), -EINVAL);
	fill(&bad, "kunit-two", OTHER_PORT);
	bad.expect_policy = NULL;
	KUNIT_EXPECT_EQ(test, nf_conntrack_helper_register(&bad), -EINVAL);
	fill(&bad, "kunit-two", OTHER_PORT);
	bad.expect_policy = sound;
	bad.expect_class_max = NF_CT_MAX_EXPECT_CLASSES;
	KUNIT_EXPECT_EQ(test, nf_conntrack_helper_register(&bad), -EINVAL);
	fill(&bad, "kunit-two", OTHER_PORT);
	bad.expect_policy = &too_many;
	KUNIT_EXPECT_EQ(test, nf_conntrack_helper_register(&bad), -EINVAL);
	KUNIT_EXPECT_PTR_EQ(test, found("kunit-two", AF_INET, IPPROTO_UDP), NULL);
}

static void of_several_all_or_none_are_there(struct kunit *test)
{
	struct nf_conntrack_helper *several;

	several = kunit_kzalloc(test, 2 * sizeof(*several), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, several);
	fill(&several[0], "kunit-two", OTHER_PORT);
	fill(&several[1], "kunit-one", OTHER_PORT + 1);
	KUNIT_EXPECT_EQ(test, nf_conntrack_helpers_register(several, 2), -EEXIST);
	KUNIT_EXPECT_PTR_EQ(test, found("kunit-two", AF_INET, IPPROTO_UDP), NULL);

	fill(&several[0], "kunit-two", OTHER_PORT);
	fill(&several[1], "kunit-three", OTHER_PORT + 1);
	KUNIT_EXPECT_EQ(test, nf_conntrack_helpers_register(several, 2), 0);
	KUNIT_EXPECT_PTR_EQ(test, found("kunit-three", AF_INET, IPPROTO_UDP),
			    &several[1]);
	nf_conntrack_helpers_unregister(several, 2);
	KUNIT_EXPECT_PTR_EQ(test, found("kunit-two", AF_INET, IPPROTO_UDP), NULL);
	KUNIT_EXPECT_PTR_EQ(test, found("kunit-three", AF_INET, IPPROTO_UDP),
			    NULL);
}

/* The plain name is the default port's; another has its number behind. */
static void a_name_tells_the_port(struct kunit *test)
{
	struct nf_conntrack_helper helper;

	memset(&helper, 0, sizeof(helper));
	nf_ct_helper_init(&helper, AF_INET, IPPROTO_TCP, "kunit", 21, 2121, 3,
			  &policy, 0, no_help, NULL, THIS_MODULE);
	KUNIT_EXPECT_STREQ(test, helper.name, "kunit-3");
	KUNIT_EXPECT_EQ(test, ntohs(helper.tuple.src.u.all), 2121);
	fill(&helper, "kunit", 21);
	KUNIT_EXPECT_STREQ(test, helper.name, "kunit");
	KUNIT_EXPECT_STREQ(test, helper.nat_mod_name, "ip_nat_kunit");
}

/* Who goes by port has the port of the server, and the protocol. */
static void a_port_brings_its_helper(struct kunit *test)
{
	struct nf_conn *ct = entry_to(test, PORT);
	struct nf_conntrack_helper user;

	KUNIT_EXPECT_EQ(test, assign(ct, NULL), 0);
	KUNIT_EXPECT_PTR_EQ(test, helper_of(ct), test->priv);
	KUNIT_EXPECT_FALSE(test, test_bit(IPS_HELPER_BIT, &ct->status));
	nf_conntrack_free(ct);

	ct = entry_to(test, OTHER_PORT);
	KUNIT_EXPECT_EQ(test, assign(ct, NULL), 0);
	KUNIT_EXPECT_PTR_EQ(test, nfct_help(ct), NULL);
	nf_conntrack_free(ct);

	/* What user space registers is for rules to name. */
	fill(&user, "kunit-user", OTHER_PORT);
	user.flags = NF_CT_HELPER_F_USERSPACE;
	KUNIT_ASSERT_EQ(test, nf_conntrack_helper_register(&user), 0);
	ct = entry_to(test, OTHER_PORT);
	KUNIT_EXPECT_EQ(test, assign(ct, NULL), 0);
	KUNIT_EXPECT_PTR_EQ(test, nfct_help(ct), NULL);
	nf_conntrack_free(ct);
	nf_conntrack_helper_unregister(&user);

	KUNIT_ASSERT_EQ(test, set_mode(0), 0);
	ct = entry_to(test, PORT);
	KUNIT_EXPECT_EQ(test, assign(ct, NULL), 0);
	KUNIT_EXPECT_PTR_EQ(test, nfct_help(ct), NULL);
	nf_conntrack_free(ct);
}

/* NAT moved the server: the helper is that of the port it is on now. */
static void a_port_that_nat_moved_brings_another(struct kunit *test)
{
	struct nf_conn *ct = entry_to(test, PORT);
	struct nf_conntrack_helper two;
	u8 *data;

	fill(&two, "kunit-two", OTHER_PORT);
	two.help = other_help;
	KUNIT_ASSERT_EQ(test, nf_conntrack_helper_register(&two), 0);
	KUNIT_EXPECT_EQ(test, assign(ct, NULL), 0);
	data = (u8 *)nfct_help(ct)->data;
	data[0] = 7;
	KUNIT_EXPECT_EQ(test, assign(ct, NULL), 0);
	KUNIT_EXPECT_EQ(test, data[0], 7);

	ct->tuplehash[IP_CT_DIR_REPLY].tuple.src.u.all = htons(OTHER_PORT);
	KUNIT_EXPECT_EQ(test, assign(ct, NULL), 0);
	KUNIT_EXPECT_PTR_EQ(test, helper_of(ct), &two);
	KUNIT_EXPECT_EQ(test, data[0], 0);

	/* It is no longer the helper of the port that was asked for. */
	ct->tuplehash[IP_CT_DIR_REPLY].tuple.src.u.all = htons(1);
	KUNIT_EXPECT_EQ(test, assign(ct, NULL), 0);
	KUNIT_EXPECT_PTR_EQ(test, helper_of(ct), &two);
	nf_conntrack_free(ct);
	nf_conntrack_helper_unregister(&two);
}

/* A rule's template decides, also that there is none. */
static void a_template_goes_before_the_port(struct kunit *test)
{
	struct nf_conn *tmpl, *ct = entry_to(test, PORT);
	struct nf_conn_help *help;

	tmpl = nf_ct_tmpl_alloc(&init_net, &nf_ct_zone_dflt, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, tmpl);
	KUNIT_EXPECT_EQ(test, assign(ct, tmpl), 0);
	KUNIT_EXPECT_FALSE(test, test_bit(IPS_HELPER_BIT, &ct->status));

	help = nf_ct_helper_ext_add(tmpl, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, help);
	KUNIT_EXPECT_PTR_EQ(test, nf_ct_helper_ext_add(tmpl, GFP_KERNEL), NULL);
	rcu_assign_pointer(help->helper, test->priv);
	KUNIT_EXPECT_EQ(test, assign(ct, tmpl), 0);
	KUNIT_EXPECT_PTR_EQ(test, helper_of(ct), test->priv);
	KUNIT_EXPECT_TRUE(test, test_bit(IPS_HELPER_BIT, &ct->status));
	ct->tuplehash[IP_CT_DIR_REPLY].tuple.src.u.all = htons(1);
	KUNIT_EXPECT_EQ(test, assign(ct, NULL), 0);
	KUNIT_EXPECT_PTR_EQ(test, helper_of(ct), test->priv);
	nf_conntrack_free(ct);

	RCU_INIT_POINTER(help->helper, NULL);
	ct = entry_to(test, PORT);
	KUNIT_EXPECT_EQ(test, assign(ct, tmpl), 0);
	KUNIT_EXPECT_PTR_EQ(test, helper_of(ct), NULL);
	nf_conntrack_free(ct);
	nf_ct_put(tmpl);
}

/* An explicit helper takes the room of one that came by port, only of such. */
static void an_explicit_helper_gets_the_room(struct kunit *test)
{
	struct nf_conn *ct = entry_to(test, PORT);
	struct nf_conn_help *help;

	KUNIT_EXPECT_EQ(test, assign(ct, NULL), 0);
	KUNIT_EXPECT_PTR_EQ(test, helper_of(ct), test->priv);
	rcu_read_lock();
	help = nf_ct_helper_ext_add(ct, GFP_ATOMIC);
	KUNIT_EXPECT_PTR_EQ(test, help, nfct_help(ct));
	KUNIT_EXPECT_PTR_EQ(test, helper_of(ct), NULL);

	/* Of another port, so not by port. */
	ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple.dst.u.all = htons(OTHER_PORT);
	rcu_assign_pointer(nfct_help(ct)->helper, test->priv);
	KUNIT_EXPECT_PTR_EQ(test, nf_ct_helper_ext_add(ct, GFP_ATOMIC), NULL);
	KUNIT_EXPECT_PTR_EQ(test, helper_of(ct), test->priv);
	rcu_read_unlock();
	nf_conntrack_free(ct);
}

static void one_that_goes_is_gone_from_entries(struct kunit *test)
{
	struct nf_conn *ct = entry_to(test, OTHER_PORT);
	struct nf_conntrack_helper two;

	fill(&two, "kunit-two", OTHER_PORT);
	two.destroy = count_destroyed;
	KUNIT_ASSERT_EQ(test, nf_conntrack_helper_register(&two), 0);
	KUNIT_EXPECT_EQ(test, assign(ct, NULL), 0);
	KUNIT_EXPECT_PTR_EQ(test, helper_of(ct), &two);
	ct->status |= IPS_CONFIRMED;
	ct->timeout = nfct_time_stamp + 100 * HZ;
	KUNIT_ASSERT_EQ(test, nf_conntrack_hash_check_insert(ct), 0);

	destroyed = 0;
	nf_conntrack_helper_unregister(&two);
	KUNIT_EXPECT_PTR_EQ(test, helper_of(ct), NULL);
	KUNIT_EXPECT_FALSE(test, nf_ct_is_dying(ct));
	KUNIT_EXPECT_EQ(test, destroyed, 1);
	KUNIT_EXPECT_TRUE(test, nf_ct_delete(ct, 0, 0));
	KUNIT_EXPECT_EQ(test, destroyed, 1);
	nf_ct_put(ct);
}

static void one_is_told_that_its_entry_dies(struct kunit *test)
{
	struct nf_conntrack_helper *one = test->priv;
	struct nf_conn *ct = entry_to(test, PORT);

	KUNIT_EXPECT_EQ(test, assign(ct, NULL), 0);
	one->destroy = count_destroyed;
	ct->status |= IPS_CONFIRMED;
	ct->timeout = nfct_time_stamp + 100 * HZ;
	KUNIT_ASSERT_EQ(test, nf_conntrack_hash_check_insert(ct), 0);
	destroyed = 0;
	KUNIT_EXPECT_TRUE(test, nf_ct_delete(ct, 0, 0));
	KUNIT_EXPECT_EQ(test, destroyed, 1);
	one->destroy = NULL;
	nf_ct_put(ct);
}

/* Lent out with a reference on it and its module. */
static void one_is_lent_and_given_back(struct kunit *test)
{
	struct nf_conntrack_helper *one = test->priv, *lent;
	unsigned int before = module_refcount(THIS_MODULE);

	lent = nf_conntrack_helper_try_module_get("kunit-one", AF_INET,
						  IPPROTO_UDP);
	KUNIT_ASSERT_PTR_EQ(test, lent, one);
	KUNIT_EXPECT_EQ(test, refcount_read(&one->refcnt), 2);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), before + 1);
	nf_conntrack_helper_put(lent);
	KUNIT_EXPECT_EQ(test, refcount_read(&one->refcnt), 1);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), before);

	KUNIT_EXPECT_PTR_EQ(test, NULL,
			    nf_conntrack_helper_try_module_get("kunit-none",
							       AF_INET,
							       IPPROTO_UDP));
	/* Who is about to go is lent to nobody. */
	refcount_set(&one->refcnt, 0);
	KUNIT_EXPECT_PTR_EQ(test, NULL,
			    nf_conntrack_helper_try_module_get("kunit-one",
							       AF_INET,
							       IPPROTO_UDP));
	refcount_set(&one->refcnt, 1);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), before);
}

static void its_nat_part_is_lent_too(struct kunit *test)
{
	struct nf_conntrack_nat_helper nat = { .module = THIS_MODULE };
	struct nf_conntrack_helper *one = test->priv;
	unsigned int before = module_refcount(THIS_MODULE);

	KUNIT_EXPECT_EQ(test, nf_nat_helper_try_module_get("kunit-one", AF_INET,
							   IPPROTO_UDP),
			-ENOENT);
	strscpy(nat.mod_name, "ip_nat_kunit-other", sizeof(nat.mod_name));
	nf_nat_helper_register(&nat);
	KUNIT_EXPECT_EQ(test, nf_nat_helper_try_module_get("kunit-one", AF_INET,
							   IPPROTO_UDP),
			-ENOENT);
	nf_nat_helper_unregister(&nat);
	strscpy(nat.mod_name, one->nat_mod_name, sizeof(nat.mod_name));
	nf_nat_helper_register(&nat);
	KUNIT_EXPECT_EQ(test, nf_nat_helper_try_module_get("kunit-one", AF_INET,
							   IPPROTO_UDP), 0);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), before + 1);
	nf_nat_helper_put(one);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), before);

	KUNIT_EXPECT_EQ(test, nf_nat_helper_try_module_get("kunit-none", AF_INET,
							   IPPROTO_UDP),
			-ENOENT);
	one->nat_mod_name[0] = 0;
	KUNIT_EXPECT_EQ(test, nf_nat_helper_try_module_get("kunit-one", AF_INET,
							   IPPROTO_UDP),
			-ENOENT);
	nf_nat_helper_unregister(&nat);
}

static void on_expected(struct nf_conn *ct, struct nf_conntrack_expect *exp)
{
}

static void functions_are_known_by_name(struct kunit *test)
{
	struct nf_ct_helper_expectfn fn = {
		.name = "kunit-function", .expectfn = on_expected,
	};

	nf_ct_helper_expectfn_register(&fn);
	rcu_read_lock();
	KUNIT_EXPECT_PTR_EQ(test, &fn,
			    nf_ct_helper_expectfn_find_by_name(fn.name));
	KUNIT_EXPECT_PTR_EQ(test, NULL,
			    nf_ct_helper_expectfn_find_by_name("kunit-none"));
	KUNIT_EXPECT_PTR_EQ(test, &fn,
			    nf_ct_helper_expectfn_find_by_symbol(on_expected));
	KUNIT_EXPECT_PTR_EQ(test, NULL,
			    nf_ct_helper_expectfn_find_by_symbol(no_help));
	rcu_read_unlock();
	nf_ct_helper_expectfn_unregister(&fn);
	rcu_read_lock();
	KUNIT_EXPECT_PTR_EQ(test, NULL,
			    nf_ct_helper_expectfn_find_by_name(fn.name));
	rcu_read_unlock();
	nf_ct_helper_expectfn_destroy(&fn);
}

/* PPTP: each direction of a control connection has one call at a time. */
static void a_call_is_told_once(struct kunit *test)
{
	struct nf_conn *ct = entry_to(test, OTHER_PORT);
	struct nf_conntrack_tuple call, other;

	memset(&call, 0, sizeof(call));
	call.src.l3num = AF_INET;
	call.src.u3.ip = CLIENT;
	call.src.u.gre.key = htons(7);
	call.dst.u3.ip = SERVER;
	call.dst.u.gre.key = htons(8);
	call.dst.protonum = IPPROTO_GRE;
	other = call;
	other.dst.u.gre.key = htons(9);

	rcu_read_lock();
	KUNIT_EXPECT_EQ(test, nf_ct_gre_keymap_add(ct, IP_CT_DIR_ORIGINAL, &call),
			-EINVAL);
	nf_ct_gre_keymap_destroy(ct);
	KUNIT_EXPECT_NOT_NULL(test, nf_ct_helper_ext_add(ct, GFP_ATOMIC));
	nf_ct_gre_keymap_destroy(ct);
	KUNIT_EXPECT_EQ(test, nf_ct_gre_keymap_add(ct, IP_CT_DIR_ORIGINAL, &call),
			0);
	KUNIT_EXPECT_EQ(test, nf_ct_gre_keymap_add(ct, IP_CT_DIR_ORIGINAL, &call),
			0);
	KUNIT_EXPECT_EQ(test,
			nf_ct_gre_keymap_add(ct, IP_CT_DIR_ORIGINAL, &other),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, nf_ct_gre_keymap_add(ct, IP_CT_DIR_REPLY, &other),
			0);
	nf_ct_gre_keymap_destroy(ct);
	KUNIT_EXPECT_EQ(test,
			nf_ct_gre_keymap_add(ct, IP_CT_DIR_ORIGINAL, &other),
			0);
	nf_ct_gre_keymap_destroy(ct);
	rcu_read_unlock();
	nf_conntrack_free(ct);
}

static struct kunit_case helper_cases[] = {
	KUNIT_CASE(one_is_found_by_its_name_and_protocol),
	KUNIT_CASE(one_for_no_family_serves_both),
	KUNIT_CASE(a_name_or_a_port_is_taken_once),
	KUNIT_CASE(what_makes_no_sense_is_refused),
	KUNIT_CASE(of_several_all_or_none_are_there),
	KUNIT_CASE(a_name_tells_the_port),
	KUNIT_CASE(a_port_brings_its_helper),
	KUNIT_CASE(a_port_that_nat_moved_brings_another),
	KUNIT_CASE(a_template_goes_before_the_port),
	KUNIT_CASE(an_explicit_helper_gets_the_room),
	KUNIT_CASE(one_that_goes_is_gone_from_entries),
	KUNIT_CASE(one_is_told_that_its_entry_dies),
	KUNIT_CASE(one_is_lent_and_given_back),
	KUNIT_CASE(its_nat_part_is_lent_too),
	KUNIT_CASE(functions_are_known_by_name),
	KUNIT_CASE(a_call_is_told_once),
	{}
};

static struct kunit_suite helper_suite = {
	.name		= "nf_ct_helper",
	.init		= helper_init,
	.exit		= helper_exit,
	.test_cases	= helper_cases,
};

kunit_test_suite(helper_suite);
