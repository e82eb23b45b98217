/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The version of all the modules, and of the package (dkms.conf).  DKMS would
 * take a module without one for the kernel's own, and not install it.
 */
#ifndef NF_CT_VERSION_H
#define NF_CT_VERSION_H

#define NF_CT_VERSION "0.1"

#endif /* NF_CT_VERSION_H */
