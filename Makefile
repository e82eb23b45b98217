# SPDX-License-Identifier: GPL-2.0-only
# For people; what the kernel's build system reads is Kbuild.
#
# Objects go to a farm of symbolic links, build/<kernel release>/, one for each
# kernel: in one folder those for two kernels would overwrite each other.

# The running kernel's headers, else the newest installed.
KDIR ?= $(or $(wildcard /lib/modules/$(shell uname -r)/build),$\
	     $(shell ls -d /lib/modules/*/build 2>/dev/null | sort -V | tail -n 1))

MODULES	:= nf_conntrack nf_conntrack_ftp nf_conntrack_amanda xt_state xt_conntrack
VERSION	:= $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
REL	 = $(shell sed -n 's/^.define UTS_RELEASE "\(.*\)"/\1/p' $\
	$(KDIR)/include/generated/utsrelease.h)
FARM	 = build/$(REL)
UPDATES	 = $(INSTALL_MOD_PATH)/lib/modules/$(REL)/updates

all: modules		## build everything

modules: kdir		## build the modules against KDIR, in build/<release>/
	@tests/build $(KDIR) $(FARM)
	@echo "built: $(MODULES:%=$(FARM)/%.ko)"

install: modules	## put them in updates/, where modprobe prefers them
	install -d $(UPDATES)
	install -m 644 $(MODULES:%=$(FARM)/%.ko) $(UPDATES)
	strip --strip-debug $(MODULES:%=$(UPDATES)/%.ko)
	$(DEPMOD)

modules_install: install

uninstall: kdir		## take them out: the stock modules are back
	rm -f $(MODULES:%=$(UPDATES)/%.ko)
	[ ! -d $(UPDATES) ] || rmdir --ignore-fail-on-non-empty $(UPDATES)
	$(DEPMOD)

DEPMOD = PATH=$$PATH:/usr/sbin:/sbin depmod $\
	 $(and $(INSTALL_MOD_PATH),-b $(INSTALL_MOD_PATH)) $(REL)

dkms-install: kdir	## register with DKMS, which rebuilds for each kernel
	[ ! -d $(DKMS_SOURCE) ] || $(MAKE) dkms-remove
	install -d $(DKMS_SOURCE)
	cp -r dkms.conf Kbuild include kabi $(wildcard *.c) $(DKMS_SOURCE)
	dkms install -k $(REL) nf_ct/$(VERSION)

dkms-remove:		## the opposite, for all kernels
	dkms remove nf_ct/$(VERSION) --all
	rm -r $(DKMS_SOURCE)

DKMS_SOURCE = /usr/src/nf_ct-$(VERSION)

deb:			## build/nf-ct-dkms_<version>_all.deb, a package for DKMS
	@tests/install/deb

check:			## W=1, sparse, checkpatch --strict, kernel-doc, shellcheck
	@tests/check

abi: modules		## compare exports and their CRCs with the stock module's
	@tests/abi $(FARM)/Module.symvers $(KDIR)/Module.symvers

kunit:			## run the unit tests in user-mode Linux: no root
	@tests/kunit/run uml

kunit-vm:		## run them on a kernel with KASAN and lockdep, in QEMU
	@tests/kunit/run debug

mutants:		## does a unit test fail for each deliberate bug?
	@tests/mutants/run

coverage:		## how much of the code the tests run, in user-mode Linux
	@tests/coverage/run

fuzz:			## the parsers and trackers in user space, TIME=10 seconds each
	@tests/fuzz/run $(or $(TIME),10)

oracle:			## COUNT=100000 random packets of SEED=1, stock against ours
	@tests/oracle/run --count $(or $(COUNT),100000) $(SEED:%=--seed %) $(PCAP)

oracle-bugs:		## does it see each deliberate bug?
	@tests/oracle/run --bugs

stress:			## everything at once, KASAN, in QEMU: TIME=60 seconds
	@tests/stress/run $(or $(KERNEL),debug) stress $(or $(TIME),60)

fuzz-vm:		## mutated packets and netlink requests, KASAN: TIME=30, SEED=n
	@tests/stress/run $(or $(KERNEL),debug) fuzz $(or $(TIME),30) $(SEED)
bench:			## stock modules against ours: time and instructions
	@tests/bench/run

demo:			## the tutorial, live, in QEMU
	@tests/vm/demo

selftests:		## the kernel's own, stock modules against ours, in QEMU
	@tests/selftests/run debian
	@tests/selftests/run backports

test:			## what the CI runs: some forty minutes
	@tests/all quick

test-all:		## every test on every kernel: some hours
	@tests/all full

format:			## clang-format what changed since the last commit
	git clang-format --extensions c,h HEAD

clean:			## remove what was built (kernels and images are cached)
	rm -rf build

kernelrelease: kdir
	@echo $(REL)

kdir:
	@[ -e "$(KDIR)/Makefile" ] || { \
		echo "No kernel headers in KDIR=$(KDIR)." >&2; \
		echo "Debian: apt install linux-headers-amd64" >&2; exit 1; }

help:			## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | \
		expand -t 16

.PHONY: all modules install modules_install uninstall dkms-install \
	dkms-remove deb check abi kunit kunit-vm mutants coverage fuzz oracle \
	oracle-bugs stress fuzz-vm bench demo selftests test test-all format clean \
	kernelrelease kdir help
