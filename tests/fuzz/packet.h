/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet for the targets that read whole ones, all of it in one buffer of
 * just its size.
 */
#ifndef TESTS_FUZZ_PACKET_H
#define TESTS_FUZZ_PACKET_H

#include <linux/list.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack_core.h>
#include "fuzz.h"

static struct net net;

static inline struct sk_buff packet_of(const u8 *data, size_t size)
{
	struct sk_buff skb = { .len = size };

	skb.head = exactly(data, size);
	skb.data = skb.head;
	return skb;
}

/* Answering twice leads back, and nothing but the tuple itself is told. */
static inline void check_inverse(const struct nf_conntrack_tuple *tuple)
{
	struct nf_conntrack_tuple inverse, back;

	if (!nf_ct_invert_tuple(&inverse, tuple))
		return;
	must(inverse.dst.dir != tuple->dst.dir);
	must(nf_ct_invert_tuple(&back, &inverse));
	must(!memcmp(&back, tuple, sizeof(back)));
}

#endif /* TESTS_FUZZ_PACKET_H */
