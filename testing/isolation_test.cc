// What one tenant can learn of another's memory: nothing, however the memory
// changed hands, also when the system refuses to take pages back.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine_adapter/memory_service.h"
#include "gtest/gtest.h"
#include "testing/fake_os.h"

namespace acre::testing {
namespace {

constexpr size_t kKiB = 1024;
constexpr size_t kMiB = size_t{1} << 20;
constexpr char kSecret = 0x5e;

// How a tenant gives up its memory.
enum class Way {
  kDestroy,
  kResetAndDestroy,
  kFreeAndPurge,
  kShrinkAndPurge,
  kDropRegionAndPurge,
  kCloseTcacheAndDestroy,
};

struct Case {
  Way way;
  bool purge_refused;
  const char* name;
};

void PrintTo(const Case& c, std::ostream* os) { *os << c.name; }

class SecretTest : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    ServiceOptions options;
    options.os = &os_;
    auto service = MemoryService::Create(options);
    ASSERT_TRUE(service.ok()) << service.status();
    service_ = *std::move(service);
    neighbour_ = NewArena();
    owner_ = NewArena();
  }

  Arena NewArena() {
    auto arena = service_->CreateArena({});
    EXPECT_TRUE(arena.ok()) << arena.status();
    return *std::move(arena);
  }

  void* Write(void* p, size_t size) {
    EXPECT_NE(p, nullptr);
    if (p == nullptr) return nullptr;
    memset(p, kSecret, size);
    for (size_t at = 0; at < size; at += 4096) {
      secret_pages_.insert((reinterpret_cast<uintptr_t>(p) + at) / 4096);
    }
    return p;
  }

  void WriteSecrets() {
    for (size_t size : {64, 3000, 14336, 20000, 300000}) {
      for (int i = 0; i < 40; ++i) {
        pieces_.push_back(Write(owner_.Allocate(size), size));
      }
    }
    pieces_.push_back(Write(owner_.Allocate(6 * kMiB), 6 * kMiB));
  }

  void GiveUp(Way way) {
    switch (way) {
      case Way::kDestroy:
        WriteSecrets();
        owner_ = Arena();
        break;
      case Way::kResetAndDestroy:
        WriteSecrets();
        ASSERT_TRUE(owner_.Reset().ok());
        owner_ = Arena();
        break;
      case Way::kFreeAndPurge:
        WriteSecrets();
        for (void* p : pieces_) owner_.Deallocate(p);
        ASSERT_TRUE(owner_.Purge().ok());
        break;
      case Way::kShrinkAndPurge: {
        void* p = Write(owner_.Allocate(16 * kMiB), 16 * kMiB);
        ASSERT_TRUE(owner_.ResizeInPlace(p, kMiB));
        ASSERT_TRUE(owner_.Purge().ok());
        break;
      }
      case Way::kDropRegionAndPurge: {
        Region region = owner_.OpenRegion();
        for (int i = 0; i < 200; ++i) {
          Write(region.Allocate(40 * kKiB), 40 * kKiB);
        }
        region.Close();
        ASSERT_TRUE(owner_.Purge().ok());
        break;
      }
      case Way::kCloseTcacheAndDestroy: {
        Tcache tcache = owner_.OpenTcache();
        std::vector<void*> out;
        for (int i = 0; i < 60; ++i) {
          out.push_back(Write(tcache.Allocate(30 * kKiB), 30 * kKiB));
        }
        for (void* p : out) tcache.Deallocate(p);
        tcache.Close();
        owner_ = Arena();
        break;
      }
    }
  }

  // Fails if anything but zero is there.
  void Inspect(const void* p, size_t size) {
    if (p == nullptr) return;
    const char* const first = static_cast<const char*>(p);
    EXPECT_TRUE(std::all_of(first, first + size, [](char c) { return c == 0; }))
        << size << " bytes at " << p;
    for (size_t at = 0; at < size; at += 4096) {
      seen_ +=
          secret_pages_.count((reinterpret_cast<uintptr_t>(p) + at) / 4096);
    }
  }

