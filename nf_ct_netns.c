// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces: tracking begins in a namespace with the first rule that needs
 * it, and ends with the last.
 *
 * nf_ct_netns_get() and nf_ct_netns_put() count the users of each family.
 * The first registers the four hooks, after defragmentation is on; the last
 * takes them away.  Entries stay and expire.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/netfilter/ipv4/nf_defrag_ipv4.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_acct.h>
#include <net/netfilter/nf_conntrack_bridge.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_timestamp.h>
#include <nf_ct/entry.h>
#include <nf_ct/expect.h>
#include <nf_ct/net.h>
#include <nf_ct/netns.h>
#include <nf_ct/shell.h>

static DEFINE_MUTEX(users_mutex);	/* user counts, hooks, bridge_info */
static struct nf_ct_bridge_info *bridge_info;

static bool enable_hooks __read_mostly;
module_param(enable_hooks, bool, 0000);
MODULE_PARM_DESC(enable_hooks, "track in every namespace, rules or not");

/* Hooks ----------------------------------------------------------------- */

static unsigned int track_in(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	return nf_conntrack_in(skb, state);
}

/* A raw socket asked for its fragments to be left as they are
 * (IP_NODEFRAG): they are sent untracked.
 */
static unsigned int track_local_ipv4(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	if (ip_is_fragment(ip_hdr(skb))) {
		enum ip_conntrack_info ctinfo;
		struct nf_conn *tmpl = nf_ct_get(skb, &ctinfo);

		/* No later rule may take the template for an entry. */
		if (tmpl && nf_ct_is_template(tmpl)) {
			skb->_nfct = 0;
			nf_ct_put(tmpl);
		}
		return NF_ACCEPT;
	}

	return nf_conntrack_in(skb, state);
}

/* A packet leaves through a VRF twice, the first time towards the VRF device
 * itself: only the second is the way out.
 */
static bool is_vrf_first_pass(const struct nf_hook_state *state)
{
	return state->hook == NF_INET_POST_ROUTING &&
	       netif_is_l3_master(state->out);
}

/* Offset of the transport header; negative when there is none to look at. */
static int transport_offset(const struct sk_buff *skb, u8 pf)
{
	int nhoff = skb_network_offset(skb);
	__be16 frag_off;
	u8 nexthdr;
	int offset;

	if (pf == NFPROTO_IPV4)
		return nhoff + ip_hdrlen(skb);

	nexthdr = ipv6_hdr(skb)->nexthdr;
	offset = ipv6_skip_exthdr(skb, nhoff + sizeof(struct ipv6hdr),
				  &nexthdr, &frag_off);
	return frag_off & htons(IP6_OFFSET) ? -1 : offset;
}

/* Most packets: the entry is in the table, no helper reads along, no numbers
 * are shifted, and nobody wants to be told.
 */
static bool leaves_freely(const struct nf_conn *ct)
{
	const unsigned long bits = IPS_CONFIRMED | IPS_SEQ_ADJUST;

	return (READ_ONCE(ct->status) & bits) == IPS_CONFIRMED &&
	       !nfct_help(ct) && !nf_ct_ecache_find(ct);
}

/* Not inlined: most packets leave freely, and need none of its stack. */
static noinline unsigned int leave(struct sk_buff *skb, struct nf_conn *ct,
				   enum ip_conntrack_info ctinfo,
				   const struct nf_hook_state *state)
{
	int protoff;

	if (ct && is_vrf_first_pass(state))
		return NF_ACCEPT;

	/* An ICMP error travelling with the reply is no helper's business. */
	if (!ct || ctinfo == IP_CT_RELATED_REPLY)
		return nf_conntrack_confirm(skb);

	protoff = transport_offset(skb, state->pf);
	if (protoff < 0)
		return nf_conntrack_confirm(skb);

	return nf_ct_leave(skb, protoff, ct, ctinfo);
}

/**
 * nf_ct_confirm_hook - a packet leaves the ruleset, as a hook
 * @priv:	unused
 * @skb:	the packet
 * @state:	the hook it is at
 *
 * Context: softirq or BH off, rcu_read_lock() held.
 * Return: a netfilter verdict.
 */
unsigned int nf_ct_confirm_hook(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	if (likely(ct && leaves_freely(ct)))
		return NF_ACCEPT;
	return leave(skb, ct, ctinfo, state);
}

