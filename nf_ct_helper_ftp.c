// SPDX-License-Identifier: GPL-2.0-only
/*
 * FTP: hears on the control channel where the data channel will be.
 *
 *   segment --read--> text, if it begins a line --nf_ct_ftp_parse()-->
 *   command --check its address--> expectation (--NAT rewrites both-->)
 *
 * A command counts only as the first thing in a segment, and only if the
 * segment before it, in sequence, ended in a newline.  Whoever controls a
 * mere part of what a client sends (a file, an HTTP body) cannot place a
 * command there without the client's TCP stack having cut the line just so.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/tcp.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <linux/netfilter/nf_conntrack_ftp.h>
#include <nf_ct/ftp.h>
#include <nf_ct/version.h>

MODULE_LICENSE("GPL");
MODULE_VERSION(NF_CT_VERSION);
MODULE_AUTHOR("The nf_ct developers");
MODULE_DESCRIPTION("FTP connection tracking helper");
MODULE_ALIAS("ip_conntrack_ftp");
MODULE_ALIAS_NFCT_HELPER("ftp");

#define FTP_PORTS_MAX	8

/* Seconds that a client may take to open the data connection. */
#define FTP_TIMEOUT	(5 * 60)

static unsigned short ports[FTP_PORTS_MAX];
static unsigned int ports_n;
module_param_array(ports, ushort, &ports_n, 0400);
MODULE_PARM_DESC(ports, "Ports of FTP servers, at most 8 (default 21)");

static bool loose;
module_param(loose, bool, 0600);
MODULE_PARM_DESC(loose,
		 "Expect data connections to third hosts, too (default N)");

unsigned int (*nf_nat_ftp_hook)(struct sk_buff *skb,
				enum ip_conntrack_info ctinfo,
				enum nf_ct_ftp_type type,
				unsigned int protoff,
				unsigned int matchoff,
				unsigned int matchlen,
				struct nf_conntrack_expect *exp);

/* Guards every struct nf_ct_ftp_master: a few words, written once a line. */
static DEFINE_SPINLOCK(ftp_lock);

/* One helper for each port and family. */
static struct nf_conntrack_helper ftp_helpers[2 * FTP_PORTS_MAX];
static unsigned int ftp_helpers_n;

static const struct nf_conntrack_expect_policy ftp_policy = {
	.max_expected	= 1,
	.timeout	= FTP_TIMEOUT,
};

/*
 * A segment's first bytes.  seq is that of the first one, next that of the one
 * after the segment; both host order.
 */
struct ftp_segment {
	u32		seq;
	u32		next;
	bool		ends_line;
	unsigned int	len;
	const char	*text;
	char		buf[NF_CT_FTP_LINE_MAX];
};

/* False if it carries no data. */
static bool segment_read(const struct sk_buff *skb, unsigned int protoff,
			 struct ftp_segment *seg)
{
	const struct tcphdr *th;
	unsigned int dataoff;
	struct tcphdr buf;
	char last;

	th = skb_header_pointer(skb, protoff, sizeof(buf), &buf);
	if (!th || th->doff * 4 < sizeof(*th))
		return false;

	dataoff = protoff + th->doff * 4;
	if (dataoff >= skb->len)
		return false;

	if (skb_copy_bits(skb, skb->len - 1, &last, sizeof(last)))
		return false;

	seg->seq = ntohl(th->seq);
	seg->next = seg->seq + skb->len - dataoff;
	seg->ends_line = last == '\n';
	seg->len = min_t(unsigned int, skb->len - dataoff, sizeof(seg->buf));
	seg->text = skb_header_pointer(skb, dataoff, seg->len, seg->buf);
	return seg->text;
}

static bool segment_begins_line(struct nf_ct_ftp_master *master,
				enum ip_conntrack_dir dir, u32 seq)
{
	bool begins;

