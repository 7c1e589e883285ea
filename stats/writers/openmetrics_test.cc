#include "stats/writers/openmetrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "allocator/arena/domain_test_fixture.h"
#include "stats/writers/metric_families.h"
#include "stats/writers/metric_kinds.h"

namespace acre::stats {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end == std::string::npos ? text.size() : end + 1;
  }
  return lines;
}

class OpenMetricsTest : public allocator::DomainTest {
 protected:
  allocator::Arena* Hold(std::string_view name, size_t bytes) {
    allocator::Arena* arena = NewArena();
    arena->SetName(name);
    EXPECT_TRUE(bytes == 0 || arena->Allocate(bytes) != nullptr);
    return arena;
  }

  template <size_t kTenants = kDefaultTenantsShown>
  std::string Written(const MetricsOptions& options = {}) {
    const auto document = std::make_unique<FixedOpenMetrics<kTenants>>(
        *domain_, "engine \"7\"", options);
    std::string text;
    EXPECT_TRUE(WriteTo(
        document.get(),
        [](void* context, std::string_view part) {
          static_cast<std::string*>(context)->append(part);
          return true;
        },
        &text));
    return text;
  }

  // Samples by name and labels.
  static std::map<std::string, uint64_t> Samples(const std::string& text) {
    std::map<std::string, uint64_t> samples;
    for (const std::string& line : LinesOf(text)) {
      if (line.starts_with('#')) continue;
      const size_t blank = line.rfind(' ');
      EXPECT_TRUE(
          samples
              .emplace(line.substr(0, blank), std::stoull(line.substr(blank)))
              .second)
          << line;
    }
    return samples;
  }

  // Over all tenants.
  static uint64_t Sum(const std::map<std::string, uint64_t>& samples,
                      const std::string& name, const std::string& more = "") {
    uint64_t sum = 0;
    for (const auto& [key, value] : samples) {
      if (key.starts_with(name + "{tenant=") && key.ends_with(more + "}")) {
        sum += value;
      }
    }
    return sum;
  }
};

TEST_F(OpenMetricsTest, FamiliesAreWholeAndDescribed) {
  Hold("tenant-7", 5000);
  const std::vector<std::string> lines = LinesOf(Written({.kernel = true}));
  EXPECT_EQ(lines.back(), "# EOF");
  std::set<std::string> families;
  std::string family;
  for (size_t i = 0; i + 1 < lines.size(); ++i) {
    if (lines[i].starts_with("# HELP ")) {
      family = lines[i].substr(7, lines[i].find(' ', 7) - 7);
      EXPECT_TRUE(families.insert(family).second) << family;
      EXPECT_THAT(lines[i + 1], StartsWith("# TYPE " + family + " "));
      const bool bytes = family.ends_with("_bytes");
      const bool seconds = family.ends_with("_seconds");
      const std::string unit = bytes ? "bytes" : "seconds";
      if (bytes || seconds) {
        EXPECT_EQ(lines[i + 2], "# UNIT " + family + " " + unit);
      }
      if (lines[i + 1].ends_with(" counter")) {
        EXPECT_THAT(family, Not(EndsWith("_total")));
        EXPECT_THAT(lines[i + (bytes || seconds ? 3 : 2)],
                    StartsWith(family + "_total"));
      }
    } else if (!lines[i].starts_with('#')) {
      EXPECT_THAT(lines[i], StartsWith(family));
    }
  }
  EXPECT_EQ(families.size(), kMetricFamilies.size());
}

