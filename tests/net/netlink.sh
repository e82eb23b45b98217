#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Messages to the netlink subsystems that are short of something or contradict
# themselves: each is answered as on the stock kernel, and changes nothing.

. "$(dirname "$0")/lib.sh"

answered() {
	echo "$1, and the tables are $2"
	[ "$1:$2" = "$3:same" ]
}

# Who asks for a translation has the kernel load what it needs; if there is
# nothing to load, that is the answer.
without_nat() {
	local modprobe

	unload_netfilter
	modprobe nf_conntrack_netlink
	modprobe=$(sysctl -n kernel.modprobe)
	AT_END+=("sysctl -qw kernel.modprobe=$modprobe")
	sysctl -qw kernel.modprobe=/bin/true
	check "a translation without nf_nat: EOPNOTSUPP" \
		asked_for_nat EOPNOTSUPP
	check "no entry came of it" ct_counts 0
	sysctl -qw kernel.modprobe="$modprobe"
	check "a translation, nf_nat not yet loaded: ok" asked_for_nat ok
	check "nf_nat is loaded now" grep -q '^nf_nat ' /proc/modules
	ct_flush
}
asked_for_nat() {
	local said

	said=$(in_fw python3 -ISB "$HERE/netlink.py" nat)
	echo "$said"
	[ "$said" = "$1" ]
}

stage
without_nat
modprobe -a nf_conntrack_ftp nf_conntrack_irc nf_nat nf_conntrack_netlink nfnetlink_cttimeout \
	nfnetlink_cthelper
in_fw iptables-legacy -A FORWARD -m state --state INVALID
in_fw iptables-legacy -A FORWARD -m connlabel --label 1 --set
in_fw python3 -ISB "$HERE/netlink.py" >"$TMP/answers"
while IFS=$'\t' read -r said want state name; do
	check "$name: $want" answered "$said" "$state" "$want"
done <"$TMP/answers"

# What was made as it should be, works.
in_fw iptables-legacy -t mangle -A FORWARD -i wan -p tcp -m state --state RELATED
check "the expectation is listed" in_fw grep -E \
	'l3proto = 2 proto=6 src=10.0.2.9 dst=10.0.1.9 sport=0 dport=5000 .*irc' \
	/proc/net/nf_conntrack_expect
craft srv tcp 10.0.2.9 1234 10.0.1.9 5000 S
check_soon "what it expects is RELATED" counted 1 fw -t mangle FORWARD 1
check "and expected no more" not in_fw grep . /proc/net/nf_conntrack_expect
check "all of them were sent" [ "$(wc -l <"$TMP/answers")" -gt 120 ]
