// What was not as it must be. Thread-safe.

#ifndef ACRE_TOOLS_SOAK_APP_FINDINGS_H_
#define ACRE_TOOLS_SOAK_APP_FINDINGS_H_

#include <cstddef>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace acre::soak {

class Findings {
 public:
  void Add(std::string text) {
    std::lock_guard lock(mutex_);
    // The first ones tell; one that repeats may come a million times.
    if (list_.size() < kMost) list_.push_back(std::move(text));
  }
  std::vector<std::string> list() const {
    std::lock_guard lock(mutex_);
    return list_;
  }
  bool empty() const { return list().empty(); }

 private:
  static constexpr size_t kMost = 20;

  mutable std::mutex mutex_;
  std::vector<std::string> list_;
};

}  // namespace acre::soak

#endif  // ACRE_TOOLS_SOAK_APP_FINDINGS_H_
