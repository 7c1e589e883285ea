#include "engine_adapter/admin/bodies.h"

#include <utility>

#include "engine_adapter/admin/document_body.h"
#include "engine_adapter/admin/json_body.h"
#include "stats/version.h"
#include "stats/writers/document.h"
#include "stats/writers/json_writer.h"
#include "stats/writers/text.h"
#include "stats/writers/timestamp.h"

namespace acre::admin {
namespace {

using stats::JsonWriter;

void WriteArena(const stats::ArenaStatistics& arena, JsonWriter* json) {
  json->Field("name", std::string_view(arena.name))
      .Field("index", arena.index)
      .Field("generation", arena.generation)
      .Figures(arena, stats::kArenaFields);
}

void WriteStamp(const ReadStamp& stamp, JsonWriter* json) {
  json->Field("read_at", FormatTime(stamp.read_at))
      .Decimal("read_cost_us", stamp.cost_us);
}

void WriteCalls(std::string_view key, const stats::HookCalls& calls,
                JsonWriter* json) {
  json->BeginObject(key).Figures(calls, stats::kHookCalls).EndObject();
}

void WriteProvider(const stats::ProviderStatistics& provider,
                   JsonWriter* json) {
  json->BeginObject()
      .Field("name", std::string_view(provider.name))
      .Figures(provider, stats::kProviderFields);
  WriteCalls("calls_of", provider.calls_of, json);
  WriteCalls("failures_of", provider.failures_of, json);
  json->EndObject();
}

class ListingDocument : public stats::Document {
 public:
  explicit ListingDocument(ArenaListing listing)
      : listing_(std::move(listing)) {}

  bool Next(stats::Text* text) noexcept override {
    if (ended_) return false;
    json_.To(text);
    if (!begun_) {
      Begin();
    } else if (next_row_ < listing_.rows.size()) {
      json_.BeginObject();
      WriteArena(listing_.rows[next_row_++], &json_);
      json_.EndObject();
    } else {
      End();
    }
    return true;
  }

 private:
  void Begin() {
    begun_ = true;
    json_.BeginObject();
    WriteStamp(listing_.stamp, &json_);
    json_.Field("arena_count", listing_.arena_count)
        .Field("offset", listing_.offset)
        .BeginArray("arenas");
  }

  void End() {
    ended_ = true;
    json_.EndArray()
        .BeginObject("total")
        .Figures(listing_.total, stats::kArenaFields)
        .EndObject()
        .EndObject();
  }

  const ArenaListing listing_;
  JsonWriter json_;
  size_t next_row_ = 0;
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace

std::string InfoBody(const ProcessInfo& info,
                     const stats::ServiceStatistics& service,
                     std::span<const stats::ProviderStatistics> providers,
                     const ReadStamp& stamp) {
  return JsonBody([&](JsonWriter& json) {
    json.Field("name", info.name)
        .Field("pid", static_cast<uint64_t>(info.pid))
        .Field("version", stats::kVersion)
        .Field("started_at", FormatTime(info.started_at))
        .Decimal("uptime_seconds", info.uptime_seconds)
        .Flag("writes_allowed", info.writes_allowed)
        .Field("arenas", info.arenas);
    WriteStamp(stamp, &json);
    json.BeginObject("service")
        .Figures(service, stats::kServiceFields)
        .EndObject()
        .BeginObject("governor")
        .Flag("running", service.governor.running)
        .Figures(service.governor, stats::kGovernorFields)
        .EndObject()
        .BeginArray("providers");
    for (const stats::ProviderStatistics& provider : providers) {
      WriteProvider(provider, &json);
    }
    json.EndArray();
  });
}

std::string ArenaBody(const stats::ArenaStatistics& arena,
                      const ReadStamp& stamp) {
  return JsonBody([&](JsonWriter& json) {
    WriteStamp(stamp, &json);
    json.BeginObject("arena");
    WriteArena(arena, &json);
    json.EndObject();
  });
}

std::string AuditBody(std::span<const AuditEntry> entries,
                      const ReadStamp& stamp) {
  return JsonBody([&](JsonWriter& json) {
    WriteStamp(stamp, &json);
    json.BeginArray("changes");
    for (const AuditEntry& entry : entries) {
      stats::FixedText<64> at;
      stats::AppendTimestamp(entry.at_us, &at);
      json.BeginObject().Field("at", at.view());
      if (entry.uid) {
        json.Field("uid", *entry.uid);
      } else {
        json.Null("uid");
      }
      if (entry.pid) {
        json.Signed("pid", *entry.pid);
      } else {
        json.Null("pid");
      }
      json.Field("action", std::string_view(entry.action))
          .Field("before", std::string_view(entry.before))
          .Field("after", std::string_view(entry.after))
          .Field("result", std::string_view(entry.result))
          .Signed("status", entry.status)
          .Field("times", entry.times)
          .EndObject();
    }
    json.EndArray();
  });
}

std::string PurgeBody(const PurgeOutcome& outcome, const ReadStamp& purge) {
  const auto write_coverage = [](std::string_view name,
                                 const std::optional<HugepageCoverage>& c,
                                 JsonWriter* json) {
    if (!c.has_value()) return;
    json->BeginObject(name)
        .Field("resident", c->resident)
        .Field("huge_backed", c->huge_backed)
        .EndObject();
  };
  return JsonBody([&](JsonWriter& json) {
    json.Field("purged_at", FormatTime(purge.read_at))
        .Decimal("purge_cost_us", purge.cost_us)
        .Field("mode", PurgeModeName(outcome.mode))
        .Field("purged_bytes", outcome.purged_bytes);
    write_coverage("coverage_before", outcome.coverage_before, &json);
    write_coverage("coverage_after", outcome.coverage_after, &json);
    json.BeginObject("before");
    WriteArena(outcome.before, &json);
    json.EndObject().BeginObject("after");
    WriteArena(outcome.after, &json);
    json.EndObject();
  });
}

std::unique_ptr<BodySource> ListingBody(ArenaListing listing) {
  return BodyOf(std::make_unique<ListingDocument>(std::move(listing)));
}

}  // namespace acre::admin
