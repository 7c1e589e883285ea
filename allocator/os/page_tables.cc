#include "allocator/os/page_tables.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "allocator/base/units.h"
#include "allocator/os/os.h"

namespace acre::allocator {
namespace {

// Newer than the C library's headers.
struct PageRegion {
  uint64_t start;
  uint64_t end;
  uint64_t categories;
};

struct PageScan {
  uint64_t size = sizeof(PageScan);
  uint64_t flags = 0;
  uint64_t start = 0;
  uint64_t end = 0;
  uint64_t walk_end = 0;  // Written: where the scan stopped.
  uint64_t regions = 0;
  uint64_t regions_size = 0;
  uint64_t max_pages = 0;
  uint64_t inverted = 0;
  uint64_t all_of = 0;
  uint64_t any_of = 0;
  uint64_t reported = 0;
};

constexpr uint64_t kPresent = 1 << 3;
constexpr uint64_t kSwapped = 1 << 4;
constexpr uint64_t kHuge = 1 << 6;

struct PageRange {
  PageRange(const void* base, size_t size)
      : start(PageBase(reinterpret_cast<uintptr_t>(base))),
        end(AlignUp(reinterpret_cast<uintptr_t>(base) + size, kPageSize)) {}
  uintptr_t start;
  uintptr_t end;
};

}  // namespace

PageTables::PageTables() noexcept
    : fd_(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)) {
  PageResidence ignored;
  can_scan_ = Scan(this, 1, &ignored);
}

PageTables::~PageTables() {
  if (fd_ >= 0) close(fd_);
}

bool PageTables::Scan(const void* base, size_t size,
                      PageResidence* out) const noexcept {
  constexpr unsigned long kPagemapScan = _IOWR('f', 16, PageScan);
  if (fd_ < 0) return false;
  const PageRange range(base, size);
  PageRegion regions[64];
  PageResidence sum;
  for (uintptr_t at = range.start; at < range.end;) {
    PageScan scan;
    scan.start = at;
    scan.end = range.end;
    scan.regions = reinterpret_cast<uintptr_t>(regions);
    scan.regions_size = std::size(regions);
    scan.any_of = kPresent | kSwapped;
    scan.reported = kPresent | kSwapped | kHuge;
    const int found = ioctl(fd_, kPagemapScan, &scan);
    if (found < 0 || scan.walk_end <= at) return false;
    for (int i = 0; i < found; ++i) {
      const uint64_t bytes = regions[i].end - regions[i].start;
      const uint64_t is = regions[i].categories;
      if ((is & kPresent) != 0) sum.resident += bytes;
      if ((is & kSwapped) != 0) sum.swapped += bytes;
      if ((is & kPresent) != 0 && (is & kHuge) != 0) sum.huge_backed += bytes;
    }
    at = scan.walk_end;
  }
  *out += sum;
  return true;
}

PageResidence PageTables::ReadEntries(const void* base,
                                      size_t size) const noexcept {
  constexpr uint64_t kEntryPresent = uint64_t{1} << 63;
  constexpr uint64_t kEntrySwapped = uint64_t{1} << 62;
  const PageRange range(base, size);
  uint64_t entries[512];
  PageResidence sum;
  for (uintptr_t at = range.start; at < range.end;) {
    const size_t wanted =
        std::min<size_t>(std::size(entries), (range.end - at) / kPageSize);
    const ssize_t got =
        pread(fd_, entries, wanted * sizeof(entries[0]),
              static_cast<off_t>(at / kPageSize * sizeof(entries[0])));
    if (got <= 0) break;
    const size_t n = static_cast<size_t>(got) / sizeof(entries[0]);
    for (size_t i = 0; i < n; ++i) {
      if ((entries[i] & kEntryPresent) != 0) sum.resident += kPageSize;
      if ((entries[i] & kEntrySwapped) != 0) sum.swapped += kPageSize;
    }
    at += n * kPageSize;
  }
  return sum;
}

PageResidence PageTables::Measure(const void* base,
                                  size_t size) const noexcept {
  PageResidence pages;
  if (can_scan_ && Scan(base, size, &pages)) return pages;
  if (fd_ >= 0) return ReadEntries(base, size);
  pages.resident = ResidentBytes(base, size);  // No /proc, or no descriptor.
  return pages;
}

}  // namespace acre::allocator
