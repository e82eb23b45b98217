// SPDX-License-Identifier: GPL-2.0-only
/*
 * A packet's way in one translation unit, as kernel/sched/build_policy.c is one
 * for the scheduler: nf_ct_core.c and all that TCP and UDP pass on the way from
 * hook to hook.
 *
 * Each file stands for itself, includes what it uses, and could be compiled
 * alone (the pure ones are, for KUnit and for fuzzing).  Here the compiler sees
 * them together, so that a function marked __path_inline goes into those of
 * its callers that are below, and is called by all others.  What that saves
 * (docs/performance.md) had kept registers for the caller, or passed structures
 * through memory.
 *
 * In the order of who calls whom.
 */
#include "nf_ct_tuple.c"
#include "nf_ct_index.c"
#include "nf_ct_table.c"
#ifdef CONFIG_NF_CONNTRACK_EVENTS
#include "nf_ct_event.c"
#endif
#include "nf_ct_entry.c"
#include "nf_ct_confirm.c"
#include "nf_ct_tcp_window.c"
#include "nf_ct_proto_tcp.c"
#include "nf_ct_shell_tcp.c"
#include "nf_ct_proto_udp.c"
#include "nf_ct_shell_udp.c"
#include "nf_ct_apply.c"
#include "nf_ct_core.c"
#include "nf_ct_netns.c"
