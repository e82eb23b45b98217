// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timeout policies: attributes to arrays of jiffies and back.
 *
 * One conversion serves every protocol; what differs is a map from attribute
 * number to slot.  A policy is always complete: what has no attribute comes
 * from the namespace at the time the policy is made.
 *
 * On the wire a timeout is a count of seconds, 32 bits in network order.
 * Timestamps are compared as signed 32-bit jiffies, so a timeout over INT_MAX
 * jiffies would lie in the past; such a value becomes INT_MAX, the longest
 * there is, as it does for a single entry (CTA_TIMEOUT).
 */
#include <linux/jiffies.h>
#include <linux/netfilter/nfnetlink_cttimeout.h>
#include <net/netfilter/nf_conntrack.h>
#include <nf_ct/timeout_policy.h>

static unsigned int wire_to_jiffies(const struct nlattr *attr)
{
	u64 wanted = (u64)ntohl(nla_get_be32(attr)) * HZ;

	return min_t(u64, wanted, INT_MAX);
}

/**
 * nf_ct_timeout_from_nlattr - make a timeout policy
 * @map: the protocol's map
 * @tb: attributes by number, already validated; NULL where absent
 * @net: whose timeouts fill what @tb leaves out
 * @data: array of jiffies to fill, as long as @map says; NULL changes the
 *	timeouts of @net itself
 *
 * Context: process context, nfnetlink subsystem lock held.
 * Return: 0.
 */
int nf_ct_timeout_from_nlattr(const struct nf_ct_timeout_map *map,
			      struct nlattr *tb[], struct net *net, void *data)
{
	unsigned int *own = (void *)&net->ct.nf_ct_proto + map->offset;
	unsigned int *timeouts = data ?: own;
	unsigned int i;

	if (data)
		memcpy(timeouts, own, map->slots * sizeof(*own));

	for (i = 0; i < map->attrs; i++) {
		if (map->slot[i] == NF_CT_TIMEOUT_SKIP || !tb[i])
			continue;
		/* packets read the namespace's without a lock */
		WRITE_ONCE(timeouts[map->slot[i]], wire_to_jiffies(tb[i]));
	}
	WRITE_ONCE(timeouts[0], timeouts[map->first]);
	return 0;
}

/**
 * nf_ct_timeout_to_nlattr - write a timeout policy as attributes
 * @map: the protocol's map
 * @skb: message to append to
 * @data: array of jiffies
 *
 * Context: process context.
 * Return: 0, or -ENOSPC when @skb has no room.
 */
int nf_ct_timeout_to_nlattr(const struct nf_ct_timeout_map *map,
			    struct sk_buff *skb, const void *data)
{
	const unsigned int *timeouts = data;
	unsigned int i, slot;

	for (i = 0; i < map->attrs; i++) {
		slot = map->slot[i];
		if (slot == NF_CT_TIMEOUT_SKIP)
			continue;
		if (nla_put_be32(skb, i, htonl(READ_ONCE(timeouts[slot]) / HZ)))
			return -ENOSPC;
	}
	return 0;
}

/*
 * TCP's "unacknowledged" and "max retrans" stand behind the states in the
 * array, past two values that are no states, but next to them on the wire.
 */
static const u8 tcp_slots[] = {
	[CTA_TIMEOUT_TCP_UNSPEC]	= NF_CT_TIMEOUT_SKIP,
	[CTA_TIMEOUT_TCP_SYN_SENT]	= TCP_CONNTRACK_SYN_SENT,
	[CTA_TIMEOUT_TCP_SYN_RECV]	= TCP_CONNTRACK_SYN_RECV,
	[CTA_TIMEOUT_TCP_ESTABLISHED]	= TCP_CONNTRACK_ESTABLISHED,
	[CTA_TIMEOUT_TCP_FIN_WAIT]	= TCP_CONNTRACK_FIN_WAIT,
	[CTA_TIMEOUT_TCP_CLOSE_WAIT]	= TCP_CONNTRACK_CLOSE_WAIT,
	[CTA_TIMEOUT_TCP_LAST_ACK]	= TCP_CONNTRACK_LAST_ACK,
	[CTA_TIMEOUT_TCP_TIME_WAIT]	= TCP_CONNTRACK_TIME_WAIT,
	[CTA_TIMEOUT_TCP_CLOSE]		= TCP_CONNTRACK_CLOSE,
	[CTA_TIMEOUT_TCP_SYN_SENT2]	= TCP_CONNTRACK_SYN_SENT2,
	[CTA_TIMEOUT_TCP_RETRANS]	= TCP_CONNTRACK_RETRANS,
	[CTA_TIMEOUT_TCP_UNACK]		= TCP_CONNTRACK_UNACK,
};

static const struct nf_ct_timeout_map tcp_map = {
	.slot	= tcp_slots,
	.attrs	= ARRAY_SIZE(tcp_slots),
	.slots	= TCP_CONNTRACK_TIMEOUT_MAX,
	.first	= TCP_CONNTRACK_SYN_SENT,
	.offset	= offsetof(struct nf_ip_net, tcp.timeouts),
};

