#include "tools/console_app/json_members.h"

namespace acre::console {

using Json = nlohmann::json;

const Json& Member(const Json& object, std::string_view key) {
  static const auto* const none = new Json;
  if (!object.is_object()) return *none;
  const auto found = object.find(std::string(key));
  return found == object.end() ? *none : *found;
}

uint64_t Number(const Json& object, std::string_view key) {
  const Json& member = Member(object, key);
  return member.is_number_unsigned() ? member.get<uint64_t>() : 0;
}

double Real(const Json& object, std::string_view key) {
  const Json& member = Member(object, key);
  return member.is_number() ? member.get<double>() : 0;
}

bool Truth(const Json& object, std::string_view key) {
  const Json& member = Member(object, key);
  return member.is_boolean() && member.get<bool>();
}

std::string Text(const Json& object, std::string_view key) {
  const Json& member = Member(object, key);
  return member.is_string() ? member.get<std::string>() : std::string();
}

}  // namespace acre::console
