// SPDX-License-Identifier: GPL-2.0-only
/*
 * The FTP control channel's grammar: the four lines that open a data
 * connection.
 *
 *   client  PORT h1,h2,h3,h4,p1,p2		RFC 959, 4.1.2
 *   server  227 ... h1,h2,h3,h4,p1,p2 ...	RFC 959, 4.2; RFC 1123, 4.1.2.6
 *   client  EPRT |family|address|port|		RFC 2428, 2
 *   server  229 ... (|||port|) ...		RFC 2428, 3
 *
 * The text comes from strangers and decides what a firewall lets in.  So a
 * command counts only as a whole line, newline included, every number must
 * lie in its range, and a reading never passes the end of the line.
 */
#include <linux/ctype.h>
#include <linux/inet.h>
#include <linux/kernel.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <nf_ct/ftp.h>

/* What is left to read of a line. */
struct reader {
	const char *at;
	const char *end;
};

static bool take(struct reader *r, char c)
{
	if (r->at == r->end || *r->at != c)
		return false;

	r->at++;
	return true;
}

static void take_spaces(struct reader *r)
{
	while (take(r, ' '))
		;
}

/*
 * All the digits that stand here, which must be 1 to max_digits of them and
 * make at most max.  A longer run is refused rather than cut, or the firewall
 * would read another number than the host does.
 */
static bool take_number(struct reader *r, unsigned int max_digits,
			unsigned int max, unsigned int *number)
{
	const char *start = r->at;
	unsigned int n = 0;

	while (r->at < r->end && isdigit(*r->at)) {
		if (r->at - start == max_digits)
			return false;
		n = n * 10 + (*r->at++ - '0');
	}

	*number = n;
	return r->at > start && n <= max;
}

static bool take_port(struct reader *r, struct nf_ct_ftp_cmd *cmd)
{
	unsigned int port;

	if (!take_number(r, 5, 65535, &port) || !port)
		return false;

	cmd->port = port;
	return true;
}

/* h1,h2,h3,h4,p1,p2: a host-port of RFC 959, 5.3.2. */
static bool take_host_port(struct reader *r, struct nf_ct_ftp_cmd *cmd)
{
	unsigned int n[6];
	int i;

	for (i = 0; i < ARRAY_SIZE(n); i++) {
		if (i && !take(r, ','))
			return false;
		if (!take_number(r, 3, 255, &n[i]))
			return false;
	}

	cmd->family = AF_INET;
	for (i = 0; i < 4; i++)
		cmd->addr[i] = n[i];
	cmd->port = n[4] << 8 | n[5];
	return cmd->port;
}

/* Everything up to the delimiter must be an address of this family. */
static bool take_addr(struct reader *r, char delim, u16 family,
		      struct nf_ct_ftp_cmd *cmd)
{
	const char *stop, *end = memchr(r->at, delim, r->end - r->at);
	int len;

	if (!end || end == r->at)
		return false;

	len = end - r->at;
	if (family == AF_INET) {
		if (!in4_pton(r->at, len, cmd->addr, -1, &stop))
			return false;
	} else {
		if (!in6_pton(r->at, len, cmd->addr, -1, &stop))
			return false;
	}

	if (stop != end)
		return false;

	cmd->family = family;
	r->at = end;
	return true;
}

/*
 * RFC 2428, 2: any printable character may delimit.  A digit never gets far,
 * for it reads as part of the number before it.
 */
static bool take_delim(struct reader *r, char *delim)
{
	if (r->at == r->end || *r->at < 33 || *r->at > 126)
		return false;

	*delim = *r->at++;
	return true;
}

static bool read_port(struct reader *r, struct nf_ct_ftp_cmd *cmd,
		      const char **start)
{
	take_spaces(r);
	*start = r->at;
	return take_host_port(r, cmd) && r->at == r->end;
}

static bool read_eprt(struct reader *r, struct nf_ct_ftp_cmd *cmd,
		      const char **start)
{
	unsigned int family;
	char delim;

	take_spaces(r);
	*start = r->at;
	return take_delim(r, &delim) &&
	       take_number(r, 1, 2, &family) && family &&
	       take(r, delim) &&
	       take_addr(r, delim, family == 1 ? AF_INET : AF_INET6, cmd) &&
	       take(r, delim) &&
	       take_port(r, cmd) &&
	       take(r, delim) &&
	       r->at == r->end;
}

static bool in_host_port(char c)
{
	return isdigit(c) || c == ',';
}

/*
 * RFC 1123, 4.1.2.6: the text around the numbers is not standardized, not
 * even its parentheses.  So each run of digits and commas is tried, as a
 * whole: six numbers out of seven are not a host-port.
 */
static bool read_pasv(struct reader *r, struct nf_ct_ftp_cmd *cmd,
		      const char **start)
{
	while (r->at < r->end) {
		if (!in_host_port(*r->at)) {
			r->at++;
			continue;
		}

		*start = r->at;
		if (take_host_port(r, cmd) &&
		    (r->at == r->end || !in_host_port(*r->at)))
			return true;

		while (r->at < r->end && in_host_port(*r->at))
			r->at++;
	}

	return false;
}

