// SPDX-License-Identifier: GPL-2.0-only
/*
 * Amanda: hears from a machine that is to be backed up, which answers by UDP,
 * to which of its ports the backup server will connect by TCP.
 *
 *   datagram --find_line()--> text of a line --nf_ct_amanda_parse()--> ports
 *   --> an expectation for each (--NAT rewrites both-->)
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/textsearch.h>
#include <linux/udp.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <linux/netfilter/nf_conntrack_amanda.h>
#include <nf_ct/amanda.h>
#include <nf_ct/version.h>

MODULE_LICENSE("GPL");
MODULE_VERSION(NF_CT_VERSION);
MODULE_AUTHOR("The nf_ct developers");
MODULE_DESCRIPTION("Amanda connection tracking helper");
MODULE_ALIAS("ip_conntrack_amanda");
MODULE_ALIAS_NFCT_HELPER("amanda");

#define AMANDA_PORT	10080

/* Seconds that the server may take to connect to an announced port. */
#define AMANDA_TIMEOUT	(3 * 60)

static unsigned int master_timeout __read_mostly = 300;
module_param(master_timeout, uint, 0600);
MODULE_PARM_DESC(master_timeout,
		 "Seconds that a session may pause after a reply (default 300)");

static char *ts_algo = "kmp";
module_param(ts_algo, charp, 0400);
MODULE_PARM_DESC(ts_algo, "Text search algorithm (default kmp)");

unsigned int (*nf_nat_amanda_hook)(struct sk_buff *skb,
				   enum ip_conntrack_info ctinfo,
				   unsigned int protoff,
				   unsigned int matchoff,
				   unsigned int matchlen,
				   struct nf_conntrack_expect *exp);

/* Looks for the word; read by every packet, changed by none. */
static struct ts_config *amanda_search;

static const struct nf_conntrack_expect_policy amanda_policy = {
	.max_expected	= NF_CT_AMANDA_STREAMS,
	.timeout	= AMANDA_TIMEOUT,
};

static struct nf_conntrack_helper amanda_helpers[2];

/* A line of a datagram: where it begins, from the start of the payload. */
struct amanda_line {
	unsigned int	offset;
	unsigned int	len;
	const char	*text;
	char		buf[NF_CT_AMANDA_LINE_MAX];
};

static bool begins_line(const struct sk_buff *skb, unsigned int payload,
			unsigned int at)
{
	char before;

	return at == payload ||
	       (!skb_copy_bits(skb, at - 1, &before, sizeof(before)) &&
		before == '\n');
}

/* Where the datagram ends, which may be before the packet does; 0 if broken. */
static unsigned int datagram_end(const struct sk_buff *skb,
				 unsigned int protoff)
{
	const struct udphdr *uh;
	struct udphdr buf;
	unsigned int len;

	uh = skb_header_pointer(skb, protoff, sizeof(buf), &buf);
	if (!uh)
		return 0;

	len = ntohs(uh->len);
	return len >= sizeof(buf) && len <= skb->len - protoff ?
	       protoff + len : 0;
}

/*
 * The first line that begins with the word.  The search goes on behind a word
 * in mid-line, so all of them together read the datagram once.
 */
static bool find_line(struct sk_buff *skb, unsigned int protoff,
		      struct amanda_line *line)
{
	unsigned int payload = protoff + sizeof(struct udphdr);
	unsigned int end = datagram_end(skb, protoff);
	unsigned int found, at = payload;

	while (at < end) {
		found = skb_find_text(skb, at, end, amanda_search);
		if (found == UINT_MAX || found >= end - at)
			return false;

		at += found;
		if (begins_line(skb, payload, at)) {
			line->offset = at - payload;
			line->len = min_t(unsigned int, end - at,
					  sizeof(line->buf));
			line->text = skb_header_pointer(skb, at, line->len,
							line->buf);
			return line->text;
		}
		at += strlen(NF_CT_AMANDA_WORD);
	}

	return false;
}

