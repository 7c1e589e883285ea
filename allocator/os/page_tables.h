// What the kernel's page tables say of this process's memory. For an operator:
// each question is a system call or several, whose cost grows with the memory.
//
// Asks PAGEMAP_SCAN (Linux 6.7, Documentation/admin-guide/mm/pagemap.rst), and
// reads /proc/self/pagemap entry by entry where the kernel has no such call.
// Where that file cannot be opened mincore says what is resident, no more.
// The answers were true when they were read.

#ifndef ACRE_ALLOCATOR_OS_PAGE_TABLES_H_
#define ACRE_ALLOCATOR_OS_PAGE_TABLES_H_

#include <cstddef>
#include <cstdint>

namespace acre::allocator {

// Bytes of a range.
struct PageResidence {
  uint64_t resident = 0;
  uint64_t swapped = 0;
  uint64_t huge_backed = 0;  // Of the resident ones.

  PageResidence& operator+=(const PageResidence& other) {
    resident += other.resident;
    swapped += other.swapped;
    huge_backed += other.huge_backed;
    return *this;
  }
};

// Holds a file open. Thread-safe.
class PageTables {
 public:
  PageTables() noexcept;
  PageTables(const PageTables&) = delete;
  PageTables& operator=(const PageTables&) = delete;
  ~PageTables();

  // Adds the pages of [base, base + size); false, having added nothing, where
  // the kernel has not PAGEMAP_SCAN.
  bool Scan(const void* base, size_t size, PageResidence* out) const noexcept;

  // By whatever means there are; without PAGEMAP_SCAN hugepages are not known.
  PageResidence Measure(const void* base, size_t size) const noexcept;

  // Whether the kernel has PAGEMAP_SCAN.
  bool can_scan() const { return can_scan_; }

  // Without PAGEMAP_SCAN: no hugepages. Reads 8 bytes a page.
  PageResidence ReadEntries(const void* base, size_t size) const noexcept;

 private:
  int fd_;
  bool can_scan_ = false;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_OS_PAGE_TABLES_H_
