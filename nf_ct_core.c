// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connection tracking: a packet's way.
 *
 * Overview
 *
 *   PRE_ROUTING, LOCAL_OUT	nf_conntrack_in()
 *	has it an entry already, or is it untracked?	leave it
 *	check	is the packet well formed?		nf_ct_*_check()
 *	error	an ICMP error belongs to the flow it quotes	RELATED
 *	find	its tuple in the table			known flow
 *	else	an expectation, or nothing		RELATED or NEW
 *	judge	may this packet come now in this flow?	nf_ct_*_packet()
 *	apply	the tracker's decision			nf_ct_apply()
 *   (the ruleset runs: -m state, -m conntrack, NAT, ...)
 *   LOCAL_IN, POST_ROUTING	nf_ct_leave()
 *	the helper reads it, sequence numbers are adjusted, and a new entry is
 *	published					__nf_conntrack_confirm()
 *
 * A packet that fails a check or a judgement leaves with no entry attached,
 * which the ruleset sees as INVALID; the reason is counted and, if asked for,
 * logged.  Nothing here drops a packet but a full table, want of memory, a
 * lost race for the table, or a helper.
 *
 * Life of an entry
 *
 *   made		init_flow(): by a packet that is NEW; its reference
 *   confirmed		that packet passed: in the table, found by the next ones
 *   seen reply		a packet came the other way
 *   assured		the tracker says it is real: not to be evicted
 *   dying		expired, closed, evicted or deleted: out of the table
 *   destroyed		the last packet or master's child let go of it
 *
 * Synchronization
 *
 *   The packet path runs in softirq or with bottom halves off, under
 *   rcu_read_lock().  It takes no lock to find an entry (nf_ct_table.c), only
 *   nf_conn.lock around a tracker's step (nf_ct_shell_*.c), and two bucket
 *   locks once in the life of an entry, to publish it.
 */
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_acct.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_labels.h>
#include <net/netfilter/nf_conntrack_seqadj.h>
#include <net/netfilter/nf_conntrack_synproxy.h>
#include <net/netfilter/nf_conntrack_timeout.h>
#include <net/netfilter/nf_conntrack_timestamp.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <nf_ct/compat.h>
#include <nf_ct/entry.h>
#include <nf_ct/index.h>
#include <nf_ct/inline.h>
#include <nf_ct/invalid.h>
#include <nf_ct/net.h>
#include <nf_ct/shell.h>
#include <nf_ct/table.h>
#include <nf_ct/tuple.h>

/*
 * Dispatch: a switch, because an indirect call costs more than the work, and
 * before it the two protocols that nearly all packets are of.
 */

static enum nf_ct_why check_packet(struct sk_buff *skb, struct nf_ct_l4 l4,
				   const struct nf_hook_state *state)
{
	if (l4.protonum == IPPROTO_TCP)
		return nf_ct_tcp_check(skb, l4.offset, state);
	if (l4.protonum == IPPROTO_UDP)
		return nf_ct_udp_check(skb, l4.offset, state);

	switch (l4.protonum) {
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return nf_ct_icmp_check(skb, l4.offset, state);
#ifdef CONFIG_NF_CT_PROTO_UDPLITE
	case IPPROTO_UDPLITE:
		return nf_ct_udplite_check(skb, l4.offset, state);
#endif
#ifdef CONFIG_NF_CT_PROTO_SCTP
	case IPPROTO_SCTP:
		return nf_ct_sctp_check(skb, l4.offset, state);
#endif
#ifdef CONFIG_NF_CT_PROTO_DCCP
	case IPPROTO_DCCP:
		return nf_ct_dccp_check(skb, l4.offset, state);
#endif
#ifdef CONFIG_NF_CT_PROTO_GRE
	case IPPROTO_GRE:
		return nf_ct_gre_check(skb, l4.offset, state);
#endif
	}
	return nf_ct_generic_check(skb, l4.offset, state);
}

static __path_inline struct nf_ct_step
judge_packet(struct nf_conn *ct, struct sk_buff *skb, unsigned int dataoff,
	     enum ip_conntrack_info ctinfo, const struct nf_hook_state *state)
{
	const u8 protonum = nf_ct_protonum(ct);

