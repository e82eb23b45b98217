#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Address translation on top of the core: every kind of it, both versions of
# IP, what the matches say of translated flows, FTP whose addresses are in its
# text, ICMP errors about translated packets, and ports that are taken.
#
# By iptables; nat_nft.sh runs the same by nftables.

. "$(dirname "$0")/lib.sh"
BY=${BY:-iptables}

### rules, by either tool

# no_rules: and the chains that the words below put theirs into
no_rules() {
	ct_flush
	if [ "$BY" = iptables ]; then
		flush_rules fw
		return
	fi
	in_fw nft -f - <<-END
		flush ruleset
		table $nft t {
			ct helper ftp-std {
				type "ftp" protocol tcp
			}
			chain first { type filter hook prerouting priority -150; }
			chain in { type nat hook prerouting priority dstnat; }
			chain local { type nat hook output priority -100; }
			chain out { type nat hook postrouting priority srcnat; }
			chain forward { type filter hook forward priority mangle; }
			chain late { type filter hook postrouting priority mangle; }
		}
	END
}

# rule CHAIN WORD...: nftables
rule() { in_fw nft add rule "$nft" t "$@"; }

# leaving PROTO PORT masquerade | snat ADDRESS[:PORTS]
leaving() {
	local proto=$1 port=$2 kind=$3 to=${4:-}

	if [ "$BY" = nft ]; then
		rule out oifname wan "$proto" dport "$port" "$kind" ${to:+to "$to"}
	elif [ "$kind" = masquerade ]; then
		in_fw $IPT -t nat -A POSTROUTING -o wan -p "$proto" \
			--dport "${port/-/:}" -j MASQUERADE
	else
		in_fw $IPT -t nat -A POSTROUTING -o wan -p "$proto" \
			--dport "${port/-/:}" -j SNAT --to-source "$to"
	fi
}

# entering PROTO PORT dnat ADDRESS[:PORT] | redirect PORT
entering() {
	local proto=$1 port=$2 kind=$3 to=$4

	if [ "$BY:$kind" = nft:redirect ]; then
		rule in iifname lan "$proto" dport "$port" redirect to ":$to"
	elif [ "$BY" = nft ]; then
		rule in iifname lan "$proto" dport "$port" dnat to "$to"
	elif [ "$kind" = redirect ]; then
		in_fw $IPT -t nat -A PREROUTING -i lan -p "$proto" \
			--dport "${port/-/:}" -j REDIRECT --to-ports "$to"
	else
		in_fw $IPT -t nat -A PREROUTING -i lan -p "$proto" \
			--dport "${port/-/:}" -j DNAT --to-destination "$to"
	fi
}

# starting PORT ADDRESS[:PORT]: what fw itself begins, over TCP
starting() {
	if [ "$BY" = nft ]; then
		rule local tcp dport "$1" dnat to "$2"
	else
		in_fw $IPT -t nat -A OUTPUT -p tcp --dport "$1" -j DNAT \
			--to-destination "$2"
	fi
}

# watch NAME late|forward IFACE snat|dnat: counts what leaves there
watch() {
	local name=$1 chain=$2 dev=$3 state=$4

	if [ "$BY" = nft ]; then
		rule "$chain" oifname "$dev" meta l4proto udp ct status \
			"$state" counter comment "$name"
		return
	fi
	case $chain in
	late) chain=POSTROUTING ;;
	forward) chain=FORWARD ;;
	esac
	in_fw $IPT -t mangle -A "$chain" -o "$dev" -p udp -m conntrack \
		--ctstate "${state^^}" -m comment --comment "$name"
}

# watched NUMBER NAME
watched() {
	local n

	if [ "$BY" = nft ]; then
		n=$(in_fw nft list table "$nft" t |
			sed -n "s/.*packets \([0-9]*\) .*comment \"$2\"$/\1/p")
	else
		n=$(in_fw $IPT -t mangle -nvxL |
			sed -n "s|^ *\([0-9]*\) .*/\* $2 \*/.*|\1|p")
	fi
	echo "$2: $n"
	[ "$n" -eq "$1" ]
}

assign_ftp() {
	if [ "$BY" = nft ]; then
		rule first tcp dport 21 ct helper set ftp-std
	else
		in_fw $IPT -t raw -A PREROUTING -p tcp --dport 21 -j CT --helper ftp
	fi
}

### every kind

