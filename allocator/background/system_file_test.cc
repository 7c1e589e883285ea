#include "allocator/background/system_file.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "allocator/background/memory_pressure_test_tree.h"

namespace acre::allocator {
namespace {

SystemPath PathOf(const SystemTree& tree, std::string_view name) {
  SystemPath path;
  path.Append(tree.root()).Append(name);
  return path;
}

std::vector<std::string> LinesOf(std::string_view text) {
  SystemTree tree;
  tree.Write("/lines", std::string(text));
  SystemLines lines(PathOf(tree, "/lines"));
  std::vector<std::string> all;
  std::string_view line;
  while (lines.Next(&line)) all.emplace_back(line);
  return all;
}

TEST(SystemPath, IsNeverCut) {
  SystemPath path;
  path.Append(std::string(SystemPath::kCapacity - 2, 'a'));
  EXPECT_TRUE(path.ok());
  EXPECT_TRUE(path.Append("b").ok());
  EXPECT_EQ(path.size(), SystemPath::kCapacity - 1);
  EXPECT_FALSE(path.Append("c").ok());
  EXPECT_FALSE(path.Append("").ok());
  path.Clear();
  EXPECT_TRUE(path.ok());
  EXPECT_EQ(path.view(), "");
}

TEST(SystemPath, UnescapesMountFieldsUpToItsCapacity) {
  SystemPath path;
  EXPECT_EQ(path.Append("/x").AppendMountField("/a\\040b").view(), "/x/a b");
  EXPECT_FALSE(path.AppendMountField("\\").ok());
  path.Clear();
  path.Append(std::string(SystemPath::kCapacity - 2, 'a'));
  EXPECT_TRUE(path.AppendMountField("\\040").ok());
  EXPECT_FALSE(path.AppendMountField("\\040").ok());
}

TEST(SystemFile, ReadsFromTheStartEachTime) {
  SystemTree tree;
  tree.Write("/a", "one\n");
  SystemFile file;
  ASSERT_TRUE(file.Open(PathOf(tree, "/a")));
  char buffer[4];
  EXPECT_EQ(file.Read(buffer, 4), "one\n");
  tree.Write("/a", "other\n");
  EXPECT_EQ(file.Read(buffer, 4), "othe");
  file.Close();
  EXPECT_EQ(file.Read(buffer, 4), "");
}

TEST(SystemFile, AFileThatIsMissingOrAFolderReadsAsNothing) {
  SystemTree tree;
  SystemFile file;
  char buffer[4];
  EXPECT_FALSE(file.Open(PathOf(tree, "/none")));
  EXPECT_EQ(file.Read(buffer, 4), "");
  EXPECT_TRUE(file.Open(PathOf(tree, "")));
  EXPECT_EQ(file.Read(buffer, 4), "");
  SystemPath bad = PathOf(tree, "");
  bad.Append(std::string(SystemPath::kCapacity, 'a'));
  EXPECT_FALSE(file.Open(bad));
  EXPECT_FALSE(file.is_open());
}

TEST(SystemLines, AreThoseOfTheFileWithoutAnUnfinishedOne) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(LinesOf(""), Lines());
  EXPECT_EQ(LinesOf("abc"), Lines());
  EXPECT_EQ(LinesOf("a\n\nbc\nd"), (Lines{"a", "", "bc"}));
  SystemPath none;
  std::string_view line;
  EXPECT_FALSE(SystemLines(none.Append("/nowhere/x")).Next(&line));
}

TEST(SystemLines, AreReadWholeAcrossBufferBounds) {
  std::string text;
  std::vector<std::string> lines;
  for (size_t i = 0; i < 2000; ++i) {
    lines.push_back(std::to_string(i) + std::string(i % 97, 'x'));
    text += lines.back() + "\n";
  }
  EXPECT_EQ(LinesOf(text), lines);
}

TEST(SystemLines, ALineLongerThanTheBufferIsLeftOut) {
  const size_t most = SystemLines::kLongestLine;
  for (size_t size : {most, most + 1, 3 * most, 3 * most + 7}) {
    EXPECT_EQ(LinesOf("a\n" + std::string(size, 'x') + "\nb\n"),
              (std::vector<std::string>{"a", "b"}))
        << size;
  }
  const std::string fits(most - 1, 'x');
  EXPECT_EQ(LinesOf("a\n" + fits + "\nb\n"),
            (std::vector<std::string>{"a", fits, "b"}));
}

}  // namespace
}  // namespace acre::allocator
