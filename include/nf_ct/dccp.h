/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DCCP as the tracker sees it (RFC 4340).
 */
#ifndef NF_CT_DCCP_H
#define NF_CT_DCCP_H

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_dccp.h>
#include <linux/types.h>
#include <nf_ct/step.h>

/*
 * Bytes: the longest header without options is that of a Reset, with the
 * long sequence number (16), acknowledgment (8) and code (4).
 */
#define NF_CT_DCCP_PEEK		28

/**
 * struct nf_ct_dccp_pkt - a packet, as the tracker sees it
 * @type:	DCCP_PKT_*
 * @long_seq:	sequence numbers have 48 bits, not 24; those of the handshake
 *		do
 * @seq:	sequence number
 * @ack:	acknowledgment number, 0 when the type has none
 * @coverage:	bytes from the start of the header that the checksum covers
 */
struct nf_ct_dccp_pkt {
	u8	type;
	bool	long_seq;
	u64	seq;
	u64	ack;
	u32	coverage;
};

enum nf_ct_why nf_ct_dccp_parse(struct nf_ct_dccp_pkt *pkt, const u8 *head,
				unsigned int len);
struct nf_ct_step nf_ct_dccp_step(struct nf_ct_dccp *dccp,
				  const struct nf_ct_dccp_pkt *pkt,
				  enum ip_conntrack_dir dir,
				  unsigned long status,
				  const unsigned int *timeouts);
const char *nf_ct_dccp_state_name(unsigned int state);
bool nf_ct_dccp_is_closing(unsigned int state);

#endif /* NF_CT_DCCP_H */
