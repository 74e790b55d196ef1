#!/bin/bash
# All shards with GNU parallel, here or on several hosts that see the same folders:
#
#   wardmark plan scans -k owner.key -m cuda -o plan.json
#   IN=scans OUT=release KEY=owner.key PLAN=plan.json SHARDS=8 ./parallel.sh [PARALLEL OPTIONS]
#   ... ./parallel.sh --sshlogin 4/first,4/second --workdir .       over ssh
#
# A shard that fails or is killed is tried twice again. The shards are joined at the end. The last line of the
# program's status counts: 3 means that some pictures were refused and everything else is done.
set -u
: "${IN:?}" "${OUT:?}" "${KEY:?}" "${PLAN:?}" "${SHARDS:?}"

# Status 3 is not a failure to be tried again.
shard="wardmark protect {1} -o {2} -k {3} --plan {4} --shard {5}/$SHARDS -j 1 --resume --quiet \
  || test \$? -eq 3"
seq "$SHARDS" | parallel --will-cite --retries 3 "$@" "$shard" ::: "$IN" ::: "$OUT" ::: "$KEY" ::: "$PLAN" :::: - || exit 4
wardmark manifest merge "$OUT.wardmark" -k "$KEY"
