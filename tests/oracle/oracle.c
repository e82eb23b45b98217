// SPDX-License-Identifier: GPL-2.0-only
/*
 * nf_ct_oracle: pushes a script of raw packets through the hooks of a loaded
 * nf_conntrack, stock or ours, and writes a line for each: what became of the
 * packet and what is in the tables then.
 *
 * It uses what the headers export and nothing else, so that both modules must
 * give the same lines.  The script is a file of records, see struct record;
 * tests/oracle/script.py writes them.  Packets go one after the other with
 * softirqs off, and time is made: only the script's T records let it pass.
 */
#include <linux/fs.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/kernel_read_file.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>
#include <net/ip.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_seqadj.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <net/netfilter/nf_log.h>

static char *script = "/script";
module_param(script, charp, 0400);
MODULE_PARM_DESC(script, "file with the packets");

static char *out = "/out";
module_param(out, charp, 0400);
MODULE_PARM_DESC(out, "file for the lines");

/*
 * F begins flow @arg on empty tables, its @flags are the settings CONF_*.
 * P is a packet of @len bytes, its @flags are PKT_*, @arg is the zone and,
 *   from bit 16 on, the zone's directions.
 * T lets @arg milliseconds pass.
 * R lets the packets go on that were held.
 * S: the next packet's sequence numbers shift by @arg from there on.
 */
struct record {
	u8	op;
	u8	flags;
	__le16	len;
	__le32	arg;
} __packed;

#define CONF_NO_LOOSE		BIT(0)
#define CONF_LIBERAL		BIT(1)
#define CONF_IGNORE_RST		BIT(2)
#define CONF_NO_CHECKSUM	BIT(3)

#define PKT_PATH		0x03	/* FORWARD and so on */
#define PKT_DROP		BIT(2)	/* by a rule, after the first hook */
#define PKT_HOLD		BIT(3)	/* until R, as NFQUEUE does */
#define PKT_FTP			BIT(4)	/* -j CT --helper ftp */
#define PKT_PPTP		BIT(5)	/* -j CT --helper pptp */

enum { FORWARD, OUTPUT, INPUT };

#define MAX_HELD	8
#define MAX_ITEMS	64
#define ITEM_LEN	640
#define TEXT_LEN	SZ_8M	/* more than a flow can need */

struct held {
	struct sk_buff	*skb;
	u8		flags;
	u32		number;
};

static struct held held[MAX_HELD];
static unsigned int helds;
static s32 shift;
static bool logging;
static char logged[512];
static u32 synced;

static char items[MAX_ITEMS][ITEM_LEN];
static struct file *output;
static loff_t written;
static char *text;
static size_t used;

/* What the tracker says of a packet through nf_log. */
static void note(struct net *net, u_int8_t pf, unsigned int hooknum,
		 const struct sk_buff *skb, const struct net_device *in,
		 const struct net_device *dev, const struct nf_loginfo *li,
		 const char *prefix)
{
	if (!logging)
		return;
	strlcat(logged, prefix, sizeof(logged));
	strlcat(logged, ";", sizeof(logged));
	strreplace(logged, '\n', '~');
}

static struct nf_logger logger = {
	.name	= "nf_ct_oracle",
	.type	= NF_LOG_TYPE_LOG,
	.logfn	= note,
	.me	= THIS_MODULE,
};

static void each_entry(void (*visit)(struct nf_conn *ct, void *data),
		       void *data)
{
	struct nf_conntrack_tuple_hash *h;
	struct hlist_nulls_node *node;
	unsigned int i;

	for (i = 0; i < nf_conntrack_htable_size; i++)
		hlist_nulls_for_each_entry(h, node, &nf_conntrack_hash[i], hnnode)
			if (!NF_CT_DIRECTION(h))
				visit(nf_ct_tuplehash_to_ctrack(h), data);
}

