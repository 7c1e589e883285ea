#include "tools/reference_app/control_reference.h"

#include <fstream>
#include <iterator>
#include <string>

#include "gtest/gtest.h"

namespace acre {
namespace {

TEST(ControlReferenceTest, TheDocumentShowsTheTreeAsItIs) {
  std::ifstream file("docs/control_reference.md");
  ASSERT_TRUE(file.is_open());
  const std::string document((std::istreambuf_iterator<char>(file)),
                             std::istreambuf_iterator<char>());
  const std::string names = ReadJemallocNames();
  ASSERT_FALSE(names.empty());
  EXPECT_EQ(document, ControlReference(names))
      << "write it anew: bazel run //tools/reference_app:control_reference > "
         "docs/control_reference.md";
}

}  // namespace
}  // namespace acre
