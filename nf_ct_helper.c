// SPDX-License-Identifier: GPL-2.0-only
/*
 * Helpers: modules (or user space) that read one protocol's conversation and
 * announce the flows that it opens.
 *
 *   registered --assigned to an entry--> called for its packets --> expectation
 *
 * A helper is assigned by the ruleset, by user space or, if the namespace's
 * nf_conntrack_helper says so, by the port that the entry talks to.
 *
 * Entries and expectations point to their helper without a reference; RCU
 * readers follow the pointers.  So a helper leaves in this order: out of the
 * hash, out of all entries, wait for the packets in it, out of all
 * expectations, wait for those who read them.  After that nobody knows it,
 * and the entries live on without.
 */
#include <linux/hash.h>
#include <linux/kmod.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/rculist.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_extend.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_log.h>
#include <nf_ct/compat.h>
#include <nf_ct/expect.h>
#include <nf_ct/net.h>

struct hlist_head *nf_ct_helper_hash __read_mostly;
unsigned int nf_ct_helper_hsize __read_mostly;

/* Writers of nf_ct_helper_hash, and of the list of NAT helpers. */
static DEFINE_MUTEX(helper_mutex);
static LIST_HEAD(nat_helpers);

/* Written under nf_conntrack_expect_lock, read under RCU. */
static LIST_HEAD(expectfns);

/*
 * Set by the first helper that something asks for by name, and never again
 * cleared: a ruleset that says which flows get a helper means no others.
 */
static bool assigned_explicitly __read_mostly;

/* By the server's port: the source of the reply, and of helper->tuple. */
static const struct nf_conntrack_tuple_mask port_mask = {
	.src.u.all = htons(0xffff),
};

static struct hlist_head *helper_chain(const struct nf_conntrack_tuple *tuple)
{
	u32 key = tuple->dst.protonum << 16 | (__force u16)tuple->src.u.all;
	u32 hash = hash_32(key ^ tuple->src.l3num << 24, 32);

	return &nf_ct_helper_hash[reciprocal_scale(hash, nf_ct_helper_hsize)];
}

static bool helper_serves(const struct nf_conntrack_helper *helper,
			  const struct nf_conntrack_tuple *reply)
{
	/* What user space registers has no port: it is only ever assigned. */
	return !(helper->flags & NF_CT_HELPER_F_USERSPACE) &&
	       nf_ct_tuple_src_mask_cmp(reply, &helper->tuple, &port_mask);
}

static struct nf_conntrack_helper *
helper_by_port(const struct nf_conntrack_tuple *reply)
{
	struct nf_conntrack_helper *helper;

	hlist_for_each_entry_rcu(helper, helper_chain(reply), hnode,
				 lockdep_is_held(&helper_mutex)) {
		if (helper_serves(helper, reply))
			return helper;
	}

	return NULL;
}

/**
 * __nf_conntrack_helper_find() - find a helper by name
 * @name:	its name
 * @l3num:	AF_INET or AF_INET6; a helper for NFPROTO_UNSPEC serves both
 * @protonum:	its transport protocol
 *
 * Context: RCU read section.
 * Return: The helper, good until the section ends, or NULL.
 */
struct nf_conntrack_helper *
__nf_conntrack_helper_find(const char *name, u16 l3num, u8 protonum)
{
	struct nf_conntrack_helper *helper;
	unsigned int i;

	for (i = 0; i < nf_ct_helper_hsize; i++) {
		hlist_for_each_entry_rcu(helper, &nf_ct_helper_hash[i], hnode,
					 lockdep_is_held(&helper_mutex)) {
			if (helper->tuple.src.l3num != NFPROTO_UNSPEC &&
			    helper->tuple.src.l3num != l3num)
				continue;
			if (helper->tuple.dst.protonum == protonum &&
			    !strcmp(helper->name, name))
				return helper;
		}
	}

	return NULL;
}

static struct nf_conntrack_helper *helper_get(const char *name, u16 l3num,
					      u8 protonum, bool *found)
{
	struct nf_conntrack_helper *helper;

	rcu_read_lock();
	helper = __nf_conntrack_helper_find(name, l3num, protonum);
	*found = helper;
	if (!helper || !try_module_get(helper->me))
		goto none;

	if (!refcount_inc_not_zero(&helper->refcnt)) {
		module_put(helper->me);
		goto none;
	}
	rcu_read_unlock();
	return helper;

none:
	rcu_read_unlock();
	return NULL;
}

