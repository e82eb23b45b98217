// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table: what is in it is found, from both sides, and nothing else is;
 * alone and with several threads at it.  Runs against the loaded
 * nf_conntrack, by its exported symbols, in the initial namespace.
 *
 * Flow number n goes from 10.n.n.n, port 1024, to 10.255.0.1, port 80, so a
 * lost, a doubled and a wrong entry can be told from each other.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>

#define SERVER		htonl(0x0aff0001)
#define LIFETIME	(600 * HZ)
#define MANY		3000u

static struct nf_conntrack_tuple orig_tuple(u32 n)
{
	struct nf_conntrack_tuple tuple;

	memset(&tuple, 0, sizeof(tuple));
	tuple.src.l3num = NFPROTO_IPV4;
	tuple.src.u3.ip = htonl(0x0a000000 + n);
	tuple.src.u.udp.port = htons(1024);
	tuple.dst.u3.ip = SERVER;
	tuple.dst.u.udp.port = htons(80);
	tuple.dst.protonum = IPPROTO_UDP;

	return tuple;
}

static struct nf_conntrack_tuple reply_tuple(u32 n)
{
	struct nf_conntrack_tuple tuple, orig = orig_tuple(n);

	nf_ct_invert_tuple(&tuple, &orig);
	return tuple;
}

static struct nf_conntrack_zone zone_of(u16 id)
{
	return (struct nf_conntrack_zone){
		.id = id, .dir = NF_CT_DEFAULT_ZONE_DIR };
}

/* An entry ready to be inserted, or NULL. */
static struct nf_conn *new_entry(u32 n, u16 zone_id)
{
	struct nf_conntrack_tuple orig = orig_tuple(n), reply = reply_tuple(n);
	struct nf_conntrack_zone zone = zone_of(zone_id);
	struct nf_conn *ct;

	ct = nf_conntrack_alloc(&init_net, &zone, &orig, &reply, GFP_KERNEL);
	if (IS_ERR(ct))
		return NULL;

	ct->timeout = nfct_time_stamp + LIFETIME;
	ct->status |= IPS_CONFIRMED;
	return ct;
}

/* Inserts a new entry and leaves it to the table. */
static int insert(u32 n, u16 zone_id)
{
	struct nf_conn *ct = new_entry(n, zone_id);
	int err;

	if (!ct)
		return -ENOMEM;

	err = nf_conntrack_hash_check_insert(ct);
	if (err)
		nf_conntrack_free(ct);
	else
		nf_ct_put(ct);
	return err;
}

/* The entry found by a tuple, with a reference, or NULL. */
static struct nf_conn *find(const struct nf_conntrack_tuple *tuple, u16 zone_id)
{
	struct nf_conntrack_zone zone = zone_of(zone_id);
	struct nf_conntrack_tuple_hash *h;

	h = nf_conntrack_find_get(&init_net, &zone, tuple);
	return h ? nf_ct_tuplehash_to_ctrack(h) : NULL;
}

static bool is_flow(const struct nf_conn *ct, u32 n, u16 zone_id)
{
	struct nf_conntrack_tuple orig = orig_tuple(n);

	return nf_ct_tuple_equal(nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL), &orig) &&
	       nf_ct_zone(ct)->id == zone_id;
}

/* Is flow @n there, the same entry from both sides, and no other? */
static bool found(u32 n, u16 zone_id)
{
	struct nf_conntrack_tuple orig = orig_tuple(n), reply = reply_tuple(n);
	struct nf_conn *there = find(&orig, zone_id);
	struct nf_conn *back = find(&reply, zone_id);
	bool ok = there && there == back && is_flow(there, n, zone_id);

	nf_ct_put(there);
	nf_ct_put(back);
	return ok;
}

/* Is there no trace of flow @n? */
static bool absent(u32 n, u16 zone_id)
{
	struct nf_conntrack_tuple orig = orig_tuple(n), reply = reply_tuple(n);
	struct nf_conn *there = find(&orig, zone_id);
	struct nf_conn *back = find(&reply, zone_id);
	bool ok = !there && !back;

	nf_ct_put(there);
	nf_ct_put(back);
	return ok;
}

static bool delete(u32 n, u16 zone_id)
{
	struct nf_conntrack_tuple orig = orig_tuple(n);
	struct nf_conn *ct = find(&orig, zone_id);
	bool deleted = ct && nf_ct_delete(ct, 0, 0);

	nf_ct_put(ct);
	return deleted;
}

static bool is_ours(const struct nf_conn *ct)
{
	return nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL)->dst.u3.ip == SERVER;
}

static int pick_all(struct nf_conn *ct, void *data)
{
	return is_ours(ct);
}

/* Even ones; counts in @data how often it was asked. */
static int pick_even(struct nf_conn *ct, void *data)
{
	unsigned int *asked = data;

	if (!is_ours(ct))
		return 0;

	(*asked)++;
	return !(ntohl(nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL)->src.u3.ip) & 1);
}

static void iterate(int (*pick)(struct nf_conn *ct, void *data), void *data)
{
	struct nf_ct_iter_data iter_data = { .net = &init_net, .data = data };

	nf_ct_iterate_cleanup_net(pick, &iter_data);
}

static int table_init(struct kunit *test)
{
	test->priv = (void *)(unsigned long)nf_conntrack_count(&init_net);
	return 0;
}

/* No test leaves an entry behind, nor may the count say so. */
static void table_exit(struct kunit *test)
{
	iterate(pick_all, NULL);
	KUNIT_EXPECT_EQ(test, (unsigned long)test->priv,
			(unsigned long)nf_conntrack_count(&init_net));
}

static unsigned int how_many(void)
{
	return nf_conntrack_max ? min(MANY, nf_conntrack_max / 4 * 3) : MANY;
}

