// Snapshots of a real process.

#include "tools/console_app/console_fixture.h"

namespace acre::console {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST_F(ConsoleTest, SnapshotsAreComparedWithNow) {
  const std::string file = parent_.PathOf("before.json");
  const Outcome saved = RunWithPid({"snapshot", "save", file});
  EXPECT_EQ(saved.status, kExitOk) << saved.err;
  EXPECT_THAT(saved.out, HasSubstr("saved 5 arenas"));
  const Outcome diff = RunWithPid({"snapshot", "diff", file});
  EXPECT_EQ(diff.status, kExitOk) << diff.err;
  EXPECT_THAT(diff.out, AllOf(HasSubstr("s later"), HasSubstr("total")));
  const Json json =
      Json::parse(RunWithPid({"snapshot", "diff", file, file, "--json"}).out);
  EXPECT_EQ(json["arenas"].size(), 5u);
  EXPECT_EQ(json["total"]["change"]["charged"], 0);
}

TEST_F(ConsoleTest, ASnapshotReplacesNoFileUnasked) {
  const std::string file = parent_.PathOf("before.json");
  EXPECT_EQ(RunWithPid({"snapshot", "save", file}).status, kExitOk);
  const Outcome again = RunWithPid({"snapshot", "save", file});
  EXPECT_EQ(again.status, kExitFailed);
  EXPECT_THAT(again.err, HasSubstr("--yes replaces it"));
  EXPECT_EQ(RunWithPid({"snapshot", "save", file, "--yes"}).status, kExitOk);
}

TEST_F(ConsoleTest, FilesThatAreNoSnapshotAreErrors) {
  for (const std::string& path :
       {parent_.PathOf("none.json"), parent_.path(), std::string("/dev/null"),
        std::string("/proc/self/status")}) {
    const Outcome diff = RunWithPid({"snapshot", "diff", path});
    EXPECT_EQ(diff.status, kExitFailed) << path;
    EXPECT_THAT(diff.err, HasSubstr(path));
  }
  const Outcome save =
      RunWithPid({"snapshot", "save", parent_.PathOf("no/such/directory")});
  EXPECT_EQ(save.status, kExitFailed);
  EXPECT_THAT(save.err, HasSubstr("cannot write"));
}

}  // namespace
}  // namespace acre::console
