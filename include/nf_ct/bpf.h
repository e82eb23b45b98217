/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries for BPF programs, where the module has BTF.
 */
#ifndef NF_CT_BPF_H
#define NF_CT_BPF_H

#ifdef HAVE_BTF
int nf_ct_bpf_init(void);
void nf_ct_bpf_fini(void);
#else
static inline int nf_ct_bpf_init(void)
{
	return 0;
}

static inline void nf_ct_bpf_fini(void)
{
}
#endif

#endif /* NF_CT_BPF_H */
