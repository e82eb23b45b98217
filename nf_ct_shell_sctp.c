// SPDX-License-Identifier: GPL-2.0-only
/*
 * SCTP, the part that touches packets, locks and netlink.
 *
 * The rules are in nf_ct_proto_sctp.c.
 */
#include <linux/crc32.h>
#include <linux/crc32c.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nfnetlink_cttimeout.h>
#include <linux/sctp.h>
#include <linux/seq_file.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <nf_ct/sctp.h>
#include <nf_ct/shell.h>
#include <nf_ct/timeout_policy.h>

/* In seconds; the sysctls nf_conntrack_sctp_timeout_*. */
static const unsigned int default_timeouts[SCTP_CONNTRACK_MAX] = {
	[SCTP_CONNTRACK_CLOSED]			= 10,
	[SCTP_CONNTRACK_COOKIE_WAIT]		= 3,
	[SCTP_CONNTRACK_COOKIE_ECHOED]		= 3,
	[SCTP_CONNTRACK_ESTABLISHED]		= 210,
	[SCTP_CONNTRACK_SHUTDOWN_SENT]		= 3,
	[SCTP_CONNTRACK_SHUTDOWN_RECD]		= 3,
	[SCTP_CONNTRACK_SHUTDOWN_ACK_SENT]	= 3,
	[SCTP_CONNTRACK_HEARTBEAT_SENT]		= 30,
};

/*
 * CRC32c is not the internet checksum, so what hardware has summed up
 * (CHECKSUM_COMPLETE) is of no help.
 */
static bool checksum_wanted(const struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	return nf_ct_verifies_checksum(state) &&
	       (skb->ip_summed == CHECKSUM_NONE ||
		skb->ip_summed == CHECKSUM_COMPLETE);
}

static __wsum crc_update(const void *buf, int len, __wsum crc)
{
	return (__force __wsum)crc32c((__force u32)crc, buf, len);
}

static __wsum crc_combine(__wsum crc, __wsum next, int offset, int len)
{
	return (__force __wsum)__crc32c_le_combine((__force u32)crc,
						   (__force u32)next, len);
}

static const struct skb_checksum_ops crc32c_ops = {
	.update		= crc_update,
	.combine	= crc_combine,
};

/*
 * RFC 9260, 6.8: CRC32c over header and chunks, the checksum taken as 0.
 * That field is summed from zeros of our own: the packet may be shared.
 */
static enum nf_ct_why verify_checksum(struct sk_buff *skb, unsigned int dataoff)
{
	const unsigned int before = offsetof(struct sctphdr, checksum);
	struct sctphdr _sh, *sh;
	__le32 zero = 0;
	__wsum crc;

	sh = skb_header_pointer(skb, dataoff, sizeof(_sh), &_sh);
	if (!sh)
		return NF_CT_WHY_SCTP_SHORT;
	crc = crc_update(sh, before, ~(__force __wsum)0);
	crc = crc_update(&zero, sizeof(zero), crc);
	dataoff += sizeof(*sh);
	crc = __skb_checksum(skb, dataoff, skb->len - dataoff, crc,
			     &crc32c_ops);
	if (sh->checksum != cpu_to_le32(~(__force u32)crc))
		return NF_CT_WHY_SCTP_CHECKSUM;
	if (skb->ip_summed == CHECKSUM_NONE)	/* spare the next reader */
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	return NF_CT_WHY_OK;
}

/**
 * nf_ct_sctp_check - is the packet well formed and its checksum right?
 * @skb: the packet
 * @dataoff: where its SCTP header starts, in bytes from skb->data
 * @state: the hook it is at
 *
 * Chunks are left to nf_ct_sctp_packet(), which reads them anyway.
 *
 * Context: softirq or BH off, under rcu_read_lock().
 * Return: NF_CT_WHY_OK or what is wrong.
 */
