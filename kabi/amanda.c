// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exports of nf_conntrack_amanda.c; nf_ct_helper_amanda.c defines them.
 *
 * A symbol's CRC covers the types that are complete here: the headers and
 * their order are part of the ABI.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/textsearch.h>
#include <linux/skbuff.h>
#include <linux/in.h>
#include <linux/udp.h>
#include <linux/netfilter.h>
#include <linux/gfp.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <linux/netfilter/nf_conntrack_amanda.h>

EXPORT_SYMBOL_GPL(nf_nat_amanda_hook);
