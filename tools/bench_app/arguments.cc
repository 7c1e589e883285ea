#include "tools/bench_app/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "tools/bench_app/rows.h"

namespace acre::bench {
namespace {

// Walks the words of the command line; an option's value is the text after
// '=' or the next word.
class Words {
 public:
  explicit Words(const std::vector<std::string_view>& words) : words_(words) {}

  bool Next() {
    if (next_ == words_.size()) return false;
    option_ = words_[next_++];
    const size_t equals = option_.find('=');
    has_attached_value_ = equals != std::string_view::npos;
    if (has_attached_value_) {
      attached_value_ = option_.substr(equals + 1);
      option_ = option_.substr(0, equals);
    }
    return true;
  }
  std::string_view option() const { return option_; }
  bool has_attached_value() const { return has_attached_value_; }

  // Empty if there is none, or it is the next option.
  std::string_view TakeValue() {
    if (has_attached_value_) return attached_value_;
    if (next_ == words_.size() || words_[next_].starts_with("--")) return "";
    return words_[next_++];
  }

 private:
  const std::vector<std::string_view>& words_;
  size_t next_ = 0;
  std::string_view option_;
  std::string_view attached_value_;
  bool has_attached_value_ = false;
};

bool ParseRepetitions(std::string_view value, Arguments* arguments,
                      std::string* error) {
  int parsed = 0;
  const char* end = value.data() + value.size();
  const auto result = std::from_chars(value.data(), end, parsed);
  if (result.ec != std::errc() || result.ptr != end || parsed < 1 ||
      parsed > Arguments::kMaxRepetitions) {
    *error = fmt::format("--repetitions: \"{}\" is not a number from 1 to {}",
                         value, Arguments::kMaxRepetitions);
    return false;
  }
  arguments->repetitions = parsed;
  return true;
}

bool ParsePattern(std::string_view value, Arguments* arguments,
                  std::string* error) {
  const auto& rows = Rows();
  const bool any = std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
    return Matches(row.name, value);
  });
  if (!any) {
    *error = fmt::format(
        "--row: no row matches \"{}\"; --list prints all {} of them", value,
        rows.size());
    return false;
  }
  arguments->row_patterns.emplace_back(value);
  return true;
}

bool ParseSubjects(std::string_view value, Arguments* arguments,
                   std::string* error) {
  std::vector<std::string_view> wanted;
  while (true) {
    const size_t comma = value.find(',');
    wanted.push_back(value.substr(0, comma));
    if (std::find(kSubjects.begin(), kSubjects.end(), wanted.back()) ==
        kSubjects.end()) {
      *error = fmt::format("--subjects: \"{}\" is none of {}", wanted.back(),
                           fmt::join(kSubjects, ", "));
      return false;
    }
    if (comma == std::string_view::npos) break;
    value.remove_prefix(comma + 1);
  }
  arguments->subjects.clear();
  for (std::string_view subject : kSubjects) {
    if (std::find(wanted.begin(), wanted.end(), subject) != wanted.end()) {
      arguments->subjects.emplace_back(subject);
    }
  }
  return true;
}

bool ParseFlag(std::string_view option, Arguments* arguments) {
  if (option == "--quick") {
    arguments->quick = true;
  } else if (option == "--list") {
    arguments->list = true;
  } else if (option == "--help" || option == "-h") {
    arguments->help = true;
  } else {
    return false;
  }
  return true;
}

bool ParseValue(std::string_view option, std::string_view value,
                Arguments* arguments, std::string* error) {
  if (option == "--row") return ParsePattern(value, arguments, error);
  if (option == "--subjects") return ParseSubjects(value, arguments, error);
  if (option == "--repetitions") {
    return ParseRepetitions(value, arguments, error);
  }
  arguments->json_file = std::string(value);
  return true;
}

}  // namespace

bool ParseArguments(const std::vector<std::string_view>& words,
                    Arguments* arguments, std::string* error) {
  static constexpr std::array<std::string_view, 4> kWithValue = {
      "--row", "--subjects", "--repetitions", "--json"};
  *arguments = Arguments();
  arguments->subjects.assign(kSubjects.begin(), kSubjects.end());
  Words walk(words);
  while (walk.Next()) {
    const std::string_view option = walk.option();
    if (std::find(kWithValue.begin(), kWithValue.end(), option) !=
        kWithValue.end()) {
      const std::string_view value = walk.TakeValue();
      if (value.empty()) {
        *error = fmt::format("{} needs a value", option);
        return false;
      }
      if (!ParseValue(option, value, arguments, error)) return false;
    } else if (!ParseFlag(option, arguments)) {
      *error = fmt::format("unknown argument \"{}\"", option);
      return false;
    } else if (walk.has_attached_value()) {
      *error = fmt::format("{} takes no value", option);
      return false;
    }
  }
  return true;
}

std::string_view HelpText() {
  return "usage: acre_bench [options]\n"
         "\n"
         "Measures Acre beside jemalloc, gperftools, mimalloc and glibc, each\n"
         "in a process of its own and in turn, and prints one table: a row's\n"
         "medians, Acre's ratio to each peer, and whether the row's target is\n"
         "met. A subject that cannot do a row shows \"-\". Times of one "
         "thread\n"
         "are processor time, those of several are wall-clock time.\n"
         "\n"
         "  --row PATTERN      only rows that match: a shell pattern, or part\n"
         "                     of a name; may be given more than once\n"
         "  --subjects A,B     only these subjects\n"
         "  --repetitions N    processes per row and subject (default 5)\n"
         "  --quick            a tenth of the work: to see that all rows run\n"
         "  --json FILE        also write the medians as a JSON array of\n"
         "                     {\"row\", \"subject\", \"value\", \"unit\"}\n"
         "  --list             print the rows, their units and targets\n"
         "  --help             print this\n"
         "\n"
         "Exit code: 0, 1 if a measurement failed, 2 for bad arguments.\n";
}

}  // namespace acre::bench
