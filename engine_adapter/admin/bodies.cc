#include "engine_adapter/admin/bodies.h"

#include <algorithm>
#include <utility>

#include "engine_adapter/admin/json_text.h"
#include "engine_adapter/admin/version.h"

namespace acre::admin {
namespace {

template <typename Statistics, typename Fields>
void WriteFields(const Statistics& statistics, const Fields& fields,
                 JsonText* json) {
  for (const auto& field : fields) {
    json->Field(field.name, statistics.*field.member);
  }
}

void WriteArena(const stats::ArenaStatistics& arena, JsonText* json) {
  json->Field("name", std::string_view(arena.name))
      .Field("index", arena.index)
      .Field("generation", arena.generation);
  WriteFields(arena, stats::kArenaFields, json);
}

void WriteStamp(const ReadStamp& stamp, JsonText* json) {
  json->Field("read_at", FormatTime(stamp.read_at))
      .Decimal("read_cost_us", stamp.cost_us);
}

void WriteCalls(std::string_view key, const stats::HookCalls& calls,
                JsonText* json) {
  json->BeginObject(key);
  WriteFields(calls, stats::kHookCalls, json);
  json->EndObject();
}

void WriteProvider(const stats::ProviderStatistics& provider, JsonText* json) {
  json->BeginObject().Field("name", std::string_view(provider.name));
  WriteFields(provider, stats::kProviderFields, json);
  WriteCalls("calls_of", provider.calls_of, json);
  WriteCalls("failures_of", provider.failures_of, json);
  json->EndObject();
}

class ListingSource : public BodySource {
 public:
  explicit ListingSource(ArenaListing listing) : listing_(std::move(listing)) {
    json_.BeginObject();
    WriteStamp(listing_.stamp, &json_);
    json_.Field("arena_count", listing_.arena_count)
        .Field("offset", listing_.offset)
        .BeginArray("arenas");
  }

  size_t Read(char* out, size_t max) override {
    if (position_ == piece_.size()) {
      while (json_.size() < max && WriteNext()) {
      }
      piece_ = json_.Take();
      position_ = 0;
    }
    const size_t bytes = piece_.copy(out, max, position_);
    position_ += bytes;
    return bytes;
  }

 private:
  // The next row, then the total; false when there is nothing more.
  bool WriteNext() {
    if (total_written_) return false;
    if (next_row_ < listing_.rows.size()) {
      json_.BeginObject();
      WriteArena(listing_.rows[next_row_++], &json_);
      json_.EndObject();
      return true;
    }
    total_written_ = true;
    json_.EndArray().BeginObject("total");
    WriteFields(listing_.total, stats::kArenaFields, &json_);
    json_.EndObject().EndObject();
    return true;
  }

  const ArenaListing listing_;
  size_t next_row_ = 0;
  bool total_written_ = false;
  JsonText json_;
  std::string piece_;
  size_t position_ = 0;  // in piece_
};

}  // namespace

std::string InfoBody(const ProcessInfo& info,
                     const stats::ServiceStatistics& service,
                     std::span<const stats::ProviderStatistics> providers,
                     const ReadStamp& stamp) {
  JsonText json;
  json.BeginObject()
      .Field("name", info.name)
      .Field("pid", static_cast<uint64_t>(info.pid))
      .Field("version", kVersion)
      .Field("started_at", FormatTime(info.started_at))
      .Decimal("uptime_seconds", info.uptime_seconds)
      .Flag("writes_allowed", info.writes_allowed)
      .Field("arenas", info.arenas);
  WriteStamp(stamp, &json);
  json.BeginObject("service");
  WriteFields(service, stats::kServiceFields, &json);
  json.EndObject()
      .BeginObject("governor")
      .Flag("running", service.governor.running);
  WriteFields(service.governor, stats::kGovernorFields, &json);
  json.EndObject().BeginArray("providers");
  for (const stats::ProviderStatistics& provider : providers) {
    WriteProvider(provider, &json);
  }
  json.EndArray().EndObject();
  return json.Take();
}

std::string ArenaBody(const stats::ArenaStatistics& arena,
                      const ReadStamp& stamp) {
  JsonText json;
  json.BeginObject();
  WriteStamp(stamp, &json);
  json.BeginObject("arena");
  WriteArena(arena, &json);
  json.EndObject().EndObject();
  return json.Take();
}

std::string BinsBody(std::string_view arena,
                     std::span<const stats::BinStatistics> bins,
                     const ReadStamp& stamp) {
  JsonText json;
  json.BeginObject();
  WriteStamp(stamp, &json);
  json.Field("arena", arena).BeginArray("bins");
  for (const stats::BinStatistics& bin : bins) {
    json.BeginObject();
    WriteFields(bin, stats::kBinFields, &json);
    json.EndObject();
  }
  json.EndArray().EndObject();
  return json.Take();
}

std::string PurgeBody(const PurgeOutcome& outcome, const ReadStamp& purge) {
  JsonText json;
  auto write_coverage = [&json](std::string_view name,
                                const std::optional<HugepageCoverage>& c) {
    if (!c.has_value()) return;
    json.BeginObject(name)
        .Field("resident", c->resident)
        .Field("huge_backed", c->huge_backed)
        .EndObject();
  };
  json.BeginObject()
      .Field("purged_at", FormatTime(purge.read_at))
      .Decimal("purge_cost_us", purge.cost_us)
      .Field("mode", PurgeModeName(outcome.mode))
      .Field("purged_bytes", outcome.purged_bytes);
  write_coverage("coverage_before", outcome.coverage_before);
  write_coverage("coverage_after", outcome.coverage_after);
  json.BeginObject("before");
  WriteArena(outcome.before, &json);
  json.EndObject().BeginObject("after");
  WriteArena(outcome.after, &json);
  json.EndObject().EndObject();
  return json.Take();
}

std::unique_ptr<BodySource> ListingBody(ArenaListing listing) {
  return std::make_unique<ListingSource>(std::move(listing));
}

}  // namespace acre::admin
