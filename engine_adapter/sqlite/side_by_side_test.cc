// The SQL tables beside the documents of the admin server: the same figures,
// whichever way an operator comes.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine_adapter/admin/admin_server.h"
#include "engine_adapter/admin/raw_client.h"
#include "engine_adapter/admin/test_directory.h"
#include "engine_adapter/memory_service.h"
#include "engine_adapter/sqlite/acre_tables.h"
#include "engine_adapter/sqlite/sql_transcript.h"
#include "gtest/gtest.h"
#include "stats/arena_statistics.h"

namespace acre::sqlite {
namespace {

using Json = nlohmann::json;

std::string Quoted(std::string_view name) {
  std::string quoted = "'";
  for (const char c : name) {
    if (c == '\'') quoted += c;
    quoted += c;
  }
  return quoted + "'";
}

std::string PercentEncoded(std::string_view name) {
  std::string encoded;
  for (const char c : name) {
    encoded += '%';
    encoded += "0123456789ABCDEF"[static_cast<uint8_t>(c) >> 4];
    encoded += "0123456789ABCDEF"[static_cast<uint8_t>(c) & 15];
  }
  return encoded;
}

class SideBySideTest : public testing::Test {
 protected:
  // The service's own thread would purge between one look and the other.
  SideBySideTest()
      : service_(std::move(MemoryService::Create(
                               {.name = "engine",
                                .hard_limit_bytes = uint64_t{1} << 30,
                                .governor = {.thread = false}}))
                     .value()),
        server_(
            std::move(AdminServer::Start(
                          *service_, {.directory = directory_.PathOf("acre")}))
                .value()),
        connection_(":memory:") {
    EXPECT_TRUE(RegisterAcreTables(connection_.get(), *service_).ok());
  }

  std::string Ask(const std::string& sql) {
    return Query(connection_.get(), sql);
  }

  // The bodies have no chunks in HTTP/1.0.
  Json Get(const std::string& target) {
    const std::string answer = admin::RawClient::Exchange(
        server_->socket_path(), "GET " + target + " HTTP/1.0\r\n\r\n");
    EXPECT_EQ(answer.find(" 200 OK"), 8u) << target;
    Json body = Json::parse(answer.substr(answer.find("\r\n\r\n") + 4), nullptr,
                            /*allow_exceptions=*/false);
    EXPECT_TRUE(body.is_object()) << target;
    return body;
  }

  ArenaRef NewArena(ArenaOptions options) {
    auto arena = service_->CreateArena(options);
    EXPECT_TRUE(arena.ok()) << arena.status();
    arenas_.push_back(*std::move(arena));
    return arenas_.back();
  }

