// The machine's pool of hugepages (hugetlb), enlarged for a test and put back
// as it was at the end. Needs the right to write to /sys/kernel/mm/hugepages; a
// test that gets no pool skips itself and says reason().
//
// Not thread-safe. One process at a time has the pool: others wait for the end
// of its HugePool.

#ifndef ACRE_TESTING_HUGE_POOL_H_
#define ACRE_TESTING_HUGE_POOL_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace acre::testing {

class HugePool {
 public:
  // Sees to it that `pages` hugepages of `page_size` bytes are free.
  HugePool(uint64_t pages, size_t page_size);
  HugePool(const HugePool&) = delete;
  HugePool& operator=(const HugePool&) = delete;
  ~HugePool();

  bool granted() const { return reason_.empty(); }
  const std::string& reason() const { return reason_; }

 private:
  // Empty when that is so, or why not.
  std::string Enlarge(uint64_t pages, size_t page_size);

  const std::string folder_;
  int lock_ = -1;
  uint64_t added_ = 0;
  std::string reason_;
};

}  // namespace acre::testing

#endif  // ACRE_TESTING_HUGE_POOL_H_
