#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ICMP and ICMPv6: questions and answers, errors about flows, errors about
# nothing.  Behind srv there are places that cannot be reached, each for a
# reason of its own:
#
#   3 (10.0.3.0/24, fd00:3::/64)  has a route that says "unreachable"
#   4 (10.0.4.0/24, fd00:4::/64)  has no route
#   5 (10.0.5.0/24, fd00:5::/64)  has a route over a link too narrow

. "$(dirname "$0")/lib.sh"

beyond() {
	local n

	in_srv sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv4.icmp_ratemask=0 net.ipv6.icmp.ratelimit=0
	space end
	cable srv narrow end eth0
	in_srv ip link set narrow mtu 1300
	in_srv ip route add unreachable 10.0.3.0/24
	in_srv ip route add unreachable fd00:3::/64
	in_srv ip route add 10.0.5.0/24 dev narrow
	in_srv ip route add fd00:5::/64 dev narrow
	in_srv ip route add blackhole 10.0.2.9	# now that srv forwards
	in_srv ip route add blackhole fd00:2::9
	for n in 3 4 5; do
		in_fw ip route add 10.0.$n.0/24 via 10.0.2.2
		in_fw ip route add fd00:$n::/64 via fd00:2::2
	done
}

# host NETWORK NUMBER: an address of this family
host() { if [ "$v" = 4 ]; then echo "10.0.$1.$2"; else echo "fd00:$1::$2"; fi; }

# ping_from NS ADDRESS [OPTION...]
ping_from() { within "$1" ping -n -c 1 -W 3 "${@:3}" "$2"; }

### the firewall's own rules, as the tutorial has them

own_rules_v4() {
	flush_rules fw
	in_fw iptables-legacy -P INPUT DROP
	in_fw iptables-legacy -P OUTPUT DROP
	in_fw iptables-legacy -A OUTPUT -p icmp -m state --state NEW,ESTABLISHED,RELATED -j ACCEPT
	in_fw iptables-legacy -A INPUT -p icmp -m state --state ESTABLISHED,RELATED -j ACCEPT

	IPT=iptables-legacy
	check "v4: the firewall may ping" ping_from fw 10.0.2.2
	check "v4: one echo out" counted 1 fw OUTPUT 1
	check "v4: one reply in" counted 1 fw INPUT 1
	check "v4: others may not ping it" not ping_from srv 10.0.2.1 -W 1
	check "v4: an unreachable host is told" not ping_from fw 10.0.3.1
	check "v4: by a RELATED error" counted 2 fw INPUT 1
	in_fw iptables-legacy -D INPUT 1
	check "v4: without the rule no ping" not ping_from fw 10.0.2.2 -W 1
}

# Neighbour discovery is never tracked; without it nothing works.
own_rules_v6() {
	flush_rules fw
	in_fw ip6tables-legacy -P INPUT DROP
	in_fw ip6tables-legacy -P OUTPUT DROP
	in_fw ip6tables-legacy -A OUTPUT -p icmpv6 -m state --state NEW,ESTABLISHED,RELATED -j ACCEPT
	in_fw ip6tables-legacy -A INPUT -p icmpv6 -m state --state ESTABLISHED,RELATED -j ACCEPT
	in_fw ip -6 neigh flush dev wan

	IPT=ip6tables-legacy
	check "v6: no ping without discovery" not ping_from fw fd00:2::2 -W 2
	in_fw ip6tables-legacy -A OUTPUT -p icmpv6 -m state --state UNTRACKED -j ACCEPT
	in_fw ip6tables-legacy -A INPUT -p icmpv6 -m state --state UNTRACKED -j ACCEPT
	in_fw ip6tables-legacy -Z
	in_fw ip -6 neigh flush dev wan
	check_soon "v6: the firewall may ping" ping_from fw fd00:2::2
	check "v6: its solicitations were UNTRACKED" hit fw OUTPUT 2
	check "v6: the advertisements too" hit fw INPUT 2
	check "v6: the reply was ESTABLISHED" hit fw INPUT 1
	check "v6: others may not ping it" not ping_from srv fd00:2::1 -W 1
	check "v6: nothing of discovery in the table" not ct_line 'type=13[3-7]'
}

### through the firewall

# Rules 1 to 4 of mangle FORWARD count the states; 5 and on each kind of error.
count_states() {
	local state kind

	flush_rules fw
	{
		for state in NEW ESTABLISHED RELATED INVALID; do
			echo "-A FORWARD -p $icmp -m state --state $state"
		done
		for kind; do
			echo "-A FORWARD -p $icmp --$icmp-type $kind" \
				"-m state --state RELATED"
		done
	} | add_rules fw mangle
}
# states NUMBER...: NEW, ESTABLISHED, RELATED, INVALID; no kind of error
states() { counts "$*$kinds" fw -t mangle FORWARD; }