	spin_lock_bh(&ftp_lock);
	begins = master->flags[dir] & NF_CT_FTP_SEQ_PICKUP ||
		 nf_ct_ftp_begins_line(master->seq_aft_nl[dir],
				       master->seq_aft_nl_num[dir], seq);
	master->flags[dir] &= ~NF_CT_FTP_SEQ_PICKUP;
	spin_unlock_bh(&ftp_lock);

	return begins;
}

static void segment_ended_line(struct nf_ct_ftp_master *master,
			       enum ip_conntrack_dir dir, u32 next)
{
	spin_lock_bh(&ftp_lock);
	master->seq_aft_nl_num[dir] =
		nf_ct_ftp_learn_line(master->seq_aft_nl[dir],
				     master->seq_aft_nl_num[dir],
				     NUM_SEQ_TO_REMEMBER, next);
	spin_unlock_bh(&ftp_lock);
}

/*
 * Where the data channel will go: to where the other side believes the sender
 * to be, which is not what the command says if NAT is between them.  A command
 * that names a third host (RFC 2577, 3: the bounce attack) goes nowhere unless
 * the administrator wants it.
 */
static bool ftp_destination(const struct nf_conn *ct, enum ip_conntrack_dir dir,
			    const struct nf_ct_ftp_cmd *cmd,
			    union nf_inet_addr *dest)
{
	union nf_inet_addr named;

	BUILD_BUG_ON(sizeof(named) != sizeof(cmd->addr));
	if (cmd->family != nf_ct_l3num(ct))
		return false;

	memcpy(&named, cmd->addr, sizeof(named));
	if (nf_inet_addr_cmp(&named, &ct->tuplehash[dir].tuple.src.u3)) {
		*dest = ct->tuplehash[!dir].tuple.dst.u3;
		return true;
	}

	*dest = named;
	return READ_ONCE(loose);
}

static unsigned int ftp_expect(struct sk_buff *skb, unsigned int protoff,
			       struct nf_conn *ct,
			       enum ip_conntrack_info ctinfo,
			       const struct nf_ct_ftp_cmd *cmd)
{
	enum ip_conntrack_dir dir = CTINFO2DIR(ctinfo);
	typeof(nf_nat_ftp_hook) nat = READ_ONCE(nf_nat_ftp_hook);
	unsigned int verdict = NF_ACCEPT;
	struct nf_conntrack_expect *exp;
	__be16 port = htons(cmd->port);
	union nf_inet_addr dest;

	if (!ftp_destination(ct, dir, cmd, &dest))
		return NF_ACCEPT;

	exp = nf_ct_expect_alloc(ct);
	if (!exp) {
		nf_ct_helper_log(skb, ct, "cannot alloc expectation");
		return NF_DROP;
	}

	nf_ct_expect_init(exp, NF_CT_EXPECT_CLASS_DEFAULT, cmd->family,
			  &ct->tuplehash[!dir].tuple.src.u3, &dest,
			  IPPROTO_TCP, NULL, &port);

	if (nat && ct->status & IPS_NAT_MASK) {
		verdict = nat(skb, ctinfo, cmd->type, protoff, cmd->offset,
			      cmd->len, exp);
	} else if (nf_ct_expect_related(exp, 0)) {
		nf_ct_helper_log(skb, ct, "cannot add expectation");
		verdict = NF_DROP;
	}

	nf_ct_expect_put(exp);
	return verdict;
}

static unsigned int ftp_command(struct sk_buff *skb, unsigned int protoff,
				struct nf_conn *ct,
				enum ip_conntrack_info ctinfo,
				const struct ftp_segment *seg)
{
	static const char * const words[] = {
		[NF_CT_FTP_PORT] = "PORT",
		[NF_CT_FTP_PASV] = "227 ",
		[NF_CT_FTP_EPRT] = "EPRT",
		[NF_CT_FTP_EPSV] = "229 ",
	};
	enum ip_conntrack_dir dir = CTINFO2DIR(ctinfo);
	struct nf_ct_ftp_cmd cmd;

	cmd = nf_ct_ftp_parse(seg->text, seg->len, dir, nf_ct_l3num(ct),
			      (const u8 *)&ct->tuplehash[dir].tuple.src.u3);
	switch (cmd.match) {
	case NF_CT_FTP_FOUND:
		return ftp_expect(skb, protoff, ct, ctinfo, &cmd);
	case NF_CT_FTP_PARTIAL:
		/* Sent again, it comes with what has been written since. */
		nf_ct_helper_log(skb, ct, "partial matching of `%s'",
				 words[cmd.type]);
		return NF_DROP;
	default:
		return NF_ACCEPT;
	}
}

