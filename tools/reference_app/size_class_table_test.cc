#include "tools/reference_app/size_class_table.h"

#include <fstream>
#include <iterator>
#include <string>

#include "gtest/gtest.h"

namespace acre {
namespace {

TEST(SizeClassTableTest, TheDocumentShowsTheTableThatTheAllocatorUses) {
  std::ifstream file("docs/size_classes.md");
  ASSERT_TRUE(file.is_open());
  const std::string document((std::istreambuf_iterator<char>(file)),
                             std::istreambuf_iterator<char>());
  EXPECT_EQ(document, SizeClassTable())
      << "write it anew: bazel run //tools/reference_app:size_class_table > "
         "docs/size_classes.md";
}

}  // namespace
}  // namespace acre
