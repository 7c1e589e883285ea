#include "stats/writers/json_writer.h"

namespace acre::stats {

void JsonWriter::Separate() noexcept {
  if (needs_comma_) text_->Append(',');
  needs_comma_ = true;
}

void JsonWriter::Key(std::string_view key) noexcept {
  Separate();
  text_->Append('"').Append(key).Append("\":");
}

JsonWriter& JsonWriter::Begin(char bracket) noexcept {
  text_->Append(bracket);
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::End(char bracket) noexcept {
  text_->Append(bracket);
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::BeginObject() noexcept {
  Separate();
  return Begin('{');
}

JsonWriter& JsonWriter::BeginObject(std::string_view key) noexcept {
  Key(key);
  return Begin('{');
}

JsonWriter& JsonWriter::EndObject() noexcept { return End('}'); }

JsonWriter& JsonWriter::BeginArray(std::string_view key) noexcept {
  Key(key);
  return Begin('[');
}

JsonWriter& JsonWriter::EndArray() noexcept { return End(']'); }

JsonWriter& JsonWriter::Field(std::string_view key, uint64_t value) noexcept {
  Key(key);
  text_->Number(value);
  return *this;
}

JsonWriter& JsonWriter::Field(std::string_view key,
                              std::string_view value) noexcept {
  Key(key);
  text_->Append('"').JsonEscaped(value).Append('"');
  return *this;
}

JsonWriter& JsonWriter::Signed(std::string_view key, int64_t value) noexcept {
  Key(key);
  text_->Signed(value);
  return *this;
}

JsonWriter& JsonWriter::Decimal(std::string_view key, double value,
                                int digits) noexcept {
  Key(key);
  text_->Decimal(value, digits);
  return *this;
}

JsonWriter& JsonWriter::Seconds(std::string_view key,
                                uint64_t nanoseconds) noexcept {
  Key(key);
  text_->Seconds(nanoseconds);
  return *this;
}

JsonWriter& JsonWriter::Null(std::string_view key) noexcept {
  Key(key);
  text_->Append("null");
  return *this;
}

JsonWriter& JsonWriter::Element(std::string_view written) noexcept {
  Separate();
  text_->Append(written);
  return *this;
}

JsonWriter& JsonWriter::Flag(std::string_view key, bool value) noexcept {
  Key(key);
  text_->Append(value ? "true" : "false");
  return *this;
}

}  // namespace acre::stats
