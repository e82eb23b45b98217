// SPDX-License-Identifier: GPL-2.0-only
/*
 * Confirmation: of two packets of one flow, each with an entry of its own, the
 * first one in wins, and what becomes of the other depends on how they differ.
 * Runs against the loaded nf_conntrack, by its exported symbols, in the initial
 * namespace; addresses are those for documentation (RFC 5737).
 *
 * One processor is enough: the loser's entry is made before the winner's is
 * confirmed, and confirmed after it.
 */
#include <kunit/test.h>
#include <linux/ip.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_acct.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_timestamp.h>
#include <net/netfilter/nf_conntrack_zones.h>

#define CLIENT		0xc0000201	/* 192.0.2.1 */
#define SERVER		0xc6336401	/* 198.51.100.1 */
#define FIREWALL	0xcb007101	/* 203.0.113.1 */

#define CPORT		4000
#define SPORT		53
#define LIFETIME	(100 * HZ)

static struct nf_conntrack_tuple tuple_of(u32 from, u16 sport, u32 to,
					  u16 dport, u8 proto)
{
	struct nf_conntrack_tuple tuple;

	memset(&tuple, 0, sizeof(tuple));
	tuple.src.l3num = NFPROTO_IPV4;
	tuple.src.u3.ip = htonl(from);
	tuple.src.u.all = htons(sport);
	tuple.dst.u3.ip = htonl(to);
	tuple.dst.u.all = htons(dport);
	tuple.dst.protonum = proto;
	return tuple;
}

/* A new packet from one end to the other, its entry unconfirmed. */
static struct sk_buff *packet(struct kunit *test, u32 from, u16 sport, u32 to,
			      u16 dport, u8 proto)
{
	struct nf_conntrack_tuple out, back;
	struct sk_buff *skb;
	struct nf_conn *ct;

	out = tuple_of(from, sport, to, dport, proto);
	KUNIT_ASSERT_TRUE(test, nf_ct_invert_tuple(&back, &out));
	ct = nf_conntrack_alloc(&init_net, &nf_ct_zone_dflt, &out, &back,
				GFP_KERNEL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ct));
	nf_ct_acct_ext_add(ct, GFP_KERNEL);
	nf_ct_tstamp_ext_add(ct, GFP_KERNEL);
	refcount_set(&ct->ct_general.use, 1);
	ct->timeout = LIFETIME;

	skb = alloc_skb(sizeof(struct iphdr), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb_reset_network_header(skb);
	skb_put_zero(skb, sizeof(struct iphdr));
	ip_hdr(skb)->version = 4;
	ip_hdr(skb)->ihl = 5;
	nf_ct_set(skb, ct, IP_CT_NEW);
	return skb;
}

static struct sk_buff *query(struct kunit *test)
{
	return packet(test, CLIENT, CPORT, SERVER, SPORT, IPPROTO_UDP);
}

static struct nf_conn *ct_of(const struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;

	return nf_ct_get(skb, &ctinfo);
}

static enum ip_conntrack_info info_of(const struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;

	nf_ct_get(skb, &ctinfo);
	return ctinfo;
}

/* As if NAT had sent this flow's answers to another port of the firewall. */
static void masquerade(struct sk_buff *skb, u16 port)
{
	struct nf_conntrack_tuple *back;

	back = &ct_of(skb)->tuplehash[IP_CT_DIR_REPLY].tuple;
	back->dst.u3.ip = htonl(FIREWALL);
	back->dst.u.all = htons(port);
}

static unsigned int confirm(struct sk_buff *skb)
{
	unsigned int verdict;

	rcu_read_lock();
	local_bh_disable();
	verdict = __nf_conntrack_confirm(skb);
	local_bh_enable();
	rcu_read_unlock();
	return verdict;
}

/* Whose tuple is it?  Compared as a pointer; no reference is kept. */
static struct nf_conn *owner(const struct nf_conntrack_tuple *tuple)
{
	struct nf_conntrack_tuple_hash *h;
	struct nf_conn *ct;

	h = nf_conntrack_find_get(&init_net, &nf_ct_zone_dflt, tuple);
	if (!h)
		return NULL;
	ct = nf_ct_tuplehash_to_ctrack(h);
	nf_ct_put(ct);
	return ct;
}

