#include "engine_adapter/admin/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "engine_adapter/admin/listening_socket.h"
#include "engine_adapter/admin/raw_client.h"
#include "engine_adapter/admin/socket_directory.h"
#include "engine_adapter/admin/test_directory.h"

namespace acre::admin {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// A body of `bytes` letters, as many at a time as are asked for.
class LongBody : public BodySource {
 public:
  LongBody(size_t bytes, std::atomic<int>* destroyed)
      : left_(bytes), destroyed_(destroyed) {}
  ~LongBody() override { ++*destroyed_; }
  size_t Read(char* out, size_t max) override {
    const size_t bytes = std::min(left_, max);
    std::fill_n(out, bytes, 'x');
    left_ -= bytes;
    return bytes;
  }

 private:
  size_t left_;
  std::atomic<int>* destroyed_;
};

class HttpServerTest : public ::testing::Test {
 protected:
  void SetUp() override { Start({}); }

  void Start(const HttpLimits& limits) {
    server_.reset();
    socket_.reset();
    const auto directory =
        SocketDirectory::OpenOrCreate(parent_.PathOf("acre"));
    ASSERT_TRUE(directory.ok()) << directory.status();
    auto bound = ListeningSocket::Bind(*directory);
    ASSERT_TRUE(bound.ok()) << bound.status();
    socket_ = *std::move(bound);
    auto started = HttpServer::Start(
        FileDescriptor(socket_->ReleaseFd()), limits,
        [this](const HttpRequest& request) { return Handle(request); });
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
  }

  HttpResponse Handle(const HttpRequest& request) {
    ++handled_;
    HttpResponse response;
    if (request.target == "/throw") throw std::bad_alloc();
    if (request.target == "/long") {
      response.stream = std::make_unique<LongBody>(4 << 20, &destroyed_);
    } else if (request.target == "/signals") {
      sigset_t blocked;
      pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
      response.body = sigismember(&blocked, SIGTERM) == 1 ? "blocked" : "open";
    } else if (request.target == "/405") {
      response.status = 405;
      response.allow = "POST";
    } else {
      response.body = request.method + " " + request.target;
    }
    return response;
  }

  std::string Get(const std::string& target) {
    return RawClient::Get(path(), target);
  }
  std::string Exchange(std::string_view bytes) {
    return RawClient::Exchange(path(), bytes);
  }
  void ExpectUp() { EXPECT_THAT(Get("/up"), HasSubstr("GET /up")); }
  std::string path() const { return socket_->path(); }

