// SPDX-License-Identifier: GPL-2.0-only
/*
 * nf_ct_kunit: the suites of what is pure, linked with the very objects that
 * the modules are made of.  KUnit finds the suites by their section.
 */
#include <linux/module.h>

MODULE_DESCRIPTION("KUnit suites of nf_ct's pure parts");
MODULE_LICENSE("GPL");
