// The example of docs/tuning.md is compiled and run, and the page shows exactly
// it.

#include "tools/reference_app/quota_example.h"

#include <fstream>
#include <iterator>
#include <string>

#include "gtest/gtest.h"

namespace acre {
namespace {

std::string Read(const char* path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path;
  return std::string((std::istreambuf_iterator<char>(file)),
                     std::istreambuf_iterator<char>());
}

TEST(QuotaExampleTest, Runs) { EXPECT_EQ(RunQuotaExample(), 0); }

TEST(QuotaExampleTest, IsWhatThePageShows) {
  const std::string source = Read("tools/reference_app/quota_example.cc");
  EXPECT_NE(Read("docs/tuning.md").find("```cpp\n" + source + "```"),
            std::string::npos)
      << "docs/tuning.md must show quota_example.cc word for word";
}

}  // namespace
}  // namespace acre
