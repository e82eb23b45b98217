#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# conntrack(8): every command of it, what it prints to the letter, its filters,
# its events and the order they come in, expectations, and events that did not
# fit at first.

. "$(dirname "$0")/lib.sh"

ct() { in_fw conntrack "$@"; }

# Numbers that differ from one run to the next
steady() {
	sed -E -e 's/((tcp +6|udp +17|icmp +1|icmpv6 +58) )[0-9]+ /\1T /' \
		-e 's/<timeout>[0-9]+/<timeout>T/; s/^([^ ]+) -t [0-9]+/\1 -t T/' \
		-e 's/ use=[0-9]+/ use=N/; s/( use=N) id=[0-9]+/\1 id=N/' \
		-e 's/<use>[0-9]+/<use>N/; s/<id>[0-9]+/<id>N/' \
		-e 's/delta-time=[0-9]+/delta-time=N/; s/(start|stop)=[^]]+/\1=WHEN/g' \
		-e 's/portid=[0-9]+/portid=N/; s/ progname=[^ ]+//' \
		-e 's/^[0-9]+ proto/T proto/'
}

# prints TEXT ARGUMENT...: conntrack, exactly that (on its standard output)
prints() {
	local want=$1 got
	shift

	got=$(ct "$@" 2>"$TMP/stderr") || { cat "$TMP/stderr"; return 1; }
	got=$(steady <<<"$got")
	[ "$got" = "$want" ] || {
		diff <(echo "$want") <(echo "$got")
		return 1
	}
}

# shown NUMBER ARGUMENT...: so many entries
shown() {
	local n
	n=$(ct "${@:2}" 2>"$TMP/stderr" | grep -c .) || :
	echo "$n shown"
	[ "$n" -eq "$1" ]
}

# fails MESSAGE ARGUMENT...: conntrack says no, in these words
fails() {
	! ct "${@:2}" >"$TMP/stdout" 2>&1 || return 1
	cat "$TMP/stdout"
	grep -qF -- "$1" "$TMP/stdout"
}

### events

# shellcheck disable=SC2016	# an awk program
listeners() {
	in_fw awk '$2 == 12 && $4 != "00000000"' /proc/net/netlink | wc -l
}
listening_are() { [ "$(listeners)" -ge "$1" ]; }

# listen NAME ARGUMENT...: conntrack -E, into a file of that name
listen() {
	local n

	n=$(listeners)
	background fw bash -c "exec conntrack -E ${*:2} >$TMP/$1.events"
	wait_for listening_are $((n + 1))
}
event() { grep -E -- "$2" "$TMP/$1.events"; }
deaf() {
	local pids

	pids=$(pidof conntrack) || return 0
	xargs kill <<<"$pids"
	wait_for not pidof conntrack
}

# story NAME: "EVENT STATE", one after the other
story() {
	sed -E 's/^ *\[([A-Z]+)\].* tcp +6 [0-9]+ ([A-Z_0-9]+) .*/\1 \2/' \
		"$TMP/$1.events" | paste -sd,
}
tells() {
	local got

	got=$(story "$1")
	echo "$got"
	[ "$got" = "$2" ]
}

# A session by hand: opened by client, closed by client, to the last ACK.
session() {
	craft client tcp "$c" "$1" "$s" "$2" S seq=100
	craft srv tcp "$s" "$2" "$c" "$1" SA seq=200 ack=101
	craft client tcp "$c" "$1" "$s" "$2" A seq=101 ack=201
}
farewell() {
	craft client tcp "$c" "$1" "$s" "$2" FA seq=101 ack=201
	craft srv tcp "$s" "$2" "$c" "$1" A seq=201 ack=102
	craft srv tcp "$s" "$2" "$c" "$1" FA seq=201 ack=102
	craft client tcp "$c" "$1" "$s" "$2" A seq=102 ack=202
}

LIFE='NEW SYN_SENT,UPDATE SYN_RECV,UPDATE ESTABLISHED,UPDATE FIN_WAIT'
LIFE+=',UPDATE CLOSE_WAIT,UPDATE LAST_ACK,UPDATE TIME_WAIT'

