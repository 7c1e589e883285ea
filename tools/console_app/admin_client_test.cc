#include "tools/console_app/admin_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "engine_adapter/admin/file_descriptor.h"
#include "engine_adapter/admin/http_server.h"
#include "engine_adapter/admin/listening_socket.h"
#include "engine_adapter/admin/socket_directory.h"
#include "engine_adapter/admin/test_directory.h"

namespace acre::console {
namespace {

using ::testing::HasSubstr;

class AdminClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto directory =
        admin::SocketDirectory::OpenOrCreate(parent_.PathOf("acre"));
    ASSERT_TRUE(directory.ok()) << directory.status();
    auto bound = admin::ListeningSocket::Bind(*directory);
    ASSERT_TRUE(bound.ok()) << bound.status();
    socket_ = *std::move(bound);
    path_ = socket_->path();
  }

  // Serves what `handler` says.
  void Serve(admin::HttpHandler handler) {
    auto server = admin::HttpServer::Start(
        admin::FileDescriptor(socket_->ReleaseFd()), {}, std::move(handler));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  void ServeStatus(int status) {
    Serve([status](const admin::HttpRequest&) {
      return admin::ErrorResponse(status, "because \x1b[31m");
    });
  }

  // Accepts one connection and closes it, with or without some bytes.
  void AcceptAndClose(std::string_view bytes) {
    const admin::FileDescriptor listening(socket_->ReleaseFd());
    AdminClient client(path_);
    std::thread closer([&] {
      pollfd wait = {.fd = listening.get(), .events = POLLIN, .revents = 0};
      poll(&wait, 1, 10'000);
      const admin::FileDescriptor peer(
          accept(listening.get(), nullptr, nullptr));
      char buffer[4096];
      if (recv(peer.get(), buffer, sizeof(buffer), 0) > 0) {
        send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      }
    });
    status_ = client.Get("/x").status();
    closer.join();
  }

  admin::TestDirectory parent_;
  std::string path_;
  std::unique_ptr<admin::ListeningSocket> socket_;
  std::unique_ptr<admin::HttpServer> server_;
  absl::Status status_;
};

TEST_F(AdminClientTest, BringsTheBody) {
  Serve([](const admin::HttpRequest& request) {
    admin::HttpResponse response;
    response.body = request.method + " " + request.target;
    return response;
  });
  AdminClient client(path_);
  EXPECT_EQ(*client.Get("/v1/x?y=1"), "GET /v1/x?y=1");
  EXPECT_EQ(*client.Post("/v1/a/purge"), "POST /v1/a/purge");
  EXPECT_EQ(*client.Get("/again"), "GET /again");
}

TEST_F(AdminClientTest, SendsPathsAsTheyAre) {
  Serve([](const admin::HttpRequest& request) {
    admin::HttpResponse response;
    response.body = request.target;
    return response;
  });
  AdminClient client(path_);
  EXPECT_EQ(*client.Get("/v1/arenas/../x/%2e."), "/v1/arenas/../x/%2e.");
}

TEST_F(AdminClientTest, ProxiesOfTheEnvironmentAreNotAsked) {
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  Serve([](const admin::HttpRequest&) { return admin::HttpResponse{}; });
  AdminClient client(path_);
  EXPECT_TRUE(client.Get("/").ok());
  unsetenv("http_proxy");
}

TEST_F(AdminClientTest, PassesTheServersWordsOnWithoutTheirTeeth) {
  ServeStatus(404);
  AdminClient client(path_);
  const absl::Status status = client.Get("/x").status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(status.message(), "because \\x1b[31m");
}

TEST_F(AdminClientTest, TellsForbiddenFromBadRequests) {
  int status = 403;
  Serve([&](const admin::HttpRequest&) {
    return admin::ErrorResponse(status, "no");
  });
  AdminClient client(path_);
  EXPECT_TRUE(absl::IsPermissionDenied(client.Get("/").status()));
  status = 405;
  EXPECT_TRUE(absl::IsInvalidArgument(client.Get("/").status()));
  status = 500;
  EXPECT_TRUE(absl::IsInternal(client.Get("/").status()));
}

TEST_F(AdminClientTest, NoSocketIsNotFound) {
  AdminClient client(parent_.PathOf("nothing.sock"));
  const absl::Status status = client.Get("/").status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("nothing.sock"));
}

TEST_F(AdminClientTest, PathTooLongIsNotFound) {
  AdminClient client("/" + std::string(200, 'x'));
  EXPECT_TRUE(absl::IsNotFound(client.Get("/").status()));
}

TEST_F(AdminClientTest, SocketOfAProcessThatEndedSaysSo) {
  { const admin::FileDescriptor closed(socket_->ReleaseFd()); }
  AdminClient client(path_);
  const absl::Status status = client.Get("/").status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("has ended"));
}

TEST_F(AdminClientTest, ProcessThatEndsBeforeAnswering) {
  AcceptAndClose("");
  EXPECT_TRUE(absl::IsUnavailable(status_)) << status_;
}

TEST_F(AdminClientTest, ProcessThatEndsInTheMiddleOfItsAnswer) {
  AcceptAndClose("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"are");
  EXPECT_TRUE(absl::IsUnavailable(status_)) << status_;
}

TEST_F(AdminClientTest, SomethingElseThatAnswersIsAnError) {
  AcceptAndClose("SSH-2.0-OpenSSH_9.2\r\n");
  EXPECT_FALSE(status_.ok());
}

TEST_F(AdminClientTest, WaitingCanBeGivenUp) {
  AdminClient client(path_);
  client.set_cancelled([] { return true; });
  EXPECT_TRUE(absl::IsCancelled(client.Get("/").status()));
}

TEST_F(AdminClientTest, ProcessThatDoesNotAnswerTimesOut) {
  AdminClient client(path_, std::chrono::seconds(1));
  const absl::Status status = client.Get("/").status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
}

}  // namespace
}  // namespace acre::console