static void an_entry_is_found_from_both_sides(struct kunit *test)
{
	u32 before = nf_conntrack_count(&init_net);

	KUNIT_EXPECT_TRUE(test, absent(1, 0));
	KUNIT_ASSERT_EQ(test, 0, insert(1, 0));
	KUNIT_EXPECT_TRUE(test, found(1, 0));
	KUNIT_EXPECT_TRUE(test, absent(2, 0));
	KUNIT_EXPECT_EQ(test, before + 1, nf_conntrack_count(&init_net));
}

/* Mirror images ------------------------------------------------------------ */

/*
 * Ends in every order, of addresses and of ports: in which a tuple lies must not
 * matter to who finds it.
 */
static const struct ends {
	const char *name;
	u8 l3num;
	u8 protonum;
	u32 src[4], dst[4];	/* host order; IPv4 is in the first */
	u16 sport, dport;	/* or what stands for a port */
} ends[] = {
	{ "IPv4, from the lower address", NFPROTO_IPV4, IPPROTO_UDP,
	  { 0x0a000001 }, { 0x0aff0001 }, 53, 1024 },
	{ "IPv4, from the higher address", NFPROTO_IPV4, IPPROTO_UDP,
	  { 0x0aff0001 }, { 0x0a000001 }, 53, 1024 },
	{ "IPv4, one address, from the lower port", NFPROTO_IPV4, IPPROTO_TCP,
	  { 0x0aff0001 }, { 0x0aff0001 }, 80, 1024 },
	{ "IPv4, one address, from the higher port", NFPROTO_IPV4, IPPROTO_TCP,
	  { 0x0aff0001 }, { 0x0aff0001 }, 1024, 80 },
	{ "IPv4, one port, from the lower address", NFPROTO_IPV4, IPPROTO_UDP,
	  { 0x0a000001 }, { 0x0aff0001 }, 500, 500 },
	{ "IPv4, one port, from the higher address", NFPROTO_IPV4, IPPROTO_UDP,
	  { 0x0aff0001 }, { 0x0a000001 }, 500, 500 },
	{ "IPv4, no ports", NFPROTO_IPV4, IPPROTO_ESP,
	  { 0x0aff0001 }, { 0x0a000001 }, 0, 0 },
	{ "IPv6, from the lower address", NFPROTO_IPV6, IPPROTO_UDP,
	  { 0x20010db8, 0, 0, 1 }, { 0x20010db8, 0, 0, 2 }, 53, 1024 },
	{ "IPv6, from the higher address", NFPROTO_IPV6, IPPROTO_UDP,
	  { 0x20010db8, 0, 0, 2 }, { 0x20010db8, 0, 0, 1 }, 53, 1024 },
	{ "IPv6, from the lower network", NFPROTO_IPV6, IPPROTO_UDP,
	  { 0x20010db8, 1, 0, 2 }, { 0x20010db8, 2, 0, 1 }, 53, 1024 },
	{ "IPv6, from the higher network", NFPROTO_IPV6, IPPROTO_UDP,
	  { 0x20010db8, 2, 0, 1 }, { 0x20010db8, 1, 0, 2 }, 53, 1024 },
	{ "IPv6, one port, from the lower address", NFPROTO_IPV6, IPPROTO_UDP,
	  { 0x20010db8, 0, 0, 1 }, { 0x20010db8, 0, 0, 2 }, 500, 500 },
	{ "IPv6, one port, from the higher address", NFPROTO_IPV6, IPPROTO_UDP,
	  { 0x20010db8, 0, 0, 2 }, { 0x20010db8, 0, 0, 1 }, 500, 500 },
	{ "IPv6, one address, from the lower port", NFPROTO_IPV6, IPPROTO_TCP,
	  { 0x20010db8, 0, 0, 1 }, { 0x20010db8, 0, 0, 1 }, 80, 1024 },
	{ "IPv6, one address, from the higher port", NFPROTO_IPV6, IPPROTO_TCP,
	  { 0x20010db8, 0, 0, 1 }, { 0x20010db8, 0, 0, 1 }, 1024, 80 },
	{ "echo", NFPROTO_IPV4, IPPROTO_ICMP,
	  { 0x0a000001 }, { 0x0aff0001 }, 77, ICMP_ECHO << 8 },
	{ "echo, back", NFPROTO_IPV4, IPPROTO_ICMP,
	  { 0x0aff0001 }, { 0x0a000001 }, 77, ICMP_ECHO << 8 },
	{ "echo over IPv6", NFPROTO_IPV6, IPPROTO_ICMPV6,
	  { 0x20010db8, 0, 0, 1 }, { 0x20010db8, 0, 0, 2 }, 77,
	  ICMPV6_ECHO_REQUEST << 8 },
};

