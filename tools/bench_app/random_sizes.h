// Deterministic randomness: every subject gets the same sizes and choices.
//
// The standard library leaves its distributions unspecified; these are ours,
// so that two builds of the suite run the same work.

#ifndef ACRE_TOOLS_BENCH_APP_RANDOM_SIZES_H_
#define ACRE_TOOLS_BENCH_APP_RANDOM_SIZES_H_

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace acre::bench {

// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
// generators", 2014).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  // Uniform in [0, bound); the modulo's bias is below 2^-32 for our bounds.
  uint64_t Below(uint64_t bound) { return Next() % bound; }

  // Uniform in [low, high) bytes.
  size_t Uniform(size_t low, size_t high) { return low + Below(high - low); }

  // Log-uniform in [low, high] bytes: every doubling is equally likely.
  size_t LogUniform(size_t low, size_t high) {
    const double unit = static_cast<double>(Next() >> 11) * 0x1.0p-53;
    const double span =
        std::log(static_cast<double>(high) / static_cast<double>(low));
    return static_cast<size_t>(static_cast<double>(low) *
                               std::exp(unit * span));
  }

 private:
  uint64_t state_;
};

// Fisher-Yates. `values` needs operator[] and size().
template <typename Values>
void Shuffle(Values& values, Random& random) {
  for (size_t i = values.size(); i > 1; --i) {
    using std::swap;
    swap(values[i - 1], values[random.Below(i)]);
  }
}

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_RANDOM_SIZES_H_
