#include "tools/monitoring/watched_engine.h"

#include <cstdint>
#include <cstring>
#include <utility>

#include "gtest/gtest.h"
#include "tools/monitoring/http_get.h"

namespace acre::monitoring {
namespace {

// What dirty pages become is not to be seen while somebody looks.
constexpr DecayOptions kNever = {.dirty_decay_ms = -1, .muzzy_decay_ms = -1};

}  // namespace

WatchedEngine::WatchedEngine(const std::string& socket_directory) {
  auto service = MemoryService::Create(
      {.name = "watched engine", .hard_limit_bytes = uint64_t{1} << 30});
  EXPECT_TRUE(service.ok()) << service.status();
  service_ = *std::move(service);
  for (const char* name :
       {"tenant-1", "tenant-2", "a \"quoted\" \\ tenant", "Größe"}) {
    auto arena = service_->CreateArena({.name = name,
                                        .hard_limit_bytes = uint64_t{16} << 20,
                                        .decay = kNever,
                                        .soft_limit_bytes = uint64_t{8} << 20});
    EXPECT_TRUE(arena.ok()) << arena.status();
    for (const size_t bytes : {100, 5000, 1 << 20}) {
      void* const held = arena->Allocate(bytes);
      EXPECT_NE(held, nullptr);
      if (held != nullptr) memset(held, 1, bytes);  // In memory.
    }
    arenas_.push_back(*std::move(arena));
  }
  // In this order: before it refuses, an arena gives its dirty pages back.
  EXPECT_EQ(arenas_[1].Allocate(size_t{1} << 29), nullptr);
  arenas_[1].Deallocate(arenas_[1].Allocate(2 << 20));
  auto server = AdminServer::Start(
      *service_, {.directory = socket_directory, .tcp_port = kAnyTcpPort});
  EXPECT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
}

std::string WatchedEngine::Get(const std::string& target,
                               const std::string& accept) const {
  const HttpAnswer answer = HttpGet(tcp_port(), target, accept);
  EXPECT_EQ(answer.status, 200) << target;
  return answer.body;
}

}  // namespace acre::monitoring
