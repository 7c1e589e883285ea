#include "engine_adapter/nearest_name.h"

#include <initializer_list>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace acre {
namespace {

std::string Nearest(std::string_view wanted,
                    std::initializer_list<std::string_view> candidates) {
  NearestName search(wanted);
  for (std::string_view candidate : candidates) search.Consider(candidate);
  return search.best();
}

TEST(NearestNameTest, TheNameWithTheFewestChangesIsNearest) {
  EXPECT_EQ(Nearest("tenant-7", {"system", "tenant-12", "tenant-77"}),
            "tenant-77");
  EXPECT_EQ(Nearest("allocted", {"allocated", "active"}), "allocated");
  EXPECT_EQ(Nearest("Tenant", {"tenant", "tenants"}), "tenant");
  EXPECT_EQ(Nearest("same", {"some", "same"}), "same");
}

TEST(NearestNameTest, TiesGoToTheFirstInOrderWhateverTheOrderOfAsking) {
  EXPECT_EQ(Nearest("tenant-x", {"tenant-1", "tenant-2"}), "tenant-1");
  EXPECT_EQ(Nearest("tenant-x", {"tenant-2", "tenant-1"}), "tenant-1");
}

TEST(NearestNameTest, NothingIsNearWhenMoreThanAThirdDiffers) {
  EXPECT_EQ(Nearest("abc", {"abd"}), "abd");
  EXPECT_EQ(Nearest("abc", {"axd"}), "");
  EXPECT_EQ(Nearest("orders", {"system", "billing"}), "");
  EXPECT_EQ(Nearest("a", {"b"}), "");
}

TEST(NearestNameTest, EmptyNamesAndNoCandidatesGiveNothing) {
  EXPECT_EQ(Nearest("tenant", {}), "");
  EXPECT_EQ(Nearest("", {"tenant"}), "");
  EXPECT_EQ(Nearest("tenant", {""}), "");
}

TEST(NearestNameTest, NamesTooLongToCompareAreNotConsidered) {
  const std::string longest(64, 'x');
  EXPECT_EQ(Nearest(longest, {longest + "y"}), "");
  EXPECT_EQ(Nearest(longest + "y", {longest}), "");
  EXPECT_EQ(Nearest(std::string(63, 'x'), {longest}), longest);
}

}  // namespace
}  // namespace acre
