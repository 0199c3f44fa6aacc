#!/usr/bin/env bash
# Starts Martlet with two stand-in Ollama servers, signs somebody up and shows a streamed chat.
# usage: demo.sh DIRECTORY-OF-EXECUTABLES
set -euo pipefail
bin=$1
work=$(mktemp -d)
pids=()
# shellcheck disable=SC2317
cleanup() {
    kill "${pids[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

wait_for() { # file pattern: prints the line
    for _ in $(seq 200); do
        if line=$(grep -m1 -E "$2" "$1" 2>/dev/null); then echo "$line"; return; fi
        sleep 0.05
    done
    echo "demo: nothing came: $1" >&2
    cat "$1" >&2
    exit 1
}

urls=
for name in a b; do
    "$bin/ollama-stub" --port 0 --models "stub:1b,only-$name:1b" --tokens 24 >"$work/$name" &
    pids+=($!)
    address=$(wait_for "$work/$name" '^listening on ')
    urls+="${urls:+;}${address#listening on }"
done
echo "two Ollama servers: ${urls/;/ and }"

"$bin/martlet" serve --data-dir "$work/data" --runtime-dir "$work/run" --host 127.0.0.1 --port 0 \
    --set "OLLAMA_BASE_URLS=$urls" --set LOG_FORMAT=text 2>"$work/log" &
pids+=($!)
base=http://$(wait_for "$work/log" ' ready .*after_ms=' | sed -E 's/.*http=([^ ]+).*/\1/')
echo "Martlet: $base"
echo

json() { python3 -c "import json,sys; print(json.load(sys.stdin)$1)"; }
token=$(curl -fsS "$base/api/v1/auths/signup" -H 'content-type: application/json' \
    -d '{"name":"Ada","email":"ada@example.org","password":"a-good-one-1"}' | json '["token"]')
echo "models: $(curl -fsS "$base/ollama/api/tags" -H "authorization: Bearer $token" |
    json '["models"]' | python3 -c 'import ast,sys; print(", ".join(m["name"] for m in ast.literal_eval(sys.stdin.read())))')"
echo
echo '> Why is the sky blue?'
curl -fsSN "$base/ollama/api/chat" -H "authorization: Bearer $token" \
    -d '{"model":"stub:1b","messages":[{"role":"user","content":"Why is the sky blue?"}]}' |
    python3 -uc 'import json,sys
for line in sys.stdin: print(json.loads(line)["message"]["content"], end="", flush=True)
print()'
echo
"$bin/martlet" status --runtime-dir "$work/run"
