// Arenas: a heap per tenant.
//
// An Arena is the owner: move-only, and its destructor destroys the arena with
// everything in it. An ArenaRef names an arena without owning it: an index and
// a generation, cheap to copy. A ref to an arena that is gone is an error, not
// a crash: allocations return null, control calls return NotFound.
//
// Allocations made here go to the arena's bins under a lock: right for state
// that outlives queries. Queries use OpenTcache() or OpenRegion().
//
// Thread-safety: all calls are thread-safe, but Reset, SetMemory, Destroy and
// ~Arena: no other thread may be inside an operation on the arena, its tcaches
// or its regions meanwhile. Tcaches and regions that are open at a Reset or
// Destroy become stale and harmless: their allocations return null, and they
// may be closed at any time.

#ifndef ACRE_ENGINE_ADAPTER_ARENA_H_
#define ACRE_ENGINE_ADAPTER_ARENA_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "allocator/arena/arena.h"
#include "allocator/arena/arena_memory.h"
#include "allocator/extent/extent_hooks.h"
#include "allocator/page/decay.h"
#include "engine_adapter/region.h"
#include "engine_adapter/tcache.h"

namespace acre {

class MemoryService;

enum class DestroyPolicy {
  // FailedPrecondition, naming what is alive, if anything is allocated.
  kFailIfAllocated,
  // Everything goes, in time that depends on the number of slabs and large
  // allocations, not of small objects.
  kDiscard,
};

// What a purge gives back: kUnused (dirty and muzzy pages), kIdle (and parked
// tcaches and region blocks, and spare slabs), kEverything (and the pages
// inside free regions of slabs that live).
using allocator::PurgeMode;

using allocator::kDecayAsDomain;

// How long memory that is not used any more stays with the arena. Times are in
// milliseconds: -1 is for ever, 0 not at all, at most a year; kDecayAsDomain is
// what the service has for arenas that do not say
// (ServiceOptions::dirty_decay_ms).
struct DecayOptions {
  // Freed pages, along jemalloc's smoothstep curve. An arena that nothing was
  // taken from or given back to for this long is idle, and gives back what it
  // keeps warm, and pages inside its slabs, too.
  int64_t dirty_decay_ms = kDecayAsDomain;
  // If not 0, dirty pages are offered to the system first (MADV_FREE), which
  // is cheaper, but leaves them in the process's RSS until the system wants
  // them, and given back for good after this long.
  int64_t muzzy_decay_ms = kDecayAsDomain;
  // Dirty bytes above this go without waiting; 0 is no such limit.
  uint64_t most_dirty_bytes = 0;
};

// What an arena may hold physically (active, dirty and muzzy pages, metadata).
// Bytes; 0 is none.
struct LimitOptions {
  // Set aside from the service's total: what others take never eats into it.
  uint64_t reserved_bytes = 0;
  // Above this the service's on_pressure is called, once for each crossing.
  uint64_t soft_limit_bytes = 0;
  // Above this allocations are refused. At least 64 KiB, and the reserve.
  uint64_t hard_limit_bytes = 0;
};

using allocator::ExtentHooks;
using allocator::HugepageMode;

// Where an arena's memory comes from: hooks, which must outlive the arena (and,
// where they cannot release, the service); or, where none are named, those of
// the service, in hugepages as the mode says.
using ArenaMemory = allocator::ArenaMemory;

// InvalidArgument, with the numbers, for times out of range.
absl::Status CheckDecay(std::string_view arena, const DecayOptions& options);
absl::Status CheckLimits(std::string_view arena, const LimitOptions& limits);

class ArenaRef {
 public:
  // Names no arena.
  ArenaRef() noexcept = default;

  // --- data plane: see tcache.h for what each does and returns -------------
  [[nodiscard]] void* Allocate(size_t size) const noexcept;
  [[nodiscard]] void* AllocateAligned(size_t size,
                                      size_t alignment) const noexcept;
  [[nodiscard]] void* AllocateZeroed(size_t size) const noexcept;
  [[nodiscard]] AllocationResult AllocateAtLeast(size_t size) const noexcept;
  [[nodiscard]] void* Reallocate(void* ptr, size_t size) const noexcept;
  [[nodiscard]] bool ResizeInPlace(void* ptr, size_t size) const noexcept;
  [[nodiscard]] size_t UsableSize(const void* ptr) const noexcept;
  // Memory of another arena goes back to its owner and counts as foreign.
  void Deallocate(void* ptr) const noexcept;
  void Deallocate(void* ptr, size_t size) const noexcept;
  void Deallocate(void* ptr, size_t size, size_t alignment) const noexcept {
    Deallocate(ptr, allocator::AlignedClassSize(size, alignment));
  }

  // O(1). A stale ref gives a tcache (region) whose allocations return null.
  [[nodiscard]] Tcache OpenTcache() const noexcept;
  [[nodiscard]] Region OpenRegion() const noexcept;

  // --- control plane -------------------------------------------------------
  // Discards every allocation; the arena stays. Its pages stay dirty.
  absl::Status Reset() const;
  // Gives back what `mode` says; returns the bytes of pages that went back to
  // the system. May run beside everything, Reset and Destroy too.
  absl::StatusOr<uint64_t> Purge(PurgeMode mode = PurgeMode::kEverything) const;
  // Changes how long unused memory is kept; see DecayOptions.
  absl::Status SetDecay(const DecayOptions& options) const;
  // Has the kernel make hugepages of what the arena uses now, where its memory
  // allows it (ArenaMemory with hugepages, or hooks whose grants have pages of
  // 2 MiB); returns the bytes that are in hugepages for it. Copies memory.
  absl::StatusOr<uint64_t> Collapse() const;
  // 0 is no limit. Below what is charged is allowed: nothing more is handed
  // out until enough came back. FailedPrecondition below the reserve.
  absl::Status SetHardLimit(uint64_t bytes) const;
  // All limits at once, or none of them: ResourceExhausted, saying how much
  // there is, where the total cannot set the reserve aside.
  absl::Status SetLimits(const LimitOptions& limits) const;
  // Has the arena's memory come from elsewhere. FailedPrecondition unless the
  // arena is empty: nothing allocated and no tcache that holds anything.
  absl::Status SetMemory(const ArenaMemory& memory) const;
  // What the arena holds against its limit: active, dirty and muzzy
  // pages, and metadata.
  uint64_t charged_bytes() const noexcept;

