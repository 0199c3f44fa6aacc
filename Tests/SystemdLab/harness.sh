# What the checks use; checks.sh reads it.
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2317 # $pattern is checks.sh's; functions are called by name

port=8080
http=http://127.0.0.1:$port
settings=/etc/martlet/martlet.env
failures=0

# check NAME FUNCTION: runs it by itself; a command in it that fails is its failure.
check() {
    local began=$EPOCHREALTIME log status
    [[ $1 =~ $pattern ]] || return 0
    log=$(mktemp)
    set +e
    (
        set -euo pipefail
        trap 'explain "$LINENO" "$BASH_COMMAND"' ERR
        set -E
        "$2"
    ) >"$log" 2>&1
    status=$?
    set -e
    printf '%-5s %s (%.1f s)%s\n' "$([ $status = 0 ] && echo ok || echo FAIL)" "$1" \
        "$(since "$began")" "$(sed -n 's/^note: /: /p' "$log" | paste -sd';')"
    if [ $status != 0 ]; then
        failures=$((failures + 1))
        sed 's/^/      /' "$log"
        journalctl -u martlet -u martlet.socket -n 15 --no-pager -o cat | sed '/ method=GET /d; s/^/      journal: /'
    fi
    rm -f "$log"
}

since() { awk -v now="$EPOCHREALTIME" -v began="$1" 'BEGIN { print now - began }'; }
explain() { echo "line $1: $2"; }
note() { echo "note: $*"; }
refuse() {
    echo "$*"
    return 1
}
# equal WHAT IS WANTED
equal() { [ "$2" = "$3" ] || refuse "$1 is \"$2\", not \"$3\""; }

# within SECONDS COMMAND...: until it succeeds.
within() {
    local deadline=$((${EPOCHREALTIME/./} + $1 * 1000000))
    shift
    until "$@"; do
        [ "${EPOCHREALTIME/./}" -lt $deadline ] || refuse "not within the time: $*"
        sleep 0.05
    done
}

# A start that hangs is a failed check, not a hanging one.
systemctl() { timeout 30 systemctl "$@"; }
property() { systemctl show --property "$1" --value "${2-martlet.service}"; }
is_property() { [ "$(property "$1")" = "$2" ]; }
processes() { ps -o pid= --forest -u martlet || true; }
answers() { curl --silent --fail --max-time 5 --output /dev/null "$http${1-/livez}"; }
# daemon NAME FIELD: as `martlet status` has it.
daemon() {
    martlet status --json | python3 -c '
import json, sys
print(next(d for d in json.load(sys.stdin)["daemons"] if d["name"] == sys.argv[1])[sys.argv[2]])' "$1" "$2"
}
all_ready() { martlet status >/dev/null 2>&1; }

# A running service with the settings given and none of an earlier check's.
serve_with() { # LINES
    cp /usr/share/doc/martlet/martlet.env $settings
    printf '%s\n' "$@" >>$settings
    systemd-tmpfiles --create martlet.conf
    rm -rf /run/systemd/system/martlet.service.d
    systemctl stop martlet.socket martlet.service 2>/dev/null
    systemctl daemon-reload
    systemctl reset-failed
    systemctl start martlet
    within 10 all_ready
}

drop_in() { # LINES
    mkdir -p /run/systemd/system/martlet.service.d
    printf '%s\n' "$@" >/run/systemd/system/martlet.service.d/lab.conf
    systemctl daemon-reload
}

# under_load FUNCTION: calls it while strangers connect; none may be refused. Their figures are in $load.
under_load() {
    local report loop
    report=$(mktemp)
    python3 /checks/connect_loop.py $port >"$report" &
    loop=$!
    sleep 0.5
    "$1"
    sleep 0.5
    kill $loop
    wait $loop
    load=$(cat "$report")
    rm -f "$report"
    note "$(figure ok) answered, $(figure refused) refused, $(figure broken) broken, slowest $(figure slowest) ms"
    equal "number of refused connects" "$(figure refused)" 0
    [ "$(figure ok)" -gt 50 ] || refuse "hardly anybody was answered: $load"
}
figure() { python3 -c 'import json, sys; print(json.loads(sys.argv[1])[sys.argv[2]])' "$load" "$1"; }
none_broken() { [ "$(figure broken)" = 0 ] || refuse "cut: $load"; }
