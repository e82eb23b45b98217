#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Helpers in user space: a program is queued the packets of its flows and hands
# back expectations.  First a small one of our own that does all there is to do,
# and is taken away at every bad moment; then conntrackd with its FTP helper.

. "$(dirname "$0")/lib.sh"

UDP=17

# helper TYPE FLAGS ATTRIBUTE...: a request about helpers; 0 new, 2 delete
helper() { in_fw python3 -ISB "$HERE/nfnl.py" helper "$1" 0 "${@:2}"; }

# Attributes: 1 name, 2 for whom (1 family, 2 protocol), 3 queue, 4 policies
# (1 how many; 2.. of each 1 name, 2 most, 3 seconds), 5 private data, 6 on/off
for_udp() { echo "1=s:$1 2={ 1=be16:$2 2=u8:$UDP }"; }
two_for_100() { echo '4={ 1=be32:1 2={ 1=s:stream 2=be32:2 3=be32:100 } }'; }

# shellcheck disable=SC2046	# words
new_helper() {
	helper 0 create $(for_udp talk "$family") 3=be32:7 \
		$(two_for_100) 5=be32:0 6=be32:1
}
# shellcheck disable=SC2046	# words
delete_helper() { helper 2 none $(for_udp talk "$family"); }
nfct() { in_fw nfct "$@" 2>&1; }
listed() { nfct list helper | grep -E -- "$1"; }

assign() { in_fw "$IPT" -t raw -A PREROUTING -p udp --dport 9000 -j CT --helper talk; }

start_program() {
	background fw python3 -ISB "$HERE/cthelper.py" 7 "$TMP/log"
	wait_for configured
}
configured() { [ "$(grep -c '^says ok$' "$TMP/log")" -eq 3 ]; }
# shellcheck disable=SC2016	# for awk
bound() { in_fw awk -v q="$1" '$1 == q { ok = 1 } END { exit !ok }' /proc/net/netfilter/nfnetlink_queue; }
# waits_in QUEUE PACKETS
# shellcheck disable=SC2016	# for awk
waits_in() { in_fw awk -v q="$1" -v n="$2" '$1 == q && $3 == n { ok = 1 } END { exit !ok }' /proc/net/netfilter/nfnetlink_queue; }
logged() { cat "$TMP/log"; grep -qE -- "$1" "$TMP/log"; }

reached() { grep -F -- "$1" "$TMP/sink"; }

# One socket for all that is said, so that it is one flow.
CLIENT_PID=''
start_client() {
	[ -z "$CLIENT_PID" ] || kill "$CLIENT_PID"	# it has the port
	exec {CLIENT}<> <(:)
	(exec nsenter --net=/run/netns/client -- socat -u - \
		"UDP:$(at "$srv"):9000,sourceport=9001") <&"$CLIENT" \
		>>"$TMP/background.log" 2>&1 &
	CLIENT_PID=$!
	disown
}
say_to() { printf '%s' "$*" >&"$CLIENT"; }

# shellcheck disable=SC2016	# for the shell in the namespace
connects() { in_client timeout "${patience:-10}" bash -c ': <>"/dev/tcp/$0/$1"' "$srv" "$1"; }
closed() { local patience=2; not connects "$1"; }

expectations() { in_fw cat /proc/net/nf_conntrack_expect; }
expects() { cat "$TMP/log"; expectations | grep -E -- "$1"; }
expects_so_many() { expectations; [ "$(expectations | wc -l)" -eq "$1" ]; }

rules() {
	flush_rules fw
	in_fw "$IPT" -P FORWARD DROP
	in_fw "$IPT" -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
	in_fw "$IPT" -A FORWARD -p tcp -m conntrack --ctstate RELATED \
		--ctstatus EXPECTED -m helper --helper talk -j ACCEPT
	in_fw "$IPT" -A FORWARD -p udp -m conntrack --ctstate NEW -j ACCEPT
	[ "$IPT" = iptables-legacy ] ||
		in_fw "$IPT" -A FORWARD -p icmpv6 -j ACCEPT
	assign
}

