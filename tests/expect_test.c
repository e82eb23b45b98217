// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of expectations, in the loaded module, through what it exports.
 *
 * Each case makes its masters in the initial namespace, under addresses that
 * are set aside for documentation (RFC 5737), and must leave the table as it
 * found it.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/string.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_zones.h>

#define CLIENT		0xc0000201	/* 192.0.2.1 */
#define SERVER		0xc6336401	/* 198.51.100.1 */
#define STRANGER	0xcb007101	/* 203.0.113.1 */

#define CONTROL_PORT	60021
#define FIRST_PORT	40000

#define LIMIT		3	/* of class 0 */
#define LIFETIME	100	/* of class 0, seconds */

enum { FEW, MANY, CLASSES };

static const struct nf_conntrack_expect_policy policies[CLASSES] = {
	[FEW]	= { .max_expected = LIMIT, .timeout = LIFETIME, .name = "few" },
	[MANY]	= { .timeout = LIFETIME, .name = "many" },
};

static int no_help(struct sk_buff *skb, unsigned int protoff,
		   struct nf_conn *ct, enum ip_conntrack_info ctinfo)
{
	return NF_ACCEPT;
}

/* What a case works with: two control connections of the same client. */
struct scene {
	struct nf_conntrack_helper	helper;
	struct nf_conn			*master;
	struct nf_conn			*other;
	unsigned int			before;
	bool				registered;
};

static struct nf_conntrack_tuple tuple_of(u32 from, u16 sport, u32 to,
					  u16 dport)
{
	struct nf_conntrack_tuple tuple;

	memset(&tuple, 0, sizeof(tuple));
	tuple.src.l3num = AF_INET;
	tuple.src.u3.ip = htonl(from);
	tuple.src.u.tcp.port = htons(sport);
	tuple.dst.u3.ip = htonl(to);
	tuple.dst.u.tcp.port = htons(dport);
	tuple.dst.protonum = IPPROTO_TCP;
	return tuple;
}

static struct nf_conn *make_master(struct kunit *test,
				   struct nf_conntrack_helper *helper,
				   u16 sport)
{
	struct nf_conntrack_tuple out, in;
	struct nf_conn_help *help;
	struct nf_conn *ct;

	out = tuple_of(CLIENT, sport, SERVER, CONTROL_PORT);
	in = tuple_of(SERVER, CONTROL_PORT, CLIENT, sport);
	in.dst.dir = IP_CT_DIR_REPLY;
	ct = nf_conntrack_alloc(&init_net, &nf_ct_zone_dflt, &out, &in,
				GFP_KERNEL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ct));

	rcu_read_lock();
	help = nf_ct_helper_ext_add(ct, GFP_ATOMIC);
	if (help)
		rcu_assign_pointer(help->helper, helper);
	rcu_read_unlock();
	KUNIT_ASSERT_NOT_NULL(test, help);

	ct->status |= IPS_CONFIRMED;
	ct->timeout = nfct_time_stamp + LIFETIME * HZ;
	KUNIT_ASSERT_EQ(test, nf_conntrack_hash_check_insert(ct), 0);
	return ct;
}

static bool count_one(struct nf_conntrack_expect *exp, void *data)
{
	unsigned int *n = data;

	(*n)++;
	return false;
}

/* How many there are, whoever made them. */
static unsigned int population(void)
{
	unsigned int n = 0;

	nf_ct_expect_iterate_net(&init_net, count_one, &n, 0, 0);
	return n;
}

static int scene_init(struct kunit *test)
{
	struct scene *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	test->priv = s;

	s->before = population();
	nf_ct_helper_init(&s->helper, AF_INET, IPPROTO_TCP, "kunit",
			  CONTROL_PORT, CONTROL_PORT, 0, policies, CLASSES - 1,
			  no_help, NULL, THIS_MODULE);
	KUNIT_ASSERT_EQ(test, nf_conntrack_helper_register(&s->helper), 0);
	s->registered = true;

	s->master = make_master(test, &s->helper, 50001);
	s->other = make_master(test, &s->helper, 50002);
	return 0;
}

/* An entry has the reference of whoever made it, and no other. */
static void master_end(struct kunit *test, struct nf_conn *ct)
{
	if (!ct)
		return;

	nf_ct_kill(ct);
	KUNIT_EXPECT_EQ(test, refcount_read(&ct->ct_general.use), 1);
	nf_ct_put(ct);
}

