#include "tools/console_app/kernel_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace acre::console {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const ServerInfo kInfo = {.name = "demo", .pid = 42, .arenas = 1};

RowsReading Read(std::string_view json) {
  const auto reading = ParseRows(json);
  EXPECT_TRUE(reading.ok()) << reading.status();
  return reading.ok() ? *reading : RowsReading();
}

constexpr std::string_view kDocument =
    R"({"read_at":"now","read_cost_us":700,)"
    R"("process":{"resident":50000000,"mappings":120,"most_mappings":65530,)"
    R"("swapped":0},)"
    R"("service":{"mapped":40000000,"resident":11000000,)"
    R"("huge_backed":5500000,"lazily_freed":4096,"swapped":0},)"
    R"("accounted":{"active":10000000,"dirty":3000000,"muzzy":1000000,)"
    R"("metadata":500000},"foreign":38500000,)"
    R"("arenas":[{"name":"tenant-1","mapped":9000000,"resident":8000000,)"
    R"("huge_backed":4000000,"lazily_freed":0,"swapped":0}]})";

TEST(RenderKernel, ItsLinesAddUp) {
  for (const ByteStyle style : {ByteStyle::kHuman, ByteStyle::kExact}) {
    const std::string text =
        RenderKernel(kInfo, Read(kDocument), {.bytes = style});
    std::istringstream lines(text);
    double sum = 0;
    int sums = 0;
    for (std::string line; std::getline(lines, line);) {
      const size_t digit = line.find_first_of("-0123456789");
      if (line.starts_with("  acc") || line.starts_with("+ ")) {
        sum += std::stod(line.substr(digit));
      } else if (line.starts_with("= ")) {
        EXPECT_NEAR(std::stod(line.substr(digit)), sum, 1e-6) << text;
        ++sums;
      }
    }
    EXPECT_EQ(sums, 2) << text;
  }
}

TEST(RenderKernel, ExplainsTheDifference) {
  EXPECT_THAT(
      RenderKernel(kInfo, Read(kDocument), {}),
      AllOf(HasSubstr("-2.8"), HasSubstr("never touched"),
            HasSubstr("5.2 MiB are in hugepages"), HasSubstr("120 of 65,530"),
            HasSubstr("read now in 700 us")));
  EXPECT_THAT(
      RenderKernel(
          kInfo,
          Read(R"({"accounted":{"active":1},"service":{"resident":99999}})"),
          {}),
      HasSubstr("reach over pages given back"));
}

TEST(RenderHugepages, ShowsTheShareOfEachArena) {
  const std::string text = RenderHugepages(kInfo, Read(kDocument), {});
  EXPECT_THAT(text, AllOf(HasSubstr("tenant-1"), HasSubstr("50%"),
                          HasSubstr("service")));
}

TEST(RenderKernel, AProcessThatSaysLittleIsShown) {
  EXPECT_THAT(RenderKernel(kInfo, Read("{}"), {}), HasSubstr("= process"));
  EXPECT_THAT(RenderHugepages(kInfo, Read("{}"), {}), HasSubstr("service"));
}

}  // namespace
}  // namespace acre::console
