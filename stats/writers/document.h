// A document that writes itself piece by piece, and who takes it: a file
// descriptor, a callback, or whoever asks for the next piece when he has room
// (the HTTP server).
//
// A document reads the figures when it is made or while it is written, as it
// says. Neither making nor writing one allocates, throws or waits for a lock
// that an allocation holds, so both may be done in a refusal handler, out of
// memory, and in a handler of a signal that ended an operation midway:
// write(2) is the only system call made here.
//
// Not thread-safe; documents are independent of each other.

#ifndef ACRE_STATS_WRITERS_DOCUMENT_H_
#define ACRE_STATS_WRITERS_DOCUMENT_H_

#include <cstddef>
#include <string_view>

#include "stats/writers/text.h"

namespace acre::stats {

class Document {
 public:
  // No piece has more bytes.
  static constexpr size_t kMostPieceBytes = 4096;

  Document() = default;
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  virtual ~Document() = default;

  // Appends the next piece, which may be empty, to `text`, which has room for
  // it. False, having appended nothing, when there is none left.
  virtual bool Next(Text* text) noexcept = 0;
};

// Appends pieces while there is room for whatever comes next. False when that
// was the end.
bool Fill(Document* document, Text* text) noexcept;

// Takes a part of a document; false to be given no more of it.
using WriteCallback = bool (*)(void* context, std::string_view part);

// Both write the rest of the document and use 8 KiB of stack. False when it
// could not be written to its end: the callback declined, or write(2) failed
// (errno says why). A descriptor that does not block may fail when its reader
// is slow.
bool WriteTo(Document* document, WriteCallback write, void* context) noexcept;
bool WriteTo(Document* document, int fd) noexcept;

}  // namespace acre::stats

#endif  // ACRE_STATS_WRITERS_DOCUMENT_H_
