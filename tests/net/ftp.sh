#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# FTP: a host that lets in only what its own sessions announced, by the rules
# of the tutorial; then routers between, with and without NAT; then commands
# that must not open anything.

. "$(dirname "$0")/lib.sh"

tutorial_rules() {
	flush_rules client
	in_client $IPT -P INPUT DROP
	in_client $IPT -P OUTPUT DROP
	[ "$IPT" = iptables-legacy ] || {
		in_client $IPT -A INPUT -p icmpv6 -m state --state UNTRACKED -j ACCEPT
		in_client $IPT -A OUTPUT -p icmpv6 -m state --state UNTRACKED -j ACCEPT
	}

	# the session
	in_client $IPT -A INPUT -p tcp --sport 21 -m state --state ESTABLISHED -j ACCEPT
	in_client $IPT -A OUTPUT -p tcp --dport 21 -m state --state NEW,ESTABLISHED -j ACCEPT
	# active
	in_client $IPT -A INPUT -p tcp --sport 20 -m state --state ESTABLISHED,RELATED -j ACCEPT
	in_client $IPT -A OUTPUT -p tcp --dport 20 -m state --state ESTABLISHED -j ACCEPT
	# passive
	in_client $IPT -A INPUT -p tcp --sport 1024: --dport 1024: -m state --state ESTABLISHED -j ACCEPT
	in_client $IPT -A OUTPUT -p tcp --sport 1024: --dport 1024: -m state --state ESTABLISHED,RELATED -j ACCEPT
}

# The stock kernel attaches a helper only where a rule says so.
assign() {
	ours || within "$1" $IPT -t raw -A "$2" -p tcp --dport "${3:-21}" \
		-j CT --helper "${4:-ftp}"
}

load_ftp() { modprobe ip_conntrack_ftp "$@"; }
unload_ftp() {
	flush_rules client
	flush_rules fw
	wait_for modprobe -r nf_nat_ftp
	wait_for modprobe -r nf_conntrack_ftp
}
loaded() { grep -q "^$1 " /proc/modules; }

file() { in_client curl -gsS --max-time "${patience:-15}" "$@" "ftp://$(at "$srv")/hello.txt" | grep vsftpd; }
active() { file --ftp-port - "$@"; }
listing() { grep -q hello.txt "$TMP/listing"; }
tnftp() { printf 'ls\nquit\n' | in_client tnftp "$@" "ftp://$(at "$srv")/" >"$TMP/listing" 2>&1; listing; }
lftp() { in_client lftp -c "set net:timeout 10; set net:max-retries 1; set ftp:passive-mode $1; open $(at "$srv"); ls" >"$TMP/listing" 2>&1; listing; }

# Every way to fetch a file; $1 goes before the name of the check.
all_ways() {
	check "$1 passive, EPSV" file
	check "$1 active, EPRT" active
	if [ "$IPT" = iptables-legacy ]; then
		check "$1 passive, PASV" file --disable-epsv
		check "$1 active, PORT" active --disable-eprt
	fi
}

blocked() {
	local patience=3

	check "$1 no passive transfer" not file
	check "$1 no active transfer" not active
}

own_host() {
	tutorial_rules
	if [ "$IPT" = iptables-legacy ]; then
		check "the helper is not loaded" not loaded nf_conntrack_ftp
		blocked "$IPT without the helper:"
		load_ftp
		check "modprobe ip_conntrack_ftp loads it" \
			loaded nf_conntrack_ftp
	fi
	ours || blocked "$IPT without -j CT, as stock:"
	assign client OUTPUT
	in_client $IPT -Z
	all_ways "$IPT with the helper:"
	check "$IPT: the server's port 20 was let in" hit client INPUT "$1"
	check "$IPT: tnftp, passive" tnftp -p
	check "$IPT: tnftp, active" tnftp -A
	check "$IPT: lftp, passive" lftp on
	check "$IPT: lftp, active" lftp off
}

# A router between; masq hides the client, so active mode needs NAT's help.
router() {
	flush_rules client
	flush_rules fw
	in_fw $IPT -P FORWARD DROP
	in_fw $IPT -A FORWARD -i lan -p tcp --dport 21 -m state --state NEW -j ACCEPT
	in_fw $IPT -A FORWARD -m state --state ESTABLISHED,RELATED -j ACCEPT
	assign fw PREROUTING
	all_ways "$IPT router:"

	in_fw $IPT -t nat -A POSTROUTING -o wan -j MASQUERADE
	within srv ip route del "$lan"
	load_ftp
	modprobe nf_nat_ftp
	all_ways "$IPT MASQUERADE:"
	within srv ip route add "$lan" via "$gate"
	rmmod nf_nat_ftp	# modprobe -r would take the helper along
}

### what a session may announce

expectations() { in_fw cat /proc/net/nf_conntrack_expect; }
expects() { cat "$TMP/dialog"; expectations | grep -E -- "$1"; }

# says COMMAND...: to the server on $port, after a harmless first one
says() {
	ct_flush
	talk_from client "$srv" "${port:-21}" "USER anonymous" "$@" \
		>"$TMP/dialog"
}
announces() {
	says "$1"
	check "$2" expects "$3"
}
announces_nothing() {
	says "$1"
	check "$1: no expectation${2:+, $2}" not expects .
}

