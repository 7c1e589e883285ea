// Names and paths that mean something to whoever is careless with them.

#include <gmock/gmock.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine_adapter/admin/attack_test_fixture.h"

namespace acre::admin {
namespace {

using ::testing::AnyOf;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using Json = nlohmann::json;

// Every byte as %XX.
std::string Encode(std::string_view name) {
  std::string encoded;
  for (const char c : name) {
    encoded += '%';
    encoded += "0123456789ABCDEF"[static_cast<uint8_t>(c) >> 4];
    encoded += "0123456789ABCDEF"[static_cast<uint8_t>(c) & 15];
  }
  return encoded;
}

class NameAttackTest : public AttackTest {
 protected:
  // The document that answers, whatever its status; must be valid JSON.
  Json Ask(const std::string& method, const std::string& target) {
    const std::string answer = Exchange(
        method + " " + target + " HTTP/1.0\r\nContent-Length: 0\r\n\r\n");
    const size_t end = answer.find("\r\n\r\n");
    EXPECT_NE(end, std::string::npos) << target;
    if (end == std::string::npos) return Json();
    const Json body = Json::parse(answer.substr(end + 4), nullptr, false);
    EXPECT_TRUE(body.is_object()) << target << ": " << answer;
    return body;
  }
};

TEST_F(NameAttackTest, PathsLeadNowhereElse) {
  for (const std::string& target :
       {std::string("/v1/arenas/%2e%2e"),
        std::string("/v1/arenas/%2e%2e/bins"),
        std::string("/v1/arenas/%2e%2e%2finfo"),
        std::string("/v1/arenas/..%5c..%5cinfo"),
        std::string("/v1/arenas/../info"),
        std::string("/v1/./info"),
        std::string("/v1/arenas/%00"),
        std::string("/v1/arenas/tenant-0%00"),
        std::string("/v1/arenas/tenant-0%00/bins"),
        std::string("/v1/arenas/tenant-0%2fbins"),
        std::string("/v1/arenas/tenant-0/bins/"),
        std::string("/v1/arenas/tenant-0//bins"),
        std::string("/v1/arenas//tenant-0"),
        std::string("//v1/info"),
        std::string("/v1/arenas/%c0%ae%c0%ae/"),  // overlong dots
        std::string("/v1/arenas/%252e%252e"),
        std::string("/v1/arenas/%u002e"),
        std::string("/etc/passwd"),
        std::string("/%2e%2e/%2e%2e/etc/passwd"),
        std::string("/v1/arenas/tenant-0;x=y"),
        std::string("/v1/info#x"),
        std::string("/v1/arenas/%"),
        std::string("/v1/arenas/%4"),
        std::string("/v1/arenas/%zz"),
        std::string("/v1/arenas/%-1"),
        "/v1/arenas/" + std::string(64, 'x'),
        "/v1/arenas/" + std::string(1000, 'x'),
        "/v1/arenas/" + std::string(20'000, 'x'),
        "/v1/" + std::string(900, '/'),
        std::string("/v1/arenas?limit=1&limit"),
        std::string("/v1/arenas?limit=%31"),
        std::string("/v1/arenas?=&=&="),
        std::string("/v1/arenas?limit=1e3"),
        std::string("/v1/arenas?limit= 1"),
        std::string("/v1/arenas?offset=99999999999999999999999999")}) {
    EXPECT_THAT(RawClient::Get(engine_.path(), target),
                AnyOf(IsEmpty(), StartsWith("HTTP/1.1 4")))
        << target;
  }
}

TEST_F(NameAttackTest, EveryByteInANameIsAnsweredWithADocument) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string encoded =
        Encode(std::string("tenant") + static_cast<char>(byte));
    for (const std::string& target :
         {"/v1/arenas/" + encoded, "/v1/arenas/" + encoded + "/bins",
          "/v1/" + encoded, "/v1/arenas?" + encoded, "/v1/info?x=" + encoded}) {
      EXPECT_TRUE(Ask("GET", target).contains("error")) << target;
    }
    EXPECT_TRUE(
        Ask("POST", "/v1/arenas/" + encoded + "/purge").contains("error"));
  }
}

TEST_F(NameAttackTest, ControlCharactersAreNoNames) {
  for (int byte = 0; byte < 0x20; ++byte) {
    const std::string name = std::string("a") + static_cast<char>(byte) + "b";
    const auto arena = engine_.service().CreateArena({.name = name});
    EXPECT_EQ(arena.status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(NameAttackTest, NamesComeBackAsTheyWereGiven) {
  const std::vector<std::string> names = {
      "..",
      ".",
      "%2e%2e",
      "%00",
      "a\"b",
      "\"},{\"name\":\"forged\",\"charged\":0},{\"x\":\"",
      "back\\slash",
      "\\u0000",
      "tenant-0?limit=1",
      "a&b=c#d",
      " leading and trailing ",
      "<script>alert(1)<script>",
      "'; DROP TABLE arenas; --",
      "${jndi:ldap:x}",
      "{{7*7}} %s %n {}",
      "null",
      "all",
      "0",
      "Größe",
      "\u202E right to left",
      "line\u2028separator",
      "😀",
      std::string(63, '"'),
  };
  std::vector<Arena> arenas;
  for (const std::string& name : names) {
    auto created = engine_.service().CreateArena({.name = name});
    ASSERT_TRUE(created.ok()) << created.status();
    arenas.push_back(*std::move(created));
    const std::string target = "/v1/arenas/" + Encode(name);
    EXPECT_EQ(Ask("GET", target)["arena"]["name"], name);
    EXPECT_EQ(Ask("GET", target + "/bins")["arena"], name);
    EXPECT_EQ(Ask("POST", target + "/purge")["after"]["name"], name);
  }
  const Json listing = Ask("GET", "/v1/arenas");
  EXPECT_EQ(listing["arenas"].size(), names.size() + arenas_);
  for (const std::string& name : names) {
    size_t found = 0;
    for (const Json& arena : listing["arenas"]) found += arena["name"] == name;
    EXPECT_EQ(found, 1u) << name;
  }
}

TEST_F(NameAttackTest, NamesThatAreNoTextLeaveDocumentsValid) {
  std::vector<Arena> arenas;
  for (const char* name :
       {"\xFF\xFE", "a\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80",
        "cut\xE2\x82", "\x80", "\xC2\x85", "\xF4\x90\x80\x80"}) {
    auto created = engine_.service().CreateArena({.name = name});
    if (!created.ok()) continue;  // As well.
    arenas.push_back(*std::move(created));
    Ask("GET", "/v1/arenas/" + Encode(name));
    Ask("GET", "/v1/arenas/" + Encode(name) + "/bins");
    Ask("GET", "/v1/arenas/" + Encode(name) + "x");
  }
  ExpectSound("/v1/arenas", engine_.Get("/v1/arenas"));
}

}  // namespace
}  // namespace acre::admin
