#include "engine_adapter/admin/json_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace acre::admin {
namespace {

using Json = nlohmann::json;

std::string Quoted(std::string_view text) {
  JsonText json;
  json.BeginObject().Field("t", text).EndObject();
  return json.Take();
}

TEST(JsonText, NestsAndSeparates) {
  JsonText json;
  json.BeginObject()
      .Field("a", uint64_t{18446744073709551615u})
      .Field("b", "text")
      .Flag("c", true)
      .Decimal("d", 1.5)
      .BeginArray("e");
  for (uint64_t i = 0; i < 2; ++i) {
    json.BeginObject().Field("i", i).EndObject();
  }
  json.EndArray().BeginObject("f").EndObject().Flag("g", false).EndObject();
  EXPECT_EQ(json.Take(),
            R"({"a":18446744073709551615,"b":"text","c":true,"d":1.500,)"
            R"("e":[{"i":0},{"i":1}],"f":{},"g":false})");
}

TEST(JsonText, CanBeTakenInPieces) {
  JsonText json;
  json.BeginObject().Field("a", uint64_t{1});
  std::string text = json.Take();
  json.Field("b", uint64_t{2}).EndObject();
  text += json.Take();
  EXPECT_EQ(text, R"({"a":1,"b":2})");
  EXPECT_EQ(json.Take(), "");
}

TEST(JsonText, EveryByteMakesAValidDocument) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text = {static_cast<char>(first),
                                static_cast<char>(second)};
      EXPECT_FALSE(Json::parse(Quoted(text), nullptr, false).is_discarded())
          << first << " " << second;
    }
  }
}

TEST(JsonText, TextComesBackAsItWas) {
  const std::string text =
      "\"\\/\b\f\n\r\t\x01\x7f Größe 中文 \xF0\x9F\x98\x80";
  EXPECT_EQ(Json::parse(Quoted(text))["t"], text);
}

TEST(JsonText, WhatIsNoUtf8IsReplaced) {
  EXPECT_EQ(Json::parse(Quoted("a\xFFz"))["t"], "a\xEF\xBF\xBDz");
  for (const char* text : {"\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                           "\xE0\x80\x80", "\xF0\x8F\x80\x80", "\xC3"}) {
    EXPECT_FALSE(Json::parse(Quoted(text), nullptr, false).is_discarded());
  }
}

}  // namespace
}  // namespace acre::admin
