#include "allocator/arena/slab_pages.h"

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <random>

#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

// A slab without memory: all that the arithmetic looks at.
void MakeSlab(ClassIndex size_class, uint8_t step, Extent* slab) {
  slab->size_class = size_class;
  slab->slab_step = step & 7;
  const SlabShape& shape = GeometryOf(size_class).shapes[step];
  slab->pages = PageCount(shape.pages);
  for (size_t r = 0; r < shape.regions; ++r) {
    slab->free_bits[r / 64] |= uint64_t{1} << (r % 64);
  }
  slab->free_regions = shape.regions & 1023;
}

bool Bit(const Extent& slab, size_t r) {
  return (slab.free_bits[r / 64] >> (r % 64) & 1) != 0;
}

void Take(Extent* slab, size_t r) {
  slab->free_bits[r / 64] &= ~(uint64_t{1} << (r % 64));
  --slab->free_regions;
}

// The definition, byte by byte where it matters: first and last byte.
bool Touches(const Extent& slab, size_t r, size_t page) {
  const size_t size = ClassSize(slab.size_class);
  return r * size / kPageSize <= page &&
         (r * size + size - 1) / kPageSize >= page;
}

// Calls visit(slab, out) with slabs of every shape, with random regions out;
// `out` tells which.
template <typename Visit>
void ForEachShape(Visit visit) {
  std::mt19937 random(1);
  for (uint8_t c = 0; c < kSmallClasses; ++c) {
    for (uint8_t step = 0; step < GeometryOf(ClassIndex{c}).steps; ++step) {
      for (double live : {0.0, 0.02, 0.1, 0.5, 1.0}) {
        // Not on the stack, where GCC's sanitizers align less.
        const auto slab = std::make_unique<Extent>();
        MakeSlab(ClassIndex{c}, step, slab.get());
        std::array<bool, kMaxSlabRegions> out{};
        for (size_t r = 0; r < slab->shape().regions; ++r) {
          out[r] = std::uniform_real_distribution<>(0, 1)(random) < live;
          if (out[r]) Take(slab.get(), r);
        }
        visit(slab.get(), out, &random);
      }
    }
  }
}

TEST(SlabPagesTest, APageIsFreeWhenNoRegionThatTouchesItIsOut) {
  ForEachShape([](Extent* slab, const auto& out, auto*) {
    const uint64_t free = FreePagesOf(*slab);
    for (size_t page = 0; page < slab->pages.raw(); ++page) {
      bool any = false;
      bool used = false;
      for (size_t r = 0; r < slab->shape().regions; ++r) {
        if (!Touches(*slab, r, page)) continue;
        any = true;
        used = used || out[r];
      }
      ASSERT_EQ((free >> page & 1) != 0, any && !used);
    }
  });
}

TEST(SlabPagesTest, WithheldRegionsAreThoseThatTouchReleasedPages) {
  ForEachShape([](Extent* slab, const auto& out, auto* random) {
    const uint64_t pages = FreePagesOf(*slab) & (*random)();
    const auto bits_before = slab->free_bits;
    const unsigned free_before = slab->free_regions;
    const uint64_t pages_before = FreePagesOf(*slab);
    const bool empty_before = IsEmptySlab(*slab);
    Withhold(slab, pages);
    size_t withheld = 0;
    for (size_t r = 0; r < slab->shape().regions; ++r) {
      bool touches = false;
      for (size_t page = 0; page < slab->pages.raw(); ++page) {
        touches =
            touches || ((pages >> page & 1) != 0 && Touches(*slab, r, page));
      }
      ASSERT_EQ(IsWithheld(*slab, r), touches);
      ASSERT_EQ(Bit(*slab, r), !out[r] && !touches);
      ASSERT_FALSE(out[r] && touches);
      withheld += touches;
    }
    ASSERT_EQ(WithheldRegions(*slab), withheld);
    ASSERT_EQ(slab->free_regions + withheld, free_before);
    ASSERT_EQ(IsEmptySlab(*slab), empty_before);
    // All that could be released was, or can be now.
    ASSERT_EQ(FreePagesOf(*slab) | pages, pages_before);
    Restore(slab, pages);
    ASSERT_EQ(slab->free_bits, bits_before);
    ASSERT_EQ(slab->free_regions, free_before);
  });
}

TEST(SlabPagesTest, RestoringTheFirstPagesFreesARegion) {
  ForEachShape([](Extent* slab, const auto&, auto*) {
    const uint64_t pages = FreePagesOf(*slab);
    if (pages == 0) return;
    Withhold(slab, pages);
    uint64_t left = pages;
    while (left != 0) {
      const uint64_t few = FirstWithheldPages(*slab);
      ASSERT_NE(few, 0u);
      ASSERT_EQ(few & ~left, 0u);
      const unsigned before = slab->free_regions;
      Restore(slab, few);
      ASSERT_GT(slab->free_regions, before);
      left &= ~few;
    }
    ASSERT_EQ(FirstWithheldPages(*slab), 0u);
    ASSERT_EQ(WithheldRegions(*slab), 0u);
  });
}

}  // namespace
}  // namespace acre::allocator
