#include "tools/soak_app/soak.h"

#include <string>

#include "gtest/gtest.h"
#include "tools/soak_app/samples.h"

namespace acre::soak {
namespace {

TEST(SoakTest, TenSecondsFindNothingWrong) {
  Soak soak({.seconds = 10, .seed = 7});
  soak.Run();
  for (const std::string& finding : soak.findings()) ADD_FAILURE() << finding;
  EXPECT_GT(soak.operations(), 0u);
  EXPECT_GT(soak.rests(), 1u);
  ASSERT_FALSE(soak.samples().empty());
  const std::string file = ::testing::TempDir() + "/soak.csv";
  EXPECT_TRUE(WriteCsv(soak.samples(), file));
  EXPECT_FALSE(WriteCsv(soak.samples(), "/nowhere/soak.csv"));
}

}  // namespace
}  // namespace acre::soak
