# Restarts, crashes, hangs, upgrades: nobody who connects is refused.
# shellcheck shell=bash disable=SC2154,SC2034 # shared with harness.sh

restart_refuses_nobody() {
    serve_with
    under_load restart_twice
    none_broken
}
restart_twice() { systemctl restart martlet && systemctl restart martlet; }

killed_supervisor_comes_back() {
    serve_with
    equal "restarts" "$(property NRestarts)" 0
    under_load kill_supervisor
    equal "restarts" "$(property NRestarts)" 1
}
kill_supervisor() {
    systemctl kill --kill-whom=main --signal=KILL martlet
    within 5 is_property NRestarts 1
    within 10 all_ready
}

hung_supervisor_is_replaced() {
    serve_with
    drop_in '[Service]' WatchdogSec=3s
    systemctl restart martlet
    within 10 all_ready
    under_load stop_supervisor
    journalctl --sync
    journalctl -u martlet --no-pager -o cat | grep -i 'watchdog timeout'
}
stop_supervisor() {
    kill -STOP "$(property MainPID)"
    within 10 is_property NRestarts 1
    within 10 all_ready
}

hung_daemon_is_replaced() {
    serve_with
    under_load stop_daemon
    equal "restarts of the service" "$(property NRestarts)" 0
}
stop_daemon() {
    hung=$(daemon api pid)
    kill -STOP "$hung"
    within 5 api_is_another
}
api_is_another() { local pid; pid=$(daemon api pid) && [ "$pid" != "$hung" ] && [ "$(daemon api state)" = ready ]; }

upgrade_keeps_the_process() {
    serve_with
    local main api
    main=$(property MainPID) api=$(daemon api pid)
    cp /usr/bin/martlet /usr/bin/martlet.new && mv /usr/bin/martlet.new /usr/bin/martlet
    under_load upgrade_now
    none_broken
    equal "executable" "$(readlink "/proc/$main/exe")" /usr/bin/martlet
    equal "main process" "$(property MainPID)" "$main"
    equal "state" "$(systemctl is-active martlet)" active
    equal "restarts" "$(property NRestarts)" 0
    [ "$(daemon api pid)" != "$api" ] || refuse "api was not handed over"
    within 5 status_line_counts
    # The new image holds the sockets and speaks to systemd as the old one did.
    under_load restart_twice
}
upgrade_now() { martlet upgrade; }

changed_port_is_kept_too() {
    serve_with
    echo 'PORT=8081' >>"$settings"
    systemctl restart martlet
    port=8081
    http=http://127.0.0.1:8081
    answers
    under_load restart_twice
    none_broken
    equal "sockets kept" "$(property NFileDescriptorStore)" 7
}

check "restart refuses nobody" restart_refuses_nobody
check "kill -9 of the supervisor: it comes back" killed_supervisor_comes_back
check "SIGSTOP of the supervisor: the watchdog restarts it" hung_supervisor_is_replaced
check "SIGSTOP of api: replaced within 5 s" hung_daemon_is_replaced
check "upgrade keeps the main process" upgrade_keeps_the_process
check "a changed PORT holds from the next restart, and is kept" changed_port_is_kept_too
