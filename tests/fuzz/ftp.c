// SPDX-License-Identifier: GPL-2.0-only
/*
 * The FTP parser.  Input: a byte of flags, then the text.
 */
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/socket.h>
#include <nf_ct/ftp.h>
#include "fuzz.h"

static const u8 sender[NF_CT_FTP_ADDR_LEN] = { 192, 0, 2, 1 };

static bool is_zero(const struct nf_ct_ftp_cmd *cmd)
{
	static const u8 none[NF_CT_FTP_ADDR_LEN];

	return !cmd->port && !cmd->len && !cmd->offset &&
	       !memcmp(cmd->addr, none, sizeof(none));
}

/* Digits, and what is cut out of the text stands in it. */
static void check_found(const struct nf_ct_ftp_cmd *cmd, const char *text,
			size_t len, enum ip_conntrack_dir dir, u16 family)
{
	const char *newline = memchr(text, '\n', len);
	bool client = cmd->type == NF_CT_FTP_PORT || cmd->type == NF_CT_FTP_EPRT;

	must(newline && newline - text < NF_CT_FTP_LINE_MAX);
	must(cmd->port);
	must(cmd->len && cmd->offset + cmd->len <= newline - text);
	must(cmd->family == AF_INET || cmd->family == AF_INET6);
	must(client == (dir == IP_CT_DIR_ORIGINAL));
	if (cmd->type == NF_CT_FTP_EPSV)
		must(cmd->family == family &&
		     !memcmp(cmd->addr, sender, sizeof(sender)));
}

/* Whatever stands behind the line must not change what it says. */
static void check_prefix(const struct nf_ct_ftp_cmd *cmd, const char *text,
			 size_t len, enum ip_conntrack_dir dir, u16 family)
{
	const char *newline = memchr(text, '\n', len);
	size_t line = newline ? newline - text + 1 : len;
	char *copy = (char *)exactly(text, line);
	struct nf_ct_ftp_cmd again;

	again = nf_ct_ftp_parse(copy, line, dir, family, sender);
	must(again.match == cmd->match && again.port == cmd->port &&
	     again.offset == cmd->offset && again.len == cmd->len);
	free(copy);
}

int fuzz_one(const u8 *data, size_t size)
{
	enum ip_conntrack_dir dir;
	struct nf_ct_ftp_cmd cmd;
	u16 family;
	char *text;

	if (!size)
		return 0;
	dir = *data & 1 ? IP_CT_DIR_REPLY : IP_CT_DIR_ORIGINAL;
	family = *data & 2 ? AF_INET6 : AF_INET;
	text = (char *)exactly(data + 1, --size);

	cmd = nf_ct_ftp_parse(text, size, dir, family, sender);
	switch (cmd.match) {
	case NF_CT_FTP_FOUND:
		check_found(&cmd, text, size, dir, family);
		break;
	case NF_CT_FTP_PARTIAL:
		must(size < NF_CT_FTP_LINE_MAX && !memchr(text, '\n', size));
		break;
	default:
		must(cmd.match == NF_CT_FTP_NONE && is_zero(&cmd));
	}
	check_prefix(&cmd, text, size, dir, family);
	free(text);
	return 0;
}
