#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A firewall that is a bridge, and what only bridges do: one packet goes out of
# several ports, all copies on one entry that is in no table yet; an address is
# translated between two hosts of one network; ports are zones.
#
#   client 10.0.5.1, fd00:5::1 -- port1 |         | port2 -- srv 10.0.5.2, fd00:5::2
#                                       | fw: br0 |
#               fw 10.0.5.9, fd00:5::9  |         | port3 -- third 10.0.5.3, fd00:5::3

. "$(dirname "$0")/lib.sh"

host() {
	cable "$1" eth0 fw "port$2"
	within "$1" ip addr add "10.0.5.$2/24" dev eth0
	within "$1" ip addr add "fd00:5::$2/64" dev eth0 nodad
	within "$1" ip route add 239.0.0.0/8 dev eth0
	in_fw ip link set "port$2" master br0
}

bridge() {
	say "$TEST on $(uname -r), $MODULES modules"
	echo "nf_ct test $TEST begins" >/dev/kmsg
	space client
	space fw
	space srv
	space third
	in_fw ip link add br0 type bridge mcast_snooping 0
	in_fw ip link set br0 up
	in_fw ip addr add 10.0.5.9/24 dev br0
	in_fw ip addr add fd00:5::9/64 dev br0 nodad
	in_fw ip route add 239.0.0.0/8 dev br0
	host client 1
	host srv 2
	host third 3
}

# listen NS IFACE: to both groups, all that comes to port 9, into a file
listen() {
	: >"$TMP/heard-$1"
	background "$1" socat -u "UDP4-RECV:9,ip-add-membership=$GROUP4:$2,reuseaddr" "OPEN:$TMP/heard-$1,append"
	background "$1" socat -u "UDP6-RECV:9,ipv6only=1,ipv6-join-group=[$GROUP6]:$2,reuseaddr" "OPEN:$TMP/heard-$1,append"
	wait_for both_listen "$1"
}
both_listen() { [ "$(within "$1" ss -Hlun 'sport = :9' | grep -c .)" -eq 2 ]; }
heard() { grep -qF "$2" "$TMP/heard-$1"; }

GROUP4=239.1.2.3 GROUP6=ff05::123

# group_of TEXT: one datagram from client to all
to_all() { craft client udp "$c" "$port" "$group" 9 data="$1"; }

flooded() {
	check_soon "$me: a datagram to all is heard by srv" heard srv "$1"
	check_soon "$me: by third" heard third "$1"
	check_soon "$me: by fw itself" heard fw "$1"
	check "$me: over one entry" one_entry
}
one_entry() { ct_line "udp .*sport=$port " && [ "$(ct_line "udp .*sport=$port " | grep -c .)" -eq 1 ]; }

### br_netfilter

handed_over() {
	me="v$v br_netfilter"
	flush_rules fw
	ct_flush
	in_fw "$IPT" -A INPUT -p udp --dport 9 -m conntrack --ctstate NEW
	in_fw "$IPT" -A FORWARD -p udp --dport 9 -m conntrack --ctstate NEW
	in_fw "$IPT" -A FORWARD -p udp --dport 9 -m conntrack ! --ctstate NEW
	port=900$v
	to_all "handed-$v"
	flooded "handed-$v"
	check "$me: each copy was NEW" counts "2 0" fw FORWARD
	to_all "again-$v"
	flooded "again-$v"
	check "$me: the next one's copies are NEW, of that entry" counts "4 0" fw FORWARD
}