static void scene_exit(struct kunit *test)
{
	struct scene *s = test->priv;

	if (!s)
		return;

	master_end(test, s->master);
	master_end(test, s->other);
	if (s->registered)
		nf_conntrack_helper_unregister(&s->helper);
	KUNIT_EXPECT_EQ(test, population(), s->before);
}

/* From the server, any port, to this port of the client; not yet expected. */
static struct nf_conntrack_expect *make(struct kunit *test, struct nf_conn *ct,
					unsigned int class, u16 port)
{
	union nf_inet_addr server = { .ip = htonl(SERVER) };
	union nf_inet_addr client = { .ip = htonl(CLIENT) };
	struct nf_conntrack_expect *exp = nf_ct_expect_alloc(ct);
	__be16 dport = htons(port);

	KUNIT_ASSERT_NOT_NULL(test, exp);
	rcu_read_lock();
	nf_ct_expect_init(exp, class, AF_INET, &server, &client, IPPROTO_TCP,
			  NULL, &dport);
	rcu_read_unlock();
	return exp;
}

/* The same, expected; the table alone keeps it. */
static int expect(struct kunit *test, struct nf_conn *ct, unsigned int class,
		  u16 port, unsigned int flags)
{
	struct nf_conntrack_expect *exp = make(test, ct, class, port);
	int err;

	err = nf_ct_expect_related(exp, flags);
	nf_ct_expect_put(exp);
	return err;
}

static struct nf_conntrack_expect *find(u32 from, u16 sport, u32 to, u16 dport)
{
	struct nf_conntrack_tuple tuple = tuple_of(from, sport, to, dport);

	return nf_ct_expect_find_get(&init_net, &nf_ct_zone_dflt, &tuple);
}

static bool found(u32 from, u16 sport, u32 to, u16 dport)
{
	struct nf_conntrack_expect *exp = find(from, sport, to, dport);

	if (exp)
		nf_ct_expect_put(exp);
	return exp;
}

static bool expected(u16 port)
{
	return found(SERVER, 1234, CLIENT, port);
}

static u8 expecting(const struct nf_conn *ct, unsigned int class)
{
	return nfct_help(ct)->expecting[class];
}

static void a_flow_that_fits(struct kunit *test)
{
	struct scene *s = test->priv;

	KUNIT_EXPECT_FALSE(test, expected(FIRST_PORT));
	KUNIT_EXPECT_EQ(test, expect(test, s->master, FEW, FIRST_PORT, 0), 0);
	KUNIT_EXPECT_EQ(test, expecting(s->master, FEW), 1);

	KUNIT_EXPECT_TRUE(test, found(SERVER, 1, CLIENT, FIRST_PORT));
	KUNIT_EXPECT_TRUE(test, found(SERVER, 65535, CLIENT, FIRST_PORT));
}

static void flows_that_do_not_fit(struct kunit *test)
{
	struct nf_conntrack_tuple tuple;
	struct scene *s = test->priv;

	KUNIT_EXPECT_EQ(test, expect(test, s->master, FEW, FIRST_PORT, 0), 0);

	KUNIT_EXPECT_FALSE(test, found(STRANGER, 1, CLIENT, FIRST_PORT));
	KUNIT_EXPECT_FALSE(test, found(SERVER, 1, STRANGER, FIRST_PORT));
	KUNIT_EXPECT_FALSE(test, found(SERVER, 1, CLIENT, FIRST_PORT + 1));
	KUNIT_EXPECT_FALSE(test, found(CLIENT, FIRST_PORT, SERVER, 1));

	tuple = tuple_of(SERVER, 1, CLIENT, FIRST_PORT);
	tuple.dst.protonum = IPPROTO_UDP;
	KUNIT_EXPECT_NULL(test, nf_ct_expect_find_get(&init_net,
						      &nf_ct_zone_dflt,
						      &tuple));
}

static bool all_bytes(const void *from, u8 value, size_t len)
{
	return !memchr_inv(from, value, len);
}

