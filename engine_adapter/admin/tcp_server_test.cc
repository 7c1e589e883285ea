// The admin server on a TCP port.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "engine_adapter/admin/admin_server.h"
#include "engine_adapter/admin/raw_client.h"
#include "engine_adapter/admin/test_directory.h"
#include "engine_adapter/memory_service.h"

namespace acre {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kToken[] = "correct-horse-battery";

class TcpServerTest : public ::testing::Test {
 protected:
  TcpServerTest() {
    auto created = MemoryService::Create({.name = "engine"});
    EXPECT_TRUE(created.ok()) << created.status();
    service_ = *std::move(created);
    auto arena = service_->CreateArena({.name = "tenant-7"});
    EXPECT_TRUE(arena.ok()) << arena.status();
    arena_.emplace(*std::move(arena));
    EXPECT_NE(arena_->Allocate(5000), nullptr);
  }

  absl::StatusOr<std::unique_ptr<AdminServer>> TryStart(AdminOptions options) {
    options.directory = parent_.PathOf("acre");
    return AdminServer::Start(*service_, options);
  }

  void Start(AdminOptions options) {
    server_.reset();
    auto started = TryStart(std::move(options));
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
  }

  // The answer to a request with these lines of headers.
  std::string Ask(const std::string& request, const std::string& headers = "",
                  const std::string& host = "localhost") {
    return admin::RawClient::Exchange(
        server_->tcp_port(), request + " HTTP/1.1\r\nHost: " + host + "\r\n" +
                                 headers + "Connection: close\r\n\r\n");
  }

  admin::TestDirectory parent_;
  std::unique_ptr<MemoryService> service_;
  std::optional<Arena> arena_;
  std::unique_ptr<AdminServer> server_;
};

TEST_F(TcpServerTest, IsOffUnlessToldOtherwise) {
  Start({});
  EXPECT_EQ(server_->tcp_port(), 0);
}

TEST_F(TcpServerTest, AnswersWhatTheSocketAnswers) {
  Start({.tcp_port = kAnyTcpPort});
  EXPECT_GT(server_->tcp_port(), 0);
  const std::string metrics = Ask("GET /metrics");
  EXPECT_THAT(metrics, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(metrics, HasSubstr("Content-Type: application/openmetrics-text; "
                                 "version=1.0.0; charset=utf-8\r\n"));
  EXPECT_THAT(
      metrics,
      HasSubstr("acre_arena_allocated_bytes{tenant=\"tenant-7\"} 5120\n"));
  EXPECT_THAT(Ask("GET /v1/arenas/tenant-7"),
              HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(Ask("HEAD /metrics"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(
      admin::RawClient::Get(server_->socket_path(), "/metrics"),
      HasSubstr("acre_arena_allocated_bytes{tenant=\"tenant-7\"} 5120\n"));
}

TEST_F(TcpServerTest, IsReadOnlyWithoutTheToken) {
  const std::string purge = "POST /v1/arenas/tenant-7/purge";
  const std::string right =
      std::string("Authorization: Bearer ") + kToken + "\r\n";
  Start({.allow_writes = true, .tcp_port = kAnyTcpPort, .token = kToken});
  const std::string refused = Ask(purge);
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(refused, HasSubstr("WWW-Authenticate: Bearer\r\n"));
  EXPECT_THAT(Ask(purge, "Authorization: Bearer wrong\r\n"),
              StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(Ask(purge, right), StartsWith("HTTP/1.1 200"));
  // Both that were refused are one entry.
  const std::string audit = Ask("GET /v1/audit");
  EXPECT_THAT(audit, HasSubstr("\"status\":401,\"times\":2}"));
  EXPECT_THAT(audit, HasSubstr("\"status\":200,\"times\":1}"));
  EXPECT_THAT(audit, HasSubstr("\"uid\":null,\"pid\":null"));
  EXPECT_THAT(audit, Not(HasSubstr(kToken)));
  Start({.allow_writes = true, .tcp_port = kAnyTcpPort});
  EXPECT_THAT(Ask(purge, right), StartsWith("HTTP/1.1 401"));
  // The token opens no more than the socket does.
  Start({.tcp_port = kAnyTcpPort, .token = kToken});
  EXPECT_THAT(Ask(purge, right), StartsWith("HTTP/1.1 403"));
}

TEST_F(TcpServerTest, ANameOfSomebodyElsesIsNotAnswered) {
  Start({.tcp_port = kAnyTcpPort});
  const std::string refused = Ask("GET /metrics", "", "rebound.example");
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(refused, Not(HasSubstr("acre_")));
  EXPECT_THAT(admin::RawClient::Exchange(server_->tcp_port(),
                                         "GET /metrics HTTP/1.0\r\n\r\n"),
              HasSubstr(" 403 "));
}

TEST_F(TcpServerTest, APortThatIsTakenIsAnError) {
  Start({.tcp_port = kAnyTcpPort});
  const auto second = TryStart({.tcp_port = server_->tcp_port()});
  EXPECT_TRUE(absl::IsAlreadyExists(second.status())) << second.status();
  // It left no socket behind.
  const int port = server_->tcp_port();
  Start({.tcp_port = port});
  EXPECT_EQ(server_->tcp_port(), port);
  EXPECT_THAT(server_->socket_path(), Not(HasSubstr("-2.sock")));
}

TEST_F(TcpServerTest, OptionsAreChecked) {
  for (const AdminOptions& wrong :
       {AdminOptions{.tcp_port = 65536}, AdminOptions{.tcp_port = -2},
        AdminOptions{.token = "short"},
        AdminOptions{.token = std::string(513, 'x')},
        AdminOptions{.token = "with blanks in between"},
        AdminOptions{.token = "with\nlines\nin between"},
        AdminOptions{.tenants_in_metrics = 100'001}}) {
    const auto started = TryStart(wrong);
    ASSERT_TRUE(absl::IsInvalidArgument(started.status()));
    EXPECT_EQ(started.status().message().find("in between"),
              absl::string_view::npos);
  }
}

}  // namespace
}  // namespace acre
