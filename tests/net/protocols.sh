#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every protocol that is neither TCP, UDP nor ICMP: SCTP, DCCP, UDP-Lite, GRE
# with PPTP on top, and those known by their number alone.  Both ends are real
# sockets and tunnels where the kernel has them; a rule of the raw table, which
# comes before tracking, holds back the packet that would end a state, so each
# state is looked at while it lasts.

. "$(dirname "$0")/lib.sh"

### lines of the table, whole

plain() { echo "src=$1 dst=$2 "; }
ports() { echo "src=$1 dst=$2 sport=$3 dport=$4 "; }
keys() { echo "src=$1 dst=$2 srckey=$3 dstkey=$4 "; }
TAIL='mark=0 zone=0 use=[0-9]+$'

# entry L4NAME L4NUM STATE ORIG REPLY [MARKS]: a regex for the whole line.
# MARKS is "unreplied", "assured" or nothing.
entry() {
	local before='' after=''

	[ "${6:-}" != unreplied ] || before='\[UNREPLIED\] '
	[ "${6:-}" != assured ] || after='\[ASSURED\] '
	printf '^%-8s %u %-8s %u [0-9]+ %s%s%s%s%s%s' "ipv$v" $((v == 4 ? 2 : 10)) \
		"$1" "$2" "$3" "$4" "$before" "$5" "$after" "$TAIL"
}

# is_line SECONDS ...: that entry; the timeouts here are 100 s apart
is_line() {
	local want=$1 line

	shift
	line=$(entry "$@")
	echo "wanted $line"
	ct_line "$line" && lives $((want - 90)) "$want" "$line"
}

# state_is SECONDS STATE [MARKS]: of the flow from $sport to port 7
state_is() {
	is_line "$1" "$proto" "$number" "$2 " "$(ports "$c" "$s" "$sport" 7)" \
		"$(ports "$s" "$c" 7 "$sport")" "${3:-}"
}

# listed REGEX: among what conntrack(8) prints of the protocol
listed() { in_fw conntrack -L -f "ipv$v" -p "$proto" | grep -E -- "$1"; }

### packets held back

# hold TYPE / release TYPE: before tracking, by the protocol's own match
hold() { in_fw "$IPT" -t raw -I PREROUTING -p "$proto" "$(types)" ${any:-} "$1" -j DROP; }
release() { in_fw "$IPT" -t raw -D PREROUTING -p "$proto" "$(types)" ${any:-} "$1" -j DROP; }
types() { case $proto in sctp) echo --chunk-types ;; dccp) echo --dccp-types ;; esac; }

# INVALID packets: counted, and kept from the end hosts
invalid_dropped() {
	in_fw "$IPT" -P FORWARD ACCEPT
	in_fw "$IPT" -A FORWARD -m conntrack --ctstate INVALID -j DROP
}
invalid() { echo "INVALID: $(hits fw FORWARD 1)"; [ "$(hits fw FORWARD 1)" -gt "$was_invalid" ]; }
were_invalid() { was_invalid=$(hits fw FORWARD 1); }

### conversations

# serve PROTO: an echo on srv's port 7
serve() {
	background srv python3 -ISB "$HERE/peer.py" "$1" serve 7
}

# talk: begins a conversation from client's port $sport; say and answer go on
talk() {
	exec {TALK_TO}<> <(:)
	exec {TALK_FROM}<> <(:)
	(exec nsenter --net=/run/netns/client -- python3 -ISB "$HERE/peer.py" \
		"$proto" talk "$c" "$sport" "$s" 7) \
		<&"$TALK_TO" >&"$TALK_FROM" 2>>"$TMP/background.log" &
	disown
}
say_to() { echo "$1" >&"$TALK_TO"; }
answers() { local line; read -rt "${2:-30}" -u "$TALK_FROM" line; echo "$line"; [ "$line" = "$1" ]; }
hang_up() { exec {TALK_TO}>&- {TALK_FROM}>&-; }

### SCTP

sctp_timeouts() {
	set_ct fw sctp_timeout_closed=100 sctp_timeout_cookie_wait=200 \
		sctp_timeout_cookie_echoed=300 sctp_timeout_established=400 \
		sctp_timeout_shutdown_sent=500 sctp_timeout_shutdown_recd=600 \
		sctp_timeout_shutdown_ack_sent=700 sctp_timeout_heartbeat_sent=800
}

