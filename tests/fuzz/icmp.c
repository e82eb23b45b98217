// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP errors: the packet they quote, and the flow that is looked up for it.
 * Input: a byte for the family, then the packet from its network header on.
 */
#include <net/netfilter/nf_conntrack_zones.h>
#include <nf_ct/shell.h>
#include <nf_ct/tuple.h>
#include "packet.h"

static unsigned int lookups;

/* The table is empty; what is looked up in it must be an answer. */
struct nf_conntrack_tuple_hash *
nf_conntrack_find_get(struct net *where, const struct nf_conntrack_zone *zone,
		      const struct nf_conntrack_tuple *tuple)
{
	must(where == &net && tuple->dst.dir == IP_CT_DIR_REPLY);
	check_inverse(tuple);
	lookups++;
	return NULL;
}

static bool may_be_error(u8 protonum)
{
	return protonum == IPPROTO_ICMP || protonum == IPPROTO_ICMPV6;
}

int fuzz_one(const u8 *data, size_t size)
{
	struct nf_hook_state state = { .net = &net };
	enum nf_ct_why why;
	struct nf_ct_l4 l4;
	struct sk_buff skb;

	if (!size)
		return 0;
	INIT_LIST_HEAD(&net.ct.nf_ct_proto.gre.keymap_list);
	state.pf = *data & 1 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	skb = packet_of(data + 1, size - 1);

	lookups = 0;
	l4 = nf_ct_l4_find(&skb, 0, state.pf);
	if (l4.offset >= 0 && may_be_error(l4.protonum)) {
		why = nf_ct_icmp_error(NULL, &skb, l4.offset, &state);
		must(why < NF_CT_WHY_MAX);
		must((why == NF_CT_WHY_ICMP_NO_FLOW) == (lookups == 1));
		must(skb._nfct == 0 || skb._nfct == IP_CT_UNTRACKED);
	}
	free(skb.head);
	return 0;
}
