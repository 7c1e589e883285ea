// Each rule over figures: where it speaks and where it is silent. Real diseases
// are in disease_test.cc.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tools/console_app/doctor/evidence_builder.h"
#include "tools/console_app/doctor/parse.h"

namespace acre::console::doctor {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// The only findings are of `rule`, and these are they.
std::vector<Finding> After(std::string_view rule,
                           const std::function<void(Evidence&)>& change) {
  Evidence evidence = HealthyEvidence();
  change(evidence);
  const Diagnosis diagnosis = Diagnose(evidence, {});
  const auto findings = FindingsOf(diagnosis, rule);
  EXPECT_EQ(findings.size(), diagnosis.findings.size())
      << RenderDiagnosis(evidence, diagnosis, {});
  return findings;
}

Finding One(const std::vector<Finding>& findings) {
  EXPECT_EQ(findings.size(), 1u);
  return findings.empty() ? Finding() : findings[0];
}

TEST(RulesTest, AreSilentOnHealthyFigures) {
  EXPECT_THAT(Diagnose(HealthyEvidence(), {}).findings, IsEmpty());
}

TEST(RulesTest, HaveNamesAndQuestionsOfTheirOwn) {
  for (const Rule& rule : AllRules()) {
    EXPECT_TRUE(rule.question.ends_with('?')) << rule.name;
    EXPECT_EQ(std::count_if(
                  AllRules().begin(), AllRules().end(),
                  [&](const Rule& other) { return other.name == rule.name; }),
              1);
  }
}

// The report that metadata became proverbial with.
TEST(MetadataRule, TwelveGigabytesForFourAreCritical) {
  const Finding finding = One(After("metadata", [](Evidence& evidence) {
    auto& service = evidence.last.service.service;
    evidence.last.arenas.total.allocated = 4200 * kMiB;
    evidence.last.arenas.total.metadata = 12 * kGiB;
    evidence.last.arenas.arenas[3].metadata = 9 * kGiB;
    service.metadata = 12'700 * kMiB;
    service.mapped = 17 * kGiB;
    evidence.metadata_kinds = {{"extents", 11 * kGiB}, {"page_map", kGiB}};
  }));
  EXPECT_EQ(finding.severity, Severity::kCritical);
  EXPECT_EQ(finding.title, "12.4 GiB of metadata for 4.1 GiB allocated");
  EXPECT_THAT(finding.evidence,
              Contains("by kind: extents 11.0 GiB, page_map 1.0 GiB"));
  EXPECT_THAT(finding.evidence,
              Contains("tenant-3: 9.0 GiB for 90.0 MiB allocated"));
  EXPECT_THAT(finding.why, HasSubstr("a descriptor"));
  EXPECT_EQ(finding.commands[0],
            "acre_console arena purge tenant-3 --yes --pid 4242");
}

TEST(MetadataRule, EachKindHasItsReason) {
  for (const std::string_view kind : kMetadataKinds) {
    const Finding finding = One(After("metadata", [&](Evidence& evidence) {
      evidence.last.service.service.metadata = 200 * kMiB;
      evidence.metadata_kinds = {{std::string(kind), 200 * kMiB}};
    }));
    EXPECT_EQ(finding.severity, Severity::kWarning);
    EXPECT_THAT(finding.why, HasSubstr(kind));
    EXPECT_FALSE(finding.remedy.empty()) << kind;
    EXPECT_FALSE(finding.commands.empty()) << kind;
  }
}

TEST(FragmentationRule, TellsWhetherAPurgeWouldHelp) {
  const auto with = [](uint64_t size, uint64_t regions, uint64_t used) {
    return One(After("fragmentation", [&](Evidence& evidence) {
      evidence.bins[0].bins = {{.size = size,
                                .slabs = 100,
                                .slab_bytes = size * regions,
                                .regions = regions,
                                .regions_out = used}};
    }));
  };
  const Finding small = with(64, 1'000'000, 100'000);
  EXPECT_EQ(small.value, 64.0 * 900'000);
  EXPECT_EQ(small.severity, Severity::kNote);
  EXPECT_THAT(small.remedy, HasSubstr("a purge gives back little"));
  const Finding large = with(4096, 30'000, 3'000);
  EXPECT_EQ(large.severity, Severity::kWarning);
  EXPECT_THAT(large.remedy, StartsWith("purge"));
}

TEST(FragmentationRule, DoesNotCountWhatWasGivenBack) {
  EXPECT_THAT(After("fragmentation",
                    [](Evidence& evidence) {
                      evidence.bins[0].bins = {{.size = 4096,
                                                .slab_bytes = 4096 * 10'000,
                                                .regions = 10'000,
                                                .regions_out = 100,
                                                .released = 4096 * 9'000}};
                    }),
              IsEmpty());
}

TEST(FragmentationRule, SeesALittleInEachOfManyArenas) {
  const Finding finding = One(After("fragmentation", [](Evidence& evidence) {
    evidence.last.arenas.arena_count = 10'000;
    evidence.last.arenas.total.slack = 700 * kMiB;
  }));
  EXPECT_THAT(finding.title, HasSubstr("spread over 10,000 arenas"));
}

void MakeDirty(Evidence& evidence) {
  evidence.first.arenas.arenas[7].dirty = 64 * kMiB;
  evidence.last.arenas.arenas[7].dirty = 64 * kMiB;
}

TEST(UnusedRule, IsSilentWhileDecayIsOnItsWay) {
  EXPECT_THAT(After("unused",
                    [](Evidence& evidence) {
                      MakeDirty(evidence);
                      evidence.last.arenas.arenas[7].purged = kMiB;
                    }),
              IsEmpty());
  EXPECT_THAT(After("unused",
                    [](Evidence& evidence) {
                      MakeDirty(evidence);
                      evidence.settings[7].dirty_decay_ms = 30'000;
                    }),
              IsEmpty());
}

TEST(UnusedRule, DoesNotCallHealthyWhatItCannotTell) {
  Evidence evidence = HealthyEvidence();
  MakeDirty(evidence);
  evidence.settings[7].dirty_decay_ms = 30'000;
  const Diagnosis diagnosis = Diagnose(evidence, {});
  ASSERT_EQ(diagnosis.not_looked_at.size(), 1u);
  EXPECT_EQ(diagnosis.not_looked_at[0].rule->name, "unused");
  EXPECT_THAT(diagnosis.not_looked_at[0].reason, HasSubstr("--interval 8"));
}

TEST(UnusedRule, NamesWhatHoldsIt) {
  const auto title = [](const std::function<void(Evidence&)>& change) {
    return One(After("unused",
                     [&](Evidence& evidence) {
                       MakeDirty(evidence);
                       change(evidence);
                     }))
        .title;
  };
  EXPECT_EQ(title([](Evidence& e) { e.settings[7].dirty_decay_ms = -1; }),
            "64.0 MiB unused in 1 arena stays because decay is off");
  EXPECT_THAT(
      title([](Evidence& e) { e.settings[7].dirty_decay_ms = 600'000; }),
      HasSubstr("a minute or more"));
  EXPECT_THAT(
      title([](Evidence& e) { e.last.arenas.arenas[7].reserved = 100 * kMiB; }),
      HasSubstr("reserve"));
  EXPECT_THAT(title([](Evidence&) {}), HasSubstr("though"));
  EXPECT_THAT(title([](Evidence& e) {
                for (Look* look : {&e.first, &e.last}) {
                  look->service.service.governor.running = false;
                  look->service.service.governor.scheduled = 3;
                }
              }),
              HasSubstr("MemoryService::Tick"));
}

TEST(UnusedRule, MuzzyPagesHaveASettingOfTheirOwn) {
  const Finding finding = One(After("unused", [](Evidence& evidence) {
    evidence.last.arenas.arenas[7].muzzy = 64 * kMiB;
    evidence.settings[7].muzzy_decay_ms = -1;
  }));
  EXPECT_THAT(finding.commands,
              Contains("acre_console arena decay tenant-7 2000 0 --yes "
                       "--pid 4242"));
}

TEST(ForeignRule, NeedsMuchAndAGreatShare) {
  const Finding finding = One(After("foreign", [](Evidence& evidence) {
    evidence.kernel.process.resident = 4 * kGiB;
    evidence.kernel.process.anonymous = 3 * kGiB;
    evidence.kernel.foreign = 3 * kGiB;
  }));
  EXPECT_EQ(finding.value, 3.0 * kGiB);
  EXPECT_THAT(finding.evidence, Contains(HasSubstr("about 2.0 GiB")));
  EXPECT_THAT(After("foreign",
                    [](Evidence& evidence) {
                      evidence.kernel.process.resident = 100 * kMiB;
                      evidence.kernel.foreign = 99 * kMiB;
                    }),
              IsEmpty());
}

TEST(InflationRule, CountsWhatNeitherLookExplains) {
  const auto inflate = [](Evidence& evidence) {
    evidence.kernel.service.resident = 1340 * kMiB;
    evidence.kernel.service.huge_backed = 1200 * kMiB;
    evidence.kernel.arenas = {
        {"tenant-7", {.resident = 400 * kMiB, .huge_backed = 400 * kMiB}}};
  };
  const Finding finding = One(After("thp-inflation", inflate));
  EXPECT_EQ(finding.value, 330.0 * kMiB);
  EXPECT_THAT(
      finding.evidence,
      Contains("tenant-7: in memory 400.0 MiB, in hugepages 400.0 MiB"));
  EXPECT_THAT(After("thp-inflation",
                    [&](Evidence& evidence) {
                      inflate(evidence);
                      evidence.first.arenas.total.dirty += 300 * kMiB;
                    }),
              IsEmpty());
}

TEST(CoverageRule, SpeaksOnlyOfWhatMustBeOfArenasWithHugepages) {
  const auto ask = [](Evidence& evidence) {
    stats::ProviderStatistics thp;
    std::string_view("thp").copy(thp.name, sizeof(thp.name) - 1);
    thp.mapped = kGiB;
    evidence.last.service.providers[0].mapped = 512 * kMiB;
    evidence.last.service.providers[0].free = 0;
    evidence.last.service.providers.push_back(thp);
    evidence.first.service = evidence.last.service;
    evidence.kernel.service.huge_backed = 52 * kMiB;
  };
  const Finding finding = One(After("hugepage-coverage", ask));
  EXPECT_EQ(finding.title, "10% of 528.0 MiB that asks for hugepages has them");
  EXPECT_THAT(After("hugepage-coverage",
                    [&](Evidence& evidence) {
                      ask(evidence);
                      evidence.kernel.service.huge_backed = 500 * kMiB;
                    }),
              IsEmpty());
}

TEST(CoverageRule, SaysWhenItCannotTell) {
  Evidence evidence = HealthyEvidence();
  stats::ProviderStatistics thp;
  std::string_view("thp").copy(thp.name, sizeof(thp.name) - 1);
  thp.mapped = kGiB;
  evidence.last.service.providers.push_back(thp);
  evidence.first.service = evidence.last.service;
  const Diagnosis diagnosis = Diagnose(evidence, {});
  ASSERT_EQ(diagnosis.not_looked_at.size(), 1u);
  EXPECT_THAT(diagnosis.not_looked_at[0].reason,
              HasSubstr("between 0 B and 1.0 GiB ask for hugepages"));
}

TEST(LimitsRule, GroupsTenantsByHowBadItIs) {
  Evidence evidence = HealthyEvidence();
  auto& arenas = evidence.last.arenas.arenas;
  arenas[1].refusals = 5;
  arenas[2].charged = 199 * kMiB;
  arenas[2].refusals = 7;
  evidence.first.arenas.arenas[2].refusals = 7;
  arenas[3].charged = 190 * kMiB;
  arenas[4].refusals = 2;
  evidence.first.arenas.arenas[4].refusals = 2;
  const auto findings = FindingsOf(Diagnose(evidence, {}), "limits");
  ASSERT_EQ(findings.size(), 4u);
  EXPECT_EQ(findings[0].title,
            "tenant-1 refused memory 5 times in the last 2.0 s");
  EXPECT_EQ(findings[0].severity, Severity::kCritical);
  EXPECT_EQ(findings[1].title,
            "tenant-2 at the hard limit, and refused memory 7 times so far");
  EXPECT_EQ(findings[1].severity, Severity::kWarning);
  EXPECT_EQ(findings[2].severity, Severity::kNote);
  EXPECT_THAT(findings[2].title, StartsWith("tenant-3 near the hard limit"));
  EXPECT_THAT(findings[3].title, StartsWith("tenant-4 refused memory 2 times"));
  EXPECT_THAT(findings[1].commands,
              Contains("acre_console arena limit tenant-2 301MiB --yes "
                       "--pid 4242"));
}

TEST(TcachesRule, ParkedOnesMayBeOld) {
  const auto old = [](Evidence& evidence) {
    evidence.tcaches = {
        {.arena = "tenant-1", .age_seconds = 7200, .bytes = 20 * kMiB},
        {.arena = "tenant-1", .age_seconds = 5}};
  };
  const Finding finding = One(After("tcaches", old));
  EXPECT_EQ(finding.severity, Severity::kWarning);
  EXPECT_EQ(finding.title,
            "1 tcache open for 10 min 0 s and longer holds 20.0 MiB; the "
            "oldest for 2 h 0 min");
  EXPECT_THAT(After("tcaches",
                    [&](Evidence& evidence) {
                      old(evidence);
                      evidence.tcaches[0].parked = true;
                    }),
              IsEmpty());
}

TEST(LocksRule, CountsOnlyWaitsBetweenTheLooks) {
  const Finding finding = One(After("locks", [](Evidence& evidence) {
    evidence.last.locks[0].wait_seconds = 11.5;
    evidence.last.locks[0].contentions = 700;
    evidence.last.locks.push_back({.name = "grants", .wait_seconds = 90});
  }));
  EXPECT_EQ(finding.severity, Severity::kWarning);
  EXPECT_EQ(finding.title,
            "threads waited 1.50 s for locks in 2.0 s, most for pages of "
            "tenant-1");
  EXPECT_THAT(finding.evidence,
              ElementsAre("pages of tenant-1: 1.500 s in 700 waits"));
  // Reset meanwhile.
  EXPECT_THAT(After("locks",
                    [](Evidence& evidence) {
                      evidence.last.locks[0].wait_seconds = 1;
                    }),
              IsEmpty());
}

TEST(MappingsRule, IsCriticalBeforeTheKernelRefuses) {
  const auto severity = [](uint64_t mappings) {
    return One(After("mappings",
                     [&](Evidence& evidence) {
                       evidence.kernel.process.mappings = mappings;
                     }))
        .severity;
  };
  EXPECT_EQ(severity(54'000), Severity::kWarning);
  EXPECT_EQ(severity(64'000), Severity::kCritical);
  EXPECT_THAT(After("mappings",
                    [](Evidence& evidence) {
                      evidence.kernel.process.mappings = 50'000;
                    }),
              IsEmpty());
}

TEST(AddressSpaceRule, GrowthThatIsUsedIsNone) {
  const auto grow = [](Evidence& evidence) {
    evidence.last.service.providers[0].mapped += kGiB;
  };
  EXPECT_EQ(One(After("address-space", grow)).value, 1.0 * kGiB);
  EXPECT_THAT(After("address-space",
                    [&](Evidence& evidence) {
                      grow(evidence);
                      evidence.last.service.service.charged += kGiB;
                    }),
              IsEmpty());
}

TEST(AddressSpaceRule, SeesWhatGrewLongAgo) {
  const Finding finding = One(After("address-space", [](Evidence& evidence) {
    for (Look* look : {&evidence.first, &evidence.last}) {
      look->service.providers[0].mapped = 20 * kGiB;
    }
    evidence.last.arenas.arenas[7].retained = 12 * kGiB;
  }));
  EXPECT_EQ(finding.severity, Severity::kNote);
  EXPECT_THAT(finding.commands,
              Contains("acre_console extents tenant-7 --pid 4242"));
}

TEST(ProcessGrowthRule, LeavesAcresShareOut) {
  const Finding finding = One(After("process-growth", [](Evidence& evidence) {
    evidence.last.virtual_memory += 3 * kGiB;
    evidence.last.service.providers[0].mapped += 256 * kMiB;
  }));
  EXPECT_EQ(finding.value, 2.75 * kGiB);
}

}  // namespace
}  // namespace acre::console::doctor
