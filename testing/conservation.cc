#include "testing/conservation.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "fmt/format.h"

namespace acre::testing {
namespace {

using stats::ArenaStatistics;
using stats::BinStatistics;
using stats::ProviderStatistics;
using stats::ServiceStatistics;

// Collects what does not hold of one thing.
class Ledger {
 public:
  Ledger(std::string of, std::vector<std::string>* broken)
      : of_(std::move(of)), broken_(broken) {}

  void Equal(std::string_view what, uint64_t left, uint64_t right) {
    if (left == right) return;
    broken_->push_back(fmt::format("{}: {}: {} != {}", of_, what, left, right));
  }

  void AtMost(std::string_view what, uint64_t less, uint64_t more) {
    if (less <= more) return;
    broken_->push_back(fmt::format("{}: {}: {} > {}", of_, what, less, more));
  }

 private:
  const std::string of_;
  std::vector<std::string>* const broken_;
};

void CheckArena(const ArenaStatistics& a, Ledger* ledger) {
  ledger->Equal("active = allocated + cached + slack", a.active,
                a.allocated + a.cached + a.slack);
  ledger->Equal("charged = active + dirty + muzzy + metadata", a.charged,
                a.active + a.dirty + a.muzzy + a.metadata);
  ledger->Equal("resident = active + dirty + muzzy + metadata", a.resident,
                a.active + a.dirty + a.muzzy + a.metadata);
  ledger->Equal("mapped = active + dirty + muzzy + metadata", a.mapped,
                a.active + a.dirty + a.muzzy + a.metadata);
  ledger->AtMost("charged <= peak", a.charged, a.peak);
  // Parked tcaches hold their stacks, too.
  ledger->AtMost("parked <= cached + metadata", a.parked,
                 a.cached + a.metadata);
  ledger->AtMost("released <= retained", a.released, a.retained);
  ledger->AtMost("subreleased <= purged", a.subreleased, a.purged);
  ledger->Equal("allocated is 0 where nothing is", a.allocated != 0,
                a.allocations != 0);
}

void CheckBins(const ArenaSnapshot& arena, Ledger* ledger) {
  const ArenaStatistics& a = arena.figures;
  BinStatistics sums;
  uint64_t out_bytes = 0;
  for (const BinStatistics& bin : arena.bins) {
    ledger->Equal("slab_bytes = regions out + slack + released", bin.slab_bytes,
                  bin.regions_out * bin.size + bin.slack + bin.released);
    ledger->AtMost("regions_out <= regions", bin.regions_out, bin.regions);
    ledger->AtMost("regions <= slab_bytes", bin.regions * bin.size,
                   bin.slab_bytes);
    ledger->AtMost("slabs <= slabs_created", bin.slabs, bin.slabs_created);
    for (const auto& field : stats::kBinFields) {
      if (field.combine == stats::Combine::kSum) {
        sums.*field.member += bin.*field.member;
      }
    }
    out_bytes += bin.regions_out * bin.size;
  }
  ledger->Equal("slack = sum over bins", a.slack, sums.slack);
  ledger->Equal("slabs = sum over bins", a.slabs, sums.slabs);
  ledger->Equal("released = sum over bins", a.released, sums.released);
  ledger->Equal("fills = sum over bins", a.fills, sums.fills);
  ledger->Equal("flushes = sum over bins", a.flushes, sums.flushes);
  // What is active and no slab is large: in use, cached or parked.
  const uint64_t of_slabs = sums.slab_bytes - sums.released;
  ledger->AtMost("pages of slabs <= active", of_slabs, a.active);
  ledger->Equal("allocated + cached = regions out + large",
                a.allocated + a.cached, out_bytes + (a.active - of_slabs));
  ledger->Equal("active without slabs is large", a.active != of_slabs,
                a.large_allocations != 0);
}

void CheckService(const ServiceSnapshot& snapshot, Ledger* ledger) {
  const ServiceStatistics& service = snapshot.service;
  ArenaStatistics sums;
  uint64_t footprints = 0;
  for (const ArenaSnapshot& arena : snapshot.arenas) {
    stats::AddTo(arena.figures, &sums);
    footprints += std::max(arena.figures.charged, arena.figures.reserved);
  }
  for (const auto& field : stats::kArenaFields) {
    ledger->Equal(field.name, service.arenas.*field.member, sums.*field.member);
  }
  ledger->Equal("arena_count", service.arena_count, snapshot.arenas.size());
  ledger->AtMost("arenas <= created", service.arena_count - 1,
                 service.arenas_created);
  ledger->Equal("charged = sum of max(charged, reserved)", service.charged,
                footprints);
  ledger->Equal("reserved", service.reserved, sums.reserved);
  ledger->AtMost("charged <= peak", service.charged, service.peak);
  ledger->AtMost("arenas' metadata <= metadata", sums.metadata,
                 service.metadata);
  ledger->Equal("resident", service.resident,
                sums.active + sums.dirty + sums.muzzy + service.metadata);
  ledger->Equal("mapped", service.mapped, service.resident);

  ProviderStatistics all;
  for (const ProviderStatistics& provider : snapshot.providers) {
    for (const auto& field : stats::kProviderFields) {
      all.*field.member += provider.*field.member;
    }
  }
  ledger->Equal("retained = arenas' + free in ranges", service.retained,
                sums.retained + all.free);
  ledger->Equal(
      "mapped by providers = pages of arenas + free", all.mapped,
      sums.active + sums.dirty + sums.muzzy + sums.retained + all.free);
  ledger->Equal("grants", service.mappings, all.grants);
}

void CheckProvider(const ProviderStatistics& provider, Ledger* ledger) {
  uint64_t calls = 0;
  uint64_t failures = 0;
  for (const stats::HookCall& call : stats::kHookCalls) {
    calls += provider.calls_of.*call.member;
    failures += provider.failures_of.*call.member;
    ledger->AtMost("failures <= calls", provider.failures_of.*call.member,
                   provider.calls_of.*call.member);
  }
  ledger->Equal("calls = sum over kinds", provider.calls, calls);
  ledger->Equal("failures = sum over kinds", provider.failures, failures);
  ledger->AtMost("free <= mapped", provider.free, provider.mapped);
  ledger->AtMost("pinned <= mapped", provider.pinned, provider.mapped);
}

}  // namespace

ServiceSnapshot TakeSnapshot(const MemoryService& service) {
  ServiceSnapshot snapshot;
  service.domain().ForEachArena([&](const allocator::Arena& arena) {
    ArenaSnapshot& one = snapshot.arenas.emplace_back();
    stats::ReadArena(arena, &one.figures);
    std::array<BinStatistics, allocator::kSmallClasses> bins;
    const size_t count = stats::ReadBins(arena, &bins);
    one.bins.assign(bins.begin(), bins.begin() + static_cast<ptrdiff_t>(count));
  });
  snapshot.service = stats::ReadService(service.domain());
  snapshot.providers.resize(16);
  snapshot.providers.resize(
      std::min(snapshot.providers.size(),
               stats::ReadProviders(service.domain(), snapshot.providers)));
  return snapshot;
}

std::vector<std::string> BrokenEquations(const ServiceSnapshot& snapshot) {
  std::vector<std::string> broken;
  for (const ArenaSnapshot& arena : snapshot.arenas) {
    Ledger ledger(fmt::format("arena \"{}\"", arena.figures.name), &broken);
    CheckArena(arena.figures, &ledger);
    CheckBins(arena, &ledger);
  }
  Ledger ledger("service", &broken);
  CheckService(snapshot, &ledger);
  for (const ProviderStatistics& provider : snapshot.providers) {
    Ledger of_provider(fmt::format("provider \"{}\"", provider.name), &broken);
    CheckProvider(provider, &of_provider);
  }
  return broken;
}

}  // namespace acre::testing
