#include "tools/soak_app/soak.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>

#include "fmt/format.h"
#include "stats/arena_statistics.h"

namespace acre::soak {
namespace {

using std::chrono::milliseconds;
using testing::OsCall;

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kHardLimit = 512 * kMiB;
constexpr size_t kShared = 3;
constexpr milliseconds kPhase{1500};
constexpr milliseconds kSampleEvery{100};
// All tenants end after each of these many phases.
constexpr uint64_t kRound = 8;
// What metadata may be more by when all tenants have ended than it ever was at
// such a time in the first third of the soak: a pool's last, partly used pages.
constexpr uint64_t kMetadataRoom = 2 * kMiB;

}  // namespace

Soak::Soak(const Options& options)
    : options_(options),
      start_(std::chrono::steady_clock::now()),
      choices_(options.seed) {}

double Soak::Seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                       start_)
      .count();
}

bool Soak::Start() {
  ServiceOptions options;
  options.name = "soak";
  options.hard_limit_bytes = kHardLimit;
  options.misuse_policy = MisusePolicy::kReportAndLeak;
  options.on_misuse_context = &misuses_;
  options.on_misuse = [](void* count, const MisuseReport&) {
    static_cast<std::atomic<uint64_t>*>(count)->fetch_add(1);
  };
  options.on_refusal_context = &refusals_;
  options.on_refusal = [](void* count, const RefusalReport&) {
    static_cast<std::atomic<uint64_t>*>(count)->fetch_add(1);
  };
  // Hooks that fail are reported; here they do nothing else.
  options.on_hook_failure = [](void*, const allocator::HookReport&) {};
  // A thread of the soak's own ticks: one that can be stopped for a look.
  options.governor.thread = false;
  options.os = &os_;
  auto service = MemoryService::Create(options);
  if (!service.ok()) {
    findings_.Add(service.status().ToString());
    return false;
  }
  service_ = std::move(service).value();
  charged_at_start_ = service_->domain().total().charged();
  world_.service = service_.get();
  world_.hooks = &hooks_;
  world_.findings = &findings_;
  for (int i = 0; i < options_.threads; ++i) {
    workers_.push_back(std::make_unique<Worker>(
        options_.seed * 1000 + static_cast<uint64_t>(i) + 1, &world_));
  }
  return true;
}

void Soak::OpenShared() {
  while (world_.shared.size() < kShared) {
    auto arena = service_->CreateArena(
        {.decay = {.dirty_decay_ms = 300},
         .memory = {.hooks = world_.shared.empty() ? &hooks_ : nullptr}});
    if (!arena.ok()) {
      findings_.Add(arena.status().ToString());
      return;
    }
    world_.shared.push_back(std::move(arena).value());
  }
}

void Soak::Run() {
  if (!Start()) return;
  while (Seconds() < options_.seconds && findings_.empty()) {
    OpenShared();
    const uint64_t in_round = phases_ % kRound;
    RunPhase(in_round == 3 || in_round == 7 ? Load::kQuiet
             : in_round % 2 == 0            ? Load::kHeavy
                                            : Load::kLight);
    VerifyAtRest();
    ++phases_;
    if (phases_ % kRound == 0) VerifyEmpty();
  }
  Finish();
}

void Soak::Finish() {
  VerifyEmpty();
  service_.reset();
  if (os_.mapped_bytes() != 0) {
    findings_.Add(fmt::format("{} B are mapped after the end of the service",
                              os_.mapped_bytes()));
  }
}

std::string Soak::SetFaults() {
  struct Kind {
    double probability;
    std::optional<OsCall> only;
  };
  static constexpr Kind kKinds[] = {
      {0.02, std::nullopt},        {0.3, OsCall::kPurge},
      {0.5, OsCall::kPurgeLazily}, {0.2, OsCall::kCommit},
      {0.3, OsCall::kMap},         {0.3, OsCall::kUnmap}};
  const uint64_t kind = choices_.Below(2 * std::size(kKinds) + 2);
  if (kind < std::size(kKinds)) {
    const Kind& chosen = kKinds[kind];
    os_.FailSometimes(chosen.probability, choices_.Below(1 << 30), chosen.only);
    failing_ = true;
    return fmt::format(
        "{:.0f} % of {}", chosen.probability * 100,
        chosen.only ? testing::OsCallName(*chosen.only) : "all calls");
  }
  if (kind < std::size(kKinds) + 2) {
    hooks_.FailSometimes(0.2, choices_.Below(1 << 30));
    failing_ = true;
    return "20 % of the hooks' calls";
  }
  return "nothing";
}

void Soak::ClearFaults() {
  os_.FailNever();
  hooks_.FailNever();
  failing_ = false;
}

