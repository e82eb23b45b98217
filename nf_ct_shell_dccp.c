// SPDX-License-Identifier: GPL-2.0-only
/*
 * DCCP, the part that touches packets, locks and netlink.
 *
 * The rules are in nf_ct_proto_dccp.c.
 */
#include <linux/dccp.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nfnetlink_cttimeout.h>
#include <linux/seq_file.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <nf_ct/dccp.h>
#include <nf_ct/shell.h>
#include <nf_ct/timeout_policy.h>

/* RFC 4340, 3.4: the maximum segment lifetime, in seconds */
#define MSL	120

/* In seconds; the sysctls nf_conntrack_dccp_timeout_*. */
static const unsigned int default_timeouts[CT_DCCP_MAX + 1] = {
	[CT_DCCP_REQUEST]	= 2 * MSL,
	[CT_DCCP_RESPOND]	= 4 * MSL,
	[CT_DCCP_PARTOPEN]	= 4 * MSL,
	[CT_DCCP_OPEN]		= 12 * 3600,
	[CT_DCCP_CLOSEREQ]	= 64,
	[CT_DCCP_CLOSING]	= 64,
	[CT_DCCP_TIMEWAIT]	= 2 * MSL,
};

static enum nf_ct_why read_packet(const struct sk_buff *skb,
				  unsigned int dataoff,
				  struct nf_ct_dccp_pkt *pkt)
{
	unsigned int len = skb->len - dataoff;
	u8 buf[NF_CT_DCCP_PEEK];
	const u8 *head;

	if (skb->len < dataoff)
		return NF_CT_WHY_DCCP_SHORT;
	head = skb_header_pointer(skb, dataoff,
				  min_t(unsigned int, len, sizeof(buf)), buf);
	if (!head)
		return NF_CT_WHY_DCCP_SHORT;
	return nf_ct_dccp_parse(pkt, head, len);
}

/**
 * nf_ct_dccp_check - is the packet well formed and its checksum right?
 * @skb: the packet
 * @dataoff: where its DCCP header starts, in bytes from skb->data
 * @state: the hook it is at
 *
 * Context: softirq or BH off, under rcu_read_lock().
 * Return: NF_CT_WHY_OK or what is wrong.
 */
enum nf_ct_why nf_ct_dccp_check(struct sk_buff *skb, unsigned int dataoff,
				const struct nf_hook_state *state)
{
	struct nf_ct_dccp_pkt pkt;
	enum nf_ct_why why;

	why = read_packet(skb, dataoff, &pkt);
	if (!why && nf_ct_verifies_checksum(state) &&
	    nf_ct_checksum_partial(skb, state, dataoff, pkt.coverage,
				   IPPROTO_DCCP))
		why = NF_CT_WHY_DCCP_CHECKSUM;
	if (why)
		nf_ct_log_why(skb, state, IPPROTO_DCCP, why);
	return why;
}

/**
 * nf_ct_dccp_packet - judge a packet as part of its flow
 * @ct: the flow
 * @skb: the packet
 * @dataoff: where its DCCP header starts, in bytes from skb->data
 * @ctinfo: its direction and standing
 * @state: the hook it is at
 *
 * Context: softirq or BH off, under rcu_read_lock(); takes &nf_conn.lock.
 * Return: the outcome, for nf_ct_apply().
 */
struct nf_ct_step nf_ct_dccp_packet(struct nf_conn *ct, struct sk_buff *skb,
				    unsigned int dataoff,
				    enum ip_conntrack_info ctinfo,
				    const struct nf_hook_state *state)
{
	const unsigned int *timeouts;
	struct nf_ct_dccp_pkt pkt;
	struct nf_ct_step step;
	enum nf_ct_why why;

	timeouts = nf_ct_timeouts(ct,
				  nf_dccp_pernet(nf_ct_net(ct))->dccp_timeout);
	why = read_packet(skb, dataoff, &pkt);
	if (why) {
		step = nf_ct_invalid(why);
	} else {
		spin_lock_bh(&ct->lock);
		step = nf_ct_dccp_step(&ct->proto.dccp, &pkt,
				       CTINFO2DIR(ctinfo),
				       READ_ONCE(ct->status), timeouts);
		spin_unlock_bh(&ct->lock);
	}
	if (step.why)
		nf_ct_log_why(skb, state, IPPROTO_DCCP, step.why);
	return step;
}

