// SPDX-License-Identifier: GPL-2.0-only
/*
 * net.netfilter.*, and the limit under its two older names.
 *
 * One row a sysctl.  A row says where its value lives: in struct net, in this
 * module's state for a namespace, or once for all namespaces; at namespace
 * init the rows become a table with that namespace's addresses.  A value out
 * of range is refused with EINVAL and changes nothing.
 */
#include <linux/kernel.h>
#include <linux/kmod.h>
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_hooks_lwtunnel.h>
#include <nf_ct/compat.h>
#include <nf_ct/net.h>

/* Where a row's offset counts from; SHARED rows name their data outright. */
enum owner {
	OWNER_SHARED,
	OWNER_NET,
	OWNER_PRIV,
};

struct row {
	struct ctl_table ctl;
	enum owner owner;
	size_t offset;
};

static struct ctl_table_header *limit_header;

/* The longest timeout whose jiffies still count as being in the future. */
static const int seconds_max = INT_MAX / HZ;

/**
 * nf_conntrack_count - how many entries a namespace has
 * @net: the namespace
 *
 * Context: any.
 * Return: entries, confirmed or not yet.
 */
u32 nf_conntrack_count(const struct net *net)
{
	return atomic_read(&nf_ct_pernet(net)->count);
}

/*
 * Jiffies in memory, seconds in the file.  proc_dointvec_jiffies() would take
 * a negative number for a timeout of years.
 */
static int seconds_handler(nf_ct_ctl_table *ctl, int write, void *buffer,
			   size_t *lenp, loff_t *ppos)
{
	unsigned int *timeout = ctl->data;
	int was = READ_ONCE(*timeout) / HZ;
	int seconds = was;
	struct ctl_table in_seconds = {
		.procname	= ctl->procname,
		.data		= &seconds,
		.maxlen		= sizeof(seconds),
		.mode		= ctl->mode,
		.extra1		= SYSCTL_ZERO,
		.extra2		= (void *)&seconds_max,
	};
	int err;

	err = proc_dointvec_minmax(&in_seconds, write, buffer, lenp, ppos);
	if (!err && write && seconds != was)
		WRITE_ONCE(*timeout, seconds * HZ);
	return err;
}

static int count_handler(nf_ct_ctl_table *ctl, int write, void *buffer,
			 size_t *lenp, loff_t *ppos)
{
	u32 count = nf_conntrack_count(ctl->data);
	struct ctl_table now = {
		.procname	= ctl->procname,
		.data		= &count,
		.maxlen		= sizeof(count),
		.mode		= ctl->mode,
	};

	return proc_douintvec(&now, write, buffer, lenp, ppos);
}

static int buckets_handler(nf_ct_ctl_table *ctl, int write, void *buffer,
			   size_t *lenp, loff_t *ppos)
{
	unsigned int was = READ_ONCE(nf_conntrack_htable_size);
	unsigned int buckets = was;
	struct ctl_table wish = {
		.procname	= ctl->procname,
		.data		= &buckets,
		.maxlen		= sizeof(buckets),
		.mode		= ctl->mode,
		.extra1		= SYSCTL_ONE,
		.extra2		= SYSCTL_INT_MAX,
	};
	int err;

	err = proc_douintvec_minmax(&wish, write, buffer, lenp, ppos);
	if (err || !write || buckets == was)
		return err;
	return nf_conntrack_hash_resize(buckets);
}

static bool has_logger(const struct net *net)
{
	unsigned int pf;

	for (pf = 0; pf < ARRAY_SIZE(net->nf.nf_loggers); pf++)
		if (rcu_access_pointer(net->nf.nf_loggers[pf]))
			return true;
	return false;
}

/* Who asks for a log wants to see one: bring a logger when there is none. */
static int log_invalid_handler(nf_ct_ctl_table *ctl, int write, void *buffer,
			       size_t *lenp, loff_t *ppos)
{
	const struct net *net = container_of(ctl->data, struct net,
					     ct.sysctl_log_invalid);
	int err;

	err = proc_dou8vec_minmax(ctl, write, buffer, lenp, ppos);
	if (!err && write && net->ct.sysctl_log_invalid && !has_logger(net))
		request_module("%s", "nf_log_syslog");
	return err;
}

