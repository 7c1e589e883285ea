#include "tools/console_app/doctor/collect.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "engine_adapter/admin/percent_coding.h"
#include "tools/console_app/control_name.h"
#include "tools/console_app/doctor/parse.h"
#include "tools/console_app/json_members.h"

namespace acre::console::doctor {
namespace {

using stats::ArenaStatistics;

// An arena is 2 KB of JSON: 20 MB at most.
constexpr size_t kMostArenas = 10'000;
// Whose bins, and whose settings, are asked for one by one.
constexpr size_t kMostInDetail = 32;
// Less in one arena is not worth a request.
constexpr uint64_t kWorthALook = uint64_t{1} << 20;
constexpr size_t kMostLocks = 1000;
constexpr size_t kMostTcaches = 1000;
// The process walks over all its extents for each.
constexpr size_t kMostInKernel = 10;

class Collector {
 public:
  Collector(const Fetch& fetch, Evidence* evidence)
      : fetch_(fetch), evidence_(*evidence) {}

  absl::Status TakeLook(Look* look) {
    const auto info = Get("/v1/info");
    if (!info.ok()) return info.status();
    auto server = ParseInfo(*info);
    if (!server.ok()) return server.status();
    auto service = ParseService(*info);
    if (!service.ok()) return service.status();
    const auto body = Get(fmt::format("/v1/arenas?limit={}", kMostArenas));
    if (!body.ok()) return body.status();
    auto arenas = ParseListing(*body);
    if (!arenas.ok()) return arenas.status();
    evidence_.cost_us += service->stamp.cost_us + arenas->stamp.cost_us;
    look->uptime_seconds = server->uptime_seconds;
    look->service = *std::move(service);
    look->arenas = *std::move(arenas);
    evidence_.info = *std::move(server);
    if (const auto locks = GetOptional(Source::kLocks, "/v1/locks",
                                       fmt::format("?limit={}", kMostLocks))) {
      look->locks = ParseLocks(*locks);
    }
    if (const auto value = GetOptional(Source::kAddressSpace, "/v1/ctl",
                                       "/stats.process.virtual_memory")) {
      look->virtual_memory = Number(*value, "value");
    }
    return absl::OkStatus();
  }

  void TakeDetails() {
    NoteArenasLeftOut();
    TakeBins();
    if (const auto tcaches =
            GetOptional(Source::kTcaches, "/v1/tcaches",
                        fmt::format("?limit={}", kMostTcaches))) {
      ParseTcaches(*tcaches, &evidence_);
    }
    if (const auto kernel =
            GetOptional(Source::kKernel, "/v1/kernel",
                        fmt::format("?limit={}", kMostInKernel))) {
      evidence_.kernel = ParseKernel(*kernel);
    }
    // One that every service has tells whether there are controls at all.
    if (GetOptional(Source::kControls, "/v1/ctl", "/opt.dirty_decay_ms")) {
      TakeSettings();
      TakeMetadataKinds();
    }
  }

 private:
  absl::StatusOr<std::string> Get(const std::string& target) {
    auto body = fetch_(target);
    if (body.ok()) ++evidence_.documents;
    return body;
  }

  nlohmann::json ParseCounted(const std::string& body) {
    auto parsed = nlohmann::json::parse(body, nullptr, false);
    evidence_.cost_us += Real(parsed, "read_cost_us");
    return parsed;
  }

  // Nothing, and why is noted, when it does not come.
  std::optional<nlohmann::json> GetOptional(Source source,
                                            std::string_view resource,
                                            std::string_view rest) {
    const auto body = Get(fmt::format("{}{}", resource, rest));
    if (!body.ok()) {
      evidence_.missing[source] =
          absl::IsNotFound(body.status())
              ? fmt::format("the process does not offer {}", resource)
              : std::string(body.status().message());
      return std::nullopt;
    }
    auto parsed = ParseCounted(*body);
    if (parsed.is_object()) return parsed;
    evidence_.missing[source] =
        fmt::format("the answer to {} is no JSON object", resource);
    return std::nullopt;
  }

  void NoteArenasLeftOut() {
    const ArenaListing& listing = evidence_.last.arenas;
    if (listing.arena_count <= listing.arenas.size()) return;
    evidence_.left_out.push_back(
        fmt::format("the {} smallest arenas, but in totals",
                    listing.arena_count - listing.arenas.size()));
  }

