#!/bin/bash
# One shard of a data set that lies in a bucket: copied in, protected on a local drive, copied out. A mounted bucket
# will not do as output (it cannot rename); `wardmark doctor DIR` says so.
#
#   COPY='rclone copy' IN=store:scans OUT=store:release KEY=owner.key PLAN=plan.json ./bucket.sh 3/8
#
# COPY FROM TO copies a folder's content: `rclone copy`, `aws s3 cp --recursive`, `gsutil -m rsync -r`, `cp -rT`. The
# whole input is read to the local drive, since a plan covers all of it; where that is too much, plan and
# protect each folder of the bucket as a release of its own.
set -eu
: "${COPY:?}" "${IN:?}" "${OUT:?}" "${KEY:?}" "${PLAN:?}"
shard=${1:?shard i/N}
shift
work=$(mktemp -d "${TMPDIR:-/var/tmp}/wardmark-XXXXXX")
trap 'rm -rf "$work"' EXIT

$COPY "$IN" "$work/in"
status=0
wardmark protect "$work/in" -o "$work/out" -k "$KEY" --plan "$PLAN" --shard "$shard" --quiet "$@" || status=$?
[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || exit "$status"
# The record last: a shard whose manifest is there is complete.
$COPY "$work/out" "$OUT"
$COPY "$work/out.wardmark" "$OUT.wardmark"
exit "$status"
