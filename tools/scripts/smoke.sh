#!/usr/bin/env bash
# tools/scripts/smoke.sh DEMO CONSOLE: starts the two programs, as tools/demo
# and tools/console would, and asks them what an operator would ask.
#
# Prints `PASS what` or `FAIL what: why` for each question; exits 1 after a
# FAIL. Everything it starts has ended when it returns.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

case ${1:-} in
  -h | --help)
    print_help
    exit 0
    ;;
esac
(($# == 2)) || die "usage: tools/scripts/smoke.sh DEMO CONSOLE"
demo=$1 console=$2

scratch=$(mktemp -d)
serving=''

# stop SIGNAL: ends the demo that serves, by force if it will not in 20 s.
stop() {
  kill "-$1" "$serving" 2> /dev/null || true
  timeout 20 tail --pid="$serving" -f /dev/null || kill -KILL "$serving" 2> /dev/null || true
}
cleanup() {
  [[ -z $serving ]] || stop TERM
  rm -rf "$scratch"
}
trap cleanup EXIT

failures=0
# ask WHAT COMMAND-LINE: passes if the line of bash does, within a minute. Set in
# it are $demo, $console, $ledger, $scratch, $serving (the demo's process) and
# $socket.
export demo console scratch ledger="$ACRE_ROOT/tools/scripts/check_ledger.py"
export XDG_RUNTIME_DIR=$scratch # below which the demo's socket lies
ask() {
  if timeout 60 bash -euo pipefail -c "$2" > "$scratch/out" 2> "$scratch/err"; then
    printf 'PASS %s\n' "$1"
  else
    printf 'FAIL %s: status %d: %s\n' "$1" $? \
      "$(cat "$scratch/err" "$scratch/out" | tail -n 5 | tr '\n' ' ')"
    failures=$((failures + 1))
  fi
}

# shellcheck disable=SC2016  # expanded by ask
{
  ask "the demo explains itself" '"$demo" --help | grep -e --json'
  ask "the console explains itself" '"$console" help | grep -e "arena list"'
  ask "an unknown option is refused" \
    'status=0; "$demo" --no-such-option || status=$?; ((status == 2))'
  ask "two seconds of the demo print JSON that adds up" \
    '"$demo" --seconds 2 --json | python3 "$ledger"'

  "$demo" --serve --seconds 1 > "$scratch/demo.log" 2>&1 &
  serving=$!
  export serving socket="$scratch/acre/$serving.sock"
  ask "the demo serves at its socket" \
    'for ((i = 0; i < 150; ++i)); do [[ ! -S $socket ]] || exit 0; sleep 0.1; done
     cat "$scratch/demo.log"; exit 1'
  sleep 2 # until its queries have ended and the figures stand still
  ask "the console finds the demo" '"$console" ps | grep -w "$serving"'
  ask "the console adds processes up" '"$console" ps --all | grep CHARGED'
  ask "without a command the console shows lines that add up" \
    '"$console" --pid "$serving" | grep -e "= resident"'
  ask "the console shows the arenas" \
    '"$console" arena list --pid "$serving" | grep CHARGED'
  ask "the console's JSON adds up" \
    '"$console" arena list --json --pid "$serving" | python3 "$ledger"'
  ask "the console writes comma-separated values" \
    '"$console" arena list --csv --pid "$serving" | grep ^tenant-1,'
  ask "the old spelling of a command works" \
    '"$console" arenas --pid "$serving" | grep CHARGED'
  ask "the console's live view draws a frame" \
    '"$console" top --count 1 --sort refusals --pid "$serving" | grep CHARGED'
  ask "the console watches a command" \
    '"$console" watch bins tenant-1 --count 2 --interval 0.1 --pid "$serving" | grep CLASS'
  ask "the console shows the governor" \
    '"$console" governor --pid "$serving" | grep -w scheduled'
  ask "the console shows where memory comes from" \
    '"$console" hooks --pid "$serving" | grep -w mmap'
  ask "the console shows queries, extents, locks and the kernel's view" \
    '"$console" query list --pid "$serving" | grep parked
     "$console" extents tenant-0 --pid "$serving" | grep tenant-0
     "$console" locks --pid "$serving" | grep LOCK
     "$console" kernel --pid "$serving" | grep -e "= process"
     "$console" hugepages --pid "$serving" | grep COVERED'
  ask "the doctor looks at it" \
    'status=0; "$console" doctor --pid "$serving" || status=$?; ((status <= 1))'
  ask "the console purges as the mode says" \
    '"$console" arena purge tenant-1 --dry-run --pid "$serving" | grep "nothing was changed"
     "$console" arena purge tenant-1 --yes --mode unused --pid "$serving" | grep "(unused)"'
  ask "the console changes a limit, and the process writes it down" \
    '"$console" arena limit tenant-1 64MiB --yes --pid "$serving" | grep "64.0 MiB"
     "$console" ctl get arena.tenant-1.hard_limit --bytes --pid "$serving" | grep 67108864
     "$console" audit --pid "$serving" | grep hard_limit'
  ask "the console compares with a snapshot" \
    '"$console" snapshot save "$scratch/before" --pid "$serving"
     "$console" snapshot diff "$scratch/before" --pid "$serving" | grep "s later"'
  ask "the statistics come in every format" \
    'for format in text json acre openmetrics; do
       "$console" stats --format "$format" --pid "$serving" > "$scratch/stats.$format"
       [[ -s $scratch/stats.$format ]]
     done'
  ask "the console runs lines from a pipe" \
    'printf "arena show tenant-2\nbins tenant-2\n" | "$console" shell --pid "$serving" | grep CLASS'
  ask "an arena that is not there is refused by name" \
    'status=0; "$console" arena show nobody --pid "$serving" > "$scratch/answer" 2>&1 || status=$?
     cat "$scratch/answer"; ((status == 1)); grep -w nobody "$scratch/answer"'
  ask "curl reads figures that add up" \
    'curl --silent --show-error --fail --max-time 10 --unix-socket "$socket" \
       http://acre/v1/arenas | python3 "$ledger"'

  stop TERM
  export status=0
  wait "$serving" || status=$?
  ask "SIGTERM ends the demo with status 0" 'cat "$scratch/demo.log"; ((status == 0))'
  ask "and it takes its socket with it" '[[ ! -e $socket ]]'
  serving=''
}
((failures == 0))
