#include "tools/console_app/rows_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace acre::console {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::vector<RowColumn>& Columns() {
  static const auto* const columns = new std::vector<RowColumn>{
      {"name", "NAME", RowUnit::kText},
      {"bytes", "BYTES", RowUnit::kBytes, true},
      {"wait", "WAIT", RowUnit::kCost, true},
      {"age", "AGE", RowUnit::kSeconds},
      {"open", "OPEN", RowUnit::kValue},
  };
  return *columns;
}

std::string Render(std::string_view json, ByteStyle style = ByteStyle::kHuman) {
  const auto reading = ParseRows(json);
  EXPECT_TRUE(reading.ok()) << reading.status();
  if (!reading.ok()) return "";
  return RowsTable(reading->document, "rows", Columns(), style).Render({});
}

TEST(RowsTable, ShowsEachMemberByItsUnitAndSumsUp) {
  EXPECT_EQ(
      Render(R"({"rows":[{"name":"a","bytes":2048,"wait":0.001,"age":61,)"
             R"("open":true},{"name":"b","bytes":1024,"wait":0.002,"age":1,)"
             R"("open":false}]})"),
      "NAME         BYTES    WAIT        AGE   OPEN\n"
      "a          2.0 KiB  1.0 ms  1 min 1 s   true\n"
      "b          1.0 KiB  2.0 ms        1 s  false\n"
      "--------------------------------------------\n"
      "total (2)  3.0 KiB  3.0 ms\n");
}

TEST(RowsTable, OneRowIsItsOwnTotal) {
  EXPECT_THAT(Render(R"({"rows":[{"name":"a","bytes":2048}]})"),
              Not(HasSubstr("total")));
}

TEST(RowsTable, WhatIsAbsentOrStrangeIsNothing) {
  EXPECT_THAT(Render("{}"), Not(HasSubstr("total")));
  EXPECT_THAT(Render(R"({"rows":7})"), HasSubstr("NAME"));
  EXPECT_THAT(Render(R"({"rows":[3,{"name":7,"bytes":"x","age":null}]})"),
              HasSubstr("7"));
}

TEST(RowsTable, NamesAreMadeHarmless) {
  EXPECT_THAT(Render(R"({"rows":[{"name":"\u001b[2J"}]})"),
              HasSubstr("\\x1b[2J"));
}

TEST(RowsTable, TargetsOfRequestsAreDecodedAndMadeHarmless) {
  const auto reading =
      ParseRows(R"({"rows":[{"action":"PUT /v1/ctl/arena.%22a%22.x"},)"
                R"({"action":"GET /%1b[2J"},{"action":"50%"}]})");
  ASSERT_TRUE(reading.ok());
  EXPECT_EQ(
      RowsTable(reading->document, "rows",
                {{"action", "ACTION", RowUnit::kTarget}}, ByteStyle::kHuman)
          .Render({}),
      "ACTION\n"
      "PUT /v1/ctl/arena.\"a\".x\n"
      "GET /\\x1b[2J\n"
      "50%\n");
}

TEST(ParseRows, OtherDocumentsAreErrors) {
  for (const char* json : {"", "[]", "3", "{"}) {
    EXPECT_TRUE(absl::IsInternal(ParseRows(json).status())) << json;
  }
  EXPECT_EQ(ParseRows(R"({"read_at":"now","read_cost_us":3})")->stamp.read_at,
            "now");
}

}  // namespace
}  // namespace acre::console
