#include "engine_adapter/admin/detail_handlers.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine_adapter/admin/arena_listing.h"
#include "engine_adapter/admin/json_body.h"
#include "engine_adapter/admin/read_stamp.h"
#include "engine_adapter/admin/responses.h"
#include "stats/arena_statistics.h"
#include "stats/extent_statistics.h"
#include "stats/kernel_view.h"
#include "stats/lock_statistics.h"
#include "stats/tcache_statistics.h"

namespace acre::admin {
namespace {

using stats::JsonWriter;

// Rows that are shown of a list that has no natural end.
constexpr size_t kRows = 100;
constexpr size_t kMostRows = 10'000;
// Of arenas that the kernel is asked about: each is a walk over all extents.
constexpr size_t kMeasured = 10;
constexpr size_t kMostMeasured = 100;

size_t RowsOf(const Route& route) {
  return std::min(route.limit.value_or(kRows), kMostRows);
}

void WriteStamp(const ReadTimer& timer, JsonWriter* json) {
  const ReadStamp stamp = timer.Stamp();
  json->Field("read_at", FormatTime(stamp.read_at))
      .Decimal("read_cost_us", stamp.cost_us);
}

// {"arena": NAME, KEY: [...]}: the rows that read(arena) gives, and whether
// those are all, where it says so in `*complete`.
template <typename Read, typename Fields>
HttpResponse AnswerRows(const MemoryService& service, const Route& route,
                        std::string_view key, const Fields& fields, Read read,
                        const bool* complete = nullptr) {
  const auto arena = service.FindArena(route.arena);
  if (!arena.ok()) return StatusResponse(arena.status());
  const ReadTimer timer;
  const allocator::Arena* live = arena->live();
  if (live == nullptr) return Gone(route.arena);
  const auto rows = read(*live);
  // Another one may have taken its place meanwhile.
  if (!arena->valid()) return Gone(route.arena);
  return JsonResponse(JsonBody([&](JsonWriter& json) {
    WriteStamp(timer, &json);
    json.Field("arena", route.arena).BeginArray(key);
    for (const auto& row : rows) {
      json.BeginObject().Figures(row, fields).EndObject();
    }
    json.EndArray();
    if (complete != nullptr) json.Flag("complete", *complete);
  }));
}

}  // namespace

HttpResponse AnswerBins(const MemoryService& service, const Route& route) {
  return AnswerRows(
      service, route, "bins", stats::kBinFields,
      [](const allocator::Arena& arena) {
        std::array<stats::BinStatistics, allocator::kSmallClasses> bins;
        const size_t count = stats::ReadBins(arena, &bins);
        return std::vector(bins.begin(), bins.begin() + count);
      });
}

HttpResponse AnswerLarge(const MemoryService& service, const Route& route) {
  return AnswerRows(
      service, route, "large", stats::kLargeFields,
      [](const allocator::Arena& arena) {
        std::array<stats::LargeStatistics, allocator::kLargeClasses> classes;
        const size_t count = stats::ReadLarge(arena, &classes);
        return std::vector(classes.begin(), classes.begin() + count);
      });
}

HttpResponse AnswerExtents(const MemoryService& service, const Route& route) {
  // Not where a thread that was stopped keeps an arena's lock.
  bool complete = true;
  auto read = [&](const allocator::Arena& arena) {
    stats::ExtentTable table;
    complete = stats::ReadExtents(service.domain(), &arena, &table);
    std::vector<stats::ExtentStatistics> rows;
    for (const stats::ExtentStatistics& row : table) {
      if (row.dirty + row.muzzy + row.retained != 0) rows.push_back(row);
    }
    return rows;
  };
  return AnswerRows(service, route, "extents", stats::kExtentFields, read,
                    &complete);
}

HttpResponse AnswerLocks(const MemoryService& service, const Route& route) {
  const ReadTimer timer;
  std::vector<stats::LockStatistics> locks(RowsOf(route));
  locks.resize(
      std::min(stats::ReadLocks(service.domain(), locks), locks.size()));
  return JsonResponse(JsonBody([&](JsonWriter& json) {
    WriteStamp(timer, &json);
    json.BeginArray("locks");
    for (const stats::LockStatistics& lock : locks) {
      json.BeginObject()
          .Field("name", lock.name)
          .Field("arena", std::string_view(lock.arena));
      if (lock.size_class != 0) json.Field("size_class", lock.size_class);
      json.Field("acquisitions", lock.acquisitions)
          .Field("contentions", lock.contentions)
          .Seconds("wait_seconds", lock.wait_ns)
          .EndObject();
    }
    json.EndArray();
  }));
}

HttpResponse AnswerTcaches(const MemoryService& service, const Route& route) {
  const allocator::Arena* of = nullptr;
  std::optional<ArenaRef> arena;
  if (!route.arena.empty()) {
    const auto found = service.FindArena(route.arena);
    if (!found.ok()) return StatusResponse(found.status());
    arena = *found;
    of = arena->live();
    if (of == nullptr) return Gone(route.arena);
  }
  const ReadTimer timer;
  std::vector<stats::TcacheStatistics> tcaches(RowsOf(route));
  const stats::TcacheCounts counts =
      stats::ReadTcaches(service.domain(), of, tcaches);
  if (arena && !arena->valid()) return Gone(route.arena);
  tcaches.resize(counts.written);
  return JsonResponse(JsonBody([&](JsonWriter& json) {
    WriteStamp(timer, &json);
    json.Field("open", counts.open)
        .Field("parked", counts.parked)
        .BeginArray("tcaches");
    for (const stats::TcacheStatistics& one : tcaches) {
      json.BeginObject()
          .Field("arena", std::string_view(one.arena))
          .Field("index", one.arena_index)
          .Field("id", one.id)
          .Flag("parked", one.parked)
          .Seconds("age_seconds", one.age_ns)
          .Field("bytes", one.bytes)
          .Field("regions", one.regions)
          .EndObject();
    }
    json.EndArray();
  }));
}

namespace {

struct MeasuredArena {
  std::string name;
  stats::KernelView view;
};

// The largest arenas, or the one that is named; those that went are left out.
absl::StatusOr<std::vector<MeasuredArena>> MeasureArenas(
    const MemoryService& service, const Route& route) {
  std::vector<ArenaRef> arenas;
  if (!route.arena.empty()) {
    auto found = service.FindArena(route.arena);
    if (!found.ok()) return found.status();
    arenas.push_back(*found);
  } else {
    const size_t limit =
        std::min(route.limit.value_or(kMeasured), kMostMeasured);
    for (const auto& row : ReadArenas(service.domain(), limit, 0).rows) {
      const auto found = service.FindArena(row.name);
      if (found.ok()) arenas.push_back(*found);
    }
  }
  std::vector<MeasuredArena> measured;
  for (const ArenaRef& arena : arenas) {
    const allocator::Arena* live = arena.live();
    if (live == nullptr) continue;
    MeasuredArena one = {.name = std::string(arena.name()),
                         .view = stats::MeasureArena(service.domain(), *live)};
    if (arena.valid()) measured.push_back(std::move(one));
  }
  return measured;
}

}  // namespace

HttpResponse AnswerKernel(const MemoryService& service, const Route& route) {
  const ReadTimer timer;
  const auto arenas = MeasureArenas(service, route);
  if (!arenas.ok()) return StatusResponse(arenas.status());
  const stats::KernelView pages = stats::MeasureService(service.domain());
  const stats::ServiceStatistics told = stats::ReadService(service.domain());
  const stats::ProcessView process = stats::MeasureProcess();
  // Metadata is in memory from when it is first written.
  const uint64_t acres = pages.resident + told.metadata;
  return JsonResponse(JsonBody([&](JsonWriter& json) {
    WriteStamp(timer, &json);
    json.BeginObject("process")
        .Figures(process, stats::kProcessFields)
        .EndObject()
        .BeginObject("service")
        .Figures(pages, stats::kKernelFields)
        .EndObject()
        .BeginObject("accounted")
        .Field("active", told.arenas.active)
        .Field("dirty", told.arenas.dirty)
        .Field("muzzy", told.arenas.muzzy)
        .Field("metadata", told.metadata)
        .EndObject()
        .Field("foreign",
               process.resident > acres ? process.resident - acres : 0)
        .BeginArray("arenas");
    for (const MeasuredArena& one : *arenas) {
      json.BeginObject()
          .Field("name", one.name)
          .Figures(one.view, stats::kKernelFields)
          .EndObject();
    }
    json.EndArray();
  }));
}

}  // namespace acre::admin
