#include "stats/writers/json_writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace acre::stats {
namespace {

using Json = nlohmann::json;

TEST(JsonWriterTest, NestsAndSeparates) {
  FixedText<512> text;
  JsonWriter json(&text);
  json.BeginObject()
      .Field("n", UINT64_MAX)
      .Field("s", "a \"quoted\" \\ text")
      .BeginArray("rows")
      .BeginObject()
      .Signed("x", -1)
      .EndObject()
      .Element("{}")
      .EndArray()
      .BeginObject("o")
      .Decimal("d", 0.1254)
      .Flag("t", true)
      .Flag("f", false)
      .Null("z")
      .Seconds("w", 1'500'000'000)
      .EndObject()
      .BeginArray("empty")
      .EndArray()
      .EndObject();
  EXPECT_EQ(text.view(),
            "{\"n\":18446744073709551615,\"s\":\"a \\\"quoted\\\" \\\\ "
            "text\",\"rows\":[{\"x\":-1},{}],\"o\":{\"d\":0.125,\"t\":true,"
            "\"f\":false,\"z\":null,\"w\":1.500000000},\"empty\":[]}");
  EXPECT_EQ(Json::parse(text.view())["o"]["t"], true);
}

TEST(JsonWriterTest, GoesOnInAnotherText) {
  FixedText<64> first;
  FixedText<64> second;
  JsonWriter json(&first);
  json.BeginObject().Field("a", uint64_t{1});
  json.To(&second).Field("b", uint64_t{2}).EndObject();
  EXPECT_EQ(std::string(first.view()) + std::string(second.view()),
            "{\"a\":1,\"b\":2}");
}

TEST(JsonWriterTest, WhatIsNoUtf8BecomesTheReplacementCharacter) {
  FixedText<64> text;
  JsonWriter(&text).BeginObject().Field("s", "a\xFF\xC3").EndObject();
  EXPECT_EQ(Json::parse(text.view())["s"], "a\xEF\xBF\xBD\xEF\xBF\xBD");
}

}  // namespace
}  // namespace acre::stats
