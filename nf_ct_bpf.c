// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries for BPF: the kernel functions (kfuncs) by which programs of XDP and
 * tc look entries up, make them and change them, and leave to write a mark.
 *
 * Names, arguments and flags are an interface: the verifier knows functions
 * and structures by their names in this module's BTF.  Hence it is built only
 * where the headers have the kernel's own BTF for a base.
 */
#include <linux/bpf.h>
#include <linux/bpf_verifier.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/filter.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <net/net_namespace.h>
#include <net/xdp.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_bpf.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <nf_ct/bpf.h>

/* Seconds that an entry made by a program lives unless it says otherwise. */
#define DEFAULT_LIFE	10

/**
 * struct bpf_ct_opts - what a program asks for, and how it went
 * @netns_id:	 namespace, by its id in the packet's; or BPF_F_CURRENT_NETNS
 * @error:	 out: 0 or a negative errno
 * @l4proto:	 IPPROTO_TCP or IPPROTO_UDP
 * @dir:	 out: &enum ip_conntrack_dir of what was found
 * @ct_zone_id:	 zone
 * @ct_zone_dir: NF_CT_ZONE_DIR_*, 0 for both
 * @reserved:	 zero
 */
struct bpf_ct_opts {
	s32 netns_id;
	s32 error;
	u8 l4proto;
	u8 dir;
	u16 ct_zone_id;
	u8 ct_zone_dir;
	u8 reserved[3];
};

enum {
	NF_BPF_CT_OPTS_SZ = 16,
};

/* Its length before there were zones; these bytes were reserved then. */
#define OPTS_SIZE_OLD	12

static int opts_check(const struct bpf_ct_opts *opts, u32 size)
{
	if (size == NF_BPF_CT_OPTS_SZ) {
		if (opts->reserved[0] || opts->reserved[1] || opts->reserved[2])
			return -EINVAL;
	} else if (size != OPTS_SIZE_OLD || opts->ct_zone_id) {
		return -EINVAL;
	}

	if (opts->netns_id < BPF_F_CURRENT_NETNS)
		return -EINVAL;
	if (opts->l4proto != IPPROTO_TCP && opts->l4proto != IPPROTO_UDP)
		return -EPROTO;

	return 0;
}

static int tuple_read(const struct bpf_sock_tuple *from, u32 size, u8 l4proto,
		      struct nf_conntrack_tuple *tuple)
{
	memset(tuple, 0, sizeof(*tuple));
	tuple->dst.protonum = l4proto;

	switch (size) {
	case sizeof(from->ipv4):
		tuple->src.l3num = AF_INET;
		tuple->src.u3.ip = from->ipv4.saddr;
		tuple->src.u.all = from->ipv4.sport;
		tuple->dst.u3.ip = from->ipv4.daddr;
		tuple->dst.u.all = from->ipv4.dport;
		return 0;
	case sizeof(from->ipv6):
		tuple->src.l3num = AF_INET6;
		memcpy(tuple->src.u3.ip6, from->ipv6.saddr,
		       sizeof(from->ipv6.saddr));
		tuple->src.u.all = from->ipv6.sport;
		memcpy(tuple->dst.u3.ip6, from->ipv6.daddr,
		       sizeof(from->ipv6.daddr));
		tuple->dst.u.all = from->ipv6.dport;
		return 0;
	}
	return -EAFNOSUPPORT;
}

static void zone_read(const struct bpf_ct_opts *opts, u32 size,
		      struct nf_conntrack_zone *zone)
{
	u8 dir = NF_CT_DEFAULT_ZONE_DIR;
	u16 id = NF_CT_DEFAULT_ZONE_ID;

	if (size == NF_BPF_CT_OPTS_SZ) {
		id = opts->ct_zone_id;
		if (opts->ct_zone_dir)
			dir = opts->ct_zone_dir;
	}
	nf_ct_zone_init(zone, id, dir, 0);
}

/* The namespace that was asked for, with a reference if it is another one. */
static struct net *net_get(struct net *here, s32 id)
{
	struct net *net;

	if (id == BPF_F_CURRENT_NETNS)
		return here;

	net = get_net_ns_by_id(here, id);
	return net ?: ERR_PTR(-ENONET);
}

static void net_done(struct net *net, s32 id)
{
	if (id != BPF_F_CURRENT_NETNS)
		put_net(net);
}

