#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every option of the two matches: the states with either module alone, the
# status bits, and what else -m conntrack can ask of a flow.

. "$(dirname "$0")/lib.sh"

loaded() { grep -q "^$1 " /proc/modules; }

### one module at a time

# only MODULE: without the other of the two, which nothing can load meanwhile
only() {
	local module

	flush_rules fw
	for module in xt_state xt_conntrack; do
		! loaded $module || wait_for modprobe -r $module
	done
	modprobe -a "$1" iptable_raw ip6table_raw iptable_mangle \
		ip6table_mangle xt_CT xt_tcpudp
	sysctl -qw kernel.modprobe=/bin/true
}
both() { sysctl -qw kernel.modprobe="$MODPROBE"; }
MODPROBE=$(sysctl -n kernel.modprobe)
AT_END+=(both)

# One flow that has seen everything: question, answer, error, stray, untracked.
# Two rules a state: for what client's ghost sends, for what the server's does.
all_states() {
	local how=$1 match=$2 state untracked=1

	# iptables sends xt_state another bit for UNTRACKED than stock looks at
	ours || [ "$how" != "xt_state alone" ] || untracked=0
	add_rules fw raw <<<"-A PREROUTING -p udp --dport 9999 -j NOTRACK"
	for state in NEW ESTABLISHED RELATED INVALID UNTRACKED; do
		echo "-A PREROUTING -i lan -s $c $match $state"
		echo "-A PREROUTING -i wan -s $s $match $state"
	done | add_rules fw mangle 2>"$TMP/warnings"
	craft client udp "$c" 4000 "$s" 4001
	check_soon "$IPT, $how: NEW" \
		counts "1 0 0 0 0 0 0 0 0 0" fw -t mangle PREROUTING
	craft srv udp "$s" 4001 "$c" 4000
	check_soon "$IPT, $how: ESTABLISHED" \
		counts "1 0 0 1 0 0 0 0 0 0" fw -t mangle PREROUTING
	# shellcheck disable=SC2086	# type and code
	craft srv icmp "$s" "$c" $unreachable about udp "$c" 4000 "$s" 4001
	check_soon "$IPT, $how: RELATED" \
		counts "1 0 0 1 0 1 0 0 0 0" fw -t mangle PREROUTING
	craft client icmp "$c" "$s" $reply 0 id=5
	check_soon "$IPT, $how: INVALID" \
		counts "1 0 0 1 0 1 1 0 0 0" fw -t mangle PREROUTING
	craft client udp "$c" 4000 "$s" 9999
	check_soon "$IPT, $how: UNTRACKED" \
		counts "1 0 0 1 0 1 1 0 $untracked 0" fw -t mangle PREROUTING
}

alone() {
	only xt_state
	all_states "xt_state alone" "-m state --state"
	check "$IPT: xt_conntrack was not there" not loaded xt_conntrack
	both
	ct_flush
	only xt_conntrack
	all_states "xt_conntrack alone" "-m conntrack --ctstate"
	check "$IPT: xt_state was not there" not loaded xt_state
	flush_rules fw
	ct_flush
	all_states "-m state by xt_conntrack" "-m state --state"
	check "$IPT: still not" not loaded xt_state
	both
}

### --ctstatus

# NONE, the three bits, the three inverted.  An entry is confirmed when its
# first packet leaves, so that one, in FORWARD, has none of them yet.
status_bits() {
	local bit none=0

	! ours || none=1	# stock: NONE matches nothing
	flush_rules fw
	for bit in NONE CONFIRMED SEEN_REPLY ASSURED; do
		echo "-A FORWARD -p udp -m conntrack --ctstatus $bit"
	done | add_rules fw mangle
	for bit in CONFIRMED SEEN_REPLY ASSURED; do
		echo "-A FORWARD -p udp -m conntrack ! --ctstatus $bit"
	done | add_rules fw mangle
	craft client udp "$c" 5000 "$s" 5001
	check_soon "$IPT --ctstatus: of a first packet, NONE" \
		counts "$none 0 0 0 1 1 1" fw -t mangle FORWARD
	craft srv udp "$s" 5001 "$c" 5000
	check_soon "$IPT --ctstatus: of its answer, CONFIRMED and SEEN_REPLY" \
		counts "$none 1 1 0 1 1 2" fw -t mangle FORWARD
	sleep 2.2
	craft srv udp "$s" 5001 "$c" 5000
	craft client udp "$c" 5000 "$s" 5001
	check_soon "$IPT --ctstatus: of a stream, ASSURED" \
		hit fw -t mangle FORWARD 4
}

