#include "tools/reference_app/size_class_table.h"

#include <cstddef>
#include <string>

#include "allocator/base/size_class.h"
#include "fmt/format.h"

namespace acre {
namespace {

using allocator::ClassIndex;
using allocator::ClassSize;
using allocator::kPageSize;

constexpr char kIntroduction[] = R"(# Size classes

Written by `bazel run //tools/reference_app:size_class_table` from the table in
`allocator/base/size_class.h`; a test keeps the two in step.

A request is served from the least class that holds it. *Rounding* is the most
that this wastes of a region: for the smallest request of the class. Small
classes are regions of slabs. A bin's first slabs take the first shape; as the
bin grows, its new slabs take later ones. A shape is *pages x regions*, and the
share of the slab that no region covers.

)";

ClassIndex At(size_t c) { return ClassIndex{static_cast<uint8_t>(c)}; }

double RoundingPercent(size_t c) {
  const size_t least = c == 0 ? 1 : ClassSize(At(c - 1)) + 1;
  const size_t size = ClassSize(At(c));
  return 100.0 * static_cast<double>(size - least) / static_cast<double>(size);
}

std::string Shapes(size_t c) {
  std::string text;
  const allocator::SlabGeometry& geometry = allocator::GeometryOf(At(c));
  for (size_t i = 0; i < geometry.steps; ++i) {
    const allocator::SlabShape& shape = geometry.shapes[i];
    const size_t bytes = shape.pages * kPageSize;
    const size_t tail = bytes - shape.regions * ClassSize(At(c));
    text += fmt::format(
        "{}{}x{} {:.1f}%", i == 0 ? "" : ", ", shape.pages, shape.regions,
        100.0 * static_cast<double>(tail) / static_cast<double>(bytes));
  }
  return text;
}

}  // namespace

std::string SizeClassTable() {
  std::string text = kIntroduction;
  text += "## Small\n\n";
  text += "| class | size, B | rounding | slab shapes |\n";
  text += "| ---: | ---: | ---: | --- |\n";
  for (size_t c = 0; c < allocator::kSmallClasses; ++c) {
    text += fmt::format("| {} | {} | {:.1f}% | {} |\n", c, ClassSize(At(c)),
                        RoundingPercent(c), Shapes(c));
  }
  text +=
      "\n## Large\n\nAn extent each, in whole pages. Tcaches keep those up to ";
  text += fmt::format("{} KiB.\n\n", allocator::kMaxCachedSize / 1024);
  text += "| class | size, KiB | pages | rounding |\n";
  text += "| ---: | ---: | ---: | ---: |\n";
  for (size_t c = allocator::kSmallClasses; c < allocator::kClasses; ++c) {
    const size_t size = ClassSize(At(c));
    text += fmt::format("| {} | {} | {} | {:.1f}% |\n", c, size / 1024,
                        size / kPageSize, RoundingPercent(c));
  }
  return text;
}

}  // namespace acre