/* (<d><d><d>port<d>), RFC 2428, 3; the address is whom the client talks to. */
static bool read_epsv(struct reader *r, struct nf_ct_ftp_cmd *cmd,
		      const char **start)
{
	struct reader open;
	char delim;

	while (r->at < r->end) {
		if (!take(r, '(')) {
			r->at++;
			continue;
		}

		open = *r;
		*start = open.at;
		if (take_delim(&open, &delim) &&
		    take(&open, delim) &&
		    take(&open, delim) &&
		    take_port(&open, cmd) &&
		    take(&open, delim) &&
		    open.at < open.end && *open.at == ')') {
			*r = open;
			return true;
		}
	}

	return false;
}

static const struct command {
	enum ip_conntrack_dir	dir;
	enum nf_ct_ftp_type	type;
	u8			len;
	char			word[6];
	bool (*read)(struct reader *r, struct nf_ct_ftp_cmd *cmd,
		     const char **start);
} commands[] = {
	{ IP_CT_DIR_ORIGINAL, NF_CT_FTP_PORT, 5, "PORT ", read_port },
	{ IP_CT_DIR_ORIGINAL, NF_CT_FTP_EPRT, 5, "EPRT ", read_eprt },
	{ IP_CT_DIR_REPLY,    NF_CT_FTP_PASV, 4, "227 ",  read_pasv },
	{ IP_CT_DIR_REPLY,    NF_CT_FTP_EPSV, 4, "229 ",  read_epsv },
};

/* Of a word that is not whole, as much as there is must fit. */
static const struct command *command_find(const char *text, size_t len,
					  enum ip_conntrack_dir dir)
{
	const struct command *c;

	for (c = commands; c < commands + ARRAY_SIZE(commands); c++) {
		if (c->dir == dir &&
		    !strncasecmp(text, c->word, min_t(size_t, len, c->len)))
			return c;
	}

	return NULL;
}

/**
 * nf_ct_ftp_parse() - read the line at the start of a text
 * @text:	bytes of one direction of a control channel, from the start of
 *		a line; need not end in NUL
 * @len:	how many there are
 * @dir:	IP_CT_DIR_ORIGINAL if the client sent them, else the server
 * @family:	AF_INET or AF_INET6, what the control channel runs over
 * @sender:	the address of who sent them, network order, zero padded: what
 *		a 229 means, which names a port only (RFC 2428, 3)
 *
 * Never reads past @len, nor past the first newline.
 *
 * A line without its newline is partial as long as a newline within the first
 * NF_CT_FTP_LINE_MAX bytes could still complete it, so a sender whose partial
 * line is dropped cannot be held up for ever.
 *
 * Context: Any; touches nothing but its arguments.
 * Return: The command, by value.
 */
struct nf_ct_ftp_cmd nf_ct_ftp_parse(const char *text, size_t len,
				     enum ip_conntrack_dir dir, u16 family,
				     const u8 sender[NF_CT_FTP_ADDR_LEN])
{
	const struct nf_ct_ftp_cmd none = { .match = NF_CT_FTP_NONE };
	struct nf_ct_ftp_cmd cmd = none;
	const struct command *command;
	const char *newline, *start;
	struct reader r;

	len = min_t(size_t, len, NF_CT_FTP_LINE_MAX);
	command = command_find(text, len, dir);
	if (!command)
		return none;

	newline = memchr(text, '\n', len);
	if (!newline) {
		if (len == NF_CT_FTP_LINE_MAX)
			return none;
		cmd.match = NF_CT_FTP_PARTIAL;
		cmd.type = command->type;
		return cmd;
	}

	r.at = text + command->len;
	r.end = newline;
	if (r.end > r.at && r.end[-1] == '\r')
		r.end--;

	cmd.type = command->type;
	if (command->type == NF_CT_FTP_EPSV) {
		cmd.family = family;
		memcpy(cmd.addr, sender, sizeof(cmd.addr));
	}

	if (!command->read(&r, &cmd, &start))
		return none;

	cmd.match = NF_CT_FTP_FOUND;
	cmd.offset = start - text;
	cmd.len = r.at - start;
	return cmd;
}

/* Sequence numbers wrap: a is later if it lies in the half ahead of b. */
static bool seq_later(u32 a, u32 b)
{
	return (s32)(a - b) > 0;
}

/**
 * nf_ct_ftp_begins_line() - does a line start at this position of the stream?
 * @starts:	positions known to follow a newline
 * @n:		how many there are
 * @seq:	TCP sequence number, host order, of a segment's first byte
 *
 * Context: Any; the caller keeps @starts from changing.
 * Return: Whether @seq is one of @starts.
 */
bool nf_ct_ftp_begins_line(const u32 *starts, u16 n, u32 seq)
{
	while (n--) {
		if (starts[n] == seq)
			return true;
	}

	return false;
}

/**
 * nf_ct_ftp_learn_line() - remember that a line starts at a position
 * @starts:	positions known to follow a newline, latest first
 * @n:		how many there are
 * @max:	how many there may be
 * @seq:	TCP sequence number, host order, of the byte after a newline
 *
 * Keeps the latest @max positions, so that the line sent last is still known
 * when it is sent again and a stray old segment displaces nothing newer.
 *
 * Context: Any; the caller owns @starts.
 * Return: How many positions there are now.
 */
u16 nf_ct_ftp_learn_line(u32 *starts, u16 n, u16 max, u32 seq)
{
	u16 i, at = 0;

	while (at < n && seq_later(starts[at], seq))
		at++;

	if (at == max || (at < n && starts[at] == seq))
		return n;

	if (n < max)
		n++;
	for (i = n - 1; i > at; i--)
		starts[i] = starts[i - 1];

	starts[at] = seq;
	return n;
}