sctp_handshake() {
	sport=4001
	hold INIT_ACK
	talk
	check_soon "$me: INIT: CLOSED, UNREPLIED" state_is 100 CLOSED unreplied
	hold COOKIE_ECHO
	release INIT_ACK
	check_soon "$me: INIT ACK: COOKIE_WAIT" state_is 200 COOKIE_WAIT
	hold COOKIE_ACK
	release COOKIE_ECHO
	check_soon "$me: COOKIE ECHO: COOKIE_ECHOED" state_is 300 COOKIE_ECHOED
	release COOKIE_ACK
	check_soon "$me: COOKIE ACK: ESTABLISHED and ASSURED" \
		state_is 400 ESTABLISHED assured
	check "$me: the association is open" answers open
	say_to hello
	check "$me: data passes, both ways" answers hello
	check "$me: conntrack -L has the state" listed \
		"^sctp +132 [0-9]+ ESTABLISHED src=$c_short .*\[ASSURED\] mark=0 use="
}

sctp_tags() {
	were_invalid
	craft client sctp "$c_short" 4001 "$s_short" 7 0x5eed DATA
	check_soon "$me: a wrong verification tag is INVALID" invalid
	were_invalid
	craft client sctp "$c_short" 4001 "$s_short" 7 0x5eed ABORT
	check_soon "$me: so is a blind ABORT" invalid
	check "$me: which ends nothing" state_is 400 ESTABLISHED assured
	say_to again
	check "$me: data passes still" answers again
}

sctp_shutdown() {
	hold SHUTDOWN_ACK
	say_to close
	check_soon "$me: SHUTDOWN of the client: SHUTDOWN_SENT" \
		state_is 500 SHUTDOWN_SENT assured
	hold SHUTDOWN_COMPLETE
	release SHUTDOWN_ACK
	check_soon "$me: SHUTDOWN ACK: SHUTDOWN_ACK_SENT" \
		state_is 700 SHUTDOWN_ACK_SENT assured
	release SHUTDOWN_COMPLETE
	check_soon "$me: SHUTDOWN COMPLETE: CLOSED" state_is 100 CLOSED assured
	hang_up

	sport=4002
	talk
	check "$me: another association" answers open
	hold SHUTDOWN_ACK
	say_to bye
	check_soon "$me: SHUTDOWN of the server: SHUTDOWN_RECD" \
		state_is 600 SHUTDOWN_RECD assured
	release SHUTDOWN_ACK
	check_soon "$me: and on to CLOSED" state_is 100 CLOSED assured
	hang_up
}

# A firewall that comes late sees only heartbeats.
sctp_heartbeat() {
	sport=4003
	talk
	check "$me: a third association" answers open
	hold HEARTBEAT_ACK
	ct_flush
	check_soon "$me: only a HEARTBEAT: HEARTBEAT_SENT" \
		state_is 800 HEARTBEAT_SENT unreplied
	release HEARTBEAT_ACK
	check_soon "$me: its answer: ESTABLISHED" state_is 400 ESTABLISHED assured
	say_to hello
	check "$me: data passes" answers hello
	say_to abort
	check_soon "$me: ABORT: CLOSED" state_is 100 CLOSED assured
	hang_up
}

# Both sides begin at once (RFC 9260, 5.2.1), and the older INIT ACK is void.
sctp_collision() {
	local a="$c_ghost 4004 $s_ghost 7" b="$s_ghost 7 $c_ghost 4004"

	craft client sctp "$a" 0 INIT:0xa1
	craft srv sctp "$b" 0 INIT:0xb1
	craft client sctp "$a" 0xb1 INIT-ACK:0xa1
	craft srv sctp "$b" 0xa1 INIT-ACK:0xb1
	craft srv sctp "$b" 0xa1 COOKIE-ECHO
	craft client sctp "$a" 0xb1 COOKIE-ACK
	sport=4004
	check_soon "$me: INITs cross: ESTABLISHED" ct_line \
		" ESTABLISHED .*sport=4004 .*\[ASSURED\]"
	were_invalid
	craft srv sctp "$b" 0xa1 INIT-ACK:0x5eed
	check_soon "$me: a late INIT ACK with another tag is INVALID" invalid
	were_invalid
	craft client sctp "$a" 0xb1 DATA
	craft srv sctp "$b" 0xa1 DATA
	check "$me: data with either tag is in order" not invalid
}

