#include "engine_adapter/admin/listening_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "engine_adapter/admin/socket_name.h"
#include "engine_adapter/admin/stale_sockets.h"
#include "engine_adapter/admin/test_directory.h"
#include "engine_adapter/admin/unix_address.h"

namespace acre::admin {
namespace {

using ::testing::HasSubstr;

class ListeningSocketTest : public ::testing::Test {
 protected:
  SocketDirectory Directory() {
    auto directory = SocketDirectory::OpenOrCreate(parent_.PathOf("acre"));
    EXPECT_TRUE(directory.ok()) << directory.status();
    return *std::move(directory);
  }

  std::string PathOf(const std::string& name) {
    return parent_.PathOf("acre/" + name);
  }

  // Leaves a socket file behind that nobody listens on.
  void LeaveSocket(const std::string& name) {
    const auto address = UnixAddress(PathOf(name));
    const FileDescriptor fd(socket(AF_UNIX, SOCK_STREAM, 0));
    ASSERT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&*address),
                   sizeof(*address)),
              0);
  }

  bool Exists(const std::string& name) {
    struct stat info;
    return lstat(PathOf(name).c_str(), &info) == 0;
  }

 private:
  TestDirectory parent_;
};

// The pid of a process that has ended and been waited for.
pid_t DeadPid() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  return child;
}

TEST_F(ListeningSocketTest, IsCalledAfterTheProcessAndPrivate) {
  const auto bound = ListeningSocket::Bind(Directory());
  ASSERT_TRUE(bound.ok()) << bound.status();
  EXPECT_EQ((*bound)->path(), PathOf(FormatSocketName({getpid(), 1})));
  struct stat info;
  ASSERT_EQ(lstat((*bound)->path().c_str(), &info), 0);
  EXPECT_TRUE(S_ISSOCK(info.st_mode));
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  EXPECT_EQ(ProbeSocket((*bound)->path()), SocketState::kAnswers);
}

TEST_F(ListeningSocketTest, FileGoesWithTheSocket) {
  auto bound = ListeningSocket::Bind(Directory());
  ASSERT_TRUE(bound.ok());
  const std::string path = (*bound)->path();
  bound->reset();
  EXPECT_EQ(ProbeSocket(path), SocketState::kAbsent);
}

TEST_F(ListeningSocketTest, FileThatReplacedOursIsLeftAlone) {
  auto bound = ListeningSocket::Bind(Directory());
  ASSERT_TRUE(bound.ok());
  const std::string name = FormatSocketName({getpid(), 1});
  ASSERT_EQ(unlink((*bound)->path().c_str()), 0);
  LeaveSocket(name);
  bound->reset();
  EXPECT_TRUE(Exists(name));
}

TEST_F(ListeningSocketTest, ForkedChildLeavesTheFileToItsParent) {
  auto bound = ListeningSocket::Bind(Directory());
  ASSERT_TRUE(bound.ok());
  const pid_t child = fork();
  if (child == 0) {
    bound->reset();
    _exit(0);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_EQ(ProbeSocket((*bound)->path()), SocketState::kAnswers);
}

TEST_F(ListeningSocketTest, SecondSocketOfAProcessGetsANameOfItsOwn) {
  const auto first = ListeningSocket::Bind(Directory());
  const auto second = ListeningSocket::Bind(Directory());
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ((*second)->path(), PathOf(FormatSocketName({getpid(), 2})));
  EXPECT_EQ(ProbeSocket((*first)->path()), SocketState::kAnswers);
  EXPECT_EQ(ProbeSocket((*second)->path()), SocketState::kAnswers);
}

TEST_F(ListeningSocketTest, NamesAreFinite) {
  std::vector<std::unique_ptr<ListeningSocket>> all;
  for (int i = 0; i < kMaxServersPerProcess; ++i) {
    auto bound = ListeningSocket::Bind(Directory());
    ASSERT_TRUE(bound.ok()) << bound.status();
    all.push_back(*std::move(bound));
  }
  const auto refused = ListeningSocket::Bind(Directory());
  EXPECT_TRUE(absl::IsResourceExhausted(refused.status()));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("64"));
}

