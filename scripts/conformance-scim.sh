#!/usr/bin/env bash
# scim2-tester's whole suite, from PyPI, against Martlet on SQLite and, where there is one, on PostgreSQL.
# usage: conformance-scim.sh MARTLET-EXECUTABLE
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
martlet=$(realpath "$1")
environment=$here/.build-conformance/scim
wanted=$here/Tests/Conformance/scim/requirements.txt
if ! cmp -s "$wanted" "$environment/installed.txt"; then
    python3 -m venv --clear "$environment"
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --requirement "$wanted"
    cp "$wanted" "$environment/installed.txt"
fi
suite=("$environment/bin/python" "$here/Tests/Conformance/scim/suite.py" "$martlet")

echo "== SQLite"
"${suite[@]}"

binaries=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$binaries" ] || { echo "== no PostgreSQL here (scripts/setup.sh --test installs it)" && exit 0; }
echo "== PostgreSQL"
directory=$(mktemp -d)
# PostgreSQL refuses to run as root.
as=()
if [ "$(id -u)" = 0 ]; then
    chown postgres: "$directory"
    as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
stop() {
    "${as[@]}" "$binaries/pg_ctl" --silent --mode=immediate -D "$directory/data" stop || true
    rm -rf "$directory"
}
trap stop EXIT
"${as[@]}" "$binaries/initdb" -D "$directory/data" -U martlet -A trust -N -E UTF8 --locale=C >/dev/null
"${as[@]}" "$binaries/pg_ctl" --silent -w -D "$directory/data" -l "$directory/log" \
    -o "-k $directory -F -c listen_addresses=" start
"${suite[@]}" "postgresql://martlet@/postgres?host=$directory"
