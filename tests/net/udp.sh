#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The life of a UDP flow, told by dig: unanswered, answered, a stream, gone.

. "$(dirname "$0")/lib.sh"

# ask SERVER PORT: one query from that port; fails unless it is answered
ask() {
	in_client dig +tries=1 +time="${3:-2}" +short -b "$client#$2" \
		"@$1" example.org "$type" | grep -x "$answer"
}

flow() { echo "ipv$v .*udp .*src=$1 dst=$2 sport=$3 dport=53 "; }

unanswered() {
	local entry

	entry=$(flow "$client_long" "$ghost_long" 5301)
	check "v$v: nobody answers" not ask "$ghost" 5301 1
	check "v$v: the query is UNREPLIED" ct_line "$entry\[UNREPLIED\] "
	check "v$v: for at most 30 s" lives 15 30 "$entry"
}

answered() {
	local entry before

	entry=$(flow "$client_long" "$srv_long" 5302)
	check "v$v: the server answers" ask "$srv" 5302
	check "v$v: the entry is no longer UNREPLIED" \
		not ct_line "$entry.*UNREPLIED"
	check "v$v: nor ASSURED yet" not ct_line "$entry.*ASSURED"
	check "v$v: the reply is expected the other way round" ct_line \
		"src=$srv_long dst=$client_long sport=53 dport=5302 "
	before=$(ct_seconds "$entry")
	check "v$v: for at most 30 s" [ "$before" -le 30 ]
	sleep 2.2
	check "v$v: the seconds count down" lives $((before - 15)) \
		$((before - 2)) "$entry"
	check "v$v: the server answers again" ask "$srv" 5302
	check "v$v: after two seconds it is ASSURED" \
		ct_line "$entry.*\[ASSURED\]"
	check "v$v: a stream, for at most 120 s" lives 100 120 "$entry"
}

expires() {
	local entry

	entry=$(flow "$client_long" "$ghost_long" 5303)
	set_ct fw udp_timeout=3
	ct_flush
	ask "$ghost" 5303 1 || :
	check "v$v: a query with 3 s to live" lives 0 3 "$entry"
	check_soon "v$v: goes when they are over" not ct_line "$entry"
	check_soon "v$v: and is not counted any more" ct_counts 0
	set_ct fw udp_timeout=30
}

stage
start_dnsmasq srv
in_fw iptables-legacy -A FORWARD -m state --state NEW,ESTABLISHED -j ACCEPT
in_fw ip6tables-legacy -A FORWARD -m state --state NEW,ESTABLISHED -j ACCEPT

v=4 client=10.0.1.2 srv=10.0.2.2 ghost=10.0.2.9 type=A answer=192.0.2.7
client_long=$client srv_long=$srv ghost_long=$ghost
unanswered
answered
expires

v=6 client=fd00:1::2 srv=fd00:2::2 ghost=fd00:2::9
type=AAAA answer=2001:db8::7
client_long=fd00:0001:0000:0000:0000:0000:0000:0002
srv_long=fd00:0002:0000:0000:0000:0000:0000:0002
ghost_long=fd00:0002:0000:0000:0000:0000:0000:0009
unanswered
answered
expires
