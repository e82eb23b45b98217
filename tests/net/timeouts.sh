#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Timeout policies: named sets of timeouts, made with nfct or nft, that a rule
# gives to a flow.  Its entry lives by them in every state; who changes or
# deletes them does no harm to a flow, nor to a packet that waits in a queue.

. "$(dirname "$0")/lib.sh"

c=10.0.1.9 s=10.0.2.9 c6=fd00:1::9 s6=fd00:2::9
IPT=iptables-legacy

nfct() { in_fw nfct "$@" 2>&1; }
policy() { nfct add timeout "$@"; }
no_policies() {
	flush_rules fw
	ct_flush
	nfct flush timeout >"$TMP/said" 2>&1
	! nfct list timeout | grep -w l3proto
}

# use POLICY MATCH...: by what goes out to the network of srv
use() { in_fw "$IPT" -t raw -A PREROUTING "${@:2}" -j CT --timeout "$1"; }

# soon_lives SECONDS REGEX: it takes the packet a moment to get there
margin=35	# seconds that a slow machine may take
soon_lives() {
	check_soon "$1" lives $(($2 - margin)) "$2" "$3"
}

### each protocol, each state

udp_policy() {
	policy u inet udp unreplied 110 replied 150
	use u -p udp --dport 4001
	craft client udp $c 4000 $s 4001
	craft client udp $c 4000 $s 4002
	soon_lives "udp: unreplied" 110 'udp .*dport=4001 '
	soon_lives "udp: the port beside has the sysctl's" 30 'udp .*dport=4002 '
	craft srv udp $s 4001 $c 4000
	sleep 2.2
	craft srv udp $s 4001 $c 4000
	soon_lives "udp: replied" 150 'udp .*dport=4001 .*ASSURED'
}

udplite_policy() {
	policy ul inet udplite unreplied 120 replied 160
	use ul -p udplite
	set_ct fw checksum=0	# stock takes UDP-Lite's for UDP's, and for wrong
	craft client udplite $c 4000 $s 4001
	soon_lives "udplite: unreplied" 120 'udplite .*dport=4001 '
	craft srv udplite $s 4001 $c 4000
	sleep 2.2
	craft srv udplite $s 4001 $c 4000
	soon_lives "udplite: replied" 160 'udplite .*dport=4001 .*ASSURED'
	set_ct fw checksum=1
}

# tcp_state NAME SECONDS
tcp_state() { soon_lives "tcp: $1" "$2" "tcp .* $1 .*dport=8080 "; }

# Numbers far from each other, from the defaults, and from what is left of the
# one before.
tcp_policy() {
	policy t inet tcp syn_sent 200 syn_recv 240 established 280 \
		fin_wait 320 close_wait 360 last_ack 400 time_wait 440 \
		close 480 retrans 560 unacknowledged 600
	use t -p tcp --dport 8080
	craft client tcp $c 5000 $s 8080 S seq=100
	tcp_state SYN_SENT 200
	craft srv tcp $s 8080 $c 5000 SA seq=500 ack=101
	tcp_state SYN_RECV 240
	craft client tcp $c 5000 $s 8080 A seq=101 ack=501
	tcp_state ESTABLISHED 280
	craft client tcp $c 5000 $s 8080 FA seq=101 ack=501
	tcp_state FIN_WAIT 320
	craft srv tcp $s 8080 $c 5000 A seq=501 ack=102
	tcp_state CLOSE_WAIT 360
	craft srv tcp $s 8080 $c 5000 FA seq=501 ack=102
	tcp_state LAST_ACK 400
	craft client tcp $c 5000 $s 8080 A seq=102 ack=502
	tcp_state TIME_WAIT 440

	craft client tcp $c 5001 $s 8080 S seq=100
	craft srv tcp $s 8080 $c 5001 SA seq=500 ack=101
	craft client tcp $c 5001 $s 8080 A seq=101 ack=501
	craft srv tcp $s 8080 $c 5001 RA seq=501 ack=101
	soon_lives "tcp: CLOSE" 480 'tcp .* CLOSE .*sport=5001 '
	craft client tcp $c 5003 $s 8081 S seq=100
	soon_lives "tcp: the port beside" 120 'tcp .* SYN_SENT .*dport=8081 '
}

