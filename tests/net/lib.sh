# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The stage that every system test plays on, and the words it is written in.
#
#   +------------+        +-------------------------+        +------------+
#   | client     |        | fw                      |        | srv        |
#   |       eth0 +--------+ lan                 wan +--------+ eth0       |
#   | 10.0.1.2   |        | 10.0.1.1       10.0.2.1 |        | 10.0.2.2   |
#   | fd00:1::2  |        | fd00:1::1     fd00:2::1 |        | fd00:2::2  |
#   +------------+        +-------------------------+        +------------+
#
# Three network namespaces.  fw routes and is where connections are tracked;
# client and srv have no rules, so nothing is tracked there, unless a test
# says otherwise.  10.0.1.9 and 10.0.2.9 (fd00:1::9, fd00:2::9) are ghosts:
# fw delivers to them, nobody answers, so craft.py may speak for them.
#
# A test sources this file, calls "stage", and then checks.  Any command that
# fails outside a check ends the test as failed, naming the line.

set -eEuo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TEST=$(basename "$0" .sh)
TMP=$(mktemp -d "/tmp/$TEST.XXXXXX")
PATIENCE=${PATIENCE:-30}	# seconds that wait_for and check_soon allow
SPACES=()			# network namespaces to clear away
AT_END=()			# commands that put back what a test changed
FAILED=0

# ours | stock: which modules the machine has been given
MODULES=${MODULES:-${NF_CT_MODULES:-}}
if [ -z "$MODULES" ]; then
	MODULES=stock
	if modinfo -F filename nf_conntrack 2>/dev/null | grep -q updates/ ||
	   [ -e /proc/net/stat/nf_conntrack_invalid ]; then
		MODULES=ours
	fi
fi
ours() { [ "$MODULES" = ours ]; }

### saying and checking

say() { printf '# %s\n' "$*"; }
not() { ! "$@"; }

# wait_for COMMAND...: run it until it succeeds, or fail when patience ends
exec {NEVER}<> <(:)		# nothing to read: a pause without a process
wait_for() {
	local end=$((SECONDS + PATIENCE))

	until "$@" >"$TMP/said" 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		read -rt 0.1 -u "$NEVER" || :
	done
}

# check NAME COMMAND...: one line of the test's result
check() {
	local name=$1
	shift

	if "$@" >"$TMP/said" 2>&1; then
		printf 'ok - %s\n' "$name"
		return
	fi
	printf 'not ok - %s\n' "$name"
	FAILED=$((FAILED + 1))
	diagnose "$*"
}

# check_soon NAME COMMAND...: the same for what becomes true a moment later
check_soon() {
	local name=$1
	shift

	wait_for "$@" || :
	check "$name" "$@"
}

# diagnose WHAT: what a reader of a failed check wants to see
diagnose() {
	local ns

	{
		printf 'at line %s: %s\n' "${BASH_LINENO[1]}" "$1"
		cat "$TMP/said"
		for ns in "${SPACES[@]}"; do
			printf '== %s ==\n' "$ns"
			within "$ns" cat /proc/net/nf_conntrack || :
			within "$ns" iptables-legacy-save -c | grep '^\[' || :
			within "$ns" ip6tables-legacy-save -c | grep '^\[' || :
		done
	} 2>&1 | head -n 40 | sed 's/^/#   /' || :	# head may leave first
}

### the stage

within() { nsenter --net="/run/netns/$1" -- "${@:2}"; }
in_client() { within client "$@"; }
in_fw() { within fw "$@"; }
in_srv() { within srv "$@"; }

# space NAME: a network namespace with loopback up and no address detection
space() {
	ip netns add "$1"
	SPACES+=("$1")
	within "$1" bash -c 'echo 0 | tee /proc/sys/net/ipv6/conf/*/accept_dad' \
		>/dev/null
	within "$1" ip link set lo up
}

# cable NS IFACE NS IFACE: a wire between two namespaces
cable() {
	ip -batch - <<-END
		link add $2 netns $1 type veth peer name $4 netns $3
	END
	within "$1" ip link set "$2" up
	within "$3" ip link set "$4" up
}

# link_address NS IFACE
link_address() { within "$1" ip -o link show "$2" | sed 's/.*ether \([^ ]*\).*/\1/'; }

