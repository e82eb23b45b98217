// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries (struct nf_conn): allocation, references, death.
 *
 *   nf_conntrack_alloc()    no reference, in no list; counted
 *   (first reference)	     the packet's (init_flow()) or the caller's and the
 *			     table's (nf_conntrack_hash_check_insert())
 *   nf_ct_delete()	     whoever sets IPS_DYING first: reports, takes it out
 *			     of the table, puts the table's reference
 *   nf_ct_destroy()	     the last reference is gone
 *   nf_conntrack_free()     back to the slab; uncounted
 *
 * Memory comes from a SLAB_TYPESAFE_BY_RCU cache: a lockless reader may look
 * at an entry at any of these stages, but without a reference it may trust
 * only the tuples, the status, the timeout and the namespace, and must check
 * them again once it has one.  Extensions are freed with the last reference
 * and are never touched without one.
 */
#include <linux/ktime.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_acct.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_extend.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_timeout.h>
#include <net/netfilter/nf_conntrack_timestamp.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <nf_ct/entry.h>
#include <nf_ct/event.h>
#include <nf_ct/ext.h>
#include <nf_ct/index.h>
#include <nf_ct/inline.h>
#include <nf_ct/net.h>
#include <nf_ct/table.h>

static struct kmem_cache *entry_cache __read_mostly;
static siphash_aligned_key_t id_key __read_mostly;

/* Allocation ------------------------------------------------------------ */

/**
 * nf_ct_charge - count one more entry, making room for it if need be
 * @net:	namespace
 * @cnet:	nf_ct_pernet() of it
 * @hash:	the new entry's, as for nf_ct_alloc()
 *
 * Context: any.
 * Return: false when the table is full.
 */
bool nf_ct_charge(struct net *net, struct nf_conntrack_net *cnet, u32 hash)
{
	unsigned int max = READ_ONCE(nf_conntrack_max);
	unsigned int count = atomic_inc_return(&cnet->count);

	if (likely(!max || count <= max))
		return true;

	if (nf_ct_early_drop(net, hash))
		return true;

	nf_ct_gc_hurry();
	atomic_dec(&cnet->count);
	net_warn_ratelimited("nf_conntrack: table full, dropping packet\n");
	return false;
}

static void uncharge(struct net *net)
{
	/* What freeing the entry wrote is seen before the count drops: netns
	 * exit waits for zero in clean_nets() and then frees what it pointed to.
	 */
	smp_mb__before_atomic();
	atomic_dec(&nf_ct_pernet(net)->count);
}

/**
 * nf_ct_alloc - make an entry that nf_ct_charge() has counted
 * @net:	namespace
 * @zone:	zone
 * @orig:	tuple of the original direction
 * @repl:	tuple of the reply direction
 * @hash:	nf_ct_index_hash() of @orig in the zone of its direction
 * @gfp:	how to allocate
 *
 * Context: as @gfp says.
 * Return: an entry with no reference, for nf_conntrack_free() or for whoever
 * sets the first; ERR_PTR(-ENOMEM) when memory is full, and the entry is no
 * longer counted then.
 */
__path_inline struct nf_conn *
nf_ct_alloc(struct net *net, const struct nf_conntrack_zone *zone,
	    const struct nf_conntrack_tuple *orig,
	    const struct nf_conntrack_tuple *repl, u32 hash, gfp_t gfp)
{
	struct nf_conn *ct;

	/* Not zeroed: a reader may be looking at the tuples of its last life,
	 * whose list nodes must keep leading somewhere.
	 */
	ct = kmem_cache_alloc(entry_cache, gfp);
	if (!ct) {
		uncharge(net);
		return ERR_PTR(-ENOMEM);
	}

	spin_lock_init(&ct->lock);
	ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple = *orig;
	ct->tuplehash[IP_CT_DIR_ORIGINAL].hnnode.pprev = NULL;
	ct->tuplehash[IP_CT_DIR_REPLY].tuple = *repl;
	WRITE_ONCE(ct->tuplehash[IP_CT_DIR_REPLY].hnnode.pprev, NULL);
	nf_ct_table_stash(ct, hash);
	ct->status = 0;
	WRITE_ONCE(ct->timeout, 0);
	write_pnet(&ct->ct_net, net);
	memset_after(ct, 0, __nfct_init_offset);
	nf_ct_zone_add(ct, zone);

	/* Zero until it is complete, so that no reader can get hold of it. */
	refcount_set(&ct->ct_general.use, 0);
	return ct;
}

