// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures connection tracking: drives packets through the PREROUTING and
 * POSTROUTING hooks and prints what one costs.  Uses public symbols only, so
 * that it runs unchanged on the stock modules and on ours.
 *
 *	insmod nf_ct_bench.ko case=udp_random flows=100000 packets=1000000
 *
 * prints, by printk, "bench: udp_random 100000 571" (nanoseconds of the
 * kernel's clock; under QEMU's -icount that clock counts instructions).  What
 * it costs to make the packet and to come to the hooks is subtracted.
 */
#define pr_fmt(fmt) "bench: " fmt

#include <linux/completion.h>
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/tcp.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <net/netfilter/nf_nat.h>

static char *case_name = "null";
module_param_named(case, case_name, charp, 0400);
MODULE_PARM_DESC(case, "what to measure; see the table at the end of bench.c");

static unsigned int flows = 1000;
module_param(flows, uint, 0400);
MODULE_PARM_DESC(flows, "entries in the table beforehand");

static unsigned int packets = 100000;
module_param(packets, uint, 0400);
MODULE_PARM_DESC(packets, "how many to measure");

static unsigned int cpus = 1;
module_param(cpus, uint, 0400);
MODULE_PARM_DESC(cpus, "how many send at the same time");

static bool keep;
module_param(keep, bool, 0400);
MODULE_PARM_DESC(keep, "leave the entries in the table");

static bool listen;
module_param(listen, bool, 0400);
MODULE_PARM_DESC(listen, "have somebody listen to events");

static bool snat;
module_param(snat, bool, 0400);
MODULE_PARM_DESC(snat, "translate every flow's source address");

/* So many packets between two chances for others to run. */
enum { BATCH = 256 };

#define CLIENT		0x0a000000u	/* 10.0.0.0/8, a flow's source */
#define SERVER		0xc0a80001u	/* 192.168.0.1 */
#define SEQ_CLIENT	1000u
#define SEQ_SERVER	5000u

/* One who sends: a packet, filled in anew each time, and a random number. */
struct sender {
	struct sk_buff	*skb;
	struct nf_conn	*template;
	u8		pf;
	bool		hooks;		/* else only what is subtracted */
	unsigned int	first;		/* the first flow that is its own */
	unsigned int	count;		/* and how many are */
	u64		random;
	u32		sent;
	__be32		seen_addr;	/* whom NAT made the last flow come from */
	__be16		seen_port;
	u64		cost;
	u64		worst;
	int		err;
	struct completion done;
};

struct bench {
	const char *name;
	int (*prepare)(struct sender *s);
	int (*packet)(struct sender *s, u32 i);
	u8 pf;
	unsigned int per;		/* packets that one call sends */
};

static struct net_device *device;
static const struct bench *bench;

/* The same numbers for both modules (Marsaglia, Xorshift RNGs, 2003). */
static u32 random_below(struct sender *s, u32 n)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return reciprocal_scale((u32)(s->random >> 16), n);
}

/* Packets --------------------------------------------------------------- */

/* A flow's number is in its source: 4096 ports of each address. */
static __be32 client_addr(u32 flow)
{
	return htonl(CLIENT + (flow >> 12) + 1);
}

static __be16 client_port(u32 flow)
{
	return htons(1024 + (flow & 4095));
}

