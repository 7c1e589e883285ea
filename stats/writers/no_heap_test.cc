#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "allocator/arena/domain_test_fixture.h"
#include "stats/writers/acre_json.h"
#include "stats/writers/document.h"
#include "stats/writers/heap_calls.h"
#include "stats/writers/jemalloc_json.h"
#include "stats/writers/json_writer.h"
#include "stats/writers/openmetrics.h"
#include "stats/writers/statistics_text.h"
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

class NoHeapOfDocumentsTest : public allocator::DomainTest {
 protected:
  NoHeapOfDocumentsTest() {
    for (int i = 0; i < 30; ++i) {
      EXPECT_NE(NewArena()->Allocate(size_t{100} << (i % 14)), nullptr);
    }
  }

  template <typename Make>
  void ExpectNoHeapCalls(Make make) {
    size_t bytes = 0;
    const uint64_t before = HeapCalls();
    const bool written = make(
        [&](Document* document) { return WriteTo(document, &Count, &bytes); });
    EXPECT_EQ(HeapCalls(), before);
    EXPECT_TRUE(written);
    EXPECT_GT(bytes, 5'000u);
  }
};

TEST_F(NoHeapOfDocumentsTest, MakingAndWritingThemAsksNothingOfTheHeap) {
  for (const Locking locking : {Locking::kAllowed, Locking::kForbidden}) {
    ExpectNoHeapCalls([&](auto write) {
      FixedOpenMetrics<10> document(*domain_, "engine", {.locking = locking});
      return write(&document);
    });
    ExpectNoHeapCalls([&](auto write) {
      AcreJson document(*domain_, "engine", {.locking = locking});
      return write(&document);
    });
    ExpectNoHeapCalls([&](auto write) {
      JemallocJson document(*domain_, {.locking = locking});
      return write(&document);
    });
    ExpectNoHeapCalls([&](auto write) {
      StatisticsText document(*domain_, "engine", {.locking = locking});
      return write(&document);
    });
  }
}

// A piece that did not fit would be cut.
TEST_F(NoHeapOfDocumentsTest, PiecesFit) {
  for (int i = 0; i < 3; ++i) {
    NewArena()->SetName(std::string(allocator::kMaxArenaName, '\x01'));
  }
  const std::string name(63, '\xFF');
  auto expect_fits = [](Document* document) {
    bool more = true;
    while (more) {
      FixedText<Document::kMostPieceBytes> piece;
      more = document->Next(&piece);
      ASSERT_FALSE(piece.overflowed());
      // Something is left for figures that come new.
      ASSERT_LT(piece.size(), Document::kMostPieceBytes * 3 / 4);
    }
  };
  FixedOpenMetrics<100> metrics(*domain_, name);
  expect_fits(&metrics);
  AcreJson json(*domain_, name);
  expect_fits(&json);
  JemallocJson jemalloc(*domain_);
  expect_fits(&jemalloc);
  StatisticsText text(*domain_, name);
  expect_fits(&text);
}

}  // namespace
}  // namespace acre::stats