/**
 * nf_conntrack_helper_try_module_get() - get a helper in order to assign it
 * @name:	its name
 * @l3num:	AF_INET or AF_INET6
 * @protonum:	its transport protocol
 *
 * Loads its module if need be.  From the first success on, namespaces in
 * which nf_conntrack_helper is 2 assign no helper by port any more.
 *
 * Context: May sleep.
 * Return: A strong reference on the helper and its module, to be given back
 * to nf_conntrack_helper_put(), or NULL.
 */
struct nf_conntrack_helper *
nf_conntrack_helper_try_module_get(const char *name, u16 l3num, u8 protonum)
{
	struct nf_conntrack_helper *helper;
	bool found;

	helper = helper_get(name, l3num, protonum, &found);
	if (!found && !request_module("nfct-helper-%s", name))
		helper = helper_get(name, l3num, protonum, &found);

	if (helper)
		WRITE_ONCE(assigned_explicitly, true);
	return helper;
}

/**
 * nf_conntrack_helper_put() - give back a helper
 * @helper:	from nf_conntrack_helper_try_module_get()
 *
 * Context: Any.
 */
void nf_conntrack_helper_put(struct nf_conntrack_helper *helper)
{
	refcount_dec(&helper->refcnt);
	module_put(helper->me);
}

/* The module that rewrites addresses for a helper. */
static struct nf_conntrack_nat_helper *nat_helper_find(const char *mod_name)
{
	struct nf_conntrack_nat_helper *nat;

	list_for_each_entry_rcu(nat, &nat_helpers, list,
				lockdep_is_held(&helper_mutex)) {
		if (!strcmp(nat->mod_name, mod_name))
			return nat;
	}

	return NULL;
}

static bool nat_helper_get(const char *mod_name, bool *found)
{
	struct nf_conntrack_nat_helper *nat;
	bool got;

	rcu_read_lock();
	nat = nat_helper_find(mod_name);
	*found = nat;
	got = nat && try_module_get(nat->module);
	rcu_read_unlock();

	return got;
}

/**
 * nf_nat_helper_try_module_get() - get the NAT part of a helper
 * @name:	the helper's name
 * @l3num:	AF_INET or AF_INET6
 * @protonum:	its transport protocol
 *
 * Loads the module of the NAT part if need be.
 *
 * Context: May sleep.
 * Return: 0, and nf_nat_helper_put() is due; -ENOENT if there is no such
 * helper or it has no NAT part.
 */
int nf_nat_helper_try_module_get(const char *name, u16 l3num, u8 protonum)
{
	char mod_name[NF_CT_HELPER_NAME_LEN] = "";
	const struct nf_conntrack_helper *helper;
	bool found, got;

	rcu_read_lock();
	helper = __nf_conntrack_helper_find(name, l3num, protonum);
	if (helper)
		strscpy(mod_name, helper->nat_mod_name, sizeof(mod_name));
	rcu_read_unlock();

	/* What user space registers need not name one. */
	if (!*mod_name)
		return -ENOENT;

	got = nat_helper_get(mod_name, &found);
	if (!found && !request_module("%s", mod_name))
		got = nat_helper_get(mod_name, &found);

	return got ? 0 : -ENOENT;
}

/**
 * nf_nat_helper_put() - give back the NAT part of a helper
 * @helper:	the helper
 *
 * Context: Any.
 */
void nf_nat_helper_put(struct nf_conntrack_helper *helper)
{
	struct nf_conntrack_nat_helper *nat;

	rcu_read_lock();
	nat = nat_helper_find(helper->nat_mod_name);
	if (!WARN_ON_ONCE(!nat))
		module_put(nat->module);
	rcu_read_unlock();
}

/**
 * nf_nat_helper_register() - offer the NAT part of a helper
 * @nat:	names it; stays with the caller
 *
 * Context: May sleep.
 */
void nf_nat_helper_register(struct nf_conntrack_nat_helper *nat)
{
	mutex_lock(&helper_mutex);
	list_add_rcu(&nat->list, &nat_helpers);
	mutex_unlock(&helper_mutex);
}

