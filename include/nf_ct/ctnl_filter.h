/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which attributes ctnetlink asks of a tuple.
 *
 * The flags argument of &nf_conntrack_l4proto.nlattr_to_tuple: a bit set
 * means that the attribute must be there and is to be read.  A dump filter
 * sets some; making or finding an entry sets all.  The kernel gives these
 * numbers to user space (CTA_FILTER_ORIG_FLAGS) but has no public header for
 * them.
 */
#ifndef NF_CT_CTNL_FILTER_H
#define NF_CT_CTNL_FILTER_H

#include <linux/bits.h>

enum nf_ct_ctnl_filter {
	NF_CT_FILTER_IP_SRC		= BIT(0),
	NF_CT_FILTER_IP_DST		= BIT(1),
	NF_CT_FILTER_ZONE		= BIT(2),
	NF_CT_FILTER_PROTO_NUM		= BIT(3),
	NF_CT_FILTER_SRC_PORT		= BIT(4),
	NF_CT_FILTER_DST_PORT		= BIT(5),
	NF_CT_FILTER_ICMP_TYPE		= BIT(6),
	NF_CT_FILTER_ICMP_CODE		= BIT(7),
	NF_CT_FILTER_ICMP_ID		= BIT(8),
	NF_CT_FILTER_ICMPV6_TYPE	= BIT(9),
	NF_CT_FILTER_ICMPV6_CODE	= BIT(10),
	NF_CT_FILTER_ICMPV6_ID		= BIT(11),
};

#endif /* NF_CT_CTNL_FILTER_H */
