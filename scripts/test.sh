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
"$clients/bin/python" -m pip install --quiet --disable-pip-version-check ollama openai protobuf oidc-provider-mock
# Tests that start whole servers want the machine for themselves: they have runs of their own, and not all at once.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4
swift test --skip-build --skip '^(IntegrationTests|StorageTests)\.'
swift test --skip-build --filter '^StorageTests\.'
# What kills processes at a moment holds threads while it waits for that moment; nobody else's time may hang on them.
kills='(TransferKillTests|MigrationKillTests)' soak=SoakTests
MARTLET_CLIENTS=$clients swift test --skip-build --filter '^IntegrationTests\.' --skip "($kills|$soak)"
MARTLET_CLIENTS=$clients swift test --skip-build --filter "^IntegrationTests\.$kills"
MARTLET_CLIENTS=$clients swift test --skip-build --filter "^IntegrationTests\.$soak"

step "the units under a real systemd"
# 77: this machine does not let us (not root, or no right to make namespaces); the harness says which.
Tests/SystemdLab/run.sh "$(swift build --show-bin-path)/martlet" || [ $? -eq 77 ]