page() { in_client curl -gsS --max-time "${2:-10}" "http://$(at "$1"):${3:-80}/" | grep nginx; }
# whom HOST PORT: what original_dst.py answers there
whom() { in_client socat -u -T5 "TCP:$(at "$1"):$2" - </dev/null; }
means() { local got; got=$(whom "$1" "$2"); echo "$got"; [ "$got" = "$1 $2" ]; }

# srv has no way back to the client's addresses while they are translated
hidden() { in_srv ip route del "$lan"; }
shown() { in_srv ip route add "$lan" via "$gate"; }

source_nat() {
	local kind=$1 to=${2:-} as=${2:-$gate}

	no_rules
	hidden
	leaving tcp 80 "$@"
	check "$kind, $srv: a page" page "$srv"
	check "$kind, $srv: the answer goes to $as" ct_line \
		"src=$(long "$client") dst=$(long "$srv") .*dport=80 src=$(long "$srv") dst=$(long "$as") "
	no_rules
	check "without $kind, $srv: no page" not page "$srv" 2
	shown
}

destination_nat() {
	no_rules
	entering tcp 8080 dnat "$(at "$srv"):80"
	entering tcp 1-79 redirect "$listener"
	starting 8081 "$(at "$srv"):80"
	check "dnat, $srv: a page from the firewall's port 8080" \
		page "$inner" 10 8080
	check "dnat, $srv: the entry knows both" ct_line \
		"dst=$(long "$inner") .*dport=8080 src=$(long "$srv") dst=$(long "$client") sport=80 "
	check "redirect, $srv: SO_ORIGINAL_DST says whom the client meant" \
		means "$srv" 77
	check "redirect, $srv: and the port" means "$elsewhere" 78
	check "dnat in OUTPUT, $srv: a page" in_fw curl -gsS --max-time 10 \
		"http://$(at "$elsewhere"):8081/"
}

# Both at once: an answer has to be undone twice.
both_at_once() {
	no_rules
	hidden
	entering udp 8000 dnat "$(at "$srvghost"):8001"
	leaving udp 8001 snat "$(at "$alias"):9000"
	craft client udp "$ghost" 7000 "$inner" 8000
	check_soon "dnat and snat, $srv: of one flow" ct_line \
		"src=$(long "$ghost") dst=$(long "$inner") sport=7000 dport=8000 .*src=$(long "$srvghost") dst=$(long "$alias") sport=8001 dport=9000 "
	background client tcpdump -Ulni eth0 -c 1 -w "$TMP/$listener.pcap" \
		udp and src port 8000 and dst port 7000
	wait_for test -s "$TMP/$listener.pcap"
	craft srv udp "$srvghost" 8001 "$alias" 9000
	check_soon "dnat and snat, $srv: the answer as the client knows it" \
		saw "$inner.8000 > $ghost.7000: "
	check "dnat and snat, $srv: it has answered" \
		not ct_line "dport=8000 .*UNREPLIED"
	shown
}
saw() {
	tcpdump -nr "$TMP/$listener.pcap" >"$TMP/capture" 2>&1 || :
	cat "$TMP/capture"
	grep -qF -- "$1" "$TMP/capture"
}

# Of a flow that is translated, each packet that comes after the translation
# was decided; of one that is not, none.
nat_states() {
	no_rules
	entering udp 8000 dnat "$(at "$srvghost"):8001"
	leaving udp 8002 snat "$(at "$alias"):8003"
	watch dnat-there forward wan dnat
	watch dnat-back forward lan dnat
	watch snat-there forward wan snat
	watch snat-back forward lan snat
	watch dnat-late late wan dnat
	craft client udp "$ghost" 8100 "$inner" 8000
	craft client udp "$ghost" 8102 "$srvghost" 8002
	craft client udp "$ghost" 8104 "$srvghost" 8004
	wait_for ct_line 'sport=8104 '
	check "DNAT, $srv: the first packet, in FORWARD" watched 1 dnat-there
	check "SNAT, $srv: not the first packet, it comes after" \
		watched 0 snat-there
	craft srv udp "$srvghost" 8001 "$ghost" 8100
	craft srv udp "$srvghost" 8003 "$ghost" 8102
	craft srv udp "$srvghost" 8002 "$alias" 8003
	craft srv udp "$srvghost" 8004 "$ghost" 8104
	check_soon "DNAT, $srv: the answer" watched 1 dnat-back
	check_soon "SNAT, $srv: the answer" watched 1 snat-back
	craft client udp "$ghost" 8102 "$srvghost" 8002
	check_soon "SNAT, $srv: the second packet" watched 1 snat-there
	check "DNAT, $srv: in POSTROUTING too" watched 1 dnat-late
}

