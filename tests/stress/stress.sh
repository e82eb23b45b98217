#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage, in the guest: stress.sh SECONDS
#
# Everything at once: flows that begin on several processors at the same
# moment, from both ends, and die in every way there is, while the table is
# resized, read, listened to, and its limit, its options and its helpers
# change; namespaces come and go.  Then silence, in which what is left must add
# up, and go.
#
#	plain	flows alone, two writers
#	nat	the same through SNAT, so that mappings clash
#	held	helpers and timeout policies by rules that go again while
#		packets wait in NFQUEUE
#	told	one listener hears of each entry's beginning and end

. "$(dirname "$0")/../net/lib.sh"

seconds=$1
ALL="plain nat held told"
LOOPS=()

stopped() { [ -e "$TMP/stop" ]; }

# repeat COMMAND...: until the end.  It may fail: what it asks for may be gone.
repeat() {
	(
		trap - EXIT ERR
		trap '' PIPE
		set +eE
		until stopped; do
			"$@"
		done
	) </dev/null >>"$TMP/$1.log" 2>&1 &
	LOOPS+=($!)
}

track() {
	local ns=$1 ip

	for ip in iptables-legacy ip6tables-legacy; do
		within "$ns" "$ip" -t mangle -A POSTROUTING -m state --state NEW
	done
}

# push NS WRITERS: through one open file, so that each sends on what others left
# shellcheck disable=SC2016	# for the shell in the namespace
push() {
	within "$1" bash -c 'exec 3<>/proc/ct_push
		for ((i = 0; i < $1; i++)); do
			until [ -e "$2" ]; do
				echo "flows $RANDOM 1000" >&3
			done &
		done
		wait
		cat <&3 >"$3"' push "$2" "$TMP/stop" "$TMP/pushed-$1"
}

any() { local words=("$@"); echo "${words[RANDOM % $#]}"; }
any_space() { any plain nat held told; }

### deaths

flush() {
	within "$(any_space)" conntrack -F
	sleep 0.$((RANDOM % 10))
}

delete() {
	within "$(any_space)" conntrack -D -p "$(any udp tcp icmp sctp)"
	within "$(any_space)" conntrack -D -f ipv6
	within "$(any_space)" conntrack -D -s "10.0.0.$((100 + RANDOM % 100))"
}

# Above the limit, entries are evicted; below it, they expire.
limit() {
	any 100 300 1000 4000 >/proc/sys/net/netfilter/nf_conntrack_max
	sleep 0.$((RANDOM % 10))
}

### readers, and what changes under them

resize() {
	any 512 1024 2048 8192 >/proc/sys/net/netfilter/nf_conntrack_buckets
	sleep 0.$((RANDOM % 5))
	echo resized
}

read_proc() {
	local ns

	ns=$(any_space)
	within "$ns" cat /proc/net/nf_conntrack /proc/net/nf_conntrack_expect \
		/proc/net/stat/nf_conntrack /proc/net/stat/nf_conntrack_invalid \
		>/dev/null
}

dump() {
	within "$(any_space)" conntrack -L >/dev/null
	within "$(any_space)" conntrack -L expect >/dev/null
	within "$(any_space)" conntrack -L dying >/dev/null
	within "$(any_space)" conntrack -L unconfirmed >/dev/null
}

listen() {
	within "$(any plain nat held)" timeout -s INT 2 conntrack -E >/dev/null
	within "$(any plain nat held)" timeout -s INT 1 conntrack -E expect >/dev/null
}

options() {
	set_ct "$(any plain nat held)" "acct=$(any 0 1)" \
		"timestamp=$(any 0 1)" "events=$(any 0 1 2)" \
		"tcp_loose=$(any 1 1 0)" "log_invalid=0"
	sleep 0.3
}

### expectations, helpers, policies

expect() {
	within "$(any_space)" conntrack -F expect
	sleep 0.$((RANDOM % 10))
}

