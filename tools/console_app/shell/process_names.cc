#include "tools/console_app/shell/process_names.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "engine_adapter/admin/router.h"

namespace acre::console {
namespace {

using Json = nlohmann::json;

// The "name" of each object in the member `rows`.
std::vector<std::string> NamesIn(const std::string& body, const char* rows) {
  const Json document =
      Json::parse(body, /*cb=*/nullptr, /*allow_exceptions=*/false);
  std::vector<std::string> names;
  if (!document.is_object() || !document.contains(rows)) return names;
  for (const Json& row : document[rows]) {
    if (!row.is_object() || !row.contains("name")) continue;
    if (row["name"].is_string()) names.push_back(row["name"]);
  }
  return names;
}

}  // namespace

std::vector<std::string> ProcessNames::Arenas() {
  const Clock::time_point now = Clock::now();
  if (!arenas_.empty() && now - arenas_read_ < std::chrono::seconds(2)) {
    return arenas_;
  }
  const auto body =
      client_.Get(fmt::format("/v1/arenas?limit={}", kMostArenas));
  if (!body.ok()) return {};
  arenas_ = NamesIn(*body, "arenas");
  arenas_read_ = now;
  return arenas_;
}

std::vector<std::string> ProcessNames::Controls(std::string_view prefix) {
  const auto body = client_.Get(
      fmt::format("/v1/ctl?prefix={}", admin::PercentEncode(prefix)));
  return body.ok() ? NamesIn(*body, "nodes") : std::vector<std::string>();
}

}  // namespace acre::console
