// fork(2) while other threads allocate, reset, create, destroy and purge:
// parent and child both go on. The child checks every structure, uses what it
// inherited, and purges with a thread of its own.

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine_adapter/memory_service.h"
#include "gtest/gtest.h"

namespace acre {
namespace {

// What a child found wrong: its exit code.
enum Exit : int { kFine, kAllocate, kContent, kCreate, kFind, kPurge, kThread };

std::unique_ptr<MemoryService> NewService() {
  auto service = MemoryService::Create({.name = "fork"});
  EXPECT_TRUE(service.ok());
  return std::move(*service);
}

// One thread's tenants: opens and closes tcaches, allocates, resets, purges,
// creates and destroys, until told to stop.
void Work(MemoryService* service, int number, const std::atomic<bool>* stop) {
  const std::string name = "worker-" + std::to_string(number);
  for (int round = 0; !stop->load(); ++round) {
    Arena arena = *service->CreateArena(
        {.name = name, .decay = {.dirty_decay_ms = round % 3}});
    for (int query = 0; query < 20; ++query) {
      Tcache tcache = arena.OpenTcache();
      std::vector<void*> held;
      for (size_t i = 1; i < 60; ++i) {
        held.push_back(tcache.Allocate(i * i * 17));
      }
      for (void* p : held) tcache.Deallocate(p);
    }
    if (round % 4 == 0) arena.Reset().IgnoreError();
    if (round % 4 == 1) arena.Purge().status().IgnoreError();
  }
}

// Everything that a child may want to do with what it inherited.
Exit UseInChild(MemoryService* service, ArenaRef shared, const char* text) {
  if (strcmp(text, "of the parent") != 0) return kContent;
  for (int round = 0; round < 50; ++round) {
    Tcache tcache = shared.OpenTcache();
    for (size_t size = 8; size < 400'000; size *= 3) {
      void* p = tcache.Allocate(size);
      if (p == nullptr) return kAllocate;
      memset(p, round, size);
      tcache.Deallocate(p);
    }
  }
  auto own = service->CreateArena({.name = "child"});
  if (!own.ok() || own->Allocate(100) == nullptr) return kCreate;
  if (!service->FindArena("child").ok()) return kFind;
  if (!own->Destroy(DestroyPolicy::kDiscard).ok()) return kCreate;
  if (!shared.Purge().ok()) return kPurge;
  // Arenas of threads that the child does not have can be ended, too.
  if (auto other = service->FindArena("worker-1"); other.ok()) {
    if (!other->Reset().ok() || other->Allocate(5000) == nullptr) return kFind;
  }
  return kFine;
}

// The governor's thread, which the child starts when it needs it.
Exit PurgeInChild(MemoryService* service) {
#ifdef __SANITIZE_THREAD__
  static_cast<void>(service);
  return kFine;  // ThreadSanitizer ends a child that starts a thread.
#else
  auto arena =
      service->CreateArena({.name = "decays", .decay = {.dirty_decay_ms = 10}});
  if (!arena.ok()) return kCreate;
  arena->Deallocate(arena->Allocate(8 << 20));
  for (int i = 0; i < 10000; ++i) {
    if (arena->ref().live()->pages.dirty_pages().raw() == 0) return kFine;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return kThread;
#endif
}

void ExpectChildIsFine(pid_t child) {
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), kFine);
}

TEST(ForkTest, AQuietProcessForks) {
  auto service = NewService();
  Arena arena = *service->CreateArena({.name = "tenant"});
  auto* text = static_cast<char*>(arena.Allocate(100));
  strcpy(text, "of the parent");
  const pid_t child = fork();
  if (child == 0) {
    Exit found = UseInChild(service.get(), arena, text);
    service->domain().Verify();
    if (found == kFine) found = PurgeInChild(service.get());
    _exit(found);
  }
  ExpectChildIsFine(child);
  EXPECT_STREQ(text, "of the parent");
  service->domain().Verify();
}

TEST(ForkTest, TheChildsMemoryIsItsOwn) {
  auto service = NewService();
  Arena arena = *service->CreateArena({.name = "tenant"});
  auto* text = static_cast<char*>(arena.Allocate(5000));
  strcpy(text, "of the parent");
  const pid_t child = fork();
  if (child == 0) {
    strcpy(text, "of the child");
    arena.Deallocate(text);
    arena.Purge().status().IgnoreError();
    _exit(arena.Destroy(DestroyPolicy::kFailIfAllocated).ok() ? kFine : kPurge);
  }
  ExpectChildIsFine(child);
  EXPECT_STREQ(text, "of the parent");
  arena.Deallocate(text);
  service->domain().Verify();
}

TEST(ForkTest, AForkBesideBusyThreadsLeavesBothSidesAtWork) {
  auto service = NewService();
  Arena shared = *service->CreateArena({.name = "shared"});
  auto* text = static_cast<char*>(shared.Allocate(100));
  strcpy(text, "of the parent");
  std::atomic<bool> stop{false};
  std::vector<std::thread> workers;
  for (int i = 0; i < 3; ++i) {
    workers.emplace_back(Work, service.get(), i, &stop);
  }
  for (int round = 0; round < 40; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      Exit found = UseInChild(service.get(), shared, text);
      if (found == kFine) found = PurgeInChild(service.get());
      _exit(found);
    }
    ExpectChildIsFine(child);
  }
  stop = true;
  for (std::thread& worker : workers) worker.join();
  service->domain().Verify();
}

TEST(ForkTest, SeveralServicesForkTogetherAndMayEnd) {
  auto first = NewService();
  auto second = NewService();
  auto third = NewService();
  second.reset();
  Arena arena = *third->CreateArena({.name = "tenant"});
  const pid_t child = fork();
  if (child == 0) {
    Exit found = arena.Allocate(100) == nullptr ? kAllocate : kFine;
    arena = Arena();
    third.reset();
    first.reset();
    _exit(found);
  }
  ExpectChildIsFine(child);
}

}  // namespace
}  // namespace acre
