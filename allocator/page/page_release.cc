// How an arena's pages go back: unused ones to the system (purge), everything
// to the shared ranges (release).

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "allocator/page/page_allocator.h"

namespace acre::allocator {

// Takes a free extent out of its set and onto the batch. Of one that is much
// larger than what is wanted only the end goes: decay asks for few pages at a
// time, and low addresses are used first.
void PageAllocator::AddToBatch(ExtentSet* set, Extent* extent, PageCount wanted,
                               Batch* batch) {
  set->Remove(extent);
  if (extent->pages > wanted + wanted) {
    PageFailure failure;
    if (Extent* tail = NewDescriptor(&failure)) {
      supply_->extents->Split(extent, extent->pages - wanted, tail);
      set->Insert(extent);
      extent = tail;
    }
  }
  extent->state = ExtentState::kPurging;
  batch->pages += extent->pages;
  batch->extents[batch->size++] = extent;
}

// Takes extents out of `set`, largest first, until they make `least` pages.
void PageAllocator::ChooseBatch(ExtentSet* set, PageCount least, Batch* batch) {
  while (batch->size < kPurgeBatch && batch->pages < least) {
    Extent* extent = set->Largest();
    if (extent == nullptr) break;
    AddToBatch(set, extent, least - batch->pages, batch);
  }
}

// Asks for each extent of the batch, under no lock.
void PageAllocator::PurgeBatch(PurgeMode mode, Batch* batch) noexcept {
  using Result = SharedRanges::PurgeResult;
  for (size_t i = 0; i < batch->size; ++i) {
    const Extent* const extent = batch->extents[i];
    void* const base = extent->address();
    const size_t size = extent->pages.bytes();
    SharedRanges* const ranges = RangesOf(extent);
    Result& result = batch->results[i];
    result = mode == PurgeMode::kLazily ? ranges->PurgeLazily(base, size)
                                        : Result::kUnable;
    // What cannot be purged lazily does not stay for that.
    if (result == Result::kUnable) result = ranges->PurgeForcibly(base, size);
    // What cannot be purged goes to whoever needs it next, zero.
    if (result == Result::kUnable) memset(base, 0, size);
  }
}

// An extent, in no set, leaves the arena; it is the ranges' next.
void PageAllocator::ForgetPages(Extent* extent) {
  // Nobody's until the ranges take it: neither side may merge with it.
  extent->owner_tag.store(kNobodyTag, std::memory_order_relaxed);
  extent->zeroed = true;
  ReleaseMetadata(sizeof(Extent));
}

// Files the batch, which is of state `from`, where it belongs now; returns the
// pages that went. Those that the ranges shall have are left to the caller.
// What was refused is added to a list, through the heap links, in no set.
PageCount PageAllocator::FinishBatch(ExtentState from, const Batch& batch,
                                     Extent** refused) {
  using Result = SharedRanges::PurgeResult;
  PageCount gone;
  for (size_t i = 0; i < batch.size; ++i) {
    Extent* extent = batch.extents[i];
    const Result result = batch.results[i];
    const PageCount pages = extent->pages;
    if (result == Result::kRefused) {
      extent->heap.next = *refused;
      *refused = extent;
      continue;
    }
    gone += pages;
    PurgesOf(from)->pages.Add(pages.raw());
    CounterOf(from)->Sub(pages.raw());
    if (result == Result::kMuzzy) {
      lazily_purged_pages_.Add(pages.raw());
      muzzy_pages_.Add(pages.raw());
      extent->state = ExtentState::kMuzzy;
      InsertFree(extent);
      continue;
    }
    purged_pages_.Add(pages.raw());
    quota_->Release(pages.bytes());
    if (result == Result::kUnable) {
      ForgetPages(extent);
      continue;
    }
    retained_pages_.Add(pages.raw());
    extent->zeroed = RangesOf(extent)->purged_reads_zero();
    extent->state = ExtentState::kRetained;
    InsertFree(extent);
  }
  PurgesOf(from)->calls.Add(batch.size);
  purges_.Add(1);
  return gone;
}

PageCount PageAllocator::PurgeFrom(ExtentState state, PurgeMode mode,
                                   PageCount least,
                                   Subrelease subrelease) noexcept {
  // Those that the system refused wait aside, so that they do not keep others
  // from going.
  constexpr size_t kMostRefused = 2 * kPurgeBatch;
  Extent* refused = nullptr;
  size_t refusals = 0;
  PageCount gone;
  MutexLock<LockRank::kPurge> one_at_a_time(&purge_mutex_);
  while (gone < least && refusals < kMostRefused) {
    Batch batch;
    {
      Lock lock(&mutex_);
      if (free_ != nullptr && uses_hugepages()) {
        ChooseSparingly(SetOf(state), least - gone, subrelease, &batch);
      } else if (free_ != nullptr) {
        ChooseBatch(SetOf(state), least - gone, &batch);
      }
    }
    if (batch.size == 0) break;
    PurgeBatch(mode, &batch);
    {
      Lock lock(&mutex_);
      gone += FinishBatch(state, batch, &refused);
    }
    for (size_t i = 0; i < batch.size; ++i) {
      using Result = SharedRanges::PurgeResult;
      if (batch.results[i] == Result::kUnable) {
        RangesOf(batch.extents[i])->Give(batch.extents[i]);
      }
      refusals += batch.results[i] == Result::kRefused;
    }
  }
  if (refused == nullptr && gone == PageCount()) return gone;
  Lock lock(&mutex_);
  if (gone > PageCount()) PurgesOf(state)->sweeps.Add(1);
  while (refused != nullptr) {
    Extent* extent = refused;
    refused = extent->heap.next;
    extent->heap = {};
    extent->state = state;
    InsertFree(extent);
  }
  return gone;
}

PageCount PageAllocator::Purge(PageCount least) noexcept {
  const PageCount gone =
      PurgeFrom(ExtentState::kMuzzy, PurgeMode::kForcibly, least);
  if (gone >= least) return gone;
  return gone +
         PurgeFrom(ExtentState::kDirty, PurgeMode::kForcibly, least - gone);
}

PageCount PageAllocator::Prefault(PageCount pages, Os* os) noexcept {
  // In steps, so that what there is of a limit is made use of; held until the
  // end, so that no step gets what the one before it gave back.
  constexpr PageCount kStep{4096};
  PageCount done;
  Extent* held = nullptr;
  while (done < pages) {
    const PageCount step = std::min(kStep, pages - done);
    PageFailure failure;
    Extent* extent = Allocate(
        step, kPageSize, ClassOf(std::max(step.bytes(), kMaxSmallSize + 1)), 0,
        &failure);
    if (extent == nullptr) break;
    extent->heap.next = held;
    held = extent;
    if (!os->Populate(extent->address(), extent->pages.bytes())) break;
    done += step;
  }
  while (held != nullptr) {
    Extent* extent = held;
    held = extent->heap.next;
    extent->heap = {};
    Free(extent);
  }
  return done;
}

uint64_t PageAllocator::ReleasePages(const Extent* slab,
                                     uint64_t pages) noexcept {
  uint64_t gone = 0;
  for (uint64_t left = pages; left != 0;) {
    const int first = std::countr_zero(left);
    const int count = std::countr_one(left >> first);
    const uint64_t run =
        (count == 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1) << first;
    left &= ~run;
    void* base = reinterpret_cast<void*>(
        slab->base + static_cast<size_t>(first) * kPageSize);
    if (RangesOf(slab)->PurgeForcibly(base,
                                      static_cast<size_t>(count) * kPageSize) ==
        SharedRanges::PurgeResult::kGone) {
      gone |= run;
    }
  }
  const auto n = static_cast<uint64_t>(std::popcount(gone));
  Lock lock(&mutex_);
  active_pages_.Sub(n);
  released_pages_.Add(n);
  if (uses_hugepages() && InHugepages(*slab)) subreleased_pages_.Add(n);
  purges_.Add(1);
  purged_pages_.Add(n);
  quota_->Release(n * kPageSize);
  return gone;
}

// What is left of the slab's pages follows those that were given back: dirty
// extents have no holes, and charging the holes could fail.
void PageAllocator::FreePartlyReleased(Extent* extent) noexcept {
  const auto released = static_cast<uint64_t>(std::popcount(extent->released));
  const PageCount rest = extent->pages - PageCount(released);
  {
    Lock lock(&mutex_);
    Deactivate(extent);  // As if all of it had been active.
    active_pages_.Add(released);
    dirty_pages_.Sub(released);
    extent->state = ExtentState::kPurging;
    extent->released = 0;
  }
  const bool purged = RangesOf(extent)->PurgeForcibly(extent->address(),
                                                      extent->pages.bytes()) ==
                      SharedRanges::PurgeResult::kGone;
  Lock lock(&mutex_);
  released_pages_.Sub(released);
  dirty_purges_.calls.Add(1);
  if (purged) {
    dirty_pages_.Sub(rest.raw());
    dirty_purges_.pages.Add(rest.raw());
    dirty_purges_.sweeps.Add(1);
    retained_pages_.Add(extent->pages.raw());
    purges_.Add(1);
    purged_pages_.Add(rest.raw());
    quota_->Release(rest.bytes());
    extent->zeroed = RangesOf(extent)->purged_reads_zero();
    extent->state = ExtentState::kRetained;
  } else {
    // Whatever the limit: the system has taken a page back before and does not
    // now, and the whole must be one thing.
    quota_->ChargeAnyway(released * kPageSize);
    dirty_pages_.Add(released);
    extent->state = ExtentState::kDirty;
  }
  InsertFree(extent);
}

PageCount PageAllocator::PurgeAll() noexcept {
  const PageCount gone = Purge(PageCount(UINT64_MAX));
  GiveLongRetained();
  return gone;
}

void PageAllocator::GiveLongRetained() noexcept {
  GiveRetained(PageCount::Ceil(size_t{2} << 20));
}

void PageAllocator::GiveRetained(PageCount at_least) noexcept {
  for (;;) {
    Extent* extent = nullptr;
    {
      Lock lock(&mutex_);
      if (free_ == nullptr) return;
      extent = free_->retained.Largest();
      if (extent == nullptr || extent->pages < at_least) return;
      free_->retained.Remove(extent);
      retained_pages_.Sub(extent->pages.raw());
      ForgetPages(extent);
    }
    RangesOf(extent)->Give(extent);
  }
}

void PageAllocator::DiscardAll() noexcept {
  // Slabs of which pages were given back are collected: they need the system.
  Extent* partly = nullptr;
  {
    Lock lock(&mutex_);
    for (uint32_t link = active_head_; link != 0;) {
      Extent* extent = ActiveAt(link);
      link = extent->active_next;
      if (extent->released != 0) {
        extent->heap.next = partly;
        partly = extent;
        continue;
      }
      Deactivate(extent);
      InsertFree(extent);
    }
  }
  while (partly != nullptr) {
    Extent* extent = partly;
    partly = extent->heap.next;
    FreePartlyReleased(extent);
  }
}

void PageAllocator::ReleaseAll() noexcept {
  Purge(PageCount(UINT64_MAX));
  {
    // What the system refused to take is cleared by hand: it may not reach
    // another arena with content.
    Lock lock(&mutex_);
    for (ExtentState state : {ExtentState::kDirty, ExtentState::kMuzzy}) {
      while (free_ != nullptr && !SetOf(state)->empty()) {
        Extent* extent = SetOf(state)->Largest();
        SetOf(state)->Remove(extent);
        memset(extent->address(), 0, extent->pages.bytes());
        CounterOf(state)->Sub(extent->pages.raw());
        retained_pages_.Add(extent->pages.raw());
        quota_->Release(extent->pages.bytes());
        extent->zeroed = true;
        extent->state = ExtentState::kRetained;
        InsertFree(extent);
      }
    }
  }
  GiveRetained(PageCount(1));
  Lock lock(&mutex_);
  if (free_ == nullptr) return;
  supply_->free_extents->Free(free_);
  free_ = nullptr;
  ReleaseMetadata(sizeof(FreeExtents));
}

}  // namespace acre::allocator
