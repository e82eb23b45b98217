/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What "-m conntrack" and "-m state" ask of a flow, and whether it answers.
 *
 * Pure: rule and flow in, yes or no out.  An option the rule leaves out has
 * no say; one it names must hold or, inverted, must not.
 *
 * The three revisions differ only in the width of two masks and in how a
 * port is written, so each is first read into struct xt_fields_rule.
 */
#ifndef NF_CT_XT_FIELDS_H
#define NF_CT_XT_FIELDS_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_state.h>
#include <net/netfilter/nf_conntrack_tuple.h>

/* Each flow has four ends: source and destination, in either direction. */
#define XT_FIELDS_ENDS		4

#define XT_FIELDS_OPTIONS	(2 * XT_CONNTRACK_STATE_ALIAS - 1)

#define XT_FIELDS_STATES					\
	(XT_CONNTRACK_STATE_INVALID |				\
	 XT_CONNTRACK_STATE_BIT(IP_CT_ESTABLISHED) |		\
	 XT_CONNTRACK_STATE_BIT(IP_CT_RELATED) |		\
	 XT_CONNTRACK_STATE_BIT(IP_CT_NEW) |			\
	 XT_CONNTRACK_STATE_SNAT | XT_CONNTRACK_STATE_DNAT |	\
	 XT_CONNTRACK_STATE_UNTRACKED)

/* A flow with any of these has a status; one with none has status NONE. */
#define XT_FIELDS_STATUS \
	(IPS_EXPECTED | IPS_SEEN_REPLY | IPS_ASSURED | IPS_CONFIRMED)

/* All revisions agree on their layout up to the flags. */
static_assert(offsetof(struct xt_conntrack_mtinfo1, invert_flags) ==
	      offsetof(struct xt_conntrack_mtinfo3, invert_flags));
static_assert(offsetof(struct xt_conntrack_mtinfo1, expires_min) ==
	      offsetof(struct xt_conntrack_mtinfo3, expires_min));
/* Revision 3 is revision 2 with four ports appended. */
static_assert(offsetof(struct xt_conntrack_mtinfo2, status_mask) ==
	      offsetof(struct xt_conntrack_mtinfo3, status_mask));

/**
 * struct xt_fields_rule - a rule of any revision
 * @common:	 the part that all revisions share
 * @state_mask:	 XT_CONNTRACK_STATE_* bits, any of which will do
 * @status_mask: IPS_* bits, any of which will do; 0 asks for a flow without
 *		 any of %XT_FIELDS_STATUS
 * @ports:	 one inclusive range for each end, in host order
 */
struct xt_fields_rule {
	const struct xt_conntrack_mtinfo1 *common;
	u16 state_mask;
	u16 status_mask;
	struct {
		u16 low;
		u16 high;
	} ports[XT_FIELDS_ENDS];
};

/**
 * struct xt_fields_flow - a packet's flow, as far as a rule can ask
 * @tuple:	both directions' tuples; NULL when the packet has no entry
 * @status:	IPS_* bits
 * @expires:	seconds left to live
 * @state:	XT_CONNTRACK_STATE_* bits, see xt_fields_state()
 * @dir:	the packet's direction
 */
struct xt_fields_flow {
	const struct nf_conntrack_tuple *tuple[IP_CT_DIR_MAX];
	unsigned long status;
	u32 expires;
	u16 state;
	enum ip_conntrack_dir dir;
};

/* One row for each end: its two options, where it is, where the rule is. */
struct xt_fields_end {
	u16 addr_flag;
	u16 port_flag;
	enum ip_conntrack_dir dir;
	bool is_dst;
	u16 addr;
	u16 mask;
	u16 port;
	u16 port_high;
};