stage() {
	say "$TEST on $(uname -r), $MODULES modules"
	echo "nf_ct test $TEST begins" >/dev/kmsg
	space client
	space fw
	space srv
	cable client eth0 fw lan
	cable fw wan srv eth0
	within client ip -batch - <<-END
		addr add 10.0.1.2/24 dev eth0
		addr add fd00:1::2/64 dev eth0 nodad
		route add default via 10.0.1.1
		route add default via fd00:1::1
	END
	within srv ip -batch - <<-END
		addr add 10.0.2.2/24 dev eth0
		addr add fd00:2::2/64 dev eth0 nodad
		route add 10.0.1.0/24 via 10.0.2.1
		route add fd00:1::/64 via fd00:2::1
	END
	within fw ip -batch - <<-END
		addr add 10.0.1.1/24 dev lan
		addr add 10.0.2.1/24 dev wan
		addr add fd00:1::1/64 dev lan nodad
		addr add fd00:2::1/64 dev wan nodad
		neigh add 10.0.1.9 lladdr $(link_address client eth0) dev lan
		neigh add 10.0.2.9 lladdr $(link_address srv eth0) dev wan
		neigh add fd00:1::9 lladdr $(link_address client eth0) dev lan
		neigh add fd00:2::9 lladdr $(link_address srv eth0) dev wan
	END
	in_fw sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

# since_begin: what the kernel printed since this test began
since_begin() { dmesg | sed "1,/nf_ct test $TEST begins/d"; }
kernel_says() { since_begin | grep -E -- "$1"; }

strike() {
	local ns pids

	for ns in "${SPACES[@]}"; do
		pids=$(ip netns pids "$ns" 2>/dev/null) || :
		[ -z "$pids" ] || xargs kill -9 <<<"$pids" 2>/dev/null || :
	done
	for ns in "${SPACES[@]}"; do
		ip netns del "$ns" || :
	done
	SPACES=()
}

# Races are for tests/vm/run to judge: some are the kernel's own.
splats() {
	since_begin | grep -v 'BUG: KCSAN' | grep -E 'BUG:|WARNING:|Oops|KASAN|general protection|rcu.*stall|suspicious RCU|refcount_t|unregister_netdevice:|blocked for more|leaked|scheduling while atomic'
}

finish() {
	local status=$1 command

	trap - EXIT ERR
	set +e
	strike
	for command in "${AT_END[@]}"; do
		$command
	done
	check "the kernel has nothing to complain of" not splats
	rm -rf "$TMP"
	if [ "$status" -ne 0 ] || [ "$FAILED" -ne 0 ]; then
		say "$TEST: FAILED ($FAILED checks, status $status)"
		exit 1
	fi
	say "$TEST: passed"
	exit 0
}
# where: the line of the test itself, from within whatever it called
where() { echo "${BASH_LINENO[*]}"; }

trap 'finish $?' EXIT
trap 'exit 1' INT TERM
trap 'printf "not ok - %s stopped at line %s: %s\n" "$TEST" "$(where)" "$BASH_COMMAND" >&2' ERR

### programs

# background NS COMMAND...: until the test ends
background() {
	(exec nsenter --net="/run/netns/$1" -- "${@:2}") </dev/null \
		>>"$TMP/background.log" 2>&1 &
	disown
}

# listening NS tcp|udp PORT
listening() {
	local proto=t

	[ "$2" = tcp ] || proto=u
	within "$1" ss -Hln"$proto" "sport = :$3" | grep -q .
}

# start_nc NS PORT [FILE]: swallows whatever comes, connection after connection
start_nc() {
	background "$1" socat -u "TCP6-LISTEN:$2,ipv6only=0,reuseaddr,fork" \
		"OPEN:${3:-/dev/null},creat,append"
	wait_for listening "$1" tcp "$2"
}

# start_echo NS PORT: UDP, sends back what it is sent
start_echo() {
	background "$1" socat "UDP6-LISTEN:$2,ipv6only=0,reuseaddr,fork" EXEC:cat
	wait_for listening "$1" udp "$2"
}

# start_nginx NS [PORT]: serves the page "hello from nginx"
start_nginx() {
	local dir=$TMP/nginx-$1 port=${2:-80} path

	mkdir -p "$dir"
	echo "hello from nginx" >"$dir/index.html"
	chmod -R a+rX "$TMP" "$dir"
	{
		echo "daemon off; master_process off; pid $dir/pid;"
		echo "error_log stderr; user root; events {} http { access_log off;"
		for path in client_body proxy fastcgi uwsgi scgi; do
			echo "${path}_temp_path $dir/$path;"
		done
		echo "server { listen $port; listen [::]:$port; root $dir; } }"
	} >"$dir/conf"
	background "$1" nginx -e stderr -c "$dir/conf"
	wait_for listening "$1" tcp "$port"
}

# start_vsftpd NS [PORT [OPTION=VALUE...]]: anonymous, serves hello.txt
start_vsftpd() {
	local port=${2:-21} dir=$TMP/ftp-$1-${2:-21} option

	mkdir -p "$dir/root" "$dir/empty"
	echo "hello from vsftpd" >"$dir/root/hello.txt"
	chmod a+rx "$TMP" "$dir"
	for option in listen_ipv6=YES listen_port="$port" background=NO \
		anonymous_enable=YES no_anon_password=YES anon_root="$dir/root" \
		ftp_username=daemon nopriv_user=nobody \
		secure_chroot_dir="$dir/empty" connect_from_port_20=YES \
		isolate=NO isolate_network=NO seccomp_sandbox=NO \
		connect_timeout=5 accept_timeout=5 "${@:3}"; do
		echo "$option"
	done >"$dir/conf"
	background "$1" vsftpd "$dir/conf"
	wait_for listening "$1" tcp "$port"
}

# start_dnsmasq NS: knows example.org as 192.0.2.7 and 2001:db8::7
start_dnsmasq() {
	background "$1" dnsmasq --keep-in-foreground --no-resolv --no-hosts \
		--conf-file=/dev/null --user=root --pid-file= \
		--address=/example.org/192.0.2.7 \
		--address=/example.org/2001:db8::7
	wait_for listening "$1" udp 53
}

# craft NS PROTO ...: one hand-made packet; craft.py says what it understands.
# One process a namespace sends them all, answering when each is sent.
declare -A CRAFT_TO CRAFT_FROM
craft() {
	local ns=$1 fd said pipe=$TMP/craft-$1

	if [ -z "${CRAFT_TO[$ns]:-}" ]; then
		mkfifo "$pipe.to" "$pipe.from"
		(exec nsenter --net="/run/netns/$ns" -- python3 -ISB \
			"$HERE/craft.py") <"$pipe.to" >"$pipe.from" &
		disown
		exec {fd}>"$pipe.to"
		CRAFT_TO[$ns]=$fd
		exec {fd}<"$pipe.from"
		CRAFT_FROM[$ns]=$fd
	fi
	echo "${*:2}" >&"${CRAFT_TO[$ns]}"
	read -rt 60 said <&"${CRAFT_FROM[$ns]}" && [ "$said" = sent ]
}

# at ADDRESS: as it stands in a URL
at() { case $1 in *:*) echo "[$1]" ;; *) echo "$1" ;; esac; }
fetch() { curl -gsS --connect-timeout 3 --max-time 10 "$@"; }