#define HOOK(fn, family, at, prio)					\
	{ .hook = fn, .pf = family, .hooknum = at, .priority = prio }

static const struct nf_hook_ops ipv4_ops[] = {
	HOOK(track_in, NFPROTO_IPV4, NF_INET_PRE_ROUTING, NF_IP_PRI_CONNTRACK),
	HOOK(track_local_ipv4, NFPROTO_IPV4, NF_INET_LOCAL_OUT,
	     NF_IP_PRI_CONNTRACK),
	HOOK(nf_ct_confirm_hook, NFPROTO_IPV4, NF_INET_POST_ROUTING,
	     NF_IP_PRI_CONNTRACK_CONFIRM),
	HOOK(nf_ct_confirm_hook, NFPROTO_IPV4, NF_INET_LOCAL_IN,
	     NF_IP_PRI_CONNTRACK_CONFIRM),
};

static const struct nf_hook_ops ipv6_ops[] = {
	HOOK(track_in, NFPROTO_IPV6, NF_INET_PRE_ROUTING, NF_IP6_PRI_CONNTRACK),
	HOOK(track_in, NFPROTO_IPV6, NF_INET_LOCAL_OUT, NF_IP6_PRI_CONNTRACK),
	HOOK(nf_ct_confirm_hook, NFPROTO_IPV6, NF_INET_POST_ROUTING, NF_IP6_PRI_LAST),
	HOOK(nf_ct_confirm_hook, NFPROTO_IPV6, NF_INET_LOCAL_IN, NF_IP6_PRI_LAST - 1),
};

/* Users ----------------------------------------------------------------- */

/*
 * While no hook was registered, packets of old flows passed unseen: their
 * windows are unknown now and are learnt again from the next packets.
 */
static int forget_window(struct nf_conn *ct, void *data)
{
	u8 family = (unsigned long)data;

	if (nf_ct_l3num(ct) != family || nf_ct_protonum(ct) != IPPROTO_TCP)
		return 0;

	spin_lock(&ct->lock);
	ct->proto.tcp.seen[IP_CT_DIR_ORIGINAL].td_maxwin = 0;
	ct->proto.tcp.seen[IP_CT_DIR_REPLY].td_maxwin = 0;
	spin_unlock(&ct->lock);
	return 0;
}

static int start_ipv4(struct net *net)
{
	int err;

	err = nf_defrag_ipv4_enable(net);
	if (err)
		return err;

	err = nf_register_net_hooks(net, ipv4_ops, ARRAY_SIZE(ipv4_ops));
	if (err)
		nf_defrag_ipv4_disable(net);
	return err;
}

static void stop_ipv4(struct net *net)
{
	nf_unregister_net_hooks(net, ipv4_ops, ARRAY_SIZE(ipv4_ops));
	nf_defrag_ipv4_disable(net);
}

static int start_ipv6(struct net *net)
{
	int err;

	err = nf_defrag_ipv6_enable(net);
	if (err)
		return err;

	err = nf_register_net_hooks(net, ipv6_ops, ARRAY_SIZE(ipv6_ops));
	if (err)
		nf_defrag_ipv6_disable(net);
	return err;
}

static void stop_ipv6(struct net *net)
{
	nf_unregister_net_hooks(net, ipv6_ops, ARRAY_SIZE(ipv6_ops));
	nf_defrag_ipv6_disable(net);
}

/* -EPROTO, which nothing else here returns: its module is not loaded. */
static int start_bridge(struct net *net)
{
	int err;

	if (!bridge_info || !try_module_get(bridge_info->me))
		return -EPROTO;

	err = nf_register_net_hooks(net, bridge_info->ops,
				    bridge_info->ops_size);
	if (err)
		module_put(bridge_info->me);
	return err;
}

static void stop_bridge(struct net *net)
{
	nf_unregister_net_hooks(net, bridge_info->ops, bridge_info->ops_size);
	module_put(bridge_info->me);
}

static int get_family(struct net *net, u8 family, unsigned int *users,
		      int (*start)(struct net *net))
{
	int err = 0;

	mutex_lock(&users_mutex);
	if (!*users) {
		err = start(net);
		if (!err && family != NFPROTO_BRIDGE) {
			struct nf_ct_iter_data iter_data = {
				.net	= net,
				.data	= (void *)(unsigned long)family,
			};

			nf_ct_iterate_cleanup_net(forget_window, &iter_data);
		}
	}
	if (!err)
		(*users)++;
	mutex_unlock(&users_mutex);
	return err;
}

