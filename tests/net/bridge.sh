#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A firewall that is a bridge.  client and srv are on one network, fw between
# them has ports and no address:
#
#   client 10.0.5.1, fd00:5::1 ---- port1 | fw: br0 | port2 ---- srv 10.0.5.2

. "$(dirname "$0")/lib.sh"

bridge() {
	say "$TEST on $(uname -r), $MODULES modules"
	echo "nf_ct test $TEST begins" >/dev/kmsg
	space client
	space fw
	space srv
	cable client eth0 fw port1
	cable fw port2 srv eth0
	in_fw ip -batch - <<-END
		link add br0 type bridge
		link set port1 master br0
		link set port2 master br0
		link set br0 up
	END
	in_client ip addr add 10.0.5.1/24 dev eth0
	in_client ip addr add fd00:5::1/64 dev eth0 nodad
	in_srv ip addr add 10.0.5.2/24 dev eth0
	in_srv ip addr add fd00:5::2/64 dev eth0 nodad
}

page() { in_client curl -gsS --max-time "${2:-10}" "http://$(at "$1")/" | grep nginx; }
from_outside() { in_srv socat -u OPEN:/dev/null "TCP:$(at "$1"):8080,connect-timeout=2"; }
counter() { in_fw nft -a list ruleset | grep -E "packets [1-9].*$1"; }

# The bridge's own tracking: nft's bridge family, no br_netfilter.
native() {
	in_fw nft -f - <<-'END'
		table bridge filter {
			chain forward {
				type filter hook forward priority 0; policy drop
				ether type arp accept
				icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
				ct state established,related counter accept comment "answers"
				iifname "port1" ct state new counter accept comment "begins"
			}
		}
	END
	check "nf_conntrack_bridge: a page" page 10.0.5.2
	check "nf_conntrack_bridge: a page over IPv6" page fd00:5::2
	check "nf_conntrack_bridge: NEW was counted" counter begins
	check "nf_conntrack_bridge: ESTABLISHED was counted" counter answers
	check "nf_conntrack_bridge: the flow is in the table" ct_line \
		'ipv4 .*src=10.0.5.1 dst=10.0.5.2 .*dport=80 .*\[ASSURED\]'
	check "nf_conntrack_bridge: the IPv6 one too" ct_line \
		'ipv6 .*dport=80 .*\[ASSURED\]'
	check "nf_conntrack_bridge: none from outside" not from_outside 10.0.5.1
	check "nf_conntrack_bridge: nor over IPv6" not from_outside fd00:5::1
	check "nf_conntrack_bridge: a ping in fragments" \
		in_client ping -n -c 1 -W 5 -s 3000 10.0.5.2
	in_fw nft flush ruleset
	ct_flush
}

# br_netfilter hands bridged packets to iptables.
handed_over() {
	modprobe br_netfilter
	in_fw sysctl -qw net.bridge.bridge-nf-call-iptables=1 \
		net.bridge.bridge-nf-call-ip6tables=1
	for IPT in iptables-legacy ip6tables-legacy; do
		in_fw $IPT -P FORWARD DROP
		in_fw $IPT -A FORWARD -m physdev --physdev-in port1 -m state --state NEW -j ACCEPT
		in_fw $IPT -A FORWARD -m state --state ESTABLISHED,RELATED -j ACCEPT
	done
	in_fw ip6tables-legacy -A FORWARD -p icmpv6 -m state --state UNTRACKED -j ACCEPT
	for host in 10.0.5 fd00:5:; do
		IPT=iptables-legacy dot=.
		[ $host = 10.0.5 ] || IPT=ip6tables-legacy dot=:
		check "br_netfilter: a page from $host${dot}2" page $host${dot}2
		check "br_netfilter: one packet was NEW" counted 1 fw FORWARD 1
		check "br_netfilter: the others ESTABLISHED" hit fw FORWARD 2
		check "br_netfilter: none from outside" not from_outside $host${dot}1
	done
	check "br_netfilter: a ping in fragments" \
		in_client ping -n -c 1 -W 5 -s 3000 10.0.5.2
	check "br_netfilter: the flow is in the table" ct_line 'dport=80 .*\[ASSURED\]'
}

bridge
start_nginx srv
start_nc client 8080
native
handed_over