static void *network_header(struct sender *s, u32 flow, bool reply, u8 proto,
			    unsigned int len)
{
	struct sk_buff *skb = s->skb;

	skb->data = skb->head + NET_SKB_PAD;
	skb_reset_tail_pointer(skb);
	skb->len = 0;
	skb_reset_network_header(skb);

	if (s->pf == NFPROTO_IPV6) {
		struct ipv6hdr *ip6 = skb_put(skb, sizeof(*ip6) + len);
		struct in6_addr *client = reply ? &ip6->daddr : &ip6->saddr;
		struct in6_addr *server = reply ? &ip6->saddr : &ip6->daddr;

		memset(ip6, 0, sizeof(*ip6));
		ip6->version = 6;
		ip6->nexthdr = proto;
		ip6->hop_limit = 64;
		ip6->payload_len = htons(len);
		ipv6_addr_set(client, htonl(0x20010db8), 0, 0, client_addr(flow));
		ipv6_addr_set(server, htonl(0x20010db8), htonl(1), 0, htonl(SERVER));
		skb->protocol = htons(ETH_P_IPV6);
		skb_set_transport_header(skb, sizeof(*ip6));
	} else {
		struct iphdr *ip = skb_put(skb, sizeof(*ip) + len);

		memset(ip, 0, sizeof(*ip));
		ip->version = 4;
		ip->ihl = 5;
		ip->ttl = 64;
		ip->protocol = proto;
		ip->tot_len = htons(sizeof(*ip) + len);
		ip->saddr = reply ? htonl(SERVER) : client_addr(flow);
		ip->daddr = reply ? client_addr(flow) : htonl(SERVER);
		skb->protocol = htons(ETH_P_IP);
		skb_set_transport_header(skb, sizeof(*ip));
	}
	return skb_transport_header(skb);
}

static int through(struct sender *s)
{
	struct sk_buff *skb = s->skb;
	int verdict = 1;

	if (!s->hooks)
		return 0;

	if (s->template) {
		nf_conntrack_get(&s->template->ct_general);
		nf_ct_set(skb, s->template, IP_CT_NEW);
	}
	verdict = nf_hook(s->pf, NF_INET_PRE_ROUTING, &init_net, NULL, skb,
			  device, NULL, NULL);
	if (verdict == 1)
		verdict = nf_hook(s->pf, NF_INET_POST_ROUTING, &init_net, NULL,
				  skb, NULL, device, NULL);
	if (unlikely(verdict != 1)) {
		/* The hooks freed the packet: there is none to go on with. */
		s->skb = NULL;
		return -EIO;
	}
	if (unlikely(!skb_nfct(skb)))
		return -ENOENT;	/* INVALID */
	nf_reset_ct(skb);
	return 0;
}

static int udp(struct sender *s, u32 flow, bool reply)
{
	struct udphdr *uh = network_header(s, flow, reply, IPPROTO_UDP,
					   sizeof(*uh) + 4);

	uh->source = reply ? htons(53) : client_port(flow);
	uh->dest = reply ? client_port(flow) : htons(53);
	uh->len = htons(sizeof(*uh) + 4);
	uh->check = 0;
	if (reply && s->seen_addr) {
		ip_hdr(s->skb)->daddr = s->seen_addr;
		uh->dest = s->seen_port;
	}
	return through(s);
}

static const u8 syn_options[] = {
	TCPOPT_MSS, TCPOLEN_MSS, 5, 0xb4, TCPOPT_SACK_PERM, TCPOLEN_SACK_PERM,
	TCPOPT_NOP, TCPOPT_WINDOW, TCPOLEN_WINDOW, 14, TCPOPT_NOP, TCPOPT_NOP,
};

/* With @text of @len bytes after the header; windows scaled to a gigabyte. */
static int tcp(struct sender *s, u32 flow, bool reply, u8 flags, u32 seq,
	       u32 ack, u16 port, const char *text, unsigned int len)
{
	unsigned int header = sizeof(struct tcphdr);
	struct tcphdr *th;

	if (flags & TCPHDR_SYN)
		header += sizeof(syn_options);
	th = network_header(s, flow, reply, IPPROTO_TCP, header + len);
	memset(th, 0, sizeof(*th));
	th->source = reply ? htons(port) : client_port(flow);
	th->dest = reply ? client_port(flow) : htons(port);
	th->seq = htonl(seq);
	th->ack_seq = htonl(ack);
	th->doff = header / 4;
	((u8 *)th)[13] = flags;
	th->window = htons(0xffff);
	if (flags & TCPHDR_SYN)
		memcpy(th + 1, syn_options, sizeof(syn_options));
	memcpy((u8 *)th + header, text, len);
	return through(s);
}

