// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table and its counters as text:
 *
 *   /proc/net/nf_conntrack		every entry of the namespace
 *   /proc/net/ip_conntrack		its IPv4 entries, as before Linux 2.6
 *   /proc/net/stat/nf_conntrack	counters, one line a CPU
 *   /proc/net/stat/nf_conntrack_invalid
 *					packets by reason
 *
 * Programs parse these lines: a field's place and spelling never change.
 * Reading the whole table looks at each bucket once, however small the
 * reader's buffer.
 */
#include <linux/in6.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/percpu.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_acct.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_timestamp.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <nf_ct/net.h>
#include <nf_ct/optional.h>
#include <nf_ct/table.h>
#include <nf_ct/why.h>

#define TABLE_NAME	"nf_conntrack"
#define LEGACY_NAME	"ip_conntrack"
#define STAT_NAME	"nf_conntrack"
#define INVALID_NAME	"nf_conntrack_invalid"

/*
 * seq_file asks again for the entry that did not fit the reader's buffer.
 * Where that entry was found is all that start() needs to find it again.
 */
struct table_reader {
	struct seq_net_private	net;
	struct nf_ct_cursor	here;	/* finds the present entry */
	struct nf_ct_cursor	next;	/* finds the one after it */
};

/* What seq_printf() of "%s%llu " would print, for less. */
static void print_number(struct seq_file *s, const char *key, u64 n)
{
	seq_put_decimal_ull(s, key, n);
	seq_putc(s, ' ');
}

/* A protocol ----------------------------------------------------------- */

static const char *l3proto_name(u16 l3num)
{
	switch (l3num) {
	case NFPROTO_IPV4:
		return "ipv4";
	case NFPROTO_IPV6:
		return "ipv6";
	default:
		return "unknown";
	}
}

static const char *l4proto_name(u8 protonum)
{
	switch (protonum) {
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_DCCP:
		return "dccp";
	case IPPROTO_GRE:
		return "gre";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	case IPPROTO_SCTP:
		return "sctp";
	case IPPROTO_UDPLITE:
		return "udplite";
	default:
		return "unknown";
	}
}

/* Name and number, as "%-8s %u ": no name is longer than eight. */
static void print_proto(struct seq_file *s, const char *name, u16 number)
{
	static const char nine_blanks[] = "         ";

	seq_puts(s, name);
	print_number(s, &nine_blanks[strlen(name)], number);
}

/* A tuple -------------------------------------------------------------- */

/*
 * Tuples are most of a line, so they are put together here and handed over
 * whole.  put_...() write a part and the space behind it, at @to, and return
 * where the next part goes.
 */
#define TUPLE_MAX							\
	sizeof("src=ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "		\
	       "dst=ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "		\
	       "srckey=0xffff dstkey=0xffff ")

/* What takes a text is inline: to a compiler that knows it, a store or two. */
static __always_inline char *put_text(char *to, const char *text)
{
	size_t len = strlen(text);

	memcpy(to, text, len);
	return to + len;
}

static char *put_digits(char *to, u16 n)
{
	char *end = to + 1 + (n >= 10) + (n >= 100) + (n >= 1000) +
		    (n >= 10000);
	char *digit = end;

	while (digit > to) {
		*--digit = '0' + n % 10;
		n /= 10;
	}
	return end;
}

static __always_inline char *put_number(char *to, const char *key, u16 n)
{
	to = put_digits(put_text(to, key), n);
	*to++ = ' ';
	return to;
}

static char *put_ipv4(char *to, const u8 byte[4])
{
	int i;

	for (i = 0; i < 4; i++) {
		to = put_digits(to, byte[i]);
		*to++ = '.';
	}
	to[-1] = ' ';
	return to;
}

static char *put_ipv6(char *to, const u8 byte[16])
{
	int i;

	for (i = 0; i < 16; i += 2) {
		to = hex_byte_pack(to, byte[i]);
		to = hex_byte_pack(to, byte[i + 1]);
		*to++ = ':';
	}
	to[-1] = ' ';
	return to;
}

static __always_inline char *put_address(char *to, const char *key, u16 l3num,
					 const union nf_inet_addr *addr)
{
	switch (l3num) {
	case NFPROTO_IPV4:
		return put_ipv4(put_text(to, key), (const u8 *)&addr->ip);
	case NFPROTO_IPV6:
		return put_ipv6(put_text(to, key), addr->in6.s6_addr);
	default:
		return to;
	}
}