#define XT_FIELDS_END(_flag, _field, _dir, _is_dst) {			\
	.addr_flag = XT_CONNTRACK_##_flag,				\
	.port_flag = XT_CONNTRACK_##_flag##_PORT,			\
	.dir = IP_CT_DIR_##_dir,					\
	.is_dst = _is_dst,						\
	.addr = offsetof(struct xt_conntrack_mtinfo3, _field##_addr),	\
	.mask = offsetof(struct xt_conntrack_mtinfo3, _field##_mask),	\
	.port = offsetof(struct xt_conntrack_mtinfo3, _field##_port),	\
	.port_high = offsetof(struct xt_conntrack_mtinfo3,		\
			      _field##_port_high),			\
}

static const struct xt_fields_end xt_fields_ends[XT_FIELDS_ENDS] = {
	XT_FIELDS_END(ORIGSRC, origsrc, ORIGINAL, false),
	XT_FIELDS_END(ORIGDST, origdst, ORIGINAL, true),
	XT_FIELDS_END(REPLSRC, replsrc, REPLY, false),
	XT_FIELDS_END(REPLDST, repldst, REPLY, true),
};

#define XT_FIELDS_TUPLE						\
	(XT_CONNTRACK_ORIGSRC | XT_CONNTRACK_ORIGSRC_PORT |	\
	 XT_CONNTRACK_ORIGDST | XT_CONNTRACK_ORIGDST_PORT |	\
	 XT_CONNTRACK_REPLSRC | XT_CONNTRACK_REPLSRC_PORT |	\
	 XT_CONNTRACK_REPLDST | XT_CONNTRACK_REPLDST_PORT)

/* Revisions 1 and 2: one port an end, in network order. */
static inline void xt_fields_exact_ports(struct xt_fields_rule *rule)
{
	const void *info = rule->common;
	unsigned int i;

	for (i = 0; i < XT_FIELDS_ENDS; i++) {
		const __be16 *port = info + xt_fields_ends[i].port;

		rule->ports[i].low = ntohs(*port);
		rule->ports[i].high = ntohs(*port);
	}
}

/* Revision 3: a range an end, in host order. */
static inline void xt_fields_port_ranges(struct xt_fields_rule *rule)
{
	const void *info = rule->common;
	unsigned int i;

	for (i = 0; i < XT_FIELDS_ENDS; i++) {
		const u16 *low = info + xt_fields_ends[i].port;
		const u16 *high = info + xt_fields_ends[i].port_high;

		rule->ports[i].low = *low;
		rule->ports[i].high = *high;
	}
}

/**
 * xt_fields_read - read a rule of any revision
 * @revision: 1, 2 or 3
 * @info: &struct xt_conntrack_mtinfo1, 2 or 3
 *
 * Context: any.
 * Return: the rule; it borrows @info.
 */
static inline struct xt_fields_rule
xt_fields_read(u8 revision, const void *info)
{
	const struct xt_conntrack_mtinfo1 *narrow = info;
	const struct xt_conntrack_mtinfo2 *wide = info;
	struct xt_fields_rule rule;

	rule.common = info;
	if (revision == 1) {
		rule.state_mask = narrow->state_mask;
		rule.status_mask = narrow->status_mask;
	} else {
		rule.state_mask = wide->state_mask;
		rule.status_mask = wide->status_mask;
	}

	if (revision < 3)
		xt_fields_exact_ports(&rule);
	else
		xt_fields_port_ranges(&rule);
	return rule;
}

static inline bool xt_fields_ports_valid(const struct xt_fields_rule *rule)
{
	unsigned int i;

	for (i = 0; i < XT_FIELDS_ENDS; i++)
		if (rule->common->match_flags & xt_fields_ends[i].port_flag &&
		    rule->ports[i].low > rule->ports[i].high)
			return false;
	return true;
}

/**
 * xt_fields_fault - judge a rule before it is inserted
 * @rule: what user space sent
 *
 * Context: any.
 * Return: what is wrong with @rule, or NULL when nothing is.
 */
static inline const char *xt_fields_fault(const struct xt_fields_rule *rule)
{
	u16 flags = rule->common->match_flags | rule->common->invert_flags;

	if (flags & ~XT_FIELDS_OPTIONS)
		return "unknown option";
	if (rule->common->match_flags & XT_CONNTRACK_STATE &&
	    rule->state_mask & ~XT_FIELDS_STATES)
		return "unknown state";
	if (!xt_fields_ports_valid(rule))
		return "port range ends before it begins";
	return NULL;
}

/**
 * xt_fields_state - a packet's state as rules name it
 * @tracked: the packet has an entry
 * @ctinfo: what stands beside the entry in &sk_buff._nfct
 * @status: the entry's IPS_* bits; they add the virtual states SNAT and DNAT
 *
 * Context: any.
 * Return: XT_CONNTRACK_STATE_* bits.
 */
static inline u16 xt_fields_state(bool tracked, enum ip_conntrack_info ctinfo,
				  unsigned long status)
{
	u16 state;

	if (!tracked)
		return ctinfo == IP_CT_UNTRACKED ?
		       XT_CONNTRACK_STATE_UNTRACKED :
		       XT_CONNTRACK_STATE_INVALID;

	state = XT_CONNTRACK_STATE_BIT(ctinfo);
	if (status & IPS_SRC_NAT)
		state |= XT_CONNTRACK_STATE_SNAT;
	if (status & IPS_DST_NAT)
		state |= XT_CONNTRACK_STATE_DNAT;
	return state;
}

/* No state has this bit: where it is set, the mask was inverted. */
#define XT_FIELDS_MASK_INVERTED		BIT(31)

#define XT_FIELDS_MASK_UNTRACKED \
	(XT_STATE_UNTRACKED | XT_CONNTRACK_STATE_UNTRACKED)

/**
 * xt_fields_mask_holds - does a packet's state answer "-m state"?
 * @mask: &xt_state_info.statemask; "! --state" sends its complement
 * @tracked: the packet has an entry
 * @ctinfo: what stands beside the entry in &sk_buff._nfct
 *
 * xt_state.h and xt_conntrack.h disagree on the bit for UNTRACKED, and
 * iptables sends the latter's.  Either will do; inverted, both must be set.
 *
 * Context: any.
 * Return: true when it does.
 */
static inline bool xt_fields_mask_holds(u32 mask, bool tracked,
					enum ip_conntrack_info ctinfo)
{
	u32 untracked = mask & XT_FIELDS_MASK_UNTRACKED;

	if (tracked)
		return mask & XT_STATE_BIT(ctinfo);
	if (ctinfo != IP_CT_UNTRACKED)
		return mask & XT_STATE_INVALID;
	if (mask & XT_FIELDS_MASK_INVERTED)
		return untracked == XT_FIELDS_MASK_UNTRACKED;
	return untracked;
}

/* Lets the flow by unless the rule asks for @flag and is told the opposite. */
static __always_inline bool
xt_fields_passes(const struct xt_fields_rule *rule, u16 flag, bool holds)
{
	if (!(rule->common->match_flags & flag))
		return true;
	return holds != !!(rule->common->invert_flags & flag);
}

static inline bool xt_fields_addr_holds(u16 l3num,
					const union nf_inet_addr *addr,
					const union nf_inet_addr *want,
					const union nf_inet_addr *mask)
{
	unsigned int words = l3num == NFPROTO_IPV4 ? 1 : ARRAY_SIZE(addr->all);
	unsigned int i;

	for (i = 0; i < words; i++)
		if ((addr->all[i] ^ want->all[i]) & mask->all[i])
			return false;
	return true;
}

static inline bool xt_fields_end_passes(const struct xt_fields_rule *rule,
					const struct xt_fields_flow *flow,
					unsigned int which)
{
	const struct xt_fields_end *end = &xt_fields_ends[which];
	const struct nf_conntrack_tuple *tuple = flow->tuple[end->dir];
	const void *info = rule->common;
	u16 port = ntohs(end->is_dst ? tuple->dst.u.all : tuple->src.u.all);

	return xt_fields_passes(rule, end->addr_flag,
				xt_fields_addr_holds(tuple->src.l3num,
						     end->is_dst ?
						     &tuple->dst.u3 :
						     &tuple->src.u3,
						     info + end->addr,
						     info + end->mask)) &&
	       xt_fields_passes(rule, end->port_flag,
				port >= rule->ports[which].low &&
				port <= rule->ports[which].high);
}

static inline bool xt_fields_ends_pass(const struct xt_fields_rule *rule,
				       const struct xt_fields_flow *flow)
{
	unsigned int i;

	if (!(rule->common->match_flags & XT_FIELDS_TUPLE))
		return true;
	for (i = 0; i < XT_FIELDS_ENDS; i++)
		if (!xt_fields_end_passes(rule, flow, i))
			return false;
	return true;
}

static inline bool xt_fields_status_holds(u16 mask, unsigned long status)
{
	return mask ? status & mask : !(status & XT_FIELDS_STATUS);
}

/**
 * xt_fields_match - does the flow answer the rule?
 * @rule: what to ask
 * @flow: whom
 *
 * A packet without an entry has a state and nothing else: a rule that asks
 * for a state it has matches, whatever more the rule asks, and a rule that
 * asks for no state does not.
 *
 * Context: any.
 * Return: true when every option that @rule asks for passes.
 */
static inline bool xt_fields_match(const struct xt_fields_rule *rule,
				   const struct xt_fields_flow *flow)
{
	const struct xt_conntrack_mtinfo1 *common = rule->common;
	const struct nf_conntrack_tuple *orig = flow->tuple[IP_CT_DIR_ORIGINAL];

	if (!xt_fields_passes(rule, XT_CONNTRACK_STATE,
			      flow->state & rule->state_mask))
		return false;
	if (!orig)
		return common->match_flags & XT_CONNTRACK_STATE;

	return xt_fields_passes(rule, XT_CONNTRACK_DIRECTION,
				flow->dir == IP_CT_DIR_ORIGINAL) &&
	       xt_fields_passes(rule, XT_CONNTRACK_PROTO,
				orig->dst.protonum == common->l4proto) &&
	       xt_fields_passes(rule, XT_CONNTRACK_STATUS,
				xt_fields_status_holds(rule->status_mask,
						       flow->status)) &&
	       xt_fields_passes(rule, XT_CONNTRACK_EXPIRES,
				flow->expires >= common->expires_min &&
				flow->expires <= common->expires_max) &&
	       xt_fields_ends_pass(rule, flow);
}

#endif /* NF_CT_XT_FIELDS_H */
