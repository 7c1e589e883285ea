// The command line of acre_bench.

#ifndef ACRE_TOOLS_BENCH_APP_ARGUMENTS_H_
#define ACRE_TOOLS_BENCH_APP_ARGUMENTS_H_

#include <string>
#include <string_view>
#include <vector>

namespace acre::bench {

struct Arguments {
  static constexpr int kDefaultRepetitions = 5;
  static constexpr int kMaxRepetitions = 1000;

  std::vector<std::string> row_patterns;  // none means every row
  std::vector<std::string> subjects;      // in the order of kSubjects
  std::string json_file;                  // empty: none is written
  int repetitions = kDefaultRepetitions;
  bool quick = false;
  bool list = false;
  bool help = false;
};

// Fills `arguments` from everything after the program's name. On a bad
// argument returns false with the reason, naming the argument, in `error`.
bool ParseArguments(const std::vector<std::string_view>& words,
                    Arguments* arguments, std::string* error);

// What --help prints.
std::string_view HelpText();

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_ARGUMENTS_H_
