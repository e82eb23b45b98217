#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# NFQUEUE holds first packets, the entries of which are in no table yet, while
# the world around them changes: other packets of the same flow come, the table
# is flushed, rules and modules go.  queue.py tells what it holds.

. "$(dirname "$0")/lib.sh"

### queue.py, by line

# start_queue [ip|ip6]: queue 0 of fw; stop_queue: whatever it holds is lost
start_queue() {
	exec {QUEUE_TO}<> <(:)
	exec {QUEUE_FROM}<> <(:)
	(exec nsenter --net=/run/netns/fw -- python3 -ISB "$HERE/queue.py" 0 \
		"${1:-ip}") <&"$QUEUE_TO" >&"$QUEUE_FROM" 2>>"$TMP/background.log" &
	QUEUE=$!
	disown
	said_by_queue ready >"$TMP/said"
}
stop_queue() { kill "$QUEUE"; }
said_by_queue() {
	local line

	read -rt 60 -u "$QUEUE_FROM" line
	echo "$line"
	grep -qE -- "$1" <<<"$line"
}

# queue REGEX COMMAND...: its answer must match
queue() { echo "${*:2}" >&"$QUEUE_TO"; said_by_queue "$1"; }

### datagrams

# datagram SPORT TEXT: from client to the sink, in order
datagram() { craft client udp "$c" "$1" "$s" 9 data="$2"; }
arrived() { grep -qF "$1" "$TMP/sink"; }
clear_sink() { : >"$TMP/sink"; }
start_sink() {
	clear_sink
	background srv socat -u UDP6-RECV:9,ipv6only=0 "OPEN:$TMP/sink,append"
	wait_for listening srv udp 9
}

# of PROTO SPORT DPORT: both tuples of a flow, as queue.py prints them
of() { echo "orig=$1,$c,$s,$2,$3 reply=$1,$s,$c,$3,$2"; }
in_table() { ct_line "src=$c_long dst=$s_long sport=$1 $2"; }

queue_first_packets() {
	flush_rules fw
	in_fw "$IPT" -A FORWARD -i lan -m conntrack --ctstate "${1:-NEW}" -j NFQUEUE --queue-num 0
	ct_flush
	clear_sink
}

# to_nothing: no entry is left, in no list either
to_nothing() { check_soon "$me: $1" ct_counts 0; }

held_and_accepted() {
	queue_first_packets
	datagram 5001 one
	check "$me: the first packet is held: NEW, no reply seen" \
		queue "^NEW status=0x0 $(of 17 5001 9)( mark=0)?\$" hold 1
	check "$me: its entry counts" ct_counts 1
	check "$me: but is in no table" not in_table 5001 ''
	check "$me: accepted, with a mark for the connection" \
		queue '^done$' accept ctmark=77 mark=5
	check_soon "$me: it arrives" arrived one
	check_soon "$me: its entry is in the table, with the mark" in_table 5001 '.* mark=77 '
	datagram 5001 two
	check "$me: the second is NEW to the rule, of the same entry" \
		queue "^NEW status=0x[0-9a-f]*8 $(of 17 5001 9) mark=77\$" hold 1
	check "$me: accepted" queue '^done$' accept
	check_soon "$me: it arrives too" arrived two
	craft srv udp "$s" 9 "$c" 5001
	check_soon "$me: an answer is seen" in_table 5001 '.*dport=5001 mark'
	datagram 5001 three
	check_soon "$me: the third, ESTABLISHED, is not held" arrived three
}

held_and_dropped() {
	queue_first_packets
	datagram 5002 one
	check "$me: held" queue '^NEW ' hold 1
	check "$me: dropped" queue '^done$' drop
	to_nothing "and nothing is left of it"
	check "$me: nor did it arrive" not arrived one
}

# Two first packets of one flow are held at once: two entries, one too many.
held_twice() {
	queue_first_packets
	datagram 5003 one
	datagram 5003 two
	check "$me: two of one flow are held" queue '^NEW .*; NEW ' hold 2
	check "$me: each with an entry" ct_counts 2
	check "$me: both are accepted" queue '^done$' accept-all ctmark=5
	check_soon "$me: the first arrives" arrived one
	check_soon "$me: and so does the second" arrived two
	check_soon "$me: one entry is left" ct_counts 1
	check "$me: in the table" in_table 5003 '.* mark=5 '

	queue_first_packets
	datagram 5004 one
	datagram 5004 two
	check "$me: two more" queue '^NEW .*; NEW ' hold 2
	check "$me: the first is dropped" queue '^done$' drop
	check "$me: the second accepted" queue '^done$' accept
	check_soon "$me: it arrives" arrived two
	check_soon "$me: with the one entry" ct_counts 1
}

# A SYN is held so long that it is sent again.
held_syn() {
	local page

	queue_first_packets
	(in_client curl -gsS --max-time 20 "http://$(at "$s"):80/" >"$TMP/page" 2>&1) &
	page=$!
	check "$me: a SYN and its retransmission are held" \
		queue '^NEW .*; NEW ' hold 2
	check "$me: both are accepted" queue '^done$' accept-all
	check "$me: the page comes" wait "$page"
	check "$me: over one entry" ct_counts 1
}

