#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# BPF programs look entries up, change and make them: ct_lookup.bpf.c, which
# tests/vm/net compiles, runs at the ingress of the firewall.  The kernel knows
# what a module offers by its BTF, which the headers of 6.12 allow to make.

. "$(dirname "$0")/lib.sh"

PIN=/sys/fs/bpf/look
FLOW='src=10.0.1.9 dst=10.0.2.9 sport=4000 dport=7777 '
STRANGER='src=10.99.99.99 dst=10.0.2.9 sport=4000 dport=7777 '

offers() {
	bpftool btf dump file /sys/kernel/btf/nf_conntrack |
		grep -oE "FUNC '(bpf_skb_ct|bpf_xdp_ct|bpf_ct)_[a-z_]+'" | sort
}
offers_all() { offers; [ "$(offers | wc -l)" -eq 10 ]; }

load() { bpftool prog load /nf_ct/ct_lookup.bpf.o $PIN type classifier; }
unknown_functions() {
	not load >"$TMP/loading" 2>&1
	cat "$TMP/loading"
	grep -q "'bpf_ct_[a-z_]*': not found in kernel or module BTFs" "$TMP/loading"
}

# value NAME NUMBER: of a variable of the program
value() {
	bpftool map dump name ct_looku.bss | tee "$TMP/values"
	grep -qE "\"$1\": $2,?\$" "$TMP/values"
}

unloads() { unload_netfilter >"$TMP/said" 2>&1; not grep -E '^nf_conntrack ' /proc/modules; }

stage
modprobe nf_conntrack
in_fw iptables-legacy -A FORWARD -m conntrack --ctstate INVALID -j DROP
mkdir -p /sys/fs/bpf
mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
if ours && [[ $(uname -r) == 6.1.* ]]; then
	check "6.1: without BTF no program finds the functions" unknown_functions
	exit
fi
check "the module's BTF has its ten functions" offers_all

check "the verifier takes the program" load
in_fw tc qdisc add dev lan clsact
in_fw tc filter add dev lan ingress bpf da object-pinned $PIN
AT_END+=(forget)
forget() { rm -f $PIN; }

craft client udp 10.0.1.9 4000 10.0.2.9 7777
check_soon "the first packet comes before its entry" value found 0
check_soon "... but has one afterwards" ct_line "$FLOW"
check "a stranger's flow is not found: ENOENT" value err_stranger -2
check "a protocol without ports: EPROTO" value err_protocol -71
check "a tuple of no family's size: EAFNOSUPPORT" value err_size -97
check "an entry is made" value inserted 1
check "... and in the table, replied to" ct_line "udp .* ${STRANGER}src=10.0.2.9 dst=10.99.99.99 sport=7777 dport=4000 "
check "... for the time it was given" lives 20 100 "$STRANGER"

craft client udp 10.0.1.9 4000 10.0.2.9 7777
check_soon "the second packet finds its flow" value found 1
check "... as the original direction's" value as_original 1
check_soon "... and gives it a mark" ct_line "$FLOW.* mark=42 "
check "the stranger's is found, too" value err_stranger 0
check "... and not made twice" value inserted 1

in_fw tc filter del dev lan ingress
forget
flush_rules fw
ct_flush
strike
check_soon "the module can be unloaded" unloads
