// How an arena's unused memory goes by itself: what the governor does on a
// visit. Never on a thread that allocates.

#include "allocator/arena/arena_decay.h"

#include <algorithm>
#include <new>

#include "allocator/arena/arena.h"
#include "allocator/arena/domain.h"

namespace acre::allocator {
namespace {

// Pages that one visit gives back at most, so that whoever waits for the
// arena's control lock, or for the governor, waits for a millisecond or so.
constexpr PageCount kSlice{1024};

// The part of a decay time after which a newly scheduled arena is first
// visited, and how many visits the pages of one moment are given back in.
constexpr int64_t kFirstVisitPart = 20;
constexpr uint64_t kVisits = 16;
constexpr uint64_t kLeastPagesOfVisit = 32;

// An arena that nothing was taken from or given back to for its dirty decay
// time, and no less than this, is idle.
constexpr int64_t kLeastIdleMs = 100;

constexpr uint64_t Nanos(int64_t ms) {
  return static_cast<uint64_t>(ms) * kNanosPerMilli;
}

// Pages of `unused` that may stay now.
uint64_t Allowed(Decay* decay, int64_t* started_ms, int64_t ms, uint64_t now_ns,
                 uint64_t unused, uint64_t lowest) {
  if (ms <= 0) {
    *started_ms = 0;
    return ms < 0 ? unused : 0;
  }
  if (*started_ms != ms) {
    decay->Start(ms, now_ns);
    *started_ms = ms;
  }
  return decay->Advance(now_ns, unused, lowest);
}

// When some of the `left` pages are due.
uint64_t NextVisit(const Decay& decay, int64_t ms, uint64_t left) {
  if (ms <= 0 || left == 0) return kNoDeadline;
  return decay.TimeOf(
      std::min(left, std::max(left / kVisits, kLeastPagesOfVisit)));
}

}  // namespace

uint64_t Arena::MostDirtyPages() const noexcept {
  return decay_settings.most_dirty_bytes.load(std::memory_order_relaxed) /
         kPageSize;
}

// How many dirty pages are worth a visit before the next one is due: more than
// are allowed, or many more than there were.
void Arena::SetAttention() noexcept {
  constexpr uint64_t kMany = 256;
  const int64_t ms = decay_settings.dirty_ms.load(std::memory_order_relaxed);
  const uint64_t dirty = pages.dirty_pages().raw();
  uint64_t attention = MostDirtyPages();
  if (ms == 0) attention = 0;
  if (ms > 0) attention = std::min(attention, dirty + std::max(dirty, kMany));
  attention_pages.store(attention, std::memory_order_relaxed);
}

void Arena::NoteUnusedSlow() noexcept {
  Governor& governor = domain->governor();
  const int64_t ms = decay_settings.dirty_ms.load(std::memory_order_relaxed);
  const bool first = !scheduled.exchange(true);
  const bool too_many = pages.dirty_pages().raw() > MostDirtyPages();
  // Told once until the next visit, which may be far off: the cap counts on.
  const uint64_t next = too_many ? UINT64_MAX : MostDirtyPages();
  const bool many = WantsAttention() && attention_pages.exchange(next) != next;
  if (first) SetAttention();
  if (too_many || ((first || many) && ms == 0)) {
    governor.Schedule(&node, 0);
  } else if ((first || many) && ms > 0) {
    governor.Schedule(&node,
                      governor.clock()->Now() + Nanos(ms) / kFirstVisitPart);
  }
}

ArenaDecay* Arena::EnsureDecay(uint64_t now_ns) noexcept {
  if (decay != nullptr) return decay;
  if (!pages.ChargeMetadata(sizeof(ArenaDecay))) return nullptr;
  void* memory = domain->decays().Allocate();
  if (memory == nullptr) {
    pages.ReleaseMetadata(sizeof(ArenaDecay));
    return nullptr;
  }
  decay = new (memory) ArenaDecay;
  decay->active_at_ns = now_ns;
  decay->activity = Activity();
  return decay;
}

void Arena::DropDecay() noexcept {
  if (decay == nullptr) return;
  domain->decays().Free(decay);
  decay = nullptr;
  pages.ReleaseMetadata(sizeof(ArenaDecay));
}

uint64_t Arena::Activity() const noexcept {
  uint64_t sum = pages.turnover() + caches.turnover();
  ForEachBin([&](ClassIndex, const Bin& bin) {
    const Bin::Sizes sizes = bin.sizes();
    sum += sizes.fills + sizes.flushes;
  });
  return sum;
}

// Dirty pages that stay whatever their age: those that make up a reserve which
// was brought into memory to stay there.
uint64_t Arena::KeptPages() const noexcept {
  if (!keeps_reserve.load(std::memory_order_relaxed)) return 0;
  const uint64_t dirty = pages.dirty_pages().bytes();
  const uint64_t besides = quota.charged() - std::min(quota.charged(), dirty);
  const uint64_t reserved = quota.reserved();
  return PageCount::Ceil(reserved - std::min(reserved, besides)).raw();
}

// Gives back a slice of the dirty pages above `keep`; returns what is left of
// the slice.
PageCount Arena::PurgeDirtyAbove(
    uint64_t keep, int64_t muzzy_ms, PageCount slice,
    PageAllocator::Subrelease subrelease) noexcept {
  const uint64_t dirty = pages.dirty_pages().raw();
  if (dirty <= keep) return slice;
  const PageCount most = std::min(slice, PageCount(dirty - keep));
  const PageCount gone =
      pages.PurgeFrom(ExtentState::kDirty,
                      muzzy_ms != 0 ? PageAllocator::PurgeMode::kLazily
                                    : PageAllocator::PurgeMode::kForcibly,
                      most, subrelease);
  return slice - std::min(gone, slice);
}

// What decay asks for; true when there is more to do at once.
bool Arena::PurgeByAge(ArenaDecay* state, uint64_t now_ns) noexcept {
  const int64_t dirty_ms = decay_settings.dirty_ms.load();
  const int64_t muzzy_ms = decay_settings.muzzy_ms.load();
  const PageAllocator::Lowest lowest = pages.TakeLowest();
  uint64_t dirty = pages.dirty_pages().raw();
  const uint64_t young = Allowed(&state->dirty, &state->dirty_ms, dirty_ms,
                                 now_ns, dirty, lowest.dirty);
  const uint64_t keep_dirty =
      std::max(KeptPages(), std::min(young, MostDirtyPages()));
  PageCount slice = PurgeDirtyAbove(keep_dirty, muzzy_ms, kSlice,
                                    PageAllocator::Subrelease::kSparing);
  dirty = pages.dirty_pages().raw();
  state->stuck = dirty > keep_dirty && slice > PageCount();
  state->dirty.Purged(dirty);
  uint64_t muzzy = pages.muzzy_pages().raw();
  const uint64_t keep_muzzy = Allowed(&state->muzzy, &state->muzzy_ms, muzzy_ms,
                                      now_ns, muzzy, lowest.muzzy);
  if (muzzy > keep_muzzy) {
    slice -= std::min(
        slice, pages.PurgeFrom(ExtentState::kMuzzy,
                               PageAllocator::PurgeMode::kForcibly,
                               std::min(slice, PageCount(muzzy - keep_muzzy))));
    state->muzzy.Purged(pages.muzzy_pages().raw());
  }
  // What just went from one state to the other is known of.
  pages.TakeLowest();
  return slice == PageCount();
}

// Gives back what is not in use, a slice at a time, but for muzzy pages, which
// have a time of their own; true when there is more.
bool Arena::PurgeIdle() noexcept {
  DrainIdle();
  PageCount swept;
  if (KeptPages() == 0) swept = SweepSlabs(kSlice);
  if (swept >= kSlice) return true;
  if (PurgeDirtyAbove(KeptPages(), decay_settings.muzzy_ms.load(),
                      kSlice - swept,
                      PageAllocator::Subrelease::kAnything) == PageCount()) {
    return true;
  }
  pages.GiveLongRetained();
  return false;
}

uint64_t Arena::Visit(uint64_t now_ns) noexcept {
  ArenaDecay* state = EnsureDecay(now_ns);
  if (state == nullptr) {
    // Without memory to remember ages everything is old.
    if (PurgeIdle() || pages.Purge(kSlice) >= kSlice) return now_ns;
    scheduled.store(false);
    return kNoDeadline;
  }
  const bool more = PurgeByAge(state, now_ns);
  SetAttention();
  if (more) return now_ns;
  const int64_t dirty_ms = state->dirty_ms;
  const int64_t setting = decay_settings.dirty_ms.load();
  if (setting < 0) {
    // Only a cap, or muzzy pages from before, bring the arena here again.
    return NextVisit(state->muzzy, state->muzzy_ms, pages.muzzy_pages().raw());
  }
  const uint64_t activity = Activity();
  if (activity != state->activity) {
    state->activity = activity;
    state->active_at_ns = now_ns;
  }
  const uint64_t idle_at =
      state->active_at_ns + Nanos(std::max(setting, kLeastIdleMs));
  if (now_ns >= idle_at) {
    const bool more_idle = PurgeIdle();
    // What the arena did to itself is no activity.
    state->activity = Activity();
    if (more_idle) return now_ns;
    if (pages.dirty_pages().raw() > KeptPages()) {
      // The system refused; another time it may not.
      return now_ns + Nanos(std::max(setting, kLeastIdleMs));
    }
    if (state->muzzy_ms > 0 && pages.muzzy_pages() > PageCount()) {
      return NextVisit(state->muzzy, state->muzzy_ms,
                       pages.muzzy_pages().raw());
    }
    // Whoever frees now either sees that the arena is not scheduled, or did so
    // before and is seen here.
    scheduled.exchange(false);  // Ordered before what is read next.
    if (Activity() == state->activity) {
      DropDecay();
      return kNoDeadline;
    }
    if (scheduled.exchange(true)) return kNoDeadline;  // It was scheduled anew.
    state->active_at_ns = now_ns;
    return now_ns + Nanos(std::max(setting, kLeastIdleMs));
  }
  uint64_t next = std::min(
      {NextVisit(state->dirty, dirty_ms, pages.dirty_pages().raw()),
       NextVisit(state->muzzy, state->muzzy_ms, pages.muzzy_pages().raw()),
       idle_at});
  // What is due and stays, for its hugepage's sake or because the system
  // refused, would be due at each moment.
  const uint64_t pause =
      Nanos(std::max(setting, kLeastIdleMs)) / kFirstVisitPart;
  if (state->stuck) next = std::max(next, now_ns + pause);
  return std::max(next, now_ns + 1);
}

}  // namespace acre::allocator