  // Memory got by every way there is.
  void LookAround(Arena* arena) {
    Tcache tcache = arena->OpenTcache();
    Region region = arena->OpenRegion();
    for (size_t size : {16, 700, 5000, 14336}) {
      for (int i = 0; i < 100; ++i) {
        Inspect(arena->Allocate(size), size);
        Inspect(tcache.Allocate(size), size);
        Inspect(region.Allocate(size), size);
      }
    }
    for (size_t size : {20000, 600000, 3000000}) {
      void* const whole = arena->Allocate(size);
      Inspect(whole, arena->UsableSize(whole));
      Inspect(tcache.Allocate(size), size);
      Inspect(tcache.AllocateAligned(size, 16384), size);
      Inspect(region.Allocate(size), size);
    }
    // What a large allocation grows into.
    for (int i = 0; i < 4; ++i) {
      void* p = arena->Allocate(64 * kKiB);
      for (size_t size = 128 * kKiB; size <= 4 * kMiB; size *= 2) {
        if (!arena->ResizeInPlace(p, size)) break;
        Inspect(p, size);
      }
    }
  }

  FakeOs os_;
  std::unique_ptr<MemoryService> service_;
  Arena owner_;
  Arena neighbour_;
  std::vector<void*> pieces_;
  std::set<uintptr_t> secret_pages_;
  size_t seen_ = 0;  // Pages that once held the secret.
};

TEST_P(SecretTest, IsNotSeenByAnotherTenant) {
  const Case& c = GetParam();
  if (c.purge_refused) os_.FailFrom(0, OsCall::kPurge);
  GiveUp(c.way);
  if (HasFatalFailure()) return;
  LookAround(&neighbour_);
  Arena newcomer = NewArena();
  LookAround(&newcomer);
  // The test is about pages that changed hands. Those that the system refused
  // to take stay with a tenant that lives on.
  if (!c.purge_refused || !owner_.valid()) {
    EXPECT_GT(seen_, 100u);
  }
  EXPECT_EQ(os_.failures() > 0, c.purge_refused);
  service_->domain().Verify();
  EXPECT_TRUE(os_.violations().empty());
}

INSTANTIATE_TEST_SUITE_P(
    EveryWay, SecretTest,
    ::testing::Values(
        Case{Way::kDestroy, false, "Destroy"},
        Case{Way::kDestroy, true, "DestroyWithPurgeRefused"},
        Case{Way::kResetAndDestroy, false, "ResetAndDestroy"},
        Case{Way::kResetAndDestroy, true, "ResetAndDestroyWithPurgeRefused"},
        Case{Way::kFreeAndPurge, false, "FreeAndPurge"},
        Case{Way::kFreeAndPurge, true, "FreeAndPurgeRefused"},
        Case{Way::kShrinkAndPurge, false, "ShrinkAndPurge"},
        Case{Way::kShrinkAndPurge, true, "ShrinkAndPurgeRefused"},
        Case{Way::kDropRegionAndPurge, false, "DropRegionAndPurge"},
        Case{Way::kDropRegionAndPurge, true, "DropRegionAndPurgeRefused"},
        Case{Way::kCloseTcacheAndDestroy, false, "CloseTcacheAndDestroy"},
        Case{Way::kCloseTcacheAndDestroy, true,
             "CloseTcacheAndDestroyWithPurgeRefused"}),
    [](const auto& tested) { return std::string(tested.param.name); });

// Freed memory that stays with its tenant is not zeroed for it; asking for
// zeroed memory is.
TEST(ZeroedTest, ZeroedMemoryIsZeroWhereverItComesFrom) {
  auto service = MemoryService::Create({});
  ASSERT_TRUE(service.ok());
  auto arena = (*service)->CreateArena({});
  ASSERT_TRUE(arena.ok());
  Tcache tcache = arena->OpenTcache();
  for (size_t size : {8, 100, 4096, 14336, 14337, 100000, 1 << 20, 3 << 20}) {
    for (int round = 0; round < 3; ++round) {
      for (bool cached : {false, true}) {
        char* const p = static_cast<char*>(
            cached ? tcache.AllocateZeroed(size) : arena->AllocateZeroed(size));
        ASSERT_NE(p, nullptr);
        EXPECT_TRUE(std::all_of(p, p + size, [](char c) { return c == 0; }))
            << size;
        memset(p, kSecret, arena->UsableSize(p));
        cached ? tcache.Deallocate(p) : arena->Deallocate(p);
      }
    }
  }
}

}  // namespace
}  // namespace acre::testing
