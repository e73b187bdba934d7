#!/bin/sh
# Ends every process of one local Slurm, and what its jobs started, as soon as standard input is closed: then the process that
# started the cluster is gone, however it ended (a signal runs no handlers). Argument: the cluster's folder, which goes as well.
trap '' HUP INT TERM USR1 USR2
folder=$1
case $folder in */ceteris-slurm-*) ;; *) exit 2 ;; esac
cat >/dev/null

# Daemons, jobs and commands carry the cluster's configuration in their environment; slurmstepd is known by its log.
is_ours() {
  grep -qzxF "SLURM_CONF=$folder/etc/slurm.conf" "/proc/$1/environ" 2>/dev/null && return 0
  case $(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline") in
    slurmstepd:*) ls -l "/proc/$1/fd" 2>/dev/null | grep -qF " $folder/log/slurmd-" ;;
    *) return 1 ;;
  esac
}

# Again, since what is ended may have started something meanwhile.
for round in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  found=0
  for path in /proc/[0-9]*; do
    pid=${path#/proc/}
    [ "$pid" != $$ ] && is_ours "$pid" || continue
    # One that has ended and that nobody waited for stays in the table.
    grep -q '^State:.Z' "$path/status" 2>/dev/null && continue
    found=1
    kill -KILL "$pid" 2>/dev/null
  done
  [ $found = 0 ] && break
  sleep 0.1
done
# Empty ones only can be removed, so that nothing of another Slurm goes with them.
find /sys/fs/cgroup/*/slurm_n* -depth -type d -exec rmdir {} \; 2>/dev/null
rm -rf "$folder"