static void each_expectation(void (*visit)(struct nf_conntrack_expect *exp,
					   void *data), void *data)
{
	struct nf_conntrack_expect *exp;
	struct hlist_node *next;
	unsigned int i;

	for (i = 0; i < nf_ct_expect_hsize; i++)
		hlist_for_each_entry_safe(exp, next, &nf_ct_expect_hash[i], hnode)
			visit(exp, data);
}

static void age_entry(struct nf_conn *ct, void *data)
{
	u32 by = *(u32 *)data;

	WRITE_ONCE(ct->timeout, ct->timeout - by);
	if (nf_ct_protonum(ct) == IPPROTO_UDP ||
	    nf_ct_protonum(ct) == IPPROTO_UDPLITE)
		ct->proto.udp.stream_ts -= (s32)by;
}

static void age_expectation(struct nf_conntrack_expect *exp, void *data)
{
	WRITE_ONCE(exp->timeout, exp->timeout - *(u32 *)data);
}

/* Let time pass for what is in the tables, and make up for what really did. */
static void pass_time(u32 msecs)
{
	u32 now = nfct_time_stamp;
	u32 by = msecs_to_jiffies(msecs) - (now - synced);

	synced = now;
	if (!by)
		return;
	each_entry(age_entry, &by);
	each_expectation(age_expectation, &by);
}

static int print_end(char *to, int room, const struct nf_conntrack_tuple *t,
		     const union nf_inet_addr *addr, u16 port)
{
	if (t->src.l3num == AF_INET)
		return scnprintf(to, room, "%pI4.%u", &addr->ip, port);
	return scnprintf(to, room, "%pI6c.%u", &addr->in6, port);
}

static int print_flow(char *to, int room, const struct nf_conntrack_tuple *t)
{
	int at;

	at = print_end(to, room, t, &t->src.u3, ntohs(t->src.u.all));
	at += scnprintf(to + at, room - at, ">");
	return at + print_end(to + at, room - at, t, &t->dst.u3,
			      ntohs(t->dst.u.all));
}

static int print_tcp(char *to, int room, const struct ip_ct_tcp *tcp)
{
	const struct ip_ct_tcp_state *s;
	int at, i;

	at = scnprintf(to, room, " tcp=%u retrans=%u", tcp->state, tcp->retrans);
	for (i = 0; i < IP_CT_DIR_MAX; i++) {
		s = &tcp->seen[i];
		at += scnprintf(to + at, room - at,
				" %c:end=%u,maxend=%u,maxwin=%u,maxack=%u,scale=%u,flags=%x",
				"or"[i], s->td_end, s->td_maxend, s->td_maxwin,
				/* Without the flag it is left from the past. */
				s->flags & IP_CT_TCP_FLAG_MAXACK_SET ?
				s->td_maxack : 0,
				s->td_scale, s->flags);
	}
	return at;
}

static int print_sctp(char *to, int room, const struct ip_ct_sctp *sctp)
{
	int at;

	at = scnprintf(to, room, " sctp=%u vtag=%08x,%08x", sctp->state,
		       ntohl(sctp->vtag[0]), ntohl(sctp->vtag[1]));
	/* INITs not yet answered, by direction. */
	if (sctp->init[0] || sctp->init[1])
		at += scnprintf(to + at, room - at, " init=%u,%u",
				sctp->init[0], sctp->init[1]);
	/* The side whose heartbeat brought a tag not yet believed. */
	if (sctp->flags)
		at += scnprintf(to + at, room - at, " offer=%u",
				sctp->last_dir);
	return at;
}

static int print_proto(char *to, int room, const struct nf_conn *ct)
{
	switch (nf_ct_protonum(ct)) {
	case IPPROTO_TCP:
		return print_tcp(to, room, &ct->proto.tcp);
	case IPPROTO_SCTP:
		return print_sctp(to, room, &ct->proto.sctp);
	case IPPROTO_DCCP:
		return scnprintf(to, room, " dccp=%u role=%u,%u handshake=%llu",
				 ct->proto.dccp.state, ct->proto.dccp.role[0],
				 ct->proto.dccp.role[1],
				 ct->proto.dccp.handshake_seq);
	case IPPROTO_GRE:
		return scnprintf(to, room, " gre=%u,%u", ct->proto.gre.timeout / HZ,
				 ct->proto.gre.stream_timeout / HZ);
	default:
		return 0;
	}
}

