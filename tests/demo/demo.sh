#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The tutorial, live: a client, a firewall and a server; the rules as one types
# them; the table after each step, with a line that says what to look at.
# Runs as root in the guest ("make demo"); stops with an error when a step does
# not show what it promises.

set -euo pipefail
export LC_ALL=C PATH=/usr/sbin:/sbin:/usr/bin:/bin
TMP=$(mktemp -d)

### how it speaks

bold='' dim='' plain=''
if [ -n "${NF_CT_COLOR:-}" ]; then
	bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
fi

step=0
step() {
	step=$((step + 1))
	printf '\n%s%d. %s%s\n' "$bold" "$step" "$*" "$plain"
}
look() { printf '%s   --> %s%s\n' "$bold" "$*" "$plain"; }
fail() { printf '\nDEMO FAILED in step %d: %s\n' "$step" "$*"; exit 1; }

# at NS COMMAND: shown as typed, then run.  tries: the same, and it may fail
at() {
	printf '%s%-6s#%s %s\n' "$dim" "$1" "$plain" "$2"
	ip netns exec "$1" bash -c "$2" 2>&1 | sed 's/^/        /'
}
tries() { at "$@" || :; }

# table REGEX...: the table, which must have a line for each
table() {
	local regex lines

	lines=$(ip netns exec fw cat /proc/net/nf_conntrack)
	printf '%sfw    #%s cat /proc/net/nf_conntrack\n' "$dim" "$plain"
	echo "        ${lines//$'\n'/$'\n'        }"
	for regex; do
		grep -qE -- "$regex" <<<"$lines" || fail "no line like: $regex"
	done
}

forget() { ip netns exec fw conntrack -F 2>/dev/null; }

finish() {
	local status=$? ns pids

	for ns in client fw srv; do
		pids=$(ip netns pids $ns 2>/dev/null) || continue
		[ -z "$pids" ] || xargs kill -9 <<<"$pids"
		ip netns del $ns
	done
	rm -rf "$TMP"
	[ $status -eq 0 ] || printf '\nDEMO FAILED in step %d\n' "$step"
	exit $status
}
trap finish EXIT

### the stage

place() {
	local ns

	for ns in client fw srv; do
		ip netns add $ns
		ip netns exec $ns ip link set lo up
	done
	ip link add eth0 netns client type veth peer name lan netns fw
	ip link add wan netns fw type veth peer name eth0 netns srv
	ip netns exec client ip addr add 10.0.1.2/24 dev eth0
	ip netns exec fw ip addr add 10.0.1.1/24 dev lan
	ip netns exec fw ip addr add 10.0.2.1/24 dev wan
	ip netns exec srv ip addr add 10.0.2.2/24 dev eth0
	ip netns exec client ip link set eth0 up
	ip netns exec fw ip link set lan up
	ip netns exec fw ip link set wan up
	ip netns exec srv ip link set eth0 up
	ip netns exec client ip route add default via 10.0.1.1
	ip netns exec srv ip route add default via 10.0.2.1
	ip netns exec fw sysctl -qw net.ipv4.ip_forward=1
	# a host that never answers: known by address, deaf to all
	ip netns exec fw ip neigh add 10.0.2.9 dev wan lladdr 02:00:00:00:00:09
}

serve() {
	(exec ip netns exec srv "$@") </dev/null >>"$TMP/log" 2>&1 &
	disown
}
servers() {
	mkdir -p "$TMP/www" "$TMP/empty"
	chmod -R a+rX "$TMP"
	echo "a page from nginx" >"$TMP/www/index.html"
	echo "a file from vsftpd" >"$TMP/www/file.txt"
	{
		echo "daemon off; master_process off; user root;"
		echo "pid $TMP/nginx.pid; events {} http { access_log off;"
		for path in client_body proxy fastcgi uwsgi scgi; do
			echo "${path}_temp_path $TMP/$path;"
		done
		echo "server { listen 80; root $TMP/www; } }"
	} >"$TMP/nginx.conf"
	serve nginx -e stderr -c "$TMP/nginx.conf"
	for line in listen=YES background=NO anonymous_enable=YES \
		no_anon_password=YES ftp_username=daemon nopriv_user=nobody \
		anon_root="$TMP/www" secure_chroot_dir="$TMP/empty" \
		connect_from_port_20=YES isolate=NO isolate_network=NO \
		seccomp_sandbox=NO; do
		echo "$line"
	done >"$TMP/vsftpd.conf"
	serve vsftpd "$TMP/vsftpd.conf"
	serve dnsmasq --keep-in-foreground --no-resolv --no-hosts --user=root \
		--conf-file=/dev/null --pid-file= --address=/example.org/192.0.2.7
	for port in t:80 t:21 u:53; do
		until ip netns exec srv ss -Hln${port%:*} "sport = :${port#*:}" |
			grep -q .; do
			[ $SECONDS -lt 60 ] || fail "a server does not start"
			sleep 0.2
		done
	done
}

rules() {
	at fw 'iptables-legacy -P FORWARD DROP'
	at fw 'iptables-legacy -A FORWARD -m state --state ESTABLISHED,RELATED -j ACCEPT'
	at fw 'iptables-legacy -A FORWARD -p tcp ! --syn -m state --state NEW -j DROP'
	at fw 'iptables-legacy -A FORWARD -i lan -m state --state NEW -j ACCEPT'
	at fw 'iptables-legacy -A FORWARD -m state --state INVALID -j DROP'
}

