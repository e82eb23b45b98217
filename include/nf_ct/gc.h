/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the worker that collects expired entries paces itself.
 */
#ifndef NF_CT_GC_H
#define NF_CT_GC_H

#include <linux/jiffies.h>
#include <linux/types.h>

#define NF_CT_GC_SLEEP_MIN	HZ		/* jiffies between two passes */
#define NF_CT_GC_SLEEP_MAX	(60 * HZ)

unsigned long nf_ct_gc_pause(u64 left, unsigned int seen);
bool nf_ct_gc_nearly_full(unsigned int count, unsigned int max);

#endif /* NF_CT_GC_H */