static int handshake(struct sender *s, u32 flow, u16 port)
{
	int err;

	err = tcp(s, flow, false, TCPHDR_SYN, SEQ_CLIENT, 0, port, "", 0);
	if (!err)
		err = tcp(s, flow, true, TCPHDR_SYN | TCPHDR_ACK, SEQ_SERVER,
			  SEQ_CLIENT + 1, port, "", 0);
	if (!err)
		err = tcp(s, flow, false, TCPHDR_ACK, SEQ_CLIENT + 1,
			  SEQ_SERVER + 1, port, "", 0);
	return err;
}

/* The window in a SYN is not scaled; the next one is, and allows a gigabyte. */
static int open_window(struct sender *s, u32 flow, u16 port)
{
	return tcp(s, flow, true, TCPHDR_ACK, SEQ_SERVER + 1, SEQ_CLIENT + 1,
		   port, "", 0);
}

static int echo(struct sender *s, u32 flow, bool reply)
{
	struct icmphdr *ih = network_header(s, flow, reply, IPPROTO_ICMP,
					    sizeof(*ih) + 8);

	memset(ih, 0, sizeof(*ih) + 8);
	ih->type = reply ? ICMP_ECHOREPLY : ICMP_ECHO;
	ih->un.echo.id = client_port(flow);
	return through(s);
}

/* Cases ----------------------------------------------------------------- */

/* Begins each of the sender's flows. */
static int prepare(struct sender *s, int (*begin)(struct sender *s, u32 flow))
{
	u32 i;
	int err = 0;

	for (i = 0; i < s->count && !err; i++) {
		err = begin(s, s->first + i);
		if (i % BATCH == 0) {
			local_bh_enable();
			cond_resched();
			local_bh_disable();
		}
	}
	return err;
}

static int ask_and_answer(struct sender *s, u32 flow)
{
	int err = udp(s, flow, false);

	if (err)
		return err;
	if (snat && s->hooks) {
		s->seen_addr = ip_hdr(s->skb)->saddr;
		s->seen_port = udp_hdr(s->skb)->source;
	}
	return udp(s, flow, true);
}

static int prepare_udp(struct sender *s)
{
	return prepare(s, ask_and_answer);
}

static int connect_web(struct sender *s, u32 flow)
{
	return handshake(s, flow, 80) ?: open_window(s, flow, 80);
}

static int prepare_tcp(struct sender *s)
{
	return prepare(s, connect_web);
}

static int prepare_ftp(struct sender *s)
{
	struct nf_conntrack_helper *helper;
	struct nf_conn_help *help;
	struct nf_conn *template;
	int err;

	helper = nf_conntrack_helper_try_module_get("ftp", AF_INET, IPPROTO_TCP);
	if (!helper)
		return -ENOENT;

	template = nf_ct_tmpl_alloc(&init_net, &nf_ct_zone_dflt, GFP_ATOMIC);
	if (!template)
		return -ENOMEM;
	help = nf_ct_helper_ext_add(template, GFP_ATOMIC);
	if (!help) {
		nf_ct_put(template);
		return -ENOMEM;
	}
	RCU_INIT_POINTER(help->helper, helper);
	__set_bit(IPS_CONFIRMED_BIT, &template->status);
	s->template = template;
	err = handshake(s, s->first, 21) ?: open_window(s, s->first, 21);
	s->template = NULL;
	nf_ct_put(template);
	nf_conntrack_helper_put(helper);
	s->sent = SEQ_CLIENT + 1;
	return err;
}

static int udp_same(struct sender *s, u32 i)
{
	return udp(s, s->first, false);
}

static int udp_random(struct sender *s, u32 i)
{
	return udp(s, s->first + random_below(s, s->count), false);
}

/* Flows that are not there yet lie beyond those of all senders. */
static int udp_new(struct sender *s, u32 i)
{
	return udp(s, flows + s->first + i, false);
}

