#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# TCP: every state of a conversation, first one packet at a time between two
# ghosts, then with real programs; flows met midway; windows; the log.

. "$(dirname "$0")/lib.sh"

state() { ct_line " tcp .* $1 src=$c_long dst=$s_long sport=$port dport=80 .*${2:-}"; }
# there, back FLAGS [NAME=VALUE...]: the client's ghost speaks, the server's
there() { craft client tcp "$c" "$port" "$s" 80 "$@"; }
back() { craft srv tcp "$s" 80 "$c" "$port" "$@"; }

# became STATE TIMEOUT [FLAG]: the entry says so, and may live that long
became() {
	check_soon "v$v: $1${3:+ $3}" state "$1" "${3:-}"
	check "v$v: $1 for at most $2 s" lives $(($2 - 30)) "$2" " $1 .*sport=$port "
}

conversation() {
	port=$((1000 + v))
	there S seq=100
	became SYN_SENT 120 '\[UNREPLIED\]'
	back SA seq=500 ack=101
	became SYN_RECV 60
	check "v$v: two packets do not establish" not state ESTABLISHED
	check "v$v: nor assure" not ct_line "sport=$port .*ASSURED"
	there A seq=101 ack=501
	became ESTABLISHED 432000 '\[ASSURED\]'
	there PA seq=101 ack=501 data=hello
	became ESTABLISHED 300		# data sent, not yet acknowledged
	back A seq=501 ack=106
	became ESTABLISHED 432000
	there FA seq=106 ack=501
	became FIN_WAIT 120
	back A seq=501 ack=107
	became CLOSE_WAIT 60
	back FA seq=501 ack=107
	became LAST_ACK 30
	there A seq=107 ack=502
	became TIME_WAIT 120 '\[ASSURED\]'
}

# Three packets, then a reset: the entry lives ten seconds more.
reset() {
	port=$((2000 + v))
	there S seq=100
	back SA seq=500 ack=101
	there A seq=101 ack=501
	became ESTABLISHED 432000
	back RA seq=501 ack=101
	check_soon "v$v: a reset: CLOSE" state CLOSE
	check "v$v: CLOSE for at most 10 s" lives 0 10 " CLOSE .*sport=$port "
}

# Both begin at once: SYN, SYN, then both acknowledge.
simultaneous() {
	port=$((3000 + v))
	there S seq=100
	back S seq=500
	check_soon "v$v: simultaneous open: SYN_SENT2" state SYN_SENT2
	there SA seq=100 ack=501
	check_soon "v$v: simultaneous open: SYN_RECV" state SYN_RECV
	back SA seq=500 ack=101
	there A seq=101 ack=501
	check_soon "v$v: simultaneous open: ESTABLISHED" state ESTABLISHED
}

real_page() {
	check "v$v: curl gets a page" \
		in_client curl -gsS "http://$(at "$srv")/"
	check_soon "v$v: curl's flow is in TIME_WAIT, ASSURED" ct_line \
		" TIME_WAIT .*dport=80 .*sport=80 .*\[ASSURED\]"
}

# Rules 1 to 3 of mangle PREROUTING count NEW, ESTABLISHED, INVALID.
count_states() {
	local ipt state

	flush_rules fw
	for ipt in iptables-legacy ip6tables-legacy; do
		for state in NEW ESTABLISHED INVALID; do
			in_fw $ipt -t mangle -A PREROUTING -p tcp \
				-m state --state $state
		done
		in_fw $ipt -A FORWARD -p tcp -m state --state INVALID -j DROP
	done
}
invalids() { hits fw -t mangle PREROUTING 3; }

