#include "tools/console_app/top.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "tools/console_app/reading.h"
#include "tools/console_app/terminal.h"
#include "tools/console_app/top_view.h"

namespace acre::console {
namespace {

// Arenas in a frame when neither a terminal nor the user says how many.
constexpr size_t kDefaultRows = 20;

absl::StatusOr<std::string> GetListing(AdminClient& client, size_t rows) {
  return client.Get(fmt::format("/v1/arenas?limit={}", rows));
}

absl::StatusOr<std::string> NextFrame(AdminClient& client, TopView& view,
                                      size_t rows, const ReportStyle& style) {
  const auto info_body = client.Get("/v1/info");
  if (!info_body.ok()) return info_body.status();
  const auto info = ParseInfo(*info_body);
  if (!info.ok()) return info.status();
  const auto listing_body = GetListing(client, rows);
  if (!listing_body.ok()) return listing_body.status();
  const auto listing = ParseListing(*listing_body);
  if (!listing.ok()) return listing.status();
  return view.Frame(*info, *listing, std::chrono::steady_clock::now(), style);
}

bool IsLast(const Options& options, size_t frames_shown) {
  return options.count && frames_shown >= *options.count;
}

// One document or one table after another.
absl::Status RunPlain(AdminClient& client, const Options& options,
                      const Streams& streams) {
  const size_t rows = options.limit.value_or(kDefaultRows);
  TopView view;
  for (size_t frame = 0;; std::this_thread::sleep_for(options.interval)) {
    const auto text =
        options.json ? GetListing(client, rows)
                     : NextFrame(client, view, rows, {.bytes = options.bytes});
    if (!text.ok()) return text.status();
    Print(streams.out, *text + "\n");
    if (IsLast(options, ++frame)) return absl::OkStatus();
  }
}

absl::Status Redraw(AdminClient& client, const Options& options,
                    Terminal& terminal, bool colour) {
  bool quit = false;
  client.set_cancelled([&] {
    quit = quit || terminal.Wait(std::chrono::milliseconds(0)) ==
                       Terminal::Event::kQuit;
    return quit;
  });
  TopView view;
  for (size_t frame = 0;;) {
    const Terminal::Size size = terminal.size();
    const size_t rows =
        std::min(options.limit.value_or(size.rows),
                 size.rows - std::min(size.rows - 1, TopView::kFixedLines));
    const auto text = NextFrame(
        client, view, rows,
        {.bytes = options.bytes, .colour = colour, .width = size.columns});
    if (quit) return absl::OkStatus();
    if (!text.ok()) return text.status();
    terminal.Draw(*text);
    if (IsLast(options, ++frame)) return absl::OkStatus();
    if (terminal.Wait(options.interval) == Terminal::Event::kQuit) {
      return absl::OkStatus();
    }
  }
}

}  // namespace

absl::Status RunTop(AdminClient& client, const Options& options,
                    const Streams& streams) {
  if (options.json || isatty(streams.out) != 1) {
    return RunPlain(client, options, streams);
  }
  // What is wrong from the start is said without a flicker of the screen.
  if (const auto info = client.Get("/v1/info"); !info.ok()) {
    return info.status();
  }
  auto terminal = Terminal::Take(streams.in, streams.out);
  if (!terminal.ok()) return terminal.status();
  absl::Status status =
      Redraw(client, options, **terminal, WantsColour(streams.out));
  client.set_cancelled(nullptr);
  return status;
}

}  // namespace acre::console
