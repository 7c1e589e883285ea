#include "tools/bench_app/process_memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace acre::bench {
namespace {

[[noreturn]] void Fail(const char* path, const char* what) {
  std::fprintf(stderr, "%s: cannot %s\n", path, what);
  std::abort();
}

uint64_t ReadKibField(const char* path, const char* field) {
  char text[8192];
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) Fail(path, "open");
  size_t length = 0;
  while (length + 1 < sizeof(text)) {
    const ssize_t got = read(fd, text + length, sizeof(text) - 1 - length);
    if (got <= 0) break;
    length += static_cast<size_t>(got);
  }
  close(fd);
  text[length] = '\0';
  const char* found = std::strstr(text, field);
  if (found == nullptr) Fail(path, field);
  return std::strtoull(found + std::strlen(field), nullptr, 10) * 1024;
}

}  // namespace

uint64_t ReadResidentBytes() {
  return ReadKibField("/proc/self/smaps_rollup", "\nRss:");
}

void ResetPeakResident() {
  const char* path = "/proc/self/clear_refs";
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) Fail(path, "open");
  if (write(fd, "5", 1) != 1) Fail(path, "write");
  close(fd);
}

uint64_t ReadPeakResidentBytes() {
  return ReadKibField("/proc/self/status", "\nVmHWM:");
}

}  // namespace acre::bench
