#include "tools/console_app/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

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

absl::Status ParseInterval(const std::string& text, Options* options) {
  const auto seconds = ParseNumber<double>(text);
  if (!seconds || !(*seconds >= 0.1 && *seconds <= 3600)) {
    return Usage(fmt::format(
        "--interval is a number of seconds from 0.1 to 3600, got \"{}\"",
        text));
  }
  options->interval =
      std::chrono::milliseconds(static_cast<int64_t>(*seconds * 1000));
  return absl::OkStatus();
}

absl::Status ParseTcacheAge(const std::string& text, Options* options) {
  const auto seconds = ParseNumber<double>(text);
  if (!seconds || !(*seconds >= 0 && *seconds <= 1e9)) {
    return Usage(fmt::format(
        "--tcache-age is a number of seconds from 0 up, got \"{}\"", text));
  }
  options->tcache_age = std::chrono::duration<double>(*seconds);
  return absl::OkStatus();
}

absl::Status ParseCount(std::string_view flag, const std::string& text,
                        std::optional<size_t>* out) {
  const auto count = ParseNumber<size_t>(text);
  if (!count || *count == 0) {
    return Usage(
        fmt::format("{} is a number from 1 up, got \"{}\"", flag, text));
  }
  *out = *count;
  return absl::OkStatus();
}

absl::Status ParsePid(const std::string& text, Options* options) {
  const auto pid = ParseNumber<pid_t>(text);
  if (!pid || *pid <= 0) {
    return Usage(fmt::format("--pid is a process id, got \"{}\"", text));
  }
  options->pid = *pid;
  return absl::OkStatus();
}

absl::Status CheckChoice(std::string_view what, std::string_view choices,
                         std::string_view value) {
  const auto all = Choices(choices);
  if (std::find(all.begin(), all.end(), value) != all.end()) {
    return absl::OkStatus();
  }
  std::string names;
  for (const std::string_view one : all) {
    if (!names.empty()) names += ", ";
    names += one;
  }
  return Usage(fmt::format("{} is one of {}, got \"{}\"", what, names, value));
}

absl::Status ApplyValue(const FlagSpec& flag, const std::string& value,
                        Options* options) {
  if (!flag.choices.empty()) {
    absl::Status status = CheckChoice(flag.name, flag.choices, value);
    if (!status.ok()) return status;
  }
  switch (flag.flag) {
    case Flag::kSocket:
      if (value.empty()) return Usage("--socket needs a path, got \"\"");
      options->socket = value;
      return absl::OkStatus();
    case Flag::kPid:
      return ParsePid(value, options);
    case Flag::kInterval:
      return ParseInterval(value, options);
    case Flag::kTcacheAge:
      return ParseTcacheAge(value, options);
    case Flag::kMode:
      options->mode = *admin::FindPurgeMode(value);
      return absl::OkStatus();
    case Flag::kSort:
      options->sort = value;
      return absl::OkStatus();
    case Flag::kFormat:
      options->format = value;
      return absl::OkStatus();
    case Flag::kLimit:
      return ParseCount(flag.name, value, &options->limit);
    default:
      return ParseCount(flag.name, value, &options->count);
  }
}

void ApplySwitch(Flag flag, Options* options) {
  if (flag == Flag::kJson) options->json = true;
  if (flag == Flag::kCsv) options->csv = true;
  if (flag == Flag::kBytes) options->bytes = ByteStyle::kExact;
  if (flag == Flag::kAll) options->all = true;
  if (flag == Flag::kSoft) options->soft = true;
  if (flag == Flag::kReserved) options->reserved = true;
  if (flag == Flag::kDryRun) options->dry_run = true;
  if (flag == Flag::kYes) options->yes = true;
  if (flag == Flag::kHelp) options->wants_help = true;
}

absl::Status UnknownFlag(std::string_view name) {
  NearestName nearest(name);
  for (const FlagSpec& flag : Flags()) nearest.Consider(flag.name);
  return Usage(
      fmt::format("unknown flag {}{}", name, DidYouMean(nearest.best())));
}

absl::Status UnknownCommand(const CommandTable& table, std::string_view name) {
  NearestName nearest(name);
  for (const CommandSpec& command : table) {
    nearest.Consider(command.name);
    if (!command.alias.empty()) nearest.Consider(command.alias);
    if (!command.noun().empty()) nearest.Consider(command.noun());
  }
  return Usage(fmt::format("unknown command \"{}\"{}", name,
                           DidYouMean(nearest.best())));
}