  // The arenas with the most of `figure`, those with little of it left out.
  template <typename Figure>
  std::vector<ArenaStatistics> Most(std::string_view what, Figure figure) {
    std::vector<ArenaStatistics> arenas;
    for (const ArenaStatistics& arena : evidence_.last.arenas.arenas) {
      if (figure(arena) >= kWorthALook) arenas.push_back(arena);
    }
    std::sort(arenas.begin(), arenas.end(),
              [&](const ArenaStatistics& a, const ArenaStatistics& b) {
                return figure(a) > figure(b);
              });
    if (arenas.size() > kMostInDetail) {
      evidence_.left_out.push_back(
          fmt::format("{} of {} arenas, those with less of it than others",
                      what, arenas.size() - kMostInDetail));
      arenas.resize(kMostInDetail);
    }
    return arenas;
  }

  void TakeBins() {
    const auto arenas =
        Most("bins", [](const ArenaStatistics& arena) { return arena.slack; });
    for (const ArenaStatistics& arena : arenas) {
      const auto body =
          Get(fmt::format("/v1/arenas/{}/bins",
                          admin::PercentEncode(std::string_view(arena.name))));
      // The arena may be gone by now.
      if (absl::IsNotFound(body.status())) continue;
      auto bins = body.ok() ? ParseBins(*body) : body.status();
      if (!bins.ok()) {
        evidence_.missing[Source::kBins] = std::string(bins.status().message());
        return;
      }
      evidence_.cost_us += bins->stamp.cost_us;
      evidence_.bins.push_back(*std::move(bins));
    }
  }

  std::optional<nlohmann::json> Control(const std::string& name) {
    const auto body = Get(ControlTarget(name));
    if (!body.ok()) {
      // The arena may be gone by now; else it cannot be told.
      if (!absl::IsNotFound(body.status())) {
        evidence_.missing[Source::kControls] =
            std::string(body.status().message());
      }
      return std::nullopt;
    }
    return Member(ParseCounted(*body), "value");
  }

  void TakeSettings() {
    const auto arenas = Most("decay times", [](const ArenaStatistics& arena) {
      return arena.dirty + arena.muzzy + arena.parked;
    });
    for (const ArenaStatistics& arena : arenas) {
      const auto dirty = Control(ArenaControl(arena.name, "dirty_decay_ms"));
      const auto muzzy = Control(ArenaControl(arena.name, "muzzy_decay_ms"));
      if (!dirty || !muzzy || !dirty->is_number_integer() ||
          !muzzy->is_number_integer()) {
        continue;
      }
      evidence_.settings.push_back({.name = arena.name,
                                    .dirty_decay_ms = dirty->get<int64_t>(),
                                    .muzzy_decay_ms = muzzy->get<int64_t>()});
    }
  }

  void TakeMetadataKinds() {
    for (const std::string_view kind : kMetadataKinds) {
      const auto bytes = Control(fmt::format("stats.metadata_of.{}", kind));
      if (!bytes || !bytes->is_number_unsigned()) continue;
      evidence_.metadata_kinds.push_back(
          {std::string(kind), bytes->get<uint64_t>()});
    }
    std::sort(evidence_.metadata_kinds.begin(), evidence_.metadata_kinds.end(),
              [](const MetadataKind& a, const MetadataKind& b) {
                return a.bytes > b.bytes;
              });
  }

  const Fetch& fetch_;
  Evidence& evidence_;
};

}  // namespace

absl::StatusOr<Evidence> CollectEvidence(const Fetch& fetch, const Pause& pause,
                                         std::string attach) {
  Evidence evidence;
  Collector collector(fetch, &evidence);
  absl::Status status = collector.TakeLook(&evidence.first);
  if (!status.ok()) return status;
  status = pause();
  if (!status.ok()) return status;
  status = collector.TakeLook(&evidence.last);
  if (!status.ok()) return status;
  collector.TakeDetails();
  evidence.attach = attach.empty() ? fmt::format("--pid {}", evidence.info.pid)
                                   : std::move(attach);
  return evidence;
}

}  // namespace acre::console::doctor
