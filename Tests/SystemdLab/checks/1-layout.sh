# What install.sh laid out.
# shellcheck shell=bash disable=SC2154,SC2034 # shared with harness.sh

accounts_and_rights() {
    equal "the account's group" "$(id -gn martlet)" martlet
    equal "rights of the settings" "$(stat -c '%a %U %G' "$settings")" "640 root martlet"
    serve_with
    equal "rights of the data" "$(stat -c '%a %U %G' /var/lib/martlet)" "700 martlet martlet"
    equal "rights of the sockets' directory" "$(stat -c '%a %U %G' /run/martlet)" "750 martlet martlet"
    equal "rights of the sockets" "$(stat -c '%a %U %G' /run/martlet/*.sock | sort -u)" "660 martlet martlet"
    # systemd-analyze knows no other unit here, so that it speaks of ours only.
    equal "what verify says" "$(systemd-analyze verify martlet.service martlet.socket 2>&1)" ""
}

exposure() {
    local line
    line=$(systemd-analyze security --offline=true --threshold=14 /usr/lib/systemd/system/martlet.service | tail -n 1)
    note "${line#* }"
}

settings_file_is_complete() {
    serve_with
    sed -i 's/^#\([A-Z]\)/\1/' "$settings"
    sed -i '/^\(DATA_DIR\|MARTLET_SOCKET_GROUP\|WEBUI_SECRET_KEY\)=$/d' "$settings"
    martlet serve --check --config "$settings" --data-dir /var/lib/martlet
    martlet config --json | python3 -c '
import json, sys
lines = open("/usr/share/doc/martlet/martlet.env").read().splitlines()
wanted = {"#" + key + "=" + entry["default"] for key, entry in json.load(sys.stdin).items()}
found = {line for line in lines if line.startswith("#") and not line.startswith("# ") and "=" in line}
assert wanted == found, wanted ^ found'
}

check "account, rights, units that verify" accounts_and_rights
check "exposure below 1.5" exposure
check "martlet.env has every setting and its default" settings_file_is_complete