#define SHARED_INT(_name, _data, _min) {				\
	.ctl = {							\
		.procname	= _name,				\
		.data		= _data,				\
		.maxlen		= sizeof(int),				\
		.mode		= 0644,					\
		.proc_handler	= proc_dointvec_minmax,			\
		.extra1		= _min,					\
		.extra2		= SYSCTL_INT_MAX,			\
	},								\
}

#define VALUE(_name, _owner, _offset, _type, _handler, _max) {		\
	.ctl = {							\
		.procname	= _name,				\
		.maxlen		= sizeof(_type),			\
		.mode		= 0644,					\
		.proc_handler	= _handler,				\
		.extra1		= SYSCTL_ZERO,				\
		.extra2		= _max,					\
	},								\
	.owner	= _owner,						\
	.offset	= _offset,						\
}

#define PROTO(_member)	offsetof(struct net, ct.nf_ct_proto._member)

#define SECONDS(_name, _member)						\
	VALUE(_name, OWNER_NET, PROTO(_member), unsigned int,		\
	      seconds_handler, NULL)

#define BYTE(_name, _offset, _max)					\
	VALUE(_name, OWNER_NET, _offset, u8, proc_dou8vec_minmax, _max)

#define CT(_member)	offsetof(struct net, ct._member)

static const struct row rows[] = {
	SHARED_INT("nf_conntrack_max", &nf_conntrack_max, SYSCTL_ZERO),
	SHARED_INT("nf_conntrack_expect_max", &nf_ct_expect_max, SYSCTL_ONE),
	{
		.ctl = {
			.procname	= "nf_conntrack_buckets",
			.data		= &nf_conntrack_htable_size,
			.maxlen		= sizeof(unsigned int),
			.mode		= 0644,
			.proc_handler	= buckets_handler,
		},
	},
	{
		.ctl = {
			.procname	= "nf_conntrack_count",
			.maxlen		= sizeof(int),
			.mode		= 0444,
			.proc_handler	= count_handler,
		},
		.owner	= OWNER_NET,
	},

	BYTE("nf_conntrack_checksum", CT(sysctl_checksum), SYSCTL_ONE),
	BYTE("nf_conntrack_acct", CT(sysctl_acct), SYSCTL_ONE),
	VALUE("nf_conntrack_log_invalid", OWNER_NET, CT(sysctl_log_invalid),
	      u8, log_invalid_handler, NULL),
	VALUE("nf_conntrack_helper", OWNER_PRIV,
	      offsetof(struct nf_ct_net, helper_mode),
	      u8, proc_dou8vec_minmax, SYSCTL_TWO),
#ifdef CONFIG_NF_CONNTRACK_EVENTS
	BYTE("nf_conntrack_events", CT(sysctl_events), SYSCTL_TWO),
#endif
#ifdef CONFIG_NF_CONNTRACK_TIMESTAMP
	BYTE("nf_conntrack_timestamp", CT(sysctl_tstamp), SYSCTL_ONE),
#endif

	SECONDS("nf_conntrack_generic_timeout", generic.timeout),

	SECONDS("nf_conntrack_tcp_timeout_syn_sent",
		tcp.timeouts[TCP_CONNTRACK_SYN_SENT]),
	SECONDS("nf_conntrack_tcp_timeout_syn_recv",
		tcp.timeouts[TCP_CONNTRACK_SYN_RECV]),
	SECONDS("nf_conntrack_tcp_timeout_established",
		tcp.timeouts[TCP_CONNTRACK_ESTABLISHED]),
	SECONDS("nf_conntrack_tcp_timeout_fin_wait",
		tcp.timeouts[TCP_CONNTRACK_FIN_WAIT]),
	SECONDS("nf_conntrack_tcp_timeout_close_wait",
		tcp.timeouts[TCP_CONNTRACK_CLOSE_WAIT]),
	SECONDS("nf_conntrack_tcp_timeout_last_ack",
		tcp.timeouts[TCP_CONNTRACK_LAST_ACK]),
	SECONDS("nf_conntrack_tcp_timeout_time_wait",
		tcp.timeouts[TCP_CONNTRACK_TIME_WAIT]),
	SECONDS("nf_conntrack_tcp_timeout_close",
		tcp.timeouts[TCP_CONNTRACK_CLOSE]),
	SECONDS("nf_conntrack_tcp_timeout_max_retrans",
		tcp.timeouts[TCP_CONNTRACK_RETRANS]),
	SECONDS("nf_conntrack_tcp_timeout_unacknowledged",
		tcp.timeouts[TCP_CONNTRACK_UNACK]),
	BYTE("nf_conntrack_tcp_loose", PROTO(tcp.tcp_loose), SYSCTL_ONE),
	BYTE("nf_conntrack_tcp_be_liberal", PROTO(tcp.tcp_be_liberal),
	     SYSCTL_ONE),
	BYTE("nf_conntrack_tcp_ignore_invalid_rst",
	     PROTO(tcp.tcp_ignore_invalid_rst), SYSCTL_ONE),
	BYTE("nf_conntrack_tcp_max_retrans", PROTO(tcp.tcp_max_retrans), NULL),

	SECONDS("nf_conntrack_udp_timeout", udp.timeouts[UDP_CT_UNREPLIED]),
	SECONDS("nf_conntrack_udp_timeout_stream",
		udp.timeouts[UDP_CT_REPLIED]),
	SECONDS("nf_conntrack_icmp_timeout", icmp.timeout),
	SECONDS("nf_conntrack_icmpv6_timeout", icmpv6.timeout),

#if IS_ENABLED(CONFIG_NF_FLOW_TABLE)
	SECONDS("nf_flowtable_tcp_timeout", tcp.offload_timeout),
	SECONDS("nf_flowtable_udp_timeout", udp.offload_timeout),
#endif
#ifdef CONFIG_NF_CT_PROTO_SCTP
	SECONDS("nf_conntrack_sctp_timeout_closed",
		sctp.timeouts[SCTP_CONNTRACK_CLOSED]),
	SECONDS("nf_conntrack_sctp_timeout_cookie_wait",
		sctp.timeouts[SCTP_CONNTRACK_COOKIE_WAIT]),
	SECONDS("nf_conntrack_sctp_timeout_cookie_echoed",
		sctp.timeouts[SCTP_CONNTRACK_COOKIE_ECHOED]),
	SECONDS("nf_conntrack_sctp_timeout_established",
		sctp.timeouts[SCTP_CONNTRACK_ESTABLISHED]),
	SECONDS("nf_conntrack_sctp_timeout_shutdown_sent",
		sctp.timeouts[SCTP_CONNTRACK_SHUTDOWN_SENT]),
	SECONDS("nf_conntrack_sctp_timeout_shutdown_recd",
		sctp.timeouts[SCTP_CONNTRACK_SHUTDOWN_RECD]),
	SECONDS("nf_conntrack_sctp_timeout_shutdown_ack_sent",
		sctp.timeouts[SCTP_CONNTRACK_SHUTDOWN_ACK_SENT]),
	SECONDS("nf_conntrack_sctp_timeout_heartbeat_sent",
		sctp.timeouts[SCTP_CONNTRACK_HEARTBEAT_SENT]),
#endif
#ifdef CONFIG_NF_CT_PROTO_DCCP
	SECONDS("nf_conntrack_dccp_timeout_request",
		dccp.dccp_timeout[CT_DCCP_REQUEST]),
	SECONDS("nf_conntrack_dccp_timeout_respond",
		dccp.dccp_timeout[CT_DCCP_RESPOND]),
	SECONDS("nf_conntrack_dccp_timeout_partopen",
		dccp.dccp_timeout[CT_DCCP_PARTOPEN]),
	SECONDS("nf_conntrack_dccp_timeout_open",
		dccp.dccp_timeout[CT_DCCP_OPEN]),
	SECONDS("nf_conntrack_dccp_timeout_closereq",
		dccp.dccp_timeout[CT_DCCP_CLOSEREQ]),
	SECONDS("nf_conntrack_dccp_timeout_closing",
		dccp.dccp_timeout[CT_DCCP_CLOSING]),
	SECONDS("nf_conntrack_dccp_timeout_timewait",
		dccp.dccp_timeout[CT_DCCP_TIMEWAIT]),
	BYTE("nf_conntrack_dccp_loose", PROTO(dccp.dccp_loose), SYSCTL_ONE),
#endif
#ifdef CONFIG_NF_CT_PROTO_GRE
	SECONDS("nf_conntrack_gre_timeout", gre.timeouts[GRE_CT_UNREPLIED]),
	SECONDS("nf_conntrack_gre_timeout_stream",
		gre.timeouts[GRE_CT_REPLIED]),
#endif
#if defined(CONFIG_LWTUNNEL) && !defined(HAVE_LWTUNNEL_SYSCTL)
	{
		/* A switch of the whole machine that any namespace may throw. */
		.ctl = {
			.procname	= "nf_hooks_lwtunnel",
			.maxlen		= sizeof(int),
			.mode		= 0644,
			.proc_handler	= nf_hooks_lwtunnel_sysctl_handler,
		},
	},
#endif
};

