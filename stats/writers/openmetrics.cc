#include "stats/writers/openmetrics.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "stats/fields.h"
#include "stats/version.h"
#include "stats/writers/metric_families.h"
#include "stats/writers/metric_kinds.h"

namespace acre::stats {
namespace {

constexpr size_t CountPageStates() {
  size_t count = 0;
  for (const KindOfFigure& one : kArenaKinds) {
    if (one.kind == MetricKind::kPages) ++count;
  }
  return count;
}

// The figures of an arena that are states of its pages.
constexpr auto kPageStates = [] {
  std::array<size_t, CountPageStates()> fields = {};
  size_t count = 0;
  for (size_t i = 0; i < std::size(kArenaFields); ++i) {
    if (KindOf(kArenaKinds, kArenaFields[i].name) == MetricKind::kPages) {
      fields[count++] = i;
    }
  }
  return fields;
}();

constexpr size_t kCallKinds = std::size(kHookCalls);

constexpr std::string_view kOtherProviders = "other";

void Add(const ProviderStatistics& from, ProviderStatistics* to) {
  for (const Field<ProviderStatistics>& field : kProviderFields) {
    to->*field.member += from.*field.member;
  }
  for (const HookCall& call : kHookCalls) {
    to->calls_of.*call.member += from.calls_of.*call.member;
    to->failures_of.*call.member += from.failures_of.*call.member;
    to->time_of.*call.member += from.time_of.*call.member;
  }
}

void AppendLabel(std::string_view name, std::string_view value, Text* text) {
  text->Append(name).Append("=\"").LabelEscaped(value).Append('"');
}

}  // namespace

OpenMetrics::OpenMetrics(const allocator::Domain& domain,
                         std::string_view service_name,
                         std::span<ArenaStatistics> rows,
                         const MetricsOptions& options) noexcept
    : service_name_(service_name), options_(options) {
  ReadTenants(domain, options.locking, rows, &reading_);
  if (options.locking == Locking::kAllowed) ReadAllProviders(domain);
  if (options.kernel) {
    kernel_ = MeasureService(domain);
    process_ = MeasureProcess();
  }
}

// Providers of one name are one to a monitoring system, and so are those that
// there is no room for.
void OpenMetrics::ReadAllProviders(const allocator::Domain& domain) {
  ProviderStatistics one;
  for (size_t place = 0; ReadProvider(domain, place, &one); ++place) {
    const auto end =
        providers_.begin() + static_cast<ptrdiff_t>(provider_count_);
    auto at = std::find_if(providers_.begin(), end,
                           [&](const ProviderStatistics& known) {
                             return std::string_view(known.name) == one.name;
                           });
    if (at == end && provider_count_ < kMostProviders) {
      providers_[provider_count_++] = one;
    } else if (at != end) {
      Add(one, &*at);
    } else {
      ProviderStatistics& last = providers_.back();
      Add(one, &last);
      kOtherProviders.copy(last.name, sizeof(last.name) - 1);
      last.name[kOtherProviders.size()] = '\0';
    }
    one = {};
  }
}

// The last one is that of the rest.
const ArenaStatistics& OpenMetrics::Tenant(size_t i) const {
  return i < reading_.rows.size() ? reading_.rows[i] : reading_.rest;
}

size_t OpenMetrics::SampleCount(const MetricFamily& family) const {
  const size_t tenants =
      reading_.rows.size() + (reading_.arenas_in_rest == 0 ? 0 : 1);
  switch (family.scope) {
    case MetricScope::kBuild:
    case MetricScope::kReadCost:
    case MetricScope::kRest:
    case MetricScope::kService:
    case MetricScope::kAll:
      return 1;
    case MetricScope::kGovernor:
    case MetricScope::kGovernorRunning:
      return options_.locking == Locking::kAllowed ? 1 : 0;
    case MetricScope::kProvider:
      return provider_count_;
    case MetricScope::kCallsOfHooks:
    case MetricScope::kFailuresOfHooks:
    case MetricScope::kTimeInHooks:
      return provider_count_ * kCallKinds;
    case MetricScope::kPagesOfAll:
      return kPageStates.size();
    case MetricScope::kTenant:
      // Limits and peaks of several are none of anything.
      return kArenaFields[family.field].combine == Combine::kSum
                 ? tenants
                 : reading_.rows.size();
    case MetricScope::kPagesOfTenant:
      return tenants * kPageStates.size();
    case MetricScope::kClass:
      return reading_.bins.classes().size();
    case MetricScope::kKernel:
    case MetricScope::kProcess:
      return options_.kernel ? 1 : 0;
  }
  return 0;
}

uint64_t OpenMetrics::ValueOf(const MetricFamily& family, size_t i) const {
  const ServiceStatistics& service = reading_.service;
  switch (family.scope) {
    case MetricScope::kBuild:
      return 1;
    case MetricScope::kReadCost:
      return reading_.cost_ns;
    case MetricScope::kRest:
      return reading_.arenas_in_rest;
    case MetricScope::kService:
      return service.*kServiceFields[family.field].member;
    case MetricScope::kGovernor:
      return service.governor.*kGovernorFields[family.field].member;
    case MetricScope::kGovernorRunning:
      return service.governor.running ? 1 : 0;
    case MetricScope::kProvider:
      return providers_[i].*kProviderFields[family.field].member;
    case MetricScope::kCallsOfHooks:
      return providers_[i / kCallKinds].calls_of.*
             kHookCalls[i % kCallKinds].member;
    case MetricScope::kFailuresOfHooks:
      return providers_[i / kCallKinds].failures_of.*
             kHookCalls[i % kCallKinds].member;
    case MetricScope::kTimeInHooks:
      return providers_[i / kCallKinds].time_of.*
             kHookCalls[i % kCallKinds].member;
    case MetricScope::kAll:
      return service.arenas.*kArenaFields[family.field].member;
    case MetricScope::kPagesOfAll:
      return service.arenas.*kArenaFields[kPageStates[i]].member;
    case MetricScope::kTenant:
      return Tenant(i).*kArenaFields[family.field].member;
    case MetricScope::kPagesOfTenant:
      return Tenant(i / kPageStates.size()).*
             kArenaFields[kPageStates[i % kPageStates.size()]].member;
    case MetricScope::kClass:
      return reading_.bins.classes()[i].*kBinFields[family.field].member;
    case MetricScope::kKernel:
      return kernel_.*kKernelFields[family.field].member;
    case MetricScope::kProcess:
      return process_.*kProcessFields[family.field].member;
  }
  return 0;
}

void OpenMetrics::AppendLabels(const MetricFamily& family, size_t i,
                               Text* text) const {
  const auto tenant_name = [&](size_t tenant) -> std::string_view {
    return tenant < reading_.rows.size() ? reading_.rows[tenant].name
                                         : kOtherTenants;
  };
  const auto state = [&](size_t n) {
    AppendLabel("state", kArenaFields[kPageStates[n % kPageStates.size()]].name,
                text);
  };
  switch (family.scope) {
    case MetricScope::kBuild:
      AppendLabel("version", kVersion, text);
      text->Append(',');
      AppendLabel("service", service_name_, text);
      return;
    case MetricScope::kProvider:
      AppendLabel("provider", providers_[i].name, text);
      return;
    case MetricScope::kCallsOfHooks:
    case MetricScope::kFailuresOfHooks:
    case MetricScope::kTimeInHooks:
      AppendLabel("provider", providers_[i / kCallKinds].name, text);
      text->Append(',');
      AppendLabel("call", kHookCalls[i % kCallKinds].name, text);
      return;
    case MetricScope::kPagesOfAll:
      state(i);
      return;
    case MetricScope::kTenant:
      AppendLabel("tenant", tenant_name(i), text);
      return;
    case MetricScope::kPagesOfTenant:
      AppendLabel("tenant", tenant_name(i / kPageStates.size()), text);
      text->Append(',');
      state(i);
      return;
    case MetricScope::kClass:
      text->Append("class=\"")
          .Number(reading_.bins.classes()[i].size)
          .Append('"');
      return;
    case MetricScope::kReadCost:
    case MetricScope::kRest:
    case MetricScope::kService:
    case MetricScope::kGovernor:
    case MetricScope::kGovernorRunning:
    case MetricScope::kAll:
    case MetricScope::kKernel:
    case MetricScope::kProcess:
      return;
  }
}

// OpenMetrics names the family, the older format its samples.
void OpenMetrics::AppendHeader(const MetricFamily& family, Text* text) const {
  const bool open = options_.format == MetricsFormat::kOpenMetrics;
  const bool is_info = family.scope == MetricScope::kBuild;
  const auto begin = [&](std::string_view what) {
    text->Append("# ").Append(what).Append(' ');
    text->Append(family.prefix).Append(family.name);
    text->Append(family.separator()).Append(family.suffix());
    if (!open) {
      text->Append(is_info ? "_info" : family.is_counter ? "_total" : "");
    }
    text->Append(' ');
  };
  begin("HELP");
  text->Append(family.about).Append(family.help).Append('\n');
  begin("TYPE");
  text->Append(family.is_counter ? "counter"
               : is_info && open ? "info"
                                 : "gauge");
  text->Append('\n');
  if (!open || family.unit.empty()) return;
  begin("UNIT");
  text->Append(family.unit).Append('\n');
}

void OpenMetrics::AppendSample(const MetricFamily& family, size_t i,
                               Text* text) const {
  text->Append(family.prefix).Append(family.name);
  text->Append(family.separator()).Append(family.suffix());
  if (family.scope == MetricScope::kBuild) text->Append("_info");
  if (family.is_counter) text->Append("_total");
  FixedText<512> labels;
  AppendLabels(family, i, &labels);
  if (labels.size() != 0) {
    text->Append('{').Append(labels.view()).Append('}');
  }
  text->Append(' ');
  const uint64_t value = ValueOf(family, i);
  if (family.unit == "seconds") {
    text->Seconds(value);
  } else {
    text->Number(value);
  }
  text->Append('\n');
}

bool OpenMetrics::Next(Text* text) noexcept {
  for (; family_ < kMetricFamilies.size(); ++family_, sample_ = 0) {
    const MetricFamily& family = kMetricFamilies[family_];
    if (sample_ == SampleCount(family)) continue;
    if (sample_ == 0) AppendHeader(family, text);
    AppendSample(family, sample_++, text);
    return true;
  }
  if (ended_) return false;
  ended_ = true;
  if (options_.format == MetricsFormat::kOpenMetrics) text->Append("# EOF\n");
  return true;
}

}  // namespace acre::stats
