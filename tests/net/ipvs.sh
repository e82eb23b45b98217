#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ip_vs in NAT mode: fw is the director of a virtual server, srv the real one.
# With its sysctl "conntrack", ip_vs tells tracking what it did, so rules on
# states and NAT work with it as with any other connection.

. "$(dirname "$0")/lib.sh"

# director ADDRESS: port 80 of it is srv's port 80
director() {
	in_fw ipvsadm -C
	in_fw ipvsadm -A -t "$(at "$vip"):80" -s rr
	in_fw ipvsadm -a -t "$(at "$vip"):80" -r "$(at "$s"):80" -m
	in_fw ipvsadm -A -u "$(at "$vip"):7" -s rr
	in_fw ipvsadm -a -u "$(at "$vip"):7" -r "$(at "$s"):7" -m
}

begin() {
	flush_rules fw
	ct_flush
}

page() { in_client curl -gsS --connect-timeout 3 --max-time 10 "http://$(at "$vip"):80/" | grep "hello from nginx"; }
echoed() { echo "$1" | in_client socat -t 3 - "UDP:$(at "$vip"):7" | grep -x "$1"; }
connections() { in_fw ipvsadm -Lnc | grep -E "$1"; }

with_states() {
	begin
	in_fw "$IPT" -P FORWARD DROP
	in_fw "$IPT" -P INPUT DROP
	in_fw "$IPT" -A INPUT -p ipv6-icmp -j ACCEPT
	in_fw "$IPT" -A INPUT -i lan -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT
	in_fw "$IPT" -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
	check "$me: a page of the virtual server" page
	check "$me: the entry tells where it went" ct_line \
		"^ipv$v .* tcp .* src=$c_long dst=$vip_long sport=[0-9]+ dport=80 src=$s_long dst=$c_long sport=80 .*\[ASSURED\]"
	check "$me: its packets were ESTABLISHED" hit fw FORWARD 1
	check "$me: and none was INVALID" [ "$(ct_stat invalid)" -eq "$invalid" ]
	check "$me: an echo over UDP" echoed hello
	check "$me: its entry" ct_line \
		"^ipv$v .* udp .* src=$c_long dst=$vip_long sport=[0-9]+ dport=7 src=$s_long dst=$c_long sport=7 "
	check "$me: ip_vs has both" connections 'UDP.*:7 '
	check "$me: with states of its own" connections 'TCP.*(FIN_WAIT|CLOSE|TIME_WAIT|ESTABLISHED)'
}

# Requests come from the director too when the real server is not behind it.
with_snat() {
	begin
	in_fw "$IPT" -t nat -A POSTROUTING -o wan -m ipvs --vaddr "$vip" --vport 80 -j SNAT --to-source "$gate"
	check "$me: a page, SNAT by iptables on top" page
	check "$me: the entry has both translations" ct_line \
		" tcp .* src=$c_long dst=$vip_long sport=[0-9]+ dport=80 src=$s_long dst=$gate_long sport=80 .*\[ASSURED\]"
}

# Without the sysctl the packets of ip_vs are nobody's entries.
without_conntrack() {
	begin
	in_fw sysctl -qw net.ipv4.vs.conntrack=0
	in_fw "$IPT" -A INPUT -i lan -p tcp -m conntrack --ctstate NEW
	check "$me: conntrack=0: a page" page
	check "$me: conntrack=0: the entry is not of the real server" not ct_line \
		"dport=80 src=$s_long "
	in_fw sysctl -qw net.ipv4.vs.conntrack=1
}

try_all() {
	me="v$v ip_vs"
	director
	invalid=$(ct_stat invalid)
	with_states
	with_snat
	without_conntrack
}

stage
modprobe -a ip_vs ip_vs_rr
in_fw sysctl -qw net.ipv4.vs.conntrack=1
in_fw iptables-legacy -A FORWARD -m conntrack --ctstate NEW
in_srv ip route add default via 10.0.2.1
in_srv ip route add default via fd00:2::1
start_nginx srv
start_echo srv 7
v=4 IPT=iptables-legacy c=10.0.1.2 s=10.0.2.2 vip=10.0.1.1 gate=10.0.2.1
c_long=$c s_long=$s vip_long=$vip gate_long=$gate
try_all
v=6 IPT=ip6tables-legacy c=fd00:1::2 s=fd00:2::2 vip=fd00:1::1 gate=fd00:2::1
c_long=fd00:0001:0000:0000:0000:0000:0000:0002
s_long=fd00:0002:0000:0000:0000:0000:0000:0002
vip_long=fd00:0001:0000:0000:0000:0000:0000:0001
gate_long=fd00:0002:0000:0000:0000:0000:0000:0001
try_all
