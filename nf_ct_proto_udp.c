// SPDX-License-Identifier: GPL-2.0-only
/*
 * UDP and UDP-Lite, the deciding part.
 *
 *   unreplied --a reply--> replied --two seconds after the first packet-->
 *   stream (long timeout, ASSURED)
 *
 * A question and its answer, a DNS lookup say, are over long before two
 * seconds have passed; what still talks then is a conversation and is worth
 * keeping when the table is full.  UDP-Lite, which carries media, is a stream
 * as soon as it is replied to.
 */
#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/udp.h>
#include <net/netfilter/nf_conntrack.h>
#include <nf_ct/inline.h>
#include <nf_ct/udp.h>

#define STREAM_AFTER	(2 * HZ)

/**
 * nf_ct_udp_judge_header - does a UDP header fit its packet?
 * @len: the length it claims, bytes, header included, host order
 * @room: bytes from the start of the header to the end of the packet
 *
 * The packet may be longer than the datagram (padding), never shorter.
 * RFC 768, "Length".
 *
 * Context: any.
 * Return: %NF_CT_WHY_OK, or what is wrong.
 */
__path_inline enum nf_ct_why nf_ct_udp_judge_header(unsigned int len,
						    unsigned int room)
{
	if (len < sizeof(struct udphdr) || len > room)
		return NF_CT_WHY_UDP_LENGTH;
	return NF_CT_WHY_OK;
}

/**
 * nf_ct_udplite_judge_header - does a UDP-Lite header fit its packet?
 * @coverage: bytes that its checksum covers, header included, host order;
 *	0 means all of them
 * @summed: does it carry a checksum at all?
 * @room: bytes from the start of the header to the end of the packet
 *
 * RFC 3828, 3.1: the header is always covered, and a checksum of zero, which
 * lets UDP go without, is never sent.
 *
 * Context: any.
 * Return: %NF_CT_WHY_OK, or what is wrong.
 */
enum nf_ct_why nf_ct_udplite_judge_header(unsigned int coverage, bool summed,
					  unsigned int room)
{
	if (coverage && (coverage < sizeof(struct udphdr) || coverage > room))
		return NF_CT_WHY_UDPLITE_COVERAGE;
	if (!summed)
		return NF_CT_WHY_UDPLITE_NO_SUM;
	return NF_CT_WHY_OK;
}

static struct nf_ct_step life(bool stream, unsigned long status,
			      const unsigned int timeouts[UDP_CT_MAX])
{
	struct nf_ct_step step = {
		.fate		= NF_CT_TRACKED,
		.timeout	= timeouts[UDP_CT_UNREPLIED],
	};

	if (!stream)
		return step;

	step.timeout = timeouts[UDP_CT_REPLIED];
	/* The loser of a clash must not outlive its few packets. */
	if (!(status & IPS_NAT_CLASH))
		step.status = IPS_ASSURED;
	return step;
}

/**
 * nf_ct_udp_step - judge a datagram as part of its flow
 * @udp: the flow's state
 * @status: &nf_conn.status as it was before this packet
 * @timeouts: jiffies for an unreplied flow and for a stream
 * @now: jiffies
 *
 * Context: any.  No lock: @udp is written while one packet alone has the
 * entry, before it is confirmed, and only read from then on.
 * Return: the outcome; every datagram is part of its flow.
 */
__path_inline struct nf_ct_step
nf_ct_udp_step(struct nf_ct_udp *udp, unsigned long status,
	       const unsigned int timeouts[UDP_CT_MAX], unsigned long now)
{
	if (!(status & IPS_CONFIRMED))
		WRITE_ONCE(udp->stream_ts, now + STREAM_AFTER);

	return life(status & IPS_SEEN_REPLY &&
		    time_after(now, READ_ONCE(udp->stream_ts)),
		    status, timeouts);
}

/**
 * nf_ct_udplite_step - judge a UDP-Lite datagram as part of its flow
 * @status: &nf_conn.status as it was before this packet
 * @timeouts: jiffies for an unreplied flow and for a stream
 *
 * Context: any.
 * Return: the outcome; every datagram is part of its flow.
 */
struct nf_ct_step nf_ct_udplite_step(unsigned long status,
				     const unsigned int timeouts[UDP_CT_MAX])
{
	return life(status & IPS_SEEN_REPLY, status, timeouts);
}
