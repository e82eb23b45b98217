# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Sourced by the scripts that build and run test machines: where the tree and
# the cache are, and how an entry gets into the cache.  An entry's name ends in
# a hash of all that it was made from, and it appears by rename(2), complete
# or not at all.

set -euo pipefail

NF_CT_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
NF_CT_VM=$NF_CT_TOP/tests/vm
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
PATH=$PATH:/usr/sbin:/sbin

# What a kernel prints only when something is wrong with it.
COMPLAINTS='BUG: |BUG at |WARNING: |Oops|general protection|KASAN|UBSAN'
COMPLAINTS+='|possible circular locking|possible recursive locking'
COMPLAINTS+='|inconsistent lock state|suspicious RCU|kmemleak: unreferenced'
COMPLAINTS+='|disagrees about version of symbol|Unknown symbol'
COMPLAINTS+='|nvalid module format|version magic|blocked for more than'
COMPLAINTS+='|soft lockup|Kernel panic|sleeping function called'
COMPLAINTS+='|unregister_netdevice: waiting|refcount_t: '

# Of what a kernel printed, all but KCSAN's reports that name no function of our
# modules, as caller neither: the kernel has races of its own.
foreign_races_aside() {
	awk '
	/BUG: KCSAN/ { block = ""; inside = 1; ours = 0 }
	!inside { print; next }
	{ block = block $0 "\n" }
	/\[(nf_conntrack|nf_conntrack_ftp|nf_conntrack_amanda|xt_state|xt_conntrack)\]/ {
		ours = 1
	}
	/====================/ {
		if (ours)
			printf "%s", block
		inside = 0
	}
	END { if (inside) printf "%s", block }'
}

say() { printf '[%s] %s\n' "${0##*/}" "$*" >&2; }
die() { say "error: $*"; exit 1; }

# The first writable folder of the usual ones.  HOME may be unset or "/" in CI.
nf_ct_cache_dir() {
	local dir

	for dir in "${NF_CT_CACHE:-}" \
		   "${XDG_CACHE_HOME:+$XDG_CACHE_HOME/nf_ct}" \
		   "${HOME:+${HOME%/}/.cache/nf_ct}" \
		   "/var/tmp/nf_ct-$(id -u)"; do
		if [ -z "$dir" ] || [ "$dir" = /.cache/nf_ct ]; then
			continue
		fi
		if mkdir -p "$dir" 2>/dev/null && [ -w "$dir" ]; then
			printf '%s\n' "$dir"
			return
		fi
	done
	die "no writable cache folder; set NF_CT_CACHE"
}
CACHE=$(nf_ct_cache_dir)

# Hash of the files and strings given: what a cache entry was made from.
hash_of() {
	local arg

	for arg; do
		if [ -f "$arg" ]; then
			cat "$arg"
		else
			printf '%s\n' "$arg"
		fi
	done | sha256sum | cut -c1-16
}

# cached NAME HASH BUILDER [ARG...]: prints the entry's path.  Unless it exists,
# BUILDER is called as "BUILDER DIR ARG..." to fill DIR.  One builder at a time.
# Not to be called from a condition: that would switch BUILDER's errexit off.
cached() {
	local name=$1 entry=$CACHE/$1-$2 builder=$3 lock partial status

	shift 3
	exec {lock}>"$CACHE/$name.lock"
	flock "$lock"
	if [ ! -d "$entry" ]; then
		rm -rf "$CACHE/$name.partial".*
		partial=$(mktemp -d "$CACHE/$name.partial.XXXXXX")
		chmod 755 "$partial"
		set +e
		(set -e; "$builder" "$partial" "$@") >&2
		status=$?
		set -e
		if [ "$status" -ne 0 ]; then
			rm -rf "$partial"
			die "could not make $name"
		fi
		mv "$partial" "$entry"
	fi
	exec {lock}>&-
	printf '%s\n' "$entry"
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo -E "$@"
	else
		die "not root and no sudo: cannot run $*"
	fi
}

# need PACKAGE...: install those that are missing.
need() {
	local package missing=()

	for package; do
		dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null |
			grep -qx installed || missing+=("$package")
	done
	[ "${#missing[@]}" -gt 0 ] || return 0
	say "installing ${missing[*]}"
	apt_update
	as_root apt-get install -y -q --no-install-recommends \
		-o Dpkg::Use-Pty=0 "${missing[@]}" </dev/null >&2 ||
		die "apt-get could not install ${missing[*]}"
}

# Where fetch_deb looks: the machine's own sources, or "backports" below.
APT=()

# Package lists, fetched once in the life of the outermost script.
apt_update() {
	[ -z "${NF_CT_APT_UPDATED:-}" ] || return 0
	as_root apt-get update -q </dev/null >&2 ||
		say "apt-get update failed; trying with the lists there are"
	export NF_CT_APT_UPDATED=1
}

