// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pace of the worker in nf_ct_gc.c, the pure part: when to come again, and
 * from when on to evict.
 */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <nf_ct/gc.h>

#define FULL_PERCENT	95

/**
 * nf_ct_gc_pause - how long to sleep after a whole pass
 * @left: sum of the remaining lifetimes of the entries met, in jiffies, each
 *	counted as NF_CT_GC_SLEEP_MAX at the most
 * @seen: how many they were
 *
 * Context: any.
 * Return: jiffies: the mean remaining lifetime, within bounds.
 */
unsigned long nf_ct_gc_pause(u64 left, unsigned int seen)
{
	if (!seen)
		return NF_CT_GC_SLEEP_MAX;

	return clamp_t(u64, div_u64(left, seen), NF_CT_GC_SLEEP_MIN,
		       NF_CT_GC_SLEEP_MAX);
}

/**
 * nf_ct_gc_nearly_full - is it time to evict flows that are closing?
 * @count: entries in the namespace
 * @max: nf_conntrack_max; 0 is no limit
 *
 * Context: any.
 * Return: true above 95 % of the limit.
 */
bool nf_ct_gc_nearly_full(unsigned int count, unsigned int max)
{
	return max && count > div_u64((u64)max * FULL_PERCENT, 100);
}
