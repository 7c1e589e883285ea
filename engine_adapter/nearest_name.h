// The name nearest to one that was mistyped, for error messages.

#ifndef ACRE_ENGINE_ADAPTER_NEAREST_NAME_H_
#define ACRE_ENGINE_ADAPTER_NEAREST_NAME_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace acre {

class NearestName {
 public:
  explicit NearestName(std::string_view wanted) : wanted_(wanted) {}

  void Consider(std::string_view candidate) {
    // Lengths that differ by more than a third cannot be near.
    const size_t longer = std::max(wanted_.size(), candidate.size());
    const size_t shorter = std::min(wanted_.size(), candidate.size());
    if ((longer - shorter) * 3 > longer) return;
    const size_t distance = Distance(candidate);
    // Ties go to the first in order, so that the answer does not depend on the
    // order of asking.
    if (distance < distance_ || (distance == distance_ && candidate < best_)) {
      distance_ = distance;
      best_ = candidate;
    }
  }

  // Empty when no candidate is near: more than a third of it differs.
  std::string best() const {
    return distance_ * 3 <= std::max(wanted_.size(), best_.size()) ? best_ : "";
  }

 private:
  static constexpr size_t kMost = 64;

  // Levenshtein's, by the row; names longer than kMost are not considered.
  size_t Distance(std::string_view candidate) const {
    if (wanted_.size() > kMost || candidate.size() > kMost) return kMost * 2;
    std::array<size_t, kMost + 1> row;
    for (size_t j = 0; j <= candidate.size(); ++j) row[j] = j;
    for (size_t i = 1; i <= wanted_.size(); ++i) {
      size_t diagonal = row[0];
      row[0] = i;
      for (size_t j = 1; j <= candidate.size(); ++j) {
        const size_t same = wanted_[i - 1] == candidate[j - 1] ? 0 : 1;
        const size_t best =
            std::min({row[j] + 1, row[j - 1] + 1, diagonal + same});
        diagonal = row[j];
        row[j] = best;
      }
    }
    return row[candidate.size()];
  }

  std::string_view wanted_;
  std::string best_;
  size_t distance_ = kMost * 2;
};

}  // namespace acre

#endif  // ACRE_ENGINE_ADAPTER_NEAREST_NAME_H_
