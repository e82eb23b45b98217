// SPDX-License-Identifier: GPL-2.0-only
/*
 * The grammar of the one line of Amanda's protocol that opens connections:
 *
 *   CONNECT DATA 1025 MESG 1026 INDEX 1027\n
 *
 * Newer programs add STATE, and CMD, which stands for no connection from
 * outside.  A stream that a backup goes without has the number -1.
 *
 * The text comes from strangers and decides what a firewall lets in.  So the
 * line counts as a whole or not at all: from its first word to its newline
 * there is nothing but pairs of a stream's name and its number, one space
 * between, no stream twice, and every number lies in its range.
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <nf_ct/amanda.h>

/* What is left to read of a line. */
struct reader {
	const char *at;
	const char *end;
};

/* A stream's name as it stands in the line. */
struct name {
	const char	*text;
	size_t		len;
};

static const char * const streams[NF_CT_AMANDA_STREAMS] = {
	"DATA", "MESG", "INDEX", "STATE",
};

static bool take(struct reader *r, const char *word)
{
	size_t len = strlen(word);

	if (r->end - r->at < len || memcmp(r->at, word, len))
		return false;

	r->at += len;
	return true;
}

static bool take_name(struct reader *r, struct name *name)
{
	name->text = r->at;
	while (r->at < r->end && isascii(*r->at) && isupper(*r->at))
		r->at++;

	name->len = r->at - name->text;
	return name->len;
}

/*
 * All the digits that stand here, at most five of them.  A longer run is
 * refused rather than cut, or the firewall would read another number than the
 * host does.  Zero is no port.
 */
static bool take_port(struct reader *r, unsigned int *port)
{
	const char *start = r->at;

	*port = 0;
	while (r->at < r->end && isdigit(*r->at)) {
		if (r->at - start == 5)
			return false;
		*port = *port * 10 + (*r->at++ - '0');
	}

	return *port && *port <= U16_MAX;
}

static int stream_find(const struct name *name)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(streams); i++) {
		if (strlen(streams[i]) == name->len &&
		    !memcmp(streams[i], name->text, name->len))
			return i;
	}

	return -1;
}

/*
 * One pair.  seen has a bit for each stream met so far; what is not known here
 * has none, must be well formed, and announces nothing.
 */
static bool read_stream(struct reader *r, unsigned long *seen, const char *text,
			struct nf_ct_amanda_reply *reply)
{
	struct nf_ct_amanda_port *found = &reply->ports[reply->n];
	const char *digits;
	unsigned int port;
	struct name name;
	int stream;

	if (!take_name(r, &name) || !take(r, " "))
		return false;

	stream = stream_find(&name);
	if (stream >= 0) {
		if (*seen & BIT(stream))
			return false;
		*seen |= BIT(stream);
	}

	if (take(r, "-1"))
		return true;

	digits = r->at;
	if (!take_port(r, &port))
		return false;
	if (stream < 0)
		return true;

	found->port = port;
	found->offset = digits - text;
	found->len = r->at - digits;
	reply->n++;
	return true;
}

/**
 * nf_ct_amanda_parse() - read the line at the start of a text
 * @text:	bytes of a datagram, from the start of a line; need not end in
 *		NUL
 * @len:	how many there are
 *
 * Never reads past @len, nor past the first newline, nor more than
 * NF_CT_AMANDA_LINE_MAX bytes.
 *
 * Context: Any; touches nothing but its arguments.
 * Return: What the line announces, by value; nothing unless it is a whole and
 * well formed CONNECT line.
 */
struct nf_ct_amanda_reply nf_ct_amanda_parse(const char *text, size_t len)
{
	const struct nf_ct_amanda_reply none = {};
	struct nf_ct_amanda_reply reply = {};
	unsigned long seen = 0;
	const char *newline;
	struct reader r;

	newline = memchr(text, '\n', min_t(size_t, len, NF_CT_AMANDA_LINE_MAX));
	if (!newline)
		return none;

	r.at = text;
	r.end = newline;
	if (r.end > r.at && r.end[-1] == '\r')
		r.end--;

	if (!take(&r, NF_CT_AMANDA_WORD))
		return none;

	do {
		if (!read_stream(&r, &seen, text, &reply))
			return none;
	} while (take(&r, " "));

	return r.at == r.end ? reply : none;
}
