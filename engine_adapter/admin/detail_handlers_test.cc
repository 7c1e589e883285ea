#include "engine_adapter/admin/detail_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "engine_adapter/admin/handlers_fixture.h"
#include "stats/extent_statistics.h"

namespace acre::admin {
namespace {

using ::testing::HasSubstr;

using DetailHandlersTest = HandlersTest;

TEST_F(DetailHandlersTest, LargeClassesAreThoseThatWereUsed) {
  AddArena("a", 1 << 20);
  ASSERT_NE(arenas_[0].Allocate(1 << 20), nullptr);
  const Json reading = Get("/v1/arenas/a/large");
  EXPECT_EQ(reading["arena"], "a");
  ASSERT_EQ(reading["large"].size(), 1u);
  const Json& row = reading["large"][0];
  EXPECT_EQ(row["size"], 1 << 20);
  EXPECT_EQ(row["large_allocations"], 2);
  EXPECT_EQ(row["bytes"], 2 << 20);
  for (const auto& field : stats::kLargeFields) {
    EXPECT_TRUE(row.contains(std::string(field.name))) << field.name;
  }
}

TEST_F(DetailHandlersTest, ExtentsAddUpToWhatIsUnused) {
  AddArena("a", 0);
  arenas_[0].Deallocate(arenas_[0].Allocate(3 << 20));
  const Json reading = Get("/v1/arenas/a/extents");
  ASSERT_GT(reading["extents"].size(), 0u);
  uint64_t dirty = 0;
  uint64_t retained = 0;
  for (const Json& row : reading["extents"]) {
    dirty += row["dirty_bytes"].get<uint64_t>();
    retained += row["retained_bytes"].get<uint64_t>();
  }
  const Json arena = Get("/v1/arenas/a")["arena"];
  EXPECT_EQ(dirty, arena["dirty"]);
  EXPECT_LE(retained, arena["retained"]);
}

TEST_F(DetailHandlersTest, LocksComeWithWhatTheyGuard) {
  AddArena("a", 1000);
  const Json locks = Get("/v1/locks")["locks"];
  ASSERT_GT(locks.size(), 0u);
  bool of_arena = false;
  for (const Json& lock : locks) {
    EXPECT_FALSE(lock["name"].get<std::string>().empty());
    EXPECT_TRUE(lock["acquisitions"].is_number_unsigned());
    EXPECT_TRUE(lock["contentions"].is_number_unsigned());
    EXPECT_GE(lock["wait_seconds"].get<double>(), 0.0);
    of_arena = of_arena || lock["arena"] == "a";
  }
  EXPECT_TRUE(of_arena);
  EXPECT_EQ(Get("/v1/locks?limit=2")["locks"].size(), 2u);
}

TEST_F(DetailHandlersTest, WrongNamesGetTheNearest) {
  AddArena("tenant-7", 0);
  for (const char* resource : {"/large", "/extents"}) {
    EXPECT_THAT(Error("GET", std::string("/v1/arenas/tenat-7") + resource, 404),
                HasSubstr("did you mean \"tenant-7\"?"));
  }
}

}  // namespace
}  // namespace acre::admin
