#!/bin/sh
# Starts a Slurm of one node on this machine, for tests: real slurmctld, slurmd and munge, as root in a container.
#
#   one_node.sh start DIR    install what is missing, write DIR/slurm.conf, start the daemons, wait for the node
#   one_node.sh stop DIR     stop them
#
# Use it with SLURM_CONF=DIR/slurm.conf. Exit status 3: it cannot be had here; the last line says why.
set -eu

action=$1
dir=$2
cpus=8 # more than there may be: the tests' jobs mostly wait

cannot() {
    echo "$1"
    exit 3
}

stop() {
    for name in slurmd slurmctld munged; do
        if [ -f "$dir/$name.pid" ]; then
            kill "$(cat "$dir/$name.pid")" 2>/dev/null || true
        fi
    done
}

if [ "$action" = stop ]; then
    stop
    exit 0
fi

[ "$(id -u)" = 0 ] || cannot "Slurm's daemons need root here"
if ! command -v slurmctld >/dev/null || ! command -v slurmd >/dev/null || ! command -v munged >/dev/null; then
    command -v apt-get >/dev/null || cannot "there is neither Slurm nor apt-get"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update && apt-get install -y --no-install-recommends slurmctld slurmd slurm-client munge; } \
        >"$dir/apt.log" 2>&1 || cannot "apt-get cannot install slurmctld, slurmd, slurm-client and munge"
fi

host=$(hostname -s)
mkdir -p "$dir/state" "$dir/spool" "$dir/munge"
chmod 700 "$dir/munge"
head -c 1024 /dev/urandom >"$dir/munge/key"
chmod 400 "$dir/munge/key"
cat >"$dir/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
JobRequeue=1
MinJobAge=60
KillWait=10
MpiDefault=none
NodeName=$host CPUs=$cpus RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF

export SLURM_CONF="$dir/slurm.conf"
munged --force --key-file="$dir/munge/key" --socket="$dir/munge/socket" --pid-file="$dir/munged.pid" \
    --log-file="$dir/munge/log" --seed-file="$dir/munge/seed" || cannot "munged does not start"
slurmctld || cannot "slurmctld does not start; see $dir/slurmctld.log"
slurmd || cannot "slurmd does not start; see $dir/slurmd.log"
for _ in $(seq 60); do
    if sinfo -h -o %T 2>/dev/null | grep -q idle; then
        exit 0
    fi
    sleep 1
done
cannot "the node never became idle; see $dir/slurmctld.log"