static struct nf_conn *owner_of(struct nf_conn *ct, enum ip_conntrack_dir dir)
{
	return owner(nf_ct_tuple(ct, dir));
}

static u64 packets(const struct nf_conn *ct, enum ip_conntrack_dir dir)
{
	return atomic64_read(&nf_conn_acct_find(ct)->counter[dir].packets);
}

static u32 counted(size_t offset)
{
	u32 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += *(u32 *)((void *)per_cpu_ptr(init_net.ct.stat, cpu) +
				offset);
	return sum;
}

#define COUNTED(name)	counted(offsetof(struct ip_conntrack_stat, name))

/* Of the namespace; put back as they were. */
struct settings {
	u8 acct, tstamp;
	u32 entries;
};

static int confirm_init(struct kunit *test)
{
	struct settings *was = kunit_kzalloc(test, sizeof(*was), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, was);
	was->acct = init_net.ct.sysctl_acct;
	was->tstamp = init_net.ct.sysctl_tstamp;
	was->entries = nf_conntrack_count(&init_net);
	init_net.ct.sysctl_acct = 1;
	init_net.ct.sysctl_tstamp = 1;
	test->priv = was;
	return 0;
}

static int of_the_test(struct nf_conn *ct, void *data)
{
	u32 src = ntohl(nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL)->src.u3.ip);

	return src == CLIENT || src == SERVER;
}

static void confirm_exit(struct kunit *test)
{
	struct nf_ct_iter_data all = { .net = &init_net };
	const struct settings *was = test->priv;

	if (!was)
		return;
	init_net.ct.sysctl_acct = was->acct;
	init_net.ct.sysctl_tstamp = was->tstamp;
	nf_ct_iterate_cleanup_net(of_the_test, &all);
	KUNIT_EXPECT_EQ(test, was->entries, nf_conntrack_count(&init_net));
}

static void a_packet_that_passed_publishes_its_entry(struct kunit *test)
{
	struct sk_buff *skb = query(test);
	struct nf_conn *ct = ct_of(skb);

	KUNIT_EXPECT_PTR_EQ(test, owner_of(ct, IP_CT_DIR_ORIGINAL), NULL);
	skb->tstamp = ns_to_ktime(1234567);
	KUNIT_EXPECT_EQ(test, confirm(skb), NF_ACCEPT);

	KUNIT_EXPECT_TRUE(test, nf_ct_is_confirmed(ct));
	KUNIT_EXPECT_PTR_EQ(test, owner_of(ct, IP_CT_DIR_ORIGINAL), ct);
	KUNIT_EXPECT_PTR_EQ(test, owner_of(ct, IP_CT_DIR_REPLY), ct);
	KUNIT_EXPECT_EQ(test, refcount_read(&ct->ct_general.use), 2);
	KUNIT_EXPECT_GT(test, nf_ct_expires(ct), LIFETIME - 10 * HZ);
	KUNIT_EXPECT_LE(test, nf_ct_expires(ct), LIFETIME);
	KUNIT_EXPECT_EQ(test, nf_conn_tstamp_find(ct)->start, 1234567ULL);
	kfree_skb(skb);
}

/* Without a stamp of its own, the packet came now. */
static void a_packet_without_a_time_came_now(struct kunit *test)
{
	struct sk_buff *skb = query(test);
	u64 before = ktime_get_real_ns(), start;

	KUNIT_EXPECT_EQ(test, confirm(skb), NF_ACCEPT);
	start = nf_conn_tstamp_find(ct_of(skb))->start;
	KUNIT_EXPECT_GE(test, start, before);
	KUNIT_EXPECT_LE(test, start, ktime_get_real_ns());
	kfree_skb(skb);
}

/* What the ruleset itself answers rides on the flow and does not begin it. */
static void an_answer_to_it_publishes_nothing(struct kunit *test)
{
	struct sk_buff *skb = query(test);
	struct nf_conn *ct = ct_of(skb);

	nf_ct_set(skb, ct, IP_CT_RELATED_REPLY);
	KUNIT_EXPECT_EQ(test, confirm(skb), NF_ACCEPT);
	KUNIT_EXPECT_FALSE(test, nf_ct_is_confirmed(ct));
	KUNIT_EXPECT_PTR_EQ(test, owner_of(ct, IP_CT_DIR_ORIGINAL), NULL);
	kfree_skb(skb);
}

