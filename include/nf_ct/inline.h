/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions that go into their callers, as far as those are compiled together
 * with them (nf_ct_path.c); all others call them.
 *
 * Not __always_inline itself, so that who counts branches (tests/coverage) can
 * have each function once.
 */
#ifndef NF_CT_INLINE_H
#define NF_CT_INLINE_H

#include <linux/compiler.h>

#ifndef __path_inline
#define __path_inline __always_inline
#endif

#endif /* NF_CT_INLINE_H */