/* To the nearest: what happens while a packet is on its way takes no time. */
static int seconds_left(u32 timeout)
{
	return DIV_ROUND_CLOSEST((s32)(timeout - nfct_time_stamp), HZ);
}

static int print_seqadj(char *to, int room, const struct nf_conn *ct)
{
	const struct nf_conn_seqadj *adj = nfct_seqadj(ct);
	int at = 0, i;

	for (i = 0; adj && i < IP_CT_DIR_MAX; i++)
		at += scnprintf(to + at, room - at, " adj=%u,%d,%d",
				adj->seq[i].correction_pos,
				adj->seq[i].offset_before,
				adj->seq[i].offset_after);
	return at;
}

static int print_entry(char *to, int room, const struct nf_conn *ct)
{
	const struct nf_conn_help *help = nfct_help(ct);
	int at;

	at = scnprintf(to, room, "%u ", nf_ct_protonum(ct));
	at += print_flow(to + at, room - at, &ct->tuplehash[0].tuple);
	at += scnprintf(to + at, room - at, " ");
	at += print_flow(to + at, room - at, &ct->tuplehash[1].tuple);
	at += scnprintf(to + at, room - at, " status=%lx", ct->status);
	if (nf_ct_is_confirmed(ct))
		at += scnprintf(to + at, room - at, " left=%d",
				seconds_left(READ_ONCE(ct->timeout)));
	if (ct->zone.id)
		at += scnprintf(to + at, room - at, " zone=%u/%u",
				ct->zone.id, ct->zone.dir);
	at += print_proto(to + at, room - at, ct);
	at += print_seqadj(to + at, room - at, ct);
	if (help && rcu_access_pointer(help->helper))
		at += scnprintf(to + at, room - at, " helper");
	if (ct->master) {
		at += scnprintf(to + at, room - at, " master=");
		at += print_flow(to + at, room - at,
				  &ct->master->tuplehash[0].tuple);
	}
	return at;
}

struct gathering {
	unsigned int count;
};

static char *next_item(void *data)
{
	struct gathering *g = data;

	return g->count < MAX_ITEMS ? items[g->count++] : NULL;
}

static void gather_entry(struct nf_conn *ct, void *data)
{
	char *item;

	/* When a dead one is swept away is nobody's business. */
	if (nf_ct_is_expired(ct) || nf_ct_is_dying(ct))
		return;
	item = next_item(data);
	if (item)
		print_entry(item, ITEM_LEN, ct);
}

static void gather_expectation(struct nf_conntrack_expect *exp, void *data)
{
	struct nf_conntrack_tuple mask = { };
	char *to;
	int at;

	if (nf_ct_exp_is_expired(exp))
		return;
	to = next_item(data);
	if (!to)
		return;
	mask.src.l3num = exp->tuple.src.l3num;
	mask.src.u3 = exp->mask.src.u3;
	mask.src.u.all = exp->mask.src.u.all;
	at = scnprintf(to, ITEM_LEN, "expect %u ", exp->tuple.dst.protonum);
	at += print_flow(to + at, ITEM_LEN - at, &exp->tuple);
	at += scnprintf(to + at, ITEM_LEN - at, " mask=");
	at += print_flow(to + at, ITEM_LEN - at, &mask);
	at += scnprintf(to + at, ITEM_LEN - at, " flags=%x class=%u left=%d of ",
			exp->flags, exp->class, seconds_left(exp->timeout));
	print_flow(to + at, ITEM_LEN - at, &exp->master->tuplehash[0].tuple);
}

static int by_text(const void *a, const void *b)
{
	return strncmp(a, b, ITEM_LEN);
}

