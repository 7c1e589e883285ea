// What an operator may change through the admin server, and what is written
// down of it.

#include "engine_adapter/admin/control_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "engine_adapter/admin/handlers_fixture.h"

namespace acre::admin {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ControlHandlersTest : public HandlersTest {
 protected:
  HttpResponse Write(const std::string& method, const std::string& target) {
    return Ask(method, target, /*allow_writes=*/true);
  }

  Json Written(const std::string& method, const std::string& target) {
    const HttpResponse response = Write(method, target);
    EXPECT_EQ(response.status, 200) << response.body;
    return Json::parse(response.body);
  }

  Json Changes() {
    return Json::parse(Write("GET", "/v1/audit").body)["changes"];
  }
};

TEST_F(ControlHandlersTest, ListsNodesWithTypesAndHelp) {
  const Json all = Get("/v1/ctl")["nodes"];
  EXPECT_GT(all.size(), 50u);
  for (const Json& node : all) {
    EXPECT_FALSE(node["name"].get<std::string>().empty());
    EXPECT_FALSE(node["help"].get<std::string>().empty());
    EXPECT_THAT(node["mode"].get<std::string>(),
                ::testing::AnyOf("r", "w", "rw", "x"));
    EXPECT_THAT(node["reach"].get<std::string>(),
                ::testing::AnyOf("anyone", "engine"));
  }
  const Json some = Get("/v1/ctl?prefix=opt.")["nodes"];
  EXPECT_LT(some.size(), all.size());
  for (const Json& node : some) {
    EXPECT_THAT(node["name"].get<std::string>(), StartsWith("opt."));
  }
  EXPECT_GT(Get("/v1/ctl?search=dirty")["nodes"].size(), 0u);
  EXPECT_EQ(Get("/v1/ctl?search=no+such+thing")["nodes"].size(), 0u);
}

TEST_F(ControlHandlersTest, ReadsValuesOfTheirType) {
  AddArena("tenant-7", 5000);
  EXPECT_EQ(Get("/v1/ctl/version")["value"].type(), Json::value_t::string);
  EXPECT_EQ(Get("/v1/ctl/config.stats")["value"], true);
  EXPECT_EQ(Get("/v1/ctl/opt.dirty_decay_ms")["type"], "ssize_t");
  const Json allocated = Get("/v1/ctl/stats.arenas.tenant-7.allocated");
  EXPECT_EQ(allocated["value"], 5120);
  EXPECT_EQ(allocated["name"], "stats.arenas.tenant-7.allocated");
  EXPECT_EQ(allocated["unit"], "bytes");
  EXPECT_EQ(allocated["mode"], "r");
}

TEST_F(ControlHandlersTest, WrongNamesAreToldTheNearest) {
  AddArena("tenant-7", 0);
  EXPECT_THAT(Error("GET", "/v1/ctl/stats.alocated", 404),
              HasSubstr("stats.allocated"));
  EXPECT_THAT(Error("GET", "/v1/ctl/stats.arenas.tenat-7.allocated", 404),
              HasSubstr("tenant-7"));
}

TEST_F(ControlHandlersTest, WritingIsForbiddenUnlessAllowed) {
  AddArena("tenant-7", 0);
  const std::string limit = "/v1/ctl/arena.tenant-7.hard_limit";
  for (const char* query : {"?value=1048576", "?value=1048576&dry_run=1"}) {
    EXPECT_THAT(Error("PUT", limit + query, 403),
                AllOf(HasSubstr("read-only"), HasSubstr("allow_writes")));
  }
  Error("POST", "/v1/ctl/arena.tenant-7.purge", 403);
  EXPECT_EQ(Get(limit)["value"], uint64_t{64} << 20);
}

TEST_F(ControlHandlersTest, WritesAndTellsWhatWasBefore) {
  AddArena("tenant-7", 0);
  const std::string limit = "/v1/ctl/arena.tenant-7.hard_limit";
  const Json result = Written("PUT", limit + "?value=1048576");
  EXPECT_EQ(result["name"], "arena.tenant-7.hard_limit");
  EXPECT_EQ(result["before"], uint64_t{64} << 20);
  EXPECT_EQ(result["after"], 1 << 20);
  EXPECT_EQ(result["dry_run"], false);
  EXPECT_EQ(Get(limit)["value"], 1 << 20);
}

TEST_F(ControlHandlersTest, ADryRunChangesNothing) {
  AddArena("tenant-7", 0);
  const std::string limit = "/v1/ctl/arena.tenant-7.hard_limit";
  const Json result = Written("PUT", limit + "?value=1048576&dry_run=1");
  EXPECT_EQ(result["before"], uint64_t{64} << 20);
  EXPECT_EQ(result["after"], 1 << 20);
  EXPECT_EQ(result["dry_run"], true);
  EXPECT_EQ(Get(limit)["value"], uint64_t{64} << 20);
}

TEST_F(ControlHandlersTest, WrongValuesAreRefusedWithTheReason) {
  AddArena("tenant-7", 0);
  const std::string limit = "/v1/ctl/arena.tenant-7.hard_limit";
  for (const char* query :
       {"", "?value=", "?value=-1", "?value=many", "?value=1e6",
        "?value=99999999999999999999", "?value=many&dry_run=1",
        "?value=5&dry_run=1"}) {
    EXPECT_EQ(Write("PUT", limit + query).status, 400) << query;
  }
  EXPECT_EQ(Get(limit)["value"], uint64_t{64} << 20);
}

TEST_F(ControlHandlersTest, WrongMethodsSayWhatTheNodeAllows) {
  AddArena("tenant-7", 0);
  const HttpResponse written = Write("PUT", "/v1/ctl/stats.allocated?value=1");
  EXPECT_EQ(written.status, 405);
  EXPECT_EQ(written.allow, "GET, HEAD");
  const HttpResponse executed =
      Write("POST", "/v1/ctl/arena.tenant-7.hard_limit");
  EXPECT_EQ(executed.status, 405);
  EXPECT_EQ(executed.allow, "GET, HEAD, PUT");
  const HttpResponse read = Write("GET", "/v1/ctl/arena.tenant-7.purge");
  EXPECT_EQ(read.status, 405);
  EXPECT_EQ(read.allow, "POST");
}

TEST_F(ControlHandlersTest, ExecutesNodes) {
  AddArena("tenant-7", 0);
  arenas_[0].Deallocate(arenas_[0].Allocate(4 << 20));
  ASSERT_GE(Get("/v1/arenas/tenant-7")["arena"]["dirty"], 4 << 20);
  EXPECT_EQ(
      Written("POST", "/v1/ctl/arena.tenant-7.purge?dry_run=1")["dry_run"],
      true);
  EXPECT_GE(Get("/v1/arenas/tenant-7")["arena"]["dirty"], 4 << 20);
  Written("POST", "/v1/ctl/arena.tenant-7.purge");
  EXPECT_EQ(Get("/v1/arenas/tenant-7")["arena"]["dirty"], 0);
}

TEST_F(ControlHandlersTest, WhatIsTheEnginesOwnIsForbidden) {
  AddArena("tenant-7", 0);
  const Json nodes = Get("/v1/ctl?prefix=arena.")["nodes"];
  for (const Json& node : nodes) {
    if (node["reach"] != "engine" || node["mode"] != "x") continue;
    std::string name = node["name"];
    name.replace(name.find("<i>"), 3, "tenant-7");
    EXPECT_EQ(Write("POST", "/v1/ctl/" + name).status, 403) << name;
  }
  EXPECT_TRUE(arenas_[0].valid());
}

TEST_F(ControlHandlersTest, EveryWishToChangeIsWrittenDown) {
  AddArena("tenant-7", 0);
  EXPECT_EQ(Changes().size(), 0u);
  Written("PUT", "/v1/ctl/arena.tenant-7.hard_limit?value=1048576");
  Write("PUT", "/v1/ctl/arena.tenant-7.hard_limit?value=many");
  Write("POST", "/v1/arenas/nobody/purge");
  Write("DELETE", "/v1/info");
  Written("POST", "/v1/arenas/tenant-7/purge?mode=idle");
  const Json changes = Changes();
  ASSERT_EQ(changes.size(), 5u);
  const Json& purge = changes[0];
  EXPECT_EQ(purge["action"], "POST /v1/arenas/tenant-7/purge?mode=idle");
  EXPECT_EQ(purge["uid"], 1000);
  EXPECT_EQ(purge["pid"], 77);
  EXPECT_EQ(purge["result"], "ok");
  EXPECT_THAT(purge["before"].get<std::string>(), StartsWith("charged "));
  EXPECT_THAT(purge["after"].get<std::string>(), StartsWith("charged "));
  EXPECT_THAT(purge["at"].get<std::string>(), HasSubstr("T"));
  EXPECT_EQ(changes[1]["status"], 405);
  EXPECT_EQ(changes[2]["status"], 404);
  EXPECT_EQ(changes[3]["status"], 400);
  EXPECT_THAT(changes[3]["result"].get<std::string>(), HasSubstr("many"));
  EXPECT_EQ(changes[4]["before"], "67108864");
  EXPECT_EQ(changes[4]["after"], "1048576");
}

TEST_F(ControlHandlersTest, RefusalsForWantOfPermissionAreWrittenDown) {
  AddArena("tenant-7", 0);
  Ask("POST", "/v1/arenas/tenant-7/purge");
  const Json changes = Get("/v1/audit")["changes"];
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0]["status"], 403);
  EXPECT_THAT(changes[0]["result"].get<std::string>(), HasSubstr("read-only"));
}

TEST_F(ControlHandlersTest, ADryPurgeTellsWhatWouldGo) {
  AddArena("tenant-7", 0);
  arenas_[0].Deallocate(arenas_[0].Allocate(4 << 20));
  const Json preview =
      Written("POST", "/v1/arenas/tenant-7/purge?mode=unused&dry_run=1");
  EXPECT_EQ(preview["dry_run"], true);
  EXPECT_EQ(preview["mode"], "unused");
  const uint64_t dirty = preview["dirty"];
  EXPECT_GE(dirty, uint64_t{4} << 20);
  EXPECT_EQ(Get("/v1/arenas/tenant-7")["arena"]["dirty"], dirty);
  const Json purged = Written("POST", "/v1/arenas/tenant-7/purge?mode=unused");
  EXPECT_EQ(purged["purged_bytes"], dirty);
}

}  // namespace
}  // namespace acre::admin
