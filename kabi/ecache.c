// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exports of nf_conntrack_ecache.c; nf_ct_event.c defines them.
 *
 * A symbol's CRC covers the types that are complete here: the headers and
 * their order are part of the ABI.
 */
#include <linux/types.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/vmalloc.h>
#include <linux/stddef.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/export.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_extend.h>

EXPORT_SYMBOL_GPL(nf_conn_pernet_ecache);
EXPORT_SYMBOL_GPL(nf_conntrack_eventmask_report);
EXPORT_SYMBOL_GPL(nf_ct_deliver_cached_events);
EXPORT_SYMBOL_GPL(nf_conntrack_register_notifier);
EXPORT_SYMBOL_GPL(nf_conntrack_unregister_notifier);
EXPORT_SYMBOL_GPL(nf_ct_ecache_ext_add);
