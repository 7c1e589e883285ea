#include "tools/soak_app/worker.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "fmt/format.h"
#include "stats/arena_statistics.h"
#include "testing/pattern.h"

namespace acre::soak {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

}  // namespace

Worker::Worker(uint64_t seed, World* world)
    : world_(world), choices_(seed), tenants_(kOwn), next_seed_(seed << 32) {}

void Worker::Run(uint64_t bytes, const std::atomic<bool>& stop) {
  target_bytes_ = bytes;
  while (tenants_.size() < kOwn + world_->shared.size()) {
    const ArenaRef ref = world_->shared[tenants_.size() - kOwn];
    tenants_.emplace_back().ref = ref;
  }
  while (!stop.load(std::memory_order_relaxed)) {
    Step();
    ++operations_;
  }
}

Worker::Tenant& Worker::PickTenant() {
  return tenants_[choices_.Below(tenants_.size())];
}

void Worker::Step() {
  Tenant* tenant = &PickTenant();
  const bool own = tenant < tenants_.data() + kOwn;
  if (own && !tenant->own.valid()) Come(tenant);
  if (!tenant->ref.valid()) return;
  while (live_bytes_ > target_bytes_ && !tenant->live.empty()) {
    FreeSome(tenant, 1 + tenant->live.size() / 2);
  }
  const uint64_t kind = choices_.Below(1000);
  if (kind < 700) {
    RunQuery(tenant);
  } else if (kind < 800) {
    RunRegion(tenant);
  } else if (kind < 900) {
    Resize(tenant);
  } else if (kind < 960) {
    FreeSome(tenant, tenant->live.size());
  } else if (kind < 985) {
    ChangeSettings(tenant);
  } else if (own && kind < 992) {
    Reset(tenant);
  } else if (own) {
    Forget(tenant);
    tenant->own = Arena();
  }
}

