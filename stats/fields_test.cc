// The list of figures, and the structs that derive from it.

#include "stats/fields.h"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>

#include "gtest/gtest.h"
#include "stats/arena_statistics.h"
#include "stats/provider_statistics.h"

namespace acre::stats {
namespace {

TEST(FieldsTest, EveryFigureOfAnArenaIsInTheListOnce) {
  constexpr size_t kRest = sizeof(ArenaStatistics::name) + 2 * sizeof(uint32_t);
  static_assert(sizeof(ArenaStatistics) ==
                kRest + std::size(kArenaFields) * sizeof(uint64_t));
  static_assert(sizeof(BinStatistics) ==
                std::size(kBinFields) * sizeof(uint64_t));
  std::set<std::string_view> names;
  ArenaStatistics statistics;
  for (const auto& field : kArenaFields) {
    EXPECT_TRUE(names.insert(field.name).second) << field.name;
    EXPECT_EQ(statistics.*field.member, 0u) << field.name << " met twice";
    statistics.*field.member = 1;
  }
}

template <typename Fields>
void ExpectHelp(const Fields& fields) {
  std::set<std::string_view> names;
  for (const auto& field : fields) {
    EXPECT_TRUE(names.insert(field.name).second) << field.name;
    EXPECT_FALSE(field.help.empty()) << field.name;
    EXPECT_LE(field.help.size(), 60u) << field.name;
    EXPECT_NE(field.help.back(), '.') << field.name;
  }
}

TEST(FieldsTest, EveryFigureHasALineOfHelp) {
  ExpectHelp(kArenaFields);
  ExpectHelp(kBinFields);
  ExpectHelp(kServiceFields);
  ExpectHelp(kGovernorFields);
  ExpectHelp(kProviderFields);
}

TEST(FieldsTest, MembersAreNamedAsTheyAreShown) {
  ArenaStatistics statistics;
  statistics.allocated = 11;
  statistics.foreign_frees = 22;
  for (const auto& field : kArenaFields) {
    if (field.name == "allocated") {
      EXPECT_EQ(statistics.*field.member, 11u);
      EXPECT_EQ(field.unit, Unit::kBytes);
      EXPECT_EQ(field.combine, Combine::kSum);
    } else if (field.name == "foreign_frees") {
      EXPECT_EQ(statistics.*field.member, 22u);
      EXPECT_EQ(field.unit, Unit::kCount);
    } else if (field.name == "hard_limit") {
      EXPECT_EQ(field.combine, Combine::kNone);
    }
  }
}

TEST(FieldsTest, AddingGoesFieldByFieldAsEachSays) {
  ArenaStatistics from;
  ArenaStatistics to;
  uint64_t value = 1;
  for (const auto& field : kArenaFields) {
    from.*field.member = value++;
    to.*field.member = 1000;
  }
  AddTo(from, &to);
  value = 1;
  for (const auto& field : kArenaFields) {
    const uint64_t expected =
        field.combine == Combine::kSum ? 1000 + value : 1000;
    EXPECT_EQ(to.*field.member, expected) << field.name;
    ++value;
  }
}

}  // namespace
}  // namespace acre::stats
