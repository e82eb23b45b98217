// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a packet to its tuple and to the tuple that answers.  Input: a byte for
 * the family, then the packet from its network header on.
 */
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <nf_ct/tuple.h>
#include "packet.h"

int fuzz_one(const u8 *data, size_t size)
{
	struct nf_conntrack_tuple tuple;
	struct nf_ct_l4 l4;
	struct sk_buff skb;
	u16 l3num;

	if (!size)
		return 0;
	INIT_LIST_HEAD(&net.ct.nf_ct_proto.gre.keymap_list);
	l3num = *data & 1 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	skb = packet_of(data + 1, size - 1);

	l4 = nf_ct_l4_find(&skb, 0, l3num);
	must(l4.offset <= (int)skb.len);
	memset(&tuple, 0xff, sizeof(tuple));
	if (nf_ct_get_tuplepr(&skb, 0, l3num, &net, &tuple)) {
		must(l4.offset >= 0 && tuple.dst.protonum == l4.protonum);
		must(tuple.src.l3num == l3num);
		must(tuple.dst.dir == IP_CT_DIR_ORIGINAL);
		check_inverse(&tuple);
	}
	free(skb.head);
	return 0;
}
