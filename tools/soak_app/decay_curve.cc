// acre_decay_curve FILE.png: how resident memory goes after a burst, measured,
// for several decay settings. docs/tuning.md shows the picture.
//
// Each setting has a service of its own, with its governor's thread; all of
// them allocate the same and free it at second 0. What is resident is read from
// the kernel's page tables, every 20 ms.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine_adapter/memory_service.h"
#include "fmt/format.h"
#include "testing/choices.h"
#include "testing/fake_os.h"
#include "tools/soak_app/plot.h"

namespace acre::soak {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kMiB = 1024.0 * 1024.0;
constexpr std::chrono::milliseconds kEvery{20};
constexpr std::chrono::milliseconds kBefore{200};
constexpr std::chrono::milliseconds kAfter{6000};

class Setting {
 public:
  Setting(std::string title, const DecayOptions& decay)
      : title_(std::move(title)) {
    os_.set_verify_purges(false);
    service_ = MemoryService::Create({.os = &os_}).value();
    arena_ = service_->CreateArena({.decay = decay}).value();
  }

  // 64 MiB: half of it buffers of 64 KiB to 1 MiB, half objects up to 8 KiB.
  void Burst() {
    constexpr size_t kHalf = size_t{32} << 20;
    testing::Choices choices(5);
    Tcache tcache = arena_.OpenTcache();
    for (const auto& [least, span] :
         {std::pair<size_t, size_t>(64 << 10, 960 << 10), {64, 8 << 10}}) {
      for (size_t left = kHalf; left > 0;) {
        const size_t size = std::min(left, least + choices.Below(span));
        buffers_.push_back(tcache.Allocate(size));
        memset(buffers_.back(), 1, size);
        left -= size;
      }
    }
  }
  void FreeAll() {
    Tcache tcache = arena_.OpenTcache();
    for (void* buffer : buffers_) tcache.Deallocate(buffer);
    buffers_.clear();
  }
  void Sample(double seconds) {
    data_ += fmt::format("{:.3f} {:.3f}\n", seconds,
                         static_cast<double>(os_.resident_bytes()) / kMiB);
  }

  const std::string& title() const { return title_; }
  const std::string& data() const { return data_; }

 private:
  std::string title_;
  testing::FakeOs os_;
  std::unique_ptr<MemoryService> service_;
  Arena arena_;
  std::vector<void*> buffers_;
  std::string data_;
};

std::string Script(const std::vector<std::unique_ptr<Setting>>& settings) {
  std::string script = "set yrange [0:]\n";
  std::string plots;
  for (size_t i = 0; i < settings.size(); ++i) {
    script += fmt::format("$data{} << END\n{}END\n", i, settings[i]->data());
    plots += fmt::format("{}$data{} with lines lw 2 title \"{}\"",
                         i == 0 ? "plot " : ", ", i, settings[i]->title());
  }
  return script + plots + "\n";
}

int Main(int argc, char** argv) {
  if (argc != 2 || argv[1][0] == '-') {
    fmt::print(stderr, "usage: acre_decay_curve FILE.png\n");
    return 2;
  }
  std::vector<std::unique_ptr<Setting>> settings;
  const auto add = [&](const char* title, const DecayOptions& decay) {
    settings.push_back(std::make_unique<Setting>(title, decay));
  };
  add("dirty 500 ms", {.dirty_decay_ms = 500});
  add("dirty 2000 ms (default)", {});
  add("dirty 5000 ms", {.dirty_decay_ms = 5000});
  add("dirty 5000 ms, at most 16 MiB",
      {.dirty_decay_ms = 5000, .most_dirty_bytes = uint64_t{16} << 20});
  add("dirty 500 ms, muzzy 3000 ms",
      {.dirty_decay_ms = 500, .muzzy_decay_ms = 3000});
  for (auto& setting : settings) setting->Burst();
  const auto start = Clock::now() + kBefore;
  bool freed = false;
  for (auto at = Clock::now(); at < start + kAfter; at = Clock::now()) {
    if (!freed && at >= start) {
      for (auto& setting : settings) setting->FreeAll();
      freed = true;
    }
    for (auto& setting : settings) {
      setting->Sample(
          std::chrono::duration<double>(Clock::now() - start).count());
    }
    std::this_thread::sleep_until(at + kEvery);
  }
  std::string error;
  if (Plot(Script(settings), 420, argv[1], &error)) return 0;
  fmt::print(stderr, "{}\n", error);
  return 1;
}

}  // namespace
}  // namespace acre::soak

int main(int argc, char** argv) { return acre::soak::Main(argc, argv); }
