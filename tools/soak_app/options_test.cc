#include "tools/soak_app/options.h"

#include <initializer_list>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace acre::soak {
namespace {

std::optional<Options> Parse(std::initializer_list<const char*> words,
                             std::string* error) {
  std::vector<const char*> argv = {"acre_soak"};
  argv.insert(argv.end(), words);
  return ParseOptions(static_cast<int>(argv.size()), argv.data(), error);
}

TEST(SoakOptionsTest, AllHaveDefaultsAndCanBeSet) {
  std::string error;
  const auto none = Parse({}, &error);
  ASSERT_TRUE(none.has_value());
  EXPECT_EQ(none->seconds, 120);
  const auto all = Parse({"--seconds", "7", "--seed", "99", "--threads", "3",
                          "--csv", "a.csv", "--png", "b.png"},
                         &error);
  ASSERT_TRUE(all.has_value());
  EXPECT_EQ(all->seconds, 7);
  EXPECT_EQ(all->seed, 99u);
  EXPECT_EQ(all->threads, 3);
  EXPECT_EQ(all->csv, "a.csv");
  EXPECT_EQ(all->png, "b.png");
  EXPECT_TRUE(Parse({"--help"}, &error)->help);
}

TEST(SoakOptionsTest, WhatMeansNothingIsAnErrorThatNamesIt) {
  std::string error;
  EXPECT_FALSE(Parse({"--seconds", "0"}, &error).has_value());
  EXPECT_EQ(error, "--seconds 0: unknown, or out of range");
  EXPECT_FALSE(Parse({"--seconds", "1x"}, &error).has_value());
  EXPECT_FALSE(Parse({"--threads", "65"}, &error).has_value());
  EXPECT_FALSE(Parse({"--speed", "1"}, &error).has_value());
  EXPECT_FALSE(Parse({"--png"}, &error).has_value());
  EXPECT_EQ(error, "--png: unknown, or without a value");
}

}  // namespace
}  // namespace acre::soak
