// SPDX-License-Identifier: GPL-2.0-only
/*
 * All other protocols: a flow is a pair of addresses.
 *
 * A protocol with ports or keys that we could read but were built not to is
 * refused: taken by its addresses alone, one flow let through would open the
 * whole protocol between the two hosts.
 */
#include <linux/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_cttimeout.h>
#include <linux/skbuff.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <nf_ct/shell.h>
#include <nf_ct/timeout_policy.h>
#include <nf_ct/tuple.h>

#define ALL_TRACKERS_BUILT				\
	(IS_ENABLED(CONFIG_NF_CT_PROTO_DCCP) &&		\
	 IS_ENABLED(CONFIG_NF_CT_PROTO_GRE) &&		\
	 IS_ENABLED(CONFIG_NF_CT_PROTO_SCTP) &&		\
	 IS_ENABLED(CONFIG_NF_CT_PROTO_UDPLITE))

static bool tracker_not_built(u8 protonum)
{
	switch (protonum) {
	case IPPROTO_DCCP:
		return !IS_ENABLED(CONFIG_NF_CT_PROTO_DCCP);
	case IPPROTO_GRE:
		return !IS_ENABLED(CONFIG_NF_CT_PROTO_GRE);
	case IPPROTO_SCTP:
		return !IS_ENABLED(CONFIG_NF_CT_PROTO_SCTP);
	case IPPROTO_UDPLITE:
		return !IS_ENABLED(CONFIG_NF_CT_PROTO_UDPLITE);
	}
	return false;
}

/**
 * nf_ct_generic_check - may a packet be tracked by its addresses alone?
 * @skb: the packet
 * @dataoff: offset of the transport header, bytes from skb->data
 * @state: the hook it is at
 *
 * Context: softirq or BH off, under rcu_read_lock().
 * Return: %NF_CT_WHY_OK, or what is wrong, already logged.
 */
enum nf_ct_why nf_ct_generic_check(struct sk_buff *skb, unsigned int dataoff,
				   const struct nf_hook_state *state)
{
	struct nf_ct_l4 l4;

	if (ALL_TRACKERS_BUILT)
		return NF_CT_WHY_OK;

	l4 = nf_ct_l4_find(skb, skb_network_offset(skb), state->pf);
	if (!tracker_not_built(l4.protonum))
		return NF_CT_WHY_OK;

	nf_ct_log_why(skb, state, l4.protonum, NF_CT_WHY_GENERIC_OFF);
	return NF_CT_WHY_GENERIC_OFF;
}

/**
 * nf_ct_generic_packet - judge a packet as part of its flow
 * @ct: the flow
 * @skb: the packet
 * @dataoff: offset of the transport header, bytes from skb->data
 * @ctinfo: how the packet relates to @ct
 * @state: the hook it is at
 *
 * Context: softirq or BH off, under rcu_read_lock().
 * Return: the outcome; every packet is part of its flow and lengthens it.
 */
struct nf_ct_step nf_ct_generic_packet(struct nf_conn *ct, struct sk_buff *skb,
				       unsigned int dataoff,
				       enum ip_conntrack_info ctinfo,
				       const struct nf_hook_state *state)
{
	const struct nf_generic_net *gn = nf_generic_pernet(nf_ct_net(ct));

	return (struct nf_ct_step){
		.fate		= NF_CT_TRACKED,
		.timeout	= *nf_ct_timeouts(ct, &gn->timeout),
	};
}

/**
 * nf_conntrack_generic_init_net - set the default timeout of a namespace
 * @net: the namespace
 *
 * Context: process; @net has no packets yet.
 */
void nf_conntrack_generic_init_net(struct net *net)
{
	nf_generic_pernet(net)->timeout = 600 * HZ;
}

const struct nf_conntrack_l4proto nf_conntrack_l4proto_generic = {
	.l4proto		= 255,
	.allow_clash		= true,
	.ctnl_timeout = {
		.nlattr_to_obj	= nf_ct_generic_timeout_from_nlattr,
		.obj_to_nlattr	= nf_ct_generic_timeout_to_nlattr,
		.nlattr_max	= CTA_TIMEOUT_GENERIC_MAX,
		.obj_size	= sizeof(unsigned int),
		.nla_policy	= nf_ct_generic_timeout_policy,
	},
};
