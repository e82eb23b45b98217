#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What an administrator sees and sets: every file under net.netfilter, module
# parameters, the formats and permissions of the files in /proc.

. "$(dirname "$0")/lib.sh"

DIR=/proc/sys/net/netfilter

# Name, default, and a value out of range ("-": none the stock kernel refuses).
SYSCTLS='
acct				0	2
checksum			1	2
events				2	3
log_invalid			0	256
timestamp			0	2
generic_timeout			600	-
tcp_timeout_syn_sent		120	-
tcp_timeout_syn_recv		60	-
tcp_timeout_established		432000	-
tcp_timeout_fin_wait		120	-
tcp_timeout_close_wait		60	-
tcp_timeout_last_ack		30	-
tcp_timeout_time_wait		120	-
tcp_timeout_close		10	-
tcp_timeout_max_retrans		300	-
tcp_timeout_unacknowledged	300	-
tcp_loose			1	2
tcp_be_liberal			0	2
tcp_ignore_invalid_rst		0	2
tcp_max_retrans			3	256
udp_timeout			30	-
udp_timeout_stream		120	-
icmp_timeout			30	-
icmpv6_timeout			30	-
sctp_timeout_closed		10	-
sctp_timeout_cookie_wait	3	-
sctp_timeout_cookie_echoed	3	-
sctp_timeout_established	210	-
sctp_timeout_shutdown_sent	3	-
sctp_timeout_shutdown_recd	3	-
sctp_timeout_shutdown_ack_sent	3	-
sctp_timeout_heartbeat_sent	30	-
gre_timeout			30	-
gre_timeout_stream		180	-
dccp_timeout_request		240	-
dccp_timeout_respond		480	-
dccp_timeout_partopen		480	-
dccp_timeout_open		43200	-
dccp_timeout_closereq		64	-
dccp_timeout_closing		64	-
dccp_timeout_timewait		240	-
dccp_loose			1	2
'

is() { in_fw grep -x "$2" "$DIR/nf_conntrack_$1"; }
mode() { local m; m=$(within "$1" stat -c %a "$2"); echo "$m"; [ "$m" = "$3" ]; }

