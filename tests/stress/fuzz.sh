#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage, in the guest: fuzz.sh SECONDS SEED
#
# Strangers' bytes, into the kernel itself: mutated packets through the hooks,
# then mutated requests to ctnetlink, cttimeout and cthelper, so many seconds
# each.  Of one seed both are always the same.  The kernel must have nothing to
# complain of, and everything must go in the end.

. "$(dirname "$0")/../net/lib.sh"

seconds=$1 seed=$2

# ready NS: tracked, with all that hangs off an entry
ready() {
	local ip

	space "$1"
	for ip in iptables-legacy ip6tables-legacy; do
		within "$1" "$ip" -t mangle -A POSTROUTING -m state --state NEW
		within "$1" "$ip" -t mangle -A PREROUTING -m conntrack --ctstate RELATED
	done
	set_ct "$1" acct=1 timestamp=1
	! ours || set_ct "$1" helper=1
}

# fuzz NS FIRST COUNT
# shellcheck disable=SC2016	# for the shell in the namespace
fuzz() {
	within "$1" bash -c 'exec 3<>/proc/ct_push
		echo "fuzz $0 $1 $2" >&3; cat <&3' "$seed" "$2" "$3"
}

# What became of each of them does not hang on anything but the seed.
same_again() {
	local ns

	for ns in once again; do
		ready "$ns"
		fuzz "$ns" 0 2000 >"$TMP/$ns"
		within "$ns" cat /proc/net/stat/nf_conntrack_invalid >>"$TMP/$ns"
	done
	check "the same seed makes the same packets" diff "$TMP/once" "$TMP/again"
	strike
}

packets() {
	local end=$((SECONDS + seconds)) first=0

	while [ $SECONDS -lt $end ]; do
		fuzz fw $first 2000 >>"$TMP/pushed"
		first=$((first + 2000))
	done
	say "$first packets;$(awk '{ sum[$1] += $2 } END {
		for (name in sum) printf " %s %d", name, sum[name] }' "$TMP/pushed")"
	check "mutated packets were tracked" grep -q 'tracked [1-9]' "$TMP/pushed"
	! ours || check "and refused for thirty reasons" reasons 30
}

reasons() {
	[ "$(in_fw grep -cv ' 0$' /proc/net/stat/nf_conntrack_invalid)" -ge "$1" ]
}

requests() {
	check "mutated requests, some accepted in each subsystem" \
		in_fw python3 -ISB "$HERE/../stress/ctnetlink.py" "$seed" "$seconds"
	sed 's/^/# /' "$TMP/said"
}

empty() {
	in_fw conntrack -F >/dev/null 2>&1
	in_fw conntrack -F expect >/dev/null 2>&1
	ct_counts 0 && ! in_fw grep . /proc/net/nf_conntrack /proc/net/nf_conntrack_expect
}

no_traces() {
	! grep -E '^(nf_conntrack|xt_state|xt_conntrack)' /proc/modules &&
		! grep '^nf_conntrack' /proc/slabinfo
}

say "seed $seed"
echo "nf_ct test $TEST begins" >/dev/kmsg
insmod /nf_ct/ct_push.ko
modprobe -a nf_conntrack nf_conntrack_ftp nf_conntrack_netlink nf_nat \
	nfnetlink_cttimeout nfnetlink_cthelper
! ours || same_again
ready fw
packets
requests
check_soon "no entry is left, no expectation" empty
strike
rmmod ct_push
unload_netfilter
check_soon "all out, nothing left" no_traces
