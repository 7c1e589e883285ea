#include "tools/console_app/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace acre::console {
namespace {

using ::testing::HasSubstr;

TEST(CsvField, QuotesWhatTheFormatUses) {
  EXPECT_EQ(CsvField("tenant-7"), "tenant-7");
  EXPECT_EQ(CsvField(""), "");
  EXPECT_EQ(CsvField("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvField("say \"hi\""), "\"say \"\"hi\"\"\"");
}

TEST(CsvField, NoNameMovesTheCursor) {
  EXPECT_EQ(CsvField("a\x1b[2J\r\n"), "a\\x1b[2J\\x0d\\x0a");
}

TEST(CsvOfJson, AnArrayIsALineForEachObject) {
  const auto csv =
      CsvOfJson(R"({"read_at":"now","arenas":[{"name":"b","charged":7},)"
                R"({"name":"a,c","charged":3}]})",
                "arenas");
  ASSERT_TRUE(csv.ok()) << csv.status();
  EXPECT_EQ(*csv, "name,charged\r\nb,7\r\n\"a,c\",3\r\n");
}

TEST(CsvOfJson, NestedObjectsAreFlattenedAndGapsStayEmpty) {
  const auto csv = CsvOfJson(
      R"({"p":[{"name":"x","calls":{"get":1}},{"calls":{"put":2},"ok":true}]})",
      "p");
  ASSERT_TRUE(csv.ok()) << csv.status();
  EXPECT_EQ(*csv, "name,calls.get,calls.put,ok\r\nx,1,,\r\n,,2,true\r\n");
}

TEST(CsvOfJson, AnObjectIsOneLine) {
  EXPECT_EQ(
      *CsvOfJson(R"({"governor":{"running":true,"visits":9}})", "governor"),
      "running,visits\r\ntrue,9\r\n");
}

TEST(CsvOfJson, NothingIsNothing) {
  EXPECT_EQ(*CsvOfJson(R"({"arenas":[]})", "arenas"), "");
}

TEST(CsvOfJson, OtherDocumentsAreErrors) {
  for (const char* json : {"", "3", "[]", "{}", R"({"arenas":3})", "{"}) {
    EXPECT_TRUE(absl::IsInternal(CsvOfJson(json, "arenas").status())) << json;
  }
  EXPECT_THAT(std::string(CsvOfJson("{}", "bins").status().message()),
              HasSubstr("\"bins\""));
}

}  // namespace
}  // namespace acre::console
