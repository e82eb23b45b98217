#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The checks inside the machine that tests/install/run has installed on and
# booted.  From the kernel's command line: nf_ct.where, the folder modprobe
# should take nf_conntrack from, nf_ct.other, a file made for another kernel, and
# nf_ct.secure, for Secure Boot.

. "$(dirname "$0")/../net/lib.sh"

argument() { sed -n "s/.*nf_ct\.$1=\([^ ]*\).*/\1/p" /proc/cmdline; }

where=$(argument where)
other=$(argument other)
secure=$(argument secure)
MODULES=ours
[ "$where" != kernel/net/netfilter ] || MODULES=stock
RELEASE=$(uname -r)
say "$RELEASE, modules in $where"
echo "nf_ct test $TEST begins" >/dev/kmsg

### what is installed

# in_place NAME: modprobe takes it from where it should be
in_place() {
	local file

	file=$(modinfo -F filename "$1") && echo "$file"
	[[ $file == "/lib/modules/$RELEASE/$where/$1".ko* ]]
}

# loaded: nf_conntrack in the kernel is the one on the disk, ours or stock
loaded() {
	local taint

	taint=$(cat /sys/module/nf_conntrack/taint) && echo "taint: $taint"
	if ours; then
		diff /sys/module/nf_conntrack/srcversion \
			<(modinfo -F srcversion nf_conntrack) &&
			[[ $taint == *O* ]] &&
			[ -e /proc/net/stat/nf_conntrack_invalid ]
	else
		[[ $taint != *O* ]] &&
			[ ! -e /proc/net/stat/nf_conntrack_invalid ]
	fi
}

no_failed_units() {
	systemctl list-units --failed --no-legend --plain >"$TMP/failed"
	cat "$TMP/failed"
	not grep -q . "$TMP/failed"
}

check "every unit started" no_failed_units
for module in nf_conntrack nf_conntrack_ftp nf_conntrack_amanda xt_state \
	xt_conntrack; do
	check "$module is the one in $where" in_place "$module"
done

### ufw, which the boot has started

# Its rules are the machine's own, so the machine itself is a namespace here.
ip netns attach host 1
AT_END+=("ip netns del host")
space client
cable client eth0 host inside
ip addr add 10.0.7.1/24 dev inside
ip addr add fd00:7::1/64 dev inside nodad
within client ip addr add 10.0.7.2/24 dev eth0
within client ip addr add fd00:7::2/64 dev eth0 nodad
IPT=iptables

# connects ADDRESS PORT SECONDS: the client does
connects() {
	in_client socat -u /dev/null "TCP:$(at "$1"):$2,connect-timeout=$3"
}

# open|shut PORT: to the client, over IPv4 and IPv6
open() { connects 10.0.7.1 "$1" 20 && connects fd00:7::1 "$1" 20; }
shut() {
	listening host tcp "$1" || return 1
	not connects 10.0.7.1 "$1" 3 && not connects fd00:7::1 "$1" 3 || return 1
	kernel_says "UFW BLOCK.* SRC=10.0.7.2 .* DPT=$1 " &&
		kernel_says "UFW BLOCK.* SRC=fd00:.* DPT=$1 "
}

# answers: what the machine says to a server outside comes back
answers() {
	local address

	for address in 10.0.7.2 fd00:7::2; do
		[ "$(socat -t 20 - "TCP:$(at $address):7000,connect-timeout=20" \
			<<<hello)" = hello ] || return 1
	done
}

# let_in FAMILY: packets that the rule for ESTABLISHED accepted
let_in() {
	"$1tables" -nvxL "$2-before-input" | tee "$TMP/rules" |
		awk '/RELATED,ESTABLISHED/ { n += $1 } END { exit !n }'
}

ufw_is() { ufw status | grep -x "Status: $1"; }

check "ufw is active" systemctl is-active ufw
check "ufw says so too" ufw_is active
check "ufw's rules brought the module in" loaded
start_nc host 8080
start_nc host 9090
background client socat "TCP6-LISTEN:7000,ipv6only=0,reuseaddr,fork" EXEC:cat
wait_for listening client tcp 7000
check "the allowed port is open" open 8080
check "another, with a server on it, is not" shut 9090
check "answers come in" answers
check "by the rule for ESTABLISHED, IPv4" let_in ip ufw
check "by the rule for ESTABLISHED, IPv6" let_in ip6 ufw6
check "conntrack(8) lists the connection" \
	conntrack -L -p tcp -d 10.0.7.2 --dport 7000

### a module made for another kernel

# refused FILE: with ENOEXEC, "Invalid module format" in insmod's words
refused() {
	local said

	said=$(not insmod "$1" 2>&1) && echo "$said"
	[[ $said == *"Invalid module format"* ]] || return 1
	# shellcheck disable=SC2016 # perl's variables; 313 is finit_module(2)
	perl -e 'use Errno; open(my $f, "<", $ARGV[0]) or die $!;
		exit(!(syscall(313, fileno($f), "", 0) == -1 && $!{ENOEXEC}))' \
		"$1"
}

# still_there: a connection made before lives on
still_there() {
	echo again >&"${KEPT[1]}"
	read -rt 20 -u "${KEPT[0]}" said && [ "$said" = again ]
}

if [ -n "$other" ]; then
	coproc KEPT { socat - TCP:10.0.7.2:7000; }
	check "a connection is held open" still_there
	check "a module made for another kernel is refused" refused "$other"
	check "the kernel says why" kernel_says \
		'nf_conntrack: (version magic|disagrees about version of symbol)'
	check "the one loaded stays" loaded
	check "and the connection goes on" still_there
	kill "$KEPT_PID"
fi

### from nothing

ufw --force disable >/dev/null
check "with ufw disabled the other port is open" open 9090
for ip in ip ip6; do
	"${ip}tables" -F
	"${ip}tables" -X
done
wait_for not pgrep -f TCP:10.0.7.2
unload_netfilter >"$TMP/unloaded" 2>&1
check "the module can be unloaded" not test -e /sys/module/nf_conntrack
check "modprobe nf_nat" modprobe nf_nat
check "loads the one in $where" loaded

if [ -n "$other" ]; then
	modprobe -r nf_nat
	check "the same from nothing: refused" refused "$other"
	check "and not there" not test -e /sys/module/nf_conntrack
fi

### Secure Boot

# unsigned: no kernel that is locked down takes it
unsigned() {
	local said

	strip --strip-debug -o "$TMP/nf_conntrack.ko" \
		"$(modinfo -F filename nf_conntrack)"
	said=$(not insmod "$TMP/nf_conntrack.ko" 2>&1) && echo "$said"
	[[ $said == *"Operation not permitted"* ]]
}

if [ -n "$secure" ]; then
	check "Secure Boot has locked the kernel down" \
		grep -F '[integrity]' /sys/kernel/security/lockdown
	check "the kernel knows the modules' key" \
		not grep E /sys/module/nf_conntrack/taint
	modprobe -r nf_nat
	check "a module without signature is refused" unsigned
	check "the kernel says why, without one" kernel_says \
		'Lockdown: insmod: unsigned module loading is restricted'
fi