// A noun without a verb that there is.
absl::Status IncompleteCommand(const CommandTable& table, std::string_view noun,
                               std::string_view verb) {
  const std::string wanted = fmt::format("{} {}", noun, verb);
  NearestName nearest(wanted);
  std::string names;
  for (const CommandSpec& command : table) {
    if (command.noun() != noun) continue;
    nearest.Consider(command.name);
    if (!names.empty()) names += ", ";
    names += command.name;
  }
  if (verb.empty()) {
    return Usage(fmt::format("\"{}\" is the beginning of: {}", noun, names));
  }
  return Usage(fmt::format("there is no command \"{}\"{}; there are {}", wanted,
                           DidYouMean(nearest.best()), names));
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
    // A negative number is a value.
    const bool is_flag = word.starts_with('-') && word.size() > 1 &&
                         !(word[1] >= '0' && word[1] <= '9');
    if (flags_end || !is_flag) {
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
      ApplySwitch(flag->flag, options);
      continue;
    }
    if (equals == std::string::npos && i + 1 == arguments.size()) {
      return Usage(fmt::format("{} needs a value: {} {}", flag->name,
                               flag->name, flag->argument));
    }
    const std::string value =
        equals == std::string::npos ? arguments[++i] : word.substr(equals + 1);
    if (absl::Status status = ApplyValue(*flag, value, options); !status.ok()) {
      return status;
    }
  }
  return words;
}

// Takes the words that name a command off the front.
absl::StatusOr<const CommandSpec*> TakeCommand(
    const CommandTable& table, std::vector<std::string>* words) {
  const std::string first = words->front();
  const std::string second = words->size() > 1 ? (*words)[1] : "";
  const CommandSpec* command =
      FindCommand(table, fmt::format("{} {}", first, second));
  if (command != nullptr) {
    words->erase(words->begin(), words->begin() + 2);
    return command;
  }
  command = FindCommand(table, first);
  // `arena NAME` is an old spelling; more or less than a name after the noun is
  // a mistake about the noun.
  if (IsNoun(table, first) && (command == nullptr || words->size() != 2)) {
    return IncompleteCommand(table, first, second);
  }
  if (command == nullptr) return UnknownCommand(table, first);
  words->erase(words->begin());
  return command;
}

absl::Status CheckArguments(const CommandSpec& spec, const Options& options) {
  const auto& given = options.arguments;
  if (given.size() > spec.arguments.size()) {
    return Usage(fmt::format("{} does not know what to do with \"{}\"",
                             spec.name, given[spec.arguments.size()]));
  }
  for (size_t i = 0; i < spec.arguments.size(); ++i) {
    const ArgumentSpec& wanted = spec.arguments[i];
    const bool is_arena = wanted.kind == ArgumentKind::kArena;
    if (i >= given.size()) {
      if (wanted.optional) return absl::OkStatus();
      return Usage(
          is_arena
              ? fmt::format("{} needs an arena's name; \"acre_console arena "
                            "list\" lists them",
                            spec.name)
              : fmt::format("{} needs {}", spec.name, wanted.form));
    }
    if (given[i].empty()) {
      return Usage(is_arena ? "an arena's name has at least one byte, got \"\""
                            : fmt::format("{} is empty", wanted.form));
    }
    if (!wanted.choices.empty()) {
      absl::Status status = CheckChoice(wanted.form, wanted.choices, given[i]);
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

absl::Status CheckFlags(const CommandSpec& spec, FlagSet allowed,
                        const Words& words, const Options& options) {
  for (const FlagSpec* flag : words.flags) {
    if ((allowed & Bit(flag->flag)) == 0) {
      return Usage(
          fmt::format("{} means nothing to {}", flag->name, spec.name));
    }
  }
  if (options.pid && !options.socket.empty()) {
    return Usage("--pid and --socket both say where; give one");
  }
  if (options.all && (options.pid || !options.socket.empty())) {
    return Usage("--all means every process; leave out --pid and --socket");
  }
  if (options.json && options.csv) {
    return Usage("--json and --csv both say how; give one");
  }
  if ((options.json || options.csv) && options.bytes == ByteStyle::kExact) {
    return Usage(fmt::format("{} is exact already; leave out --bytes",
                             options.json ? "--json" : "--csv"));
  }
  if (options.soft && options.reserved) {
    return Usage("--soft and --reserved are two limits; give one");
  }
  if (options.yes && options.dry_run) {
    return Usage("--yes does it and --dry-run does not; give one");
  }
  if (options.Changes() && !options.yes && !options.dry_run) {
    return Usage(fmt::format("{} {}; add --yes to do it{}", spec.name,
                             spec.consequence,
                             (allowed & Bit(Flag::kDryRun)) != 0
                                 ? ", or --dry-run to see what it would do"
                                 : ""));
  }
  return absl::OkStatus();
}

// What `help` is asked about; the rest of its words.
absl::Status ReadTopic(const CommandTable& table, Options* options) {
  const auto words = std::exchange(options->arguments, {});
  if (words.empty()) return absl::OkStatus();
  options->topic = words[0];
  if (words.size() > 1) options->topic += " " + words[1];
  if (words.size() <= 2 && (FindCommand(table, options->topic) != nullptr ||
                            IsNoun(table, options->topic))) {
    return absl::OkStatus();
  }
  return UnknownCommand(table, options->topic);
}

// What `watch` repeats.
absl::Status ReadWatched(const CommandTable& table, Options* options) {
  if (options->arguments.empty()) {
    options->watched = FindCommand(table, kDefaultCommand);
    return absl::OkStatus();
  }
  const auto watched = TakeCommand(table, &options->arguments);
  if (!watched.ok()) return watched.status();
  if ((*watched)->kind != CommandKind::kReport) {
    return Usage(
        fmt::format("{} is nothing to watch: only commands that show "
                    "something are",
                    (*watched)->name));
  }
  options->watched = *watched;
  return absl::OkStatus();
}

}  // namespace

const CommandSpec* FindCommand(const CommandTable& table,
                               std::string_view name) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const CommandSpec& command) {
        return command.name == name || (!name.empty() && command.alias == name);
      });
  return found == table.end() ? nullptr : &*found;
}

