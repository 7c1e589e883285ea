#include "engine_adapter/pressure.h"

#include <cstdint>
#include <string>

#include "gtest/gtest.h"

namespace {

// As an engine writes it: outside the library's namespaces.
struct Cache {
  uint64_t to_free = 0;
  std::string whose;
};

void OnPressure(void* context, const acre::PressureReport& report) {
  auto* cache = static_cast<Cache*>(context);
  if (report.level != acre::PressureLevel::kHard) return;
  cache->to_free =
      report.charged_bytes + report.wanted_bytes - report.limit_bytes;
  cache->whose = report.arena_name;
}

TEST(PressureTest, AnEngineLearnsWhoLacksHowMuch) {
  const acre::PressureHandler handler = &OnPressure;
  Cache cache;
  handler(&cache, {.arena_name = "tenant-7",
                   .level = acre::PressureLevel::kHard,
                   .limit_bytes = 1000,
                   .charged_bytes = 900,
                   .wanted_bytes = 150});
  EXPECT_EQ(cache.to_free, 50u);
  EXPECT_EQ(cache.whose, "tenant-7");
}

}  // namespace