static int ftp_help(struct sk_buff *skb, unsigned int protoff,
		    struct nf_conn *ct, enum ip_conntrack_info ctinfo)
{
	struct nf_ct_ftp_master *master = nfct_help_data(ct);
	enum ip_conntrack_dir dir = CTINFO2DIR(ctinfo);
	unsigned int verdict = NF_ACCEPT;
	struct ftp_segment seg;

	if (ctinfo != IP_CT_ESTABLISHED && ctinfo != IP_CT_ESTABLISHED_REPLY)
		return NF_ACCEPT;

	if (!segment_read(skb, protoff, &seg))
		return NF_ACCEPT;

	if (segment_begins_line(master, dir, seg.seq))
		verdict = ftp_command(skb, protoff, ct, ctinfo, &seg);

	/* What was dropped comes again, and then begins the same line. */
	if (verdict == NF_ACCEPT && seg.ends_line)
		segment_ended_line(master, dir, seg.next);

	return verdict;
}

/* An entry made by user space: its next segments are taken to begin lines. */
static int ftp_from_nlattr(struct nlattr *attr, struct nf_conn *ct)
{
	struct nf_ct_ftp_master *master = nfct_help_data(ct);

	spin_lock_bh(&ftp_lock);
	master->flags[IP_CT_DIR_ORIGINAL] |= NF_CT_FTP_SEQ_PICKUP;
	master->flags[IP_CT_DIR_REPLY] |= NF_CT_FTP_SEQ_PICKUP;
	spin_unlock_bh(&ftp_lock);

	return 0;
}

static void ftp_add_port(u16 port)
{
	static const u16 families[] = { AF_INET, AF_INET6 };
	int i;

	for (i = 0; i < ARRAY_SIZE(families); i++)
		nf_ct_helper_init(&ftp_helpers[ftp_helpers_n++], families[i],
				  IPPROTO_TCP, "ftp", FTP_PORT, port, port,
				  &ftp_policy, 0, ftp_help, ftp_from_nlattr,
				  THIS_MODULE);
}

static bool port_repeated(unsigned int i)
{
	unsigned int before;

	for (before = 0; before < i; before++) {
		if (ports[before] == ports[i])
			return true;
	}

	return false;
}

static int ftp_read_ports(void)
{
	unsigned int i;

	if (!ports_n)
		ports[ports_n++] = FTP_PORT;

	for (i = 0; i < ports_n; i++) {
		if (!ports[i]) {
			pr_err("port 0 cannot be an FTP server's\n");
			return -EINVAL;
		}

		if (port_repeated(i))
			pr_notice("port %u is given twice\n", ports[i]);
		else
			ftp_add_port(ports[i]);
	}

	return 0;
}

static int __init nf_conntrack_ftp_init(void)
{
	int err;

	static_assert(sizeof(struct nf_ct_ftp_master) <=
		      sizeof_field(struct nf_conn_help, data));

	err = ftp_read_ports();
	if (err)
		return err;

	err = nf_conntrack_helpers_register(ftp_helpers, ftp_helpers_n);
	if (err)
		pr_err("failed to register helpers\n");

	return err;
}

static void __exit nf_conntrack_ftp_fini(void)
{
	nf_conntrack_helpers_unregister(ftp_helpers, ftp_helpers_n);
}

module_init(nf_conntrack_ftp_init);
module_exit(nf_conntrack_ftp_fini);
