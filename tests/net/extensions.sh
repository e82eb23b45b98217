#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What an entry may have besides: counters and times, switched while flows
# pass; labels and marks as ctnetlink changes them; adjusted sequence numbers;
# events, when there is a listener, when not, and as rules choose them.

. "$(dirname "$0")/lib.sh"

c=10.0.1.9 s=10.0.2.9
IPT=iptables-legacy

# datagram SPORT / reply SPORT: of a flow to port 4001, 29 octets each
datagram() { craft client udp $c "$1" $s 4001; }
reply() { craft srv udp $s 4001 $c "$1"; }
flow() { ct_line "^ipv4 .* udp .* sport=$1 dport=4001 .*$2"; }
seen() { wait_for flow "$1" "${2:-}"; }

# request SUBSYS TYPE FLAGS ATTRIBUTE...: what nfnl.py says
request() { in_fw python3 -ISB "$HERE/nfnl.py" "$1" "$2" 2 "${@:3}"; }
errno_is() {
	local want=$1 got

	got=$(request "${@:2}") || :
	echo "$got"
	[ "$(tail -n 1 <<<"$got")" = "$want" ]
}

# of PROTOCOL SPORT DPORT: the flow's tuple as an attribute
of() {
	echo "1={ 1={ 1=ip:$c 2=ip:$s } 2={ 1=u8:$1 2=be16:$2 3=be16:$3 } }"
}

### counters and times

accounting() {
	set_ct fw acct=0
	datagram 5001
	seen 5001
	check "acct=0: no counters" not flow 5001 packets=
	set_ct fw acct=1
	datagram 5001
	datagram 5002
	datagram 5002
	reply 5002
	seen 5002 'packets=1 bytes=29 mark'
	check "acct=1: counters, both directions" \
		flow 5002 'packets=2 bytes=58 src.* packets=1 bytes=29 mark'
	check "... for entries made from now on" not flow 5001 packets=
	set_ct fw acct=0
	reply 5002
	datagram 5003
	seen 5003
	check "acct=0: what has counters goes on counting" \
		flow 5002 'packets=2 bytes=58 src.* packets=2 bytes=58 '
	check "... what is new has none" not flow 5003 packets=
	check "conntrack -L -z prints them" \
		grep -q 'sport=5002 .*packets=2 bytes=58 .*packets=2 bytes=58' \
		<(in_fw conntrack -L -z 2>&1)
	check "... and starts from nought" \
		flow 5002 'packets=0 bytes=0 src.* packets=0 bytes=0 '
	ct_flush
}

times() {
	set_ct fw timestamp=0
	datagram 5011
	seen 5011
	check "timestamp=0: no delta-time" not flow 5011 delta-time=
	set_ct fw timestamp=1
	datagram 5011
	datagram 5012
	seen 5012
	check "timestamp=1: delta-time" flow 5012 'delta-time=[0-9]+ '
	check "... for entries made from now on" not flow 5011 delta-time=
	check_soon "... it grows" flow 5012 'delta-time=([3-9]|[1-9][0-9]+) '
	set_ct fw timestamp=0
	datagram 5013
	seen 5013
	check "timestamp=0: what has it keeps it" flow 5012 'delta-time=[0-9]+ '
	check "... what is new has none" not flow 5013 delta-time=
	ct_flush
}

# in_new_space NAME: a sysctl of a namespace that has just been made
in_new_space() {
	unshare -n cat "/proc/sys/net/netfilter/nf_conntrack_$1"
}
parameter() {
	local file=/sys/module/nf_conntrack/parameters/$1

	check "$2 of a new namespace is 0" [ "$(in_new_space "$2")" = 0 ]
	echo Y >"$file"
	check "... with the module's $1 it is 1" [ "$(in_new_space "$2")" = 1 ]
	check "... which says nothing to one that exists" \
		in_fw grep -qx 0 "/proc/sys/net/netfilter/nf_conntrack_$2"
	echo N >"$file"
}

### labels and marks

# labels_are HEX SPORT: all 128 of them, as ctnetlink gives them
labels_are() {
	# shellcheck disable=SC2046	# words
	request conntrack 1 none $(of 17 "$2" 4001) | grep -x "22=$1"
}

