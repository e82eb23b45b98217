#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Open vSwitch's ct(): flows that track, translate, mark and limit connections
# in zones, by the kernel's datapath.  fw is the switch:
#
#   client 10.0.5.1, fd00:5::1 -- port1 | fw: br0 | port2 -- srv 10.0.5.2, fd00:5::2

. "$(dirname "$0")/lib.sh"

start_switch() {
	export OVS_RUNDIR=$TMP/ovs OVS_LOGDIR=$TMP/ovs OVS_DBDIR=$TMP/ovs
	mkdir "$TMP/ovs"
	ovsdb-tool create "$TMP/ovs/conf.db" /usr/share/openvswitch/vswitch.ovsschema
	background fw ovsdb-server "$TMP/ovs/conf.db" --remote="punix:$TMP/ovs/db.sock" \
		--unixctl="$TMP/ovs/db.ctl"
	wait_for in_fw ovs-vsctl --no-wait init
	background fw ovs-vswitchd --unixctl="$TMP/ovs/switch.ctl"
	in_fw ovs-vsctl --timeout=60 add-br br0 \
		-- add-port br0 port1 -- set interface port1 ofport_request=1 \
		-- add-port br0 port2 -- set interface port2 ofport_request=2
}

switch() {
	say "$TEST on $(uname -r), $MODULES modules"
	echo "nf_ct test $TEST begins" >/dev/kmsg
	space client
	space fw
	space srv
	cable client eth0 fw port1
	cable fw port2 srv eth0
	in_client ip addr add 10.0.5.1/24 dev eth0
	in_client ip addr add fd00:5::1/64 dev eth0 nodad
	in_srv ip addr add 10.0.5.2/24 dev eth0
	in_srv ip addr add fd00:5::2/64 dev eth0 nodad
	# what OVS translates to must be found by its neighbours
	in_client ip neigh add 10.0.5.88 lladdr "$(link_address srv eth0)" dev eth0
	in_client ip neigh add fd00:5::88 lladdr "$(link_address srv eth0)" dev eth0
	in_srv ip neigh add 10.0.5.77 lladdr "$(link_address client eth0)" dev eth0
	in_srv ip neigh add fd00:5::77 lladdr "$(link_address client eth0)" dev eth0
	start_switch
}

# flows: from the standard input, in place of all that there are
flows() {
	{
		echo "table=0,priority=100,arp,actions=NORMAL"
		echo "table=0,priority=100,icmp6,actions=NORMAL"
		cat
	} >"$TMP/flows"
	in_fw ovs-ofctl --protocols=OpenFlow13 -O OpenFlow13 replace-flows br0 "$TMP/flows"
	in_fw ovs-appctl -t "$TMP/ovs/switch.ctl" dpctl/flush-conntrack
}
appctl() { in_fw ovs-appctl -t "$TMP/ovs/switch.ctl" "$@"; }
# told REGEX COMMAND...: what ovs-appctl says has it
told() {
	local said

	said=$(appctl "${@:2}")
	echo "$said"
	grep -qE -- "$1" <<<"$said"
}

page() { in_client curl -gsS --connect-timeout "${2:-5}" --max-time 10 "http://$1/" | grep "hello from nginx"; }
from_outside() { in_srv socat -u OPEN:/dev/null "TCP:$(at "$c"):8080,connect-timeout=2"; }

stateful() {
	me="v$v ct()"
	flows <<-END
		table=0,priority=10,$l3,ct_state=-trk,actions=ct(table=1,zone=5)
		table=1,priority=10,in_port=1,$l3,ct_state=+trk+new,actions=ct(commit,zone=5,exec(set_field:0x77->ct_mark,set_field:0x5->ct_label)),2
		table=1,priority=10,in_port=1,$l3,ct_state=+trk+est,actions=2
		table=1,priority=10,in_port=2,$l3,ct_state=+trk+est+rpl,ct_mark=0x77,ct_label=0x5,actions=1
		table=1,priority=5,$l3,ct_state=+trk+inv,actions=drop
		table=1,priority=1,$l3,actions=drop
	END
	check "$me: a page" page "$(at "$s")"
	check "$me: the table has its entry, in the zone, with the mark" ct_line \
		"tcp .*src=$c_long dst=$s_long .*dport=80 .*\[ASSURED\] mark=119 .*zone=5 "
	check "$me: so has dump-conntrack, with the label" told \
		"orig=\(src=$c,dst=$s,.*zone=5,mark=119,labels=0x5" dpctl/dump-conntrack zone=5
	check "$me: nobody from outside" not from_outside
	check "$me: and that has no entry" not ct_line 'dport=8080 '
	in_srv ping -n -c 1 -W 1 "$c" >"$TMP/said" 2>&1 || :
	appctl dpctl/flush-conntrack zone=5
	check "$me: a zone is flushed" not ct_line 'zone=5 '
}

