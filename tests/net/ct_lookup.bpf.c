// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asks the tracker about each UDP packet to port 7777, as a program of tc's.
 * What came of it stands in the variables, for tests/net/bpf.sh to read.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define STRANGER	bpf_htonl(0x0a636363)	/* 10.99.99.99 */
#define SEEN_REPLY	2			/* IPS_SEEN_REPLY */

/* The kernel's types, as far as they are used here: BTF finds the rest. */
struct nf_conn {
	__u32 mark;
} __attribute__((preserve_access_index));

struct nf_conn___init {
	int unused;
};

struct bpf_ct_opts {
	__s32 netns_id;
	__s32 error;
	__u8 l4proto;
	__u8 dir;
	__u16 zone;
	__u8 zone_dir;
	__u8 reserved[3];
};

struct nf_conn *bpf_skb_ct_lookup(struct __sk_buff *skb,
				  struct bpf_sock_tuple *tuple, __u32 size,
				  struct bpf_ct_opts *opts, __u32 opts_size) __ksym;
struct nf_conn___init *bpf_skb_ct_alloc(struct __sk_buff *skb,
					struct bpf_sock_tuple *tuple, __u32 size,
					struct bpf_ct_opts *opts,
					__u32 opts_size) __ksym;
struct nf_conn *bpf_ct_insert_entry(struct nf_conn___init *fresh) __ksym;
void bpf_ct_release(struct nf_conn *ct) __ksym;
void bpf_ct_set_timeout(struct nf_conn___init *fresh, __u32 ms) __ksym;
int bpf_ct_set_status(const struct nf_conn___init *fresh, __u32 status) __ksym;
int bpf_ct_change_timeout(struct nf_conn *ct, __u32 ms) __ksym;

int found, as_original, inserted;
int err_protocol, err_size, err_stranger;

/* The flow is found: it gets a mark and 500 seconds to live. */
static void ask_for_flow(struct __sk_buff *skb, struct bpf_sock_tuple *tuple)
{
	struct bpf_ct_opts opts = { .netns_id = -1, .l4proto = IPPROTO_UDP };
	struct nf_conn *ct;

	ct = bpf_skb_ct_lookup(skb, tuple, sizeof(tuple->ipv4), &opts,
			       sizeof(opts));
	if (!ct)
		return;
	found++;
	if (opts.dir == 0)
		as_original++;
	ct->mark = 42;
	bpf_ct_change_timeout(ct, 500 * 1000);
	bpf_ct_release(ct);
}

/* Questions that make no sense, each with the errno that it should get. */
static int refused(struct __sk_buff *skb, struct bpf_sock_tuple *tuple,
		   __u32 size, __u8 l4proto)
{
	struct bpf_ct_opts opts = { .netns_id = -1, .l4proto = l4proto };
	struct nf_conn *ct;

	ct = bpf_skb_ct_lookup(skb, tuple, size, &opts, sizeof(opts));
	if (!ct)
		return opts.error;
	bpf_ct_release(ct);
	return 0;
}

/* A flow that no packet began. */
static void make_flow(struct __sk_buff *skb, struct bpf_sock_tuple *tuple)
{
	struct bpf_ct_opts opts = { .netns_id = -1, .l4proto = IPPROTO_UDP };
	struct nf_conn___init *fresh;
	struct nf_conn *ct;

	fresh = bpf_skb_ct_alloc(skb, tuple, sizeof(tuple->ipv4), &opts,
				 sizeof(opts));
	if (!fresh)
		return;
	bpf_ct_set_timeout(fresh, 100 * 1000);
	bpf_ct_set_status(fresh, SEEN_REPLY);
	ct = bpf_ct_insert_entry(fresh);
	if (!ct)
		return;
	inserted++;
	bpf_ct_release(ct);
}

SEC("tc")
int look(struct __sk_buff *skb)
{
	void *end = (void *)(long)skb->data_end;
	struct ethhdr *eth = (void *)(long)skb->data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *uh = (void *)(ip + 1);
	struct bpf_sock_tuple tuple = {};

	if ((void *)(uh + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) ||
	    ip->protocol != IPPROTO_UDP || uh->dest != bpf_htons(7777))
		return TC_ACT_OK;

	tuple.ipv4.saddr = ip->saddr;
	tuple.ipv4.daddr = ip->daddr;
	tuple.ipv4.sport = uh->source;
	tuple.ipv4.dport = uh->dest;
	ask_for_flow(skb, &tuple);
	err_protocol = refused(skb, &tuple, sizeof(tuple.ipv4), IPPROTO_ICMP);
	err_size = refused(skb, &tuple, sizeof(tuple.ipv4) - 1, IPPROTO_UDP);
	tuple.ipv4.saddr = STRANGER;
	err_stranger = refused(skb, &tuple, sizeof(tuple.ipv4), IPPROTO_UDP);
	make_flow(skb, &tuple);
	return TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
