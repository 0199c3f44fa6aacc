#!/usr/bin/env bash
# Lays out a host: executable, Swift runtime, units, settings, documentation. The host needs no Swift toolchain.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: install.sh DESTDIR BINARY

Lays out Martlet below DESTDIR ("/" is this host), from an executable that `swift build -c release` made:

  usr/bin/martlet                 the executable, stripped
  usr/lib/martlet/                the libraries of the Swift runtime that it needs, stripped
  usr/lib/systemd/system/         martlet.service, martlet.socket
  usr/lib/sysusers.d/, tmpfiles.d/  the account and the rights of the settings
  etc/martlet/martlet.env         settings; kept when it is there already
  usr/share/doc/martlet/          documentation

May be run again, also over a running service: files are replaced whole, and `martlet upgrade` takes them up.
Needs readelf and strip (Debian: binutils).
TEXT
}

fail() {
    echo "install.sh: $1" >&2
    exit "${2:-1}"
}

case ${1-} in
-h | --help)
    usage
    exit
    ;;
esac
[ $# -eq 2 ] || { usage >&2; exit 64; }
[ -n "$1" ] || fail 'DESTDIR is empty: name a directory, or "/" for this host (make install DESTDIR=/tmp/root)' 64
root=${1%/}
binary=$2
here=$(cd "$(dirname "$0")/.." && pwd)
[[ -f $binary && -x $binary ]] || fail "$binary is no executable; \`make build\` makes it"
for tool in readelf strip ldd install; do
    command -v "$tool" >/dev/null || fail "$tool is missing (Debian: apt install binutils)"
done
install -d -m 0755 "$root/usr/bin" 2>/dev/null || fail "cannot write below ${root:-/}; are you root?"

work=$(mktemp -d "$root/usr/.martlet-install.XXXXXX")
trap 'rm -rf "$work"' EXIT

# Name and place of every library that the executable loads.
libraries=$(ldd "$binary" | awk '$2 == "=>" { print $1, $3 }') || fail "ldd cannot read $binary"
missing=$(awk '$2 == "not" { print $1 }' <<<"$libraries")
[ -z "$missing" ] || fail "not found on this host: ${missing//$'\n'/, }"
core=$(awk '$1 == "libswiftCore.so" { print $2 }' <<<"$libraries")

# place SOURCE TARGET MODE: a file appears whole or not at all, also for those who run it now.
place() {
    local part
    part=$work/$(basename "$2")
    install -m "$3" "$1" "$part"
    install -d -m 0755 "$(dirname "$root$2")"
    mv -f "$part" "$root$2"
}

place_stripped() {
    strip --strip-unneeded -o "$work/stripped" "$1"
    [ -z "${4-}" ] || set_runpath "$work/stripped" "$4"
    place "$work/stripped" "$2" "$3"
    rm -f "$work/stripped"
}

# set_runpath FILE PATH: where the loader looks, in place of the build host's directories. The string is overwritten, so
# the old one must not be shorter.
set_runpath() {
    local old offset
    old=$(readelf -d "$1" | sed -n 's/.*(RUNPATH).*\[\(.*\)\]/\1/p')
    [ "$old" != "$2" ] || return 0
    [ ${#old} -ge ${#2} ] || fail "the RUNPATH of $binary, \"$old\", has no room for $2: link it with -rpath '$2'"
    # The string ends with NUL; what follows the new one is filled with NUL.
    offset=$(grep -obUaF -- "$old" "$1" | head -n 1 | cut -d : -f 1)
    [ -n "$offset" ] || fail "the RUNPATH of $binary was not found in it"
    { printf '%s' "$2" && head -c $((${#old} - ${#2})) /dev/zero; } |
        dd of="$1" bs=1 seek="$offset" conv=notrunc status=none
    [ "$(readelf -d "$1" | sed -n 's/.*(RUNPATH).*\[\(.*\)\]/\1/p')" = "$2" ] || fail "the RUNPATH could not be set"
}

# Libraries first: an executable never meets a runtime that lacks something.
kept=' '
if [ -n "$core" ]; then
    runtime=$(dirname "$core")
    while read -r name path; do
        [ "$(dirname "$path")" = "$runtime" ] || continue
        place_stripped "$path" "/usr/lib/martlet/$name" 0644
        kept+="$name "
    done <<<"$libraries"
fi
# shellcheck disable=SC2016 # $ORIGIN is the loader's word
place_stripped "$binary" /usr/bin/martlet 0755 ${core:+'$ORIGIN/../lib/martlet'}
for file in "$root"/usr/lib/martlet/*.so*; do
    [ ! -e "$file" ] || [[ $kept == *" ${file##*/} "* ]] || rm -f "$file"
done

place "$here/systemd/martlet.service" /usr/lib/systemd/system/martlet.service 0644
place "$here/systemd/martlet.socket" /usr/lib/systemd/system/martlet.socket 0644
place "$here/systemd/martlet.sysusers" /usr/lib/sysusers.d/martlet.conf 0644
place "$here/systemd/martlet.tmpfiles" /usr/lib/tmpfiles.d/martlet.conf 0644
for file in "$here/README.md" "$here"/docs/*.md; do
    [ ! -f "$file" ] || place "$file" "/usr/share/doc/martlet/${file##*/}" 0644
done
place "$here/etc/martlet.env" /usr/share/doc/martlet/martlet.env 0644
if [ ! -e "$root/etc/martlet/martlet.env" ]; then
    place "$here/etc/martlet.env" /etc/martlet/martlet.env 0640
    settings=written
fi

count=$(wc -w <<<"$kept")
echo "installed below ${root:-/}: usr/bin/martlet, $count runtime libraries, units;" \
    "etc/martlet/martlet.env ${settings:-kept}"
# What comes with every C library and compiler runtime is left out; some are loaded by name, when they are used.
echo "the host must have: $(grep -aoE 'lib[a-z0-9_+-]+\.so\.[0-9]+(\.[0-9]+)*' "$binary" | sort -u |
    grep -vE '^lib(c|m|stdc\+\+|gcc_s)\.so' |
    sed 's/^libpq.*/& (for PostgreSQL only)/; s/^libhiredis.*/& (for Redis only)/' | paste -sd ' ')"
echo "then, there: systemd-sysusers && systemd-tmpfiles --create && systemctl daemon-reload"
echo "             systemctl enable --now martlet.service"
