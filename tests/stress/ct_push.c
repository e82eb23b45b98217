// SPDX-License-Identifier: GPL-2.0-only
/*
 * ct_push: pushes made-up packets through the netfilter hooks of a network
 * namespace, PRE_ROUTING first, then LOCAL_IN or POST_ROUTING.  It calls no
 * function of nf_conntrack, so it works on the stock one too, and stays
 * loaded when that goes.
 *
 * Open /proc/ct_push in the namespace and write a command to it:
 *
 *	flows SEED COUNT	valid packets of a few flows at a time, of all
 *				protocols and both directions.  Whoever writes
 *				at the same time gets the same flows
 *	fuzz SEED FIRST COUNT	packets FIRST, FIRST + 1, ... of what is
 *				infinitely many: valid ones, then mutated.
 *				Packet n is always the same
 *
 * The write ends after COUNT packets or at a signal.  Packets wait a while
 * between the two hooks, so that many are unconfirmed at any time; whoever
 * writes to the same open file sends on what others left there.  Reading tells
 * what became of them.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/nsproxy.h>
#include <linux/prandom.h>
#include <linux/proc_fs.h>
#include <linux/sctp.h>
#include <linux/seq_file.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/route.h>
#include <net/tcp.h>

/* How many packets a flow is sent before its successor's turn, about. */
#define PER_FLOW	24
/* Flows come again after so many others. */
#define FLOWS		8192
#define PARKED		64
#define LONGEST		512	/* bytes of a packet */

enum counter { PUSHED, UNTRACKED, TRACKED, REPLIES, RELATED, WRONG, STOLEN, COUNTERS };

static const char *const counter_names[COUNTERS] = {
	"pushed", "untracked", "tracked", "replies", "related", "wrong", "stolen",
};

/* An open file: a namespace and the packets that wait between its hooks. */
struct lot {
	struct net *net;
	struct rtable *route;		/* NAT wants every packet to have one */
	struct sk_buff *parked[PARKED];
	atomic_t count[COUNTERS];
};

/* A packet in the making. */
struct packet {
	u8 bytes[LONGEST];
	unsigned int len;
	u8 pf, proto;
	unsigned int l4;		/* offset of the transport header */
	bool error;			/* an ICMP error, its flow is quoted */
	union nf_inet_addr src, dst;
	__be16 sport, dport;
};

/* Shared by all files and namespaces, so that writers meet. */
static atomic_t ticks = ATOMIC_INIT(0);

static u32 below(struct rnd_state *rnd, u32 n)
{
	return reciprocal_scale(prandom_u32_state(rnd), n);
}

static bool one_in(struct rnd_state *rnd, u32 n)
{
	return below(rnd, n) == 0;
}

/* Making packets --------------------------------------------------------- */

static void *add(struct packet *p, const void *data, unsigned int len)
{
	void *at = p->bytes + p->len;

	memcpy(at, data, len);
	p->len += len;
	return at;
}

static void add_ip(struct packet *p, bool reversed)
{
	const union nf_inet_addr *src = reversed ? &p->dst : &p->src;
	const union nf_inet_addr *dst = reversed ? &p->src : &p->dst;
	struct ipv6hdr ip6 = {
		.version = 6, .nexthdr = p->proto, .hop_limit = 64,
		.saddr = src->in6, .daddr = dst->in6,
	};
	struct iphdr ip4 = {
		.version = 4, .ihl = 5, .ttl = 64, .protocol = p->proto,
		.saddr = src->ip, .daddr = dst->ip,
	};

	if (p->pf == NFPROTO_IPV6)
		add(p, &ip6, sizeof(ip6));
	else
		add(p, &ip4, sizeof(ip4));
	p->l4 = p->len;
}

/* Lengths, once all is there.  @at: where the IP header begins. */
static void finish_ip(struct packet *p, unsigned int at)
{
	struct ipv6hdr *ip6 = (void *)p->bytes + at;
	struct iphdr *ip4 = (void *)p->bytes + at;

	if (p->pf == NFPROTO_IPV6)
		ip6->payload_len = htons(p->len - at - sizeof(*ip6));
	else
		ip4->tot_len = htons(p->len - at);
}

/*
 * On FTP's port a PORT command, the port named by the flow, all numbers of
 * three digits so that the sequence numbers fit.
 */
