#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's own matches and targets that read or write connections: CT,
# CONNMARK, connmark, connlimit, connbytes, connlabel, helper, cluster.

. "$(dirname "$0")/lib.sh"

begin() {
	flush_rules fw
	ct_flush
}
rule() { in_fw "$IPT" -A FORWARD "$@"; }
raw() { in_fw "$IPT" -t raw -A PREROUTING "$@"; }

# ask SPORT [DPORT]: a crafted datagram from client; reply: srv's answer to it
ask() { craft client udp "$c" "$1" "$s" "${2:-7}"; }
reply() { craft srv udp "$s" "${2:-7}" "$c" "$1"; }

# flow SPORT [DPORT]: what the line of that flow begins with
flow() { echo "ipv$v .* udp .* src=$c_long dst=$s_long sport=$1 dport=${2:-7} "; }

### the CT target

ct_notrack() {
	begin
	raw -p udp --dport 7001 -j CT --notrack
	rule -p udp --dport 7001 -m conntrack --ctstate UNTRACKED
	rule -p udp --dport 7001 -m conntrack --ctstate NEW
	rule -p udp --dport 7002 -m conntrack --ctstate UNTRACKED
	rule -p udp --dport 7002 -m conntrack --ctstate NEW
	ask 6001 7001
	ask 6002 7002
	check_soon "$me CT --notrack: UNTRACKED, never NEW; the other port is NEW" \
		counts "1 0 0 1" fw FORWARD
	check "$me CT --notrack: no entry" not ct_line "$(flow 6001 7001)"
	check "$me CT --notrack: the other has one" ct_line "$(flow 6002 7002)"
}

# Two customers with the same addresses, told apart by where they come from.
ct_zone() {
	begin
	raw -i lan -p udp --dport 7011 -j CT --zone 11
	raw -i lan -p udp --dport 7012 -j CT --zone-orig 12
	raw -i wan -p udp --sport 7011 -j CT --zone 11
	raw -i lan -p udp --dport 7013 -j CT --zone-reply 13
	raw -i wan -p udp --sport 7013 -j CT --zone-reply 13
	raw -i lan -p udp --dport 7014 -j CT --zone mark
	rule -i wan -m conntrack --ctstate ESTABLISHED
	rule -i wan -p udp --sport 7011
	rule -i wan -p udp --sport 7012
	rule -i wan -p udp --sport 7013
	ask 6011 7011
	ask 6012 7012
	ask 6013 7013
	check_soon "$me CT --zone: both directions" ct_line "$(flow 6011 7011).* zone=11 use="
	check "$me CT --zone-orig: one direction" ct_line "$(flow 6012 7012)zone-orig=12 \[UNREPLIED\] "
	check "$me CT --zone-reply: the other" ct_line "$(flow 6013 7013)\[UNREPLIED\] .* zone-reply=13 "
	in_fw "$IPT" -t raw -D PREROUTING -i wan -p udp --sport 7011 -j CT --zone 11
	reply 6012 7012
	reply 6013 7013
	check_soon "$me CT --zone: answers find their entries, each in its zone" \
		counted 2 fw FORWARD 1
	reply 6011 7011
	check_soon "$me CT --zone: an answer outside of the zone is another flow" \
		counts "2 1 1 1" fw FORWARD
	check "$me CT --zone: a NEW one, in zone 0" \
		ct_line "src=$s_long dst=$c_long sport=7011 dport=6011 \[UNREPLIED\] .* zone=0 "
	in_fw "$IPT" -t raw -I PREROUTING -p udp --dport 7014 -j MARK --set-mark 14
	ask 6014 7014
	check_soon "$me CT --zone mark: the packet's mark is the zone" \
		ct_line "$(flow 6014 7014).* zone=14 "
	in_fw conntrack -D -w 11 >"$TMP/said" 2>&1
	check "$me CT --zone: one zone is emptied alone" not ct_line 'zone=11 '
	check "$me CT --zone: the others stay" ct_line 'zone=14 '
}

ct_helper() {
	begin
	raw -p tcp --dport 2121 -j CT --helper ftp
	rule -p tcp -m helper --helper ftp
	rule -p tcp -m helper --helper ftp-2121
	rule -p tcp -m helper ! --helper ftp
	check "$me CT --helper: a session at a strange port" \
		in_client curl -gsS --max-time 10 --disable-epsv "ftp://$(at "$s"):2121/hello.txt"
	check "$me CT --helper: the entry has it" listed_with_helper
	check "$me helper: the control connection matches" hit fw FORWARD 1
	check "$me helper: -PORT asks for the port too" hit fw FORWARD 2
	check "$me helper: the data connection was expected by it" \
		ct_line "src=$c_long dst=$s_long .* \[ASSURED\]"
}
listed_with_helper() { in_fw conntrack -L -f "ipv$v" -p tcp | grep 'dport=2121 .*helper=ftp'; }

