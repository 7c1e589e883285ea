// What is read by name and what is changed, against a real process.

#include "tools/console_app/console_fixture.h"

namespace acre::console {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ControlTest : public ConsoleTest {
 protected:
  void SetUp() override {
    ConsoleTest::SetUp();
    engine_ = std::make_unique<EngineProcess>(directory_,
                                              /*allow_writes=*/true);
    ASSERT_TRUE(engine_->running());
  }

  std::string Shown(const Arguments& arguments) {
    const Outcome outcome = RunWithPid(arguments);
    EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
    return outcome.out;
  }

  uint64_t HardLimit() {
    return Json::parse(
        Shown({"ctl", "get", "arena.tenant-1.hard_limit", "--json"}))["value"];
  }
};

TEST_F(ControlTest, ControlsAreReadByName) {
  EXPECT_THAT(Shown({"ctl", "get", "arena.tenant-1.hard_limit"}),
              AllOf(StartsWith("arena.tenant-1.hard_limit = 16.0 MiB\n"),
                    HasSubstr("read 2")));
  EXPECT_THAT(Shown({"ctl", "get", "arena.tenant-1.hard_limit", "--bytes"}),
              HasSubstr("= 16777216\n"));
  const Outcome wrong = RunWithPid({"ctl", "get", "stats.alocated"});
  EXPECT_EQ(wrong.status, kExitFailed);
  EXPECT_THAT(wrong.err, HasSubstr("stats.allocated"));
}

TEST_F(ControlTest, ControlsAreListedSearchedAndExplained) {
  EXPECT_THAT(Shown({"ctl", "list", "arena."}),
              AllOf(HasSubstr("arena.<i>.hard_limit"), HasSubstr("MEANING"),
                    Not(HasSubstr("stats.allocated"))));
  EXPECT_THAT(Shown({"ctl", "list", "--csv"}), StartsWith("name,type,mode"));
  EXPECT_THAT(Shown({"ctl", "search", "decay"}), HasSubstr("dirty_decay_ms"));
  EXPECT_EQ(RunWithPid({"ctl", "search", "no such thing"}).status, kExitFailed);
  EXPECT_THAT(Shown({"ctl", "help", "arena.tenant-1.hard_limit"}),
              AllOf(HasSubstr("mode"), HasSubstr("rw"), HasSubstr("16.0 MiB")));
  EXPECT_THAT(Shown({"ctl", "help", "arena.<i>.purge"}), HasSubstr("x"));
}

TEST_F(ControlTest, ADryRunChangesNothing) {
  EXPECT_THAT(
      Shown({"ctl", "set", "arena.tenant-1.hard_limit", "32MiB", "--dry-run"}),
      AllOf(HasSubstr("16.0 MiB -> 32.0 MiB"),
            HasSubstr("nothing was changed")));
  Shown({"arena", "limit", "tenant-1", "32MiB", "--dry-run"});
  Shown({"arena", "decay", "tenant-1", "5", "6", "--dry-run"});
  Shown({"ctl", "run", "arena.tenant-1.purge", "--dry-run"});
  EXPECT_EQ(HardLimit(), 16u << 20);
  EXPECT_THAT(Shown({"arena", "purge", "tenant-4", "--dry-run"}),
              AllOf(HasSubstr("dirty"), HasSubstr("2.0 MiB"),
                    HasSubstr("nothing was changed")));
  EXPECT_THAT(Shown({"arena", "show", "tenant-4", "--bytes"}),
              HasSubstr("2097152"));
}

TEST_F(ControlTest, LimitsAreShownAndChanged) {
  EXPECT_THAT(Shown({"arena", "limit", "tenant-1"}),
              AllOf(HasSubstr("hard_limit"), HasSubstr("16.0 MiB"),
                    HasSubstr("soft_limit"), HasSubstr("none")));
  EXPECT_THAT(Shown({"arena", "limit", "tenant-1", "32MiB", "--yes"}),
              HasSubstr("16.0 MiB -> 32.0 MiB\n"));
  EXPECT_EQ(HardLimit(), 32u << 20);
  Shown({"arena", "limit", "tenant-1", "8MiB", "--soft", "--yes"});
  Shown({"arena", "limit", "tenant-1", "none", "--yes"});
  EXPECT_EQ(HardLimit(), 0u);
  const Json limits =
      Json::parse(Shown({"arena", "limit", "tenant-1", "--json"}));
  EXPECT_EQ(limits["soft_limit"], 8u << 20);
  const Outcome wrong =
      RunWithPid({"arena", "limit", "tenant-1", "lots", "--yes"});
  EXPECT_EQ(wrong.status, kExitFailed);
  EXPECT_THAT(wrong.err, HasSubstr("64MiB"));
}

TEST_F(ControlTest, DecayTimesAreShownAndChanged) {
  EXPECT_THAT(Shown({"arena", "decay", "tenant-1", "500", "-1", "--yes"}),
              AllOf(HasSubstr("-> 500 ms"), HasSubstr("-> -1 ms")));
  EXPECT_THAT(Shown({"arena", "decay", "tenant-1"}),
              AllOf(HasSubstr("500 ms"), HasSubstr("-1 ms")));
  EXPECT_EQ(RunWithPid({"arena", "decay", "tenant-1", "soon", "--yes"}).status,
            kExitFailed);
}

TEST_F(ControlTest, ChangesWantToBeAskedTwice) {
  for (const Arguments& arguments :
       {Arguments{"arena", "limit", "tenant-1", "1"},
        {"arena", "decay", "tenant-1", "1"},
        {"ctl", "set", "arena.tenant-1.hard_limit", "1"},
        {"ctl", "run", "arena.tenant-1.purge"}}) {
    const Outcome outcome = RunWithPid(arguments);
    EXPECT_EQ(outcome.status, kExitUsage);
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("--yes"), HasSubstr("--dry-run")));
  }
  EXPECT_EQ(HardLimit(), 16u << 20);
}