the_whole_way() {
	: >"$TMP/log"
	: >"$TMP/sink"
	check "$IPT: a helper is made" new_helper
	check "$IPT: ... it is listed" listed talk
	rules
	start_client
	if ! bound 7; then
		say_to nobody-listens
		check_soon "$IPT: while no program listens, packets pass" \
			reached nobody-listens
		start_program
	fi
	say_to hello
	check_soon "$IPT: a packet passes through the program" reached hello
	check "$IPT: ... which knows whose it is" logged '^talk hello$'
	check "$IPT: no port is open" closed 1025
	say_to EXPECT 1025
	check_soon "$IPT: the program expects" expects \
		"^(100|9[0-9]|[78][0-9]) l3proto = $family proto=6 .* sport=0 dport=1025 talk(/stream)?\$"
	check "$IPT: ... to the kernel's content" not logged '^says E'
	check "$IPT: ... and the datagram goes on" reached 'EXPECT 1025'
	check "$IPT: another port is closed still" closed 1026
	check "$IPT: that one is open" connects 1025
	check "$IPT: ... and RELATED, EXPECTED, of that helper" hit fw FORWARD 2
	check "$IPT: ... once" expects_so_many 0
}

# The policy allows two at a time: the oldest makes room.
at_most_two() {
	local port

	for port in 1031 1032 1033; do
		say_to EXPECT $port
		wait_for expects "dport=$port "
	done
	check "$IPT: two of three are expected" expects_so_many 2
	check "$IPT: ... the oldest is not" not expects 'dport=1031 '
}

refuses() { check "refused: $1" not "${@:2}"; }

# shellcheck disable=SC2046	# words
contradictions() {
	local before

	before=$(nfct list helper)
	refuses "the same name again" helper 0 create,excl $(for_udp talk 2) \
		3=be32:7 $(two_for_100) 5=be32:0
	refuses "no name" helper 0 create '2={' 1=be16:2 2=u8:$UDP '}' \
		3=be32:8 $(two_for_100) 5=be32:0
	refuses "not for whom" helper 0 create 1=s:bad 3=be32:8 $(two_for_100) 5=be32:0
	refuses "no policies" helper 0 create $(for_udp bad 2) 3=be32:8 5=be32:0
	refuses "more policies than given" helper 0 create $(for_udp bad 2) 3=be32:8 \
		'4={' 1=be32:2 '2={' 1=s:x 2=be32:1 3=be32:10 '}' '}' 5=be32:0
	refuses "more policies than there can be" helper 0 create $(for_udp bad 2) \
		3=be32:8 '4={' 1=be32:9 '}' 5=be32:0
	refuses "a policy without a limit" helper 0 create $(for_udp bad 2) 3=be32:8 \
		'4={' 1=be32:1 '2={' 1=s:x 3=be32:10 '}' '}' 5=be32:0
	refuses "too much private data" helper 0 create $(for_udp bad 2) 3=be32:8 \
		$(two_for_100) 5=be32:4096
	refuses "a short queue number" helper 0 create $(for_udp bad 2) 3=be16:8 \
		$(two_for_100) 5=be32:0
	refuses "deleting one that does not exist" helper 2 none $(for_udp none 2)
	check "... and nothing has changed" [ "$(nfct list helper)" = "$before" ]
}

# Away with it: while a rule, an entry, an expectation, a packet needs it.
taken_away() {
	say_to EXPECT 1041
	wait_for expects 'dport=1041 '
	check "$IPT: a rule keeps the helper" not delete_helper
	check "$IPT: ... and its module" not rmmod nfnetlink_cthelper
	in_fw "$IPT" -t raw -F
	check "$IPT: without a rule it goes, whatever entries there are" \
		delete_helper
	check "$IPT: ... its expectations with it" expects_so_many 0
	check "$IPT: ... the entry stays" ct_line 'udp .* dport=9000 '
	say_to after
	check_soon "$IPT: ... and its packets pass" reached after
	check "$IPT: ... without the program" not logged 'after'

	new_helper
	ct_flush
	assign
	say_to WAIT "$TMP/go"
	check_soon "$IPT: a packet waits in the program" logged "WAIT $TMP/go"
	in_fw "$IPT" -t raw -F
	check "$IPT: the helper goes meanwhile" delete_helper
	check "$IPT: the packet did not pass yet" not reached "WAIT $TMP/go"
	: >"$TMP/go"
	check_soon "$IPT: the program's answer comes too late for nothing" \
		logged '^says '
	ct_flush
	say_to at last
	check_soon "$IPT: and all goes on" reached 'at last'
	rm "$TMP/go"
}

