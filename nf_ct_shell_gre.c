// SPDX-License-Identifier: GPL-2.0-only
/*
 * GRE: plain tunnels, and the enhanced GRE that carries PPTP's data.
 *
 * Plain GRE (RFC 2784, version 0) has no ports, so a flow is a pair of hosts.
 * PPTP's (RFC 2637, 4.1, version 1) names in each packet the call id of the
 * receiver only.  That becomes the destination key; the source key, the call
 * id of the sender, comes from the key map, which the PPTP helper fills when
 * it sees both on the control connection:
 *
 *	control connection:  PNS call id 1, PAC call id 2
 *	key map:	     PNS > PAC, dst key 2: src key 1
 *			     PAC > PNS, dst key 1: src key 2
 *
 * A map entry belongs to its control connection (nf_ct_pptp_master.keymap)
 * and stands in its namespace's list.  The list is what counts: a pointer in
 * a helper's data is followed only if the list has it, so neither data that
 * is not PPTP's nor a flushed list can mislead.
 *
 * Readers hold rcu_read_lock(), writers keymap_lock.
 */
#include <linux/netfilter/nf_conntrack_pptp.h>
#include <linux/netfilter/nf_conntrack_proto_gre.h>
#include <linux/netfilter/nfnetlink_cttimeout.h>
#include <linux/rculist.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <net/gre.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/pptp.h>
#include <nf_ct/shell.h>
#include <nf_ct/timeout_policy.h>

/* In seconds; the sysctls nf_conntrack_gre_timeout and _stream. */
static const unsigned int default_timeouts[GRE_CT_MAX] = {
	[GRE_CT_UNREPLIED]	= 30,
	[GRE_CT_REPLIED]	= 180,
};

static DEFINE_SPINLOCK(keymap_lock);

/* Same hosts, same call: all but the source key, which is the answer. */
static bool same_call(const struct nf_conntrack_tuple *a,
		      const struct nf_conntrack_tuple *b)
{
	return a->src.l3num == b->src.l3num &&
	       nf_inet_addr_cmp(&a->src.u3, &b->src.u3) &&
	       __nf_ct_tuple_dst_equal(a, b);
}

/* The sender's call id, or 0 when no control connection told it. */
static __be16 find_source_key(struct net *net,
			      const struct nf_conntrack_tuple *tuple)
{
	const struct nf_ct_gre_keymap *entry;

	list_for_each_entry_rcu(entry, &nf_gre_pernet(net)->keymap_list, list)
		if (same_call(&entry->tuple, tuple))
			return entry->tuple.src.u.gre.key;
	return 0;
}

/* Is this one of the namespace's entries?  @entry may point anywhere. */
static bool is_listed(struct net *net, const struct nf_ct_gre_keymap *entry)
{
	const struct nf_ct_gre_keymap *each;

	lockdep_assert_held(&keymap_lock);
	if (!entry)
		return false;
	list_for_each_entry(each, &nf_gre_pernet(net)->keymap_list, list)
		if (each == entry)
			return true;
	return false;
}

/* Where the control connection keeps its entries; NULL without a helper. */
static struct nf_ct_gre_keymap **keymap_of(const struct nf_conn *master)
{
	struct nf_ct_pptp_master *pptp;

	if (!nfct_help(master))
		return NULL;
	pptp = nfct_help_data(master);
	return pptp->keymap;
}

static int install(struct net *net, struct nf_ct_gre_keymap **slot,
		   struct nf_ct_gre_keymap *entry)
{
	lockdep_assert_held(&keymap_lock);
	if (is_listed(net, *slot))	/* the control packet came again? */
		return same_call(&(*slot)->tuple, &entry->tuple) ? 0 : -EEXIST;

	list_add_tail_rcu(&entry->list, &nf_gre_pernet(net)->keymap_list);
	*slot = entry;
	return 1;
}

/**
 * nf_ct_gre_keymap_add - tell the source key of one direction of a PPTP call
 * @ct: the control connection, with the PPTP helper
 * @dir: which of its two entries
 * @t: hosts and both keys, as the direction's packets will have them
 *
 * Context: softirq or process context, under rcu_read_lock().
 * Return: 0, also when the same call was told before; -EEXIST when @dir
 * already has another call; -ENOMEM; -EINVAL when @ct has no helper.
 */
int nf_ct_gre_keymap_add(struct nf_conn *ct, enum ip_conntrack_dir dir,
			 struct nf_conntrack_tuple *t)
{
	struct nf_ct_gre_keymap **keymap = keymap_of(ct);
	struct nf_ct_gre_keymap *entry;
	int ret;

