// What the process around the server may lack, and who else may be on the
// machine: no descriptors, no memory for the server, another user.

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "engine_adapter/admin/attack_test_fixture.h"
#include "engine_adapter/admin/file_descriptor.h"
#include "engine_adapter/admin/unix_address.h"

namespace {

// While set, operator new has no memory for any thread but this one.
std::atomic<bool> refuse_others{false};
thread_local bool served_always = false;
std::atomic<uint64_t> refused{0};

void* Allocate(size_t size) {
  if (refuse_others.load() && !served_always) {
    refused.fetch_add(1);
    throw std::bad_alloc();
  }
  void* const p = malloc(size == 0 ? 1 : size);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

}  // namespace

void* operator new(size_t size) { return Allocate(size); }
void* operator new[](size_t size) { return Allocate(size); }
void operator delete(void* p) noexcept { free(p); }
void operator delete[](void* p) noexcept { free(p); }
void operator delete(void* p, size_t) noexcept { free(p); }
void operator delete[](void* p, size_t) noexcept { free(p); }

namespace acre::admin {
namespace {

using ::testing::AnyOf;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr uid_t kNobody = 65534;

class ProcessAttackTest : public AttackTest {
 protected:
  void SetUp() override {
    served_always = true;
    AttackTest::SetUp();
  }
};

// --- No descriptors ---------------------------------------------------------

class NoDescriptorsTest : public ProcessAttackTest {
 protected:
  // Has clients connect while the process has no descriptor for the server's
  // end of it, and expects them to be served when it has some again. With
  // `early`, a connection from before stays until then.
  void ConnectWithoutDescriptors(bool early) {
    std::unique_ptr<RawClient> before;
    if (early) {
      before = std::make_unique<RawClient>(engine_.path());
      before->Send("GET /v1/info HTTP/1.1\r\nHost: a\r\n\r\n");
      before->ReceiveUntil("\r\n\r\n");
    }
    // The clients' own ends first, so that the server gets none of these.
    std::vector<FileDescriptor> clients;
    for (int i = 0; i < 4; ++i) {
      clients.emplace_back(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    }
    TakeAllDescriptors();
    const auto address = UnixAddress(engine_.path());
    for (const FileDescriptor& client : clients) {
      ASSERT_EQ(
          connect(client.get(), reinterpret_cast<const sockaddr*>(&*address),
                  sizeof(*address)),
          0);
      constexpr std::string_view kRequest = "GET /v1/info HTTP/1.0\r\n\r\n";
      ASSERT_EQ(send(client.get(), kRequest.data(), kRequest.size(), 0),
                static_cast<ssize_t>(kRequest.size()));
    }
    EXPECT_TRUE(engine_.MakesProgress());
    GiveDescriptorsBack();
    // It looks again when one of its own comes free.
    before.reset();
    for (const FileDescriptor& client : clients) {
      pollfd wait = {.fd = client.get(), .events = POLLIN, .revents = 0};
      ASSERT_EQ(poll(&wait, 1, 30'000), 1);
      char answer[12];
      ASSERT_EQ(recv(client.get(), answer, sizeof(answer), 0), 12);
      EXPECT_EQ(std::string_view(answer, 12), "HTTP/1.1 200");
    }
  }

 private:
  void TakeAllDescriptors() {
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit_), 0);
    rlimit tight = limit_;
    tight.rlim_cur = std::min<rlim_t>(limit_.rlim_cur, 200);
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
    for (int fd; (fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) {
      taken_.emplace_back(fd);
    }
    ASSERT_EQ(errno, EMFILE);
  }
  void GiveDescriptorsBack() {
    taken_.clear();
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit_), 0);
  }

  rlimit limit_;
  std::vector<FileDescriptor> taken_;
};

TEST_F(NoDescriptorsTest, ClientsAreServedWhenThereAreSomeAgain) {
  ConnectWithoutDescriptors(/*early=*/true);
}

TEST_F(NoDescriptorsTest, AlsoTheFirstClients) {
  ConnectWithoutDescriptors(/*early=*/false);
}

// --- No memory --------------------------------------------------------------

TEST_F(ProcessAttackTest, WithoutMemoryTheServerRefusesAndComesBack) {
  refuse_others = true;
  for (int round = 0; round < 20; ++round) {
    for (const std::string& target : StatisticsTargets()) {
      const std::string answer = RawClient::Get(engine_.path(), target);
      EXPECT_THAT(answer, AnyOf(IsEmpty(), StartsWith("HTTP/1.1 ")));
    }
    // Bodies, garbage and errors, too.
    Exchange("POST /x HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello");
    Exchange("\r\n\xFF\r\n\r\n");
  }
  EXPECT_TRUE(engine_.MakesProgress());
  refuse_others = false;
  EXPECT_GT(refused.load(), 0u);
}

// --- Another user -----------------------------------------------------------

// Runs body() as a user who is nobody; its result is the exit code.
template <typename Body>
int RunAsNobody(Body body) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    if (setgroups(0, nullptr) != 0 ||
        setresgid(kNobody, kNobody, kNobody) != 0 ||
        setresuid(kNobody, kNobody, kNobody) != 0) {
      _exit(77);
    }
    _exit(body());
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

TEST_F(ProcessAttackTest, AnotherUserDoesNotEvenConnect) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  EXPECT_EQ(RunAsNobody([this] {
              return RawClient(engine_.path()).connected() ? 1 : 0;
            }),
            0);
}

TEST_F(ProcessAttackTest, AnotherUserIsRefusedEverythingWhateverTheModes) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  for (const std::string& opened :
       {engine_.directory(), engine_.directory() + "/acre", engine_.path()}) {
    ASSERT_EQ(chmod(opened.c_str(), 0777), 0);
  }
  EXPECT_EQ(
      RunAsNobody([this] {
        for (int i = 0; i < 30; ++i) {
          for (const std::string& target : StatisticsTargets()) {
            if (!RawClient::Get(engine_.path(), target)
                     .starts_with("HTTP/1.1 403")) {
              return 1;
            }
          }
          if (!RawClient::Exchange(engine_.path(),
                                   "POST /v1/arenas/tenant-0/purge HTTP/1.1\r\n"
                                   "Host: a\r\nConnection: close\r\n"
                                   "Content-Length: 0\r\n\r\n")
                   .starts_with("HTTP/1.1 403")) {
            return 2;
          }
          RawClient garbage(engine_.path());
          garbage.Send("\xFF\r\n\r\n");
        }
        return 0;
      }),
      0);
}

}  // namespace
}  // namespace acre::admin
