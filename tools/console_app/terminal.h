// The terminal, taken over for a live view and given back.
//
// While it lives: alternate screen, hidden cursor, keys read one by one and not
// echoed, and the signals that end or resize a program held back until Wait()
// looks at them. The destructor puts everything back, whatever ended the view.
// One at a time in a process; not thread-safe.

#ifndef ACRE_TOOLS_CONSOLE_APP_TERMINAL_H_
#define ACRE_TOOLS_CONSOLE_APP_TERMINAL_H_

#include <signal.h>
#include <termios.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "engine_adapter/admin/file_descriptor.h"

namespace acre::console {

class Terminal {
 public:
  struct Size {
    size_t rows = 24;
    size_t columns = 80;
  };

  enum class Event { kTimeout, kResized, kKey, kQuit };

  // `output` is a terminal. Keys come from `input` when that is one too.
  static absl::StatusOr<std::unique_ptr<Terminal>> Take(int input, int output);

  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // 24 by 80 when the terminal does not say.
  Size size() const;

  // Replaces the screen by `lines`, which must fit; one write, no flicker.
  void Draw(std::string_view lines);

  // Waits for so long, or until q, Ctrl-C, another signal to end, a new size,
  // or one of the keys of set_keys(). What came earlier counts.
  Event Wait(std::chrono::milliseconds time);

  void set_keys(std::string_view keys) { keys_ = keys; }
  // The one that the last kKey was about.
  char key() const { return key_; }

 private:
  Terminal(int input, int output);

  Event ReadKey();
  Event ReadSignal();
  void Write(std::string_view text);

  const int input_;
  const int output_;
  bool reads_keys_ = false;
  std::string keys_;
  char key_ = '\0';
  termios modes_before_ = {};
  sigset_t signals_before_ = {};
  admin::FileDescriptor signals_;
};

// Columns of the terminal behind `fd`; 0 when it is none or does not say.
size_t TerminalColumns(int fd);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_TERMINAL_H_
