/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one place for differences between kernels, and for what a kernel
 * exports but declares in no public header.
 */
#ifndef NF_CT_COMPAT_H
#define NF_CT_COMPAT_H

struct net;

/* Exported since 4.16, declared in net/netfilter/nf_internals.h alone: drops
 * every packet of @net that waits in a queue.
 */
void nf_queue_nf_hook_drop(struct net *net);

#endif /* NF_CT_COMPAT_H */
