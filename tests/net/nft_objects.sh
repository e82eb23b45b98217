#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# nftables in full: what every "ct" expression says of a flow, statements that
# change it, the objects (helper, timeout, expectation, count), sets and maps
# of zones and labels, and flow tables, by which packets go past the tracking.

. "$(dirname "$0")/lib.sh"

ruleset() { in_fw nft list ruleset; }
no_rules() { in_fw nft flush ruleset; ct_flush; }

# counted_by COMMENT: packets of the rule with that comment
counted_by() {
	in_fw nft list table inet t |
		sed -n "s/.*packets \([0-9]*\) .*comment \"$1\"$/\1/p"
}
times() { local n; n=$(counted_by "$2"); echo "$2: $n"; [ "$n" = "$1" ]; }

# all_times NUMBER: every rule with a comment; names those that differ
all_times() {
	in_fw nft list table inet t | grep comment |
		grep -vE "packets $1 bytes" >"$TMP/others" || return 0
	cat "$TMP/others"
	return 1
}

### expressions

# Each holds for the answer to the flow c:4000 -> s:4001, the second of two.
answers_are() {
	cat <<-END
		ct state established
		ct state != { new, related, invalid, untracked }
		ct direction reply
		ct status seen-reply
		ct status & (confirmed | seen-reply) == (confirmed | seen-reply)
		ct status & (assured | expected | snat | dnat) == 0
		ct mark 0x15
		ct mark and 0xf == 0x5
		ct mark @marks
		ct zone 7
		ct original zone 7
		ct reply zone 7
		ct label 40
		ct label 64
		ct original l3proto $l3
		ct reply l3proto $l3
		ct original protocol udp
		ct reply protocol udp
		ct original $ip saddr $c
		ct original $ip daddr $s
		ct reply $ip saddr $s
		ct reply $ip daddr { $c, $net }
		meta l4proto udp ct original proto-src 4000
		meta l4proto udp ct original proto-dst 4001
		meta l4proto udp ct reply proto-src 4001
		meta l4proto udp ct reply proto-dst 4000
		ct original packets 2
		ct reply packets 1
		ct packets 3
		ct original bytes $((2 * one))
		ct reply bytes $one
		ct bytes $((3 * one))
		ct original avgpkt $one
		ct avgpkt $one
		ct expiration 100s-120s
	END
}
# And these do not.
answers_are_not() {
	cat <<-END
		ct state new
		ct state untracked
		ct direction original
		ct status expected
		ct mark 0x14
		ct mark != @marks
		ct zone 0
		ct label 41
		ct original protocol tcp
		ct original $ip saddr $s
		ct reply $ip saddr $c
		meta l4proto udp ct original proto-src 4001
		meta l4proto udp ct reply proto-src 4000
		ct original packets 1
		ct bytes < $((3 * one))
		ct avgpkt > $one
		ct expiration < 50s
		ct helper "ftp"
	END
}
as_rules() {
	local line

	while read -r line; do
		echo "$line counter comment \"${line//\"/}\""
	done
}

expressions() {
	local id

	no_rules
	set_ct fw acct=1 udp_timeout=120
	in_fw nft -f - <<-END
		table inet t {
			set marks { type mark; elements = { 0x15, 0x16 }; }
			map zones { typeof iifname : ct zone; elements = { "lan" : 7, "wan" : 7 }; }
			chain first {
				type filter hook prerouting priority raw
				ct zone set iifname map @zones
			}
			chain give {
				type filter hook forward priority -10
				iifname "lan" ct mark set 0x5
				iifname "lan" ct mark set ct mark or 0x10
				iifname "lan" ct label set 40
				iifname "lan" ct label set 64
			}
			chain see {
				type filter hook forward priority 0
				iifname "wan" jump answer
			}
			chain answer {
				$(answers_are | as_rules)
			}
		}
	END
	craft client udp "$c" 4000 "$s" 4001
	craft client udp "$c" 4000 "$s" 4001
	wait_for ct_line "packets=2 "
	craft srv udp "$s" 4001 "$c" 4000
	check_soon "$ip: $(answers_are | wc -l) expressions that hold" all_times 1
	in_fw nft flush chain inet t answer
	id=$(in_fw conntrack -L -f "$family" -o id 2>/dev/null |
		sed -E 's/.* id=([0-9]+).*/\1/')
	in_fw nft -f - <<-END
		add rule inet t answer ct id $id counter comment "id"
		add rule inet t answer meta mark set ct mark
		add rule inet t answer meta mark 0x15 counter comment "from the flow"
	END
	craft srv udp "$s" 4001 "$c" 4000
	check_soon "$ip: ct id, as conntrack -o id has it" all_times 1
	in_fw nft flush chain inet t answer
	{
		answers_are_not | as_rules | sed 's/^/add rule inet t answer /'
	} | in_fw nft -f -
	in_fw nft add rule inet t answer counter comment '"came"'
	craft srv udp "$s" 4001 "$c" 4000
	wait_for times 1 came
	in_fw nft delete rule inet t answer handle "$(handle came)"
	check "$ip: $(answers_are_not | wc -l) that do not" all_times 0
	set_ct fw acct=0 udp_timeout=30
}
handle() { in_fw nft -a list chain inet t answer | sed -n "s/.*comment \"$1\" # handle //p"; }