static void add_ftp(struct packet *p, u32 flow)
{
	char text[32];
	int len;

	len = snprintf(text, sizeof(text), "PORT 10,0,0,%u,%u,%u\r\n",
		       ntohl(p->src.ip) & 0xff, 100 + flow % 100,
		       100 + flow / 8 % 100);
	add(p, text, len);
}

static void add_tcp(struct packet *p, struct rnd_state *rnd, u32 flow)
{
	static const u8 flags[][6] = {	/* SYN ACK FIN RST PSH URG */
		{ 1 }, { 1 }, { 1, 1 }, { 0, 1 }, { 0, 1, 0, 0, 1 }, { 0, 1 },
		{ 0, 1, 1 }, { 0, 1, 1 }, { 0, 0, 0, 1 }, { 0, 1, 0, 1 },
	};
	static const u8 options[12] = {
		TCPOPT_MSS, 4, 5, 0xb4, TCPOPT_WINDOW, 3, 7, 1,
		TCPOPT_SACK_PERM, 2, 1, 1,
	};
	bool ftp = p->dport == htons(21) && p->pf == NFPROTO_IPV4 && !one_in(rnd, 4);
	const u8 *set = ftp ? flags[4] : flags[below(rnd, ARRAY_SIZE(flags))];
	struct tcphdr tcp = {
		.source = p->sport, .dest = p->dport,
		.seq = htonl(1000 + 25 * below(rnd, ftp ? 2 : 4) - set[0]),
		.ack_seq = htonl(1000 + 25 * below(rnd, 4)),
		.doff = set[0] ? 8 : 5, .window = htons(8192),
		.syn = set[0], .ack = set[1], .fin = set[2], .rst = set[3],
		.psh = set[4], .urg = set[5],
	};

	add(p, &tcp, sizeof(tcp));
	if (tcp.syn)
		add(p, options, sizeof(options));
	else if (ftp)
		add_ftp(p, flow);
}

static void add_udp(struct packet *p, struct rnd_state *rnd)
{
	struct udphdr udp = {
		.source = p->sport, .dest = p->dport,
		.len = htons(sizeof(udp) + 8),
	};

	add(p, &udp, sizeof(udp));
	add(p, "01234567", 8);
}

/* An echo; or, for a UDP flow, an error about one of its packets. */
static void add_icmp(struct packet *p, struct rnd_state *rnd, bool reply)
{
	bool v6 = p->pf == NFPROTO_IPV6;
	struct icmphdr icmp = {
		.type = v6 ? ICMPV6_ECHO_REQUEST : ICMP_ECHO,
		.un.echo.id = p->sport,
	};
	u8 proto = p->proto;
	unsigned int at;

	p->error = one_in(rnd, 4);
	if (p->error)
		icmp.type = v6 ? ICMPV6_DEST_UNREACH : ICMP_DEST_UNREACH;
	else if (reply)
		icmp.type = v6 ? ICMPV6_ECHO_REPLY : ICMP_ECHOREPLY;
	add(p, &icmp, sizeof(icmp));
	if (!p->error)
		return;

	at = p->len;
	p->proto = IPPROTO_UDP;
	add_ip(p, true);
	swap(p->sport, p->dport);
	add_udp(p, rnd);
	swap(p->sport, p->dport);
	finish_ip(p, at);
	p->proto = proto;
	p->l4 = at - sizeof(icmp);
}

static void add_sctp(struct packet *p, struct rnd_state *rnd)
{
	struct {
		struct sctphdr head;
		struct sctp_chunkhdr chunk;
		__be32 tag, more[3];
	} __packed sctp = {
		.head = { .source = p->sport, .dest = p->dport },
		.chunk = { .type = below(rnd, 15) },
		.tag = htonl(7),
	};

	sctp.chunk.length = htons(sizeof(sctp) - sizeof(sctp.head));
	if (sctp.chunk.type != SCTP_CID_INIT)
		sctp.head.vtag = htonl(7);
	add(p, &sctp, sizeof(sctp));
}

