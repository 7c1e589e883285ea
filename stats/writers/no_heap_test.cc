#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string_view>

#include "stats/writers/document.h"
#include "stats/writers/heap_calls.h"
#include "stats/writers/json_writer.h"
#include "stats/writers/timestamp.h"

namespace acre::stats {
namespace {

class Everything : public Document {
 public:
  bool Next(Text* text) noexcept override {
    if (pieces_ == 100) return false;
    ++pieces_;
    JsonWriter(text)
        .BeginObject()
        .Field("s", "a\xFF\n\"")
        .Field("n", uint64_t{1} << 60)
        .Decimal("d", 123.456)
        .Signed("i", -5)
        .Flag("f", true)
        .EndObject();
    text->LabelEscaped("a\n\"\xC3").Printable("\x1b\xFF").Decimal(1e17, 9);
    text->NumberColumn(7, 30).DecimalColumn(0.5, 2, 30).LeftColumn("ö", 9);
    AppendTimestamp(WallMicroseconds(), text);
    return true;
  }

 private:
  int pieces_ = 0;
};

bool Count(void* context, std::string_view part) {
  *static_cast<size_t*>(context) += part.size();
  return true;
}

TEST(NoHeapTest, TheCounterCounts) {
  const uint64_t before = HeapCalls();
  free(malloc(100));
  EXPECT_EQ(HeapCalls(), before + 1);
  const auto made = std::make_unique<int>(7);
  EXPECT_GE(HeapCalls(), before + 2);
}

TEST(NoHeapTest, WritingAsksNothingOfTheHeap) {
  const uint64_t before = HeapCalls();
  size_t bytes = 0;
  Everything document;
  const bool written = WriteTo(&document, &Count, &bytes);
  const uint64_t after = HeapCalls();
  EXPECT_TRUE(written);
  EXPECT_GT(bytes, 10'000u);
  EXPECT_EQ(after, before);
}

}  // namespace
}  // namespace acre::stats
