// Barriers against the optimiser, so that a measured allocation is really made.
//
// Thread-safety: stateless. Neither function emits an instruction of its own.

#ifndef ACRE_TOOLS_BENCH_APP_OPAQUE_H_
#define ACRE_TOOLS_BENCH_APP_OPAQUE_H_

namespace acre::bench {

// The value comes back unknown to the compiler: no constant folding beyond.
template <typename T>
[[gnu::always_inline]] inline T Opaque(T value) {
  asm volatile("" : "+r"(value));
  return value;
}

// The pointer leaves the compiler's sight, and so does what it points to: the
// allocation behind it cannot be elided, nor stores into it dropped.
[[gnu::always_inline]] inline void Escape(void* pointer) {
  asm volatile("" : : "r"(pointer) : "memory");
}

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_OPAQUE_H_