# A real flow loses its entry and goes on, or not, as tcp_loose says.
midway() {
	local heard=$TMP/heard-$v pipe=$TMP/pipe-$v

	start_nc srv 9000 "$heard"
	mkfifo "$pipe"
	background client socat -u "OPEN:$pipe" "TCP:$(at "$srv"):9000"
	exec 4>"$pipe"
	echo one >&4
	check_soon "v$v: a flow is established" grep one "$heard"

	set_ct fw tcp_loose=1
	ct_flush
	check "v$v: its entry is gone" not ct_line 'dport=9000'
	echo two >&4
	check_soon "v$v: tcp_loose=1: it goes on" grep two "$heard"
	check "v$v: tcp_loose=1: picked up as ESTABLISHED" ct_line \
		' ESTABLISHED .*dport=9000'

	set_ct fw tcp_loose=0
	ct_flush
	echo three >&4
	check_soon "v$v: tcp_loose=0: INVALID" hit fw FORWARD 1
	check "v$v: tcp_loose=0: nothing arrives" not grep three "$heard"
	check "v$v: tcp_loose=0: no entry" not ct_line 'dport=9000'

	set_ct fw tcp_loose=1
	check_soon "v$v: tcp_loose=1 again: it does arrive" grep three "$heard"
	exec 4>&-
	kill "$(in_srv ss -Hltnp 'sport = :9000' | sed 's/.*pid=\([0-9]*\).*/\1/')"
	wait_for not listening srv tcp 9000
}

# A segment far beyond the window is not part of the flow, unless we are kind.
window() {
	local before

	port=$((4000 + v))
	there S seq=100 win=1000
	back SA seq=500 ack=101 win=1000
	there A seq=101 ack=501 win=1000
	became ESTABLISHED 432000
	before=$(invalids)
	set_ct fw log_invalid=6
	there PA seq=900000 ack=501 data=far
	check_soon "v$v: beyond the window: INVALID" \
		counted $((before + 1)) fw -t mangle PREROUTING 3
	check_soon "v$v: log_invalid says why" kernel_says \
		"nf_ct_proto_6: SEQ is over upper bound [0-9]+ \(over the window of the receiver\) "
	back A seq=501 ack=900000
	check_soon "v$v: acknowledges the unseen: INVALID" \
		counted $((before + 2)) fw -t mangle PREROUTING 3
	check_soon "v$v: log_invalid says that too" kernel_says \
		"nf_ct_proto_6: ACK is over upper bound [0-9]+ \(ACKed data not seen yet\) "
	set_ct fw tcp_be_liberal=1
	there PA seq=900000 ack=501 data=far
	wait_for not ct_line none
	check "v$v: be_liberal: not INVALID" \
		counted $((before + 2)) fw -t mangle PREROUTING 3
	set_ct fw tcp_be_liberal=0 log_invalid=0
}

# broken NAME LOG FLAGS [NAME=VALUE...]: a packet that belongs to nothing
broken() {
	local name=$1 log=$2 before
	shift 2

	before=$(invalids)
	port=$((port + 10))
	there "$@"
	check_soon "v$v: $name: INVALID" \
		counted $((before + 1)) fw -t mangle PREROUTING 3
	check_soon "v$v: $name: logged" kernel_says "nf_ct_proto_6: $log "
	check "v$v: $name: no entry" not ct_line "sport=$port "
}

headers() {
	set_ct fw log_invalid=255
	port=$((5000 + v))
	broken "SYN with FIN" "invalid tcp flag combination" SF seq=1
	broken "no flag at all" "invalid tcp flag combination" 0 seq=1
	broken "a wrong checksum" "bad checksum" S seq=1 sum=0xbad
	broken "a header longer than the packet" "truncated packet" S seq=1 off=15
	set_ct fw log_invalid=0

	set_ct fw checksum=0
	port=$((port + 10))
	there S seq=1 sum=0xbad
	check_soon "v$v: checksum=0: a wrong one is tracked" state SYN_SENT
	set_ct fw checksum=1
}

try_all() {
	conversation
	reset
	simultaneous
	real_page
	midway
	window
	headers
}

stage
sysctl -qw net.netfilter.nf_log_all_netns=1
modprobe nf_log_syslog
start_nginx srv
count_states

v=4 c=10.0.1.9 s=10.0.2.9 srv=10.0.2.2 IPT=iptables-legacy
c_long=$c s_long=$s
try_all
v=6 c=fd00:1::9 s=fd00:2::9 srv=fd00:2::2 IPT=ip6tables-legacy
c_long=fd00:0001:0000:0000:0000:0000:0000:0009
s_long=fd00:0002:0000:0000:0000:0000:0000:0009
try_all
