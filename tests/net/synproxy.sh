#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# SYNPROXY answers for a server until a client has proved that it exists; from
# then on tracking translates the sequence numbers between the two.

. "$(dirname "$0")/lib.sh"

# The recipe of everybody: SYNs are not tracked, and what is then not known to
# tracking, ACKs to cookies, goes to the proxy.
proxy_iptables() {
	in_fw "$IPT" -t raw -A PREROUTING -i lan -p tcp --dport 80 --syn -j CT --notrack
	in_fw "$IPT" -A FORWARD -i lan -p tcp --dport 80 -m conntrack --ctstate INVALID,UNTRACKED -j SYNPROXY "${OPTIONS[@]}"
	in_fw "$IPT" -A FORWARD -m conntrack --ctstate INVALID -j DROP
}

proxy_nft() {
	in_fw nft -f - <<-END
		table inet proxy {
			chain early {
				type filter hook prerouting priority raw
				iifname lan tcp dport 80 tcp flags syn notrack
			}
			chain forward {
				type filter hook forward priority filter
				iifname lan tcp dport 80 ct state invalid,untracked counter synproxy mss 1400 wscale 7 timestamp sack-perm
				ct state invalid counter drop
			}
		}
	END
}

begin() {
	flush_rules fw
	in_fw nft flush ruleset
	ct_flush
}

page() { in_client curl -gsS --connect-timeout 5 --max-time 20 "$@" | grep "hello from nginx"; }

# fetched FILE: as the server has it; sent FILE: as the client has it
fetched() {
	in_client curl -gsS --max-time 60 -o "$TMP/got" "http://$(at "$s"):80/$1"
	cmp "$TMP/got" "$TMP/nginx-srv/$1"
}

# sequence numbers of both directions differ by what the proxy chose; a tracker
# that did not know them would see INVALID packets
through_the_proxy() {
	local before after syns cookies

	before=$(ct_stat invalid)
	syns=$(ct_stat syn_received synproxy)
	cookies=$(ct_stat cookie_valid synproxy)
	check "$me: a page" page "http://$(at "$s"):80/"
	check "$me: its entry is in order" ct_line \
		"tcp .*src=$c_long dst=$s_long .*dport=80 .*\[ASSURED\]"
	check "$me: a megabyte, whole" fetched big
	check "$me: counted by stat/synproxy: SYNs and cookies" \
		both_grew "$syns" "$cookies"
	after=$(ct_stat invalid)
	check "$me: hardly a packet was INVALID ($((after - before)))" \
		[ $((after - before)) -le 6 ]
}

# What the client and the server agreed on, as each was told by the proxy.
options() {
	local held=$TMP/held.$v pid

	(exec nsenter --net=/run/netns/client -- socat -u "TCP:$(at "$s"):80" \
		"OPEN:$held,creat") & pid=$!
	check_soon "$me: a connection stays open" in_client ss -Htn state established dst "$(at "$s")"
	check "$me: the client has window scaling" \
		socket_has client 'wscale:7,'
	check "$me: and so has the server" \
		socket_has srv 'wscale:'
	kill $pid
}
socket_has() {
	local sockets

	sockets=$(within "$1" ss -Htin state established)
	echo "$sockets"
	grep -qE "$2" <<<"$sockets"
}

# An ACK to no cookie is answered by nobody.
bad_cookie() {
	local before

	before=$(ct_stat cookie_invalid synproxy)
	craft client tcp "$c" 999 "$s" 80 A seq=5 ack=77
	check_soon "$me: an ACK that answers no cookie is seen through" \
		grew cookie_invalid "$before"
	check "$me: and has no entry" not ct_line 'sport=999 '
}

# No entry for a SYN alone, however many come.
syn_flood() {
	local n before

	before=$(ct_stat syn_received synproxy)
	for ((n = 0; n < 50; n++)); do
		craft client tcp "$c_ghost" $((2000 + n)) "$s" 80 S seq=$n
	done
	check_soon "$me: fifty SYNs reached the proxy" grew syn_received $((before + 49))
	check "$me: and left no entry" not ct_line 'SYN_SENT|SYN_RECV'
}

# grew COLUMN NUMBER: /proc/net/stat/synproxy is beyond that
grew() {
	local n

	n=$(ct_stat "$1" synproxy)
	echo "$1: $n"
	[ "$n" -gt "$2" ]
}
both_grew() { grew syn_received "$1" && grew cookie_valid "$2"; }

try_all() {
	begin
	OPTIONS=(--sack-perm --timestamp --wscale 7 --mss 1400)
	proxy_iptables
	me="v$v SYNPROXY"
	through_the_proxy
	options
	syn_flood
	bad_cookie
	begin
	OPTIONS=(--mss 1400)
	proxy_iptables
	me="v$v SYNPROXY without options"
	through_the_proxy
	begin
	proxy_nft
	me="v$v nft synproxy"
	through_the_proxy
	options
	syn_flood
	bad_cookie
}

stage
start_nginx srv
head -c 1000000 /dev/urandom >"$TMP/nginx-srv/big"
chmod a+r "$TMP/nginx-srv/big"
for ns in client fw srv; do
	within $ns sysctl -qw net.ipv4.tcp_syncookies=1 \
		net.ipv4.tcp_timestamps=1 net.ipv4.tcp_sack=1 \
		net.ipv4.tcp_window_scaling=1
done
in_fw iptables-legacy -A FORWARD -m conntrack --ctstate NEW	# tracking is on
set_ct fw tcp_loose=0		# an ACK alone begins nothing, and is INVALID
v=4 IPT=iptables-legacy c=10.0.1.2 s=10.0.2.2 c_ghost=10.0.1.9
c_long=$c s_long=$s
try_all
v=6 IPT=ip6tables-legacy c=fd00:1::2 s=fd00:2::2 c_ghost=fd00:1::9
c_long=fd00:0001:0000:0000:0000:0000:0000:0002
s_long=fd00:0002:0000:0000:0000:0000:0000:0002
try_all
