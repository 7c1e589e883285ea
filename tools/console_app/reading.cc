#include "tools/console_app/reading.h"

#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/status.h"
#include "tools/console_app/json_members.h"

namespace acre::console {
namespace {

using Json = nlohmann::json;

absl::Status NotWhatWasAsked(std::string_view what) {
  return absl::InternalError(fmt::format(
      "the answer has no usable \"{}\": is it another version of Acre?", what));
}

absl::StatusOr<Json> ParseObject(std::string_view json) {
  Json parsed = Json::parse(json, /*cb=*/nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) {
    return absl::InternalError(
        fmt::format("the answer is no JSON object ({} bytes)", json.size()));
  }
  return parsed;
}

ReadStamp ParseStamp(const Json& object) {
  return {.read_at = Text(object, "read_at"),
          .cost_us = Real(object, "read_cost_us")};
}

template <typename Statistics, typename Fields>
Statistics ParseFields(const Json& object, const Fields& fields) {
  Statistics statistics = {};
  for (const auto& field : fields) {
    statistics.*field.member = Number(object, field.name);
  }
  return statistics;
}

// Cut to fit; what it is copied to is zero.
template <size_t kSize>
void CopyName(const Json& object, char (*out)[kSize]) {
  const std::string name = Text(object, "name");
  memcpy(*out, name.data(), std::min(name.size(), kSize - 1));
}

stats::ArenaStatistics ParseStatistics(const Json& object) {
  auto arena = ParseFields<stats::ArenaStatistics>(object, stats::kArenaFields);
  CopyName(object, &arena.name);
  arena.index = static_cast<uint32_t>(Number(object, "index"));
  arena.generation = static_cast<uint32_t>(Number(object, "generation"));
  return arena;
}

stats::HookCalls ParseCalls(const Json& object) {
  return object.is_object()
             ? ParseFields<stats::HookCalls>(object, stats::kHookCalls)
             : stats::HookCalls();
}

stats::ProviderStatistics ParseProvider(const Json& object) {
  auto provider =
      ParseFields<stats::ProviderStatistics>(object, stats::kProviderFields);
  CopyName(object, &provider.name);
  provider.calls_of = ParseCalls(Member(object, "calls_of"));
  provider.failures_of = ParseCalls(Member(object, "failures_of"));
  return provider;
}

absl::StatusOr<stats::ArenaStatistics> ParseMember(const Json& object,
                                                   std::string_view key) {
  const auto found = object.find(std::string(key));
  if (found == object.end() || !found->is_object()) return NotWhatWasAsked(key);
  return ParseStatistics(*found);
}

}  // namespace

absl::StatusOr<ServerInfo> ParseInfo(std::string_view json) {
  const auto object = ParseObject(json);
  if (!object.ok()) return object.status();
  ServerInfo info;
  info.name = Text(*object, "name");
  info.pid = static_cast<int64_t>(Number(*object, "pid"));
  info.version = Text(*object, "version");
  info.started_at = Text(*object, "started_at");
  info.uptime_seconds = Real(*object, "uptime_seconds");
  info.arenas = Number(*object, "arenas");
  info.writes_allowed = Truth(*object, "writes_allowed");
  if (info.pid == 0) return NotWhatWasAsked("pid");
  return info;
}

absl::StatusOr<ServiceReading> ParseService(std::string_view json) {
  const auto object = ParseObject(json);
  if (!object.ok()) return object.status();
  for (const char* part : {"service", "governor"}) {
    if (!Member(*object, part).is_object()) return NotWhatWasAsked(part);
  }
  const Json& providers = Member(*object, "providers");
  if (!providers.is_array()) return NotWhatWasAsked("providers");
  ServiceReading reading;
  reading.stamp = ParseStamp(*object);
  reading.service = ParseFields<stats::ServiceStatistics>(
      Member(*object, "service"), stats::kServiceFields);
  const Json& governor = Member(*object, "governor");
  reading.service.governor =
      ParseFields<stats::GovernorStatistics>(governor, stats::kGovernorFields);
  reading.service.governor.running = Truth(governor, "running");
  for (const Json& row : providers) {
    if (!row.is_object()) return NotWhatWasAsked("providers");
    reading.providers.push_back(ParseProvider(row));
  }
  return reading;
}

absl::StatusOr<ArenaListing> ParseListing(std::string_view json) {
  const auto object = ParseObject(json);
  if (!object.ok()) return object.status();
  const auto rows = object->find("arenas");
  if (rows == object->end() || !rows->is_array()) {
    return NotWhatWasAsked("arenas");
  }
  ArenaListing listing;
  listing.stamp = ParseStamp(*object);
  listing.arena_count = Number(*object, "arena_count");
  listing.arenas.reserve(rows->size());
  for (const Json& row : *rows) {
    if (!row.is_object()) return NotWhatWasAsked("arenas");
    listing.arenas.push_back(ParseStatistics(row));
  }
  auto total = ParseMember(*object, "total");
  if (!total.ok()) return total.status();
  listing.total = *total;
  return listing;
}

absl::StatusOr<ArenaReading> ParseArena(std::string_view json) {
  const auto object = ParseObject(json);
  if (!object.ok()) return object.status();
  auto arena = ParseMember(*object, "arena");
  if (!arena.ok()) return arena.status();
  return ArenaReading{.stamp = ParseStamp(*object), .arena = *arena};
}

absl::StatusOr<BinsReading> ParseBins(std::string_view json) {
  const auto object = ParseObject(json);
  if (!object.ok()) return object.status();
  const auto rows = object->find("bins");
  if (rows == object->end() || !rows->is_array()) {
    return NotWhatWasAsked("bins");
  }
  BinsReading reading;
  reading.stamp = ParseStamp(*object);
  reading.arena = Text(*object, "arena");
  for (const Json& row : *rows) {
    if (!row.is_object()) return NotWhatWasAsked("bins");
    reading.bins.push_back(
        ParseFields<stats::BinStatistics>(row, stats::kBinFields));
  }
  return reading;
}

absl::StatusOr<PurgeResult> ParsePurge(std::string_view json) {
  const auto object = ParseObject(json);
  if (!object.ok()) return object.status();
  auto before = ParseMember(*object, "before");
  if (!before.ok()) return before.status();
  auto after = ParseMember(*object, "after");
  if (!after.ok()) return after.status();
  PurgeResult result{.mode = Text(*object, "mode"),
                     .purged_bytes = Number(*object, "purged_bytes"),
                     .before = *before,
                     .after = *after,
                     .cost_us = Real(*object, "purge_cost_us")};
  const auto coverage_before = object->find("coverage_before");
  const auto coverage_after = object->find("coverage_after");
  if (coverage_before != object->end() && coverage_before->is_object() &&
      coverage_after != object->end() && coverage_after->is_object()) {
    result.has_coverage = true;
    result.resident_before = Number(*coverage_before, "resident");
    result.resident_after = Number(*coverage_after, "resident");
    result.huge_before = Number(*coverage_before, "huge_backed");
    result.huge_after = Number(*coverage_after, "huge_backed");
  }
  return result;
}

absl::StatusOr<PurgePreview> ParsePurgePreview(std::string_view json) {
  const auto object = ParseObject(json);
  if (!object.ok()) return object.status();
  if (!Truth(*object, "dry_run")) return NotWhatWasAsked("dry_run");
  return PurgePreview{.stamp = ParseStamp(*object),
                      .arena = Text(*object, "arena"),
                      .mode = Text(*object, "mode"),
                      .dirty = Number(*object, "dirty"),
                      .muzzy = Number(*object, "muzzy"),
                      .parked = Number(*object, "parked"),
                      .slack = Number(*object, "slack")};
}

}  // namespace acre::console