/* A bridge floods copies, each with the same unconfirmed entry. */
static void a_copy_finds_it_done(struct kunit *test)
{
	struct sk_buff *skb = query(test);
	struct nf_conn *ct = ct_of(skb);
	u32 failed = COUNTED(insert_failed);

	KUNIT_EXPECT_EQ(test, confirm(skb), NF_ACCEPT);
	KUNIT_EXPECT_EQ(test, confirm(skb), NF_ACCEPT);
	KUNIT_EXPECT_EQ(test, refcount_read(&ct->ct_general.use), 2);
	KUNIT_EXPECT_EQ(test, COUNTED(insert_failed), failed);

	KUNIT_EXPECT_TRUE(test, nf_ct_delete(ct, 0, 0));
	KUNIT_EXPECT_EQ(test, confirm(skb), NF_DROP);
	KUNIT_EXPECT_EQ(test, COUNTED(insert_failed), failed + 1);
	KUNIT_EXPECT_PTR_EQ(test, owner_of(ct, IP_CT_DIR_ORIGINAL), NULL);
	kfree_skb(skb);
}

static void the_same_flow_moves_over_to_the_winner(struct kunit *test)
{
	struct sk_buff *first = query(test), *second = query(test);
	struct nf_conn *winner = ct_of(first);
	u32 resolved = COUNTED(clash_resolve);

	nf_ct_acct_add(winner, IP_CT_DIR_ORIGINAL, 1, 60);
	nf_ct_acct_add(ct_of(second), IP_CT_DIR_ORIGINAL, 2, 120);
	KUNIT_EXPECT_EQ(test, confirm(first), NF_ACCEPT);
	KUNIT_EXPECT_EQ(test, confirm(second), NF_ACCEPT);

	KUNIT_EXPECT_PTR_EQ(test, ct_of(second), winner);
	KUNIT_EXPECT_EQ(test, info_of(second), IP_CT_NEW);
	KUNIT_EXPECT_FALSE(test, test_bit(IPS_SEEN_REPLY_BIT, &winner->status));
	KUNIT_EXPECT_EQ(test, refcount_read(&winner->ct_general.use), 3);
	KUNIT_EXPECT_EQ(test, packets(winner, IP_CT_DIR_ORIGINAL), 3ULL);
	KUNIT_EXPECT_EQ(test, packets(winner, IP_CT_DIR_REPLY), 0ULL);
	KUNIT_EXPECT_EQ(test, COUNTED(clash_resolve), resolved + 1);
	kfree_skb(second);
	kfree_skb(first);
}

/* Both ends spoke first: the later packet is the other one's answer. */
static void the_reverse_flow_becomes_a_reply(struct kunit *test)
{
	struct sk_buff *first = query(test), *second;
	struct nf_conn *winner = ct_of(first);

	second = packet(test, SERVER, SPORT, CLIENT, CPORT, IPPROTO_UDP);
	nf_ct_acct_add(ct_of(second), IP_CT_DIR_ORIGINAL, 2, 120);
	KUNIT_EXPECT_EQ(test, confirm(first), NF_ACCEPT);
	KUNIT_EXPECT_EQ(test, confirm(second), NF_ACCEPT);

	KUNIT_EXPECT_PTR_EQ(test, ct_of(second), winner);
	KUNIT_EXPECT_EQ(test, info_of(second), IP_CT_ESTABLISHED_REPLY);
	KUNIT_EXPECT_TRUE(test, test_bit(IPS_SEEN_REPLY_BIT, &winner->status));
	KUNIT_EXPECT_EQ(test, packets(winner, IP_CT_DIR_ORIGINAL), 0ULL);
	KUNIT_EXPECT_EQ(test, packets(winner, IP_CT_DIR_REPLY), 2ULL);
	kfree_skb(second);
	kfree_skb(first);
}

