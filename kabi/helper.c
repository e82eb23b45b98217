// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exports of nf_conntrack_helper.c; nf_ct_helper.c defines them.
 *
 * A symbol's CRC covers the types that are complete here: the headers and
 * their order are part of the ABI.
 */
#include <linux/types.h>
#include <linux/netfilter.h>
#include <linux/module.h>
#include <linux/skbuff.h>
#include <linux/vmalloc.h>
#include <linux/stddef.h>
#include <linux/random.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/netdevice.h>
#include <linux/rculist.h>
#include <linux/rtnetlink.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_extend.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#ifdef HAVE_CT_OVS	/* a header more, since the exports of kabi/ovs.c */
#include <net/netfilter/nf_conntrack_seqadj.h>
#include <net/netfilter/nf_log.h>
#include <net/ip.h>
#else
#include <net/netfilter/nf_log.h>
#endif

EXPORT_SYMBOL_GPL(nf_ct_helper_hash);
EXPORT_SYMBOL_GPL(nf_ct_helper_hsize);
EXPORT_SYMBOL_GPL(__nf_conntrack_helper_find);
EXPORT_SYMBOL_GPL(nf_conntrack_helper_try_module_get);
EXPORT_SYMBOL_GPL(nf_conntrack_helper_put);
EXPORT_SYMBOL_GPL(nf_nat_helper_try_module_get);
EXPORT_SYMBOL_GPL(nf_nat_helper_put);
EXPORT_SYMBOL_GPL(nf_ct_helper_ext_add);
EXPORT_SYMBOL_GPL(__nf_ct_try_assign_helper);
EXPORT_SYMBOL_GPL(nf_ct_helper_expectfn_register);
EXPORT_SYMBOL_GPL(nf_ct_helper_expectfn_unregister);
EXPORT_SYMBOL_GPL(nf_ct_helper_expectfn_destroy);
EXPORT_SYMBOL_GPL(nf_ct_helper_expectfn_find_by_name);
EXPORT_SYMBOL_GPL(nf_ct_helper_expectfn_find_by_symbol);
EXPORT_SYMBOL_GPL(nf_ct_helper_log);
EXPORT_SYMBOL_GPL(nf_conntrack_helper_register);
EXPORT_SYMBOL_GPL(nf_conntrack_helper_unregister);
EXPORT_SYMBOL_GPL(nf_ct_helper_init);
EXPORT_SYMBOL_GPL(nf_conntrack_helpers_register);
EXPORT_SYMBOL_GPL(nf_conntrack_helpers_unregister);
EXPORT_SYMBOL_GPL(nf_nat_helper_register);
EXPORT_SYMBOL_GPL(nf_nat_helper_unregister);