/* Who announces says from where, or leaves it open; the mask tells which. */
static void masks_say_what_matters(struct kunit *test)
{
	union nf_inet_addr from, to;
	struct scene *s = test->priv;
	struct nf_conntrack_expect *exp = make(test, s->master, FEW,
					       FIRST_PORT);
	__be16 sport = htons(20), dport = htons(FIRST_PORT);

	memset(&from, 0x11, sizeof(from));
	memset(&to, 0x22, sizeof(to));
	exp->flags = NF_CT_EXPECT_PERMANENT;
	rcu_read_lock();
	nf_ct_expect_init(exp, MANY, AF_INET6, &from, &to, IPPROTO_UDP, &sport,
			  &dport);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, exp->flags, 0U);
	KUNIT_EXPECT_EQ(test, exp->class, (u32)MANY);
	KUNIT_EXPECT_EQ(test, exp->tuple.src.l3num, AF_INET6);
	KUNIT_EXPECT_EQ(test, exp->tuple.dst.protonum, IPPROTO_UDP);
	KUNIT_EXPECT_TRUE(test, all_bytes(&exp->tuple.src.u3, 0x11, 16));
	KUNIT_EXPECT_TRUE(test, all_bytes(&exp->tuple.dst.u3, 0x22, 16));
	KUNIT_EXPECT_TRUE(test, all_bytes(&exp->mask.src.u3, 0xff, 16));
	KUNIT_EXPECT_EQ(test, exp->tuple.src.u.all, sport);
	KUNIT_EXPECT_EQ(test, exp->tuple.dst.u.all, dport);
	KUNIT_EXPECT_EQ(test, exp->mask.src.u.all, htons(0xffff));

	/* Of IPv4 only the first four bytes are the address. */
	rcu_read_lock();
	nf_ct_expect_init(exp, FEW, AF_INET, &from, &to, IPPROTO_TCP, NULL,
			  &dport);
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE(test, all_bytes(&exp->mask.src.u3, 0xff, 4));
	KUNIT_EXPECT_TRUE(test, all_bytes(&exp->mask.src.u3.all[1], 0, 12));
	KUNIT_EXPECT_TRUE(test, all_bytes(&exp->tuple.dst.u3.all[1], 0, 12));
	KUNIT_EXPECT_EQ(test, exp->mask.src.u.all, 0);

	/* From anywhere. */
	rcu_read_lock();
	nf_ct_expect_init(exp, FEW, AF_INET, NULL, &to, IPPROTO_TCP, NULL,
			  &dport);
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE(test, all_bytes(&exp->tuple.src.u3, 0, 16));
	KUNIT_EXPECT_TRUE(test, all_bytes(&exp->mask.src.u3, 0, 16));
	nf_ct_expect_put(exp);
}

static void a_source_port_that_matters(struct kunit *test)
{
	struct scene *s = test->priv;
	struct nf_conntrack_expect *exp = make(test, s->master, FEW,
					       FIRST_PORT);

	exp->tuple.src.u.tcp.port = htons(20);
	exp->mask.src.u.tcp.port = htons(0xffff);
	KUNIT_EXPECT_EQ(test, nf_ct_expect_related(exp, 0), 0);
	nf_ct_expect_put(exp);

	KUNIT_EXPECT_TRUE(test, found(SERVER, 20, CLIENT, FIRST_PORT));
	KUNIT_EXPECT_FALSE(test, found(SERVER, 21, CLIENT, FIRST_PORT));
}

static void another_zone(struct kunit *test)
{
	struct nf_conntrack_tuple tuple = tuple_of(SERVER, 1, CLIENT,
						   FIRST_PORT);
	struct scene *s = test->priv;
	struct nf_conntrack_zone zone;

	nf_ct_zone_init(&zone, 7, NF_CT_DEFAULT_ZONE_DIR, 0);
	KUNIT_EXPECT_EQ(test, expect(test, s->master, FEW, FIRST_PORT, 0), 0);
	KUNIT_EXPECT_NULL(test, nf_ct_expect_find_get(&init_net, &zone,
						      &tuple));
}

static void the_policy_sets_the_time(struct kunit *test)
{
	struct nf_conntrack_expect *exp;
	struct scene *s = test->priv;
	s32 left;

	exp = make(test, s->master, FEW, FIRST_PORT);
	KUNIT_EXPECT_TRUE(test, nf_ct_exp_is_expired(exp));
	KUNIT_EXPECT_EQ(test, nf_ct_expect_related(exp, 0), 0);

	left = exp->timeout - nfct_time_stamp;
	KUNIT_EXPECT_LE(test, left, LIFETIME * HZ);
	KUNIT_EXPECT_GT(test, left, (LIFETIME - 10) * HZ);
	nf_ct_expect_put(exp);
}