sctp() {
	proto=sctp number=132 any=any
	me="sctp, IPv$v"
	in_fw "$IPT" -F FORWARD
	invalid_dropped
	sctp_timeouts
	sctp_handshake
	sctp_tags
	sctp_shutdown
	sctp_heartbeat
	sctp_collision
}

### DCCP

dccp_timeouts() {
	set_ct fw dccp_timeout_request=100 dccp_timeout_respond=200 \
		dccp_timeout_partopen=300 dccp_timeout_open=400 \
		dccp_timeout_closereq=500 dccp_timeout_closing=600 \
		dccp_timeout_timewait=700
}

OPENING=(-p dccp --dccp-types "DATA,ACK,DATAACK,SYNC,SYNCACK")
dccp_handshake() {
	sport=4201
	hold RESPONSE
	talk
	check_soon "$me: Request: REQUEST, UNREPLIED" state_is 100 REQUEST unreplied
	hold ACK
	release RESPONSE
	check_soon "$me: Response: RESPOND" state_is 200 RESPOND
	# the client acknowledges again when the server responds again; anything
	# else from the server would open the connection
	in_fw "$IPT" -t raw -I PREROUTING -i wan "${OPENING[@]}" -j DROP
	release ACK
	check_soon "$me: Ack: PARTOPEN" state_is 300 PARTOPEN assured
	in_fw "$IPT" -t raw -D PREROUTING -i wan "${OPENING[@]}" -j DROP
	check "$me: the connection is open" answers open
	say_to hello
	check "$me: data passes, both ways" answers hello
	check_soon "$me: the server's packet: OPEN and ASSURED" state_is 400 OPEN assured
	check "$me: conntrack -L has the state" listed \
		"^dccp +33 [0-9]+ OPEN src=$c_short .*\[ASSURED\] mark=0 use="
}

dccp_close() {
	hold RESET
	say_to close
	check_soon "$me: Close of the client: CLOSING" state_is 600 CLOSING assured
	release RESET
	check_soon "$me: Reset: TIMEWAIT" state_is 700 TIMEWAIT assured
	hang_up

	sport=4202
	talk
	check "$me: another connection" answers open
	say_to hello
	check "$me: and data" answers hello
	hold CLOSE
	say_to bye
	check_soon "$me: CloseReq of the server: CLOSEREQ" state_is 500 CLOSEREQ assured
	release CLOSE
	check_soon "$me: and on to TIMEWAIT" state_is 700 TIMEWAIT assured
	hang_up
}

# The sysctl promises more than the stock tracker does.
dccp_midway() {
	local loose

	for loose in 0 1; do
		set_ct fw dccp_loose=$loose
		ct_flush
		were_invalid
		craft client dccp "$c_ghost" 4203 "$s_ghost" 7 DATAACK
		check_soon "$me: loose=$loose: no beginning midway" invalid
	done
	craft client dccp "$c_ghost" 4204 "$s_ghost" 7 REQUEST
	craft client dccp "$c_ghost" 4204 "$s_ghost" 7 RESET
	check_soon "$me: a Request taken back leaves nothing" not ct_line 'sport=4204'
}

dccp() {
	proto=dccp number=33 any=''
	me="dccp, IPv$v"
	in_fw "$IPT" -F FORWARD
	invalid_dropped
	dccp_timeouts
	dccp_handshake
	dccp_close
	dccp_midway
}

### UDP-Lite

# udplite_is SECONDS [MARKS]
udplite_is() {
	is_line "$1" udplite 136 '' "$(ports "$c" "$s" 4100 7)" \
		"$(ports "$s" "$c" 7 4100)" "${2:-}"
}