grammar_v4() {
	local a='^[0-9]+ l3proto = 2 proto=6 src=10.0.2.2 dst=10.0.1.2 sport=0 dport='

	announces "PORT 10,0,1,2,4,1" "PORT: an expectation, in full" \
		"${a}1025 ftp\$"
	announces "EPRT |1|10.0.1.2|1026|" "EPRT: an expectation" "${a}1026 ftp"
	announces "port 10,0,1,2,4,3" "port in small letters" "${a}1027 ftp"
	announces_nothing "PORT 10,0,1,9,4,1" "another host"
	announces_nothing "EPRT |1|10.0.1.9|1026|" "another host"
	announces_nothing "PORT 10,0,1,2,4"
	announces_nothing "XPORT 10,0,1,2,4,1"
	announces_nothing "NOOP PORT 10,0,1,2,4,1"
	announces_nothing "EPRT |2|10.0.1.2|1026|" "another family"
	if ours; then
		announces_nothing "PORT 10,0,1,258,4,1" "an octet over 255"
		announces_nothing "PORT 266,0,1,2,4,1" "an octet over 255"
		announces_nothing "PORT 10,0,1,2,0,0" "port 0"
		announces_nothing "EPRT |1|10.0.1.2|0|" "port 0"
		announces_nothing "EPRT |1|10.0.1.2|70000|" "a port over 65535"
	fi
}

grammar_v6() {
	local a='l3proto = 10 proto=6 src=fd00:0002:[0:]*:0002 dst=fd00:0001:[0:]*:0002 sport=0 dport='

	announces "EPRT |2|fd00:1::2|1026|" "EPRT, v6: an expectation" \
		"${a}1026 ftp"
	announces_nothing "EPRT |2|fd00:1::9|1026|" "another host"
}

parameters() {
	unload_ftp
	load_ftp ports=21,2121 loose=0
	track
	assign fw PREROUTING 2121 ftp-2121
	port=2121 announces "PORT 10,0,1,2,4,1" \
		"ports=: the helper also at 2121" 'dport=1025 '
	port=2121 announces_nothing "PASV" "227 with another host, loose=0"

	unload_ftp
	load_ftp ports=21,2121 loose=1
	track
	assign fw PREROUTING 2121 ftp-2121
	port=2121 announces "PORT 10,0,1,9,4,1" "loose=1: another host may do" \
		'dst=10.0.1.9 sport=0 dport=1025 '
	unload_ftp
	check "more than eight ports are refused" \
		not load_ftp ports=1,2,3,4,5,6,7,8,9
}

# track: the least that makes fw track, with no helper assigned
track() {
	flush_rules fw
	in_fw iptables-legacy -A FORWARD -m state --state INVALID
	in_fw ip6tables-legacy -A FORWARD -m state --state INVALID
}

# nf_conntrack_helper: 0 never; 1 by port; 2 by port until a rule assigns one
automatic() {
	load_ftp
	track
	check "nf_conntrack_helper is 2" \
		in_fw grep -x 2 /proc/sys/net/netfilter/nf_conntrack_helper
	announces "PORT 10,0,1,2,4,1" "helper=2: by port" 'dport=1025 '
	set_ct fw helper=0
	announces_nothing "PORT 10,0,1,2,4,1" "helper=0"
	set_ct fw helper=2
	in_fw iptables-legacy -t raw -A PREROUTING -p tcp --dport 2121 -j CT --helper ftp
	announces_nothing "PORT 10,0,1,2,4,1" \
		"helper=2, and a rule assigns it elsewhere"
	port=2121 announces "PORT 10,0,1,2,4,1" "where the rule says, it is" \
		'dport=1025 '
	set_ct fw helper=1
	announces "PORT 10,0,1,2,4,1" "helper=1: by port all the same" \
		'dport=1025 '
	set_ct fw helper=2
}

modinfo_says() { modinfo nf_conntrack_ftp | grep -E -- "$1"; }
about() {
	check "modinfo: description" modinfo_says '^description: +.*[Ff][Tt][Pp]'
	check "modinfo: license" modinfo_says '^license: +GPL'
	check "modinfo: ports" modinfo_says '^parm: +ports:.*array of ushort'
	check "modinfo: loose" modinfo_says '^parm: +loose:.*bool'
	check "modinfo: ip_conntrack_ftp" modinfo_says '^alias: +ip_conntrack_ftp$'
	check "modinfo: nfct-helper-ftp" modinfo_says '^alias: +nfct-helper-ftp$'
}

unload_netfilter	# whatever assigned a helper before us
stage
about
start_vsftpd srv
start_vsftpd srv 2121 pasv_address=10.9.9.9

IPT=iptables-legacy srv=10.0.2.2 lan=10.0.1.0/24 gate=10.0.2.1
unload_ftp
own_host 3
router
track
assign fw PREROUTING
grammar_v4
parameters

IPT=ip6tables-legacy srv=fd00:2::2 lan=fd00:1::/64 gate=fd00:2::1
load_ftp
own_host 4
router
track
assign fw PREROUTING
grammar_v6

IPT=iptables-legacy srv=10.0.2.2
! ours || automatic
unload_ftp