/* Sets the time of the only expectation for this port to now. */
static void time_out(struct kunit *test, u16 port)
{
	struct nf_conntrack_expect *exp = find(SERVER, 1, CLIENT, port);

	KUNIT_ASSERT_NOT_NULL(test, exp);
	WRITE_ONCE(exp->timeout, nfct_time_stamp);
	nf_ct_expect_put(exp);
}

static void past_its_time(struct kunit *test)
{
	struct scene *s = test->priv;

	KUNIT_EXPECT_EQ(test, expect(test, s->master, FEW, FIRST_PORT, 0), 0);
	time_out(test, FIRST_PORT);
	KUNIT_EXPECT_FALSE(test, expected(FIRST_PORT));

	/* It is collected when its master expects something else. */
	KUNIT_EXPECT_EQ(test, expecting(s->master, FEW), 1);
	KUNIT_EXPECT_EQ(test, expect(test, s->master, FEW, FIRST_PORT + 1, 0),
			0);
	KUNIT_EXPECT_EQ(test, expecting(s->master, FEW), 1);
}

static void past_its_time_it_blocks_nobody(struct kunit *test)
{
	struct scene *s = test->priv;

	KUNIT_EXPECT_EQ(test, expect(test, s->master, FEW, FIRST_PORT, 0), 0);
	time_out(test, FIRST_PORT);
	KUNIT_EXPECT_EQ(test, expect(test, s->other, FEW, FIRST_PORT, 0), 0);
	KUNIT_EXPECT_EQ(test, expecting(s->master, FEW), 0);
	KUNIT_EXPECT_EQ(test, expecting(s->other, FEW), 1);
}

static void one_too_many(struct kunit *test)
{
	struct scene *s = test->priv;
	int i;

	for (i = 0; i <= LIMIT; i++)
		KUNIT_EXPECT_EQ(test, expect(test, s->master, FEW,
					     FIRST_PORT + i, 0), 0);

	KUNIT_EXPECT_EQ(test, expecting(s->master, FEW), LIMIT);
	KUNIT_EXPECT_FALSE(test, expected(FIRST_PORT));
	for (i = 1; i <= LIMIT; i++)
		KUNIT_EXPECT_TRUE(test, expected(FIRST_PORT + i));
}

static void the_limit_is_each_class_own(struct kunit *test)
{
	struct scene *s = test->priv;
	int i;

	KUNIT_EXPECT_EQ(test, expect(test, s->master, MANY, FIRST_PORT, 0), 0);
	for (i = 1; i <= LIMIT + 1; i++)
		KUNIT_EXPECT_EQ(test, expect(test, s->master, FEW,
					     FIRST_PORT + i, 0), 0);

	KUNIT_EXPECT_TRUE(test, expected(FIRST_PORT));
	KUNIT_EXPECT_EQ(test, expecting(s->master, MANY), 1);
	KUNIT_EXPECT_EQ(test, expecting(s->master, FEW), LIMIT);
}

static void no_limit_is_255(struct kunit *test)
{
	struct scene *s = test->priv;
	int i, err;

	for (i = 0; i < NF_CT_EXPECT_MAX_CNT + 2; i++) {
		err = expect(test, s->master, MANY, FIRST_PORT + i, 0);
		/* The runner raises nf_conntrack_expect_max for this. */
		KUNIT_ASSERT_NE(test, err, -EMFILE);
		KUNIT_EXPECT_EQ(test, err, 0);
	}

	KUNIT_EXPECT_EQ(test, expecting(s->master, MANY), NF_CT_EXPECT_MAX_CNT);
	KUNIT_EXPECT_FALSE(test, expected(FIRST_PORT + 1));
	KUNIT_EXPECT_TRUE(test, expected(FIRST_PORT + 2));
}