/* NAT chose twice: the loser keeps its way back, for a second. */
static void another_mapping_keeps_its_way_back(struct kunit *test)
{
	struct sk_buff *first = query(test), *second = query(test);
	struct nf_conn *winner = ct_of(first), *loser = ct_of(second);

	masquerade(first, 1001);
	masquerade(second, 1002);
	KUNIT_EXPECT_EQ(test, confirm(first), NF_ACCEPT);
	KUNIT_EXPECT_EQ(test, confirm(second), NF_ACCEPT);

	KUNIT_EXPECT_PTR_EQ(test, ct_of(second), loser);
	KUNIT_EXPECT_PTR_EQ(test, owner_of(loser, IP_CT_DIR_REPLY), loser);
	KUNIT_EXPECT_PTR_EQ(test, owner_of(loser, IP_CT_DIR_ORIGINAL), winner);
	KUNIT_EXPECT_EQ(test, loser->status & (IPS_CONFIRMED | IPS_NAT_CLASH |
					       IPS_FIXED_TIMEOUT),
			(unsigned long)(IPS_CONFIRMED | IPS_NAT_CLASH |
					IPS_FIXED_TIMEOUT));
	KUNIT_EXPECT_LE(test, nf_ct_expires(loser), (unsigned long)HZ);
	KUNIT_EXPECT_EQ(test, refcount_read(&loser->ct_general.use), 2);
	KUNIT_EXPECT_TRUE(test, nf_ct_delete(loser, 0, 0));
	KUNIT_EXPECT_PTR_EQ(test, owner_of(winner, IP_CT_DIR_ORIGINAL), winner);
	kfree_skb(second);
	kfree_skb(first);
}

/* The same where the loser's mapping is none: its reply tuple is the original
 * one's mirror image, by which otherwise both would be found.
 */
static void without_a_mapping_it_keeps_its_way_back(struct kunit *test)
{
	struct sk_buff *first = query(test), *second = query(test);
	struct nf_conn *winner = ct_of(first), *loser = ct_of(second);

	masquerade(first, 1001);
	KUNIT_EXPECT_EQ(test, confirm(first), NF_ACCEPT);
	KUNIT_EXPECT_EQ(test, confirm(second), NF_ACCEPT);

	KUNIT_EXPECT_PTR_EQ(test, ct_of(second), loser);
	KUNIT_EXPECT_PTR_EQ(test, owner_of(loser, IP_CT_DIR_REPLY), loser);
	KUNIT_EXPECT_PTR_EQ(test, owner_of(loser, IP_CT_DIR_ORIGINAL), winner);
	KUNIT_EXPECT_PTR_EQ(test, owner_of(winner, IP_CT_DIR_REPLY), winner);
	KUNIT_EXPECT_TRUE(test, nf_ct_delete(loser, 0, 0));
	KUNIT_EXPECT_PTR_EQ(test, owner_of(loser, IP_CT_DIR_REPLY), NULL);
	KUNIT_EXPECT_PTR_EQ(test, owner_of(winner, IP_CT_DIR_ORIGINAL), winner);
	kfree_skb(second);
	kfree_skb(first);
}

/* What cannot be resolved: dropped, counted, and nothing is changed. */
static void refused(struct kunit *test, struct sk_buff *first,
		    struct sk_buff *second)
{
	struct nf_conn *winner = ct_of(first), *loser = ct_of(second);
	u32 failed = COUNTED(insert_failed), resolved = COUNTED(clash_resolve);

	KUNIT_EXPECT_EQ(test, confirm(second), NF_DROP);
	KUNIT_EXPECT_PTR_EQ(test, ct_of(second), loser);
	KUNIT_EXPECT_FALSE(test, nf_ct_is_confirmed(loser));
	KUNIT_EXPECT_EQ(test, refcount_read(&loser->ct_general.use), 1);
	KUNIT_EXPECT_EQ(test, refcount_read(&winner->ct_general.use), 2);
	KUNIT_EXPECT_EQ(test, COUNTED(insert_failed), failed + 1);
	KUNIT_EXPECT_EQ(test, COUNTED(clash_resolve), resolved);
	kfree_skb(second);
	kfree_skb(first);
}

