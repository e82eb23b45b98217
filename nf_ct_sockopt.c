// SPDX-License-Identifier: GPL-2.0-only
/*
 * getsockopt(SO_ORIGINAL_DST): where a connection was going before NAT.
 *
 * For proxies that get their connections by -j REDIRECT or DNAT: they ask
 * the accepted socket which address its client had dialled.
 */
#include <linux/ipv6.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <linux/uaccess.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_tuple.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <nf_ct/netns.h>

/* Copies the tuple dialled into @dialled: found by the reply's. */
static int dialled_tuple(const struct sock *sk,
			 const struct nf_conntrack_tuple *reply,
			 struct nf_conntrack_tuple *dialled)
{
	const struct nf_conntrack_tuple_hash *h;
	struct nf_conn *ct;

	h = nf_conntrack_find_get(sock_net(sk), &nf_ct_zone_dflt, reply);
	if (!h)
		return -ENOENT;

	ct = nf_ct_tuplehash_to_ctrack(h);
	*dialled = *nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL);
	nf_ct_put(ct);
	return 0;
}

static bool is_stream(const struct sock *sk)
{
	return sk->sk_protocol == IPPROTO_TCP || sk->sk_protocol == IPPROTO_SCTP;
}

static int get_ipv4(struct sock *sk, int optval, void __user *user, int *len)
{
	const struct inet_sock *inet = inet_sk(sk);
	struct nf_conntrack_tuple reply, dialled;
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int err;

	if (!is_stream(sk))
		return -ENOPROTOOPT;
	if ((unsigned int)*len < sizeof(sin))
		return -EINVAL;

	memset(&reply, 0, sizeof(reply));
	lock_sock(sk);
	reply.src.u3.ip = inet->inet_rcv_saddr;
	reply.src.u.all = inet->inet_sport;
	reply.dst.u3.ip = inet->inet_daddr;
	reply.dst.u.all = inet->inet_dport;
	reply.src.l3num = PF_INET;
	reply.dst.protonum = sk->sk_protocol;
	release_sock(sk);

	err = dialled_tuple(sk, &reply, &dialled);
	if (err)
		return err;

	sin.sin_addr.s_addr = dialled.dst.u3.ip;
	sin.sin_port = dialled.dst.u.all;
	return copy_to_user(user, &sin, sizeof(sin)) ? -EFAULT : 0;
}

static int get_ipv6(struct sock *sk, int optval, void __user *user, int *len)
{
	const struct inet_sock *inet = inet_sk(sk);
	const struct ipv6_pinfo *inet6 = inet6_sk(sk);
	struct nf_conntrack_tuple reply, dialled;
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	int bound_dev_if, err;
	__be32 flow_label;

	if (!is_stream(sk))
		return -ENOPROTOOPT;
	if (*len < 0 || (unsigned int)*len < sizeof(sin6))
		return -EINVAL;

	memset(&reply, 0, sizeof(reply));
	lock_sock(sk);
	reply.src.u3.in6 = sk->sk_v6_rcv_saddr;
	reply.src.u.all = inet->inet_sport;
	reply.dst.u3.in6 = sk->sk_v6_daddr;
	reply.dst.u.all = inet->inet_dport;
	reply.src.l3num = PF_INET6;
	reply.dst.protonum = sk->sk_protocol;
	bound_dev_if = sk->sk_bound_dev_if;
	flow_label = inet6->flow_label;
	release_sock(sk);

	err = dialled_tuple(sk, &reply, &dialled);
	if (err)
		return err;

	sin6.sin6_addr = dialled.dst.u3.in6;
	sin6.sin6_port = dialled.dst.u.all;
	sin6.sin6_flowinfo = flow_label & IPV6_FLOWINFO_MASK;
	sin6.sin6_scope_id = ipv6_iface_scope_id(&sin6.sin6_addr, bound_dev_if);
	return copy_to_user(user, &sin6, sizeof(sin6)) ? -EFAULT : 0;
}

static struct nf_sockopt_ops ipv4_sockopt = {
	.pf		= PF_INET,
	.get_optmin	= SO_ORIGINAL_DST,
	.get_optmax	= SO_ORIGINAL_DST + 1,
	.get		= get_ipv4,
	.owner		= THIS_MODULE,
};

static struct nf_sockopt_ops ipv6_sockopt = {
	.pf		= NFPROTO_IPV6,
	.get_optmin	= IP6T_SO_ORIGINAL_DST,
	.get_optmax	= IP6T_SO_ORIGINAL_DST + 1,
	.get		= get_ipv6,
	.owner		= THIS_MODULE,
};

/**
 * nf_ct_sockopt_init - offer SO_ORIGINAL_DST for both families
 *
 * Context: module init.
 * Return: 0 or an errno.
 */
int nf_ct_sockopt_init(void)
{
	int err;

	err = nf_register_sockopt(&ipv4_sockopt);
	if (err < 0)
		return err;

	err = nf_register_sockopt(&ipv6_sockopt);
	if (err < 0)
		nf_unregister_sockopt(&ipv4_sockopt);
	return err;
}

/**
 * nf_ct_sockopt_fini - withdraw SO_ORIGINAL_DST
 *
 * Context: module exit, may sleep until callers are out.
 */
void nf_ct_sockopt_fini(void)
{
	nf_unregister_sockopt(&ipv6_sockopt);
	nf_unregister_sockopt(&ipv4_sockopt);
}
