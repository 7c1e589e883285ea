// The books that the allocator is held to: every live allocation with its
// bounds, its content and its tenant. Each change is checked as it is entered:
//   an allocation is aligned, large enough, and overlaps no other;
//   its content is what was written, until it ends;
//   what it finds in its memory is zero or was written by the same tenant.
// The first thing found wrong is kept as failure(); later entries are ignored.
//
// Owns no memory of the allocator. Not thread-safe.

#ifndef ACRE_TESTING_REFERENCE_MODEL_H_
#define ACRE_TESTING_REFERENCE_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace acre::testing {

// One incarnation of an arena. Never used again after its arena is destroyed.
using Tenant = uint32_t;

struct Allocation {
  void* at = nullptr;
  size_t size = 0;    // Asked for; this much holds the pattern.
  size_t usable = 0;  // What the allocator said.
  // What a sized free must give; differs from `size` for aligned allocations.
  size_t free_size = 0;
  uint64_t seed = 0;
  Tenant tenant = 0;
  uint32_t region = 0;  // 0: freed by itself.

  uintptr_t begin() const { return reinterpret_cast<uintptr_t>(at); }
  uintptr_t end() const { return begin() + usable; }
};

class ReferenceModel {
 public:
  struct Sums {
    uint64_t bytes = 0;  // Usable.
    uint64_t count = 0;
  };

  Tenant NewTenant() { return ++last_tenant_; }

  // Enters a new allocation, but for its seed, and fills it. With `zeroed`,
  // its memory must read as zero.
  void Add(Allocation allocation, size_t alignment, bool zeroed = false);
  // The allocation at `from` now is `to`, which may be the same place. What
  // both hold must have been kept; the rest is filled.
  void Move(void* from, Allocation to);
  // The allocation ends: checks its content one last time.
  void Remove(void* at);
  // All of a tenant's (of a region's) allocations end.
  void RemoveTenant(Tenant tenant);
  void RemoveRegion(uint32_t region);

  void CheckContent(const Allocation& allocation);
  void CheckAllContent();

  // A live allocation that can be freed by itself, number `n` of
  // freeable_count().
  const Allocation& Freeable(size_t n) const {
    return live_.at(freeable_[n]).allocation;
  }
  size_t freeable_count() const { return freeable_.size(); }
  // Freeable allocations of a tenant.
  Sums SumsOf(Tenant tenant) const;
  uint64_t live_bytes() const { return live_bytes_; }

  bool ok() const { return failure_.empty(); }
  const std::string& failure() const { return failure_; }
  void Fail(std::string_view what);
  // Fails unless `fine`.
  void Expect(bool fine, std::string_view what) {
    if (!fine) Fail(what);
  }

 private:
  struct Entry {
    Allocation allocation;
    size_t position = 0;  // In freeable_.
  };

  void Enter(Allocation allocation);
  void Erase(uintptr_t begin);
  template <typename Which>
  void RemoveIf(Which which);
  void CheckOverlap(const Allocation& allocation);
  void CheckIsolation(const Allocation& allocation, size_t copied);
  void Fill(Allocation* allocation);

  std::map<uintptr_t, Entry> live_;
  std::vector<uintptr_t> freeable_;
  std::unordered_map<Tenant, Sums> sums_;
  // Page number -> who last wrote there.
  std::unordered_map<uintptr_t, Tenant> writers_;
  uint64_t live_bytes_ = 0;
  uint64_t last_seed_ = 0;
  Tenant last_tenant_ = 0;
  std::string failure_;
};

}  // namespace acre::testing

#endif  // ACRE_TESTING_REFERENCE_MODEL_H_
