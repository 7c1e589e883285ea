// All figures of a service at once, and the equations of docs/statistics.md on
// them: what holds exactly whenever nothing moves.
//
// Plain values and functions of them. A snapshot may be taken beside anything;
// the equations are about one that nothing moved during.

#ifndef ACRE_TESTING_CONSERVATION_H_
#define ACRE_TESTING_CONSERVATION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "engine_adapter/memory_service.h"
#include "stats/arena_statistics.h"
#include "stats/provider_statistics.h"

namespace acre::testing {

struct ArenaSnapshot {
  stats::ArenaStatistics figures;
  std::vector<stats::BinStatistics> bins;
};

struct ServiceSnapshot {
  std::vector<ArenaSnapshot> arenas;
  stats::ServiceStatistics service;
  std::vector<stats::ProviderStatistics> providers;
};

// O(arenas).
ServiceSnapshot TakeSnapshot(const MemoryService& service);

// What does not hold, a line each, with the numbers; empty when all does.
std::vector<std::string> BrokenEquations(const ServiceSnapshot& snapshot);

}  // namespace acre::testing

#endif  // ACRE_TESTING_CONSERVATION_H_