/* Two bytes more each time, within the window of whichever flow it is. */
static int tcp_data(struct sender *s, u32 flow, u32 i)
{
	return tcp(s, flow, false, TCPHDR_ACK | TCPHDR_PSH,
		   SEQ_CLIENT + 1 + 2 * i, SEQ_SERVER + 1, 80, "x\n", 2);
}

static int tcp_same(struct sender *s, u32 i)
{
	return tcp_data(s, s->first, i);
}

static int tcp_random(struct sender *s, u32 i)
{
	return tcp_data(s, s->first + random_below(s, s->count), i);
}

/* From SYN to the last ACK, eight packets. */
static int tcp_life(struct sender *s, u32 i)
{
	const u32 flow = flows + s->first + i;
	const u32 c = SEQ_CLIENT + 1, r = SEQ_SERVER + 1;
	int err = handshake(s, flow, 80);

	if (!err)
		err = tcp(s, flow, false, TCPHDR_ACK, c, r, 80, "x\n", 2);
	if (!err)
		err = tcp(s, flow, true, TCPHDR_ACK, r, c + 2, 80, "y\n", 2);
	if (!err)
		err = tcp(s, flow, false, TCPHDR_ACK | TCPHDR_FIN, c + 2, r + 2,
			  80, "", 0);
	if (!err)
		err = tcp(s, flow, true, TCPHDR_ACK | TCPHDR_FIN, r + 2, c + 3,
			  80, "", 0);
	if (!err)
		err = tcp(s, flow, false, TCPHDR_ACK, c + 3, r + 3, 80, "", 0);
	return err;
}

static int icmp_new(struct sender *s, u32 i)
{
	const u32 flow = flows + s->first + i;
	int err = echo(s, flow, false);

	return err ?: echo(s, flow, true);
}

static int ftp_line(struct sender *s, u32 i)
{
	static const char line[] = "PORT 10,0,0,1,4,210\r\n";
	u32 seq = s->sent;

	s->sent += sizeof(line) - 1;
	return tcp(s, s->first, false, TCPHDR_ACK | TCPHDR_PSH, seq,
		   SEQ_SERVER + 1, 21, line, sizeof(line) - 1);
}

static struct nf_conn *udp_flow(u32 flow)
{
	struct nf_conntrack_tuple tuple = {
		.src.l3num	= NFPROTO_IPV4,
		.src.u3.ip	= client_addr(flow),
		.src.u.udp.port	= client_port(flow),
		.dst.u3.ip	= htonl(SERVER),
		.dst.u.udp.port	= htons(53),
		.dst.protonum	= IPPROTO_UDP,
		.dst.dir	= IP_CT_DIR_ORIGINAL,
	};
	struct nf_conntrack_tuple_hash *h;

	h = nf_conntrack_find_get(&init_net, &nf_ct_zone_dflt, &tuple);
	return h ? nf_ct_tuplehash_to_ctrack(h) : NULL;
}

/* Each flow once; a prime makes the order irregular. */
static u32 some_flow(const struct sender *s, u32 i)
{
	return s->first + (u32)(i * 2654435761ULL % s->count);
}

/* Deletes one entry, found by its tuple. */
static int delete(struct sender *s, u32 i)
{
	struct nf_conn *ct;

	if (!s->hooks)
		return 0;

	ct = udp_flow(some_flow(s, i));
	if (!ct)
		return -ENOENT;
	nf_ct_delete(ct, 0, 0);
	nf_ct_put(ct);
	return 0;
}

static int ask_and_expire(struct sender *s, u32 flow)
{
	int err = ask_and_answer(s, flow);
	struct nf_conn *ct;

	if (err || !s->hooks)
		return err;
	ct = udp_flow(flow);
	if (!ct)
		return -ENOENT;
	WRITE_ONCE(ct->timeout, nfct_time_stamp - 1);
	nf_ct_put(ct);
	return 0;
}

