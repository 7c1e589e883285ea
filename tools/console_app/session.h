// What a command works with: the process it asks, and how it shows what that
// says.
//
// One for a run of the console; the connection is kept from command to command.
// Not thread-safe.

#ifndef ACRE_TOOLS_CONSOLE_APP_SESSION_H_
#define ACRE_TOOLS_CONSOLE_APP_SESSION_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/console_app/admin_client.h"
#include "tools/console_app/arena_table.h"
#include "tools/console_app/command.h"
#include "tools/console_app/streams.h"

namespace acre::console {

class Session {
 public:
  Session(const CommandTable& table, const Streams& streams)
      : table_(table), streams_(streams) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // The process that the options mean, or that set_default_socket() said. The
  // pointer is good until the next call.
  absl::StatusOr<AdminClient*> Attach(const Options& options);

  // What is attached to when the options do not say.
  void set_default_socket(std::string path) {
    default_socket_ = std::move(path);
  }

  // Asked about once a second while a request waits; true gives it up.
  void set_cancelled(std::function<bool()> cancelled);
  const std::function<bool()>& cancelled() const { return cancelled_; }

  // What the console ends with when a command succeeds: most leave it at 0.
  void set_exit_status(int status) { exit_status_ = status; }
  int exit_status() const { return exit_status_; }

  const CommandTable& table() const { return table_; }
  const Streams& streams() const { return streams_; }

  ReportStyle StyleFor(const Options& options) const;
  // For whoever shows what commands give on a part of a terminal, or on one
  // that streams().out is not.
  void set_screen(bool colour, size_t width) { screen_ = {colour, width}; }
  void clear_screen() { screen_.reset(); }

 private:
  struct Screen {
    bool colour;
    size_t width;
  };

  const CommandTable& table_;
  const Streams streams_;
  std::string default_socket_;
  std::function<bool()> cancelled_;
  std::optional<Screen> screen_;
  std::optional<AdminClient> client_;
  int exit_status_ = 0;
};

// Runs one command, checked, and prints what it gives.
absl::Status RunCommand(Session& session, const Options& options);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_SESSION_H_
