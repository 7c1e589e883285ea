#include "allocator/extent/hooks/hooks_os.h"

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "allocator/arena/domain.h"
#include "allocator/extent/hooks/mmap_hooks.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/fake_os.h"
#include "testing/faulty_hooks.h"

namespace acre::allocator {
namespace {

using testing::FakeOs;

// Notes what it is asked for.
class Noting final : public ExtentHooks {
 public:
  explicit Noting(ExtentHooks* below) : below_(below) {}

  const char* name() const noexcept override { return "noting"; }
  ExtentCapabilities capabilities() const noexcept override {
    return below_->capabilities();
  }
  bool Allocate(const ExtentRequest& request,
                ExtentGrant* grant) noexcept override {
    if (request.purpose == ExtentPurpose::kMetadata) ++metadata_requests;
    return below_->Allocate(request, grant);
  }
  bool Release(void* base, size_t size) noexcept override {
    return below_->Release(base, size);
  }
  bool Commit(void* base, size_t size) noexcept override {
    return below_->Commit(base, size);
  }
  bool PurgeForcibly(void* base, size_t size) noexcept override {
    return below_->PurgeForcibly(base, size);
  }

  int metadata_requests = 0;

 private:
  ExtentHooks* const below_;
};

TEST(HooksOsTest, AReservationIsAGrantThatIsGivenBackWhole) {
  for (bool strict : {false, true}) {
    FakeOs os;
    os.set_strict_overcommit(strict);
    MmapHooks mmap(&os);
    {
      HooksOs metadata(&mmap, LinuxOs::Get());
      void* base = metadata.Reserve(100 * kPageSize, kPageSize);
      ASSERT_NE(base, nullptr);
      ASSERT_TRUE(metadata.Commit(base, 3 * kPageSize));
      memset(base, 1, 3 * kPageSize);
      EXPECT_TRUE(metadata.Purge(base, kPageSize));
      EXPECT_EQ(*static_cast<char*>(base), 0);
      EXPECT_EQ(static_cast<char*>(base)[kPageSize], 1);
      EXPECT_TRUE(metadata.Unmap(base, 100 * kPageSize));
      EXPECT_FALSE(metadata.Unmap(base, 100 * kPageSize));
      void* mapped = metadata.Map(kPageSize, kPageSize);
      memset(mapped, 1, kPageSize);
      EXPECT_TRUE(metadata.Unmap(mapped, kPageSize));
    }
    EXPECT_EQ(os.mappings(), 0u);
    EXPECT_THAT(os.violations(), ::testing::IsEmpty());
  }
}

TEST(HooksOsTest, RefusedAndUnfitGrantsAreNull) {
  FakeOs os;
  MmapHooks mmap(&os);
  testing::FaultyHooks faulty(&mmap);
  HooksOs metadata(&faulty, LinuxOs::Get());
  os.FailFrom(0);
  EXPECT_EQ(metadata.Reserve(kPageSize, kPageSize), nullptr);
  os.FailNever();
  EXPECT_EQ(metadata.Reserve(SIZE_MAX - kPageSize, kPageSize), nullptr);
  EXPECT_EQ(os.mappings(), 0u);
}

TEST(HooksOsTest, ADomainHasItsMetadataFromHooks) {
  FakeOs os;
  MmapHooks mmap(&os);
  Noting noting(&mmap);
  {
    auto domain = std::make_unique<Domain>();
    ASSERT_TRUE(domain->Init({.metadata_hooks = &noting}));
    EXPECT_GT(noting.metadata_requests, 5);
    std::vector<Arena*> arenas;
    for (int i = 0; i < 300; ++i) {
      PageFailure failure;
      arenas.push_back(domain->CreateArena({}, &failure));
      ASSERT_NE(arenas.back(), nullptr);
      ASSERT_NE(arenas.back()->Allocate(100), nullptr);
    }
    for (Arena* arena : arenas) domain->DestroyArena(arena);
    domain->Verify();
    // The arenas' own memory is not the hooks'.
    EXPECT_NE(domain->ranges().hooks(), &noting);
  }
  EXPECT_EQ(os.mappings(), 0u);
  EXPECT_THAT(os.violations(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace acre::allocator