/**
 * nf_nat_helper_unregister() - withdraw the NAT part of a helper
 * @nat:	from nf_nat_helper_register(); nobody reads it on return
 *
 * Context: May sleep.
 */
void nf_nat_helper_unregister(struct nf_conntrack_nat_helper *nat)
{
	mutex_lock(&helper_mutex);
	list_del_rcu(&nat->list);
	mutex_unlock(&helper_mutex);
	synchronize_rcu();
}

static bool assigns_by_port(const struct net *net)
{
	switch (READ_ONCE(nf_ct_net_rcu(net)->helper_mode)) {
	case NF_CT_HELPER_NEVER:
		return false;
	case NF_CT_HELPER_ALWAYS:
		return true;
	default:
		return !READ_ONCE(assigned_explicitly);
	}
}

/*
 * Whether the helper that an entry has, if any, came by port.  NAT may have
 * moved the server since, so the port is the one that the client asked for.
 */
static bool has_helper_by_port(const struct nf_conn *ct,
			       const struct nf_conn_help *help)
{
	const struct nf_conntrack_helper *helper;
	struct nf_conntrack_tuple asked;

	helper = rcu_dereference(help->helper);
	if (!helper)
		return true;

	return nf_ct_invert_tuple(&asked, nf_ct_tuple(ct,
						      IP_CT_DIR_ORIGINAL)) &&
	       helper_serves(helper, &asked);
}

/**
 * nf_ct_helper_ext_add() - give an entry room for a helper
 * @ct:		an entry that is not confirmed, or a template
 * @gfp:	how to allocate
 *
 * A helper that came by port gives its room to whoever asks: an explicit one
 * goes before.
 *
 * Context: RCU read section, unless @ct is a template.
 * Return: The room, naming no helper, its private data zero; NULL if there is
 * no memory, or if the entry has an explicit helper or expects something.
 */
struct nf_conn_help *nf_ct_helper_ext_add(struct nf_conn *ct, gfp_t gfp)
{
	struct nf_conn_help *help = nfct_help(ct);

	if (!help) {
		help = nf_ct_ext_add(ct, NF_CT_EXT_HELPER, gfp);
		if (help)
			INIT_HLIST_HEAD(&help->expectations);
		return help;
	}

	if (nf_ct_is_template(ct) || !assigns_by_port(nf_ct_net(ct)) ||
	    !has_helper_by_port(ct, help) || !hlist_empty(&help->expectations))
		return NULL;

	RCU_INIT_POINTER(help->helper, NULL);
	memset(help->data, 0, sizeof(help->data));
	return help;
}

/* Makes this (NULL for none) the helper of an unconfirmed entry. */
static int helper_assign(struct nf_conn *ct,
			 struct nf_conntrack_helper *helper, gfp_t gfp)
{
	struct nf_conn_help *help = nfct_help(ct);
	const struct nf_conntrack_helper *old;

	if (!help) {
		if (!helper)
			return 0;
		help = nf_ct_helper_ext_add(ct, gfp);
		if (!help)
			return -ENOMEM;
	}

	/* Private data is of the helper's own making. */
	old = rcu_dereference(help->helper);
	if (helper && old && old->help != helper->help)
		memset(help->data, 0, sizeof(help->data));

	rcu_assign_pointer(help->helper, helper);
	return 0;
}

/**
 * __nf_ct_try_assign_helper() - give a new entry its helper
 * @ct:		the entry, not confirmed
 * @tmpl:	the template that the ruleset attached to its packet, or NULL
 * @flags:	how to allocate
 *
 * A template with room for a helper decides, and sets IPS_HELPER; a later
 * call changes nothing then.  Otherwise the namespace may assign one by the
 * port that replies come from, and a later call, after NAT has settled where
 * that is, assigns another, or none.
 *
 * Context: RCU read section.
 * Return: 0 or -ENOMEM.
 */
