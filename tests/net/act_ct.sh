#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tc's action "ct" and flower's ct_state: a stateful firewall with NAT and
# zones that has no rule of netfilter at all.

. "$(dirname "$0")/lib.sh"

# on lan | on wan: the filters of its ingress, from the standard input
on() {
	in_fw tc qdisc add dev "$1" clsact
	sed "s/^/filter add dev $1 ingress protocol ip /" | in_fw tc -batch -
}
clear_filters() {
	in_fw tc qdisc del dev lan clsact
	in_fw tc qdisc del dev wan clsact
	ct_flush
}

page() { in_client curl -gsS --connect-timeout "${2:-3}" --max-time 10 "http://$1/" | grep "hello from nginx"; }
# from outside, to a port of client where nc listens
from_outside() { in_srv socat -u OPEN:/dev/null "TCP:10.0.1.2:8080,connect-timeout=2"; }

# packets DEV PREF: that a filter has seen to the end
packets() { in_fw tc -s filter show dev "$1" ingress pref "$2" | sed -n 's/.*Sent [0-9]* bytes \([0-9]*\) pkt.*/\1/p' | sort -n | tail -n 1; }
seen() { echo "$1 $2: $(packets "$1" "$2") packets"; [ "$(packets "$1" "$2")" -gt 0 ]; }

# What begins on lan is committed; on wan only what belongs to it may pass.
stateful() {
	on lan <<-'END'
		pref 1 chain 0 flower ct_state -trk action ct zone 5 pipe action goto chain 1
		pref 2 chain 1 flower ct_state +trk+new action ct commit zone 5 mark 0x77/0xff
		pref 3 chain 1 flower ct_state +trk+est action pass
		pref 4 chain 1 flower ct_state +trk+inv action drop
	END
	on wan <<-'END'
		pref 1 chain 0 flower ct_state -trk action ct zone 5 pipe action goto chain 1
		pref 2 chain 1 flower ct_state +trk+est+rpl ct_zone 5 ct_mark 0x77 action pass
		pref 3 chain 1 flower ct_state +trk+new action drop
		pref 4 chain 1 flower ct_state +trk+inv action drop
	END
	check "act_ct: a page" page 10.0.2.2
	check "act_ct: its entry, in the zone, with the mark" ct_line \
		'tcp .*src=10.0.1.2 dst=10.0.2.2 .*dport=80 .*\[ASSURED\] mark=119 zone=5 '
	check "act_ct: one packet was new" [ "$(packets lan 2)" -ge 1 ]
	check "act_ct: answers were est and rpl" seen wan 2
	check "act_ct: nobody from outside" not from_outside
	check "act_ct: who was new there" seen wan 3
	check "act_ct: and has no entry" not ct_line 'dport=8080 '
	craft client tcp 10.0.1.9 999 10.0.2.9 80 SF
	check_soon "act_ct: SYN with FIN is inv" seen lan 4
	check "act_ct: a ping" in_client ping -n -c 1 -W 5 10.0.2.2
	check "act_ct: a ping in fragments" in_client ping -n -c 1 -W 5 -s 3000 10.0.2.2
	check "act_ct: without a hook of netfilter's" nobody_hooked
	clear_filters
}
nobody_hooked() {
	local hooks

	hooks=$(in_fw nft list hooks)
	! grep -E conntrack <<<"$hooks"
}

# An address of its own for the client, and one for the server.
with_nat() {
	in_fw ip addr add 10.0.2.77/24 dev wan
	on lan <<-'END'
		pref 1 chain 0 flower ip_proto tcp dst_ip 10.0.2.88 ct_state -trk action ct zone 6 nat pipe action goto chain 1
		pref 2 chain 1 flower ip_proto tcp ct_state +trk+new action ct commit zone 6 nat dst addr 10.0.2.2 port 80 pipe action pass
		pref 3 chain 1 flower ip_proto tcp ct_state +trk+est action pass
	END
	on wan <<-'END'
		pref 1 chain 0 flower ip_proto tcp ct_state -trk action ct zone 6 nat pipe action goto chain 1
		pref 2 chain 1 flower ip_proto tcp ct_state +trk+est action pass
	END
	check "act_ct nat dst: a page of an address that is nobody's" page 10.0.2.88:81
	check "act_ct nat dst: its entry" ct_line \
		'tcp .*src=10.0.1.2 dst=10.0.2.88 sport=[0-9]+ dport=81 src=10.0.2.2 dst=10.0.1.2 sport=80 .*\[ASSURED\] .*zone=6 '
	clear_filters

	in_fw tc qdisc add dev wan clsact
	in_fw tc -batch - <<-'END'
		filter add dev wan egress protocol ip pref 1 chain 0 flower ip_proto tcp ct_state -trk action ct zone 7 nat pipe action goto chain 1
		filter add dev wan egress protocol ip pref 2 chain 1 flower ip_proto tcp ct_state +trk+new action ct commit zone 7 nat src addr 10.0.2.77 port 5000-5001 pipe action pass
		filter add dev wan egress protocol ip pref 3 chain 1 flower ip_proto tcp ct_state +trk+est action pass
		filter add dev wan ingress protocol ip pref 1 chain 0 flower ip_proto tcp ct_state -trk action ct zone 7 nat pipe action goto chain 1
		filter add dev wan ingress protocol ip pref 2 chain 1 flower ip_proto tcp ct_state +trk+est action pass
	END
	in_fw tc qdisc add dev lan clsact
	check "act_ct nat src: a page" page 10.0.2.2
	check "act_ct nat src: its entry" ct_line \
		'tcp .*src=10.0.1.2 dst=10.0.2.2 sport=[0-9]+ dport=80 src=10.0.2.2 dst=10.0.2.77 sport=80 dport=500[01] \[ASSURED\] .*zone=7 '
	clear_filters
}

# The same addresses and ports in two zones are two flows.
zones() {
	on lan <<-'END'
		pref 1 chain 0 flower ip_proto udp dst_port 71 action ct commit zone 1 pipe action pass
		pref 2 chain 0 flower ip_proto udp dst_port 72 action ct commit force zone 2 pipe action pass
		pref 3 chain 0 flower ip_proto udp dst_port 73 action ct commit zone 3 label 01020304050607080910111213141516 pipe action pass
		pref 4 chain 0 flower ip_proto udp dst_port 74 action ct clear pipe action pass
	END
	in_fw tc qdisc add dev wan clsact
	craft client udp 10.0.1.2 600 10.0.2.9 71
	craft client udp 10.0.1.2 600 10.0.2.9 72
	craft client udp 10.0.1.2 600 10.0.2.9 73
	craft client udp 10.0.1.2 600 10.0.2.9 74
	check_soon "act_ct zones: one" ct_line 'sport=600 dport=71 .* zone=1 '
	check_soon "act_ct zones: another, forced" ct_line 'sport=600 dport=72 .* zone=2 '
	check_soon "act_ct zones: with a label" ct_line 'sport=600 dport=73 .* zone=3 '
	craft srv udp 10.0.2.9 72 10.0.1.2 600
	check "act_ct clear: none" not ct_line 'dport=74 '
	clear_filters
}

stage
modprobe -a cls_flower act_ct
start_nginx srv
start_nc client 8080
set_ct fw udp_timeout=300
stateful
with_nat
zones