	if (!keymap)
		return -EINVAL;
	entry = kmalloc(sizeof(*entry), GFP_ATOMIC);
	if (!entry)
		return -ENOMEM;
	entry->tuple = *t;

	spin_lock_bh(&keymap_lock);
	ret = install(nf_ct_net(ct), &keymap[dir], entry);
	spin_unlock_bh(&keymap_lock);

	if (ret <= 0)
		kfree(entry);
	return min(ret, 0);
}

/**
 * nf_ct_gre_keymap_destroy - forget the call of a control connection
 * @ct: the control connection, or a GRE flow that it expected
 *
 * Does nothing when there is no call to forget.
 *
 * Context: any but hard interrupt.
 */
void nf_ct_gre_keymap_destroy(struct nf_conn *ct)
{
	struct nf_ct_gre_keymap **keymap;
	struct net *net = nf_ct_net(ct);
	enum ip_conntrack_dir dir;

	if (nf_ct_protonum(ct) == IPPROTO_GRE)
		ct = ct->master;
	keymap = ct ? keymap_of(ct) : NULL;
	if (!keymap)
		return;

	spin_lock_bh(&keymap_lock);
	for (dir = IP_CT_DIR_ORIGINAL; dir < IP_CT_DIR_MAX; dir++) {
		if (!is_listed(net, keymap[dir]))
			continue;
		list_del_rcu(&keymap[dir]->list);
		kfree_rcu(keymap[dir], rcu);
		keymap[dir] = NULL;
	}
	spin_unlock_bh(&keymap_lock);
}

/**
 * nf_ct_gre_net_exit - forget all calls of a namespace
 * @net: the namespace
 *
 * Context: process context, when no packet of @net is tracked any more.
 */
void nf_ct_gre_net_exit(struct net *net)
{
	struct nf_ct_gre_keymap *entry, *next;

	spin_lock_bh(&keymap_lock);
	list_for_each_entry_safe(entry, next, &nf_gre_pernet(net)->keymap_list,
				 list) {
		list_del_rcu(&entry->list);
		kfree_rcu(entry, rcu);
	}
	spin_unlock_bh(&keymap_lock);
}

/* RFC 2637, 4.1: of its header, all up to the call id. */
struct pptp_head {
	struct gre_base_hdr	base;
	__be16			payload_len;
	__be16			call_id;
};

/**
 * gre_pkt_to_tuple - read the keys of a GRE packet
 * @skb: the packet
 * @dataoff: where its GRE header starts, in bytes from skb->data
 * @net: its namespace
 * @tuple: where to put the keys; addresses and protocol are there already
 *
 * Context: softirq or BH off, under rcu_read_lock().
 * Return: false when the header is cut off or is no GRE that we know.
 */
bool gre_pkt_to_tuple(const struct sk_buff *skb, unsigned int dataoff,
		      struct net *net, struct nf_conntrack_tuple *tuple)
{
	const struct gre_base_hdr *base;
	const struct pptp_head *pptp;
	struct gre_base_hdr _base;
	struct pptp_head _pptp;

	base = skb_header_pointer(skb, dataoff, sizeof(_base), &_base);
	if (!base)
		return false;
	if ((base->flags & GRE_VERSION) != GRE_VERSION_1) {
		tuple->src.u.all = 0;
		tuple->dst.u.all = 0;
		return true;
	}

	pptp = skb_header_pointer(skb, dataoff, sizeof(_pptp), &_pptp);
	if (!pptp || pptp->base.protocol != GRE_PROTO_PPP)
		return false;
	tuple->dst.u.gre.key = pptp->call_id;
	tuple->src.u.gre.key = find_source_key(net, tuple);
	return true;
}

/**
 * nf_ct_gre_check - is the packet well formed?
 * @skb: the packet
 * @dataoff: where its GRE header starts, in bytes from skb->data
 * @state: the hook it is at
 *
 * GRE's own checksum is optional and left to the tunnel's end.
 *
 * Context: softirq or BH off, under rcu_read_lock().
 * Return: NF_CT_WHY_OK or what is wrong.
 */
enum nf_ct_why nf_ct_gre_check(struct sk_buff *skb, unsigned int dataoff,
			       const struct nf_hook_state *state)
{
	if (skb->len >= dataoff + sizeof(struct gre_base_hdr))
		return NF_CT_WHY_OK;
	nf_ct_log_why(skb, state, IPPROTO_GRE, NF_CT_WHY_GRE_SHORT);
	return NF_CT_WHY_GRE_SHORT;
}