enum nf_ct_why nf_ct_sctp_check(struct sk_buff *skb, unsigned int dataoff,
				const struct nf_hook_state *state)
{
	enum nf_ct_why why = NF_CT_WHY_OK;

	if (skb->len < dataoff + sizeof(struct sctphdr))
		why = NF_CT_WHY_SCTP_SHORT;
	else if (checksum_wanted(skb, state))
		why = verify_checksum(skb, dataoff);
	if (why)
		nf_ct_log_why(skb, state, IPPROTO_SCTP, why);
	return why;
}

static enum nf_ct_why read_packet(const struct sk_buff *skb,
				  unsigned int offset,
				  struct nf_ct_sctp_pkt *pkt)
{
	u8 buf[NF_CT_SCTP_CHUNK_PEEK];
	const struct sctphdr *sh;
	unsigned int left, step;
	struct sctphdr _sh;
	enum nf_ct_why why;
	const u8 *head;

	sh = skb_header_pointer(skb, offset, sizeof(_sh), &_sh);
	if (!sh)
		return NF_CT_WHY_SCTP_SHORT;
	memset(pkt, 0, sizeof(*pkt));
	pkt->vtag = sh->vtag;

	/* each step is at least a chunk header long, so this ends */
	for (offset += sizeof(_sh); offset < skb->len; offset += step) {
		left = skb->len - offset;
		head = skb_header_pointer(skb, offset,
					  min_t(unsigned int, left, sizeof(buf)),
					  buf);
		if (!head)
			return NF_CT_WHY_SCTP_CHUNK;
		why = nf_ct_sctp_chunk(pkt, head, left, &step);
		if (why)
			return why;
	}
	return NF_CT_WHY_OK;
}

/**
 * nf_ct_sctp_packet - judge a packet as part of its flow
 * @ct: the flow
 * @skb: the packet
 * @dataoff: where its SCTP header starts, in bytes from skb->data
 * @ctinfo: its direction and standing
 * @state: the hook it is at
 *
 * Context: softirq or BH off, under rcu_read_lock(); takes &nf_conn.lock.
 * Return: the outcome, for nf_ct_apply().
 */
struct nf_ct_step nf_ct_sctp_packet(struct nf_conn *ct, struct sk_buff *skb,
				    unsigned int dataoff,
				    enum ip_conntrack_info ctinfo,
				    const struct nf_hook_state *state)
{
	enum ip_conntrack_dir dir = CTINFO2DIR(ctinfo);
	const unsigned int *timeouts;
	struct nf_ct_sctp_pkt pkt;
	struct nf_ct_step step;
	enum nf_ct_why why;
	__be32 vtag = 0;

	timeouts = nf_ct_timeouts(ct, nf_sctp_pernet(nf_ct_net(ct))->timeouts);
	why = read_packet(skb, dataoff, &pkt);
	if (why) {
		step = nf_ct_invalid(why);
	} else {
		spin_lock_bh(&ct->lock);
		step = nf_ct_sctp_step(&ct->proto.sctp, &pkt, dir, timeouts);
		vtag = ct->proto.sctp.vtag[dir];
		spin_unlock_bh(&ct->lock);
	}
	/* as stock has it, unswapped; with the T bit it may be the other's */
	if (step.why == NF_CT_WHY_SCTP_VTAG && pkt.vtag != vtag)
		nf_ct_l4proto_log_invalid(skb, ct, state,
					  "verification tag check failed %x vs %x for dir %d",
					  (__force u32)pkt.vtag,
					  (__force u32)vtag, dir);
	else if (step.fate == NF_CT_INVALID)
		nf_ct_log_why(skb, state, IPPROTO_SCTP, step.why);
	return step;
}

static bool sctp_can_early_drop(const struct nf_conn *ct)
{
	return nf_ct_sctp_is_closing(ct->proto.sctp.state);
}

