/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SCTP as the tracker sees it (RFC 9260).
 */
#ifndef NF_CT_SCTP_H
#define NF_CT_SCTP_H

#include <linux/netfilter/nf_conntrack_sctp.h>
#include <linux/types.h>
#include <nf_ct/step.h>

/*
 * A chunk, by what it means to an association.  OTHER is DATA, SACK and all
 * that move nothing; the rest bear the names of RFC 9260, 3.2.
 */
enum nf_ct_sctp_event {
	NF_CT_SCTP_OTHER,
	NF_CT_SCTP_INIT,
	NF_CT_SCTP_INIT_ACK,
	NF_CT_SCTP_ABORT,
	NF_CT_SCTP_SHUTDOWN,
	NF_CT_SCTP_SHUTDOWN_ACK,
	NF_CT_SCTP_ERROR,
	NF_CT_SCTP_COOKIE_ECHO,
	NF_CT_SCTP_COOKIE_ACK,
	NF_CT_SCTP_SHUTDOWN_COMPLETE,
	NF_CT_SCTP_HEARTBEAT,
	NF_CT_SCTP_HEARTBEAT_ACK,
	NF_CT_SCTP_EVENTS
};

/* Bytes: of a chunk's header, and of one with the Initiate Tag behind it. */
#define NF_CT_SCTP_CHUNK_HLEN	4
#define NF_CT_SCTP_CHUNK_PEEK	8

/**
 * struct nf_ct_sctp_pkt - a packet, as the tracker sees it
 * @vtag:	verification tag of the common header
 * @init_tag:	Initiate Tag of an INIT or INIT ACK
 * @seen:	BIT(event) for each kind of chunk present
 * @event:	the kinds of chunk, each once, in the order they stand
 * @n_events:	entries of @event
 * @bundled:	there is more than one chunk
 * @alone:	a chunk that must be the only one stands in the packet
 * @t_bit:	the T bit of the first ABORT or SHUTDOWN COMPLETE: the tag is
 *		the receiver's own, reflected
 *
 * Zero it, set @vtag, and feed each chunk to nf_ct_sctp_chunk().
 */
struct nf_ct_sctp_pkt {
	__be32	vtag;
	__be32	init_tag;
	u16	seen;
	u8	event[NF_CT_SCTP_EVENTS];
	u8	n_events;
	bool	bundled;
	bool	alone;
	bool	t_bit;
};

enum nf_ct_why nf_ct_sctp_chunk(struct nf_ct_sctp_pkt *pkt, const u8 *head,
				unsigned int left, unsigned int *step);
struct nf_ct_step nf_ct_sctp_step(struct ip_ct_sctp *sctp,
				  const struct nf_ct_sctp_pkt *pkt,
				  enum ip_conntrack_dir dir,
				  const unsigned int *timeouts);
const char *nf_ct_sctp_state_name(enum sctp_conntrack state);
bool nf_ct_sctp_is_closing(enum sctp_conntrack state);

#endif /* NF_CT_SCTP_H */
