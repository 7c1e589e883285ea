// Requests that no client would send: garbage, halves, floods of headers and
// bodies, and several requests where one is expected.

#include <gmock/gmock.h>

#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "engine_adapter/admin/attack_test_fixture.h"

namespace acre::admin {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kRequest =
    "GET /v1/arenas/tenant-0/bins HTTP/1.1\r\nHost: acre\r\n"
    "Accept: application/json\r\nConnection: close\r\n\r\n";

size_t Count(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

class RequestAttackTest : public AttackTest {
 protected:
  // Sends, and leaves without waiting for an answer.
  void SendAndLeave(std::string_view bytes) {
    RawClient client(engine_.path());
    client.Send(bytes);
    client.EndSending();
  }

  std::mt19937_64 random_{1};
};

TEST_F(RequestAttackTest, RandomBytes) {
  for (int i = 0; i < 300; ++i) {
    std::string bytes(random_() % 6000, '\0');
    for (char& c : bytes) c = static_cast<char>(random_());
    // Some look like a request for a while.
    if (i % 3 == 0) bytes.insert(0, kRequest.substr(0, random_() % 60));
    SendAndLeave(bytes);
  }
}

TEST_F(RequestAttackTest, RequestsThatAreAlmostRight) {
  for (int i = 0; i < 500; ++i) {
    std::string bytes(kRequest);
    for (uint64_t changes = 1 + random_() % 4; changes > 0; --changes) {
      const size_t at = random_() % bytes.size();
      switch (random_() % 4) {
        case 0:
          bytes[at] = static_cast<char>(random_());
          break;
        case 1:
          bytes.erase(at, 1 + random_() % 8);
          break;
        case 2:
          bytes.insert(at, bytes.substr(random_() % bytes.size(), 8));
          break;
        default:
          bytes.insert(at, 1, "\r\n\0 :%?"[random_() % 7]);
      }
      if (bytes.empty()) bytes = "G";
    }
    SendAndLeave(bytes);
  }
}

TEST_F(RequestAttackTest, EveryPrefixOfARequestAndThenNothing) {
  for (size_t length = 0; length < kRequest.size(); ++length) {
    SendAndLeave(kRequest.substr(0, length));
  }
}

TEST_F(RequestAttackTest, HalfRequestsThatStayOpen) {
  std::vector<std::unique_ptr<RawClient>> halves;
  for (size_t i = 0; i < 12; ++i) {
    halves.push_back(std::make_unique<RawClient>(engine_.path()));
    halves.back()->Send(kRequest.substr(0, i * kRequest.size() / 12));
  }
  ExpectServes();
  EXPECT_TRUE(engine_.MakesProgress());
}

TEST_F(RequestAttackTest, OneByteAtATime) {
  RawClient client(engine_.path());
  for (const char c : kRequest) {
    client.Send({&c, 1});
    ExpectSound("/v1/info", engine_.Get("/v1/info"));
  }
  EXPECT_THAT(client.ReceiveAll(), StartsWith("HTTP/1.1 200"));
}

TEST_F(RequestAttackTest, HugeHeaders) {
  std::string many;
  for (int i = 0; i < 50'000; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  for (const std::string& request :
       {"GET /v1/info HTTP/1.1\r\nHost: a\r\nX: " + std::string(8 << 20, 'x') +
            "\r\n\r\n",
        "GET /v1/info HTTP/1.1\r\nHost: a\r\n" + many + "\r\n",
        "GET /" + std::string(8 << 20, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n",
        std::string(8 << 20, 'G') + " / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /v1/info HTTP/1.1\r\n" + std::string(8 << 20, 'h') + ": a\r\n\r\n",
        std::string(8 << 20, '\n')}) {
    EXPECT_THAT(Exchange(request), AnyOf(IsEmpty(), StartsWith("HTTP/1.1 4"),
                                         StartsWith("HTTP/1.1 5")));
    EXPECT_TRUE(engine_.MakesProgress());
  }
}

TEST_F(RequestAttackTest, HugeBodiesDeclared) {
  for (const char* length :
       {"4097", "1000000000", "9223372036854775807", "18446744073709551615",
        "18446744073709551616", "99999999999999999999999999", "-1", "+5", "0x5",
        "5 5", "5,5", "", "٥"}) {
    EXPECT_THAT(
        Exchange("POST /v1/arenas/tenant-0/purge HTTP/1.1\r\nHost: a\r\n"
                 "Content-Length: " +
                 std::string(length) + "\r\n\r\nxxxx"),
        Not(StartsWith("HTTP/1.1 200")))
        << length;
  }
}

TEST_F(RequestAttackTest, HugeBodiesSent) {
  const std::string body(32 << 20, 'b');
  // Declared as they are, as less, and not at all.
  for (const std::string& header :
       {"Content-Length: " + std::to_string(body.size()),
        std::string("Content-Length: 10"), std::string("X: y")}) {
    Exchange("GET /v1/info HTTP/1.1\r\nHost: a\r\n" + header + "\r\n\r\n" +
             body);
    EXPECT_TRUE(engine_.MakesProgress());
  }
}

TEST_F(RequestAttackTest, ChunkedBodies) {
  for (const char* chunks :
       {"5\r\nhello\r\n0\r\n\r\n", "ffffffffffffffff\r\nx", "-1\r\n", "zz\r\n",
        "10000000000000000000000\r\n", "5;ext=\"\r\nhello\r\n0\r\n\r\n",
        "0\r\nX: y\r\n\r\n", ""}) {
    for (const char* coding : {"chunked", "identity", "gzip, chunked",
                               "chunked, chunked", "xchunked", ""}) {
      EXPECT_THAT(
          Exchange("POST /v1/arenas/tenant-0/purge HTTP/1.1\r\nHost: a\r\n"
                   "Transfer-Encoding: " +
                   std::string(coding) + "\r\n\r\n" + chunks),
          Not(StartsWith("HTTP/1.1 200")))
          << coding << ' ' << chunks;
    }
  }
}

TEST_F(RequestAttackTest, ABodyIsNeverTakenForARequest) {
  const std::string hidden =
      "POST /v1/arenas/tenant-0/purge HTTP/1.1\r\nHost: a\r\n"
      "Content-Length: 0\r\n\r\n";
  // Dropped as a body.
  const std::string dropped = Exchange(
      "GET /v1/info HTTP/1.1\r\nHost: a\r\n"
      "Connection: close\r\nContent-Length: " +
      std::to_string(hidden.size()) + "\r\n\r\n" + hidden);
  EXPECT_EQ(Count(dropped, "HTTP/1.1 "), 1u) << dropped;
  // Two ideas of where the body ends: answered once, refused, and closed.
  for (const std::string& headers :
       {std::string("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"),
        std::string("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"),
        std::string("Transfer-Encoding:\tchunked\r\nContent-Length: 0\r\n"),
        std::string("Content-Length: 999999\r\n")}) {
    const std::string answer = Exchange("GET /v1/info HTTP/1.1\r\nHost: a\r\n" +
                                        headers + "\r\n0\r\n\r\n" + hidden);
    EXPECT_THAT(answer, Not(HasSubstr("purged_bytes"))) << headers << answer;
    EXPECT_THAT(answer, Not(StartsWith("HTTP/1.1 200"))) << headers << answer;
  }
}

TEST_F(RequestAttackTest, PipelinedRequestsAreAnsweredInOrder) {
  std::string requests;
  constexpr size_t kRequests = 400;
  for (size_t i = 0; i < kRequests; ++i) {
    requests += "GET /v1/arenas/none-" + std::to_string(i) +
                " HTTP/1.1\r\nHost: a\r\n\r\n";
  }
  requests += kRequest;
  const std::string answers = Exchange(requests);
  EXPECT_EQ(Count(answers, "HTTP/1.1 404"), kRequests);
  EXPECT_EQ(Count(answers, "HTTP/1.1 200"), 1u);
  size_t last = 0;
  for (size_t i = 0; i < kRequests; ++i) {
    const size_t at = answers.find("\\\"none-" + std::to_string(i) + "\\\"");
    ASSERT_NE(at, std::string::npos) << i;
    EXPECT_GE(at, last);
    last = at;
  }
}

TEST_F(RequestAttackTest, OtherVersionsOfTheProtocol) {
  for (const char* line :
       {"GET /v1/info\r\n", "GET /v1/info \r\n\r\n", "GET /v1/info HTTP/0.9",
        "GET /v1/info HTTP/2.0", "GET /v1/info HTTP/1.99999999999",
        "GET /v1/info HTTP/", "GET /v1/info http/1.1", "GET /v1/info FTP/1.1",
        "GET /v1/info HTTP/-1.1", "PRI * HTTP/2.0\r\n\r\nSM",
        "GET http://acre/v1/info HTTP/1.1", "OPTIONS * HTTP/1.1",
        "CONNECT acre:80 HTTP/1.1", "TRACE /v1/info HTTP/1.1",
        "\x16\x03\x01\x02"}) {
    SendAndLeave(std::string(line) + "\r\nHost: acre\r\n\r\n");
  }
}

TEST_F(RequestAttackTest, HeadersCannotBePutIntoTheAnswer) {
  for (const char* target :
       {"/v1/arenas/x%0d%0aSet-Cookie:%20a=b", "/v1/info%0d%0aSet-Cookie: a",
        "/v1/arenas/x%0aSet-Cookie:%20a=b%0a%0a<html>",
        "/v1/arenas?limit=%0d%0aSet-Cookie:a", "/x\rSet-Cookie:a",
        "/%E5%98%8A%E5%98%8DSet-Cookie:a", "/v1/ctl/x%0d%0aSet-Cookie:a"}) {
    const std::string answer = RawClient::Get(engine_.path(), target);
    const std::string headers = answer.substr(0, answer.find("\r\n\r\n"));
    EXPECT_THAT(headers, Not(HasSubstr("Set-Cookie"))) << target;
    EXPECT_THAT(headers, Not(StartsWith("HTTP/1.1 200"))) << target;
  }
  // Nor do a client's own come back.
  const std::string echo = Exchange(
      "GET /v1/info HTTP/1.1\r\nHost: acre\r\nX-Mine: marker\r\n"
      "Origin: http://evil.example\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(echo, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(echo, Not(HasSubstr("marker")));
  EXPECT_THAT(echo, Not(HasSubstr("Access-Control-Allow")));
}

}  // namespace
}  // namespace acre::admin
