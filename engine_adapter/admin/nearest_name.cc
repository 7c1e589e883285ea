#include "engine_adapter/admin/nearest_name.h"

#include <algorithm>
#include <vector>

namespace acre::admin {
namespace {

constexpr size_t kMaxEdits = 3;

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

size_t AllowedEdits(size_t length) {
  return std::clamp<size_t>(length / 3, 1, kMaxEdits);
}

}  // namespace

NearestName::NearestName(std::string_view wanted)
    : wanted_(LowerCase(wanted)),
      best_distance_(AllowedEdits(wanted_.size()) + 1) {}

void NearestName::Consider(std::string_view candidate) {
  const std::string lower = LowerCase(candidate);
  const size_t distance = EditDistance(wanted_, lower, best_distance_ - 1);
  if (distance < best_distance_) {
    by_edits_ = candidate;
    // Never zero, so that the bound above stays a number.
    best_distance_ = std::max<size_t>(distance, 1);
  } else if (by_prefix_.empty() && !wanted_.empty() &&
             lower.starts_with(wanted_)) {
    by_prefix_ = candidate;
  }
}

// Optimal string alignment: Levenshtein's matrix, three rows of it, plus the
// swap of two neighbours.
size_t EditDistance(std::string_view a, std::string_view b, size_t bound) {
  const size_t length_gap =
      a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (length_gap > bound) return bound + 1;
  std::vector<size_t> two_back(b.size() + 1), back(b.size() + 1),
      row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) back[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    size_t row_minimum = row[0];
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool same = a[i - 1] == b[j - 1];
      row[j] = std::min({back[j] + 1, row[j - 1] + 1, back[j - 1] + !same});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], two_back[j - 2] + 1);
      }
      row_minimum = std::min(row_minimum, row[j]);
    }
    if (row_minimum > bound) return bound + 1;
    std::swap(two_back, back);
    std::swap(back, row);
  }
  return std::min(back[b.size()], bound + 1);
}

}  // namespace acre::admin