static void ends_to_desc(const struct ends *e, char *desc)
{
	strscpy(desc, e->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(ends, ends, ends_to_desc);

static struct nf_conntrack_tuple tuple_of_ends(const struct ends *e)
{
	struct nf_conntrack_tuple tuple;
	unsigned int i;

	memset(&tuple, 0, sizeof(tuple));
	tuple.src.l3num = e->l3num;
	tuple.dst.protonum = e->protonum;
	for (i = 0; i < ARRAY_SIZE(e->src); i++) {
		tuple.src.u3.all[i] = (__force u32)htonl(e->src[i]);
		tuple.dst.u3.all[i] = (__force u32)htonl(e->dst[i]);
	}
	tuple.src.u.all = htons(e->sport);
	tuple.dst.u.all = htons(e->dport);
	return tuple;
}

static struct nf_conn *insert_tuples(struct kunit *test,
				     struct nf_conntrack_zone zone,
				     const struct nf_conntrack_tuple *orig,
				     const struct nf_conntrack_tuple *reply)
{
	struct nf_conntrack_tuple there = *orig, back = *reply;
	struct nf_conn *ct;

	there.dst.dir = IP_CT_DIR_ORIGINAL;
	back.dst.dir = IP_CT_DIR_REPLY;
	ct = nf_conntrack_alloc(&init_net, &zone, &there, &back, GFP_KERNEL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ct));
	ct->timeout = nfct_time_stamp + LIFETIME;
	ct->status |= IPS_CONFIRMED;
	KUNIT_ASSERT_EQ(test, 0, nf_conntrack_hash_check_insert(ct));
	return ct;
}

/* Is it @ct that has @tuple, and as that direction's? */
static bool owns(const struct nf_conn *ct, struct nf_conntrack_zone zone,
		 const struct nf_conntrack_tuple *tuple,
		 enum ip_conntrack_dir dir)
{
	struct nf_conntrack_tuple_hash *h;
	bool ok;

	h = nf_conntrack_find_get(&init_net, &zone, tuple);
	if (!h)
		return false;
	ok = nf_ct_tuplehash_to_ctrack(h) == ct && NF_CT_DIRECTION(h) == dir;
	nf_ct_put(nf_ct_tuplehash_to_ctrack(h));
	return ok;
}

static void delete_and_put(struct kunit *test, struct nf_conn *ct)
{
	KUNIT_EXPECT_TRUE(test, nf_ct_delete(ct, 0, 0));
	nf_ct_put(ct);
}

static void either_tuple_says_which_it_is(struct kunit *test)
{
	const struct nf_conntrack_zone zone = zone_of(0);
	struct nf_conntrack_tuple orig = tuple_of_ends(test->param_value), reply;
	struct nf_conn *ct;

	KUNIT_ASSERT_TRUE(test, nf_ct_invert_tuple(&reply, &orig));
	ct = insert_tuples(test, zone, &orig, &reply);
	KUNIT_EXPECT_TRUE(test, owns(ct, zone, &orig, IP_CT_DIR_ORIGINAL));
	KUNIT_EXPECT_TRUE(test, owns(ct, zone, &reply, IP_CT_DIR_REPLY));
	delete_and_put(test, ct);
	KUNIT_EXPECT_PTR_EQ(test, find(&orig, 0), NULL);
	KUNIT_EXPECT_PTR_EQ(test, find(&reply, 0), NULL);
}

/* With NAT, the mirror image of what came first is another flow's. */
static void a_mirror_image_may_be_another_flow(struct kunit *test)
{
	const struct nf_conntrack_zone zone = zone_of(0);
	struct nf_conntrack_tuple orig = tuple_of_ends(test->param_value), reply;
	struct nf_conntrack_tuple elsewhere, back;
	struct nf_conn *one, *other;

	KUNIT_ASSERT_TRUE(test, nf_ct_invert_tuple(&reply, &orig));
	elsewhere = reply;
	elsewhere.dst.u3.all[0] ^= 0xff;
	one = insert_tuples(test, zone, &orig, &elsewhere);
	KUNIT_EXPECT_PTR_EQ(test, find(&reply, 0), NULL);

	back = orig;
	back.dst.u3.all[0] ^= 0xff00;
	other = insert_tuples(test, zone, &reply, &back);
	KUNIT_EXPECT_TRUE(test, owns(one, zone, &orig, IP_CT_DIR_ORIGINAL));
	KUNIT_EXPECT_TRUE(test, owns(one, zone, &elsewhere, IP_CT_DIR_REPLY));
	KUNIT_EXPECT_TRUE(test, owns(other, zone, &reply, IP_CT_DIR_ORIGINAL));
	KUNIT_EXPECT_TRUE(test, owns(other, zone, &back, IP_CT_DIR_REPLY));

	delete_and_put(test, one);
	KUNIT_EXPECT_PTR_EQ(test, find(&orig, 0), NULL);
	KUNIT_EXPECT_PTR_EQ(test, find(&elsewhere, 0), NULL);
	KUNIT_EXPECT_TRUE(test, owns(other, zone, &reply, IP_CT_DIR_ORIGINAL));
	delete_and_put(test, other);
	KUNIT_EXPECT_PTR_EQ(test, find(&back, 0), NULL);
}

/* Whatever NAT alters in it, the reply tuple is what it was altered to. */
static void a_translated_tuple_is_found(struct kunit *test)
{
	const struct nf_conntrack_zone zone = zone_of(0);
	const struct nf_conntrack_tuple orig = orig_tuple(1);
	struct nf_conntrack_tuple reply[5];
	struct nf_conn *ct;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reply); i++)
		reply[i] = reply_tuple(1);
	reply[0].src.u3.all[0] ^= 0xff;
	reply[1].dst.u3.all[0] ^= 0xff;
	reply[2].src.u.all ^= 0xff;
	reply[3].dst.u.all ^= 0xff;
	reply[4].dst.protonum ^= 0xff;	/* only ctnetlink could */

	for (i = 0; i < ARRAY_SIZE(reply); i++) {
		ct = insert_tuples(test, zone, &orig, &reply[i]);
		KUNIT_EXPECT_TRUE(test, owns(ct, zone, &orig, IP_CT_DIR_ORIGINAL));
		KUNIT_EXPECT_TRUE(test, owns(ct, zone, &reply[i], IP_CT_DIR_REPLY));
		delete_and_put(test, ct);
		KUNIT_EXPECT_PTR_EQ(test, find(&reply[i], 0), NULL);
	}
}

/* Are both there, each found by its own tuple?  Half of the first ones leave. */
static bool are_told_apart(struct kunit *test, u32 n)
{
	const struct nf_conntrack_zone zone = zone_of(0);
	struct nf_conntrack_tuple there = orig_tuple(n), back = reply_tuple(n);
	struct nf_conn *one = find(&there, 0), *other = find(&back, 0);
	bool ok;

	ok = one && other && one != other &&
	     owns(one, zone, &there, IP_CT_DIR_ORIGINAL) &&
	     owns(other, zone, &back, IP_CT_DIR_ORIGINAL);
	if (ok && n % 2)
		ok = nf_ct_delete(one, 0, 0) && !find(&there, 0) &&
		     owns(other, zone, &back, IP_CT_DIR_ORIGINAL);
	if (other)
		nf_ct_delete(other, 0, 0);
	nf_ct_put(other);
	nf_ct_put(one);
	return ok;
}