int __nf_ct_try_assign_helper(struct nf_conn *ct, struct nf_conn *tmpl,
			      gfp_t flags)
{
	struct nf_conntrack_helper *helper;
	const struct nf_conn_help *help;

	if (test_bit(IPS_HELPER_BIT, &ct->status))
		return 0;

	/* The rule that owns the template keeps its helper. */
	help = tmpl ? nf_ct_help_area(tmpl) : NULL;
	if (help) {
		set_bit(IPS_HELPER_BIT, &ct->status);
		return helper_assign(ct, rcu_dereference(help->helper), flags);
	}

	if (!assigns_by_port(nf_ct_net(ct)))
		return 0;

	help = nfct_help(ct);
	if (help && (!has_helper_by_port(ct, help) ||
		     !hlist_empty(&help->expectations)))
		return 0;

	helper = helper_by_port(nf_ct_tuple(ct, IP_CT_DIR_REPLY));
	if (likely(!help && !helper))	/* nearly always: save the call */
		return 0;
	return helper_assign(ct, helper, flags);
}

/**
 * nf_ct_helper_destroy() - tell an entry's helper that the entry dies
 * @ct:	the entry
 *
 * Context: Any but hard interrupt.
 */
void nf_ct_helper_destroy(struct nf_conn *ct)
{
	const struct nf_conn_help *help = nfct_help(ct);
	const struct nf_conntrack_helper *helper;

	if (!help)
		return;

	rcu_read_lock();
	helper = rcu_dereference(help->helper);
	if (helper && helper->destroy)
		helper->destroy(ct);
	rcu_read_unlock();
}

/**
 * nf_ct_helper_expectfn_register() - name a function for expectations
 * @n:	the function and its name; stays with the caller
 *
 * Context: Any but hard interrupt; takes nf_conntrack_expect_lock.
 */
void nf_ct_helper_expectfn_register(struct nf_ct_helper_expectfn *n)
{
	spin_lock_bh(&nf_conntrack_expect_lock);
	list_add_rcu(&n->head, &expectfns);
	spin_unlock_bh(&nf_conntrack_expect_lock);
}

/**
 * nf_ct_helper_expectfn_unregister() - withdraw a named function
 * @n:	from nf_ct_helper_expectfn_register(); the caller must wait for RCU
 *	readers, then call nf_ct_helper_expectfn_destroy()
 *
 * Context: Any but hard interrupt; takes nf_conntrack_expect_lock.
 */
void nf_ct_helper_expectfn_unregister(struct nf_ct_helper_expectfn *n)
{
	spin_lock_bh(&nf_conntrack_expect_lock);
	list_del_rcu(&n->head);
	spin_unlock_bh(&nf_conntrack_expect_lock);
}

static bool expect_calls(struct nf_conntrack_expect *exp, void *data)
{
	const struct nf_ct_helper_expectfn *n = data;

	return exp->expectfn == n->expectfn;
}

/**
 * nf_ct_helper_expectfn_destroy() - take out what would call a function
 * @n:	the function, withdrawn already
 *
 * Waits for new flows that are about to call it.
 *
 * Context: May sleep.
 */
void nf_ct_helper_expectfn_destroy(const struct nf_ct_helper_expectfn *n)
{
	nf_ct_expect_iterate_destroy(expect_calls, (void *)n);
	synchronize_rcu();
}

/**
 * nf_ct_helper_expectfn_find_by_name() - find a function for expectations
 * @name:	its name
 *
 * Context: RCU read section.
 * Return: The entry that names it, good until the section ends, or NULL.
 */
struct nf_ct_helper_expectfn *
nf_ct_helper_expectfn_find_by_name(const char *name)
{
	struct nf_ct_helper_expectfn *n;

	list_for_each_entry_rcu(n, &expectfns, head) {
		if (!strcmp(n->name, name))
			return n;
	}

	return NULL;
}

/**
 * nf_ct_helper_expectfn_find_by_symbol() - find a function's name
 * @symbol:	the function
 *
 * Context: RCU read section or nf_conntrack_expect_lock held.
 * Return: The entry that names it, good until the section ends, or NULL.
 */
struct nf_ct_helper_expectfn *
nf_ct_helper_expectfn_find_by_symbol(const void *symbol)
{
	struct nf_ct_helper_expectfn *n;

	list_for_each_entry_rcu(n, &expectfns, head,
				lockdep_is_held(&nf_conntrack_expect_lock)) {
		if (n->expectfn == symbol)
			return n;
	}

	return NULL;
}

