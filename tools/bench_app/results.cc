#include "tools/bench_app/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "tools/bench_app/median.h"

namespace acre::bench {
namespace {

std::optional<double> BestPeer(const Row& row, const Results& results) {
  std::optional<double> best;
  for (std::string_view peer : kSubjects) {
    if (peer == kSubjects.front()) continue;
    const std::optional<double> value = results.MedianOf(row.name, peer);
    if (!value) continue;
    if (!best ||
        (row.better == Better::kLower ? *value < *best : *value > *best)) {
      best = value;
    }
  }
  return best;
}

std::optional<double> LimitOf(const Row& row, const Target& target,
                              const Results& results) {
  if (target.against == Against::kNumber) return target.bound;
  const std::optional<double> peer =
      target.against == Against::kBestPeer
          ? BestPeer(row, results)
          : results.MedianOf(row.name, PeerName(target.against));
  if (!peer) return std::nullopt;
  return *peer * target.bound;
}

}  // namespace

void Results::Add(std::string_view row, std::string_view subject,
                  double value) {
  values_[{std::string(row), std::string(subject)}].push_back(value);
}

std::optional<double> Results::MedianOf(std::string_view row,
                                        std::string_view subject) const {
  const auto found = values_.find({std::string(row), std::string(subject)});
  if (found == values_.end()) return std::nullopt;
  return Median(found->second);
}

bool Results::HasRow(std::string_view row) const {
  return std::any_of(values_.begin(), values_.end(), [&](const auto& entry) {
    return entry.first.first == row;
  });
}

std::optional<Verdict> Judge(const Row& row, const Target& target,
                             const Results& results) {
  const std::optional<double> acre =
      results.MedianOf(row.name, kSubjects.front());
  const std::optional<double> limit = LimitOf(row, target, results);
  if (!acre || !limit) return std::nullopt;
  // Growth that should be flat may come out as zero or below.
  const bool lower = row.better == Better::kLower;
  if (lower ? *acre <= *limit : *acre >= *limit) return Verdict{*limit, 1.0};
  const double under = lower ? *limit : *acre;
  const double over = lower ? *acre : *limit;
  return Verdict{*limit, under > 0 ? over / under
                                   : std::numeric_limits<double>::infinity()};
}

std::string Describe(const Row& row, const Target& target) {
  const char* relation = row.better == Better::kLower ? "<=" : ">=";
  if (target.against == Against::kNumber) {
    return fmt::format("{} {:.6g} {}", relation, target.bound, row.unit);
  }
  const std::string_view peer = target.against == Against::kBestPeer
                                    ? std::string_view("best peer")
                                    : PeerName(target.against);
  return fmt::format("{} {:.3g}x {}", relation, target.bound, peer);
}

}  // namespace acre::bench
