// One pass through everything that makes system calls: a service, arenas,
// small, large, huge and aligned memory, growth, splitting and joining of
// extents, purge, limits, tcaches that grow, regions, reset and destroy. Every
// step goes on when it gets no memory; so the scenario can run with any system
// call failing, and says at the end what was not as documented.

#ifndef ACRE_TESTING_FAULT_SCENARIO_H_
#define ACRE_TESTING_FAULT_SCENARIO_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine_adapter/memory_service.h"
#include "testing/fake_clock.h"
#include "testing/fake_os.h"
#include "testing/reference_model.h"

namespace acre::testing {

class FaultScenario {
 public:
  explicit FaultScenario(FakeOs* os) : os_(os) {}
  FaultScenario(const FaultScenario&) = delete;
  FaultScenario& operator=(const FaultScenario&) = delete;

  // Runs everything under the failures that `os` was told to make, then ends
  // them, and checks that the service still works, and that nothing is left of
  // it after. Empty, or what was wrong first.
  std::string Run();

  // Allocations that got no memory.
  uint64_t denied() const { return denied_; }
  // Calls that were made before the scenario ended failures.
  uint64_t calls() const { return calls_; }

 private:
  struct Tenancy {
    acre::Arena arena;
    Tenant tenant = 0;
    bool limited = false;
  };

  bool CreateService();
  void RunSteps();
  std::optional<Tenancy> NewTenancy(uint64_t limit);
  void AllocateSmall(Tenancy* tenancy);
  void AllocateLarge(Tenancy* tenancy);
  void AllocateHuge(Tenancy* tenancy);
  void ScatterExtents(Tenancy* tenancy);
  void GrowTcaches(Tenancy* tenancy);
  void UseRegions(Tenancy* tenancy);
  void ResizeAndPurge(Tenancy* tenancy);
  void FillToLimit(Tenancy* tenancy);
  void ResetWhileInUse(Tenancy* tenancy);
  void LetTimePass();
  void CrowdArenas();
  void FreeEveryOther();

  // Enters what an allocation of `size` returned; true if it was memory.
  bool Enter(const Tenancy& tenancy, void* p, size_t size, size_t alignment = 8,
             uint32_t region = 0);
  void ExpectWorks();
  void EndService();

  FakeOs* const os_;
  FakeClock clock_;
  std::unique_ptr<MemoryService> service_;
  ReferenceModel model_;
  uint64_t charged_at_start_ = 0;
  uint64_t metadata_at_start_ = 0;
  uint64_t refusals_ = 0;
  uint64_t refusals_seen_ = 0;
  allocator::PageFailure last_refusal_ = allocator::PageFailure::kNone;
  uint32_t last_region_ = 0;
  uint64_t denied_ = 0;
  uint64_t calls_ = 0;
};

}  // namespace acre::testing

#endif  // ACRE_TESTING_FAULT_SCENARIO_H_