/* In full buckets, too, where one of the two is in the list. */
static void thousands_of_mirror_images_are_told_apart(struct kunit *test)
{
	const struct nf_conntrack_zone zone = zone_of(0);
	unsigned int n, many = how_many() / 2, wrong = 0;

	for (n = 0; n < many; n++) {
		struct nf_conntrack_tuple there = orig_tuple(n), back = reply_tuple(n);
		struct nf_conntrack_tuple far = there, near = back;

		far.dst.u3.all[0] ^= 0xff00;
		near.dst.u.all ^= 0xff00;
		nf_ct_put(insert_tuples(test, zone, &there, &near));
		nf_ct_put(insert_tuples(test, zone, &back, &far));
	}
	for (n = 0; n < many; n++)
		wrong += !are_told_apart(test, n);
	KUNIT_EXPECT_EQ(test, 0u, wrong);
}

/* From a port to the same one, at home: what was sent comes back as the reply. */
static void its_own_mirror_image_is_a_reply(struct kunit *test)
{
	const struct nf_conntrack_zone zone = zone_of(0);
	struct nf_conntrack_tuple same = orig_tuple(1);
	struct nf_conn *ct;

	same.src = (struct nf_conntrack_man){ .l3num = NFPROTO_IPV4 };
	same.src.u3 = same.dst.u3;
	same.src.u.all = same.dst.u.all;
	ct = insert_tuples(test, zone, &same, &same);
	KUNIT_EXPECT_TRUE(test, owns(ct, zone, &same, IP_CT_DIR_REPLY));
	delete_and_put(test, ct);
	KUNIT_EXPECT_PTR_EQ(test, find(&same, 0), NULL);
}

/*
 * Two ends that both speak first, in a zone that holds for originals: in that
 * zone each tuple begins a flow, in zone 0 it answers the other's.
 */
static void a_zone_tells_a_tuple_from_its_mirror_image(struct kunit *test)
{
	const struct nf_conntrack_zone zone = { .id = 1, .dir = NF_CT_ZONE_DIR_ORIG };
	struct nf_conntrack_tuple there = orig_tuple(1), back = reply_tuple(1);
	struct nf_conn *one = insert_tuples(test, zone, &there, &back);
	struct nf_conn *other = insert_tuples(test, zone, &back, &there);

	KUNIT_EXPECT_TRUE(test, owns(one, zone, &there, IP_CT_DIR_ORIGINAL));
	KUNIT_EXPECT_TRUE(test, owns(other, zone, &back, IP_CT_DIR_ORIGINAL));
	KUNIT_EXPECT_TRUE(test, owns(other, zone_of(0), &there, IP_CT_DIR_REPLY));
	KUNIT_EXPECT_TRUE(test, owns(one, zone_of(0), &back, IP_CT_DIR_REPLY));
	delete_and_put(test, other);
	KUNIT_EXPECT_TRUE(test, owns(one, zone, &back, IP_CT_DIR_REPLY));
	delete_and_put(test, one);
}

static void a_deleted_entry_is_gone(struct kunit *test)
{
	u32 before = nf_conntrack_count(&init_net);

	KUNIT_ASSERT_EQ(test, 0, insert(1, 0));
	KUNIT_EXPECT_TRUE(test, delete(1, 0));
	KUNIT_EXPECT_TRUE(test, absent(1, 0));
	KUNIT_EXPECT_FALSE(test, delete(1, 0));
	KUNIT_EXPECT_EQ(test, before, nf_conntrack_count(&init_net));
}

static void an_entry_dies_once_and_lives_while_held(struct kunit *test)
{
	struct nf_conntrack_tuple orig = orig_tuple(1);
	struct nf_conn *ct;

	KUNIT_ASSERT_EQ(test, 0, insert(1, 0));
	ct = find(&orig, 0);
	KUNIT_ASSERT_NOT_NULL(test, ct);

	KUNIT_EXPECT_TRUE(test, nf_ct_delete(ct, 0, 0));
	KUNIT_EXPECT_FALSE(test, nf_ct_delete(ct, 0, 0));
	KUNIT_EXPECT_TRUE(test, nf_ct_is_dying(ct));
	KUNIT_EXPECT_TRUE(test, is_flow(ct, 1, 0));
	KUNIT_EXPECT_TRUE(test, absent(1, 0));
	nf_ct_put(ct);
}

static void a_second_one_is_refused(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, insert(1, 0));
	KUNIT_EXPECT_EQ(test, -EEXIST, insert(1, 0));
	KUNIT_EXPECT_TRUE(test, found(1, 0));
}

static void one_side_taken_is_enough_to_refuse(struct kunit *test)
{
	struct nf_conntrack_tuple taken = reply_tuple(1);
	struct nf_conn *ct = new_entry(2, 0);

	KUNIT_ASSERT_NOT_NULL(test, ct);
	KUNIT_ASSERT_EQ(test, 0, insert(1, 0));

	ct->tuplehash[IP_CT_DIR_REPLY].tuple = taken;
	KUNIT_EXPECT_EQ(test, -EEXIST, nf_conntrack_hash_check_insert(ct));
	nf_conntrack_free(ct);
	KUNIT_EXPECT_TRUE(test, absent(2, 0));
}

static void a_taken_tuple_is_known(struct kunit *test)
{
	struct nf_conntrack_tuple taken = reply_tuple(1), other = reply_tuple(3);
	struct nf_conn *ct = new_entry(2, 0);

	KUNIT_ASSERT_NOT_NULL(test, ct);
	KUNIT_ASSERT_EQ(test, 0, insert(1, 0));

	KUNIT_EXPECT_TRUE(test, nf_conntrack_tuple_taken(&taken, ct));
	KUNIT_EXPECT_FALSE(test, nf_conntrack_tuple_taken(&other, ct));
	nf_conntrack_free(ct);
}