### FTP: addresses in the text

file() { in_client curl -gsS --max-time 20 "${@:2}" "ftp://$(at "$1")/hello.txt" | grep vsftpd; }
# Two files in one session: what the first shifts must hold for the second.
files() {
	in_client curl -gsS --max-time 30 "${@:2}" "ftp://$(at "$1")/hello.txt" \
		"ftp://$(at "$1")/hello.txt" >"$TMP/files"
	[ "$(grep -c vsftpd "$TMP/files")" -eq 2 ]
}

# overhear: FTP's commands and answers on both sides of fw
overhear() {
	local dev

	for dev in lan wan; do
		rm -f "$TMP/$dev.pcap"
		background fw tcpdump -U -ni $dev -w "$TMP/$dev.pcap" tcp port 21
		wait_for test -s "$TMP/$dev.pcap"
	done
}
heard() { grep -aqE -- "$2" "$TMP/$1.pcap"; }
enough() {
	local pids

	pids=$(pidof tcpdump) || return 0
	xargs kill <<<"$pids"
	wait_for not pidof tcpdump
}

# The client's address is shorter than the one put in its place, by which what
# follows in the session is shifted.
ftp_source() {
	no_rules
	hidden
	leaving tcp 21 snat "$alias"
	assign_ftp
	overhear
	check "ftp, snat to $alias: active, two files" files "$srv" --ftp-port -
	check_soon "ftp, snat to $alias: the client's own address on one side" \
		heard lan "EPRT .[12].$client."
	check_soon "ftp, snat to $alias: the longer one on the other" \
		heard wan "EPRT .[12].($alias|$(long "$alias"))."
	check "ftp, snat to $alias: and not the client's" \
		not heard wan "EPRT .[12].($client|$(long "$client"))."
	enough
	check "ftp, snat to $alias: the data flow's entry has both" ct_line \
		"src=$(long "$srv") dst=$(long "$alias") sport=20 .* src=$(long "$client") dst=$(long "$srv") .*dport=20 "
	check "ftp, snat to $alias: passive" files "$srv"
	if [ "$IPT" = iptables-legacy ]; then
		check "ftp, snat to $alias: PORT" files "$srv" \
			--ftp-port - --disable-eprt
		check "ftp, snat to $alias: PASV" files "$srv" --disable-epsv
	fi
	lost
	shown
}

# The translated command is lost on its way: sent again, it must come out
# the same.
lost() {
	in_srv $IPT -t raw -A PREROUTING -p tcp --dport 21 -m string \
		--algo bm --string "EPRT" -m statistic --mode nth \
		--every 2 --packet 0 -j DROP
	check "ftp, snat to $alias: a lost command is sent again" \
		file "$srv" --ftp-port -
	IPT=$IPT check "ftp, snat to $alias: it was" \
		hit srv -t raw PREROUTING 1
	flush_rules srv
}

# The server's address, in its own answer
ftp_destination() {
	no_rules
	entering tcp 21 dnat "$srv"
	assign_ftp
	overhear
	check "ftp, dnat of $innerlong: passive" files "$innerlong"
	check "ftp, dnat of $innerlong: the data flow's entry has both" ct_line \
		"src=$(long "$client") dst=$(long "$innerlong") .* src=$(long "$srv") dst=$(long "$client") "
	check "ftp, dnat of $innerlong: active" files "$innerlong" --ftp-port -
	if [ "$IPT" = iptables-legacy ]; then
		check "ftp, dnat of $innerlong: PASV" \
			files "$innerlong" --disable-epsv
		check_soon "ftp, dnat of $innerlong: 227 on one side" \
			heard wan "227 .*10,0,2,2,"
		check_soon "ftp, dnat of $innerlong: longer on the other" \
			heard lan "227 .*10,0,1,111,"
	fi
	enough
}

### ICMP errors

told() {
	local got

	got=$(in_client python3 -ISB "$HERE/udp_told.py" "${@:2}" 2>&1) || :
	echo "$got"
	[ "$got" = "$1" ]
}

errors() {
	no_rules
	hidden
	leaving udp 5555 snat "$alias"
	entering udp 6666 dnat "$(at "$srv"):6667"
	entering udp 6668 dnat "$(at "$srv"):6669"
	check "an error comes back through snat, $srv" \
		told "ECONNREFUSED $srv 0" "$srv" 5555
	shown
	check "an error comes back through dnat, $srv, in the firewall's name" \
		told "ECONNREFUSED $inner 0" "$inner" 6666
	in_fw ip link set wan mtu 1300
	check "the firewall's own, about what it translated, $srv" \
		told "EMSGSIZE $inner 1300" "$inner" 6668 1400
	in_fw ip link set wan mtu 1500
	in_client ip "-${version}" route flush cache
}

