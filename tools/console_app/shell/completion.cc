#include "tools/console_app/shell/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "tools/console_app/help.h"
#include "tools/console_app/options.h"
#include "tools/console_app/shell/command_line.h"
#include "tools/console_app/text.h"

namespace acre::console {
namespace {

namespace fs = std::filesystem;

// Directories may be large.
constexpr size_t kMostFiles = 1000;

// The words before the cursor, as far as they decide what comes next.
struct Context {
  std::vector<std::string> plain;
  const FlagSpec* pending = nullptr;  // wants its value now
  bool flags_end = false;
};

Context Judge(const std::vector<std::string>& words) {
  Context context;
  for (const std::string& word : words) {
    if (context.pending != nullptr) {
      context.pending = nullptr;
    } else if (context.flags_end || !word.starts_with('-') || word == "-") {
      context.plain.push_back(word);
    } else if (word == "--") {
      context.flags_end = true;
    } else {
      const FlagSpec* flag = FindFlag(word);
      if (flag != nullptr && !flag->argument.empty()) context.pending = flag;
    }
  }
  return context;
}

void Add(std::string_view text, std::string_view summary,
         std::vector<Candidate>* out) {
  const bool known =
      std::any_of(out->begin(), out->end(),
                  [&](const Candidate& one) { return one.text == text; });
  if (!known) out->push_back({std::string(text), std::string(summary)});
}

// The first words of all commands.
std::vector<Candidate> FirstWords(const CommandTable& table) {
  std::vector<Candidate> words;
  for (const CommandSpec& spec : table) {
    const std::string_view noun = spec.noun();
    if (noun.empty()) {
      Add(spec.name, spec.summary, &words);
      continue;
    }
    std::string verbs;
    for (const CommandSpec& other : table) {
      if (other.noun() != noun) continue;
      if (!verbs.empty()) verbs += " | ";
      verbs += other.name.substr(noun.size() + 1);
    }
    Add(noun, verbs, &words);
  }
  return words;
}

std::vector<Candidate> Verbs(const CommandTable& table, std::string_view noun) {
  std::vector<Candidate> verbs;
  for (const CommandSpec& spec : table) {
    if (spec.noun() == noun) {
      Add(spec.name.substr(noun.size() + 1), spec.summary, &verbs);
    }
  }
  return verbs;
}

std::vector<Candidate> Names(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  std::vector<Candidate> candidates;
  for (std::string& name : names) {
    // What cannot be printed cannot be typed.
    if (Printable(name) == name) candidates.push_back({std::move(name), ""});
  }
  return candidates;
}

std::vector<Candidate> Files(std::string_view begun) {
  const size_t slash = begun.rfind('/');
  const std::string directory(
      slash == std::string_view::npos ? "" : begun.substr(0, slash + 1));
  std::vector<Candidate> files;
  std::error_code error;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(directory.empty() ? "." : directory, error)) {
    if (files.size() >= kMostFiles) break;
    const std::string name = entry.path().filename().native();
    if (Printable(name) != name) continue;
    std::error_code ignored;
    const bool is_directory = entry.is_directory(ignored);
    files.push_back(
        {directory + name + (is_directory ? "/" : ""), "", !is_directory});
  }
  std::sort(
      files.begin(), files.end(),
      [](const Candidate& a, const Candidate& b) { return a.text < b.text; });
  return files;
}

std::vector<Candidate> ChoiceCandidates(std::string_view choices) {
  std::vector<Candidate> candidates;
  for (const std::string_view one : Choices(choices)) {
    candidates.push_back({std::string(one), ""});
  }
  return candidates;
}

std::vector<Candidate> ArgumentCandidates(const ArgumentSpec& argument,
                                          std::string_view begun,
                                          NameSource& names) {
  if (!argument.choices.empty()) return ChoiceCandidates(argument.choices);
  switch (argument.kind) {
    case ArgumentKind::kArena:
      return Names(names.Arenas());
    case ArgumentKind::kControl:
      return Names(names.Controls(begun));
    case ArgumentKind::kFile:
      return Files(begun);
    case ArgumentKind::kCommand:
    case ArgumentKind::kText:
      return {};
  }
  return {};
}

std::vector<Candidate> FlagCandidates(FlagSet allowed) {
  std::vector<Candidate> candidates;
  for (const FlagSpec& flag : Flags()) {
    if ((allowed & Bit(flag.flag)) != 0) {
      candidates.push_back({std::string(flag.name), std::string(flag.summary)});
    }
  }
  return candidates;
}

// Finds the command that plain words begin with, and how many they are.
std::pair<const CommandSpec*, size_t> Resolve(
    const CommandTable& table, const std::vector<std::string>& plain,
    size_t from) {
  if (plain.size() >= from + 2) {
    const CommandSpec* two =
        FindCommand(table, plain[from] + " " + plain[from + 1]);
    if (two != nullptr) return {two, from + 2};
  }
  if (plain.size() <= from || IsNoun(table, plain[from])) {
    return {nullptr, from};
  }
  const CommandSpec* one = FindCommand(table, plain[from]);
  return {one, one == nullptr ? from : from + 1};
}

struct Position {
  const CommandSpec* command = nullptr;  // whose arguments come
  FlagSet flags = 0;
  size_t argument = 0;
  bool wants_command = false;  // a command, or its second word, comes
  std::string noun;            // whose verb comes; empty: the first word
};

Position Locate(const CommandTable& table,
                const std::vector<std::string>& plain) {
  Position position;
  position.flags = Bit(Flag::kHelp);
  size_t from = 0;
  while (true) {
    const auto [command, used] = Resolve(table, plain, from);
    if (command == nullptr) {
      position.wants_command = plain.size() <= from + 1;
      if (plain.size() == from + 1) {
        position.noun = plain[from];
        position.wants_command = IsNoun(table, plain[from]);
      }
      return position;
    }
    position.command = command;
    position.flags |= command->flags;
    if (command->kind != CommandKind::kWatch &&
        command->kind != CommandKind::kHelp) {
      position.argument = plain.size() - used;
      return position;
    }
    from = used;  // a command follows
    if (command->kind == CommandKind::kHelp && plain.size() > from + 1) {
      return position;
    }
  }
}

std::vector<Candidate> AllCandidates(const CommandTable& table,
                                     const Context& context,
                                     const Position& position,
                                     const std::string& begun,
                                     NameSource& names) {
  if (context.pending != nullptr) {
    return context.pending->flag == Flag::kSocket
               ? Files(begun)
               : ChoiceCandidates(context.pending->choices);
  }
  if (begun.starts_with('-') && !context.flags_end) {
    return FlagCandidates(position.flags);
  }
  if (position.wants_command) {
    return position.noun.empty() ? FirstWords(table)
                                 : Verbs(table, position.noun);
  }
  if (position.command == nullptr ||
      position.argument >= position.command->arguments.size()) {
    return {};
  }
  return ArgumentCandidates(position.command->arguments[position.argument],
                            begun, names);
}

}  // namespace

