#include "engine_adapter/memory_service.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine_adapter/nearest_name.h"
#include "fmt/format.h"

namespace acre {

namespace core = allocator;

namespace {

using Lock = core::MutexLock<core::LockRank::kService>;

constexpr uint64_t kMostTcacheLimit = uint64_t{1} << 30;
constexpr char kSystemName[] = "system";

absl::string_view View(std::string_view text) {
  return absl::string_view(text.data(), text.size());
}

absl::Status CheckName(std::string_view what, std::string_view name) {
  if (name.size() > core::kMaxArenaName) {
    return absl::InvalidArgumentError(
        fmt::format("{} \"{}\": {} characters, at most {} are allowed", what,
                    name, name.size(), core::kMaxArenaName));
  }
  for (size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    if (c < 0x20 || c == 0x7f || c == '/') {
      return absl::InvalidArgumentError(
          fmt::format("{} \"{}\": character 0x{:02x} at {} is not allowed",
                      what, name, c, i));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckLimit(std::string_view what, std::string_view name,
                        uint64_t limit) {
  if (limit == 0 || limit >= core::Quota::kLeastHardLimit)
    return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format(
      "{} \"{}\": hard limit {} B, the least is {} B (0 is no limit)", what,
      name, limit, core::Quota::kLeastHardLimit));
}

absl::Status CheckArenaOptions(const ArenaOptions& options) {
  absl::Status status = CheckName("arena name", options.name);
  if (!status.ok()) return status;
  status =
      CheckLimits(options.name, {.reserved_bytes = options.reserved_bytes,
                                 .soft_limit_bytes = options.soft_limit_bytes,
                                 .hard_limit_bytes = options.hard_limit_bytes});
  if (!status.ok()) return status;
  if (options.prefault_reserve && options.reserved_bytes == 0) {
    return absl::InvalidArgumentError(fmt::format(
        "arena \"{}\": prefault_reserve without reserved_bytes", options.name));
  }
  if (options.tcache_limit_bytes > kMostTcacheLimit) {
    return absl::InvalidArgumentError(fmt::format(
        "arena \"{}\": tcache limit {} B, at most {} B are allowed",
        options.name, options.tcache_limit_bytes, kMostTcacheLimit));
  }
  return CheckDecay(options.name, options.decay);
}

absl::Status CheckGovernor(const ServiceOptions& options) {
  const GovernorSettings& governor = options.governor;
  if (governor.watch_pressure && !governor.thread) {
    return absl::InvalidArgumentError(fmt::format(
        "service \"{}\": watch_pressure needs the governor's thread",
        options.name));
  }
  if (governor.pressure_high_percent == 0 ||
      governor.pressure_high_percent > governor.pressure_critical_percent ||
      governor.pressure_critical_percent > 100) {
    return absl::InvalidArgumentError(fmt::format(
        "service \"{}\": pressure from {} % and {} %, must be above 0, at most "
        "100, and in this order",
        options.name, governor.pressure_high_percent,
        governor.pressure_critical_percent));
  }
  return absl::OkStatus();
}

absl::Status CheckServiceDecay(const ServiceOptions& options) {
  for (const auto& [what, ms] :
       {std::pair("dirty_decay_ms", options.dirty_decay_ms),
        std::pair("muzzy_decay_ms", options.muzzy_decay_ms)}) {
    if (!core::IsDecayTime(ms)) {
      return absl::InvalidArgumentError(fmt::format(
          "service \"{}\": {} {}, must be from {} (never) to {}", options.name,
          what, ms, core::kDecayNever, core::kMostDecayMs));
    }
  }
  return absl::OkStatus();
}

// What is kept for later must not be what a tenant near its limit is refused
// for.
constexpr uint64_t kTcacheShareOfLimit = 8;
constexpr uint64_t kParkedShareOfLimit = 4;

core::ArenaSettings SettingsOf(const ArenaOptions& options) {
  core::ArenaSettings settings = {
      .name = options.name,
      .parked_limit_bytes = options.parked_limit_bytes,
      .tcache_limit_bytes = static_cast<uint32_t>(options.tcache_limit_bytes),
      .dirty_decay_ms = options.decay.dirty_decay_ms,
      .muzzy_decay_ms = options.decay.muzzy_decay_ms};
  if (options.decay.most_dirty_bytes != 0) {
    settings.most_dirty_bytes = options.decay.most_dirty_bytes;
  }
  settings.reserved_bytes = options.reserved_bytes;
  if (options.soft_limit_bytes != 0) {
    settings.soft_limit_bytes = options.soft_limit_bytes;
  }
  settings.memory = options.memory;
  const uint64_t limit = options.hard_limit_bytes;
  if (limit == 0) return settings;
  settings.hard_limit_bytes = limit;
  settings.parked_limit_bytes =
      std::min(settings.parked_limit_bytes, limit / kParkedShareOfLimit);
  settings.tcache_limit_bytes = static_cast<uint32_t>(std::min<uint64_t>(
      settings.tcache_limit_bytes, limit / kTcacheShareOfLimit));
  return settings;
}

}  // namespace

absl::StatusOr<std::unique_ptr<MemoryService>> MemoryService::Create(
    const ServiceOptions& options) {
  absl::Status status = CheckName("service name", options.name);
  if (!status.ok()) return status;
  if (options.name.empty()) {
    return absl::InvalidArgumentError("service name: empty");
  }
  status = CheckLimit("service", options.name, options.hard_limit_bytes);
  if (!status.ok()) return status;
  status = CheckGovernor(options);
  if (!status.ok()) return status;
  status = CheckServiceDecay(options);
  if (!status.ok()) return status;

  auto service = std::unique_ptr<MemoryService>(new MemoryService(options));
  const core::DomainOptions domain_options = {
      .os = options.os,
      .hard_limit_bytes = options.hard_limit_bytes == 0
                              ? core::Quota::kUnlimited
                              : options.hard_limit_bytes,
      .misuse_policy = options.misuse_policy,
      .on_misuse = options.on_misuse,
      .on_misuse_context = options.on_misuse_context,
      .on_refusal = options.on_refusal,
      .on_refusal_context = options.on_refusal_context,
      .governor =
          {.clock = options.governor.clock,
           .thread = options.governor.thread,
           .watch_pressure = options.governor.watch_pressure,
           .pressure = {.high_percent = options.governor.pressure_high_percent,
                        .critical_percent =
                            options.governor.pressure_critical_percent}},
      .hooks = options.hooks,
      .metadata_hooks = options.metadata_hooks,
      .on_hook_failure = options.on_hook_failure,
      .on_hook_failure_context = options.on_hook_failure_context,
      .soft_limit_bytes = options.soft_limit_bytes == 0
                              ? core::Quota::kUnlimited
                              : options.soft_limit_bytes,
      .on_pressure = options.on_pressure,
      .on_pressure_context = options.on_pressure_context,
      .dirty_decay_ms = options.dirty_decay_ms,
      .muzzy_decay_ms = options.muzzy_decay_ms};
  core::PageFailure failure = core::PageFailure::kOutOfMemory;
  core::Arena* system = nullptr;
  if (service->domain_.Init(domain_options)) {
    system = service->domain_.CreateArena({.name = kSystemName}, &failure);
  }
  if (system == nullptr) {
    return absl::ResourceExhaustedError(fmt::format(
        "service \"{}\": the system refuses address space", options.name));
  }
  service->system_ = ArenaRef(system);
  {
    Lock lock(&service->mutex_);
    service->by_name_.emplace(View(system->name), system);
  }
  core::JoinForks(service.get());
  service->joined_forks_ = true;
  return service;
}

MemoryService::~MemoryService() {
  if (joined_forks_) core::LeaveForks(this);
}

void MemoryService::ForFork(core::ForkStep step) noexcept {
  // Nobody creates or destroys an arena while the domain is in between.
  if (step == core::ForkStep::kPrepare) mutex_.ForFork(step);
  domain_.ForFork(step);
  if (step != core::ForkStep::kPrepare) mutex_.ForFork(step);
}

absl::StatusOr<Arena> MemoryService::CreateArena(const ArenaOptions& options) {
  absl::Status status = CheckArenaOptions(options);
  if (!status.ok()) return status;
  core::PageFailure failure = core::PageFailure::kNone;
  core::Arena* arena = nullptr;
  {
    Lock lock(&mutex_);
    if (by_name_.contains(View(options.name))) {
      return absl::AlreadyExistsError(
          fmt::format("arena \"{}\": the name is in use", options.name));
    }
    core::ArenaSettings settings = SettingsOf(options);
    arena = domain_.CreateArena(settings, &failure);
    std::string unnamed;
    while (arena != nullptr &&
           !by_name_.emplace(View(arena->name), arena).second) {
      // Only a generated name can collide: somebody chose it before. The
      // generation makes another one.
      unnamed = fmt::format("arena-{}-{}", arena->index,
                            arena->generation.load(std::memory_order_relaxed));
      settings.name = unnamed;
      domain_.DestroyArena(arena);
      arena = domain_.CreateArena(settings, &failure);
    }
  }
  if (arena != nullptr) {
    if (options.prefault_reserve) {
      domain_.Prefault(arena, options.reserved_bytes);
    }
    return Arena(this, ArenaRef(arena));
  }
  if (failure == core::PageFailure::kServiceLimit) {
    return absl::ResourceExhaustedError(fmt::format(
        "arena \"{}\": service hard limit {} B, charged {} B, the arena takes "
        "{} B",
        options.name, domain_.total().limit(), domain_.total().charged(),
        std::max<uint64_t>(options.reserved_bytes, sizeof(core::Arena))));
  }
  return absl::ResourceExhaustedError(fmt::format(
      "arena \"{}\": out of memory with {} of at most {} arenas", options.name,
      domain_.live_arenas(), core::Domain::kMaxArenas));
}

absl::StatusOr<ArenaRef> MemoryService::FindArena(std::string_view name) const {
  std::string nearest;
  {
    Lock lock(&mutex_);
    auto at = by_name_.find(View(name));
    if (at != by_name_.end()) return ArenaRef(at->second);
    // A suggestion is worth a millisecond of a lock that creating and
    // destroying arenas wait for, not more.
    constexpr size_t kMostConsidered = 4096;
    NearestName search(name);
    size_t considered = 0;
    for (const auto& [known, arena] : by_name_) {
      if (++considered > kMostConsidered) break;
      search.Consider(std::string_view(known.data(), known.size()));
    }
    nearest = search.best();
  }
  return absl::NotFoundError(
      nearest.empty() ? fmt::format("no arena \"{}\"", name)
                      : fmt::format("no arena \"{}\"; did you mean \"{}\"?",
                                    name, nearest));
}

core::Arena* MemoryService::FindArenaNamed(std::string_view name,
                                           uint32_t* generation) noexcept {
  Lock lock(&mutex_);
  auto at = by_name_.find(View(name));
  if (at == by_name_.end()) return nullptr;
  *generation = at->second->generation.load(std::memory_order_acquire);
  return at->second;
}

stats::ControlResult MemoryService::CreateUnownedArena(
    ExtentHooks* hooks, uint32_t* index) noexcept {
  ArenaOptions options;
  options.memory.hooks = hooks;
  absl::StatusOr<Arena> arena = CreateArena(options);
  if (!arena.ok()) return stats::ControlError::kOutOfMemory;
  *index = arena->index();
  arena->Disown();
  return {};
}

stats::ControlResult MemoryService::DestroyArenaAt(
    uint32_t index, uint32_t generation) noexcept {
  core::Arena* arena = domain_.FindLive(index, generation);
  if (arena == nullptr) return stats::ControlError::kNoSuchArena;
  // The service's own lives as long as it does.
  if (ArenaRef(arena) == system_) return stats::ControlError::kRefused;
  const absl::Status status =
      DestroyArena(ArenaRef(arena), DestroyPolicy::kDiscard);
  return status.ok() ? stats::ControlResult()
                     : stats::ControlError::kNoSuchArena;
}

std::optional<uint64_t> MemoryService::Tick() noexcept {
  core::Governor& governor = domain_.governor();
  const uint64_t next = governor.Tick();
  if (next == core::kNoDeadline) return std::nullopt;
  const uint64_t now = governor.clock()->Now();
  return next <= now
             ? 0
             : (next - now + core::kNanosPerMilli - 1) / core::kNanosPerMilli;
}

std::optional<ArenaRef> MemoryService::ArenaOf(const void* ptr) const noexcept {
  core::Arena* arena = domain_.OwnerOf(ptr);
  if (arena == nullptr) return std::nullopt;
  ArenaRef ref(arena);
  if (!ref.valid()) return std::nullopt;
  return ref;
}

absl::Status MemoryService::DestroyArena(ArenaRef ref, DestroyPolicy policy) {
  core::Arena* arena = ref.live();
  if (arena == nullptr) return ref.Stale();
  if (policy == DestroyPolicy::kFailIfAllocated) {
    const uint64_t alive = arena->LiveAllocations();
    if (alive != 0) {
      return absl::FailedPreconditionError(
          fmt::format("arena \"{}\": {} allocations of {} B are alive",
                      arena->name, alive, arena->AllocatedBytes()));
    }
  }
  {
    // Of several who end it at once the one that finds its name does.
    Lock lock(&mutex_);
    if (ref.live() == nullptr) return ref.Stale();
    auto at = by_name_.find(absl::string_view(arena->name));
    if (at == by_name_.end() || at->second != arena) return ref.Stale();
    by_name_.erase(at);
  }
  // Giving pages back takes time; others create and find arenas meanwhile.
  domain_.DestroyArena(arena);
  return absl::OkStatus();
}

}  // namespace acre