### ports

clash() {
	local flow

	no_rules
	hidden
	leaving udp 4001 snat "$alias"
	leaving udp 4002 snat "$(at "$alias"):6000"
	leaving udp 4003 snat "$(at "$alias"):6000-6001"
	craft client udp "$ghost" 4000 "$srvghost" 4001
	craft client udp "$client" 4000 "$srvghost" 4001
	wait_for ct_line "src=$(long "$client") .*dport=4001 "
	check "two clients with one port, $srv: the first keeps it" ct_line \
		"src=$(long "$ghost") .*dport=4001 .*dst=$(long "$alias") sport=4001 dport=4000 "
	check "two clients with one port, $srv: the second gets another" ct_line \
		"src=$(long "$client") .*dport=4001 .*dst=$(long "$alias") sport=4001 dport=([^4]|4[^0]|40[^0]|400[^0])"
	for flow in "$ghost 4000 $srvghost 4002" "$client 4000 $srvghost 4002" \
		"$ghost 4000 $srvghost 4003" "$client 4000 $srvghost 4003"; do
		# shellcheck disable=SC2086	# several words
		craft client udp $flow
	done
	wait_for ct_line "src=$(long "$client") .*dport=4003 "
	check "two ports for two clients, $srv: 6000" \
		ct_line "dport=4003 .* dst=$(long "$alias") sport=4003 dport=6000 "
	check "two ports for two clients, $srv: and 6001" \
		ct_line "dport=4003 .* dst=$(long "$alias") sport=4003 dport=6001 "
	check "one port for two clients, $srv: one has it" \
		[ "$(ct_line 'dport=4002 ' | wc -l)" -eq 1 ]
	shown
}

# Last: IPv6 addresses go for good when their interface goes down.
#
# Whoever was masqueraded behind an address that goes has nothing to keep.
address_goes() {
	no_rules
	leaving udp 4001 masquerade
	leaving udp 4002 snat "$alias"
	craft client udp "$ghost" 4000 "$srvghost" 4001
	craft client udp "$ghost" 4000 "$srvghost" 4002
	wait_for ct_line "dport=4002 "
	check "masquerade, $srv: an entry" ct_line "dport=4001 "
	in_fw ip link set wan down
	check_soon "masquerade, $srv: gone with the interface" \
		not ct_line "dport=4001 "
	check "snat, $srv: stays" ct_line "dport=4002 "
	in_fw ip link set wan up
}

every_kind() {
	in_fw ip address add "$alias/$width" dev wan "${once[@]}"
	in_fw ip address add "$innerlong/$width" dev lan "${once[@]}"
	background fw python3 -ISB "$HERE/original_dst.py" "$any" "$listener"
	wait_for listening fw tcp "$listener"
	source_nat masquerade
	source_nat snat "$alias"
	destination_nat
	both_at_once
	nat_states
	ftp_source
	ftp_destination
	errors
	clash
}

with_ip4() {
	IPT=iptables-legacy nft=ip version=4 width=24 any=0.0.0.0 listener=9000
	once=()
	client=10.0.1.2 ghost=10.0.1.9 lan=10.0.1.0/24 inner=10.0.1.1
	innerlong=10.0.1.111 gate=10.0.2.1 alias=10.0.2.111 srv=10.0.2.2
	srvghost=10.0.2.9 elsewhere=10.0.2.7
}
with_ip6() {
	# an address of no preference is not for MASQUERADE
	IPT=ip6tables-legacy nft=ip6 version=6 width=64 any=:: listener=9001
	once=(nodad preferred_lft 0)
	client=fd00:1::2 ghost=fd00:1::9 lan=fd00:1::/64 inner=fd00:1::1
	innerlong=fd00:1::1234:5678:9abc gate=fd00:2::1
	alias=fd00:2::1234:5678:9abc srv=fd00:2::2 srvghost=fd00:2::9
	elsewhere=fd00:2::7
}

modprobe -a nf_conntrack_ftp nf_nat_ftp
stage
start_nginx srv
start_vsftpd srv
with_ip4
every_kind
with_ip6
every_kind
address_goes
with_ip4
in_fw ip neigh replace "$srvghost" lladdr "$(link_address srv eth0)" dev wan
address_goes
