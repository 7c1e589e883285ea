#include "tools/bench_app/arguments.h"

#include <gtest/gtest.h>

namespace acre::bench {
namespace {

struct Parsed {
  bool ok;
  Arguments arguments;
  std::string error;
};

Parsed Parse(const std::vector<std::string_view>& words) {
  Parsed parsed;
  parsed.ok = ParseArguments(words, &parsed.arguments, &parsed.error);
  return parsed;
}

TEST(ArgumentsTest, WithoutWordsMeasuresAllRowsOfAllSubjectsFiveTimes) {
  const Parsed parsed = Parse({});
  ASSERT_TRUE(parsed.ok);
  EXPECT_TRUE(parsed.arguments.row_patterns.empty());
  EXPECT_EQ(parsed.arguments.subjects.size(), 5u);
  EXPECT_EQ(parsed.arguments.repetitions, 5);
  EXPECT_FALSE(parsed.arguments.quick);
  EXPECT_TRUE(parsed.arguments.json_file.empty());
}

TEST(ArgumentsTest, TakesAValueAsTheNextWordOrAfterAnEqualsSign) {
  const Parsed parsed = Parse({"--row", "pair/*", "--row=query", "--json",
                               "out.json", "--repetitions=3", "--quick"});
  ASSERT_TRUE(parsed.ok) << parsed.error;
  EXPECT_EQ(parsed.arguments.row_patterns,
            (std::vector<std::string>{"pair/*", "query"}));
  EXPECT_EQ(parsed.arguments.json_file, "out.json");
  EXPECT_EQ(parsed.arguments.repetitions, 3);
  EXPECT_TRUE(parsed.arguments.quick);
}

TEST(ArgumentsTest, KeepsSubjectsInTheTablesOrder) {
  const Parsed parsed = Parse({"--subjects", "glibc,acre"});
  ASSERT_TRUE(parsed.ok) << parsed.error;
  EXPECT_EQ(parsed.arguments.subjects,
            (std::vector<std::string>{"acre", "glibc"}));
}

TEST(ArgumentsTest, NamesWhatIsWrong) {
  const struct {
    std::vector<std::string_view> words;
    std::string_view error;
  } cases[] = {
      {{"--fast"}, "unknown argument \"--fast\""},
      {{"pair"}, "unknown argument \"pair\""},
      {{"--row"}, "--row needs a value"},
      {{"--row="}, "--row needs a value"},
      {{"--json", "--quick"}, "--json needs a value"},
      {{"--quick=1"}, "--quick takes no value"},
      {{"--repetitions", "0"},
       "--repetitions: \"0\" is not a number from 1 to 1000"},
      {{"--repetitions", "5x"},
       "--repetitions: \"5x\" is not a number from 1 to 1000"},
      {{"--subjects", "acre,tbb"},
       "--subjects: \"tbb\" is none of acre, jemalloc, gperftools, mimalloc, "
       "glibc"},
  };
  for (const auto& test_case : cases) {
    const Parsed parsed = Parse(test_case.words);
    EXPECT_FALSE(parsed.ok);
    EXPECT_EQ(parsed.error, test_case.error);
  }
}

TEST(ArgumentsTest, RefusesAPatternThatMatchesNoRow) {
  const Parsed parsed = Parse({"--row", "pear"});
  EXPECT_FALSE(parsed.ok);
  EXPECT_NE(parsed.error.find("no row matches \"pear\""), std::string::npos);
}

}  // namespace
}  // namespace acre::bench
