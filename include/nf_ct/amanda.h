/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reply of an Amanda client as text: a line in, ports out.
 *
 * Nothing here knows sk_buff, nf_conn, a lock or the clock.
 */
#ifndef NF_CT_AMANDA_H
#define NF_CT_AMANDA_H

#include <linux/types.h>

/* What such a line begins with. */
#define NF_CT_AMANDA_WORD	"CONNECT "

/*
 * The longest line, newline included, in bytes.  Five streams, one more than
 * are known here, with their longest numbers need 67.
 */
#define NF_CT_AMANDA_LINE_MAX	128

/* The streams that are known: DATA, MESG, INDEX, STATE. */
#define NF_CT_AMANDA_STREAMS	4

/**
 * struct nf_ct_amanda_port - a port that awaits a TCP connection
 * @port:	the port, host order, never 0
 * @offset:	where its digits stand, in bytes from the start of the text
 * @len:	how many there are
 */
struct nf_ct_amanda_port {
	u16	port;
	u16	offset;
	u16	len;
};

/**
 * struct nf_ct_amanda_reply - what a line announces, by value
 * @n:		how many ports; 0 if the line is not well formed
 * @ports:	they, in the order of the line
 */
struct nf_ct_amanda_reply {
	unsigned int			n;
	struct nf_ct_amanda_port	ports[NF_CT_AMANDA_STREAMS];
};

struct nf_ct_amanda_reply nf_ct_amanda_parse(const char *text, size_t len);

#endif /* NF_CT_AMANDA_H */