static void an_entry_does_not_stand_in_its_own_way(struct kunit *test)
{
	struct nf_conntrack_tuple orig = orig_tuple(1), reply = reply_tuple(1);
	struct nf_conn *ct;

	KUNIT_ASSERT_EQ(test, 0, insert(1, 0));
	ct = find(&orig, 0);
	KUNIT_ASSERT_NOT_NULL(test, ct);
	KUNIT_EXPECT_FALSE(test, nf_conntrack_tuple_taken(&reply, ct));
	nf_ct_put(ct);
}

/* More than would fit a chain: the zone must be part of the hash. */
static void zones_are_worlds_of_their_own(struct kunit *test)
{
	u16 zone;

	for (zone = 1; zone <= 500; zone++)
		KUNIT_EXPECT_EQ(test, 0, insert(1, zone));
	KUNIT_EXPECT_TRUE(test, absent(1, 0));

	for (zone = 1; zone <= 500; zone++)
		KUNIT_EXPECT_TRUE(test, found(1, zone));

	KUNIT_EXPECT_TRUE(test, delete(1, 77));
	KUNIT_EXPECT_TRUE(test, absent(1, 77));
	KUNIT_EXPECT_TRUE(test, found(1, 78));
}

/*
 * A zone for replies only: the reply of one flow and the beginning of the other
 * are the same tuple in the same zone.  The one made last is found.
 */
static struct nf_conn *new_younger(u32 n)
{
	struct nf_conntrack_tuple orig = orig_tuple(n), reply = reply_tuple(n);
	struct nf_conntrack_zone zone = { .id = 1, .dir = NF_CT_ZONE_DIR_REPL };
	struct nf_conn *young;

	swap(orig.dst.dir, reply.dst.dir);
	young = nf_conntrack_alloc(&init_net, &zone, &reply, &orig, GFP_KERNEL);
	if (IS_ERR(young))
		return NULL;
	young->timeout = nfct_time_stamp + LIFETIME;
	young->status |= IPS_CONFIRMED;
	if (!nf_conntrack_hash_check_insert(young))
		return young;
	nf_conntrack_free(young);
	return NULL;
}

static struct nf_conn *insert_younger(struct kunit *test, u32 n)
{
	struct nf_conn *young;

	KUNIT_ASSERT_EQ(test, 0, insert(n, 0));
	young = new_younger(n);
	KUNIT_ASSERT_NOT_NULL(test, young);
	return young;
}

static bool is_found(const struct nf_conn *expected, u32 n)
{
	struct nf_conntrack_tuple reply = reply_tuple(n);
	struct nf_conn *ct = find(&reply, 0);

	nf_ct_put(ct);
	return ct == expected;
}

static void of_two_the_younger_is_found(struct kunit *test)
{
	struct nf_conn *young = insert_younger(test, 1);

	KUNIT_EXPECT_TRUE(test, is_found(young, 1));

	KUNIT_EXPECT_TRUE(test, nf_ct_delete(young, 0, 0));
	nf_ct_put(young);
	KUNIT_EXPECT_TRUE(test, found(1, 0));
}

static void an_expired_entry_is_not_found(struct kunit *test)
{
	struct nf_conntrack_tuple orig = orig_tuple(1);
	struct nf_conn *ct;

	KUNIT_ASSERT_EQ(test, 0, insert(1, 0));
	ct = find(&orig, 0);
	KUNIT_ASSERT_NOT_NULL(test, ct);
	WRITE_ONCE(ct->timeout, nfct_time_stamp - 1);
	nf_ct_put(ct);

	KUNIT_EXPECT_TRUE(test, absent(1, 0));
}

/* What user space may hold on to: it tells entries apart, not where they are. */
/* Nor is it in the way of a flow that begins, though its packet missed it. */
static void an_expired_entry_is_in_nobodys_way(struct kunit *test)
{
	struct nf_conntrack_tuple orig = orig_tuple(45);
	struct sk_buff *skb = alloc_skb(64, GFP_KERNEL);
	struct nf_conn *old, *ct = new_entry(45, 0);
	int verdict;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	KUNIT_ASSERT_NOT_NULL(test, ct);
	KUNIT_ASSERT_EQ(test, 0, insert(45, 0));
	old = find(&orig, 0);
	KUNIT_ASSERT_NOT_NULL(test, old);
	WRITE_ONCE(old->timeout, nfct_time_stamp - HZ);

	ct->timeout = LIFETIME;
	ct->status &= ~IPS_CONFIRMED;
	refcount_set(&ct->ct_general.use, 1);
	nf_ct_set(skb, ct, IP_CT_NEW);
	rcu_read_lock();
	local_bh_disable();
	verdict = __nf_conntrack_confirm(skb);
	local_bh_enable();
	rcu_read_unlock();

	KUNIT_EXPECT_EQ(test, NF_ACCEPT, verdict);
	KUNIT_EXPECT_TRUE(test, nf_ct_is_dying(old));
	KUNIT_EXPECT_TRUE(test, found(45, 0));
	nf_ct_put(old);
	kfree_skb(skb);
}