# probe WORD...: run in the namespace, told the rows; for each says its value
# and mode, and of each word out of range what came of it
probe() {
	local name default beyond word file value said

	while read -r name default beyond; do
		file=/proc/sys/net/netfilter/nf_conntrack_$name
		[ -e "$file" ] || continue
		value=$(<"$file")
		echo "$name is $value"
		for word in ${beyond#-} "$@"; do
			if said=$({ echo "$word" >"$file"; } 2>&1); then
				echo "$name takes $word"
			elif [[ $said != *"Invalid argument"* ]]; then
				echo "$name says $said"
			elif [ "$(<"$file")" != "$value" ]; then
				echo "$name changes to $(<"$file")"
			else
				echo "$name refuses $word"
			fi
		done
		echo "$value" >"$file"
	done
}

each_sysctl() {
	local name default beyond word words=() found modes

	! ours || words=(-1 4294967296 none)
	found=$(echo "$SYSCTLS" | grep . |
		within fw bash -c "$(declare -f probe); probe ${words[*]}")
	modes=$(in_fw stat -c '%n %a' $DIR/nf_conntrack_*)
	while read -r name default beyond; do
		[ -n "$name" ] || continue
		check "$name is $default" says "$found" "$name is $default"
		check "$name: mode 644" \
			says "$modes" "$DIR/nf_conntrack_$name 644"
		for word in ${beyond#-} "${words[@]}"; do
			check "$name refuses $word" \
				says "$found" "$name refuses $word"
		done
	done <<<"$SYSCTLS"
}

# says LINES LINE: it is one of them
says() {
	[[ $'\n'"$1"$'\n' = *$'\n'"$2"$'\n'* ]] ||
		{ grep -F -- "${2%% *} " <<<"$1"; return 1; }
}

a_namespace_of_its_own() {
	set_ct fw udp_timeout=7 tcp_loose=0
	check "fw: udp_timeout is 7" is udp_timeout 7
	check "client: udp_timeout is 30" \
		in_client grep -x 30 $DIR/nf_conntrack_udp_timeout
	check "client: tcp_loose is 1" \
		in_client grep -x 1 $DIR/nf_conntrack_tcp_loose
	set_ct fw udp_timeout=30 tcp_loose=1
	for name in max buckets expect_max; do
		check "$name: not to be written in fw" \
			mode fw "$DIR/nf_conntrack_$name" 444
		check "$name: to be written in the first namespace" \
			[ "$(stat -c %a "$DIR/nf_conntrack_$name")" = 644 ]
	done
	check "count: never to be written" mode fw $DIR/nf_conntrack_count 444
}

# The first namespace: one limit under two names, sizes that follow memory.
sizes() {
	local kib buckets rows least

	kib=$(sed -n 's/^MemTotal: *\([0-9]*\) .*/\1/p' /proc/meminfo)
	buckets=$((kib * 1024 / 16384 / 8))
	[ "$kib" -le $((1024 * 1024)) ] || buckets=65536
	[ "$kib" -le $((4 * 1024 * 1024)) ] || buckets=262144
	[ $buckets -ge 1024 ] || buckets=1024
	buckets=$(((buckets + 511) / 512 * 512))
	check "buckets by the size of memory: $buckets" \
		grep -x $buckets $DIR/nf_conntrack_buckets
	rows=$((buckets / 256))
	check "max is as many" grep -x $buckets $DIR/nf_conntrack_max
	check "expect_max is four in 256 of them" \
		grep -x $((rows * 4)) $DIR/nf_conntrack_expect_max

	sysctl -qw net.netfilter.nf_conntrack_max=5000
	check "net.nf_conntrack_max is the same" \
		grep -x 5000 /proc/sys/net/nf_conntrack_max
	sysctl -qw net.nf_conntrack_max=6000
	check "and the other way round" grep -x 6000 $DIR/nf_conntrack_max
	check "max refuses -1" not sysctl -qw net.netfilter.nf_conntrack_max=-1
	check "expect_max refuses 0" \
		not sysctl -qw net.netfilter.nf_conntrack_expect_max=0
	check "unchanged" grep -x 6000 $DIR/nf_conntrack_max
	if ours; then
		check "ip_conntrack_max is the same" \
			grep -x 6000 /proc/sys/net/ip_conntrack_max
		echo 7000 >/proc/sys/net/ip_conntrack_max
		check "and the other way round too" \
			grep -x 7000 $DIR/nf_conntrack_max
	fi

	echo 2000 >/sys/module/nf_conntrack/parameters/hashsize
	check "hashsize at run time: whole pages" \
		grep -x 2048 $DIR/nf_conntrack_buckets
	check "the entries are still there" ct_line 'dport=4001'
	least=512
	! ours || least=1024	# one for each lock
	echo 1 >/sys/module/nf_conntrack/parameters/hashsize
	check "hashsize at run time: at least $least" \
		grep -x $least $DIR/nf_conntrack_buckets
	check "and still there" ct_line 'dport=4001'
	sysctl -qw net.netfilter.nf_conntrack_buckets=$buckets \
		net.netfilter.nf_conntrack_max=$buckets
	check "nf_conntrack_buckets back" grep -x $buckets \
		/sys/module/nf_conntrack/parameters/hashsize
}

parameters() {
	local dir=/sys/module/nf_conntrack/parameters row name perm

	for row in hashsize:600 expect_hashsize:400 acct:644 tstamp:644; do
		name=${row%:*} perm=${row#*:}
		check "parameter $name: mode $perm" \
			[ "$(stat -c %a "$dir/$name")" = "$perm" ]
	done
	for name in expect_hashsize acct tstamp enable_hooks; do
		check "modinfo: $name" modinfo_says "^parm: +$name:"
	done
	check "acct is N" grep -x N $dir/acct
	check "tstamp is N" grep -x N $dir/tstamp
	check "modinfo: license" modinfo_says '^license: +GPL'
	check "modinfo: ip_conntrack" modinfo_says '^alias: +ip_conntrack$'
}
modinfo_says() { modinfo nf_conntrack | grep -E -- "$1"; }

### formats

# only REGEX FILE: every line matches, and there is one
only() { within fw cat "$2" >"$TMP/lines"; cat "$TMP/lines"; [ -s "$TMP/lines" ] && ! grep -qvE -- "$1" "$TMP/lines"; }

formats() {
	local a4='[0-9.]+' a6='([0-9a-f]{4}:){7}[0-9a-f]{4}' tail line
	local ports='sport=[0-9]+ dport=[0-9]+ ' acct='(packets=[0-9]+ bytes=[0-9]+ )?'

	tail='(\[ASSURED\] )?mark=[0-9]+ zone=[0-9]+ (delta-time=[0-9]+ )?use=[0-9]+$'
	line="^(ipv4     2|ipv6     10) (tcp      6|udp      17|icmp     1|icmpv6   58) [0-9]+ ([A-Z_0-9]+ )?"
	line+="src=($a4|$a6) dst=($a4|$a6) ($ports|type=[0-9]+ code=[0-9]+ id=[0-9]+ )$acct(\\[UNREPLIED\\] )?"
	line+="src=($a4|$a6) dst=($a4|$a6) ($ports|type=[0-9]+ code=[0-9]+ id=[0-9]+ )$acct$tail"

	set_ct fw acct=1 timestamp=1
	craft client udp 10.0.1.9 4003 10.0.2.9 4001
	craft client udp fd00:1::9 4003 fd00:2::9 4001
	craft client tcp 10.0.1.9 4003 10.0.2.9 4001 S
	craft client icmp 10.0.1.9 10.0.2.9 8 0
	craft client icmp fd00:1::9 fd00:2::9 128 0
	wait_for ct_line icmpv6
	check "/proc/net/nf_conntrack: its format" only "$line" /proc/net/nf_conntrack
	check "acct: packets and bytes" ct_line 'udp .*sport=4003 dport=4001 packets=1 bytes=29 \[UNREPLIED\] .*packets=0 bytes=0 '
	check "timestamp: delta-time" ct_line 'udp .*sport=4003 .*zone=0 delta-time=[0-9]+ use='
	check "without: neither" ct_line 'dport=4001 \[UNREPLIED\] .* zone=0 use=[0-9]+$'
	set_ct fw acct=0 timestamp=0
	check "/proc/net/nf_conntrack: mode 440" mode fw /proc/net/nf_conntrack 440

	check "/proc/net/stat/nf_conntrack: its first line" in_fw grep -xF \
		'entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart' \
		/proc/net/stat/nf_conntrack
	check "/proc/net/stat/nf_conntrack: the others" only \
		'^entries|^[0-9a-f]{8} ( [0-9a-f]{8}){12}  [0-9a-f]{8}( [0-9a-f]{8}){3}$' \
		/proc/net/stat/nf_conntrack
	check "/proc/net/stat/nf_conntrack: mode 444" \
		mode fw /proc/net/stat/nf_conntrack 444

	check "/proc/net/nf_conntrack_expect: mode 440" \
		mode fw /proc/net/nf_conntrack_expect 440
	start_vsftpd srv
	in_fw iptables-legacy -t raw -A PREROUTING -p tcp --dport 21 -j CT --helper ftp
	talk_from client 10.0.2.2 21 "USER anonymous" "PORT 10,0,1,2,4,1" \
		>"$TMP/dialog"
	check "/proc/net/nf_conntrack_expect: its format" only \
		'^[0-9]+ l3proto = 2 proto=6 src=10.0.2.2 dst=10.0.1.2 sport=0 dport=1025 ftp$' \
		/proc/net/nf_conntrack_expect
	! ours || legacy
}

legacy() {
	check "/proc/net/ip_conntrack: IPv4, without the number of it" only \
		'^(tcp      6|udp      17|icmp     1) [0-9]+ ([A-Z_]+ )?src=[0-9.]+ ' \
		/proc/net/ip_conntrack
	check "/proc/net/stat/nf_conntrack_invalid is there" \
		in_fw grep -q tcp_flags /proc/net/stat/nf_conntrack_invalid
}

modprobe ip_conntrack
stage
in_fw iptables-legacy -A FORWARD -m state --state INVALID
in_fw ip6tables-legacy -A FORWARD -m state --state INVALID
each_sysctl
a_namespace_of_its_own
craft client udp 10.0.1.9 4000 10.0.2.9 4001
wait_for ct_line 'dport=4001'
sizes
parameters
formats