life() {
	local tuple="src=$c dst=$s sport=5000 dport=5001"
	local reply="src=$s dst=$c sport=5001 dport=5000"

	ct_flush
	set_ct fw acct=1 timestamp=1
	listen all -f "$family" -o extended
	listen begins -f "$family" -e NEW -p tcp
	listen ends -f "$family" -e DESTROY -o ktimestamp
	listen wrong -f "$family" -p tcp --dport 5002
	session 5000 5001
	farewell 5000 5001
	check_soon "$family -E: the life of a session, state by state" \
		tells all "$LIFE"
	craft client udp "$c" 5000 "$s" 5003
	wait_for ct_line dport=5003
	ct -D -f "$family" -p tcp -s "$c" -d "$s" --sport 5000 --dport 5001 \
		>"$TMP/stdout" 2>&1
	check_soon "$family -E -e DESTROY: with what it carried, and when" \
		ended "[DESTROY] tcp      6 T TIME_WAIT $tuple packets=4 bytes=$((4 * head)) $reply packets=3 bytes=$((3 * head)) [ASSURED] delta-time=N [start=WHEN] [stop=WHEN] [USERSPACE] portid=N"
	check "$family -E -e NEW -p tcp: one event, no other protocol" \
		tells begins "NEW SYN_SENT"
	check "$family -E --dport: nothing of other ports" \
		not grep . "$TMP/wrong.events"
	check "$family -E: the last is DESTROY" event all '^\[DESTROY\].* sport=5000 dport=5001'
	deaf
	set_ct fw acct=0 timestamp=0
}
ended() {
	local got

	got=$(sed 's/^ *//' "$TMP/ends.events" | steady)
	[ "$got" = "$1" ] || { diff <(echo "$1") <(echo "$got"); return 1; }
}

### making, listing, changing

# What each way of printing makes of three entries made by hand
listing() {
	local t="src=$c dst=$s" r="src=$s dst=$c" tcp udp ping

	flush_rules fw
	track
	ct_flush
	check "$family -I: tcp" ct -I -p tcp -s "$c" -d "$s" --sport 1 \
		--dport 2 --state ESTABLISHED -t 600 -u SEEN_REPLY,ASSURED -m 7
	check "$family -I: udp" ct -I -p udp -s "$c" -d "$s" --sport 3 \
		--dport 4 -t 50 --label-add far
	check "$family -I: $icmp" ct -I -p "$icmp" -s "$c" -d "$s" \
		--"$icmp"-type "$ask" --"$icmp"-code 0 --"$icmp"-id 9 -t 40
	tcp="tcp      6 T ESTABLISHED $t sport=1 dport=2 $r sport=2 dport=1 [ASSURED] mark=7 use=N"
	udp="udp      17 T $t sport=3 dport=4 [UNREPLIED] $r sport=4 dport=3 mark=0 use=N"
	ping="$icmp_text T $t type=$ask code=0 id=9 [UNREPLIED] $r type=$answer code=0 id=9 mark=0 use=N"
	check "$family -L: tcp" prints "$tcp" -L -f "$family" -p tcp
	check "$family -L: udp" prints "$udp" -L -f "$family" -p udp
	check "$family -L: $icmp" prints "$ping" -L -f "$family" -p "$icmp"
	check "$family -L -o extended,id,labels" \
		prints "$family     $number $udp id=N labels=far" \
		-L -f "$family" -o extended,id,labels -p udp
	check "$family -L -o xml" prints "$(xml)" -L -f "$family" -o xml -p tcp
	check "$family -L -o save" prints "-A -t T -u SEEN_REPLY,ASSURED -s $c -d $s -r $s -q $c -p tcp --sport 1 --dport 2 --reply-port-src 2 --reply-port-dst 1 --state ESTABLISHED" \
		-L -f "$family" -o save -p tcp
	check "$family -G" prints "$tcp" -G -p tcp -s "$c" -d "$s" --sport 1 --dport 2
	check "$family -I: not twice" fails "Such conntrack exists" -I -p udp \
		-s "$c" -d "$s" --sport 3 --dport 4 -t 50
	check "$family -G: not what is not there" fails "such conntrack doesn't exist" \
		-G -p udp -s "$c" -d "$s" --sport 3 --dport 5
}

