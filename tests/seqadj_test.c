// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sequence adjustment: segments left, what their receiver gets right.  Runs
 * against the loaded nf_conntrack, by its exported symbols.
 */
#include <kunit/test.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/tcp.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_seqadj.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <nf_ct/tcp.h>

#define CLIENT	htonl(0x0a000001)
#define SERVER	htonl(0x0a000002)

/* The client's numbers wrap a hundred bytes after this one. */
#define ISN	(0u - 100)

/* An FTP control connection, in no table. */
static struct nf_conn *new_entry(struct kunit *test)
{
	struct nf_conntrack_tuple orig, reply;
	struct nf_conn *ct;

	memset(&orig, 0, sizeof(orig));
	orig.src.l3num = NFPROTO_IPV4;
	orig.src.u3.ip = CLIENT;
	orig.src.u.tcp.port = htons(1024);
	orig.dst.u3.ip = SERVER;
	orig.dst.u.tcp.port = htons(21);
	orig.dst.protonum = IPPROTO_TCP;
	KUNIT_ASSERT_TRUE(test, nf_ct_invert_tuple(&reply, &orig));

	ct = nf_conntrack_alloc(&init_net, &nf_ct_zone_dflt, &orig, &reply,
				GFP_KERNEL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ct));
	return ct;
}

static int seqadj_init(struct kunit *test)
{
	struct nf_conn *ct = new_entry(test);

	test->priv = ct;
	KUNIT_ASSERT_NOT_NULL(test, nfct_seqadj_ext_add(ct));
	return 0;
}

static void seqadj_exit(struct kunit *test)
{
	if (test->priv)
		nf_conntrack_free(test->priv);
}

static __sum16 checksum_of(const struct sk_buff *skb)
{
	unsigned int len = skb->len - sizeof(struct iphdr);

	return tcp_v4_check(len, CLIENT, SERVER,
			    skb_checksum(skb, sizeof(struct iphdr), len, 0));
}

/* A segment with a right checksum; @options of @optlen bytes, a multiple of 4 */
static struct sk_buff *segment(struct kunit *test, u32 seq, u32 ack,
			       const u8 *options, unsigned int optlen)
{
	unsigned int len = sizeof(struct iphdr) + sizeof(struct tcphdr) + optlen;
	struct sk_buff *skb = alloc_skb(len, GFP_KERNEL);
	struct tcphdr *th;
	struct iphdr *iph;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb_reset_network_header(skb);
	iph = skb_put_zero(skb, sizeof(*iph));
	iph->version = 4;
	iph->ihl = 5;
	iph->protocol = IPPROTO_TCP;

	th = skb_put_zero(skb, sizeof(*th));
	th->seq = htonl(seq);
	th->ack = !!ack;
	th->ack_seq = htonl(ack);
	th->doff = (sizeof(*th) + optlen) / 4;
	skb_put_data(skb, options, optlen);
	th->check = checksum_of(skb);

	return skb;
}

static struct tcphdr *tcp_of(const struct sk_buff *skb)
{
	return (void *)skb->data + sizeof(struct iphdr);
}

static int adjust(struct kunit *test, struct sk_buff *skb,
		  enum ip_conntrack_info ctinfo)
{
	return nf_ct_seq_adjust(skb, test->priv, ctinfo, sizeof(struct iphdr));
}

/* What the server gets when the client sends @seq. */
static u32 seq_of_client(struct kunit *test, u32 seq)
{
	struct sk_buff *skb = segment(test, seq, 0, NULL, 0);
	u32 got;

	KUNIT_EXPECT_EQ(test, 1, adjust(test, skb, IP_CT_ESTABLISHED));
	KUNIT_EXPECT_EQ(test, 0, (__force u16)checksum_of(skb));
	got = ntohl(tcp_of(skb)->seq);
	kfree_skb(skb);

	return got;
}

/* What the client gets when the server acknowledges @ack. */
static u32 ack_of_server(struct kunit *test, u32 ack)
{
	struct sk_buff *skb = segment(test, 5000, ack, NULL, 0);
	u32 got;

	KUNIT_EXPECT_EQ(test, 1, adjust(test, skb, IP_CT_ESTABLISHED_REPLY));
	KUNIT_EXPECT_EQ(test, 0, (__force u16)checksum_of(skb));
	KUNIT_EXPECT_EQ(test, 5000u, ntohl(tcp_of(skb)->seq));
	got = ntohl(tcp_of(skb)->ack_seq);
	kfree_skb(skb);

	return got;
}

