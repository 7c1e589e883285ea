#include "engine_adapter/admin/detail_handlers.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "engine_adapter/admin/json_body.h"
#include "engine_adapter/admin/read_stamp.h"
#include "engine_adapter/admin/responses.h"
#include "stats/arena_statistics.h"
#include "stats/extent_statistics.h"
#include "stats/lock_statistics.h"

namespace acre::admin {
namespace {

using stats::JsonWriter;

// Rows that are shown of a list that has no natural end.
constexpr size_t kRows = 100;
constexpr size_t kMostRows = 10'000;

size_t RowsOf(const Route& route) {
  return std::min(route.limit.value_or(kRows), kMostRows);
}

void WriteStamp(const ReadTimer& timer, JsonWriter* json) {
  const ReadStamp stamp = timer.Stamp();
  json->Field("read_at", FormatTime(stamp.read_at))
      .Decimal("read_cost_us", stamp.cost_us);
}

// {"arena": NAME, KEY: [...]}: the rows that read(arena) gives.
template <typename Read, typename Fields>
HttpResponse AnswerRows(const MemoryService& service, const Route& route,
                        std::string_view key, const Fields& fields, Read read) {
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
  return AnswerRows(service, route, "extents", stats::kExtentFields,
                    [&](const allocator::Arena& arena) {
                      stats::ExtentTable table;
                      stats::ReadExtents(service.domain(), &arena, &table);
                      std::vector<stats::ExtentStatistics> rows;
                      for (const stats::ExtentStatistics& row : table) {
                        if (row.dirty + row.muzzy + row.retained != 0)
                          rows.push_back(row);
                      }
                      return rows;
                    });
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

}  // namespace acre::admin
