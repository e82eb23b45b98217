#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Short of memory: one allocation fails, each in its turn.  A module is loaded or
# not at all, a namespace has its files or is not made, an entry is in the table or
# was refused; nothing leaks and the kernel does not stumble.  Takes a kernel that
# fails allocations on demand (CONFIG_FAILSLAB, CONFIG_FAIL_PAGE_ALLOC).

. "$(dirname "$0")/lib.sh"

KNOBS=/sys/kernel/debug
mountpoint -q $KNOBS || mount -t debugfs debugfs $KNOBS
check "this kernel fails allocations on demand" \
	[ -e $KNOBS/failslab -a -e /proc/self/fail-nth ]

# Also those that could wait for memory; and no stack in the log for each.
for knob in failslab fail_page_alloc; do
	echo N >$KNOBS/$knob/ignore-gfp-wait
	echo 0 >$KNOBS/$knob/verbose
done
echo 0 >$KNOBS/fail_page_alloc/min-order

# So many failures say more than the kernel keeps: its log is read as it grows.
follow() { while :; do cat /dev/kmsg || :; done; }
follow >"$TMP/kernel" 2>/dev/null &
FOLLOWER=$!
AT_END+=(stop_following)
stop_following() { kill "$FOLLOWER" $(pgrep -P "$FOLLOWER"); }
# A tracepoint whose fields find no memory is the kernel's to warn of.
since_begin() {
	sed "1,/nf_ct test $TEST begins/d; /WARNING: .*kernel.trace.trace_events.c/d" \
		"$TMP/kernel"
}
echo "nf_ct test $TEST begins" >/dev/kmsg

failing() { python3 -ISB "$HERE/memory.py" "$@"; }
failing_in_fw() { in_fw python3 -ISB "$HERE/memory.py" "$@"; }
unloads() { unload_netfilter >"$TMP/said" 2>&1; not grep -E '^nf_conntrack ' /proc/modules; }
file_of() { modinfo -F filename "$1"; }

unload_netfilter
modprobe nf_conntrack	# for what it needs
rmmod nf_conntrack
check "the module is loaded, or not at all" \
	failing load "$(file_of nf_conntrack)" enable_hooks=1
modprobe nf_conntrack
for name in nf_conntrack_ftp nf_conntrack_amanda xt_conntrack xt_state; do
	modprobe "$name"
	rmmod "$name"
	check "$name: likewise" failing load "$(file_of $name)"
done

check "the table gets its new size, or keeps its old one" failing write \
	/proc/sys/net/netfilter/nf_conntrack_buckets 600000 500000

stage
modprobe -a nf_conntrack_ftp nf_conntrack_amanda nf_conntrack_netlink
check "a namespace has its files, or is not made" failing_in_fw space

in_fw iptables-legacy -A OUTPUT -m conntrack --ctstate NEW
in_fw ip6tables-legacy -A OUTPUT -m conntrack --ctstate NEW
set_ct fw acct=1 timestamp=1 events=1 helper=1
for to in 10.0.2.9 fd00:2::9; do
	full=$(! ours || why_count table_full)
	check "to $to: a first packet is sent, or its sender told" \
		failing_in_fw send $to 10080
	! ours || check "to $to: it is counted as refused" \
		[ "$(why_count table_full)" -gt "$full" ]
done
add_rules fw raw <<-'END'
	-A OUTPUT -p udp --dport 7000 -j CT --zone 5 --helper amanda --ctevents new,destroy
END
check "with a template, too" failing_in_fw send 10.0.2.9 7000
ct_flush	# or what was sent above expires while the table is compared
check "an entry is made by hand, or is not there" failing_in_fw entry
flush_rules fw
ct_flush
check_soon "and none is left" ct_counts 0
strike
check_soon "the module can be unloaded" unloads