size_t Worker::PickSize() {
  const uint64_t kind = choices_.Below(64);
  if (kind < 44) return choices_.Below(2000);
  if (kind < 62) return choices_.Below(60'000);
  return choices_.Below(3 * kMiB);
}

DecayOptions Worker::PickDecay() {
  static constexpr int64_t kTimes[] = {-1, 0, 1, 10, 100, 300, 1000, 1000};
  return {.dirty_decay_ms = kTimes[choices_.Below(std::size(kTimes))],
          .muzzy_decay_ms =
              choices_.OneIn(3) ? static_cast<int64_t>(choices_.Below(500)) : 0,
          .most_dirty_bytes = choices_.OneIn(5) ? kMiB : 0};
}

uint64_t Worker::PickLimit() {
  static constexpr uint64_t kLimits[] = {0, 0, 0, kMiB / 4, 2 * kMiB, 8 * kMiB};
  return kLimits[choices_.Below(std::size(kLimits))];
}

void Worker::Come(Tenant* tenant) {
  ArenaOptions options;
  options.hard_limit_bytes = PickLimit();
  options.soft_limit_bytes = options.hard_limit_bytes / 2;
  options.reserved_bytes = choices_.OneIn(4) ? options.hard_limit_bytes / 4 : 0;
  options.decay = PickDecay();
  if (choices_.OneIn(3)) options.memory.hooks = world_->hooks;
  auto arena = world_->service->CreateArena(options);
  if (!arena.ok()) {
    if (arena.status().code() != absl::StatusCode::kResourceExhausted) {
      world_->findings->Add(
          fmt::format("CreateArena: {}", arena.status().ToString()));
    }
    return;
  }
  tenant->own = std::move(arena).value();
  tenant->ref = tenant->own.ref();
}

bool Worker::Keep(Tenant* tenant, void* p, size_t size) {
  if (p == nullptr) {
    ++denied_;
    return false;
  }
  const uint64_t seed = next_seed_++;
  testing::FillPattern(p, size, seed);
  tenant->live.push_back({p, size, seed});
  live_bytes_ += size;
  return true;
}

void Worker::CheckContent(const Buffer& buffer) const {
  if (testing::HasPattern(buffer.at, buffer.size, buffer.seed)) return;
  world_->findings->Add(fmt::format("content of {} bytes at {} has changed",
                                    buffer.size, buffer.at));
}

// Allocates through a tcache, frees most of it, keeps the rest.
void Worker::RunQuery(Tenant* tenant) {
  Tcache tcache = tenant->ref.OpenTcache();
  const size_t before = tenant->live.size();
  for (uint64_t n = choices_.Below(80); n > 0; --n) {
    const size_t size = PickSize();
    if (choices_.OneIn(10)) {
      void* const p = tcache.AllocateZeroed(size);
      if (p != nullptr && !testing::IsZero(p, size)) {
        world_->findings->Add(fmt::format("{} bytes are not zero", size));
      }
      Keep(tenant, p, size);
    } else {
      Keep(tenant, tcache.Allocate(size), size);
    }
  }
  const size_t kept = before + (tenant->live.size() - before) / 4;
  while (tenant->live.size() > kept) {
    const Buffer buffer = tenant->live.back();
    tenant->live.pop_back();
    CheckContent(buffer);
    live_bytes_ -= buffer.size;
    tcache.Deallocate(buffer.at);
  }
}

void Worker::RunRegion(Tenant* tenant) {
  Region region = tenant->ref.OpenRegion();
  std::vector<Buffer> buffers;
  for (uint64_t n = choices_.Below(60); n > 0; --n) {
    const size_t size = PickSize() / 2 + 1;
    void* const p = region.Allocate(size);
    if (p == nullptr) {
      ++denied_;
      break;
    }
    const uint64_t seed = next_seed_++;
    testing::FillPattern(p, size, seed);
    buffers.push_back({p, size, seed});
  }
  for (const Buffer& buffer : buffers) CheckContent(buffer);
}

// Changes one buffer's size, in place or not.
void Worker::Resize(Tenant* tenant) {
  if (tenant->live.empty()) return;
  Buffer& buffer = tenant->live[choices_.Below(tenant->live.size())];
  const size_t size = std::max<size_t>(1, PickSize());
  void* p = buffer.at;
  if (choices_.OneIn(2)) {
    if (!tenant->ref.ResizeInPlace(p, size)) return;
  } else {
    p = tenant->ref.Reallocate(p, size);
    if (p == nullptr) {
      ++denied_;
      CheckContent(buffer);
      return;
    }
  }
  if (!testing::HasPattern(p, std::min(size, buffer.size), buffer.seed)) {
    world_->findings->Add(
        fmt::format("content has changed while resizing {} bytes to {}",
                    buffer.size, size));
  }
  live_bytes_ += size - buffer.size;
  buffer = {p, size, next_seed_++};
  testing::FillPattern(p, size, buffer.seed);
}

void Worker::ChangeSettings(Tenant* tenant) {
  absl::Status status;
  switch (choices_.Below(3)) {
    case 0:
      status = tenant->ref.SetDecay(PickDecay());
      break;
    case 1: {
      static constexpr PurgeMode kModes[] = {
          PurgeMode::kUnused, PurgeMode::kIdle, PurgeMode::kEverything};
      status = tenant->ref.Purge(kModes[choices_.Below(3)]).status();
      break;
    }
    default:
      // A shared tenant has none: the others would be denied for it.
      if (tenant->own.valid()) {
        const uint64_t limit = PickLimit();
        status = tenant->ref.SetLimits(
            {.soft_limit_bytes = limit / 2, .hard_limit_bytes = limit});
      }
  }
  if (!status.ok()) {
    world_->findings->Add(fmt::format("settings: {}", status.ToString()));
  }
}

void Worker::Reset(Tenant* tenant) {
  const absl::Status status = tenant->ref.Reset();
  if (!status.ok()) {
    world_->findings->Add(fmt::format("Reset: {}", status.ToString()));
  }
  Forget(tenant);
}

void Worker::FreeSome(Tenant* tenant, size_t n) {
  for (; n > 0 && !tenant->live.empty(); --n) {
    const Buffer buffer = tenant->live.front();
    tenant->live.pop_front();
    CheckContent(buffer);
    live_bytes_ -= buffer.size;
    if (choices_.OneIn(8)) {
      world_->service->Deallocate(buffer.at);
    } else {
      tenant->ref.Deallocate(buffer.at);
    }
  }
}

void Worker::Forget(Tenant* tenant) {
  for (const Buffer& buffer : tenant->live) live_bytes_ -= buffer.size;
  tenant->live.clear();
}

uint64_t Worker::BytesOf(const Tenant& tenant) const {
  uint64_t bytes = 0;
  for (const Buffer& buffer : tenant.live) {
    bytes += world_->service->UsableSize(buffer.at);
  }
  return bytes;
}

void Worker::Check() {
  for (size_t i = 0; i < tenants_.size(); ++i) {
    const Tenant& tenant = tenants_[i];
    for (const Buffer& buffer : tenant.live) CheckContent(buffer);
    if (i >= kOwn || !tenant.own.valid()) continue;
    stats::ArenaStatistics statistics;
    stats::ReadArena(*tenant.ref.live(), &statistics);
    const uint64_t bytes = BytesOf(tenant);
    if (statistics.allocated == bytes &&
        statistics.allocations == tenant.live.size()) {
      continue;
    }
    world_->findings->Add(fmt::format(
        "arena \"{}\": {} B allocated in {} allocations, has {} B in {}",
        tenant.ref.name(), statistics.allocated, statistics.allocations, bytes,
        tenant.live.size()));
  }
}

uint64_t Worker::SharedBytes(size_t at) const {
  return kOwn + at < tenants_.size() ? BytesOf(tenants_[kOwn + at]) : 0;
}

void Worker::EndAll() {
  for (Tenant& tenant : tenants_) {
    Forget(&tenant);
    tenant.own = Arena();
    tenant.ref = ArenaRef();
  }
  tenants_.resize(kOwn);
}

}  // namespace acre::soak