TEST_F(OpenMetricsTest, ShowsWhatTheStatisticsSay) {
  Hold("tenant-7", 5000);
  ArenaStatistics one;
  domain_->ForEachArena([&](const allocator::Arena& arena) {
    if (std::string_view(arena.name) == "tenant-7") ReadArena(arena, &one);
  });
  const auto samples = Samples(Written());
  EXPECT_EQ(samples.at("acre_arena_allocated_bytes{tenant=\"tenant-7\"}"),
            5120u);
  EXPECT_EQ(samples.at("acre_arena_charged_bytes{tenant=\"tenant-7\"}"),
            one.charged);
  EXPECT_EQ(samples.at(
                "acre_arena_pages_bytes{tenant=\"tenant-7\",state=\"active\"}"),
            one.active);
  EXPECT_EQ(samples.at("acre_arena_refusals_total{tenant=\"tenant-7\"}"), 0u);
  EXPECT_EQ(samples.at("acre_bin_regions_out{class=\"5120\"}"), 1u);
  EXPECT_EQ(samples.at("acre_provider_grants{provider=\"mmap\"}"),
            domain_->grants().count());
  EXPECT_EQ(samples.at("acre_provider_calls_total{provider=\"mmap\",call="
                       "\"allocate\"}"),
            domain_->grants().count());
  EXPECT_EQ(samples.at("acre_service_metadata_bytes"),
            domain_->metadata_bytes());
}

TEST_F(OpenMetricsTest, SumsOverTenantsAreExactWhateverIsShown) {
  for (int i = 0; i < 20; ++i) {
    Hold("tenant-" + std::to_string(i), size_t{1000} << (i % 12));
  }
  for (const std::string& text :
       {Written<0>(), Written<1>(), Written<7>(), Written<20>(), Written()}) {
    const auto samples = Samples(text);
    const ServiceStatistics service = ReadService(*domain_);
    for (const Field<ArenaStatistics>& field : kArenaFields) {
      if (field.combine != Combine::kSum) continue;
      const std::string name(field.name);
      const std::string unit = field.unit == Unit::kBytes ? "_bytes" : "";
      const uint64_t expected = service.arenas.*field.member;
      switch (KindOf(kArenaKinds, field.name)) {
        case MetricKind::kPages: {
          const std::string state = "state=\"" + name + "\"";
          EXPECT_EQ(Sum(samples, "acre_arena_pages_bytes", state), expected);
          EXPECT_EQ(samples.at("acre_pages_bytes{" + state + "}"), expected);
          break;
        }
        case MetricKind::kCounter:
          EXPECT_EQ(Sum(samples, "acre_arena_" + name + unit + "_total"),
                    expected)
              << name;
          break;
        default:
          EXPECT_EQ(Sum(samples, "acre_arena_" + name + unit), expected)
              << name;
          EXPECT_EQ(samples.at("acre_" + name + unit), expected) << name;
      }
    }
  }
}

TEST_F(OpenMetricsTest, TheLargestTenantsAreShown) {
  Hold("small", 100);
  Hold("large", 8 << 20);
  Hold("middle", 1 << 20);
  const auto samples = Samples(Written<2>());
  EXPECT_EQ(samples.count("acre_arena_charged_bytes{tenant=\"large\"}"), 1u);
  EXPECT_EQ(samples.count("acre_arena_charged_bytes{tenant=\"middle\"}"), 1u);
  EXPECT_EQ(samples.count("acre_arena_charged_bytes{tenant=\"small\"}"), 0u);
  EXPECT_EQ(samples.count("acre_arena_charged_bytes{tenant=\"other\"}"), 1u);
  EXPECT_EQ(samples.count("acre_arena_peak_bytes{tenant=\"other\"}"), 0u);
  EXPECT_EQ(samples.at("acre_other_tenants"),
            ReadService(*domain_).arena_count - 2);
}

TEST_F(OpenMetricsTest, NoTwoSamplesAreOfOneName) {
  Hold("other", 1000);  // The name of the rest.
  Hold("twice", 1000);
  Hold("twice", 2000);
  Hold("\xFF", 1000);
  Hold("\xFE", 1000);
  const auto samples = Samples(Written());
  EXPECT_EQ(samples.count("acre_arena_charged_bytes{tenant=\"?\"}"), 1u);
  EXPECT_EQ(Sum(samples, "acre_arena_allocated_bytes"),
            ReadService(*domain_).arenas.allocated);
}