with_nat() {
	me="v$v ct(nat)"
	flows <<-END
		table=0,priority=10,tcp$n,ct_state=-trk,actions=ct(table=1,zone=6,nat)
		table=1,priority=10,in_port=1,tcp$n,$dst=$virtual,tp_dst=81,ct_state=+trk+new,actions=ct(commit,zone=6,nat(dst=$(at "$s"):80)),2
		table=1,priority=10,in_port=1,tcp$n,$dst=$s,tp_dst=80,ct_state=+trk+new,actions=ct(commit,zone=6,nat(src=$(at "$masked"):7000-7001)),2
		table=1,priority=9,in_port=1,tcp$n,ct_state=+trk+est,actions=2
		table=1,priority=9,in_port=2,tcp$n,ct_state=+trk+est,actions=1
	END
	check "$me: dst: a page of an address that is nobody's" page "$(at "$virtual"):81"
	check "$me: dst: its entry" ct_line \
		"tcp .*src=$c_long dst=$virtual_long sport=[0-9]+ dport=81 src=$s_long dst=$c_long sport=80 .*\[ASSURED\] .*zone=6 "
	check "$me: src: a page" page "$(at "$s")"
	check "$me: src: its entry" ct_line \
		"tcp .*src=$c_long dst=$s_long sport=[0-9]+ dport=80 src=$s_long dst=$masked_long sport=80 dport=700[01] \[ASSURED\] .*zone=6 "
}

# FTP's data connections are related, once the helper reads along.
with_helper() {
	me="v$v ct(alg=ftp)"
	flows <<-END
		table=0,priority=10,tcp$n,ct_state=-trk,actions=ct(table=1,zone=8)
		table=1,priority=10,in_port=1,tcp$n,tp_dst=21,ct_state=+trk+new,actions=ct(commit,zone=8,alg=ftp),2
		table=1,priority=10,tcp$n,ct_state=+trk+new+rel,actions=ct(commit,zone=8),NORMAL
		table=1,priority=10,tcp$n,ct_state=+trk+est,actions=NORMAL
		table=1,priority=1,tcp$n,actions=drop
	END
	check "$me: passive" ftp --disable-eprt
	check "$me: active" ftp --ftp-port -
	check "$me: its entry has the helper" \
		within_helper
}
ftp() { in_client curl -gsS --connect-timeout 5 --max-time 15 "$@" "ftp://$(at "$s")/hello.txt" | grep "hello from vsftpd"; }
within_helper() { in_fw conntrack -L -f "ipv$v" -p tcp | grep 'dport=21 .*zone=8 .*helper=ftp\|dport=21 .*helper=ftp.*zone=8'; }

# No more than two connections in the zone.
with_limit() {
	me="v$v ct() with a limit"
	flows <<-END
		table=0,priority=10,udp$n,ct_state=-trk,actions=ct(table=1,zone=7)
		table=1,priority=10,in_port=1,udp$n,ct_state=+trk+new,actions=ct(commit,zone=7),2
		table=1,priority=10,udp$n,ct_state=+trk+est,actions=NORMAL
	END
	appctl dpctl/ct-set-limits zone=7,limit=2
	for port in 4001 4002 4003; do
		craft client udp "$c" $port "$s" 9
	done
	check_soon "$me: two are let in" two_in_zone
	check "$me: the third is not" not ct_line 'sport=4003 '
	check "$me: which OVS counts" told 'zone=7,limit=2,count=2' dpctl/ct-get-limits zone=7
	appctl dpctl/ct-del-limits zone=7
	craft client udp "$c" 4004 "$s" 9
	check_soon "$me: without it there is room" ct_line 'sport=4004 '
}
two_in_zone() { [ "$(ct_line 'zone=7 ' | grep -c .)" -eq 2 ]; }

try_all() {
	stateful
	with_nat
	with_helper
	with_limit
}

modprobe -a openvswitch nf_conntrack_ftp
switch
start_nginx srv
start_nc client 8080
start_vsftpd srv
set_ct fw udp_timeout=300
v=4 l3=ip n='' dst=nw_dst c=10.0.5.1 s=10.0.5.2 virtual=10.0.5.88 masked=10.0.5.77
c_long=$c s_long=$s virtual_long=$virtual masked_long=$masked
try_all
v=6 l3=ipv6 n=6 dst=ipv6_dst c=fd00:5::1 s=fd00:5::2 virtual=fd00:5::88 masked=fd00:5::77
c_long=fd00:0005:0000:0000:0000:0000:0000:0001
s_long=${c_long%1}2 virtual_long=${c_long%01}88 masked_long=${c_long%01}77
try_all
