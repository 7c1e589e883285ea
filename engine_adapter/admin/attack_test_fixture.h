// What every test of an attack on the admin socket ends with: the engine has
// not noticed, nothing is left behind, and the next client is served.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_ATTACK_TEST_FIXTURE_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_ATTACK_TEST_FIXTURE_H_

#include <cstddef>
#include <string>

#include "engine_adapter/admin/engine_at_work.h"
#include "engine_adapter/admin/raw_client.h"
#include "gtest/gtest.h"
#include "stats/arena_statistics.h"

namespace acre::admin {

class AttackTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // The governor has come, with the descriptors that it needs.
    ASSERT_TRUE(Eventually([this] {
      return stats::ReadService(engine_.service().domain()).governor.running;
    }));
    ASSERT_TRUE(engine_.MakesProgress());
    descriptors_ = OpenDescriptors();
    ExpectServes();
    arenas_ = stats::ReadService(engine_.service().domain()).arena_count;
  }

  void ExpectServes() {
    for (const std::string& target : StatisticsTargets()) {
      ExpectSound(target, engine_.Get(target));
    }
  }

  // The engine works on; what the attackers had open is closed again.
  void ExpectUndisturbed() {
    EXPECT_TRUE(engine_.MakesProgress());
    ExpectServes();
    EXPECT_TRUE(Eventually([this] {
      return OpenDescriptors() == descriptors_;
    })) << OpenDescriptors()
        << " descriptors are open, " << descriptors_ << " were";
    EXPECT_TRUE(engine_.MakesProgress());
  }

  // At rest the service holds what it would hold without the attack.
  void TearDown() override {
    ExpectUndisturbed();
    engine_.Rest();
    engine_.service().domain().Verify();
    const stats::ServiceStatistics now =
        stats::ReadService(engine_.service().domain());
    EXPECT_EQ(now.arenas.allocated, 0u);
    EXPECT_EQ(now.arenas.open_tcaches, 0u);
    EXPECT_EQ(now.arena_count, arenas_);
    EXPECT_EQ(now.misuses, 0u);
    EXPECT_EQ(now.arenas.refusals, 0u);
    for (const std::string& target : StatisticsTargets()) {
      ExpectExact(target, engine_.Get(target));
    }
  }

  std::string Exchange(std::string_view bytes) {
    return RawClient::Exchange(engine_.path(), bytes);
  }

  EngineAtWork engine_;
  size_t descriptors_ = 0;
  uint64_t arenas_ = 0;
};

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_ATTACK_TEST_FIXTURE_H_
