#!/usr/bin/env bash
# Holds the fast path to its budget of instructions, counted by callgrind.
#
#   fast_path_instructions_test.sh PROBE
#
# callgrind counts inside one function of the probe at a time, return included;
# the caller's loop is not the allocator's. A run of N pairs and one of 2N differ
# by N calls and nothing else. For 64 B, an allocation and a free by pointer
# together must stay within CEILING, which is what they took when it was set:
# 42 of them find and verify the owner and move the pointer; 12 verify that the
# address is the start of a region and was not freed just before; 2 prefetch.
# The aim is 40 for all of it. A change that costs an instruction raises the
# ceiling in the same commit, and says what it buys.

set -euo pipefail

readonly CEILING=56
readonly COUNT=10000
readonly probe=$1

command -v valgrind > /dev/null || {
  echo "needs valgrind: apt-get install valgrind" >&2
  exit 1
}
scratch=$(mktemp -d "${TEST_TMPDIR:-${TMPDIR:-/tmp}}/fast_path.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# count FUNCTION OPERATION COUNT SIZE: instructions of one run.
count() {
  local log=$scratch/log
  if ! valgrind --tool=callgrind --callgrind-out-file="$scratch/out" \
    --toggle-collect="$1" "$probe" "$2" "$3" "$4" > "$log" 2>&1; then
    cat "$log" >&2
    return 1
  fi
  awk '/^(summary|totals):/ { print $2; exit }' "$scratch/out"
}

# per_call FUNCTION OPERATION SIZE
per_call() {
  local once twice
  once=$(count "$1" "$2" "$COUNT" "$3")
  twice=$(count "$1" "$2" $((2 * COUNT)) "$3")
  echo $(((twice - once + COUNT / 2) / COUNT))
}

for size in 4096 64; do
  allocate=$(per_call ProbeAllocate pair "$size")
  free=$(per_call ProbeDeallocate pair "$size")
  sized_free=$(per_call ProbeDeallocateSized sized_pair "$size")
  pair=$((allocate + free))
  printf '%4d B: allocate %d, free %d, sized free %d, pair %d, sized pair %d\n' \
    "$size" "$allocate" "$free" "$sized_free" "$pair" \
    $((allocate + sized_free))
done

if ((pair > 0 && pair <= CEILING)); then
  echo "64 B pair: $pair instructions, ceiling $CEILING"
else
  echo "FAILED: 64 B pair: $pair instructions, ceiling $CEILING" >&2
  exit 1
fi