xml() {
	local l3="<layer3 protonum=\"$number\" protoname=\"$family\">"
	local l4='<layer4 protonum="6" protoname="tcp">'

	cat <<-END
		<?xml version="1.0" encoding="utf-8"?>
		<conntrack>
		<flow><meta direction="original">$l3<src>$c</src><dst>$s</dst></layer3>$l4<sport>1</sport><dport>2</dport></layer4></meta><meta direction="reply">$l3<src>$s</src><dst>$c</dst></layer3>$l4<sport>2</sport><dport>1</dport></layer4></meta><meta direction="independent"><state>ESTABLISHED</state><timeout>T</timeout><mark>7</mark><use>N</use><id>N</id><assured/></meta></flow>
		</conntrack>
	END
}

# make_entries: one for each line that is read
make_entries() {
	# shellcheck disable=SC2016	# for the shell in the namespace
	in_fw bash -ec 'while read -r line; do
		conntrack -I -t 90 -p $line </dev/null
	done'
}

# Seven entries of which each filter shows some
filters() {
	flush_rules fw
	track
	ct_flush
	make_entries >"$TMP/stdout" 2>&1 <<-END
		tcp -s $c -d $s --sport 1 --dport 80 --state SYN_SENT -m 0x12
		tcp -s $c -d $s --sport 2 --dport 80 --state ESTABLISHED -u SEEN_REPLY,ASSURED -m 0x32
		udp -s $c -d $s --sport 1 --dport 80 --label-add seen
		udp -s $s -d $c --sport 7 --dport 80 -w 5
		udp -s $c -d $s --sport 1 --dport 81 -w 5
		udp -s $c -d $s --sport 1 --dport 82 --src-nat $gate
		udp -s $c -d $gate --sport 1 --dport 83 --dst-nat $s
	END
	while read -r n filter; do
		# shellcheck disable=SC2086	# several words
		check "$family -L $filter: $n" shown "$n" -L -f "$family" $filter
	done <<-END
		7
		2 -p tcp
		6 -s $c
		5 -d $s
		6 -s $net
		6 -r $s
		1 -q $gate
		1 -p udp --dport 81
		2 -p tcp --dport 80
		1 -p tcp --sport 2
		1 -m 0x12
		2 -m 0x2/0xf
		1 -m 0x30/0xf0
		2 -w 5
		1 -w 5 -s $s
		1 -u ASSURED
		1 -u SEEN_REPLY
		1 -l seen
		1 -n
		1 -g
		2 -j
		1 -n $gate
	END
	check "$family -L -s -d -p --sport --dport: no such entry" shown 0 \
		-L -f "$family" -s "$c" -d "$s" -p tcp --sport 3 --dport 80
	check "$family -C: as many as there are" [ "$(ct -C)" -eq 7 ]
	check "$family -D -m: by mark" ct -D -f "$family" -m 0x2/0xf
	check "$family -D -m: those two" shown 5 -L -f "$family"
	check "$family -D -w: by zone" ct -D -f "$family" -w 5
	check "$family -D -w: those two" shown 3 -L -f "$family"
	check "$family -D -l: by label" ct -D -f "$family" -l seen
	check "$family -D -n: translated ones" ct -D -f "$family" -n
	check "$family -D: one is left" shown 1 -L -f "$family"
	check "$family -D: what is not there" fails "0 flow entries" -D \
		-f "$family" -p tcp --dport 80
	check "$family -F" ct -F
	check "$family -F: none is left" ct_counts 0
}

