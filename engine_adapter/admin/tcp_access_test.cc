#include "engine_adapter/admin/tcp_access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace acre::admin {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kToken[] = "0123456789abcdef";

TEST(TcpAccessTest, OnlyTheMachinesOwnNamesAreItsHost) {
  for (const char* host : {"localhost", "LocalHost", "127.0.0.1",
                           "localhost:80", "127.0.0.1:65535"}) {
    EXPECT_TRUE(IsLoopbackHost(host)) << host;
  }
  for (const char* host :
       {"", "acre", "evil.example", "localhost.evil.example", "127.0.0.1.",
        "127.0.0.2", "localhost:", "localhost:80x", "localhost:123456",
        "localhost:80:80", " localhost", "[::1]", "0.0.0.0", "127.1"}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
  }
}

TEST(TcpAccessTest, OnlyTheWholeTokenIsTheToken) {
  EXPECT_TRUE(HasToken("Bearer 0123456789abcdef", kToken));
  EXPECT_TRUE(HasToken("bearer 0123456789abcdef", kToken));
  for (const char* header :
       {"", "Bearer", "Bearer ", "Bearer 0123456789abcde",
        "Bearer 0123456789abcdef0", "Bearer 0123456789abcdeF",
        "Bearer 0123456789abcdef0123456789abcdef", "0123456789abcdef",
        "Basic 0123456789abcdef", "Bearer  0123456789abcdef"}) {
    EXPECT_FALSE(HasToken(header, kToken)) << header;
  }
  EXPECT_FALSE(HasToken("Bearer ", ""));
  EXPECT_FALSE(HasToken("Bearer x", ""));
}

TEST(TcpAccessTest, WhoHasNoTokenMayOnlyLook) {
  const TcpHeaders plain = {.host = "localhost"};
  const TcpHeaders right = {.host = "localhost",
                            .authorization = "Bearer 0123456789abcdef"};
  for (const char* method : {"GET", "HEAD"}) {
    EXPECT_FALSE(RefuseTcp(method, plain, kToken).has_value());
    EXPECT_FALSE(RefuseTcp(method, plain, "").has_value());
  }
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "get", ""}) {
    const auto refused = RefuseTcp(method, plain, kToken);
    ASSERT_TRUE(refused.has_value()) << method;
    EXPECT_EQ(refused->status, 401);
    EXPECT_TRUE(refused->wants_token);
    EXPECT_THAT(refused->body, Not(HasSubstr(kToken)));
    EXPECT_FALSE(RefuseTcp(method, right, kToken).has_value());
    EXPECT_EQ(RefuseTcp(method, right, "")->status, 401);
  }
}

TEST(TcpAccessTest, AForeignHostIsRefusedWhateverItKnows) {
  EXPECT_EQ(RefuseTcp("GET", {}, kToken)->status, 403);
  const auto refused = RefuseTcp(
      "GET",
      {.host = "evil.example", .authorization = "Bearer 0123456789abcdef"},
      kToken);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->status, 403);
  EXPECT_THAT(refused->body, HasSubstr("evil.example"));
}

}  // namespace
}  // namespace acre::admin
