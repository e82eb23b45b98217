// SPDX-License-Identifier: GPL-2.0-only
/*
 * iptables' "-m conntrack", revisions 1 to 3: match a packet by the state,
 * tuples, status, lifetime and direction of its flow.
 *
 * This file fetches the facts; include/nf_ct/xt_fields.h decides.  A rule
 * keeps its family's hooks in place for as long as it stands.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/netfilter/x_tables.h>
#include <linux/skbuff.h>
#include <net/netfilter/nf_conntrack.h>
#include <nf_ct/version.h>
#include <nf_ct/xt_fields.h>

MODULE_DESCRIPTION("Xtables match on a flow's state, addresses, ports, status and lifetime");
MODULE_LICENSE("GPL");
MODULE_VERSION(NF_CT_VERSION);
MODULE_ALIAS("ipt_conntrack");
MODULE_ALIAS("ip6t_conntrack");

/* Until an entry is confirmed its timeout is still a length of time. */
static u32 seconds_left(const struct nf_conn *ct)
{
	if (!nf_ct_is_confirmed(ct))
		return READ_ONCE(ct->timeout) / HZ;
	return nf_ct_expires(ct) / HZ;
}

static struct xt_fields_flow flow_of(const struct sk_buff *skb)
{
	struct xt_fields_flow flow = {};
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct;

	ct = nf_ct_get(skb, &ctinfo);
	if (ct) {
		flow.tuple[IP_CT_DIR_ORIGINAL] =
			nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL);
		flow.tuple[IP_CT_DIR_REPLY] = nf_ct_tuple(ct, IP_CT_DIR_REPLY);
		flow.status = READ_ONCE(ct->status);
		flow.expires = seconds_left(ct);
		flow.dir = CTINFO2DIR(ctinfo);
	}
	flow.state = xt_fields_state(ct, ctinfo, flow.status);
	return flow;
}

static bool conntrack_mt(const struct sk_buff *skb, struct xt_action_param *par)
{
	struct xt_fields_rule rule = xt_fields_read(par->match->revision,
						    par->matchinfo);
	struct xt_fields_flow flow = flow_of(skb);

	return xt_fields_match(&rule, &flow);
}

static int conntrack_mt_check(const struct xt_mtchk_param *par)
{
	struct xt_fields_rule rule = xt_fields_read(par->match->revision,
						    par->matchinfo);
	const char *fault = xt_fields_fault(&rule);
	int err;

	if (fault) {
		pr_info_ratelimited("%s\n", fault);
		return -EINVAL;
	}

	err = nf_ct_netns_get(par->net, par->family);
	if (err < 0)
		pr_info_ratelimited("cannot load conntrack support for proto=%u\n",
				    par->family);
	return err;
}

static void conntrack_mt_destroy(const struct xt_mtdtor_param *par)
{
	nf_ct_netns_put(par->net, par->family);
}

#define CONNTRACK_MT(_revision)	{					\
	.name		= "conntrack",					\
	.revision	= _revision,					\
	.family		= NFPROTO_UNSPEC,				\
	.matchsize	= sizeof(struct xt_conntrack_mtinfo##_revision), \
	.match		= conntrack_mt,					\
	.checkentry	= conntrack_mt_check,				\
	.destroy	= conntrack_mt_destroy,				\
	.me		= THIS_MODULE,					\
}

static struct xt_match conntrack_mt_reg[] __read_mostly = {
	CONNTRACK_MT(1),
	CONNTRACK_MT(2),
	CONNTRACK_MT(3),
};

static int __init conntrack_mt_init(void)
{
	return xt_register_matches(conntrack_mt_reg,
				   ARRAY_SIZE(conntrack_mt_reg));
}

static void __exit conntrack_mt_exit(void)
{
	xt_unregister_matches(conntrack_mt_reg, ARRAY_SIZE(conntrack_mt_reg));
}

module_init(conntrack_mt_init);
module_exit(conntrack_mt_exit);
