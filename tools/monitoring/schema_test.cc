// The documents of a live process are what docs/schema says.

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "engine_adapter/admin/test_directory.h"
#include "tools/monitoring/child_process.h"
#include "tools/monitoring/watched_engine.h"

namespace acre::monitoring {
namespace {

using Json = nlohmann::json;

constexpr char kSchema[] = "docs/schema/acre_statistics.schema.json";

class SchemaTest : public ::testing::Test {
 protected:
  // What the validator says of a document.
  Outcome Validate(const Json& document) {
    const std::string path = directory_.PathOf("document.json");
    std::ofstream(path) << document;
    return RunToEnd({"python3", "-W", "ignore", "-m", "jsonschema",
                     "--instance", path, kSchema},
                    directory_.PathOf("validator.log"));
  }

  admin::TestDirectory directory_;
  WatchedEngine engine_{directory_.PathOf("acre")};
  const Json live_ =
      Json::parse(engine_.Get("/v1/stats?format=acre", "application/json"));
};

TEST_F(SchemaTest, DescribesALiveDocument) {
  EXPECT_EQ(live_["arenas"].size(), 5u);
  const Outcome outcome = Validate(live_);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
}

TEST_F(SchemaTest, AcceptsFiguresThatComeNew) {
  Json document = live_;
  document["arenas"][0]["figure_of_tomorrow"] = 7;
  document["section_of_tomorrow"] = Json::object();
  const Outcome outcome = Validate(document);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
}

TEST_F(SchemaTest, RefusesWhatIsNoSuchDocument) {
  const auto changed = [this](auto change) {
    Json document = live_;
    change(document);
    return document;
  };
  for (const Json& wrong : {
           changed([](Json& d) { d["acre_statistics_version"] = 2; }),
           changed([](Json& d) { d.erase("totals"); }),
           changed([](Json& d) { d["read_at"] = "yesterday"; }),
           changed([](Json& d) { d["arenas"][0]["allocated"] = -1; }),
           changed([](Json& d) { d["arenas"][0]["allocated"] = "much"; }),
           changed([](Json& d) { d["arenas"][0].erase("name"); }),
           changed([](Json& d) { d["arenas"][1]["bins"][0].erase("size"); }),
           changed([](Json& d) { d["arenas"][1]["new"] = 1.5; }),
           changed([](Json& d) { d["providers"][0].erase("calls_of"); }),
           changed([](Json& d) { d.erase("governor"); }),
       }) {
    const Outcome outcome = Validate(wrong);
    EXPECT_EQ(outcome.exit_code, 1) << outcome.output;
  }
}

}  // namespace
}  // namespace acre::monitoring
