// "Did you mean": the name nearest to one that does not exist.
//
// Candidates are shown one by one, so that nobody has to collect 100,000 of
// them. Nearest is by edits (insert, delete, replace, swap neighbours; case of
// ASCII letters ignored), as far as a third of the length and three at most;
// failing that, the first candidate that begins with what was asked. Not
// thread-safe.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_NEAREST_NAME_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_NEAREST_NAME_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace acre::admin {

class NearestName {
 public:
  explicit NearestName(std::string_view wanted);

  void Consider(std::string_view candidate);

  // Empty when nothing is near.
  const std::string& best() const {
    return by_edits_.empty() ? by_prefix_ : by_edits_;
  }

 private:
  std::string wanted_;    // lower case
  size_t best_distance_;  // only something nearer than this is taken
  std::string by_edits_;
  std::string by_prefix_;
};

// Edits that turn one into the other, counted no further than `bound`: the
// result is at most bound + 1.
size_t EditDistance(std::string_view a, std::string_view b, size_t bound);

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_NEAREST_NAME_H_
