#include "allocator/extent/hooks/numa_hooks.h"

namespace acre::allocator {

ExtentCapabilities NumaHooks::capabilities() const noexcept {
  return below_->capabilities();
}

bool NumaHooks::Allocate(const ExtentRequest& request,
                         ExtentGrant* grant) noexcept {
  ExtentGrant granted;
  if (!below_->Allocate(request, &granted)) return false;
  if (!os_->Bind(granted.base, granted.size, node_, strict_)) {
    below_->Release(granted.base, granted.size);
    return false;
  }
  *grant = granted;
  return true;
}

bool NumaHooks::Release(void* base, size_t size) noexcept {
  return below_->Release(base, size);
}

bool NumaHooks::Commit(void* base, size_t size) noexcept {
  const ExtentCapabilities can = below_->capabilities();
  if (!can.commit) return false;
  // Decommitted pages have forgotten their node.
  if (can.decommit && !os_->Bind(base, size, node_, strict_)) return false;
  return below_->Commit(base, size);
}

bool NumaHooks::Decommit(void* base, size_t size) noexcept {
  return below_->Decommit(base, size);
}

bool NumaHooks::PurgeLazily(void* base, size_t size) noexcept {
  return below_->PurgeLazily(base, size);
}

bool NumaHooks::PurgeForcibly(void* base, size_t size) noexcept {
  return below_->PurgeForcibly(base, size);
}

bool NumaHooks::Split(void* base, size_t size, size_t first) noexcept {
  return below_->Split(base, size, first);
}

bool NumaHooks::Merge(void* base, size_t first, size_t second) noexcept {
  return below_->Merge(base, first, second);
}

}  // namespace acre::allocator