static void longer_at(struct kunit *test, u32 seq, s32 off)
{
	KUNIT_EXPECT_EQ(test, 0, nf_ct_seqadj_set(test->priv, IP_CT_ESTABLISHED,
						  htonl(seq), off));
}

static void without_a_change_nothing_moves(struct kunit *test)
{
	const struct nf_conn *ct = test->priv;

	longer_at(test, ISN, 0);
	KUNIT_EXPECT_FALSE(test, test_bit(IPS_SEQ_ADJUST_BIT, &ct->status));
	KUNIT_EXPECT_EQ(test, ISN + 7, seq_of_client(test, ISN + 7));
	KUNIT_EXPECT_EQ(test, ISN + 7, ack_of_server(test, ISN + 7));
}

static void what_follows_a_change_moves(struct kunit *test)
{
	const struct nf_conn *ct = test->priv;

	longer_at(test, ISN + 50, 4);

	KUNIT_EXPECT_TRUE(test, test_bit(IPS_SEQ_ADJUST_BIT, &ct->status));
	KUNIT_EXPECT_EQ(test, ISN + 10, seq_of_client(test, ISN + 10));
	KUNIT_EXPECT_EQ(test, ISN + 50, seq_of_client(test, ISN + 50));
	KUNIT_EXPECT_EQ(test, ISN + 74, seq_of_client(test, ISN + 70));
	KUNIT_EXPECT_EQ(test, 304u, seq_of_client(test, 300));

	KUNIT_EXPECT_EQ(test, ISN + 50, ack_of_server(test, ISN + 50));
	KUNIT_EXPECT_EQ(test, ISN + 70, ack_of_server(test, ISN + 74));
	KUNIT_EXPECT_EQ(test, 300u, ack_of_server(test, 304));
}

static void a_retransmission_counts_once(struct kunit *test)
{
	longer_at(test, ISN + 50, 4);
	longer_at(test, ISN + 50, 4);
	longer_at(test, ISN + 20, 4);

	KUNIT_EXPECT_EQ(test, ISN + 74, seq_of_client(test, ISN + 70));
}

static void changes_add_up(struct kunit *test)
{
	longer_at(test, ISN + 50, 4);
	longer_at(test, 100, -9);

	KUNIT_EXPECT_EQ(test, ISN + 74, seq_of_client(test, ISN + 70));
	KUNIT_EXPECT_EQ(test, 104u, seq_of_client(test, 100));
	KUNIT_EXPECT_EQ(test, 195u, seq_of_client(test, 200));
	KUNIT_EXPECT_EQ(test, 100u, ack_of_server(test, 104));
	KUNIT_EXPECT_EQ(test, 200u, ack_of_server(test, 195));
}

static void a_whole_direction_moves(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0,
			nf_ct_seqadj_init(test->priv, IP_CT_ESTABLISHED, -30));

	KUNIT_EXPECT_EQ(test, ISN - 30, seq_of_client(test, ISN));
	KUNIT_EXPECT_EQ(test, 270u, seq_of_client(test, 300));
	KUNIT_EXPECT_EQ(test, 300u, ack_of_server(test, 270));
}

static void the_offset_can_be_asked_for(struct kunit *test)
{
	const struct nf_conn *ct = test->priv;

	longer_at(test, ISN + 50, 4);

	KUNIT_EXPECT_EQ(test, 0,
			nf_ct_seq_offset(ct, IP_CT_DIR_ORIGINAL, ISN + 50));
	KUNIT_EXPECT_EQ(test, 4,
			nf_ct_seq_offset(ct, IP_CT_DIR_ORIGINAL, ISN + 51));
	KUNIT_EXPECT_EQ(test, 0,
			nf_ct_seq_offset(ct, IP_CT_DIR_REPLY, ISN + 51));
}

static void without_room_there_is_an_error(struct kunit *test)
{
	struct nf_conn *ct = new_entry(test);

	KUNIT_EXPECT_EQ(test, -ENOENT,
			nf_ct_seqadj_set(ct, IP_CT_ESTABLISHED, 0, 4));
	KUNIT_EXPECT_EQ(test, -ENOENT,
			nf_ct_seqadj_init(ct, IP_CT_ESTABLISHED, 4));
	KUNIT_EXPECT_EQ(test, 0, nf_ct_seq_offset(ct, IP_CT_DIR_ORIGINAL, 9));
	nf_conntrack_free(ct);
}

