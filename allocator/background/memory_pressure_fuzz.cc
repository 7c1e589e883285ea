// Whatever the files of /proc and /sys say, the parsers stay inside the text
// and answer with what their headers promise.

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <string_view>

#include "allocator/background/pressure_text.h"

namespace {

using acre::allocator::CgroupVersion;

void Require(bool condition) {
  if (!condition) abort();
}

bool Inside(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() &&
         part.data() + part.size() <= whole.data() + whole.size();
}

void ParseNumbers(std::string_view text) {
  uint64_t bytes = 0;
  if (acre::allocator::ParseLimit(text, CgroupVersion::kV1, &bytes)) {
    Require(bytes == acre::allocator::kNoLimit || bytes < uint64_t{1} << 62);
  }
  acre::allocator::ParseLimit(text, CgroupVersion::kV2, &bytes);
  acre::allocator::ParseByteCount(text, &bytes);
  acre::allocator::ParseStatField(text, "inactive_file", &bytes);
  acre::allocator::MemInfo info;
  if (acre::allocator::ParseMemInfo(text, &info)) {
    Require(info.total_bytes % 1024 == 0 && info.available_bytes % 1024 == 0);
  }
  uint32_t hundredths = 0;
  if (acre::allocator::ParsePsiSomeAvg10(text, &hundredths)) {
    Require(hundredths <= 10000);
  }
}

void ParsePaths(std::string_view text) {
  acre::allocator::CgroupLine line;
  if (acre::allocator::ParseCgroupLine(text, &line)) {
    Require(Inside(line.path, text) && line.path[0] == '/');
  }
  acre::allocator::CgroupMountLine mount;
  char buffer[64];
  size_t size = 0;
  if (acre::allocator::ParseCgroupMountLine(text, &mount)) {
    Require(Inside(mount.root, text) && Inside(mount.mount_point, text));
    if (acre::allocator::UnescapeMountField(mount.mount_point, buffer,
                                            sizeof(buffer), &size)) {
      Require(size <= mount.mount_point.size() && size <= sizeof(buffer));
    }
  }
  const size_t space = text.find(' ');
  if (space == std::string_view::npos) return;
  const std::string_view path = text.substr(0, space);
  std::string_view below;
  if (acre::allocator::CgroupPathBelowMount(path, text.substr(space + 1),
                                            &below)) {
    Require(path.ends_with(below));
    Require(below.find("/../") == std::string_view::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ParseNumbers(text);
  ParsePaths(text);
  return 0;
}