void Soak::RunPhase(Load load) {
  const std::string fails = SetFaults();
  const uint64_t bytes =
      (load == Load::kHeavy ? 96 * kMiB : 12 * kMiB) / workers_.size();
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  if (load != Load::kQuiet) {
    for (const auto& worker : workers_) {
      threads.emplace_back([&] { worker->Run(bytes, stop); });
    }
  }
  threads.emplace_back([&] {
    while (!stop.load()) {
      service_->Tick();
      std::this_thread::sleep_for(milliseconds(2));
    }
  });
  const auto end = std::chrono::steady_clock::now() + kPhase;
  while (std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(kSampleEvery);
    TakeSample();
  }
  stop.store(true);
  for (std::thread& thread : threads) thread.join();
  ClearFaults();
  const Sample& last = samples_.back();
  fprintf(stderr,
          "[%4.0f/%d s] %-6s fails: %-26s charged %4llu MiB, resident %4llu "
          "MiB, metadata %5.2f MiB, %llu arenas, %llu refusals\n",
          Seconds(), options_.seconds,
          load == Load::kQuiet   ? "quiet"
          : load == Load::kLight ? "light"
                                 : "heavy",
          fails.c_str(), static_cast<unsigned long long>(last.charged / kMiB),
          static_cast<unsigned long long>(last.resident / kMiB),
          static_cast<double>(last.metadata) / static_cast<double>(kMiB),
          static_cast<unsigned long long>(last.arenas),
          static_cast<unsigned long long>(last.refusals));
}

void Soak::TakeSample() {
  const allocator::Domain& domain = service_->domain();
  const stats::ServiceStatistics all = stats::ReadService(domain);
  samples_.push_back({.seconds = Seconds(),
                      .charged = domain.total().charged(),
                      .resident = os_.resident_bytes(),
                      .metadata = all.metadata,
                      .unused = all.arenas.dirty + all.arenas.muzzy,
                      .arenas = all.arena_count,
                      .refusals = refusals_.load(),
                      .failures = failures(),
                      .failing = failing_});
}

void Soak::VerifyAtRest() {
  ++rests_;
  service_->domain().Verify();
  VerifyBooks();
  for (const auto& worker : workers_) worker->Check();
  for (size_t i = 0; i < world_.shared.size(); ++i) {
    stats::ArenaStatistics statistics;
    stats::ReadArena(*world_.shared[i].ref().live(), &statistics);
    uint64_t bytes = 0;
    for (const auto& worker : workers_) bytes += worker->SharedBytes(i);
    if (statistics.allocated == bytes) continue;
    findings_.Add(fmt::format("shared arena {}: {} B allocated, has {} B", i,
                              statistics.allocated, bytes));
  }
  for (const std::string& violation : os_.violations()) {
    findings_.Add("system: " + violation);
  }
  if (misuses_.load() != 0) {
    findings_.Add(fmt::format("{} misuses reported", misuses_.load()));
  }
  if (denied() > refusals_.load()) {
    findings_.Add(fmt::format("{} allocations were denied, {} reported",
                              denied(), refusals_.load()));
  }
}

// The equations of every arena, and of all together.
void Soak::VerifyBooks() {
  uint64_t together = 0;
  const allocator::Domain& domain = service_->domain();
  domain.ForEachArena([&](const allocator::Arena& arena) {
    stats::ArenaStatistics s;
    stats::ReadArena(arena, &s);
    // A reserve counts in full.
    together += arena.quota.footprint();
    if (s.active != s.allocated + s.cached + s.slack ||
        s.charged != s.active + s.dirty + s.muzzy + s.metadata) {
      findings_.Add(fmt::format(
          "arena \"{}\": allocated {} + cached {} + slack {}, active {}, dirty "
          "{}, muzzy {}, metadata {}, charged {}",
          s.name, s.allocated, s.cached, s.slack, s.active, s.dirty, s.muzzy,
          s.metadata, s.charged));
    }
  });
  if (together != domain.total().charged()) {
    findings_.Add(fmt::format("arenas make {} B, all together are charged {} B",
                              together, domain.total().charged()));
  }
}

void Soak::VerifyEmpty() {
  for (const auto& worker : workers_) worker->EndAll();
  world_.shared.clear();
  service_->PurgeAll();
  service_->Tick();
  service_->domain().Verify();
  VerifyBooks();
  const uint64_t charged = service_->domain().total().charged();
  if (charged != charged_at_start_) {
    findings_.Add(fmt::format("with no tenants {} B are charged, at first {} B",
                              charged, charged_at_start_));
  }
  TakeSample();
  metadata_when_empty_.push_back(samples_.back().metadata);
  fprintf(stderr,
          "           no tenants: resident %.2f MiB, metadata %.2f MiB\n",
          static_cast<double>(samples_.back().resident) / kMiB,
          static_cast<double>(samples_.back().metadata) / kMiB);
  const auto first = metadata_when_empty_.begin();
  const auto third =
      first + static_cast<ptrdiff_t>((metadata_when_empty_.size() + 2) / 3);
  const uint64_t most = *std::max_element(first, third);
  if (metadata_when_empty_.back() > most + kMetadataRoom) {
    findings_.Add(fmt::format(
        "with no tenants metadata is {} B, and was at most {} B before",
        metadata_when_empty_.back(), most));
  }
}

uint64_t Soak::operations() const {
  uint64_t sum = 0;
  for (const auto& worker : workers_) sum += worker->operations();
  return sum;
}

uint64_t Soak::denied() const {
  uint64_t sum = 0;
  for (const auto& worker : workers_) sum += worker->denied();
  return sum;
}

}  // namespace acre::soak