/**
 * nf_conntrack_alloc - make an entry, for others
 * @net:	namespace
 * @zone:	zone
 * @orig:	tuple of the original direction
 * @repl:	tuple of the reply direction
 * @gfp:	how to allocate
 *
 * Context: as @gfp says.
 * Return: as nf_ct_alloc(); ERR_PTR(-ENOMEM) also when the table is full.
 */
struct nf_conn *nf_conntrack_alloc(struct net *net,
				   const struct nf_conntrack_zone *zone,
				   const struct nf_conntrack_tuple *orig,
				   const struct nf_conntrack_tuple *repl,
				   gfp_t gfp)
{
	unsigned int zone_id = nf_ct_zone_id(zone, IP_CT_DIR_ORIGINAL);
	u32 hash = nf_ct_index_hash(orig, zone_id, net);

	if (!nf_ct_charge(net, nf_ct_pernet(net), hash))
		return ERR_PTR(-ENOMEM);
	return nf_ct_alloc(net, zone, orig, repl, hash, gfp);
}

/**
 * nf_conntrack_free - give back an entry that nobody refers to
 * @ct:		from nf_conntrack_alloc(), in no list
 *
 * Context: any.
 */
void nf_conntrack_free(struct nf_conn *ct)
{
	struct net *net = nf_ct_net(ct);

	/* A reader that got a reference in between would use freed memory. */
	WARN_ON_ONCE(refcount_read(&ct->ct_general.use) != 0);

	if (ct->status & IPS_SRC_NAT_DONE) {
		const struct nf_nat_hook *nat_hook;

		rcu_read_lock();
		nat_hook = rcu_dereference(nf_nat_hook);
		if (nat_hook)
			nat_hook->remove_nat_bysrc(ct);
		rcu_read_unlock();
	}

	nf_ct_timeout_release(ct);
	kfree(ct->ext);
	kmem_cache_free(entry_cache, ct);
	uncharge(net);
}

/**
 * nf_ct_tmpl_alloc - make a template, which a rule attaches to packets
 * @net:	namespace
 * @zone:	zone
 * @flags:	how to allocate
 *
 * Context: as @flags says.
 * Return: a template with one reference, or NULL.
 */
struct nf_conn *nf_ct_tmpl_alloc(struct net *net,
				 const struct nf_conntrack_zone *zone,
				 gfp_t flags)
{
	struct nf_conn *tmpl, *mem;

	/* The low bits of its address carry enum ip_conntrack_info; where
	 * kmalloc() does not align that far, shift and remember by how much.
	 */
	if (ARCH_KMALLOC_MINALIGN <= NFCT_INFOMASK) {
		mem = kzalloc(sizeof(*mem) + NFCT_INFOMASK, flags);
		if (!mem)
			return NULL;
		tmpl = PTR_ALIGN(mem, NFCT_INFOMASK + 1);
		tmpl->proto.tmpl_padto = (char *)tmpl - (char *)mem;
	} else {
		tmpl = kzalloc(sizeof(*tmpl), flags);
		if (!tmpl)
			return NULL;
	}

	tmpl->status = IPS_TEMPLATE;
	write_pnet(&tmpl->ct_net, net);
	nf_ct_zone_add(tmpl, zone);
	refcount_set(&tmpl->ct_general.use, 1);
	return tmpl;
}

/**
 * nf_ct_tmpl_free - free a template
 * @tmpl:	a template without references
 *
 * Context: any.
 */