# A port of the firewall's address is srv's, for a client of the same network.
translated() {
	me="v$v br_netfilter and NAT"
	flush_rules fw
	ct_flush
	in_fw "$IPT" -t nat -A PREROUTING -d "$gate" -p tcp --dport 8080 -j DNAT --to-destination "$(at "$s"):80"
	in_fw "$IPT" -t nat -A POSTROUTING -d "$s" -p tcp --dport 80 -j MASQUERADE
	check "$me: a page of a neighbour, by the firewall's address" page "$(at "$gate"):8080"
	check "$me: its entry" ct_line \
		" tcp .*src=$c_long dst=$gate_long sport=[0-9]+ dport=8080 src=$s_long dst=$gate_long sport=80 .*\[ASSURED\]"
	flush_rules fw
	ct_flush
	in_fw "$IPT" -t nat -A PREROUTING -m physdev --physdev-in port1 -d "$third" -p tcp --dport 80 -j DNAT --to-destination "$(at "$s"):80"
	check "$me: bridged to one, delivered to another" page "$(at "$third"):80"
	check "$me: its entry too" ct_line \
		" tcp .*src=$c_long dst=$third_long sport=[0-9]+ dport=80 src=$s_long dst=$c_long sport=80 .*\[ASSURED\]"
}
page() { in_client curl -gsS --connect-timeout 5 --max-time 10 "http://$1/" | grep "hello from nginx"; }

### nf_conntrack_bridge

native() {
	me="v$v nf_conntrack_bridge"
	ct_flush
	in_fw nft -f - <<-END
		table bridge ports {
			chain early {
				type filter hook prerouting priority -300
				udp sport 5099 notrack accept
				iifname port1 ct zone set 1
				iifname port2 ct zone set 1
			}
			chain forward {
				type filter hook forward priority 0
				udp dport 9 ct state new counter ct mark set 7
				udp dport 9 ct state != new counter
				tcp dport 80 ct state new counter
				ct state invalid counter drop
			}
		}
	END
	port=920$v
	to_all "native-$v"
	check_soon "$me: a datagram to all is heard by srv" heard srv "native-$v"
	check_soon "$me: by third" heard third "native-$v"
	check_soon "$me: by fw itself" heard fw "native-$v"
	check "$me: over one entry, in its zone" one_entry
	check "$me: which is the port's" ct_line "sport=$port .* zone=1 "
	check "$me: both copies were NEW" nft_counts 'dport 9 ct state new .*packets 2 '
	craft client udp "$c" 5099 "$s" 9 data="untracked-$v"
	check_soon "$me: notrack: the datagram arrives" heard srv "untracked-$v"
	check "$me: notrack: and has no entry" not ct_line 'sport=5099 '
	check "$me: a page" page "$(at "$s")"
	check "$me: one packet was NEW" nft_counts 'dport 80 ct state new .*packets 1 '
	check "$me: its entry is in the zone" ct_line "src=$c_long dst=$s_long .*dport=80 .*\[ASSURED\] .*zone=1 "
	in_fw nft flush ruleset
}
nft_counts() { in_fw nft list ruleset | grep -E "$1"; }

family() {
	v=$1
	if [ "$v" = 4 ]; then
		IPT=iptables-legacy group=$GROUP4
		c=10.0.5.1 s=10.0.5.2 third=10.0.5.3 gate=10.0.5.9
		c_long=$c s_long=$s third_long=$third gate_long=$gate
	else
		IPT=ip6tables-legacy group=$GROUP6
		c=fd00:5::1 s=fd00:5::2 third=fd00:5::3 gate=fd00:5::9
		c_long=fd00:0005:0000:0000:0000:0000:0000:0001
		s_long=${c_long%1}2 third_long=${c_long%1}3
		gate_long=${c_long%1}9
	fi
}

modprobe nf_conntrack
bridge
set_ct fw udp_timeout=300
start_nginx srv
for ns in srv third; do
	listen $ns eth0
done
listen fw br0
in_fw sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
for v in 4 6; do
	family $v
	native
done
modprobe br_netfilter
in_fw sysctl -qw net.bridge.bridge-nf-call-iptables=1 \
	net.bridge.bridge-nf-call-ip6tables=1
for v in 4 6; do
	family $v
	handed_over
	translated
done
