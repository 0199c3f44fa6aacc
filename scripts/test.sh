#!/usr/bin/env bash
# Every test: formatting, the Swift tests, and, where it can be, the units under a real systemd.
set -euo pipefail
cd "$(dirname "$0")/.."
step() { printf '\n== %s\n' "$1"; }

step "formatting"
swift format lint --strict --recursive Package.swift Sources Tests

step "build"
swift build --build-tests

step "tests"
clients=$PWD/.build/clients
[ -x "$clients/bin/python" ] || python3 -m venv "$clients"
"$clients/bin/python" -m pip install --quiet --disable-pip-version-check ollama protobuf
MARTLET_CLIENTS=$clients swift test --skip-build