/* DCCP, GRE, UDP-Lite, and what no tracker knows. */
static void add_other(struct packet *p, struct rnd_state *rnd)
{
	u8 bytes[24] = {};

	memcpy(bytes, &p->sport, 2);
	memcpy(bytes + 2, &p->dport, 2);
	if (p->proto == IPPROTO_DCCP) {
		bytes[4] = 6;				/* data offset */
		bytes[8] = below(rnd, 10) << 1 | 1;	/* type, long numbers */
		bytes[15] = below(rnd, 4);
	} else if (p->proto == IPPROTO_GRE) {
		memset(bytes, 0, 4);
		bytes[0] = one_in(rnd, 2) ? 0x30 : 0;	/* version 1 has a key */
		bytes[1] = bytes[0] ? 0x81 : 0;
		bytes[2] = 0x88;
		bytes[3] = 0x0b;
		bytes[5] = 4;
		memcpy(bytes + 6, &p->sport, 2);
	} else if (p->proto == IPPROTO_UDPLITE) {
		bytes[5] = 8;				/* bytes covered */
		bytes[6] = 1;				/* by a checksum */
	}
	add(p, bytes, sizeof(bytes));
}

/* Who talks to whom. */
static void choose_flow(struct packet *p, struct rnd_state *rnd, u32 flow)
{
	static const u8 protos[16] = {
		IPPROTO_UDP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_TCP, IPPROTO_ICMP,
		IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_TCP, IPPROTO_DCCP,
		IPPROTO_UDP, IPPROTO_GRE, IPPROTO_TCP, IPPROTO_UDP,
		IPPROTO_UDPLITE, IPPROTO_TCP, 250,
	};

	memset(p, 0, sizeof(*p));
	p->proto = protos[flow % ARRAY_SIZE(protos)];
	p->pf = flow / 16 % 3 == 0 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	p->sport = htons(1024 + flow);
	p->dport = htons(2000);
	if (p->pf == NFPROTO_IPV6) {
		p->src.all[0] = htonl(0xfd000001);
		p->src.all[3] = htonl(100 + flow % 100);
		p->dst.all[0] = htonl(0xfd000002);
		p->dst.all[3] = htonl(1);
		if (p->proto == IPPROTO_ICMP)
			p->proto = IPPROTO_ICMPV6;
		return;
	}
	p->src.ip = htonl(0x0a000000 + 100 + flow % 100);
	p->dst.ip = htonl(0x0a000101);
	if (p->proto == IPPROTO_TCP && flow % 2)
		p->dport = htons(21);
}

/* One packet of a flow, from either end. */
static void make(struct packet *p, struct rnd_state *rnd, u32 flow)
{
	bool reply = one_in(rnd, 3);

	choose_flow(p, rnd, flow);
	if (p->dport == htons(21) && one_in(rnd, 4)) {
		/* What the PORT command announced, from a port not seen yet. */
		p->sport = htons((100 + flow % 100) << 8 | (100 + flow / 8 % 100));
		p->dport = htons(3000 + below(rnd, 1000));
		reply = true;
	}
	if (reply) {
		swap(p->src, p->dst);
		swap(p->sport, p->dport);
	}
	if (p->proto == IPPROTO_ICMP || p->proto == IPPROTO_ICMPV6)
		p->sport = htons(1024 + flow);

	add_ip(p, false);
	switch (p->proto) {
	case IPPROTO_TCP:
		add_tcp(p, rnd, flow);
		break;
	case IPPROTO_UDP:
		add_udp(p, rnd);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		add_icmp(p, rnd, reply);
		break;
	case IPPROTO_SCTP:
		add_sctp(p, rnd);
		break;
	default:
		add_other(p, rnd);
		break;
	}
	finish_ip(p, 0);
}

/* Mutation --------------------------------------------------------------- */

/* An IPv6 extension header, or IPv4 options, before the transport header. */
static void insert_header(struct packet *p, struct rnd_state *rnd)
{
	static const u8 kinds[] = {
		NEXTHDR_HOP, NEXTHDR_ROUTING, NEXTHDR_FRAGMENT, NEXTHDR_DEST,
		NEXTHDR_AUTH, NEXTHDR_NONE,
	};
	struct ipv6hdr *ip6 = (void *)p->bytes;
	struct iphdr *ip4 = (void *)p->bytes;
	u8 *at = p->bytes + p->l4;

	if (p->len + 8 > LONGEST || p->l4 + 8 > p->len)
		return;

	memmove(at + 8, at, p->len - p->l4);
	memset(at, 0, 8);
	p->len += 8;
	if (p->pf == NFPROTO_IPV6) {
		at[0] = ip6->nexthdr;
		at[1] = one_in(rnd, 4) ? below(rnd, 256) : 0;
		at[3] = one_in(rnd, 4) ? below(rnd, 256) : 0;
		ip6->nexthdr = kinds[below(rnd, ARRAY_SIZE(kinds))];
	} else if (ip4->ihl <= 13) {
		at[0] = below(rnd, 256);
		at[1] = below(rnd, 12);
		ip4->ihl += 2;
		p->l4 += 8;
	}
}