static void said_twice(struct kunit *test)
{
	struct scene *s = test->priv;
	struct nf_conntrack_expect *exp;

	KUNIT_EXPECT_EQ(test, expect(test, s->master, FEW, FIRST_PORT, 0), 0);
	exp = find(SERVER, 1, CLIENT, FIRST_PORT);
	KUNIT_ASSERT_NOT_NULL(test, exp);

	KUNIT_EXPECT_EQ(test, expect(test, s->master, FEW, FIRST_PORT, 0), 0);
	KUNIT_EXPECT_EQ(test, expecting(s->master, FEW), 1);
	KUNIT_EXPECT_TRUE(test, expected(FIRST_PORT));

	/* The first is out of the table and ours alone. */
	KUNIT_EXPECT_TRUE(test, nf_ct_exp_is_expired(exp));
	KUNIT_EXPECT_EQ(test, refcount_read(&exp->use), 1);
	nf_ct_expect_put(exp);
}

/* More in a row than the whole table may hold at once. */
static void what_goes_leaves_room(struct kunit *test)
{
	struct scene *s = test->priv;
	int i, refused = 0;

	for (i = 0; i < 5000; i++)
		refused += !!expect(test, s->master, FEW, FIRST_PORT, 0);
	KUNIT_EXPECT_EQ(test, refused, 0);
}

static void the_same_object_twice(struct kunit *test)
{
	struct scene *s = test->priv;
	struct nf_conntrack_expect *exp = make(test, s->master, FEW,
					       FIRST_PORT);

	KUNIT_EXPECT_EQ(test, nf_ct_expect_related(exp, 0), 0);
	KUNIT_EXPECT_EQ(test, nf_ct_expect_related(exp, 0), -EALREADY);
	KUNIT_EXPECT_EQ(test, refcount_read(&exp->use), 2);
	nf_ct_expect_put(exp);
}

static void withdrawn_and_said_again(struct kunit *test)
{
	struct scene *s = test->priv;
	struct nf_conntrack_expect *exp = make(test, s->master, FEW,
					       FIRST_PORT);

	nf_ct_unexpect_related(exp);	/* not there yet */
	KUNIT_EXPECT_EQ(test, refcount_read(&exp->use), 1);

	KUNIT_EXPECT_EQ(test, nf_ct_expect_related(exp, 0), 0);
	nf_ct_unexpect_related(exp);
	nf_ct_unexpect_related(exp);
	KUNIT_EXPECT_FALSE(test, expected(FIRST_PORT));
	KUNIT_EXPECT_EQ(test, refcount_read(&exp->use), 1);

	/* As NAT for SIP does when it looks for a pair of ports. */
	KUNIT_EXPECT_EQ(test, nf_ct_expect_related(exp, 0), 0);
	KUNIT_EXPECT_TRUE(test, expected(FIRST_PORT));
	KUNIT_EXPECT_EQ(test, refcount_read(&exp->use), 2);
	nf_ct_expect_put(exp);
}

static void said_by_another_master(struct kunit *test)
{
	struct scene *s = test->priv;

	KUNIT_EXPECT_EQ(test, expect(test, s->master, FEW, FIRST_PORT, 0), 0);
	KUNIT_EXPECT_EQ(test, expect(test, s->other, FEW, FIRST_PORT, 0),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, expect(test, s->other, FEW, FIRST_PORT,
				     NF_CT_EXP_F_SKIP_MASTER), -EALREADY);
	KUNIT_EXPECT_EQ(test, expecting(s->other, FEW), 0);
	KUNIT_EXPECT_EQ(test, expecting(s->master, FEW), 1);
}

static void said_in_another_class(struct kunit *test)
{
	struct scene *s = test->priv;

	KUNIT_EXPECT_EQ(test, expect(test, s->master, FEW, FIRST_PORT, 0), 0);
	KUNIT_EXPECT_EQ(test, expect(test, s->master, MANY, FIRST_PORT, 0),
			-EALREADY);
	KUNIT_EXPECT_EQ(test, expecting(s->master, FEW), 1);
}

static void a_wider_mask_clashes(struct kunit *test)
{
	struct scene *s = test->priv;
	struct nf_conntrack_expect *exp = make(test, s->master, FEW,
					       FIRST_PORT);

	memset(&exp->tuple.src.u3, 0, sizeof(exp->tuple.src.u3));
	memset(&exp->mask.src.u3, 0, sizeof(exp->mask.src.u3));

	KUNIT_EXPECT_EQ(test, expect(test, s->master, FEW, FIRST_PORT, 0), 0);
	KUNIT_EXPECT_EQ(test, nf_ct_expect_related(exp, 0), -EBUSY);
	nf_ct_expect_put(exp);
	KUNIT_EXPECT_TRUE(test, expected(FIRST_PORT));
}