static unsigned int sum_of(struct sk_buff *skb)
{
	unsigned int sum = skb->len;
	u32 word;
	int at;

	for (at = 0; at < (int)skb->len; at += sizeof(word)) {
		word = 0;
		skb_copy_bits(skb, at, &word,
			      min_t(int, sizeof(word), skb->len - at));
		sum = jhash_2words(sum, word, 0);
	}
	return sum;
}

static const char *const infos[] = {
	[IP_CT_ESTABLISHED]	= "ESTABLISHED",
	[IP_CT_RELATED]		= "RELATED",
	[IP_CT_NEW]		= "NEW",
	[IP_CT_ESTABLISHED_REPLY] = "ESTABLISHED_REPLY",
	[IP_CT_RELATED_REPLY]	= "RELATED_REPLY",
};

static int print_packet(char *to, int room, struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	int at;

	if (!ct && ctinfo == IP_CT_UNTRACKED)
		at = scnprintf(to, room, " UNTRACKED");
	else if (!ct)
		at = scnprintf(to, room, " INVALID");
	else
		at = scnprintf(to, room, " %s", infos[ctinfo]);
	at += scnprintf(to + at, room - at, " %08x", sum_of(skb));
	if (!ct)
		return at;
	at += scnprintf(to + at, room - at, " of ");
	if (nf_ct_is_confirmed(ct))
		return at + print_flow(to + at, room - at,
					&ct->tuplehash[0].tuple);
	return at + print_entry(to + at, room - at, ct);
}

/* A line: @what, the packet if it is still there, the log, the tables. */
static void tell(u32 flow, u32 number, const char *what, struct sk_buff *skb)
{
	char *to = text + used;
	size_t room = TEXT_LEN - used;
	struct gathering g = { };
	unsigned int i;
	int at;

	at = scnprintf(to, room, "%u.%u %s", flow, number, what);
	if (skb)
		at += print_packet(to + at, room - at, skb);
	if (*logged)
		at += scnprintf(to + at, room - at, " log \"%s\"", logged);
	*logged = 0;
	each_entry(gather_entry, &g);
	each_expectation(gather_expectation, &g);
	sort(items, g.count, ITEM_LEN, by_text, NULL);
	for (i = 0; i < g.count; i++)
		at += scnprintf(to + at, room - at, " | %s", items[i]);
	at += scnprintf(to + at, room - at, "\n");
	used += at;
}

/* Where sleeping is allowed. */
static void flush_text(void)
{
	kernel_write(output, text, used, &written);
	used = 0;
}

static int arrived(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	return 0;
}

static int hook(unsigned int hooknum, struct sk_buff *skb)
{
	u8 pf = skb->protocol == htons(ETH_P_IP) ? NFPROTO_IPV4 : NFPROTO_IPV6;
	struct net_device *dev = init_net.loopback_dev;
	int ret;

	logging = true;
	ret = nf_hook(pf, hooknum, &init_net, NULL, skb, dev, dev, arrived);
	logging = false;
	return ret;
}

static void second_hook(struct sk_buff *skb, u8 flags, u32 flow, u32 number)
{
	int ret = hook((flags & PKT_PATH) == INPUT ? NF_INET_LOCAL_IN :
		       NF_INET_POST_ROUTING, skb);

	if (ret != 1) {
		tell(flow, number, "dropped at the end", NULL);
		return;
	}
	tell(flow, number, "accept", skb);
	kfree_skb(skb);
}

/* What NAT's helpers do to a flow whose data they lengthen or shorten. */
static void shift_numbers(struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	__be32 seq;
	int off;

	off = skb->protocol == htons(ETH_P_IP) ? ip_hdrlen(skb) :
	      (int)sizeof(struct ipv6hdr);
	if (!ct || nf_ct_protonum(ct) != IPPROTO_TCP ||
	    skb_copy_bits(skb, off + 4, &seq, sizeof(seq)) < 0)
		return;
	if (!nf_ct_is_confirmed(ct) && !nfct_seqadj(ct) &&
	    !nfct_seqadj_ext_add(ct))
		return;
	if (nfct_seqadj(ct))
		nf_ct_seqadj_set(ct, ctinfo, seq, shift);
}

