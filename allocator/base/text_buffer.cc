#include "allocator/base/text_buffer.h"

namespace acre::allocator {

TextSink& TextSink::AppendBytes(uint64_t bytes) {
  static constexpr std::string_view kUnits[] = {" B",   " KiB", " MiB",
                                                " GiB", " TiB", " PiB"};
  size_t unit = 0;
  uint64_t scale = 1;
  while (unit + 1 < sizeof(kUnits) / sizeof(kUnits[0]) &&
         bytes / scale >= 4096) {
    scale *= 1024;
    ++unit;
  }
  AppendDecimal(bytes / scale);
  const uint64_t rest = bytes % scale;
  if (rest != 0) Append(".").AppendDecimal(rest * 10 / scale);
  Append(kUnits[unit]);
  if (rest != 0) Append(" (").AppendDecimal(bytes).Append(" B)");
  return *this;
}

}  // namespace acre::allocator
