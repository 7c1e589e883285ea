#include "allocator/base/check.h"

#include <unistd.h>

#include <cstdlib>

#include "allocator/base/text_buffer.h"

namespace acre::allocator {

void CheckFailed(const char* file, int line, const char* condition) noexcept {
  TextBuffer<512> text;
  text.Append("acre: check failed at ").Append(file).Append(":");
  text.AppendDecimal(static_cast<uint64_t>(line));
  text.Append(": ").Append(condition).Append("\n");
  text.WriteTo(STDERR_FILENO);
  abort();
}

}  // namespace acre::allocator
