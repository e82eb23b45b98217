/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events, beyond what the kernel's own header declares.
 */
#ifndef NF_CT_EVENT_H
#define NF_CT_EVENT_H

#include <net/netfilter/nf_conntrack.h>

#ifdef CONFIG_NF_CONNTRACK_EVENTS
void nf_ct_event_defer_destroy(struct nf_conn *ct);
#else
static inline void nf_ct_event_defer_destroy(struct nf_conn *ct)
{
	/* Without events, no delivery ever fails. */
}
#endif

#endif /* NF_CT_EVENT_H */
