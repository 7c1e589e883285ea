#include "stats/writers/acre_json.h"

#include <unistd.h>

#include "stats/control/control_node.h"
#include "stats/extent_statistics.h"
#include "stats/version.h"
#include "stats/writers/option_section.h"
#include "stats/writers/timestamp.h"

namespace acre::stats {

AcreJson::AcreJson(const allocator::Domain& domain,
                   std::string_view service_name,
                   const DocumentParts& parts) noexcept
    : domain_(domain),
      service_name_(service_name),
      parts_(parts),
      began_ns_(SteadyNanoseconds()),
      walk_(domain) {}

bool AcreJson::Next(Text* text) noexcept {
  json_.To(text);
  switch (phase_) {
    case Phase::kBegin:
      Begin();
      phase_ = Phase::kArena;
      return true;
    case Phase::kArena:
      phase_ = NextArena();
      return true;
    case Phase::kBin:
      phase_ = NextBin();
      return true;
    case Phase::kLarge:
      phase_ = NextLarge();
      return true;
    case Phase::kEndOfArena:
      json_.EndObject();
      phase_ = Phase::kArena;
      return true;
    case Phase::kService:
      WriteService();
      phase_ =
          parts_.locking == Locking::kAllowed ? Phase::kProvider : Phase::kEnd;
      return true;
    case Phase::kProvider:
      phase_ = NextProvider();
      return true;
    case Phase::kEnd:
      End();
      phase_ = Phase::kDone;
      return true;
    case Phase::kDone:
      return false;
  }
  return false;
}

void AcreJson::Begin() {
  FixedText<64> now;
  AppendTimestamp(WallMicroseconds(), &now);
  json_.BeginObject()
      .Field("acre_statistics_version", kAcreStatisticsVersion)
      .Field("version", kVersion)
      .Field("name", service_name_)
      .Field("pid", static_cast<uint64_t>(getpid()))
      .Field("read_at", now.view())
      .BeginObject("config");
  WriteOptions(domain_, ConfigNodes(), "config.", &json_);
  json_.EndObject().BeginObject("opt");
  WriteOptions(domain_, OptionNodes(), "opt.", &json_);
  json_.EndObject();
  if (parts_.arenas) json_.BeginArray("arenas");
}

AcreJson::Phase AcreJson::NextArena() {
  if (!walk_.Next()) {
    if (parts_.arenas) json_.EndArray();
    return Phase::kService;
  }
  if (!parts_.arenas) return Phase::kArena;
  json_.BeginObject()
      .Field("name", std::string_view(walk_.arena().name))
      .Field("index", walk_.arena().index)
      .Field("generation", walk_.arena().generation)
      .Figures(walk_.arena(), kArenaFields)
      .Signed("dirty_decay_ms", walk_.dirty_decay_ms())
      .Signed("muzzy_decay_ms", walk_.muzzy_decay_ms());
  if (!parts_.bins) return Phase::kEndOfArena;
  json_.BeginArray("bins");
  next_ = 0;
  return Phase::kBin;
}

AcreJson::Phase AcreJson::NextBin() {
  if (next_ == walk_.bins().size()) {
    json_.EndArray().BeginArray("large");
    next_ = 0;
    return Phase::kLarge;
  }
  json_.BeginObject().Figures(walk_.bins()[next_++], kBinFields).EndObject();
  return Phase::kBin;
}

AcreJson::Phase AcreJson::NextLarge() {
  if (next_ == walk_.large().size()) {
    json_.EndArray();
    return Phase::kEndOfArena;
  }
  json_.BeginObject().Figures(walk_.large()[next_++], kLargeFields).EndObject();
  return Phase::kLarge;
}

void AcreJson::WriteService() {
  const ServiceStatistics service = walk_.Service(parts_.locking);
  json_.BeginObject("totals");
  for (const Field<ArenaStatistics>& field : kArenaFields) {
    // Limits and peaks of several are none of anything.
    if (field.combine != Combine::kSum) continue;
    json_.Field(field.name, service.arenas.*field.member);
  }
  json_.EndObject()
      .BeginObject("service")
      .Figures(service, kServiceFields)
      .EndObject();
  if (parts_.locking == Locking::kForbidden) return;
  json_.BeginObject("governor")
      .Flag("running", service.governor.running)
      .Figures(service.governor, kGovernorFields)
      .EndObject()
      .BeginArray("providers");
  next_ = 0;
}

AcreJson::Phase AcreJson::NextProvider() {
  ProviderStatistics provider;
  if (!ReadProvider(domain_, next_++, &provider)) {
    json_.EndArray();
    return Phase::kEnd;
  }
  json_.BeginObject()
      .Field("name", std::string_view(provider.name))
      .Figures(provider, kProviderFields)
      .BeginObject("calls_of")
      .Figures(provider.calls_of, kHookCalls)
      .EndObject()
      .BeginObject("failures_of")
      .Figures(provider.failures_of, kHookCalls)
      .EndObject()
      .BeginObject("nanoseconds_of")
      .Figures(provider.time_of, kHookCalls)
      .EndObject()
      .EndObject();
  return Phase::kProvider;
}

void AcreJson::End() {
  const uint64_t cost_ns = SteadyNanoseconds() - began_ns_;
  json_.Decimal("read_cost_us", static_cast<double>(cost_ns) * 1e-3)
      .EndObject();
}

}  // namespace acre::stats