static void put_family(struct net *net, unsigned int *users,
		       void (*stop)(struct net *net))
{
	mutex_lock(&users_mutex);
	if (*users && !--*users)
		stop(net);
	mutex_unlock(&users_mutex);
}

static int get_inet(struct net *net)
{
	struct nf_conntrack_net *cnet = nf_ct_pernet(net);
	int err;

	err = get_family(net, NFPROTO_IPV4, &cnet->users4, start_ipv4);
	if (err)
		return err;

	err = get_family(net, NFPROTO_IPV6, &cnet->users6, start_ipv6);
	if (err)
		put_family(net, &cnet->users4, stop_ipv4);
	return err;
}

static int get_bridge(struct net *net)
{
	struct nf_conntrack_net *cnet = nf_ct_pernet(net);
	int err;

	err = get_family(net, NFPROTO_BRIDGE, &cnet->users_bridge,
			 start_bridge);
	if (err != -EPROTO)
		return err;

	if (request_module("nf_conntrack_bridge"))
		return err;
	return get_family(net, NFPROTO_BRIDGE, &cnet->users_bridge,
			  start_bridge);
}

/**
 * nf_ct_netns_get - start tracking in a namespace, or count one more user
 * @net:	namespace
 * @nfproto:	NFPROTO_IPV4, _IPV6, _INET (both) or _BRIDGE (bridge and both)
 *
 * Context: process context, may sleep.
 * Return: 0, -EOPNOTSUPP for another family, or what registration said.
 */
int nf_ct_netns_get(struct net *net, u8 nfproto)
{
	struct nf_conntrack_net *cnet = nf_ct_pernet(net);
	int err;

	switch (nfproto) {
	case NFPROTO_IPV4:
		return get_family(net, nfproto, &cnet->users4, start_ipv4);
	case NFPROTO_IPV6:
		return get_family(net, nfproto, &cnet->users6, start_ipv6);
	case NFPROTO_INET:
		return get_inet(net);
	case NFPROTO_BRIDGE:
		err = get_bridge(net);
		if (err)
			return err;
		err = get_inet(net);
		if (err)
			put_family(net, &cnet->users_bridge, stop_bridge);
		return err;
	}
	return -EOPNOTSUPP;
}

/**
 * nf_ct_netns_put - the reverse of nf_ct_netns_get()
 * @net:	namespace
 * @nfproto:	as given there
 *
 * Context: process context, may sleep.
 */
void nf_ct_netns_put(struct net *net, u8 nfproto)
{
	struct nf_conntrack_net *cnet = nf_ct_pernet(net);

	switch (nfproto) {
	case NFPROTO_BRIDGE:
		put_family(net, &cnet->users_bridge, stop_bridge);
		fallthrough;
	case NFPROTO_INET:
		put_family(net, &cnet->users4, stop_ipv4);
		put_family(net, &cnet->users6, stop_ipv6);
		break;
	case NFPROTO_IPV4:
		put_family(net, &cnet->users4, stop_ipv4);
		break;
	case NFPROTO_IPV6:
		put_family(net, &cnet->users6, stop_ipv6);
		break;
	}
}

/**
 * nf_ct_bridge_register - nf_conntrack_bridge offers its hooks
 * @info:	hooks and module; stays until nf_ct_bridge_unregister()
 *
 * Context: process context, may sleep.
 */
void nf_ct_bridge_register(struct nf_ct_bridge_info *info)
{
	WARN_ON(bridge_info);
	mutex_lock(&users_mutex);
	bridge_info = info;
	mutex_unlock(&users_mutex);
}

/**
 * nf_ct_bridge_unregister - nf_conntrack_bridge leaves
 * @info:	as given to nf_ct_bridge_register()
 *
 * Context: process context, may sleep.
 */
void nf_ct_bridge_unregister(struct nf_ct_bridge_info *info)
{
	WARN_ON(bridge_info != info);
	mutex_lock(&users_mutex);
	bridge_info = NULL;
	mutex_unlock(&users_mutex);
}

/* Namespaces come and go ------------------------------------------------- */