# What is sent again and again, or not answered, gets a shorter life.
tcp_lowered() {
	policy low inet tcp established 900 retrans 300 unacknowledged 200
	use low -p tcp --dport 8082
	craft client tcp $c 5004 $s 8082 S seq=100
	craft srv tcp $s 8082 $c 5004 SA seq=500 ack=101
	craft client tcp $c 5004 $s 8082 A seq=101 ack=501
	soon_lives "tcp: established, nothing to wait for" 900 'tcp .*dport=8082 '
	craft client tcp $c 5004 $s 8082 PA seq=101 ack=501 data=12345
	soon_lives "tcp: unacknowledged data" 200 'tcp .*dport=8082 '
	craft srv tcp $s 8082 $c 5004 A seq=501 ack=106
	soon_lives "tcp: acknowledged" 900 'tcp .*dport=8082 '
}

icmp_policy() {
	policy i inet icmp timeout 170
	use i -p icmp
	craft client icmp $c $s 8 0 id=5
	soon_lives "icmp" 170 'icmp .*type=8 '
	policy i6 inet6 icmpv6 timeout 180
	IPT=ip6tables-legacy use i6 -p icmpv6 --icmpv6-type echo-request
	craft client icmp $c6 $s6 128 0 id=5
	soon_lives "icmpv6" 180 'icmpv6 .*type=128 '
}

sctp_policy() {
	policy sc inet sctp closed 300 cookie_wait 340 cookie_echoed 380 \
		established 420 shutdown_sent 460 shutdown_recd 500 \
		shutdown_ack_sent 540
	use sc -p sctp
	craft client sctp $c 6000 $s 6001 0 INIT:7
	soon_lives "sctp: CLOSED" 300 'sctp .* CLOSED '
	craft srv sctp $s 6001 $c 6000 7 INIT-ACK:9
	soon_lives "sctp: COOKIE_WAIT" 340 'sctp .* COOKIE_WAIT '
	craft client sctp $c 6000 $s 6001 9 COOKIE-ECHO
	soon_lives "sctp: COOKIE_ECHOED" 380 'sctp .* COOKIE_ECHOED '
	craft srv sctp $s 6001 $c 6000 7 COOKIE-ACK
	soon_lives "sctp: ESTABLISHED" 420 'sctp .* ESTABLISHED '
	craft client sctp $c 6000 $s 6001 9 SHUTDOWN
	soon_lives "sctp: SHUTDOWN_SENT" 460 'sctp .* SHUTDOWN_SENT '
	craft srv sctp $s 6001 $c 6000 7 SHUTDOWN-ACK
	soon_lives "sctp: SHUTDOWN_ACK_SENT" 540 'sctp .* SHUTDOWN_ACK_SENT '
	craft client sctp $c 6000 $s 6001 9 SHUTDOWN-COMPLETE
	soon_lives "sctp: CLOSED" 300 'sctp .* CLOSED '
}

dccp_policy() {
	policy d inet dccp request 310 respond 350
	use d -p dccp
	craft client dccp $c 6000 $s 6001 REQUEST seq=1
	soon_lives "dccp: REQUEST" 310 'dccp .* REQUEST '
	craft srv dccp $s 6001 $c 6000 RESPONSE seq=1 ack=1
	soon_lives "dccp: RESPOND" 350 'dccp .* RESPOND '
}

gre_policy() {
	policy g inet gre unreplied 130 replied 190
	use g -p gre
	craft client gre $c $s
	soon_lives "gre: unreplied" 130 'gre '
	craft srv gre $s $c
	craft client gre $c $s
	soon_lives "gre: replied" 190 'gre .*ASSURED'
}

# One policy for all that have no tracker.
generic_policy() {
	policy gen inet generic timeout 140
	use gen -p 253
	craft client ip $c $s 253
	craft client ip $c $s 254
	soon_lives "generic" 140 'unknown +253 '
	margin=60 soon_lives "generic: another number has the sysctl's" 600 'unknown +254 '
	check "generic: not for a protocol that has a tracker" \
		not use gen -p udp
}

### the objects

# has NAME REGEX: what nfct says of it, in one line
has() { nfct get timeout "$1" | tr -s '\n\t ' ' ' | grep -iE -- "$2"; }
replace() { request 0 2 create,replace "$@"; }

