# Settings are read again.
# shellcheck shell=bash disable=SC2154,SC2034 # shared with harness.sh

reload_takes_up_changes() {
    serve_with
    local main api
    main=$(property MainPID) api=$(daemon api pid)
    printf 'LOG_LEVEL=debug\nMARTLET_API_THREADS=1\n' >>"$settings"
    under_load reload_now
    none_broken
    martlet config | grep -E '^LOG_LEVEL +debug +file'
    [ "$(daemon api pid)" != "$api" ] || refuse "api was not handed over"
    equal "main process" "$(property MainPID)" "$main"
    equal "state" "$(systemctl is-active martlet)" active
    status_line_counts || refuse "Status: $(property StatusText)"
}
reload_now() { systemctl reload martlet; }

broken_settings_change_nothing() {
    serve_with
    local main api
    main=$(property MainPID) api=$(daemon api pid)
    echo 'OLLAMA_PROBE_INTERVAL=soon' >>"$settings"
    if systemctl reload martlet 2>&1; then refuse "the reload did not fail"; fi
    journalctl --sync
    journalctl -u martlet --no-pager -o cat -n 20 | grep 'OLLAMA_PROBE_INTERVAL = "soon" (from file .*) is not allowed'
    equal "state" "$(systemctl is-active martlet)" active
    equal "main process" "$(property MainPID)" "$main"
    equal "api" "$(daemon api pid)" "$api"
    status_line_counts || refuse "Status: $(property StatusText)"
    answers
}

check "reload takes up changed settings" reload_takes_up_changes
check "reload with broken settings fails and changes nothing" broken_settings_change_nothing