changes() {
	local flow="-p udp -s $c -d $s --sport 4000 --dport 4001"
	local full="udp      17 T src=$c dst=$s sport=4000 dport=4001"
	local back="src=$s dst=$c sport=4001 dport=4000"

	ct_flush
	set_ct fw acct=1
	listen updates -f "$family" -e UPDATES
	craft client udp "$c" 4000 "$s" 4001 data=0123456789
	wait_for ct_line dport=4001
	# shellcheck disable=SC2086	# several words
	{
	check "$family -U: a mark" ct -U $flow -m 5
	check "$family -U: a part of a mark" ct -U $flow -m 0x30/0xf0
	check "$family -U: a timeout" ct -U $flow -t 300
	check "$family -U: the timeout" lives 280 300 "dport=4001 "
	check "$family -U: a status" ct -U $flow -u SEEN_REPLY,ASSURED
	check "$family -U: a label" ct -U $flow --label-add seen
	check "$family -U: another" ct -U $flow --label-add far
	check "$family -U: all of that" prints "$full packets=1 bytes=$((head - 2)) $back packets=0 bytes=0 [ASSURED] mark=$((0x35)) use=N labels=seen,far" \
		-L -f "$family" -o labels
	check "$family -U: a label less" ct -U $flow --label-del seen
	check "$family -U: that one" shown 0 -L -f "$family" -l seen
	check "$family -U: not the other" shown 1 -L -f "$family" -l far
	check "$family -U: FIXED_TIMEOUT" ct -U $flow -u FIXED_TIMEOUT
	ct -U $flow -t 600 >"$TMP/stdout" 2>&1 || :
	check "$family -U: then no other timeout" lives 240 300 "dport=4001 "
	}
	craft client udp "$c" 4000 "$s" 4001 data=0123456789
	wait_for ct_line "dport=4001 packets=2 "
	check "$family: nor by its packets" lives 240 300 "dport=4001 "
	check "$family -L -z: shows the counters" prints "$full packets=2 bytes=$((2 * (head - 2))) $back packets=0 bytes=0 [ASSURED] mark=$((0x35)) use=N" \
		-L -z -f "$family"
	check "$family -L -z: and sets them to zero" ct_line \
		"dport=4001 packets=0 bytes=0 "
	check "$family -U: what is not there" fails "0 flow entries" -U \
		-p udp -s "$c" -d "$s" --sport 1 --dport 1 -m 1
	check "$family -E -e UPDATES: an event for each" grep -c . "$TMP/updates.events"
	check_soon "$family -E: the mark" event updates 'mark=5 '
	check "$family -E: the status" event updates '\[ASSURED\] mark=53'
	check "$family -E: who did it" event updates '\[USERSPACE\] portid='
	deaf
	set_ct fw acct=0
}

# Entries made by hand translate packets as those made by rules do.
translating() {
	flush_rules fw
	flush_rules srv
	track
	ct_flush
	in_fw "$IPT" -t nat -A POSTROUTING -s "$c" -d "$c"	# its hooks
	in_fw "$IPT" -t mangle -A FORWARD -i wan -d "$c" -p udp --sport 4001 --dport 4000
	in_srv "$IPT" -t raw -A PREROUTING -s "$gate" -p udp --sport 777 --dport 4001
	in_srv "$IPT" -t raw -A PREROUTING -s "$c" -p udp --dport 4003
	check "$family -I --src-nat: an address and a port" ct -I -p udp \
		-s "$c" -d "$s" --sport 4000 --dport 4001 -t 60 \
		--src-nat "$(at "$gate"):777"
	craft client udp "$c" 4000 "$s" 4001
	check_soon "$family -I --src-nat: a packet goes out as such" \
		counted 1 srv -t raw PREROUTING 1
	craft srv udp "$s" 4001 "$gate" 777
	check_soon "$family -I --src-nat: and its answer comes back" \
		counted 1 fw -t mangle FORWARD 1
	check "$family -I --dst-nat" ct -I -p udp -s "$c" -d "$elsewhere" \
		--sport 4002 --dport 4002 -t 60 --dst-nat "$(at "$s"):4003"
	craft client udp "$c" 4002 "$elsewhere" 4002
	check_soon "$family -I --dst-nat: a packet arrives" \
		counted 1 srv -t raw PREROUTING 2
	flush_rules srv
}

