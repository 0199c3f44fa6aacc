#!/usr/bin/env bash
# Martlet and Open WebUI 0.8.3 in turn on the same database. Open WebUI is installed from PyPI into .build-conformance
# (3 GB, about two minutes the first time).
# usage: conformance-openwebui.sh MARTLET-EXECUTABLE [PART …]      the parts: Tests/Conformance/openwebui.py
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
martlet=$(realpath "$1")
shift
environment=$here/.build-conformance/venv
wanted=$here/Tests/Conformance/requirements.txt
if ! cmp -s "$wanted" "$environment/installed.txt"; then
    echo "installing Open WebUI into $environment"
    python3 -m venv --clear "$environment"
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --requirement "$wanted"
    cp "$wanted" "$environment/installed.txt"
fi
exec "$environment/bin/python" "$here/Tests/Conformance/openwebui.py" "$martlet" "$@"
