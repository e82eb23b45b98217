// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timeout policies: a named set of timeouts (nfct timeout) that a rule gives
 * to an entry instead of the namespace's.
 *
 * nfnetlink_cttimeout keeps the policies by name and lends them through
 * nf_ct_timeout_hook.  Who points to a policy holds a reference: an entry or
 * template one for its extension, and a template one more, with a reference
 * to the module, for having found the policy by its name.  Where policies have
 * no count, an entry's pointer is good until nf_ct_untimeout() takes it away.
 */
#include <linux/netfilter.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/slab.h>

#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_timeout.h>
#include <nf_ct/compat.h>
#include <nf_ct/ext.h>

/* Set by nfnetlink_cttimeout while it is loaded. */
const struct nf_ct_timeout_hooks __rcu *nf_ct_timeout_hook __read_mostly;

/* Detaches the policy of an entry; the caller gets the extension's reference. */
static struct nf_ct_timeout *policy_detach(struct nf_conn_timeout *ext)
{
	return unrcu_pointer(xchg(&ext->timeout, NULL));
}

/**
 * nf_ct_timeout_release - drop the policy of an entry that is being destroyed
 * @ct: entry; nobody else uses it any longer
 *
 * Unlike nf_ct_timeout_put() it works for an entry that was never confirmed
 * and whose extensions are out of date: the reference is its own.
 *
 * Context: Any.
 */
void nf_ct_timeout_release(struct nf_conn *ct)
{
	struct nf_conn_timeout *ext = nf_ct_ext_owned(ct, NF_CT_EXT_TIMEOUT);
	struct nf_ct_timeout *policy;

	policy = ext ? policy_detach(ext) : NULL;
	if (policy)
		nf_ct_policy_put(policy);
}

/* Walks the table and deletes nothing: that is what 0 tells the walk. */
static int untimeout(struct nf_conn *ct, void *data)
{
	struct nf_conn_timeout *ext = nf_ct_timeout_find(ct);
	struct nf_ct_timeout *policy;

	if (!ext || (data && rcu_access_pointer(ext->timeout) != data))
		return 0;

	policy = policy_detach(ext);
	if (policy)
		nf_ct_policy_put(policy);

	return 0;
}

/**
 * nf_ct_untimeout - take a policy away from the entries that use it
 * @net: namespace
 * @timeout: policy, or NULL for every policy
 *
 * From now on these entries follow the namespace's timeouts.
 *
 * Context: Process, may sleep.
 */
void nf_ct_untimeout(struct net *net, struct nf_ct_timeout *timeout)
{
	struct nf_ct_iter_data iter_data = {
		.net	= net,
		.data	= timeout,
	};

	nf_ct_iterate_cleanup_net(untimeout, &iter_data);
}

/* A protocol without a tracker is the generic one's, whatever its number. */
static int policy_check(const struct nf_ct_timeout *policy, u8 l3num, u8 l4num,
			const char *name)
{
	if (policy->l3num != l3num) {
		pr_info_ratelimited("Timeout policy `%s' can only be used by L%d protocol number %d\n",
				    name, 3, policy->l3num);
		return -EINVAL;
	}

	if (policy->l4proto != nf_ct_l4proto_find(l4num)) {
		pr_info_ratelimited("Timeout policy `%s' can only be used by L%d protocol number %d\n",
				    name, 4, policy->l4proto->l4proto);
		return -EINVAL;
	}

	return 0;
}

/**
 * nf_ct_set_timeout - give a template the policy of that name
 * @net: namespace
 * @ct: template, not yet in use
 * @l3num: NFPROTO_* of the packets the rule matches
 * @l4num: IPPROTO_* of the packets the rule matches
 * @timeout_name: name of the policy
 *
 * Context: Process.
 * Return: 0, to be undone by nf_ct_destroy_timeout(); -ENOENT if there is no
 * such policy; -EINVAL if it is for another protocol; -ENOMEM.
 */
int nf_ct_set_timeout(struct net *net, struct nf_conn *ct, u8 l3num, u8 l4num,
		      const char *timeout_name)
{
	const struct nf_ct_timeout_hooks *hooks;
	struct nf_ct_timeout *policy;
	int err = -ENOENT;

	rcu_read_lock();
	hooks = rcu_dereference(nf_ct_timeout_hook);
	if (!hooks) {
		pr_info_ratelimited("Timeout policy base is empty\n");
		goto out;
	}

	policy = hooks->timeout_find_get(net, timeout_name);
	if (!policy) {
		pr_info_ratelimited("No such timeout policy \"%s\"\n",
				    timeout_name);
		goto out;
	}

	err = policy_check(policy, l3num, l4num, timeout_name);
	if (!err && !nf_ct_timeout_ext_add(ct, policy, GFP_ATOMIC))
		err = -ENOMEM;
	if (err)
		hooks->timeout_put(policy);
out:
	rcu_read_unlock();
	return err;
}

/**
 * nf_ct_destroy_timeout - undo nf_ct_set_timeout()
 * @ct: template; packets may still be using it
 *
 * Does nothing for a template without a policy.
 *
 * Context: Process.
 */
void nf_ct_destroy_timeout(struct nf_conn *ct)
{
	const struct nf_ct_timeout_hooks *hooks;
	struct nf_conn_timeout *ext;
	struct nf_ct_timeout *policy;

	rcu_read_lock();
	/* Set as long as there is a policy: the template holds the module. */
	hooks = rcu_dereference(nf_ct_timeout_hook);
	ext = nf_ct_timeout_find(ct);
	policy = hooks && ext ? policy_detach(ext) : NULL;
	if (policy) {
		nf_ct_policy_put(policy);
		hooks->timeout_put(policy);
	}
	rcu_read_unlock();
}