bool IsNoun(const CommandTable& table, std::string_view word) {
  return !word.empty() && std::any_of(table.begin(), table.end(),
                                      [&](const CommandSpec& command) {
                                        return command.noun() == word;
                                      });
}

const FlagSpec* FindFlag(std::string_view name) {
  if (name == "-h") name = "--help";
  const auto& flags = Flags();
  const auto found =
      std::find_if(flags.begin(), flags.end(),
                   [&](const FlagSpec& flag) { return flag.name == name; });
  return found == flags.end() ? nullptr : &*found;
}

std::vector<std::string_view> Choices(std::string_view choices) {
  std::vector<std::string_view> words;
  while (!choices.empty()) {
    const size_t blank = choices.find(' ');
    words.push_back(choices.substr(0, blank));
    if (blank == std::string_view::npos) break;
    choices.remove_prefix(blank + 1);
  }
  return words;
}

absl::StatusOr<Options> ParseOptions(
    const CommandTable& table, const std::vector<std::string>& arguments) {
  Options options;
  auto words = Split(arguments, &options);
  if (!words.ok()) return words.status();
  options.arguments = words->plain;
  if (options.arguments.empty()) {
    options.implied = true;
    options.command = FindCommand(table, kDefaultCommand);
    if (options.wants_help) return options;
  } else {
    // `arena --help` explains the noun.
    if (options.wants_help && options.arguments.size() == 1 &&
        IsNoun(table, options.arguments[0])) {
      options.topic = options.arguments[0];
      options.command = FindCommand(table, "help");
      return options;
    }
    const auto command = TakeCommand(table, &options.arguments);
    if (!command.ok()) return command.status();
    options.command = *command;
    if (options.wants_help) return options;
  }
  absl::Status status;
  const CommandSpec* spec = options.command;
  FlagSet allowed = spec->flags | Bit(Flag::kHelp);
  if (spec->kind == CommandKind::kHelp) {
    status = ReadTopic(table, &options);
  } else {
    if (spec->kind == CommandKind::kWatch) {
      status = ReadWatched(table, &options);
      if (!status.ok()) return status;
      spec = options.watched;
      allowed |= spec->flags;
    }
    status = CheckArguments(*spec, options);
  }
  if (!status.ok()) return status;
  status = CheckFlags(*spec, allowed, *words, options);
  if (!status.ok()) return status;
  return options;
}

}  // namespace acre::console