  bool valid() const noexcept { return live() != nullptr; }
  // Empty when stale. Points into the arena: valid as long as it lives.
  std::string_view name() const noexcept;
  uint32_t index() const noexcept { return index_; }
  uint32_t generation() const noexcept { return generation_; }

  // For the layers that adapt Acre to engines; null when stale.
  allocator::Arena* live() const noexcept {
    if (core_ == nullptr || generation_ == 0) return nullptr;
    return core_->generation.load(std::memory_order_acquire) == generation_
               ? core_
               : nullptr;
  }

  friend bool operator==(const ArenaRef& a, const ArenaRef& b) {
    return a.core_ == b.core_ && a.generation_ == b.generation_;
  }

 private:
  friend class Arena;
  friend class MemoryService;
  explicit ArenaRef(allocator::Arena* core) noexcept
      : core_(core),
        domain_(core->domain),
        index_(core->index),
        generation_(core->generation.load(std::memory_order_relaxed)) {}

  absl::Status Stale() const;

  // Arena objects are type-stable: reading the generation of one that is gone
  // is safe as long as the service lives.
  allocator::Arena* core_ = nullptr;
  // Its own copy, because a stale ref still frees what other arenas own.
  allocator::Domain* domain_ = nullptr;
  uint32_t index_ = 0;
  uint32_t generation_ = 0;
};

class Arena {
 public:
  Arena() noexcept = default;
  Arena(Arena&& other) noexcept;
  Arena& operator=(Arena&& other) noexcept;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  // Destroys with kDiscard, if it still owns an arena.
  ~Arena();

  ArenaRef ref() const noexcept { return ref_; }
  // NOLINTNEXTLINE(google-explicit-constructor): an owner is a name, too.
  operator ArenaRef() const noexcept { return ref_; }

  [[nodiscard]] void* Allocate(size_t size) noexcept {
    return ref_.Allocate(size);
  }
  [[nodiscard]] void* AllocateAligned(size_t size, size_t alignment) noexcept {
    return ref_.AllocateAligned(size, alignment);
  }
  [[nodiscard]] void* AllocateZeroed(size_t size) noexcept {
    return ref_.AllocateZeroed(size);
  }
  [[nodiscard]] AllocationResult AllocateAtLeast(size_t size) noexcept {
    return ref_.AllocateAtLeast(size);
  }
  [[nodiscard]] void* Reallocate(void* ptr, size_t size) noexcept {
    return ref_.Reallocate(ptr, size);
  }
  [[nodiscard]] bool ResizeInPlace(void* ptr, size_t size) noexcept {
    return ref_.ResizeInPlace(ptr, size);
  }
  [[nodiscard]] size_t UsableSize(const void* ptr) const noexcept {
    return ref_.UsableSize(ptr);
  }
  void Deallocate(void* ptr) noexcept { ref_.Deallocate(ptr); }
  void Deallocate(void* ptr, size_t size) noexcept {
    ref_.Deallocate(ptr, size);
  }
  void Deallocate(void* ptr, size_t size, size_t alignment) noexcept {
    ref_.Deallocate(ptr, size, alignment);
  }
  [[nodiscard]] Tcache OpenTcache() noexcept { return ref_.OpenTcache(); }
  [[nodiscard]] Region OpenRegion() noexcept { return ref_.OpenRegion(); }

  absl::Status Reset() { return ref_.Reset(); }
  absl::StatusOr<uint64_t> Purge(PurgeMode mode = PurgeMode::kEverything) {
    return ref_.Purge(mode);
  }
  absl::StatusOr<uint64_t> Collapse() { return ref_.Collapse(); }
  absl::Status SetDecay(const DecayOptions& options) {
    return ref_.SetDecay(options);
  }
  absl::Status SetHardLimit(uint64_t bytes) { return ref_.SetHardLimit(bytes); }
  absl::Status SetLimits(const LimitOptions& limits) {
    return ref_.SetLimits(limits);
  }
  absl::Status SetMemory(const ArenaMemory& memory) {
    return ref_.SetMemory(memory);
  }
  // On an error the arena is as it was, and still owned.
  absl::Status Destroy(DestroyPolicy policy);

  uint64_t charged_bytes() const noexcept { return ref_.charged_bytes(); }
  bool valid() const noexcept { return ref_.valid(); }
  std::string_view name() const noexcept { return ref_.name(); }
  uint32_t index() const noexcept { return ref_.index(); }
  uint32_t generation() const noexcept { return ref_.generation(); }

 private:
  friend class MemoryService;
  Arena(MemoryService* service, ArenaRef ref) noexcept
      : service_(service), ref_(ref) {}
  // The arena lives on, nobody's.
  void Disown() noexcept {
    service_ = nullptr;
    ref_ = ArenaRef();
  }

  MemoryService* service_ = nullptr;
  ArenaRef ref_;
};

}  // namespace acre

#endif  // ACRE_ENGINE_ADAPTER_ARENA_H_
