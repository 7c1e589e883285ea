// Random sequences of operations against the reference model.

#include <cstdint>
#include <string>

#include "gtest/gtest.h"
#include "testing/choices.h"
#include "testing/model_driver.h"

namespace acre::testing {
namespace {

#if defined(ACRE_ASAN) || defined(ACRE_TSAN)
constexpr uint64_t kSeeds = 12;
#else
constexpr uint64_t kSeeds = 40;
#endif
constexpr size_t kSteps = 3000;

TEST(ModelTest, EveryOperationAgreesWithTheModel) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Choices choices(seed);
    ModelDriver driver(&choices, {});
    ASSERT_EQ(driver.Run(kSteps), "") << "seed " << seed;
  }
}

TEST(ModelTest, EveryOperationAgreesWithTheModelWhileTheSystemRefusesCalls) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Choices choices(seed);
    ModelDriver driver(&choices, {.system_fails = true});
    ASSERT_EQ(driver.Run(kSteps), "") << "seed " << seed;
  }
}

}  // namespace
}  // namespace acre::testing
