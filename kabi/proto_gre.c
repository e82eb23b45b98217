// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exports of nf_conntrack_proto_gre.c; nf_ct_shell_gre.c defines them.
 *
 * A symbol's CRC covers the types that are complete here: the headers and
 * their order are part of the ABI.
 */
#include <linux/module.h>
#include <linux/types.h>
#include <linux/timer.h>
#include <linux/list.h>
#include <linux/seq_file.h>
#include <linux/in.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/dst.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_timeout.h>
#include <linux/netfilter/nf_conntrack_proto_gre.h>
#include <linux/netfilter/nf_conntrack_pptp.h>

EXPORT_SYMBOL_GPL(nf_ct_gre_keymap_add);
EXPORT_SYMBOL_GPL(nf_ct_gre_keymap_destroy);
