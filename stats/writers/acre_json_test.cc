#include "stats/writers/acre_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "allocator/arena/domain_test_fixture.h"

namespace acre::stats {
namespace {

using Json = nlohmann::json;

class AcreJsonTest : public allocator::DomainTest {
 protected:
  allocator::Arena* Hold(std::string_view name, size_t bytes) {
    allocator::Arena* arena = NewArena();
    arena->SetName(name);
    EXPECT_NE(arena->Allocate(bytes), nullptr);
    return arena;
  }

  Json Written(const DocumentParts& parts = {}) {
    AcreJson document(*domain_, "engine \"7\"", parts);
    std::string text;
    EXPECT_TRUE(WriteTo(
        &document,
        [](void* context, std::string_view part) {
          static_cast<std::string*>(context)->append(part);
          return true;
        },
        &text));
    return Json::parse(text);
  }
};

TEST_F(AcreJsonTest, HasEveryFigure) {
  ASSERT_NE(Hold("tenant-7", 5000)->Allocate(1 << 20), nullptr);
  const Json json = Written();
  EXPECT_EQ(json["acre_statistics_version"], 1);
  EXPECT_EQ(json["name"], "engine \"7\"");
  ASSERT_EQ(json["arenas"].size(), 1u);
  const Json& arena = json["arenas"][0];
  EXPECT_EQ(arena["name"], "tenant-7");
  EXPECT_EQ(arena["allocated"], 5120 + (1 << 20));
  for (const auto& field : kArenaFields) {
    EXPECT_TRUE(arena.contains(std::string(field.name))) << field.name;
  }
  ASSERT_EQ(arena["bins"].size(), 1u);
  EXPECT_EQ(arena["bins"][0]["size"], 5120);
  for (const auto& field : kBinFields) {
    EXPECT_TRUE(arena["bins"][0].contains(std::string(field.name)))
        << field.name;
  }
  ASSERT_EQ(arena["large"].size(), 1u);
  EXPECT_EQ(arena["large"][0]["size"], 1 << 20);
  for (const auto& field : kLargeFields) {
    EXPECT_TRUE(arena["large"][0].contains(std::string(field.name)))
        << field.name;
  }
  for (const auto& field : kServiceFields) {
    EXPECT_TRUE(json["service"].contains(std::string(field.name)))
        << field.name;
  }
  ASSERT_EQ(json["providers"].size(), 1u);
  EXPECT_EQ(json["providers"][0]["name"], "mmap");
  EXPECT_EQ(json["providers"][0]["calls_of"]["allocate"],
            json["providers"][0]["grants"]);
  EXPECT_TRUE(json["governor"]["running"].is_boolean());
  EXPECT_GT(json["read_cost_us"], 0.0);
}

TEST_F(AcreJsonTest, TotalsAreTheSumsOfWhatIsShown) {
  for (int i = 0; i < 30; ++i) {
    Hold("tenant-" + std::to_string(i), size_t{100} << (i % 16));
  }
  const Json json = Written();
  ASSERT_EQ(json["arenas"].size(), 30u);
  EXPECT_EQ(json["service"]["arena_count"], 30);
  for (const auto& field : kArenaFields) {
    const std::string name(field.name);
    if (field.combine != Combine::kSum) {
      EXPECT_FALSE(json["totals"].contains(name)) << name;
      continue;
    }
    uint64_t sum = 0;
    for (const Json& arena : json["arenas"]) sum += arena[name].get<uint64_t>();
    EXPECT_EQ(json["totals"][name], sum) << name;
  }
}

TEST_F(AcreJsonTest, PartsCanBeLeftOut) {
  Hold("a", 100);
  const Json without_bins = Written({.bins = false});
  EXPECT_FALSE(without_bins["arenas"][0].contains("bins"));
  EXPECT_FALSE(without_bins["arenas"][0].contains("large"));
  const Json without_arenas = Written({.arenas = false});
  EXPECT_FALSE(without_arenas.contains("arenas"));
  EXPECT_EQ(without_arenas["totals"], without_bins["totals"]);
  const Json without_locks = Written({.locking = Locking::kForbidden});
  EXPECT_FALSE(without_locks.contains("governor"));
  EXPECT_FALSE(without_locks.contains("providers"));
  EXPECT_EQ(without_locks["totals"], without_bins["totals"]);
}

TEST_F(AcreJsonTest, NamesMayBeAnything) {
  Hold("a\"\\\xFF\x01", 100);
  EXPECT_EQ(Written()["arenas"][0]["name"], "a\"\\\xEF\xBF\xBD\x01");
}

TEST_F(AcreJsonTest, AServiceWithoutArenasIsADocument) {
  const Json json = Written();
  EXPECT_EQ(json["arenas"].size(), 0u);
  EXPECT_EQ(json["totals"]["allocated"], 0);
}

}  // namespace
}  // namespace acre::stats