static char *put_ports(char *to, const struct nf_conntrack_tuple *tuple,
		       u8 protonum)
{
	switch (protonum) {
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		to = put_number(to, "type=", tuple->dst.u.icmp.type);
		to = put_number(to, "code=", tuple->dst.u.icmp.code);
		return put_number(to, "id=", ntohs(tuple->src.u.icmp.id));
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		to = put_number(to, "sport=", ntohs(tuple->src.u.all));
		return put_number(to, "dport=", ntohs(tuple->dst.u.all));
	case IPPROTO_GRE:
		return to + sprintf(to, "srckey=0x%x dstkey=0x%x ",
				    ntohs(tuple->src.u.gre.key),
				    ntohs(tuple->dst.u.gre.key));
	default:
		return to;
	}
}

/**
 * print_tuple - print one direction's addresses and ports
 * @s: where to
 * @tuple: the direction
 * @proto: its layer 4 protocol
 *
 * IPv6 addresses are written out in full.
 *
 * Context: any.
 */
void print_tuple(struct seq_file *s, const struct nf_conntrack_tuple *tuple,
		 const struct nf_conntrack_l4proto *proto)
{
	u16 l3num = tuple->src.l3num;
	char text[TUPLE_MAX];
	char *end;

	end = put_address(text, "src=", l3num, &tuple->src.u3);
	end = put_address(end, "dst=", l3num, &tuple->dst.u3);
	end = put_ports(end, tuple, proto->l4proto);
	seq_write(s, text, end - text);
}

/* An entry ------------------------------------------------------------- */

static void print_acct(struct seq_file *s, const struct nf_conn *ct,
		       enum ip_conntrack_dir dir)
{
	struct nf_conn_acct *acct = nf_conn_acct_find(ct);

	if (!acct)
		return;
	print_number(s, "packets=", atomic64_read(&acct->counter[dir].packets));
	print_number(s, "bytes=", atomic64_read(&acct->counter[dir].bytes));
}

/* Prints the zone where its scope (one direction, or both) says to. */
static void print_zone(struct seq_file *s, const struct nf_conn *ct, u8 scope)
{
	const struct nf_conntrack_zone *zone = nf_ct_zone(ct);
	const char *key = "zone=";

	if (!IS_ENABLED(CONFIG_NF_CONNTRACK_ZONES) || zone->dir != scope)
		return;
	if (scope == NF_CT_ZONE_DIR_ORIG)
		key = "zone-orig=";
	else if (scope == NF_CT_ZONE_DIR_REPL)
		key = "zone-reply=";
	print_number(s, key, zone->id);
}

/* At most one: an offloaded flow is assured, and need not say so. */
static void print_standing(struct seq_file *s, unsigned long status)
{
	if (status & IPS_HW_OFFLOAD)
		seq_puts(s, "[HW_OFFLOAD] ");
	else if (status & IPS_OFFLOAD)
		seq_puts(s, "[OFFLOAD] ");
	else if (status & IPS_ASSURED)
		seq_puts(s, "[ASSURED] ");
}

static void print_secctx(struct seq_file *s, const struct nf_conn *ct)
{
	char *secctx;
	u32 len;

	if (!IS_ENABLED(CONFIG_NF_CONNTRACK_SECMARK) ||
	    security_secid_to_secctx(nf_ct_secmark_of(ct), &secctx, &len))
		return;
	seq_puts(s, "secctx=");
	seq_puts(s, secctx);
	seq_putc(s, ' ');
	security_release_secctx(secctx, len);
}

/* The clock may have been set back since the flow began. */
static void print_age(struct seq_file *s, const struct nf_conn *ct)
{
	const struct nf_conn_tstamp *tstamp = nf_conn_tstamp_find(ct);
	s64 age;

	if (!tstamp)
		return;
	age = ktime_get_real_ns() - tstamp->start;
	print_number(s, "delta-time=",
		     age > 0 ? div_u64(age, NSEC_PER_SEC) : 0);
}

static void print_lifetime(struct seq_file *s, struct nf_conn *ct,
			   const struct nf_conntrack_l4proto *proto)
{
	if (!test_bit(IPS_OFFLOAD_BIT, &ct->status))
		print_number(s, "", nf_ct_expires(ct) / HZ);
	if (proto->print_conntrack)
		proto->print_conntrack(s, ct);
}