const struct nla_policy nf_ct_tcp_timeout_policy[CTA_TIMEOUT_TCP_MAX + 1] = {
	[CTA_TIMEOUT_TCP_SYN_SENT ... CTA_TIMEOUT_TCP_UNACK] = {
		.type = NLA_U32,
	},
};

static const u8 udp_slots[] = {
	[CTA_TIMEOUT_UDP_UNSPEC]	= NF_CT_TIMEOUT_SKIP,
	[CTA_TIMEOUT_UDP_UNREPLIED]	= UDP_CT_UNREPLIED,
	[CTA_TIMEOUT_UDP_REPLIED]	= UDP_CT_REPLIED,
};

static const struct nf_ct_timeout_map udp_map = {
	.slot	= udp_slots,
	.attrs	= ARRAY_SIZE(udp_slots),
	.slots	= UDP_CT_MAX,
	.first	= UDP_CT_UNREPLIED,
	.offset	= offsetof(struct nf_ip_net, udp.timeouts),
};

const struct nla_policy nf_ct_udp_timeout_policy[CTA_TIMEOUT_UDP_MAX + 1] = {
	[CTA_TIMEOUT_UDP_UNREPLIED ... CTA_TIMEOUT_UDP_REPLIED] = {
		.type = NLA_U32,
	},
};

/* UDP-Lite shares UDP's timeouts; its attributes only have other names. */
static const u8 udplite_slots[] = {
	[CTA_TIMEOUT_UDPLITE_UNSPEC]	= NF_CT_TIMEOUT_SKIP,
	[CTA_TIMEOUT_UDPLITE_UNREPLIED]	= UDP_CT_UNREPLIED,
	[CTA_TIMEOUT_UDPLITE_REPLIED]	= UDP_CT_REPLIED,
};

static const struct nf_ct_timeout_map udplite_map = {
	.slot	= udplite_slots,
	.attrs	= ARRAY_SIZE(udplite_slots),
	.slots	= UDP_CT_MAX,
	.first	= UDP_CT_UNREPLIED,
	.offset	= offsetof(struct nf_ip_net, udp.timeouts),
};

const struct nla_policy
nf_ct_udplite_timeout_policy[CTA_TIMEOUT_UDPLITE_MAX + 1] = {
	[CTA_TIMEOUT_UDPLITE_UNREPLIED ... CTA_TIMEOUT_UDPLITE_REPLIED] = {
		.type = NLA_U32,
	},
};

static const u8 icmp_slots[] = {
	[CTA_TIMEOUT_ICMP_UNSPEC]	= NF_CT_TIMEOUT_SKIP,
	[CTA_TIMEOUT_ICMP_TIMEOUT]	= 0,
};

static const struct nf_ct_timeout_map icmp_map = {
	.slot	= icmp_slots,
	.attrs	= ARRAY_SIZE(icmp_slots),
	.slots	= 1,
	.first	= 0,
	.offset	= offsetof(struct nf_ip_net, icmp.timeout),
};

const struct nla_policy nf_ct_icmp_timeout_policy[CTA_TIMEOUT_ICMP_MAX + 1] = {
	[CTA_TIMEOUT_ICMP_TIMEOUT]	= { .type = NLA_U32 },
};

static const u8 icmpv6_slots[] = {
	[CTA_TIMEOUT_ICMPV6_UNSPEC]	= NF_CT_TIMEOUT_SKIP,
	[CTA_TIMEOUT_ICMPV6_TIMEOUT]	= 0,
};

static const struct nf_ct_timeout_map icmpv6_map = {
	.slot	= icmpv6_slots,
	.attrs	= ARRAY_SIZE(icmpv6_slots),
	.slots	= 1,
	.first	= 0,
	.offset	= offsetof(struct nf_ip_net, icmpv6.timeout),
};

const struct nla_policy
nf_ct_icmpv6_timeout_policy[CTA_TIMEOUT_ICMPV6_MAX + 1] = {
	[CTA_TIMEOUT_ICMPV6_TIMEOUT]	= { .type = NLA_U32 },
};

static const u8 generic_slots[] = {
	[CTA_TIMEOUT_GENERIC_UNSPEC]	= NF_CT_TIMEOUT_SKIP,
	[CTA_TIMEOUT_GENERIC_TIMEOUT]	= 0,
};

static const struct nf_ct_timeout_map generic_map = {
	.slot	= generic_slots,
	.attrs	= ARRAY_SIZE(generic_slots),
	.slots	= 1,
	.first	= 0,
	.offset	= offsetof(struct nf_ip_net, generic.timeout),
};

const struct nla_policy
nf_ct_generic_timeout_policy[CTA_TIMEOUT_GENERIC_MAX + 1] = {
	[CTA_TIMEOUT_GENERIC_TIMEOUT]	= { .type = NLA_U32 },
};

NF_CT_TIMEOUT_FUNCTIONS(tcp);
NF_CT_TIMEOUT_FUNCTIONS(udp);
NF_CT_TIMEOUT_FUNCTIONS(udplite);
NF_CT_TIMEOUT_FUNCTIONS(icmp);
NF_CT_TIMEOUT_FUNCTIONS(icmpv6);
NF_CT_TIMEOUT_FUNCTIONS(generic);