udplite() {
	proto=udplite number=136 any='' sport=4100
	me="udplite, IPv$v"
	in_fw "$IPT" -F FORWARD
	invalid_dropped
	# stock sums up UDP-Lite as if it were UDP, and so finds nothing right
	ours || set_ct fw checksum=0
	set_ct fw udp_timeout=100 udp_timeout_stream=200
	in_fw "$IPT" -t raw -A PREROUTING -i wan -p 136 -j DROP
	talk
	check "$me: a socket" answers open
	say_to "tell one"
	check_soon "$me: unanswered" udplite_is 100 unreplied
	in_fw "$IPT" -t raw -D PREROUTING -i wan -p 136 -j DROP
	say_to two
	check "$me: datagrams pass, both ways" answers two
	check "$me: answered, not yet ASSURED" udplite_is 100
	say_to three
	check "$me: the next goes on" answers three
	check_soon "$me: it makes a stream of it, ASSURED" udplite_is 200 assured
	check "$me: conntrack -L has it" listed \
		"^udplite +136 [0-9]+ src=$c_short .*\[ASSURED\] mark=0 use="
	hang_up
	were_invalid
	craft client udplite "$c_short" 4101 "$s_short" 7 sum=0
	check_soon "$me: without a checksum it is INVALID" invalid
	were_invalid
	craft client udplite "$c_short" 4101 "$s_short" 7 coverage=4
	check_soon "$me: so it is when less than its header is covered" invalid
	craft client udplite "$c_short" 4102 "$s_short" 7 coverage=8 data=abcdefgh
	check_soon "$me: covering the header alone is enough" ct_line 'sport=4102 '
	if ours; then
		were_invalid
		craft client udplite "$c_short" 4103 "$s_short" 7 sum=4711
		check_soon "$me: with a wrong checksum it is INVALID" invalid
	fi
	set_ct fw checksum=1
}

### GRE

# gre_is SECONDS SRCKEY DSTKEY [MARKS]
gre_is() {
	is_line "$1" gre 47 "timeout=100, stream_timeout=200 " \
		"$(keys "$c" "$s" "$2" "$3")" "$(keys "$s" "$c" "$3" "$2")" "${4:-}"
}

# tunnel: client and srv, 10.8.0.1 and 10.8.0.2
tunnel() {
	in_client ip link add tun0 type "$kind" local "$c_short" remote "$s_short" "$@"
	in_srv ip link add tun0 type "$kind" local "$s_short" remote "$c_short" "$@"
	in_client ip addr add 10.8.0.1/24 dev tun0
	in_srv ip addr add 10.8.0.2/24 dev tun0
	in_client ip link set tun0 up
	in_srv ip link set tun0 up
}

gre() {
	local kind=gre

	[ "$v" = 4 ] || kind=ip6gre
	proto=gre number=47
	me="gre, IPv$v"
	in_fw "$IPT" -F FORWARD
	invalid_dropped
	set_ct fw gre_timeout=100 gre_timeout_stream=200
	craft client gre "$c_ghost" "$s_ghost"
	check_soon "$me: unanswered" ct_line \
		"gre .* timeout=100, stream_timeout=200 src=.* \[UNREPLIED\] "
	tunnel
	check "$me: a ping through a tunnel" in_client ping -n -c 2 -W 5 -i 0.2 10.8.0.2
	check "$me: its two directions are a flow, ASSURED" gre_is 200 0x0 0x0 assured
	set_ct fw gre_timeout=500 gre_timeout_stream=600
	check "$me: new timeouts" in_client ping -n -c 1 -W 5 10.8.0.2
	check "$me: are for new flows" gre_is 200 0x0 0x0 assured
	in_client ip link del tun0
	in_srv ip link del tun0
	ct_flush
	tunnel key 77
	check "$me: with a key" in_client ping -n -c 2 -W 5 -i 0.2 10.8.0.2
	check "$me: which is not PPTP's and does not count" ct_line \
		"gre .* timeout=500, stream_timeout=600 src=$c dst=$s srckey=0x0 dstkey=0x0 src=$s dst=$c srckey=0x0 dstkey=0x0 \[ASSURED\]"
	check "$me: conntrack -L has it" listed \
		"^gre +47 [0-9]+ src=$c_short dst=$s_short srckey=0x0 dstkey=0x0 .*\[ASSURED\] mark=0 use="
	craft client gre "$c_ghost" "$s_ghost" call=1234
	check_soon "$me: PPTP's call id is the destination's key" ct_line \
		'srckey=0x0 dstkey=0x4d2 \[UNREPLIED\] .* srckey=0x4d2 dstkey=0x0 '
	in_client ip link del tun0
	in_srv ip link del tun0
	ct_flush
}

