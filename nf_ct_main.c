// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module init and exit: every room in the order in which one builds on the
 * other, and back.
 */
#include <linux/module.h>
#include <linux/netfilter.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <nf_ct/bpf.h>
#include <nf_ct/entry.h>
#include <nf_ct/net.h>
#include <nf_ct/netns.h>
#include <nf_ct/table.h>
#include <nf_ct/tuple.h>
#include <nf_ct/version.h>

/* An error or a reset made in answer to @skb belongs to its flow, and goes
 * the other way.
 */
static void attach(struct sk_buff *nskb, const struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	ctinfo = CTINFO2DIR(ctinfo) == IP_CT_DIR_ORIGINAL ?
		 IP_CT_RELATED_REPLY : IP_CT_RELATED;

	nf_ct_set(nskb, ct, ctinfo);
	nf_conntrack_get(skb_nfct(nskb));
}

/* The firewall itself resets the connection (-j REJECT). */
static void set_closing(struct nf_conntrack *nfct)
{
	struct nf_conn *ct;

	if (!nfct)
		return;

	ct = nf_ct_to_nf_conn(nfct);
	if (nf_ct_protonum(ct) == IPPROTO_TCP)
		nf_conntrack_tcp_set_closing(ct);
}

/* What the rest of the kernel calls without depending on this module. */
static const struct nf_ct_hook conntrack_hook = {
	.update		= nf_ct_queue_update,
	.destroy	= nf_ct_destroy,
	.get_tuple_skb	= nf_ct_tuple_of_skb,
	.attach		= attach,
	.set_closing	= set_closing,
	.confirm	= __nf_conntrack_confirm,
};

static int init_rooms(void)
{
	int err;

	err = nf_ct_table_init();
	if (err < 0)
		return err;
	err = nf_ct_entry_init();
	if (err < 0)
		goto err_entry;
	err = nf_conntrack_expect_init();
	if (err < 0)
		goto err_expect;
	err = nf_conntrack_helper_init();
	if (err < 0)
		goto err_helper;
	return 0;

err_helper:
	nf_conntrack_expect_fini();
err_expect:
	nf_ct_entry_fini();
err_entry:
	nf_ct_table_fini();
	return err;
}

static void exit_rooms(void)
{
	nf_conntrack_helper_fini();
	nf_conntrack_expect_fini();
	nf_ct_entry_fini();
	nf_ct_table_fini();
}

static int __init conntrack_init(void)
{
	int err;

	err = init_rooms();
	if (err < 0)
		return err;

	err = nf_ct_sysctl_init();
	if (err < 0)
		goto err_sysctl;
	err = nf_ct_sockopt_init();
	if (err < 0)
		goto err_sockopt;
	err = nf_ct_bpf_init();
	if (err < 0)
		goto err_bpf;
	nf_ct_gc_init();

	/* With enable_hooks packets are tracked before the next line is done,
	 * and whoever frees one finds nf_ct_destroy() by this pointer.
	 */
	RCU_INIT_POINTER(nf_ct_hook, &conntrack_hook);
	err = nf_ct_netns_init();
	if (err < 0)
		goto err_netns;
	return 0;

err_netns:
	RCU_INIT_POINTER(nf_ct_hook, NULL);
	nf_ct_gc_fini();
	nf_ct_bpf_fini();
err_bpf:
	nf_ct_sockopt_fini();
err_sockopt:
	nf_ct_sysctl_fini();
err_sysctl:
	exit_rooms();
	return err;
}

static void __exit conntrack_exit(void)
{
	nf_ct_bpf_fini();
	nf_ct_gc_fini();
	nf_ct_netns_fini();

	/* Not before: packets in flight let go of their entries by way of the
	 * hook, and leaving the namespaces waited for the last of them.
	 */
	RCU_INIT_POINTER(nf_ct_hook, NULL);
	synchronize_rcu();

	nf_ct_sockopt_fini();
	nf_ct_sysctl_fini();

	/* Entries and expectations freed by RCU callbacks of this module. */
	rcu_barrier();
	exit_rooms();
}

module_init(conntrack_init);
module_exit(conntrack_exit);

MODULE_ALIAS("ip_conntrack");
MODULE_ALIAS("nf_conntrack-" __stringify(AF_INET));
MODULE_ALIAS("nf_conntrack-" __stringify(AF_INET6));
MODULE_DESCRIPTION("Connection tracking for netfilter");
MODULE_LICENSE("GPL");
MODULE_VERSION(NF_CT_VERSION);