static int prepare_expired(struct sender *s)
{
	return prepare(s, ask_and_expire);
}

/* Meets an entry that has expired, and takes its place. */
static int udp_expired(struct sender *s, u32 i)
{
	return udp(s, some_flow(s, i), false);
}

static const struct bench benches[] = {
	{ "udp_same", prepare_udp, udp_same, NFPROTO_IPV4, 1 },
	{ "udp_random", prepare_udp, udp_random, NFPROTO_IPV4, 1 },
	{ "udp6_random", prepare_udp, udp_random, NFPROTO_IPV6, 1 },
	{ "udp_new", prepare_udp, udp_new, NFPROTO_IPV4, 1 },
	{ "udp6_new", prepare_udp, udp_new, NFPROTO_IPV6, 1 },
	{ "tcp_same", prepare_tcp, tcp_same, NFPROTO_IPV4, 1 },
	{ "tcp_random", prepare_tcp, tcp_random, NFPROTO_IPV4, 1 },
	{ "tcp_life", prepare_udp, tcp_life, NFPROTO_IPV4, 8 },
	{ "icmp_new", prepare_udp, icmp_new, NFPROTO_IPV4, 2 },
	{ "ftp_line", prepare_ftp, ftp_line, NFPROTO_IPV4, 1 },
	{ "delete", prepare_udp, delete, NFPROTO_IPV4, 1 },
	{ "udp_expired", prepare_expired, udp_expired, NFPROTO_IPV4, 1 },
	{ "fill", prepare_udp, NULL, NFPROTO_IPV4, 1 },
};

/* Measuring ------------------------------------------------------------- */

static int send(struct sender *s, unsigned int from, unsigned int count)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < count && !err; i++)
		err = bench->packet(s, from + i);
	return err;
}

/* @count packets from number @from on, in batches. */
static u64 timed(struct sender *s, unsigned int from, unsigned int count)
{
	unsigned int done, some;
	u64 cost = 0;

	for (done = 0; done < count && !s->err; done += some) {
		u64 begin, took;

		some = min_t(unsigned int, BATCH, count - done);
		begin = ktime_get_ns();
		s->err = send(s, from + done, some);
		took = ktime_get_ns() - begin;
		cost += took;
		s->worst = max(s->worst, took);
		local_bh_enable();
		cond_resched();
		local_bh_disable();
	}
	return cost;
}

static struct sk_buff *new_packet(void)
{
	struct sk_buff *skb = alloc_skb(512, GFP_KERNEL);

	if (skb) {
		skb_reserve(skb, NET_SKB_PAD);
		skb->dev = device;
		skb->ip_summed = CHECKSUM_UNNECESSARY;
		skb->pkt_type = PACKET_HOST;
		/* It has no route, which NAT would look up anew for IPsec. */
		IPCB(skb)->flags |= IPSKB_XFRM_TRANSFORMED;
	}
	return skb;
}

static atomic_t ready;

static int run_sender(void *data)
{
	struct sender *s = data;
	unsigned int share = packets / cpus;
	u64 empty;

	s->skb = new_packet();
	if (!s->skb)
		s->err = -ENOMEM;

	local_bh_disable();
	rcu_read_lock();
	if (!s->err)
		s->err = bench->prepare(s);
	rcu_read_unlock();
	local_bh_enable();
	atomic_inc(&ready);
	while (atomic_read(&ready) < cpus)
		schedule_timeout_uninterruptible(1);

	local_bh_disable();
	if (bench->packet && !s->err) {
		u64 random = s->random;
		u32 sent = s->sent;

		s->hooks = false;
		empty = timed(s, 0, share);
		s->random = random;
		s->sent = sent;
		s->worst = 0;
		s->hooks = true;
		s->cost = timed(s, 0, share);
		s->cost -= min(s->cost, empty);
	}
	local_bh_enable();
	kfree_skb(s->skb);
	complete(&s->done);
	return 0;
}

