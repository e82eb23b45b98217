// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries: what rulesets, user space and the rest of the kernel may do to one.
 * Runs against the loaded nf_conntrack, by its exported symbols and by the hook
 * that the kernel calls it by, in the initial namespace.
 */
#include <kunit/test.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_acct.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_labels.h>
#include <net/netfilter/nf_conntrack_timestamp.h>
#include <net/netfilter/nf_conntrack_zones.h>

#define CLIENT		htonl(0xc0000201)	/* 192.0.2.1 */
#define SERVER		htonl(0xc6336401)	/* 198.51.100.1 */
#define LIFETIME	(100 * HZ)

static struct nf_conntrack_tuple tuple_to(u8 proto)
{
	struct nf_conntrack_tuple tuple;

	memset(&tuple, 0, sizeof(tuple));
	tuple.src.l3num = NFPROTO_IPV4;
	tuple.src.u3.ip = CLIENT;
	tuple.src.u.all = htons(4000);
	tuple.dst.u3.ip = SERVER;
	tuple.dst.u.all = htons(80);
	tuple.dst.protonum = proto;
	return tuple;
}

/* In the table, confirmed, with one reference of the test's. */
static struct nf_conn *insert(struct kunit *test, u8 proto)
{
	struct nf_conntrack_tuple out = tuple_to(proto), back;
	struct nf_conn *ct;

	KUNIT_ASSERT_TRUE(test, nf_ct_invert_tuple(&back, &out));
	ct = nf_conntrack_alloc(&init_net, &nf_ct_zone_dflt, &out, &back,
				GFP_KERNEL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ct));
	nf_ct_acct_ext_add(ct, GFP_KERNEL);
	nf_ct_tstamp_ext_add(ct, GFP_KERNEL);
	nf_ct_labels_ext_add(ct);
	ct->timeout = nfct_time_stamp + LIFETIME;
	ct->status |= IPS_CONFIRMED;
	KUNIT_ASSERT_EQ(test, nf_conntrack_hash_check_insert(ct), 0);
	return ct;
}

struct settings {
	u8 acct, tstamp;
};

static int entry_init(struct kunit *test)
{
	struct settings *was = kunit_kzalloc(test, sizeof(*was), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, was);
	was->acct = init_net.ct.sysctl_acct;
	was->tstamp = init_net.ct.sysctl_tstamp;
	init_net.ct.sysctl_acct = 1;
	init_net.ct.sysctl_tstamp = 1;
	test->priv = was;
	return 0;
}

static int of_the_test(struct nf_conn *ct, void *data)
{
	return nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL)->src.u3.ip == CLIENT;
}

static void entry_exit(struct kunit *test)
{
	struct nf_ct_iter_data all = { .net = &init_net };
	const struct settings *was = test->priv;

	if (!was)
		return;
	init_net.ct.sysctl_acct = was->acct;
	init_net.ct.sysctl_tstamp = was->tstamp;
	nf_ct_iterate_cleanup_net(of_the_test, &all);
}

/* From outside, status bits are set or cleared as their meaning allows. */
static void status_is_changed_as_far_as_it_may(struct kunit *test)
{
	struct nf_conn *ct = insert(test, IPPROTO_UDP);
	unsigned long now = ct->status;

	KUNIT_EXPECT_EQ(test, nf_ct_change_status_common(ct, now), 0);
	KUNIT_EXPECT_EQ(test, nf_ct_change_status_common(ct, now | IPS_DYING),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, nf_ct_change_status_common(ct, now & ~IPS_CONFIRMED),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, nf_ct_change_status_common(ct, now | IPS_EXPECTED),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, ct->status, now);

	now |= IPS_ASSURED | IPS_SEEN_REPLY;
	KUNIT_EXPECT_EQ(test, nf_ct_change_status_common(ct, now), 0);
	KUNIT_EXPECT_EQ(test, ct->status, now);
	KUNIT_EXPECT_EQ(test, nf_ct_change_status_common(ct, now & ~IPS_ASSURED),
			-EBUSY);
	KUNIT_EXPECT_EQ(test,
			nf_ct_change_status_common(ct, now & ~IPS_SEEN_REPLY),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, ct->status, now);
	nf_ct_put(ct);
}

