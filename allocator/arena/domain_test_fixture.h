// A domain for tests: keeps what it reports instead of aborting, and verifies
// itself at the end.

#ifndef ACRE_ALLOCATOR_ARENA_DOMAIN_TEST_FIXTURE_H_
#define ACRE_ALLOCATOR_ARENA_DOMAIN_TEST_FIXTURE_H_

#include <memory>
#include <vector>

#include "allocator/arena/domain.h"
#include "gtest/gtest.h"

namespace acre::allocator {

class DomainTest : public ::testing::Test {
 protected:
  DomainTest() { Open({}); }
  ~DomainTest() override {
    if (domain_ != nullptr) domain_->Verify();
  }

  // A new domain in the place of the one before.
  void Open(DomainOptions options) {
    options.misuse_policy = MisusePolicy::kReportAndLeak;
    options.on_misuse_context = this;
    options.on_misuse = [](void* self, const MisuseReport& report) {
      static_cast<DomainTest*>(self)->misuses_.push_back(report);
    };
    options.on_refusal_context = this;
    options.on_refusal = [](void* self, const RefusalReport& report) {
      static_cast<DomainTest*>(self)->refusals_.push_back(report);
    };
    domain_ = std::make_unique<Domain>();
    ASSERT_TRUE(domain_->Init(options));
  }

  Arena* NewArena(const ArenaSettings& settings = {}) {
    PageFailure failure = PageFailure::kNone;
    Arena* arena = domain_->CreateArena(settings, &failure);
    EXPECT_NE(arena, nullptr);
    return arena;
  }

  // The rules of the reports since the last call.
  std::vector<MisuseRule> TakeMisuses() {
    std::vector<MisuseRule> rules;
    for (const MisuseReport& report : misuses_) rules.push_back(report.rule);
    misuses_.clear();
    return rules;
  }

  std::vector<MisuseReport> misuses_;
  std::vector<RefusalReport> refusals_;
  std::unique_ptr<Domain> domain_;
};

using Rules = std::vector<MisuseRule>;

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_ARENA_DOMAIN_TEST_FIXTURE_H_
