# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Sourced by what makes the captures here: real programs in two namespaces, with
# a router between them that writes down what it forwards.

work=$(mktemp -d)
pids=()

cleanup() {
	[ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
	ip netns del nfct-c 2>/dev/null || true
	ip netns del nfct-r 2>/dev/null || true
	ip netns del nfct-s 2>/dev/null || true
	rm -rf "$work"
}

client() { ip netns exec nfct-c "$@"; }

# server COMMAND...: goes on until the end.
server() {
	ip netns exec nfct-s "$@" > "$work/server" 2>&1 < /dev/null &
	pids+=("$!")
}

# side NAME NETWORK: a host and its link to the router.
side() {
	ip netns add "nfct-$1"
	ip -n nfct-r link add "to-$1" type veth peer name eth0 netns "nfct-$1"
	ip -n "nfct-$1" link set lo up
	ip -n "nfct-$1" link set eth0 up
	ip -n nfct-r link set "to-$1" up
	ip -n "nfct-$1" addr add "10.0.$2.2/24" dev eth0
	ip -n "nfct-$1" addr add "fd00:$2::2/64" dev eth0 nodad
	ip -n nfct-r addr add "10.0.$2.1/24" dev "to-$1"
	ip -n nfct-r addr add "fd00:$2::1/64" dev "to-$1" nodad
	ip -n "nfct-$1" route add default via "10.0.$2.1"
	ip -n "nfct-$1" route add default via "fd00:$2::1"
	# A capture must have the checksums that a wire would.
	ip netns exec "nfct-$1" ethtool -K eth0 tx off tso off gso off \
		gro off > /dev/null
}

network() {
	ip netns add nfct-r
	ip netns exec nfct-r sysctl -qw net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1
	side c 1
	side s 2
}

# capture NAME [fails] COMMAND...: what crosses the router while the client does
# that, which must come out as it should.
capture() {
	local name=$1 dump wanted=0 status=0

	shift
	if [ "$1" = fails ]; then
		wanted=1
		shift
	fi
	rm -f "$work/tcpdump"
	ip netns exec nfct-r tcpdump -q -U --immediate-mode -s 0 -i to-c -w "$name.pcap" \
		"ip or (ip6 and not icmp6[0] >= 130)" 2> "$work/tcpdump" &
	dump=$!
	pids+=("$dump")
	until grep -qs listening "$work/tcpdump"; do sleep 0.1; done
	client "$@" > "$work/out" 2>&1 || status=1
	if [ "$status" -ne "$wanted" ]; then
		echo "$name:" "$(cat "$work/out")" >&2
		return 1
	fi
	sleep 0.5
	kill "$dump"
	wait "$dump"
	echo "$name: $(wc -c < "$name.pcap") bytes"
}