static void bits_are_set_and_cleared(struct kunit *test)
{
	struct nf_conn *ct = insert(test, IPPROTO_UDP);
	unsigned long now = ct->status;

	__nf_ct_change_status(ct, IPS_FIXED_TIMEOUT | IPS_DYING | IPS_SRC_NAT, 0);
	KUNIT_EXPECT_EQ(test, ct->status, now | IPS_FIXED_TIMEOUT);
	__nf_ct_change_status(ct, 0, IPS_FIXED_TIMEOUT | IPS_CONFIRMED);
	KUNIT_EXPECT_EQ(test, ct->status, now);
	nf_ct_put(ct);
}

static void a_lifetime_is_changed_while_it_may(struct kunit *test)
{
	struct nf_conn *ct = insert(test, IPPROTO_UDP);

	KUNIT_EXPECT_EQ(test, __nf_ct_change_timeout(ct, 500 * HZ), 0);
	KUNIT_EXPECT_GT(test, nf_ct_expires(ct), 400ul * HZ);
	set_bit(IPS_FIXED_TIMEOUT_BIT, &ct->status);
	KUNIT_EXPECT_EQ(test, __nf_ct_change_timeout(ct, 10 * HZ), -EPERM);
	KUNIT_EXPECT_GT(test, nf_ct_expires(ct), 400ul * HZ);
	__nf_ct_refresh_acct(ct, IP_CT_ESTABLISHED, NULL, 10 * HZ, false);
	KUNIT_EXPECT_GT(test, nf_ct_expires(ct), 400ul * HZ);

	clear_bit(IPS_FIXED_TIMEOUT_BIT, &ct->status);
	__nf_ct_refresh_acct(ct, IP_CT_ESTABLISHED, NULL, 10 * HZ, false);
	KUNIT_EXPECT_LE(test, nf_ct_expires(ct), 10ul * HZ);
	KUNIT_EXPECT_TRUE(test, nf_ct_delete(ct, 0, 0));
	KUNIT_EXPECT_EQ(test, __nf_ct_change_timeout(ct, 10 * HZ), -ETIME);
	nf_ct_put(ct);
}

/* The last packet is counted in its direction, and then the entry is dead. */
static void a_last_packet_is_counted(struct kunit *test)
{
	struct nf_conn *ct = insert(test, IPPROTO_UDP);
	struct sk_buff *skb = alloc_skb(64, GFP_KERNEL);
	struct nf_conn_counter *counter = nf_conn_acct_find(ct)->counter;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb_put_zero(skb, 60);
	__nf_ct_refresh_acct(ct, IP_CT_ESTABLISHED, skb, LIFETIME, true);
	KUNIT_EXPECT_TRUE(test, nf_ct_kill_acct(ct, IP_CT_ESTABLISHED_REPLY,
						skb));
	KUNIT_EXPECT_FALSE(test, nf_ct_kill_acct(ct, IP_CT_ESTABLISHED_REPLY,
						 skb));
	KUNIT_EXPECT_EQ(test, atomic64_read(&counter[IP_CT_DIR_ORIGINAL].bytes),
			60LL);
	KUNIT_EXPECT_EQ(test, atomic64_read(&counter[IP_CT_DIR_REPLY].bytes),
			120LL);
	KUNIT_EXPECT_TRUE(test, nf_ct_is_dying(ct));
	kfree_skb(skb);
	nf_ct_put(ct);
}

/* Met late, it ended when its time was up; before its time, now. */
static void its_end_is_when_it_expired(struct kunit *test)
{
	struct nf_conn *ct = insert(test, IPPROTO_UDP);
	u64 before = ktime_get_real_ns();

	KUNIT_EXPECT_TRUE(test, nf_ct_delete(ct, 0, 0));
	KUNIT_EXPECT_GE(test, nf_conn_tstamp_find(ct)->stop, before);
	nf_ct_put(ct);

	ct = insert(test, IPPROTO_UDP);
	WRITE_ONCE(ct->timeout, nfct_time_stamp - 20 * HZ);
	before = ktime_get_real_ns();
	KUNIT_EXPECT_TRUE(test, nf_ct_delete(ct, 0, 0));
	KUNIT_EXPECT_LE(test, nf_conn_tstamp_find(ct)->stop,
			before - 19 * NSEC_PER_SEC);
	KUNIT_EXPECT_GE(test, nf_conn_tstamp_find(ct)->stop,
			before - 30 * NSEC_PER_SEC);
	nf_ct_put(ct);
}