static void fragment(struct packet *p, struct rnd_state *rnd)
{
	struct iphdr *ip4 = (void *)p->bytes;

	if (p->pf == NFPROTO_IPV6)
		insert_header(p, rnd);
	else
		ip4->frag_off = htons((one_in(rnd, 2) ? IP_MF : 0) |
				      (one_in(rnd, 2) ? below(rnd, 8) : 0));
}

static void mutate(struct packet *p, struct rnd_state *rnd)
{
	static const u8 telling[] = { 0, 1, 0x7f, 0x80, 0xff, 4, 5, 6, 8, 20 };
	unsigned int at = below(rnd, p->len);

	if (one_in(rnd, 2) && p->l4 < p->len)	/* rather what trackers read */
		at = p->l4 + below(rnd, min(24u, p->len - p->l4));

	switch (below(rnd, 8)) {
	case 0:
		p->bytes[at] ^= 1 << below(rnd, 8);
		break;
	case 1:
		p->bytes[at] = below(rnd, 256);
		break;
	case 2:
		p->bytes[at] = telling[below(rnd, ARRAY_SIZE(telling))];
		break;
	case 3:
		p->len = at + 1;
		break;
	case 4:
		insert_header(p, rnd);
		break;
	case 5:
		if (one_in(rnd, 4))
			fragment(p, rnd);
		break;
	case 6:
		at = below(rnd, LONGEST - p->len);
		prandom_bytes_state(rnd, p->bytes + p->len, at);
		p->len += at;
		break;
	case 7:
		finish_ip(p, 0);
		break;
	}
}

/*
 * What ip_rcv() and ipv6_rcv() promise the hooks: the header is there, and the
 * packet as long as it says.  False if they would have dropped it.
 */
static bool receive(struct packet *p)
{
	const struct ipv6hdr *ip6 = (void *)p->bytes;
	const struct iphdr *ip4 = (void *)p->bytes;
	unsigned int len, header = p->pf == NFPROTO_IPV6 ? sizeof(*ip6) : sizeof(*ip4);

	if (p->len < header)
		return false;

	if (p->pf == NFPROTO_IPV6) {
		len = sizeof(*ip6) + ntohs(ip6->payload_len);
		if (ip6->version != 6)
			return false;
	} else {
		len = ntohs(ip4->tot_len);
		header = ip4->ihl * 4;
		if (ip4->version != 4 || header < sizeof(*ip4))
			return false;
	}
	if (len < header || len > p->len)
		return false;

	p->len = len;
	return true;
}

/* From bytes to a packet ------------------------------------------------- */

/* @linear: how many bytes not to put into pages. */
static struct sk_buff *wrap(const struct packet *p, struct net *net,
			    unsigned int linear)
{
	struct sk_buff *skb;
	int err;

	skb = alloc_skb_with_frags(LL_MAX_HEADER + linear, p->len - linear, 0, &err,
				   GFP_KERNEL);
	if (!skb)
		return NULL;

	skb_reserve(skb, LL_MAX_HEADER);
	skb_put(skb, linear);
	skb->data_len = p->len - linear;
	skb->len = p->len;
	if (skb_store_bits(skb, 0, p->bytes, p->len)) {
		kfree_skb(skb);
		return NULL;
	}

	skb->dev = net->loopback_dev;
	skb->protocol = htons(p->pf == NFPROTO_IPV6 ? ETH_P_IPV6 : ETH_P_IP);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, p->pf == NFPROTO_IPV6 ? sizeof(struct ipv6hdr) :
				      ip_hdr(skb)->ihl * 4);
	memset(skb->cb, 0, sizeof(skb->cb));
	if (p->pf == NFPROTO_IPV6)
		IP6CB(skb)->nhoff = offsetof(struct ipv6hdr, nexthdr);
	return skb;
}

/* The hooks -------------------------------------------------------------- */

static int arrived(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	kfree_skb(skb);
	return 0;
}

