#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Why a packet was INVALID, ignored or dropped: of each that is sent here exactly
# one counter moves, by one; the log has exactly one line, in the words of the
# stock module; and the tracepoint tells of it, with its numbers.

. "$(dirname "$0")/lib.sh"

COUNTERS=/proc/net/stat/nf_conntrack_invalid
TRACING=/sys/kernel/tracing
EVENT=$TRACING/events/nf_conntrack/invalid

### packets, and what is wanted of each

# refused VERDICT REASON LOG WORDS NS PACKET...: a packet, for settle to look
# after.  LOG is how its line begins, or - for none, with a + if the stock module
# says nothing; WORDS are the tracepoint's.
refused() {
	local text=${3#+}

	ours || [ "$text" = "$3" ] || text=-
	VERDICTS+=("$1") REASONS+=("$2") LOGS+=("$text") WORDS+=("$4")
	NUMBERS+=("$number")
	craft "${@:5}"
}

invalids() { hits fw -t mangle PREROUTING 1; }
log() { since_begin | grep -o 'nf_ct_proto_.*' || :; }
begin() {
	VERDICTS=() REASONS=() LOGS=() WORDS=() NUMBERS=()
	BEFORE=$(invalids)
	LOGGED=$(log | wc -l)
	! ours || in_fw cat $COUNTERS >"$TMP/counters"
	! ours || : >$TRACING/trace
}

# moved REASON...: each was counted once, and no other
moved() {
	local now want

	# shellcheck disable=SC2016	# awk's fields
	now=$(in_fw awk 'NR == FNR { was[$1] = $2; next }
		{ for (n = $2; n > was[$1]; n--) print $1 }' \
		"$TMP/counters" $COUNTERS | sort)
	want=$(printf '%s\n' "$@" | sort)
	echo "counted: $now"
	[ "$now" = "$want" ]
}

# has LINE WORD...: all of them
has() {
	local word

	echo "$1"
	for word in "${@:2}"; do
		[[ "$1 " = *" $word "* ]] || { echo "no $word"; return 1; }
	done
}

# begins LINE TEXT: and then the logger tells of the packet
begins() { echo "$1"; [[ $1 = "$2 IN="* ]]; }

# settle NAME: looks after all since begin
settle() {
	local i me words want=0 logs=() traces=() texts=()

	for i in "${!REASONS[@]}"; do
		[ "${VERDICTS[i]}" != INVALID ] || want=$((want + 1))
		[ "${LOGS[i]}" = - ] ||
			texts+=("nf_ct_proto_${NUMBERS[i]}: ${LOGS[i]}")
	done
	check_soon "v$v $1: $want are INVALID, ${#REASONS[@]} have a reason" \
		counted $((BEFORE + want)) fw -t mangle PREROUTING 1
	if ours; then
		check_soon "v$v $1: each is counted, nothing else" \
			moved "${REASONS[@]}"
		mapfile -t traces < <(grep -o ' invalid: .*' $TRACING/trace)
		check "v$v $1: as many are traced" \
			[ ${#traces[@]} -eq ${#REASONS[@]} ]
	fi
	for i in "${!traces[@]}"; do
		read -ra words <<<"${WORDS[i]:-}"
		me="v$v $1: ${REASONS[i]:-none}"
		check "$me is traced" has "${traces[i]}" \
			"reason=${REASONS[i]:-}" "verdict=${VERDICTS[i]:-}" \
			"netns=$NETNS" zone=0 "proto=${NUMBERS[i]:-}" \
			"${words[@]}"
	done
	mapfile -t logs < <(log | tail -n "+$((LOGGED + 1))")
	check "v$v $1: as many are logged" [ ${#logs[@]} -eq ${#texts[@]} ]
	for i in "${!texts[@]}"; do
		check "v$v $1: the log says \"${texts[i]#*: }\"" \
			begins "${logs[i]:-}" "${texts[i]}"
	done
	begin
}

# ends SPORT DPORT: of the client's ghost; ends_back: of the answer
ends() { echo "src=$(at "$c"):$1 dst=$(at "$s"):$2"; }
ends_back() { echo "src=$(at "$s"):$2 dst=$(at "$c"):$1"; }

tcp_headers() {
	number=6
	refused INVALID tcp_flags "invalid tcp flag combination" \
		"$(ends 1000 80) flags=FS seq=7" \
		client tcp "$c" 1000 "$s" 80 SF seq=7
	refused INVALID tcp_checksum "bad checksum" "$(ends 1001 80) flags=S" \
		client tcp "$c" 1001 "$s" 80 S sum=0xbad
	refused INVALID tcp_truncated "truncated packet" "$(ends 1002 80)" \
		client tcp "$c" 1002 "$s" 80 S off=15
	refused INVALID tcp_short "+short packet" "$(ends 1003 80) seq=0" \
		client tcp "$c" 1003 "$s" 80 S cut=12
	refused INVALID tcp_new "+invalid new" "$(ends 1004 80) flags=SA seq=9 state=NONE" \
		client tcp "$c" 1004 "$s" 80 SA seq=9
	settle "TCP headers"
}

# The initiator may send 100001 to 101001, the responder has sent up to 500001.
# After each INVALID or ignored packet the flow is as before, but for the last two.
tcp_flow() {
	local bounds="seq_max=101001 end_min=99001 ack_max=500001 ack_min=434001"
	local flow=(client tcp "$c" 2000 "$s" 80) here there

	number=6
	here="$(ends 2000 80) dir=original"
	there="$(ends_back 2000 80) dir=reply"
	craft "${flow[@]}" S seq=100000 win=1000
	wait_for ct_line ' SYN_SENT .*sport=2000'
	refused INVALID tcp_state "packet (index 1) in dir 0 invalid, state SYN_SENT" \
		"$here flags=SA state=SYN_SENT seq=100000" \
		"${flow[@]}" SA seq=100000 ack=1 win=1000
	craft srv tcp "$s" 80 "$c" 2000 SA seq=500000 ack=100001 win=1000
	craft "${flow[@]}" A seq=100001 ack=500001 win=1000
	wait_for ct_line ' ESTABLISHED .*sport=2000'

	here+=" state=ESTABLISHED $bounds maxwin=1000/1000 scale=0/0"
	refused INVALID tcp_seq_over \
		"SEQ is over upper bound 101002 (over the window of the receiver)" \
		"$here flags=PA seq=900000 end=900003 ack=500001 sack=500001 win=1000" \
		"${flow[@]}" PA seq=900000 ack=500001 win=1000 data=far
	refused INVALID tcp_ack_over \
		"ACK is over upper bound 500002 (ACKed data not seen yet)" \
		"$here flags=A seq=100001 end=100001 ack=500002 win=999" \
		"${flow[@]}" A seq=100001 ack=500002 win=999
	refused ignored tcp_seq_under \
		"SEQ is under lower bound 99000 (already ACKed data retransmitted)" \
		"$here seq=98999 end=99000" \
		"${flow[@]}" PA seq=98999 ack=500001 win=1000 data=x
	refused ignored tcp_ack_under \
		"ignored ACK under lower bound 434000 (possible overly delayed)" \
		"$here ack=434000" \
		"${flow[@]}" A seq=100001 ack=434000 win=1000
	refused INVALID tcp_rst "invalid rst" \
		"$there flags=R seq=500000 state=ESTABLISHED seq_max=501001" \
		srv tcp "$s" 80 "$c" 2000 R seq=500000
	refused ignored tcp_overshoot "4 bytes more than expected" \
		"$(ends 2000 80) seq=101002 end=101004 seq_max=101001" \
		"${flow[@]}" PA seq=101002 ack=500001 win=1000 data=xx
	refused ignored tcp_out_of_sync \
		"packet (index 0) in dir 0 ignored, state ESTABLISHED" \
		"$(ends 2000 80) flags=S seq=700000 state=ESTABLISHED" \
		"${flow[@]}" S seq=700000
	settle "a TCP flow"
}

# With a scale of 7 on both sides a window of 10 is one of 1280.
tcp_scaled() {
	local opened=(win=1000 off=6 hex=03030700)

	number=6
	craft client tcp "$c" 2001 "$s" 80 S seq=100000 "${opened[@]}"
	craft srv tcp "$s" 80 "$c" 2001 SA seq=500000 ack=100001 "${opened[@]}"
	craft client tcp "$c" 2001 "$s" 80 A seq=100001 ack=500001 win=10
	wait_for ct_line ' ESTABLISHED .*sport=2001'
	refused INVALID tcp_seq_over \
		"SEQ is over upper bound 101002 (over the window of the receiver)" \
		"$(ends 2001 80) win=1280 maxwin=1280/1000 scale=7/7 seq_max=101001" \
		client tcp "$c" 2001 "$s" 80 A seq=200000 ack=500001 win=10
	settle "scaled windows"
}

udp() {
	number=17
	refused INVALID udp_short "short packet" "$(ends 3000 53)" \
		client udp "$c" 3000 "$s" 53 cut=6
	refused INVALID udp_length "truncated/malformed packet" "$(ends 3000 53)" \
		client udp "$c" 3000 "$s" 53 cut=8
	refused INVALID udp_checksum "bad checksum" "$(ends 3000 53) seq=0" \
		client udp "$c" 3000 "$s" 53 sum=0xbad
	number=136
	refused INVALID udplite_coverage "invalid checksum coverage" \
		"$(ends 3001 53)" client udplite "$c" 3001 "$s" 53 coverage=4
	refused INVALID udplite_no_sum "checksum missing" \
		"$(ends 3001 53)" client udplite "$c" 3001 "$s" 53 sum=0
	settle "UDP"
}

icmp() {
	local sum="bad hw icmp checksum" reason=icmp_checksum about
	local bare

	number=$icmp
	bare="src=$(at "$c"):0 dst=$(at "$s"):0"
	if [ $v = 6 ]; then
		sum="ICMPv6 checksum failed" reason=icmp6_checksum
	fi
	refused INVALID $reason "$sum" "$bare type=$echo id=5" \
		client icmp "$c" "$s" $echo 0 id=5 sum=0xbad
	refused INVALID icmp_short "short packet" "$bare type=0 id=0" \
		client icmp "$c" "$s" $echo 0 cut=3
	refused INVALID icmp_type "$no_such_type" "$bare type=$unknown code=2" \
		client icmp "$c" "$s" $unknown 2
	refused INVALID icmp_new "$no_query" "$bare type=$reply id=77" \
		client icmp "$c" "$s" $reply 0 id=77
	about=(about udp "$s" 9 "$c" 4000)
	refused INVALID icmp_no_flow "$no_flow" "$bare type=$unreachable" \
		client icmp "$c" "$s" $unreachable 0 "${about[@]}"
	refused INVALID icmp_inner "$no_inner" "$bare type=$unreachable" \
		client icmp "$c" "$s" $unreachable 0 data=xx

	# An error must go to whoever sent what it quotes.
	craft srv udp "$s" 9 "$c" 4000
	wait_for ct_line 'sport=9 dport=4000'
	refused INVALID icmp_outer \
		"outer daddr $(shown "$gate") != inner $(shown "$s")" \
		"src=$(at "$c"):0 dst=$(at "$gate"):0 type=$unreachable" \
		client icmp "$c" "$gate" $unreachable 0 "${about[@]}"
	settle "ICMP"
}
# shown ADDRESS: as the log writes it
shown() { if [ $v = 4 ]; then echo "$1"; else long "$1"; fi; }

redirect() {
	number=58
	refused INVALID icmp6_redirect "invalid saddr or hoplimit for redirect" \
		"src=[$c]:0 dst=[$s]:0 type=137" \
		client icmp "$c" "$s" 137 0 \
		data=0123456789012345678901234567890123456789
	settle "a redirect"
}

others() {
	number=132
	refused INVALID sctp_checksum "nf_ct_sctp: bad CRC " "$(ends 5000 7)" \
		client sctp "$c" 5000 "$s" 7 0 INIT:9 sum=1
	refused INVALID sctp_short "nf_ct_sctp: short packet " "$(ends 5000 7)" \
		client sctp "$c" 5000 "$s" 7 0 INIT:9 cut=8
	refused INVALID sctp_new "+invalid new" "$(ends 5001 7)" \
		client sctp "$c" 5001 "$s" 7 1 DATA
	number=33
	refused INVALID dccp_new "invalid state transition " "$(ends 5002 7)" \
		client dccp "$c" 5002 "$s" 7 RESPONSE
	refused INVALID dccp_checksum "nf_ct_dccp: bad checksum " "$(ends 5002 7)" \
		client dccp "$c" 5002 "$s" 7 REQUEST sum=0xbad
	settle "others"
}

# Nothing is INVALID where there is no room, it is dropped.
table_full() {
	local max

	max=$(sysctl -n net.netfilter.nf_conntrack_max)
	AT_END+=("sysctl -qw net.netfilter.nf_conntrack_max=$max")
	number=17
	ct_flush
	craft client udp "$c" 6000 "$s" 53
	wait_for ct_line 'sport=6000'
	# One that is not ASSURED would make room.
	in_fw conntrack -U -f "ipv$v" -p udp -s "$c" -d "$s" --sport 6000 \
		-u SEEN_REPLY,ASSURED
	sysctl -qw net.netfilter.nf_conntrack_max=1
	refused dropped table_full - "$(ends 6001 53) state=NONE" \
		client udp "$c" 6001 "$s" 53
	settle "no room"
	sysctl -qw net.netfilter.nf_conntrack_max="$max"
}

### the files

the_file() {
	local ns

	check "one line a reason: name, count" not in_fw grep -vE \
		'^[a-z0-9_]+ +[0-9]+$' $COUNTERS
	check "every reason has its line, once" [ -z "$(in_fw cut -d' ' -f1 \
		$COUNTERS | sort | uniq -d)" ]
	check "everybody may read it" [ "$(in_fw stat -c %a $COUNTERS)" = 444 ]
	for ns in client srv; do
		check "$ns, another namespace, has counters of its own" \
			not within $ns grep -v ' 0$' $COUNTERS
	done
}

# No event while nobody asked for one, and those that pass are none.
quiet() {
	echo 0 >$EVENT/enable
	craft client udp "$c" 3000 "$s" 53 sum=0xbad
	wait_for moved udp_checksum
	check "the tracepoint is off: nothing" not grep ' invalid: ' \
		$TRACING/trace
	echo 1 >$EVENT/enable
	craft client udp "$c" 3333 "$s" 53
	wait_for ct_line 'sport=3333'
	check "a packet that is tracked: no event" not grep ' invalid: ' \
		$TRACING/trace
	check "nor does a counter move" moved udp_checksum
	echo 'sport == 3335 && reason == "udp_checksum"' >$EVENT/filter
	craft client udp "$c" 3334 "$s" 53 sum=0xbad
	craft client udp "$c" 3335 "$s" 53 sum=0xbad
	wait_for moved udp_checksum{,,}
	check "a filter picks one of two" [ "$(grep -o ' invalid: .*' \
		$TRACING/trace | grep -c " src=$c:3335 ")" = 1 ]
	check "and not the other" not grep ':3334 ' $TRACING/trace
	echo 0 >$EVENT/filter
	begin
}

try_all() {
	begin
	tcp_headers
	tcp_flow
	tcp_scaled
	udp
	icmp
	others
	table_full
}

stage
modprobe nf_log_syslog
sysctl -qw net.netfilter.nf_log_all_netns=1 kernel.printk_ratelimit=0 \
	net.core.message_cost=0
NETNS=$(stat -Lc %i /run/netns/fw)
for IPT in iptables-legacy ip6tables-legacy; do
	in_fw $IPT -t mangle -A PREROUTING -m conntrack --ctstate INVALID
	in_fw $IPT -A FORWARD -m conntrack --ctstate INVALID -j DROP
done
set_ct fw log_invalid=255
if ours; then
	[ -e $TRACING/trace ] || mount -t tracefs tracefs $TRACING
	echo 1 >$EVENT/enable
fi

IPT=iptables-legacy v=4 c=10.0.1.9 s=10.0.2.9 gate=10.0.2.1
icmp=1 echo=8 reply=0 unreachable=3 unknown=99
no_such_type="invalid icmp type" no_query="+reply without a query"
no_flow="+error about an unknown flow" no_inner="+error quotes no whole header"
try_all
! ours || quiet
IPT=ip6tables-legacy v=6 c=fd00:1::9 s=fd00:2::9 gate=fd00:2::1
icmp=58 echo=128 reply=129 unreachable=1 unknown=200	# below 128: errors
no_such_type="+invalid icmp type"	# of ICMPv6, stock says nothing
try_all
redirect
! ours || the_file
