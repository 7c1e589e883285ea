// jemalloc as a subject: explicit arenas and tcaches through mallocx.
//
// Control names are translated once (mallctlnametomib): the rows measure what
// an engine that does so too would pay. Any mallctl that fails aborts with the
// name and the error number.

#ifndef ACRE_TOOLS_BENCH_APP_SUBJECT_JEMALLOC_H_
#define ACRE_TOOLS_BENCH_APP_SUBJECT_JEMALLOC_H_

#include <jemalloc/jemalloc.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace acre::bench {

// One control, its name translated at construction.
class JemallocControl {
 public:
  explicit JemallocControl(const char* name) : name_(name) {
    Check(mallctlnametomib(name, mib_, &length_));
  }
  // Stands for a name with an arena's index at `position`.
  JemallocControl At(size_t position, unsigned index) const {
    JemallocControl copy = *this;
    copy.mib_[position] = index;
    return copy;
  }
  template <typename T>
  T Read() const {
    T value{};
    size_t size = sizeof(value);
    Check(mallctlbymib(mib_, length_, &value, &size, nullptr, 0));
    return value;
  }
  template <typename T>
  void Write(T value) const {
    Check(mallctlbymib(mib_, length_, nullptr, nullptr, &value, sizeof(value)));
  }
  void Invoke() const {
    Check(mallctlbymib(mib_, length_, nullptr, nullptr, nullptr, 0));
  }

 private:
  void Check(int error) const {
    if (error == 0) return;
    std::fprintf(stderr, "mallctl %s: error %d\n", name_, error);
    std::abort();
  }

  const char* name_;
  size_t mib_[8];
  size_t length_ = 8;
};

class JemallocArena {
 public:
  JemallocArena() : index_(Create()) {}
  ~JemallocArena() {
    static const JemallocControl destroy("arena.0.destroy");
    destroy.At(1, index_).Invoke();
  }
  JemallocArena(const JemallocArena&) = delete;
  JemallocArena& operator=(const JemallocArena&) = delete;

  void* Allocate(size_t size) {
    return mallocx(size, MALLOCX_ARENA(index_) | MALLOCX_TCACHE_NONE);
  }
  void Deallocate(void* pointer) { dallocx(pointer, MALLOCX_TCACHE_NONE); }
  void Purge() {
    static const JemallocControl purge("arena.0.purge");
    purge.At(1, index_).Invoke();
  }
  void Reset() {
    static const JemallocControl reset("arena.0.reset");
    reset.At(1, index_).Invoke();
  }
  unsigned index() const { return index_; }

 private:
  static unsigned Create() {
    static const JemallocControl create("arenas.create");
    return create.Read<unsigned>();
  }

  unsigned index_;
};

class JemallocCache {
 public:
  explicit JemallocCache(JemallocArena& arena)
      : tcache_(Create()),
        allocate_flags_(static_cast<int>(MALLOCX_ARENA(arena.index()) |
                                         MALLOCX_TCACHE(tcache_))),
        free_flags_(static_cast<int>(MALLOCX_TCACHE(tcache_))) {}
  ~JemallocCache() {
    static const JemallocControl destroy("tcache.destroy");
    destroy.Write(tcache_);
  }
  JemallocCache(const JemallocCache&) = delete;
  JemallocCache& operator=(const JemallocCache&) = delete;

  void* Allocate(size_t size) { return mallocx(size, allocate_flags_); }
  void Deallocate(void* pointer) { dallocx(pointer, free_flags_); }
  void DeallocateSized(void* pointer, size_t size) {
    sdallocx(pointer, size, free_flags_);
  }

 private:
  static unsigned Create() {
    static const JemallocControl create("tcache.create");
    return create.Read<unsigned>();
  }

  unsigned tcache_;
  int allocate_flags_;
  int free_flags_;
};

// The cheapest bulk drop jemalloc has: an arena kept for the purpose, reset.
class JemallocBulk {
 public:
  explicit JemallocBulk(JemallocArena& arena) : arena_(arena) {}
  ~JemallocBulk() { arena_.Reset(); }
  JemallocBulk(const JemallocBulk&) = delete;
  JemallocBulk& operator=(const JemallocBulk&) = delete;

  void* Allocate(size_t size) { return arena_.Allocate(size); }

 private:
  JemallocArena& arena_;
};

struct JemallocSubject {
  static constexpr std::string_view kName = "jemalloc";
  static constexpr bool kHasArenas = true;
  static constexpr size_t kMaxArenas = 4000;  // the library stops at 4,095
  using Arena = JemallocArena;
  using Cache = JemallocCache;
  using Query = Cache;
  using Bulk = JemallocBulk;

  static void RefreshStatistics() {
    static const JemallocControl epoch("epoch");
    epoch.Write(uint64_t{1});
  }
  static uint64_t ReadAllocated(JemallocArena& arena) {
    static const JemallocControl small("stats.arenas.0.small.allocated");
    static const JemallocControl large("stats.arenas.0.large.allocated");
    return small.At(2, arena.index()).Read<size_t>() +
           large.At(2, arena.index()).Read<size_t>();
  }
  static uint64_t ReadTotals() {
    static const JemallocControl allocated("stats.allocated");
    RefreshStatistics();
    return allocated.Read<size_t>();
  }
  static uint64_t WriteJson() {
    uint64_t length = 0;
    malloc_stats_print(
        [](void* sum, const char* text) {
          *static_cast<uint64_t*>(sum) += std::string_view(text).size();
        },
        &length, "J");
    return length;
  }
  static uint64_t MetadataBytes() {
    static const JemallocControl metadata("stats.metadata");
    RefreshStatistics();
    return metadata.Read<size_t>();
  }
  static void StartBackgroundThread() {
    JemallocControl("background_thread").Write(true);
  }
  static void SetDecay(int64_t dirty_ms) {
    JemallocControl("arenas.dirty_decay_ms")
        .Write(static_cast<ssize_t>(dirty_ms));
  }
};

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_SUBJECT_JEMALLOC_H_
