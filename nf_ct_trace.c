// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that were not simply tracked: their counters and their tracepoint.
 *
 *   nf_ct_note()	counts a packet under its reason and traces it
 *   nf_ct_trace()	traces only; for TCP, whose shell alone knows what a
 *			segment was compared with
 *
 * Nothing is read from the packet unless somebody listens.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <net/tcp.h>
#include <nf_ct/invalid.h>
#include <nf_ct/net.h>
#include <nf_ct/tuple.h>

#define CREATE_TRACE_POINTS
#include <nf_ct/trace.h>

static struct sockaddr_in6 end_of(u8 pf, const union nf_inet_addr *addr,
				  __be16 port)
{
	struct sockaddr_in6 end = {
		.sin6_family	= AF_INET6,
		.sin6_port	= port,
		.sin6_addr	= addr->in6,
	};
	struct sockaddr_in *end4 = (struct sockaddr_in *)&end;

	if (pf == NFPROTO_IPV4) {
		memset(&end, 0, sizeof(end));
		end4->sin_family = AF_INET;
		end4->sin_port = port;
		end4->sin_addr = addr->in;
	}
	return end;
}

static bool has_ports(u8 protonum)
{
	switch (protonum) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return true;
	}
	return false;
}

/* Of a segment that was refused for its header, or came upon a full table. */
static void peek_segment(struct nf_ct_tcp_seg *seg, const struct sk_buff *skb,
			 int offset)
{
	const struct tcphdr *th;
	struct tcphdr buf;

	if (offset < 0)
		return;
	th = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	if (!th)
		return;

	seg->seq = ntohl(th->seq);
	seg->end = seg->seq;
	seg->ack = ntohl(th->ack_seq);
	seg->sack = seg->ack;
	seg->win = ntohs(th->window);
	seg->flags = tcp_flag_byte(th);
}

/**
 * nf_ct_is_traced - does anybody listen at nf_conntrack:invalid?
 *
 * Context: any.
 * Return: true if nf_ct_trace() would tell somebody.
 */
bool nf_ct_is_traced(void)
{
	return trace_invalid_enabled();
}

/**
 * nf_ct_trace - tell the tracepoint of a packet that was not simply tracked
 * @net:	its namespace
 * @pf:		NFPROTO_IPV4 or NFPROTO_IPV6
 * @skb:	the packet
 * @ct:		its entry, or the template it came with, or NULL
 * @why:	the reason
 * @outcome:	what becomes of it
 * @compared:	of TCP, what it was compared with; NULL if it was not
 *
 * Context: softirq or BH off, under rcu_read_lock(); no &nf_conn.lock held.
 */
void nf_ct_trace(struct net *net, u8 pf, const struct sk_buff *skb,
		 const struct nf_conn *ct, enum nf_ct_why why,
		 enum nf_ct_outcome outcome,
		 const struct nf_ct_tcp_compared *compared)
{
	struct nf_ct_tcp_compared header = {};
	struct nf_ct_tcp_bounds bounds = {};
	struct nf_conntrack_tuple tuple;
	struct nf_conntrack_zone zone;
	struct sockaddr_in6 src, dst;
	struct nf_ct_l4 l4;
	bool ports;

	if (!trace_invalid_enabled())
		return;

	/* A stump of a packet fails, but has its addresses read first. */
	l4 = nf_ct_l4_find(skb, skb_network_offset(skb), pf);
	nf_ct_tuple_read(skb, skb_network_offset(skb), l4, pf, net, &tuple);
	ports = has_ports(l4.protonum);
	src = end_of(pf, &tuple.src.u3, ports ? tuple.src.u.all : 0);
	dst = end_of(pf, &tuple.dst.u3, ports ? tuple.dst.u.all : 0);

	if (compared) {
		bounds = nf_ct_tcp_bounds(&compared->tcp, compared->dir);
	} else {
		if (l4.protonum == IPPROTO_TCP)
			peek_segment(&header.seg, skb, l4.offset);
		compared = &header;
	}

	trace_invalid(net, &tuple, &src, &dst,
		      nf_ct_zone_tmpl(ct, skb, &zone)->id, why, outcome,
		      compared, &bounds);
}

/**
 * nf_ct_note - count a packet that was not simply tracked, and trace it
 * @net:	its namespace
 * @pf:		NFPROTO_IPV4 or NFPROTO_IPV6
 * @skb:	the packet
 * @ct:		its entry, or the template it came with, or NULL
 * @why:	the reason
 * @outcome:	what becomes of it
 *
 * Context: softirq or BH off, under rcu_read_lock(); no &nf_conn.lock held.
 */
void nf_ct_note(struct net *net, u8 pf, const struct sk_buff *skb,
		const struct nf_conn *ct, enum nf_ct_why why,
		enum nf_ct_outcome outcome)
{
	nf_ct_count_why(net, why);
	nf_ct_trace(net, pf, skb, ct, why, outcome, NULL);
}
