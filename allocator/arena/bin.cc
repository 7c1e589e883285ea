#include "allocator/arena/bin.h"

#include <algorithm>
#include <bit>

#include "allocator/arena/slab_pages.h"
#include "allocator/base/check.h"

namespace acre::allocator {
namespace {

void FillBitmap(Extent* slab, size_t regions) {
  for (size_t word = 0; word < slab->free_bits.size(); ++word) {
    const size_t first = word * 64;
    slab->free_bits[word] = regions >= first + 64 ? ~uint64_t{0}
                            : regions > first
                                ? (uint64_t{1} << (regions - first)) - 1
                                : 0;
  }
}

}  // namespace

void Bin::Init(ClassIndex size_class) noexcept {
  class_ = size_class;
  DiscardAll();
  slabs_created_.Set(0);
  fills_.Set(0);
  flushes_.Set(0);
  regions_taken_.Set(0);
  ForgetLockCounts();
}

// The largest shape that at most doubles the bin.
uint8_t Bin::NextStep() const {
  const SlabGeometry& geometry = GeometryOf(class_);
  const uint64_t have = regions_.Get();
  uint8_t step = 0;
  while (step + 1 < geometry.steps &&
         geometry.shapes[step + 1].regions <= have) {
    ++step;
  }
  return step;
}

Extent* Bin::NewSlab(PageAllocator* pages, PageFailure* failure) noexcept {
  const uint8_t step = NextStep();
  const SlabShape& shape = GeometryOf(class_).shapes[step];
  Extent* slab =
      pages->Allocate(PageCount(shape.pages), kPageSize, class_, step, failure);
  uint8_t taken = step;
  if (slab == nullptr && step != 0) {
    // Under a limit, or in a fragmented arena, a small slab may still fit.
    taken = 0;
    slab = pages->Allocate(PageCount(GeometryOf(class_).shapes[0].pages),
                           kPageSize, class_, taken, failure);
  }
  if (slab == nullptr) return nullptr;
  const uint16_t regions = GeometryOf(class_).shapes[taken].regions;
  FillBitmap(slab, regions);
  slab->free_regions = regions;
  slab->released = 0;
  slab->sweeping = 0;
  return slab;
}

Extent* Bin::Lowest() const {
  Extent* const a = heaps_[0].Least();
  Extent* const b = heaps_[1].Least();
  if (a == nullptr || b == nullptr) return a == nullptr ? b : a;
  return a->base < b->base ? a : b;
}

void Bin::File(Extent* slab) {
  heaps_[slab->heap_index].Insert(slab);
  filed_slabs_.Add(1);
}

void Bin::Unfile(Extent* slab) {
  heaps_[slab->heap_index].Remove(slab);
  filed_slabs_.Sub(1);
}

size_t Bin::TakeRegions(void** out, size_t wanted) {
  const size_t size = ClassSize(class_);
  size_t got = 0;
  while (got < wanted) {
    Extent* slab = Lowest();
    if (slab == nullptr || slab->free_regions == 0) break;
    if (IsEmptySlab(*slab)) --empty_slabs_;
    size_t take = std::min<size_t>(wanted - got, slab->free_regions);
    slab->free_regions = static_cast<uint16_t>(slab->free_regions - take);
    for (size_t word = 0; take > 0; ++word) {
      uint64_t bits = slab->free_bits[word];
      while (bits != 0 && take > 0) {
        const size_t region =
            word * 64 + static_cast<size_t>(std::countr_zero(bits));
        bits &= bits - 1;
        out[got++] = reinterpret_cast<void*>(slab->base + region * size);
        --take;
      }
      slab->free_bits[word] = bits;
    }
    if (slab->free_regions == 0 && slab->released == 0) Unfile(slab);
  }
  regions_out_.Add(got);
  regions_taken_.Add(got);
  return got;
}

size_t Bin::Allocate(PageAllocator* pages, void** out, size_t wanted,
                     PageFailure* failure) noexcept {
  for (;;) {
    {
      Lock lock(&mutex_);
      const size_t got = TakeRegions(out, wanted);
      if (got > 0) {
        fills_.Add(1);
        std::reverse(out, out + got);
        return got;
      }
    }
    if (ReviveOne(pages, failure)) continue;
    Extent* slab = NewSlab(pages, failure);
    if (slab == nullptr) return 0;
    Lock lock(&mutex_);
    slab->heap_index = sweep_from_ & 1;
    File(slab);
    ++empty_slabs_;
    slabs_.Add(1);
    slabs_created_.Add(1);
    slab_pages_.Add(static_cast<uint32_t>(slab->pages.raw()));
    regions_.Add(slab->free_regions);
  }
}

// Puts withheld regions of the lowest slab that has any back into use: all of
// them, or under a limit those of one region. False when there are none, or the
// pages cannot be had, with the reason.
bool Bin::ReviveOne(PageAllocator* pages, PageFailure* failure) noexcept {
  uint64_t all = 0;
  uint64_t few = 0;
  {
    Lock lock(&mutex_);
    const Extent* slab = Lowest();
    // Other threads may have freed regions meanwhile: taken on the next try.
    if (slab == nullptr) return false;
    if (slab->free_regions > 0) return true;
    all = slab->released;
    few = FirstWithheldPages(*slab);
  }
  auto count = [](uint64_t bits) {
    return PageCount(static_cast<uint64_t>(std::popcount(bits)));
  };
  PageCount charged = count(all);
  if (!pages->ChargeReleased(charged, failure)) {
    charged = count(few);
    if (!pages->ChargeReleased(charged, failure)) return false;
  }
  {
    // By now it may be another slab that is the lowest, or none.
    Lock lock(&mutex_);
    Extent* slab = Lowest();
    while (slab != nullptr && slab->released != 0 && charged > PageCount()) {
      uint64_t some = slab->released;
      if (count(some) > charged) some = FirstWithheldPages(*slab);
      if (count(some) > charged) break;
      Restore(slab, some);
      charged -= count(some);
      released_pages_.Sub(static_cast<uint32_t>(count(some).raw()));
    }
  }
  if (charged > PageCount()) pages->RefundReleased(charged);
  return true;
}

// Takes one slab from the heap that is being swept to the other one. False when
// the sweep is over.
bool Bin::SweepOne(PageAllocator* pages, PageCount* gone) noexcept {
  Extent* slab;
  uint64_t wanted;
  {
    Lock lock(&mutex_);
    slab = heaps_[sweep_from_].Least();
    if (slab == nullptr) {
      sweep_from_ ^= 1;
      return false;
    }
    Unfile(slab);
    slab->heap_index = (sweep_from_ ^ 1) & 1;
    // An empty slab goes back whole, by other ways.
    wanted = IsEmptySlab(*slab) ? 0 : FreePagesOf(*slab);
    if (wanted == 0) {
      File(slab);
      return true;
    }
    Withhold(slab, wanted);
    slab->sweeping = 1;
  }
  const uint64_t released = pages->ReleasePages(slab, wanted);
  const auto count = static_cast<uint32_t>(std::popcount(released));
  *gone += PageCount(count);
  Extent* emptied = nullptr;
  {
    Lock lock(&mutex_);
    slab->sweeping = 0;
    if (released != wanted) Restore(slab, wanted & ~released);
    released_pages_.Add(count);
    File(slab);
    // Its last regions may have come back meanwhile.
    if (IsEmptySlab(*slab)) {
      if (empty_slabs_ == 0) {
        ++empty_slabs_;
      } else {
        Forget(slab);
        emptied = slab;
      }
    }
  }
  if (emptied != nullptr) pages->Free(emptied);
  return true;
}

PageCount Bin::Sweep(PageAllocator* pages, PageCount least,
                     bool* over) noexcept {
  PageCount gone;
  *over = false;
  while (gone < least && !*over) *over = !SweepOne(pages, &gone);
  return gone;
}

void Bin::Forget(Extent* slab) {
  Unfile(slab);
  slabs_.Sub(1);
  slab_pages_.Sub(static_cast<uint32_t>(slab->pages.raw()));
  released_pages_.Sub(static_cast<uint32_t>(std::popcount(slab->released)));
  regions_.Sub(slab->shape().regions);
}

// False when the region is free already, or lies in the slab's tail. A slab
// that must go back is added to `emptied`, a list through the heap links.
bool Bin::PutRegion(const ExtentMap& extents, uint32_t owner_tag, void* region,
                    Extent** emptied) {
  const uintptr_t address = reinterpret_cast<uintptr_t>(region);
  const PageEntry entry = extents.page_map().Get(address);
  // The slab of a region that was freed twice may be gone, and its pages
  // something else's, another arena's even.
  if (entry.owner_tag() != owner_tag || entry.shown_class() != Raw(class_)) {
    return false;
  }
  Extent* slab = extents.pool().At(entry.extent_index());
  const uint32_t index = static_cast<uint32_t>(
      uint64_t{entry.OffsetInSlab(address)} * ReciprocalOf(class_) >> 32);
  if (index >= slab->shape().regions) return false;
  uint64_t& word = slab->free_bits[index / 64];
  const uint64_t bit = uint64_t{1} << (index % 64);
  if ((word & bit) != 0) return false;
  if (slab->released != 0 && IsWithheld(*slab, index)) [[unlikely]]
    return false;
  word |= bit;
  const bool filed = slab->free_regions++ != 0 || slab->released != 0;
  if (slab->sweeping != 0) return true;  // Filed, and looked at, at its end.
  if (!filed) File(slab);
  if (!IsEmptySlab(*slab)) return true;
  if (empty_slabs_ == 0) {
    ++empty_slabs_;
    return true;
  }
  Forget(slab);
  slab->heap.next = *emptied;
  *emptied = slab;
  return true;
}

Bin::FreeResult Bin::Free(PageAllocator* pages, const ExtentMap& extents,
                          void* const* regions, size_t n) noexcept {
  FreeResult result;
  Extent* emptied = nullptr;
  {
    Lock lock(&mutex_);
    for (size_t i = 0; i < n; ++i) {
      if (PutRegion(extents, pages->owner_tag(), regions[i], &emptied)) {
        continue;
      }
      if (result.double_frees < FreeResult::kMostListed) {
        result.listed[result.double_frees] = regions[i];
      }
      ++result.double_frees;
    }
    regions_out_.Sub(n - result.double_frees);
    flushes_.Add(1);
  }
  while (emptied != nullptr) {
    Extent* slab = emptied;
    emptied = slab->heap.next;
    pages->Free(slab);
  }
  return result;
}

bool Bin::IsOut(const Extent* slab, uint32_t offset) noexcept {
  Lock lock(&mutex_);
  const uint32_t index =
      static_cast<uint32_t>(uint64_t{offset} * ReciprocalOf(class_) >> 32);
  return (slab->free_bits[index / 64] >> (index % 64) & 1) == 0;
}

bool Bin::ReleaseSpares(PageAllocator* pages) noexcept {
  for (bool any = false;; any = true) {
    Extent* spare = nullptr;
    {
      Lock lock(&mutex_);
      if (empty_slabs_ == 0) return any;
      ForEachFiled([&](Extent* slab) {
        if (IsEmptySlab(*slab)) spare = slab;
        return spare == nullptr;
      });
      --empty_slabs_;
      Forget(spare);
    }
    pages->Free(spare);
  }
}

void Bin::DiscardAll() noexcept {
  Lock lock(&mutex_);
  heaps_ = {};
  filed_slabs_.Set(0);
  empty_slabs_ = 0;
  sweep_from_ = 0;
  released_pages_.Set(0);
  slabs_.Set(0);
  slab_pages_.Set(0);
  regions_.Set(0);
  regions_out_.Set(0);
}

void Bin::VerifySlab(const Extent& slab) const noexcept {
  Lock lock(&mutex_);
  size_t free = 0;
  for (uint64_t word : slab.free_bits) {
    free += static_cast<size_t>(std::popcount(word));
  }
  ACRE_CHECK(free == slab.free_regions);
  ACRE_CHECK(free + WithheldRegions(slab) <= slab.shape().regions);
  ACRE_CHECK(slab.sweeping == 0);
  ACRE_CHECK(slab.size_class == class_);
}

void Bin::Verify() const noexcept {
  Lock lock(&mutex_);
  for (const ExtentHeap& heap : heaps_) heap.Verify();
  uint64_t free = 0;
  uint64_t released = 0;
  size_t empty = 0;
  ForEachFiled([&](Extent* slab) {
    ACRE_CHECK(slab->free_regions > 0 || slab->released != 0);
    ACRE_CHECK(slab->state == ExtentState::kActive);
    empty += IsEmptySlab(*slab);
    free += slab->free_regions + WithheldRegions(*slab);
    released += static_cast<size_t>(std::popcount(slab->released));
    return true;
  });
  ACRE_CHECK(empty == empty_slabs_);
  ACRE_CHECK(free + regions_out_.Get() == regions_.Get());
  ACRE_CHECK(released == released_pages_.Get());
}

}  // namespace acre::allocator
