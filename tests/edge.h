/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Buffers that end where memory ends: behind what vmalloc() gives lies a page
 * that is not there, so that reading a byte too many stops any kernel, with
 * KASAN or without.
 */
#ifndef TESTS_EDGE_H
#define TESTS_EDGE_H

#include <kunit/test.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

static int edge_alloc(struct kunit_resource *resource, void *context)
{
	resource->data = vmalloc(PAGE_SIZE);
	return resource->data ? 0 : -ENOMEM;
}

static void edge_free(struct kunit_resource *resource)
{
	vfree(resource->data);
}

static bool is_edge(struct kunit *test, struct kunit_resource *resource,
		    void *context)
{
	return resource->free == edge_free;
}

/* The test case's page, made by whoever asks first: vmalloc() is slow. */
static inline void *edge_page(struct kunit *test)
{
	struct kunit_resource *resource;
	void *page;

	resource = kunit_find_resource(test, is_edge, NULL);
	if (!resource)
		return kunit_alloc_resource(test, edge_alloc, edge_free,
					    GFP_KERNEL, NULL);
	page = resource->data;
	kunit_put_resource(resource);
	return page;
}

/* A copy of @len bytes, good until the next one is asked for. */
static inline void *at_the_edge(struct kunit *test, const void *from,
				size_t len)
{
	void *page = edge_page(test);

	KUNIT_ASSERT_LE(test, len, PAGE_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, page);
	return memcpy(page + PAGE_SIZE - len, from, len);
}

#endif /* TESTS_EDGE_H */
