#include "engine_adapter/admin/nearest_name.h"

#include <gtest/gtest.h>

namespace acre::admin {
namespace {

std::string Nearest(std::string_view wanted,
                    std::initializer_list<std::string_view> candidates) {
  NearestName nearest(wanted);
  for (const std::string_view candidate : candidates) {
    nearest.Consider(candidate);
  }
  return nearest.best();
}

TEST(EditDistance, CountsEdits) {
  EXPECT_EQ(EditDistance("tenant", "tenant", 3), 0u);
  EXPECT_EQ(EditDistance("tenant", "tennant", 3), 1u);
  EXPECT_EQ(EditDistance("tenant", "tenat", 3), 1u);
  EXPECT_EQ(EditDistance("tenant", "tenbnt", 3), 1u);
  EXPECT_EQ(EditDistance("tenant", "etnant", 3), 1u);
  EXPECT_EQ(EditDistance("", "abc", 3), 3u);
  EXPECT_EQ(EditDistance("kitten", "sitting", 5), 3u);
}

TEST(EditDistance, StopsJustPastTheBound) {
  EXPECT_EQ(EditDistance("kitten", "sitting", 2), 3u);
  EXPECT_EQ(EditDistance("a", std::string(60, 'b'), 2), 3u);
}

TEST(NearestName, TakesTheFewestEdits) {
  EXPECT_EQ(Nearest("tenat-7", {"tenant-71", "tenant-7", "system"}),
            "tenant-7");
  EXPECT_EQ(Nearest("TENANT-7", {"tenant-8", "tenant-7"}), "tenant-7");
}

TEST(NearestName, TakesTheFirstOfEquals) {
  EXPECT_EQ(Nearest("tenant-x", {"tenant-1", "tenant-2"}), "tenant-1");
}

TEST(NearestName, FallsBackToABeginning) {
  EXPECT_EQ(Nearest("orders", {"system", "orders-eu-west-1"}),
            "orders-eu-west-1");
}

TEST(NearestName, IsEmptyWhenNothingIsNear) {
  EXPECT_EQ(Nearest("payroll", {"system", "orders"}), "");
  EXPECT_EQ(Nearest("x", {}), "");
  EXPECT_EQ(Nearest("", {"orders"}), "");
}

}  // namespace
}  // namespace acre::admin
