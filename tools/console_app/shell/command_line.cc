#include "tools/console_app/shell/command_line.h"

#include <fmt/format.h>

#include <utility>

#include "absl/status/status.h"

namespace acre::console {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

bool IsBlank(char c) { return kBlanks.find(c) != std::string_view::npos; }

}  // namespace

PartialLine SplitPartial(std::string_view line) {
  PartialLine result;
  bool in_word = false;
  char quote = '\0';
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote == '\0' && IsBlank(c)) {
      if (in_word) result.words.push_back(std::exchange(result.last, {}));
      in_word = false;
      continue;
    }
    if (!in_word) result.last_start = i;
    in_word = true;
    if (c == '\\' && quote != '\'' && i + 1 < line.size()) {
      result.last += line[++i];
    } else if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
    } else if (quote != '\0' && c == quote) {
      quote = '\0';
    } else {
      result.last += c;
    }
  }
  if (!in_word) result.last_start = line.size();
  result.open_quote = quote != '\0';
  return result;
}

absl::StatusOr<std::vector<std::string>> SplitLine(std::string_view line) {
  PartialLine partial = SplitPartial(line);
  if (partial.open_quote) {
    return absl::InvalidArgumentError(fmt::format(
        "a quote is not closed: {}", line.substr(partial.last_start)));
  }
  if (partial.last_start < line.size()) {
    partial.words.push_back(std::move(partial.last));
  }
  return std::move(partial.words);
}

std::string QuoteWord(std::string_view word) {
  if (!word.empty() &&
      word.find_first_of(" \t\"'\\?") == std::string_view::npos) {
    return std::string(word);
  }
  std::string quoted = "\"";
  for (const char c : word) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace acre::console
