#include "engine_adapter/admin/admin_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "engine_adapter/admin/raw_client.h"
#include "engine_adapter/admin/socket_name.h"
#include "engine_adapter/admin/test_directory.h"
#include "engine_adapter/memory_service.h"

namespace acre {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using Json = nlohmann::json;

std::unique_ptr<MemoryService> MakeService(const std::string& name) {
  auto created = MemoryService::Create({.name = name});
  EXPECT_TRUE(created.ok()) << created.status();
  return *std::move(created);
}

class AdminServerTest : public ::testing::Test {
 protected:
  std::unique_ptr<AdminServer> Start(MemoryService& service,
                                     bool allow_writes = false) {
    auto started = AdminServer::Start(
        service,
        {.directory = parent_.PathOf("acre"), .allow_writes = allow_writes});
    EXPECT_TRUE(started.ok()) << started.status();
    return *std::move(started);
  }

  static Json Body(const std::string& response) {
    const size_t end = response.find("\r\n\r\n");
    return Json::parse(response.substr(end + 4), nullptr, false);
  }

  admin::TestDirectory parent_;
  std::unique_ptr<MemoryService> service_ = MakeService("engine");
};

TEST_F(AdminServerTest, ServesOnAPrivateSocketCalledAfterTheProcess) {
  const auto server = Start(*service_);
  EXPECT_EQ(server->socket_path(),
            parent_.PathOf("acre/" + std::to_string(getpid()) + ".sock"));
  struct stat info;
  ASSERT_EQ(stat(parent_.PathOf("acre").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0700u);
  ASSERT_EQ(stat(server->socket_path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  EXPECT_EQ(
      Body(admin::RawClient::Get(server->socket_path(), "/v1/info"))["name"],
      "engine");
}

TEST_F(AdminServerTest, RuntimeDirectoryIsWhereItServesByDefault) {
  setenv("XDG_RUNTIME_DIR", parent_.path().c_str(), 1);
  const auto server = AdminServer::Start(*service_, {});
  unsetenv("XDG_RUNTIME_DIR");
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_THAT((*server)->socket_path(), StartsWith(parent_.PathOf("acre/")));
}

TEST_F(AdminServerTest, OpenDirectoryIsRefusedWithItsMode) {
  ASSERT_EQ(mkdir(parent_.PathOf("acre").c_str(), 0700), 0);
  ASSERT_EQ(chmod(parent_.PathOf("acre").c_str(), 0755), 0);
  const auto server =
      AdminServer::Start(*service_, {.directory = parent_.PathOf("acre")});
  EXPECT_TRUE(absl::IsFailedPrecondition(server.status()));
  EXPECT_THAT(std::string(server.status().message()), HasSubstr("0755"));
}

TEST_F(AdminServerTest, FileGoesWithTheServerAndTheNameIsFreeAgain) {
  auto server = Start(*service_);
  const std::string path = server->socket_path();
  server.reset();
  EXPECT_NE(access(path.c_str(), F_OK), 0);
  EXPECT_EQ(Start(*service_)->socket_path(), path);
}

TEST_F(AdminServerTest, TwoServicesOfOneProcessServeSideBySide) {
  const auto other = MakeService("other");
  const auto first = Start(*service_);
  const auto second = Start(*other);
  EXPECT_NE(first->socket_path(), second->socket_path());
  EXPECT_EQ(
      Body(admin::RawClient::Get(first->socket_path(), "/v1/info"))["name"],
      "engine");
  EXPECT_EQ(
      Body(admin::RawClient::Get(second->socket_path(), "/v1/info"))["name"],
      "other");
}

TEST_F(AdminServerTest, PathTricksAreAnsweredAndLeaveItUp) {
  const auto server = Start(*service_);
  const std::string& path = server->socket_path();
  for (const std::string& target :
       {std::string("/v1/arenas/../.."), std::string("/v1/arenas/..%2f..%2f"),
        std::string("/v1/arenas/%00"), std::string("/v1/arenas/a%00/bins"),
        "/v1/arenas/" + std::string(5000, 'x'),
        "/v1/arenas/" + std::string(900, '%'), std::string("/../../etc/passwd"),
        std::string("//v1//arenas"), std::string("/v1/arenas?limit=-1"),
        std::string("/v1/arenas/%ff%fe"), std::string("/%"),
        std::string("/v1/arenas/system%2fbins"), std::string("/\x80\xFF")}) {
    EXPECT_THAT(admin::RawClient::Get(path, target),
                AnyOf(IsEmpty(), StartsWith("HTTP/1.1 4")))
        << target;
    EXPECT_THAT(admin::RawClient::Get(path, "/v1/info"),
                StartsWith("HTTP/1.1 200"));
  }
}

TEST_F(AdminServerTest, PurgesOnlyWhenAllowed) {
  auto tenant = service_->CreateArena({.name = "tenant-7"});
  ASSERT_TRUE(tenant.ok()) << tenant.status();
  tenant->Deallocate(tenant->Allocate(1 << 20));
  const std::string request =
      "POST /v1/arenas/tenant-7/purge HTTP/1.1\r\nHost: acre\r\n"
      "Content-Length: 0\r\nConnection: close\r\n\r\n";
  {
    const auto server = Start(*service_);
    EXPECT_THAT(admin::RawClient::Exchange(server->socket_path(), request),
                AllOf(StartsWith("HTTP/1.1 403"), HasSubstr("allow_writes")));
  }
  const auto server = Start(*service_, /*allow_writes=*/true);
  const std::string response =
      admin::RawClient::Exchange(server->socket_path(), request);
  EXPECT_THAT(response, StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(Body(response)["after"]["dirty"], 0);
}

TEST_F(AdminServerTest, StopsWhileAClientReadsALongList) {
  std::vector<Arena> arenas;
  for (int i = 0; i < 2000; ++i) {
    auto created = service_->CreateArena({});
    ASSERT_TRUE(created.ok()) << created.status();
    arenas.push_back(*std::move(created));
  }
  auto server = Start(*service_);
  admin::RawClient client(server->socket_path());
  client.Send("GET /v1/arenas HTTP/1.1\r\nHost: acre\r\n\r\n");
  client.ReceiveUntil("\"arenas\":[");
  server.reset();
  client.ReceiveAll();
  EXPECT_FALSE(client.timed_out());
}

TEST_F(AdminServerTest, ListsAddUpWhileArenasComeGoAndAllocate) {
  const auto server = Start(*service_);
  std::atomic<bool> stop = false;
  std::vector<std::thread> engine;
  for (int worker = 0; worker < 2; ++worker) {
    engine.emplace_back([&] {
      while (!stop) {
        auto arena = service_->CreateArena({});
        if (!arena.ok()) continue;
        Tcache tcache = arena->OpenTcache();
        for (size_t size = 16; size < 100'000; size *= 2) {
          tcache.Deallocate(tcache.Allocate(size));
        }
      }
    });
  }
  for (int i = 0; i < 1000; ++i) {
    const Json listing = Body(admin::RawClient::Exchange(
        server->socket_path(), "GET /v1/arenas HTTP/1.0\r\n\r\n"));
    ASSERT_TRUE(listing.is_object());
    uint64_t charged = 0;
    for (const Json& arena : listing["arenas"]) {
      charged += arena["charged"].get<uint64_t>();
    }
    EXPECT_EQ(listing["total"]["charged"], charged);
    EXPECT_EQ(listing["arena_count"], listing["arenas"].size());
  }
  stop = true;
  for (std::thread& thread : engine) thread.join();
}

}  // namespace
}  // namespace acre