### statements

# shellcheck disable=SC2016	# an awk program
listens() { in_fw awk '$2 == 12 && $4 != "00000000"' /proc/net/netlink | grep .; }
event() { grep -E -- "$1" "$TMP/events"; }

# Which events of a flow are told is the ruleset's to say.
events() {
	no_rules
	in_fw nft -f - <<-END
		table inet t {
			chain first {
				type filter hook prerouting priority -150
				udp dport 5001 ct event set destroy
				udp dport 5002 ct event set new
			}
		}
	END
	background fw bash -c "exec conntrack -E -f $family >$TMP/events"
	wait_for listens
	craft client udp "$c" 5000 "$s" 5001
	craft client udp "$c" 5000 "$s" 5002
	craft client udp "$c" 5000 "$s" 5003
	check_soon "$ip: without ct event set: NEW" event 'NEW.*dport=5003 '
	check "$ip: ct event set new: NEW" event 'NEW.*dport=5002 '
	check "$ip: ct event set destroy: no NEW" not event 'dport=5001 '
	ct_flush
	check_soon "$ip: without ct event set: DESTROY" event 'DESTROY.*dport=5003 '
	check "$ip: ct event set destroy: DESTROY" event 'DESTROY.*dport=5001 '
	check "$ip: ct event set new: no DESTROY" not event 'DESTROY.*dport=5002 '
	xargs kill <<<"$(pidof conntrack)"
	wait_for not pidof conntrack
}

# Zones of one direction each; untracked; a map from port to mark
statements() {
	no_rules
	in_fw nft -f - <<-END
		table inet t {
			chain first {
				type filter hook prerouting priority raw
				udp dport 5001 ct original zone set 8
				udp dport 5002 ct reply zone set 9
				udp dport 5003 notrack
			}
			chain forward {
				type filter hook forward priority 0
				ct mark set udp dport map { 5001 : 0x51, 5002 : 0x52 }
				ct state vmap { new : jump fresh, untracked : jump unseen }
			}
			chain fresh { counter comment "fresh"; }
			chain unseen { counter comment "unseen"; }
		}
	END
	for port in 5001 5002 5003; do
		craft client udp "$c" 5000 "$s" $port
	done
	check_soon "$ip: ct original zone set" \
		ct_line 'dport=5001 zone-orig=8 .* mark=81 '
	check_soon "$ip: ct reply zone set" ct_line 'zone-reply=9 mark=82 '
	check_soon "$ip: ct state vmap: new" times 2 fresh
	check "$ip: ct state vmap: untracked" times 1 unseen
	check "$ip: notrack: no entry" not ct_line 'dport=5003 '
}

### objects

