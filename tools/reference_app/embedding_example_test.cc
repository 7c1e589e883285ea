// The embedding example is compiled and run, and the README shows exactly it.

#include "tools/reference_app/embedding_example.h"

#include <fstream>
#include <iterator>
#include <string>

#include "gtest/gtest.h"

namespace acre {
namespace {

std::string Read(const char* path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path;
  return std::string((std::istreambuf_iterator<char>(file)),
                     std::istreambuf_iterator<char>());
}

TEST(EmbeddingExampleTest, Runs) { EXPECT_EQ(RunEmbeddingExample(), 0); }

TEST(EmbeddingExampleTest, IsWhatTheReadmeShows) {
  const std::string source = Read("tools/reference_app/embedding_example.cc");
  EXPECT_NE(Read("README.md").find("```cpp\n" + source + "```"),
            std::string::npos)
      << "README.md must show embedding_example.cc word for word";
}

}  // namespace
}  // namespace acre
