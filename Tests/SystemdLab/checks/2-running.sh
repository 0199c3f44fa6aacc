# The service runs, with no more rights than it needs.
# shellcheck shell=bash disable=SC2154,SC2034 # shared with harness.sh

starts_and_says_so() {
    serve_with
    equal "what the sandbox refused" "$(complaints)" ""
    equal "state" "$(systemctl is-active martlet)" active
    within 5 status_line_counts
    note "Status: $(property StatusText)"
}
complaints() {
    local ignored='nothing'
    # Where not even root may raise limits (CAP_SYS_RESOURCE), LimitNICE= has no effect.
    [ "$(awk '/nice priority/ { print $4 }' "/proc/$(property MainPID)/limits")" -gt 0 ] || ignored='thread priority'
    journalctl --sync
    journalctl -u martlet --no-pager -o cat | grep -iE 'failed|denied|not permitted' | grep -v "$ignored" || true
}
status_line_counts() { [[ $(property StatusText) == "5 of 5 daemons ready, http://"* ]]; }

runs_without_rights() {
    serve_with
    local pid
    equal "number of processes" "$(processes | wc -l)" 6
    for pid in $(processes); do
        equal "account of $pid" "$(stat -c %U "/proc/$pid")" martlet
        equal "capabilities of $pid" "$(awk '/^Cap(Prm|Eff|Bnd|Amb)/ { print $2 }' "/proc/$pid/status" | sort -u)" \
            0000000000000000
        equal "seccomp of $pid" "$(awk '$1 == "Seccomp:" { print $2 }' "/proc/$pid/status")" 2
    done
}

chats_in_the_sandbox() {
    local token answer
    python3 /checks/backend.py 11434 &
    trap 'kill %1' EXIT
    serve_with OLLAMA_BASE_URLS=http://localhost:11434 OLLAMA_PROBE_INTERVAL=200ms
    token=$(curl -sS --fail-with-body "$http/api/v1/auths/signup" -H 'content-type: application/json' \
        -d '{"name":"Ada","email":"ada@example.org","password":"a-good-one-1"}' |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["token"])')
    within 5 backend_is_up
    answer=$(curl -sS --fail-with-body "$http/ollama/api/chat" -H "authorization: Bearer $token" \
        -d '{"model":"lab:1b","messages":[{"role":"user","content":"What is a martlet?"}]}')
    [[ $answer == *swallow*'"done": true'* ]] || refuse "answer: $answer"
}
backend_is_up() { martlet status --json | grep -q '"healthy":true'; }

group_may_use_the_sockets() {
    serve_with
    useradd --user-group --groups martlet lab-member 2>/dev/null || true
    useradd --user-group lab-stranger 2>/dev/null || true
    runuser -u lab-member -- martlet status >/dev/null
    if runuser -u lab-stranger -- martlet status 2>&1; then refuse "a stranger was let in"; fi
}

another_group_is_the_units_too() {
    groupadd --force lab-operators
    usermod --append --groups lab-operators lab-stranger
    serve_with
    echo 'MARTLET_SOCKET_GROUP=lab-operators' >>"$settings"
    systemctl restart --no-block martlet
    within 5 says_why 'MARTLET_SOCKET_GROUP: the sockets cannot be given to lab-operators'
    drop_in '[Service]' Group=lab-operators SupplementaryGroups=martlet
    systemctl restart martlet
    equal "rights of the sockets" "$(stat -c '%a %U %G' /run/martlet/*.sock | sort -u)" "660 martlet lab-operators"
    runuser -u lab-stranger -- martlet status >/dev/null
    if runuser -u lab-member -- martlet status 2>&1; then refuse "another group's member was let in"; fi
}
says_why() { journalctl --sync && journalctl -u martlet --no-pager -o cat | grep -qF "$1"; }

journal_has_fields() {
    serve_with
    journalctl --sync
    local name
    for name in supervisor api ollama-lb-proxy snapshot-collector archiver scim; do
        [ -n "$(journalctl -u martlet "MARTLET_DAEMON=$name" -n 1 -o cat --no-pager)" ] || refuse "nothing from $name"
    done
    [ -n "$(journalctl -u martlet MARTLET_DAEMON=supervisor MARTLET_NAME=api -n 1 -o cat --no-pager)" ] ||
        refuse "metadata are no fields"
}

check "start: READY and a status line" starts_and_says_so
check "every process: account martlet, no capability, seccomp" runs_without_rights
check "sign-up and chat inside the sandbox" chats_in_the_sandbox
check "sockets: members of the group may, strangers may not" group_may_use_the_sockets
check "MARTLET_SOCKET_GROUP works with Group=, else it is refused" another_group_is_the_units_too
check "journal entries carry fields" journal_has_fields
