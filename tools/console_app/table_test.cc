#include "tools/console_app/table.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tools/console_app/text.h"

namespace acre::console {
namespace {

Table TwoArenas() {
  Table table;
  table.AddColumn("ARENA", Align::kLeft);
  table.AddColumn("CHARGED");
  table.AddColumn("LIMIT");
  table.AddRow({{"tenant-1"}, {"12.3 MiB"}, {"64.0 MiB"}});
  table.AddRow({{"x"}, {"7 B"}});
  return table;
}

TEST(Table, AlignsTextLeftAndNumbersRight) {
  EXPECT_EQ(TwoArenas().Render({}),
            "ARENA      CHARGED     LIMIT\n"
            "tenant-1  12.3 MiB  64.0 MiB\n"
            "x              7 B\n");
}

TEST(Table, KnowsItsNaturalWidth) {
  EXPECT_EQ(TwoArenas().NaturalWidth(), 28u);
}

TEST(Table, RuleGoesAllTheWayAcross) {
  Table table = TwoArenas();
  table.AddRule();
  table.AddRow({{"total"}, {"12.3 MiB"}});
  EXPECT_EQ(table.Render({}),
            "ARENA      CHARGED     LIMIT\n"
            "tenant-1  12.3 MiB  64.0 MiB\n"
            "x              7 B\n"
            "----------------------------\n"
            "total     12.3 MiB\n");
}

TEST(Table, AlignsWideCharacters) {
  Table table;
  table.AddColumn("A", Align::kLeft);
  table.AddColumn("N");
  table.AddRow({{"中文"}, {"1"}});
  table.AddRow({{"Größe"}, {"2"}});
  EXPECT_EQ(table.Render({}),
            "A      N\n"
            "中文   1\n"
            "Größe  2\n");
}

TEST(Table, NoLineIsWiderThanTheTerminal) {
  Table table = TwoArenas();
  table.AddRow({{"a-name-far-too-long-for-a-narrow-terminal"},
                {"999.9 GiB"},
                {"999.9 GiB"}});
  table.AddRule();
  for (size_t width = 1; width < 80; ++width) {
    std::istringstream lines(table.Render({.colour = false, .width = width}));
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(DisplayWidth(line), width) << line;
    }
  }
}

TEST(Table, NarrowTerminalKeepsTheFirstColumnsWhole) {
  Table table = TwoArenas();
  EXPECT_EQ(table.Render({.colour = false, .width = 20}),
            "ARENA      CHARGED\n"
            "tenant-1  12.3 MiB\n"
            "x              7 B\n");
}

TEST(Table, ColourTouchesNothingButTheCodes) {
  Table table;
  table.AddColumn("N");
  table.AddRow({{"1", Style::kAlarm}});
  EXPECT_EQ(table.Render({.colour = true}),
            "\x1b[1mN\x1b[0m\n\x1b[31m1\x1b[0m\n");
  EXPECT_EQ(table.Render({.colour = false}), "N\n1\n");
}

}  // namespace
}  // namespace acre::console