# talk_from NS HOST PORT LINE...: over TCP, waits for an answer to every line
# shellcheck disable=SC2016	# for the shell in the namespace
talk_from() {
	within "$1" bash -c 'exec 3<>"/dev/tcp/$0/$1"
		read -rt 5 -u 3; echo "$REPLY"
		for line in "${@:2}"; do
			printf "%s\r\n" "$line" >&3
			read -rt 5 -u 3; echo "$REPLY"
		done' "${@:2}"
}

# unload_netfilter: every module of it, and what stands on it, that nobody
# uses, users first
unload_netfilter() {
	local again=1 name used

	while [ -n "$again" ]; do
		again=''
		while read -r name _ used _; do
			case $name:$used in
			act_ct:0 | ip_vs*:0 | openvswitch:0 | \
			*_tables:0 | ip*table_*:0 | nf_*:0 | nft_*:0 | xt_*:0 | nfnetlink*:0)
				! rmmod "$name" || again=1 ;;
			esac
		done </proc/modules
	done
}

# What an earlier test of the same guest may have loaded.
unload_ftp_helper() {
	local name

	for name in nf_nat_ftp nf_conntrack_ftp; do
		! grep -q "^$name " /proc/modules || wait_for rmmod "$name"
	done
}

### what the firewall saw

# hits NS [-t TABLE] CHAIN NUMBER: packets that a rule counted (IPT says whose)
IPT=iptables-legacy
hits() {
	local ns=$1 table=filter counter
	shift

	if [ "$1" = -t ]; then
		table=$2
		shift 2
	fi
	read -r counter _ < <(within "$ns" "$IPT" -t "$table" -nvxL "$1" "$2")
	echo "$counter"
}

