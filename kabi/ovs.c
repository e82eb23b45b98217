// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exports of nf_conntrack_ovs.c; nf_ct_ovs.c defines them.
 *
 * A symbol's CRC covers the types that are complete here: the headers and
 * their order are part of the ABI.
 */
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_seqadj.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>
#include <net/ipv6_frag.h>
#include <net/ip.h>
#include <linux/netfilter_ipv6.h>

EXPORT_SYMBOL_GPL(nf_ct_helper);
EXPORT_SYMBOL_GPL(nf_ct_add_helper);
EXPORT_SYMBOL_GPL(nf_ct_skb_network_trim);
EXPORT_SYMBOL_GPL(nf_ct_handle_fragments);
