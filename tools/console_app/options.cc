#include "tools/console_app/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "absl/status/status.h"
#include "engine_adapter/admin/purge_modes.h"
#include "engine_adapter/nearest_name.h"

namespace acre::console {
namespace {

absl::Status Usage(const std::string& message) {
  return absl::InvalidArgumentError(message);
}

std::string DidYouMean(const std::string& nearest) {
  return nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest);
}

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number value = {};
  const char* end = text.data() + text.size();
  const auto [parsed_to, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || parsed_to != end) {
    return std::nullopt;
  }
  return value;
}

absl::StatusOr<std::chrono::milliseconds> ParseInterval(
    const std::string& text) {
  const auto seconds = ParseNumber<double>(text);
  if (!seconds || !(*seconds >= 0.1 && *seconds <= 3600)) {
    return Usage(fmt::format(
        "--interval is a number of seconds from 0.1 to 3600, got \"{}\"",
        text));
  }
  return std::chrono::milliseconds(static_cast<int64_t>(*seconds * 1000));
}

absl::StatusOr<size_t> ParseCount(std::string_view flag,
                                  const std::string& text) {
  const auto count = ParseNumber<size_t>(text);
  if (!count || *count == 0) {
    return Usage(
        fmt::format("{} is a number from 1 up, got \"{}\"", flag, text));
  }
  return *count;
}

absl::Status ApplyValue(std::string_view flag, const std::string& value,
                        Options* options) {
  if (flag == "--socket") {
    if (value.empty()) return Usage("--socket needs a path, got \"\"");
    options->socket = value;
    return absl::OkStatus();
  }
  if (flag == "--pid") {
    const auto pid = ParseNumber<pid_t>(value);
    if (!pid || *pid <= 0) {
      return Usage(fmt::format("--pid is a process id, got \"{}\"", value));
    }
    options->pid = *pid;
    return absl::OkStatus();
  }
  if (flag == "--interval") {
    const auto interval = ParseInterval(value);
    if (interval.ok()) options->interval = *interval;
    return interval.status();
  }
  if (flag == "--mode") {
    const auto mode = admin::FindPurgeMode(value);
    if (!mode) {
      return Usage(fmt::format("--mode is one of {}, got \"{}\"",
                               admin::PurgeModeNames(), value));
    }
    options->mode = *mode;
    return absl::OkStatus();
  }
  const auto count = ParseCount(flag, value);
  if (!count.ok()) return count.status();
  (flag == "--limit" ? options->limit : options->count) = *count;
  return absl::OkStatus();
}

void ApplySwitch(std::string_view flag, Options* options) {
  if (flag == "--json") options->json = true;
  if (flag == "--bytes") options->bytes = ByteStyle::kExact;
  if (flag == "--yes") options->yes = true;
  if (flag == "--help") options->wants_help = true;
}

const FlagSpec* FindFlag(std::string_view name) {
  if (name == "-h") name = "--help";
  const auto& flags = Flags();
  const auto found =
      std::find_if(flags.begin(), flags.end(),
                   [&](const FlagSpec& flag) { return flag.name == name; });
  return found == flags.end() ? nullptr : &*found;
}