/**
 * nf_ct_helper_log() - log why a helper drops a packet
 * @skb:	the packet
 * @ct:		its entry
 * @fmt:	the reason, as for printk() but without a newline
 *
 * Context: RCU read section; no lock held that a logger might want.
 */
void nf_ct_helper_log(struct sk_buff *skb, const struct nf_conn *ct,
		      const char *fmt, ...)
{
	const struct nf_conn_help *help = nfct_help(ct);
	const struct nf_conntrack_helper *helper;
	struct va_format vaf;
	va_list args;

	helper = help ? rcu_dereference(help->helper) : NULL;

	va_start(args, fmt);
	vaf.fmt = fmt;
	vaf.va = &args;
	nf_log_packet(nf_ct_net(ct), nf_ct_l3num(ct), 0, skb, NULL, NULL, NULL,
		      "nf_ct_%s: dropping packet: %pV ",
		      helper ? helper->name : "helper", &vaf);
	va_end(args);
}

static bool helper_is_sound(const struct nf_conntrack_helper *me)
{
	size_t len = strnlen(me->name, sizeof(me->name));
	unsigned int i;

	if (!len || len == sizeof(me->name) || !me->expect_policy ||
	    me->expect_class_max >= NF_CT_MAX_EXPECT_CLASSES)
		return false;

	for (i = 0; i <= me->expect_class_max; i++) {
		if (me->expect_policy[i].max_expected > NF_CT_EXPECT_MAX_CNT)
			return false;
	}

	return true;
}

/**
 * nf_conntrack_helper_register() - offer a helper
 * @me:	the helper; stays with the caller
 *
 * Context: May sleep.
 * Return: 0; -EEXIST if one of that name, or for that port, is there already;
 * -EINVAL if its name is empty or endless, or its policies are out of range;
 * -ENOENT if there is no table yet.
 */
int nf_conntrack_helper_register(struct nf_conntrack_helper *me)
{
	int err = 0;

	if (!nf_ct_helper_hash)
		return -ENOENT;
	if (!helper_is_sound(me))
		return -EINVAL;

	mutex_lock(&helper_mutex);
	if (__nf_conntrack_helper_find(me->name, me->tuple.src.l3num,
				       me->tuple.dst.protonum) ||
	    (!(me->flags & NF_CT_HELPER_F_USERSPACE) &&
	     helper_by_port(&me->tuple))) {
		err = -EEXIST;
	} else {
		refcount_set(&me->refcnt, 1);
		hlist_add_head_rcu(&me->hnode, helper_chain(&me->tuple));
	}
	mutex_unlock(&helper_mutex);

	return err;
}

static bool expect_of_helper(struct nf_conntrack_expect *exp, void *data)
{
	return nf_ct_exp_maker(exp) == data || nf_ct_exp_heir(exp) == data;
}

/* Made by a packet that was inside a helper while its entry forgot it. */
static bool expect_of_nobody(struct nf_conntrack_expect *exp, void *data)
{
	return expect_of_helper(exp, data) ||
	       (!NF_CT_EXP_KEEPS_MAKER && !nf_ct_exp_maker(exp));
}

/* Walks over all entries and keeps each: always 0. */
static int helper_forget(struct nf_conn *ct, void *data)
{
	struct nf_conn_help *help = nfct_help(ct);
	struct nf_conntrack_helper *me = data;

	if (!help || rcu_access_pointer(help->helper) != me)
		return 0;

	nf_conntrack_event(IPCT_HELPER, ct);
	RCU_INIT_POINTER(help->helper, NULL);

	/* Nobody else will, once the entry does not know its helper. */
	if (me->destroy)
		me->destroy(ct);
	return 0;
}

/**
 * nf_conntrack_helper_unregister() - withdraw a helper
 * @me:	from nf_conntrack_helper_register(); nobody knows it on return
 *
 * Its expectations go; the entries that it helped live on without.
 *
 * Context: May sleep.
 */
void nf_conntrack_helper_unregister(struct nf_conntrack_helper *me)
{
	mutex_lock(&helper_mutex);
	hlist_del_rcu(&me->hnode);
	mutex_unlock(&helper_mutex);

	/* For those who found it in the hash and are assigning it. */
	synchronize_rcu();
	nf_ct_expect_iterate_destroy(expect_of_helper, me);
	nf_ct_iterate_destroy(helper_forget, me);

	/* For packets inside the helper, about to expect something. */
	synchronize_rcu();
	nf_ct_expect_iterate_destroy(expect_of_nobody, me);

	/* For those who read its name from an expectation. */
	synchronize_rcu();
}

