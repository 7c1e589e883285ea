#include "stats/control/control_tree.h"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace acre::stats {
namespace {

struct JemallocName {
  std::string name;
  std::string type;
  std::string mode;
};

// What jemalloc 5.3 documents, with patterns as it writes them.
std::vector<JemallocName> JemallocNames() {
  std::ifstream file("stats/control/testdata/jemalloc_names.tsv");
  std::vector<JemallocName> names;
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    JemallocName name;
    std::getline(fields, name.name, '\t');
    std::getline(fields, name.type, '\t');
    std::getline(fields, name.mode, '\t');
    names.push_back(name);
  }
  return names;
}

// {counter} and {extent_type} stand for several names each.
std::vector<std::string> Expanded(const std::string& name) {
  for (const auto& [pattern, words] :
       {std::pair<std::string, std::vector<std::string>>(
            "{counter}",
            {"num_ops", "num_wait", "total_wait_time", "max_wait_time",
             "num_spin_acq", "max_num_thds", "num_owner_switch"}),
        {"{extent_type}", {"dirty", "muzzy", "retained"}}}) {
    const size_t at = name.find(pattern);
    if (at == std::string::npos) continue;
    std::vector<std::string> all;
    for (const std::string& word : words) {
      all.push_back(std::string(name).replace(at, pattern.size(), word));
    }
    return all;
  }
  return {name};
}

// jemalloc writes <i> for the first index of a name, whatever it is of.
std::string Normal(std::string_view name) {
  std::string normal(name);
  for (size_t at; (at = normal.find("<j>")) != std::string::npos;) {
    normal[at + 1] = 'i';
  }
  return normal;
}

const ControlNode* FindNode(std::string_view name) {
  for (const ControlIndex::Entry& entry : ControlIndex::Get().entries()) {
    if (Normal(entry.node->name) == Normal(name)) return entry.node;
  }
  return nullptr;
}

TEST(ControlTreeTest, EveryNameOfJemallocIsThereOrAbsentForAReason) {
  const std::vector<JemallocName> names = JemallocNames();
  ASSERT_GE(names.size(), 190u);
  for (const JemallocName& row : names) {
    for (const std::string& name : Expanded(row.name)) {
      const ControlNode* node = FindNode(name);
      const AbsentControl* absent = ControlTree::FindAbsent(name);
      EXPECT_TRUE(node != nullptr || absent != nullptr) << name;
      if (node == nullptr) continue;
      // Those that are there have jemalloc's type.
      const bool counter = row.type == "counter specific type";
      if (!counter && row.type.find('/') == std::string::npos) {
        EXPECT_EQ(TypeName(node->type), row.type) << name;
      }
      if (row.mode == "rw") {
        EXPECT_EQ(ModeName(node->mode),
                  row.name == "arena.<i>.dss" ? "r" : "rw")
            << name;
      }
      if (row.mode == "--") {
        EXPECT_EQ(ModeName(node->mode), "x") << name;
      }
    }
  }
}

TEST(ControlTreeTest, NoNodeIsCalledAbsent) {
  for (const ControlIndex::Entry& entry : ControlIndex::Get().entries()) {
    const AbsentControl* absent = ControlTree::FindAbsent(entry.node->name);
    // A * leaves out what is there.
    EXPECT_TRUE(absent == nullptr || absent->name.ends_with('*'))
        << entry.node->name;
  }
}

TEST(ControlTreeTest, AbsentNamesAreJemallocs) {
  const std::vector<JemallocName> names = JemallocNames();
  for (const AbsentControl& absent : AbsentControls()) {
    bool known = false;
    for (const JemallocName& row : names) {
      for (const std::string& name : Expanded(row.name)) {
        known = known || ControlTree::FindAbsent(name) == &absent;
      }
    }
    EXPECT_TRUE(known) << absent.name;
    EXPECT_FALSE(absent.reason.empty());
  }
}

TEST(ControlTreeTest, HelpIsOneLineWithoutEnd) {
  for (const ControlIndex::Entry& entry : ControlIndex::Get().entries()) {
    const std::string_view help = entry.node->help;
    EXPECT_FALSE(help.empty()) << entry.node->name;
    EXPECT_EQ(help.find('\n'), std::string_view::npos);
    EXPECT_FALSE(help.ends_with('.')) << entry.node->name;
    EXPECT_LE(help.size(), 100u) << entry.node->name;
  }
}

TEST(TakeComponentTest, SplitsAtDotsButNotInQuotes) {
  std::string_view rest = "arena.\"a.b\"\"c\".x";
  NameComponent component;
  ASSERT_TRUE(TakeComponent(&rest, &component));
  EXPECT_EQ(component.text, "arena");
  ASSERT_TRUE(TakeComponent(&rest, &component));
  EXPECT_EQ(component.text, "a.b\"\"c");
  EXPECT_TRUE(component.quoted);
  ASSERT_TRUE(TakeComponent(&rest, &component));
  EXPECT_EQ(component.text, "x");
  EXPECT_TRUE(rest.empty());
}

TEST(TakeComponentTest, RefusesWhatIsNotWellFormed) {
  for (std::string_view text : {"", ".", "a.", "\"a", "\"a\"b", "\"a\"."}) {
    std::string_view rest = text;
    NameComponent component;
    EXPECT_FALSE(TakeComponent(&rest, &component)) << text;
  }
}

}  // namespace
}  // namespace acre::stats
