// A thread's part of the load: tenants of its own, which it creates, uses,
// limits, resets and destroys, and buffers that it keeps with tenants that all
// threads share. It knows what it has allocated, and what must be in it.
//
// One thread at a time; the world may be read and checked between runs.

#ifndef ACRE_TOOLS_SOAK_APP_WORKER_H_
#define ACRE_TOOLS_SOAK_APP_WORKER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "engine_adapter/memory_service.h"
#include "testing/choices.h"
#include "tools/soak_app/findings.h"

namespace acre::soak {

// What the workers share. `shared` changes only while none of them runs.
struct World {
  MemoryService* service = nullptr;
  allocator::ExtentHooks* hooks = nullptr;  // Of some tenants.
  std::vector<Arena> shared;
  Findings* findings = nullptr;
};

class Worker {
 public:
  Worker(uint64_t seed, World* world);

  // Works until `stop`, with about `bytes` in use.
  void Run(uint64_t bytes, const std::atomic<bool>& stop);

  // At rest: every buffer has its content, and every tenant has allocated what
  // its buffers are.
  void Check();
  // Bytes, as allocated, of the buffers kept with a shared tenant.
  uint64_t SharedBytes(size_t at) const;
  // Ends all tenants, with what is in them, and forgets the shared ones, which
  // are about to end.
  void EndAll();

  uint64_t operations() const { return operations_; }
  // Allocations that got no memory.
  uint64_t denied() const { return denied_; }

 private:
  struct Buffer {
    void* at;
    size_t size;
    uint64_t seed;
  };
  // An arena and what this thread has in it.
  struct Tenant {
    Arena own;     // Not valid for a shared one.
    ArenaRef ref;  // Of either.
    std::deque<Buffer> live;
  };
  static constexpr size_t kOwn = 10;

  void Step();
  Tenant& PickTenant();
  void Come(Tenant* tenant);
  void RunQuery(Tenant* tenant);
  void RunRegion(Tenant* tenant);
  void Resize(Tenant* tenant);
  void ChangeSettings(Tenant* tenant);
  void Reset(Tenant* tenant);
  void FreeSome(Tenant* tenant, size_t n);
  void Forget(Tenant* tenant);

  size_t PickSize();
  DecayOptions PickDecay();
  uint64_t PickLimit();
  // What an allocation of `size` returned, filled; false for null.
  bool Keep(Tenant* tenant, void* p, size_t size);
  void CheckContent(const Buffer& buffer) const;
  uint64_t BytesOf(const Tenant& tenant) const;

  World* const world_;
  testing::Choices choices_;
  std::vector<Tenant> tenants_;  // kOwn own ones, then the shared ones.
  uint64_t next_seed_;
  uint64_t target_bytes_ = 0;
  uint64_t live_bytes_ = 0;  // As asked for.
  uint64_t operations_ = 0;
  uint64_t denied_ = 0;
};

}  // namespace acre::soak

#endif  // ACRE_TOOLS_SOAK_APP_WORKER_H_