/* The second hook; also for a packet that comes back from NFQUEUE. */
static int leave(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	struct net_device *dev = net->loopback_dev;
	u8 pf = skb->protocol == htons(ETH_P_IPV6) ? NFPROTO_IPV6 : NFPROTO_IPV4;
	int ok;

	local_bh_disable();
	if (skb->mark & 1)
		ok = nf_hook(pf, NF_INET_LOCAL_IN, net, NULL, skb, dev, NULL, arrived);
	else
		ok = nf_hook(pf, NF_INET_POST_ROUTING, net, NULL, skb, NULL, dev, arrived);
	local_bh_enable();
	if (ok == 1)
		kfree_skb(skb);
	return 0;
}

/* Is the entry that the packet was given that of its flow? */
static bool is_right(const struct packet *p, struct net *net,
		     const struct nf_conn *ct, enum ip_conntrack_info ctinfo)
{
	const struct nf_conntrack_tuple *tuple = nf_ct_tuple(ct, CTINFO2DIR(ctinfo));
	bool ports = p->proto == IPPROTO_TCP || p->proto == IPPROTO_UDP ||
		     p->proto == IPPROTO_SCTP;

	return net_eq(nf_ct_net(ct), net) && tuple->src.l3num == p->pf &&
	       tuple->dst.protonum == p->proto &&
	       nf_inet_addr_cmp(&tuple->src.u3, &p->src) &&
	       nf_inet_addr_cmp(&tuple->dst.u3, &p->dst) &&
	       (!ports || (tuple->src.u.all == p->sport && tuple->dst.u.all == p->dport));
}

/* @p: what the packet was made from, NULL if it need not be as it says. */
static void look(struct lot *lot, const struct packet *p, struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	if (!ct) {
		atomic_inc(&lot->count[UNTRACKED]);
		return;
	}
	atomic_inc(&lot->count[TRACKED]);
	if (ctinfo == IP_CT_ESTABLISHED_REPLY)
		atomic_inc(&lot->count[REPLIES]);
	if (ctinfo == IP_CT_RELATED || ctinfo == IP_CT_RELATED_REPLY)
		atomic_inc(&lot->count[RELATED]);
	if (p && !p->error && !is_right(p, lot->net, ct, ctinfo)) {
		atomic_inc(&lot->count[WRONG]);
		pr_err_ratelimited("wrong entry: protocol %u, ctinfo %u\n",
				   p->proto, ctinfo);
	}
}

/* Leaves the packet, perhaps, and sends on what was in its place. */
static void park(struct lot *lot, struct rnd_state *rnd, struct sk_buff *skb)
{
	if (!one_in(rnd, 4))
		skb = xchg(&lot->parked[below(rnd, PARKED)], skb);
	if (skb)
		leave(lot->net, NULL, skb);
}

static void enter(struct lot *lot, struct rnd_state *rnd, const struct packet *p,
		  bool valid, struct sk_buff *skb)
{
	struct net *net = lot->net;
	struct sk_buff *clone;
	int ok;

	atomic_inc(&lot->count[PUSHED]);
	skb->mark = prandom_u32_state(rnd);
	if (p->pf == NFPROTO_IPV4 && lot->route)
		skb_dst_set(skb, dst_clone(&lot->route->dst));
	local_bh_disable();
	ok = nf_hook(p->pf, NF_INET_PRE_ROUTING, net, NULL, skb, net->loopback_dev,
		     NULL, leave);
	if (ok == 1)
		look(lot, valid ? p : NULL, skb);
	local_bh_enable();
	if (ok != 1) {
		atomic_inc(&lot->count[STOLEN]);
		return;
	}

	/* As a bridge that floods: two packets with one entry. */
	if (one_in(rnd, 16)) {
		clone = skb_clone(skb, GFP_KERNEL);
		if (clone)
			park(lot, rnd, clone);
	}
	park(lot, rnd, skb);
}

static void push_flow(struct lot *lot, struct rnd_state *rnd, struct packet *p)
{
	u32 now = (u32)atomic_inc_return(&ticks) / PER_FLOW;
	struct sk_buff *skb;

	make(p, rnd, (now + below(rnd, 4)) % FLOWS);
	skb = wrap(p, lot->net, p->len);
	if (skb)
		enter(lot, rnd, p, true, skb);
}