zones() {
	local flow="-p udp -s $c -d $s --sport 1 --dport 2"
	local text="udp      17 T src=$c dst=$s sport=1 dport=2"
	local back="src=$s dst=$c sport=2 dport=1"

	flush_rules fw
	track
	ct_flush
	# shellcheck disable=SC2086	# several words
	{
	check "$family -I: in no zone" ct -I $flow -t 60
	check "$family -I -w: the same in zone 5" ct -I $flow -t 60 -w 5
	check "$family -I --orig-zone: the answers of both would be one" \
		fails "Such conntrack exists" -I $flow -t 60 --orig-zone 6
	check "$family -I -w: not twice" fails "Such conntrack exists" \
		-I $flow -t 60 -w 5
	check "$family -G: the one of none" \
		prints "$text [UNREPLIED] $back mark=0 use=N" -G $flow
	check "$family -L -w: the one of zone 5" \
		prints "$text [UNREPLIED] $back mark=0 zone=5 use=N" \
		-L -f "$family" -w 5
	check "$family -D -w: that one" ct -D $flow -w 5
	check "$family -D -w: it is gone" shown 0 -L -f "$family" -w 5
	check "$family -D -w: the other is not" shown 1 -L -f "$family" -w 0
	ct_flush
	check "$family -I --orig-zone: zone 6 one way" ct -I $flow -t 60 --orig-zone 6
	check "$family -L --orig-zone" \
		prints "$text zone-orig=6 [UNREPLIED] $back mark=0 use=N" \
		-L -f "$family" --orig-zone 6
	check "$family -D --orig-zone" ct -D -f "$family" --orig-zone 6
	check "$family -I --reply-zone: zone 7 the other way" \
		ct -I $flow -t 60 --reply-zone 7
	check "$family -L --reply-zone" \
		prints "$text [UNREPLIED] $back zone-reply=7 mark=0 use=N" \
		-L -f "$family" --reply-zone 7
	}
	check "$family: it is left" ct_counts 1
}

statistics() {
	local columns="found invalid insert insert_failed drop early_drop error search_restart clash_resolve chaintoolong"

	check "-S: a line for each processor, all columns" [ \
		"$(ct -S | sed -E 's/^cpu=[0-9]+[[:space:]]+//; s/=[0-9]+//g; s/ $//' | sort -u)" = "$columns" ]
	check "-S: as many as there are" [ "$(ct -S | wc -l)" -eq "$(nproc)" ]
	set_ct fw checksum=1
	craft client udp "$c" 1 "$s" 1 sum=1
	check_soon "-S: counts an invalid packet" counts_invalid
}
counts_invalid() { ct -S | grep -E 'invalid=[1-9]'; }

### expectations