/**
 * nf_ct_helper_init() - fill in a helper
 * @helper:	the helper
 * @l3num:	AF_INET or AF_INET6
 * @protonum:	transport protocol
 * @name:	name of what it helps
 * @default_port: the port that has the plain name, host order
 * @spec_port:	its port, host order
 * @id:		distinguishes its name if the port is not the default one
 * @exp_pol:	policies, @expect_class_max + 1 of them
 * @expect_class_max: the last class
 * @help:	reads a packet; returns a verdict
 * @from_nlattr: takes over what user space knows, or NULL
 * @module:	its module
 *
 * A name too long is cut, and may then be refused as a duplicate.
 *
 * Context: Any.
 */
void nf_ct_helper_init(struct nf_conntrack_helper *helper,
		       u16 l3num, u16 protonum, const char *name,
		       u16 default_port, u16 spec_port, u32 id,
		       const struct nf_conntrack_expect_policy *exp_pol,
		       u32 expect_class_max,
		       int (*help)(struct sk_buff *skb, unsigned int protoff,
				   struct nf_conn *ct,
				   enum ip_conntrack_info ctinfo),
		       int (*from_nlattr)(struct nlattr *attr,
					  struct nf_conn *ct),
		       struct module *module)
{
	helper->tuple.src.l3num = l3num;
	helper->tuple.src.u.all = htons(spec_port);
	helper->tuple.dst.protonum = protonum;
	helper->expect_policy = exp_pol;
	helper->expect_class_max = expect_class_max;
	helper->help = help;
	helper->from_nlattr = from_nlattr;
	helper->me = module;

	snprintf(helper->nat_mod_name, sizeof(helper->nat_mod_name),
		 NF_NAT_HELPER_PREFIX "%s", name);
	if (spec_port == default_port)
		snprintf(helper->name, sizeof(helper->name), "%s", name);
	else
		snprintf(helper->name, sizeof(helper->name), "%s-%u", name, id);
}

/**
 * nf_conntrack_helpers_register() - offer several helpers, or none
 * @helper:	an array of helpers
 * @n:		how many
 *
 * Context: May sleep.
 * Return: 0, or what nf_conntrack_helper_register() said of the first that
 * was refused.
 */
int nf_conntrack_helpers_register(struct nf_conntrack_helper *helper,
				  unsigned int n)
{
	unsigned int i;
	int err;

	for (i = 0; i < n; i++) {
		err = nf_conntrack_helper_register(&helper[i]);
		if (err) {
			nf_conntrack_helpers_unregister(helper, i);
			return err;
		}
	}

	return 0;
}

/**
 * nf_conntrack_helpers_unregister() - withdraw several helpers
 * @helper:	an array of helpers
 * @n:		how many
 *
 * Context: May sleep.
 */
void nf_conntrack_helpers_unregister(struct nf_conntrack_helper *helper,
				     unsigned int n)
{
	while (n--)
		nf_conntrack_helper_unregister(&helper[n]);
}

/**
 * nf_ct_helper_net_init() - set up a namespace
 * @net:	the namespace; its part of the module exists
 *
 * Context: Any.
 */
void nf_ct_helper_net_init(struct net *net)
{
	nf_ct_net_priv(net)->helper_mode = NF_CT_HELPER_AUTO;
}

/**
 * nf_conntrack_helper_init() - set up the table of helpers
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int nf_conntrack_helper_init(void)
{
	nf_ct_helper_hsize = 1;	/* rounded up to a page */
	nf_ct_helper_hash = nf_ct_alloc_hashtable(&nf_ct_helper_hsize, 0);

	return nf_ct_helper_hash ? 0 : -ENOMEM;
}

/**
 * nf_conntrack_helper_fini() - undo nf_conntrack_helper_init()
 *
 * Context: May sleep; no helper is registered.
 */
void nf_conntrack_helper_fini(void)
{
	kvfree(nf_ct_helper_hash);
	nf_ct_helper_hash = NULL;
}
