/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included before all else in what is built to count branches: macros whose own
 * branches would count as those of the line that uses them, though the compiler
 * or a bug alone decides them, as functions, whose branches are not ours.
 */
#ifndef NF_CT_COVERAGE_PLAIN_H
#define NF_CT_COVERAGE_PLAIN_H

/* As the files that have one define it: printk.h may be read before they do. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/swab.h>

/* Of a constant, worked out by the compiler, they are another expression. */
#undef test_bit
#define test_bit(nr, addr)	_test_bit(nr, addr)
#undef __set_bit
#define __set_bit(nr, addr)	___set_bit(nr, addr)

#undef __swab16
#define __swab16(x)		((__u16)__builtin_bswap16((__u16)(x)))
#undef __swab32
#define __swab32(x)		((__u32)__builtin_bswap32((__u32)(x)))
#undef __swab64
#define __swab64(x)		((__u64)__builtin_bswap64((__u64)(x)))
#undef __swahb32
#define __swahb32(x)		__fswahb32(x)

/* It still warns, but for each use two branches lead to the warning. */
static inline bool nf_ct_plain_warn(bool condition)
{
	WARN_ON(condition);
	return condition;
}

#undef WARN_ON_ONCE
#define WARN_ON_ONCE(condition)	nf_ct_plain_warn(condition)
#undef WARN_ON
#define WARN_ON(condition)	nf_ct_plain_warn(condition)

/* Once each, and not once in every caller: see include/nf_ct/inline.h. */
#define __path_inline

#endif /* NF_CT_COVERAGE_PLAIN_H */
