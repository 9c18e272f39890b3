#!/bin/bash
#SBATCH --job-name=ganbench-x
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --gpus-per-node=4
#SBATCH --time=24:00:00
#SBATCH --partition=gpu
#SBATCH --signal=B:USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
# Written by `ganbench slurm`. Hand it in with sbatch, in the folder where the study is to run: one that all nodes
# share. 120 s before the time is up the study is checkpointed and the job put back into the queue; it goes
# on from there, as it does after a node was lost.
set -euo pipefail

interrupted=0 driver=
trap 'interrupted=1; if [[ -n "$driver" ]]; then kill -TERM "$driver" 2> /dev/null || true; fi' USR1

export RAY_USAGE_STATS_ENABLED=0
# Whoever can reach a Ray cluster can run programs on it: only holders of this token may.
RAY_AUTH_TOKEN=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
export RAY_AUTH_MODE=token RAY_AUTH_TOKEN

mapfile -t hosts < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
head=${hosts[0]}
ip=$(srun --nodes=1 --ntasks=1 --nodelist="$head" hostname --ip-address | awk '{ print $1 }')
address="$ip:$((20000 + SLURM_JOB_ID % 20000))"

srun --nodes=1 --ntasks=1 --nodelist="$head" --overlap \
    ray start --head --node-ip-address="$ip" --port="${address##*:}" --num-cpus=8 \
    --include-dashboard=false --disable-usage-stats --block &

srun --nodes=1 --ntasks=1 --exclude="$head" --overlap \
    ray start --address="$address" --num-cpus=8 --block &

python - "$address" 2 << 'END'
import sys
import time

import ray

address, wanted = sys.argv[1], int(sys.argv[2])
limit = time.monotonic() + 300
while True:
    try:
        ray.init(address=address, logging_level="ERROR", log_to_driver=False)
        found = sum(node["Alive"] for node in ray.nodes())
        ray.shutdown()
    except (ConnectionError, SystemExit):
        found = 0
    if found >= wanted:
        break
    if time.monotonic() > limit:
        sys.exit(f"{found} of {wanted} nodes have joined the Ray cluster in 5 minutes")
    time.sleep(2)
END

# Whatever begins with a dash after -- is a file.
ganbench run --workers-per-device 2 --executor ray --address "$address" -- studies/x.yaml &
driver=$!
while :; do
    status=0
    wait "$driver" || status=$?
    kill -0 "$driver" 2> /dev/null || break
done
if ((interrupted)); then
    scontrol requeue "$SLURM_JOB_ID"
fi
exit "$status"
