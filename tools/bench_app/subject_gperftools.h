// gperftools' tcmalloc as a subject: no arenas, one cache per thread.

#ifndef ACRE_TOOLS_BENCH_APP_SUBJECT_GPERFTOOLS_H_
#define ACRE_TOOLS_BENCH_APP_SUBJECT_GPERFTOOLS_H_

#include <gperftools/malloc_extension.h>
#include <gperftools/tcmalloc.h>

#include <cstddef>
#include <string_view>

#include "tools/bench_app/subject_malloc.h"

namespace acre::bench {

struct GperftoolsPolicy {
  static void Purge() { MallocExtension::instance()->ReleaseFreeMemory(); }
  static void FreeSized(void* pointer, size_t size) {
    tc_free_sized(pointer, size);
  }
};

struct GperftoolsSubject {
  static constexpr std::string_view kName = "gperftools";
  static constexpr bool kHasArenas = false;
  static constexpr size_t kMaxArenas = 0;
  using Arena = MallocArena<GperftoolsPolicy>;
  using Cache = MallocCache<GperftoolsPolicy>;
  using Query = Cache;
};

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_SUBJECT_GPERFTOOLS_H_
