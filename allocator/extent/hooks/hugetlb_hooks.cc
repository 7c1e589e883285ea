#include "allocator/extent/hooks/hugetlb_hooks.h"

#include <cstdint>

#include "allocator/base/check.h"
#include "allocator/base/units.h"

namespace acre::allocator {

HugetlbHooks::HugetlbHooks(Os* os, size_t page_size) noexcept
    : os_(os), page_size_(page_size) {
  ACRE_CHECK(IsPowerOfTwo(page_size) && page_size >= kGrantGranularity);
}

ExtentCapabilities HugetlbHooks::capabilities() const noexcept {
  return {.release = true, .split = true, .merge = true, .trusted = true};
}

void* HugetlbHooks::Map(size_t size, size_t alignment) noexcept {
  void* p = os_->MapHuge(size, page_size_);
  if (p == nullptr || reinterpret_cast<uintptr_t>(p) % alignment == 0) return p;
  os_->Unmap(p, size);
  const size_t excess = alignment - page_size_;
  if (size + excess < size) return nullptr;
  p = os_->MapHuge(size + excess, page_size_);
  if (p == nullptr) return nullptr;
  const uintptr_t start = reinterpret_cast<uintptr_t>(p);
  const uintptr_t base = AlignUp(start, alignment);
  const size_t lead = base - start;
  if (lead > 0 && !os_->Unmap(p, lead)) {
    os_->Unmap(p, size + excess);
    return nullptr;
  }
  void* const end = reinterpret_cast<void*>(base + size);
  if (lead < excess && !os_->Unmap(end, excess - lead)) {
    os_->Unmap(reinterpret_cast<void*>(base), size + excess - lead);
    return nullptr;
  }
  return reinterpret_cast<void*>(base);
}

bool HugetlbHooks::Allocate(const ExtentRequest& request,
                            ExtentGrant* grant) noexcept {
  const size_t required = AlignUp(request.required, page_size_);
  if (required < request.required) return false;
  size_t size = AlignUp(request.desired, page_size_);
  void* base = size < request.desired ? nullptr : Map(size, request.alignment);
  if (base == nullptr && size != required) {
    size = required;
    base = Map(size, request.alignment);
  }
  if (base == nullptr) return false;
  *grant = {.base = base,
            .size = size,
            .zeroed = true,
            .committed = true,
            .pinned = true,
            .page_size = page_size_};
  return true;
}

bool HugetlbHooks::Release(void* base, size_t size) noexcept {
  return size % page_size_ == 0 && os_->Unmap(base, size);
}

// An Unmap takes any run of hugepages, so that there is nothing to do.
bool HugetlbHooks::Split(void*, size_t, size_t first) noexcept {
  return first % page_size_ == 0;
}
bool HugetlbHooks::Merge(void*, size_t, size_t) noexcept { return true; }

}  // namespace acre::allocator
