#include "tools/demo_app/dpkg_parser.h"

#include <cstdlib>
#include <random>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "tools/demo_app/status_text.h"

namespace acre::demo {
namespace {

constexpr char kFixture[] = "tools/demo_app/testdata/status";

std::string ErrorOf(std::string text) {
  const absl::StatusOr<PackageList> list =
      ParseDpkgStatus("status", std::move(text));
  return list.ok() ? "no error" : StatusText(list.status());
}

TEST(DpkgParserTest, ReadsEveryFieldOfAStanza) {
  const absl::StatusOr<PackageList> list = ReadDpkgStatus(kFixture);
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->packages.size(), 4u);
  const Package& package = list->packages[0];
  EXPECT_EQ(package.name, "libtide1");
  EXPECT_EQ(package.architecture, "amd64");
  EXPECT_EQ(package.version, "1.4.2-3");
  EXPECT_EQ(package.section, "libs");
  EXPECT_EQ(package.priority, "optional");
  EXPECT_EQ(package.maintainer, "Harbour Team <harbour@example.org>");
  EXPECT_EQ(package.installed_kib, 412u);
  EXPECT_EQ(package.summary, "tide tables for the impatient");
  EXPECT_EQ(package.description,
            "This library computes when the water comes and goes.\n .\n"
            " It knows every harbour that has a name.");
}

TEST(DpkgParserTest, NumbersDependsBehindPreDepends) {
  const absl::StatusOr<PackageList> list = ReadDpkgStatus(kFixture);
  ASSERT_TRUE(list.ok()) << list.status();
  const std::vector<Relation>& depends = list->packages[1].depends;
  ASSERT_EQ(depends.size(), 5u);
  EXPECT_EQ(depends[0].target, "libwater6");
  EXPECT_EQ(depends[1].constraint, "= 1.4.2-3");
  EXPECT_EQ(depends[3].target, "almanac");
  EXPECT_EQ(depends[3].group, 2);
  EXPECT_EQ(depends[3].alternative, 1);
  EXPECT_EQ(depends[4].target, "python3");
  EXPECT_EQ(depends[4].group, 3);
  EXPECT_EQ(list->packages[1].recommends.size(), 1u);
}

TEST(DpkgParserTest, ShortAndOddStanzasAreFine) {
  const absl::StatusOr<PackageList> list = ParseDpkgStatus(
      "status", "\n \nPackage: a\r\nVersion: 1\r\n\n\n\nVersion:2\nPackage:b");
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->packages.size(), 2u);
  EXPECT_EQ(list->packages[0].version, "1");
  EXPECT_EQ(list->packages[1].name, "b");
  EXPECT_EQ(list->packages[1].summary, "");
}

TEST(DpkgParserTest, SamePackageOfTwoArchitecturesIsNoDuplicate) {
  EXPECT_EQ(ErrorOf("Package: a\nArchitecture: amd64\n\n"
                    "Package: a\nArchitecture: i386\n"),
            "no error");
}

TEST(DpkgParserTest, ErrorsSayLineAndOffset) {
  EXPECT_EQ(ErrorOf(""),
            "status: line 1, offset 0: no package in the whole file");
  EXPECT_EQ(ErrorOf("Package: a\nnonsense\n"),
            "status: line 2, offset 11: expected \"Field: value\", found "
            "\"nonsense\"");
  EXPECT_EQ(ErrorOf("Package: a\n: b\n"),
            "status: line 2, offset 11: expected \"Field: value\", found "
            "\": b\"");
  EXPECT_EQ(ErrorOf("Package: a\n\n more\n"),
            "status: line 3, offset 12: \"more\" continues no field");
  EXPECT_EQ(ErrorOf("Package: a\n\nVersion: 1\n"),
            "status: line 3, offset 12: a stanza without a Package field");
  EXPECT_EQ(ErrorOf("Package: a\nPackage: b\n"),
            "status: line 2, offset 19: a second Package in one stanza");
  EXPECT_EQ(ErrorOf("Package:\nVersion: 1\n"),
            "status: line 1, offset 8: Package is empty");
  EXPECT_EQ(ErrorOf("Package: a\nInstalled-Size: -7\n"),
            "status: line 2, offset 27: Installed-Size is not a number: "
            "\"-7\"");
  EXPECT_EQ(ErrorOf("Package: a\nInstalled-Size: 99999999999999999999\n"),
            "status: line 2, offset 27: Installed-Size is not a number: "
            "\"99999999999999999999\"");
  EXPECT_EQ(ErrorOf("Package: a\nDepends: b,\n c (>= 1\n"),
            "status: line 3, offset 26: Depends: '(' is never closed");
  EXPECT_EQ(ErrorOf("Package: a\nArchitecture: all\n\n"
                    "Architecture: all\nPackage: a\n"),
            "status: line 5, offset 57: a second package \"a:all\", the first "
            "is at offset 9");
  EXPECT_EQ(ErrorOf(std::string("Package: a\0b\n", 13)),
            "status: line 1, offset 10: a zero byte: this is not a text file");
}

TEST(DpkgParserTest, ErrorsDoNotPassControlCharactersOn) {
  EXPECT_EQ(ErrorOf("\x1b[31m" + std::string(100, 'x')),
            "status: line 1, offset 0: expected \"Field: value\", found "
            "\"?[31m" +
                std::string(35, 'x') + "...\"");
}

TEST(DpkgParserTest, MissingAndUnreadableFilesAreNamed) {
  const absl::Status missing = ReadDpkgStatus("no/such/file").status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(missing.message(), "no/such/file: No such file or directory");
  const absl::Status folder = ReadDpkgStatus("tools").status();
  EXPECT_EQ(folder.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(folder.message(), "tools: Is a directory after 0 bytes");
}

// Damaged files end in an answer or in an error, never in a crash.
TEST(DpkgParserTest, SurvivesRandomDamage) {
  const absl::StatusOr<PackageList> whole = ReadDpkgStatus(kFixture);
  ASSERT_TRUE(whole.ok());
  constexpr std::string_view kPieces = "\n\n :,|()[]\tPackage: x\x80\xff";
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::string text = *whole->text;
    for (unsigned damage = random() % 4 + 1; damage > 0; --damage) {
      const size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = kPieces[random() % kPieces.size()];
          break;
        case 1:
          text.erase(at, random() % 50);
          break;
        default:
          text.insert(at, kPieces.substr(random() % kPieces.size()));
      }
    }
    const absl::StatusOr<PackageList> list = ParseDpkgStatus("status", text);
    if (!list.ok()) {
      ASSERT_NE(list.status().message().find("offset "), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace acre::demo
