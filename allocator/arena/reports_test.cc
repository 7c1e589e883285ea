// The lines that operators read: misuse and refusals.

#include <cstdint>
#include <string>

#include "allocator/arena/misuse.h"
#include "allocator/arena/refusal.h"
#include "allocator/base/text_buffer.h"
#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

std::string Line(const MisuseReport& report) {
  TextBuffer<512> text;
  AppendMisuse(text, report);
  return std::string(text.view());
}

std::string Line(const RefusalReport& report) {
  TextBuffer<512> text;
  AppendRefusal(text, report);
  return std::string(text.view());
}

TEST(MisuseTest, ALineNamesRuleAddressArenaAndClass) {
  EXPECT_EQ(Line(MisuseReport{.rule = MisuseRule::kDoubleFree,
                              .address = reinterpret_cast<void*>(0x7f0010),
                              .arena_name = "tenant-7",
                              .class_size = 96}),
            "acre: misuse: double free: address 0x7f0010, arena \"tenant-7\", "
            "size class 96\n");
}

TEST(MisuseTest, AWrongSizeIsGivenWithTheRightOne) {
  EXPECT_EQ(Line(MisuseReport{.rule = MisuseRule::kWrongSize,
                              .address = reinterpret_cast<void*>(0x1000),
                              .arena_name = "a",
                              .class_size = 128,
                              .given_size = 0}),
            "acre: misuse: size differs from the allocation's: address 0x1000, "
            "arena \"a\", size class 128, size given 0\n");
}

TEST(MisuseTest, AnAddressOfNobodySaysSo) {
  EXPECT_EQ(Line(MisuseReport{.rule = MisuseRule::kNotAcres,
                              .address = reinterpret_cast<void*>(0x10)}),
            "acre: misuse: not an allocation of this service: address 0x10, no "
            "arena\n");
}

TEST(MisuseTest, EachRuleHasATextOfItsOwn) {
  const MisuseRule kRules[] = {MisuseRule::kNotAcres, MisuseRule::kDoubleFree,
                               MisuseRule::kInteriorPointer,
                               MisuseRule::kWrongSize,
                               MisuseRule::kUseDuringReset};
  for (MisuseRule rule : kRules) {
    EXPECT_STRNE(MisuseRuleText(rule), "unknown");
    for (MisuseRule other : kRules) {
      if (rule != other) {
        EXPECT_STRNE(MisuseRuleText(rule), MisuseRuleText(other));
      }
    }
  }
}

RefusalReport SomeRefusal(PageFailure failure) {
  return {.arena_name = "tenant-7",
          .arena_index = 8,
          .failure = failure,
          .asked_bytes = uint64_t{1} << 20,
          .limit_bytes = uint64_t{64} << 20,
          .charged_bytes = 66977792,
          .arena_charged_bytes = uint64_t{8} << 20,
          .active_bytes = uint64_t{7} << 20,
          .dirty_bytes = 1044480,
          .metadata_bytes = 4096};
}

TEST(RefusalTest, ALineNamesLimitChargedAskedAndWhatHoldsTheMemory) {
  EXPECT_EQ(Line(SomeRefusal(PageFailure::kArenaLimit)),
            "arena \"tenant-7\": hard limit 64 MiB, charged 63.8 MiB "
            "(66977792 B), asked 1024 KiB; the arena holds 8 MiB: active 7 "
            "MiB, dirty 1020 KiB, metadata 4 KiB\n");
}

TEST(RefusalTest, TheServicesLimitAndOutOfMemoryAreToldApart) {
  EXPECT_EQ(Line(SomeRefusal(PageFailure::kServiceLimit)),
            "arena \"tenant-7\": service hard limit 64 MiB, charged 63.8 MiB "
            "(66977792 B), asked 1024 KiB; the arena holds 8 MiB: active 7 "
            "MiB, dirty 1020 KiB, metadata 4 KiB\n");
  EXPECT_EQ(Line(SomeRefusal(PageFailure::kOutOfMemory)),
            "arena \"tenant-7\": out of memory, asked 1024 KiB; the arena "
            "holds 8 MiB: active 7 MiB, dirty 1020 KiB, metadata 4 KiB\n");
}

}  // namespace
}  // namespace acre::allocator
