// The console on a process that somebody must look at: out of memory, at a
// limit in every call, its allocating threads blocked; and on one whose tenants
// have names that harm a terminal.

#include <atomic>
#include <thread>
#include <utility>

#include "testing/fake_os.h"
#include "tools/console_app/console_fixture.h"
#include "tools/console_app/text.h"

namespace acre::console {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr uint64_t kMiB = uint64_t{1} << 20;

class DistressTest : public ::testing::Test {
 protected:
  void Start(const ServiceOptions& options) {
    auto service = MemoryService::Create(options);
    ASSERT_TRUE(service.ok()) << service.status();
    service_ = *std::move(service);
    auto server =
        AdminServer::Start(*service_, {.directory = directory_.PathOf("acre")});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  ArenaRef AddArena(const std::string& name, uint64_t hard_limit = 0) {
    auto arena =
        service_->CreateArena({.name = name, .hard_limit_bytes = hard_limit});
    EXPECT_TRUE(arena.ok()) << arena.status();
    arenas_.push_back(*std::move(arena));
    return arenas_.back();
  }

  std::string Run(Arguments arguments) {
    arguments.insert(arguments.end(), {"--socket", server_->socket_path()});
    const Outcome outcome = Console(arguments);
    EXPECT_EQ(outcome.status, kExitOk) << arguments[0] << ": " << outcome.err;
    return outcome.out;
  }

  // Everything that shows something of `arena`.
  void ExpectEverythingIsShown(const std::string& arena) {
    const std::string file =
        directory_.PathOf("snapshot" + std::to_string(++snapshots_));
    EXPECT_THAT(Run({"overview"}), HasSubstr("= resident"));
    EXPECT_THAT(Run({"arena", "list"}), HasSubstr("total ("));
    EXPECT_THAT(Run({"arena", "show", arena}), HasSubstr("charged"));
    EXPECT_THAT(Run({"bins", arena}), HasSubstr("CLASS"));
    EXPECT_THAT(Run({"governor"}), HasSubstr("running"));
    EXPECT_THAT(Run({"hooks"}), HasSubstr("PROVIDER"));
    EXPECT_THAT(Run({"top", "--count", "1"}), HasSubstr("total ("));
    EXPECT_THAT(Run({"watch", "--count", "1"}), HasSubstr("= resident"));
    EXPECT_THAT(Run({"snapshot", "save", file}), HasSubstr("saved"));
    EXPECT_THAT(Run({"snapshot", "diff", file}), HasSubstr("total"));
  }

  admin::TestDirectory directory_;
  acre::testing::FakeOs os_;
  std::unique_ptr<MemoryService> service_;
  std::vector<Arena> arenas_;
  std::unique_ptr<AdminServer> server_;
  int snapshots_ = 0;
};

TEST_F(DistressTest, OutOfMemory) {
  Start({.name = "engine", .os = &os_});
  const ArenaRef arena = AddArena("tenant-0");
  os_.FailFrom(0);
  for (const size_t size : {size_t{100}, size_t{5000}, size_t{100'000}}) {
    while (arena.Allocate(size) != nullptr) {
    }
  }
  ExpectEverythingIsShown("tenant-0");
  EXPECT_THAT(Run({"overview"}), HasSubstr("the system denied memory"));
}

TEST_F(DistressTest, AtItsLimitInEveryCall) {
  Start({.name = "engine"});
  const ArenaRef arena = AddArena("tenant-0", kMiB);
  while (arena.Allocate(4096) != nullptr) {
  }
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      while (!stop) EXPECT_EQ(arena.Allocate(64 << 10), nullptr);
    });
  }
  ExpectEverythingIsShown("tenant-0");
  EXPECT_THAT(Run({"overview"}), HasSubstr("arena \"tenant-0\" has"));
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

TEST_F(DistressTest, ItsAllocatingThreadsBlocked) {
  struct Gate {
    std::atomic<int> waiting{0};
    std::atomic<bool> open{false};
  } gate;
  Start({.name = "engine",
         .on_refusal =
             [](void* context, const RefusalReport&) {
               auto* held = static_cast<Gate*>(context);
               ++held->waiting;
               while (!held->open) std::this_thread::yield();
             },
         .on_refusal_context = &gate});
  const ArenaRef arena = AddArena("tenant-0", kMiB);
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      Tcache tcache = arena.OpenTcache();
      EXPECT_EQ(tcache.Allocate(2 * kMiB), nullptr);
    });
  }
  while (gate.waiting < 2) std::this_thread::yield();
  ExpectEverythingIsShown("tenant-0");
  gate.open = true;
  for (std::thread& thread : threads) thread.join();
}

TEST_F(DistressTest, NamesThatAreLongOrForeignStayInTheirColumn) {
  Start({.name = "engine \xe4\xb8\xad\xe6\x96\x87"});
  const std::vector<std::string> names = {
      std::string(63, 'x'),
      "caf\xc3\xa9 \xe4\xb8\xad\xe6\x96\x87",
      "a,b\"c\"",
      "--yes",
      "not utf-8: \xff\xfe",
      "right to left \xe2\x80\xae"};
  for (const std::string& name : names) AddArena(name);
  const std::string list = Run({"arena", "list"});
  EXPECT_THAT(list, AllOf(HasSubstr(names[0]), HasSubstr("not utf-8: "),
                          Not(HasSubstr("\xe2\x80\xae"))));
  // Columns stand below each other: every figure ends where its header does.
  const size_t header = list.find("ARENA");
  const size_t line = list.find("caf\xc3\xa9");
  EXPECT_EQ(DisplayWidth(list.substr(header, list.find('\n', header) - header)),
            DisplayWidth(list.substr(line, list.find('\n', line) - line)));
  for (const std::string& name : names) {
    const Outcome shown = Console(
        {"arena", "show", "--socket", server_->socket_path(), "--", name});
    EXPECT_EQ(shown.status, kExitOk) << shown.err;
  }
}

// Neither ASCII's controls, which no name may have, nor those that terminals
// read in UTF-8, too.
TEST_F(DistressTest, NoNameReachesTheTerminalAsACommand) {
  Start({.name = "engine \xc2\x9b\x32J"});
  AddArena("clear \xc2\x9b\x32J screen");
  const std::string file = directory_.PathOf("snapshot");
  for (const Arguments& arguments : {Arguments{"overview"},
                                     {"arena", "list"},
                                     {"arena", "list", "--csv"},
                                     {"top", "--count", "1"},
                                     {"snapshot", "save", file},
                                     {"snapshot", "diff", file}}) {
    EXPECT_THAT(Run(arguments), Not(HasSubstr("\xc2\x9b"))) << arguments[0];
  }
}

}  // namespace
}  // namespace acre::console
