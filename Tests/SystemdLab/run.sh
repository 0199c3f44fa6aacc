#!/usr/bin/env bash
# Installs Martlet into a lab (lab.sh) that has no Swift toolchain, boots it, and checks what the units promise.
#
# usage: run.sh BINARY [PATTERN]     PATTERN: only the checks whose names match (a regular expression)
#
# One line a check: ok or FAIL. Exit code 1 when one failed, 77 when a lab is not possible here (needs root).
set -euo pipefail
[ $# -ge 1 ] || { sed -n '/^# usage/s/^# //p' "$0" >&2 && exit 64; }
here=$(realpath "$(dirname "$0")")
binary=$(realpath "$1")
[ -x "$binary" ] || { echo "run.sh: $binary is no executable; \`make build\` makes it" >&2 && exit 1; }

options=(--bind "$here=/checks")
runtime=$(ldd "$binary" | awk '$1 == "libswiftCore.so" { print $3 }')
[ -z "$runtime" ] || options+=(--hide "$(dirname "$runtime")")
# shellcheck disable=SC2016 # $1 is for lab.sh's shell
printf -v install '%q "$1" %q >/dev/null' "$here/../../scripts/install.sh" "$binary"
options+=(--prepare "$install")
exec "$here/lab.sh" "${options[@]}" -- bash /checks/checks.sh "${2-.}"
