// glibc's malloc as a subject: no arenas of the caller's, no query caches.

#ifndef ACRE_TOOLS_BENCH_APP_SUBJECT_GLIBC_H_
#define ACRE_TOOLS_BENCH_APP_SUBJECT_GLIBC_H_

#include <malloc.h>

#include <cstddef>
#include <cstdlib>
#include <string_view>

#include "tools/bench_app/subject_malloc.h"

namespace acre::bench {

struct GlibcPolicy {
  static void Purge() { malloc_trim(0); }
  static void FreeSized(void* pointer, size_t) { std::free(pointer); }
};

struct GlibcSubject {
  static constexpr std::string_view kName = "glibc";
  static constexpr bool kHasArenas = false;
  static constexpr size_t kMaxArenas = 0;
  using Arena = MallocArena<GlibcPolicy>;
  using Cache = MallocCache<GlibcPolicy>;
  using Query = Cache;
};

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_SUBJECT_GLIBC_H_
