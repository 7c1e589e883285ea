#include "engine_adapter/sqlite/statistics_rows.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "fmt/format.h"
#include "stats/arena_statistics.h"

namespace acre::sqlite {
namespace {

struct ArenaId {
  uint32_t index;
  uint32_t generation;
};

// The arenas that a cursor goes through.
std::vector<ArenaId> ChosenArenas(MemoryService& service,
                                  std::optional<std::string_view> name) {
  std::vector<ArenaId> ids;
  if (name.has_value()) {
    const absl::StatusOr<ArenaRef> arena = service.FindArena(*name);
    if (arena.ok()) ids.push_back({arena->index(), arena->generation()});
    return ids;
  }
  service.domain().ForEachArena([&](const allocator::Arena& arena) {
    ids.push_back({arena.index, arena.generation});
  });
  return ids;
}

void SetText(sqlite3_context* result, const char* text) {
  sqlite3_result_text(result, text, -1, SQLITE_TRANSIENT);
}

void SetNumber(sqlite3_context* result, uint64_t number) {
  sqlite3_result_int64(result, static_cast<sqlite3_int64>(number));
}

template <typename Statistics, size_t kCount>
std::string FieldColumns(const stats::Field<Statistics> (&fields)[kCount]) {
  std::string columns;
  for (const stats::Field<Statistics>& field : fields) {
    columns += fmt::format(", \"{}\" INTEGER", field.name);
  }
  return columns;
}

class ArenaRows : public TableRows {
 public:
  // Columns before those of the field list.
  static constexpr int kOwnColumns = 3;

  explicit ArenaRows(MemoryService& service) : service_(service) {}

  void Rewind(std::optional<std::string_view> name) override {
    ids_ = ChosenArenas(service_, name);
    position_ = 0;
    ReadFromPosition();
  }
  void Next() override {
    ++position_;
    ReadFromPosition();
  }
  bool AtEnd() const override { return position_ == ids_.size(); }
  int64_t RowId() const override { return row_.index; }

  void Column(int column, sqlite3_context* result) const override {
    switch (column) {
      case 0:
        return SetText(result, row_.name);
      case 1:
        return SetNumber(result, row_.index);
      case 2:
        return SetNumber(result, row_.generation);
      default:
        SetNumber(result,
                  row_.*stats::kArenaFields[column - kOwnColumns].member);
    }
  }

 private:
  // Skips arenas that are gone.
  void ReadFromPosition() {
    while (!AtEnd() &&
           !stats::ReadArena(service_.domain(), ids_[position_].index,
                             ids_[position_].generation, &row_)) {
      ++position_;
    }
  }

  MemoryService& service_;
  std::vector<ArenaId> ids_;
  size_t position_ = 0;
  stats::ArenaStatistics row_;
};

class BinRows : public TableRows {
 public:
  explicit BinRows(MemoryService& service) : service_(service) {}

  void Rewind(std::optional<std::string_view> name) override {
    ids_ = ChosenArenas(service_, name);
    position_ = 0;
    bin_ = 0;
    bins_ = 0;
    ReadFromPosition();
  }
  void Next() override {
    if (++bin_ < bins_) return;
    ++position_;
    ReadFromPosition();
  }
  bool AtEnd() const override { return position_ == ids_.size(); }
  int64_t RowId() const override {
    return static_cast<int64_t>(
        ids_[position_].index * allocator::kSmallClasses + bin_);
  }

  void Column(int column, sqlite3_context* result) const override {
    if (column == 0) return SetText(result, name_.data());
    SetNumber(result, rows_[bin_].*stats::kBinFields[column - 1].member);
  }

 private:
  // To the first bin of the next arena that has one.
  void ReadFromPosition() {
    bin_ = 0;
    for (; !AtEnd(); ++position_) {
      const ArenaId id = ids_[position_];
      const allocator::Arena* arena =
          service_.domain().FindLive(id.index, id.generation);
      if (arena == nullptr) continue;
      arena->CopyName(name_.data());
      bins_ = stats::ReadBins(*arena, &rows_);
      if (bins_ > 0) return;
    }
  }

  MemoryService& service_;
  std::vector<ArenaId> ids_;
  size_t position_ = 0;
  std::array<char, allocator::kMaxArenaName + 1> name_ = {};
  std::array<stats::BinStatistics, allocator::kSmallClasses> rows_ = {};
  size_t bin_ = 0;
  size_t bins_ = 0;
};

std::function<int64_t()> ArenaCounter(MemoryService& service) {
  return [&service] {
    return static_cast<int64_t>(service.domain().live_arenas());
  };
}

}  // namespace

ReadOnlyTable ArenasTable(MemoryService& service) {
  ReadOnlyTable table;
  table.declaration = fmt::format(
      "CREATE TABLE acre_arenas(\"name\" TEXT, \"arena_index\" INTEGER, "
      "\"generation\" INTEGER{})",
      FieldColumns(stats::kArenaFields));
  table.count_arenas = ArenaCounter(service);
  table.open = [&service] { return std::make_unique<ArenaRows>(service); };
  return table;
}

ReadOnlyTable BinsTable(MemoryService& service) {
  ReadOnlyTable table;
  table.declaration = fmt::format("CREATE TABLE acre_bins(\"name\" TEXT{})",
                                  FieldColumns(stats::kBinFields));
  table.rows_per_arena = allocator::kSmallClasses;
  table.count_arenas = ArenaCounter(service);
  table.open = [&service] { return std::make_unique<BinRows>(service); };
  return table;
}

}  // namespace acre::sqlite
