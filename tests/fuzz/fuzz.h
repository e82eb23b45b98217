/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fuzz targets share.  They are compiled as the modules are, against
 * the kernel's headers, but run in user space: libFuzzer calls fuzz_one() with
 * bytes of its own making, AddressSanitizer and UBSan watch.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <linux/string.h>
#include <linux/types.h>

/* From the C library. */
void *malloc(size_t size);
void free(void *memory);
int dprintf(int fd, const char *format, ...);
void __noreturn abort(void);

/* The build gives it the name that libFuzzer looks for. */
int fuzz_one(const u8 *data, size_t size);

/* An invariant of the code under test; a broken one is a finding. */
#define must(holds)							\
	do {								\
		if (!(holds)) {						\
			dprintf(2, "%s:%d: ERROR: not so: %s\n",	\
				__FILE__, __LINE__, #holds);		\
			abort();					\
		}							\
	} while (0)

/* A copy of just that size, so that one byte too many is seen. */
static inline u8 *exactly(const void *from, size_t size)
{
	u8 *copy = malloc(size);

	must(copy);
	return memcpy(copy, from, size);
}

/* What is left of the input. */
struct input {
	const u8 *at;
	const u8 *end;
};

/* The next bytes as a number; zeros once the input is used up. */
static inline u64 take(struct input *in, unsigned int bytes)
{
	u64 number = 0;

	while (bytes--)
		number = number << 8 | (in->at < in->end ? *in->at++ : 0);
	return number;
}

#endif /* TESTS_FUZZ_H */
