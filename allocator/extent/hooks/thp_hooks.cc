#include "allocator/extent/hooks/thp_hooks.h"

#include <algorithm>

#include "allocator/extent/hooks/os_grant.h"

namespace acre::allocator {

ExtentCapabilities ThpHooks::capabilities() const noexcept {
  return OsGrantCapabilities(reserve_);
}

bool ThpHooks::Advise(void* base, size_t size) noexcept {
  if (os_->AdviseHuge(base, size, HugeAdvice::kAlways)) return true;
  advice_refused_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

bool ThpHooks::Allocate(const ExtentRequest& request,
                        ExtentGrant* grant) noexcept {
  ExtentRequest aligned = request;
  aligned.alignment = std::max(request.alignment, kHugePage);
  if (!GrantFromOs(os_, aligned, reserve_, grant)) return false;
  if (Advise(grant->base, grant->size)) grant->page_size = kHugePage;
  return true;
}

bool ThpHooks::Release(void* base, size_t size) noexcept {
  return os_->Unmap(base, size);
}

bool ThpHooks::Commit(void* base, size_t size) noexcept {
  if (!reserve_ || !os_->Commit(base, size)) return false;
  // The pages may have been decommitted, and the advice with them.
  Advise(base, size);
  return true;
}

bool ThpHooks::Decommit(void* base, size_t size) noexcept {
  return reserve_ && os_->Decommit(base, size);
}

bool ThpHooks::PurgeLazily(void* base, size_t size) noexcept {
  return os_->PurgeLazily(base, size);
}

bool ThpHooks::PurgeForcibly(void* base, size_t size) noexcept {
  return os_->Purge(base, size);
}

// An Unmap takes any run of pages, so that there is nothing to do.
bool ThpHooks::Split(void*, size_t, size_t) noexcept { return true; }
bool ThpHooks::Merge(void*, size_t, size_t) noexcept { return true; }

}  // namespace acre::allocator