/* Options of the server; the edges of its blocks, if any, are 304 and 404. */
struct option_row {
	const char	*name;
	u8		options[40];
	unsigned int	len;
	unsigned int	edge;	/* where the first edge is; 0 for no blocks */
};

#define EDGES	0, 0, 1, 48, 0, 0, 1, 148
#define NOP	TCPOPT_NOP
#define SACK	TCPOPT_SACK

static const struct option_row options[] = {
	{ "a block where Linux puts it", { NOP, NOP, SACK, 10, EDGES }, 12, 4 },
	{ "a block at an odd place", { NOP, SACK, 10, EDGES, NOP }, 12, 3 },
	{ "a block at the very front", { SACK, 10, EDGES, NOP, NOP }, 12, 2 },
	{ "a block after a timestamp",
	  { NOP, NOP, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, NOP, NOP, SACK, 10,
	    EDGES }, 24, 16 },
	{ "a block at an odd place after an odd option",
	  { 254, 3, 0, NOP, NOP, SACK, 10, EDGES, NOP }, 16, 7 },
	{ "nothing after the end", { 0, SACK, 10, EDGES, 0 }, 12, 0 },
	{ "half a block", { SACK, 6, 0, 0, 1, 48, NOP, NOP }, 8, 0 },
	{ "no block", { SACK, 2, NOP, NOP }, 4, 0 },
	{ "a length of 0", { SACK, 0, 0, 0, 1, 48, 0, 0, 1, 148, 0, 0 }, 12 },
	{ "a length of 1", { SACK, 1, 0, 0, 1, 48, 0, 0, 1, 148, 0, 0 }, 12 },
	{ "a length of 1, then a block", { 254, 1, SACK, 10, EDGES }, 12, 0 },
	{ "a length past the end", { NOP, NOP, SACK, 18, EDGES }, 12, 0 },
	{ "a length of 255", { NOP, NOP, SACK, 255, EDGES }, 12, 0 },
	{ "no room for a length", { NOP, NOP, NOP, SACK }, 4, 0 },
};

