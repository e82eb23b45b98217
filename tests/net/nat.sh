#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What else stands on the core: address translation, conntrack(8) and its
# events, accounting, marks, labels, zones, limits by connection count.

. "$(dirname "$0")/lib.sh"

page() { in_client curl -gsS --max-time "${2:-10}" "http://$(at "$1"):${3:-80}/" | grep nginx; }
# whom HOST PORT: what original_dst.py answers there
whom() { in_client socat -u -T5 "TCP:$(at "$1"):$2" - </dev/null; }

source_nat() {
	flush_rules fw
	ct_flush
	in_fw $IPT -t nat -A POSTROUTING -o wan "$@"
	within srv ip route del "$lan"
	check "$IPT $2: a page" page "$srv"
	check "$IPT $2: the answer goes to the firewall's address" ct_line \
		"src=$client_long dst=$srv_long .*dport=80 src=$srv_long dst=$gate_long "
	in_fw $IPT -t nat -F
	ct_flush
	check "$IPT without $2: no page" not page "$srv" 2
	within srv ip route add "$lan" via "$gate"
}

destination_nat() {
	flush_rules fw
	ct_flush
	in_fw $IPT -t nat -A PREROUTING -i lan -p tcp --dport 8080 -j DNAT --to-destination "$(at "$srv"):80"
	in_fw $IPT -t nat -A PREROUTING -i lan -p tcp --dport 1:79 -j REDIRECT --to-ports $listener
	check "$IPT DNAT: a page from the firewall's port 8080" \
		page "$inner" 10 8080
	check "$IPT DNAT: the entry knows both" ct_line \
		"dst=$inner_long .*dport=8080 src=$srv_long dst=$client_long sport=80 "
	check "$IPT REDIRECT: SO_ORIGINAL_DST says whom the client meant" \
		means "$srv" 77
	check "$IPT REDIRECT: and the port" means "$elsewhere" 78
}
means() { local got; got=$(whom "$1" "$2"); echo "$got"; [ "$got" = "$1 $2" ]; }

### conntrack(8)

# shellcheck disable=SC2016	# an awk program
listens() { in_fw awk '$2 == 12 && $4 != "00000000"' /proc/net/netlink | grep .; }

tool() {
	local entry="-p udp -s 10.0.1.9 -d 10.0.2.9 --sport 4000 --dport 4001"

	flush_rules fw
	in_fw iptables-legacy -A FORWARD -m state --state INVALID
	ct_flush
	background fw bash -c "exec conntrack -E -o timestamp >$TMP/events"
	wait_for listens
	set_ct fw acct=1 timestamp=1
	craft client udp 10.0.1.9 4000 10.0.2.9 4001 data=0123456789
	check_soon "-E: NEW" event 'NEW. udp .*sport=4000 dport=4001 .UNREPLIED'
	craft srv udp 10.0.2.9 4001 10.0.1.9 4000 data=0123
	check_soon "-E: UPDATE" event 'UPDATE. udp .*sport=4000 dport=4001 src'
	# shellcheck disable=SC2086
	{
	check "-L: it is listed" lists -L $entry
	check "-L: packets and bytes" lists -L $entry \
		'packets=1 bytes=38 .*packets=1 bytes=32 '
	check "-G: it can be looked up" in_fw conntrack -G $entry
	check "-U: a mark is set" in_fw conntrack -U $entry --mark 5
	check "-U: it is seen" ct_line 'sport=4000 .*mark=5 '
	check "-C: they are counted" [ "$(in_fw conntrack -C)" = "$(ct_count)" ]
	check "-I: an entry is made" in_fw conntrack -I -p tcp -s 10.0.1.8 \
		-d 10.0.2.8 --sport 1 --dport 2 --state ESTABLISHED -t 60
	check "-I: as it was told" ct_line \
		'tcp .* (5[0-9]|60) ESTABLISHED src=10.0.1.8 dst=10.0.2.8 sport=1 dport=2 '
	check "-D: it is deleted" in_fw conntrack -D $entry
	check "-D: it is gone" not lists -L $entry
	check "-D: not twice" not in_fw conntrack -D $entry
	}
	check_soon "-E: DESTROY, with what it carried" event \
		'DESTROY. udp .*sport=4000 .*packets=1 bytes=38 .*packets=1 bytes=32 .*delta-time='
	check "-S: statistics" lists -S '^cpu=0[[:space:]]+found=[0-9]+ invalid=[0-9]+ insert'
	set_ct fw acct=0 timestamp=0
}
event() { grep -E -- "$1" "$TMP/events"; }

# lists ARGUMENT... [REGEX]: conntrack prints a line (that matches)
lists() {
	local regex=.
	case ${*: -1} in *[=^]*) regex=${*: -1}; set -- "${@:1:$#-1}" ;; esac
	in_fw conntrack "$@" 2>/dev/null | grep -E -- "$regex"
}