# EXPECTED: a flow that another one announced, such as FTP's second.
expected() {
	flush_rules fw
	ct_flush
	in_fw $IPT -t raw -A PREROUTING -p tcp --dport 21 -j CT --helper ftp
	in_fw $IPT -t mangle -A FORWARD -m conntrack --ctstate RELATED
	in_fw $IPT -t mangle -A FORWARD -m conntrack --ctstatus EXPECTED
	in_fw $IPT -t mangle -A FORWARD -p tcp --dport 21 -m conntrack --ctstatus EXPECTED
	in_fw $IPT -t mangle -A FORWARD -p tcp --dport 21 -m conntrack ! --ctstatus EXPECTED
	check "$IPT EXPECTED: a file by FTP" in_client curl -gsS \
		--max-time 20 "ftp://$(at "$server")/hello.txt"
	check "$IPT EXPECTED: one packet was RELATED" \
		counted 1 fw -t mangle FORWARD 1
	check "$IPT EXPECTED: all of that flow" \
		[ "$(hits fw -t mangle FORWARD 2)" -ge 5 ]
	check "$IPT EXPECTED: none of the session" \
		unhit fw -t mangle FORWARD 3
	check "$IPT EXPECTED inverted: the session" hit fw -t mangle FORWARD 4
}

### everything else

# Each line holds for the answer of the flow below, and so its inverse does not.
QUESTIONS='
--ctproto 17
--ctorigsrc CLIENT
--ctorigsrc CLIENTS
--ctorigdst SERVER
--ctreplsrc SERVER
--ctrepldst CLIENT
--ctorigsrcport 7000
--ctorigsrcport 6999:7001
--ctorigdstport 7001
--ctorigdstport 7001:7001
--ctreplsrcport 7001
--ctreplsrcport 7000:65535
--ctrepldstport 7000
--ctrepldstport 0:7000
--ctexpire 15:30
--ctstate ESTABLISHED
--ctstate NEW,ESTABLISHED
--ctstatus SEEN_REPLY,ASSURED
'
# And these do not.
NOT_THESE='
--ctproto 6
--ctorigsrc SERVER
--ctorigdst CLIENT
--ctreplsrc CLIENT
--ctrepldst SERVER
--ctorigsrcport 7001
--ctorigsrcport 7001:9000
--ctorigdstport 7000
--ctreplsrcport 7000
--ctrepldstport 0:6999
--ctexpire 31:100
--ctexpire 1
--ctstate NEW,RELATED,INVALID,UNTRACKED,SNAT,DNAT
--ctstatus ASSURED,EXPECTED
'

# rules_for OPTIONS: for each line a rule, and a rule with it inverted
rules_for() {
	local option value

	while read -r option value; do
		echo "-A FORWARD -i wan -p udp -m conntrack $option $value"
		echo "-A FORWARD -i wan -p udp -m conntrack ! $option $value"
	done <<<"$1"
	echo "-A FORWARD -p udp -m conntrack --ctdir ORIGINAL"
	echo "-A FORWARD -p udp -m conntrack --ctdir REPLY"
}

questions() {
	local list line want=1 counter n=0 counters=()

	flush_rules fw
	ct_flush
	list=$(echo "$QUESTIONS$NOT_THESE" | grep . |
		sed "s|CLIENTS|$clients|; s|CLIENT|$c|; s|SERVER|$s|")
	rules_for "$list" | add_rules fw mangle
	craft client udp "$c" 7000 "$s" 7001
	craft srv udp "$s" 7001 "$c" 7000
	wait_for hit fw -t mangle FORWARD 1
	while read -r counter _; do
		counters+=("$counter")
	done < <(in_fw "$IPT" -t mangle -nvxL FORWARD | sed 1,2d)

	while read -r line; do
		[ "$line" != "--ctproto 6" ] || want=0
		check "$IPT $line: $want, inverted $((1 - want))" \
			[ "${counters[n]} ${counters[n + 1]}" = "$want $((1 - want))" ]
		n=$((n + 2))
	done <<<"$list"
	check "$IPT --ctdir: one packet in each" \
		[ "${counters[*]:n}" = "1 1" ]
}

nat_states() {
	flush_rules fw
	ct_flush
	in_fw $IPT -t nat -A PREROUTING -i lan -p udp --dport 8000 -j DNAT --to-destination "$(at "$s"):8001"
	in_fw $IPT -t nat -A POSTROUTING -o wan -p udp --dport 8002 -j SNAT --to-source "$gate"
	for state in DNAT SNAT; do
		in_fw $IPT -t mangle -A POSTROUTING -p udp -m conntrack --ctstate $state
	done
	craft client udp "$c" 8100 "$s" 8000
	craft client udp "$c" 8102 "$s" 8002
	craft client udp "$c" 8104 "$s" 8004
	wait_for ct_line 'sport=8104'
	craft srv udp "$s" 8001 "$c" 8100
	craft srv udp "$s" 8002 "$gate" 8102
	check_soon "$IPT DNAT: one packet and its answer" \
		counted 2 fw -t mangle POSTROUTING 1
	check_soon "$IPT SNAT: only the answer, NAT comes after mangle" \
		counted 1 fw -t mangle POSTROUTING 2
}

try_all() {
	alone
	status_bits
	expected
	questions
	nat_states
}

stage
start_vsftpd srv
IPT=iptables-legacy c=10.0.1.9 s=10.0.2.9 gate=10.0.2.1 clients=10.0.1.0/24
server=10.0.2.2 unreachable="3 3" reply=0
try_all
IPT=ip6tables-legacy c=fd00:1::9 s=fd00:2::9 gate=fd00:2::1 clients=fd00:1::/64
server=fd00:2::2 unreachable="1 4" reply=129
try_all