static void print_original(struct seq_file *s, const struct nf_conn *ct,
			   const struct nf_conntrack_l4proto *proto)
{
	print_tuple(s, nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL), proto);
	print_zone(s, ct, NF_CT_ZONE_DIR_ORIG);
	print_acct(s, ct, IP_CT_DIR_ORIGINAL);
	if (!test_bit(IPS_SEEN_REPLY_BIT, &ct->status))
		seq_puts(s, "[UNREPLIED] ");
}

static void print_reply(struct seq_file *s, const struct nf_conn *ct,
			const struct nf_conntrack_l4proto *proto)
{
	print_tuple(s, nf_ct_tuple(ct, IP_CT_DIR_REPLY), proto);
	print_zone(s, ct, NF_CT_ZONE_DIR_REPL);
	print_acct(s, ct, IP_CT_DIR_REPLY);
}

/* Everything from the layer 4 protocol on; both tables have it alike. */
static void print_entry(struct seq_file *s, struct nf_conn *ct)
{
	const struct nf_conntrack_l4proto *proto =
		nf_ct_l4proto_find(nf_ct_protonum(ct));

	print_proto(s, l4proto_name(nf_ct_protonum(ct)), nf_ct_protonum(ct));
	print_lifetime(s, ct, proto);
	print_original(s, ct, proto);
	print_reply(s, ct, proto);
	print_standing(s, READ_ONCE(ct->status));
	if (IS_ENABLED(CONFIG_NF_CONNTRACK_MARK))
		print_number(s, "mark=", nf_ct_mark_of(ct));
	print_secctx(s, ct);
	print_zone(s, ct, NF_CT_DEFAULT_ZONE_DIR);
	print_age(s, ct);
	seq_put_decimal_ull(s, "use=", refcount_read(&ct->ct_general.use));
	seq_putc(s, '\n');
}

static int table_show(struct seq_file *s, void *v)
{
	struct nf_conn *ct = v;

	print_proto(s, l3proto_name(nf_ct_l3num(ct)), nf_ct_l3num(ct));
	print_entry(s, ct);
	return 0;
}

static int legacy_show(struct seq_file *s, void *v)
{
	struct nf_conn *ct = v;

	if (nf_ct_l3num(ct) == NFPROTO_IPV4)
		print_entry(s, ct);
	return 0;
}

/* The table ------------------------------------------------------------ */

/*
 * An entry that is not confirmed has no lifetime yet: it was recycled under
 * the walk, which saw it by accident.
 */
static bool is_listed(const struct nf_conn *ct, const struct net *net)
{
	return net_eq(nf_ct_net(ct), net) && nf_ct_is_confirmed(ct) &&
	       !nf_ct_should_gc(ct);
}

static bool is_overdue(const struct nf_conn *ct, const struct net *net)
{
	return net_eq(nf_ct_net(ct), net) && nf_ct_should_gc(ct);
}

/* Returns the next entry to list, with a reference. */
static struct nf_conn *table_advance(struct seq_file *s)
{
	struct table_reader *reader = s->private;
	const struct net *net = seq_file_net(s);
	struct nf_conn *ct;

	for (;;) {
		cond_resched();
		reader->here = reader->next;
		ct = nf_ct_table_walk(&reader->next);
		if (!ct || is_listed(ct, net))
			return ct;

		/* The next one of its bucket moves to the place of the dead. */
		if (is_overdue(ct, net) && nf_ct_kill(ct))
			reader->next = reader->here;
		nf_ct_put(ct);
	}
}

static void *table_start(struct seq_file *s, loff_t *pos)
{
	struct table_reader *reader = s->private;

	if (*pos == 0)
		reader->here = (struct nf_ct_cursor){};
	reader->next = reader->here;
	return table_advance(s);
}

static void *table_next(struct seq_file *s, void *v, loff_t *pos)
{
	nf_ct_put(v);
	++*pos;
	return table_advance(s);
}

static void table_stop(struct seq_file *s, void *v)
{
	nf_ct_put(v);
}

static const struct seq_operations table_ops = {
	.start	= table_start,
	.next	= table_next,
	.stop	= table_stop,
	.show	= table_show,
};

static const struct seq_operations legacy_ops = {
	.start	= table_start,
	.next	= table_next,
	.stop	= table_stop,
	.show	= legacy_show,
};

/* The counters --------------------------------------------------------- */

/* Position 0 is the heading, n + 1 is CPU n. */
static void *stat_start(struct seq_file *s, loff_t *pos)
{
	unsigned int cpu;

	if (*pos == 0)
		return SEQ_START_TOKEN;
	if (*pos > nr_cpu_ids)
		return NULL;

	cpu = cpumask_next(*pos - 2, cpu_possible_mask);
	if (cpu >= nr_cpu_ids)
		return NULL;
	*pos = cpu + 1;
	return per_cpu_ptr(seq_file_net(s)->ct.stat, cpu);
}

