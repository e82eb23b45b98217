/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * UDP and UDP-Lite: what their headers must say, and how long a flow lives.
 */
#ifndef NF_CT_UDP_H
#define NF_CT_UDP_H

#include <linux/types.h>
#include <net/netns/conntrack.h>
#include <nf_ct/step.h>

struct nf_ct_udp;

enum nf_ct_why nf_ct_udp_judge_header(unsigned int len, unsigned int room);
enum nf_ct_why nf_ct_udplite_judge_header(unsigned int coverage, bool summed,
					  unsigned int room);
struct nf_ct_step nf_ct_udp_step(struct nf_ct_udp *udp, unsigned long status,
				 const unsigned int timeouts[UDP_CT_MAX],
				 unsigned long now);
struct nf_ct_step nf_ct_udplite_step(unsigned long status,
				     const unsigned int timeouts[UDP_CT_MAX]);

#endif /* NF_CT_UDP_H */
