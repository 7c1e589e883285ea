// The memory service: what an engine creates once. It owns the arenas' shared
// parts (address ranges, page map, metadata, the total limit) and knows arenas
// by name. Services are independent of each other.
//
//   auto service = acre::MemoryService::Create({.name = "engine"});
//   auto tenant = (*service)->CreateArena({.name = "tenant-7",
//                                          .hard_limit_bytes = 64 << 20});
//   acre::Tcache tcache = tenant->OpenTcache();
//   void* p = tcache.Allocate(1000);
//
// fork(2): parent and child both go on, with memory of their own from then on.
// The child has the arenas, and no governor thread until there is something to
// purge; tcaches and regions that other threads had open are nobody's.
//
// Thread-safe. All arenas, tcaches and regions must be gone before the service
// is destroyed, which unmaps everything.

#ifndef ACRE_ENGINE_ADAPTER_MEMORY_SERVICE_H_
#define ACRE_ENGINE_ADAPTER_MEMORY_SERVICE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "allocator/arena/domain.h"
#include "allocator/base/fork.h"
#include "allocator/base/mutex.h"
#include "engine_adapter/arena.h"
#include "engine_adapter/pressure.h"
#include "stats/control/control_host.h"

namespace acre {

using allocator::MisusePolicy;
using allocator::MisuseReport;
using allocator::RefusalReport;

// What purges unused memory in the background.
struct GovernorSettings {
  // One thread of the service's own, started when there is something to do.
  // Without it the engine calls MemoryService::Tick.
  bool thread = true;
  // Purge early, largest first, when the process's memory cgroup or the machine
  // is short of memory (limits, and pressure stall information where the kernel
  // has it). Needs the thread.
  bool watch_pressure = false;
  // From which share of its limit on memory is short, and very short; percent.
  uint32_t pressure_high_percent = 90;
  uint32_t pressure_critical_percent = 97;
  // Null: the system's. Must outlive the service.
  allocator::Clock* clock = nullptr;
};

struct ServiceOptions {
  // Shown by the console. 1 to 63 printable characters.
  std::string name = "acre";
  // Most that all arenas together may hold (active + dirty + metadata); 0 is
  // no limit.
  uint64_t hard_limit_bytes = 0;
  MisusePolicy misuse_policy = MisusePolicy::kAbort;
  // Called for each misuse in place of the line on standard error. Must not
  // use the service.
  allocator::MisuseHandler on_misuse = nullptr;
  void* on_misuse_context = nullptr;
  // Called for each refused allocation, on its thread, outside all locks.
  allocator::RefusalHandler on_refusal = nullptr;
  void* on_refusal_context = nullptr;
  GovernorSettings governor;
  // How long arenas that do not say keep unused memory; see DecayOptions.
  // Changed later through the control tree, for arenas made henceforth.
  int64_t dirty_decay_ms = allocator::kDefaultDirtyDecayMs;
  int64_t muzzy_decay_ms = 0;
  // Above this (and below the hard limit) on_pressure is called; 0 is never.
  uint64_t soft_limit_bytes = 0;
  // Called when an arena, or all together, cross a soft limit, and before an
  // allocation is refused at a hard one: once for each crossing, on the thread
  // that allocates, outside all locks. It may allocate and free,
  // through the very tcache that is allocating, too; purge; close other
  // tcaches; change limits. It must not reset or destroy the arena it is called
  // for, nor close or use the tcache or region that is allocating otherwise.
  PressureHandler on_pressure = nullptr;
  void* on_pressure_context = nullptr;
  // Where arenas have memory from that name no hooks; null is normal pages.
  // Must outlive the service.
  ExtentHooks* hooks = nullptr;
  // Where what describes memory comes from: descriptors, caches, the page map.
  // For providers whose untouched memory costs nothing and reads as zero; null
  // is normal pages. Must outlive the service.
  ExtentHooks* metadata_hooks = nullptr;
  // Called for what hooks did wrong, outside all locks, in place of the line on
  // standard error.
  allocator::HookHandler on_hook_failure = nullptr;
  void* on_hook_failure_context = nullptr;
  // The system's memory; null is the kernel. Must outlive the service.
  allocator::Os* os = nullptr;
};

struct ArenaOptions {
  // Unique among live arenas; 1 to 63 characters, printable, no '/'. Empty is
  // "arena-INDEX", or "arena-INDEX-N" where somebody has that name.
  std::string_view name;
  // Most that the arena may hold physically: active + dirty + metadata. 0 is no
  // limit; the least that is allowed otherwise is 64 KiB.
  uint64_t hard_limit_bytes = 0;
  // Most that parked tcaches and region blocks may hold; never more than a
  // quarter of the hard limit that the arena is created with.
  uint64_t parked_limit_bytes = uint64_t{8} << 20;
  // Most that one tcache may hold; at most 1 GiB, and never more than an eighth
  // of the hard limit that the arena is created with.
  uint64_t tcache_limit_bytes = uint64_t{8} << 20;
  DecayOptions decay;
  // See LimitOptions. reserved_bytes 0: no guarantee.
  uint64_t reserved_bytes = 0;
  uint64_t soft_limit_bytes = 0;
  // Brings the reserve into memory at once, and has it stay there: decay gives
  // back only what the arena holds beyond it.
  bool prefault_reserve = false;
  ArenaMemory memory;
};

class MemoryService final : private allocator::ForkParticipant,
                            private stats::ControlHost {
 public:
  // InvalidArgument with the numbers for bad options; ResourceExhausted when
  // the system refuses the address space.
  static absl::StatusOr<std::unique_ptr<MemoryService>> Create(
      const ServiceOptions& options);

  MemoryService(const MemoryService&) = delete;
  MemoryService& operator=(const MemoryService&) = delete;
  ~MemoryService();

  // InvalidArgument, AlreadyExists (name in use), ResourceExhausted (total
  // limit, number of arenas, memory).
  absl::StatusOr<Arena> CreateArena(const ArenaOptions& options);
  // NotFound names the nearest name there is.
  absl::StatusOr<ArenaRef> FindArena(std::string_view name) const;
  // Arena 0, "system": always there, for what belongs to no tenant.
  ArenaRef system_arena() const noexcept { return system_; }
  // The live arena that `ptr` was allocated from. Resolves any address within
  // a small allocation, and within the first page of a large one.
  std::optional<ArenaRef> ArenaOf(const void* ptr) const noexcept;

  // By address, whichever arena owns it; slower than through a tcache.
  void Deallocate(void* ptr) noexcept { domain_.Free(ptr); }
  [[nodiscard]] size_t UsableSize(const void* ptr) noexcept {
    return ptr == nullptr ? 0 : domain_.UsableSize(ptr);
  }
  // Stays in the owner's arena. Null leaves the allocation as it was.
  [[nodiscard]] void* Reallocate(void* ptr, size_t size) noexcept {
    return ptr == nullptr ? system_.Allocate(size)
                          : domain_.Reallocate(ptr, size);
  }

  // Every arena gives back what `mode` says; returns the bytes of pages.
  uint64_t PurgeAll(PurgeMode mode = PurgeMode::kEverything) {
    return domain_.PurgeAll(mode);
  }
  // Does what the governor's thread would do now: purges what is due. For
  // services without the thread; may run beside it and from several threads.
  // Returns when to call again, in milliseconds; nullopt: not before memory is
  // freed again.
  std::optional<uint64_t> Tick() noexcept;

  const std::string& name() const { return options_.name; }

  // For Control (control.h), which is how to use it.
  stats::ControlHost* control_host() noexcept { return this; }

  // For statistics (stats/) and adapters.
  const allocator::Domain& domain() const { return domain_; }
  allocator::Domain& domain() { return domain_; }

 private:
  friend class Arena;

  explicit MemoryService(const ServiceOptions& options) : options_(options) {}
  void ForFork(allocator::ForkStep step) noexcept override;
  allocator::Domain* control_domain() noexcept override { return &domain_; }
  std::string_view service_name() const noexcept override { return name(); }
  allocator::LockCounts control_lock_counts() const noexcept override {
    return mutex_.counts();
  }
  allocator::Arena* FindArenaNamed(std::string_view name,
                                   uint32_t* generation) noexcept override;
  stats::ControlResult CreateUnownedArena(ExtentHooks* hooks,
                                          uint32_t* index) noexcept override;
  stats::ControlResult DestroyArenaAt(uint32_t index,
                                      uint32_t generation) noexcept override;
  absl::Status DestroyArena(ArenaRef ref, DestroyPolicy policy);

  ServiceOptions options_;
  bool joined_forks_ = false;
  allocator::Domain domain_;
  ArenaRef system_;
  mutable allocator::Mutex<allocator::LockRank::kService> mutex_;
  // Keys point into the arenas' own names.
  absl::flat_hash_map<absl::string_view, allocator::Arena*> by_name_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace acre

#endif  // ACRE_ENGINE_ADAPTER_MEMORY_SERVICE_H_
