// SPDX-License-Identifier: GPL-2.0-only
/*
 * DCCP's headers and steps.  Input: packets, each of them a byte for the
 * direction, a length, and bytes.
 */
#include <linux/dccp.h>
#include <linux/kernel.h>
#include <nf_ct/dccp.h>
#include "fuzz.h"

static const unsigned int timeouts[CT_DCCP_MAX + 1] = {
	1, 2, 3, 4, 5, 6, 7, 8,
};

static void check_packet(const struct nf_ct_dccp_pkt *pkt, unsigned int len)
{
	must(pkt->type < DCCP_NR_PKT_TYPES);
	must(pkt->coverage && pkt->coverage <= len);
	must(!(pkt->seq >> (pkt->long_seq ? 48 : 24)));
	must(!(pkt->ack >> (pkt->long_seq ? 48 : 24)));
}

static void check_step(const struct nf_ct_step *step,
		       const struct nf_ct_dccp *before,
		       const struct nf_ct_dccp *after)
{
	must(after->state < CT_DCCP_IGNORE);
	must(step->fate <= NF_CT_CLOSED && step->why < NF_CT_WHY_MAX);
	must(!(step->status & ~IPS_ASSURED));
	must(!(step->events & ~BIT(IPCT_PROTOINFO)));
	if (step->fate == NF_CT_TRACKED)
		must(!step->why && step->timeout == timeouts[after->state] &&
		     after->role[0] != after->role[1]);
	else
		must(!step->timeout && before->state == after->state);
	if (step->fate == NF_CT_INVALID)
		must(step->why && !memcmp(before, after, sizeof(*before)));
}

/* What nf_ct_core.c would do. */
static unsigned long status_after(unsigned long status,
				  const struct nf_ct_step *step, u8 how)
{
	if (step->fate == NF_CT_REOPENED || step->fate == NF_CT_CLOSED)
		return 0;
	if (step->fate != NF_CT_INVALID && how & 1)
		status |= IPS_SEEN_REPLY;
	return status | step->status;
}

int fuzz_one(const u8 *data, size_t size)
{
	struct input in = { data, data + size };
	struct nf_ct_dccp dccp = {};
	unsigned long status = 0;

	while (in.at < in.end) {
		u8 how = take(&in, 1);
		unsigned int len = min_t(unsigned int, take(&in, 1),
					 in.end - in.at);
		u8 *head = exactly(in.at, min_t(unsigned int, len,
						NF_CT_DCCP_PEEK));
		struct nf_ct_dccp before = dccp;
		struct nf_ct_dccp_pkt pkt;
		enum nf_ct_why why = nf_ct_dccp_parse(&pkt, head, len);
		struct nf_ct_step step;

		free(head);
		in.at += len;
		if (why)
			continue;
		check_packet(&pkt, len);
		step = nf_ct_dccp_step(&dccp, &pkt, how & 1, status, timeouts);
		check_step(&step, &before, &dccp);
		status = status_after(status, &step, how);
		if (step.fate == NF_CT_REOPENED || step.fate == NF_CT_CLOSED)
			memset(&dccp, 0, sizeof(dccp));
	}
	return 0;
}