static bool dccp_can_early_drop(const struct nf_conn *ct)
{
	return nf_ct_dccp_is_closing(ct->proto.dccp.state);
}

#ifdef CONFIG_NF_CONNTRACK_PROCFS
static void dccp_print_conntrack(struct seq_file *s, struct nf_conn *ct)
{
	seq_printf(s, "%s ", nf_ct_dccp_state_name(ct->proto.dccp.state));
}
#endif

static int put_protoinfo(struct sk_buff *skb, const struct nf_ct_dccp *dccp,
			 bool destroy)
{
	if (nla_put_u8(skb, CTA_PROTOINFO_DCCP_STATE, dccp->state))
		return -1;
	if (destroy)
		return 0;
	if (nla_put_u8(skb, CTA_PROTOINFO_DCCP_ROLE,
		       dccp->role[IP_CT_DIR_ORIGINAL]) ||
	    nla_put_be64(skb, CTA_PROTOINFO_DCCP_HANDSHAKE_SEQ,
			 cpu_to_be64(dccp->handshake_seq),
			 CTA_PROTOINFO_DCCP_PAD))
		return -1;
	return 0;
}

static int dccp_to_nlattr(struct sk_buff *skb, struct nlattr *nla,
			  struct nf_conn *ct, bool destroy)
{
	struct nf_ct_dccp dccp;
	struct nlattr *nest;

	spin_lock_bh(&ct->lock);
	dccp = ct->proto.dccp;
	spin_unlock_bh(&ct->lock);