### PPTP, which is IPv4 only

# call NAME ADDRESS ID: a coprocess of client that has made a call
declare -A CALL_TO CALL_FROM CALL_PID
call() {
	local to from

	exec {to}<> <(:)
	exec {from}<> <(:)
	(exec nsenter --net=/run/netns/client -- python3 -ISB "$HERE/pptp.py" \
		call "$2" 10.0.2.2 "$3") <&"$to" >&"$from" 2>>"$TMP/background.log" &
	CALL_PID[$1]=$!
	disown
	CALL_TO[$1]=$to CALL_FROM[$1]=$from
}
call_says() { local line; read -rt 30 -u "${CALL_FROM[$1]}" line; echo "$line"; grep -qE "^$2\$" <<<"$line"; }
call_do() { echo "$2" >&"${CALL_TO[$1]}"; call_says "$1" "$3"; }
expected() {
	in_fw cat /proc/net/nf_conntrack_expect
	[ "$(in_fw grep -cE 'proto=47 .*pptp' /proc/net/nf_conntrack_expect)" -eq "$1" ]
}

# Two clients behind one address choose the same call id.
pptp_calls() {
	local server

	background srv bash -c "exec python3 -ISB $HERE/pptp.py serve 10.0.2.2 >$TMP/calls"
	server=$!
	wait_for grep -q ready "$TMP/calls"
	call one 10.0.1.2 7
	check "pptp: a call" call_says one "answered 501 for 7"
	check "pptp: both directions of its GRE are expected" expected 2
	check "pptp: its packets go there and back" call_do one gre "gre 7"
	check "pptp: they are the flow that was expected, call id translated" ct_line \
		'gre .* timeout=30, stream_timeout=180 src=10.0.1.2 dst=10.0.2.2 srckey=0x[0-9a-f]+ dstkey=0x1f5 src=10.0.2.2 dst=10.0.2.1 srckey=0x1f5 dstkey=0x[0-9a-f]+ '
	check "pptp: and RELATED to begin with" hit fw FORWARD 2
	check_soon "pptp: nothing is expected any more" expected 0

	call two 10.0.1.3 7
	check "pptp: the same id from another client" call_says two "answered 502 for 7"
	check "pptp: its packets come back to it" call_do two gre "gre 7"
	check "pptp: those of the first still do" call_do one gre "gre 7"
	check "pptp: the server was told two ids" not_the_same_id
	check "pptp: two calls are tracked" [ "$(ct_line 'gre .*stream_timeout=180 ' | grep -c .)" -eq 2 ]

	check "pptp: the second is cleared" call_do two clear cleared
	check_soon "pptp: and its GRE is gone" not ct_line 'gre .*src=10.0.1.3 '
	check "pptp: the first is not" ct_line 'gre .*src=10.0.1.2 '
	in_fw conntrack -D -p tcp --orig-src 10.0.1.2 --orig-port-dst 1723 >"$TMP/said" 2>&1
	check_soon "pptp: with its control connection it goes" not ct_line 'gre .*src=10.0.1.2 '
	kill "${CALL_PID[@]}" "$server"
	wait_for not listening srv tcp 1723
}
not_the_same_id() { [ "$(sed -n 's/^call //p' "$TMP/calls" | sort -u | grep -c .)" -eq 2 ]; }

# The programs that people use, PPP and all.
pptp_real() {
	local dir=$TMP/pptpd

	mkdir -p "$dir"
	printf '%s\n' "option $dir/options" "localip 10.9.0.1" \
		"remoteip 10.9.0.10-12" "listen 10.0.2.2" noipparam >"$dir/conf"
	printf '%s\n' noauth nodefaultroute noccp nobsdcomp ipcp-accept-remote \
		"lcp-echo-interval 0" lock nolog >"$dir/options"
	background srv pptpd -f -c "$dir/conf" -o "$dir/options" -p "$dir/pid"
	wait_for listening srv tcp 1723
	background client pppd pty "pptp 10.0.2.2 --nolaunchpppd" noauth nodetach \
		noccp nobsdcomp nodefaultroute ipcp-accept-local lcp-echo-interval 0
	check_soon "pptp: pppd has an address of pptpd's" eval \
		'in_client ip -o addr show | grep "10.9.0.10 peer 10.9.0.1"'
	check "pptp: a ping through it" in_client ping -n -c 2 -W 5 10.9.0.1
	check "pptp: its GRE is ASSURED, the address and the call id translated" ct_line \
		'gre .*src=10.0.1.2 dst=10.0.2.2 srckey=0x[0-9a-f]+ dstkey=0x[0-9a-f]+ .*src=10.0.2.2 dst=10.0.2.1 .*\[ASSURED\]'
}

