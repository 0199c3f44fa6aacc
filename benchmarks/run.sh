#!/usr/bin/env bash
# Builds the benchmark tools and measures: figures and ratios, all in one run on this machine.
# usage: run.sh DIRECTORY-OF-EXECUTABLES [BENCHMARK …]      (start, call, kill, hang, handover, streaming, identity; all without a name)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin=$1
shift
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
for tool in tokenserver streamload pairping; do gcc -O2 -Wall -Wextra -o "$tools/$tool" "$here/$tool.c"; done
python3 "$here/bench.py" --bin "$bin" --tools "$tools" "$@"
