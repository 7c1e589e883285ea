#include "engine_adapter/admin/handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "engine_adapter/admin/handlers_fixture.h"
#include "stats/arena_statistics.h"
#include "stats/provider_statistics.h"

namespace acre::admin {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
TEST_F(HandlersTest, InfoSaysWhoThisIs) {
  AddArena("a", 0);
  const Json info = Get("/v1/info");
  EXPECT_EQ(info["name"], "engine");
  EXPECT_EQ(info["pid"], getpid());
  EXPECT_EQ(info["writes_allowed"], false);
  EXPECT_EQ(info["arenas"], 2);
  EXPECT_GE(info["uptime_seconds"], 0.0);
  EXPECT_THAT(info["started_at"].get<std::string>(), HasSubstr("T"));
  EXPECT_FALSE(info["version"].get<std::string>().empty());
}

TEST_F(HandlersTest, InfoHasTheServicesFigures) {
  AddArena("a", 1 << 20);
  auto reserving =
      service_->CreateArena({.name = "b", .reserved_bytes = uint64_t{8} << 20});
  ASSERT_TRUE(reserving.ok()) << reserving.status();
  const Json info = Get("/v1/info");
  for (const auto& field : stats::kServiceFields) {
    EXPECT_TRUE(info["service"].contains(std::string(field.name)))
        << field.name;
  }
  EXPECT_EQ(info["service"]["arena_count"], 3);
  EXPECT_EQ(info["service"]["hard_limit"], uint64_t{1} << 30);
  EXPECT_EQ(info["service"]["reserved"], uint64_t{8} << 20);
  const Json arenas = Get("/v1/arenas");
  uint64_t footprints = 0;
  for (const Json& arena : arenas["arenas"]) {
    footprints += std::max(arena["charged"].get<uint64_t>(),
                           arena["reserved"].get<uint64_t>());
  }
  EXPECT_EQ(info["service"]["charged"], footprints);
  EXPECT_EQ(arenas["total"]["peak"], info["service"]["peak"]);
  EXPECT_GT(info["read_cost_us"].get<double>(), 0.0);
}

TEST_F(HandlersTest, InfoHasTheGovernorAndTheProviders) {
  AddArena("a", 1 << 20);
  const Json info = Get("/v1/info");
  for (const auto& field : stats::kGovernorFields) {
    EXPECT_TRUE(info["governor"].contains(std::string(field.name)))
        << field.name;
  }
  EXPECT_TRUE(info["governor"]["running"].is_boolean());
  ASSERT_EQ(info["providers"].size(), 1u);
  const Json provider = info["providers"][0];
  EXPECT_EQ(provider["name"], "mmap");
  for (const auto& field : stats::kProviderFields) {
    EXPECT_TRUE(provider.contains(std::string(field.name))) << field.name;
  }
  EXPECT_EQ(provider["calls_of"]["allocate"], provider["grants"]);
  EXPECT_EQ(provider["failures_of"]["allocate"], 0);
}

TEST_F(HandlersTest, StatisticsComeInEachFormat) {
  AddArena("tenant-7", 5000);
  const HttpResponse text = Ask("GET", "/v1/stats");
  EXPECT_EQ(text.content_type, "text/plain; charset=utf-8");
  EXPECT_THAT(text.body, ::testing::StartsWith("___ Begin acre statistics"));
  EXPECT_THAT(text.body, HasSubstr("name: \"tenant-7\""));
  EXPECT_EQ(Ask("GET", "/v1/stats?format=text").content_type,
            text.content_type);
  const Json jemalloc = Get("/v1/stats?format=json")["jemalloc"];
  EXPECT_TRUE(jemalloc["stats"]["allocated"].is_number());
  const Json acre = Get("/v1/stats?format=acre");
  EXPECT_EQ(acre["acre_statistics_version"], 1);
  EXPECT_EQ(acre["name"], "engine");
  EXPECT_EQ(acre["arenas"].size(), 2u);
}

TEST_F(HandlersTest, MetricsAreOpenMetricsUnlessTheOlderFormatIsAskedFor) {
  AddArena("a", 1000);
  const std::string newer =
      "application/openmetrics-text; version=1.0.0; charset=utf-8";
  for (const char* target : {"/metrics", "/v1/stats?format=openmetrics"}) {
    const HttpResponse response = Ask("GET", target);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.content_type, newer);
    EXPECT_THAT(response.body,
                HasSubstr("\nacre_arena_allocated_bytes{tenant=\"a\"} 1024\n"));
    EXPECT_TRUE(response.body.ends_with("# EOF\n"));
  }
  const HttpResponse both =
      Ask("GET", "/metrics", false,
          "application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
  EXPECT_EQ(both.content_type, newer);
  const HttpResponse older = Ask("GET", "/metrics", false, "text/plain");
  EXPECT_EQ(older.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_FALSE(older.body.ends_with("# EOF\n"));
}

TEST_F(HandlersTest, MetricsTellWhatTheKernelSaysIfAsked) {
  AddArena("a", 1000);
  EXPECT_THAT(Ask("GET", "/metrics").body,
              ::testing::Not(HasSubstr("acre_kernel_")));
  EXPECT_THAT(Ask("GET", "/metrics?kernel=1").body,
              HasSubstr("\nacre_kernel_resident_bytes "));
}

TEST_F(HandlersTest, MetricsShowAsManyTenantsAsAskedFor) {
  AddArena("a", 1 << 20);
  AddArena("b", 1000);
  const std::string all = Ask("GET", "/metrics").body;
  EXPECT_THAT(all, HasSubstr("{tenant=\"b\"}"));
  EXPECT_THAT(all, ::testing::Not(HasSubstr("{tenant=\"other\"}")));
  const std::string one = Ask("GET", "/metrics?tenants=1").body;
  EXPECT_THAT(one, HasSubstr("{tenant=\"a\"}"));
  EXPECT_THAT(one, ::testing::Not(HasSubstr("{tenant=\"b\"}")));
  EXPECT_THAT(one, HasSubstr("{tenant=\"other\"}"));
}

TEST_F(HandlersTest, ArenasComeLargestFirst) {
  AddArena("small", 100);
  AddArena("large", 8 << 20);
  AddArena("middle", 1 << 20);
  const std::vector<std::string> names = Names(Get("/v1/arenas"));
  ASSERT_EQ(names.size(), 4u);
  EXPECT_EQ(names[0], "large");
  EXPECT_EQ(names[1], "middle");
}

TEST_F(HandlersTest, EveryFigureAddsUpToTheTotal) {
  AddArena("a", 1000);
  AddArena("b", 1 << 20);
  AddArena("c", 3 << 20);
  const Json listing = Get("/v1/arenas");
  EXPECT_EQ(listing["arena_count"], 4);
  for (const auto& field : stats::kArenaFields) {
    if (field.combine != stats::Combine::kSum) continue;
    const std::string key(field.name);
    uint64_t sum = 0;
    for (const Json& arena : listing["arenas"]) {
      sum += arena[key].get<uint64_t>();
    }
    EXPECT_EQ(listing["total"][key], sum) << key;
  }
  EXPECT_EQ(listing["total"]["hard_limit"], uint64_t{1} << 30);
}

TEST_F(HandlersTest, ArenasAndTotalObeyTheEquations) {
  AddArena("a", 1000);
  AddArena("b", 1 << 20);
  const Json listing = Get("/v1/arenas");
  std::vector<Json> all = listing["arenas"];
  all.push_back(listing["total"]);
  for (const Json& one : all) {
    const auto figure = [&](const char* key) {
      return one[key].get<uint64_t>();
    };
    EXPECT_EQ(figure("active"),
              figure("allocated") + figure("cached") + figure("slack"))
        << one;
    EXPECT_EQ(figure("charged"), figure("active") + figure("dirty") +
                                     figure("muzzy") + figure("metadata"))
        << one;
  }
}

TEST_F(HandlersTest, ReadingsSayWhenAndWhatTheyCost) {
  AddArena("a", 1000);
  for (const char* target :
       {"/v1/arenas", "/v1/arenas/a", "/v1/arenas/a/bins"}) {
    const Json reading = Get(target);
    EXPECT_THAT(reading["read_at"].get<std::string>(),
                ::testing::MatchesRegex(
                    "20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
                    "\\.[0-9]{6}Z"));
    EXPECT_GT(reading["read_cost_us"].get<double>(), 0.0);
  }
}

TEST_F(HandlersTest, ListsPageByPageWithTheTotalOfAll) {
  for (int i = 0; i < 9; ++i) {
    AddArena("arena" + std::to_string(i), (1 + i) << 20);
  }
  const Json all = Get("/v1/arenas");
  const std::vector<std::string> names = Names(all);
  ASSERT_EQ(names.size(), 10u);
  std::vector<std::string> paged;
  for (int offset = 0; offset < 12; offset += 4) {
    const Json page =
        Get("/v1/arenas?limit=4&offset=" + std::to_string(offset));
    for (const std::string& name : Names(page)) paged.push_back(name);
    EXPECT_EQ(page["total"], all["total"]);
    EXPECT_EQ(page["arena_count"], 10);
    EXPECT_EQ(page["offset"], offset);
  }
  EXPECT_EQ(paged, names);
}

TEST_F(HandlersTest, PagesMayBeEmptyOrHuge) {
  AddArena("a", 1000);
  EXPECT_EQ(Names(Get("/v1/arenas?limit=0")).size(), 0u);
  EXPECT_EQ(Names(Get("/v1/arenas?offset=100")).size(), 0u);
  EXPECT_EQ(Names(Get("/v1/arenas?limit=18446744073709551615&offset=1")).size(),
            1u);
  EXPECT_EQ(Names(Get("/v1/arenas?limit=5&offset=18446744073709551615")).size(),
            0u);
}

TEST_F(HandlersTest, OneArenaHasEveryFigure) {
  AddArena("tenant-7", 5000);
  const Json arena = Get("/v1/arenas/tenant-7")["arena"];
  EXPECT_EQ(arena["name"], "tenant-7");
  EXPECT_EQ(arena["allocated"], 5120);
  EXPECT_EQ(arena["hard_limit"], uint64_t{64} << 20);
  for (const auto& field : stats::kArenaFields) {
    EXPECT_TRUE(arena.contains(std::string(field.name))) << field.name;
  }
}

TEST_F(HandlersTest, NamesNeedNotBeAscii) {
  AddArena("Größe 7%", 100);
  EXPECT_EQ(Get("/v1/arenas/Gr%C3%B6%C3%9Fe%207%25")["arena"]["name"],
            "Größe 7%");
}

TEST_F(HandlersTest, BinsAreThoseInUse) {
  AddArena("a", 100);
  const Json reading = Get("/v1/arenas/a/bins");
  EXPECT_EQ(reading["arena"], "a");
  ASSERT_EQ(reading["bins"].size(), 1u);
  EXPECT_EQ(reading["bins"][0]["size"], 112);
  EXPECT_EQ(reading["bins"][0]["regions_out"], 1);
}

TEST_F(HandlersTest, WrongNameGetsTheNearest) {
  AddArena("tenant-7", 100);
  for (const char* resource : {"", "/bins"}) {
    EXPECT_THAT(
        Error("GET", std::string("/v1/arenas/tenat-7") + resource, 404),
        AllOf(HasSubstr("tenat-7"), HasSubstr("did you mean \"tenant-7\"?")));
  }
  EXPECT_THAT(Error("GET", "/v1/arenas/payroll", 404), HasSubstr("payroll"));
}

TEST_F(HandlersTest, RoutingErrorsAreJson) {
  EXPECT_THAT(Error("GET", "/v2", 404), HasSubstr("/v1/info"));
  EXPECT_THAT(Error("GET", "/v1/arenas/%00", 400), HasSubstr("0x00"));
  EXPECT_THAT(Error("DELETE", "/v1/info", 405), HasSubstr("DELETE"));
  EXPECT_EQ(Ask("DELETE", "/v1/info").allow, "GET, HEAD");
  // Echoed bytes must not make the document invalid.
  EXPECT_THAT(Error("GET", "/\xFF\x01\"\\", 404), HasSubstr("\xEF\xBF\xBD"));
}

TEST_F(HandlersTest, PurgingIsForbiddenUnlessAllowed) {
  AddArena("a", 100);
  EXPECT_THAT(Error("POST", "/v1/arenas/a/purge", 403),
              AllOf(HasSubstr("read-only"), HasSubstr("allow_writes")));
}

TEST_F(HandlersTest, PurgingGivesDirtyPagesBack) {
  AddArena("a", 0);
  void* buffer = arenas_[0].Allocate(4 << 20);
  ASSERT_NE(buffer, nullptr);
  arenas_[0].Deallocate(buffer);
  const HttpResponse response =
      Ask("POST", "/v1/arenas/a/purge", /*allow_writes=*/true);
  ASSERT_EQ(response.status, 200) << response.body;
  const Json result = Json::parse(response.body);
  EXPECT_GE(result["before"]["dirty"], 4 << 20);
  EXPECT_EQ(result["after"]["dirty"], 0);
  EXPECT_EQ(result["mode"], "everything");
  EXPECT_GE(result["purged_bytes"], 4 << 20);
  EXPECT_GT(result["purge_cost_us"].get<double>(), 0.0);
}

TEST_F(HandlersTest, PurgingDoesWhatItsModeSays) {
  AddArena("a", 100);
  {
    Tcache tcache = arenas_[0].OpenTcache();
    tcache.Deallocate(tcache.Allocate(100));
  }
  if (Get("/v1/arenas/a")["arena"]["cached"] == 0) {
    GTEST_SKIP() << "the checked build caches nothing";
  }
  EXPECT_EQ(Ask("POST", "/v1/arenas/a/purge?mode=unused", true).status, 200);
  EXPECT_GT(Get("/v1/arenas/a")["arena"]["cached"], 0);
  const HttpResponse idle =
      Ask("POST", "/v1/arenas/a/purge?mode=idle", /*allow_writes=*/true);
  EXPECT_EQ(Json::parse(idle.body)["mode"], "idle");
  EXPECT_EQ(Get("/v1/arenas/a")["arena"]["cached"], 0);
  EXPECT_THAT(Error("POST", "/v1/arenas/a/purge?mode=most", 400),
              AllOf(HasSubstr("most"), HasSubstr("unused, idle, everything")));
}

TEST_F(HandlersTest, PurgingWhatIsNotThereIsNotFound) {
  AddArena("tenant-7", 0);
  const HttpResponse response =
      Ask("POST", "/v1/arenas/tenat-7/purge", /*allow_writes=*/true);
  EXPECT_EQ(response.status, 404);
  EXPECT_THAT(response.body, HasSubstr("tenant-7"));
}

TEST_F(HandlersTest, DestroyedArenaIsNotFound) {
  AddArena("gone", 100);
  arenas_.clear();
  Error("GET", "/v1/arenas/gone", 404);
}

TEST_F(HandlersTest, APurgeMeasuresTheHugepageCoverageWhereThereMayBeSome) {
  AddArena("small", 100'000);
  const Json plain =
      Json::parse(Ask("POST", "/v1/arenas/small/purge", true).body);
  EXPECT_FALSE(plain.contains("coverage_before"));
  auto big = service_->CreateArena(
      {.name = "big", .memory = {.hugepages = HugepageMode::kAlways}});
  ASSERT_TRUE(big.ok());
  constexpr size_t kBytes = size_t{16} << 20;
  void* const p = big->Allocate(kBytes);
  ASSERT_NE(p, nullptr);
  memset(p, 1, kBytes);
  const Json answer =
      Json::parse(Ask("POST", "/v1/arenas/big/purge", true).body);
  EXPECT_GE(answer["coverage_before"]["resident"], kBytes);
  EXPECT_GE(answer["coverage_after"]["resident"], kBytes);
  EXPECT_LE(answer["coverage_after"]["huge_backed"],
            answer["coverage_after"]["resident"]);
}

}  // namespace
}  // namespace acre::admin