	if (protonum == IPPROTO_TCP)
		return nf_ct_tcp_packet(ct, skb, dataoff, ctinfo, state);
	if (protonum == IPPROTO_UDP)
		return nf_ct_udp_packet(ct, skb, dataoff, ctinfo, state);

	switch (protonum) {
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return nf_ct_icmp_packet(ct, skb, dataoff, ctinfo, state);
#ifdef CONFIG_NF_CT_PROTO_UDPLITE
	case IPPROTO_UDPLITE:
		return nf_ct_udplite_packet(ct, skb, dataoff, ctinfo, state);
#endif
#ifdef CONFIG_NF_CT_PROTO_SCTP
	case IPPROTO_SCTP:
		return nf_ct_sctp_packet(ct, skb, dataoff, ctinfo, state);
#endif
#ifdef CONFIG_NF_CT_PROTO_DCCP
	case IPPROTO_DCCP:
		return nf_ct_dccp_packet(ct, skb, dataoff, ctinfo, state);
#endif
#ifdef CONFIG_NF_CT_PROTO_GRE
	case IPPROTO_GRE:
		return nf_ct_gre_packet(ct, skb, dataoff, ctinfo, state);
#endif
	}
	return nf_ct_generic_packet(ct, skb, dataoff, ctinfo, state);
}

/* A new flow ----------------------------------------------------------- */

/* Extensions a new entry may need, as the namespace and template ask. */
static void add_extensions(struct nf_conn *ct, struct nf_conn *tmpl)
{
	struct nf_conn_timeout *timeout = tmpl ? nf_ct_timeout_find(tmpl) : NULL;
	struct nf_conntrack_ecache *ecache = tmpl ? nf_ct_ecache_find(tmpl) : NULL;

	if (timeout)
		nf_ct_timeout_ext_add(ct, rcu_dereference(timeout->timeout),
				      GFP_ATOMIC);
	nf_ct_acct_ext_add(ct, GFP_ATOMIC);
	nf_ct_tstamp_ext_add(ct, GFP_ATOMIC);
	nf_ct_labels_ext_add(ct);
	nf_ct_ecache_ext_add(ct, ecache ? ecache->ctmask : 0,
			     ecache ? ecache->expmask : 0, GFP_ATOMIC);
}

/* What a flow inherits from the one whose helper expected it. */
static void adopt_by_master(struct nf_conn *ct, struct nf_conntrack_expect *exp)
{
	struct nf_conntrack_helper *helper;
	struct nf_conn_help *help;

	__set_bit(IPS_EXPECTED_BIT, &ct->status);
	ct->master = exp->master;	/* with the reference that came along */

	helper = nf_ct_exp_heir(exp);
	if (helper) {
		help = nf_ct_helper_ext_add(ct, GFP_ATOMIC);
		if (help)
			rcu_assign_pointer(help->helper, helper);
	}

#ifdef CONFIG_NF_CONNTRACK_MARK
	ct->mark = READ_ONCE(exp->master->mark);
#endif
#ifdef CONFIG_NF_CONNTRACK_SECMARK
	ct->secmark = exp->master->secmark;
#endif
	NF_CT_STAT_INC_ATOMIC(nf_ct_net(ct), expect_new);
}

static struct nf_conntrack_expect *
find_expectation(struct net *net, const struct nf_conntrack_net *cnet,
		 struct nf_conn *tmpl,
		 const struct nf_conntrack_zone *zone,
		 const struct nf_conntrack_tuple *tuple)
{
	if (!READ_ONCE(cnet->expect_count))
		return NULL;

	/* A conntrack that openvswitch or act_ct has not committed yet only
	 * asks; it must not use the expectation up.
	 */
	return nf_ct_find_expectation(net, zone, tuple,
				      !tmpl || nf_ct_is_confirmed(tmpl));
}

/*
 * Makes the entry of a flow not seen before.  Returns it with one reference,
 * which is the packet's, or an ERR_PTR: -ENOMEM when the table or memory is
 * full, -EINVAL when the tuple cannot be answered.
 *
 * Not inlined, like the outcomes further below: what it needs of the stack
 * would be cleared for every packet of every known flow.
 */
