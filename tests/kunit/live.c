// SPDX-License-Identifier: GPL-2.0-only
/*
 * nf_ct_kunit_live: the suites that run on a loaded nf_conntrack, under real
 * RCU, through what it exports.  KUnit finds the suites by their section.
 */
#include <linux/module.h>

MODULE_DESCRIPTION("KUnit suites that run on a loaded nf_conntrack");
MODULE_LICENSE("GPL");
