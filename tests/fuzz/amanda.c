// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Amanda parser.  Input: the text.
 */
#include <linux/kernel.h>
#include <nf_ct/amanda.h>
#include "fuzz.h"

/* The digits, where they are said to stand, read as the port. */
static void check_port(const struct nf_ct_amanda_port *port, const char *text,
		       size_t line)
{
	unsigned int number = 0, i;

	must(port->len && port->offset + port->len <= line);
	for (i = 0; i < port->len; i++) {
		char digit = text[port->offset + i];

		must(digit >= '0' && digit <= '9');
		number = number * 10 + digit - '0';
	}
	must(number == port->port && number);
}

int fuzz_one(const u8 *data, size_t size)
{
	char *text = (char *)exactly(data, size);
	const char *newline = memchr(text, '\n', size);
	struct nf_ct_amanda_reply reply;
	unsigned int i;

	reply = nf_ct_amanda_parse(text, size);
	must(reply.n <= NF_CT_AMANDA_STREAMS);
	if (reply.n)
		must(newline && newline - text < NF_CT_AMANDA_LINE_MAX);
	for (i = 0; i < reply.n; i++)
		check_port(&reply.ports[i], text, newline - text);
	for (i = 1; i < reply.n; i++)
		must(reply.ports[i].offset > reply.ports[i - 1].offset);
	free(text);
	return 0;
}