TEST_F(ControlTest, ChangesAreWrittenDown) {
  EXPECT_THAT(Shown({"audit"}), HasSubstr("nobody asked"));
  Shown({"arena", "limit", "tenant-1", "32MiB", "--yes"});
  Shown({"arena", "purge", "tenant-4", "--yes"});
  const std::string audit = Shown({"audit"});
  EXPECT_THAT(
      audit, AllOf(HasSubstr("33554432"), HasSubstr("purge"), HasSubstr("ok")));
  EXPECT_EQ(Json::parse(Shown({"audit", "--json"}))["changes"].size(), 2u);
}

TEST_F(ControlTest, WithoutPermissionNothingIsChanged) {
  engine_ = std::make_unique<EngineProcess>(directory_,
                                            /*allow_writes=*/false);
  ASSERT_TRUE(engine_->running());
  for (const Arguments& arguments :
       {Arguments{"arena", "limit", "tenant-1", "1", "--yes"},
        {"arena", "decay", "tenant-1", "1", "--yes"},
        {"ctl", "set", "arena.tenant-1.hard_limit", "1", "--yes"},
        {"ctl", "run", "arena.tenant-1.purge", "--yes"}}) {
    const Outcome outcome = RunWithPid(arguments);
    EXPECT_EQ(outcome.status, kExitFailed) << arguments[1];
    EXPECT_THAT(outcome.err, HasSubstr("read-only"));
  }
  EXPECT_EQ(HardLimit(), 16u << 20);
}

TEST_F(ControlTest, DetailsOfAnArenaAreListed) {
  EXPECT_THAT(Shown({"large", "tenant-2"}),
              AllOf(HasSubstr("arena \"tenant-2\""), HasSubstr("2.0 MiB")));
  EXPECT_THAT(Shown({"extents", "tenant-4"}),
              AllOf(HasSubstr("arena \"tenant-4\""), HasSubstr("2.0 MiB")));
  EXPECT_THAT(Shown({"extents", "tenant-4", "--csv"}),
              StartsWith("size,dirty"));
  EXPECT_THAT(Shown({"locks", "--limit", "3"}),
              AllOf(HasSubstr("LOCK"), HasSubstr("WAITED")));
}

TEST_F(ControlTest, QueriesAreListedWithAgeAndBytes) {
  EXPECT_THAT(
      Shown({"query", "list"}),
      AllOf(HasSubstr("1 open"), HasSubstr("tenant-3"), HasSubstr("AGE")));
  EXPECT_THAT(Shown({"query", "list", "tenant-1"}), HasSubstr("no tcaches"));
  const Json row =
      Json::parse(Shown({"query", "list", "--json"}))["tcaches"][0];
  EXPECT_EQ(row["arena"], "tenant-3");
  EXPECT_GT(row["bytes"], 0);
}

TEST_F(ControlTest, TheKernelsViewIsExplained) {
  EXPECT_THAT(Shown({"kernel"}),
              AllOf(HasSubstr("accounted for"), HasSubstr("= process"),
                    HasSubstr("mappings")));
  EXPECT_THAT(Shown({"kernel", "--csv"}), StartsWith("resident,"));
  EXPECT_THAT(Shown({"hugepages"}),
              AllOf(HasSubstr("tenant-4"), HasSubstr("COVERED")));
  EXPECT_THAT(Shown({"hugepages", "tenant-1"}),
              AllOf(HasSubstr("tenant-1"), Not(HasSubstr("tenant-4"))));
}

TEST_F(ControlTest, StatisticsComeInSeveralFormats) {
  EXPECT_THAT(Shown({"stats"}), HasSubstr("Allocated"));
  EXPECT_TRUE(Json::accept(Shown({"stats", "--format", "json"})));
  EXPECT_TRUE(Json::accept(Shown({"stats", "--format", "acre"})));
  EXPECT_THAT(Shown({"stats", "--format", "openmetrics"}),
              HasSubstr("# EOF\n"));
}

}  // namespace
}  // namespace acre::console
