#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Coming and going: the modules out with flows alive, and in again, ten times;
# out under traffic; a hundred namespaces made and thrown away under load.

. "$(dirname "$0")/lib.sh"

OURS="nf_conntrack nf_conntrack_ftp xt_state xt_conntrack"
loaded() { grep -q "^$1 " /proc/modules; }
none_loaded() { ! grep -E '^(nf_conntrack|xt_state|xt_conntrack)' /proc/modules; }

# no_traces: what the core had is given back
no_traces() {
	none_loaded &&
	! grep '^nf_conntrack' /proc/slabinfo &&
	[ ! -e /proc/sys/net/netfilter/nf_conntrack_max ] &&
	[ ! -e /proc/net/nf_conntrack ] &&
	not in_fw grep . /proc/net/nf_conntrack
}

insert() {
	local name

	for name in $OURS; do
		modprobe "$name"
	done
}

# Flows in every state, rules that use every module.
alive() {
	in_fw iptables-legacy -A FORWARD -m state --state ESTABLISHED,RELATED -j ACCEPT
	in_fw iptables-legacy -A FORWARD -m conntrack --ctstatus ASSURED
	in_fw ip6tables-legacy -A FORWARD -m state --state INVALID -j DROP
	craft client tcp 10.0.1.9 4000 10.0.2.9 80 S seq=1
	craft client udp 10.0.1.9 4000 10.0.2.9 4001
	craft client udp fd00:1::9 4000 fd00:2::9 4001
	craft client icmp 10.0.1.9 10.0.2.9 8 0
	wait_for ct_line 'icmp '
	in_client bash -c 'exec 3<>/dev/tcp/10.0.2.2/80
		printf "GET / HTTP/1.0\r\n\r\n" >&3; grep -q nginx <&3'
}

ten_times() {
	local n

	for n in 1 2 3 4 5 6 7 8 9 10; do
		insert
		alive
		check "round $n: flows are tracked" ct_line \
			'dport=80 .*\[ASSURED\]'
		flush_rules fw
		unload_netfilter
		check_soon "round $n: out, and nothing left" no_traces
	done
}

# A flood of new flows while the rules, and then the modules, are taken away.
# shellcheck disable=SC2016	# for the shell in the namespace
flood() {
	background client bash -c 'exec {never}<> <(:)
		while :; do for ((p = 2000; p < 60000; p++)); do
			echo >/dev/udp/10.0.2.9/$p
			((p % 100)) || read -rt 0.05 -u $never
		done; done'
}
at_least() { [ "$(ct_count)" -ge "$1" ]; }

under_traffic() {
	local n

	flood
	for n in 1 2 3; do
		insert
		in_fw iptables-legacy -A FORWARD -m state --state NEW
		in_fw iptables-legacy -A FORWARD -m conntrack --ctstate NEW
		check_soon "under traffic $n: flows are tracked" at_least 100
		flush_rules fw
		unload_netfilter
		check_soon "under traffic $n: out, and nothing left" no_traces
	done
}

# The flood goes on in fw while others come and go, flows alive in each.
# shellcheck disable=SC2016	# for the shell in the namespace
hundred_namespaces() {
	local tracked

	insert
	in_fw iptables-legacy -A FORWARD -m state --state NEW
	tracked=$(seq 100 | xargs -P 4 -I '{}' unshare --net bash -c '
		ip link set lo up
		iptables-legacy -w 10 -A OUTPUT -m state --state NEW
		echo >/dev/udp/127.0.0.1/9
		read -r line </proc/net/nf_conntrack && echo tracked' | wc -l)
	check "a hundred namespaces tracked and went" [ "$tracked" -eq 100 ]
	check_soon "fw tracks as before" at_least 100
	strike
	unload_netfilter
	check_soon "all are gone: out, and nothing left" no_traces
}

unload_netfilter
check "nothing is loaded" none_loaded
stage
start_nginx srv
ten_times
under_traffic
hundred_namespaces