# fetch_deb DIR PACKAGE: unpack a package without installing it.
fetch_deb() {
	local dir=$1 package=$2 from

	from=$(mktemp -d)
	chmod 755 "$from"
	if ! (cd "$from" && download "$package"); then
		[ "${#APT[@]}" -gt 0 ] || apt_update
		(cd "$from" && download "$package") ||
			die "apt cannot download $package"
	fi
	dpkg-deb -x "$from"/*.deb "$dir"
	rm -rf "$from"
}

download() {
	apt-get download -qq "${APT[@]}" -o APT::Sandbox::User=root "$1" >&2
}

# Debian's part of the machine's own apt sources, in one-line form.
apt_sources() {
	# shellcheck disable=SC2016 # the fields are apt's to fill in
	apt-get indextargets --format \
		'$(ORIGIN)|$(TRUSTED)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)' \
		'Created-By: Packages' |
	while IFS='|' read -r origin trusted uri release component; do
		case $release in
		*backports*) continue ;;
		esac
		[ "$origin" = Debian ] || continue
		case $trusted in
		yes) echo "deb [trusted=yes] $uri $release $component" ;;
		*) echo "deb $uri $release $component" ;;
		esac
	done | sort -u
}

# From here on fetch_deb looks into Debian's backports suite, which a machine
# need not have configured: lists of our own, renewed once a day.
use_backports() {
	local apt=$CACHE/backports suite line lock

	suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
	mkdir -p "$apt/lists/partial" "$apt/archives/partial"
	line=$(apt_sources | awk -v suite="$suite" '$(NF - 1) == suite && $NF == "main"')
	if [ -z "$line" ]; then
		apt_update
		line=$(apt_sources | awk -v suite="$suite" '$(NF - 1) == suite && $NF == "main"')
	fi
	[ -n "$line" ] || die "apt has no Debian source configured"
	APT=(-o Dir::Etc::sourcelist="$apt/sources.list"
		-o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$apt/lists"
		-o Dir::Cache="$apt")
	exec {lock}>"$apt/lock"
	flock "$lock"
	if [ -z "$(find "$apt/sources.list" -mtime -1 2>/dev/null)" ]; then
		echo "${line// $suite main/ $suite-backports main}" \
			> "$apt/sources.list"
		apt-get update -q "${APT[@]}" -o APT::Sandbox::User=root \
			</dev/null >&2 || rm -f "$apt/sources.list"
	fi
	exec {lock}>&-
	[ -f "$apt/sources.list" ] || die "apt cannot read $suite-backports"
}

# The newest 6.12 there.
backports_release() {
	local release

	release=$(apt-cache "${APT[@]}" pkgnames linux-headers-6.12 |
		sed -n 's/^linux-headers-\(6\.12\.[0-9]*+deb[0-9]*-amd64\)$/\1/p' |
		sort -V | tail -n 1)
	[ -n "$release" ] || die "no headers of a Debian 6.12 kernel"
	printf '%s\n' "$release"
}

# The version of its package.
backports_version() {
	apt-cache "${APT[@]}" show "linux-source-6.12" | sed -n 's/^Version: //p;T;q'
}

# The stock kernel that the tests run on: Debian's 6.1, whatever runs here.
stock_release() {
	local kdir

	kdir=$(find /lib/modules -maxdepth 2 -path '*/6.1.0-*-amd64/build' |
		sort -V | tail -n 1)
	if [ -z "$kdir" ]; then
		need linux-headers-amd64
		kdir=$(find /lib/modules -maxdepth 2 \
			-path '*/6.1.0-*-amd64/build' | sort -V | tail -n 1)
	fi
	[ -n "$kdir" ] || die "no headers of a Debian 6.1 kernel"
	kdir=${kdir%/build}
	printf '%s\n' "${kdir##*/}"
}

# What modules for a kernel that tests/vm/kernel made are built against.
kdir_of() {
	if [ -d "$1/build" ]; then
		printf '%s\n' "$1/build"
	else
		printf '%s\n' "/lib/modules/$(cat "$1/release")/build"
	fi
}

# build_for KERNEL FARM LOG [MAKE-ARGUMENT...]: our modules, in build/FARM/.
build_for() {
	local kernel=$1 farm=$2 log=$3

	shift 3
	need build-essential
	mkdir -p "$NF_CT_TOP/build"
	if ! "$NF_CT_TOP/tests/build" "$(kdir_of "$kernel")" \
		"build/$farm" "$@" > "$log" 2>&1; then
		grep -E 'error|warning|ERROR|undefined|\*\*\*' "$log" |
			head -n 40 >&2
		die "the build failed, see $log"
	fi
}
