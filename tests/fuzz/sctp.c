// SPDX-License-Identifier: GPL-2.0-only
/*
 * SCTP's chunks and steps.  Input: packets, each of them a byte for the
 * direction and the choice of its tag, a length, and chunks.
 */
#include <linux/kernel.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <nf_ct/sctp.h>
#include "fuzz.h"

static const unsigned int timeouts[SCTP_CONNTRACK_MAX] = {
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
};

/* Right tags would be guessed too rarely. */
static __be32 choose_tag(const struct ip_ct_sctp *sctp, struct input *in, u8 how)
{
	switch (how >> 1 & 3) {
	case 0:
		return sctp->vtag[how & 1];
	case 1:
		return sctp->vtag[!(how & 1)];
	case 2:
		return 0;
	default:
		return (__force __be32)take(in, 4);
	}
}

/* Each chunk in a buffer of what the packet path would show of it. */
static enum nf_ct_why read_chunks(struct nf_ct_sctp_pkt *pkt, const u8 *bytes,
				  unsigned int len)
{
	unsigned int offset, step, left;
	enum nf_ct_why why;
	u8 *head;

	for (offset = 0; offset < len; offset += step) {
		left = len - offset;
		head = exactly(bytes + offset,
			       min_t(unsigned int, left, NF_CT_SCTP_CHUNK_PEEK));
		why = nf_ct_sctp_chunk(pkt, head, left, &step);
		free(head);
		if (why)
			return why;
		must(step >= NF_CT_SCTP_CHUNK_HLEN && step % 4 == 0);
		must(pkt->n_events && pkt->n_events <= NF_CT_SCTP_EVENTS);
	}
	return NF_CT_WHY_OK;
}

static void check_step(const struct nf_ct_step *step,
		       const struct ip_ct_sctp *before,
		       const struct ip_ct_sctp *after)
{
	must(after->state < SCTP_CONNTRACK_MAX);
	must(step->why < NF_CT_WHY_MAX);
	must(step->timeout <= timeouts[SCTP_CONNTRACK_MAX - 1]);
	must(!(step->status & ~IPS_ASSURED));
	must(!(step->events & ~BIT(IPCT_PROTOINFO)));
	must(nf_ct_sctp_state_name(after->state));
	switch (step->fate) {
	case NF_CT_TRACKED:
		must(!step->why && step->timeout == timeouts[after->state]);
		break;
	case NF_CT_IGNORED:
		must(step->why && !step->timeout);
		break;
	default:
		must(step->fate == NF_CT_INVALID && step->why);
		must(!memcmp(before, after, sizeof(*before)));
	}
}

int fuzz_one(const u8 *data, size_t size)
{
	struct input in = { data, data + size };
	struct ip_ct_sctp sctp = {};

	while (in.at < in.end) {
		u8 how = take(&in, 1);
		struct nf_ct_sctp_pkt pkt = { .vtag = choose_tag(&sctp, &in, how) };
		unsigned int len = min_t(unsigned int, take(&in, 1),
					 in.end - in.at);
		struct ip_ct_sctp before = sctp;
		enum nf_ct_why why = read_chunks(&pkt, in.at, len);
		struct nf_ct_step step;

		in.at += len;
		if (why)
			continue;
		step = nf_ct_sctp_step(&sctp, &pkt, how & 1, timeouts);
		check_step(&step, &before, &sctp);
	}
	return 0;
}
