#include "engine_adapter/admin/engine_at_work.h"

#include <dirent.h>

#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>

#include "engine_adapter/admin/raw_client.h"
#include "gtest/gtest.h"
#include "stats/arena_statistics.h"

namespace acre::admin {
namespace {

using Json = nlohmann::json;

// The one that is no JSON.
constexpr char kMetrics[] = "/metrics";

uint64_t Figure(const Json& figures, std::string_view name) {
  return figures[std::string(name)].get<uint64_t>();
}

void ExpectEquations(const Json& a, const std::string& of) {
  EXPECT_EQ(Figure(a, "active"),
            Figure(a, "allocated") + Figure(a, "cached") + Figure(a, "slack"))
      << of << ": " << a;
  EXPECT_EQ(Figure(a, "charged"), Figure(a, "active") + Figure(a, "dirty") +
                                      Figure(a, "muzzy") +
                                      Figure(a, "metadata"))
      << of << ": " << a;
}

void ExpectSums(const Json& listing) {
  for (const auto& field : stats::kArenaFields) {
    if (field.combine != stats::Combine::kSum) continue;
    uint64_t sum = 0;
    for (const Json& arena : listing["arenas"]) {
      sum += Figure(arena, field.name);
    }
    EXPECT_EQ(Figure(listing["total"], field.name), sum) << field.name;
  }
  EXPECT_EQ(listing["arena_count"], listing["arenas"].size());
}

}  // namespace

EngineAtWork::EngineAtWork(const ServiceOptions& options) {
  auto service = MemoryService::Create(options);
  EXPECT_TRUE(service.ok()) << service.status();
  service_ = *std::move(service);
  for (size_t i = 0; i < kThreads; ++i) {
    auto arena = service_->CreateArena({.name = "tenant-" + std::to_string(i)});
    EXPECT_TRUE(arena.ok()) << arena.status();
    arenas_.push_back(*std::move(arena));
  }
  auto server = AdminServer::Start(
      *service_,
      {.directory = directory_.PathOf("acre"), .allow_writes = true});
  EXPECT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  for (size_t i = 0; i < kThreads; ++i) {
    threads_.emplace_back([this, i] { Work(i); });
  }
}

EngineAtWork::~EngineAtWork() { Rest(); }

void EngineAtWork::Work(size_t thread) {
  const ArenaRef own = arenas_[thread];
  const ArenaRef other = arenas_[(thread + 1) % kThreads];
  std::array<void*, 64> held;
  while (!stop_.load(std::memory_order_relaxed)) {
    Tcache tcache = own.OpenTcache();
    Region region = own.OpenRegion();
    bool served = region.Allocate(1000) != nullptr;
    for (size_t i = 0; i < held.size(); ++i) {
      const size_t size = i % 16 == 0 ? 20'000 * (1 + i / 16) : 24 * (i + 1);
      held[i] = i % 4 == 0 ? other.Allocate(size) : tcache.Allocate(size);
      served = served && held[i] != nullptr;
    }
    for (void* p : held) tcache.Deallocate(p);
    if (served) rounds_[thread].fetch_add(1);
    // Leaves the processor to whoever is tested.
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
}

bool EngineAtWork::MakesProgress() const {
  std::array<uint64_t, kThreads> before;
  for (size_t i = 0; i < kThreads; ++i) before[i] = rounds_[i].load();
  // The round that is under way may have begun before.
  return Eventually([&] {
    for (size_t i = 0; i < kThreads; ++i) {
      if (rounds_[i].load() < before[i] + 2) return false;
    }
    return true;
  });
}

void EngineAtWork::Rest() {
  stop_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

std::string EngineAtWork::Get(const std::string& target) const {
  // 1.0, so that what comes is the document and no chunks of it.
  const std::string response =
      RawClient::Exchange(path(), "GET " + target + " HTTP/1.0\r\n\r\n");
  if (response.find(" 200 OK\r\n") != strlen("HTTP/1.1")) return "";
  return response.substr(response.find("\r\n\r\n") + 4);
}

const std::vector<std::string>& StatisticsTargets() {
  static const std::vector<std::string> targets = {
      "/v1/info",
      "/v1/arenas",
      "/v1/arenas?limit=1",
      "/v1/arenas/tenant-0",
      "/v1/arenas/tenant-0/bins",
      "/v1/arenas/tenant-0/large",
      "/v1/arenas/tenant-0/extents",
      "/v1/tcaches",
      "/v1/locks",
      "/v1/kernel",
      "/v1/audit",
      "/v1/ctl?prefix=stats.",
      "/v1/ctl/stats.arenas.tenant-0.allocated",
      "/v1/stats?format=json",
      "/v1/stats?format=acre",
      kMetrics,
  };
  return targets;
}

size_t OpenDescriptors() {
  DIR* const directory = opendir("/proc/self/fd");
  if (directory == nullptr) return 0;
  size_t count = 0;
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count - 3;  // ".", ".." and the directory's own.
}

void ExpectSound(const std::string& target, const std::string& body) {
  if (target == kMetrics) {
    EXPECT_TRUE(body.ends_with("# EOF\n")) << body.substr(0, 200);
    return;
  }
  const Json document = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  ASSERT_TRUE(document.is_object())
      << target << ": \"" << body.substr(0, 200) << '"';
  // jemalloc's layout has no place for it, and a list of names reads nothing.
  const bool reads =
      target != "/v1/stats?format=json" && !target.starts_with("/v1/ctl?");
  EXPECT_EQ(document.contains("read_cost_us"), reads) << target;
  if (target == "/v1/arenas") ExpectSums(document);
}

void ExpectExact(const std::string& target, const std::string& body) {
  ExpectSound(target, body);
  if (target == kMetrics) return;
  const Json document = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) return;
  if (document.contains("arena") && document["arena"].is_object()) {
    ExpectEquations(document["arena"], target);
  }
  if (target.starts_with("/v1/arenas") && document.contains("arenas")) {
    for (const Json& arena : document["arenas"]) {
      ExpectEquations(arena, target);
    }
    ExpectEquations(document["total"], target);
  }
  if (document.contains("bins")) {
    for (const Json& bin : document["bins"]) {
      EXPECT_EQ(Figure(bin, "slab_bytes"),
                Figure(bin, "regions_out") * Figure(bin, "size") +
                    Figure(bin, "slack") + Figure(bin, "released"))
          << bin;
    }
  }
}

}  // namespace acre::admin
