#!/usr/bin/env bash
# Installs what is missing for building and testing Martlet on Debian 12 (or a system with its packages).
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: setup.sh [--test | --bench]

Checks the Swift toolchain, then installs by apt what is missing. Changes nothing, and calls no apt, when all is there.
  --test    also what the tests run against: systemd, PostgreSQL, Redis, OpenLDAP
  --bench   also what the benchmarks compare with: wrk, nginx, gcc
TEXT
}

build=(
    libsystemd-dev libsqlite3-dev libcurl4-openssl-dev libcrypt-dev libpq-dev libhiredis-dev pkg-config binutils
    python3 python3-venv make git ca-certificates curl
)
tests=(systemd dbus iproute2 util-linux procps passwd postgresql redis-server slapd ldap-utils openssl)
bench=(wrk nginx-light gcc)
wanted=("${build[@]}")
case ${1-} in
'') ;;
--test) wanted+=("${tests[@]}") ;;
--bench) wanted+=("${bench[@]}") ;;
-h | --help) usage && exit ;;
*) usage >&2 && exit 64 ;;
esac

fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

check_swift() {
    local found
    command -v "${SWIFT:-swift}" >/dev/null || fail 'Swift is missing; 6.2 or newer is needed.' \
        'Get it from https://www.swift.org/install/linux/ and put its usr/bin into PATH.'
    found=$("${SWIFT:-swift}" --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -n 1)
    [ "$(printf '%s\n' 6.2 "${found:-0}" | sort -V | head -n 1)" = 6.2 ] ||
        fail "Swift ${found:-of an unknown version} is too old; 6.2 or newer is needed." \
            'Get it from https://www.swift.org/install/linux/.'
}

# nginx has several packages; a built program counts for its package.
missing() {
    local package
    dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${wanted[@]}" nginx 2>/dev/null |
        awk '$2 == "installed" { print $1 }' >"$installed" || true
    if grep -qx nginx "$installed"; then echo nginx-light >>"$installed"; fi
    for package in "${wanted[@]}"; do
        grep -qx "$package" "$installed" || echo "$package"
    done
}

check_swift
command -v dpkg-query >/dev/null || {
    echo "setup: no Debian packages here; needed is what these hold: ${wanted[*]}" >&2
    exit 0
}
installed=$(mktemp)
trap 'rm -f "$installed"' EXIT
mapfile -t packages < <(missing)
[ ${#packages[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "run as root: apt-get install --yes --no-install-recommends ${packages[*]}"
    as_root=(sudo)
fi
echo "setup: installing ${packages[*]}"
# The tests start PostgreSQL themselves: no cluster of Debian's own shall come up and listen.
clusters=/etc/postgresql-common/createcluster.conf
if [[ " ${packages[*]} " = *" postgresql "* ]] && [ ! -e "$clusters" ]; then
    "${as_root[@]}" install -D -m 644 /dev/stdin "$clusters" <<<'create_main_cluster = false'
fi
install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive
    apt-get install --yes --quiet=2 --no-install-recommends "${packages[@]}")
# The lists of packages may be old, or not there at all.
"${install[@]}" >/dev/null 2>&1 || {
    echo "setup: reading the package lists anew"
    "${as_root[@]}" apt-get update --quiet=2
    "${install[@]}"
}
echo "setup: done"