pptp() {
	IPT=iptables-legacy
	flush_rules fw
	ct_flush
	set_ct fw gre_timeout=30 gre_timeout_stream=180
	modprobe -a nf_nat_pptp ppp_generic ppp_async
	in_client ip addr add 10.0.1.3/24 dev eth0
	in_fw $IPT -t raw -A PREROUTING -i lan -p tcp --dport 1723 -j CT --helper pptp
	in_fw $IPT -t nat -A POSTROUTING -o wan -j SNAT --to-source 10.0.2.1
	in_fw $IPT -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
	in_fw $IPT -A FORWARD -p gre -m conntrack --ctstate RELATED -j ACCEPT
	in_fw $IPT -A FORWARD -i lan -p tcp --dport 1723 -j ACCEPT
	in_fw $IPT -P FORWARD DROP
	pptp_calls
	ct_flush
	pptp_real
}

### protocols that are known by their number alone

generic() {
	local p

	me="generic, IPv$v"
	flush_rules fw
	invalid_dropped
	set_ct fw generic_timeout=600
	for p in 50 89; do
		craft client ip "$c_ghost" "$s_ghost" $p
		check_soon "$me: protocol $p: unanswered, ten minutes" lives 500 600 \
			"^ipv$v +[0-9]+ unknown  $p [0-9]+ src=$c9 dst=$s9 \[UNREPLIED\] src=$s9 dst=$c9 $TAIL"
		craft srv ip "$s_ghost" "$c_ghost" $p
		check_soon "$me: protocol $p: answered" ct_line \
			"^ipv$v +[0-9]+ unknown  $p [0-9]+ src=$c9 dst=$s9 src=$s9 dst=$c9 $TAIL"
	done
	set_ct fw generic_timeout=300
	craft client ip "$c_ghost" "$s_ghost" 50
	check_soon "$me: the sysctl counts from the next packet on" lives 210 300 \
		"unknown  50 "
	check "$me: and not before" lives 400 600 "unknown  89 "
	check "$me: conntrack -L has it" in_fw conntrack -L -f "ipv$v" -p 89
	set_ct fw generic_timeout=600
}

family() {
	v=$1
	if [ "$v" = 4 ]; then
		IPT=iptables-legacy
		c=10.0.1.2 s=10.0.2.2 c_short=$c s_short=$s
		c_ghost=10.0.1.9 s_ghost=10.0.2.9 c9=10.0.1.9 s9=10.0.2.9
	else
		IPT=ip6tables-legacy
		c=fd00:0001:0000:0000:0000:0000:0000:0002
		s=fd00:0002:0000:0000:0000:0000:0000:0002
		c_short=fd00:1::2 s_short=fd00:2::2
		c_ghost=fd00:1::9 s_ghost=fd00:2::9
		c9=${c%2}9 s9=${s%2}9
	fi
}

modprobe -a sctp dccp_ipv4 dccp_ipv6	# Debian has them loaded by hand only
stage
in_fw iptables-legacy -A FORWARD -m conntrack --ctstate NEW
in_client sysctl -qw net.sctp.hb_interval=1000	# srv sends none in our time
in_srv sysctl -qw net.sctp.hb_interval=3600000
for ns in client srv; do
	within $ns sysctl -qw net.sctp.rto_initial=300 net.sctp.rto_min=300 \
		net.sctp.rto_max=10000 net.sctp.max_init_retransmits=200 \
		net.sctp.association_max_retrans=200 \
		net.sctp.path_max_retrans=200
done
serve sctp
serve udplite
serve dccp
for v in 4 6; do
	family $v
	sctp
	dccp
	udplite
	gre
	generic
done
pptp
