#include "tools/console_app/process_discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>

#include "engine_adapter/admin/listening_socket.h"
#include "engine_adapter/admin/socket_directory.h"
#include "engine_adapter/admin/test_directory.h"

namespace acre::console {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ProcessDiscovery : public ::testing::Test {
 protected:
  std::unique_ptr<admin::ListeningSocket> Serve() {
    const auto directory = admin::SocketDirectory::OpenOrCreate(path_);
    EXPECT_TRUE(directory.ok()) << directory.status();
    auto bound = admin::ListeningSocket::Bind(*directory);
    EXPECT_TRUE(bound.ok()) << bound.status();
    return *std::move(bound);
  }

  Discovery Find() { return FindServers({{path_, geteuid()}}); }

  std::string FailToChoose(const Options& options) {
    const auto chosen = ChooseSocket(options, Find());
    EXPECT_FALSE(chosen.ok());
    return static_cast<std::string>(chosen.status().message());
  }

  admin::TestDirectory parent_;
  const std::string path_ = parent_.PathOf("acre");
};

TEST_F(ProcessDiscovery, FindsTheOnlyOne) {
  const auto socket = Serve();
  const Discovery found = Find();
  ASSERT_THAT(found.servers, SizeIs(1));
  EXPECT_EQ(found.servers[0].name.pid, getpid());
  EXPECT_EQ(*ChooseSocket({}, found), socket->path());
}

TEST_F(ProcessDiscovery, FindsByPid) {
  const auto socket = Serve();
  Options options;
  options.pid = getpid();
  EXPECT_EQ(*ChooseSocket(options, Find()), socket->path());
}

TEST_F(ProcessDiscovery, SocketGivenIsTakenAsItIs) {
  Options options;
  options.socket = "/anywhere";
  EXPECT_EQ(*ChooseSocket(options, Find()), "/anywhere");
}

TEST_F(ProcessDiscovery, SaysWhereItLookedWhenNobodyIsThere) {
  EXPECT_THAT(FailToChoose({}),
              AllOf(HasSubstr("no process serves"), HasSubstr(path_)));
}

TEST_F(ProcessDiscovery, ListsThoseToChooseFrom) {
  const auto first = Serve();
  const auto second = Serve();
  EXPECT_THAT(FailToChoose({}),
              AllOf(HasSubstr(first->path()), HasSubstr(second->path()),
                    HasSubstr("--pid or --socket")));
}

TEST_F(ProcessDiscovery, DeadProcessIsNoCandidate) {
  Serve();  // makes the directory
  const pid_t child = fork();
  if (child == 0) {
    // Leaves its socket behind, as a killed process does.
    static_cast<void>(Serve().release());
    _exit(0);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  struct stat info;
  ASSERT_EQ(
      stat((path_ + "/" + admin::FormatSocketName({child, 1})).c_str(), &info),
      0);
  EXPECT_THAT(Find().servers, IsEmpty());
  Options options;
  options.pid = child;
  EXPECT_THAT(FailToChoose(options),
              HasSubstr("there is no process " + std::to_string(child)));
}

TEST_F(ProcessDiscovery, ProcessWithoutASocketIsToldFromOneThatIsNotThere) {
  Options options;
  options.pid = getpid();
  EXPECT_THAT(FailToChoose(options),
              AllOf(HasSubstr("does not serve"),
                    HasSubstr(std::to_string(getpid())), HasSubstr(path_)));
}

TEST_F(ProcessDiscovery, DirectoryThatOthersCanWriteToIsNotTrusted) {
  const auto socket = Serve();
  ASSERT_EQ(chmod(path_.c_str(), 0777), 0);
  const Discovery found = Find();
  EXPECT_THAT(found.servers, IsEmpty());
  EXPECT_THAT(found.refused, ElementsAre(HasSubstr("0777")));
  EXPECT_THAT(FailToChoose({}), HasSubstr("0777"));
}

TEST(SearchDirectories, AreTheUsersOwn) {
  setenv("XDG_RUNTIME_DIR", "/run/somewhere", 1);
  std::vector<std::string> paths;
  for (const SearchDirectory& directory : SearchDirectories(1234)) {
    EXPECT_EQ(directory.owner, 1234u);
    paths.push_back(directory.path);
  }
  EXPECT_THAT(paths, ElementsAre("/run/somewhere/acre", "/run/user/1234/acre",
                                 "/tmp/acre-1234"));
}

}  // namespace
}  // namespace acre::console