# counted NUMBER hits-arguments: exactly so many; hit: some; unhit: none
counted() { local n; n=$(hits "${@:2}"); echo "counted $n"; [ "$n" -eq "$1" ]; }
hit() { local n; n=$(hits "$@"); echo "counted $n"; [ "$n" -gt 0 ]; }
unhit() { counted 0 "$@"; }

# counts "NUMBER..." NS [-t TABLE] CHAIN: what all its rules counted, in order
counts() {
	local want=$1 ns=$2 table=filter counter got=()
	shift 2

	if [ "$1" = -t ]; then
		table=$2
		shift 2
	fi
	while read -r counter _; do
		got+=("$counter")
	done < <(within "$ns" "$IPT" -t "$table" -nvxL "$1")
	echo "counted ${got[*]:2}"
	[ "${got[*]:2}" = "$want" ]
}

# add_rules NS TABLE: from the standard input, as iptables-save writes them
add_rules() {
	{
		echo "*$2"
		cat
		echo COMMIT
	} | within "$1" "$IPT-restore" -n
}

# flush_rules NS: no rules, every policy ACCEPT, both families
flush_rules() {
	# shellcheck disable=SC2016	# for the shell in the namespace
	within "$1" bash -c '
		for ip in ip ip6; do
			[ -e /proc/net/${ip}_tables_names ] || continue
			while read -r table; do
				chains="PREROUTING INPUT FORWARD OUTPUT POSTROUTING"
				[ $table != filter ] || chains="INPUT FORWARD OUTPUT"
				[ $table != raw ] || chains="PREROUTING OUTPUT"
				[ $table != nat ] ||
					chains="PREROUTING INPUT OUTPUT POSTROUTING"
				printf "*%s\n" $table
				printf ":%s ACCEPT\n" $chains
				echo COMMIT
			done </proc/net/${ip}_tables_names |
				${ip}tables-legacy-restore || exit
		done'
}

# ct_line REGEX [NS]: the lines of the table that match; fails when none does
ct_line() { within "${2:-fw}" grep -E -- "$1" /proc/net/nf_conntrack; }

# ct_seconds REGEX [NS]: how long the first of them has to live
ct_seconds() {
	local fields

	read -ra fields < <(ct_line "$@") && echo "${fields[4]}"
}

# lives MIN MAX REGEX: an entry with that many seconds left
lives() {
	local s

	s=$(ct_seconds "$3") && echo "$s s" && [ "$s" -ge "$1" ] && [ "$s" -le "$2" ]
}

# long ADDRESS: as /proc writes it: of IPv6, all eight groups in full
long() {
	local groups rest

	case $1 in *::*) ;; *) echo "$1"; return ;; esac
	IFS=: read -ra groups <<<"${1%%::*}"
	IFS=: read -ra rest <<<"${1##*::}"
	while [ $((${#groups[@]} + ${#rest[@]})) -lt 8 ]; do
		groups+=(0)
	done
	groups+=("${rest[@]}")
	printf -v rest ':%04x' "${groups[@]/#/0x}"
	echo "${rest#:}"
}

ct_flush() { in_fw conntrack -F >"$TMP/said" 2>&1; }
ct_count() { within "${1:-fw}" cat /proc/sys/net/netfilter/nf_conntrack_count; }

# ct_counts NUMBER [NS]: so many entries, by nf_conntrack_count
ct_counts() { [ "$(ct_count "${2:-fw}")" -eq "$1" ]; }

# set_ct NS NAME=VALUE...: net.netfilter.nf_conntrack_NAME
set_ct() {
	local ns=$1
	shift

	within "$ns" sysctl -qw "${@/#/net.netfilter.nf_conntrack_}"
}

# ct_stat COLUMN [FILE [NS]]: a per-CPU counter, added up
ct_stat() {
	local header row i col=-1 sum=0

	{
		read -ra header
		for i in "${!header[@]}"; do
			[ "${header[i]}" != "$1" ] || col=$i
		done
		[ "$col" -ge 0 ] || return 1
		while read -ra row; do
			sum=$((sum + 16#${row[col]}))
		done
	} < <(within "${3:-fw}" cat "/proc/net/stat/${2:-nf_conntrack}")
	echo $sum
}

# why_count REASON: packets of fw refused for it
why_count() {
	in_fw sed -n "s/^$1  *//p" /proc/net/stat/nf_conntrack_invalid
}
