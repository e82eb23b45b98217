#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A full table: who is turned away, who stays, what is said; and packets that
# never enter it.

. "$(dirname "$0")/lib.sh"

MAX=200
modprobe nf_conntrack
OLD_MAX=$(cat /proc/sys/net/netfilter/nf_conntrack_max)
OLD_BUCKETS=$(cat /proc/sys/net/netfilter/nf_conntrack_buckets)

# the limits belong to the first namespace, so they must be put back
restore_limits() {
	sysctl -qw net.netfilter.nf_conntrack_max="$OLD_MAX" \
		net.netfilter.nf_conntrack_buckets="$OLD_BUCKETS"
}

# flood FROM TO: a UDP flow to nobody from each port
# shellcheck disable=SC2016	# for the shell in the namespace
flood() {
	within client bash -c 'for ((p = $0; p < $1; p++)); do
		echo >/dev/udp/10.0.2.9/$p; done' "$@"
}

# Old flows that nobody answered make room for new ones.
unanswered() {
	flood 1000 $((1000 + MAX * 3))
	check "never more entries than nf_conntrack_max" [ "$(ct_count)" -le $MAX ]
	check "the table was filled" [ "$(ct_count)" -ge $((MAX - 10)) ]
	check "early_drop counts the ones that made room" \
		[ "$(ct_stat early_drop)" -gt 0 ]
	ct_flush
}

# assured NUMBER: so many TCP connections, held open until told to end
# shellcheck disable=SC2016	# for the shell in the namespace
assured() {
	background client bash -c 'for ((i = 0; i < $0; i++)); do
		exec {fd}<>/dev/tcp/10.0.2.2/80; fds+=($fd); done
		exec {never}<> <(:); read -u $never' "$1"
	wait_for established "$1"
}
established() {
	[ "$(ct_line ' ESTABLISHED .*dport=80 .*\[ASSURED\]' | wc -l)" -ge "$1" ]
}

# Flows that both sides spoke in stay; newcomers are dropped.
full() {
	local drops

	assured $MAX
	check "as many assured flows as there is room for" ct_counts $MAX
	drops=$(ct_stat drop)
	flood 3000 3050
	check "newcomers are dropped, each counted" \
		[ "$(ct_stat drop)" -eq $((drops + 50)) ]
	check "nobody heard of them" counted 0 srv INPUT 1
	check "the kernel says that the table is full" kernel_says \
		'nf_conntrack: table full(,| in netns [0-9]+,) dropping packet'
	check "the assured flows are all there" established $MAX

	sysctl -qw net.netfilter.nf_conntrack_max=$((MAX + 50))
	flood 3000 3010
	check_soon "with a higher limit they pass" counted 10 srv INPUT 1
	! ours || check "a reason is counted: table_full" \
		[ "$(why_count table_full)" -ge 50 ]
}

untracked() {
	local target=$1 before
	shift

	flush_rules fw
	in_fw iptables-legacy -A FORWARD -m state --state UNTRACKED
	in_fw iptables-legacy -A FORWARD -m state --state NEW,ESTABLISHED,RELATED,INVALID
	in_fw iptables-legacy -t raw -A PREROUTING -p udp --dport 4000 "$@"
	ct_flush
	flood 4000 4001
	check_soon "$target: the packet is UNTRACKED" counted 1 fw FORWARD 1
	check "$target: it has no other state" unhit fw FORWARD 2
	check "$target: and no entry" not ct_line dport=4000
	flood 4001 4002
	check_soon "$target: the port beside is tracked" ct_line dport=4001
}

stage
start_nginx srv
in_fw iptables-legacy -A FORWARD -m state --state INVALID
within srv iptables-legacy -A INPUT -p udp
# The ghost answers nothing; what reaches it is counted before it is lost.
within srv ip addr add 10.0.2.9/32 dev lo
within srv iptables-legacy -t raw -A PREROUTING -p udp -d 10.0.2.9
within srv iptables-legacy -A INPUT -p udp -d 10.0.2.9 -j DROP
AT_END+=(restore_limits)
sysctl -qw net.netfilter.nf_conntrack_buckets=1024 \
	net.netfilter.nf_conntrack_max=$MAX
unanswered
within srv iptables-legacy -Z INPUT
full
restore_limits
untracked NOTRACK -j NOTRACK
untracked "CT --notrack" -j CT --notrack
