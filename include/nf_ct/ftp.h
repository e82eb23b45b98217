/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The FTP control channel as text: bytes in, command out.
 *
 * Nothing here knows sk_buff, nf_conn, a lock or the clock.
 */
#ifndef NF_CT_FTP_H
#define NF_CT_FTP_H

#include <linux/types.h>
#include <uapi/linux/netfilter/nf_conntrack_ftp.h>
#include <uapi/linux/netfilter/nf_conntrack_tuple_common.h>

/*
 * The longest line, in bytes, in which a command is looked for.  The longest
 * well-formed command needs 65; the rest is room for a server's prose.
 */
#define NF_CT_FTP_LINE_MAX	256

/* Room for an address of either family, in bytes. */
#define NF_CT_FTP_ADDR_LEN	16

/**
 * enum nf_ct_ftp_match - what a line turned out to be
 * @NF_CT_FTP_NONE:	not a command that opens a data connection
 * @NF_CT_FTP_PARTIAL:	the beginning of such a command, its end not there yet
 * @NF_CT_FTP_FOUND:	such a command, whole and well formed
 */
enum nf_ct_ftp_match {
	NF_CT_FTP_NONE,
	NF_CT_FTP_PARTIAL,
	NF_CT_FTP_FOUND,
};

/**
 * struct nf_ct_ftp_cmd - a command that opens a data connection, by value
 * @match:	whether there is one; the rest is zero unless it was found
 * @type:	which of the four, also if partial
 * @family:	AF_INET or AF_INET6
 * @port:	the port to connect to, host order, never 0
 * @offset:	where the address and port stand, in bytes from the start of
 *		the text
 * @len:	how many bytes they take there
 * @addr:	the address to connect to, network order, zero padded
 */
struct nf_ct_ftp_cmd {
	enum nf_ct_ftp_match	match;
	enum nf_ct_ftp_type	type;
	u16			family;
	u16			port;
	u16			offset;
	u16			len;
	u8			addr[NF_CT_FTP_ADDR_LEN];
};

struct nf_ct_ftp_cmd nf_ct_ftp_parse(const char *text, size_t len,
				     enum ip_conntrack_dir dir, u16 family,
				     const u8 sender[NF_CT_FTP_ADDR_LEN]);

bool nf_ct_ftp_begins_line(const u32 *starts, u16 n, u32 seq);
u16 nf_ct_ftp_learn_line(u32 *starts, u16 n, u16 max, u32 seq);

#endif /* NF_CT_FTP_H */