static int init_counters(struct net *net)
{
	struct nf_ct_net *priv = nf_ct_net_priv(net);

	net->ct.stat = alloc_percpu(struct ip_conntrack_stat);
	if (!net->ct.stat)
		return -ENOMEM;

	priv->why = alloc_percpu(struct nf_ct_why_stat);
	if (!priv->why) {
		free_percpu(net->ct.stat);
		return -ENOMEM;
	}
	return 0;
}

static void free_counters(struct net *net)
{
	free_percpu(nf_ct_net_priv(net)->why);
	free_percpu(net->ct.stat);
}

static int init_net_rooms(struct net *net)
{
	int err;

	atomic_set(&nf_ct_pernet(net)->count, 0);

	err = init_counters(net);
	if (err)
		return err;

	err = nf_conntrack_expect_pernet_init(net);
	if (err < 0) {
		free_counters(net);
		return err;
	}

	net->ct.sysctl_checksum = 1;
	nf_conntrack_acct_pernet_init(net);
	nf_conntrack_tstamp_pernet_init(net);
	nf_conntrack_ecache_pernet_init(net);
	nf_conntrack_proto_pernet_init(net);
	nf_ct_helper_net_init(net);
	return 0;
}

static void exit_net_rooms(struct net *net)
{
	if (IS_ENABLED(CONFIG_NF_CT_PROTO_GRE))
		nf_ct_gre_net_exit(net);
	nf_conntrack_expect_pernet_fini(net);
	free_counters(net);
}

static int kill_any(struct nf_conn *ct, void *data)
{
	return 1;
}

/* Kills entries until none is left; packets in flight may hold the last. */
static void clean_nets(struct list_head *nets)
{
	struct net *net;
	bool busy;

	/* Packets that found the hooks before they went. */
	synchronize_rcu_expedited();

	do {
		busy = false;
		list_for_each_entry(net, nets, exit_list) {
			struct nf_ct_iter_data iter_data = { .net = net };

			nf_ct_iterate_cleanup_net(kill_any, &iter_data);
			/* Nobody will take the events of these any more. */
			nf_conntrack_ecache_pernet_fini(net);
			if (atomic_read(&nf_ct_pernet(net)->count))
				busy = true;
		}
		if (busy)
			schedule_timeout_uninterruptible(1);
	} while (busy);
}

static int __net_init netns_init(struct net *net)
{
	int err;

	err = init_net_rooms(net);
	if (err < 0)
		return err;

	err = nf_ct_proc_net_init(net);
	if (err < 0)
		goto err_proc;

	err = nf_ct_sysctl_net_init(net);
	if (err < 0)
		goto err_sysctl;

	if (enable_hooks) {
		err = nf_ct_netns_get(net, NFPROTO_INET);
		if (err < 0)
			goto err_hooks;
	}
	return 0;

err_hooks:
	nf_ct_sysctl_net_exit(net);
err_sysctl:
	nf_ct_proc_net_exit(net);
err_proc:
	nf_conntrack_ecache_pernet_fini(net);
	exit_net_rooms(net);
	return err;
}

static void netns_exit_batch(struct list_head *nets)
{
	struct net *net;

	list_for_each_entry(net, nets, exit_list) {
		if (enable_hooks)
			nf_ct_netns_put(net, NFPROTO_INET);
		nf_ct_sysctl_net_exit(net);
		nf_ct_proc_net_exit(net);
	}

	clean_nets(nets);

	list_for_each_entry(net, nets, exit_list)
		exit_net_rooms(net);
}

unsigned int nf_conntrack_net_id __read_mostly;

static struct pernet_operations netns_ops = {
	.init		= netns_init,
	.exit_batch	= netns_exit_batch,
	.id		= &nf_conntrack_net_id,
	.size		= sizeof(struct nf_ct_net),
};

/**
 * nf_ct_netns_init - start in every namespace there is and will be
 *
 * Context: module init, after everything shared by them is there.
 * Return: 0 or an errno.
 */
int nf_ct_netns_init(void)
{
	return register_pernet_subsys(&netns_ops);
}

/**
 * nf_ct_netns_fini - leave every namespace; no entry is left afterwards
 *
 * Context: module exit.
 */
void nf_ct_netns_fini(void)
{
	unregister_pernet_subsys(&netns_ops);
}