/* Most are mutated a little, which gets farthest. */
static void push_fuzz(struct lot *lot, u64 seed, u32 n, struct packet *p)
{
	unsigned int mutations, header;
	struct rnd_state rnd;
	struct sk_buff *skb;

	prandom_seed_state(&rnd, seed << 32 | n);
	make(p, &rnd, (n / PER_FLOW + below(&rnd, 4)) % FLOWS);
	for (mutations = below(&rnd, 4); mutations; mutations--)
		mutate(p, &rnd);
	if (!receive(p))
		finish_ip(p, 0);
	if (!receive(p))
		return;

	header = p->pf == NFPROTO_IPV6 ? sizeof(struct ipv6hdr) : (p->bytes[0] & 15) * 4;
	skb = wrap(p, lot->net, one_in(&rnd, 2) ? p->len :
				header + below(&rnd, p->len - header + 1));
	if (!skb)
		return;
	if (one_in(&rnd, 8))
		skb->ip_summed = CHECKSUM_NONE;
	enter(lot, &rnd, p, false, skb);
}

/* The file --------------------------------------------------------------- */

static void run(struct lot *lot, bool fuzz, u32 seed, u32 first, u32 count)
{
	struct packet *p = kmalloc(sizeof(*p), GFP_KERNEL);
	struct rnd_state rnd;

	if (!p)
		return;

	prandom_seed_state(&rnd, seed);
	for (; count && !signal_pending(current); count--) {
		if (fuzz)
			push_fuzz(lot, seed, first++, p);
		else
			push_flow(lot, &rnd, p);
		cond_resched();
	}
	kfree(p);
}

static ssize_t push_write(struct file *file, const char __user *user, size_t size,
			  loff_t *pos)
{
	struct lot *lot = ((struct seq_file *)file->private_data)->private;
	u32 seed, first, count;
	char text[64];

	if (size >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, user, size))
		return -EFAULT;
	text[size] = '\0';

	if (sscanf(text, "flows %u %u", &seed, &count) == 2) {
		run(lot, false, seed, 0, count);
	} else if (sscanf(text, "fuzz %u %u %u", &seed, &first, &count) == 3) {
		pr_info("%s", text);
		run(lot, true, seed, first, count);
	} else {
		return -EINVAL;
	}
	return size;
}

static int push_show(struct seq_file *seq, void *v)
{
	struct lot *lot = seq->private;
	unsigned int i;

	for (i = 0; i < COUNTERS; i++)
		seq_printf(seq, "%s %d\n", counter_names[i],
			   atomic_read(&lot->count[i]));
	return 0;
}

static int push_open(struct inode *inode, struct file *file)
{
	struct flowi4 local = { .daddr = htonl(INADDR_LOOPBACK) };
	struct lot *lot = kzalloc(sizeof(*lot), GFP_KERNEL);
	int err;

	if (!lot)
		return -ENOMEM;

	err = single_open(file, push_show, lot);
	if (err) {
		kfree(lot);
		return err;
	}
	/* Else writers would wait for one another. */
	file->f_mode &= ~FMODE_ATOMIC_POS;
	lot->net = get_net(current->nsproxy->net_ns);
	lot->route = ip_route_output_key(lot->net, &local);
	if (IS_ERR(lot->route))		/* lo is down */
		lot->route = NULL;
	return 0;
}

static int push_release(struct inode *inode, struct file *file)
{
	struct lot *lot = ((struct seq_file *)file->private_data)->private;
	unsigned int i;

	for (i = 0; i < PARKED; i++)
		kfree_skb(lot->parked[i]);
	if (lot->route)
		ip_rt_put(lot->route);
	put_net(lot->net);
	kfree(lot);
	return single_release(inode, file);
}

static const struct proc_ops push_ops = {
	.proc_open	= push_open,
	.proc_read	= seq_read,
	.proc_lseek	= seq_lseek,
	.proc_write	= push_write,
	.proc_release	= push_release,
};

static int __init push_init(void)
{
	return proc_create("ct_push", 0600, NULL, &push_ops) ? 0 : -ENOMEM;
}

static void __exit push_exit(void)
{
	remove_proc_entry("ct_push", NULL);
}

module_init(push_init);
module_exit(push_exit);
MODULE_DESCRIPTION("Pushes made-up packets through the netfilter hooks");
MODULE_LICENSE("GPL");