flushed_while_held() {
	queue_first_packets
	datagram 5005 one
	check "$me: held" queue '^NEW ' hold 1
	ct_flush
	check "$me: flushed meanwhile, accepted" queue '^done$' accept
	check_soon "$me: it arrives" arrived one
	check_soon "$me: with an entry" in_table 5005 ''

	queue_first_packets NEW,ESTABLISHED
	datagram 5006 one
	check "$me: held" queue '^NEW ' hold 1
	check "$me: accepted" queue '^done$' accept
	check_soon "$me: in the table" in_table 5006 ''
	datagram 5006 two
	check "$me: the next is held" queue '^NEW status=0x[0-9a-f]*8 ' hold 1
	ct_flush
	check "$me: the table is flushed under it" not in_table 5006 ''
	check "$me: accepted" queue '^done$' accept
	check_soon "$me: it arrives" arrived two
	to_nothing "its dead entry went with it"
}

with_nat() {
	queue_first_packets
	in_fw "$IPT" -t nat -A PREROUTING -i lan -p udp --dport 99 -j DNAT --to-destination "$(at "$s"):9"
	craft client udp "$c" 5007 "$s" 99 data=one
	check "$me: a translated one tells where it goes" queue \
		"^NEW status=0x[0-9a-f]+ orig=17,$c,$s,5007,99 reply=17,$s,$c,9,5007( |\$)" hold 1
	check "$me: accepted" queue '^done$' accept
	check_soon "$me: it arrives there" arrived one
}

# The rule goes, tracking stays: a packet that is held does not mind.
rule_removed() {
	queue_first_packets
	in_fw "$IPT" -A OUTPUT -m conntrack --ctstate NEW
	datagram 5008 one
	check "$me: held" queue '^NEW ' hold 1
	in_fw "$IPT" -F FORWARD
	check "$me: its rule is gone, accepted" queue '^done$' accept
	check_soon "$me: it arrives" arrived one
	check_soon "$me: with an entry" in_table 5008 ''
}

# The hook itself goes, and with it what was held there.
hook_removed() {
	flush_rules fw
	ct_flush
	clear_sink
	in_fw nft -f - <<-END
		table inet q {
			chain forward {
				type filter hook forward priority 0
				iifname lan meta l4proto udp ct state new queue num 0
			}
		}
	END
	datagram 5009 one
	check "$me: held by an nft rule" queue '^NEW ' hold 1
	in_fw nft delete table inet q
	to_nothing "with its hook goes the packet, and its entry"
	check "$me: a verdict on it is refused" queue '^ENOENT$' accept
	check "$me: nor did it arrive" not arrived one
}

# A helper is unloaded while an entry that is in no table points at it.
helper_removed() {
	[ ! -d /sys/module/nf_nat_ftp ] || rmmod nf_nat_ftp
	modprobe nf_conntrack_ftp
	queue_first_packets
	in_fw "$IPT" -t raw -A PREROUTING -p tcp --dport 21 -j CT --helper ftp
	craft client tcp "$c" 5010 "$s_ghost" 21 S
	check "$me: a SYN is held, with a helper" queue '^NEW .* helper=ftp ' hold 1
	check "$me: a helper that a rule names cannot be unloaded" \
		not rmmod nf_conntrack_ftp
	in_fw "$IPT" -t raw -F PREROUTING
	check "$me: without the rule it can" rmmod nf_conntrack_ftp
	check "$me: the SYN is dropped or accepted" \
		queue '^(done|ENOENT)$' accept
	check "$me: and no entry has the helper" not eval \
		"in_fw conntrack -L -f ipv$v -p tcp | grep helper="
}

unloaded() {
	grep -E '^(ip6?t|nf|xt)' /proc/modules || :
	not grep -q "^$1 " /proc/modules
}

# Nothing of netfilter is needed any more, but a packet is held.
all_removed() {
	local name

	queue_first_packets
	datagram 5011 one
	check "modules: held" queue '^NEW ' hold 1
	check "modules: nf_conntrack cannot be unloaded" not rmmod nf_conntrack
	flush_rules fw
	to_nothing "with the last rule that needs tracking the packet goes"
	stop_queue
	unload_netfilter >"$TMP/said" 2>&1
	for name in nf_conntrack nfnetlink_queue; do
		check "modules: $name is unloaded" unloaded "$name"
	done
	modprobe -a nf_conntrack nfnetlink_queue
}

family() {
	v=$1
	me="IPv$v"
	if [ "$v" = 4 ]; then
		IPT=iptables-legacy ip=ip c=10.0.1.2 s=10.0.2.2 s_ghost=10.0.2.9
		c_long=$c s_long=$s
	else
		IPT=ip6tables-legacy ip=ip6 c=fd00:1::2 s=fd00:2::2 s_ghost=fd00:2::9
		c_long=fd00:0001:0000:0000:0000:0000:0000:0002
		s_long=fd00:0002:0000:0000:0000:0000:0000:0002
	fi
}

stage
modprobe nf_conntrack
set_ct fw udp_timeout=300
start_sink
start_nginx srv
for v in 4 6; do
	family $v
	start_queue "$ip"
	held_and_accepted
	held_and_dropped
	held_twice
	held_syn
	flushed_while_held
	with_nat
	rule_removed
	hook_removed
	helper_removed
	stop_queue
done
start_queue "$ip"
all_removed