# Rules that assign, packets held after them, and all that is assigned leaves.
held() {
	local said pid

	modprobe nf_conntrack_ftp
	within held nfct add timeout short inet udp unreplied 1 replied 1
	add_rules held raw <<-END
		-A PREROUTING -p tcp --dport 21 -j CT --helper ftp
		-A PREROUTING -p udp -j CT --timeout short
	END
	coproc QUEUE { exec nsenter --net=/run/netns/held -- \
		python3 -ISB "$HERE/queue.py" 1; }
	pid=$QUEUE_PID		# the shell forgets it once the process has ended
	read -rt 60 said <&"${QUEUE[0]}"
	add_rules held mangle <<-END
		-A PREROUTING -p tcp --dport 21 -m limit --limit 20/s -j NFQUEUE --queue-num 1
		-A PREROUTING -p udp -m state --state NEW -m limit --limit 20/s -j NFQUEUE --queue-num 1
	END
	echo "hold 10 within=5" >&"${QUEUE[1]}"
	read -rt 60 said <&"${QUEUE[0]}"
	within held iptables-legacy -t raw -F PREROUTING
	[ "$said" != nothing ] && rmmod nf_conntrack_ftp && echo "left while held"
	within held nfct delete timeout short
	echo accept-all >&"${QUEUE[1]}"
	read -rt 60 said <&"${QUEUE[0]}"
	within held iptables-legacy -t mangle -F PREROUTING
	kill "$pid"
	wait "$pid"
}

### namespaces

# One that ends in the middle of its traffic, another that is done.
# shellcheck disable=SC2016	# for the shell in the namespace
come_and_go() {
	local time

	time=$(any 0.5 1 60)
	timeout -s KILL "$time" unshare --net bash -c '
		iptables-legacy -w 10 -t mangle -A POSTROUTING -m state --state NEW
		exec 3<>/proc/ct_push
		[ "$0" != 60 ] || count=300
		echo "flows $RANDOM ${count:-100000}" >&3' "$time"
	echo "a namespace went"
}

### the end

# happened COLUMN: of the statistics, in any space
happened() {
	local sum=0 ns

	for ns in $ALL; do
		sum=$((sum + $(ct_stat "$1" nf_conntrack "$ns")))
	done
	echo "$1: $sum" | tee -a "$TMP/happened"
	[ "$sum" -gt 0 ]
}

# pushed COUNTER: what the writers saw, added up
pushed() { cat "$TMP"/pushed-* | awk -v name="$1" '$1 == name { sum += $2 } END { print sum + 0 }'; }

# As many entries are listed as are counted.
adds_up() {
	local listed counted

	listed=$(within "$1" grep -c . /proc/net/nf_conntrack)
	counted=$(ct_count "$1")
	echo "$listed are listed, $counted counted"
	[ "$listed" -eq "$counted" ]
}

# Two hold an entry that is listed, the table and the list; flows that others
# are expected by or came from are held by these, too.
unheld() { ! within "$1" grep -E '^ipv[46] +[0-9]+ (udp|icmp)' /proc/net/nf_conntrack | grep -v use=2; }

empty() {
	within "$1" conntrack -F >/dev/null 2>&1
	within "$1" conntrack -F expect >/dev/null 2>&1
	[ "$(ct_count "$1")" -eq 0 ] && ! within "$1" grep . /proc/net/nf_conntrack &&
		! within "$1" grep . /proc/net/nf_conntrack_expect
}

tracking() { [ "$(ct_count "$1")" -gt 0 ]; }
none_loaded() { ! grep -E '^(nf_conntrack|xt_state|xt_conntrack)' /proc/modules; }
no_traces() { none_loaded && ! grep '^nf_conntrack' /proc/slabinfo; }

# With the traffic going on, so that hooks vanish and appear under packets.
in_and_out() {
	local n

	space last
	repeat push last 2
	for n in 1 2 3; do
		track last
		modprobe nf_conntrack_ftp
		check_soon "round $n: flows are tracked" tracking last
		flush_rules last
		unload_netfilter
		check_soon "round $n: out under traffic, nothing left" no_traces
	done
}

