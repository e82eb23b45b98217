/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Module-wide setup that nf_ct_main.c calls, room by room.
 */
#ifndef NF_CT_NETNS_H
#define NF_CT_NETNS_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/net_namespace.h>

/* nf_ct_netns.c */
int nf_ct_netns_init(void);
void nf_ct_netns_fini(void);
unsigned int nf_ct_confirm_hook(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state);

/* nf_ct_sockopt.c */
int nf_ct_sockopt_init(void);
void nf_ct_sockopt_fini(void);

/* nf_ct_queue.c */
int nf_ct_queue_update(struct net *net, struct sk_buff *skb);

#endif /* NF_CT_NETNS_H */
