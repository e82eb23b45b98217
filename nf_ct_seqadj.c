// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sequence adjustment: NAT may lengthen or shorten what a helper rewrites in
 * a TCP stream, and the SYN proxy answers with a sequence number of its own.
 * From then on the two ends count differently, and every segment has its
 * numbers rewritten to what its receiver expects.
 *
 * For each direction the extension holds one change: bytes sent up to
 * correction_pos are off by offset_before, those after it by offset_after
 * (all changes so far together).  Positions are the sender's, so a sequence
 * number is compared as it is, an acknowledgment once the other direction's
 * offset has been taken off.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/printk.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/swab.h>
#include <linux/tcp.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_seqadj.h>
#include <nf_ct/compat.h>

/* Bytes that an octet sent at @seq is off by. */
static s32 offset_at(const struct nf_ct_seqadj *adj, u32 seq)
{
	return after(seq, adj->correction_pos) ? adj->offset_after :
						 adj->offset_before;
}

/* The sender's own number for @ack, which the receiver saw adjusted. */
static u32 unadjusted(const struct nf_ct_seqadj *adj, u32 ack)
{
	return ack - offset_at(adj, ack - adj->offset_before);
}

static struct nf_conn_seqadj *seqadj_or_warn(const struct nf_conn *ct)
{
	struct nf_conn_seqadj *seqadj = nfct_seqadj(ct);

	if (!seqadj)
		pr_warn_once("nf_conntrack: no room to adjust sequence numbers, nfct_seqadj_ext_add() was not called\n");

	return seqadj;
}

/**
 * nf_ct_seqadj_init - a whole direction is off from its beginning on
 * @ct: entry
 * @ctinfo: tells the direction
 * @off: what to add to its sequence numbers; 0 does nothing
 *
 * Context: Any; nf_conn.lock not held.
 * Return: 0, or -ENOENT if the entry has no room for adjustments.
 */
int nf_ct_seqadj_init(struct nf_conn *ct, enum ip_conntrack_info ctinfo,
		      s32 off)
{
	struct nf_conn_seqadj *seqadj;
	struct nf_ct_seqadj *adj;

	if (!off)
		return 0;

	seqadj = seqadj_or_warn(ct);
	if (!seqadj)
		return -ENOENT;

	adj = &seqadj->seq[CTINFO2DIR(ctinfo)];

	spin_lock_bh(&ct->lock);
	adj->offset_before = off;
	adj->offset_after = off;
	spin_unlock_bh(&ct->lock);

	set_bit(IPS_SEQ_ADJUST_BIT, &ct->status);
	return 0;
}

/**
 * nf_ct_seqadj_set - bytes were inserted into or taken out of a segment
 * @ct: entry
 * @ctinfo: tells the segment's direction
 * @seq: the segment's sequence number as its sender wrote it, network order
 * @off: bytes it is longer now; negative if shorter, 0 does nothing
 *
 * Of a segment that is sent again the change is known already, so only one
 * further on in the stream counts.
 *
 * Context: Any; nf_conn.lock not held.
 * Return: 0, or -ENOENT if the entry has no room for adjustments.
 */
int nf_ct_seqadj_set(struct nf_conn *ct, enum ip_conntrack_info ctinfo,
		     __be32 seq, s32 off)
{
	struct nf_conn_seqadj *seqadj;
	struct nf_ct_seqadj *adj;

	if (!off)
		return 0;

	seqadj = seqadj_or_warn(ct);
	if (!seqadj)
		return -ENOENT;

	adj = &seqadj->seq[CTINFO2DIR(ctinfo)];

	spin_lock_bh(&ct->lock);
	if (adj->offset_before == adj->offset_after ||
	    before(adj->correction_pos, ntohl(seq))) {
		adj->correction_pos = ntohl(seq);
		adj->offset_before = adj->offset_after;
		adj->offset_after += off;
	}
	spin_unlock_bh(&ct->lock);

	set_bit(IPS_SEQ_ADJUST_BIT, &ct->status);
	return 0;
}

/* Where the transport header is, from skb->data; negative if unknown. */
static int transport_offset(const struct sk_buff *skb, u16 l3num)
{
	int nhoff = skb_network_offset(skb);
	__be16 frag_off;
	u8 nexthdr;

	if (l3num == NFPROTO_IPV4)
		return nhoff + ip_hdrlen(skb);

	nexthdr = ipv6_hdr(skb)->nexthdr;
	return ipv6_skip_exthdr(skb, nhoff + sizeof(struct ipv6hdr), &nexthdr,
				&frag_off);
}

/**
 * nf_ct_tcp_seqadj_set - the same, for the segment in a packet
 * @skb: packet, its length changed, its TCP header not
 * @ct: its entry; nothing happens unless that is TCP
 * @ctinfo: tells the direction
 * @off: bytes that the packet is longer now
 *
 * Context: Any; nf_conn.lock not held.
 */
void nf_ct_tcp_seqadj_set(struct sk_buff *skb, struct nf_conn *ct,
			  enum ip_conntrack_info ctinfo, s32 off)
{
	const struct tcphdr *th;
	struct tcphdr buf;
	int offset;

