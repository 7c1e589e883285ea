#include "tools/console_app/snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "absl/status/status.h"

namespace acre::console {
namespace {

using Json = nlohmann::json;
using stats::ArenaStatistics;

constexpr int kVersion = 1;

absl::Status Bad(std::string_view why) {
  return absl::InvalidArgumentError(fmt::format("no snapshot: {}", why));
}

bool SameProcess(const ServerInfo& a, const ServerInfo& b) {
  return a.pid == b.pid && a.started_at == b.started_at;
}

// What an arena is found by in the other snapshot.
std::string KeyOf(const ArenaStatistics& arena, bool same_process) {
  return same_process ? fmt::format("{}.{}", arena.index, arena.generation)
                      : std::string(arena.name);
}

uint64_t Size(const ArenaChange& change) {
  const uint64_t before = change.before.charged;
  const uint64_t after = change.after.charged;
  return before > after ? before - after : after - before;
}

}  // namespace

bool Changed(const ArenaChange& change) {
  if (change.fate != ArenaChange::Fate::kStayed) return true;
  return std::any_of(std::begin(stats::kArenaFields),
                     std::end(stats::kArenaFields), [&](const auto& field) {
                       return change.before.*field.member !=
                              change.after.*field.member;
                     });
}

std::string MakeSnapshot(const std::string& info_body,
                         const std::string& listing_body) {
  return fmt::format("{{\"acre_snapshot\":{},\"info\":{},\"arenas\":{}}}\n",
                     kVersion, info_body, listing_body);
}

absl::StatusOr<Snapshot> ParseSnapshot(std::string_view text) {
  if (text.empty()) return Bad("it is empty");
  const Json parsed =
      Json::parse(text, /*cb=*/nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded()) {
    return Bad(
        fmt::format("its {} bytes are no whole JSON document", text.size()));
  }
  if (!parsed.is_object() || !parsed.contains("acre_snapshot")) {
    return Bad("it has no \"acre_snapshot\"; \"snapshot save\" makes one");
  }
  if (parsed["acre_snapshot"] != kVersion) {
    return Bad(fmt::format("it is of version {}, this console reads {}",
                           parsed["acre_snapshot"].dump(), kVersion));
  }
  for (const char* part : {"info", "arenas"}) {
    if (!parsed.contains(part)) {
      return Bad(fmt::format("it has no \"{}\"", part));
    }
  }
  const auto info = ParseInfo(parsed["info"].dump());
  if (!info.ok()) return Bad(info.status().ToString());
  auto listing = ParseListing(parsed["arenas"].dump());
  if (!listing.ok()) return Bad(listing.status().ToString());
  return Snapshot{.info = *info, .listing = *std::move(listing)};
}

absl::StatusOr<SnapshotDiff> Diff(const Snapshot& before,
                                  const Snapshot& after) {
  SnapshotDiff diff;
  const bool same_process = SameProcess(before.info, after.info);
  if (same_process) {
    diff.seconds = after.info.uptime_seconds - before.info.uptime_seconds;
    if (*diff.seconds < 0) {
      return absl::InvalidArgumentError(fmt::format(
          "the first snapshot was taken {:.1f} s after the second; give the "
          "older one first",
          -*diff.seconds));
    }
  }
  diff.before = before.listing.total;
  diff.after = after.listing.total;
  std::unordered_map<std::string, const ArenaStatistics*> old;
  for (const ArenaStatistics& arena : before.listing.arenas) {
    old.emplace(KeyOf(arena, same_process), &arena);
  }
  for (const ArenaStatistics& arena : after.listing.arenas) {
    ArenaChange change = {.fate = ArenaChange::Fate::kCame, .after = arena};
    const auto found = old.find(KeyOf(arena, same_process));
    if (found != old.end()) {
      change.fate = ArenaChange::Fate::kStayed;
      change.before = *found->second;
      old.erase(found);
    }
    diff.arenas.push_back(change);
  }
  // In the order of the listing, not of the map.
  for (const ArenaStatistics& arena : before.listing.arenas) {
    if (old.erase(KeyOf(arena, same_process)) > 0) {
      diff.arenas.push_back(
          {.fate = ArenaChange::Fate::kGone, .before = arena});
    }
  }
  std::stable_sort(diff.arenas.begin(), diff.arenas.end(),
                   [](const ArenaChange& a, const ArenaChange& b) {
                     if (Size(a) != Size(b)) return Size(a) > Size(b);
                     return Changed(a) && !Changed(b);
                   });
  return diff;
}

}  // namespace acre::console
