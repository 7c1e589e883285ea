#include "tools/demo_app/dpkg_relation.h"

#include <string>

#include "gtest/gtest.h"

namespace acre::demo {
namespace {

std::string Printed(std::string_view text) {
  std::vector<Relation> relations;
  RelationError error;
  if (!ParseRelations(text, &relations, &error)) {
    return std::to_string(error.offset) + ": " + error.what;
  }
  std::string out;
  for (const Relation& r : relations) {
    out += std::to_string(r.group) + "." + std::to_string(r.alternative) + " " +
           std::string(r.target);
    if (!r.constraint.empty()) out += " (" + std::string(r.constraint) + ")";
    out += "\n";
  }
  return out;
}

TEST(DpkgRelationTest, GroupsAndAlternativesAreNumbered) {
  EXPECT_EQ(Printed("libc6 (>= 2.34), default-mta | mail-agent (<< 3), perl"),
            "0.0 libc6 (>= 2.34)\n1.0 default-mta\n1.1 mail-agent (<< 3)\n"
            "2.0 perl\n");
}

TEST(DpkgRelationTest, ArchitecturesAreReadAndDropped) {
  EXPECT_EQ(Printed("python3:any (>= 3.9), gcc [amd64 !i386]"),
            "0.0 python3 (>= 3.9)\n1.0 gcc\n");
}

TEST(DpkgRelationTest, LinesMayBreakAnywhereBetweenWords) {
  EXPECT_EQ(Printed(" a\n (= 1),\n b |\n c\n"), "0.0 a (= 1)\n1.0 b\n1.1 c\n");
}

TEST(DpkgRelationTest, NothingAndATrailingCommaAreFine) {
  EXPECT_EQ(Printed(""), "");
  EXPECT_EQ(Printed(" \n "), "");
  EXPECT_EQ(Printed("a, "), "0.0 a\n");
}

TEST(DpkgRelationTest, ErrorsSayWhere) {
  EXPECT_EQ(Printed("a, , b"), "3: expected the name of a package");
  EXPECT_EQ(Printed("a b"), "2: expected ',' or '|' between packages");
  EXPECT_EQ(Printed("a (>= 1"), "2: '(' is never closed");
  EXPECT_EQ(Printed("a [amd64"), "2: '[' is never closed");
  EXPECT_EQ(Printed("a: , b"), "2: expected an architecture behind ':'");
  EXPECT_EQ(Printed("(>= 1)"), "0: expected the name of a package");
}

}  // namespace
}  // namespace acre::demo