TEST_F(OpenMetricsTest, LabelsAreEscaped) {
  Hold("a\\b\"c d", 100);
  EXPECT_THAT(Written(), HasSubstr("{tenant=\"a\\\\b\\\"c d\"}"));
  EXPECT_THAT(Written(), HasSubstr(",service=\"engine \\\"7\\\"\"} 1\n"));
}

TEST_F(OpenMetricsTest, TheOlderFormatNamesSamples) {
  Hold("a", 100);
  const std::string text = Written({.format = MetricsFormat::kPrometheusText});
  EXPECT_THAT(text, HasSubstr("# TYPE acre_arena_refusals_total counter\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE acre_build_info gauge\n"));
  EXPECT_THAT(text, Not(HasSubstr("# UNIT")));
  EXPECT_THAT(text, Not(HasSubstr("# EOF")));
  EXPECT_EQ(Samples(text).size(), Samples(Written()).size());
}

TEST_F(OpenMetricsTest, WithoutLocksOnlyWhatNeedsThemIsMissing) {
  Hold("a", 100);
  const std::string text = Written({.locking = Locking::kForbidden});
  EXPECT_THAT(text, Not(HasSubstr("acre_governor_")));
  EXPECT_THAT(text, Not(HasSubstr("acre_provider_")));
  EXPECT_THAT(text, HasSubstr("acre_service_charged_bytes "));
  EXPECT_THAT(text, EndsWith("# EOF\n"));
}

TEST_F(OpenMetricsTest, TheKernelIsAskedOnlyIfThatIsWanted) {
  allocator::Arena* arena = NewArena();
  constexpr size_t kBytes = size_t{4} << 20;
  void* const p = arena->Allocate(kBytes);
  ASSERT_NE(p, nullptr);
  memset(p, 1, kBytes);
  EXPECT_THAT(Written(), Not(HasSubstr("acre_kernel_")));
  const auto samples = Samples(Written({.kernel = true}));
  EXPECT_GE(samples.at("acre_kernel_resident_bytes"), kBytes);
  EXPECT_GE(samples.at("acre_process_resident_bytes"), kBytes);
  EXPECT_GT(samples.at("acre_process_mappings"), 0u);
}

template <typename Fields>
void ExpectEachOnce(const Fields& fields, std::span<const KindOfFigure> kinds) {
  std::multiset<std::string_view> listed;
  for (const KindOfFigure& one : kinds) listed.insert(one.name);
  for (const auto& field : fields) {
    EXPECT_EQ(listed.count(field.name), 1u)
        << field.name << " belongs in stats/writers/metric_kinds.h, once";
  }
  EXPECT_EQ(listed.size(), std::size(fields));
}

TEST(MetricKindsTest, EveryFigureIsOfOneKind) {
  ExpectEachOnce(kArenaFields, kArenaKinds);
  ExpectEachOnce(kBinFields, kBinKinds);
  ExpectEachOnce(kServiceFields, kServiceKinds);
  ExpectEachOnce(kGovernorFields, kGovernorKinds);
  ExpectEachOnce(kProviderFields, kProviderKinds);
  ExpectEachOnce(kKernelFields, kKernelKinds);
  ExpectEachOnce(kProcessFields, kProcessKinds);
}

TEST(MetricKindsTest, NamesOfFamiliesAreUnique) {
  std::set<std::string> names;
  for (const MetricFamily& family : kMetricFamilies) {
    const std::string name =
        std::string(family.prefix) + std::string(family.name) +
        std::string(family.separator()) + std::string(family.suffix());
    EXPECT_TRUE(names.insert(name).second) << name;
    // The two formats escape these differently.
    EXPECT_EQ(family.help.find_first_of("\"\\\n"), std::string_view::npos);
  }
}

}  // namespace
}  // namespace acre::stats
