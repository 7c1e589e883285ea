// Writes JSON into a string: commas and quoting are its business, nesting is
// the caller's.
//
//   JsonText json;
//   json.BeginObject().Field("pid", 7).BeginArray("arenas");
//   ...
//   json.EndArray().EndObject();
//
// Text is written as valid UTF-8 whatever comes in: what is none becomes
// U+FFFD. The text may be taken out in pieces, to be sent while the rest is
// written. Not thread-safe.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_JSON_TEXT_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_JSON_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace acre::admin {

class JsonText {
 public:
  // The first without a key: the document itself, or an array's element.
  JsonText& BeginObject();
  JsonText& BeginObject(std::string_view key);
  JsonText& EndObject();
  JsonText& BeginArray(std::string_view key);
  JsonText& EndArray();

  JsonText& Field(std::string_view key, uint64_t value);
  JsonText& Field(std::string_view key, std::string_view value);
  // Three decimals, which is what the clocks are good for.
  JsonText& Decimal(std::string_view key, double value);
  JsonText& Flag(std::string_view key, bool value);

  size_t size() const { return text_.size(); }
  // What has been written since the last call.
  std::string Take() { return std::exchange(text_, {}); }

 private:
  void Separate();
  void Key(std::string_view key);
  void Quote(std::string_view text);

  std::string text_;
  bool needs_comma_ = false;
};

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_JSON_TEXT_H_