objects() {
	no_rules
	in_fw nft -f - <<-END
		table inet t {
			ct helper ftp-std { type "ftp" protocol tcp; l3proto $ip; }
			ct timeout quick {
				protocol tcp; l3proto $ip
				policy = { established : 100, syn_sent : 7 }
			}
			ct expectation back {
				protocol udp; l3proto $ip
				dport 9876; timeout 60s; size 2
			}
			set many {
				type $addr; flags dynamic; size 100
			}
			chain first {
				type filter hook prerouting priority -150
				tcp dport 6001 ct helper set "ftp-std"
				tcp dport 6001 ct timeout set "quick"
			}
			chain forward {
				type filter hook forward priority 0
				udp dport 6002 ct expectation set "back"
				ct state related counter comment "expected"
				ct state new udp dport 7000 ct count over 2 counter drop comment "count"
				ct state new udp dport 7001 add @many { $ip saddr ct count over 1 } counter drop comment "set"
			}
		}
	END
	check "$ip: nft list: helper" \
		lists_object helper ftp-std 'type "ftp" protocol tcp'
	check "$ip: nft list: timeout" \
		lists_object timeout quick 'syn_sent : 7, established : 100'
	check "$ip: nft list: expectation" \
		lists_object expectation back 'dport 9876'
	craft client tcp "$c" 6000 "$s" 6001 S
	check_soon "$ip: ct timeout, tcp: 7 s for a SYN" lives 1 7 'dport=6001 '
	check "$ip: ct helper: the flow has it" has_helper
	craft srv tcp "$s" 6001 "$c" 6000 SA seq=1 ack=1
	craft client tcp "$c" 6000 "$s" 6001 A seq=1 ack=2
	check_soon "$ip: ct timeout, tcp: 100 s once established" \
		lives 80 100 'ESTABLISHED .*dport=6001 '

	craft client udp "$c" 6000 "$s" 6002
	check_soon "$ip: ct expectation: it is expected" \
		in_fw grep -E "proto=17 src=$(long "$s") dst=$(long "$c") sport=0 dport=9876 " \
		/proc/net/nf_conntrack_expect
	craft srv udp "$s" 1234 "$c" 9876
	check_soon "$ip: ct expectation: RELATED" times 1 expected
	check "$ip: ct expectation: for one flow" \
		not in_fw grep 9876 /proc/net/nf_conntrack_expect
	craft srv udp "$s" 1235 "$c" 9876
	check_soon "$ip: ct expectation: the next is not" ct_line 'sport=1235 '
	check "$ip: ct expectation: it was one" times 1 expected

	for port in 1 2 3 4; do
		craft client udp "$c" $port "$s" 7000
		craft client udp "$c" $port "$s" 7001
	done
	check_soon "$ip: ct count over 2: two of four are dropped" times 2 count
	check_soon "$ip: ct count over 1, in a set: three" times 3 set
	check "$ip: which got no entries" \
		[ "$(ct_line 'dport=700[01] ' | wc -l)" -eq 3 ]
}
has_helper() { in_fw conntrack -L -f "$family" -p tcp 2>/dev/null | grep "dport=6001 .* helper=ftp "; }
lists_object() {
	in_fw nft list ct "$1" inet t "$2" >"$TMP/objects" &&
		grep -F "$3" "$TMP/objects"
}

### flow tables

# A connection that says what it is told: hello, say WORDS, bye
hello() {
	mkfifo "$TMP/words"
	# shellcheck disable=SC2016	# for the shell in the namespace
	background client bash -c 'exec 3<>"/dev/tcp/$0/$1"
		while read -r line; do echo "$line" >&3; done <"$2"' \
		"$srv" 9000 "$TMP/words"
	exec {WORDS}>"$TMP/words"
}
say_on() { echo "$1" >&"$WORDS"; }
bye() { exec {WORDS}>&-; rm "$TMP/words"; }
heard() { grep -x "$1" "$TMP/swallowed"; }

offloaded() { ct_line "^ip.*tcp +6 src=.*dport=$1 .*\[OFFLOAD\] "; }
normal() { ct_line "tcp +6 [0-9]+ [A-Z_]+ .*dport=$1 .*\[ASSURED\] "; }

flow_rules() {
	no_rules
	in_fw nft -f - <<-END
		table inet t {
			flowtable fast {
				hook ingress priority 0
				devices = { lan, wan }
				counter
			}
			chain forward {
				type filter hook forward priority 0
				ct state invalid counter drop comment "invalid"
				counter comment "slow"
				meta l4proto { tcp, udp } ct state established flow add @fast
			}
			chain out {
				type nat hook postrouting priority srcnat
				$1
			}
		}
	END
}

