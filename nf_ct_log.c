// SPDX-License-Identifier: GPL-2.0-only
/*
 * What net.netfilter.nf_conntrack_log_invalid prints.
 *
 * The sysctl names one protocol, or all of them (255), or none (0).  Loggers
 * take locks of their own and may send packets, which are tracked in turn, so
 * no caller holds &nf_conn.lock here.
 */
#include <linux/in.h>
#include <linux/kernel.h>
#include <linux/netfilter.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_log.h>
#include <nf_ct/shell.h>
#include <nf_ct/why.h>

#define LOG_NONE	0
#define LOG_ALL		IPPROTO_RAW

static bool wanted(const struct net *net, u8 protonum)
{
	u8 which = READ_ONCE(net->ct.sysctl_log_invalid);

	/* 0 is a protocol's number, too. */
	if (which == LOG_NONE)
		return false;
	return which == LOG_ALL || which == protonum;
}

/**
 * nf_l4proto_log_invalid - log a packet that has no entry
 * @skb: the packet
 * @state: the hook it is at
 * @protonum: its layer 4 protocol, which log_invalid must name
 * @fmt: what is wrong with it, without a newline
 *
 * Context: softirq or BH off, under rcu_read_lock(); no &nf_conn.lock held.
 */
void nf_l4proto_log_invalid(const struct sk_buff *skb,
			    const struct nf_hook_state *state,
			    u8 protonum,
			    const char *fmt, ...)
{
	struct va_format text;
	va_list args;

	if (likely(!wanted(state->net, protonum)))
		return;

	va_start(args, fmt);
	text.fmt = fmt;
	text.va = &args;
	nf_log_packet(state->net, state->pf, 0, skb, state->in, state->out,
		      NULL, "nf_ct_proto_%d: %pV ", protonum, &text);
	va_end(args);
}

/**
 * nf_ct_l4proto_log_invalid - log a packet that its flow refused or ignored
 * @skb: the packet
 * @ct: its flow, whose protocol log_invalid must name
 * @state: the hook it is at
 * @fmt: what is wrong with it, without a newline
 *
 * Context: softirq or BH off, under rcu_read_lock(); no &nf_conn.lock held.
 */
void nf_ct_l4proto_log_invalid(const struct sk_buff *skb,
			       const struct nf_conn *ct,
			       const struct nf_hook_state *state,
			       const char *fmt, ...)
{
	struct va_format text;
	va_list args;

	if (likely(!wanted(nf_ct_net(ct), nf_ct_protonum(ct))))
		return;

	va_start(args, fmt);
	text.fmt = fmt;
	text.va = &args;
	nf_l4proto_log_invalid(skb, state, nf_ct_protonum(ct), "%pV", &text);
	va_end(args);
}

/**
 * nf_ct_log_why - log a packet by its reason alone
 * @skb: the packet
 * @state: the hook it is at
 * @protonum: its layer 4 protocol, which log_invalid must name
 * @why: the reason
 *
 * Context: softirq or BH off, under rcu_read_lock(); no &nf_conn.lock held.
 */
void nf_ct_log_why(const struct sk_buff *skb, const struct nf_hook_state *state,
		   u8 protonum, enum nf_ct_why why)
{
	nf_l4proto_log_invalid(skb, state, protonum, "%s", nf_ct_why_text(why));
}
