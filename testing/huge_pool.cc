#include "testing/huge_pool.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>

#include "fmt/format.h"

namespace acre::testing {
namespace {

bool ReadNumber(const std::string& path, uint64_t* value) {
  std::ifstream file(path);
  return static_cast<bool>(file >> *value);
}

bool WriteNumber(const std::string& path, uint64_t value) {
  std::ofstream file(path);
  file << value << std::flush;
  return file.good();
}

}  // namespace

HugePool::HugePool(uint64_t pages, size_t page_size)
    : folder_(fmt::format("/sys/kernel/mm/hugepages/hugepages-{}kB/",
                          page_size / 1024)) {
  lock_ = open((folder_ + "nr_hugepages").c_str(), O_RDONLY | O_CLOEXEC);
  if (lock_ >= 0) flock(lock_, LOCK_EX);
  reason_ = Enlarge(pages, page_size);
}

std::string HugePool::Enlarge(uint64_t pages, size_t page_size) {
  uint64_t total = 0;
  uint64_t free = 0;
  uint64_t reserved = 0;
  if (!ReadNumber(folder_ + "nr_hugepages", &total) ||
      !ReadNumber(folder_ + "free_hugepages", &free) ||
      !ReadNumber(folder_ + "resv_hugepages", &reserved)) {
    return fmt::format("no pool of hugepages of {} bytes", page_size);
  }
  if (free >= reserved + pages) return "";
  const uint64_t wanted = total + reserved + pages - free;
  if (!WriteNumber(folder_ + "nr_hugepages", wanted)) {
    return fmt::format("may not make {} hugepages of {} bytes", pages,
                       page_size);
  }
  uint64_t got = 0;
  ReadNumber(folder_ + "nr_hugepages", &got);
  added_ = got > total ? got - total : 0;
  if (got >= wanted) return "";
  return fmt::format("{} of {} hugepages of {} bytes could be made", added_,
                     wanted - total, page_size);
}

HugePool::~HugePool() {
  uint64_t total = 0;
  if (added_ > 0 && ReadNumber(folder_ + "nr_hugepages", &total)) {
    WriteNumber(folder_ + "nr_hugepages", total > added_ ? total - added_ : 0);
  }
  if (lock_ >= 0) close(lock_);
}

}  // namespace acre::testing
