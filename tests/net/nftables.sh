#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The same core under nftables, and under iptables-nft.

. "$(dirname "$0")/lib.sh"

page() { in_client curl -gsS --max-time "${2:-10}" "http://$(at "$1")/" | grep nginx; }
counter() { in_fw nft list ruleset | grep -E "packets [1-9].*comment \"$1\""; }
times() { in_fw nft list ruleset | grep -E "packets $2 .*comment \"$1\""; }

states() {
	in_fw nft -f - <<-'END'
		table inet filter {
			chain forward {
				type filter hook forward priority 0; policy drop
				ct state invalid counter drop comment "invalid"
				ct state established,related counter accept comment "answers"
				iifname "lan" ct state new counter accept comment "begins"
			}
			chain raw {
				type filter hook prerouting priority raw
				udp dport 9999 notrack
			}
			chain after {
				type filter hook forward priority 10
				ct mark 7 counter comment "marked"
				ct direction reply counter comment "reply"
				ct status assured counter comment "assured"
				ct original ip saddr 10.0.1.9 counter comment "saddr"
				ct expiration < 31s counter comment "expiration"
				ct bytes > 100 counter comment "bytes"
				ct label 5 counter comment "label"
			}
			chain before {
				type filter hook forward priority -10
				ct state untracked counter comment "untracked"
				udp dport 4001 ct mark set 7
				udp dport 4001 ct label set 5
			}
		}
	END
	set_ct fw acct=1
	check "nft: a page" page 10.0.2.2
	check "nft: a page over IPv6" page fd00:2::2
	check "nft: one packet of each was NEW" times begins 2
	check "nft: the others ESTABLISHED" counter answers
	check "nft: ct status assured" counter assured
	check "nft: ct direction reply" counter reply
	check "nft: ct bytes" counter bytes
	craft client icmp 10.0.1.9 10.0.2.9 0 0
	craft client udp 10.0.1.9 4000 10.0.2.9 9999
	craft client udp 10.0.1.9 4000 10.0.2.9 4001
	wait_for ct_line 'mark=7 '
	check "nft: ct state invalid" times invalid 1
	check "nft: notrack" times untracked 1
	check "nft: ct mark" times marked 1
	check "nft: ct original ip saddr" counter saddr
	check "nft: ct expiration" counter expiration
	check "nft: ct label" counter label
	in_fw nft flush ruleset
	ct_flush
}

# A timeout policy for one port; the port beside keeps the sysctl's.
timeouts() {
	in_fw nft -f - <<-'END'
		table inet t {
			ct timeout short {
				protocol udp
				l3proto ip
				policy = { unreplied : 7, replied : 9 }
			}
			chain raw {
				type filter hook prerouting priority -150
				udp dport 4001 ct timeout set "short"
			}
			chain use {
				type filter hook forward priority 0
				ct state invalid drop
			}
		}
	END
	craft client udp 10.0.1.9 4000 10.0.2.9 4001
	craft client udp 10.0.1.9 4000 10.0.2.9 4002
	wait_for ct_line dport=4002
	check "ct timeout: 7 s, unreplied" lives 1 7 'dport=4001 '
	check "the port beside: 30 s" lives 12 30 'dport=4002 '
	craft srv udp 10.0.2.9 4001 10.0.1.9 4000
	wait_for not ct_line 'dport=4001 .*UNREPLIED'
	in_fw nft flush ruleset
	check "the policy may go while flows use it" not in_fw nft list table inet t
	ct_flush
}

# The helper as nftables assigns it.
helper() {
	modprobe nf_conntrack_ftp
	in_fw nft -f - <<-'END'
		table inet h {
			ct helper ftp-std {
				type "ftp" protocol tcp
			}
			chain pre {
				type filter hook prerouting priority -150
				tcp dport 21 ct helper set "ftp-std"
			}
			chain forward {
				type filter hook forward priority 0; policy drop
				iifname "lan" tcp dport 21 ct state new counter accept
				ct helper "ftp" counter comment "helped"
				ct state related counter accept comment "related"
				ct state established accept
			}
		}
	END
	start_vsftpd srv
	check "ct helper: a file, passive" in_client curl -gsS --max-time 20 \
		ftp://10.0.2.2/hello.txt
	check "ct helper: over IPv6" in_client curl -gsS --max-time 20 \
		'ftp://[fd00:2::2]/hello.txt'
	check "ct helper: active" in_client curl -gsS --max-time 20 \
		--ftp-port - ftp://10.0.2.2/hello.txt
	check "ct helper: the session was seen to have it" counter helped
	check "ct helper: the data flows were RELATED" counter related
	in_fw nft flush ruleset
	ct_flush
}

by_iptables_nft() {
	IPT=iptables-nft
	in_fw $IPT -P FORWARD DROP
	in_fw $IPT -A FORWARD -i lan -m state --state NEW -j ACCEPT
	in_fw $IPT -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
	in_fw $IPT -A FORWARD -m conntrack ! --ctstatus ASSURED -m conntrack --ctproto udp
	check "iptables-nft: a page" page 10.0.2.2
	check "iptables-nft: one packet was NEW" counted 1 fw FORWARD 1
	check "iptables-nft: the others ESTABLISHED" hit fw FORWARD 2
	in_fw $IPT -D FORWARD 2
	check "iptables-nft: without the rule no page" not page 10.0.2.2 2
	in_fw nft flush ruleset
}

stage
start_nginx srv
states
timeouts
by_iptables_nft
helper