static void option_name(const struct option_row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(options, options, option_name);

static void sack_edges_move_back(struct kunit *test)
{
	const struct option_row *row = test->param_value;
	struct sk_buff *skb;
	u8 want[40];

	memcpy(want, row->options, sizeof(want));
	if (row->edge) {
		put_unaligned_be32(300, &want[row->edge]);
		put_unaligned_be32(400, &want[row->edge + 4]);
	}

	longer_at(test, ISN + 50, 4);
	skb = segment(test, 5000, 104, row->options, row->len);

	KUNIT_EXPECT_EQ(test, 1, adjust(test, skb, IP_CT_ESTABLISHED_REPLY));
	KUNIT_EXPECT_EQ(test, 100u, ntohl(tcp_of(skb)->ack_seq));
	KUNIT_EXPECT_EQ(test, 0, memcmp(tcp_of(skb) + 1, want, row->len));
	KUNIT_EXPECT_EQ(test, 0, (__force u16)checksum_of(skb));
	kfree_skb(skb);
}

/* What stands in its place without an ACK flag is no acknowledgment. */
static void without_ack_there_is_none(struct kunit *test)
{
	struct sk_buff *skb = segment(test, 5000, 104, NULL, 0);

	longer_at(test, ISN + 50, 4);
	tcp_of(skb)->ack = 0;
	KUNIT_EXPECT_EQ(test, 1, adjust(test, skb, IP_CT_ESTABLISHED_REPLY));
	KUNIT_EXPECT_EQ(test, 104u, ntohl(tcp_of(skb)->ack_seq));
	kfree_skb(skb);
}

/* Every prefix of a segment, and a header that says it is shorter than it is. */
static void a_cut_header_is_refused(struct kunit *test)
{
	const struct option_row *row = &options[0];
	struct sk_buff *skb;
	unsigned int len;

	longer_at(test, ISN + 50, 4);

	for (len = 0; len < sizeof(struct tcphdr) + row->len; len++) {
		skb = segment(test, 5000, 104, row->options, row->len);
		skb_trim(skb, sizeof(struct iphdr) + len);
		KUNIT_EXPECT_EQ_MSG(test, 0,
				    adjust(test, skb, IP_CT_ESTABLISHED_REPLY),
				    "%u bytes", len);
		kfree_skb(skb);
	}

	skb = segment(test, 5000, 104, NULL, 0);
	tcp_of(skb)->doff = 4;
	KUNIT_EXPECT_EQ(test, 0, adjust(test, skb, IP_CT_ESTABLISHED_REPLY));
	kfree_skb(skb);
}

static void a_shared_packet_is_copied(struct kunit *test)
{
	struct sk_buff *skb = segment(test, ISN + 70, 0, NULL, 0);
	struct sk_buff *clone = skb_clone(skb, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, clone);
	longer_at(test, ISN + 50, 4);

	KUNIT_EXPECT_EQ(test, 1, adjust(test, clone, IP_CT_ESTABLISHED));
	KUNIT_EXPECT_EQ(test, ISN + 74, ntohl(tcp_of(clone)->seq));
	KUNIT_EXPECT_EQ(test, ISN + 70, ntohl(tcp_of(skb)->seq));
	kfree_skb(clone);
	kfree_skb(skb);
}

static void a_packet_tells_its_own_place(struct kunit *test)
{
	struct sk_buff *skb = segment(test, ISN + 50, 0, NULL, 0);

	nf_ct_tcp_seqadj_set(skb, test->priv, IP_CT_ESTABLISHED, 4);
	KUNIT_EXPECT_EQ(test, ISN + 50, seq_of_client(test, ISN + 50));
	KUNIT_EXPECT_EQ(test, ISN + 55, seq_of_client(test, ISN + 51));
	kfree_skb(skb);
}

/* A segment of the client's over IPv6, behind a header of options. */
static struct sk_buff *segment6(struct kunit *test, u32 seq)
{
	struct sk_buff *skb = alloc_skb(128, GFP_KERNEL);
	struct ipv6hdr *iph;
	struct tcphdr *th;
	u8 *options;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb_reset_network_header(skb);
	iph = skb_put_zero(skb, sizeof(*iph));
	iph->version = 6;
	iph->nexthdr = NEXTHDR_DEST;
	options = skb_put_zero(skb, 8);
	options[0] = IPPROTO_TCP;
	th = skb_put_zero(skb, sizeof(*th));
	th->seq = htonl(seq);
	th->doff = sizeof(*th) / 4;
	return skb;
}

static void over_ipv6_options_are_skipped(struct kunit *test)
{
	struct nf_conn *ct = test->priv;
	struct sk_buff *skb = segment6(test, ISN + 50);

	ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple.src.l3num = NFPROTO_IPV6;
	nf_ct_tcp_seqadj_set(skb, ct, IP_CT_ESTABLISHED, 4);
	KUNIT_EXPECT_EQ(test, nf_ct_seq_offset(ct, IP_CT_DIR_ORIGINAL, ISN + 51),
			4);
	KUNIT_EXPECT_EQ(test, nf_ct_seq_offset(ct, IP_CT_DIR_ORIGINAL, ISN + 50),
			0);

	/* Of one that is cut off nothing is known. */
	skb_trim(skb, sizeof(struct ipv6hdr) + 10);
	nf_ct_tcp_seqadj_set(skb, ct, IP_CT_ESTABLISHED, 8);
	skb_trim(skb, sizeof(struct ipv6hdr) + 4);
	nf_ct_tcp_seqadj_set(skb, ct, IP_CT_ESTABLISHED, 8);
	KUNIT_EXPECT_EQ(test, nf_ct_seq_offset(ct, IP_CT_DIR_ORIGINAL, ISN + 51),
			4);
	kfree_skb(skb);
}

static void another_protocol_has_no_numbers(struct kunit *test)
{
	struct sk_buff *skb = segment(test, ISN + 50, 0, NULL, 0);
	struct nf_conn *ct = test->priv;

	ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple.dst.protonum = IPPROTO_UDP;
	nf_ct_tcp_seqadj_set(skb, ct, IP_CT_ESTABLISHED, 4);
	KUNIT_EXPECT_EQ(test, nf_ct_seq_offset(ct, IP_CT_DIR_ORIGINAL, ISN + 51),
			0);
	KUNIT_EXPECT_FALSE(test, test_bit(IPS_SEQ_ADJUST_BIT, &ct->status));
	kfree_skb(skb);
}

static void nothing_off_is_no_change(struct kunit *test)
{
	struct nf_conn *ct = test->priv;

	KUNIT_EXPECT_EQ(test, nf_ct_seqadj_init(ct, IP_CT_ESTABLISHED, 0), 0);
	KUNIT_EXPECT_EQ(test, nf_ct_seqadj_set(ct, IP_CT_ESTABLISHED, 0, 0), 0);
	KUNIT_EXPECT_FALSE(test, test_bit(IPS_SEQ_ADJUST_BIT, &ct->status));
}

/* A reset as it comes from the client's own stack, through the packet path. */
static void reset_from_client(struct kunit *test, u32 seq)
{
	const struct nf_hook_state state = {
		.hook	= NF_INET_LOCAL_OUT,
		.pf	= NFPROTO_IPV4,
		.net	= &init_net,
	};
	struct sk_buff *skb = segment(test, seq, 0, NULL, 0);
	struct iphdr *iph = ip_hdr(skb);
	struct tcphdr *th = tcp_of(skb);

	skb->protocol = htons(ETH_P_IP);
	iph->tot_len = htons(skb->len);
	iph->saddr = CLIENT;
	iph->daddr = SERVER;
	th->source = htons(1024);
	th->dest = htons(21);
	th->rst = 1;

	local_bh_disable();
	rcu_read_lock();
	KUNIT_EXPECT_EQ(test, nf_conntrack_in(skb, &state), NF_ACCEPT);
	rcu_read_unlock();
	local_bh_enable();
	kfree_skb(skb);
}

/*
 * A flow joined midway, whose server's numbers are shifted.  The client's reset
 * lies beyond the window, and is believed by the field that is no
 * acknowledgment only if that is compared as it came.
 */
static void what_is_no_acknowledgment_is_not_shifted_back(struct kunit *test)
{
	struct nf_conn *ct = test->priv;
	struct ip_ct_tcp *tcp = &ct->proto.tcp;

	KUNIT_ASSERT_EQ(test, 0,
			nf_ct_seqadj_init(ct, IP_CT_ESTABLISHED_REPLY, -20));
	ct->status |= IPS_CONFIRMED | IPS_SEEN_REPLY;
	ct->timeout = nfct_time_stamp + 100 * HZ;
	tcp->state = TCP_CONNTRACK_ESTABLISHED;
	tcp->last_index = NF_CT_TCP_ACK;
	tcp->seen[IP_CT_DIR_ORIGINAL].td_end = 1000;
	tcp->seen[IP_CT_DIR_ORIGINAL].td_maxend = 2000;
	tcp->seen[IP_CT_DIR_ORIGINAL].td_maxwin = 1000;
	tcp->seen[IP_CT_DIR_REPLY] = tcp->seen[IP_CT_DIR_ORIGINAL];
	KUNIT_ASSERT_EQ(test, 0, nf_conntrack_hash_check_insert(ct));
	test->priv = NULL;	/* the table's from now on */

	reset_from_client(test, 1000000);
	KUNIT_EXPECT_EQ(test, tcp->state, TCP_CONNTRACK_CLOSE);
	KUNIT_EXPECT_TRUE(test, nf_ct_delete(ct, 0, 0));
	nf_ct_put(ct);
}

static struct kunit_case seqadj_cases[] = {
	KUNIT_CASE(without_a_change_nothing_moves),
	KUNIT_CASE(what_follows_a_change_moves),
	KUNIT_CASE(a_retransmission_counts_once),
	KUNIT_CASE(changes_add_up),
	KUNIT_CASE(a_whole_direction_moves),
	KUNIT_CASE(the_offset_can_be_asked_for),
	KUNIT_CASE(without_room_there_is_an_error),
	KUNIT_CASE_PARAM(sack_edges_move_back, options_gen_params),
	KUNIT_CASE(without_ack_there_is_none),
	KUNIT_CASE(a_cut_header_is_refused),
	KUNIT_CASE(a_shared_packet_is_copied),
	KUNIT_CASE(a_packet_tells_its_own_place),
	KUNIT_CASE(over_ipv6_options_are_skipped),
	KUNIT_CASE(another_protocol_has_no_numbers),
	KUNIT_CASE(nothing_off_is_no_change),
	KUNIT_CASE(what_is_no_acknowledgment_is_not_shifted_back),
	{}
};

static struct kunit_suite seqadj_suite = {
	.name		= "nf_ct_seqadj",
	.init		= seqadj_init,
	.exit		= seqadj_exit,
	.test_cases	= seqadj_cases,
};

kunit_test_suites(&seqadj_suite);