TEST_F(ListeningSocketTest, SocketOfADeadProcessIsRemoved) {
  Directory();
  const std::string dead = FormatSocketName({DeadPid(), 1});
  LeaveSocket(dead);
  ASSERT_TRUE(ListeningSocket::Bind(Directory()).ok());
  EXPECT_FALSE(Exists(dead));
}

TEST_F(ListeningSocketTest, OwnNameLeftByAnEarlierProcessWithThisPidIsTaken) {
  Directory();
  LeaveSocket(FormatSocketName({getpid(), 1}));
  const auto bound = ListeningSocket::Bind(Directory());
  ASSERT_TRUE(bound.ok());
  EXPECT_EQ((*bound)->path(), PathOf(FormatSocketName({getpid(), 1})));
}

TEST_F(ListeningSocketTest, SocketOfALivingProcessStaysThoughNobodyListens) {
  Directory();
  const std::string living = FormatSocketName({getppid(), 1});
  LeaveSocket(living);
  ASSERT_TRUE(ListeningSocket::Bind(Directory()).ok());
  EXPECT_TRUE(Exists(living));
}

TEST_F(ListeningSocketTest, SocketThatSomebodyListensOnStaysWhateverItsName) {
  Directory();
  const std::string dead = FormatSocketName({DeadPid(), 1});
  const auto address = UnixAddress(PathOf(dead));
  const FileDescriptor fd(socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&*address),
                 sizeof(*address)),
            0);
  ASSERT_EQ(listen(fd.get(), 1), 0);
  ASSERT_TRUE(ListeningSocket::Bind(Directory()).ok());
  EXPECT_TRUE(Exists(dead));
}

TEST_F(ListeningSocketTest, FilesThatAreNoSocketsStay) {
  Directory();
  const std::string dead = FormatSocketName({DeadPid(), 1});
  const FileDescriptor file(
      open(PathOf(dead).c_str(), O_CREAT | O_WRONLY, 0600));
  LeaveSocket("other.sock");
  ASSERT_TRUE(ListeningSocket::Bind(Directory()).ok());
  EXPECT_TRUE(Exists(dead));
  EXPECT_TRUE(Exists("other.sock"));
}

TEST_F(ListeningSocketTest, SocketOfAnotherUserStays) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a socket away";
  Directory();
  const std::string dead = FormatSocketName({DeadPid(), 1});
  LeaveSocket(dead);
  if (chown(PathOf(dead).c_str(), 65534, 65534) != 0) {
    GTEST_SKIP() << "this system has no second user";
  }
  ASSERT_TRUE(ListeningSocket::Bind(Directory()).ok());
  EXPECT_TRUE(Exists(dead));
}

TEST_F(ListeningSocketTest, PathTooLongForASocketIsAnErrorWithItsLength) {
  const TestDirectory parent;
  const std::string path = parent.PathOf(std::string(120, 'x'));
  const auto directory = SocketDirectory::OpenOrCreate(path);
  ASSERT_TRUE(directory.ok());
  const auto bound = ListeningSocket::Bind(*directory);
  EXPECT_TRUE(absl::IsInvalidArgument(bound.status()));
  EXPECT_THAT(std::string(bound.status().message()), HasSubstr("107"));
}

TEST_F(ListeningSocketTest, DirectoryLockedForGoodIsAnErrorNotAHang) {
  const SocketDirectory directory = Directory();
  const FileDescriptor lock(
      open(directory.path().c_str(), O_RDONLY | O_DIRECTORY));
  ASSERT_EQ(flock(lock.get(), LOCK_EX), 0);
  EXPECT_TRUE(absl::IsUnavailable(ListeningSocket::Bind(directory).status()));
}

TEST_F(ListeningSocketTest, ThreadsThatBindAtOnceGetDifferentNames) {
  constexpr int kThreads = 8;
  const SocketDirectory directory = Directory();
  std::vector<std::unique_ptr<ListeningSocket>> bound(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      auto result = ListeningSocket::Bind(directory);
      if (result.ok()) bound[i] = *std::move(result);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& each : bound) {
    ASSERT_NE(each, nullptr);
    EXPECT_EQ(ProbeSocket(each->path()), SocketState::kAnswers);
  }
}

}  // namespace
}  // namespace acre::admin