settle() {
	touch "$TMP/stop"
	wait "${LOOPS[@]}" || :
	rm "$TMP/stop"
	LOOPS=()
}

begin() {
	local ns

	echo "nf_ct test $TEST begins" >/dev/kmsg
	unload_netfilter
	insmod /nf_ct/ct_push.ko
	modprobe -a nf_conntrack nf_conntrack_ftp nf_conntrack_netlink xt_state
	OLD_MAX=$(cat /proc/sys/net/netfilter/nf_conntrack_max)
	for ns in $ALL; do
		space "$ns"
		track "$ns"
		set_ct "$ns" udp_timeout=2 icmp_timeout=1 generic_timeout=1 \
			tcp_timeout_close=1 tcp_timeout_syn_sent=1 gre_timeout=1
		! ours || [ "$ns" = held ] || set_ct "$ns" helper=1
	done
	add_rules nat nat <<-END
		-A POSTROUTING -p udp -j SNAT --to-source 10.9.0.1-10.9.0.3 --random
		-A POSTROUTING -p tcp -j SNAT --to-source 10.9.0.9:5000-5200
	END
}

play() {
	(exec nsenter --net=/run/netns/told -- python3 -ISB \
		"$HERE/../stress/told.py") >"$TMP/told" 2>&1 &
	TOLD=$!
	wait_for grep -q ready "$TMP/told"
	repeat push plain 2
	repeat push nat 2
	repeat push held 1
	repeat push told 1
	for loop in flush delete limit resize read_proc dump listen options expect \
		held come_and_go; do
		repeat "$loop"
	done
	sleep "$seconds"
	wait_for grep -q "left while held" "$TMP/held.log" || :
	wait_for happened expect_new || :	# the rarest, on a slow machine
	rm -f "$TMP/happened"
	settle
}

add_up() {
	local ns column loop

	say "$(pushed pushed) packets, $(pushed tracked) tracked, $(pushed related) related"
	for ns in $ALL; do
		check "$ns: packets were tracked" grep -qv ' 0$' <(grep tracked "$TMP/pushed-$ns")
	done
	check "no packet was given the entry of another flow" [ "$(pushed wrong)" -eq 0 ]
	for column in clashres insert_failed early_drop drop expect_create expect_delete \
		expect_new; do
		check "it happened: $column" happened "$column"
	done
	check "it happened: the table was resized" grep -q resized "$TMP/resize.log"
	check "it happened: a helper left while packets were held" \
		grep -q "left while held" "$TMP/held.log"
	check "it happened: namespaces went" grep -q went "$TMP/come_and_go.log"
	for loop in resize held come_and_go; do
		say "$(wc -l <"$TMP/$loop.log") times; last of $loop:" \
			"$(tail -n 3 "$TMP/$loop.log" | tr '\n' ' ')"
	done
	say "$(tr '\n' ' ' <"$TMP/happened")"

	echo "$OLD_MAX" >/proc/sys/net/netfilter/nf_conntrack_max
	for ns in $ALL; do
		# They hold the flow they came from, counted but listed no more
		# if it has died.
		within "$ns" conntrack -D -u EXPECTED >/dev/null 2>&1 || :
		check_soon "$ns: as many entries as are counted" adds_up "$ns"
		check_soon "$ns: nobody holds an entry" unheld "$ns"
		check_soon "$ns: no entry is left, no expectation" empty "$ns"
	done
	kill "$TOLD"
	wait "$TOLD" || :
	say "$(tail -n 1 "$TMP/told")"
	check "each entry that began ended, and was told of once" \
		grep -q 'none is left' "$TMP/told"
}

begin
play
add_up
strike
unload_netfilter
check_soon "all out, nothing left" no_traces
in_and_out
settle
strike
check "the module of the packets goes, too" rmmod ct_push