static noinline struct nf_conn *
init_flow(struct net *net, struct nf_conn *tmpl,
	  const struct nf_conntrack_zone *zone,
	  const struct nf_conntrack_tuple *tuple, u32 hash)
{
	struct nf_conntrack_net *cnet = &nf_ct_net_rcu(net)->base;
	struct nf_conntrack_expect *exp;
	struct nf_conntrack_tuple reply;
	struct nf_conn *ct;

	if (!nf_ct_invert_tuple(&reply, tuple))
		return ERR_PTR(-EINVAL);

	if (!nf_ct_charge(net, cnet, hash))
		return ERR_PTR(-ENOMEM);
	ct = nf_ct_alloc(net, zone, tuple, &reply, hash, GFP_ATOMIC);
	if (IS_ERR(ct))
		return ct;

	if (!nf_ct_add_synproxy(ct, tmpl)) {
		nf_conntrack_free(ct);
		return ERR_PTR(-ENOMEM);
	}

	add_extensions(ct, tmpl);

	exp = find_expectation(net, cnet, tmpl, zone, tuple);
	if (exp)
		adopt_by_master(ct, exp);
	else
		__nf_ct_try_assign_helper(ct, tmpl, GFP_ATOMIC);

	/* Complete: from here on a reader that finds a reference may use it.
	 * Pairs with smp_acquire__after_ctrl_dep() in nf_ct_index.c.
	 */
	smp_wmb();
	refcount_set(&ct->ct_general.use, 1);

	if (exp) {
		if (exp->expectfn)
			exp->expectfn(ct, exp);
		nf_ct_expect_put(exp);
	}
	return ct;
}

/* A known flow --------------------------------------------------------- */

/* The state that -m state will see, from the direction and the entry. */
static enum ip_conntrack_info ctinfo_of(struct nf_ct_found found)
{
	unsigned long status = READ_ONCE(nf_ct_found_entry(found)->status);

	if (nf_ct_found_dir(found) == IP_CT_DIR_REPLY)
		return IP_CT_ESTABLISHED_REPLY;
	if (status & IPS_SEEN_REPLY)
		return IP_CT_ESTABLISHED;
	if (status & IPS_EXPECTED)
		return IP_CT_RELATED;
	return IP_CT_NEW;
}

/* Finds or makes the packet's entry and attaches it, with a reference. */
static __path_inline struct nf_conn *
attach_flow(struct sk_buff *skb, struct nf_conn *tmpl, struct nf_ct_l4 l4,
	    const struct nf_hook_state *state)
{
	const struct nf_conntrack_zone *zone;
	struct nf_conntrack_tuple tuple;
	struct nf_conntrack_zone tmp;
	struct nf_ct_found found;
	struct nf_conn *ct;
	u32 hash;

	if (!nf_ct_tuple_read(skb, skb_network_offset(skb), l4, state->pf,
			      state->net, &tuple))
		return ERR_PTR(-EINVAL);

	zone = nf_ct_zone_tmpl(tmpl, skb, &tmp);
	found = nf_ct_index_lookup(state->net, zone, &tuple, &hash);
	if (unlikely(!found.word)) {
		ct = init_flow(state->net, tmpl, zone, &tuple, hash);
		if (IS_ERR(ct))
			return ct;
		found = nf_ct_found(ct, IP_CT_DIR_ORIGINAL);
	}
	ct = nf_ct_found_entry(found);
	nf_ct_set(skb, ct, ctinfo_of(found));
	return ct;
}

/* Outcomes ------------------------------------------------------------- */

/* @ct in these: the packet's entry, the template it came with, or NULL. */

static noinline unsigned int
invalid(const struct nf_hook_state *state, const struct sk_buff *skb,
	const struct nf_conn *ct, enum nf_ct_why why)
{
	NF_CT_STAT_INC_ATOMIC(state->net, invalid);
	nf_ct_note(state->net, state->pf, skb, ct, why, NF_CT_OUTCOME_INVALID);
	return NF_ACCEPT;
}

/* INVALID too, but /proc/net/stat has a column of its own for these. */
static noinline unsigned int
icmp_error(const struct nf_hook_state *state, const struct sk_buff *skb,
	   const struct nf_conn *ct, enum nf_ct_why why)
{
	NF_CT_STAT_INC_ATOMIC(state->net, error);
	nf_ct_note(state->net, state->pf, skb, ct, why, NF_CT_OUTCOME_INVALID);
	return NF_ACCEPT;
}

