// Connections by the thousand, that stay, that never read, and that break off.

#include <errno.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine_adapter/admin/attack_test_fixture.h"
#include "engine_adapter/admin/file_descriptor.h"
#include "engine_adapter/admin/unix_address.h"

namespace acre::admin {
namespace {

using ::testing::StartsWith;

constexpr std::string_view kListing =
    "GET /v1/arenas HTTP/1.1\r\nHost: acre\r\n\r\n";

// A connection that is tried without waiting for the server.
FileDescriptor TryConnect(const std::string& path) {
  FileDescriptor fd(
      socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto address = UnixAddress(path);
  if (fd.valid() &&
      connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address),
              sizeof(*address)) != 0) {
    EXPECT_EQ(errno, EAGAIN);  // The queue is full.
  }
  return fd;
}

void SendNow(const FileDescriptor& fd, std::string_view bytes) {
  static_cast<void>(
      send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

// The HTTP library names its thread.
bool IsServerThread(std::string_view name) { return name.starts_with("MHD"); }

size_t CountServerThreads() {
  size_t count = 0;
  for (const auto& task :
       std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    count += IsServerThread(name);
  }
  return count;
}

class ConnectionAttackTest : public AttackTest {
 protected:
  // So many arenas that no answer of all of them fits into a socket's buffers.
  void AddArenas() {
    for (int i = 0; i < 3000; ++i) {
      auto arena = engine_.service().CreateArena({});
      ASSERT_TRUE(arena.ok()) << arena.status();
      many_.push_back(*std::move(arena));
    }
  }
  void TearDown() override {
    many_.clear();
    AttackTest::TearDown();
  }

  std::vector<Arena> many_;
};

TEST_F(ConnectionAttackTest, AThousandAtOnce) {
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  for (const std::string_view bytes :
       {std::string_view(""), std::string_view("GET /v1/in"), kListing,
        std::string_view("\0\0\0\0", 4)}) {
    std::vector<FileDescriptor> crowd;
    for (int i = 0; i < 1000; ++i) {
      crowd.push_back(TryConnect(engine_.path()));
      ASSERT_TRUE(crowd.back().valid());
      SendNow(crowd.back(), bytes);
    }
    EXPECT_TRUE(engine_.MakesProgress());
    // One who waits his turn comes in when they are gone.
    std::string answer;
    std::thread client([&] { answer = engine_.Get("/v1/info"); });
    crowd.clear();
    client.join();
    ExpectSound("/v1/info", answer);
  }
}

TEST_F(ConnectionAttackTest, ManyThreadsThatConnectAndLeave) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 500; ++i) {
        const FileDescriptor fd = TryConnect(engine_.path());
        if (i % 3 == 0) SendNow(fd, kListing);
      }
    });
  }
  for (int i = 0; i < 20; ++i) ExpectServes();
  for (std::thread& thread : threads) thread.join();
}

TEST_F(ConnectionAttackTest, AnswersThatAreNeverRead) {
  AddArenas();
  std::vector<std::unique_ptr<RawClient>> deaf;
  for (int i = 0; i < 12; ++i) {
    deaf.push_back(std::make_unique<RawClient>(engine_.path()));
    // Several for one connection, so that there is always more to send.
    for (int j = 0; j < 5; ++j) deaf.back()->Send(kListing);
    // The answer has begun.
    EXPECT_THAT(deaf.back()->ReceiveUntil("\r\n"), StartsWith("HTTP/1.1 200"));
  }
  EXPECT_TRUE(engine_.MakesProgress());
  ExpectServes();
}

TEST_F(ConnectionAttackTest, ArenasMayGoWhileAnAnswerAboutThemWaits) {
  AddArenas();
  RawClient slow(engine_.path());
  slow.Send("GET /v1/arenas HTTP/1.0\r\n\r\n");
  std::string answer = slow.ReceiveUntil("\"arenas\":[");
  many_.clear();
  ExpectServes();
  answer += slow.ReceiveAll();
  ExpectSound("/v1/arenas", answer.substr(answer.find("\r\n\r\n") + 4));
}

TEST_F(ConnectionAttackTest, ClientsThatBreakOffInTheMiddleOfAnAnswer) {
  AddArenas();
  // What a signal would do to the process is what it does by default.
  const auto before = signal(SIGPIPE, SIG_DFL);
  for (int i = 0; i < 60; ++i) {
    RawClient client(engine_.path());
    client.Send(kListing);
    if (i % 3 != 0) client.ReceiveUntil("\r\n\r\n");
    // Closed with bytes unread: the server's next write finds no one.
  }
  ExpectServes();
  signal(SIGPIPE, before);
}

TEST_F(ConnectionAttackTest, ClientsThatEndTheirSideFirst) {
  for (int i = 0; i < 50; ++i) {
    RawClient client(engine_.path());
    client.Send("GET /v1/info HTTP/1.0\r\n\r\n");
    client.EndSending();
    EXPECT_THAT(client.ReceiveAll(), StartsWith("HTTP/1.1 200"));
  }
}

TEST_F(ConnectionAttackTest, SignalsGoToTheEnginesThreadsOnly) {
  ASSERT_EQ(CountServerThreads(), 1u);
  static std::atomic<uint64_t> handled;
  static std::atomic<bool> on_server;
  struct sigaction action = {};
  action.sa_handler = [](int) {
    char name[16];
    if (prctl(PR_GET_NAME, name) == 0 && IsServerThread(name)) on_server = true;
    ++handled;
  };
  action.sa_flags = SA_RESTART;
  struct sigaction before;
  ASSERT_EQ(sigaction(SIGUSR1, &action, &before), 0);
  std::atomic<bool> stop = false;
  // This thread is the client, which is not under attack.
  sigset_t signals;
  sigset_t open;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, &signals, &open), 0);
  std::thread sender([&] {
    while (!stop) {
      kill(getpid(), SIGUSR1);
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  });
  for (int i = 0; i < 20; ++i) ExpectServes();
  EXPECT_TRUE(engine_.MakesProgress());
  stop = true;
  sender.join();
  EXPECT_GT(handled, 0u);
  EXPECT_FALSE(on_server);
  EXPECT_TRUE(Eventually([&] {
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGUSR1) == 0;
  }));
  pthread_sigmask(SIG_SETMASK, &open, nullptr);
  sigaction(SIGUSR1, &before, nullptr);
}

}  // namespace
}  // namespace acre::admin