/* What the ruleset answers belongs to the flow, and goes the other way. */
static void an_answer_is_attached_the_other_way(struct kunit *test)
{
	static const enum ip_conntrack_info of[][2] = {
		{ IP_CT_NEW,			IP_CT_RELATED_REPLY },
		{ IP_CT_ESTABLISHED,		IP_CT_RELATED_REPLY },
		{ IP_CT_ESTABLISHED_REPLY,	IP_CT_RELATED },
	};
	struct nf_conn *ct = insert(test, IPPROTO_UDP);
	enum ip_conntrack_info ctinfo;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(of); i++) {
		struct sk_buff *skb = alloc_skb(64, GFP_KERNEL);
		struct sk_buff *answer = alloc_skb(64, GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, skb);
		KUNIT_ASSERT_NOT_NULL(test, answer);
		nf_conntrack_get(&ct->ct_general);
		nf_ct_set(skb, ct, of[i][0]);
		nf_ct_attach(answer, skb);
		KUNIT_EXPECT_PTR_EQ(test, nf_ct_get(answer, &ctinfo), ct);
		KUNIT_EXPECT_EQ(test, ctinfo, of[i][1]);
		KUNIT_EXPECT_EQ(test, refcount_read(&ct->ct_general.use), 4);
		kfree_skb(answer);
		kfree_skb(skb);
	}
	nf_ct_put(ct);
}

/* -j REJECT resets a connection: it is closed and soon forgotten. */
static void a_reset_by_the_ruleset_closes(struct kunit *test)
{
	const unsigned int *timeouts = init_net.ct.nf_ct_proto.tcp.timeouts;
	struct nf_conn *tcp = insert(test, IPPROTO_TCP);
	struct nf_conn *udp = insert(test, IPPROTO_UDP);
	u8 before[sizeof(udp->proto)];

	memcpy(before, &udp->proto, sizeof(before));
	nf_ct_set_closing(&tcp->ct_general);
	nf_ct_set_closing(&udp->ct_general);
	nf_ct_set_closing(NULL);
	KUNIT_EXPECT_EQ(test, tcp->proto.tcp.state, TCP_CONNTRACK_CLOSE);
	KUNIT_EXPECT_LE(test, nf_ct_expires(tcp),
			(unsigned long)timeouts[TCP_CONNTRACK_CLOSE]);
	KUNIT_EXPECT_EQ(test, memcmp(before, &udp->proto, sizeof(before)), 0);
	KUNIT_EXPECT_GT(test, nf_ct_expires(udp), LIFETIME - 10ul * HZ);
	nf_ct_put(tcp);
	nf_ct_put(udp);
}

/* The kernel asks for a packet's tuple: of its entry, in its direction. */
static void a_packet_has_its_direction_s_tuple(struct kunit *test)
{
	struct nf_conn *ct = insert(test, IPPROTO_UDP);
	struct sk_buff *skb = alloc_skb(64, GFP_KERNEL);
	struct nf_conntrack_tuple tuple;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	nf_ct_set(skb, ct, IP_CT_ESTABLISHED);
	KUNIT_EXPECT_TRUE(test, nf_ct_get_tuple_skb(&tuple, skb));
	KUNIT_EXPECT_EQ(test, ntohs(tuple.dst.u.all), 80);
	nf_ct_set(skb, ct, IP_CT_ESTABLISHED_REPLY);
	KUNIT_EXPECT_TRUE(test, nf_ct_get_tuple_skb(&tuple, skb));
	KUNIT_EXPECT_EQ(test, ntohs(tuple.src.u.all), 80);
	kfree_skb(skb);
}

/* A template is told by its status, and freed with its last reference. */
static void a_template_is_no_entry(struct kunit *test)
{
	u32 before = nf_conntrack_count(&init_net);
	struct nf_conntrack_zone zone = { .id = 7, .dir = NF_CT_DEFAULT_ZONE_DIR };
	struct nf_conn *tmpl;

	tmpl = nf_ct_tmpl_alloc(&init_net, &zone, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, tmpl);
	KUNIT_EXPECT_TRUE(test, nf_ct_is_template(tmpl));
	KUNIT_EXPECT_EQ(test, (unsigned long)tmpl & NFCT_INFOMASK, 0ul);
	KUNIT_EXPECT_EQ(test, nf_ct_zone(tmpl)->id, 7);
	KUNIT_EXPECT_EQ(test, refcount_read(&tmpl->ct_general.use), 1);
	KUNIT_EXPECT_EQ(test, nf_conntrack_count(&init_net), before);
	nf_ct_put(tmpl);
	KUNIT_EXPECT_EQ(test, nf_conntrack_count(&init_net), before);
}