# Off, packets are not queued; on again, they are.
switched() {
	new_helper
	assign
	ct_flush
	say_to first
	check_soon "$IPT: on: the program sees it" logged '^talk first$'
	# shellcheck disable=SC2046	# words
	check "$IPT: switched off" helper 0 create $(for_udp talk "$family") \
		3=be32:7 $(two_for_100) 5=be32:0 6=be32:0
	say_to second
	check_soon "$IPT: off: it passes" reached second
	check "$IPT: ... without the program" not logged 'second'
	in_fw "$IPT" -t raw -F
	delete_helper
}

# Rules, packets and the helper come and go, all at once.
stress() {
	# shellcheck disable=SC2016	# for the shell in the namespace
	background client bash -c 'until [ -e "$1" ]; do
			exec 3<>"/dev/udp/$0/9000"
			printf "EXPECT 1051" >&3
			exec 3>&-
			sleep 0.1
		done' "$srv" "$TMP/stop"
	for _ in 1 2 3 4 5 6; do
		wait_for waits_in 7 0	# what no helper can answer any more
		new_helper
		assign
		wait_for expects 'dport=1051 '
		in_fw "$IPT" -t raw -F
		delete_helper
	done
	check "$IPT: six times under traffic: no expectation is left" \
		expects_so_many 0
	: >"$TMP/stop"
	wait_for waits_in 7 0
}

### conntrackd, with the helper that it has for FTP

conntrackd_conf() {
	cat <<-END
		Helper {
			Type ftp inet tcp {
				QueueNum 3
				QueueLen 1024
				Policy ftp {
					ExpectMax 1
					ExpectTimeout 300
				}
			}
		}
		General {
			HashSize 8192
			HashLimit 65535
			Syslog off
			LogFile $TMP/conntrackd.log
			LockFile $TMP/conntrackd.lock
			UNIX {
				Path $TMP/conntrackd.ctl
			}
			Filter From Userspace {
				Protocol Accept {
					TCP
				}
			}
		}
		Stats {
			LogFile off
		}
	END
}

file() { in_client curl -gsS --max-time 20 "$@" ftp://10.0.2.2/hello.txt | grep vsftpd; }
by_conntrackd() {
	local IPT=iptables-legacy

	unload_ftp_helper
	check "nfct add helper ftp" nfct add helper ftp inet tcp
	conntrackd_conf >"$TMP/conntrackd.conf"
	background fw conntrackd -C "$TMP/conntrackd.conf"
	wait_for bound 3
	flush_rules fw
	ct_flush
	in_fw $IPT -P FORWARD DROP
	in_fw $IPT -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
	in_fw $IPT -A FORWARD -m conntrack --ctstate RELATED -j ACCEPT
	in_fw $IPT -A FORWARD -p tcp --dport 21 -m conntrack --ctstate NEW -j ACCEPT
	check "no helper: no file" not file --max-time 4
	ct_flush
	in_fw $IPT -t raw -A PREROUTING -p tcp --dport 21 -j CT --helper ftp
	check "conntrackd: a file, passive" file --disable-epsv
	check "conntrackd: a file, active" file --ftp-port -
	check "conntrackd: two flows were RELATED" counted 2 fw FORWARD 2
	flush_rules fw
	ct_flush
	check "nfct delete helper ftp" nfct delete helper ftp inet tcp
}

stage
modprobe nfnetlink_cthelper
set_ct fw udp_timeout=300	# flows that a slow machine does not lose
background srv socat -u UDP6-RECV:9000,ipv6only=0 "OPEN:$TMP/sink,creat,append"
wait_for listening srv udp 9000
start_nc srv 1025

IPT=iptables-legacy family=2 srv=10.0.2.2
the_whole_way
at_most_two
contradictions
taken_away
switched
stress

IPT=ip6tables-legacy family=10 srv=fd00:2::2
the_whole_way
taken_away
flush_rules fw

start_vsftpd srv
by_conntrackd
check "the module goes" wait_for rmmod nfnetlink_cthelper