Completion Complete(const CommandTable& table, std::string_view line,
                    NameSource& names) {
  const PartialLine partial = SplitPartial(line);
  const Context context = Judge(partial.words);
  const Position position = Locate(table, context.plain);
  Completion completion;
  completion.start = partial.last_start;
  completion.command = position.command;
  completion.candidates =
      AllCandidates(table, context, position, partial.last, names);
  std::erase_if(completion.candidates, [&](const Candidate& candidate) {
    return !candidate.text.starts_with(partial.last);
  });
  return completion;
}

std::string InlineHelp(const CommandTable& table, std::string_view line,
                       NameSource& names) {
  const Completion completion = Complete(table, line, names);
  std::string text;
  if (completion.command != nullptr) {
    const CommandSpec& command = *completion.command;
    text += fmt::format("{}: {}\n", CommandForm(command), command.summary);
    for (const Candidate& flag :
         FlagCandidates(command.flags | Bit(Flag::kHelp))) {
      text += fmt::format("  {:<14} {}\n", flag.text, flag.summary);
    }
  }
  constexpr size_t kMostShown = 40;
  for (size_t i = 0; i < completion.candidates.size(); ++i) {
    if (i == kMostShown) {
      text += fmt::format("  and {} more\n",
                          completion.candidates.size() - kMostShown);
      break;
    }
    const Candidate& candidate = completion.candidates[i];
    text +=
        candidate.summary.empty()
            ? fmt::format("  {}\n", candidate.text)
            : fmt::format("  {:<14} {}\n", candidate.text, candidate.summary);
  }
  return text.empty() ? "nothing more comes here\n" : text;
}

std::string CommonPrefix(const std::vector<Candidate>& candidates) {
  if (candidates.empty()) return "";
  std::string_view prefix = candidates[0].text;
  for (const Candidate& candidate : candidates) {
    const auto [end, other] =
        std::mismatch(prefix.begin(), prefix.end(), candidate.text.begin(),
                      candidate.text.end());
    prefix = prefix.substr(0, static_cast<size_t>(end - prefix.begin()));
  }
  // Not into the midst of a character.
  const std::string_view first = candidates[0].text;
  while (!prefix.empty() && prefix.size() < first.size() &&
         (static_cast<unsigned char>(first[prefix.size()]) & 0xC0) == 0x80) {
    prefix.remove_suffix(1);
  }
  return std::string(prefix);
}

}  // namespace acre::console
