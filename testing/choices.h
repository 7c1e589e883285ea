// Where a sequence of operations takes its decisions from: a seed, for tests
// that run a given number of steps, or the bytes of a fuzzer, which end.

#ifndef ACRE_TESTING_CHOICES_H_
#define ACRE_TESTING_CHOICES_H_

#include <cstddef>
#include <cstdint>
#include <random>

namespace acre::testing {

class Choices {
 public:
  explicit Choices(uint64_t seed) : random_(seed) {}
  // Not copied; must outlive this.
  Choices(const uint8_t* data, size_t size) : data_(data), left_(size) {}

  // Whether the bytes have run out; a seed never does.
  bool done() const { return data_ != nullptr && left_ == 0; }

  // A number in [0, n), n > 0. Zero once the bytes have run out.
  uint64_t Below(uint64_t n) {
    if (data_ == nullptr) return random_() % n;
    uint64_t value = 0;
    // As few bytes as n needs, so that a fuzzer's change stays local.
    for (uint64_t most = n - 1; most != 0 && left_ > 0; most >>= 8) {
      value = value << 8 | *data_++;
      --left_;
    }
    return value % n;
  }

  bool OneIn(uint64_t n) { return Below(n) == 0; }

 private:
  std::mt19937_64 random_;
  const uint8_t* data_ = nullptr;
  size_t left_ = 0;
};

}  // namespace acre::testing

#endif  // ACRE_TESTING_CHOICES_H_
