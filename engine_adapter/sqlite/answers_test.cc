// SQLite gives the same answers with Acre as with its own allocator.
//
// SQLite's allocator is fixed once SQLite is initialized, so the answers to
// compare with come from a child process that never installs Acre. It is
// forked before anything else has happened.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "engine_adapter/arena_scope.h"
#include "engine_adapter/memory_service.h"
#include "engine_adapter/sqlite/sql_transcript.h"
#include "engine_adapter/sqlite/sqlite_allocator.h"
#include "gtest/gtest.h"

namespace acre::sqlite {
namespace {

struct Setting {
  const char* name;
  const char* database;  // "file" stands for a fresh file
  const char* setup;
};

// Small caches make SQLite recycle and spill pages all the time.
constexpr Setting kSettings[] = {
    {"Memory", ":memory:", ""},
    {"MemorySmallPages", ":memory:", "PRAGMA page_size = 512;"},
    {"Temporary", "", "PRAGMA cache_size = 8;"},
    {"FileSmallCache", "file",
     "PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF;"
     "PRAGMA cache_size = 12; PRAGMA cache_spill = ON;"},
    {"FileWal", "file",
     "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL;"
     "PRAGMA synchronous = OFF; PRAGMA cache_size = -512;"},
    {"FileSortsInMemory", "file",
     "PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;"
     "PRAGMA auto_vacuum = FULL;"},
};

std::string TemporaryFile() {
  const char* folder = std::getenv("TEST_TMPDIR");
  std::string path =
      std::string(folder != nullptr ? folder : "/tmp") + "/answers-XXXXXX";
  const int file = mkstemp(path.data());
  if (file >= 0) close(file);
  return path;
}

std::string Script() {
  std::ifstream file("engine_adapter/sqlite/testdata/answers.sql");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string Answers(const Setting& setting, const std::string& script) {
  const bool in_file = std::string(setting.database) == "file";
  const std::string database = in_file ? TemporaryFile() : setting.database;
  std::string answers = RunScriptIn(database, setting.setup, script);
  if (in_file) unlink(database.c_str());
  return answers;
}

// What a child process with SQLite's own allocator answers.
std::string AnswersOfChild(const Setting& setting, const std::string& script) {
  int ends[2];
  if (pipe(ends) != 0) return "pipe failed";
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    const std::string answers = Answers(setting, script);
    size_t done = 0;
    while (done < answers.size()) {
      const ssize_t n =
          write(ends[1], answers.data() + done, answers.size() - done);
      if (n <= 0) _exit(1);
      done += static_cast<size_t>(n);
    }
    _exit(0);
  }
  close(ends[1]);
  std::string answers;
  char buffer[4096];
  for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof(buffer))) > 0;) {
    answers.append(buffer, static_cast<size_t>(n));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0 ? answers : "the child failed";
}

class AnswersTest : public testing::TestWithParam<Setting> {};

TEST_P(AnswersTest, AreThoseOfSqlitesOwnAllocator) {
  const std::string script = Script();
  ASSERT_GT(script.size(), 5000u);
  const std::string expected = AnswersOfChild(GetParam(), script);
  ASSERT_NE(expected.find("\nok\n"), std::string::npos) << expected;

  std::unique_ptr<MemoryService> service =
      std::move(MemoryService::Create({})).value();
  ASSERT_TRUE(InstallSqliteAllocator(*service).ok());
  ArenaOptions options;
  options.name = "tenant";
  Arena arena = std::move(service->CreateArena(options)).value();
  {
    ArenaScope scope(arena.ref());
    EXPECT_EQ(Answers(GetParam(), script), expected);
  }
  {
    Tcache tcache = arena.OpenTcache();
    ArenaScope scope(arena.ref(), &tcache);
    EXPECT_EQ(Answers(GetParam(), script), expected);
  }
  EXPECT_EQ(Answers(GetParam(), script), expected) << "without a scope";
  const absl::Status uninstalled = UninstallSqliteAllocator();
  EXPECT_TRUE(uninstalled.ok()) << uninstalled;
  // Closing every connection gave everything back.
  const absl::Status destroyed = arena.Destroy(DestroyPolicy::kFailIfAllocated);
  EXPECT_TRUE(destroyed.ok()) << destroyed;
}

INSTANTIATE_TEST_SUITE_P(Settings, AnswersTest, testing::ValuesIn(kSettings),
                         [](const testing::TestParamInfo<Setting>& setting) {
                           return setting.param.name;
                         });

}  // namespace
}  // namespace acre::sqlite