static void an_id_tells_no_address(struct kunit *test)
{
	struct nf_conn *one = new_entry(1, 0), *two = new_entry(2, 0);
	u32 id;

	KUNIT_ASSERT_NOT_NULL(test, one);
	KUNIT_ASSERT_NOT_NULL(test, two);

	id = nf_ct_get_id(one);
	KUNIT_EXPECT_NE(test, id, nf_ct_get_id(two));
	KUNIT_EXPECT_NE(test, id, (u32)(unsigned long)one);
	KUNIT_EXPECT_NE(test, id ^ nf_ct_get_id(two),
			(u32)((unsigned long)one ^ (unsigned long)two));

	KUNIT_ASSERT_EQ(test, 0, nf_conntrack_hash_check_insert(one));
	WRITE_ONCE(one->timeout, nfct_time_stamp + 2 * LIFETIME);
	set_bit(IPS_SEEN_REPLY_BIT, &one->status);
	KUNIT_EXPECT_EQ(test, id, nf_ct_get_id(one));
	nf_ct_put(one);
	nf_conntrack_free(two);
}

static void thousands_are_told_apart(struct kunit *test)
{
	unsigned int n, many = how_many(), wrong = 0;

	for (n = 0; n < many; n++)
		wrong += insert(n, 0) != 0;
	for (n = 0; n < many; n++)
		wrong += !found(n, 0);
	for (n = 0; n < many; n++)
		wrong += insert(n, 0) != -EEXIST;
	KUNIT_EXPECT_EQ(test, 0u, wrong);

	msleep(100);	/* the index grows, if it has not while they came */
	for (n = 0; n < many; n++)
		wrong += !found(n, 0);
	KUNIT_EXPECT_EQ(test, 0u, wrong);

	for (n = 0; n < many; n += 3)
		wrong += !delete(n, 0);
	for (n = 0; n < many; n++)
		wrong += !(n % 3 ? found(n, 0) : absent(n, 0));
	KUNIT_EXPECT_EQ(test, 0u, wrong);
}

static void a_walk_deletes_what_it_is_told(struct kunit *test)
{
	unsigned int n, asked = 0, many = how_many();

	for (n = 0; n < many; n++)
		KUNIT_EXPECT_EQ(test, 0, insert(n, 0));

	iterate(pick_even, &asked);

	KUNIT_EXPECT_GE(test, asked, many);
	for (n = 0; n < many; n++)
		KUNIT_EXPECT_TRUE(test, n % 2 ? found(n, 0) : absent(n, 0));
}

/* Threads ---------------------------------------------------------------- */

#define THREADS		4
#define OWN		64u		/* flows of each thread */
#define COMMON		1000000u	/* the flow that all of them want */
#define STANDING	2000000u	/* flows that are there all along */

/* What went wrong, counted by all threads. */
static struct {
	atomic_t lost, wrong, left, refused, shared;
} faults;

/* How many threads believe that the common flow is theirs. */
static atomic_t owners;
static atomic_t rounds;

static void note(atomic_t *fault, bool ok)
{
	if (!ok)
		atomic_inc(fault);
}

/* Flow @n belongs to this thread alone: it sees each of its own changes. */
static void own_round(u32 n)
{
	note(&faults.refused, !insert(n, 0));
	note(&faults.lost, found(n, 0));
	note(&faults.lost, delete(n, 0));
	note(&faults.left, absent(n, 0));
}

/* A flow of another thread comes and goes, but is never a third one. */
static void other_round(u32 n)
{
	struct nf_conntrack_tuple orig = orig_tuple(n);
	struct nf_conn *ct = find(&orig, 0);

	if (!ct)
		return;

	note(&faults.wrong, is_flow(ct, n, 0));
	nf_ct_put(ct);
}

/* Of those who insert the same flow, one succeeds at a time. */
static void common_round(void)
{
	if (insert(COMMON, 0))
		return;

	note(&faults.shared, atomic_inc_return(&owners) == 1);
	note(&faults.lost, found(COMMON, 0));
	atomic_dec(&owners);
	note(&faults.lost, delete(COMMON, 0));
}

static int change_thread(void *data)
{
	u32 base = OWN * (unsigned long)data;
	u32 i = 0;

	while (!kthread_should_stop()) {
		own_round(base + i % OWN);
		other_round((base + OWN + i) % (OWN * THREADS));
		common_round();
		atomic_inc(&rounds);
		i++;
		cond_resched();
	}

	return 0;
}

static int look_thread(void *data)
{
	u32 i = 0;

	while (!kthread_should_stop()) {
		note(&faults.lost, found(STANDING + i++ % OWN, 0));
		atomic_inc(&rounds);
		cond_resched();
	}

	return 0;
}

static void start(struct kunit *test, struct task_struct *threads[],
		  int (*fn)(void *data))
{
	unsigned long i;

	memset(&faults, 0, sizeof(faults));
	atomic_set(&owners, 0);
	atomic_set(&rounds, 0);

	for (i = 0; i < THREADS; i++)
		threads[i] = kthread_run(fn, (void *)i, "nf_ct_table/%lu", i);
}

static void stop(struct kunit *test, struct task_struct *threads[])
{
	unsigned int i;

	for (i = 0; i < THREADS; i++)
		if (!IS_ERR(threads[i]))
			kthread_stop(threads[i]);

	KUNIT_EXPECT_EQ(test, 0, atomic_read(&faults.lost));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&faults.wrong));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&faults.left));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&faults.refused));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&faults.shared));
	KUNIT_EXPECT_GT(test, atomic_read(&rounds), 0);
}

static void threads_do_not_disturb_each_other(struct kunit *test)
{
	struct task_struct *threads[THREADS];

	start(test, threads, change_thread);
	msleep(1000);
	stop(test, threads);
}

/* Sets the number of buckets as an administrator does. */
static int set_buckets(unsigned int buckets)
{
	struct file *file;
	char text[16];
	loff_t pos = 0;
	ssize_t ret;
	int len;

	file = filp_open("/sys/module/nf_conntrack/parameters/hashsize",
			 O_WRONLY, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);

	len = scnprintf(text, sizeof(text), "%u", buckets);
	ret = kernel_write(file, text, len, &pos);
	filp_close(file, NULL);

	return ret < 0 ? ret : 0;
}

