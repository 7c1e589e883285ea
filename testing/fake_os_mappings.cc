// What FakeOs knows of the memory that went through it.

#include <algorithm>
#include <iterator>

#include "allocator/base/units.h"
#include "testing/fake_os.h"

namespace acre::testing {

using allocator::kPageSize;

template <typename Visit>
bool FakeOs::ForEachPart(uintptr_t base, size_t size, Visit visit) const {
  const uintptr_t end = base + size;
  auto at = mappings_.upper_bound(base);
  if (at != mappings_.begin()) --at;
  uintptr_t covered = base;
  for (; at != mappings_.end() && at->first < end; ++at) {
    const uintptr_t first = std::max(base, at->first);
    const uintptr_t last = std::min(end, at->first + at->second.size);
    if (first >= last) continue;
    if (first == covered) covered = last;
    visit(at->second, first, last);
  }
  return covered == end;
}

bool FakeOs::IsMapped(uintptr_t base, size_t size) const {
  return ForEachPart(base, size, [](const Mapping&, uintptr_t, uintptr_t) {});
}

bool FakeOs::IsOfPool(uintptr_t base, size_t size) const {
  bool pool = false;
  ForEachPart(base, size, [&](const Mapping& mapping, uintptr_t, uintptr_t) {
    pool |= mapping.page_size > kPageSize;
  });
  return pool;
}

// What is in a reservation, or was mapped and decommitted since.
bool FakeOs::CanCommit(uintptr_t base, size_t size) const {
  bool can = true;
  const bool covered = ForEachPart(
      base, size, [&](const Mapping& mapping, uintptr_t first, uintptr_t last) {
        can &= mapping.reserved || IsUnusable(first, last - first);
      });
  return covered && can;
}

bool FakeOs::CutsHugepage(uintptr_t base, size_t size) const {
  bool cuts = false;
  ForEachPart(base, size,
              [&](const Mapping& mapping, uintptr_t first, uintptr_t last) {
                cuts |= (first | last) % mapping.page_size != 0;
              });
  return cuts;
}

void FakeOs::SplitMapping(uintptr_t at) {
  auto mapping = mappings_.upper_bound(at);
  if (mapping == mappings_.begin()) return;
  --mapping;
  const uintptr_t end = mapping->first + mapping->second.size;
  if (at == mapping->first || at >= end) return;
  Mapping rest = mapping->second;
  rest.size = end - at;
  mapping->second.size = at - mapping->first;
  mappings_[at] = rest;
}

bool FakeOs::IsUsable(uintptr_t base, size_t size) const {
  auto at = usable_.upper_bound(base);
  return at != usable_.begin() && base + size <= std::prev(at)->second;
}

bool FakeOs::IsUnusable(uintptr_t base, size_t size) const {
  auto at = usable_.lower_bound(base + size);
  return at == usable_.begin() || std::prev(at)->second <= base;
}

void FakeOs::AddUsable(uintptr_t base, size_t size) {
  uintptr_t end = base + size;
  auto at = usable_.upper_bound(base);
  if (at != usable_.begin() && std::prev(at)->second >= base) {
    --at;
    base = at->first;
  }
  while (at != usable_.end() && at->first <= end) {
    end = std::max(end, at->second);
    at = usable_.erase(at);
  }
  usable_[base] = end;
}

void FakeOs::RemoveUsable(uintptr_t base, size_t size) {
  const uintptr_t end = base + size;
  auto at = usable_.upper_bound(base);
  if (at != usable_.begin()) --at;
  while (at != usable_.end() && at->first < end) {
    const auto [first, last] = *at;
    if (last <= base) {
      ++at;
      continue;
    }
    at = usable_.erase(at);
    if (first < base) usable_[first] = base;
    if (last > end) usable_[end] = last;
  }
}

}  // namespace acre::testing
