#include "stats/writers/document.h"

#include <errno.h>
#include <unistd.h>

namespace acre::stats {
namespace {

bool WriteAll(int fd, std::string_view part) {
  while (!part.empty()) {
    const ssize_t written = write(fd, part.data(), part.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    part.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

bool Fill(Document* document, Text* text) noexcept {
  while (text->room() >= Document::kMostPieceBytes) {
    if (!document->Next(text)) return false;
  }
  return true;
}

bool WriteTo(Document* document, WriteCallback write_part,
             void* context) noexcept {
  FixedText<2 * Document::kMostPieceBytes> text;
  bool more = true;
  while (more) {
    more = Fill(document, &text);
    if (text.size() != 0 && !write_part(context, text.view())) return false;
    text.Clear();
  }
  return true;
}

bool WriteTo(Document* document, int fd) noexcept {
  return WriteTo(
      document,
      [](void* context, std::string_view part) {
        return WriteAll(*static_cast<const int*>(context), part);
      },
      &fd);
}

}  // namespace acre::stats