echoes() {
	ct_flush
	in_fw $IPT -t mangle -Z FORWARD
	check "v$v: ping" ping_from client "$(host 2 2)"
	check "v$v: one NEW, one ESTABLISHED" states 1 1 0 0
	check "v$v: the entry has type, code and id" \
		ct_line " $icmp .*type=$echo code=0 id=[0-9]+ src=.*type=$reply code=0 id=[0-9]+ "
	check "v$v: for at most 30 s" lives 10 30 "type=$echo "
	check "v$v: of a ping nobody answers" not ping_from client "$(host 2 9)" -W 1
	check "v$v: it is UNREPLIED" ct_line "type=$echo .*\[UNREPLIED\]"
}

# error NAME RULE COMMAND...: fails, with one RELATED error counted by RULE
error() {
	local name=$1 rule=$2 before
	shift 2

	before=$(hits fw -t mangle FORWARD "$rule")
	"$@" >"$TMP/said" 2>&1 || :
	check_soon "v$v: $name is RELATED" \
		counted $((before + 1)) fw -t mangle FORWARD "$rule"
}

# stray NAME PACKET...: an error that quotes what was never sent
stray() {
	local before

	before=$(hits fw -t mangle FORWARD 4)
	craft srv icmp "${@:2}"
	check_soon "v$v: $1 is INVALID" \
		counted $((before + 1)) fw -t mangle FORWARD 4
}

# question KIND ANSWER: of the ghosts, in the older protocols
question() {
	in_fw $IPT -t mangle -Z FORWARD
	craft client icmp "$(host 1 9)" "$(host 2 9)" "$1" 0 id=7
	check_soon "v$v: type $1 is NEW" states 1 0 0 0
	craft srv icmp "$(host 2 9)" "$(host 1 9)" "$2" 0 id=8
	check_soon "v$v: type $2 of another id is INVALID" states 1 0 0 1
	craft srv icmp "$(host 2 9)" "$(host 1 9)" "$2" 0 id=7
	check_soon "v$v: type $2 is ESTABLISHED" states 1 1 0 1
}

through_v4() {
	IPT=iptables-legacy v=4 icmp=icmp echo=8 reply=0 kinds=' 0 0 0 0 0'
	count_states port-unreachable host-unreachable network-unreachable \
		ttl-zero-during-transit fragmentation-needed
	echoes
	error "port unreachable" 5 in_client socat -t1 - UDP:10.0.2.2:7 <<<x
	error "host unreachable" 6 ping_from client 10.0.3.1
	error "network unreachable" 7 ping_from client 10.0.4.1
	error "time exceeded" 8 ping_from client 10.0.5.1 -t 2
	error "fragmentation needed" 9 ping_from client 10.0.5.1 -s 1400 -M "do"

	stray "an error about no flow" 10.0.2.2 10.0.1.2 3 3 \
		about udp 10.0.1.2 4000 10.0.2.2 4001
	stray "an error that quotes nothing" 10.0.2.2 10.0.1.2 3 3 data=short
	stray "a reply without a request" 10.0.2.2 10.0.1.2 0 0 id=99
	question 13 14
	question 15 16
	question 17 18
}

through_v6() {
	IPT=ip6tables-legacy v=6 icmp=icmpv6 echo=128 reply=129 kinds=' 0 0 0 0'
	count_states port-unreachable no-route ttl-zero-during-transit \
		packet-too-big
	echoes
	error "port unreachable" 5 in_client socat -t1 - 'UDP:[fd00:2::2]:7' <<<x
	error "no route" 6 ping_from client fd00:4::1
	error "hop limit exceeded" 7 ping_from client fd00:5::1 -t 2
	error "packet too big" 8 ping_from client fd00:5::1 -s 1400 -M "do"
	stray "an error about no flow" fd00:2::2 fd00:1::2 1 4 \
		about udp fd00:1::2 4000 fd00:2::2 4001
	stray "an error that quotes nothing" fd00:2::2 fd00:1::2 1 4 data=short
	stray "a reply without a request" fd00:2::2 fd00:1::2 129 0 id=99
}

# An error must go to the one whose packet it quotes.
misdirected() {
	IPT=iptables-legacy v=4
	craft client udp 10.0.1.9 4000 10.0.2.9 4001
	wait_for ct_line 'sport=4000 dport=4001'
	stray "an error sent to another than it quotes" 10.0.2.9 10.0.1.2 3 3 \
		about udp 10.0.1.9 4000 10.0.2.9 4001
	error "the same sent to the right one" 5 craft srv icmp 10.0.2.9 \
		10.0.1.9 3 3 about udp 10.0.1.9 4000 10.0.2.9 4001
}

stage
beyond
own_rules_v4
own_rules_v6
through_v4
misdirected
through_v6