ct_timeout() {
	begin
	in_fw nfct add timeout quick $inet udp unreplied 444 replied 555
	raw -p udp --dport 7021 -j CT --timeout quick
	ask 6021 7021
	ask 6022 7022
	check_soon "$me CT --timeout: the policy's" lives 360 444 "$(flow 6021 7021)"
	check_soon "$me CT --timeout: others have the sysctl's" lives 210 300 "$(flow 6022 7022)"
	flush_rules fw
	ct_flush
	check "$me CT --timeout: without the rule the policy can be deleted" in_fw nfct delete timeout quick
}

# Who listens to events is told only of those that the rule lets by.
ct_events() {
	local events=$TMP/events-$v

	begin
	background fw bash -c "exec conntrack -E -f ipv$v -p udp -b 1000000 >$events"
	wait_for listens_for_events
	raw -p udp --dport 7031 -j CT --ctevents destroy
	raw -p udp --dport 7032 -j CT --ctevents new
	ask 6031 7031
	ask 6032 7032
	ask 6033 7033
	wait_for ct_line "$(flow 6033 7033)"
	in_fw conntrack -D -f "ipv$v" -p udp >"$TMP/said" 2>&1
	check_soon "$me CT --ctevents: by default both, of one" \
		grep -q '\[DESTROY\].*dport=7033' "$events"
	check "$me CT --ctevents: its NEW" grep -q '\[NEW\].*dport=7033' "$events"
	check "$me CT --ctevents destroy: its DESTROY" grep -q '\[DESTROY\].*dport=7031' "$events"
	check "$me CT --ctevents destroy: no NEW" not grep -q '\[NEW\].*dport=7031' "$events"
	check "$me CT --ctevents new: its NEW" grep -q '\[NEW\].*dport=7032' "$events"
	check "$me CT --ctevents new: no DESTROY" not grep -q '\[DESTROY\].*dport=7032' "$events"
}
# shellcheck disable=SC2016	# awk's
listens_for_events() { in_fw awk '$2 == 12 && $4 != 0' /proc/net/netlink | grep -q .; }

### marks and labels

connmark() {
	begin
	in_fw "$IPT" -t mangle -A PREROUTING -i lan -p udp --dport 7041 -j CONNMARK --set-xmark 0x1234/0xffff
	in_fw "$IPT" -t mangle -A PREROUTING -i wan -p udp --sport 7041 -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
	in_fw "$IPT" -t mangle -A PREROUTING -i lan -p udp --dport 7042 -j MARK --set-mark 0xabcd
	in_fw "$IPT" -t mangle -A PREROUTING -i lan -p udp --dport 7042 -j CONNMARK --save-mark --nfmask 0xff00 --ctmask 0xff00
	in_fw "$IPT" -t mangle -A PREROUTING -i lan -p udp --dport 7043 -j CONNMARK --or-mark 0x3
	rule -i wan -p udp --sport 7041 -m mark --mark 0x34
	rule -i wan -p udp --sport 7041 -m connmark --mark 0x1234
	rule -i wan -p udp --sport 7041 -m connmark ! --mark 0x1234
	rule -i wan -p udp --sport 7041 -m connmark --mark 0x1000/0xf000
	rule -p udp --dport 7043 -m connmark --mark 0x3
	ask 6041 7041
	ask 6042 7042
	ask 6043 7043
	check_soon "$me CONNMARK --set-xmark" ct_line "$(flow 6041 7041).* mark=$((0x1234)) "
	check_soon "$me CONNMARK --save-mark" ct_line "$(flow 6042 7042).* mark=$((0xab00)) "
	check_soon "$me CONNMARK --or-mark" ct_line "$(flow 6043 7043).* mark=3 "
	reply 6041 7041
	check_soon "$me CONNMARK --restore-mark, connmark --mark" \
		counts "1 1 0 1 1" fw FORWARD
	in_fw conntrack -U -f "ipv$v" -p udp --orig-port-dst 7041 --mark 0x99 >"$TMP/said" 2>&1
	reply 6041 7041
	check_soon "$me connmark: as conntrack -U says it is" \
		counts "1 1 1 1 1" fw FORWARD
}