/* The limit's older names, in the first namespace only. */
static struct ctl_table limit_table[] = {
	{
		.procname	= "nf_conntrack_max",
		.data		= &nf_conntrack_max,
		.maxlen		= sizeof(int),
		.mode		= 0644,
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= SYSCTL_INT_MAX,
	},
	{
		.procname	= "ip_conntrack_max",
		.data		= &nf_conntrack_max,
		.maxlen		= sizeof(int),
		.mode		= 0644,
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= SYSCTL_INT_MAX,
	},
	{ }
};

static void bind_row(struct ctl_table *ctl, const struct row *row,
		     struct net *net)
{
	*ctl = row->ctl;
	switch (row->owner) {
	case OWNER_SHARED:
		/* A child namespace may look, but the limit is not its own. */
		if (ctl->data && !net_eq(net, &init_net))
			ctl->mode = 0444;
		break;
	case OWNER_NET:
		ctl->data = (void *)net + row->offset;
		break;
	case OWNER_PRIV:
		ctl->data = (void *)nf_ct_net_priv(net) + row->offset;
		break;
	}
}

/**
 * nf_ct_sysctl_net_init - register net.netfilter.* in a namespace
 * @net: the namespace, whose values are already set
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOMEM.
 */
int nf_ct_sysctl_net_init(struct net *net)
{
	struct ctl_table_header *header;
	struct ctl_table *table;
	unsigned int i;

	/* One more, all zeroes, ends the table. */
	table = kcalloc(ARRAY_SIZE(rows) + 1, sizeof(*table),
			GFP_KERNEL_ACCOUNT);
	if (!table)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		bind_row(&table[i], &rows[i], net);

	header = nf_ct_register_sysctl(net, "net/netfilter", table,
				       ARRAY_SIZE(rows));
	if (!header) {
		kfree(table);
		return -ENOMEM;
	}
	nf_ct_pernet(net)->sysctl_header = header;
	return 0;
}

/**
 * nf_ct_sysctl_net_exit - undo nf_ct_sysctl_net_init()
 * @net: the namespace
 *
 * Waits for readers and writers of its sysctls.
 *
 * Context: process context, may sleep.
 */
void nf_ct_sysctl_net_exit(struct net *net)
{
	struct ctl_table_header *header = nf_ct_pernet(net)->sysctl_header;
	const struct ctl_table *table = header->ctl_table_arg;

	unregister_net_sysctl_table(header);
	nf_ct_pernet(net)->sysctl_header = NULL;
	kfree(table);
}

/**
 * nf_ct_sysctl_init - register net.nf_conntrack_max and net.ip_conntrack_max
 *
 * Context: module init, may sleep.
 * Return: 0, or -ENOMEM.
 */
int nf_ct_sysctl_init(void)
{
	limit_header = nf_ct_register_sysctl(&init_net, "net", limit_table,
					     ARRAY_SIZE(limit_table) - 1);
	return limit_header ? 0 : -ENOMEM;
}

/**
 * nf_ct_sysctl_fini - undo nf_ct_sysctl_init()
 *
 * Context: module exit, may sleep.
 */
void nf_ct_sysctl_fini(void)
{
	unregister_net_sysctl_table(limit_header);
}
