// Checks that cannot allocate, in three tiers:
//   ACRE_CHECK   always on; for what would corrupt another tenant.
//   ACRE_DCHECK  on unless NDEBUG; invariants on warm paths.
//   kCheckedBuild  a constant, true in --config=checked; expensive
//                verification of what callers promise.
// A failed check writes one line to standard error and aborts.

#ifndef ACRE_ALLOCATOR_BASE_CHECK_H_
#define ACRE_ALLOCATOR_BASE_CHECK_H_

namespace acre::allocator {

[[noreturn]] void CheckFailed(const char* file, int line,
                              const char* condition) noexcept;

#ifdef ACRE_CHECKED
inline constexpr bool kCheckedBuild = true;
#else
inline constexpr bool kCheckedBuild = false;
#endif

}  // namespace acre::allocator

#define ACRE_CHECK(condition)   \
  (static_cast<bool>(condition) \
       ? static_cast<void>(0)   \
       : ::acre::allocator::CheckFailed(__FILE__, __LINE__, #condition))

#if !defined(NDEBUG) || defined(ACRE_CHECKED)
#define ACRE_DCHECK(condition) ACRE_CHECK(condition)
#else
#define ACRE_DCHECK(condition) \
  static_cast<void>(sizeof(static_cast<bool>(condition)))
#endif

#endif  // ACRE_ALLOCATOR_BASE_CHECK_H_