  // Tenants with something in every figure that a tenant can bring about.
  void UseArenas() {
    const ArenaRef plain = NewArena({.name = "tenant-0"});
    const ArenaRef odd = NewArena({.name = "it's \"odd\" %2e",
                                   .hard_limit_bytes = 2 << 20,
                                   .reserved_bytes = 1 << 20,
                                   .soft_limit_bytes = 3 << 19});
    NewArena({.name = "empty"});
    const ArenaRef decaying =
        NewArena({.name = "Größe",
                  .decay = {.dirty_decay_ms = 0, .muzzy_decay_ms = 1'000'000}});
    for (const ArenaRef& arena : {plain, odd, decaying}) {
      open_.push_back(arena.OpenTcache());
      Tcache closed = arena.OpenTcache();
      std::vector<void*> held;
      for (size_t size = 8; size < 40'000; size += size / 3 + 1) {
        for (int i = 0; i < 6; ++i) {
          held.push_back(i % 2 == 0 ? open_.back().Allocate(size)
                                    : closed.Allocate(size));
        }
      }
      for (size_t i = 0; i < held.size(); ++i) {
        if (i % 3 != 0) closed.Deallocate(held[i]);
        if (i % 7 == 0 && i % 3 == 0) plain.Deallocate(held[i]);
      }
      Region region = arena.OpenRegion();
      EXPECT_NE(region.Allocate(10'000), nullptr);
    }
    EXPECT_EQ(odd.Allocate(4 << 20), nullptr);
    plain.Deallocate(plain.Allocate(8 << 20));
    EXPECT_TRUE(plain.Purge(PurgeMode::kUnused).ok());
    plain.Deallocate(plain.Allocate(3 << 20));
    decaying.Deallocate(decaying.Allocate(5 << 20));
    static_cast<void>(service_->Tick());
  }

  admin::TestDirectory directory_;
  std::unique_ptr<MemoryService> service_;
  std::vector<Arena> arenas_;
  std::vector<Tcache> open_;
  std::unique_ptr<AdminServer> server_;
  Connection connection_;
};

TEST_F(SideBySideTest, EveryFigureOfEveryArenaIsTheSame) {
  UseArenas();
  const Json listing = Get("/v1/arenas");
  EXPECT_EQ(Ask("SELECT count(*) FROM acre_arenas"),
            std::to_string(listing["arenas"].size()));
  ASSERT_EQ(listing["arenas"].size(), 5u);
  for (const Json& arena : listing["arenas"]) {
    const std::string name = arena["name"];
    const std::string where = " FROM acre_arenas WHERE name = " + Quoted(name);
    const Json alone = Get("/v1/arenas/" + PercentEncoded(name))["arena"];
    EXPECT_EQ(alone, arena);
    EXPECT_EQ(Ask("SELECT arena_index" + where), arena["index"].dump()) << name;
    EXPECT_EQ(Ask("SELECT generation" + where), arena["generation"].dump())
        << name;
    for (const auto& field : stats::kArenaFields) {
      const std::string key(field.name);
      ASSERT_TRUE(arena.contains(key)) << key;
      EXPECT_EQ(Ask("SELECT \"" + key + '"' + where), arena[key].dump())
          << name << ": " << key;
    }
  }
}

TEST_F(SideBySideTest, NeitherHasAFigureThatTheOtherLacks) {
  UseArenas();
  const Json arena = Get("/v1/arenas/tenant-0")["arena"];
  // The index is called arena_index where INDEX is a keyword.
  std::string columns =
      Ask("SELECT name FROM pragma_table_info('acre_arenas')");
  EXPECT_EQ(std::count(columns.begin(), columns.end(), '\n') + 1,
            static_cast<ptrdiff_t>(arena.size()));
  columns = Ask("SELECT name FROM pragma_table_info('acre_bins')");
  const Json bins = Get("/v1/arenas/tenant-0/bins");
  ASSERT_FALSE(bins["bins"].empty());
  EXPECT_EQ(std::count(columns.begin(), columns.end(), '\n'),
            static_cast<ptrdiff_t>(bins["bins"][0].size()));
}

TEST_F(SideBySideTest, EveryFigureOfEveryBinIsTheSame) {
  UseArenas();
  size_t all = 0;
  const Json listing = Get("/v1/arenas");
  for (const Json& arena : listing["arenas"]) {
    const std::string name = arena["name"];
    const Json bins = Get("/v1/arenas/" + PercentEncoded(name) + "/bins");
    all += bins["bins"].size();
    for (const Json& bin : bins["bins"]) {
      for (const auto& field : stats::kBinFields) {
        const std::string key(field.name);
        ASSERT_TRUE(bin.contains(key)) << key;
        EXPECT_EQ(Ask("SELECT \"" + key + "\" FROM acre_bins WHERE name = " +
                      Quoted(name) + " AND size = " + bin["size"].dump()),
                  bin[key].dump())
            << name << ' ' << bin["size"] << ": " << key;
      }
    }
  }
  EXPECT_GT(all, 60u);
  EXPECT_EQ(Ask("SELECT count(*) FROM acre_bins"), std::to_string(all));
}

TEST_F(SideBySideTest, SumsInSqlAreTheTotalsOfTheListing) {
  UseArenas();
  const Json total = Get("/v1/arenas")["total"];
  for (const auto& field : stats::kArenaFields) {
    if (field.combine != stats::Combine::kSum) continue;
    const std::string key(field.name);
    EXPECT_EQ(Ask("SELECT sum(\"" + key + "\") FROM acre_arenas"),
              total[key].dump())
        << key;
  }
  const Json service = Get("/v1/info")["service"];
  EXPECT_EQ(Ask("SELECT sum(max(charged, reserved)) FROM acre_arenas"),
            service["charged"].dump());
  EXPECT_EQ(Ask("SELECT sum(reserved) FROM acre_arenas"),
            service["reserved"].dump());
}

TEST_F(SideBySideTest, TheScenarioHasMostFiguresToCompare) {
  UseArenas();
  const Json total = Get("/v1/arenas")["total"];
  size_t filled = 0;
  for (const auto& field : stats::kArenaFields) {
    filled += total[std::string(field.name)] != 0;
  }
  EXPECT_GE(filled * 3, std::size(stats::kArenaFields) * 2) << total;
}

}  // namespace
}  // namespace acre::sqlite
