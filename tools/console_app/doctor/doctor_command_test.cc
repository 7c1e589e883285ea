// `doctor` as an operator has it, on a process of its own.

#include "tools/console_app/console_fixture.h"
#include "tools/console_app/doctor/rule.h"

namespace acre::console {
namespace {

using ::testing::HasSubstr;

using DoctorCommandTest = ConsoleTest;

TEST_F(DoctorCommandTest, TellsWhatItFoundByItsExitStatusToo) {
  const Outcome outcome = RunWithPid({"doctor", "--interval", "0.1"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out, HasSubstr("1 finding: 1 note\n"));
  EXPECT_THAT(outcome.out,
              HasSubstr("NOTE        limits: tenant-4 refused memory 1 time"));
  EXPECT_THAT(outcome.out,
              HasSubstr("--pid " + std::to_string(engine_->pid())));
}

TEST_F(DoctorCommandTest, CommandsGoToTheSocketThatItWasGiven) {
  const Outcome outcome =
      Console({"doctor", "--interval", "0.1", "--socket", SocketPath()});
  EXPECT_THAT(outcome.out, HasSubstr("acre_console arena show tenant-4 "
                                     "--socket " +
                                     SocketPath()));
}

TEST_F(DoctorCommandTest, IsJsonForPrograms) {
  const Outcome outcome = RunWithPid({"doctor", "--interval", "0.1", "--json"});
  EXPECT_EQ(outcome.status, 1);
  const Json json = Json::parse(outcome.out);
  EXPECT_EQ(json["pid"], engine_->pid());
  EXPECT_EQ(json["findings"].size(), 1u);
  EXPECT_EQ(json["looked_at"].size(), doctor::AllRules().size());
  EXPECT_GE(json["seconds_between_looks"].get<double>(), 0.1);
  EXPECT_GT(json["read_cost_us"].get<double>(), 0.0);
}

TEST_F(DoctorCommandTest, AgesAreSeconds) {
  for (const char* age : {"x", "-1", "nan", ""}) {
    const Outcome outcome = RunWithPid({"doctor", "--tcache-age", age});
    EXPECT_EQ(outcome.status, 2) << age;
    EXPECT_THAT(outcome.err, HasSubstr("--tcache-age")) << age;
  }
  EXPECT_EQ(
      RunWithPid({"doctor", "--interval", "0.1", "--tcache-age", "0.5"}).status,
      1);
}

TEST_F(DoctorCommandTest, AProcessThatIsGoneHasNoDiagnosis) {
  engine_->Kill();
  const Outcome outcome = RunWithPid({"doctor"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err, "");
}

TEST_F(DoctorCommandTest, HelpSaysWhatTheExitStatusMeans) {
  EXPECT_THAT(Console({"doctor", "--help"}).out,
              HasSubstr("The exit status is 0"));
}

}  // namespace
}  // namespace acre::console
