#include "tools/console_app/doctor/advice.h"

#include <fmt/format.h>

#include "tools/console_app/units.h"

namespace acre::console::doctor {

std::string Bytes(uint64_t bytes) {
  return FormatBytes(bytes, ByteStyle::kHuman);
}

std::string Seconds(double seconds) {
  if (seconds < 0.95) return fmt::format("{:.0f} ms", seconds * 1000);
  return seconds < 60 ? fmt::format("{:.1f} s", seconds)
                      : FormatUptime(seconds);
}

std::string ShellWord(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
      "-_./:@%+,=";
  if (!text.empty() &&
      text.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(text);
  }
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

std::string ArenaCommand(const Evidence& evidence, std::string_view verb,
                         std::string_view arena, std::string_view arguments) {
  const std::string space = arguments.empty() ? "" : " ";
  if (arena.starts_with('-')) {
    // Not a flag. Flags that `arguments` has come before it.
    const size_t flags = arguments.find("--");
    std::string_view words = arguments.substr(0, flags);
    if (words.ends_with(' ')) words.remove_suffix(1);
    const std::string_view rest = flags == std::string_view::npos
                                      ? std::string_view()
                                      : arguments.substr(flags);
    std::string command =
        fmt::format("acre_console {} {}{}{} -- {}", verb, rest,
                    rest.empty() ? "" : " ", evidence.attach, ShellWord(arena));
    if (!words.empty()) command += fmt::format(" {}", words);
    return command;
  }
  return fmt::format("acre_console {} {}{}{} {}", verb, ShellWord(arena), space,
                     arguments, evidence.attach);
}

std::string ConsoleCommand(const Evidence& evidence, std::string_view command) {
  return fmt::format("acre_console {} {}", command, evidence.attach);
}

std::vector<std::string> FirstLines(std::vector<std::string> lines,
                                    std::string_view what) {
  if (lines.size() <= kMostLines) return lines;
  const size_t more = lines.size() - kMostLines;
  lines.resize(kMostLines);
  lines.push_back(fmt::format("and {} more", CountOf(more, what)));
  return lines;
}

}  // namespace acre::console::doctor
