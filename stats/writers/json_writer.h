// Writes JSON into a Text: commas and quoting are its business, nesting is the
// caller's. Goes on where it was when the text is another one, so that a
// document may be written in pieces.
//
//   JsonWriter json(&text);
//   json.BeginObject().Field("pid", 7).BeginArray("arenas");
//   ...
//   json.EndArray().EndObject();
//
// Keys are written as they are. Not thread-safe.

#ifndef ACRE_STATS_WRITERS_JSON_WRITER_H_
#define ACRE_STATS_WRITERS_JSON_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "stats/writers/text.h"

namespace acre::stats {

class JsonWriter {
 public:
  JsonWriter() noexcept = default;
  explicit JsonWriter(Text* text) noexcept : text_(text) {}

  // What is written from now on goes there.
  JsonWriter& To(Text* text) noexcept {
    text_ = text;
    return *this;
  }

  // The first without a key: the document itself, or an array's element.
  JsonWriter& BeginObject() noexcept;
  JsonWriter& BeginObject(std::string_view key) noexcept;
  JsonWriter& EndObject() noexcept;
  JsonWriter& BeginArray(std::string_view key) noexcept;
  JsonWriter& EndArray() noexcept;

  JsonWriter& Field(std::string_view key, uint64_t value) noexcept;
  JsonWriter& Field(std::string_view key, std::string_view value) noexcept;
  JsonWriter& Signed(std::string_view key, int64_t value) noexcept;
  // Three digits, which is what clocks are good for.
  JsonWriter& Decimal(std::string_view key, double value,
                      int digits = 3) noexcept;
  // Nanoseconds as seconds, exactly.
  JsonWriter& Seconds(std::string_view key, uint64_t nanoseconds) noexcept;
  JsonWriter& Flag(std::string_view key, bool value) noexcept;
  JsonWriter& Null(std::string_view key) noexcept;
  // An array's element that was written before.
  JsonWriter& Element(std::string_view written) noexcept;
  // A field for each of a list's figures (stats/fields.h).
  template <typename Statistics, typename Fields>
  JsonWriter& Figures(const Statistics& figures,
                      const Fields& fields) noexcept {
    for (const auto& field : fields) {
      Field(field.name, figures.*field.member);
    }
    return *this;
  }

 private:
  JsonWriter& Begin(char bracket) noexcept;
  JsonWriter& End(char bracket) noexcept;
  void Separate() noexcept;
  void Key(std::string_view key) noexcept;

  Text* text_ = nullptr;
  bool needs_comma_ = false;
};

}  // namespace acre::stats

#endif  // ACRE_STATS_WRITERS_JSON_WRITER_H_