	nest = nla_nest_start(skb, CTA_PROTOINFO_DCCP);
	if (!nest)
		return -1;
	if (put_protoinfo(skb, &dccp, destroy)) {
		nla_nest_cancel(skb, nest);
		return -1;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static const struct nla_policy protoinfo_policy[CTA_PROTOINFO_DCCP_MAX + 1] = {
	[CTA_PROTOINFO_DCCP_STATE]		= { .type = NLA_U8 },
	[CTA_PROTOINFO_DCCP_ROLE]		= { .type = NLA_U8 },
	[CTA_PROTOINFO_DCCP_HANDSHAKE_SEQ]	= { .type = NLA_U64 },
	[CTA_PROTOINFO_DCCP_PAD]		= { .type = NLA_UNSPEC },
};

static int dccp_from_nlattr(struct nlattr *cda[], struct nf_conn *ct)
{
	struct nlattr *tb[CTA_PROTOINFO_DCCP_MAX + 1];
	struct nlattr *attr = cda[CTA_PROTOINFO_DCCP];
	struct nlattr *seq;
	u8 state, role;
	int err;

	if (!attr)	/* ctnetlink lets an update leave it out */
		return 0;

	err = nla_parse_nested_deprecated(tb, CTA_PROTOINFO_DCCP_MAX, attr,
					  protoinfo_policy, NULL);
	if (err < 0)
		return err;
	if (!tb[CTA_PROTOINFO_DCCP_STATE] || !tb[CTA_PROTOINFO_DCCP_ROLE])
		return -EINVAL;
	state = nla_get_u8(tb[CTA_PROTOINFO_DCCP_STATE]);
	role = nla_get_u8(tb[CTA_PROTOINFO_DCCP_ROLE]);
	/* EINVAL is what programs know; a policy with a range says ERANGE */
	if (state > CT_DCCP_TIMEWAIT || role > CT_DCCP_ROLE_MAX)
		return -EINVAL;
	seq = tb[CTA_PROTOINFO_DCCP_HANDSHAKE_SEQ];

	spin_lock_bh(&ct->lock);
	ct->proto.dccp.state = state;
	ct->proto.dccp.role[IP_CT_DIR_ORIGINAL] = role;
	ct->proto.dccp.role[IP_CT_DIR_REPLY] = role == CT_DCCP_ROLE_CLIENT ?
					       CT_DCCP_ROLE_SERVER :
					       CT_DCCP_ROLE_CLIENT;
	if (seq)
		ct->proto.dccp.handshake_seq = be64_to_cpu(nla_get_be64(seq));
	spin_unlock_bh(&ct->lock);
	return 0;
}

static const u8 dccp_slots[] = {
	[CTA_TIMEOUT_DCCP_UNSPEC]	= NF_CT_TIMEOUT_SKIP,
	[CTA_TIMEOUT_DCCP_REQUEST]	= CT_DCCP_REQUEST,
	[CTA_TIMEOUT_DCCP_RESPOND]	= CT_DCCP_RESPOND,
	[CTA_TIMEOUT_DCCP_PARTOPEN]	= CT_DCCP_PARTOPEN,
	[CTA_TIMEOUT_DCCP_OPEN]		= CT_DCCP_OPEN,
	[CTA_TIMEOUT_DCCP_CLOSEREQ]	= CT_DCCP_CLOSEREQ,
	[CTA_TIMEOUT_DCCP_CLOSING]	= CT_DCCP_CLOSING,
	[CTA_TIMEOUT_DCCP_TIMEWAIT]	= CT_DCCP_TIMEWAIT,
};

static const struct nf_ct_timeout_map dccp_map = {
	.slot	= dccp_slots,
	.attrs	= ARRAY_SIZE(dccp_slots),
	.slots	= CT_DCCP_MAX + 1,
	.first	= CT_DCCP_REQUEST,
	.offset	= offsetof(struct nf_ip_net, dccp.dccp_timeout),
};

const struct nla_policy nf_ct_dccp_timeout_policy[CTA_TIMEOUT_DCCP_MAX + 1] = {
	[CTA_TIMEOUT_DCCP_REQUEST ... CTA_TIMEOUT_DCCP_TIMEWAIT] = {
		.type = NLA_U32,
	},
};

NF_CT_TIMEOUT_FUNCTIONS(dccp);

/**
 * nf_conntrack_dccp_init_net - give a namespace DCCP's default settings
 * @net: the namespace
 *
 * Context: process context, before any packet of @net is tracked.
 */
void nf_conntrack_dccp_init_net(struct net *net)
{
	struct nf_dccp_net *dn = nf_dccp_pernet(net);
	unsigned int i;

	/* the sysctl is there, but no flow is picked up midway, as in stock */
	dn->dccp_loose = 1;
	for (i = 0; i <= CT_DCCP_MAX; i++)
		dn->dccp_timeout[i] = default_timeouts[i] * HZ;
	dn->dccp_timeout[0] = dn->dccp_timeout[dccp_map.first];
}

const struct nf_conntrack_l4proto nf_conntrack_l4proto_dccp = {
	.l4proto		= IPPROTO_DCCP,
	.nlattr_size		= NLA_ALIGN(NLA_HDRLEN) +
				  2 * NLA_ALIGN(NLA_HDRLEN + sizeof(u8)) +
				  NLA_ALIGN(NLA_HDRLEN + sizeof(__be64)) +
				  NLA_ALIGN(NLA_HDRLEN), /* its padding */
	.can_early_drop		= dccp_can_early_drop,
#ifdef CONFIG_NF_CONNTRACK_PROCFS
	.print_conntrack	= dccp_print_conntrack,
#endif
	.to_nlattr		= dccp_to_nlattr,
	.from_nlattr		= dccp_from_nlattr,
	.tuple_to_nlattr	= nf_ct_port_tuple_to_nlattr,
	.nlattr_tuple_size	= nf_ct_port_nlattr_tuple_size,
	.nlattr_to_tuple	= nf_ct_port_nlattr_to_tuple,
	.nla_policy		= nf_ct_port_nla_policy,
	.ctnl_timeout		= {
		.nlattr_to_obj	= nf_ct_dccp_timeout_from_nlattr,
		.obj_to_nlattr	= nf_ct_dccp_timeout_to_nlattr,
		.nlattr_max	= CTA_TIMEOUT_DCCP_MAX,
		.obj_size	= sizeof_field(struct nf_dccp_net, dccp_timeout),
		.nla_policy	= nf_ct_dccp_timeout_policy,
	},
};