#ifdef CONFIG_NF_CONNTRACK_PROCFS
static void sctp_print_conntrack(struct seq_file *s, struct nf_conn *ct)
{
	seq_printf(s, "%s ", nf_ct_sctp_state_name(ct->proto.sctp.state));
}
#endif

static int put_protoinfo(struct sk_buff *skb, const struct ip_ct_sctp *sctp,
			 bool destroy)
{
	if (nla_put_u8(skb, CTA_PROTOINFO_SCTP_STATE, sctp->state))
		return -1;
	if (destroy)
		return 0;
	if (nla_put_be32(skb, CTA_PROTOINFO_SCTP_VTAG_ORIGINAL,
			 sctp->vtag[IP_CT_DIR_ORIGINAL]) ||
	    nla_put_be32(skb, CTA_PROTOINFO_SCTP_VTAG_REPLY,
			 sctp->vtag[IP_CT_DIR_REPLY]))
		return -1;
	return 0;
}

static int sctp_to_nlattr(struct sk_buff *skb, struct nlattr *nla,
			  struct nf_conn *ct, bool destroy)
{
	struct ip_ct_sctp sctp;
	struct nlattr *nest;

	spin_lock_bh(&ct->lock);
	sctp = ct->proto.sctp;
	spin_unlock_bh(&ct->lock);

