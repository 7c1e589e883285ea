# shellcheck shell=bash
# The rules of tools/check about who may use what. Sourced after common.sh; the
# working directory is the project's. Each rule prints its violations and is
# false if there are any. Visibility in BUILD files says most of this too, but
# headers below /usr/include need no dependency to be found.

# Allocation-free headers of Abseil, the only ones open to the allocator.
ALLOCATION_FREE_HEADERS='base/(attributes|casts|config|const_init|macros|optimization|port|prefetch|thread_annotations)'
ALLOCATION_FREE_HEADERS+='|functional/function_ref|meta/type_traits|numeric/(bits|int128)|types/span|utility/utility'
ALLOCATION_FREE_TARGETS='base:(config|core_headers|dynamic_annotations|endian|prefetch)'
ALLOCATION_FREE_TARGETS+='|functional:function_ref|meta:type_traits|numeric:(bits|int128)|types:span|utility:utility'

# What asks the general heap, or throws: operator new, malloc and their kin.
HEAP_SYMBOLS='_Zn[wa][mj].*|malloc|calloc|realloc|reallocarray|memalign|aligned_alloc|posix_memalign|strdup|asprintf'
HEAP_SYMBOLS+='|__cxa_throw|__cxa_allocate_exception|_ZSt[0-9]+__throw_.*'

# Files that never ship: they may use testing/ and call what they like.
is_test_file() {
  [[ $1 == testing/* || $1 == tools/soak_app/* ||
    $1 =~ _(test|fuzz|benchmark|stress)(_[a-z0-9_]+)?\.(h|cc)$ ]]
}

# grep_files PATTERN FILE...: file:line:text of each match outside comments.
grep_files() {
  local pattern=$1
  shift
  (($#)) || return 0
  PATTERN=$pattern awk '
    BEGIN { pattern = ENVIRON["PATTERN"] }
    FNR == 1 { block = 0 }
    {
      code = $0
      if (block) { if (sub(/^.*\*\//, "", code)) block = 0; else next }
      gsub(/"([^"\\]|\\.)*"/, (code ~ /^[ \t]*#[ \t]*include/) ? "&" : "\"\"", code)
      gsub(/\/\*([^*]|\*[^\/])*\*\//, "", code)
      if (code !~ /^[ \t]*#[ \t]*include/) sub(/\/\/.*/, "", code)
      if (sub(/\/\*.*$/, "", code)) block = 1
      if (code ~ pattern) print FILENAME ":" FNR ": " $0
    }' "$@"
}

# none WHY FOUND: whether FOUND is empty; prints it if not.
none() {
  [[ -n $2 ]] || return 0
  fail "$1"
  printf '    %s\n' "${2//$'\n'/$'\n'    }" >&2
  return 1
}

# forbid WHY PATTERN FILE...
forbid() {
  local why=$1
  shift
  none "$why" "$(grep_files "$@")"
}

# files_in FOLDER [shipped]: its C++ files; only those that ship.
files_in() {
  local file
  tracked_cpp_files | while read -r file; do
    [[ $file == "$1"/* ]] || continue
    if [[ ${2:-} == shipped ]] && is_test_file "$file"; then continue; fi
    printf '%s\n' "$file"
  done
}

# include_of FOLDERS: a pattern; FOLDERS is an alternation.
include_of() { printf '^[ \t]*#[ \t]*include[ \t]*"(%s)/' "$1"; }

check_layers() {
  local good=true
  local -a files
  mapfile -t files < <(files_in allocator)
  forbid "allocator/ is the lowest layer and includes none above it:" \
    "$(include_of 'stats|engine_adapter|tools')" "${files[@]}" || good=false
  mapfile -t files < <(files_in stats)
  forbid "stats/ includes allocator/ only:" \
    "$(include_of 'engine_adapter|tools')" "${files[@]}" || good=false
  mapfile -t files < <(files_in engine_adapter)
  forbid "engine_adapter/ includes allocator/ and stats/ only:" \
    "$(include_of 'tools')" "${files[@]}" || good=false
  mapfile -t files < <(for layer in allocator stats engine_adapter tools; do files_in "$layer" shipped; done)
  forbid "only tests include testing/:" "$(include_of 'testing')" "${files[@]}" || good=false
  $good
}

# System calls on address space go through allocator/os, where they can be
# faked and counted. Methods and members of these names are something else.
check_system_calls() {
  local -a files
  mapfile -t files < <(for layer in allocator stats engine_adapter; do
    files_in "$layer" shipped
  done | grep -v '^allocator/os/' || true)
  forbid "only allocator/os/ asks the kernel for memory:" \
    '(^|[^_.>A-Za-z0-9])(mmap|mmap64|munmap|madvise|process_madvise|mprotect|mremap|mbind|sbrk)[ \t]*\(' \
    "${files[@]}"
}

check_abseil_headers() {
  local -a files
  mapfile -t files < <(files_in allocator shipped)
  local found
  found=$(grep_files '^[ \t]*#[ \t]*include[ \t]*["<]absl/' "${files[@]}" |
    grep -vE "[\"<]absl/($ALLOCATION_FREE_HEADERS)\.h[\">]" || true)
  none "allocator/ uses no part of Abseil that may allocate:" "$found"
}

# The libraries of a layer that ship, as a Bazel query.
shipped_libraries() { printf 'kind("cc_library", attr(testonly, 0, //%s/...))' "$1"; }

check_abseil_targets() {
  local used
  used=$(run_bazel query --noshow_progress \
    "filter('^@com_google_absl//', deps($(shipped_libraries allocator)))") || return 1
  none "allocator/ depends on parts of Abseil that may allocate:" \
    "$(grep -vE "^$|//absl/($ALLOCATION_FREE_TARGETS)\$" <<< "$used" || true)"
}

# Below engine_adapter everything must work as the process's malloc: looks at
# what the compiled libraries really call.
check_heap_calls() {
  local listed
  listed=$(run_bazel query --noshow_progress \
    "$(shipped_libraries allocator) + $(shipped_libraries stats)") || return 1
  local -a labels
  mapfile -t labels <<< "$listed"
  run_bazel build --config=opt "${labels[@]}" >&2 || return 1
  local bin label path archive found good=true
  bin=$(bazel_bin --config=opt)
  for label in "${labels[@]}"; do
    path=${label#//}
    path=$bin/${path%:*}/lib${path##*:}
    # A library that must be linked whole is a .lo; one of headers is neither.
    for archive in "$path.a" "$path.lo"; do
      [[ -e $archive ]] || continue
      found=$(nm --undefined-only --format=just-symbols --quiet "$archive" |
        sed 's/@.*//' | grep -xE "$HEAP_SYMBOLS" | sort -u | c++filt || true)
      none "$label calls what allocates or throws:" "$found" || good=false
    done
  done
  $good
}
