// A domain whose time passes when a test says so, on a system that may refuse:
// what tests of decay share. No thread: visits happen in Tick and Pass.

#ifndef ACRE_ALLOCATOR_ARENA_ARENA_DECAY_TEST_FIXTURE_H_
#define ACRE_ALLOCATOR_ARENA_ARENA_DECAY_TEST_FIXTURE_H_

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "allocator/arena/domain_test_fixture.h"
#include "testing/fake_clock.h"
#include "testing/fake_os.h"

namespace acre::allocator {

class ArenaDecayTest : public DomainTest {
 protected:
  ArenaDecayTest() {
    Open({.os = &os_, .governor = {.clock = &clock_, .thread = false}});
  }
  ~ArenaDecayTest() override {
    domain_->Verify();
    domain_.reset();  // Before the clock and the system go.
    EXPECT_TRUE(os_.violations().empty());
  }

  uint64_t Tick() { return domain_->governor().Tick(); }
  uint64_t NowMs() { return clock_.Now() / kNanosPerMilli; }
  // Lets `ms` pass, with the visits that are due in their time.
  void Pass(uint64_t ms) {
    const uint64_t end = clock_.Now() + ms * kNanosPerMilli;
    for (int ticks = 0;; ++ticks) {
      ASSERT_LT(ticks, 100'000) << "visits do not come to an end";
      const uint64_t next = Tick();
      const uint64_t now = clock_.Now();
      if (next >= end) {
        clock_.Advance(end - now);
        break;
      }
      clock_.Advance(next > now ? next - now : 0);
    }
    Tick();
  }

  // Has `bytes` written and freed again.
  static void MakeDirty(Arena* arena, size_t bytes) {
    void* const p = arena->Allocate(bytes);
    ASSERT_NE(p, nullptr);
    memset(p, 1, bytes);
    arena->domain->Free(p);
  }
  // Frees all but one in `keep` of `n` regions of `size`.
  static std::vector<void*> ThinOut(Arena* arena, size_t size, size_t n,
                                    size_t keep) {
    std::vector<void*> all;
    for (size_t i = 0; i < n; ++i) {
      all.push_back(arena->Allocate(size));
      memset(all.back(), 1, size);
    }
    std::vector<void*> kept;
    for (size_t i = 0; i < n; ++i) {
      if (i % keep == 0) {
        kept.push_back(all[i]);
      } else {
        arena->domain->Free(all[i]);
      }
    }
    return kept;
  }
  void FreeAll(const std::vector<void*>& all) {
    for (void* p : all) domain_->Free(p);
  }
  void SetDecay(Arena* arena, int64_t dirty_ms, int64_t muzzy_ms = 0,
                uint64_t most_dirty_bytes = UINT64_MAX) {
    ASSERT_TRUE(domain_->SetDecay(arena->index, arena->generation.load(),
                                  dirty_ms, muzzy_ms, most_dirty_bytes));
  }

  static uint64_t Dirty(const Arena* arena) {
    return arena->pages.sizes().dirty;
  }
  static uint64_t Muzzy(const Arena* arena) {
    return arena->pages.sizes().muzzy;
  }
  uint64_t Visits() const { return domain_->governor().statistics().visits; }
  uint64_t Scheduled() const {
    return domain_->governor().statistics().scheduled;
  }

  testing::FakeClock clock_;
  testing::FakeOs os_;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_ARENA_ARENA_DECAY_TEST_FIXTURE_H_
