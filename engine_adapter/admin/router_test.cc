#include "engine_adapter/admin/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace acre::admin {
namespace {

using ::testing::HasSubstr;

Route MustRoute(std::string_view method, std::string_view target) {
  auto parsed = ParseRoute(method, target);
  EXPECT_TRUE(std::holds_alternative<Route>(parsed))
      << target << ": " << std::get<RouteError>(parsed).message;
  return std::get<Route>(parsed);
}

RouteError MustFail(std::string_view method, std::string_view target) {
  auto parsed = ParseRoute(method, target);
  if (std::holds_alternative<Route>(parsed)) {
    ADD_FAILURE() << target << " was accepted";
    return {};
  }
  return std::get<RouteError>(parsed);
}

TEST(Router, KnowsItsResources) {
  EXPECT_EQ(MustRoute("GET", "/v1/info").resource, Resource::kInfo);
  EXPECT_EQ(MustRoute("HEAD", "/v1/info").resource, Resource::kInfo);
  EXPECT_EQ(MustRoute("GET", "/metrics").resource, Resource::kMetrics);
  EXPECT_EQ(MustRoute("GET", "/v1/stats").resource, Resource::kStats);
  EXPECT_EQ(MustRoute("GET", "/v1/arenas").resource, Resource::kArenas);
  EXPECT_EQ(MustRoute("GET", "/v1/arenas/a").resource, Resource::kArena);
  EXPECT_EQ(MustRoute("GET", "/v1/arenas/a/bins").resource, Resource::kBins);
  EXPECT_EQ(MustRoute("GET", "/v1/arenas/a/large").resource, Resource::kLarge);
  EXPECT_EQ(MustRoute("GET", "/v1/arenas/a/extents").resource,
            Resource::kExtents);
  EXPECT_EQ(MustRoute("POST", "/v1/arenas/a/purge").resource, Resource::kPurge);
  EXPECT_EQ(MustRoute("GET", "/v1/locks").resource, Resource::kLocks);
  EXPECT_EQ(MustRoute("GET", "/v1/tcaches").resource, Resource::kTcaches);
  EXPECT_EQ(MustRoute("GET", "/v1/kernel").resource, Resource::kKernel);
  EXPECT_EQ(MustRoute("GET", "/v1/kernel?arena=a%20b&limit=3").arena, "a b");
  MustFail("GET", "/v1/tcaches?arena=");
  EXPECT_EQ(MustRoute("GET", "/v1/ctl").resource, Resource::kControls);
  EXPECT_EQ(MustRoute("GET", "/v1/audit").resource, Resource::kAudit);
}

TEST(Router, ArenasCanBePaged) {
  const Route all = MustRoute("GET", "/v1/arenas");
  EXPECT_EQ(all.limit, std::nullopt);
  EXPECT_EQ(all.offset, 0u);
  const Route page = MustRoute("GET", "/v1/arenas?limit=10&offset=20");
  EXPECT_EQ(page.limit, 10u);
  EXPECT_EQ(page.offset, 20u);
}

TEST(Router, ParametersMustBeKnownNumbers) {
  for (const char* target :
       {"/v1/arenas?limit=", "/v1/arenas?limit", "/v1/arenas?limit=-1",
        "/v1/arenas?limit=1x", "/v1/arenas?limit=99999999999999999999",
        "/v1/arenas?colour=red", "/v1/info?limit=1", "/v1/arenas/a?limit=1",
        "/v1/arenas?limit=1&&offset=1", "/v1/arenas?limit=%31"}) {
    EXPECT_EQ(MustFail("GET", target).http_status, 400) << target;
  }
}

TEST(Router, MetricsTakeACountOfTenants) {
  EXPECT_EQ(MustRoute("GET", "/metrics").tenants, std::nullopt);
  EXPECT_EQ(MustRoute("GET", "/metrics?tenants=7").tenants, 7u);
  EXPECT_EQ(MustRoute("GET", "/v1/stats?format=openmetrics&tenants=0").tenants,
            0u);
  EXPECT_THAT(MustFail("GET", "/metrics?tenants=1000000").message,
              HasSubstr("100000"));
  EXPECT_THAT(MustFail("GET", "/v1/stats?format=xml").message,
              HasSubstr("openmetrics"));
  MustFail("GET", "/metrics?format=openmetrics");
}

TEST(Router, ControlsAreLookedAtWrittenAndExecuted) {
  for (const char* method : {"GET", "HEAD", "PUT", "POST"}) {
    const Route route =
        MustRoute(method, "/v1/ctl/arena.%22eu.west%22.hard_limit");
    EXPECT_EQ(route.resource, Resource::kControl);
    EXPECT_EQ(route.control, "arena.\"eu.west\".hard_limit");
    EXPECT_EQ(route.arena, "");
    EXPECT_EQ(route.method, method);
  }
  const Route written =
      MustRoute("PUT", "/v1/ctl/a.b?value=a%26b%3D1&dry_run=1");
  EXPECT_EQ(written.value, "a&b=1");
  EXPECT_TRUE(written.dry_run);
  EXPECT_EQ(MustRoute("PUT", "/v1/ctl/a.b").value, std::nullopt);
  EXPECT_EQ(MustRoute("PUT", "/v1/ctl/a.b?value=").value, "");
  EXPECT_EQ(MustRoute("GET", "/v1/ctl?prefix=arena.").prefix, "arena.");
  EXPECT_EQ(MustRoute("GET", "/v1/ctl?search=dirty%20pages").search,
            "dirty pages");
  EXPECT_THAT(MustFail("DELETE", "/v1/ctl/a.b").message, HasSubstr("PUT"));
  MustFail("PUT", "/v1/ctl/a.b?dry_run=yes");
  MustFail("PUT", "/v1/ctl/a.b?value=%zz");
  MustFail("GET", "/v1/ctl/" + std::string(201, 'x'));
}

TEST(Router, PurgesHaveAMode) {
  const auto mode = [](std::string_view query) {
    return MustRoute("POST", "/v1/arenas/a/purge" + std::string(query)).mode;
  };
  EXPECT_EQ(mode(""), PurgeMode::kEverything);
  EXPECT_EQ(mode("?mode=unused"), PurgeMode::kUnused);
  EXPECT_EQ(mode("?mode=idle"), PurgeMode::kIdle);
  EXPECT_EQ(mode("?mode=everything"), PurgeMode::kEverything);
}

TEST(Router, WrongModesAreToldTheRightOnes) {
  for (const char* query : {"?mode=all", "?mode=", "?mode", "?mode=Idle"}) {
    const RouteError error =
        MustFail("POST", std::string("/v1/arenas/a/purge") + query);
    EXPECT_EQ(error.http_status, 400) << query;
    EXPECT_THAT(error.message, HasSubstr("unused, idle, everything"));
  }
  EXPECT_THAT(MustFail("POST", "/v1/arenas/a/purge?limit=1").message,
              HasSubstr("/v1/arenas/NAME/purge takes mode"));
  MustFail("GET", "/v1/arenas?mode=idle");
}

TEST(Router, NamesAreDecodedAfterThePathIsSplit) {
  EXPECT_EQ(MustRoute("GET", "/v1/arenas/a%2Fb%20c").arena, "a/b c");
  EXPECT_EQ(MustRoute("GET", "/v1/arenas/a%2fb/bins").arena, "a/b");
  EXPECT_EQ(MustRoute("GET", "/v1/arenas/%C3%BC").arena, "\xC3\xBC");
  EXPECT_EQ(MustRoute("GET", "/v1/arenas/100%25").arena, "100%");
  EXPECT_EQ(MustRoute("GET", "/v1/arenas/a+b").arena, "a+b");
}

TEST(Router, DotsAreNamesLikeAnyOther) {
  EXPECT_EQ(MustRoute("GET", "/v1/arenas/..").arena, "..");
  EXPECT_EQ(MustRoute("GET", "/v1/arenas/%2e%2e").arena, "..");
  EXPECT_EQ(MustFail("GET", "/v1/arenas/../..").http_status, 404);
  EXPECT_EQ(MustFail("GET", "/v1/arenas/../../etc/passwd").http_status, 404);
}

TEST(Router, NamesThatNoArenaCanHaveAreRefused) {
  EXPECT_EQ(MustRoute("GET", "/v1/arenas/" + std::string(63, 'x')).arena,
            std::string(63, 'x'));
  EXPECT_THAT(MustFail("GET", "/v1/arenas/" + std::string(64, 'x')).message,
              HasSubstr("64"));
  for (const char* target :
       {"/v1/arenas/", "/v1/arenas//bins", "/v1/arenas/%00", "/v1/arenas/a%00b",
        "/v1/arenas/a%0Ab", "/v1/arenas/%7F", "/v1/arenas/%", "/v1/arenas/%4",
        "/v1/arenas/%zz", "/v1/arenas/%+1"}) {
    EXPECT_EQ(MustFail("GET", target).http_status, 400) << target;
  }
}

TEST(Router, WhatIsNotThereIsNotFound) {
  for (const char* target :
       {"/", "/v1", "/v1/", "/v2/info", "/v1/info/", "/v1/arenas/a/bins/",
        "/v1/arenas/a/what", "/V1/info", "//v1/info"}) {
    EXPECT_EQ(MustFail("GET", target).http_status, 404) << target;
  }
}

TEST(Router, TargetThatIsNoPathIsRefused) {
  for (const char* target : {"", "*", "v1/info", "http://x/v1/info", "?a"}) {
    EXPECT_EQ(MustFail("GET", target).http_status, 400) << target;
  }
}

TEST(Router, WrongMethodSaysWhichOnesThereAre) {
  const RouteError get = MustFail("GET", "/v1/arenas/a/purge");
  EXPECT_EQ(get.http_status, 405);
  EXPECT_EQ(get.allow, "POST");
  for (const char* method : {"POST", "PUT", "DELETE", "get", "", "GET, HEAD"}) {
    const RouteError error = MustFail(method, "/v1/info");
    EXPECT_EQ(error.http_status, 405) << method;
    EXPECT_EQ(error.allow, "GET, HEAD");
  }
}

TEST(Router, TargetsAreBounded) {
  EXPECT_EQ(
      MustFail("GET", "/" + std::string(kMaxTargetBytes, 'x')).http_status,
      414);
}

TEST(PercentCoding, IsReversible) {
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  EXPECT_EQ(PercentDecode(PercentEncode(all)), all);
  EXPECT_EQ(PercentEncode("tenant-7"), "tenant-7");
  EXPECT_EQ(PercentEncode("a/b?"), "a%2Fb%3F");
}

}  // namespace
}  // namespace acre::admin