  TestDirectory parent_;
  std::atomic<int> handled_ = 0;
  std::atomic<int> destroyed_ = 0;
  std::unique_ptr<ListeningSocket> socket_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersWithJsonHeaders) {
  EXPECT_THAT(
      Get("/x?y=%41"),
      AllOf(StartsWith("HTTP/1.1 200"),
            HasSubstr("Content-Type: application/json"),
            HasSubstr("Cache-Control: no-store"), HasSubstr("GET /x?y=%41")));
}

TEST_F(HttpServerTest, AnswersManyRequestsOnOneConnection) {
  RawClient client(path());
  for (int i = 0; i < 10; ++i) {
    const std::string target = "/" + std::to_string(i);
    client.Send("GET " + target + " HTTP/1.1\r\nHost: acre\r\n\r\n");
    EXPECT_THAT(client.ReceiveUntil("GET " + target),
                StartsWith("HTTP/1.1 200"));
  }
}

TEST_F(HttpServerTest, SmallRequestBodiesAreDropped) {
  RawClient client(path());
  client.Send(
      "POST /a HTTP/1.1\r\nHost: acre\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_THAT(client.ReceiveUntil("POST /a"), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, HeadHasNoBody) {
  EXPECT_THAT(Exchange("HEAD /x HTTP/1.1\r\nHost: acre\r\n"
                       "Connection: close\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 200"), Not(HasSubstr("HEAD /x"))));
}

TEST_F(HttpServerTest, WrongMethodNamesTheRightOnes) {
  EXPECT_THAT(Get("/405"),
              AllOf(StartsWith("HTTP/1.1 405"), HasSubstr("Allow: POST")));
}

TEST_F(HttpServerTest, StreamsBodiesLargerThanItsBuffers) {
  const std::string response = Get("/long");
  EXPECT_EQ(std::count(response.begin(), response.end(), 'x'), 4 << 20);
}

TEST_F(HttpServerTest, ClientThatLeavesInTheMiddleOfAStreamFreesIt) {
  {
    RawClient client(path());
    client.Send("GET /long HTTP/1.1\r\nHost: acre\r\n\r\n");
    client.ReceiveUntil("xxx");
  }
  ExpectUp();
  server_.reset();
  EXPECT_EQ(destroyed_, 1);
}

TEST_F(HttpServerTest, GarbageLeavesItUp) {
  HttpLimits limits;
  limits.idle_seconds = 1;
  Start(limits);
  std::string every_byte;
  for (int c = 0; c < 256; ++c) every_byte.push_back(static_cast<char>(c));
  for (const std::string& bytes :
       {std::string("\r\n\r\n\r\n"), std::string("\0\0\0\0", 4), every_byte,
        std::string("GET\r\n\r\n"), std::string("GET /\r\n\r\n"),
        std::string("GET / HTTP/9.9\r\n\r\n"),
        std::string("GET / HTTP/1.1\r\n\r\n"),  // no Host
        std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11),
        std::string("GET / HTTP/1.1\nHost: a\n: b\n\n"),
        std::string("GET /a b c HTTP/1.1\r\nHost: a\r\n\r\n"),
        std::string("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n"),
        std::string("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"),
        std::string("POST / HTTP/1.1\r\nHost: a\r\n"
                    "Content-Length: 99999999999999999999999\r\n\r\n"),
        std::string(100'000, 'A')}) {
    RawClient client(path());
    client.Send(bytes);
    client.EndSending();
    client.ReceiveAll();
    EXPECT_FALSE(client.timed_out());
    ExpectUp();
  }
}

TEST_F(HttpServerTest, HalfARequestIsClosedAfterTheIdleTime) {
  HttpLimits limits;
  limits.idle_seconds = 1;
  Start(limits);
  RawClient client(path());
  client.Send("GET /half HTTP/1.1\r\nHost: ac");
  client.ReceiveAll();
  EXPECT_FALSE(client.timed_out());
  EXPECT_EQ(handled_, 0);
  ExpectUp();
}

TEST_F(HttpServerTest, HeadersLargerThanTheLimitAreRefused) {
  for (const std::string& request :
       {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(1 << 20, 'x') +
            "\r\n\r\n",
        "GET /" + std::string(1 << 20, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    RawClient client(path());
    client.Send(request);
    EXPECT_THAT(client.ReceiveAll(),
                AnyOf(IsEmpty(), StartsWith("HTTP/1.1 4")));
    EXPECT_FALSE(client.timed_out());
  }
  EXPECT_EQ(handled_, 0);
  ExpectUp();
}

TEST_F(HttpServerTest, BodyLargerThanTheLimitIsRefusedUnread) {
  EXPECT_THAT(Exchange("POST / HTTP/1.1\r\nHost: a\r\n"
                       "Content-Length: 1000000000\r\n\r\nxxxx"),
              AllOf(StartsWith("HTTP/1.1 413"), HasSubstr("1000000000")));
  EXPECT_EQ(handled_, 0);
  ExpectUp();
}

TEST_F(HttpServerTest, BodyOfUnknownLengthIsRefused) {
  EXPECT_THAT(Exchange("POST / HTTP/1.1\r\nHost: a\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
              StartsWith("HTTP/1.1 411"));
  EXPECT_EQ(handled_, 0);
  ExpectUp();
}

TEST_F(HttpServerTest, HandlerOutOfMemoryClosesTheConnectionOnly) {
  EXPECT_EQ(Get("/throw"), "");
  ExpectUp();
}

TEST_F(HttpServerTest, HandlersRunWithSignalsBlocked) {
  EXPECT_THAT(Get("/signals"), HasSubstr("blocked"));
  sigset_t here;
  pthread_sigmask(SIG_SETMASK, nullptr, &here);
  EXPECT_EQ(sigismember(&here, SIGTERM), 0);
}

TEST_F(HttpServerTest, MoreClientsThanConnectionsWaitTheirTurn) {
  HttpLimits limits;
  limits.connections = 2;
  limits.idle_seconds = 1;
  Start(limits);
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < 6; ++i) {
    idle.push_back(std::make_unique<RawClient>(path()));
    EXPECT_TRUE(idle.back()->connected());
  }
  ExpectUp();
}

TEST_F(HttpServerTest, StopsWhileClientsAreConnected) {
  RawClient idle(path());
  RawClient half(path());
  half.Send("GET /half HTT");
  RawClient streaming(path());
  streaming.Send("GET /long HTTP/1.1\r\nHost: acre\r\n\r\n");
  streaming.ReceiveUntil("xxx");
  const auto start = std::chrono::steady_clock::now();
  server_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_EQ(destroyed_, 1);
  for (RawClient* client : {&idle, &half, &streaming}) {
    client->ReceiveAll();
    EXPECT_FALSE(client->timed_out());
  }
}

TEST_F(HttpServerTest, ForkedChildNeitherStopsItNorHangs) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    server_.reset();
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  ExpectUp();
}

TEST_F(HttpServerTest, OtherUsersAreRefusedEvenWithOpenModes) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  for (const std::string& opened :
       {parent_.path(), parent_.PathOf("acre"), path()}) {
    ASSERT_EQ(chmod(opened.c_str(), 0777), 0);
  }
  const pid_t child = fork();
  if (child == 0) {
    if (setgid(65534) != 0 || setuid(65534) != 0) _exit(77);
    const std::string response = RawClient::Get(path(), "/x");
    _exit(response.starts_with("HTTP/1.1 403") &&
                  response.find("uid 65534") != std::string::npos
              ? 0
              : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "no second user here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(handled_, 0);
}

}  // namespace
}  // namespace acre::admin