# shellcheck disable=SC2046	# words
labels() {
	local none=00000000000000000000000000000000 flow

	in_fw $IPT -t raw -F
	datagram 5021
	seen 5021
	flow=$(of 17 5021 4001)
	# shellcheck disable=SC2086
	check "no room for labels where no rule has any" \
		errno_is ENOSPC conntrack 0 none $flow 22=hex:01000000

	in_fw nft -f - <<-'END'
		table inet l {
			chain f {
				type filter hook forward priority 0
				udp dport 4999 ct label set 127
			}
		}
	END
	listen labels
	datagram 5022
	seen 5022
	flow=$(of 17 5022 4001)
	# shellcheck disable=SC2086
	{
		check "one label" request conntrack 0 none $flow \
			22=hex:01000000000000000000000000000000
		check "... is set" labels_are 01000000000000000000000000000000 5022
		check_soon "... and an event" event labels 'UPDATE.* sport=5022 '
		check "the last label, by its mask" request conntrack 0 none $flow \
			22=hex:00000000000000000000000000000080 \
			23=hex:00000000000000000000000000000080
		check "... is set, and the other still" \
			labels_are 01000000000000000000000000000080 5022
		check "a short set clears the rest" request conntrack 0 none $flow \
			22=hex:02000000
		check "... so it does" labels_are 02000000000000000000000000000000 5022
		check "more than 128 are refused" \
			not request conntrack 0 none $flow 22=hex:$none'01000000'
		check "half a word is refused" \
			not request conntrack 0 none $flow 22=hex:0102
		check "a mask of another length is refused" not request conntrack \
			0 none $flow 22=hex:01000000 23=hex:0100000000000000
	}
	check "... and nothing has changed" \
		labels_are 02000000000000000000000000000000 5022
	in_fw nft flush ruleset
	stop_listening
	ct_flush
}

# shellcheck disable=SC2046	# words
marks() {
	datagram 5031
	seen 5031 'mark=0 '
	check "a mark" request conntrack 0 none $(of 17 5031 4001) 8=be32:0xabcd
	check "... is set" flow 5031 "mark=$((0xabcd)) "
	check "a mark with a mask" request conntrack 0 none $(of 17 5031 4001) \
		8=be32:0x0012 21=be32:0x00ff
	check "... changes what the mask says" flow 5031 "mark=$((0xab12)) "
	check "a short mark is refused" \
		not request conntrack 0 none $(of 17 5031 4001) 8=be16:7
	check "... and changes nothing" flow 5031 "mark=$((0xab12)) "
	check "no secctx without a security module" not flow 5031 secctx
	ct_flush
}

### sequence numbers

# adjusted ATTRIBUTE SPORT DPORT: position, before and after, as one line
adjusted() {
	local all

	# shellcheck disable=SC2046	# words
	all=$(request conntrack 1 none $(of 6 "$2" "$3"))
	for part in 1 2 3; do
		sed -n "s/^$1\\.$part=//p" <<<"$all"
	done | paste -sd' '
}
adjusted_is() {
	local got

	got=$(adjusted "${@:2}")
	echo "$got"
	grep -qxE "$1" <<<"$got"
}

# FTP through NAT: the address in the command becomes two octets shorter.
by_ftp() {
	local c=10.0.1.200 port

	modprobe -a nf_conntrack_ftp nf_nat_ftp
	flush_rules fw
	ct_flush
	in_client ip -batch - <<-END
		addr add $c/24 dev eth0
		route replace default via 10.0.1.1 src $c
	END
	in_fw $IPT -t raw -A PREROUTING -p tcp --dport 21 -j CT --helper ftp
	in_fw $IPT -t nat -A POSTROUTING -o wan -j MASQUERADE
	start_vsftpd srv
	talk_from client 10.0.2.2 21 "USER anonymous" "PASS x" \
		"PORT 10,0,1,200,4,1" "NOOP" >"$TMP/dialog"
	check "FTP: the server took the command" grep '^200 PORT' "$TMP/dialog"
	check "... and the next" grep '^200 NOOP' "$TMP/dialog"
	port=$(ct_line 'dport=21 ' | sed 's/.* src=10.0.1.200 .* sport=\([0-9]*\) dport=21 .*/\1/')
	s=10.0.2.2 check "... its numbers are two less from there on" \
		adjusted_is '[0-9a-f]{8} 00000000 fffffffe' 15 "$port" 21
	flush_rules fw
	ct_flush
	in_client ip route replace default via 10.0.1.1
}

# What arrives in srv of a flow whose numbers user space wants moved.
# shellcheck disable=SC2046	# words
by_ctnetlink() {
	local flow

	in_fw $IPT -t mangle -A FORWARD -m conntrack --ctstate INVALID -j DROP
	in_fw sysctl -qw net.netfilter.nf_conntrack_tcp_be_liberal=1
	check "an entry by hand" in_fw conntrack -I -p tcp -s $c -d $s \
		--sport 6001 --dport 6002 --state ESTABLISHED \
		-u SEEN_REPLY,ASSURED -t 600
	flow=$(of 6 6001 6002)
	start_capture
	craft client tcp $c 6001 $s 6002 A seq=5000 ack=1
	check_soon "a number as it is" captured 'seq 5000|\[\.\], ack 1,'
	# shellcheck disable=SC2086
	{
		check "numbers above 5000 by 7, below by 3" request conntrack 0 none $flow \
			'15={' 1=be32:5000 2=be32:3 3=be32:7 '}'
		check "... is what is set" adjusted_is "00001388 00000003 00000007" 15 6001 6002
		check "a number above" craft client tcp $c 6001 $s 6002 PA seq=6000 ack=1 data=xx
		check_soon "... is 7 more" captured 'seq 6007:6009'
		check "a number below" craft client tcp $c 6001 $s 6002 PA seq=4000 ack=1 data=xx
		check_soon "... is 3 more" captured 'seq 4003:4005'
		check "the answer acknowledges 6009" craft srv tcp $s 6002 $c 6001 A seq=1 ack=6009
		check_soon "... which is 6002 to the client" captured_by client 'ack 6002'
		check "a position only is refused" not request conntrack 0 none $flow \
			'15={' 1=be32:9 '}'
		check "a short offset is refused" not request conntrack 0 none $flow \
			'15={' 1=be32:9 2=be16:1 3=be32:1 '}'
		# of what is refused, 6.12's ctnetlink takes the position
		check "... and the offsets have not changed" \
			adjusted_is "........ 00000003 00000007" 15 6001 6002
	}
	flush_rules fw
	ct_flush
}
start_capture() {
	local ns

	for ns in client srv; do
		background $ns bash -c "exec tcpdump -lnSi eth0 tcp >$TMP/$ns.pcap 2>$TMP/$ns.tcpdump"
		wait_for grep -q listening "$TMP/$ns.tcpdump"
	done
}
captured_by() { grep -E -- "$2" "$TMP/$1.pcap"; }
captured() { captured_by srv "$1"; }

