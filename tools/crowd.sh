#!/bin/sh
# Runs a lesson many times at once, all on one processor: a slow start breaks nothing. Linux only: as its ports are fixed,
# each run is in a network of its own.
#
# Usage: crowd.sh HOW_MANY LESSON
set -u
cd "$(dirname "$0")/.."

[ $# -eq 2 ] && [ -n "$2" ] || {
  echo "usage: make soak CROWD=12 PAIR=01-echo" >&2
  exit 2
}
many=$1
lesson=$2
command -v taskset >/dev/null || {
  echo "make soak: taskset is missing (Debian and Ubuntu: apt install util-linux)" >&2
  exit 1
}
# It says why, where nobody has one.
.venv/bin/python tools/network.py true || exit 1

said=$(mktemp -d)
trap 'rm -rf "$said"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

echo "$many times $lesson at once, on one processor"
number=0
pids=
while [ $number -lt "$many" ]; do
  number=$((number + 1))
  taskset --cpu-list 0 .venv/bin/python tools/run.py --soak 1 --pair "$lesson" >"$said/$number" 2>&1 &
  pids="$pids $!"
done
number=0
failed=0
for pid in $pids; do
  number=$((number + 1))
  wait "$pid" || {
    failed=$((failed + 1))
    echo "--- run $number failed:"
    cat "$said/$number"
  }
done
echo "$((many - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
