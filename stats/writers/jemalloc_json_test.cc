#include "stats/writers/jemalloc_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "allocator/arena/domain_test_fixture.h"

namespace acre::stats {
namespace {

using Json = nlohmann::json;

class JemallocJsonTest : public allocator::DomainTest {
 protected:
  allocator::Arena* Hold(std::string_view name, size_t bytes) {
    allocator::Arena* arena = NewArena();
    arena->SetName(name);
    EXPECT_NE(arena->Allocate(bytes), nullptr);
    return arena;
  }

  Json Written(const DocumentParts& parts = {}) {
    JemallocJson document(*domain_, parts);
    std::string text;
    EXPECT_TRUE(WriteTo(
        &document,
        [](void* context, std::string_view part) {
          static_cast<std::string*>(context)->append(part);
          return true;
        },
        &text));
    return Json::parse(text)["jemalloc"];
  }
};

TEST_F(JemallocJsonTest, HasJemallocsLayout) {
  Hold("a", 100);
  Hold("b", 1 << 20);
  const Json json = Written();
  for (const char* key :
       {"version", "config", "opt", "arenas", "stats", "stats.arenas"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  for (const char* key : {"allocated", "active", "metadata", "metadata_thp",
                          "resident", "mapped", "retained"}) {
    EXPECT_TRUE(json["stats"][key].is_number_unsigned()) << key;
  }
  EXPECT_EQ(json["config"]["stats"], true);
  EXPECT_EQ(json["opt"]["thp"], "default");
  EXPECT_EQ(json["opt"]["muzzy_decay_ms"], 0);
  const Json& arenas = json["arenas"];
  EXPECT_EQ(arenas["narenas"], 2);
  EXPECT_EQ(arenas["page"], 4096);
  EXPECT_EQ(arenas["bin"].size(), arenas["nbins"]);
  EXPECT_EQ(arenas["lextent"].size(), arenas["nlextents"]);
  EXPECT_EQ(arenas["bin"][0]["size"], 8);
  EXPECT_EQ(arenas["lextent"][0]["size"], 16384);
  ASSERT_TRUE(json["stats.arenas"].contains("merged"));
  ASSERT_TRUE(json["stats.arenas"].contains("0"));
  ASSERT_TRUE(json["stats.arenas"].contains("1"));
}

TEST_F(JemallocJsonTest, ShowsWhatTheStatisticsSay) {
  allocator::Arena* arena = Hold("a", 100);
  ASSERT_NE(arena->Allocate(1 << 20), nullptr);
  ArenaStatistics one;
  ReadArena(*arena, &one);
  const Json json = Written();
  const Json& shown = json["stats.arenas"]["0"];
  EXPECT_EQ(shown["name"], "a");
  EXPECT_EQ(shown["small"]["allocated"], 112);
  EXPECT_EQ(shown["small"]["nmalloc"], 1);
  EXPECT_EQ(shown["large"]["allocated"], 1 << 20);
  EXPECT_EQ(shown["pactive"], one.active / 4096);
  EXPECT_EQ(shown["base"], one.metadata);
  ASSERT_EQ(shown["bins"].size(), 36u);
  EXPECT_EQ(shown["bins"][7]["curregs"], 1);  // 112 bytes.
  EXPECT_EQ(shown["bins"][6]["curregs"], 0);
  const Json& sizes = json["arenas"]["lextent"];
  ASSERT_EQ(shown["lextents"].size(), sizes.size());
  for (size_t i = 0; i < sizes.size(); ++i) {
    EXPECT_EQ(shown["lextents"][i]["curlextents"],
              sizes[i]["size"] == 1 << 20 ? 1 : 0);
  }
  EXPECT_EQ(json["stats.arenas"]["merged"]["bins"], shown["bins"]);
  EXPECT_EQ(json["stats"]["allocated"], one.allocated);
}

TEST_F(JemallocJsonTest, PartsCanBeLeftOut) {
  Hold("a", 100);
  EXPECT_FALSE(Written({.arenas = false})["stats.arenas"].contains("0"));
  EXPECT_FALSE(Written({.bins = false})["stats.arenas"]["0"].contains("bins"));
  EXPECT_FALSE(Written({.locking = Locking::kForbidden})["stats"].contains(
      "background_thread"));
}

}  // namespace
}  // namespace acre::stats