static noinline unsigned int drop(struct net *net, u8 pf,
				  const struct sk_buff *skb,
				  const struct nf_conn *ct, enum nf_ct_why why)
{
	NF_CT_STAT_INC_ATOMIC(net, drop);
	nf_ct_note(net, pf, skb, ct, why, NF_CT_OUTCOME_DROPPED);
	return NF_DROP;
}

/* The tracker refused or ignored a packet; TCP's shell has traced it. */
static noinline void note_step(const struct nf_hook_state *state,
			       const struct sk_buff *skb,
			       const struct nf_conn *ct, struct nf_ct_step step)
{
	if (step.fate == NF_CT_INVALID)
		NF_CT_STAT_INC_ATOMIC(state->net, invalid);

	if (nf_ct_protonum(ct) == IPPROTO_TCP)
		nf_ct_count_why(state->net, step.why);
	else
		nf_ct_note(state->net, state->pf, skb, ct, step.why,
			   nf_ct_outcome_of(step.fate));
}

static void detach_flow(struct sk_buff *skb, struct nf_conn *ct)
{
	nf_ct_put(ct);
	skb->_nfct = 0;
}

/* The first packet that came the other way: both ends exist. */
static void note_reply(struct nf_conn *ct, enum ip_conntrack_info ctinfo)
{
	if (ctinfo != IP_CT_ESTABLISHED_REPLY ||
	    test_bit(IPS_SEEN_REPLY_BIT, &ct->status))
		return;

	if (!test_and_set_bit(IPS_SEEN_REPLY_BIT, &ct->status))
		nf_conntrack_event_cache(IPCT_REPLY, ct);
}

/* One attempt to make the packet part of the flow that its tuple names. */
static __path_inline enum nf_ct_fate
join_flow(struct sk_buff *skb, struct nf_conn *ct, struct nf_ct_l4 l4,
	  const struct nf_hook_state *state)
{
	enum ip_conntrack_info ctinfo = skb->_nfct & NFCT_INFOMASK;
	const struct nf_ct_step step = judge_packet(ct, skb, l4.offset, ctinfo,
						    state);

	nf_ct_apply(ct, skb, ctinfo, step);

	if (unlikely(step.fate == NF_CT_INVALID || step.fate == NF_CT_IGNORED))
		note_step(state, skb, ct, step);
	if (unlikely(step.fate == NF_CT_INVALID ||
		     step.fate == NF_CT_REOPENED))
		detach_flow(skb, ct);
	else
		note_reply(ct, ctinfo);
	return step.fate;
}

static unsigned int track(struct sk_buff *skb, struct nf_conn *tmpl,
			  struct nf_ct_l4 l4, const struct nf_hook_state *state)
{
	struct nf_conn *ct;

	do {
		ct = attach_flow(skb, tmpl, l4, state);
		if (IS_ERR(ct))
			return PTR_ERR(ct) == -EINVAL ?
			       invalid(state, skb, tmpl, NF_CT_WHY_NO_TUPLE) :
			       drop(state->net, state->pf, skb, tmpl,
				    NF_CT_WHY_TABLE_FULL);
	} while (unlikely(join_flow(skb, ct, l4, state) == NF_CT_REOPENED));

	return NF_ACCEPT;
}

/* Entry points --------------------------------------------------------- */

static bool is_icmp(struct nf_ct_l4 l4)
{
	return l4.protonum == IPPROTO_ICMP || l4.protonum == IPPROTO_ICMPV6;
}

static unsigned int conntrack_in(struct sk_buff *skb, struct nf_conn *tmpl,
				 const struct nf_hook_state *state)
{
	struct nf_ct_l4 l4;
	enum nf_ct_why why;

	l4 = nf_ct_l4_find(skb, skb_network_offset(skb), state->pf);
	if (l4.offset < 0)
		return invalid(state, skb, tmpl, NF_CT_WHY_NO_TUPLE);

	why = check_packet(skb, l4, state);
	if (unlikely(is_icmp(l4))) {
		if (!why)
			why = nf_ct_icmp_error(tmpl, skb, l4.offset, state);
		if (why)
			return icmp_error(state, skb, tmpl, why);
		if (skb->_nfct)
			return NF_ACCEPT;	/* RELATED, or untracked */
	}
	if (unlikely(why))
		return invalid(state, skb, tmpl, why);

	return track(skb, tmpl, l4, state);
}