static void a_port_that_matters_clashes(struct kunit *test)
{
	struct scene *s = test->priv;
	struct nf_conntrack_expect *exp = make(test, s->master, FEW,
					       FIRST_PORT);

	exp->mask.src.u.all = htons(0xffff);
	KUNIT_EXPECT_EQ(test, expect(test, s->master, FEW, FIRST_PORT, 0), 0);
	/* The same tuple, but not in the same words. */
	KUNIT_EXPECT_EQ(test, nf_ct_expect_related(exp, 0), -EBUSY);
	exp->tuple.src.u.all = htons(20);
	KUNIT_EXPECT_EQ(test, nf_ct_expect_related(exp, 0), -EBUSY);
	nf_ct_expect_put(exp);
}

static void other_sources_do_not_clash(struct kunit *test)
{
	struct scene *s = test->priv;
	struct nf_conntrack_expect *exp = make(test, s->other, FEW, FIRST_PORT);

	exp->tuple.src.u3.ip = htonl(STRANGER);
	KUNIT_EXPECT_EQ(test, expect(test, s->master, FEW, FIRST_PORT, 0), 0);
	KUNIT_EXPECT_EQ(test, nf_ct_expect_related(exp, 0), 0);
	nf_ct_expect_put(exp);
	KUNIT_EXPECT_TRUE(test, found(STRANGER, 1, CLIENT, FIRST_PORT));
}

static void a_class_that_is_not(struct kunit *test)
{
	struct scene *s = test->priv;

	KUNIT_EXPECT_EQ(test, expect(test, s->master, CLASSES, FIRST_PORT, 0),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, expect(test, s->master, NF_CT_MAX_EXPECT_CLASSES,
				     FIRST_PORT, 0), -EINVAL);
	KUNIT_EXPECT_FALSE(test, expected(FIRST_PORT));
}

static void the_master_dies(struct kunit *test)
{
	struct scene *s = test->priv;
	struct nf_conntrack_expect *exp;

	KUNIT_EXPECT_EQ(test, expect(test, s->master, FEW, FIRST_PORT, 0), 0);
	KUNIT_EXPECT_EQ(test, expect(test, s->other, FEW, FIRST_PORT + 1, 0),
			0);
	exp = find(SERVER, 1, CLIENT, FIRST_PORT);
	KUNIT_ASSERT_NOT_NULL(test, exp);

	nf_ct_kill(s->master);
	KUNIT_EXPECT_FALSE(test, expected(FIRST_PORT));
	KUNIT_EXPECT_TRUE(test, expected(FIRST_PORT + 1));
	KUNIT_EXPECT_EQ(test, refcount_read(&exp->use), 1);
	nf_ct_expect_put(exp);

	KUNIT_EXPECT_EQ(test, expect(test, s->master, FEW, FIRST_PORT, 0),
			-ESHUTDOWN);
}

/* Who has no helper's room has nowhere to expect from. */
static void an_entry_without_room_expects_nothing(struct kunit *test)
{
	struct nf_conntrack_tuple out, in;
	struct nf_conntrack_expect *exp;
	struct nf_conn *ct;

	out = tuple_of(CLIENT, 50003, SERVER, 1);
	in = tuple_of(SERVER, 1, CLIENT, 50003);
	ct = nf_conntrack_alloc(&init_net, &nf_ct_zone_dflt, &out, &in,
				GFP_KERNEL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ct));
	exp = make(test, ct, FEW, FIRST_PORT);
	KUNIT_EXPECT_NULL(test, rcu_access_pointer(exp->helper));
	KUNIT_EXPECT_EQ(test, nf_ct_expect_related(exp, 0), -ESHUTDOWN);
	KUNIT_EXPECT_FALSE(test, expected(FIRST_PORT));
	nf_ct_expect_put(exp);
	nf_conntrack_free(ct);
}

