// Acre as a subject, through the handles that an engine uses.
//
// One service for the process, never torn down. A refused control-plane call
// aborts with its status.

#ifndef ACRE_TOOLS_BENCH_APP_SUBJECT_ACRE_H_
#define ACRE_TOOLS_BENCH_APP_SUBJECT_ACRE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine_adapter/memory_service.h"
#include "stats/arena_statistics.h"
#include "stats/writers/acre_json.h"
#include "stats/writers/document.h"

namespace acre::bench {

inline void CheckOk(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::abort();
}

inline MemoryService& AcreService() {
  static MemoryService* const service = [] {
    auto created = MemoryService::Create(ServiceOptions());
    CheckOk(created.status());
    return std::move(created).value().release();
  }();
  return *service;
}

class AcreArena {
 public:
  AcreArena() : AcreArena(/*ceiling_bytes=*/0) {}
  explicit AcreArena(uint64_t ceiling_bytes) : arena_(Create(ceiling_bytes)) {}

  void* Allocate(size_t size) { return arena_.Allocate(size); }
  void Deallocate(void* pointer) { arena_.Deallocate(pointer); }
  void Purge() { CheckOk(arena_.Purge().status()); }
  Arena& handle() { return arena_; }

 private:
  static Arena Create(uint64_t ceiling_bytes) {
    ArenaOptions options;
    options.hard_limit_bytes = ceiling_bytes;
    auto created = AcreService().CreateArena(options);
    CheckOk(created.status());
    return std::move(created).value();
  }

  Arena arena_;
};

class AcreCache {
 public:
  explicit AcreCache(AcreArena& arena) : tcache_(arena.handle().OpenTcache()) {}

  void* Allocate(size_t size) { return tcache_.Allocate(size); }
  void Deallocate(void* pointer) { tcache_.Deallocate(pointer); }
  void DeallocateSized(void* pointer, size_t size) {
    tcache_.Deallocate(pointer, size);
  }

 private:
  Tcache tcache_;
};

class AcreBulk {
 public:
  explicit AcreBulk(AcreArena& arena) : region_(arena.handle().OpenRegion()) {}

  void* Allocate(size_t size) { return region_.Allocate(size); }

 private:
  Region region_;
};

struct AcreSubject {
  static constexpr std::string_view kName = "acre";
  static constexpr bool kHasArenas = true;
  static constexpr size_t kMaxArenas = 1'000'000;
  using Arena = AcreArena;
  using Cache = AcreCache;
  using Query = AcreCache;
  using Bulk = AcreBulk;

  static void RefreshStatistics() {}
  static uint64_t ReadAllocated(AcreArena& arena) {
    stats::ArenaStatistics statistics;
    stats::ReadArena(AcreService().domain(), arena.handle().index(),
                     arena.handle().generation(), &statistics);
    return statistics.allocated;
  }
  static uint64_t ReadTotals() {
    return stats::ReadService(AcreService().domain()).arenas.allocated;
  }
  // Every arena with its bins.
  static uint64_t WriteJson() {
    stats::AcreJson document(AcreService().domain(), AcreService().name());
    uint64_t length = 0;
    stats::WriteTo(
        &document,
        [](void* sum, std::string_view part) {
          *static_cast<uint64_t*>(sum) += part.size();
          return true;
        },
        &length);
    return length;
  }
  static uint64_t MetadataBytes() {
    return stats::ReadService(AcreService().domain()).metadata;
  }
};

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_SUBJECT_ACRE_H_
