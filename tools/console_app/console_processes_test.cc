// Several processes at once.

#include "tools/console_app/console_fixture.h"

namespace acre::console {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ProcessesTest : public ConsoleTest {
 protected:
  void SetUp() override {
    ConsoleTest::SetUp();
    second_ = std::make_unique<EngineProcess>(directory_,
                                              /*allow_writes=*/false);
    ASSERT_TRUE(second_->running());
  }

  // Both among the others of this user that may run.
  static Json Of(const Json& rows, pid_t pid) {
    for (const Json& row : rows) {
      if (row["pid"] == pid) return row;
    }
    return {};
  }

  std::unique_ptr<EngineProcess> second_;
};

TEST_F(ProcessesTest, TotalsAreThoseOfAll) {
  const Json document = Json::parse(Console({"ps", "--all", "--json"}).out);
  const Json first = Of(document["processes"], engine_->pid());
  const Json second = Of(document["processes"], second_->pid());
  ASSERT_FALSE(first.is_null());
  ASSERT_FALSE(second.is_null());
  EXPECT_GT(first["figures"]["charged"], 10 << 20);
  uint64_t charged = 0;
  for (const Json& process : document["processes"]) {
    if (process.contains("figures")) {
      charged += process["figures"]["charged"].get<uint64_t>();
    }
  }
  EXPECT_EQ(document["total"]["charged"], charged);
  const Outcome table = Console({"ps", "--all"});
  EXPECT_EQ(table.status, kExitOk) << table.err;
  EXPECT_THAT(table.out,
              AllOf(HasSubstr(std::to_string(second_->pid()) + " small engine"),
                    HasSubstr("=CHARGED"), HasSubstr("total (")));
}

TEST_F(ProcessesTest, OneThatDoesNotAnswerHoldsUpNobody) {
  kill(second_->pid(), SIGSTOP);
  const Outcome table = Console({"ps", "--all"});
  EXPECT_EQ(table.status, kExitOk) << table.err;
  EXPECT_THAT(table.out,
              AllOf(HasSubstr(std::to_string(engine_->pid()) + " small engine"),
                    HasSubstr("! " + std::to_string(second_->pid()))));
}

TEST_F(ProcessesTest, ArenasOfAllAreListedTogether) {
  const Json document =
      Json::parse(Console({"arena", "list", "--all", "--json"}).out);
  EXPECT_GE(document["arenas"].size(), 10u);
  EXPECT_FALSE(Of(document["arenas"], second_->pid()).is_null());
  const Outcome table = Console({"arena", "list", "--all", "--limit", "2"});
  EXPECT_EQ(table.status, kExitOk) << table.err;
  EXPECT_THAT(table.out, AllOf(HasSubstr("PID"), HasSubstr("others (")));
  EXPECT_EQ(RunWithPid({"arena", "list", "--all"}).status, kExitUsage);
}

}  // namespace
}  // namespace acre::console
