#include "engine_adapter/memory_service.h"

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/fake_os.h"

namespace acre {
namespace {

using absl::StatusCode;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::unique_ptr<MemoryService> NewService(const ServiceOptions& options = {}) {
  auto service = MemoryService::Create(options);
  EXPECT_TRUE(service.ok()) << service.status();
  return std::move(service).value();
}

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

// --- Options
// --------------------------------------------------------------------

TEST(ServiceOptionsTest, AServiceHasAName) {
  EXPECT_EQ(NewService()->name(), "acre");
  EXPECT_EQ(NewService({.name = "engine"})->name(), "engine");
  EXPECT_EQ(NewService({.name = std::string(63, 'x')})->name().size(), 63u);
}

TEST(ServiceOptionsTest, ErrorsCarryTheNumbers) {
  const struct {
    ServiceOptions options;
    const char* says;
  } kRows[] = {
      {{.name = ""}, "service name: empty"},
      {{.name = std::string(64, 'x')}, "64 characters, at most 63 are allowed"},
      {{.name = "a\nb"}, "character 0x0a at 1 is not allowed"},
      {{.name = "a/b"}, "character 0x2f at 1 is not allowed"},
      {{.name = "e", .hard_limit_bytes = 65535},
       "service \"e\": hard limit 65535 B, the least is 65536 B"}};
  for (const auto& row : kRows) {
    auto service = MemoryService::Create(row.options);
    ASSERT_EQ(service.status().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(Message(service.status()), HasSubstr(row.says));
  }
}

TEST(ServiceOptionsTest, ASystemWithoutAddressSpaceIsResourceExhausted) {
  testing::FakeOs os;
  os.FailFrom(0);
  auto service = MemoryService::Create({.name = "e", .os = &os});
  EXPECT_EQ(service.status().code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(Message(service.status()), HasSubstr("service \"e\""));
  EXPECT_EQ(os.mapped_bytes(), 0u);
}

TEST(ServiceOptionsTest, ADestroyedServiceLeavesNothingMapped) {
  testing::FakeOs os;
  {
    auto service = NewService({.os = &os});
    Arena arena = service->CreateArena({.name = "a"}).value();
    ASSERT_NE(arena.Allocate(1 << 20), nullptr);
  }
  EXPECT_EQ(os.mapped_bytes(), 0u);
  EXPECT_TRUE(os.violations().empty());
}

TEST(ArenaOptionsTest, ErrorsCarryTheNumbers) {
  auto service = NewService();
  const std::string longer(64, 'x');
  const struct {
    ArenaOptions options;
    const char* says;
  } kRows[] = {
      {{.name = longer}, "64 characters, at most 63 are allowed"},
      {{.name = "a\x7f"}, "character 0x7f at 1 is not allowed"},
      {{.name = "/"}, "character 0x2f at 0 is not allowed"},
      {{.name = "t", .hard_limit_bytes = 1},
       "arena \"t\": hard limit 1 B, the least is 65536 B (0 is no limit)"},
      {{.name = "t", .tcache_limit_bytes = (uint64_t{1} << 30) + 1},
       "arena \"t\": tcache limit 1073741825 B, at most 1073741824 B"}};
  for (const auto& row : kRows) {
    auto arena = service->CreateArena(row.options);
    ASSERT_EQ(arena.status().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(Message(arena.status()), HasSubstr(row.says));
  }
}

TEST(ArenaOptionsTest, LimitsAtTheirBoundsAreAllowed) {
  auto service = NewService();
  Arena arena =
      service
          ->CreateArena({.name = std::string_view("d\xc3\xa9j\xc3\xa0"),
                         .hard_limit_bytes = 65536,
                         .parked_limit_bytes = 0,
                         .tcache_limit_bytes = uint64_t{1} << 30})
          .value();
  EXPECT_NE(arena.Allocate(100), nullptr);
}

// --- Arenas by name
// ---------------------------------------------------------------

TEST(MemoryServiceTest, TheSystemArenaIsAlwaysThere) {
  auto service = NewService();
  const ArenaRef system = service->system_arena();
  EXPECT_TRUE(system.valid());
  EXPECT_EQ(system.index(), 0u);
  EXPECT_EQ(system.name(), "system");
  EXPECT_EQ(service->FindArena("system").value(), system);
  EXPECT_EQ(service->CreateArena({.name = "system"}).status().code(),
            StatusCode::kAlreadyExists);
}

TEST(MemoryServiceTest, NamesAreUniqueAmongLiveArenas) {
  auto service = NewService();
  Arena arena = service->CreateArena({.name = "tenant-7"}).value();
  auto again = service->CreateArena({.name = "tenant-7"});
  EXPECT_EQ(again.status().code(), StatusCode::kAlreadyExists);
  EXPECT_THAT(Message(again.status()),
              HasSubstr("arena \"tenant-7\": the name is in use"));
  ASSERT_TRUE(arena.Destroy(DestroyPolicy::kDiscard).ok());
  EXPECT_TRUE(service->CreateArena({.name = "tenant-7"}).ok());
}

TEST(MemoryServiceTest, UnnamedArenasAreNamedByIndexWhateverNamesAreTaken) {
  auto service = NewService();
  std::vector<Arena> arenas;
  arenas.push_back(service->CreateArena({.name = "arena-2"}).value());
  for (int i = 0; i < 5; ++i) {
    auto arena = service->CreateArena({});
    ASSERT_TRUE(arena.ok()) << arena.status();
    EXPECT_THAT(std::string(arena->name()),
                HasSubstr("arena-" + std::to_string(arena->index())));
    EXPECT_EQ(service->FindArena(arena->name()).value(), arena->ref());
    arenas.push_back(std::move(arena).value());
  }
}

TEST(MemoryServiceTest, AnArenaIsFoundByName) {
  auto service = NewService();
  Arena arena = service->CreateArena({.name = "tenant-7"}).value();
  EXPECT_EQ(service->FindArena("tenant-7").value(), arena.ref());
  arena = Arena();
  EXPECT_EQ(service->FindArena("tenant-7").status().code(),
            StatusCode::kNotFound);
}

TEST(MemoryServiceTest, AMistypedNameIsAnsweredWithTheNearest) {
  auto service = NewService();
  Arena arena = service->CreateArena({.name = "tenant-7"}).value();
  EXPECT_EQ(Message(service->FindArena("tenat-7").status()),
            "no arena \"tenat-7\"; did you mean \"tenant-7\"?");
  EXPECT_EQ(Message(service->FindArena("billing").status()),
            "no arena \"billing\"");
  EXPECT_EQ(Message(service->FindArena("").status()), "no arena \"\"");
}

TEST(MemoryServiceTest, NoArenaIsMadeBeyondTheServicesLimit) {
  auto service = NewService({.name = "e", .hard_limit_bytes = 65536});
  std::vector<Arena> arenas;
  absl::Status status;
  while (status.ok()) {
    auto arena = service->CreateArena({});
    status = arena.status();
    if (status.ok()) arenas.push_back(std::move(arena).value());
  }
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(Message(status), AllOf(HasSubstr("service hard limit 65536 B"),
                                     HasSubstr("charged 6")));
  EXPECT_GT(arenas.size(), 50u);
  arenas.pop_back();
  EXPECT_TRUE(service->CreateArena({}).ok());
}

TEST(MemoryServiceTest, WithoutMemoryNoArenaIsMade) {
  testing::FakeOs os;
  auto service = NewService({.os = &os});
  os.FailFrom(0);
  std::vector<Arena> arenas;
  absl::Status status;
  while (status.ok() && arenas.size() < 1000) {
    auto arena = service->CreateArena({});
    status = arena.status();
    if (status.ok()) arenas.push_back(std::move(arena).value());
  }
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(Message(status), HasSubstr("out of memory with "));
}

// --- By address
// ---------------------------------------------------------------------

TEST(MemoryServiceTest, TheArenaOfAnAddressIsKnown) {
  auto service = NewService();
  Arena arena = service->CreateArena({.name = "a"}).value();
  auto* small = static_cast<char*>(arena.Allocate(100));
  auto* large = static_cast<char*>(arena.Allocate(100000));
  int on_stack = 0;
  EXPECT_EQ(service->ArenaOf(small), arena.ref());
  EXPECT_EQ(service->ArenaOf(small + 99), arena.ref());
  EXPECT_EQ(service->ArenaOf(large + 4095), arena.ref());
  EXPECT_EQ(service->ArenaOf(&on_stack), std::nullopt);
  EXPECT_EQ(service->ArenaOf(nullptr), std::nullopt);
  EXPECT_EQ(service->ArenaOf(service->system_arena().Allocate(8)),
            service->system_arena());
  ASSERT_TRUE(arena.Destroy(DestroyPolicy::kDiscard).ok());
  EXPECT_EQ(service->ArenaOf(small), std::nullopt);
}

TEST(MemoryServiceTest, MemoryIsFreedAndReallocatedByAddress) {
  auto service = NewService();
  Arena arena = service->CreateArena({.name = "a"}).value();
  void* p = arena.Allocate(100);
  EXPECT_EQ(service->UsableSize(p), 112u);
  EXPECT_EQ(service->UsableSize(nullptr), 0u);
  p = service->Reallocate(p, 5000);
  EXPECT_EQ(service->ArenaOf(p), arena.ref()) << "it stays in its arena";
  service->Deallocate(p);
  service->Deallocate(nullptr);
  EXPECT_TRUE(arena.Destroy(DestroyPolicy::kFailIfAllocated).ok());
  p = service->Reallocate(nullptr, 10);
  EXPECT_EQ(service->ArenaOf(p), service->system_arena());
  service->Deallocate(p);
}

TEST(MemoryServiceTest, ServicesAreIndependent) {
  std::vector<MisuseReport> misuses;
  const ServiceOptions options = {
      .misuse_policy = MisusePolicy::kReportAndLeak,
      .on_misuse =
          [](void* to, const MisuseReport& report) {
            static_cast<std::vector<MisuseReport>*>(to)->push_back(report);
          },
      .on_misuse_context = &misuses};
  auto one = NewService(options);
  auto other = NewService(options);
  Arena arena = one->CreateArena({.name = "same name"}).value();
  Arena namesake = other->CreateArena({.name = "same name"}).value();
  void* p = arena.Allocate(100);
  EXPECT_EQ(other->ArenaOf(p), std::nullopt);
  EXPECT_NE(arena.ref(), namesake.ref());
  other->Deallocate(p);
  ASSERT_EQ(misuses.size(), 1u);
  EXPECT_EQ(misuses[0].rule, allocator::MisuseRule::kNotAcres);
  EXPECT_EQ(one->UsableSize(p), 112u);
}

TEST(MemoryServiceTest, TheRefusalHandlerIsToldWhyOnTheRefusedThread) {
  struct Told {
    std::thread::id thread;
    std::vector<RefusalReport> reports;
  } told;
  auto service =
      NewService({.on_refusal =
                      [](void* to, const RefusalReport& report) {
                        static_cast<Told*>(to)->thread =
                            std::this_thread::get_id();
                        static_cast<Told*>(to)->reports.push_back(report);
                      },
                  .on_refusal_context = &told});
  Arena arena =
      service->CreateArena({.name = "t", .hard_limit_bytes = 1 << 20}).value();
  EXPECT_EQ(arena.Allocate(2 << 20), nullptr);
  ASSERT_EQ(told.reports.size(), 1u);
  EXPECT_EQ(told.thread, std::this_thread::get_id());
  EXPECT_EQ(told.reports[0].arena_index, arena.index());
  EXPECT_EQ(told.reports[0].limit_bytes, uint64_t{1} << 20);
  EXPECT_EQ(told.reports[0].asked_bytes, size_t{2} << 20);
}

TEST(MemoryServiceTest, TheRefusalHandlerMayRaiseTheLimitForTheNextTry) {
  ArenaRef raised;
  auto service = NewService(
      {.on_refusal =
           [](void* to, const RefusalReport&) {
             EXPECT_TRUE(static_cast<ArenaRef*>(to)->SetHardLimit(0).ok());
           },
       .on_refusal_context = &raised});
  Arena arena =
      service->CreateArena({.name = "t", .hard_limit_bytes = 1 << 20}).value();
  raised = arena.ref();
  EXPECT_EQ(arena.Allocate(2 << 20), nullptr);
  EXPECT_NE(arena.Allocate(2 << 20), nullptr);
}

}  // namespace
}  // namespace acre