static struct nf_conntrack_helper *helpers[2][2];

/* The template that a rule of the raw table would attach. */
static void attach_template(struct sk_buff *skb, u8 flags, u32 arg)
{
	struct nf_conntrack_helper *helper = NULL;
	struct nf_conntrack_zone zone;
	struct nf_conn_help *help;
	struct nf_conn *tmpl;

	if (!(flags & (PKT_FTP | PKT_PPTP)) && !arg)
		return;
	nf_ct_zone_init(&zone, arg & 0xffff,
			arg >> 16 ? arg >> 16 : NF_CT_DEFAULT_ZONE_DIR, 0);
	tmpl = nf_ct_tmpl_alloc(&init_net, &zone, GFP_ATOMIC);
	if (!tmpl)
		return;
	if (flags & (PKT_FTP | PKT_PPTP))
		helper = helpers[!!(flags & PKT_PPTP)]
				[skb->protocol == htons(ETH_P_IPV6)];
	if (helper) {
		help = nf_ct_helper_ext_add(tmpl, GFP_ATOMIC);
		if (help)
			rcu_assign_pointer(help->helper, helper);
	}
	__set_bit(IPS_CONFIRMED_BIT, &tmpl->status);
	nf_ct_set(skb, tmpl, IP_CT_NEW);
}

/*
 * Of every fourth packet only the network header is in the linear part: a
 * tracker that reads what lies there directly must read the rest, too.
 */
static struct sk_buff *build(const u8 *data, unsigned int len, u32 number)
{
	unsigned int linear = len;
	struct sk_buff *skb;
	int err;

	if (number % 4 == 3)
		linear = data[0] >> 4 == 6 ? sizeof(struct ipv6hdr) :
					     (data[0] & 15) * 4;
	linear = max_t(unsigned int, linear, sizeof(struct iphdr));
	linear = min(linear, len);
	skb = alloc_skb_with_frags(linear + 128, len - linear, 0, &err,
				   GFP_ATOMIC);
	if (!skb)
		return NULL;
	skb_reserve(skb, 64);
	skb_put(skb, linear);
	skb->len = len;
	skb->data_len = len - linear;
	skb_store_bits(skb, 0, data, len);
	skb_reset_network_header(skb);
	skb->protocol = (data[0] >> 4) == 6 ? htons(ETH_P_IPV6) : htons(ETH_P_IP);
	skb_set_transport_header(skb, skb->protocol == htons(ETH_P_IP) ?
				 ip_hdrlen(skb) : (int)sizeof(struct ipv6hdr));
	skb->dev = init_net.loopback_dev;
	memset(skb->cb, 0, sizeof(skb->cb));
	return skb;
}

static void push(const struct record *r, const u8 *data, u32 flow, u32 number)
{
	struct sk_buff *skb = build(data, le16_to_cpu(r->len), number);
	int ret;

	if (!skb) {
		tell(flow, number, "no memory", NULL);
		return;
	}
	attach_template(skb, r->flags, le32_to_cpu(r->arg));
	ret = hook((r->flags & PKT_PATH) == OUTPUT ? NF_INET_LOCAL_OUT :
		   NF_INET_PRE_ROUTING, skb);
	if (ret != 1) {
		tell(flow, number, ret ? "dropped" : "taken", NULL);
		return;
	}
	if (shift)
		shift_numbers(skb);
	shift = 0;
	if (r->flags & PKT_DROP) {
		tell(flow, number, "accept, then dropped by a rule", skb);
		kfree_skb(skb);
	} else if (r->flags & PKT_HOLD && helds < MAX_HELD) {
		tell(flow, number, "accept, then held", skb);
		held[helds++] = (struct held){ skb, r->flags, number };
	} else {
		second_hook(skb, r->flags, flow, number);
	}
}

static void release(u32 flow)
{
	unsigned int i;

	for (i = 0; i < helds; i++)
		second_hook(held[i].skb, held[i].flags, flow, held[i].number);
	helds = 0;
}

static int any(struct nf_conn *ct, void *data)
{
	return 1;
}

