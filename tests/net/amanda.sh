#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Amanda: a backup server (client) asks a machine to be backed up (srv) by UDP,
# which answers to which of its ports the server may connect by TCP.  A router
# lets in only what was announced; then NAT between them, in either direction;
# then announcements that must not open anything.

. "$(dirname "$0")/lib.sh"

PARAMETERS=/sys/module/nf_conntrack_amanda/parameters

loaded() { grep -q "^$1 " /proc/modules; }
load_amanda() { modprobe nf_conntrack_amanda "$@"; }
unload_amanda() {
	flush_rules fw
	wait_for modprobe -r nf_nat_amanda
	wait_for modprobe -r nf_conntrack_amanda
}

### the two programs

REQUEST='Amanda 2.6 REQ HANDLE 000-00000000 SEQ 1\n'

# start_amandad: answers every datagram with what is in $TMP/reply
start_amandad() {
	background srv python3 -ISB "$HERE/amandad.py" "$TMP/reply" "$@"
	wait_for listening srv udp 10080
}

# ask HOST PORT [REQUEST...]: one datagram after the other, from one socket;
# the last reply goes to $TMP/heard.  Fails if one is not answered.
# shellcheck disable=SC2016	# for the shell in the namespace
ask() {
	[ $# -gt 2 ] || set -- "$@" "$REQUEST"
	in_client bash -c 'exec 3<>"/dev/udp/$1/$2"
		for request in "${@:3}"; do
			printf "%b" "$request" >&3
			reply=$(timeout "$0" dd bs=4096 count=1 status=none <&3 &&
				echo .)
		done
		printf "%s" "${reply%.}"' "${patience:-15}" "$@" >"$TMP/heard"
	[ -s "$TMP/heard" ]
}

unanswered() { local patience=3; not ask "$@"; }

# reply LINE: what amandad answers from now on, in the form it really has
reply() {
	printf 'Amanda 2.6 REP HANDLE 000-00000000 SEQ 1\n%b\nOPTIONS features=ff;\n' \
		"$1" >"$TMP/reply"
}

# asked LINE: amandad is asked afresh, and that is its answer
asked() {
	reply "$1"
	ct_flush
	ask "$srv" 10080
}

# connects HOST PORT: prints what the stream's server says of itself
# shellcheck disable=SC2016	# for the shell in the namespace
connects() {
	in_client timeout "${patience:-10}" bash -c 'exec 3<>"/dev/tcp/$0/$1" &&
		cat <&3' "$1" "$2" | grep .
}
refused() { local patience=2; not connects "$@"; }

expectations() { in_fw cat /proc/net/nf_conntrack_expect; }
expects() { expectations | grep -E -- "$1"; }
expects_so_many() { expectations; [ "$(expectations | wc -l)" -eq "$1" ]; }

### the rules

# The stock kernel attaches a helper only where a rule says so.
assign() {
	in_fw "$IPT" -t raw -A PREROUTING -p udp --dport "${1:-10080}" \
		-j CT --helper amanda
}

RELATED_RULE=2
router_rules() {
	flush_rules fw
	in_fw "$IPT" -P FORWARD DROP
	in_fw "$IPT" -A FORWARD -m state --state ESTABLISHED -j ACCEPT
	in_fw "$IPT" -A FORWARD -p tcp -m state --state RELATED \
		-m helper --helper amanda -j ACCEPT
	in_fw "$IPT" -A FORWARD -p udp -m state --state NEW -j ACCEPT
	[ "$IPT" = iptables-legacy ] ||
		in_fw "$IPT" -A FORWARD -p icmpv6 -j ACCEPT
}

### what an answer opens

opens_what_it_announces() {
	local three="CONNECT DATA 1025 MESG 1026 INDEX 1027" port

	router_rules
	if ours && [ "$IPT" = iptables-legacy ]; then
		load_amanda	# by its port, until a rule assigns a helper
	else
		assign
	fi
	check "$IPT: the helper is there" loaded nf_conntrack_amanda
	check "$IPT: nothing is open before" refused "$srv" 1025
	check "$IPT: a question and an answer" asked "$three"
	expectations >"$TMP/expected"
	for port in 1025 1026 1027; do
		check "$IPT: expected for 180 s: $port" grep -E \
			"^1[5-8][0-9] l3proto = $family proto=6 src=$client_re dst=$srv_re sport=0 dport=$port amanda\$" \
			"$TMP/expected"
	done
	check "$IPT: and nothing else" [ "$(wc -l <"$TMP/expected")" -eq 3 ]
	check "$IPT: what was not announced is closed" refused "$srv" 1029
	check "$IPT: no RELATED so far" unhit fw FORWARD $RELATED_RULE
	for port in 1025 1026 1027; do
		check "$IPT: port $port is RELATED, and open" \
			connects "$srv" "$port"
	done
	check "$IPT: three were RELATED" counted 3 fw FORWARD $RELATED_RULE
	check "$IPT: each connection used its expectation up" expects_so_many 0
	check "$IPT: a second connection there is not RELATED" \
		refused "$srv" 1025
}

# Beyond the end of the first fragment, "CONN" in the one and "ECT" in the other.
spread_over_fragments() {
	local room=$1 line=$2

	{
		head -c $((room - 5)) /dev/zero | tr '\0' x
		printf '\n%s\n' "$line"
	} >"$TMP/reply"
	ct_flush
	ask "$srv" 10080
}

announcements() {
	local three="DATA 1025 MESG 1026 INDEX 1027"

	check "$IPT: with STATE: four" asked "CONNECT $three STATE 1028"
	check "$IPT: ... are expected" expects_so_many 4
	check "$IPT: STATE's is among them" expects 'dport=1028 amanda$'
	check "$IPT: CMD is no connection" asked "CONNECT $three STATE 1028 CMD 1029"
	check "$IPT: ... four are expected" expects_so_many 4
	check "$IPT: ... and not CMD's" not expects 'dport=1029 '
	check "$IPT: a backup without an index" asked "CONNECT DATA 1025 MESG 1026 INDEX -1"
	check "$IPT: ... two are expected" expects_so_many 2
	check "$IPT: another session is told the same ports" \
		unanswered "$srv" 10080
	check "$IPT: ... which are taken: it hears nothing, two are expected" \
		expects_so_many 2
	ct_flush
	check "$IPT: the same session is told them twice" \
		ask "$srv" 10080 "$REQUEST" "$REQUEST"
	check "$IPT: ... two are expected" expects_so_many 2

	check "$IPT: an answer of two fragments" \
		spread_over_fragments "$room" "CONNECT $three"
	check "$IPT: ... in which the word is cut in two" expects_so_many 3

	reply "OPTIONS none"
	ct_flush
	check "$IPT: the question says CONNECT" \
		ask "$srv" 10080 "CONNECT $three\n"
	check "$IPT: ... which opens nothing" expects_so_many 0
}

# What stock takes for a number, or for the beginning of the line.
refused_announcements() {
	local line

	for line in "CONNECT DATA 70000" "CONNECT DATA 0 MESG 1026" \
		"CONNECT DATA 1025 MESG 1026x" "CONNECT DATA 001025" \
		"CONNECT DATA 1025 DATA 1026" "CONNECT DATA 1025 MESG" \
		"ERROR [cannot CONNECT DATA 1025 MESG 1026]"; do
		check "$IPT: the answer \"$line\"" asked "$line"
		check "$IPT: ... opens nothing" expects_so_many 0
	done
	for line in "OPTIONS x" "CONNECT" "connect data 1025" "CONNECT DATA x"; do
		check "$IPT: the answer \"$line\"" asked "$line"
		check "$IPT: ... opens nothing" expects_so_many 0
	done
}

master_lifetime() {
	local master='udp .* dport=10080 '

	ct_flush
	craft client udp "$client" 40000 "$ghost" 10080
	check "a question lives as any" lives 1 30 "$master"
	check "an answer" asked "CONNECT DATA 1025"
	check "... lets it live for master_timeout" lives 200 300 "$master"
	echo 777 >$PARAMETERS/master_timeout
	check "master_timeout while running" asked "CONNECT DATA 1025"
	check "... counts from then on" lives 600 777 "$master"
	echo 300 >$PARAMETERS/master_timeout
}

### NAT

# stream NAME: the number that the answer gives it
stream() { sed -n "s/^CONNECT .*\\b$1 \\([0-9]*\\).*/\\1/p" "$TMP/heard"; }

# reaches HOST NAME ADDRESS PORT: connecting to what was heard leads there
reaches() {
	local number

	number=$(stream "$2")
	echo "heard $2 $number"
	connects "$1" "$number" >"$TMP/reached"
	cat "$TMP/reached"
	grep -qx -- "$3 $4" "$TMP/reached"
}

# The backup server is hidden behind fw: the streams must follow the master.
masquerade() {
	router_rules
	assign
	in_fw "$IPT" -t nat -A POSTROUTING -o wan -j MASQUERADE
	within srv ip route del "$lan"
	modprobe nf_nat_amanda
	check "$IPT MASQUERADE: an answer" asked "CONNECT DATA 1025 MESG 1026"
	check "$IPT MASQUERADE: it says what was sent" [ "$(stream DATA)" = 1025 ]
	check "$IPT MASQUERADE: data" reaches "$srv" DATA "$srv" 1025
	check "$IPT MASQUERADE: mesg" reaches "$srv" MESG "$srv" 1026
	within srv ip route add "$lan" via "$gate"
}

# Two machines behind fw announce the same ports.  Both are one address to the
# backup server, so those of the second become others, and 9 a longer one.
redirect() {
	local line="CONNECT DATA 9 MESG 1026 INDEX 1027"

	router_rules
	assign 10080
	assign 10081
	in_fw "$IPT" -t nat -A PREROUTING -d "$door" -p udp --dport 10080 \
		-j DNAT --to-destination "$srv"
	in_fw "$IPT" -t nat -A PREROUTING -d "$door" -p udp --dport 10081 \
		-j DNAT --to-destination "$(at "$second"):10080"
	modprobe nf_nat_amanda
	reply "$line"
	ct_flush
	check "$IPT DNAT: the first machine answers" ask "$door" 10080
	check "$IPT DNAT: it says what was sent" grep -qx "$line" "$TMP/heard"
	cp "$TMP/heard" "$TMP/first"
	check "$IPT DNAT: the second machine answers" ask "$door" 10081
	check "$IPT DNAT: it does not say the same" \
		not grep -qx "$line" "$TMP/heard"
	check "$IPT DNAT: 9 has become longer" [ "$(stream DATA)" -gt 9 ]
	check "$IPT DNAT: the rest of the answer is whole" \
		grep -qx 'OPTIONS features=ff;' "$TMP/heard"
	check "$IPT DNAT: six are expected" expects_so_many 6

	check "$IPT DNAT: the second's data" reaches "$door" DATA "$second" 9
	check "$IPT DNAT: the second's mesg" reaches "$door" MESG "$second" 1026
	check "$IPT DNAT: the second's index" reaches "$door" INDEX "$second" 1027
	cp "$TMP/first" "$TMP/heard"
	check "$IPT DNAT: the first's data" reaches "$door" DATA "$srv" 9
	check "$IPT DNAT: the first's mesg" reaches "$door" MESG "$srv" 1026
	check "$IPT DNAT: the first's index" reaches "$door" INDEX "$srv" 1027
	check "$IPT DNAT: six were RELATED" counted 6 fw FORWARD $RELATED_RULE
}

### the module

modinfo_says() { grep -E -- "$1" "$TMP/modinfo"; }
about() {
	modinfo nf_conntrack_amanda >"$TMP/modinfo"
	check "modinfo: description" modinfo_says '^description: +Amanda '
	check "modinfo: license" modinfo_says '^license: +GPL'
	check "modinfo: master_timeout" modinfo_says '^parm: +master_timeout:.*uint'
	check "modinfo: ts_algo" modinfo_says '^parm: +ts_algo:.*charp'
	check "modinfo: ip_conntrack_amanda" modinfo_says '^alias: +ip_conntrack_amanda$'
	check "modinfo: nfct-helper-amanda" modinfo_says '^alias: +nfct-helper-amanda$'
	modprobe ip_conntrack_amanda
	check "modprobe ip_conntrack_amanda loads it" loaded nf_conntrack_amanda
	modprobe -r nf_conntrack_amanda
	modprobe nfct-helper-amanda
	check "modprobe nfct-helper-amanda loads it" loaded nf_conntrack_amanda
	modprobe -r nf_conntrack_amanda
}

algorithms() {
	check "ts_algo is kmp" grep -qx kmp $PARAMETERS/ts_algo
	check "... and loaded" loaded ts_kmp
	unload_amanda
	check "an algorithm that does not exist is refused" \
		not load_amanda ts_algo=none
	check "... and nothing stays" not loaded nf_conntrack_amanda
	load_amanda ts_algo=bm
	router_rules
	assign
	check "ts_algo=bm loads ts_bm" loaded ts_bm
	check "ts_algo=bm: an answer" asked "CONNECT DATA 1025 MESG 1026"
	check "ts_algo=bm: two are expected" expects_so_many 2
	unload_amanda
	check "ts_bm is let go" rmmod ts_bm
}

# unload_under_use: rules, expectations, entries and packets, one after another
unload_under_use() {
	router_rules
	assign
	check "a rule that names the helper" loaded nf_conntrack_amanda
	check "... keeps it loaded" not rmmod nf_conntrack_amanda
	modprobe nf_nat_amanda
	in_fw "$IPT" -t raw -F
	check "nf_nat_amanda keeps it loaded" not rmmod nf_conntrack_amanda
	rmmod nf_nat_amanda

	assign
	check "before it goes: an answer" asked "CONNECT DATA 1025 MESG 1026"
	check "... two are expected" expects_so_many 2
	in_fw "$IPT" -t raw -F
	check "it goes, whatever it has made" \
		rmmod nf_conntrack_amanda
	check "... the expectations are gone" expects_so_many 0
	check "... the master is not" ct_line 'udp .* dport=10080 '

	# Questions and answers while it comes and goes.
	# shellcheck disable=SC2016	# for the shell in the namespace
	background client bash -c 'until [ -e "$1" ]; do
			exec 3<>"/dev/udp/$0/10080"
			echo question >&3
			exec 3>&-
		done' "$srv" "$TMP/stop"
	for _ in 1 2 3 4 5; do
		load_amanda
		assign
		wait_for expects 'dport=1025 '
		in_fw "$IPT" -t raw -F
		rmmod nf_conntrack_amanda
	done
	check "five times under traffic: no expectation is left" \
		expects_so_many 0
	: >"$TMP/stop"
}

unload_netfilter	# whatever assigned a helper before us
stage
within srv ip addr add 10.0.2.3/24 dev eth0
within srv ip addr add fd00:2::3/64 dev eth0 nodad
about
reply "OPTIONS none"
start_amandad 9 1025 1026 1027 1029

IPT=iptables-legacy family=2 client=10.0.1.2 srv=10.0.2.2 second=10.0.2.3
ghost=10.0.2.9 door=10.0.1.1 lan=10.0.1.0/24 gate=10.0.2.1 room=1472
client_re=$client srv_re=$srv
opens_what_it_announces
router_rules
assign
announcements
! ours || refused_announcements
master_lifetime
masquerade
redirect
algorithms
unload_under_use

IPT=ip6tables-legacy family=10 client=fd00:1::2 srv=fd00:2::2 second=fd00:2::3
ghost=fd00:2::9 door=fd00:1::1 lan=fd00:1::/64 gate=fd00:2::1 room=1440
client_re='fd00:0001:[0:]*:0002' srv_re='fd00:0002:[0:]*:0002'
opens_what_it_announces
router_rules
assign
announcements
! ours || refused_announcements
masquerade
redirect
