#!/usr/bin/env bash
# The checks of run.sh, inside the lab, each by itself: it begins with a service that runs, whatever came before.
# shellcheck disable=SC1090,SC1091,SC2034,SC2154 # shared with harness.sh
set -euo pipefail
pattern=${1-.}
. /checks/harness.sh
for file in /checks/checks/*.sh; do . "$file"; done

echo
if [ "$failures" != 0 ]; then
    echo "$failures failed ($SECONDS s)"
    exit 1
fi
echo "all checks passed ($SECONDS s)"