static unsigned long label_bits(const struct nf_conn *ct)
{
	return nf_ct_labels_find(ct)->bits[0];
}

/* Bits under the mask are replaced, those outside of it flipped. */
static void labels_are_replaced_and_flipped(struct kunit *test)
{
	static const u32 all = ~0u, low = 0xff;
	static const u32 six[6] = { 0x5, 0, 0, 0, 0xdead, 0xbeef };
	const unsigned int beyond = 2 * sizeof(u32);
	struct nf_conn *ct;
	u8 *behind;
	u32 data;

	KUNIT_EXPECT_EQ(test, nf_connlabels_get(&init_net, 128), -ERANGE);
	KUNIT_ASSERT_EQ(test, nf_connlabels_get(&init_net, 127), 0);
	ct = insert(test, IPPROTO_UDP);
	/* The labels are the last extension; there is room behind. */
	behind = (u8 *)ct->ext + ct->ext->len;
	KUNIT_ASSERT_LE(test, ct->ext->len + beyond, (unsigned int)ksize(ct->ext));
	memset(behind, 0x5a, beyond);

	data = 0x1234;
	KUNIT_EXPECT_EQ(test, nf_connlabels_replace(ct, &data, &all, 1), 0);
	KUNIT_EXPECT_EQ(test, label_bits(ct), 0x1234ul);
	data = 0x1056;
	KUNIT_EXPECT_EQ(test, nf_connlabels_replace(ct, &data, &low, 1), 0);
	KUNIT_EXPECT_EQ(test, label_bits(ct), 0x0256ul);
	KUNIT_EXPECT_EQ(test, nf_connlabels_replace(ct, six, NULL, 6), 0);
	KUNIT_EXPECT_EQ(test, label_bits(ct), 0x5ul);
	KUNIT_EXPECT_EQ(test, nf_ct_labels_find(ct)->bits[1], 0ul);
	KUNIT_EXPECT_NULL(test, memchr_inv(behind, 0x5a, beyond));
	KUNIT_EXPECT_EQ(test, nf_connlabels_replace(ct, NULL, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, label_bits(ct), 0ul);

	KUNIT_EXPECT_TRUE(test, nf_ct_delete(ct, 0, 0));
	nf_ct_put(ct);
	nf_connlabels_put(&init_net);
	ct = insert(test, IPPROTO_UDP);
	KUNIT_EXPECT_EQ(test, nf_connlabels_replace(ct, &data, NULL, 1), -ENOSPC);
	nf_ct_put(ct);
}

/* Only these families have something to track. */
static void other_families_are_not_tracked(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, nf_ct_netns_get(&init_net, NFPROTO_ARP),
			-EOPNOTSUPP);
	nf_ct_netns_put(&init_net, NFPROTO_ARP);
	KUNIT_EXPECT_EQ(test, nf_ct_netns_get(&init_net, NFPROTO_INET), 0);
	KUNIT_EXPECT_EQ(test, nf_ct_netns_get(&init_net, NFPROTO_IPV4), 0);
	nf_ct_netns_put(&init_net, NFPROTO_IPV4);
	nf_ct_netns_put(&init_net, NFPROTO_INET);
}

static struct kunit_case entry_cases[] = {
	KUNIT_CASE(status_is_changed_as_far_as_it_may),
	KUNIT_CASE(bits_are_set_and_cleared),
	KUNIT_CASE(a_lifetime_is_changed_while_it_may),
	KUNIT_CASE(a_last_packet_is_counted),
	KUNIT_CASE(its_end_is_when_it_expired),
	KUNIT_CASE(an_answer_is_attached_the_other_way),
	KUNIT_CASE(a_reset_by_the_ruleset_closes),
	KUNIT_CASE(a_packet_has_its_direction_s_tuple),
	KUNIT_CASE(a_template_is_no_entry),
	KUNIT_CASE(labels_are_replaced_and_flipped),
	KUNIT_CASE(other_families_are_not_tracked),
	{}
};

static struct kunit_suite entry_suite = {
	.name		= "nf_ct_entry",
	.init		= entry_init,
	.exit		= entry_exit,
	.test_cases	= entry_cases,
};

kunit_test_suite(entry_suite);