	if (nf_ct_protonum(ct) != IPPROTO_TCP)
		return;

	offset = transport_offset(skb, nf_ct_l3num(ct));
	if (offset < 0)
		return;

	th = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	if (th)
		nf_ct_seqadj_set(ct, ctinfo, th->seq, off);
}

/*
 * Rewrites a number at any place of the header, and the checksum with it.
 * At an odd place its bytes stand in the other halves of the 16-bit words
 * that the checksum adds up (RFC 1071, 2B), in a header that options from
 * anywhere on the internet can shift.
 */
static void rewrite(struct sk_buff *skb, struct tcphdr *th, void *where,
		    u32 value)
{
	__be32 old = get_unaligned((__be32 *)where);
	__be32 new = htonl(value);

	put_unaligned(new, (__be32 *)where);

	if ((where - (void *)th) & 1) {
		old = (__force __be32)swahb32((__force u32)old);
		new = (__force __be32)swahb32((__force u32)new);
	}
	inet_proto_csum_replace4(&th->check, skb, old, new, false);
}

/* The edges of the blocks in one SACK option, RFC 2018, 3. */
static void adjust_sack(struct sk_buff *skb, struct tcphdr *th, u8 *edge,
			const u8 *end, const struct nf_ct_seqadj *other)
{
	for (; end - edge >= TCPOLEN_SACK_PERBLOCK / 2;
	     edge += TCPOLEN_SACK_PERBLOCK / 2)
		rewrite(skb, th, edge,
			unadjusted(other, get_unaligned_be32(edge)));
}

/* Walks the options up to the first that is malformed or the last. */
static void adjust_options(struct sk_buff *skb, struct tcphdr *th,
			   const struct nf_ct_seqadj *other)
{
	u8 *opt = (u8 *)(th + 1);
	u8 *end = (u8 *)th + th->doff * 4;

	while (opt < end && opt[0] != TCPOPT_EOL) {
		if (opt[0] == TCPOPT_NOP) {
			opt++;
			continue;
		}

		if (end - opt < 2 || opt[1] < 2 || opt[1] > end - opt)
			return;

		if (opt[0] == TCPOPT_SACK &&
		    (opt[1] - TCPOLEN_SACK_BASE) % TCPOLEN_SACK_PERBLOCK == 0)
			adjust_sack(skb, th, opt + TCPOLEN_SACK_BASE,
				    opt + opt[1], other);
		opt += opt[1];
	}
}

/* Makes the whole TCP header writable; NULL if the packet ends before it. */
static struct tcphdr *writable_header(struct sk_buff *skb, unsigned int protoff)
{
	struct tcphdr *th;
	unsigned int len;

	if (skb_ensure_writable(skb, protoff + sizeof(*th)))
		return NULL;

	th = (void *)skb->data + protoff;
	len = th->doff * 4;
	if (len < sizeof(*th) || skb_ensure_writable(skb, protoff + len))
		return NULL;

	return (void *)skb->data + protoff;
}

/**
 * nf_ct_seq_adjust - rewrite a segment's numbers to what its receiver expects
 * @skb: packet; may be copied if it is shared
 * @ct: its entry, with IPS_SEQ_ADJUST set
 * @ctinfo: tells the direction
 * @protoff: offset of the TCP header from skb->data, in bytes
 *
 * Sequence number, acknowledgment and the edges of SACK blocks, and the
 * checksum along with them.
 *
 * Context: Any; nf_conn.lock not held.
 * Return: 1, or 0 if the packet has no whole TCP header or memory is short;
 * it must then not go on.
 */
int nf_ct_seq_adjust(struct sk_buff *skb, struct nf_conn *ct,
		     enum ip_conntrack_info ctinfo, unsigned int protoff)
{
	struct nf_conn_seqadj *seqadj = nfct_seqadj(ct);
	enum ip_conntrack_dir dir = CTINFO2DIR(ctinfo);
	const struct nf_ct_seqadj *other;
	struct tcphdr *th;
	u32 seq;

	if (!seqadj)
		return 1;

	th = writable_header(skb, protoff);
	if (!th)
		return 0;

	other = &seqadj->seq[!dir];
	seq = ntohl(th->seq);

	spin_lock_bh(&ct->lock);
	rewrite(skb, th, &th->seq, seq + offset_at(&seqadj->seq[dir], seq));
	if (th->ack) {
		rewrite(skb, th, &th->ack_seq,
			unadjusted(other, ntohl(th->ack_seq)));
		adjust_options(skb, th, other);
	}
	spin_unlock_bh(&ct->lock);

	return 1;
}

/**
 * nf_ct_seq_offset - how far a sequence number of a direction is off
 * @ct: entry
 * @dir: direction
 * @seq: sequence number as its sender wrote it, host order
 *
 * Context: Any; nf_conn.lock may be held.
 * Return: what is added to @seq on the way, in bytes.
 */
s32 nf_ct_seq_offset(const struct nf_conn *ct, enum ip_conntrack_dir dir,
		     u32 seq)
{
	const struct nf_conn_seqadj *seqadj = nfct_seqadj(ct);

	return seqadj ? offset_at(&seqadj->seq[dir], seq) : 0;
}
