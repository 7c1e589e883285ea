#include "engine_adapter/arena.h"

#include <utility>

#include "allocator/arena/domain.h"
#include "engine_adapter/memory_service.h"
#include "fmt/format.h"

namespace acre {

namespace core = allocator;

absl::Status ArenaRef::Stale() const {
  return absl::NotFoundError(
      core_ == nullptr
          ? std::string("no arena")
          : fmt::format("arena {} generation {} is gone", index_, generation_));
}

void* ArenaRef::Allocate(size_t size) const noexcept {
  core::Arena* arena = live();
  return arena == nullptr ? nullptr : arena->Allocate(size);
}

void* ArenaRef::AllocateAligned(size_t size, size_t alignment) const noexcept {
  core::Arena* arena = live();
  return arena == nullptr ? nullptr : arena->AllocateAligned(size, alignment);
}

void* ArenaRef::AllocateZeroed(size_t size) const noexcept {
  core::Arena* arena = live();
  return arena == nullptr ? nullptr : arena->AllocateZeroed(size);
}

AllocationResult ArenaRef::AllocateAtLeast(size_t size) const noexcept {
  void* ptr = Allocate(size);
  if (ptr == nullptr) return {};
  return {ptr, core::ClassSize(core::ClassOf(size))};
}

void* ArenaRef::Reallocate(void* ptr, size_t size) const noexcept {
  core::Arena* arena = live();
  if (arena == nullptr) return nullptr;
  if (ptr == nullptr) return arena->Allocate(size);
  return arena->domain->ReallocateWith(
      ptr, size, [arena](size_t bytes) { return arena->Allocate(bytes); },
      [this](void* old) { Deallocate(old); });
}

bool ArenaRef::ResizeInPlace(void* ptr, size_t size) const noexcept {
  core::Arena* arena = live();
  return arena != nullptr && arena->domain->ResizeInPlace(ptr, size);
}

size_t ArenaRef::UsableSize(const void* ptr) const noexcept {
  core::Arena* arena = live();
  return arena == nullptr || ptr == nullptr ? 0
                                            : arena->domain->UsableSize(ptr);
}

void ArenaRef::Deallocate(void* ptr) const noexcept {
  if (ptr == nullptr || domain_ == nullptr) return;
  core::Arena* owner = domain_->OwnerOf(ptr);
  if (owner != nullptr && owner != core_) owner->foreign_frees.Add(1);
  domain_->Free(ptr);
}

void ArenaRef::Deallocate(void* ptr, size_t size) const noexcept {
  if (ptr == nullptr || domain_ == nullptr) return;
  const size_t usable = domain_->UsableSize(ptr);
  if (usable == 0) return;  // Reported.
  if (size > core::kMaxSize || core::ClassSize(core::ClassOf(size)) != usable) {
    domain_->OwnerOf(ptr)->Report(core::MisuseRule::kWrongSize, ptr, usable,
                                  size);
    return;
  }
  Deallocate(ptr);
}

Tcache ArenaRef::OpenTcache() const noexcept {
  core::Arena* arena = live();
  if (arena == nullptr) return Tcache();
  return Tcache(core::Tcache(
      arena, arena->cache_generation.load(std::memory_order_acquire)));
}

Region ArenaRef::OpenRegion() const noexcept {
  core::Arena* arena = live();
  if (arena == nullptr) return Region();
  return Region(core::Region(
      arena, arena->cache_generation.load(std::memory_order_acquire)));
}

absl::Status ArenaRef::Reset() const {
  if (domain_ == nullptr || !domain_->ResetArena(index_, generation_)) {
    return Stale();
  }
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> ArenaRef::Purge(PurgeMode mode) const {
  uint64_t bytes = 0;
  if (domain_ == nullptr ||
      !domain_->PurgeArena(index_, generation_, mode, &bytes)) {
    return Stale();
  }
  return bytes;
}

absl::StatusOr<uint64_t> ArenaRef::Collapse() const {
  uint64_t bytes = 0;
  if (domain_ == nullptr || !domain_->Collapse(index_, generation_, &bytes)) {
    return Stale();
  }
  return bytes;
}

absl::Status CheckDecay(std::string_view arena, const DecayOptions& options) {
  for (const auto& [what, ms] :
       {std::pair("dirty_decay_ms", options.dirty_decay_ms),
        std::pair("muzzy_decay_ms", options.muzzy_decay_ms)}) {
    if (ms == core::kDecayAsDomain) continue;
    if (!core::IsDecayTime(ms)) {
      return absl::InvalidArgumentError(
          fmt::format("arena \"{}\": {} {}, must be from {} (never) to {}",
                      arena, what, ms, core::kDecayNever, core::kMostDecayMs));
    }
  }
  return absl::OkStatus();
}

absl::Status ArenaRef::SetDecay(const DecayOptions& options) const {
  absl::Status status = CheckDecay(name(), options);
  if (!status.ok()) return status;
  if (domain_ == nullptr ||
      !domain_->SetDecay(
          index_, generation_, options.dirty_decay_ms, options.muzzy_decay_ms,
          options.most_dirty_bytes == 0 ? UINT64_MAX
                                        : options.most_dirty_bytes)) {
    return Stale();
  }
  return absl::OkStatus();
}

namespace {

uint64_t OrUnlimited(uint64_t bytes) {
  return bytes == 0 ? core::Quota::kUnlimited : bytes;
}

}  // namespace

absl::Status CheckLimits(std::string_view arena, const LimitOptions& limits) {
  if (limits.hard_limit_bytes != 0 &&
      limits.hard_limit_bytes < core::Quota::kLeastHardLimit) {
    return absl::InvalidArgumentError(fmt::format(
        "arena \"{}\": hard limit {} B, the least is {} B (0 is no limit)",
        arena, limits.hard_limit_bytes, core::Quota::kLeastHardLimit));
  }
  if (limits.reserved_bytes > core::Quota::kMostReserved) {
    return absl::InvalidArgumentError(
        fmt::format("arena \"{}\": reserve {} B, at most {} B can be had",
                    arena, limits.reserved_bytes, core::Quota::kMostReserved));
  }
  if (limits.hard_limit_bytes != 0 &&
      limits.reserved_bytes > limits.hard_limit_bytes) {
    return absl::InvalidArgumentError(
        fmt::format("arena \"{}\": reserve {} B is above the hard limit {} B",
                    arena, limits.reserved_bytes, limits.hard_limit_bytes));
  }
  return absl::OkStatus();
}

absl::Status ArenaRef::SetHardLimit(uint64_t bytes) const {
  core::Arena* arena = live();
  if (arena == nullptr) return Stale();
  core::Quota::LimitResult result;
  if (!domain_->ChangeLimits(
          index_, generation_,
          [bytes](core::Quota::Limits* limits) {
            limits->hard = OrUnlimited(bytes);
          },
          &result)) {
    return Stale();
  }
  if (result.ok()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      fmt::format("arena \"{}\": hard limit {} B is below the reserve {} B",
                  name(), bytes, arena->quota.reserved()));
}

absl::Status ArenaRef::SetLimits(const LimitOptions& limits) const {
  absl::Status status = CheckLimits(name(), limits);
  if (!status.ok()) return status;
  core::Quota::LimitResult result;
  if (domain_ == nullptr ||
      !domain_->SetLimits(index_, generation_,
                          {.reserved = limits.reserved_bytes,
                           .soft = OrUnlimited(limits.soft_limit_bytes),
                           .hard = OrUnlimited(limits.hard_limit_bytes)},
                          &result)) {
    return Stale();
  }
  if (result.ok()) return absl::OkStatus();
  return absl::ResourceExhaustedError(fmt::format(
      "arena \"{}\": reserve {} B, the service's hard limit {} B leaves {} B",
      name(), limits.reserved_bytes, domain_->total().limit(),
      result.reservable));
}

absl::Status ArenaRef::SetMemory(const ArenaMemory& memory) const {
  using Failure = core::SetMemoryResult::Failure;
  if (domain_ == nullptr) return Stale();
  const core::SetMemoryResult result =
      domain_->SetMemory(index_, generation_, memory);
  switch (result.failure) {
    case Failure::kNone:
      return absl::OkStatus();
    case Failure::kNotLive:
      return Stale();
    case Failure::kNotEmpty:
      return absl::FailedPreconditionError(fmt::format(
          "arena \"{}\": {} B are active; hooks are replaced only while an "
          "arena is empty",
          name(), result.active_bytes));
    case Failure::kOutOfMemory:
      break;
  }
  return absl::ResourceExhaustedError(
      fmt::format("arena \"{}\": out of memory for another provider", name()));
}

uint64_t ArenaRef::charged_bytes() const noexcept {
  core::Arena* arena = live();
  return arena == nullptr ? 0 : arena->quota.charged();
}

std::string_view ArenaRef::name() const noexcept {
  core::Arena* arena = live();
  return arena == nullptr ? std::string_view() : std::string_view(arena->name);
}

Arena::Arena(Arena&& other) noexcept
    : service_(std::exchange(other.service_, nullptr)),
      ref_(std::exchange(other.ref_, ArenaRef())) {}

Arena& Arena::operator=(Arena&& other) noexcept {
  if (this != &other) {
    Destroy(DestroyPolicy::kDiscard).IgnoreError();
    service_ = std::exchange(other.service_, nullptr);
    ref_ = std::exchange(other.ref_, ArenaRef());
  }
  return *this;
}

Arena::~Arena() { Destroy(DestroyPolicy::kDiscard).IgnoreError(); }

absl::Status Arena::Destroy(DestroyPolicy policy) {
  if (service_ == nullptr) return ref_.Stale();
  absl::Status status = service_->DestroyArena(ref_, policy);
  if (status.ok()) {
    service_ = nullptr;
    ref_ = ArenaRef();
  }
  return status;
}

}  // namespace acre