### the play

cat <<'END'
Connection tracking, live.

      client 10.0.1.2 ---- 10.0.1.1 fw 10.0.2.1 ---- 10.0.2.2 srv

Three network namespaces and real programs.  "client#", "fw#" and "srv#" say
where a command is typed; the table is always the firewall's.
END

step "The modules"
modprobe ip_conntrack
modprobe ip_conntrack_ftp
modprobe xt_state
modprobe xt_conntrack
for module in nf_conntrack nf_conntrack_ftp xt_state xt_conntrack; do
	printf '        %-18s %s\n' $module "$(modinfo -F filename $module)"
done
look "those under updates/ are ours; the kernel is $(uname -r) as it came."
place
servers

step "The rules: answers may pass, and what the LAN begins; nothing else"
rules
look "no port is opened for answers: the state does it."

step "UDP: a question that nobody answers, and one that is answered"
tries client 'dig +short +tries=1 +time=1 -b 10.0.1.2#5301 @10.0.2.9 example.org'
at client 'dig +short -b 10.0.1.2#5302 @10.0.2.2 example.org'
table 'dst=10.0.2.9 .*\[UNREPLIED\]' 'dst=10.0.2.2 sport=5302'
look "[UNREPLIED] goes with the first reply; field 5 is the seconds left."
sleep 2
at client 'dig +short -b 10.0.1.2#5302 @10.0.2.2 example.org'
table 'udp +17 1[0-9][0-9] .*sport=5302 .*\[ASSURED\]'
look "still talking after two seconds: a stream, [ASSURED], 120 s instead of 30."
forget

step "TCP: a page"
at client 'curl -sS http://10.0.2.2/'
table 'TIME_WAIT src=10.0.1.2 dst=10.0.2.2 .*dport=80 .*\[ASSURED\]'
look "closed by both sides: TIME_WAIT; each state has a timeout of its own."
tries client 'timeout 1 bash -c "echo hello >/dev/tcp/10.0.2.9/80"'
table 'SYN_SENT src=10.0.1.2 dst=10.0.2.9 .*\[UNREPLIED\]'
look "a SYN without an answer stays SYN_SENT."
if at srv 'timeout 1 bash -c "echo hello >/dev/tcp/10.0.1.2/80"'; then
	fail "the server could begin a flow"
fi
look "from outside not even that: nobody inside asked for it."
forget

step "ICMP: a ping, and an error about somebody else's packet"
at client 'ping -n -c 1 10.0.2.2'
table 'icmp .*type=8 code=0 id='
look "the reply is known by type, code and id."
at client 'echo hello >/dev/udp/10.0.2.2/7'
at fw 'iptables-legacy -nvL FORWARD 1'
look "\"port unreachable\" came back as RELATED: rule 1 let it in."
forget

step "FTP: one session, a second connection for each file"
if [ ! -e /proc/sys/net/netfilter/nf_conntrack_helper ]; then
	at fw 'iptables-legacy -t raw -A PREROUTING -p tcp --dport 21 -j CT --helper ftp'
fi
at client 'curl -sS ftp://10.0.2.2/file.txt'
at client 'curl -sS --ftp-port - ftp://10.0.2.2/file.txt'
table 'dport=21 ' 'src=10.0.2.2 dst=10.0.1.2 sport=20 '
look "the helper read PORT in the session, so a flow from the server's port 20
       was expected and came in as RELATED, though no rule names port 20."
forget

step "Trouble: packets that belong to nothing"
trouble() {
	printf '%sclient#%s %s\n' "$dim" "$plain" "$*"
	echo "$*" | ip netns exec client python3 -ISB \
		"$(dirname "$0")/../net/craft.py" >/dev/null
}
trouble tcp 10.0.1.2 4000 10.0.2.2 80 SF
trouble tcp 10.0.1.2 4001 10.0.2.2 80 A seq=1 ack=1
trouble icmp 10.0.1.2 10.0.2.2 0 0 id=7
trouble icmp 10.0.1.2 10.0.2.2 3 3 about udp 10.0.2.2 1 10.0.1.2 2
sleep 0.5
at fw 'iptables-legacy -nvL FORWARD'
counters=$(ip netns exec fw iptables-legacy -nvxL FORWARD | awk 'NR > 2 { print $1 }' | xargs)
read -r answers stray begun invalid <<<"$counters"
if [ "$answers" -le 10 ] || [ "$begun" -le 5 ]; then
	fail "the rules counted $counters"
fi
[ "$stray" -eq 1 ] || fail "the stray ACK was not dropped"
[ "$invalid" -eq 3 ] || fail "of three INVALID packets rule 4 counted $invalid"
look "SYN with FIN, an echo reply to no request, an error about no flow: INVALID;
       an ACK out of nowhere: NEW, but no SYN, so the second rule drops it."

step "The counters"
printf '%sfw    #%s cat /proc/net/stat/nf_conntrack\n' "$dim" "$plain"
ip netns exec fw cat /proc/net/stat/nf_conntrack | sed 's/^/        /'
if [ -e /proc/net/stat/nf_conntrack_invalid ]; then
	printf '%sfw    #%s cat /proc/net/stat/nf_conntrack_invalid\n' "$dim" "$plain"
	ip netns exec fw cat /proc/net/stat/nf_conntrack_invalid | sed 's/^/        /'
	look "why each packet was refused: no other tracker tells."
fi
printf '\nThat was all; everything is put away again.\n'