expecting() {
	local port=$((0x1234)) said
	local text="T proto=6 src=$s dst=$c sport=0 dport=$port mask-src=$ones mask-dst=$ones sport=0 dport=65535 master-src=$c master-dst=$s sport=6000 dport=21 class=0 helper=ftp"

	names_maker || text=${text% helper=ftp}
	flush_rules fw
	ct_flush
	in_fw "$IPT" -t raw -A PREROUTING -p tcp --dport 21 -j CT --helper ftp
	listen expect expect
	session 6000 21
	if [ "$family" = ipv4 ]; then
		said='PORT 10,0,1,9,18,52'
	else
		said="EPRT |2|$c|$port|"
	fi
	tell 101 "USER anonymous"
	tell 117 "$said"
	check_soon "$family: FTP expects" prints "$text" -L expect -f "$family"
	# of IPv6 it counts none, whatever there is
	[ "$family" = ipv6 ] ||
		check "-C expect: one" [ "$(ct -C expect)" -eq 1 ]
	check "$family -L expect -o xml" expect_xml
	check_soon "$family -E expect: NEW" event expect "\[NEW\] (300|29[0-9]) proto=6 src=$s dst=$c sport=0 dport=$port "
	check "$family -F expect" ct -F expect
	check "$family -F expect: none is left" shown 0 -L expect -f "$family"
	check_soon "$family -E expect: DESTROY" event expect "\[DESTROY\] .* dport=$port "
	deaf
}
# tell SEQUENCE COMMAND: in the session of port 6000
tell() {
	craft client tcp "$c" 6000 "$s" 21 PA seq="$1" ack=201 \
		hex="$(printf '%s\r\n' "$2" | od -An -v -tx1 | tr -d ' \n')"
}
expect_xml() {
	local got

	got=$(ct -L expect -f "$family" -o xml 2>/dev/null)
	echo "$got"
	grep -qF "<layer4 protonum=\"6\" protoname=\"tcp\"><expected><sport>0</sport><dport>$port</dport></expected>" <<<"$got" &&
		{ ! names_maker || grep -qF "<helper-name>ftp</helper-name>" <<<"$got"; }
}
# 6.12's ctnetlink names only the helper that the expected flow will have.
names_maker() { case $(uname -r) in 6.12*) return 1 ;; esac; }

### events that did not fit

FLOWS=200
swamped() {
	local how=$1

	rm -f "$TMP/go"
	ct_flush
	background fw bash -c "exec python3 -ISB $HERE/ct_events.py $how $TMP/go $FLOWS >$TMP/$how"
	wait_for grep -q ready "$TMP/$how"
	burst
	wait_for at_least $FLOWS
	ct_flush
}
at_least() { [ "$(ct_count)" -ge "$1" ]; }
burst() {
	in_client python3 -ISc "
import socket
with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
    for port in range(1000, 1000 + $FLOWS):
        s.sendto(b'x', ('::ffff:10.0.2.9', port))"
}
reads_on() {
	touch "$TMP/go"
	wait_for grep -qE '^[0-9]' "$TMP/$1"
	sed 1d "$TMP/$1"
}

redelivery() {
	local got

	flush_rules fw
	track
	swamped plain
	check "a full buffer, plainly: the entries are gone" ct_counts 0
	got=$(reads_on plain)
	check "a full buffer, plainly: events are lost" [ "$got" -lt $FLOWS ]
	swamped reliable
	check "a full buffer, reliably: the entries wait" \
		[ "$(ct -L dying 2>/dev/null | wc -l)" -gt $((FLOWS / 2)) ]
	check "a full buffer, reliably: but are found no more" shown 0 -L -p udp
	got=$(reads_on reliable)
	check "a full buffer, reliably: every event comes, when there is room" \
		[ "$got" -eq $FLOWS ]
	check_soon "a full buffer, reliably: then they are gone" ct_counts 0
}

# track: the least that makes fw track, and carry labels
track() {
	in_fw "$IPT" -A FORWARD -m state --state INVALID
	in_fw "$IPT" -A FORWARD -m connlabel --label seen
}

everything() {
	track
	life
	listing
	translating
	expecting
}

mkdir -p /etc/xtables
printf '%s\n' "7 seen" "64 far" >/etc/xtables/connlabel.conf
modprobe nf_conntrack_ftp
stage

IPT=iptables-legacy family=ipv4 number=2 c=10.0.1.9 s=10.0.2.9 gate=10.0.2.1
net=10.0.1.0/24 elsewhere=10.0.2.7 head=40 icmp=icmp ask=8 answer=0
icmp_text="icmp     1" ones=255.255.255.255
everything
filters
changes
zones
statistics
redelivery

IPT=ip6tables-legacy family=ipv6 number=10 c=fd00:1::9 s=fd00:2::9 gate=fd00:2::1
net=fd00:1::/64 elsewhere=fd00:2::7 head=60 icmp=icmpv6 ask=128 answer=129
icmp_text="icmpv6   58" ones=ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
everything