/* More buckets than there are numbers for, or bytes in one allocation. */
static void no_table_is_too_large(struct kunit *test)
{
	static const unsigned int sizes[] = { UINT_MAX, UINT_MAX - 511,
					      1U << 31, 1U << 30 };
	unsigned int i, before = nf_conntrack_htable_size;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		KUNIT_EXPECT_LT_MSG(test, set_buckets(sizes[i]), 0, "%u",
				    sizes[i]);
	KUNIT_EXPECT_EQ(test, before, nf_conntrack_htable_size);
	KUNIT_EXPECT_EQ(test, 0, insert(1, 0));
	KUNIT_EXPECT_TRUE(test, found(1, 0));
}

/* Resizes the table for a second, while threads do @fn. */
static void resize_while(struct kunit *test, int (*fn)(void *data))
{
	unsigned int n, before = nf_conntrack_htable_size;
	struct task_struct *threads[THREADS];
	unsigned long end;

	start(test, threads, fn);
	end = jiffies + HZ;
	for (n = 1; time_before(jiffies, end); n++)
		KUNIT_EXPECT_EQ(test, 0, set_buckets(before << n % 3 * 2));
	stop(test, threads);

	KUNIT_EXPECT_EQ(test, 0, set_buckets(before));
	KUNIT_EXPECT_EQ(test, before, nf_conntrack_htable_size);
}

static void nothing_is_lost_while_the_table_is_resized(struct kunit *test)
{
	unsigned int n;

	/* needs /sys */
	KUNIT_ASSERT_EQ(test, set_buckets(nf_conntrack_htable_size), 0);

	for (n = 0; n < OWN; n++)
		KUNIT_ASSERT_EQ(test, 0, insert(STANDING + n, 0));
	resize_while(test, look_thread);
	for (n = 0; n < OWN; n++)
		KUNIT_EXPECT_TRUE(test, found(STANDING + n, 0));
}

/* Entries come and go while they are moved from one table to the next. */
static void changes_go_on_while_the_table_is_resized(struct kunit *test)
{
	resize_while(test, change_thread);
}

static void of_two_the_younger_is_found_in_any_size(struct kunit *test)
{
	unsigned int before = nf_conntrack_htable_size;
	struct nf_conn *young = insert_younger(test, 1);

	KUNIT_EXPECT_EQ(test, 0, set_buckets(before << 4));
	KUNIT_EXPECT_TRUE(test, is_found(young, 1));
	KUNIT_EXPECT_EQ(test, 0, set_buckets(before));
	KUNIT_EXPECT_TRUE(test, is_found(young, 1));
	KUNIT_EXPECT_TRUE(test, nf_ct_delete(young, 0, 0));
	nf_ct_put(young);
}

static unsigned int how_many_younger_found(struct nf_conn **young,
					   unsigned int many)
{
	unsigned int n, sum = 0;

	for (n = 0; n < many; n++)
		sum += young[n] && is_found(young[n], n);
	return sum;
}

/*
 * In full buckets, too: when others leave, those in the lists take their slots,
 * and when the table gets another size all move.  A few cannot be made: the
 * younger's reply is the older's original tuple in another zone, which tells
 * them apart unless they meet in the list of one bucket.
 */
static void the_younger_of_thousands_is_found(struct kunit *test)
{
	const unsigned int size = nf_conntrack_htable_size;
	unsigned int n, many = how_many() / 3, wrong = 0, made = 0;
	struct nf_conn **young;

	young = kunit_kcalloc(test, many, sizeof(*young), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, young);
	for (n = 0; n < many; n++) {
		wrong += insert(many + n, 0) != 0;
		wrong += insert(n, 0) != 0;
		young[n] = new_younger(n);
		made += !!young[n];
	}
	KUNIT_EXPECT_EQ(test, 0u, wrong);
	KUNIT_EXPECT_GT(test, made, many / 10 * 9);
	KUNIT_EXPECT_EQ(test, made, how_many_younger_found(young, many));

	for (n = 0; n < many; n++)
		wrong += !delete(many + n, 0);
	KUNIT_EXPECT_EQ(test, made, how_many_younger_found(young, many));

	KUNIT_EXPECT_EQ(test, 0, set_buckets(size << 4));
	KUNIT_EXPECT_EQ(test, made, how_many_younger_found(young, many));
	KUNIT_EXPECT_EQ(test, 0, set_buckets(size));
	KUNIT_EXPECT_EQ(test, made, how_many_younger_found(young, many));

	for (n = 0; n < many; n++) {
		if (young[n])
			wrong += !nf_ct_delete(young[n], 0, 0);
		nf_ct_put(young[n]);
		wrong += !found(n, 0);
	}
	KUNIT_EXPECT_EQ(test, 0u, wrong);
}

static unsigned long free_pages_now(void)
{
	struct sysinfo info;

	rcu_barrier();
	si_meminfo(&info);
	return info.freeram;
}

/* What the table took when it was made large comes back: not its array of heads
 * alone, which is half of it.
 */
static void a_smaller_table_gives_memory_back(struct kunit *test)
{
	const unsigned int before = nf_conntrack_htable_size, large = 1 << 20;
	unsigned long at_first, meanwhile;
	u32 n;

	for (n = 0; n < OWN; n++)
		KUNIT_ASSERT_EQ(test, 0, insert(n, 0));
	at_first = free_pages_now();
	KUNIT_ASSERT_EQ(test, 0, set_buckets(large));
	meanwhile = free_pages_now();
	KUNIT_ASSERT_GT(test, at_first - meanwhile, large * 12UL / PAGE_SIZE);

	KUNIT_ASSERT_EQ(test, 0, set_buckets(before));
	KUNIT_EXPECT_GT(test, free_pages_now() - meanwhile,
			large * 12UL / PAGE_SIZE);
	for (n = 0; n < OWN; n++)
		KUNIT_EXPECT_TRUE(test, found(n, 0));
}

/* Making room ------------------------------------------------------------- */