objects() {
	policy a inet udp unreplied 61 replied 62
	check "get: what was set" has a '\.unreplied = 61\b.*\.replied = 62\b'
	check "list: its name" grep -w '\.a' <(nfct list timeout)
	check "the same name again is refused" not policy a inet udp unreplied 63
	check "... unless it replaces" replace 1=s:a 2=be16:2 3=u8:17 \
		'4={' 1=be32:63 2=be32:64 '}'
	check "... which gives it other numbers" has a '\.unreplied = 63\b.*\.replied = 64\b'
	check "... but not those of another protocol" \
		not replace 1=s:a 2=be16:2 3=u8:6 '4={' 1=be32:65 '}'
	check "... nor of another family" \
		not replace 1=s:a 2=be16:10 3=u8:17 '4={' 1=be32:66 '}'
	check "... it is as it was" has a '\.unreplied = 63\b.*\.replied = 64\b'
	policy partly inet udp replied 77
	check "what is not set comes from the sysctl" has partly '\.unreplied = 30\b.*\.replied = 77\b'
	check "a name that does not exist" not nfct get timeout none
	check "a rule with such a name is refused" not use none -p udp
	check "a rule for another protocol is refused" not use a -p tcp
	check "a rule for another family is refused" \
		not eval 'IPT=ip6tables-legacy use a -p udp'
	check "delete" nfct delete timeout a
	check "... it is gone" not nfct get timeout a
	check "flush" no_policies
}

# What nfct sets as the default is the sysctl, and what it gets is it.
defaults() {
	set_ct fw udp_timeout=31
	check "default-get: the sysctl" grep -q 31 <(nfct default-get timeout inet udp)
	check "default-set" nfct default-set timeout inet udp unreplied 33
	check "... is the sysctl" in_fw grep -x 33 /proc/sys/net/netfilter/nf_conntrack_udp_timeout
	check "... and only that one" in_fw grep -x 120 /proc/sys/net/netfilter/nf_conntrack_udp_timeout_stream
	set_ct fw udp_timeout=30
}

### requests that make no sense: an errno, and nothing changes

# type 0 is NEW, 2 DELETE, 3 DEFAULT_SET; 1 name, 2 l3proto, 3 l4proto, 4 timeouts
request() { in_fw python3 -ISB "$HERE/nfnl.py" timeout "$@"; }
refuses() { check "refused: $1" not request "${@:2}"; }
contradictions() {
	local data='4={ 1=be32:10 }' before

	before=$(nfct list timeout)
	# shellcheck disable=SC2086	# $data is words
	{
		refuses "no name" 0 2 create 2=be16:2 3=u8:17 $data
		refuses "no family" 0 2 create 1=s:bad 3=u8:17 $data
		refuses "no protocol" 0 2 create 1=s:bad 2=be16:2 $data
		refuses "no timeouts" 0 2 create 1=s:bad 2=be16:2 3=u8:17
		refuses "a short family" 0 2 create 1=s:bad 2=u8:2 3=u8:17 $data
		refuses "a name too long" 0 2 create "1=s:$(printf 'x%.0s' {1..40})" \
			2=be16:2 3=u8:17 $data
		refuses "a short timeout" 0 2 create 1=s:bad 2=be16:2 3=u8:17 '4={' 1=be16:10 '}'
		refuses "the default of no protocol" 3 2 none $data
		refuses "a short default" 3 2 none 2=be16:2 3=u8:17 '4={' 1=be16:10 '}'
		refuses "deleting nobody" 2 2 none 1=s:nobody
	}
	check "... and nothing has changed" [ "$(nfct list timeout)" = "$before" ]
	check "... nor the sysctl" in_fw grep -x 30 /proc/sys/net/netfilter/nf_conntrack_udp_timeout
	check "a whole request is not refused" request 0 2 create \
		1=s:good 2=be16:2 3=u8:17 '4={' 1=be32:10 '}'
	check "... makes a policy" has good 10
	check "... and not twice with excl" not request 0 2 create,excl \
		1=s:good 2=be16:2 3=u8:17 '4={' 1=be32:10 '}'
	no_policies
}

### who uses a policy

in_use() {
	policy u inet udp unreplied 110 replied 150
	use u -p udp --dport 4001
	craft client udp $c 4000 $s 4001
	soon_lives "an entry uses it" 110 'dport=4001 '
	check "a change" replace 1=s:u 2=be16:2 3=u8:17 '4={' 1=be32:210 '}'
	craft client udp $c 4000 $s 4001
	soon_lives "... reaches the entry with its next packet" 210 'dport=4001 '
	in_fw "$IPT" -t raw -F
	check "in use by an entry only: is deleted" nfct delete timeout u
	craft client udp $c 4000 $s 4001
	soon_lives "... and the entry lives by the sysctl" 30 'dport=4001 '
}