static unsigned int amanda_expect(struct sk_buff *skb, unsigned int protoff,
				  struct nf_conn *ct,
				  enum ip_conntrack_info ctinfo,
				  unsigned int line,
				  const struct nf_ct_amanda_port *announced)
{
	const struct nf_conntrack_tuple *asked =
		&ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	typeof(nf_nat_amanda_hook) nat = READ_ONCE(nf_nat_amanda_hook);
	__be16 port = htons(announced->port);
	unsigned int verdict = NF_ACCEPT;
	struct nf_conntrack_expect *exp;

	exp = nf_ct_expect_alloc(ct);
	if (!exp) {
		nf_ct_helper_log(skb, ct, "cannot alloc expectation");
		return NF_DROP;
	}

	nf_ct_expect_init(exp, NF_CT_EXPECT_CLASS_DEFAULT, nf_ct_l3num(ct),
			  &asked->src.u3, &asked->dst.u3, IPPROTO_TCP, NULL,
			  &port);

	if (nat && ct->status & IPS_NAT_MASK) {
		verdict = nat(skb, ctinfo, protoff, line + announced->offset,
			      announced->len, exp);
	} else if (nf_ct_expect_related(exp, 0)) {
		nf_ct_helper_log(skb, ct, "cannot add expectation");
		verdict = NF_DROP;
	}

	nf_ct_expect_put(exp);
	return verdict;
}

/* A machine takes its time to estimate how much there is to back up. */
static void amanda_refresh(struct sk_buff *skb, struct nf_conn *ct)
{
	unsigned int seconds = READ_ONCE(master_timeout);

	nf_ct_refresh(ct, skb, min_t(unsigned int, seconds, INT_MAX / HZ) * HZ);
}

static int amanda_help(struct sk_buff *skb, unsigned int protoff,
		       struct nf_conn *ct, enum ip_conntrack_info ctinfo)
{
	unsigned int verdict = NF_ACCEPT;
	struct nf_ct_amanda_reply reply;
	struct amanda_line line;

	if (CTINFO2DIR(ctinfo) != IP_CT_DIR_REPLY)
		return NF_ACCEPT;

	amanda_refresh(skb, ct);
	if (!find_line(skb, protoff, &line))
		return NF_ACCEPT;

	/* Backwards: NAT may write a number of another length in its place,
	 * which moves what stands behind it.
	 */
	reply = nf_ct_amanda_parse(line.text, line.len);
	while (reply.n-- && verdict == NF_ACCEPT)
		verdict = amanda_expect(skb, protoff, ct, ctinfo, line.offset,
					&reply.ports[reply.n]);

	return verdict;
}

static int __init nf_conntrack_amanda_init(void)
{
	static const u16 families[] = { AF_INET, AF_INET6 };
	int i, err;

	amanda_search = textsearch_prepare(ts_algo, NF_CT_AMANDA_WORD,
					   strlen(NF_CT_AMANDA_WORD),
					   GFP_KERNEL, TS_AUTOLOAD);
	if (IS_ERR(amanda_search)) {
		pr_err("no text search algorithm %s\n", ts_algo);
		return PTR_ERR(amanda_search);
	}

	for (i = 0; i < ARRAY_SIZE(families); i++)
		nf_ct_helper_init(&amanda_helpers[i], families[i], IPPROTO_UDP,
				  "amanda", AMANDA_PORT, AMANDA_PORT,
				  AMANDA_PORT, &amanda_policy, 0, amanda_help,
				  NULL, THIS_MODULE);

	err = nf_conntrack_helpers_register(amanda_helpers,
					    ARRAY_SIZE(amanda_helpers));
	if (err) {
		pr_err("failed to register helpers\n");
		textsearch_destroy(amanda_search);
	}

	return err;
}

static void __exit nf_conntrack_amanda_fini(void)
{
	nf_conntrack_helpers_unregister(amanda_helpers,
					ARRAY_SIZE(amanda_helpers));
	textsearch_destroy(amanda_search);
}

module_init(nf_conntrack_amanda_init);
module_exit(nf_conntrack_amanda_fini);
