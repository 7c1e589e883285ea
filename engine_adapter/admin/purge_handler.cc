#include "engine_adapter/admin/purge_handler.h"

#include <fmt/format.h>

#include <optional>

#include "engine_adapter/admin/bodies.h"
#include "engine_adapter/admin/json_body.h"
#include "engine_adapter/admin/read_stamp.h"
#include "engine_adapter/admin/responses.h"
#include "stats/arena_statistics.h"

namespace acre::admin {
namespace {

bool Read(const MemoryService& service, const ArenaRef& arena,
          stats::ArenaStatistics* out) {
  return stats::ReadArena(service.domain(), arena.index(), arena.generation(),
                          out);
}

// Parked caches free regions of slabs, which may or may not empty pages; slack
// is regions that are free already. Both are the most that may go.
HttpResponse Preview(const stats::ArenaStatistics& arena, const Route& route,
                     const ReadStamp& stamp) {
  const bool idle = route.mode != PurgeMode::kUnused;
  const bool everything = route.mode == PurgeMode::kEverything;
  return JsonResponse(JsonBody([&](stats::JsonWriter& json) {
    json.Field("read_at", FormatTime(stamp.read_at))
        .Decimal("read_cost_us", stamp.cost_us)
        .Field("arena", route.arena)
        .Field("mode", PurgeModeName(route.mode))
        .Flag("dry_run", true)
        .Field("dirty", arena.dirty)
        .Field("muzzy", arena.muzzy)
        .Field("parked", idle ? arena.parked : 0)
        .Field("slack", everything ? arena.slack : 0);
  }));
}

}  // namespace

HttpResponse AnswerPurge(const MemoryService& service, const Route& route,
                         Change* change) {
  const auto arena = service.FindArena(route.arena);
  if (!arena.ok()) return StatusResponse(arena.status());
  const allocator::Arena* live = arena->live();
  if (live == nullptr) return Gone(route.arena);
  const ReadTimer reading;
  PurgeOutcome outcome{.mode = route.mode};
  if (!Read(service, *arena, &outcome.before)) return Gone(route.arena);
  change->before = fmt::format("charged {}", outcome.before.charged);
  if (route.dry_run) return Preview(outcome.before, route, reading.Stamp());

  // A look at all page tables is worth it only where hugepages may break.
  const bool huge = live->pages.uses_hugepages();
  auto measure = [&]() -> std::optional<HugepageCoverage> {
    if (!huge) return std::nullopt;
    const allocator::Domain& domain = service.domain();
    return HugepageCoverage{.resident = stats::MeasureResident(domain),
                            .huge_backed = stats::MeasureHugeBacked(domain)};
  };
  outcome.coverage_before = measure();
  const ReadTimer timer;
  const auto purged = arena->Purge(route.mode);
  if (!purged.ok()) return StatusResponse(purged.status());
  const ReadStamp stamp = timer.Stamp();
  outcome.purged_bytes = *purged;
  outcome.coverage_after = measure();
  if (!Read(service, *arena, &outcome.after)) return Gone(route.arena);
  change->after = fmt::format("charged {}", outcome.after.charged);
  return JsonResponse(PurgeBody(outcome, stamp));
}

}  // namespace acre::admin
