#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Where a packet of the firewall's own first has a state: OUTPUT; its answer:
# PREROUTING.  In the raw table, before tracking, nothing has one.

. "$(dirname "$0")/lib.sh"

# states TABLE CHAIN: count NEW, ESTABLISHED, RELATED, INVALID
states() {
	local state

	for state in NEW ESTABLISHED RELATED INVALID; do
		echo "-A $2 -p tcp -m state --state $state"
	done | add_rules fw "$1"
}

# only NEW ESTABLISHED TABLE CHAIN: so many, "some" or 0; none in other states
only() {
	local new=$1 established=$2 got

	got=$(counts any fw -t "$3" "$4") || :
	echo "$got"
	read -ra got <<<"${got#counted }"
	[ "${got[0]}" -eq "$new" ] && [ "${got[2]} ${got[3]}" = "0 0" ] &&
		if [ "$established" = some ]; then
			[ "${got[1]}" -gt 0 ]
		else
			[ "${got[1]}" -eq "$established" ]
		fi
}

# nameless CHAIN: the raw table sees packets, all of them without a state
nameless() {
	local got

	got=$(counts any fw -t raw "$1") || :
	echo "$got"
	[[ $got = "counted 0 0 0 "[1-9]* ]]
}

outward() {
	flush_rules fw
	states mangle OUTPUT
	states mangle PREROUTING
	states raw OUTPUT
	states raw PREROUTING
	check "$IPT: the firewall gets a page" \
		in_fw curl -gsS "http://$(at "$srv")/"
	check "$IPT outward: in OUTPUT one packet NEW, the others ESTABLISHED" \
		only 1 some mangle OUTPUT
	check "$IPT outward: in PREROUTING the answers, all ESTABLISHED" \
		only 0 some mangle PREROUTING
	check "$IPT outward: no state yet in raw OUTPUT" nameless OUTPUT
	check "$IPT outward: no state yet in raw PREROUTING" nameless PREROUTING
}

inward() {
	flush_rules fw
	states mangle PREROUTING
	states mangle INPUT
	states mangle OUTPUT
	check "$IPT: the client gets a page from the firewall" \
		in_client curl -gsS "http://$(at "$fw")/"
	check "$IPT inward: in PREROUTING one packet NEW, the others ESTABLISHED" \
		only 1 some mangle PREROUTING
	check "$IPT inward: in INPUT the same" only 1 some mangle INPUT
	check "$IPT inward: in OUTPUT the answers, all ESTABLISHED" \
		only 0 some mangle OUTPUT
}

stage
start_nginx srv
start_nginx fw

IPT=iptables-legacy fw=10.0.1.1 srv=10.0.2.2
outward
inward
IPT=ip6tables-legacy fw=fd00:1::1 srv=fd00:2::2
outward
inward