void nf_ct_tmpl_free(struct nf_conn *tmpl)
{
	kfree(tmpl->ext);

	if (ARCH_KMALLOC_MINALIGN <= NFCT_INFOMASK)
		kfree((char *)tmpl - tmpl->proto.tmpl_padto);
	else
		kfree(tmpl);
}

/* Death ----------------------------------------------------------------- */

/**
 * nf_ct_destroy - the last reference to an entry or template is gone
 * @nfct:	&nf_conn.ct_general
 *
 * Context: any but hard interrupt.
 */
void nf_ct_destroy(struct nf_conntrack *nfct)
{
	struct nf_conn *ct = nf_ct_to_nf_conn(nfct);

	WARN_ON_ONCE(refcount_read(&nfct->use) != 0);

	if (unlikely(nf_ct_is_template(ct))) {
		nf_ct_tmpl_free(ct);
		return;
	}

	if (IS_ENABLED(CONFIG_NF_CT_PROTO_GRE) &&
	    unlikely(nf_ct_protonum(ct) == IPPROTO_GRE))
		nf_ct_gre_keymap_destroy(ct);

	/* A helper may expect on a first packet that is then never confirmed,
	 * so nf_ct_delete() is not the only place that must do this.
	 */
	nf_ct_remove_expectations(ct);

	if (ct->master)
		nf_ct_put(ct->master);

	nf_conntrack_free(ct);
}

/* The moment of death, or of expiry if that was earlier. */
static void stamp_stop(const struct nf_conn *ct)
{
	struct nf_conn_tstamp *tstamp = nf_conn_tstamp_find(ct);
	s32 left;

	if (!tstamp)
		return;

	left = READ_ONCE(ct->timeout) - nfct_time_stamp;
	tstamp->stop = ktime_get_real_ns();
	if (left < 0)
		tstamp->stop -= jiffies_to_nsecs(-left);
}

/**
 * nf_ct_delete - kill an entry
 * @ct:		a confirmed entry; the caller holds a reference
 * @portid:	netlink port of whoever asked, for the event; 0 for nobody
 * @report:	whether that one wants to hear of it
 *
 * Death happens once: whoever sets IPS_DYING goes on, everybody else returns.
 *
 * Context: any but hard interrupt.
 * Return: true when this call killed it.  False when it was dying already, or
 * when the listener could not take the event: then the entry leaves the table
 * but lives on in the dying list until the event is delivered.
 */
bool nf_ct_delete(struct nf_conn *ct, u32 portid, int report)
{
	struct net *net = nf_ct_net(ct);
	bool told;

	if (test_and_set_bit(IPS_DYING_BIT, &ct->status))
		return false;

	stamp_stop(ct);
	told = nf_conntrack_event_report(IPCT_DESTROY, ct, portid, report) >= 0;

	nf_ct_helper_destroy(ct);
	nf_ct_table_remove(ct);
	nf_ct_remove_expectations(ct);

	if (!told) {
		/* The list takes over the table's reference. */
		nf_ct_event_defer_destroy(ct);
		return false;
	}

	if (nf_conntrack_ecache_dwork_pending(net))
		nf_conntrack_ecache_work(net, NFCT_ECACHE_DESTROY_SENT);
	nf_ct_put(ct);
	return true;
}

/**
 * nf_ct_kill_acct - count one last packet and kill the entry
 * @ct:		a confirmed entry
 * @ctinfo:	the packet's direction
 * @skb:	the packet
 *
 * Context: softirq or BH off.
 * Return: as nf_ct_delete().
 */
bool nf_ct_kill_acct(struct nf_conn *ct, enum ip_conntrack_info ctinfo,
		     const struct sk_buff *skb)
{
	nf_ct_acct_update(ct, CTINFO2DIR(ctinfo), skb->len);
	return nf_ct_delete(ct, 0, 0);
}

/* What rulesets and user space may change ------------------------------- */

/**
 * __nf_ct_refresh_acct - renew an entry's lifetime and count a packet
 * @ct:		the entry
 * @ctinfo:	the packet's direction
 * @skb:	the packet; used only with @do_acct
 * @extra_jiffies: new lifetime in jiffies from now
 * @do_acct:	count the packet and its bytes
 *
 * Context: any.
 */
