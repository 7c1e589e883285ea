# shellcheck shell=bash disable=SC2034
# Shared by the scripts in tools/. Sourced, never run; expects `set -euo
# pipefail` and leaves the caller's working directory alone.

ACRE_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
ACRE_JOBS=${ACRE_JOBS:-$(nproc)}
# A bazelisk earlier in PATH would try to download another Bazel.
ACRE_BAZEL=${ACRE_BAZEL:-/usr/bin/bazel}

if [[ -t 2 && -z ${NO_COLOR:-} ]]; then
  BOLD=$'\e[1m' RED=$'\e[31m' GREEN=$'\e[32m' YELLOW=$'\e[33m' PLAIN=$'\e[0m'
else
  BOLD='' RED='' GREEN='' YELLOW='' PLAIN=''
fi

# Progress goes to stderr: stdout belongs to the program that is run.
say() { printf '%s\n' "$*" >&2; }
step() { printf '%s==> %s%s\n' "$BOLD" "$*" "$PLAIN" >&2; }
warn() { printf '%s%s%s\n' "$YELLOW" "$*" "$PLAIN" >&2; }
fail() { printf '%s%s%s\n' "$RED" "$*" "$PLAIN" >&2; }
die() {
  fail "$*"
  exit 1
}

# Prints the comment block at the head of the calling script.
print_help() { awk 'NR > 1 && !/^#/ { exit } NR > 1 { sub(/^# ?/, ""); print }' "$0"; }

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif command -v sudo > /dev/null; then
    sudo "$@"
  else
    die "installing packages needs root, and there is no sudo; run as root: $*"
  fi
}

# The packages of the given groups of packages.txt that are not installed.
missing_packages() {
  local group package
  for group in "$@"; do
    awk -v group="$group" '$1 == group { print $2 }' "$ACRE_ROOT/tools/scripts/packages.txt"
  done | sort -u | while read -r package; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2> /dev/null | grep -qx installed ||
      printf '%s\n' "$package"
  done
}

ensure_packages() {
  command -v dpkg-query > /dev/null ||
    die "this needs Debian 12; tools/scripts/packages.txt lists what to install by other means"
  local -a missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  step "installing ${#missing[@]} packages: ${missing[*]}"
  as_root apt-get update -qq >&2
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# run_bazel COMMAND ARGUMENT...: in the project, whatever the working directory.
run_bazel() {
  local command=$1
  shift
  local -a startup=() options=()
  [[ -z ${ACRE_BAZEL_OUTPUT_BASE:-} ]] || startup+=("--output_base=$ACRE_BAZEL_OUTPUT_BASE")
  case $command in
    build | test) options+=("--jobs=$ACRE_JOBS") ;;
  esac
  # Without a terminal one line of progress every 15 s is enough.
  [[ -t 2 ]] || options+=(--curses=no --show_progress_rate_limit=15)
  (cd "$ACRE_ROOT" && "$ACRE_BAZEL" "${startup[@]}" "$command" "${options[@]}" "$@")
}

# bazel_bin OPTION...: the folder of what is built with these options.
bazel_bin() { run_bazel info --noshow_progress "$@" bazel-bin 2> /dev/null; }

# build_program LABEL: builds it optimised and prints the path of the binary.
build_program() {
  local label=$1
  step "building $label (optimised; the first time takes a few minutes)"
  run_bazel build --config=opt "$label" >&2
  local path=${label#//}
  printf '%s/%s\n' "$(bazel_bin --config=opt)" "${path/://}"
}

# launch LABEL GROUPS ARGUMENT...: what tools/demo, console and bench do, which
# differ in nothing else. GROUPS: of packages.txt, separated by spaces.
launch() {
  local label=$1
  local -a groups
  read -ra groups <<< "$2"
  shift 2
  case ${1:-} in
    -h | --help)
      print_help
      exit 0
      ;;
    --)
      shift
      ;;
  esac
  ensure_packages "${groups[@]}"
  local program
  program=$(build_program "$label") || die "building $label failed"
  exec "$program" "$@"
}

# Relative to the project, whose folder must be the working directory. Without
# those that are tracked but deleted.
tracked_cpp_files() {
  git ls-files -- '*.h' '*.cc' | while read -r file; do
    [[ ! -e $file ]] || printf '%s\n' "$file"
  done
}
