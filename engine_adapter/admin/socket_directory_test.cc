#include "engine_adapter/admin/socket_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "engine_adapter/admin/test_directory.h"

namespace acre::admin {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string Message(const absl::Status& status) {
  return static_cast<std::string>(status.message());
}

TEST(SocketDirectory, IsCreatedForItsOwnerOnly) {
  const TestDirectory parent;
  const auto opened = SocketDirectory::OpenOrCreate(parent.PathOf("acre"));
  ASSERT_TRUE(opened.ok()) << opened.status();
  struct stat info;
  ASSERT_EQ(stat(opened->path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0700u);
  EXPECT_EQ(info.st_uid, geteuid());
}

TEST(SocketDirectory, IsReusedWhenItIsPrivate) {
  const TestDirectory parent;
  ASSERT_TRUE(SocketDirectory::OpenOrCreate(parent.PathOf("acre")).ok());
  EXPECT_TRUE(SocketDirectory::OpenOrCreate(parent.PathOf("acre")).ok());
}

TEST(SocketDirectory, OpenToTheGroupOrTheWorldIsRefusedWithItsMode) {
  const TestDirectory parent;
  for (const auto& [mode, text] : {std::pair<mode_t, const char*>{0770, "0770"},
                                   {0701, "0701"},
                                   {0755, "0755"},
                                   {01777, "1777"}}) {
    ASSERT_EQ(chmod(parent.path().c_str(), mode), 0);
    const auto opened = SocketDirectory::OpenOrCreate(parent.path());
    EXPECT_TRUE(absl::IsFailedPrecondition(opened.status()));
    EXPECT_THAT(Message(opened.status()),
                AllOf(HasSubstr(text), HasSubstr(parent.path())));
  }
}

TEST(SocketDirectory, SymbolicLinkIsRefusedEvenToAPrivateDirectory) {
  const TestDirectory parent;
  ASSERT_TRUE(SocketDirectory::OpenOrCreate(parent.PathOf("real")).ok());
  ASSERT_EQ(symlink("real", parent.PathOf("link").c_str()), 0);
  const auto opened = SocketDirectory::OpenOrCreate(parent.PathOf("link"));
  EXPECT_TRUE(absl::IsFailedPrecondition(opened.status()));
  EXPECT_THAT(Message(opened.status()), HasSubstr("symbolic link"));
}

TEST(SocketDirectory, DanglingSymbolicLinkIsRefused) {
  const TestDirectory parent;
  ASSERT_EQ(symlink("nowhere", parent.PathOf("link").c_str()), 0);
  EXPECT_TRUE(absl::IsFailedPrecondition(
      SocketDirectory::OpenOrCreate(parent.PathOf("link")).status()));
  EXPECT_NE(access(parent.PathOf("nowhere").c_str(), F_OK), 0);
}

TEST(SocketDirectory, FileIsRefused) {
  const TestDirectory parent;
  std::ofstream(parent.PathOf("file")) << "x";
  EXPECT_TRUE(absl::IsFailedPrecondition(
      SocketDirectory::OpenOrCreate(parent.PathOf("file")).status()));
}

TEST(SocketDirectory, OtherOwnerIsRefusedWithBothUids) {
  const TestDirectory parent;
  // Asking on behalf of another user finds the same mismatch as a directory
  // that another user has made, and needs no second user.
  const uid_t other = geteuid() + 1;
  const auto opened = SocketDirectory::Open(parent.path(), other);
  EXPECT_TRUE(absl::IsFailedPrecondition(opened.status()));
  EXPECT_THAT(Message(opened.status()),
              AllOf(HasSubstr("uid " + std::to_string(geteuid())),
                    HasSubstr("uid " + std::to_string(other))));
}

TEST(SocketDirectory, DirectoryOfAnotherUserIsRefused) {
  const TestDirectory parent;
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  const std::string path = parent.PathOf("acre");
  ASSERT_EQ(mkdir(path.c_str(), 0700), 0);
  if (chown(path.c_str(), 65534, 65534) != 0) {
    GTEST_SKIP() << "this system has no second user";
  }
  const auto opened = SocketDirectory::OpenOrCreate(path);
  EXPECT_TRUE(absl::IsFailedPrecondition(opened.status()));
  EXPECT_THAT(Message(opened.status()), HasSubstr("uid 65534"));
}

TEST(SocketDirectory, MissingParentIsAnErrorAndNothingIsCreated) {
  const TestDirectory parent;
  const auto opened = SocketDirectory::OpenOrCreate(parent.PathOf("a/b"));
  EXPECT_FALSE(opened.ok());
  EXPECT_NE(access(parent.PathOf("a").c_str(), F_OK), 0);
}

TEST(SocketDirectory, OpenDoesNotCreate) {
  const TestDirectory parent;
  EXPECT_TRUE(absl::IsNotFound(
      SocketDirectory::Open(parent.PathOf("acre"), geteuid()).status()));
  EXPECT_NE(access(parent.PathOf("acre").c_str(), F_OK), 0);
}

}  // namespace
}  // namespace acre::admin
