#!/bin/bash
# One shard a task of a Slurm array. Fix the plan first, then submit with the number of shards said twice:
#
#   wardmark plan scans -k owner.key -m cuda -o plan.json
#   IN=scans OUT=release KEY=owner.key PLAN=plan.json SHARDS=8 sbatch --array=1-8 slurm.sh [OPTIONS OF PROTECT]
#   wardmark manifest merge release.wardmark -k owner.key        after all are done
#
# A task that is told to stop (time limit, preemption) finishes the picture in hand and is queued again, as is one
# that was killed; --resume goes on where it stopped. Some tasks can be run again alone: --array=3,5 with the same SHARDS.
#SBATCH --job-name=wardmark
#SBATCH --cpus-per-task=1
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:TERM@120
set -u
: "${IN:?}" "${OUT:?}" "${KEY:?}" "${PLAN:?}" "${SHARDS:?}"
task=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID

wardmark protect "$IN" -o "$OUT" -k "$KEY" --plan "$PLAN" --shard "auto/$SHARDS" --shard-base 1 \
  -j "${SLURM_CPUS_PER_TASK:-1}" --resume --quiet "$@" &
child=$!
trap 'kill -TERM "$child"' TERM
wait "$child"
status=$?
# The signal ends the first wait; the second takes the status of the program.
if ((status > 128)) && kill -0 "$child" 2>/dev/null; then
  wait "$child"
  status=$?
fi
case $status in
  75 | 137 | 143) scontrol requeue "$task" ;;  # stopped, or killed: not done yet
esac
exit "$status"