connlabel() {
	begin
	rule -p udp --dport 7051 -m connlabel --label forty --set
	rule -p udp --sport 7051 -m connlabel --label forty
	rule -p udp --sport 7051 -m connlabel --label forty-one
	rule -p udp --sport 7051 -m connlabel ! --label forty-one
	ask 6051 7051
	wait_for hit fw FORWARD 1
	reply 6051 7051
	check_soon "$me connlabel: set, found, and not the other" \
		counts "1 1 0 1" fw FORWARD
	check "$me connlabel: conntrack -L -o labels has it" listed_with_label
}
listed_with_label() { in_fw conntrack -L -f "ipv$v" -p udp -o labels | grep 'dport=7051 .*labels=.*forty'; }

### counting

# Three connections at once from one host, two from one network.
connlimit() {
	local net=32 n

	[ "$v" = 4 ] || net=128
	begin
	rule -p udp --dport 7061 -m conntrack --ctstate NEW -m connlimit --connlimit-above 3 --connlimit-mask $net -j DROP
	rule -p udp --dport 7061 -m conntrack --ctstate NEW
	for n in 1 2 3 4 5; do
		ask 606$n 7061
	done
	check_soon "$me connlimit: the fourth and the fifth are too many" \
		counts "2 3" fw FORWARD
	check "$me connlimit: which got no entry" ct_counts 3
	in_fw conntrack -D -f "ipv$v" -p udp --orig-port-src 6061 >"$TMP/said" 2>&1
	ask 6066 7061
	check_soon "$me connlimit: one that ended makes room for another" \
		counts "2 4" fw FORWARD
}

# -m connbytes reads counters, and so somebody must count.
connbytes() {
	local n

	set_ct fw acct=1
	begin
	rule -p udp --sport 7071 -m connbytes --connbytes 3: --connbytes-dir original --connbytes-mode packets
	rule -p udp --sport 7071 -m connbytes --connbytes 3: --connbytes-dir reply --connbytes-mode packets
	rule -p udp --sport 7071 -m connbytes --connbytes 5:5 --connbytes-dir both --connbytes-mode packets
	rule -p udp --dport 7071 -m connbytes --connbytes 100: --connbytes-dir both --connbytes-mode bytes
	rule -p udp --sport 7071 -m connbytes ! --connbytes 0:1000 --connbytes-dir both --connbytes-mode avgpkt
	for n in 1 2 3; do
		ask 6071 7071
	done
	wait_for ct_line "$(flow 6071 7071)packets=3 "
	reply 6071 7071
	reply 6071 7071
	check_soon "$me connbytes: packets either way, both, and octets" \
		counts "2 0 1 $bytes_hits 0" fw FORWARD
	check "$me connbytes: the entry has the same numbers" ct_line \
		"$(flow 6071 7071)packets=3 bytes=$((3 * size)) src=.* packets=2 bytes=$((2 * size)) "
	set_ct fw acct=0
}

# Of two firewalls that share an address each takes its half of the flows.
cluster() {
	local n mine theirs

	begin
	for n in 1 2; do
		rule -p udp --dport 7081 -m cluster --cluster-total-nodes 2 --cluster-local-node $n --cluster-hash-seed 0xdeadbeef
	done
	for ((n = 20; n < 44; n++)); do
		ask 60$n 7081
		# the match looks at the first 32 bits of an address
		craft client udp "${many/N/$n}" 6080 "$s" 7081
	done
	wait_for total 48
	mine=$(hits fw FORWARD 1)
	theirs=$(hits fw FORWARD 2)
	check "$me cluster: each packet is somebody's: $mine and $theirs" \
		[ $((mine + theirs)) -eq 48 ]
	check "$me cluster: and neither has them all" [ $((mine * theirs)) -gt 0 ]
	check "$me cluster: one source stays at one node" [ "$mine" -ge 24 -o "$theirs" -ge 24 ]
}
total() { [ $(($(hits fw FORWARD 1) + $(hits fw FORWARD 2))) -eq "$1" ]; }

try_all() {
	ct_notrack
	ct_zone
	ct_helper
	ct_timeout
	ct_events
	connmark
	connlabel
	connlimit
	connbytes
	cluster
}

stage
mkdir -p /etc/xtables		# connlabel's names, of which it wants a list
printf '40 forty\n41 forty-one\n' >/etc/xtables/connlabel.conf
modprobe -a nf_conntrack_ftp
start_vsftpd srv 2121
set_ct fw udp_timeout=300
v=4 inet=inet me=v4 IPT=iptables-legacy c=10.0.1.2 s=10.0.2.2 many=10.0.1.N size=29 bytes_hits=0
c_long=$c s_long=$s
try_all
v=6 inet=inet6 me=v6 IPT=ip6tables-legacy c=fd00:1::2 s=fd00:2::2 many=2001:N::2 size=49 bytes_hits=1
c_long=fd00:0001:0000:0000:0000:0000:0000:0002
s_long=fd00:0002:0000:0000:0000:0000:0000:0002
try_all