void __nf_ct_refresh_acct(struct nf_conn *ct, enum ip_conntrack_info ctinfo,
			  const struct sk_buff *skb, u32 extra_jiffies,
			  bool do_acct)
{
	nf_ct_renew(ct, extra_jiffies);
	if (do_acct)
		nf_ct_acct_update(ct, CTINFO2DIR(ctinfo), skb->len);
}

/**
 * __nf_ct_change_timeout - set an entry's timeout from outside
 * @ct:			the entry
 * @cta_timeout:	lifetime in jiffies from now
 *
 * Context: any.
 * Return: 0, -EPERM for a fixed timeout, -ETIME when it is dying.
 */
int __nf_ct_change_timeout(struct nf_conn *ct, u64 cta_timeout)
{
	if (test_bit(IPS_FIXED_TIMEOUT_BIT, &ct->status))
		return -EPERM;

	__nf_ct_set_timeout(ct, cta_timeout);
	return nf_ct_is_dying(ct) ? -ETIME : 0;
}

/**
 * __nf_ct_change_status - set and clear status bits from outside
 * @ct:		the entry
 * @on:		IPS_* bits to set
 * @off:	IPS_* bits to clear
 *
 * Bits that only the core may change are left alone without a word.
 *
 * Context: any.
 */
void __nf_ct_change_status(struct nf_conn *ct, unsigned long on,
			   unsigned long off)
{
	unsigned int bit;

	on &= ~IPS_UNCHANGEABLE_MASK;
	off &= ~IPS_UNCHANGEABLE_MASK;

	for (bit = 0; bit < __IPS_MAX_BIT; bit++) {
		if (on & BIT(bit))
			set_bit(bit, &ct->status);
		else if (off & BIT(bit))
			clear_bit(bit, &ct->status);
	}
}

/**
 * nf_ct_change_status_common - set an entry's status from outside
 * @ct:		the entry
 * @status:	the wanted IPS_* bits
 *
 * Context: any.
 * Return: 0, or -EBUSY when @status would change what only traffic may.
 */
int nf_ct_change_status_common(struct nf_conn *ct, unsigned int status)
{
	unsigned long now = READ_ONCE(ct->status);
	unsigned long differ = now ^ status;

	if (differ & (IPS_EXPECTED | IPS_CONFIRMED | IPS_DYING))
		return -EBUSY;
	if (differ & now & (IPS_SEEN_REPLY | IPS_ASSURED))
		return -EBUSY;		/* these may be set, never cleared */

	__nf_ct_change_status(ct, status, 0);
	return 0;
}

/**
 * nf_ct_get_id - a number for an entry that tells user space nothing else
 * @ct:		the entry
 *
 * Stable while the entry lives; keyed, so that no address can be read from it.
 *
 * Context: any.
 * Return: the number.
 */
u32 nf_ct_get_id(const struct nf_conn *ct)
{
	u64 tuple;

	net_get_random_once(&id_key, sizeof(id_key));
	tuple = siphash(nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL),
			offsetofend(struct nf_conntrack_tuple, dst.protonum),
			&id_key);
	return (u32)siphash_3u64((unsigned long)ct, (unsigned long)ct->master,
				 tuple, &id_key);
}

/**
 * nf_ct_entry_init - make the slab cache
 *
 * Context: module init.
 * Return: 0 or -ENOMEM.
 */
int nf_ct_entry_init(void)
{
	/* Aligned so that skb->_nfct can carry enum ip_conntrack_info. */
	entry_cache = kmem_cache_create("nf_conntrack", sizeof(struct nf_conn),
					NFCT_INFOMASK + 1,
					SLAB_TYPESAFE_BY_RCU | SLAB_HWCACHE_ALIGN,
					NULL);
	return entry_cache ? 0 : -ENOMEM;
}

/**
 * nf_ct_entry_fini - destroy the slab cache, empty by now
 *
 * Context: module exit.
 */
void nf_ct_entry_fini(void)
{
	kmem_cache_destroy(entry_cache);
}
