#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Two firewalls and conntrackd between them (FTFW mode): one fails, the other
# takes its addresses and its entries, and connections go on, under rules that
# let nothing else through.
#
#	             +-- fw1 --+
#	client ------|    |    |------ srv
#	             +-- fw2 --+
#
# Whoever is the router has 10.0.1.1 and 10.0.2.1 (fd00:1::1, fd00:2::1).

. "$(dirname "$0")/lib.sh"

# port SWITCH NS IFACE: NS is on the switch by a cable
port() {
	cable "$2" "$3" switch "$1-$2"
	within switch ip link set "$1-$2" master "$1"
}

place() {
	say "$TEST on $(uname -r), $MODULES modules"
	echo "nf_ct test $TEST begins" >/dev/kmsg
	for ns in switch client fw1 fw2 srv; do
		space $ns
	done
	within switch ip -batch - <<-END
		link add lan type bridge
		link add wan type bridge
		link set lan up
		link set wan up
	END
	port lan client eth0
	port wan srv eth0
	for n in 1 2; do
		port lan fw$n lan
		port wan fw$n wan
	done
	cable fw1 sync fw2 sync
	within client ip -batch - <<-END
		addr add 10.0.1.2/24 dev eth0
		addr add fd00:1::2/64 dev eth0 nodad
		route add default via 10.0.1.1
		route add default via fd00:1::1
	END
	within srv ip -batch - <<-END
		addr add 10.0.2.2/24 dev eth0
		addr add fd00:2::2/64 dev eth0 nodad
		route add fd00:1::/64 via fd00:2::1
	END
	for n in 1 2; do
		within fw$n ip -batch - <<-END
			addr add 10.0.1.1$n/24 dev lan
			addr add 10.0.2.1$n/24 dev wan
			addr add fd00:1::1$n/64 dev lan nodad
			addr add fd00:2::1$n/64 dev wan nodad
			addr add 10.9.0.$n/24 dev sync
		END
		rules fw$n
	done
}

# Only a SYN begins anything, and only a known session goes on.  Over IPv4 the
# client is behind the router's address: srv has no route to it.
rules() {
	within "$1" sysctl -qw net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1
	for IPT in iptables-legacy ip6tables-legacy; do
		add_rules "$1" filter <<-END
			-A FORWARD -m state --state INVALID -j DROP
			-A FORWARD -i lan -p tcp --syn -m state --state NEW -j ACCEPT
			-A FORWARD -m state --state ESTABLISHED,RELATED -j ACCEPT
			-A FORWARD -j DROP
		END
	done
	IPT=iptables-legacy add_rules "$1" nat <<-END
		-A POSTROUTING -o wan -j SNAT --to-source 10.0.2.1
	END
	set_ct "$1" tcp_loose=0 events=1
}

start_conntrackd() {
	local n=$1 dir=$TMP/conntrackd$1

	mkdir -p "$dir"
	cat >"$dir/conf" <<-END
		Sync {
			Mode FTFW {
			}
			UDP {
				IPv4_address 10.9.0.$n
				IPv4_Destination_Address 10.9.0.$((3 - n))
				Port 3780
				Interface sync
				Checksum on
			}
		}
		General {
			HashSize 1024
			HashLimit 4096
			LogFile $dir/log
			LockFile $dir/lock
			UNIX {
				Path $dir/ctl
			}
			NetlinkBufferSize 262144
			NetlinkBufferSizeMaxGrowth 1048576
			Filter From Userspace {
				Address Ignore {
					IPv4_address 10.9.0.1
					IPv4_address 10.9.0.2
				}
			}
		}
	END
	background "fw$n" conntrackd -C "$dir/conf"
	wait_for test -S "$dir/ctl"
}
# cd_ctl N OPTION...: what conntrackd of fwN is told
cd_ctl() { within "fw$1" conntrackd -C "$TMP/conntrackd$1/conf" "${@:2}"; }
knows() { cd_ctl "$1" "$2" | grep -E -- "$3"; }

### who is the router

address() {
	within "fw$2" ip -batch - <<-END
		addr $1 10.0.1.1/24 dev lan
		addr $1 10.0.2.1/24 dev wan
		addr $1 fd00:1::1/64 dev lan $3
		addr $1 fd00:2::1/64 dev wan $3
	END
}
takes_addresses() {
	address add "$1" nodad
	for ns in client srv; do
		within $ns ip neigh flush dev eth0
		within $ns ip -6 neigh flush dev eth0
	done
}
# What the package's primary-backup.sh does, in its order
becomes_primary() {
	cd_ctl "$1" -c
	cd_ctl "$1" -f
	cd_ctl "$1" -R
	cd_ctl "$1" -B
}
becomes_backup() {
	cd_ctl "$1" -t
	cd_ctl "$1" -n
}