/* nf_conntrack_expect_max, as an administrator sets it; returns the old one. */
static int set_limit(struct kunit *test, int limit)
{
	struct file *file;
	char text[16] = {};
	loff_t pos = 0;
	int was = 0;

	file = filp_open("/proc/sys/net/netfilter/nf_conntrack_expect_max",
			 O_RDWR, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	KUNIT_EXPECT_GT(test, kernel_read(file, text, sizeof(text) - 1, &pos),
			(ssize_t)0);
	KUNIT_EXPECT_EQ(test, kstrtoint(strim(text), 10, &was), 0);
	pos = 0;
	KUNIT_EXPECT_GT(test, kernel_write(file, text,
					   scnprintf(text, sizeof(text), "%d",
						     limit), &pos), (ssize_t)0);
	filp_close(file, NULL);
	return was;
}

/* A full table sweeps out what is past its time, once a second. */
static void a_full_table_makes_room(struct kunit *test)
{
	struct scene *s = test->priv;
	int was = set_limit(test, s->before + 2);

	msleep(1100);	/* since whoever found it full before */
	KUNIT_EXPECT_EQ(test, expect(test, s->master, MANY, FIRST_PORT, 0), 0);
	KUNIT_EXPECT_EQ(test, expect(test, s->master, MANY, FIRST_PORT + 1, 0),
			0);
	KUNIT_EXPECT_EQ(test, expect(test, s->other, MANY, FIRST_PORT + 2, 0),
			-EMFILE);

	time_out(test, FIRST_PORT);
	KUNIT_EXPECT_EQ(test, expect(test, s->other, MANY, FIRST_PORT + 2, 0),
			-EMFILE);
	msleep(1100);
	KUNIT_EXPECT_EQ(test, expect(test, s->other, MANY, FIRST_PORT + 2, 0),
			0);
	KUNIT_EXPECT_EQ(test, expecting(s->master, MANY), 1);
	KUNIT_EXPECT_EQ(test, expecting(s->other, MANY), 1);
	KUNIT_EXPECT_EQ(test, set_limit(test, was), (int)s->before + 2);
}

static bool to_port(struct nf_conntrack_expect *exp, void *data)
{
	return exp->tuple.dst.u.tcp.port == htons(*(u16 *)data);
}

static void picked_by_a_function(struct kunit *test)
{
	u16 port = FIRST_PORT + 1;
	struct scene *s = test->priv;

	KUNIT_EXPECT_EQ(test, expect(test, s->master, FEW, FIRST_PORT, 0), 0);
	KUNIT_EXPECT_EQ(test, expect(test, s->master, FEW, port, 0), 0);

	nf_ct_expect_iterate_net(&init_net, to_port, &port, 0, 0);
	KUNIT_EXPECT_TRUE(test, expected(FIRST_PORT));
	KUNIT_EXPECT_FALSE(test, expected(port));

	port = FIRST_PORT;
	nf_ct_expect_iterate_destroy(to_port, &port);
	KUNIT_EXPECT_FALSE(test, expected(FIRST_PORT));
	KUNIT_EXPECT_EQ(test, expecting(s->master, FEW), 0);
}

static void its_helper_leaves(struct kunit *test)
{
	struct scene *s = test->priv;

	KUNIT_EXPECT_EQ(test, expect(test, s->master, FEW, FIRST_PORT, 0), 0);
	nf_conntrack_helper_unregister(&s->helper);
	s->registered = false;

	KUNIT_EXPECT_FALSE(test, expected(FIRST_PORT));
	KUNIT_EXPECT_FALSE(test, nf_ct_is_dying(s->master));
	KUNIT_EXPECT_NULL(test, rcu_access_pointer(nfct_help(s->master)->helper));
}

static void no_helper_no_policy(struct kunit *test)
{
	struct scene *s = test->priv;
	struct nf_conntrack_expect *exp;

	RCU_INIT_POINTER(nfct_help(s->master)->helper, NULL);
	exp = make(test, s->master, FEW, FIRST_PORT);
	KUNIT_EXPECT_NULL(test, rcu_access_pointer(exp->helper));

	exp->class = NF_CT_MAX_EXPECT_CLASSES;
	KUNIT_EXPECT_EQ(test, nf_ct_expect_related(exp, 0), -EINVAL);
	exp->class = FEW;
	exp->timeout += LIFETIME * HZ;
	KUNIT_EXPECT_EQ(test, nf_ct_expect_related(exp, 0), 0);
	nf_ct_expect_put(exp);
	KUNIT_EXPECT_TRUE(test, expected(FIRST_PORT));
}

static void helpers_refused(struct kunit *test)
{
	struct nf_conntrack_expect_policy greedy = {
		.max_expected = NF_CT_EXPECT_MAX_CNT + 1,
	};
	struct nf_conntrack_helper twin = {};

	nf_ct_helper_init(&twin, AF_INET, IPPROTO_TCP, "kunit", 1, 1, 0,
			  policies, 0, no_help, NULL, THIS_MODULE);
	KUNIT_EXPECT_EQ(test, nf_conntrack_helper_register(&twin), -EEXIST);

	nf_ct_helper_init(&twin, AF_INET, IPPROTO_TCP, "twin", CONTROL_PORT,
			  CONTROL_PORT, 0, policies, 0, no_help, NULL,
			  THIS_MODULE);
	KUNIT_EXPECT_EQ(test, nf_conntrack_helper_register(&twin), -EEXIST);

	nf_ct_helper_init(&twin, AF_INET, IPPROTO_TCP, "twin", 1, 1, 0,
			  &greedy, 0, no_help, NULL, THIS_MODULE);
	KUNIT_EXPECT_EQ(test, nf_conntrack_helper_register(&twin), -EINVAL);

	nf_ct_helper_init(&twin, AF_INET, IPPROTO_TCP, "twin", 1, 1, 0,
			  policies, NF_CT_MAX_EXPECT_CLASSES, no_help, NULL,
			  THIS_MODULE);
	KUNIT_EXPECT_EQ(test, nf_conntrack_helper_register(&twin), -EINVAL);

	nf_ct_helper_init(&twin, AF_INET, IPPROTO_TCP, "", 1, 1, 0, policies,
			  0, no_help, NULL, THIS_MODULE);
	KUNIT_EXPECT_EQ(test, nf_conntrack_helper_register(&twin), -EINVAL);
}

static void helper_names(struct kunit *test)
{
	struct nf_conntrack_helper helper = {};

	nf_ct_helper_init(&helper, AF_INET, IPPROTO_TCP, "ftp", 21, 21, 21,
			  policies, 0, no_help, NULL, THIS_MODULE);
	KUNIT_EXPECT_STREQ(test, helper.name, "ftp");
	KUNIT_EXPECT_STREQ(test, helper.nat_mod_name, "ip_nat_ftp");

	nf_ct_helper_init(&helper, AF_INET, IPPROTO_TCP, "ftp", 21, 2121, 2121,
			  policies, 0, no_help, NULL, THIS_MODULE);
	KUNIT_EXPECT_STREQ(test, helper.name, "ftp-2121");
	KUNIT_EXPECT_STREQ(test, helper.nat_mod_name, "ip_nat_ftp");
}

static struct kunit_case expect_cases[] = {
	KUNIT_CASE(a_flow_that_fits),
	KUNIT_CASE(flows_that_do_not_fit),
	KUNIT_CASE(masks_say_what_matters),
	KUNIT_CASE(a_source_port_that_matters),
	KUNIT_CASE(another_zone),
	KUNIT_CASE(the_policy_sets_the_time),
	KUNIT_CASE(past_its_time),
	KUNIT_CASE(past_its_time_it_blocks_nobody),
	KUNIT_CASE(one_too_many),
	KUNIT_CASE(the_limit_is_each_class_own),
	KUNIT_CASE(no_limit_is_255),
	KUNIT_CASE(said_twice),
	KUNIT_CASE(what_goes_leaves_room),
	KUNIT_CASE(the_same_object_twice),
	KUNIT_CASE(withdrawn_and_said_again),
	KUNIT_CASE(said_by_another_master),
	KUNIT_CASE(said_in_another_class),
	KUNIT_CASE(a_wider_mask_clashes),
	KUNIT_CASE(a_port_that_matters_clashes),
	KUNIT_CASE(other_sources_do_not_clash),
	KUNIT_CASE(a_class_that_is_not),
	KUNIT_CASE(the_master_dies),
	KUNIT_CASE(an_entry_without_room_expects_nothing),
	KUNIT_CASE(a_full_table_makes_room),
	KUNIT_CASE(picked_by_a_function),
	KUNIT_CASE(its_helper_leaves),
	KUNIT_CASE(no_helper_no_policy),
	KUNIT_CASE(helpers_refused),
	KUNIT_CASE(helper_names),
	{}
};

static struct kunit_suite expect_suite = {
	.name		= "nf_ct_expect",
	.init		= scene_init,
	.exit		= scene_exit,
	.test_cases	= expect_cases,
};

kunit_test_suites(&expect_suite);