static void *stat_next(struct seq_file *s, void *v, loff_t *pos)
{
	++*pos;
	return stat_start(s, pos);
}

static void stat_stop(struct seq_file *s, void *v)
{
}

static void stat_heading(struct seq_file *s)
{
	seq_puts(s, "entries  clashres found new invalid ignore delete ");
	seq_puts(s, "chainlength insert insert_failed drop early_drop ");
	seq_puts(s, "icmp_error  expect_new expect_create expect_delete ");
	seq_puts(s, "search_restart\n");
}

static int stat_show(struct seq_file *s, void *v)
{
	const struct ip_conntrack_stat *stat = v;

	if (v == SEQ_START_TOKEN) {
		stat_heading(s);
		return 0;
	}

	/* new, ignore and delete are columns that nobody counts any more. */
	seq_printf(s, "%08x  %08x %08x %08x %08x %08x %08x %08x ",
		   nf_conntrack_count(seq_file_net(s)), stat->clash_resolve,
		   stat->found, 0, stat->invalid, 0, 0, stat->chaintoolong);
	seq_printf(s, "%08x %08x %08x %08x %08x  ",
		   stat->insert, stat->insert_failed, stat->drop,
		   stat->early_drop, stat->error);
	seq_printf(s, "%08x %08x %08x %08x\n",
		   stat->expect_new, stat->expect_create, stat->expect_delete,
		   stat->search_restart);
	return 0;
}

static const struct seq_operations stat_ops = {
	.start	= stat_start,
	.next	= stat_next,
	.stop	= stat_stop,
	.show	= stat_show,
};

static u64 why_sum(const struct net *net, enum nf_ct_why why)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(nf_ct_net_priv(net)->why,
					     cpu)->count[why]);
	return sum;
}

static int invalid_show(struct seq_file *s, void *v)
{
	const struct net *net = seq_file_single_net(s);
	enum nf_ct_why why;

	for (why = NF_CT_WHY_OK + 1; why < NF_CT_WHY_MAX; why++)
		seq_printf(s, "%-20s %llu\n", nf_ct_why_name(why),
			   why_sum(net, why));
	return 0;
}

/* Files ---------------------------------------------------------------- */

/* Who is root in the namespace may read who talks to whom; others not. */
static struct proc_dir_entry *
create_table(struct net *net, const char *name,
	     const struct seq_operations *ops)
{
	kuid_t uid = make_kuid(net->user_ns, 0);
	kgid_t gid = make_kgid(net->user_ns, 0);
	struct proc_dir_entry *file;

	file = proc_create_net(name, 0440, net->proc_net, ops,
			       sizeof(struct table_reader));
	if (file && uid_valid(uid) && gid_valid(gid))
		proc_set_user(file, uid, gid);
	return file;
}

/**
 * nf_ct_proc_net_init - create a namespace's files
 * @net: the namespace, whose counters are already allocated
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOMEM with no file left.
 */
int nf_ct_proc_net_init(struct net *net)
{
	if (!create_table(net, TABLE_NAME, &table_ops))
		return -ENOMEM;
	if (!proc_create_net(STAT_NAME, 0444, net->proc_net_stat, &stat_ops,
			     sizeof(struct seq_net_private)))
		goto err_stat;
	if (!proc_create_net_single(INVALID_NAME, 0444, net->proc_net_stat,
				    invalid_show, NULL))
		goto err_why;

	/* A namespace can do without the old name. */
	create_table(net, LEGACY_NAME, &legacy_ops);
	return 0;

err_why:
	remove_proc_entry(STAT_NAME, net->proc_net_stat);
err_stat:
	remove_proc_entry(TABLE_NAME, net->proc_net);
	return -ENOMEM;
}

/**
 * nf_ct_proc_net_exit - undo nf_ct_proc_net_init()
 * @net: the namespace
 *
 * Waits for readers.
 *
 * Context: process context, may sleep.
 */
void nf_ct_proc_net_exit(struct net *net)
{
	/* Unlike remove_proc_entry(), puts up with a name that is not there. */
	remove_proc_subtree(LEGACY_NAME, net->proc_net);
	remove_proc_entry(INVALID_NAME, net->proc_net_stat);
	remove_proc_entry(STAT_NAME, net->proc_net_stat);
	remove_proc_entry(TABLE_NAME, net->proc_net);
}