flow_tables() {
	local slow tcp=nf_flowtable_tcp_timeout udp=nf_flowtable_udp_timeout

	in_fw sysctl -qw net.netfilter.$tcp=600 net.netfilter.$udp=600
	set_ct fw acct=1
	flow_rules "$1"
	set_ct fw tcp_timeout_established=4
	hello
	say_on "first $2"
	wait_for heard "first $2"
	say_on "second $2"
	check_soon "$2: the entry is [OFFLOAD]" offloaded 9000
	wait_for heard "second $2"
	slow=$(counted_by slow)
	for word in three four five; do
		say_on "$word $2"
		wait_for heard "$word $2"
	done
	check "$2: words arrive" heard "five $2"
	check "$2: past the rules" times "$slow" slow
	check "$2: and are counted all the same" carried
	sleep 6
	check "$2: it outlives its timeout while nobody speaks" offloaded 9000
	say_on "six $2"
	check_soon "$2: words still arrive" heard "six $2"
	set_ct fw tcp_timeout_established=432000
	bye
	check_soon "$2: closed, it is an entry like others" \
		ct_line 'tcp +6 [0-9]+ (TIME_WAIT|CLOSE|LAST_ACK|FIN_WAIT|CLOSE_WAIT) .*dport=9000 '
	check_soon "$2: and ends as such" \
		ct_line 'tcp +6 [0-9]+ (TIME_WAIT|CLOSE) .*dport=9000 '
	check "$2: nothing of it was INVALID" times 0 invalid

	flow_rules "$1"
	in_fw sysctl -qw net.netfilter.$tcp=3
	hello
	say_on "again $2"
	say_on "and again $2"
	check_soon "$2: another is [OFFLOAD]" offloaded 9000
	check_soon "$2: for nf_flowtable_tcp_timeout" normal 9000
	check "$2: then it is ESTABLISHED" ct_line ' ESTABLISHED .*dport=9000 '
	say_on "after all $2"
	check_soon "$2: and still heard" heard "after all $2"
	check "$2: nothing of it was INVALID" times 0 invalid
	bye

	in_fw sysctl -qw net.netfilter.$udp=3
	check "$2: udp, two answers" ask_twice
	check_soon "$2: udp is [OFFLOAD]" ct_line "udp +17 src=.*dport=9001 .*\[OFFLOAD\] "
	check_soon "$2: for nf_flowtable_udp_timeout" ct_line "udp +17 [0-9]+ src=.*dport=9001 "

	in_fw sysctl -qw net.netfilter.$tcp=600
	hello
	say_on "last $2"
	say_on "at last $2"
	wait_for offloaded 9000
	in_fw nft flush chain inet t forward
	in_fw nft delete flowtable inet t fast
	in_fw nft add rule inet t forward ct state invalid counter drop
	check_soon "$2: without the table it is an entry like others" normal 9000
	say_on "the end $2"
	check_soon "$2: which goes on" heard "the end $2"
	bye
	set_ct fw acct=0
}
# More than three segments each way
carried() {
	local packets

	packets=$(offloaded 9000 | sed -E 's/.*dport=9000 packets=([0-9]+) .*/\1/')
	echo "$packets packets"
	[ "$packets" -ge 6 ]
}
# Three datagrams and their answers, in one flow
ask_twice() {
	in_client python3 -ISc '
import socket, sys
with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
    s.settimeout(5)
    s.connect((sys.argv[1], 9001))
    for word in b"one", b"two", b"three":
        s.send(word)
        if s.recv(10) != word:
            sys.exit(1)' "$mapped"
}

everything() {
	expressions
	events
	statements
	objects
}
with_ip4() {
	ip=ip family=ipv4 l3=ipv4 addr=ipv4_addr c=10.0.1.9 s=10.0.2.9
	srv=10.0.2.2 mapped=::ffff:10.0.2.2 net=10.0.3.0/24 one=29
}
with_ip6() {
	ip=ip6 family=ipv6 l3=ipv6 addr=ipv6_addr c=fd00:1::9 s=fd00:2::9
	srv=fd00:2::2 mapped=fd00:2::2 net=fd00:3::/64 one=49
}

modprobe -a nf_conntrack_ftp nf_flow_table nf_flow_table_inet
stage
with_ip4
everything
with_ip6
everything
start_nc srv 9000 "$TMP/swallowed"
start_echo srv 9001
flow_tables "" "flow table, IPv6"
with_ip4
flow_tables 'oifname "wan" masquerade' "flow table, IPv4, masquerade"