static struct nf_conn *make(struct net *net, const struct nf_conntrack_zone *zone,
			    const struct nf_conntrack_tuple *tuple)
{
	struct nf_conntrack_tuple reply;
	struct nf_conn *ct;

	if (!nf_ct_invert_tuple(&reply, tuple))
		return ERR_PTR(-EINVAL);

	ct = nf_conntrack_alloc(net, zone, tuple, &reply, GFP_ATOMIC);
	if (IS_ERR(ct))
		return ct;

	memset(&ct->proto, 0, sizeof(ct->proto));
	__nf_ct_set_timeout(ct, DEFAULT_LIFE * HZ);
	return ct;
}

static struct nf_conn *find(struct net *net, const struct nf_conntrack_zone *zone,
			    const struct nf_conntrack_tuple *tuple,
			    struct bpf_ct_opts *opts)
{
	struct nf_conntrack_tuple_hash *h;

	h = nf_conntrack_find_get(net, zone, tuple);
	if (!h)
		return ERR_PTR(-ENOENT);

	opts->dir = NF_CT_DIRECTION(h);
	return nf_ct_tuplehash_to_ctrack(h);
}

static struct nf_conn *act(struct net *here, struct bpf_sock_tuple *from,
			   u32 tuple_size, struct bpf_ct_opts *opts,
			   u32 opts_size, bool new)
{
	struct nf_conntrack_tuple tuple;
	struct nf_conntrack_zone zone;
	struct nf_conn *ct;
	struct net *net;
	int err;

	err = opts_check(opts, opts_size);
	if (!err)
		err = tuple_read(from, tuple_size, opts->l4proto, &tuple);
	if (err)
		return ERR_PTR(err);

	net = net_get(here, opts->netns_id);
	if (IS_ERR(net))
		return ERR_CAST(net);

	zone_read(opts, opts_size, &zone);
	ct = new ? make(net, &zone, &tuple) : find(net, &zone, &tuple, opts);
	net_done(net, opts->netns_id);
	return ct;
}

/* NULL for the program, which finds the error in its options. */
static struct nf_conn *answer(struct net *here, struct bpf_sock_tuple *from,
			      u32 tuple_size, struct bpf_ct_opts *opts,
			      u32 opts_size, bool new)
{
	struct nf_conn *ct = ERR_PTR(-EINVAL);

	if (opts && from)
		ct = act(here, from, tuple_size, opts, opts_size, new);
	if (!IS_ERR(ct))
		return ct;

	if (opts && opts_size >= offsetofend(struct bpf_ct_opts, error))
		opts->error = PTR_ERR(ct);
	return NULL;
}

static struct net *net_of_skb(const struct sk_buff *skb)
{
	return skb->dev ? dev_net(skb->dev) : sock_net(skb->sk);
}

static struct net *net_of_xdp(struct xdp_md *ctx)
{
	return dev_net(((struct xdp_buff *)ctx)->rxq->dev);
}

__bpf_kfunc_start_defs();

__bpf_kfunc struct nf_conn___init *
bpf_xdp_ct_alloc(struct xdp_md *xdp_ctx, struct bpf_sock_tuple *bpf_tuple,
		 u32 tuple__sz, struct bpf_ct_opts *opts, u32 opts__sz)
{
	return (struct nf_conn___init *)
		answer(net_of_xdp(xdp_ctx), bpf_tuple, tuple__sz, opts,
		       opts__sz, true);
}

__bpf_kfunc struct nf_conn *
bpf_xdp_ct_lookup(struct xdp_md *xdp_ctx, struct bpf_sock_tuple *bpf_tuple,
		  u32 tuple__sz, struct bpf_ct_opts *opts, u32 opts__sz)
{
	return answer(net_of_xdp(xdp_ctx), bpf_tuple, tuple__sz, opts,
		      opts__sz, false);
}

__bpf_kfunc struct nf_conn___init *
bpf_skb_ct_alloc(struct __sk_buff *skb_ctx, struct bpf_sock_tuple *bpf_tuple,
		 u32 tuple__sz, struct bpf_ct_opts *opts, u32 opts__sz)
{
	return (struct nf_conn___init *)
		answer(net_of_skb((struct sk_buff *)skb_ctx), bpf_tuple,
		       tuple__sz, opts, opts__sz, true);
}

__bpf_kfunc struct nf_conn *
bpf_skb_ct_lookup(struct __sk_buff *skb_ctx, struct bpf_sock_tuple *bpf_tuple,
		  u32 tuple__sz, struct bpf_ct_opts *opts, u32 opts__sz)
{
	return answer(net_of_skb((struct sk_buff *)skb_ctx), bpf_tuple,
		      tuple__sz, opts, opts__sz, false);
}