static void begin(u8 conf)
{
	struct nf_ct_iter_data data = { .net = &init_net };
	struct nf_tcp_net *tcp = &init_net.ct.nf_ct_proto.tcp;

	while (helds)
		kfree_skb(held[--helds].skb);
	shift = 0;
	local_bh_enable();
	nf_ct_iterate_cleanup_net(any, &data);
	if (used > TEXT_LEN / 2)
		flush_text();
	cond_resched();
	local_bh_disable();
	synced = nfct_time_stamp;
	tcp->tcp_loose = !(conf & CONF_NO_LOOSE);
	tcp->tcp_be_liberal = !!(conf & CONF_LIBERAL);
	tcp->tcp_ignore_invalid_rst = !!(conf & CONF_IGNORE_RST);
	init_net.ct.sysctl_checksum = !(conf & CONF_NO_CHECKSUM);
}

static int play(const u8 *data, size_t size)
{
	u32 flow = 0, number = 0;
	size_t at = 0;

	while (at + sizeof(struct record) <= size) {
		const struct record *r = (const struct record *)(data + at);
		u32 arg = le32_to_cpu(r->arg);

		at += sizeof(*r);
		if (at + le16_to_cpu(r->len) > size)
			return -EINVAL;
		pass_time(r->op == 'T' ? arg : 0);
		switch (r->op) {
		case 'F':
			flow = arg;
			number = 0;
			begin(r->flags);
			break;
		case 'P':
			push(r, data + at, flow, number++);
			break;
		case 'R':
			release(flow);
			break;
		case 'S':
			shift = (s32)arg;
			break;
		case 'T':
			break;
		default:
			return -EINVAL;
		}
		at += le16_to_cpu(r->len);
	}
	begin(0);
	return at == size ? 0 : -EINVAL;
}

static void put_helpers(void)
{
	int i;

	for (i = 0; i < 4; i++)
		if (helpers[i / 2][i % 2])
			nf_conntrack_helper_put(helpers[i / 2][i % 2]);
}

static int run(const u8 *data, size_t size)
{
	static const char * const names[] = { "ftp", "pptp" };
	int i, ret;

	for (i = 0; i < 4; i++)
		helpers[i / 2][i % 2] =
			nf_conntrack_helper_try_module_get(names[i / 2], i % 2 ?
							   AF_INET6 : AF_INET,
							   IPPROTO_TCP);
	ret = nf_ct_netns_get(&init_net, NFPROTO_INET);
	if (ret)
		goto put;
	nf_log_set(&init_net, NFPROTO_IPV4, &logger);
	nf_log_set(&init_net, NFPROTO_IPV6, &logger);
	init_net.ct.sysctl_log_invalid = 255;
	local_bh_disable();
	ret = play(data, size);
	local_bh_enable();
	init_net.ct.sysctl_log_invalid = 0;
	nf_log_unset(&init_net, &logger);
	nf_ct_netns_put(&init_net, NFPROTO_INET);
put:
	put_helpers();
	return ret;
}

static int __init oracle_init(void)
{
	void *data = NULL;
	size_t size;
	ssize_t got;
	int ret;

	got = kernel_read_file_from_path(script, 0, &data, INT_MAX, &size,
					 READING_UNKNOWN);
	if (got < 0)
		return got;
	output = filp_open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (IS_ERR(output)) {
		ret = PTR_ERR(output);
		goto free;
	}
	text = vmalloc(TEXT_LEN);
	ret = text ? nf_log_register(NFPROTO_UNSPEC, &logger) : -ENOMEM;
	if (!ret) {
		ret = run(data, size);
		nf_log_unregister(&logger);
		flush_text();
	}
	vfree(text);
	filp_close(output, NULL);
free:
	vfree(data);
	return ret;
}

static void __exit oracle_exit(void)
{
}

module_init(oracle_init);
module_exit(oracle_exit);
MODULE_DESCRIPTION("Plays a script of packets and tells what becomes of them");
MODULE_LICENSE("GPL");
