// SPDX-License-Identifier: GPL-2.0-only
/*
 * iptables' "-m state", revision 0: match a packet by the state of its flow.
 *
 * A rule keeps its family's hooks in place for as long as it stands, so that
 * packets have a state to match.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_state.h>
#include <linux/skbuff.h>
#include <net/netfilter/nf_conntrack.h>
#include <nf_ct/version.h>
#include <nf_ct/xt_fields.h>

MODULE_DESCRIPTION("Xtables match on a flow's state");
MODULE_LICENSE("GPL");
MODULE_VERSION(NF_CT_VERSION);
MODULE_ALIAS("ipt_state");
MODULE_ALIAS("ip6t_state");

static bool state_mt(const struct sk_buff *skb, struct xt_action_param *par)
{
	const struct xt_state_info *info = par->matchinfo;
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	return xt_fields_mask_holds(info->statemask, ct, ctinfo);
}

/*
 * Every mask is a good one: this revision knows no inversion, so "! --state"
 * arrives as a mask with all the other bits set, those without a name too.
 */
static int state_mt_check(const struct xt_mtchk_param *par)
{
	int err;

	err = nf_ct_netns_get(par->net, par->family);
	if (err < 0)
		pr_info_ratelimited("cannot load conntrack support for proto=%u\n",
				    par->family);
	return err;
}

static void state_mt_destroy(const struct xt_mtdtor_param *par)
{
	nf_ct_netns_put(par->net, par->family);
}

static struct xt_match state_mt_reg __read_mostly = {
	.name		= "state",
	.revision	= 0,
	.family		= NFPROTO_UNSPEC,
	.matchsize	= sizeof(struct xt_state_info),
	.match		= state_mt,
	.checkentry	= state_mt_check,
	.destroy	= state_mt_destroy,
	.me		= THIS_MODULE,
};

static int __init state_mt_init(void)
{
	return xt_register_match(&state_mt_reg);
}

static void __exit state_mt_exit(void)
{
	xt_unregister_match(&state_mt_reg);
}

module_init(state_mt_init);
module_exit(state_mt_exit);
