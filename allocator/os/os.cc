#include "allocator/os/os.h"

#include <fcntl.h>
#include <linux/mman.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <iterator>
#include <new>
#include <string_view>

#include "allocator/base/units.h"
#include "allocator/os/page_tables.h"

namespace acre::allocator {
namespace {

void* MapPages(size_t size, int protection) {
  void* p = mmap(nullptr, size, protection,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p == MAP_FAILED ? nullptr : p;
}

// Where hugepages are on for everything, a fault beside pages that were given
// back would bring them into memory again without anybody being charged.
void* WithoutHugepages(void* p, size_t size) {
  // A kernel without hugepages refuses, and needs no advice.
  if (p != nullptr) madvise(p, size, MADV_NOHUGEPAGE);
  return p;
}

// Maps with an alignment above the kernel's by mapping more and cutting the
// ends off.
void* MapAligned(size_t size, size_t alignment, int protection) {
  void* p = MapPages(size, protection);
  if (p == nullptr || reinterpret_cast<uintptr_t>(p) % alignment == 0) return p;
  munmap(p, size);
  if (size + alignment < size) return nullptr;
  p = MapPages(size + alignment - kPageSize, protection);
  if (p == nullptr) return nullptr;
  const uintptr_t start = reinterpret_cast<uintptr_t>(p);
  const uintptr_t end = start + size + alignment - kPageSize;
  const uintptr_t base = AlignUp(start, alignment);
  if (base > start) munmap(p, base - start);
  if (base + size < end) {
    munmap(reinterpret_cast<void*>(base + size), end - base - size);
  }
  return reinterpret_cast<void*>(base);
}

// Adds up AnonHugePages of the mappings that lie in a range, line by line.
class SmapsCounter {
 public:
  SmapsCounter(uintptr_t start, uintptr_t end) : start_(start), end_(end) {}

  void TakeLine(std::string_view line) {
    uintptr_t first = 0;
    uintptr_t last = 0;
    if (TakeNumber(&line, 16, &first) && line.starts_with('-')) {
      line.remove_prefix(1);
      if (!TakeNumber(&line, 16, &last)) return;
      inside_ = first >= start_ && last <= end_;
      return;
    }
    constexpr std::string_view kField = "AnonHugePages:";
    if (!inside_ || !line.starts_with(kField)) return;
    line.remove_prefix(kField.size());
    while (line.starts_with(' ')) line.remove_prefix(1);
    uintptr_t kib = 0;
    if (TakeNumber(&line, 10, &kib)) bytes_ += kib * 1024;
  }
  size_t bytes() const { return bytes_; }

 private:
  static bool TakeNumber(std::string_view* text, unsigned radix,
                         uintptr_t* value) {
    const size_t length = text->size();
    for (; !text->empty(); text->remove_prefix(1)) {
      const char c = text->front();
      unsigned digit = radix;
      if (c >= '0' && c <= '9') digit = static_cast<unsigned>(c - '0');
      if (c >= 'a' && c <= 'f') digit = static_cast<unsigned>(c - 'a') + 10;
      if (digit >= radix) break;
      *value = *value * radix + digit;
    }
    return text->size() < length;
  }

  const uintptr_t start_;
  const uintptr_t end_;
  bool inside_ = false;
  size_t bytes_ = 0;
};

}  // namespace

LinuxOs* LinuxOs::Get() {
  alignas(LinuxOs) static unsigned char storage[sizeof(LinuxOs)];
  static LinuxOs* const instance = new (storage) LinuxOs;
  return instance;
}

void* LinuxOs::Reserve(size_t size, size_t alignment) noexcept {
  return WithoutHugepages(MapAligned(size, alignment, PROT_READ), size);
}

bool LinuxOs::Commit(void* base, size_t size) noexcept {
  return mprotect(base, size, PROT_READ | PROT_WRITE) == 0;
}

void* LinuxOs::Map(size_t size, size_t alignment) noexcept {
  return WithoutHugepages(MapAligned(size, alignment, PROT_READ | PROT_WRITE),
                          size);
}

bool LinuxOs::Unmap(void* base, size_t size) noexcept {
  return munmap(base, size) == 0;
}

bool LinuxOs::Purge(void* base, size_t size) noexcept {
  return madvise(base, size, MADV_DONTNEED) == 0;
}

bool LinuxOs::Decommit(void* base, size_t size) noexcept {
  // A fresh mapping in place of the old one: the pages go, and what the system
  // counted against its commit limit with them.
  void* p =
      mmap(base, size, PROT_READ,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  if (p == MAP_FAILED) return false;
  WithoutHugepages(p, size);
  return true;
}

bool LinuxOs::PurgeLazily(void* base, size_t size) noexcept {
  return madvise(base, size, MADV_FREE) == 0;
}

void* LinuxOs::MapHuge(size_t size, size_t page_size) noexcept {
  const int shift = std::countr_zero(page_size);
  void* p = mmap(
      nullptr, size, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | (shift << MAP_HUGE_SHIFT), -1,
      0);
  return p == MAP_FAILED ? nullptr : p;
}

bool LinuxOs::AdviseHuge(void* base, size_t size, HugeAdvice advice) noexcept {
  return madvise(base, size,
                 advice == HugeAdvice::kAlways ? MADV_HUGEPAGE
                                               : MADV_NOHUGEPAGE) == 0;
}

bool LinuxOs::Collapse(void* base, size_t size) noexcept {
  constexpr int kMadvCollapse = 25;  // Newer than the C library's header.
  return madvise(base, size, kMadvCollapse) == 0;
}

bool LinuxOs::Populate(void* base, size_t size) noexcept {
  return madvise(base, size, MADV_POPULATE_WRITE) == 0;
}

bool LinuxOs::Bind(void* base, size_t size, int node, bool strict) noexcept {
  constexpr int kPreferred = 1;  // MPOL_PREFERRED, MPOL_BIND.
  constexpr int kBind = 2;
  constexpr unsigned long kBits = 8 * sizeof(unsigned long);
  unsigned long mask[16] = {};
  if (node < 0 || static_cast<size_t>(node) >= std::size(mask) * kBits) {
    return false;
  }
  mask[static_cast<unsigned long>(node) / kBits] =
      1ul << (static_cast<unsigned long>(node) % kBits);
  return syscall(SYS_mbind, base, size, strict ? kBind : kPreferred, mask,
                 std::size(mask) * kBits, 0u) == 0;
}

bool LinuxOs::StrictOvercommit() noexcept {
  // Read once; who changes it changes it for processes to come.
  static const bool strict = [] {
    const int fd = open("/proc/sys/vm/overcommit_memory", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    char c = '0';
    const bool is_strict = read(fd, &c, 1) == 1 && c == '2';
    close(fd);
    return is_strict;
  }();
  return strict;
}

size_t HugeBackedBytes(const void* base, size_t size) noexcept {
  const PageTables tables;
  PageResidence pages;
  return tables.Scan(base, size, &pages) ? pages.huge_backed
                                         : SmapsHugeBytes(base, size);
}

size_t SmapsHugeBytes(const void* base, size_t size) noexcept {
  const int fd = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  const uintptr_t start = reinterpret_cast<uintptr_t>(base);
  SmapsCounter counter(start, start + size);
  // Of a line that is longer, a path's, the end is of no interest.
  char text[4096];
  size_t used = 0;
  bool cut = false;
  for (;;) {
    const ssize_t n = read(fd, text + used, sizeof text - used);
    if (n <= 0) break;
    used += static_cast<size_t>(n);
    std::string_view rest(text, used);
    for (size_t at = rest.find('\n'); at != rest.npos; at = rest.find('\n')) {
      if (!cut) counter.TakeLine({rest.data(), at});
      cut = false;
      rest.remove_prefix(at + 1);
    }
    if (rest.size() == sizeof text) {
      if (!cut) counter.TakeLine(rest);
      cut = true;
      rest = {};
    }
    used = rest.size();
    std::copy(rest.begin(), rest.end(), text);
  }
  close(fd);
  return counter.bytes();
}

size_t ResidentBytes(const void* base, size_t size) noexcept {
  constexpr size_t kChunkPages = 1024;
  unsigned char present[kChunkPages];
  const uintptr_t start = PageBase(reinterpret_cast<uintptr_t>(base));
  const uintptr_t end = reinterpret_cast<uintptr_t>(base) + size;
  size_t pages = 0;
  for (uintptr_t at = start; at < end; at += kChunkPages * kPageSize) {
    const size_t bytes = std::min(kChunkPages * kPageSize, end - at);
    if (mincore(reinterpret_cast<void*>(at), bytes, present) != 0) continue;
    const size_t n = (bytes + kPageSize - 1) / kPageSize;
    for (size_t i = 0; i < n; ++i) pages += present[i] & 1;
  }
  return pages * kPageSize;
}

}  // namespace acre::allocator
