#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bugs that connection tracking once had somewhere, and that it takes a real
# stack to show; docs/regressions.md has the list of all.

. "$(dirname "$0")/lib.sh"

# A logger may ask for the connection in turn, and with it for its lock: a
# packet that is logged under that lock stops the machine.
log_with_connection() {
	local n

	modprobe -a nfnetlink_log nf_conntrack_netlink
	in_fw sysctl -qw net.netfilter.nf_log.2=nfnetlink_log
	background_to "$TMP/nflog" fw python3 -ISB "$HERE/nflog.py"
	wait_for grep -x ready "$TMP/nflog"
	set_ct fw log_invalid=255

	craft client tcp 10.0.1.9 1000 10.0.2.9 80 S seq=100 win=1000
	craft srv tcp 10.0.2.9 80 10.0.1.9 1000 SA seq=500 ack=101 win=1000
	craft client tcp 10.0.1.9 1000 10.0.2.9 80 A seq=101 ack=501 win=1000
	wait_for ct_line ' ESTABLISHED .*sport=1000'
	for n in {1..50}; do
		craft client tcp 10.0.1.9 1000 10.0.2.9 80 A \
			seq=$((900000 + n)) ack=501
		craft client sctp 10.0.1.9 1001 10.0.2.9 80 "$n" DATA
	done
	check_soon "log: each packet, with its connection" \
		lines 50 '^ct nf_ct_proto_6: SEQ is over upper bound' "$TMP/nflog"
	craft client tcp 10.0.1.9 1000 10.0.2.9 80 FA seq=101 ack=501 win=1000
	check_soon "log: and the flow goes on" ct_line ' FIN_WAIT .*sport=1000'
	set_ct fw log_invalid=0
}
lines() { local n; n=$(grep -cE -- "$2" "$3"); echo "$n lines"; [ "$n" -eq "$1" ]; }
background_to() {
	(exec nsenter --net="/run/netns/$2" -- "${@:3}") </dev/null \
		>"$1" 2>&1 &
	disown
}

# One port of a protocol is let in: the others are not, whatever was said there.
one_port_opens_no_other() {
	local begin more proto v c s ipt

	for v in 4 6; do
		c=10.0.1.9 s=10.0.2.9 ipt=iptables-legacy
		[ $v = 4 ] || c=fd00:1::9 s=fd00:2::9 ipt=ip6tables-legacy
		flush_rules fw
		ct_flush
		IPT=$ipt add_rules fw filter <<-END
			-A FORWARD -m state --state ESTABLISHED,RELATED -j ACCEPT
			-A FORWARD -p sctp --dport 7 -m state --state NEW -j ACCEPT
			-A FORWARD -p dccp --dport 7 -m state --state NEW -j ACCEPT
			-A FORWARD -p udplite -m multiport --dports 7 -m state --state NEW -j ACCEPT
			-A FORWARD -p sctp -j DROP
			-A FORWARD -p dccp -j DROP
			-A FORWARD -p udplite -j DROP
		END
		craft client sctp $c 3000 $s 7 0 INIT:1
		craft client dccp $c 3000 $s 7 REQUEST
		craft client udplite $c 3000 $s 7
		for proto in sctp dccp udplite; do
			check_soon "v$v $proto: port 7 is open" ct_line \
				"$proto .*sport=3000 dport=7 "
		done
		craft srv sctp $s 7 $c 3000 1 INIT-ACK:2
		craft srv dccp $s 7 $c 3000 RESPONSE
		craft srv udplite $s 7 $c 3000
		IPT=$ipt wait_for counted 3 fw FORWARD 1
		craft client sctp $c 3000 $s 8 0 INIT:1
		craft client dccp $c 3000 $s 8 REQUEST
		craft client udplite $c 3000 $s 8
		IPT=$ipt check_soon "v$v: no other port is" \
			counts "3 1 1 1 1 1 1" fw FORWARD
		check "v$v: nor has an entry" not ct_line 'dport=8 '
	done
	flush_rules fw
}

### expectations

session() {
	talk_from client 10.0.2.2 21 "USER anonymous" "PORT 10,0,1,2,4,1" \
		>"$TMP/said"
}
announced() { within "${1:-fw}" grep -q ' ftp$' /proc/net/nf_conntrack_expect; }

# Who reads the list while masters die must not meet one that is gone.
# shellcheck disable=SC2016	# for the shell in the namespace
listed_while_masters_die() {
	local n

	start_vsftpd srv
	modprobe nf_conntrack_ftp
	in_fw iptables-legacy -t raw -A PREROUTING -p tcp --dport 21 -j CT --helper ftp
	session
	check "an expectation" announced
	check "... which another namespace does not see" not announced client
	in_client iptables-legacy -A OUTPUT -m state --state INVALID
	check "... nor one that tracks" not announced client

	background_to "$TMP/lists" fw bash -c 'while :; do
		cat /proc/net/nf_conntrack_expect; conntrack -L expect; done'
	for n in {1..20}; do
		session
		ct_flush
	done
	session
	in_fw iptables-legacy -t raw -F
	check "the helper goes, while it is listed" \
		unload_ftp_helper
	check "... and what it expected" not announced
	check "... which had been seen" grep ' ftp$' "$TMP/lists"
}

stage
in_fw iptables-legacy -A FORWARD -m state --state INVALID -j DROP
log_with_connection
one_port_opens_no_other
listed_while_masters_die
