#include "allocator/extent/hooks/mmap_hooks.h"

#include "allocator/extent/hooks/os_grant.h"

namespace acre::allocator {

ExtentCapabilities MmapHooks::capabilities() const noexcept {
  return OsGrantCapabilities(reserve_);
}

bool MmapHooks::Allocate(const ExtentRequest& request,
                         ExtentGrant* grant) noexcept {
  return GrantFromOs(os_, request, reserve_, grant);
}

bool MmapHooks::Release(void* base, size_t size) noexcept {
  return os_->Unmap(base, size);
}

bool MmapHooks::Commit(void* base, size_t size) noexcept {
  return reserve_ && os_->Commit(base, size);
}

bool MmapHooks::Decommit(void* base, size_t size) noexcept {
  return reserve_ && os_->Decommit(base, size);
}

bool MmapHooks::PurgeLazily(void* base, size_t size) noexcept {
  return os_->PurgeLazily(base, size);
}

bool MmapHooks::PurgeForcibly(void* base, size_t size) noexcept {
  return os_->Purge(base, size);
}

// An Unmap takes any run of pages, so that there is nothing to do.
bool MmapHooks::Split(void*, size_t, size_t) noexcept { return true; }
bool MmapHooks::Merge(void*, size_t, size_t) noexcept { return true; }

}  // namespace acre::allocator
