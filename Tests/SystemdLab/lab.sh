#!/usr/bin/env bash
# A real systemd as process 1 of its own namespaces, on a throw-away copy of this machine's root file system (an overlay
# whose upper layer is memory). The machine is not touched: mounts, processes, network and files of the lab end with it.
#
# usage: lab.sh [--hide DIR]... [--bind DIR=PLACE]... [--prepare SHELL]... -- COMMAND [ARGUMENT]...
#
#   --hide DIR        an empty directory in its place
#   --bind DIR=PLACE  a directory of this machine, read only, at another place
#   --prepare SHELL   a line for bash, run before the boot, outside; $1 is the lab's root directory
#   COMMAND           run inside, when systemd is up; its exit code is the result
#
# Needs root, util-linux, systemd and cgroup v2. Exit code 77: not possible here, with the reason.
set -euo pipefail

# In the lab's mount namespace only, an empty file system lies over this directory.
place=/media
unwilling() {
    echo "lab.sh: $1" >&2
    exit 77
}

# --- What systemd must find, and what it must not start

mount_file_systems() { # ROOT
    local node
    mount -t proc -o nosuid,nodev,noexec proc "$1/proc"
    # Sysctls are the machine's.
    mount -o bind "$1/proc/sys" "$1/proc/sys" && mount -o remount,bind,ro "$1/proc/sys"
    mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$1/sys"
    mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$1/sys/fs/cgroup"
    mount -t tmpfs -o nosuid,mode=755 lab "$1/run"
    mount -t tmpfs -o nosuid,nodev lab "$1/tmp"
    mount -t tmpfs -o nosuid,mode=755 lab "$1/dev"
    for node in null zero full random urandom tty; do
        touch "$1/dev/$node" && mount -o bind "/dev/$node" "$1/dev/$node"
    done
    touch "$1/dev/console" && mount -o bind "$place/log" "$1/dev/console"
    mkdir "$1/dev/pts" "$1/dev/shm" "$1/dev/mqueue"
    mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$1/dev/pts"
    mount -t tmpfs -o nosuid,nodev lab "$1/dev/shm"
    mount -t mqueue mqueue "$1/dev/mqueue"
    ln -s pts/ptmx "$1/dev/ptmx" && ln -s /proc/self/fd "$1/dev/fd"
}

# Of what the distribution starts, only what a service can expect: journal, accounts, temporary files.
trim_units() { # ROOT
    local units=$1/usr/lib/systemd/system link
    rm -rf "$1/etc/systemd/system" "$1/usr/lib/systemd/system-generators" "$1/var/log/journal"
    for link in "$units"/*.target.wants/*; do
        case ${link##*/} in
        systemd-journald.service | systemd-journald.socket | systemd-journald-dev-log.socket) ;;
        systemd-tmpfiles-setup.service | systemd-sysusers.service) ;;
        *) rm -f "$link" ;;
        esac
    done
    mkdir -p "$1/etc/systemd/system" "$1/etc/systemd/journald.conf.d"
    ln -s /usr/lib/systemd/system/multi-user.target "$1/etc/systemd/system/default.target"
    printf '[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\nReadKMsg=no\n' \
        >"$1/etc/systemd/journald.conf.d/lab.conf"
    : >"$1/etc/fstab"
    tr -d - </proc/sys/kernel/random/uuid >"$1/etc/machine-id"
}

# --- Process 1 of the namespaces: builds the root, then becomes systemd

become_systemd() {
    local root=$place/root
    mount -t overlay -o "lowerdir=/,upperdir=$place/upper,workdir=$place/work" lab "$root" ||
        { echo "no overlay on this root file system" && exit 1; }
    mount_file_systems "$root"
    while [ $# -gt 0 ]; do
        case $1 in
        --hide) mount -t tmpfs -o ro lab "$root$2" ;;
        --bind)
            mkdir -p "$root${2#*=}"
            mount -o bind "${2%%=*}" "$root${2#*=}" && mount -o remount,bind,ro "$root${2#*=}"
            ;;
        --prepare) bash -c "$2" prepare "$root" ;;
        esac
        shift 2
    done
    trim_units "$root"
    hostname martlet-lab && echo martlet-lab >"$root/etc/hostname"
    ip link set lo up
    cd "$root"
    pivot_root . .
    umount -l .
    # Units may mount for themselves, and pass it on.
    mount --make-rshared /
    exec env -i container=martlet-lab PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
        setpriv --bounding-set -sys_module,-sys_rawio,-sys_time,-syslog \
        /lib/systemd/systemd --system --show-status=no --log-target=journal-or-kmsg
}