/* Gives the entry, which the program must not touch again, to the table. */
__bpf_kfunc struct nf_conn *bpf_ct_insert_entry(struct nf_conn___init *nfct_i)
{
	struct nf_conn *ct = (struct nf_conn *)nfct_i;

	/* Until now it was from the insertion on. */
	ct->timeout += nfct_time_stamp;
	ct->status |= IPS_CONFIRMED;
	if (nf_conntrack_hash_check_insert(ct) < 0) {
		nf_conntrack_free(ct);
		return NULL;
	}
	return ct;
}

__bpf_kfunc void bpf_ct_release(struct nf_conn *nfct)
{
	nf_ct_put(nfct);
}

/* Lifetimes are in milliseconds. */
__bpf_kfunc void bpf_ct_set_timeout(struct nf_conn___init *nfct, u32 timeout)
{
	__nf_ct_set_timeout((struct nf_conn *)nfct, msecs_to_jiffies(timeout));
}

__bpf_kfunc int bpf_ct_change_timeout(struct nf_conn *nfct, u32 timeout)
{
	return __nf_ct_change_timeout(nfct, msecs_to_jiffies(timeout));
}

__bpf_kfunc int bpf_ct_set_status(const struct nf_conn___init *nfct, u32 status)
{
	return nf_ct_change_status_common((struct nf_conn *)nfct, status);
}

__bpf_kfunc int bpf_ct_change_status(struct nf_conn *nfct, u32 status)
{
	return nf_ct_change_status_common(nfct, status);
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(kfuncs)
BTF_ID_FLAGS(func, bpf_xdp_ct_alloc, KF_ACQUIRE | KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_xdp_ct_lookup, KF_ACQUIRE | KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_skb_ct_alloc, KF_ACQUIRE | KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_skb_ct_lookup, KF_ACQUIRE | KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_ct_insert_entry, KF_ACQUIRE | KF_RET_NULL | KF_RELEASE)
BTF_ID_FLAGS(func, bpf_ct_release, KF_RELEASE)
BTF_ID_FLAGS(func, bpf_ct_set_timeout, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, bpf_ct_change_timeout, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, bpf_ct_set_status, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, bpf_ct_change_status, KF_TRUSTED_ARGS)
BTF_KFUNCS_END(kfuncs)

static const struct btf_kfunc_id_set kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &kfuncs,
};

BTF_ID_LIST(entry_types)
BTF_ID(struct, nf_conn)
BTF_ID(struct, nf_conn___init)

/* What a program may write of an entry: its mark. */
static int may_write(struct bpf_verifier_log *log,
		     const struct bpf_reg_state *reg, int off, int size)
{
	const struct btf_type *type = btf_type_by_id(reg->btf, reg->btf_id);

	if (type != btf_type_by_id(reg->btf, entry_types[0]) &&
	    type != btf_type_by_id(reg->btf, entry_types[1])) {
		bpf_log(log, "only read is supported\n");
		return -EACCES;
	}

#ifdef CONFIG_NF_CONNTRACK_MARK
	if (off == offsetof(struct nf_conn, mark) &&
	    size <= sizeof_field(struct nf_conn, mark))
		return 0;
#endif
	bpf_log(log, "no write support to nf_conn at off %d size %d\n", off,
		size);
	return -EACCES;
}

/**
 * nf_ct_bpf_init - offer the functions to the verifier
 *
 * Context: module init, may sleep.
 * Return: 0 or a negative errno.
 */
int nf_ct_bpf_init(void)
{
	int err;

	err = register_btf_kfunc_id_set(BPF_PROG_TYPE_XDP, &kfunc_set);
	if (!err)
		err = register_btf_kfunc_id_set(BPF_PROG_TYPE_SCHED_CLS,
						&kfunc_set);
	if (err)
		return err;

	mutex_lock(&nf_conn_btf_access_lock);
	nfct_btf_struct_access = may_write;
	mutex_unlock(&nf_conn_btf_access_lock);
	return 0;
}

/**
 * nf_ct_bpf_fini - withdraw leave to write; the functions go with the module,
 * which no program uses any more
 *
 * Context: module exit, may sleep.
 */
void nf_ct_bpf_fini(void)
{
	mutex_lock(&nf_conn_btf_access_lock);
	nfct_btf_struct_access = NULL;
	mutex_unlock(&nf_conn_btf_access_lock);
}
