// The soak: a service under load on a system that fails at random, in phases.
//
// In a phase the workers allocate while another thread ticks the governor, and
// calls of the system, or of some tenants' hooks, fail as that phase wants.
// Between phases the world stands still and everything is verified: the
// domain's structures, the books of every arena, the content of every buffer,
// what the system was asked for. Every few phases all tenants end: the charge
// must be what it was at the start, and metadata must not grow from one such
// time to the next. In quiet phases nobody allocates, and memory must go.
//
// What is found wrong goes to findings(); a broken invariant inside Acre aborts
// the process. Runs for the time given, and a little.

#ifndef ACRE_TOOLS_SOAK_APP_SOAK_H_
#define ACRE_TOOLS_SOAK_APP_SOAK_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "allocator/extent/hooks/mmap_hooks.h"
#include "engine_adapter/memory_service.h"
#include "testing/choices.h"
#include "testing/fake_os.h"
#include "testing/faulty_hooks.h"
#include "tools/soak_app/findings.h"
#include "tools/soak_app/options.h"
#include "tools/soak_app/samples.h"
#include "tools/soak_app/worker.h"

namespace acre::soak {

class Soak {
 public:
  explicit Soak(const Options& options);
  Soak(const Soak&) = delete;
  Soak& operator=(const Soak&) = delete;

  // Once. Tells on standard error how it goes.
  void Run();

  const std::vector<Sample>& samples() const { return samples_; }
  std::vector<std::string> findings() const { return findings_.list(); }
  uint64_t operations() const;
  uint64_t denied() const;
  uint64_t failures() const { return os_.failures() + hooks_.failures(); }
  uint64_t rests() const { return rests_; }

 private:
  enum class Load { kQuiet, kLight, kHeavy };

  bool Start();
  // Ends everything, and the service.
  void Finish();
  void RunPhase(Load load);
  std::string SetFaults();
  void ClearFaults();
  void TakeSample();
  void VerifyAtRest();
  void VerifyBooks();
  void VerifyEmpty();
  void OpenShared();
  double Seconds() const;

  const Options options_;
  const std::chrono::steady_clock::time_point start_;
  testing::Choices choices_;
  Findings findings_;
  testing::FakeOs os_;
  allocator::MmapHooks mmap_hooks_{&os_};
  testing::FaultyHooks hooks_{&mmap_hooks_};
  std::unique_ptr<MemoryService> service_;
  World world_;
  std::vector<std::unique_ptr<Worker>> workers_;

  bool failing_ = false;
  std::atomic<uint64_t> refusals_{0};
  std::atomic<uint64_t> misuses_{0};
  uint64_t charged_at_start_ = 0;
  std::vector<uint64_t> metadata_when_empty_;
  uint64_t phases_ = 0;
  uint64_t rests_ = 0;
  std::vector<Sample> samples_;
};

}  // namespace acre::soak

#endif  // ACRE_TOOLS_SOAK_APP_SOAK_H_