/**
 * nf_ct_gre_packet - judge a packet as part of its flow
 * @ct: the flow
 * @skb: the packet
 * @dataoff: where its GRE header starts, in bytes from skb->data
 * @ctinfo: its direction and standing
 * @state: the hook it is at
 *
 * A flow keeps the timeouts it began with: the PPTP helper may change them.
 *
 * Context: softirq or BH off, under rcu_read_lock().
 * Return: the outcome, for nf_ct_apply().
 */
struct nf_ct_step nf_ct_gre_packet(struct nf_conn *ct, struct sk_buff *skb,
				   unsigned int dataoff,
				   enum ip_conntrack_info ctinfo,
				   const struct nf_hook_state *state)
{
	struct nf_ct_step step = { .fate = NF_CT_TRACKED };
	struct nf_ct_gre *gre = &ct->proto.gre;
	const unsigned int *timeouts;

	if (!nf_ct_is_confirmed(ct)) {
		timeouts = nf_ct_timeouts(ct,
					  nf_gre_pernet(nf_ct_net(ct))->timeouts);
		gre->timeout = timeouts[GRE_CT_UNREPLIED];
		gre->stream_timeout = timeouts[GRE_CT_REPLIED];
	}

	step.timeout = gre->timeout;
	if (test_bit(IPS_SEEN_REPLY_BIT, &ct->status)) {
		step.timeout = gre->stream_timeout;
		step.status = IPS_ASSURED;
	}
	return step;
}

#ifdef CONFIG_NF_CONNTRACK_PROCFS
static void gre_print_conntrack(struct seq_file *s, struct nf_conn *ct)
{
	seq_printf(s, "timeout=%u, stream_timeout=%u ",
		   ct->proto.gre.timeout / HZ,
		   ct->proto.gre.stream_timeout / HZ);
}
#endif

static const u8 gre_slots[] = {
	[CTA_TIMEOUT_GRE_UNSPEC]	= NF_CT_TIMEOUT_SKIP,
	[CTA_TIMEOUT_GRE_UNREPLIED]	= GRE_CT_UNREPLIED,
	[CTA_TIMEOUT_GRE_REPLIED]	= GRE_CT_REPLIED,
};

static const struct nf_ct_timeout_map gre_map = {
	.slot	= gre_slots,
	.attrs	= ARRAY_SIZE(gre_slots),
	.slots	= GRE_CT_MAX,
	.first	= GRE_CT_UNREPLIED,
	.offset	= offsetof(struct nf_ip_net, gre.timeouts),
};

const struct nla_policy nf_ct_gre_timeout_policy[CTA_TIMEOUT_GRE_MAX + 1] = {
	[CTA_TIMEOUT_GRE_UNREPLIED ... CTA_TIMEOUT_GRE_REPLIED] = {
		.type = NLA_U32,
	},
};

NF_CT_TIMEOUT_FUNCTIONS(gre);

/**
 * nf_conntrack_gre_init_net - give a namespace an empty key map and GRE's
 * default timeouts
 * @net: the namespace
 *
 * Context: process context, before any packet of @net is tracked.
 */
void nf_conntrack_gre_init_net(struct net *net)
{
	struct nf_gre_net *gn = nf_gre_pernet(net);
	unsigned int i;

	INIT_LIST_HEAD(&gn->keymap_list);
	for (i = 0; i < GRE_CT_MAX; i++)
		gn->timeouts[i] = default_timeouts[i] * HZ;
}

const struct nf_conntrack_l4proto nf_conntrack_l4proto_gre = {
	.l4proto		= IPPROTO_GRE,
#ifdef CONFIG_NF_CONNTRACK_PROCFS
	.print_conntrack	= gre_print_conntrack,
#endif
	.tuple_to_nlattr	= nf_ct_port_tuple_to_nlattr,
	.nlattr_tuple_size	= nf_ct_port_nlattr_tuple_size,
	.nlattr_to_tuple	= nf_ct_port_nlattr_to_tuple,
	.nla_policy		= nf_ct_port_nla_policy,
	.ctnl_timeout		= {
		.nlattr_to_obj	= nf_ct_gre_timeout_from_nlattr,
		.obj_to_nlattr	= nf_ct_gre_timeout_to_nlattr,
		.nlattr_max	= CTA_TIMEOUT_GRE_MAX,
		.obj_size	= sizeof_field(struct nf_gre_net, timeouts),
		.nla_policy	= nf_ct_gre_timeout_policy,
	},
};