const CommandSpec* FindCommand(std::string_view name) {
  const auto& commands = Commands();
  const auto found = std::find_if(
      commands.begin(), commands.end(),
      [&](const CommandSpec& command) { return command.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

absl::Status UnknownFlag(std::string_view name) {
  NearestName nearest(name);
  for (const FlagSpec& flag : Flags()) nearest.Consider(flag.name);
  return Usage(
      fmt::format("unknown flag {}{}", name, DidYouMean(nearest.best())));
}

absl::Status UnknownCommand(std::string_view name) {
  NearestName nearest(name);
  for (const CommandSpec& command : Commands()) nearest.Consider(command.name);
  return Usage(fmt::format("unknown command \"{}\"{}", name,
                           DidYouMean(nearest.best())));
}

// The command line split into words and flags, in order and unjudged.
struct Words {
  std::vector<std::string> plain;
  std::vector<const FlagSpec*> flags;
};

// Takes --flag, --flag VALUE and --flag=VALUE; after "--" only plain words.
absl::StatusOr<Words> Split(const std::vector<std::string>& arguments,
                            Options* options) {
  Words words;
  bool flags_end = false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (flags_end || !word.starts_with('-') || word == "-") {
      words.plain.push_back(word);
      continue;
    }
    if (word == "--") {
      flags_end = true;
      continue;
    }
    const size_t equals = word.find('=');
    const FlagSpec* flag = FindFlag(word.substr(0, equals));
    if (flag == nullptr) return UnknownFlag(word.substr(0, equals));
    words.flags.push_back(flag);
    if (flag->argument.empty()) {
      if (equals != std::string::npos) {
        return Usage(fmt::format("{} takes no value", flag->name));
      }
      ApplySwitch(flag->name, options);
      continue;
    }
    if (equals == std::string::npos && i + 1 == arguments.size()) {
      return Usage(fmt::format("{} needs a value: {} {}", flag->name,
                               flag->name, flag->argument));
    }
    const std::string value =
        equals == std::string::npos ? arguments[++i] : word.substr(equals + 1);
    if (absl::Status status = ApplyValue(flag->name, value, options);
        !status.ok()) {
      return status;
    }
  }
  return words;
}

absl::Status CheckArgument(const CommandSpec& spec, const Words& words,
                           Options* options) {
  const size_t given = words.plain.size() - 1;
  const bool needed = spec.argument == "NAME";
  const size_t most = spec.argument.empty() ? 0 : 1;
  if (given > most) {
    return Usage(fmt::format("{} does not know what to do with \"{}\"",
                             spec.name, words.plain[most + 1]));
  }
  if (needed && given == 0) {
    return Usage(
        fmt::format("{} needs an arena's name; \"acre_console arenas\" lists "
                    "them",
                    spec.name));
  }
  if (given == 0) return absl::OkStatus();
  options->argument = words.plain[1];
  if (needed && options->argument.empty()) {
    return Usage("an arena's name has at least one byte, got \"\"");
  }
  if (spec.command == Command::kHelp &&
      FindCommand(options->argument) == nullptr) {
    return UnknownCommand(options->argument);
  }
  return absl::OkStatus();
}

absl::Status CheckFlags(const CommandSpec& spec, const Words& words,
                        const Options& options) {
  for (const FlagSpec* flag : words.flags) {
    if ((flag->commands & Bit(spec.command)) == 0) {
      return Usage(
          fmt::format("{} means nothing to {}", flag->name, spec.name));
    }
  }
  if (options.pid && !options.socket.empty()) {
    return Usage("--pid and --socket both say where; give one");
  }
  if (options.json && options.bytes == ByteStyle::kExact) {
    return Usage("--json is exact already; leave out --bytes");
  }
  if (spec.command == Command::kPurge && !options.yes) {
    return Usage(fmt::format(
        "purge gives memory that \"{}\" does not use back, and its next "
        "queries take page faults; add --yes to do it",
        options.argument));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Options> ParseOptions(
    const std::vector<std::string>& arguments) {
  Options options;
  const auto words = Split(arguments, &options);
  if (!words.ok()) return words.status();
  if (words->plain.empty()) {
    if (options.wants_help) return options;
    return Usage("say what to show");
  }
  const CommandSpec* spec = FindCommand(words->plain[0]);
  if (spec == nullptr) return UnknownCommand(words->plain[0]);
  options.command = spec->command;
  if (options.wants_help) return options;
  if (absl::Status status = CheckArgument(*spec, *words, &options);
      !status.ok()) {
    return status;
  }
  if (absl::Status status = CheckFlags(*spec, *words, options); !status.ok()) {
    return status;
  }
  return options;
}

}  // namespace acre::console