	nest = nla_nest_start(skb, CTA_PROTOINFO_SCTP);
	if (!nest)
		return -1;
	if (put_protoinfo(skb, &sctp, destroy)) {
		nla_nest_cancel(skb, nest);
		return -1;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static const struct nla_policy protoinfo_policy[CTA_PROTOINFO_SCTP_MAX + 1] = {
	[CTA_PROTOINFO_SCTP_STATE] =
		NLA_POLICY_MAX(NLA_U8, SCTP_CONNTRACK_HEARTBEAT_SENT),
	[CTA_PROTOINFO_SCTP_VTAG_ORIGINAL]	= { .type = NLA_U32 },
	[CTA_PROTOINFO_SCTP_VTAG_REPLY]		= { .type = NLA_U32 },
};

/* All three or nothing: a state without its tags would refuse every packet. */
static int sctp_from_nlattr(struct nlattr *cda[], struct nf_conn *ct)
{
	struct nlattr *tb[CTA_PROTOINFO_SCTP_MAX + 1];
	struct nlattr *attr = cda[CTA_PROTOINFO_SCTP];
	int err;

	if (!attr)	/* ctnetlink lets an update leave it out */
		return 0;

	err = nla_parse_nested_deprecated(tb, CTA_PROTOINFO_SCTP_MAX, attr,
					  protoinfo_policy, NULL);
	if (err < 0)
		return err;
	if (!tb[CTA_PROTOINFO_SCTP_STATE] ||
	    !tb[CTA_PROTOINFO_SCTP_VTAG_ORIGINAL] ||
	    !tb[CTA_PROTOINFO_SCTP_VTAG_REPLY])
		return -EINVAL;

	spin_lock_bh(&ct->lock);
	ct->proto.sctp.state = nla_get_u8(tb[CTA_PROTOINFO_SCTP_STATE]);
	ct->proto.sctp.vtag[IP_CT_DIR_ORIGINAL] =
		nla_get_be32(tb[CTA_PROTOINFO_SCTP_VTAG_ORIGINAL]);
	ct->proto.sctp.vtag[IP_CT_DIR_REPLY] =
		nla_get_be32(tb[CTA_PROTOINFO_SCTP_VTAG_REPLY]);
	spin_unlock_bh(&ct->lock);
	return 0;
}

static const u8 sctp_slots[] = {
	[CTA_TIMEOUT_SCTP_UNSPEC]	 = NF_CT_TIMEOUT_SKIP,
	[CTA_TIMEOUT_SCTP_CLOSED]	 = SCTP_CONNTRACK_CLOSED,
	[CTA_TIMEOUT_SCTP_COOKIE_WAIT]	 = SCTP_CONNTRACK_COOKIE_WAIT,
	[CTA_TIMEOUT_SCTP_COOKIE_ECHOED] = SCTP_CONNTRACK_COOKIE_ECHOED,
	[CTA_TIMEOUT_SCTP_ESTABLISHED]	 = SCTP_CONNTRACK_ESTABLISHED,
	[CTA_TIMEOUT_SCTP_SHUTDOWN_SENT] = SCTP_CONNTRACK_SHUTDOWN_SENT,
	[CTA_TIMEOUT_SCTP_SHUTDOWN_RECD] = SCTP_CONNTRACK_SHUTDOWN_RECD,
	[CTA_TIMEOUT_SCTP_SHUTDOWN_ACK_SENT] = SCTP_CONNTRACK_SHUTDOWN_ACK_SENT,
	[CTA_TIMEOUT_SCTP_HEARTBEAT_SENT] = SCTP_CONNTRACK_HEARTBEAT_SENT,
	/* no state any more, but user space still sends and expects it */
	[CTA_TIMEOUT_SCTP_HEARTBEAT_ACKED] = SCTP_CONNTRACK_HEARTBEAT_ACKED,
};

static const struct nf_ct_timeout_map sctp_map = {
	.slot	= sctp_slots,
	.attrs	= ARRAY_SIZE(sctp_slots),
	.slots	= SCTP_CONNTRACK_MAX,
	.first	= SCTP_CONNTRACK_CLOSED,
	.offset	= offsetof(struct nf_ip_net, sctp.timeouts),
};

const struct nla_policy nf_ct_sctp_timeout_policy[CTA_TIMEOUT_SCTP_MAX + 1] = {
	[CTA_TIMEOUT_SCTP_CLOSED ... CTA_TIMEOUT_SCTP_HEARTBEAT_ACKED] = {
		.type = NLA_U32,
	},
};

NF_CT_TIMEOUT_FUNCTIONS(sctp);

/**
 * nf_conntrack_sctp_init_net - give a namespace SCTP's default timeouts
 * @net: the namespace
 *
 * Context: process context, before any packet of @net is tracked.
 */
void nf_conntrack_sctp_init_net(struct net *net)
{
	struct nf_sctp_net *sn = nf_sctp_pernet(net);
	unsigned int i;

	for (i = 0; i < SCTP_CONNTRACK_MAX; i++)
		sn->timeouts[i] = default_timeouts[i] * HZ;
	sn->timeouts[0] = sn->timeouts[sctp_map.first];
}

const struct nf_conntrack_l4proto nf_conntrack_l4proto_sctp = {
	.l4proto		= IPPROTO_SCTP,
	.nlattr_size		= NLA_ALIGN(NLA_HDRLEN) +
				  NLA_ALIGN(NLA_HDRLEN + sizeof(u8)) +
				  2 * NLA_ALIGN(NLA_HDRLEN + sizeof(__be32)),
	.can_early_drop		= sctp_can_early_drop,
#ifdef CONFIG_NF_CONNTRACK_PROCFS
	.print_conntrack	= sctp_print_conntrack,
#endif
	.to_nlattr		= sctp_to_nlattr,
	.from_nlattr		= sctp_from_nlattr,
	.tuple_to_nlattr	= nf_ct_port_tuple_to_nlattr,
	.nlattr_tuple_size	= nf_ct_port_nlattr_tuple_size,
	.nlattr_to_tuple	= nf_ct_port_nlattr_to_tuple,
	.nla_policy		= nf_ct_port_nla_policy,
	.ctnl_timeout		= {
		.nlattr_to_obj	= nf_ct_sctp_timeout_from_nlattr,
		.obj_to_nlattr	= nf_ct_sctp_timeout_to_nlattr,
		.nlattr_max	= CTA_TIMEOUT_SCTP_MAX,
		.obj_size	= sizeof_field(struct nf_sctp_net, timeouts),
		.nla_policy	= nf_ct_sctp_timeout_policy,
	},
};