### a conversation

# hello N ADDRESS: says to srv what it is told, and keeps what comes back
hello() {
	local fd

	mkfifo "$TMP/words$1"
	background client bash -c "exec socat - 'TCP:$(at "$2"):9000' <$TMP/words$1 >$TMP/echo$1"
	exec {fd}>"$TMP/words$1"
	WORDS[$1]=$fd
}
declare -A WORDS
say_on() { echo "$2" >&"${WORDS[$1]}"; }
heard() { grep -x "$2" "$TMP/echo$1"; }
bye() {
	local fd=${WORDS[$1]}

	exec {fd}>&-
}
both_heard() { heard 4 "$1" && heard 6 "$1"; }
all_say() {
	say_on 4 "$1"
	say_on 6 "$1"
}

entry4='src=10.0.1.2 dst=10.0.2.2 sport=[0-9]+ dport=9000 src=10.0.2.2 dst=10.0.2.1 sport=9000 .*\[ASSURED\]'
entry6='src=fd00:0001:.*:0002 dst=fd00:0002:.*:0002 sport=[0-9]+ dport=9000 .*\[ASSURED\]'
# as conntrackd writes what it has of another
cache4='src=10.0.1.2 dst=10.0.2.2 sport=[0-9]+ dport=9000 \[ASSURED\]'
cache6='src=fd00:1::2 dst=fd00:2::2 sport=[0-9]+ dport=9000 \[ASSURED\]'

established() { ct_line " ESTABLISHED $entry4" "fw$1" && ct_line " ESTABLISHED $entry6" "fw$1"; }
replicated() { knows "$1" -e "ESTABLISHED $cache4" && knows "$1" -e "ESTABLISHED $cache6"; }

ended() { ct_line "(TIME_WAIT|CLOSE) $entry4" "fw$1" && ct_line "(TIME_WAIT|CLOSE) $entry6" "fw$1"; }
healthy() {
	cd_ctl "$1" -s >"$TMP/statistics"
	cat "$TMP/statistics"
	grep -E '^ +0 Malformed msgs +0 Lost msgs$' "$TMP/statistics" &&
		grep -E '^ +0 Error send +0 Error recv$' "$TMP/statistics"
}
# not_within SECONDS COMMAND...: it fails, and goes on failing
not_within() { ! PATIENCE=$1 wait_for "${@:2}"; }

modprobe -a nf_conntrack_netlink
place
background srv socat TCP6-LISTEN:9000,ipv6only=0,reuseaddr,fork EXEC:cat
wait_for listening srv tcp 9000
start_conntrackd 1
start_conntrackd 2
takes_addresses 1
becomes_primary 1
becomes_backup 2

hello 4 10.0.2.2
hello 6 fd00:2::2
all_say one
check_soon "two sessions, by fw1" both_heard one
check "fw1 has their entries" established 1
check "fw1's conntrackd knows them" knows 1 -i "ESTABLISHED $entry4"
check_soon "fw2's conntrackd knows them" replicated 2
check "fw2 itself has no entries" not ct_line dport=9000 fw2

# fw1 fails
address del 1 ''
takes_addresses 2
all_say two
check "fw2 does not let through what it does not know" \
	not_within 3 both_heard two
check "it drops them as INVALID" hit fw2 FORWARD 1
becomes_primary 2
check "after conntrackd -c fw2 has the entries" established 2
check_soon "and both sessions go on" both_heard two
all_say three
check_soon "with new words" both_heard three
check "their entries are as before" established 2
becomes_backup 1
check_soon "fw1's conntrackd knows of them from fw2" replicated 1

# fw2 fails, fw1 comes back with what it has of old
address del 2 ''
takes_addresses 1
becomes_primary 1
all_say four
check_soon "fw1 again: both sessions go on" both_heard four

bye 4
bye 6
check_soon "closed by both, they end on fw1" ended 1
check_soon "and fw2 is told" not knows 2 -e "ESTABLISHED .*dport=9000"
for n in 1 2; do
	check "conntrackd $n: nothing was malformed" healthy $n
done