static void tcp_has_too_much_state_to_merge(struct kunit *test)
{
	struct sk_buff *first, *second;

	first = packet(test, CLIENT, CPORT, SERVER, SPORT, IPPROTO_TCP);
	second = packet(test, CLIENT, CPORT, SERVER, SPORT, IPPROTO_TCP);
	KUNIT_EXPECT_EQ(test, confirm(first), NF_ACCEPT);
	refused(test, first, second);
}

/* Two clients, and NAT gave both the same way back. */
static void a_way_back_has_one_owner(struct kunit *test)
{
	struct sk_buff *first = query(test), *second;

	second = packet(test, CLIENT, CPORT + 1, SERVER, SPORT, IPPROTO_UDP);
	masquerade(first, 1001);
	masquerade(second, 1001);
	KUNIT_EXPECT_EQ(test, confirm(first), NF_ACCEPT);
	refused(test, first, second);
}

/* The first of three has the beginning, the second the way back. */
static void a_way_back_taken_by_a_third_is_refused(struct kunit *test)
{
	struct sk_buff *first = query(test), *second = query(test), *third;

	third = packet(test, CLIENT, CPORT + 1, SERVER, SPORT, IPPROTO_UDP);
	masquerade(first, 1001);
	masquerade(second, 1002);
	masquerade(third, 1002);
	KUNIT_EXPECT_EQ(test, confirm(third), NF_ACCEPT);
	KUNIT_EXPECT_EQ(test, confirm(first), NF_ACCEPT);
	refused(test, first, second);
	kfree_skb(third);
}

/* A module went while the packet waited: what its entry points to is gone. */
static void an_entry_of_an_old_generation_is_refused(struct kunit *test)
{
	struct sk_buff *skb = query(test);
	struct nf_conn *ct = ct_of(skb);
	u32 failed = COUNTED(insert_failed);

	nf_ct_iterate_destroy(of_the_test, NULL);
	KUNIT_EXPECT_EQ(test, confirm(skb), NF_DROP);
	KUNIT_EXPECT_FALSE(test, nf_ct_is_confirmed(ct));
	KUNIT_EXPECT_EQ(test, COUNTED(insert_failed), failed + 1);
	kfree_skb(skb);
}

/* The same for one that user space makes. */
static void made_by_hand_it_is_refused_too(struct kunit *test)
{
	struct sk_buff *skb = query(test);
	struct nf_conn *ct = ct_of(skb);

	ct->status |= IPS_CONFIRMED;
	/* Like an entry that waits: not valid for good yet. */
	nf_ct_iterate_destroy(of_the_test, NULL);
	refcount_set(&ct->ct_general.use, 0);
	KUNIT_EXPECT_EQ(test, nf_conntrack_hash_check_insert(ct), -ETIMEDOUT);
	KUNIT_EXPECT_PTR_EQ(test, owner_of(ct, IP_CT_DIR_ORIGINAL), NULL);
	refcount_set(&ct->ct_general.use, 1);
	kfree_skb(skb);
}

static struct kunit_case confirm_cases[] = {
	KUNIT_CASE(a_packet_that_passed_publishes_its_entry),
	KUNIT_CASE(a_packet_without_a_time_came_now),
	KUNIT_CASE(an_answer_to_it_publishes_nothing),
	KUNIT_CASE(a_copy_finds_it_done),
	KUNIT_CASE(the_same_flow_moves_over_to_the_winner),
	KUNIT_CASE(the_reverse_flow_becomes_a_reply),
	KUNIT_CASE(another_mapping_keeps_its_way_back),
	KUNIT_CASE(without_a_mapping_it_keeps_its_way_back),
	KUNIT_CASE(tcp_has_too_much_state_to_merge),
	KUNIT_CASE(a_way_back_has_one_owner),
	KUNIT_CASE(a_way_back_taken_by_a_third_is_refused),
	KUNIT_CASE(an_entry_of_an_old_generation_is_refused),
	KUNIT_CASE(made_by_hand_it_is_refused_too),
	{}
};

static struct kunit_suite confirm_suite = {
	.name		= "nf_ct_confirm",
	.init		= confirm_init,
	.exit		= confirm_exit,
	.test_cases	= confirm_cases,
};

kunit_test_suite(confirm_suite);
