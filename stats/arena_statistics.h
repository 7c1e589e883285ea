// A snapshot of an arena, of its bins, of a whole service. Reading one arena
// touches that arena only, takes no lock that an allocation waits for, and
// allocates nothing: O(size classes + tcaches of the arena).

#ifndef ACRE_STATS_ARENA_STATISTICS_H_
#define ACRE_STATS_ARENA_STATISTICS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "allocator/arena/domain.h"
#include "stats/fields.h"

namespace acre::stats {

struct ArenaStatistics {
  char name[allocator::kMaxArenaName + 1] = "";
  uint32_t index = 0;
  uint32_t generation = 0;
#define ACRE_DECLARE(name, unit, combine, help) uint64_t name = 0;
  ACRE_ARENA_FIELDS(ACRE_DECLARE)
#undef ACRE_DECLARE
};

struct BinStatistics {
#define ACRE_DECLARE(name, unit, combine, help) uint64_t name = 0;
  ACRE_BIN_FIELDS(ACRE_DECLARE)
#undef ACRE_DECLARE
};

template <typename Statistics>
struct Field {
  std::string_view name;
  Unit unit;
  Combine combine;
  std::string_view help;
  uint64_t Statistics::*member;
};

#define ACRE_ROW(name, unit, combine, help) \
  {#name, Unit::unit, Combine::combine, help, &ArenaStatistics::name},
inline constexpr Field<ArenaStatistics> kArenaFields[] = {
    ACRE_ARENA_FIELDS(ACRE_ROW)};
#undef ACRE_ROW
#define ACRE_ROW(name, unit, combine, help) \
  {#name, Unit::unit, Combine::combine, help, &BinStatistics::name},
inline constexpr Field<BinStatistics> kBinFields[] = {
    ACRE_BIN_FIELDS(ACRE_ROW)};
#undef ACRE_ROW

// What decays unused memory in the background.
struct GovernorStatistics {
#define ACRE_DECLARE(name, unit, combine, help) uint64_t name = 0;
  ACRE_GOVERNOR_FIELDS(ACRE_DECLARE)
#undef ACRE_DECLARE
  bool running = false;  // Its thread.
};

// What no arena answers for.
struct ServiceStatistics {
  // Sums of all arenas' figures.
  ArenaStatistics arenas;
#define ACRE_DECLARE(name, unit, combine, help) uint64_t name = 0;
  ACRE_SERVICE_FIELDS(ACRE_DECLARE)
#undef ACRE_DECLARE
  GovernorStatistics governor;
};

#define ACRE_ROW(name, unit, combine, help) \
  {#name, Unit::unit, Combine::combine, help, &ServiceStatistics::name},
inline constexpr Field<ServiceStatistics> kServiceFields[] = {
    ACRE_SERVICE_FIELDS(ACRE_ROW)};
#undef ACRE_ROW
#define ACRE_ROW(name, unit, combine, help) \
  {#name, Unit::unit, Combine::combine, help, &GovernorStatistics::name},
inline constexpr Field<GovernorStatistics> kGovernorFields[] = {
    ACRE_GOVERNOR_FIELDS(ACRE_ROW)};
#undef ACRE_ROW

// Reads a live arena. `arena` must stay live meanwhile, or the figures are
// those of whatever took its place (addresses are type-stable).
void ReadArena(const allocator::Arena& arena, ArenaStatistics* out) noexcept;
// Likewise, but for the name.
void ReadFigures(const allocator::Arena& arena, ArenaStatistics* out) noexcept;

// False when no live arena has this index and generation, or had to the end;
// what was written then means nothing.
bool ReadArena(const allocator::Domain& domain, uint32_t index,
               uint32_t generation, ArenaStatistics* out) noexcept;

// `size_class` is what the arena has the bin for: a bin that is gone by now
// does not know.
BinStatistics ReadBin(allocator::ClassIndex size_class,
                      const allocator::Bin& bin) noexcept;

// Writes the bins of an arena, those that exist, smallest first; returns how
// many.
size_t ReadBins(
    const allocator::Arena& arena,
    std::array<BinStatistics, allocator::kSmallClasses>* out) noexcept;

// Adds `from` to `to` field by field, as each field says.
void AddTo(const ArenaStatistics& from, ArenaStatistics* to) noexcept;

// Reads every arena, one after the other. O(arenas).
ServiceStatistics ReadService(const allocator::Domain& domain) noexcept;

GovernorStatistics ReadGovernor(const allocator::Domain& domain) noexcept;

// Whether a lock may be taken. A handler of a signal may have interrupted who
// holds it.
enum class Locking : uint8_t { kAllowed, kForbidden };

// The rest of it, for who has read the arenas himself: fills in all but
// `arenas` and `arena_count`, on which it builds. Where locks are forbidden the
// governor's figures stay as they are, and retained is the arenas' alone.
// O(providers).
void CompleteService(const allocator::Domain& domain, Locking locking,
                     ServiceStatistics* service) noexcept;

// Bytes of all arenas' pages that are in memory now, from the kernel's page
// tables; metadata not included. A system call for each 4 MiB of address space:
// for an operator, not for a loop.
uint64_t MeasureResident(const allocator::Domain& domain) noexcept;

// The part of them that hugepages of the kernel's choice back (THP): what share
// of MeasureResident that is, is the hugepage coverage. Costs a look at the
// page tables of all address space; for an operator, too.
uint64_t MeasureHugeBacked(const allocator::Domain& domain) noexcept;

}  // namespace acre::stats

#endif  // ACRE_STATS_ARENA_STATISTICS_H_
