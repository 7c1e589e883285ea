// Reads lines from a terminal: editing, history, completion, "?".
//
// A layer over libedit; the user's ~/.editrc is honoured. One at a time in a
// process, not thread-safe.

#ifndef ACRE_TOOLS_CONSOLE_APP_SHELL_LINE_EDITOR_H_
#define ACRE_TOOLS_CONSOLE_APP_SHELL_LINE_EDITOR_H_

#include <histedit.h>
#include <stdio.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tools/console_app/shell/completion.h"
#include "tools/console_app/streams.h"

namespace acre::console {

struct LineEditorOptions {
  std::string prompt;
  // Read at the start and written after each line, mode 0600; its directory is
  // created with mode 0700. Empty: none is kept.
  std::string history_file;
  // Both are given the line up to the cursor.
  std::function<Completion(std::string_view)> complete;
  std::function<std::string(std::string_view)> help;
};

class LineEditor {
 public:
  // `streams.in` and `streams.out` are a terminal. Unavailable when the system
  // refuses.
  static absl::StatusOr<std::unique_ptr<LineEditor>> Create(
      const Streams& streams, LineEditorOptions options);

  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  // The next line without its end; nothing when there are no more. Ctrl-C
  // empties the line.
  std::optional<std::string> ReadLine();

 private:
  struct FileCloser {
    void operator()(FILE* file) const { fclose(file); }
  };
  using File = std::unique_ptr<FILE, FileCloser>;

  LineEditor(const Streams& streams, LineEditorOptions options);

  static char* Prompt(EditLine* edit);
  static unsigned char OnTab(EditLine* edit, int key);
  static unsigned char OnQuestion(EditLine* edit, int key);
  static unsigned char OnControlC(EditLine* edit, int key);
  static LineEditor& Of(EditLine* edit);

  bool Start();
  std::string BeforeCursor() const;
  unsigned char CompleteHere();
  void ReplaceFrom(size_t start, const std::string& line,
                   const std::string& word);
  void Remember(const std::string& line);
  void SaveHistory();

  const Streams streams_;
  LineEditorOptions options_;
  File in_;
  File out_;
  File err_;
  EditLine* edit_ = nullptr;
  History* history_ = nullptr;
};

// $XDG_STATE_HOME/acre/history, or ~/.local/state/acre/history; empty when
// neither can be told.
std::string DefaultHistoryFile();

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_SHELL_LINE_EDITOR_H_
