// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exports of nf_conntrack_seqadj.c; nf_ct_seqadj.c defines them.
 *
 * A symbol's CRC covers the types that are complete here: the headers and
 * their order are part of the ABI.
 */
#include <linux/export.h>
#include <linux/types.h>
#include <linux/netfilter.h>
#include <net/tcp.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_extend.h>
#include <net/netfilter/nf_conntrack_seqadj.h>

EXPORT_SYMBOL_GPL(nf_ct_seqadj_init);
EXPORT_SYMBOL_GPL(nf_ct_seqadj_set);
EXPORT_SYMBOL_GPL(nf_ct_tcp_seqadj_set);
EXPORT_SYMBOL_GPL(nf_ct_seq_adjust);
EXPORT_SYMBOL_GPL(nf_ct_seq_offset);
