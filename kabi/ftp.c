// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exports of nf_conntrack_ftp.c; nf_ct_helper_ftp.c defines them.
 *
 * A symbol's CRC covers the types that are complete here: the headers and
 * their order are part of the ABI.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/netfilter.h>
#include <linux/ip.h>
#include <linux/slab.h>
#include <linux/ipv6.h>
#include <linux/ctype.h>
#include <linux/inet.h>
#include <net/checksum.h>
#include <net/tcp.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <linux/netfilter/nf_conntrack_ftp.h>

EXPORT_SYMBOL_GPL(nf_nat_ftp_hook);
