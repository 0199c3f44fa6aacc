# Socket activation.
# shellcheck shell=bash disable=SC2154,SC2034 # shared with harness.sh

first_connect_starts_it() {
    local began=$EPOCHSECONDS
    serve_with
    systemctl stop martlet
    systemctl start martlet.socket
    equal "state before" "$(property ActiveState)" inactive
    answers
    within 5 is_property ActiveState active
    note "Status: $(property StatusText)"
    under_load restart_twice
    none_broken
    journalctl --sync
    equal "warnings" "$(journalctl -u martlet --since "@$began" --no-pager -o cat | grep 'is not used' || true)" ""
    systemctl stop martlet.socket martlet.service 2>/dev/null
}

socket_unit_has_port_80() {
    serve_with
    systemctl stop martlet
    mkdir -p /run/systemd/system/martlet.socket.d
    printf '[Socket]\nListenStream=\nListenStream=127.0.0.1:80\n' >/run/systemd/system/martlet.socket.d/lab.conf
    systemctl daemon-reload
    systemctl start martlet.socket
    http=http://127.0.0.1 answers
    equal "address" "$(property StatusText)" "5 of 5 daemons ready, http://127.0.0.1:80"
    systemctl stop martlet.socket martlet.service 2>/dev/null
    rm -r /run/systemd/system/martlet.socket.d
}

check "martlet.socket: the first connect starts the service" first_connect_starts_it
check "martlet.socket: a port below 1024" socket_unit_has_port_80
