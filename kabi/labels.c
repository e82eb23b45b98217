// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exports of nf_conntrack_labels.c; nf_ct_label.c defines them.
 *
 * A symbol's CRC covers the types that are complete here: the headers and
 * their order are part of the ABI.
 */
#include <linux/export.h>
#include <linux/types.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_labels.h>

EXPORT_SYMBOL_GPL(nf_connlabels_replace);
EXPORT_SYMBOL_GPL(nf_connlabels_get);
EXPORT_SYMBOL_GPL(nf_connlabels_put);
