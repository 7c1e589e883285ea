#include "testing/reference_model.h"

#include <algorithm>
#include <iterator>

#include "allocator/base/units.h"
#include "fmt/format.h"
#include "testing/pattern.h"

namespace acre::testing {
namespace {

std::string Describe(const Allocation& a) {
  return fmt::format("allocation of {} bytes (usable {}) of tenant {} at {}",
                     a.size, a.usable, a.tenant, fmt::ptr(a.at));
}

}  // namespace

void ReferenceModel::Fail(std::string_view what) {
  if (failure_.empty()) failure_ = what;
}

void ReferenceModel::CheckContent(const Allocation& a) {
  if (!ok() || HasPattern(a.at, a.size, a.seed)) return;
  Fail(Describe(a) + ": content was changed");
}

void ReferenceModel::CheckAllContent() {
  for (const auto& [begin, entry] : live_) CheckContent(entry.allocation);
}

void ReferenceModel::CheckOverlap(const Allocation& a) {
  auto next = live_.upper_bound(a.begin());
  if (next != live_.end() && next->second.allocation.begin() < a.end()) {
    Fail(Describe(a) + " overlaps " + Describe(next->second.allocation));
  }
  if (next != live_.begin() &&
      std::prev(next)->second.allocation.end() > a.begin()) {
    Fail(Describe(a) + " overlaps " +
         Describe(std::prev(next)->second.allocation));
  }
}

// What another tenant wrote must have become zero on the way. The first
// `copied` bytes are what the allocator itself brought along.
void ReferenceModel::CheckIsolation(const Allocation& a, size_t copied) {
  if (!ok()) return;
  ForEachWrittenRun(a.usable, [&](size_t offset, size_t length) {
    const uintptr_t end = a.begin() + offset + length;
    uintptr_t at = a.begin() + std::max(offset, copied);
    while (at < end) {
      const uintptr_t page = at >> allocator::kPageShift;
      const uintptr_t next = std::min(end, (page + 1) << allocator::kPageShift);
      const auto writer = writers_.find(page);
      const bool own = writer != writers_.end() && writer->second == a.tenant;
      if (!own && !IsZeroRun(reinterpret_cast<const char*>(at), next - at)) {
        Fail(fmt::format("{} shows what {} wrote, {} bytes in", Describe(a),
                         writer == writers_.end()
                             ? "nobody"
                             : fmt::format("tenant {}", writer->second),
                         at - a.begin()));
        return false;
      }
      at = next;
    }
    return true;
  });
}

void ReferenceModel::Fill(Allocation* a) {
  if (!ok()) return;
  a->seed = ++last_seed_;
  FillPattern(a->at, a->size, a->seed);
  // The last byte is there, too.
  volatile char* const last = static_cast<char*>(a->at) + a->usable - 1;
  *last = *last;
  auto note = [&](uintptr_t at) {
    writers_[at >> allocator::kPageShift] = a->tenant;
  };
  ForEachWrittenRun(a->size, [&](size_t offset, size_t length) {
    for (uintptr_t at = allocator::PageBase(a->begin() + offset);
         at < a->begin() + offset + length; at += allocator::kPageSize) {
      note(at);
    }
    return true;
  });
}

void ReferenceModel::Enter(Allocation a) {
  Entry entry{.allocation = a, .position = freeable_.size()};
  live_[a.begin()] = entry;
  live_bytes_ += a.usable;
  if (a.region != 0) return;
  freeable_.push_back(a.begin());
  sums_[a.tenant].bytes += a.usable;
  sums_[a.tenant].count += 1;
}

void ReferenceModel::Erase(uintptr_t begin) {
  const auto at = live_.find(begin);
  const Entry entry = at->second;
  live_.erase(at);
  live_bytes_ -= entry.allocation.usable;
  if (entry.allocation.region != 0) return;
  const uintptr_t last = freeable_.back();
  freeable_.pop_back();
  if (last != begin) {
    freeable_[entry.position] = last;
    live_[last].position = entry.position;
  }
  Sums& sums = sums_[entry.allocation.tenant];
  sums.bytes -= entry.allocation.usable;
  sums.count -= 1;
}

void ReferenceModel::Add(Allocation a, size_t alignment, bool zeroed) {
  if (!ok()) return;
  Expect(a.at != nullptr, "no memory");
  Expect(a.begin() % alignment == 0,
         Describe(a) + fmt::format(": not aligned to {}", alignment));
  Expect(a.usable >= a.size && a.usable > 0, Describe(a) + ": too small");
  CheckOverlap(a);
  CheckIsolation(a, 0);
  if (ok() && zeroed) {
    Expect(IsZero(a.at, a.size), Describe(a) + ": not zero");
  }
  Fill(&a);
  if (ok()) Enter(a);
}

void ReferenceModel::Move(void* from, Allocation to) {
  if (!ok()) return;
  const Allocation old = live_.at(reinterpret_cast<uintptr_t>(from)).allocation;
  Expect(HasPattern(to.at, std::min(old.size, to.size), old.seed),
         Describe(old) + " lost content on its way to " + Describe(to));
  Erase(old.begin());
  Expect(to.usable >= to.size, Describe(to) + ": too small");
  CheckOverlap(to);
  CheckIsolation(to, std::min(old.usable, to.size));
  Fill(&to);
  if (ok()) Enter(to);
}

void ReferenceModel::Remove(void* at) {
  if (!ok()) return;
  const uintptr_t begin = reinterpret_cast<uintptr_t>(at);
  CheckContent(live_.at(begin).allocation);
  Erase(begin);
}

template <typename Which>
void ReferenceModel::RemoveIf(Which which) {
  std::vector<uintptr_t> gone;
  for (const auto& [begin, entry] : live_) {
    if (which(entry.allocation)) gone.push_back(begin);
  }
  for (uintptr_t begin : gone) Remove(reinterpret_cast<void*>(begin));
}

void ReferenceModel::RemoveTenant(Tenant tenant) {
  RemoveIf([tenant](const Allocation& a) { return a.tenant == tenant; });
}

void ReferenceModel::RemoveRegion(uint32_t region) {
  RemoveIf([region](const Allocation& a) { return a.region == region; });
}

ReferenceModel::Sums ReferenceModel::SumsOf(Tenant tenant) const {
  const auto at = sums_.find(tenant);
  return at == sums_.end() ? Sums() : at->second;
}

}  // namespace acre::testing