# held NUMBER: packets that wait in queue 0
# shellcheck disable=SC2016	# for awk
held() { in_fw awk -v n="$1" '$1 == 0 && $3 == n { ok = 1 } END { exit !ok }' /proc/net/netfilter/nfnetlink_queue; }

start_queue() {
	exec {QUEUE_TO}<> <(:)
	(exec nsenter --net=/run/netns/fw -- python3 -ISB "$HERE/queue.py" 0 ip) \
		<&"$QUEUE_TO" >"$TMP/queue" 2>>"$TMP/background.log" &
	disown
	wait_for grep -q ready "$TMP/queue"
}

accept_all() { printf '%s\n' "hold $1" accept-all >&"$QUEUE_TO"; }

gone_or_lives() { ! ct_line "$2" || lives 0 "$1" "$2"; }

# A packet waits with an entry that nobody can find; its policy goes.
deleted_while_queued() {
	policy q inet udp unreplied 110 replied 150
	use q -p udp --dport 4001
	in_fw "$IPT" -A FORWARD -p udp --dport 4001 -j NFQUEUE --queue-num 0
	start_queue
	craft client udp $c 4000 $s 4001
	craft client udp $c 4003 $s 4001
	check_soon "two packets wait" held 2
	in_fw "$IPT" -t raw -F
	check "their policy is deleted meanwhile" nfct delete timeout q
	accept_all 2
	check_soon "no packet waits" held 0
	craft client udp $c 4005 $s 4002
	wait_for ct_line dport=4002
	check "what waited has no entry, or one that will go" \
		gone_or_lives 110 'dport=4001 '
	flush_rules fw
	ct_flush
	check_soon "no entry is left behind" ct_counts 0
}

# 6.12's module keeps a reference to itself for each policy that was ever made,
# with the stock tracker, too: it can never go.
module_gone_while_queued() {
	case $(uname -r) in 6.12*) return ;; esac
	policy q inet udp unreplied 110 replied 150
	use q -p udp --dport 4001
	in_fw "$IPT" -A FORWARD -p udp --dport 4001 -j NFQUEUE --queue-num 0
	craft client udp $c 4000 $s 4001
	check_soon "another waits" held 1
	in_fw "$IPT" -t raw -F
	nfct delete timeout q
	check "... while the whole module goes" wait_for rmmod nfnetlink_cttimeout
	accept_all 1
	check_soon "... it waits no longer" held 0
	flush_rules fw
	ct_flush
	check_soon "... and leaves no entry" ct_counts 0
	check "the module comes back" modprobe nfnetlink_cttimeout
}

by_nft() {
	in_fw nft -f - <<-'END'
		table inet t {
			ct timeout web {
				protocol tcp
				l3proto ip
				policy = { syn_sent: 210, established: 290 }
			}
			chain raw {
				type filter hook prerouting priority -150
				tcp dport 8080 ct timeout set "web"
			}
		}
	END
	craft client tcp $c 5100 $s 8080 S seq=100
	soon_lives "nft: syn_sent" 210 'tcp .* SYN_SENT .*sport=5100 '
	craft srv tcp $s 8080 $c 5100 SA seq=500 ack=101
	craft client tcp $c 5100 $s 8080 A seq=101 ack=501
	soon_lives "nft: established" 290 'tcp .* ESTABLISHED .*sport=5100 '
	check "nft: in use by a rule" not in_fw nft delete ct timeout inet t web
	in_fw nft flush chain inet t raw
	check "nft: no longer in use" in_fw nft delete ct timeout inet t web
	in_fw nft flush ruleset
	ct_flush
}

stage
modprobe nfnetlink_cttimeout
# Tracked whatever the raw table says.
keep() { in_fw "$1" -t mangle -A FORWARD -m conntrack --ctstate INVALID; }
each() {
	local name

	for name; do
		keep iptables-legacy
		keep ip6tables-legacy
		"$name"
		no_policies
	done
}
each udp_policy udplite_policy tcp_policy tcp_lowered icmp_policy sctp_policy \
	dccp_policy gre_policy generic_policy objects defaults contradictions in_use
keep iptables-legacy
deleted_while_queued
module_gone_while_queued
no_policies
keep iptables-legacy
by_nft
