#include "engine_adapter/arena_scope.h"

#include <memory>
#include <thread>

#include "engine_adapter/memory_service.h"
#include "gtest/gtest.h"

namespace acre {
namespace {

class ArenaScopeTest : public testing::Test {
 protected:
  std::unique_ptr<MemoryService> service_ = MemoryService::Create({}).value();
  Arena arena_ = service_->CreateArena({.name = "a"}).value();
  Arena other_ = service_->CreateArena({.name = "b"}).value();
};

TEST_F(ArenaScopeTest, OutsideAllScopesThereIsNone) {
  EXPECT_EQ(ArenaScope::Current(), nullptr);
}

TEST_F(ArenaScopeTest, AScopeNamesArenaAndTcacheWhileItLives) {
  Tcache tcache = arena_.OpenTcache();
  {
    ArenaScope scope(arena_, &tcache);
    ASSERT_EQ(ArenaScope::Current(), &scope);
    EXPECT_EQ(scope.arena(), arena_.ref());
    EXPECT_EQ(scope.tcache(), &tcache);
  }
  EXPECT_EQ(ArenaScope::Current(), nullptr);
}

TEST_F(ArenaScopeTest, ScopesNestAndRestoreTheOneBefore) {
  ArenaScope outer(arena_);
  {
    ArenaScope inner(other_);
    EXPECT_EQ(ArenaScope::Current(), &inner);
    EXPECT_EQ(ArenaScope::Current()->arena(), other_.ref());
    {
      ArenaScope innermost(arena_);
      EXPECT_EQ(ArenaScope::Current(), &innermost);
    }
    EXPECT_EQ(ArenaScope::Current(), &inner);
  }
  EXPECT_EQ(ArenaScope::Current(), &outer);
  EXPECT_EQ(outer.tcache(), nullptr);
}

TEST_F(ArenaScopeTest, EachThreadHasScopesOfItsOwn) {
  ArenaScope scope(arena_);
  std::thread thread([&] {
    EXPECT_EQ(ArenaScope::Current(), nullptr);
    ArenaScope own(other_);
    EXPECT_EQ(ArenaScope::Current(), &own);
  });
  thread.join();
  EXPECT_EQ(ArenaScope::Current(), &scope);
}

TEST_F(ArenaScopeTest, AScopeOfADestroyedArenaNamesAStaleOne) {
  ArenaScope scope(arena_);
  arena_ = Arena();
  EXPECT_FALSE(ArenaScope::Current()->arena().valid());
  EXPECT_EQ(ArenaScope::Current()->arena().Allocate(10), nullptr);
}

}  // namespace
}  // namespace acre
