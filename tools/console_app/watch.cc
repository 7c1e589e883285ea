#include "tools/console_app/watch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "tools/console_app/terminal.h"
#include "tools/console_app/text.h"

namespace acre::console {
namespace {

// As the command itself would be called.
Options WatchedOptions(const Options& options) {
  Options watched = options;
  watched.command = options.watched;
  watched.watched = nullptr;
  return watched;
}

bool IsLast(const Options& options, size_t frames_shown) {
  return options.count && frames_shown >= *options.count;
}

absl::Status RunPlain(Session& session, const Options& options) {
  const Options watched = WatchedOptions(options);
  for (size_t frame = 0;; std::this_thread::sleep_for(options.interval)) {
    const auto text = watched.command->handler(session, watched);
    if (!text.ok()) return text.status();
    // Documents are a line each already.
    const bool is_table = !options.json && !options.csv;
    Print(session.streams().out, is_table && frame > 0 ? "\n" + *text : *text);
    if (IsLast(options, ++frame)) return absl::OkStatus();
  }
}

// The lines that fit, each cut to the width, below one that says what this is.
std::string Fit(const Options& options, std::string_view text,
                const Terminal::Size& size) {
  std::string title(options.watched->name);
  for (const std::string& argument : options.arguments) {
    title += " " + Printable(argument);
  }
  std::string screen =
      CutToWidth(
          fmt::format("every {:g} s: {} (q leaves)",
                      std::chrono::duration<double>(options.interval).count(),
                      title),
          size.columns) +
      "\n";
  for (size_t line = 1; line < size.rows && !text.empty(); ++line) {
    const size_t end = text.find('\n');
    screen += CutPaintedToWidth(text.substr(0, end), size.columns) + "\n";
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return screen;
}

absl::Status Redraw(Session& session, const Options& options,
                    Terminal& terminal, bool colour) {
  const Options watched = WatchedOptions(options);
  bool quit = false;
  session.set_cancelled([&] {
    quit = quit || terminal.Wait(std::chrono::milliseconds(0)) ==
                       Terminal::Event::kQuit;
    return quit;
  });
  for (size_t frame = 0;;) {
    const Terminal::Size size = terminal.size();
    session.set_screen(colour, size.columns);
    const auto text = watched.command->handler(session, watched);
    if (quit) return absl::OkStatus();
    if (!text.ok()) return text.status();
    terminal.Draw(Fit(options, *text, size));
    if (IsLast(options, ++frame)) return absl::OkStatus();
    if (terminal.Wait(options.interval) == Terminal::Event::kQuit) {
      return absl::OkStatus();
    }
  }
}

}  // namespace

absl::Status RunWatch(Session& session, const Options& options) {
  const Streams& streams = session.streams();
  if (options.json || options.csv || isatty(streams.out) != 1) {
    return RunPlain(session, options);
  }
  // What is wrong from the start is said without a flicker of the screen.
  const Options watched = WatchedOptions(options);
  if (const auto text = watched.command->handler(session, watched);
      !text.ok()) {
    return text.status();
  }
  auto terminal = Terminal::Take(streams.in, streams.out);
  if (!terminal.ok()) return terminal.status();
  const auto before = session.cancelled();
  absl::Status status =
      Redraw(session, options, **terminal, WantsColour(streams.out));
  session.set_cancelled(before);
  session.clear_screen();
  return status;
}

}  // namespace acre::console