### marks, labels, zones, limits

marks() {
	flush_rules fw
	ct_flush
	in_fw iptables-legacy -t mangle -A PREROUTING -i lan -p udp --dport 4001 -j CONNMARK --set-mark 0x2a
	in_fw iptables-legacy -t mangle -A PREROUTING -i wan -m connmark --mark 0x2a
	in_fw iptables-legacy -t mangle -A PREROUTING -j CONNMARK --restore-mark
	in_fw iptables-legacy -t mangle -A PREROUTING -i wan -m mark --mark 0x2a
	craft client udp 10.0.1.9 4000 10.0.2.9 4001
	wait_for ct_line 'mark=42 '
	craft srv udp 10.0.2.9 4001 10.0.1.9 4000
	check_soon "connmark: the answer carries the flow's mark" \
		counted 1 fw -t mangle PREROUTING 2
	check "connmark: restored to the packet" \
		counted 1 fw -t mangle PREROUTING 4
}

labels() {
	flush_rules fw
	ct_flush
	mkdir -p /etc/xtables
	echo "7 seen" >/etc/xtables/connlabel.conf
	in_fw iptables-legacy -t mangle -A PREROUTING -i lan -p udp --dport 4001 -m connlabel --label seen --set
	in_fw iptables-legacy -t mangle -A PREROUTING -i wan -p udp -m connlabel --label seen
	craft client udp 10.0.1.9 4000 10.0.2.9 4001
	craft client udp 10.0.1.9 4000 10.0.2.9 4002
	wait_for ct_line 'dport=4002'
	craft srv udp 10.0.2.9 4001 10.0.1.9 4000
	craft srv udp 10.0.2.9 4002 10.0.1.9 4000
	wait_for not ct_line UNREPLIED
	check "connlabel: one of two flows has it" \
		counted 1 fw -t mangle PREROUTING 2
}

# Two customers with the same addresses, told apart by the wire they are on.
zones() {
	flush_rules fw
	ct_flush
	in_fw iptables-legacy -t raw -A PREROUTING -i lan -j CT --zone 1
	in_fw iptables-legacy -t raw -A PREROUTING -i wan -j CT --zone 2
	craft client udp 10.0.1.9 4000 10.0.2.9 4001
	in_srv ip route add 10.0.1.9/32 via 10.0.2.1
	craft srv udp 10.0.1.9 4000 10.0.2.9 4001
	check_soon "zone 1 has the flow" ct_line 'sport=4000 dport=4001 .*zone=1 '
	check_soon "zone 2 has its twin" zone_two
	in_srv ip route del 10.0.1.9/32
}
# fw drops a packet that comes back where it should go: hand it to itself.
zone_two() {
	craft srv udp 10.0.1.9 4000 10.0.2.1 4001
	ct_line 'sport=4000 dport=4001 .*zone=2 '
}

limits() {
	local n

	flush_rules fw
	ct_flush
	in_fw iptables-legacy -A FORWARD -p udp -m state --state NEW -m connlimit --connlimit-above 3 --connlimit-mask 32 -j DROP
	for n in 1 2 3 4 5; do
		craft client udp 10.0.1.9 $((4000 + n)) 10.0.2.9 4001
	done
	check_soon "connlimit: the fourth and fifth are dropped" \
		counted 2 fw FORWARD 1
	check "connlimit: three flows remain" ct_counts 3
}

stage
start_nginx srv

IPT=iptables-legacy srv=10.0.2.2 gate=10.0.2.1 lan=10.0.1.0/24
elsewhere=10.0.2.7 inner=10.0.1.1 listener=9000
client_long=10.0.1.2 srv_long=$srv gate_long=$gate inner_long=$inner
background fw python3 -ISB "$HERE/original_dst.py" 0.0.0.0 9000
wait_for listening fw tcp 9000
source_nat -j MASQUERADE
source_nat -j SNAT --to-source 10.0.2.1
destination_nat
tool
marks
labels
zones
limits

IPT=ip6tables-legacy srv=fd00:2::2 gate=fd00:2::1 lan=fd00:1::/64
elsewhere=fd00:2::7 inner=fd00:1::1 listener=9001
client_long=fd00:0001:0000:0000:0000:0000:0000:0002
srv_long=fd00:0002:0000:0000:0000:0000:0000:0002
gate_long=fd00:0002:0000:0000:0000:0000:0000:0001
inner_long=fd00:0001:0000:0000:0000:0000:0000:0001
background fw python3 -ISB "$HERE/original_dst.py" :: 9001
wait_for listening fw tcp 9001
source_nat -j MASQUERADE
source_nat -j SNAT --to-source fd00:2::1
destination_nat
