#include "tools/console_app/doctor/diagnosis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tools/console_app/doctor/advice.h"
#include "tools/console_app/doctor/evidence_builder.h"

namespace acre::console::doctor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(DiagnosisTest, WantOfEvidenceIsNoHealth) {
  Evidence evidence = HealthyEvidence();
  evidence.missing[Source::kKernel] = "the process does not offer /v1/kernel";
  evidence.kernel = {};
  const Diagnosis diagnosis = Diagnose(evidence, {});
  EXPECT_EQ(diagnosis.not_looked_at.size(), 4u);
  EXPECT_EQ(diagnosis.looked_at.size() + 4, AllRules().size());
  const std::string text = RenderDiagnosis(evidence, diagnosis, {});
  EXPECT_THAT(text, HasSubstr("not everything could be looked at"));
  EXPECT_THAT(text, Not(HasSubstr("healthy")));
  EXPECT_THAT(text,
              HasSubstr("foreign: the process does not offer /v1/kernel"));
}

TEST(DiagnosisTest, EveryRuleThatNeedsSomethingGoesWithoutItSilently) {
  for (const Rule& rule : AllRules()) {
    for (const Source source : rule.needs) {
      Evidence evidence = HealthyEvidence();
      evidence.missing[source] = "gone";
      for (const Rule* looked : Diagnose(evidence, {}).looked_at) {
        EXPECT_NE(looked, &rule);
      }
    }
  }
}

Evidence VeryIll() {
  Evidence evidence = HealthyEvidence();
  evidence.kernel.process.mappings = 54'000;
  evidence.tcaches[0].age_seconds = 5000;
  evidence.last.arenas.arenas[0].refusals = 1;
  SetName("a\x1b[2J", &evidence.last.arenas.arenas[0]);
  evidence.left_out = {"bins of 7 arenas"};
  return evidence;
}

TEST(DiagnosisTest, TheWorstComesFirst) {
  const Evidence evidence = VeryIll();
  const std::string text =
      RenderDiagnosis(evidence, Diagnose(evidence, {}), {});
  const size_t critical = text.find("\nCRITICAL    limits: ");
  const size_t warning = text.find("\nWARNING     mappings: ");
  const size_t note = text.find("\nNOTE        tcaches: ");
  EXPECT_NE(note, std::string::npos) << text;
  EXPECT_LT(critical, warning) << text;
  EXPECT_LT(warning, note) << text;
  EXPECT_THAT(text, HasSubstr("3 findings: 1 critical, 1 warning, 1 note\n"));
  EXPECT_THAT(text, HasSubstr("left out    bins of 7 arenas\n"));
}

TEST(DiagnosisTest, NamesCannotHarmATerminal) {
  const Evidence evidence = VeryIll();
  EXPECT_THAT(RenderDiagnosis(evidence, Diagnose(evidence, {}), {}),
              Not(HasSubstr("\x1b")));
}

TEST(DiagnosisTest, ProseFitsTheTerminalAndCommandsStayWhole) {
  const Evidence evidence = VeryIll();
  const std::string text =
      RenderDiagnosis(evidence, Diagnose(evidence, {}), {.width = 60});
  std::string_view rest = text;
  rest.remove_prefix(rest.find("\nCRITICAL") + 1);
  for (; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    if (line.find("$ ") == std::string_view::npos) {
      EXPECT_LE(line.size(), 60u) << line;
    }
  }
}

TEST(DiagnosisTest, IsJsonForPrograms) {
  Evidence evidence = VeryIll();
  evidence.missing[Source::kLocks] = "the process does not offer /v1/locks";
  evidence.documents = 17;
  const auto json =
      nlohmann::json::parse(DiagnosisAsJson(evidence, Diagnose(evidence, {})));
  EXPECT_EQ(json["pid"], 4242);
  EXPECT_EQ(json["documents"], 17);
  EXPECT_EQ(json["seconds_between_looks"], 2.0);
  ASSERT_EQ(json["findings"].size(), 3u);
  const auto& finding = json["findings"][1];
  EXPECT_EQ(finding["rule"], "mappings");
  EXPECT_EQ(finding["severity"], "warning");
  EXPECT_EQ(finding["value"], 54'000);
  EXPECT_EQ(finding["unit"], "mappings");
  EXPECT_FALSE(finding["evidence"].empty());
  EXPECT_FALSE(finding["commands"].empty());
  EXPECT_EQ(json["looked_at"].size() + 1, AllRules().size());
  EXPECT_EQ(json["not_looked_at"][0]["rule"], "locks");
}

TEST(AdviceTest, CommandsHoldForAnyName) {
  const Evidence evidence = HealthyEvidence();
  EXPECT_EQ(ArenaCommand(evidence, "arena show", "it's"),
            "acre_console arena show 'it'\\''s' --pid 4242");
  EXPECT_EQ(ArenaCommand(evidence, "arena decay", "-x", "2000 --yes"),
            "acre_console arena decay --yes --pid 4242 -- -x 2000");
  EXPECT_EQ(ShellWord(""), "''");
  EXPECT_EQ(ShellWord("a b"), "'a b'");
}

}  // namespace
}  // namespace acre::console::doctor