/**
 * nf_conntrack_in - track a packet that enters the ruleset
 * @skb:	the packet, whole (after defragmentation), network header set
 * @state:	the hook it is at
 *
 * Attaches the packet's entry to it; see the overview above.
 *
 * Context: softirq or BH off, rcu_read_lock() held.
 * Return: NF_ACCEPT, also for a packet that is INVALID; NF_DROP when the
 * table is full.
 */
unsigned int nf_conntrack_in(struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *tmpl;
	unsigned int verdict;

	tmpl = nf_ct_get(skb, &ctinfo);
	if (tmpl || ctinfo == IP_CT_UNTRACKED) {
		/* Seen before (loopback), or exempted by the raw table. */
		if (ctinfo == IP_CT_UNTRACKED || !nf_ct_is_template(tmpl))
			return NF_ACCEPT;
		skb->_nfct = 0;
	}

	verdict = conntrack_in(skb, tmpl, state);

	if (tmpl)
		nf_ct_put(tmpl);
	return verdict;
}

static __path_inline int run_helper(struct sk_buff *skb, unsigned int protoff,
				    struct nf_conn *ct,
				    enum ip_conntrack_info ctinfo)
{
	const struct nf_conn_help *help = nfct_help(ct);
	const struct nf_conntrack_helper *helper;

	/* Of an entry that left the table nobody takes the helper away: a packet
	 * that was held long enough would meet the module's memory unmapped.
	 */
	if (!help || nf_ct_is_dying(ct))
		return NF_ACCEPT;

	helper = rcu_dereference(help->helper);
	if (!helper)
		return NF_ACCEPT;

	return helper->help(skb, protoff, ct, ctinfo);
}

/*
 * NAT has decided since what port the server listens on: a helper assigned by
 * port is chosen anew.  One that comes only now will rewrite text, as NAT made
 * sure for the one it saw.
 */
static bool rechoose_helper(struct nf_conn *ct)
{
	const struct nf_conn_help *help = nfct_help(ct);

	if (ct->master || (help && !hlist_empty(&help->expectations)))
		return true;

	__nf_ct_try_assign_helper(ct, NULL, GFP_ATOMIC);
	return !nfct_help(ct) || nfct_seqadj(ct) || nfct_seqadj_ext_add(ct);
}

/**
 * nf_ct_leave - a packet leaves the ruleset
 * @skb:	the packet
 * @protoff:	offset of its transport header, bytes from skb->data
 * @ct:		its entry
 * @ctinfo:	its direction and state
 *
 * Context: softirq or BH off, rcu_read_lock() held.
 * Return: a netfilter verdict.
 */
__path_inline unsigned int nf_ct_leave(struct sk_buff *skb,
				       unsigned int protoff, struct nf_conn *ct,
				       enum ip_conntrack_info ctinfo)
{
	struct net *net = nf_ct_net(ct);
	u8 pf = nf_ct_l3num(ct);
	int verdict;

	if (!nf_ct_is_confirmed(ct) && ct->status & IPS_DST_NAT &&
	    !rechoose_helper(ct))
		return drop(net, pf, skb, ct, NF_CT_WHY_NO_MEMORY);

	verdict = run_helper(skb, protoff, ct, ctinfo);
	if (verdict != NF_ACCEPT) {
		if (verdict == NF_DROP)
			drop(net, pf, skb, ct, NF_CT_WHY_HELPER);
		return verdict;
	}

	/* RELATED is an ICMP error: what is adjusted is not where TCP has it. */
	if (test_bit(IPS_SEQ_ADJUST_BIT, &ct->status) &&
	    ctinfo != IP_CT_RELATED && !nf_is_loopback_packet(skb) &&
	    !nf_ct_seq_adjust(skb, ct, ctinfo, protoff))
		return drop(net, pf, skb, ct, NF_CT_WHY_NO_MEMORY);

	return nf_conntrack_confirm(skb);
}
