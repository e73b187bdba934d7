#!/usr/bin/env bash
# Installs the Slurm that the cluster tests start for themselves on a Debian 12 machine (as root): Slurm 22.05 and munge, 13 MB.
# With --accounts also what keeps its accounts, slurmdbd and MariaDB (about 200 MB). No service is started. Doing it again changes nothing. Where apt-get is missing it fails: CI demands it.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

apt=(apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -qq)
present() { dpkg-query -W -f='${db:Status-Status}\n' "$1" 2>/dev/null | grep -q '^installed'; }

packages=(slurmctld slurmd slurm-client munge)
[ "${1:-}" != --accounts ] || packages+=(slurmdbd mariadb-server)
wanted=()
for package in "${packages[@]}"; do present "$package" || wanted+=("$package"); done
[ ${#wanted[@]} -gt 0 ] || exit 0

# The packages would start a cluster of their own: this answer to invoke-rc.d says no, and is taken away where it was not there.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
"${apt[@]}" update
"${apt[@]}" install -y --no-install-recommends "${wanted[@]}"
