// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP's options, windows and steps.  Input: a byte of policy, then segments,
 * each of them a byte that says how its numbers are to be read, a header of a
 * few bytes and options.
 */
#include <linux/kernel.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/param.h>
#include <nf_ct/tcp.h>
#include "fuzz.h"

static const unsigned int lives[TCP_CONNTRACK_TIMEOUT_MAX] = {
	[TCP_CONNTRACK_SYN_SENT ... TCP_CONNTRACK_SYN_SENT2] = 432000 * HZ,
	[TCP_CONNTRACK_RETRANS]	= 300 * HZ,
	[TCP_CONNTRACK_UNACK]	= 300 * HZ,
};

static void read_options(struct nf_ct_tcp_seg *seg, struct input *in)
{
	unsigned int len = take(in, 1) % 41;
	u8 *options;

	len = min_t(unsigned int, len, in->end - in->at);
	options = exactly(in->at, len);
	in->at += len;
	nf_ct_tcp_options(seg, options, len);
	free(options);

	must(seg->wscale <= NF_CT_TCP_WSCALE_MAX);
	must(!(seg->options & ~(IP_CT_TCP_FLAG_WINDOW_SCALE |
				IP_CT_TCP_FLAG_SACK_PERM)));
	must(!nf_ct_seq_before(seg->sack, seg->ack));
}

/*
 * A number out of the blue hardly ever lies in a window, so most are given as
 * a distance from what the flow expects.
 */
static u32 number(struct input *in, bool far, u32 expected)
{
	return far ? take(in, 4) : expected + (s16)take(in, 2);
}

static struct nf_ct_tcp_seg read_segment(struct input *in,
					 const struct ip_ct_tcp *tcp,
					 enum ip_conntrack_dir dir, u8 how)
{
	struct nf_ct_tcp_seg seg = { .flags = take(in, 1) };

	seg.seq = number(in, how & 2, tcp->seen[dir].td_end);
	seg.ack = number(in, how & 4, tcp->seen[!dir].td_end);
	seg.win = take(in, 2);
	seg.end = seg.seq + take(in, 2) + !!(seg.flags & NF_CT_TCP_F_SYN) +
		  !!(seg.flags & NF_CT_TCP_F_FIN);
	seg.sack = seg.ack;
	if (how & 8)
		read_options(&seg, in);
	return seg;
}

static void check_flow(const struct ip_ct_tcp *tcp)
{
	int dir;

	must(tcp->state < TCP_CONNTRACK_MAX);
	must(nf_ct_tcp_state_name(tcp->state));
	for (dir = 0; dir < IP_CT_DIR_MAX; dir++)
		must(tcp->seen[dir].td_scale <= NF_CT_TCP_WSCALE_MAX);
}

static void check_step(const struct nf_ct_step *step,
		       const struct ip_ct_tcp *before,
		       const struct ip_ct_tcp *after)
{
	must(step->fate <= NF_CT_CLOSED);
	must(step->why < NF_CT_WHY_MAX);
	must(step->timeout <= lives[TCP_CONNTRACK_ESTABLISHED]);
	must(!(step->status & ~IPS_ASSURED));
	must(!(step->events & ~(BIT(IPCT_PROTOINFO) | BIT(IPCT_ASSURED))));
	must((step->fate == NF_CT_IGNORED || step->fate == NF_CT_INVALID) ==
	     (step->why != NF_CT_WHY_OK));
	if (step->fate != NF_CT_TRACKED && step->fate != NF_CT_CLOSED)
		must(before->state == after->state && !step->status);
}

/* What nf_ct_core.c would do. */
static void apply(struct nf_ct_tcp_flow *flow, const struct nf_ct_step *step,
		  enum ip_conntrack_dir dir)
{
	switch (step->fate) {
	case NF_CT_TRACKED:
	case NF_CT_IGNORED:
		flow->status |= IPS_CONFIRMED | step->status;
		if (dir == IP_CT_DIR_REPLY)
			flow->status |= IPS_SEEN_REPLY;
		break;
	case NF_CT_REOPENED:
	case NF_CT_CLOSED:
		flow->status = 0;
		break;
	case NF_CT_INVALID:
		break;
	}
	if (step->timeout)
		flow->left = step->timeout;
}

int fuzz_one(const u8 *data, size_t size)
{
	struct input in = { data, data + size };
	u8 bits = take(&in, 1);
	const struct nf_ct_tcp_policy policy = {
		.timeouts		= lives,
		.max_retrans		= 3,
		.loose			= bits & 1,
		.be_liberal		= bits & 2,
		.ignore_invalid_rst	= bits & 4,
	};
	struct nf_ct_tcp_flow flow = { .synproxy = bits & 8 };
	struct ip_ct_tcp tcp = {};

	while (in.at < in.end) {
		u8 how = take(&in, 1);
		enum ip_conntrack_dir dir = how & 1;
		struct ip_ct_tcp before;
		struct nf_ct_tcp_seg seg;
		struct nf_ct_step step;

		if (!flow.status)
			dir = IP_CT_DIR_ORIGINAL;
		seg = read_segment(&in, &tcp, dir, how);
		/* An unconfirmed entry is begun anew: nothing is kept. */
		if (!flow.status)
			memset(&tcp, 0, sizeof(tcp));
		before = tcp;
		step = nf_ct_tcp_step(&tcp, &seg, dir, &flow, &policy);
		check_flow(&tcp);
		check_step(&step, &before, &tcp);
		apply(&flow, &step, dir);
	}
	return 0;
}