static int on_events(unsigned int events, const struct nf_ct_event *item)
{
	return 0;
}

static struct nf_ct_event_notifier listener = { .ct_event = on_events };

/* The ruleset of NAT, which it asks for a flow's first packet. */
static unsigned int translate(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	const struct nf_nat_range2 range = {
		.flags		= NF_NAT_RANGE_MAP_IPS,
		.min_addr.ip	= htonl(0xac100001),	/* 172.16.0.1 */
		.max_addr.ip	= htonl(0xac10ffff),
	};
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	return nf_nat_setup_info(ct, &range, NF_NAT_MANIP_SRC);
}

static const struct nf_hook_ops translator = {
	.hook		= translate,
	.pf		= NFPROTO_IPV4,
	.hooknum	= NF_INET_POST_ROUTING,
	.priority	= NF_IP_PRI_NAT_SRC,
};

static int delete_any(struct nf_conn *ct, void *data)
{
	return 1;
}

/* Starts a thread for each sender, and waits until all have ended. */
static int run_senders(struct sender *senders)
{
	struct task_struct *task;
	unsigned int i, started;
	int err = 0;

	for (started = 0; started < cpus; started++) {
		struct sender *s = &senders[started];

		init_completion(&s->done);
		s->pf = bench->pf;
		s->hooks = true;
		s->first = started * (flows / cpus + packets / cpus);
		s->count = max(1u, flows / cpus);
		s->random = 88172645463325252ULL + started;
		task = kthread_create(run_sender, s, "bench/%u", started);
		if (IS_ERR(task)) {
			err = PTR_ERR(task);
			atomic_add(cpus - started, &ready);
			break;
		}
		kthread_bind(task, started);
		wake_up_process(task);
	}
	for (i = 0; i < started; i++) {
		wait_for_completion(&senders[i].done);
		err = err ?: senders[i].err;
	}
	return err;
}

static int measure(void)
{
	unsigned int i, sent = packets / cpus * cpus * bench->per;
	struct sender *senders;
	u64 cost = 0, worst = 0;
	int err;

	senders = kcalloc(cpus, sizeof(*senders), GFP_KERNEL);
	if (!senders)
		return -ENOMEM;

	err = run_senders(senders);
	for (i = 0; i < cpus; i++) {
		cost = max(cost, senders[i].cost);
		worst = max(worst, senders[i].worst);
	}
	kfree(senders);
	if (err)
		pr_err("%s: %d\n", bench->name, err);
	else if (bench->packet)
		pr_info("%s %u %llu.%02llu %llu\n", bench->name, flows,
			cost / sent, cost % sent * 100 / sent, worst);
	return err;
}

static int __init bench_init(void)
{
	const struct nf_ct_iter_data all = { .net = &init_net };
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(benches); i++)
		if (!strcmp(case_name, benches[i].name))
			bench = &benches[i];
	if (!bench || !cpus || cpus > num_online_cpus() || packets < cpus)
		return -EINVAL;

	device = init_net.loopback_dev;
	err = nf_ct_netns_get(&init_net, NFPROTO_INET);
	if (err)
		return err;
	if (snat) {
		err = nf_nat_ipv4_register_fn(&init_net, &translator);
		if (err)
			goto out;
	}
	if (listen)
		nf_conntrack_register_notifier(&init_net, &listener);

	err = measure();

	if (listen)
		nf_conntrack_unregister_notifier(&init_net);
	if (snat)
		nf_nat_ipv4_unregister_fn(&init_net, &translator);
	if (!keep)
		nf_ct_iterate_cleanup_net(delete_any, &all);
out:
	if (!keep || err)
		nf_ct_netns_put(&init_net, NFPROTO_INET);
	return err;
}

static void __exit bench_exit(void)
{
	if (keep)
		nf_ct_netns_put(&init_net, NFPROTO_INET);
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("cost of connection tracking, measured");
MODULE_LICENSE("GPL");
