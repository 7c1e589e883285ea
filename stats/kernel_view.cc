#include "stats/kernel_view.h"

#include <array>

#include "allocator/arena/extent_walk.h"
#include "allocator/os/page_tables.h"

namespace acre::stats {
namespace {

using allocator::Arena;
using allocator::Domain;
using allocator::ExtentState;
using allocator::ExtentView;
using allocator::PageResidence;
using allocator::PageTables;

// Runs of address space that follow each other are measured as one.
class Runs {
 public:
  Runs(const PageTables& tables, KernelView* view)
      : tables_(tables), view_(view) {}
  ~Runs() { Measure(); }

  void Add(uintptr_t base, size_t size, bool lazy) {
    if (base != end_ || lazy != lazy_) {
      Measure();
      base_ = base;
      lazy_ = lazy;
    }
    end_ = base + size;
  }

 private:
  void Measure() {
    if (end_ == base_) return;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): an address of an extent.
    const PageResidence pages =
        tables_.Measure(reinterpret_cast<const void*>(base_), end_ - base_);
    view_->mapped += end_ - base_;
    view_->resident += pages.resident;
    view_->huge_backed += pages.huge_backed;
    view_->swapped += pages.swapped;
    if (lazy_) view_->lazily_freed += pages.resident;
    base_ = end_;
  }

  const PageTables& tables_;
  KernelView* view_;
  uintptr_t base_ = 0;
  uintptr_t end_ = 0;
  bool lazy_ = false;
};

}  // namespace

KernelView MeasureArena(const Domain& domain, const Arena& arena) noexcept {
  KernelView view;
  const PageTables tables;
  Runs runs(tables, &view);
  allocator::WalkExtents(domain, &arena, [&](const ExtentView& extent) {
    runs.Add(extent.base, extent.pages.bytes(),
             extent.state == ExtentState::kMuzzy);
  });
  return view;
}

KernelView MeasureService(const Domain& domain) noexcept {
  KernelView view;
  const PageTables tables;
  {
    Runs runs(tables, &view);
    std::array<allocator::Grants::Range, 32> batch;
    for (size_t first = 0;;) {
      const size_t n = domain.grants().Copy(first, batch);
      for (size_t i = 0; i < n; ++i) {
        runs.Add(batch[i].base, batch[i].size, false);
      }
      if (n < batch.size()) break;
      first += n;
    }
  }
  // Once for all: smaps is one long text.
  if (!tables.can_scan()) view.huge_backed = MeasureHugeBacked(domain);
  KernelView muzzy;
  {
    Runs runs(tables, &muzzy);
    allocator::WalkExtents(domain, nullptr, [&](const ExtentView& extent) {
      if (extent.state != ExtentState::kMuzzy) return;
      runs.Add(extent.base, extent.pages.bytes(), true);
    });
  }
  view.lazily_freed = muzzy.lazily_freed;
  return view;
}

}  // namespace acre::stats