# --- Outside

inside() {
    nsenter --target "$init" --all \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb "$@"
}

# Ends process 1, and with it everything in the lab; then its control groups are empty.
end() {
    trap '' INT TERM HUP
    {
        # shellcheck disable=SC2086 # what is not there yet is no argument
        kill -KILL ${init-} ${shell-} || true
        wait
    } 2>/dev/null
    for _ in {1..100}; do
        [ -d "$group" ] || return 0
        find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.05
    done
    echo "lab.sh: control group ${group##*/} is left" >&2
}

# A lab that was killed with SIGKILL has left them.
remove_stale_groups() {
    local stale
    for stale in "$place"/cgroup/martlet-lab-*; do
        [ -d "/proc/${stale##*-}" ] || find "$stale" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done
}

# The first child in new namespaces; 77 when there is none.
boot() {
    (
        echo $BASHPID >"$group/cgroup.procs"
        # Nobody survives this script, however it ends.
        exec setpriv --pdeathsig KILL unshare --fork --kill-child --mount --pid --net --uts --ipc --cgroup \
            bash "$self" --become-systemd "${options[@]}"
    ) >"$place/log" 2>&1 </dev/null &
    shell=$!
    for _ in {1..400}; do
        init=$(cat "/proc/$shell/task/$shell/children" 2>/dev/null || true)
        init=${init%% *}
        [ -z "$init" ] || [ "$(cat "/proc/$init/comm" 2>/dev/null)" != systemd ] ||
            [ ! -S "/proc/$init/root/run/systemd/private" ] || return 0
        kill -0 "$shell" 2>/dev/null || break
        sleep 0.05
    done
    cat "$place/log" >&2
    unwilling "systemd does not come up as process 1 here"
}

main() {
    # From here on mounts are this process's own.
    mount -t tmpfs -o mode=755 lab "$place"
    mkdir "$place"/{root,upper,work,cgroup}
    touch "$place/log"
    mount -t cgroup2 cgroup2 "$place/cgroup" 2>/dev/null || unwilling "no cgroup v2"
    remove_stale_groups
    group=$place/cgroup/martlet-lab-$$
    mkdir "$group"
    trap end EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    boot
    inside systemctl is-system-running --wait >/dev/null 2>&1 || {
        inside systemctl --failed --no-pager >&2 || true
        echo "lab.sh: the boot was not clean" >&2
        return 1
    }
    # In the background, because a trap waits for what is in the foreground.
    inside "$@" &
    wait $!
}

self=$(realpath "$0")
options=()
if [ "${1-}" = --become-systemd ]; then
    shift
    become_systemd "$@"
fi
all=("$@")
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    case $1 in
    --hide | --bind | --prepare) options+=("$1" "${2?}") && shift 2 ;;
    *) sed -n '/^# usage/,/^# Needs/s/^# \{0,1\}//p' "$self" >&2 && exit 64 ;;
    esac
done
[ $# -gt 1 ] || { sed -n '/^# usage/,/^# Needs/s/^# \{0,1\}//p' "$self" >&2 && exit 64; }
shift
[ "$(id -u)" = 0 ] || unwilling "needs root (namespaces and mounts)"
for tool in unshare nsenter setpriv ip systemctl; do
    command -v $tool >/dev/null || unwilling "$tool is missing; scripts/setup.sh installs it"
done
if [ "${MARTLET_LAB_MOUNTS-}" != own ]; then
    unshare --mount --pid --fork --net --cgroup --uts --ipc true 2>/dev/null || unwilling "no namespaces here"
    MARTLET_LAB_MOUNTS=own exec unshare --mount --propagation private bash "$self" "${all[@]}"
fi
main "$@"
