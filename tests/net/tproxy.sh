#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A transparent proxy: TPROXY hands the client's connections, addressed to srv,
# to a socket of fw, and -m socket keeps the packets of such connections on
# fw.  Tracking sees one connection, to the address that the client meant.

. "$(dirname "$0")/lib.sh"

# Packets marked 1 are delivered here, whatever their address.
routes() {
	in_fw ip rule add fwmark 1 lookup 100
	in_fw ip route add local default dev lo table 100
	in_fw ip -6 rule add fwmark 1 lookup 100
	in_fw ip -6 route add local default dev lo table 100
}

# The proxy says what it takes itself to be, and answers.
start_proxy() {
	background fw socat "TCP4-LISTEN:3128,ip-transparent,reuseaddr,fork" "$PROXY"
	background fw socat "TCP6-LISTEN:3128,ipv6only=1,ip-transparent,reuseaddr,fork" "$PROXY"
	wait_for eval 'in_fw ss -Hltn "sport = :3128" | grep -c . | grep -x 2'
}
# shellcheck disable=SC2016	# for the shell that socat starts
PROXY='SYSTEM:read line; echo "$line from $SOCAT_SOCKADDR $SOCAT_SOCKPORT"'

# said TEXT REGEX: the answer to it from port 80 of srv, which has no such server
said() {
	local answer

	# shellcheck disable=SC2016	# for the shell in the namespace
	answer=$(in_client bash -c 'exec 3<>"/dev/tcp/$0/80" && echo "$1" >&3 &&
		read -rt 5 -u 3 && echo "$REPLY"' "$s" "$1")
	echo "$answer"
	grep -qE -- "$2" <<<"$answer"
}

begin() {
	flush_rules fw
	in_fw nft flush ruleset
	ct_flush
}

rules_iptables() {
	in_fw "$IPT" -t mangle -N divert
	in_fw "$IPT" -t mangle -A divert -j MARK --set-mark 1
	in_fw "$IPT" -t mangle -A divert -j ACCEPT
	in_fw "$IPT" -t mangle -A PREROUTING -p tcp -m socket --transparent -j divert
	in_fw "$IPT" -t mangle -A PREROUTING -i lan -p tcp --dport 80 -m conntrack --ctstate NEW -j TPROXY --tproxy-mark 1 --on-port 3128
	in_fw "$IPT" -A INPUT -i lan -p tcp -m conntrack --ctstate NEW -j ACCEPT
	in_fw "$IPT" -A INPUT -i lan -p tcp -m conntrack --ctstate ESTABLISHED -j ACCEPT
	in_fw "$IPT" -A INPUT -i lan -p tcp -j DROP
}

rules_nft() {
	in_fw nft -f - <<-END
		table $nft proxy {
			chain prerouting {
				type filter hook prerouting priority mangle
				meta l4proto tcp socket transparent 1 counter meta mark set 1 accept
				iifname lan tcp dport 80 ct state new tproxy to :3128 counter meta mark set 1 accept
			}
			chain input {
				type filter hook input priority filter
				iifname lan meta l4proto tcp ct state != { new, established } counter drop
			}
		}
	END
}

answered() {
	check "$me: the proxy answers in the server's name" said hello "^hello from \[?$s_said\]? 80\$"
	check "$me: one entry, to the address that was meant" ct_line \
		"^ipv$v .* tcp .*src=$c_long dst=$s_long sport=[0-9]+ dport=80 src=$s_long dst=$c_long sport=80 .*\[ASSURED\]"
	check "$me: and none to the proxy" not ct_line 'tcp .*port=3128 '
}

try_all() {
	begin
	me="v$v TPROXY"
	rules_iptables
	answered
	check "$me: one packet was NEW" counted 1 fw -t mangle PREROUTING 2
	check "$me: -m socket knew the others" hit fw -t mangle PREROUTING 1
	check "$me: on INPUT they were ESTABLISHED" hit fw INPUT 2
	check "$me: and none anything else" unhit fw INPUT 3

	# without -m socket only the first packet is the proxy's
	in_fw "$IPT" -t mangle -D PREROUTING 1
	check "$me: without -m socket it comes to nothing" not said lost lost

	begin
	me="v$v nft tproxy"
	rules_nft
	answered
	check "$me: one packet was NEW" eval 'in_fw nft list ruleset | grep "tproxy.*packets 1 "'
	check "$me: the socket expression knew the others" \
		eval 'in_fw nft list ruleset | grep "socket transparent.*packets [1-9]"'
}

stage
routes
start_proxy
v=4 IPT=iptables-legacy nft=ip c=10.0.1.2 s=10.0.2.2
c_long=$c s_long=$s s_said=$s
try_all
v=6 IPT=ip6tables-legacy nft=ip6 c=fd00:1::2 s=fd00:2::2
c_long=fd00:0001:0000:0000:0000:0000:0000:0002
s_long=fd00:0002:0000:0000:0000:0000:0000:0002 s_said=$s_long
try_all
