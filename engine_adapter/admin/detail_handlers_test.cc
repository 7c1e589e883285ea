#include "engine_adapter/admin/detail_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
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

TEST_F(DetailHandlersTest, TcachesAreThoseInUse) {
  AddArena("a", 0);
  AddArena("b", 0);
  Tcache first = arenas_[0].OpenTcache();
  Tcache second = arenas_[1].OpenTcache();
  void* const p = first.Allocate(100);
  void* const q = second.Allocate(100);
  const Json all = Get("/v1/tcaches");
  EXPECT_EQ(all["open"], 2);
  ASSERT_EQ(all["tcaches"].size(), 2u);
  for (const Json& one : all["tcaches"]) {
    EXPECT_EQ(one["parked"], false);
    EXPECT_GE(one["age_seconds"].get<double>(), 0.0);
    EXPECT_TRUE(one["bytes"].is_number_unsigned());
    EXPECT_TRUE(one["regions"].is_number_unsigned());
    EXPECT_TRUE(one["id"].is_number_unsigned());
  }
  const Json of_one = Get("/v1/tcaches?arena=b");
  ASSERT_EQ(of_one["tcaches"].size(), 1u);
  EXPECT_EQ(of_one["tcaches"][0]["arena"], "b");
  EXPECT_EQ(Get("/v1/tcaches?limit=1")["tcaches"].size(), 1u);
  EXPECT_THAT(Error("GET", "/v1/tcaches?arena=nobody", 404),
              HasSubstr("nobody"));
  first.Deallocate(p);
  second.Deallocate(q);
}

TEST_F(DetailHandlersTest, TheKernelIsAskedBesideWhatIsAccounted) {
  AddArena("small", 100'000);
  AddArena("large", 0);
  constexpr size_t kBytes = size_t{8} << 20;
  void* const p = arenas_[1].Allocate(kBytes);
  ASSERT_NE(p, nullptr);
  memset(p, 1, kBytes);
  const Json reading = Get("/v1/kernel?limit=1");
  EXPECT_GE(reading["process"]["resident"], kBytes);
  EXPECT_GE(reading["service"]["resident"], kBytes);
  EXPECT_GE(reading["accounted"]["active"], kBytes);
  EXPECT_TRUE(reading["foreign"].is_number_unsigned());
  ASSERT_EQ(reading["arenas"].size(), 1u);
  EXPECT_EQ(reading["arenas"][0]["name"], "large");
  EXPECT_GE(reading["arenas"][0]["resident"], kBytes);
  const Json named = Get("/v1/kernel?arena=small");
  ASSERT_EQ(named["arenas"].size(), 1u);
  EXPECT_LT(named["arenas"][0]["resident"], kBytes);
  EXPECT_THAT(Error("GET", "/v1/kernel?arena=smal", 404), HasSubstr("small"));
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
