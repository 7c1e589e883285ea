// Random operations on a memory service, each held against the reference
// model: what the model test (choices from a seed) and the fuzzer (choices from
// its bytes) run. One thread; the stress test is the one with many.
//
// The service lies over a FakeOs. Several arenas, with and without limits, are
// created, reset, purged and destroyed while tcaches and regions of theirs are
// open; memory is freed through whatever handle comes. A null result must have
// been announced by the refusal report that the documentation promises.

#ifndef ACRE_TESTING_MODEL_DRIVER_H_
#define ACRE_TESTING_MODEL_DRIVER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "engine_adapter/memory_service.h"
#include "testing/choices.h"
#include "testing/fake_clock.h"
#include "testing/fake_os.h"
#include "testing/reference_model.h"

namespace acre::testing {

struct ModelOptions {
  // Whether operations may make the system refuse calls.
  bool system_fails = false;
};

class ModelDriver {
 public:
  // `choices` must outlive this.
  ModelDriver(Choices* choices, const ModelOptions& options);
  ModelDriver(const ModelDriver&) = delete;
  ModelDriver& operator=(const ModelDriver&) = delete;
  ~ModelDriver();

  // Up to `steps` operations, as long as there are choices; then ends all that
  // is left and checks that it came back. Empty, or what was wrong first.
  std::string Run(size_t steps);

 private:
  struct ArenaSlot {
    acre::Arena owner;  // Empty for the system arena.
    ArenaRef ref;
    Tenant tenant = 0;
    uint32_t epoch = 0;  // Changes when open tcaches and regions become stale.
    uint64_t limit = 0;
    bool live = false;
  };
  struct TcacheSlot {
    acre::Tcache tcache;
    size_t arena = 0;
    uint32_t epoch = 0;
    bool open = false;
  };
  struct RegionSlot {
    acre::Region region;
    size_t arena = 0;
    uint32_t epoch = 0;
    uint32_t id = 0;
    bool open = false;
  };
  // What an operation goes through: a tcache or, where that is null, a ref.
  struct Door {
    acre::Tcache* tcache = nullptr;
    ArenaSlot* arena = nullptr;
    bool stale = false;
  };
  // What had been refused when an operation began.
  struct Before {
    uint64_t refusals = 0;
    uint64_t failures = 0;
  };
  using Operation = void (ModelDriver::*)();
  struct Weighted {
    Operation run;
    uint8_t weight;
    const char* name;
  };
  static const Weighted kOperations[];

  // --- operations: model_operations.cc --------------------------------------
  void Allocate();
  void AllocateAligned();
  void AllocateZeroed();
  void AllocateAtLeast();
  void Free();
  void FreeSized();
  void Reallocate();
  void ReallocateByAddress();
  void ResizeInPlace();
  void OpenTcache();
  void CloseTcache();
  void CycleTcaches();
  void AllocateInRegion();
  void DropRegion();
  void CloseRegion();

  // --- control: model_control.cc ---------------------------------------------
  void Create();
  void Reset();
  void DestroyIfEmpty();
  void Discard();
  void Purge();
  void SetHardLimit();
  void SetServiceLimit();
  void ChangeFailures();
  void LetTimePass();
  void SetDecay();
  void PurgeAll();
  void CheckBooks();
  void CheckArena(const ArenaSlot& slot);
  void EndEverything();

  void Step();
  Door PickDoor();
  size_t PickSize();
  // Calls on(handle) with the door's tcache or ref.
  template <typename On>
  static auto Through(const Door& door, On on) {
    return door.tcache != nullptr ? on(*door.tcache) : on(door.arena->ref);
  }
  Before Now() const { return {refusals_, os_.failures()}; }
  // Enters what an allocation returned, or checks that null was right.
  void Finish(const Door& door, const Before& before, AllocationResult result,
              size_t size, size_t free_size, size_t alignment, bool zeroed);
  void CheckRefusal(const ArenaSlot& slot, const Before& before, size_t size);
  bool IsStale(size_t arena, uint32_t epoch) const {
    return !arenas_[arena].live || arenas_[arena].epoch != epoch;
  }
  // Bytes of open regions of an arena.
  uint64_t RegionBytes(size_t arena) const;
  ArenaSlot& PickLive();
  void NoteDiscarded(ArenaSlot* slot);

  Choices* const choices_;
  const ModelOptions options_;
  FakeOs os_;
  FakeClock clock_;
  std::unique_ptr<MemoryService> service_;
  std::array<ArenaSlot, 5> arenas_;  // The first is the system arena.
  std::array<TcacheSlot, 6> tcaches_;
  std::array<RegionSlot, 3> regions_;
  ReferenceModel model_;
  uint64_t service_limit_ = 0;
  uint32_t last_region_ = 0;
  uint64_t refusals_ = 0;
  RefusalReport last_refusal_;
  const char* running_ = "start";
};

}  // namespace acre::testing

#endif  // ACRE_TESTING_MODEL_DRIVER_H_
