// What /proc/self says, read with fixed buffers.

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <string_view>

#include "stats/kernel_view.h"

namespace acre::stats {
namespace {

// Calls visit(std::string_view) for each line of a file; of lines that are
// longer than the buffer, for the beginning. False when it cannot be read.
template <typename Visit>
bool ForEachLine(const char* path, Visit visit) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char text[4096];
  size_t used = 0;
  bool cut = false;
  for (;;) {
    const ssize_t n = read(fd, text + used, sizeof(text) - used);
    if (n <= 0) break;
    std::string_view rest(text, used + static_cast<size_t>(n));
    for (size_t end; (end = rest.find('\n')) != std::string_view::npos;) {
      if (!cut) visit(rest.substr(0, end));
      cut = false;
      rest.remove_prefix(end + 1);
    }
    if (rest.size() == sizeof(text)) {
      if (!cut) visit(rest);
      cut = true;
      rest = {};
    }
    used = rest.copy(text, rest.size());
  }
  if (used > 0 && !cut) visit(std::string_view(text, used));
  close(fd);
  return true;
}

bool TakeNumber(std::string_view text, uint64_t* number) {
  while (text.starts_with(' ') || text.starts_with('\t')) {
    text.remove_prefix(1);
  }
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc();
}

// "Rss:   1234 kB" into bytes.
void TakeKib(std::string_view line, std::string_view key, uint64_t* bytes) {
  uint64_t kib = 0;
  if (!line.starts_with(key)) return;
  if (TakeNumber(line.substr(key.size()), &kib)) *bytes = kib * 1024;
}

}  // namespace

ProcessView MeasureProcess() noexcept {
  ProcessView view;
  ForEachLine("/proc/self/status", [&](std::string_view line) {
    TakeKib(line, "VmSize:", &view.virtual_memory);
    TakeKib(line, "VmRSS:", &view.resident);
    TakeKib(line, "VmSwap:", &view.swapped);
    TakeKib(line, "RssAnon:", &view.anonymous);
  });
  // More exact than status, whose counters lag by some pages a thread.
  ForEachLine("/proc/self/smaps_rollup", [&](std::string_view line) {
    TakeKib(line, "Rss:", &view.resident);
    TakeKib(line, "Swap:", &view.swapped);
    TakeKib(line, "Anonymous:", &view.anonymous);
    TakeKib(line, "AnonHugePages:", &view.anonymous_huge);
    TakeKib(line, "LazyFree:", &view.lazily_freed);
  });
  ForEachLine("/proc/self/maps", [&](std::string_view) { ++view.mappings; });
  ForEachLine("/proc/sys/vm/max_map_count", [&](std::string_view line) {
    TakeNumber(line, &view.most_mappings);
  });
  return view;
}

}  // namespace acre::stats
