// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/nf_conntrack_expect: the expectations of a namespace, one a line.
 *
 * The position in the file is a chain of the table, shown as a whole, so a
 * reader that pauses neither starts over nor holds anything meanwhile.  The
 * lock is for the master's sake, who may be asked for its helper.
 */
#include <linux/jiffies.h>
#include <linux/proc_fs.h>
#include <linux/rculist.h>
#include <linux/seq_file.h>
#include <linux/uidgid.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <nf_ct/compat.h>
#include <nf_ct/expect.h>

static struct hlist_head *chain_at(loff_t pos)
{
	return pos < nf_ct_expect_hsize ? &nf_ct_expect_hash[pos] : NULL;
}

static void *chain_start(struct seq_file *s, loff_t *pos)
	__acquires(RCU)
{
	rcu_read_lock();
	return chain_at(*pos);
}

static void *chain_next(struct seq_file *s, void *v, loff_t *pos)
{
	return chain_at(++*pos);
}

static void chain_stop(struct seq_file *s, void *v)
	__releases(RCU)
{
	rcu_read_unlock();
}

static void show_flags(struct seq_file *s, unsigned int flags)
{
	const char *comma = "";

	if (flags & NF_CT_EXPECT_PERMANENT) {
		seq_puts(s, "PERMANENT");
		comma = ",";
	}
	if (flags & NF_CT_EXPECT_INACTIVE) {
		seq_printf(s, "%sINACTIVE", comma);
		comma = ",";
	}
	if (flags & NF_CT_EXPECT_USERSPACE)
		seq_printf(s, "%sUSERSPACE", comma);
}

static void show_helper(struct seq_file *s,
			const struct nf_conntrack_expect *exp)
{
	const struct nf_conntrack_helper *helper;
	const char *policy;

	helper = nf_ct_exp_maker(exp);
	if (!helper)
		return;

	/* A tuple ends in a space, flags do not. */
	if (READ_ONCE(exp->flags) & NF_CT_EXPECT_MASK)
		seq_putc(s, ' ');
	seq_puts(s, helper->name);

	policy = helper->expect_policy[exp->class].name;
	if (*policy)
		seq_printf(s, "/%s", policy);
}

static void show_expect(struct seq_file *s,
			const struct nf_conntrack_expect *exp)
{
	long left = nf_ct_exp_life(exp);

	seq_printf(s, "%ld l3proto = %u proto=%u ", left > 0 ? left / HZ : 0,
		   exp->tuple.src.l3num, exp->tuple.dst.protonum);
	print_tuple(s, &exp->tuple,
		    nf_ct_l4proto_find(exp->tuple.dst.protonum));
	show_flags(s, READ_ONCE(exp->flags));
	show_helper(s, exp);
	seq_putc(s, '\n');
}

static int chain_show(struct seq_file *s, void *v)
{
	const struct net *net = seq_file_net(s);
	const struct hlist_head *chain = v;
	struct nf_conntrack_expect *exp;

	if (hlist_empty(chain))
		return 0;

	spin_lock_bh(&nf_conntrack_expect_lock);
	hlist_for_each_entry(exp, chain, hnode) {
		if (net_eq(nf_ct_exp_net(exp), net) &&
		    !nf_ct_exp_is_expired(exp))
			show_expect(s, exp);
	}
	spin_unlock_bh(&nf_conntrack_expect_lock);

	return 0;
}

static const struct seq_operations expect_seq_ops = {
	.start	= chain_start,
	.next	= chain_next,
	.stop	= chain_stop,
	.show	= chain_show,
};

/**
 * nf_ct_expect_proc_net_init() - create a namespace's file
 * @net:	the namespace
 *
 * The root of the namespace's own users owns it.
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int nf_ct_expect_proc_net_init(struct net *net)
{
	struct proc_dir_entry *file;
	kuid_t uid;
	kgid_t gid;

	file = proc_create_net("nf_conntrack_expect", 0440, net->proc_net,
			       &expect_seq_ops, sizeof(struct seq_net_private));
	if (!file)
		return -ENOMEM;

	uid = make_kuid(net->user_ns, 0);
	gid = make_kgid(net->user_ns, 0);
	if (uid_valid(uid) && gid_valid(gid))
		proc_set_user(file, uid, gid);

	return 0;
}

/**
 * nf_ct_expect_proc_net_exit() - remove a namespace's file
 * @net:	the namespace
 *
 * Context: May sleep.
 */
void nf_ct_expect_proc_net_exit(struct net *net)
{
	remove_proc_entry("nf_conntrack_expect", net->proc_net);
}
