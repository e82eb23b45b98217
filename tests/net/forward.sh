#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A router that lets answers through: the tutorial's FORWARD and INPUT rules.

. "$(dirname "$0")/lib.sh"

# answers_only RULE...: the LAN may begin, the outside may answer
answers_only() {
	flush_rules fw
	in_fw $IPT -P FORWARD DROP
	in_fw $IPT -A FORWARD -i lan -j ACCEPT
	in_fw $IPT -A FORWARD "$@" -j ACCEPT
}

page() { in_client curl -gsS --max-time "${2:-10}" "http://$(at "$1")/" | grep nginx; }
from_outside() { in_srv socat -u OPEN:/dev/null "TCP:$(at "$client"):8080,connect-timeout=2"; }
port_unreachable() { in_client socat -t2 - "UDP:$(at "$srv"):7" <<<hello; }

try_answers() {
	local how="$*" before

	answers_only "$@"
	check "$IPT $how: a page from outside" page "$srv"
	check "$IPT $how: its packets were counted" hit fw FORWARD 2
	check "$IPT $how: no flow from outside" not from_outside

	before=$(hits fw FORWARD 2)
	port_unreachable >/dev/null 2>&1 || :
	check_soon "$IPT $how: an error is RELATED" \
		counted $((before + 1)) fw FORWARD 2

	in_fw $IPT -D FORWARD 2
	check "$IPT without the rule: no page" not page "$srv" 2
}

# Only the first packet is NEW; what follows needs the other rule.
try_ssh() {
	flush_rules fw
	in_fw $IPT -P INPUT DROP
	in_fw $IPT -A INPUT -m state --state NEW -m tcp -p tcp --dport 22 -j ACCEPT
	in_fw $IPT -A INPUT -m state --state ESTABLISHED,RELATED -j ACCEPT
	[ "$IPT" = iptables-legacy ] ||	# addresses must be found all the same
		in_fw $IPT -A INPUT -p icmpv6 -m state --state UNTRACKED -j ACCEPT

	check "$IPT dport 22: it connects" \
		in_client socat -u OPEN:/dev/null "TCP:$(at "$fw"):22,connect-timeout=5"
	check "$IPT dport 22: one packet was NEW" counted 1 fw INPUT 1
	check "$IPT dport 22: the others ESTABLISHED" hit fw INPUT 2
	check "$IPT dport 23: refused" not \
		in_client socat -u OPEN:/dev/null "TCP:$(at "$fw"):23,connect-timeout=2"
}

try_not_syn() {
	flush_rules fw
	in_fw $IPT -A FORWARD -p tcp ! --syn -m state --state NEW -j DROP
	within srv $IPT -A INPUT -p tcp --sport 4444

	craft client tcp "$client" 4444 "$srv" 80 A seq=1 ack=1
	check_soon "$IPT ! --syn NEW: the stray ACK was dropped" \
		counted 1 fw FORWARD 1
	check "$IPT ! --syn NEW: it did not arrive" unhit srv INPUT 1
	check "$IPT ! --syn NEW: a real flow passes" page "$srv"
	check "$IPT ! --syn NEW: none of it was dropped" counted 1 fw FORWARD 1

	in_fw $IPT -D FORWARD 1
	craft client tcp "$client" 4444 "$srv" 80 A seq=1 ack=1
	check_soon "$IPT without the rule: a stray ACK arrives" \
		counted 1 srv INPUT 1
	flush_rules srv
}

try_all() {
	try_answers -m state --state ESTABLISHED,RELATED
	try_answers -m conntrack --ctstate ESTABLISHED,RELATED
	try_ssh
	try_not_syn
}

stage
start_nginx srv
start_nc client 8080
start_nc fw 22
start_nc fw 23

IPT=iptables-legacy client=10.0.1.2 fw=10.0.1.1 srv=10.0.2.2
try_all
IPT=ip6tables-legacy client=fd00:1::2 fw=fd00:1::1 srv=fd00:2::2
try_all
