# The service ends.
# shellcheck shell=bash disable=SC2154,SC2034 # shared with harness.sh

stop_leaves_nothing() {
    serve_with
    local began=$SECONDS
    systemctl stop martlet
    [ $((SECONDS - began)) -le 10 ] || refuse "it took $((SECONDS - began)) s"
    equal "result" "$(property Result) $(property ActiveState) $(property ExecMainStatus)" "success inactive 0"
    equal "processes" "$(processes)" ""
    equal "sockets kept" "$(property NFileDescriptorStore)" 0
    [ ! -e /run/martlet ] || refuse "/run/martlet is left"
    equal "curl" "$(curl -s "$http/livez" || echo $?)" 7
}

wrong_configuration_is_not_tried_again() {
    serve_with
    echo 'PORT=many' >>"$settings"
    if systemctl restart martlet 2>&1; then refuse "it started"; fi
    sleep 1
    equal "state" "$(property ActiveState) $(property ExecMainStatus) $(property NRestarts)" "failed 78 0"
    journalctl --sync
    journalctl -u martlet --no-pager -o cat -n 10 | grep 'PORT = "many"'
}

check "stop leaves nothing and succeeds" stop_leaves_nothing
check "wrong configuration (78) is not tried again" wrong_configuration_is_not_tried_again
