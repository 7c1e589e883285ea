#include "allocator/extent/extent_hooks.h"

namespace acre::allocator {

// A provider that does not have a capability need not write the call.
bool ExtentHooks::Release(void*, size_t) noexcept { return false; }
bool ExtentHooks::Commit(void*, size_t) noexcept { return false; }
bool ExtentHooks::Decommit(void*, size_t) noexcept { return false; }
bool ExtentHooks::PurgeLazily(void*, size_t) noexcept { return false; }
bool ExtentHooks::PurgeForcibly(void*, size_t) noexcept { return false; }
bool ExtentHooks::Split(void*, size_t, size_t) noexcept { return false; }
bool ExtentHooks::Merge(void*, size_t, size_t) noexcept { return false; }

}  // namespace acre::allocator