static int assure(struct nf_conn *ct, void *data)
{
	if (is_ours(ct))
		set_bit(IPS_ASSURED_BIT, &ct->status);
	return 0;
}

static unsigned int how_many_found(unsigned int n)
{
	unsigned int sum = 0;

	while (n--)
		sum += found(n, 0);
	return sum;
}

/*
 * The first flow from @n on that room is made for.  It looks at a few places of
 * an index that has grown with the machine's memory: there may be nobody.
 */
static u32 squeeze_in(struct kunit *test, u32 n)
{
	unsigned int tries = 200;

	while (tries-- && insert(n, 0)) {
		/* Who is turned away takes nobody along. */
		KUNIT_EXPECT_EQ(test, nf_conntrack_max,
				nf_conntrack_count(&init_net));
		n++;
	}
	return n;
}

/*
 * At the limit a new entry takes the place of one that is not ASSURED, and of
 * one only.
 */
static void a_full_table_makes_room(struct kunit *test)
{
	unsigned int max = nf_conntrack_max, buckets = nf_conntrack_htable_size;
	unsigned int n, late, many = how_many();

	KUNIT_ASSERT_EQ(test, 0, set_buckets(1));
	for (n = 0; n < many - 1; n++)
		KUNIT_EXPECT_EQ(test, 0, insert(n, 0));

	nf_conntrack_max = nf_conntrack_count(&init_net) + 1;
	KUNIT_EXPECT_EQ(test, 0, insert(n, 0));		/* the last place */
	KUNIT_EXPECT_EQ(test, many, how_many_found(many));
	late = squeeze_in(test, many);
	KUNIT_EXPECT_TRUE(test, found(late, 0));
	KUNIT_EXPECT_EQ(test, nf_conntrack_max, nf_conntrack_count(&init_net));
	KUNIT_EXPECT_EQ(test, many - 1, how_many_found(many));

	iterate(assure, NULL);
	KUNIT_EXPECT_EQ(test, late + 201, squeeze_in(test, late + 1));
	KUNIT_EXPECT_EQ(test, nf_conntrack_max, nf_conntrack_count(&init_net));
	KUNIT_EXPECT_EQ(test, many, how_many_found(late + 1));

	nf_conntrack_max = 0;		/* no limit */
	KUNIT_EXPECT_EQ(test, 0, insert(late + 1, 0));
	KUNIT_EXPECT_EQ(test, many + 1, how_many_found(late + 2));

	nf_conntrack_max = max;
	KUNIT_EXPECT_EQ(test, 0, set_buckets(buckets));
}

static void what_has_expired_dies_once(struct kunit *test)
{
	struct nf_conntrack_tuple orig = orig_tuple(1);
	struct nf_conn *ct, *other;

	KUNIT_ASSERT_EQ(test, 0, insert(1, 0));
	ct = find(&orig, 0);
	KUNIT_ASSERT_NOT_NULL(test, ct);
	WRITE_ONCE(ct->timeout, nfct_time_stamp - 1);

	/* Whoever meets it kills it, once; its tuples are free. */
	KUNIT_EXPECT_TRUE(test, absent(1, 0));
	KUNIT_EXPECT_TRUE(test, nf_ct_is_dying(ct));
	KUNIT_EXPECT_FALSE(test, nf_ct_delete(ct, 0, 0));
	KUNIT_EXPECT_EQ(test, 0, insert(1, 0));
	other = find(&orig, 0);
	KUNIT_EXPECT_PTR_NE(test, ct, other);
	nf_ct_put(other);
	nf_ct_put(ct);
}

static struct kunit_case table_cases[] = {
	KUNIT_CASE(an_entry_is_found_from_both_sides),
	KUNIT_CASE_PARAM(either_tuple_says_which_it_is, ends_gen_params),
	KUNIT_CASE_PARAM(a_mirror_image_may_be_another_flow, ends_gen_params),
	KUNIT_CASE(a_translated_tuple_is_found),
	KUNIT_CASE(thousands_of_mirror_images_are_told_apart),
	KUNIT_CASE(its_own_mirror_image_is_a_reply),
	KUNIT_CASE(a_zone_tells_a_tuple_from_its_mirror_image),
	KUNIT_CASE(a_deleted_entry_is_gone),
	KUNIT_CASE(an_entry_dies_once_and_lives_while_held),
	KUNIT_CASE(a_second_one_is_refused),
	KUNIT_CASE(one_side_taken_is_enough_to_refuse),
	KUNIT_CASE(a_taken_tuple_is_known),
	KUNIT_CASE(an_entry_does_not_stand_in_its_own_way),
	KUNIT_CASE(zones_are_worlds_of_their_own),
	KUNIT_CASE(of_two_the_younger_is_found),
	KUNIT_CASE(the_younger_of_thousands_is_found),
	KUNIT_CASE(an_expired_entry_is_not_found),
	KUNIT_CASE(an_expired_entry_is_in_nobodys_way),
	KUNIT_CASE(an_id_tells_no_address),
	KUNIT_CASE(thousands_are_told_apart),
	KUNIT_CASE(a_walk_deletes_what_it_is_told),
	KUNIT_CASE(threads_do_not_disturb_each_other),
	KUNIT_CASE(no_table_is_too_large),
	KUNIT_CASE(nothing_is_lost_while_the_table_is_resized),
	KUNIT_CASE(changes_go_on_while_the_table_is_resized),
	KUNIT_CASE(of_two_the_younger_is_found_in_any_size),
	KUNIT_CASE(a_smaller_table_gives_memory_back),
	KUNIT_CASE(a_full_table_makes_room),
	KUNIT_CASE(what_has_expired_dies_once),
	{}
};

static struct kunit_suite table_suite = {
	.name		= "nf_ct_table",
	.init		= table_init,
	.exit		= table_exit,
	.test_cases	= table_cases,
};

kunit_test_suites(&table_suite);
