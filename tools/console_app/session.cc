#include "tools/console_app/session.h"

#include <unistd.h>

#include <utility>

#include "tools/console_app/help.h"
#include "tools/console_app/process_discovery.h"
#include "tools/console_app/terminal.h"
#include "tools/console_app/text.h"

namespace acre::console {

absl::StatusOr<AdminClient*> Session::Attach(const Options& options) {
  std::string socket = options.socket;
  if (socket.empty() && !options.pid) socket = default_socket_;
  if (socket.empty()) {
    auto chosen =
        ChooseSocket(options, FindServers(SearchDirectories(geteuid())));
    if (!chosen.ok()) return chosen.status();
    socket = *std::move(chosen);
  }
  if (!client_ || client_->socket_path() != socket) {
    client_.emplace(std::move(socket));
    client_->set_cancelled(cancelled_);
  }
  return &*client_;
}

void Session::set_cancelled(std::function<bool()> cancelled) {
  cancelled_ = std::move(cancelled);
  if (client_) client_->set_cancelled(cancelled_);
}

ReportStyle Session::StyleFor(const Options& options) const {
  if (screen_) {
    return {.bytes = options.bytes,
            .colour = screen_->colour,
            .width = screen_->width};
  }
  return {.bytes = options.bytes,
          .colour = WantsColour(streams_.out),
          .width = TerminalColumns(streams_.out)};
}

absl::Status RunCommand(Session& session, const Options& options) {
  if (options.wants_help || options.command->kind == CommandKind::kHelp) {
    Print(session.streams().out, HelpFor(session.table(), options));
    return absl::OkStatus();
  }
  const auto text = options.command->handler(session, options);
  if (!text.ok()) return text.status();
  const int out = session.streams().out;
  Print(out, options.json && isatty(out) == 1 ? PrintableJson(*text) : *text);
  return absl::OkStatus();
}

}  // namespace acre::console
