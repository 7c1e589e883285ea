#include "engine_adapter/admin/socket_name.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

namespace acre::admin {
namespace {

TEST(SocketName, FirstServerOfAProcessIsCalledAfterItsPidAlone) {
  EXPECT_EQ(FormatSocketName({1234, 1}), "1234.sock");
  EXPECT_EQ(FormatSocketName({1234, 2}), "1234-2.sock");
}

TEST(SocketName, WhatIsFormattedIsParsedBack) {
  for (const SocketName name :
       {SocketName{1, 1}, SocketName{1234, 2},
        SocketName{2147483647, kMaxServersPerProcess}}) {
    EXPECT_EQ(ParseSocketName(FormatSocketName(name)), name);
  }
}

TEST(SocketName, OtherFilesAreNotTaken) {
  for (const char* file :
       {"", ".sock", "x.sock", "12x.sock", "0.sock", "-1.sock", "01.sock",
        "12-.sock", "12-1.sock", "12-0.sock", "12-02.sock", "12-65.sock",
        "12-2-3.sock", "2147483648.sock", "12.sock.tmp", "12", "12.socks",
        " 12.sock", "+12.sock"}) {
    EXPECT_EQ(ParseSocketName(file), std::nullopt) << file;
  }
}

TEST(SocketName, RuntimeDirectoryIsPreferredToTmp) {
  setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
  EXPECT_EQ(DefaultSocketDirectory(), "/run/user/7/acre");
  setenv("XDG_RUNTIME_DIR", "relative", 1);
  EXPECT_EQ(DefaultSocketDirectory(), "/tmp/acre-" + std::to_string(geteuid()));
  unsetenv("XDG_RUNTIME_DIR");
  EXPECT_EQ(DefaultSocketDirectory(), TemporarySocketDirectory(geteuid()));
}

}  // namespace
}  // namespace acre::admin
