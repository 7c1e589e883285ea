#include "tools/console_app/shell/line_editor.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "tools/console_app/shell/command_line.h"
#include "tools/console_app/terminal.h"
#include "tools/console_app/text.h"

namespace acre::console {
namespace {

namespace fs = std::filesystem;

constexpr int kHistoryLines = 1000;
constexpr size_t kMostListed = 200;

size_t CountCharacters(std::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

FILE* Duplicate(int fd, const char* mode) {
  const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  return copy < 0 ? nullptr : fdopen(copy, mode);
}

// In as many columns as fit.
std::string Listing(const std::vector<Candidate>& candidates, size_t width) {
  size_t widest = 0;
  const size_t count = std::min(candidates.size(), kMostListed);
  for (size_t i = 0; i < count; ++i) {
    widest = std::max(widest, DisplayWidth(candidates[i].text));
  }
  const size_t columns =
      std::max<size_t>(1, (width == 0 ? 80 : width) / (widest + 2));
  const size_t rows = (count + columns - 1) / columns;
  std::string text;
  for (size_t row = 0; row < rows; ++row) {
    for (size_t i = row; i < count; i += rows) {
      const std::string& word = candidates[i].text;
      text += word;
      if (i + rows < count) text.append(widest + 2 - DisplayWidth(word), ' ');
    }
    text += "\n";
  }
  if (count < candidates.size()) {
    text += fmt::format("and {} more\n", candidates.size() - count);
  }
  return text;
}

}  // namespace

LineEditor::LineEditor(const Streams& streams, LineEditorOptions options)
    : streams_(streams),
      options_(std::move(options)),
      in_(Duplicate(streams.in, "r")),
      out_(Duplicate(streams.out, "w")),
      err_(Duplicate(streams.err, "w")) {}

absl::StatusOr<std::unique_ptr<LineEditor>> LineEditor::Create(
    const Streams& streams, LineEditorOptions options) {
  std::unique_ptr<LineEditor> editor(
      new LineEditor(streams, std::move(options)));
  if (!editor->Start()) {
    return absl::UnavailableError("the terminal cannot be read line by line");
  }
  return editor;
}

bool LineEditor::Start() {
  if (in_ == nullptr || out_ == nullptr || err_ == nullptr) return false;
  edit_ = el_init("acre_console", in_.get(), out_.get(), err_.get());
  if (edit_ == nullptr) return false;
  el_set(edit_, EL_CLIENTDATA, this);
  el_set(edit_, EL_PROMPT, &Prompt);
  el_set(edit_, EL_EDITOR, "emacs");
  // Ctrl-C is a key here, not a signal.
  el_set(edit_, EL_SETTY, "-d", "-isig", nullptr);
  el_set(edit_, EL_ADDFN, "acre-complete", "completes", &OnTab);
  el_set(edit_, EL_ADDFN, "acre-help", "explains", &OnQuestion);
  el_set(edit_, EL_ADDFN, "acre-cancel", "empties the line", &OnControlC);
  el_set(edit_, EL_BIND, "^I", "acre-complete", nullptr);
  el_set(edit_, EL_BIND, "?", "acre-help", nullptr);
  el_set(edit_, EL_BIND, "^C", "acre-cancel", nullptr);
  el_set(edit_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  history_ = history_init();
  if (history_ == nullptr) return false;
  HistEvent event;
  history(history_, &event, H_SETSIZE, kHistoryLines);
  history(history_, &event, H_SETUNIQUE, 1);
  if (!options_.history_file.empty()) {
    history(history_, &event, H_LOAD, options_.history_file.c_str());
  }
  el_set(edit_, EL_HIST, &history, history_);
  el_source(edit_, nullptr);
  return true;
}

LineEditor::~LineEditor() {
  if (history_ != nullptr) history_end(history_);
  if (edit_ != nullptr) el_end(edit_);
}

LineEditor& LineEditor::Of(EditLine* edit) {
  LineEditor* editor = nullptr;
  el_get(edit, EL_CLIENTDATA, &editor);
  return *editor;
}

char* LineEditor::Prompt(EditLine* edit) {
  return Of(edit).options_.prompt.data();
}

std::optional<std::string> LineEditor::ReadLine() {
  // Before the prompt is shown: what is typed at it is the editor's.
  el_set(edit_, EL_PREP_TERM, 1);
  int count = 0;
  const char* text = el_gets(edit_, &count);
  if (text == nullptr || count <= 0) {
    Print(streams_.out, "\n");
    return std::nullopt;
  }
  std::string line(text, static_cast<size_t>(count));
  while (line.ends_with('\n') || line.ends_with('\r')) line.pop_back();
  Remember(line);
  return line;
}

void LineEditor::Remember(const std::string& line) {
  if (line.find_first_not_of(" \t") == std::string::npos) return;
  HistEvent event;
  history(history_, &event, H_ENTER, line.c_str());
  SaveHistory();
}

void LineEditor::SaveHistory() {
  if (options_.history_file.empty()) return;
  const fs::path path(options_.history_file);
  std::error_code error;
  if (!fs::exists(path.parent_path(), error)) {
    fs::create_directories(path.parent_path().parent_path(), error);
    mkdir(path.parent_path().c_str(), 0700);
  }
  const int fd =
      open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
           0600);
  if (fd < 0) return;  // a prompt without history is still a prompt
  fchmod(fd, 0600);
  const File file(fdopen(fd, "w"));
  HistEvent event;
  if (file != nullptr) history(history_, &event, H_SAVE_FP, file.get());
}

std::string LineEditor::BeforeCursor() const {
  const LineInfo* line = el_line(edit_);
  return {line->buffer, line->cursor};
}

unsigned char LineEditor::OnTab(EditLine* edit, int) {
  return Of(edit).CompleteHere();
}

unsigned char LineEditor::CompleteHere() {
  const std::string line = BeforeCursor();
  const Completion completion = options_.complete(line);
  const auto& candidates = completion.candidates;
  if (candidates.empty()) return CC_ERROR;
  if (candidates.size() == 1) {
    ReplaceFrom(
        completion.start, line,
        QuoteWord(candidates[0].text) + (candidates[0].complete ? " " : ""));
    return CC_REFRESH;
  }
  const std::string prefix = CommonPrefix(candidates);
  if (prefix.size() > SplitPartial(line).last.size()) {
    // The quote of a name that is not whole stays open.
    std::string begun = QuoteWord(prefix);
    if (begun.starts_with('"')) begun.pop_back();
    ReplaceFrom(completion.start, line, begun);
    return CC_REFRESH;
  }
  Print(streams_.out,
        "\n" + Listing(candidates, TerminalColumns(streams_.out)));
  return CC_REDISPLAY;
}

void LineEditor::ReplaceFrom(size_t start, const std::string& line,
                             const std::string& word) {
  const std::string typed = line.substr(start);
  if (word.starts_with(typed)) {
    el_insertstr(edit_, word.substr(typed.size()).c_str());
    return;
  }
  el_deletestr(edit_, static_cast<int>(CountCharacters(typed)));
  el_insertstr(edit_, word.c_str());
}

unsigned char LineEditor::OnQuestion(EditLine* edit, int) {
  LineEditor& editor = Of(edit);
  const std::string line = editor.BeforeCursor();
  const PartialLine partial = SplitPartial(line);
  // In the midst of a word it is a character like any other.
  if (partial.last_start < line.size()) {
    el_insertstr(edit, "?");
    return CC_REFRESH;
  }
  Print(editor.streams_.out, "?\n" + editor.options_.help(line));
  return CC_REDISPLAY;
}

unsigned char LineEditor::OnControlC(EditLine* edit, int) {
  const LineInfo* line = el_line(edit);
  const size_t characters = CountCharacters(
      {line->buffer, static_cast<size_t>(line->lastchar - line->buffer)});
  el_cursor(edit, static_cast<int>(characters));
  el_deletestr(edit, static_cast<int>(characters));
  Print(Of(edit).streams_.out, "^C\n");
  return CC_REDISPLAY;
}

std::string DefaultHistoryFile() {
  const char* state = getenv("XDG_STATE_HOME");
  if (state != nullptr && state[0] == '/') {
    return fmt::format("{}/acre/history", state);
  }
  const char* home = getenv("HOME");
  if (home == nullptr || home[0] != '/') return "";
  return fmt::format("{}/.local/state/acre/history", home);
}

}  // namespace acre::console
