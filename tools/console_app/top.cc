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

// Ordered by what the process does not order by, the arenas that hold most are
// looked at: of 100,000 of them, no more.
constexpr size_t kMostOrdered = 10'000;

absl::StatusOr<std::string> GetListing(AdminClient& client, TopOrder order,
                                       size_t rows) {
  if (order != TopOrder::kCharged) rows = std::max(rows, kMostOrdered);
  return client.Get(fmt::format("/v1/arenas?limit={}", rows));
}

absl::StatusOr<std::string> NextFrame(AdminClient& client, TopView& view,
                                      size_t rows, const ReportStyle& style) {
  const auto info_body = client.Get("/v1/info");
  if (!info_body.ok()) return info_body.status();
  const auto info = ParseInfo(*info_body);
  if (!info.ok()) return info.status();
  const auto listing_body = GetListing(client, view.order(), rows);
  if (!listing_body.ok()) return listing_body.status();
  const auto listing = ParseListing(*listing_body);
  if (!listing.ok()) return listing.status();
  view.set_rows(rows);
  return view.Frame(*info, *listing, std::chrono::steady_clock::now(), style);
}

TopOrder OrderOf(const Options& options) {
  for (const TopOrderName& one : kTopOrders) {
    if (one.name == options.sort) return one.order;
  }
  return TopOrder::kCharged;
}

bool IsLast(const Options& options, size_t frames_shown) {
  return options.count && frames_shown >= *options.count;
}

// One document or one table after another.
absl::Status RunPlain(AdminClient& client, const Options& options,
                      const Streams& streams) {
  const size_t rows = options.limit.value_or(kDefaultRows);
  TopView view;
  view.set_order(OrderOf(options));
  for (size_t frame = 0;; std::this_thread::sleep_for(options.interval)) {
    const auto text =
        options.json ? GetListing(client, TopOrder::kCharged, rows)
                     : NextFrame(client, view, rows, {.bytes = options.bytes});
    if (!text.ok()) return text.status();
    Print(streams.out, *text + "\n");
    if (IsLast(options, ++frame)) return absl::OkStatus();
  }
}

// The view on a terminal, and what its keys do.
class LiveTop {
 public:
  LiveTop(AdminClient& client, const Options& options, Terminal& terminal,
          bool colour)
      : client_(client),
        options_(options),
        terminal_(terminal),
        colour_(colour) {
    view_.set_order(OrderOf(options));
    view_.set_tells_keys(true);
    std::string keys;
    for (const TopOrderName& one : kTopOrders) keys += one.key;
    terminal_.set_keys(keys);
    client_.set_cancelled([this] {
      Obey(terminal_.Wait(std::chrono::milliseconds(0)));
      return quit_;
    });
  }
  ~LiveTop() { client_.set_cancelled(nullptr); }
  LiveTop(const LiveTop&) = delete;
  LiveTop& operator=(const LiveTop&) = delete;

  absl::Status Run() {
    for (size_t frame = 0;;) {
      const auto text = Next();
      if (quit_) return absl::OkStatus();
      if (!text.ok()) return text.status();
      terminal_.Draw(*text);
      if (IsLast(options_, ++frame)) return absl::OkStatus();
      Obey(terminal_.Wait(options_.interval));
      if (quit_) return absl::OkStatus();
    }
  }

 private:
  absl::StatusOr<std::string> Next() {
    const Terminal::Size size = terminal_.size();
    const size_t rows =
        std::min(options_.limit.value_or(size.rows),
                 size.rows - std::min(size.rows - 1, TopView::kFixedLines));
    return NextFrame(
        client_, view_, rows,
        {.bytes = options_.bytes, .colour = colour_, .width = size.columns});
  }

  void Obey(Terminal::Event event) {
    if (event == Terminal::Event::kQuit) quit_ = true;
    if (event != Terminal::Event::kKey) return;
    for (const TopOrderName& one : kTopOrders) {
      if (one.key == terminal_.key()) view_.set_order(one.order);
    }
  }

  AdminClient& client_;
  const Options& options_;
  Terminal& terminal_;
  const bool colour_;
  TopView view_;
  bool quit_ = false;
};

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
  return LiveTop(client, options, **terminal, WantsColour(streams.out)).Run();
}

}  // namespace acre::console
