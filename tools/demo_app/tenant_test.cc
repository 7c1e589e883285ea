#include "tools/demo_app/tenant.h"

#include <atomic>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "engine_adapter/sqlite/sqlite_allocator.h"
#include "gtest/gtest.h"
#include "tools/demo_app/last_refusal.h"

namespace acre::demo {
namespace {

constexpr uint64_t kLimitBytes = 1 << 20;
constexpr int kQueries = 60;

class TenantTest : public testing::Test {
 protected:
  void SetUp() override {
    ServiceOptions options;
    options.on_refusal = LastRefusal::Note;
    options.on_refusal_context = &last_refusal_;
    service_ = std::move(MemoryService::Create(options)).value();
    ASSERT_TRUE(InstallSqliteAllocator(*service_).ok());
    absl::StatusOr<PackageList> list =
        ReadDpkgStatus("tools/demo_app/testdata/status");
    ASSERT_TRUE(list.ok()) << list.status();
    list_ = *std::move(list);
    workload_.emplace(list_.packages, kLimitBytes);
  }
  void TearDown() override {
    const absl::Status status = UninstallSqliteAllocator();
    EXPECT_TRUE(status.ok()) << status;
  }

  absl::StatusOr<std::unique_ptr<Tenant>> NewTenant(const char* name,
                                                    uint64_t limit_bytes,
                                                    bool greedy) {
    TenantOptions options;
    options.name = name;
    options.hard_limit_bytes = limit_bytes;
    options.greedy = greedy;
    return Tenant::Create(*service_, options, list_.packages, *workload_);
  }

  LastRefusal last_refusal_;
  std::unique_ptr<MemoryService> service_;
  PackageList list_;
  std::optional<Workload> workload_;
  std::mt19937_64 random_{1};
  std::atomic<bool> stop_{false};
};

TEST_F(TenantTest, GreedyQueriesFailAndTheOthersGoOn) {
  auto greedy = NewTenant("greedy", kLimitBytes, true);
  auto modest = NewTenant("modest", 0, false);
  ASSERT_TRUE(greedy.ok()) << greedy.status();
  ASSERT_TRUE(modest.ok()) << modest.status();
  for (int i = 0; i < kQueries; ++i) {
    (*greedy)->RunQuery(random_, stop_);
    (*modest)->RunQuery(random_, stop_);
    EXPECT_LE((*greedy)->arena().charged_bytes(), kLimitBytes);
  }
  EXPECT_EQ((*greedy)->queries(), uint64_t{kQueries});
  EXPECT_GT((*greedy)->failed(), 5u);
  EXPECT_LT((*greedy)->failed(), 40u);
  EXPECT_EQ((*greedy)->unexpected_error(), "");
  EXPECT_EQ((*modest)->queries(), uint64_t{kQueries});
  EXPECT_EQ((*modest)->failed(), 0u);
  EXPECT_EQ((*modest)->unexpected_error(), "");
  EXPECT_EQ((*modest)->latencies().count(), uint64_t{kQueries});
  EXPECT_EQ(last_refusal_.text().find("arena \"greedy\": hard limit 1024 KiB"),
            0u)
      << last_refusal_.text();
  for (auto* tenant : {greedy->get(), modest->get()}) {
    const absl::Status status = tenant->Close();
    EXPECT_TRUE(status.ok()) << status;
  }
}

TEST_F(TenantTest, AStoppedQueryIsNotCounted) {
  auto tenant = NewTenant("greedy", 0, true);
  ASSERT_TRUE(tenant.ok()) << tenant.status();
  stop_ = true;
  for (int i = 0; i < kQueries; ++i) (*tenant)->RunQuery(random_, stop_);
  EXPECT_LT((*tenant)->queries(), uint64_t{kQueries});
  EXPECT_EQ((*tenant)->failed(), 0u);
  EXPECT_EQ((*tenant)->unexpected_error(), "");
}

TEST_F(TenantTest, ADatabaseThatDoesNotFitIsRefusedByName) {
  const auto tenant = NewTenant("tiny", 128 << 10, false);
  EXPECT_EQ(tenant.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_NE(tenant.status().message().find("\"tiny\": loading 4 packages"),
            std::string::npos)
      << tenant.status();
  // Its arena is gone, and the name free.
  auto again = NewTenant("tiny", 0, false);
  EXPECT_TRUE(again.ok()) << again.status();
}

}  // namespace
}  // namespace acre::demo