### events

# listen NAME [OPTION...]: the kernel counts a listener from then on
listen() {
	: >"$TMP/$1.events"
	# shellcheck disable=SC2016	# for the shell in the namespace
	(exec nsenter --net=/run/netns/fw -- conntrack -E "${@:2}") \
		>"$TMP/$1.events" 2>>"$TMP/background.log" </dev/null &
	LISTENER=$!
	disown
	wait_for listened_to
}
stop_listening() {
	kill $LISTENER
	wait_for not listened_to
}
# shellcheck disable=SC2016	# for awk
listened_to() { in_fw awk '$2 == 12 && $4 != "00000000" { ok = 1 } END { exit !ok }' /proc/net/netlink; }
event() { grep -E -- "$2" "$TMP/$1.events"; }

# One flow from before there was a listener, one from after; both end.
listener_comes() {
	set_ct fw events="$1"
	datagram 5101
	seen 5101
	listen "e$1" -p udp
	datagram 5102
	seen 5102
	in_fw conntrack -D -p udp --sport 5101 >"$TMP/said" 2>&1
	in_fw conntrack -D -p udp --sport 5102 >"$TMP/said" 2>&1
	# a flow of a third kind, told of by whatever else, is the end
	set_ct fw events=1
	datagram 5103
	wait_for event "e$1" 'NEW.* sport=5103 '
	stop_listening
	ct_flush
}
events() {
	listener_comes 0
	check "events=0: nothing is told" not event e0 'sport=510[12] '
	listener_comes 1
	check "events=1: of what began before: its end" event e1 'DESTROY.* sport=5101 '
	check "events=1: of what began after: its beginning" event e1 'NEW.* sport=5102 '
	check "... and its end" event e1 'DESTROY.* sport=5102 '
	listener_comes 2
	check "events=2: of what began before: nothing" not event e2 'sport=5101 '
	check "events=2: of what began after: its beginning" event e2 'NEW.* sport=5102 '
	check "... and its end" event e2 'DESTROY.* sport=5102 '
	set_ct fw events=2
}

by_nft() {
	in_fw nft -f - <<-'END'
		table inet e {
			chain raw {
				type filter hook prerouting priority raw
			}
			chain pre {
				type filter hook prerouting priority -150
				udp sport 5201 ct event set new
				udp sport 5202 ct event set destroy
				udp sport 5203 ct event set assured
			}
			chain f {
				type filter hook forward priority 0
				udp sport 5200-5210 ct mark set 9
			}
		}
	END
	listen nft -p udp
	for port in 5201 5202 5203 5204; do
		datagram $port
		seen $port 'mark=9 '
	done
	in_fw conntrack -D -p udp --dport 4001 >"$TMP/said" 2>&1
	wait_for event nft 'DESTROY.* sport=5204 '
	check "nft, no event set: beginning and end" event nft 'NEW.* sport=5204 '
	check "nft, ct event set new: the beginning" event nft 'NEW.* sport=5201 '
	check "... but no end" not event nft 'DESTROY.* sport=5201 '
	check "nft, ct event set destroy: the end" event nft 'DESTROY.* sport=5202 '
	check "... but no beginning" not event nft 'NEW.* sport=5202 '
	check "nft, ct event set assured: no end" not event nft 'DESTROY.* sport=5203 '
	stop_listening
	in_fw nft flush ruleset
	ct_flush
}

stage
modprobe nf_conntrack_netlink
set_ct fw udp_timeout=300	# flows that a slow machine does not lose
keep() { in_fw $IPT -t mangle -A FORWARD -m conntrack --ctstate INVALID; }
keep
accounting
times
parameter acct acct
parameter tstamp timestamp
marks
labels
events
by_nft
by_ctnetlink
by_ftp
