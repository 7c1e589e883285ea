// For tests: evidence of a healthy process, to be made ill figure by figure.

#ifndef ACRE_TOOLS_CONSOLE_APP_DOCTOR_EVIDENCE_BUILDER_H_
#define ACRE_TOOLS_CONSOLE_APP_DOCTOR_EVIDENCE_BUILDER_H_

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "tools/console_app/doctor/diagnosis.h"
#include "tools/console_app/doctor/evidence.h"

namespace acre::console::doctor {

inline void SetName(std::string_view name, stats::ArenaStatistics* arena) {
  arena->name[name.copy(arena->name, sizeof(arena->name) - 1)] = '\0';
}

// Ten tenants with 100 MiB each, half an hour old; the looks are 2 s apart.
inline Evidence HealthyEvidence() {
  Evidence evidence;
  evidence.info = {.name = "engine", .pid = 4242, .arenas = 10};
  evidence.attach = "--pid 4242";
  Look look;
  look.uptime_seconds = 1800;
  stats::ArenaStatistics& total = look.arenas.total;
  for (uint32_t i = 0; i < 10; ++i) {
    stats::ArenaStatistics arena;
    SetName(fmt::format("tenant-{}", i), &arena);
    arena.index = i;
    arena.generation = 1;
    arena.allocated = 90 * kMiB;
    arena.cached = 2 * kMiB;
    arena.slack = 8 * kMiB;
    arena.active = 100 * kMiB;
    arena.dirty = kMiB;
    arena.metadata = kMiB;
    arena.charged = 102 * kMiB;
    arena.hard_limit = 200 * kMiB;
    arena.peak = 150 * kMiB;
    for (const auto& field : stats::kArenaFields) {
      total.*field.member += arena.*field.member;
    }
    look.arenas.arenas.push_back(arena);
  }
  look.arenas.arena_count = 10;
  stats::ServiceStatistics& service = look.service.service;
  service.arena_count = 10;
  service.metadata = 12 * kMiB;
  service.mapped = 1022 * kMiB;
  service.charged = 1020 * kMiB;
  service.peak = 1500 * kMiB;
  service.governor.running = true;
  stats::ProviderStatistics provider;
  std::string_view("mmap").copy(provider.name, sizeof(provider.name) - 1);
  provider.mapped = 2 * kGiB;
  provider.free = 256 * kMiB;
  look.service.providers = {provider};
  look.locks = {{.name = "pages", .arena = "tenant-1", .wait_seconds = 10}};
  look.virtual_memory = 8 * kGiB;
  evidence.first = look;
  evidence.last = look;
  evidence.last.uptime_seconds += 2;
  for (const auto& arena : look.arenas.arenas) {
    evidence.settings.push_back({.name = arena.name, .dirty_decay_ms = 2000});
  }
  evidence.metadata_kinds = {{"extents", 8 * kMiB}, {"page_map", 4 * kMiB}};
  evidence.bins = {{.arena = "tenant-1",
                    .bins = {{.size = 256,
                              .slabs = 1000,
                              .slab_bytes = 16'000'000,
                              .regions = 62'500,
                              .regions_out = 55'000}}}};
  evidence.tcaches = {{.arena = "tenant-1", .age_seconds = 12}};
  evidence.open_tcaches = 1;
  evidence.kernel = {.process = {.resident = 1200 * kMiB,
                                 .virtual_memory = 8 * kGiB,
                                 .anonymous = 1100 * kMiB,
                                 .mappings = 300,
                                 .most_mappings = 65'530},
                     .service = {.mapped = 2 * kGiB, .resident = 1040 * kMiB},
                     .metadata = 12 * kMiB,
                     .foreign = 148 * kMiB};
  return evidence;
}

inline std::vector<Finding> FindingsOf(const Diagnosis& diagnosis,
                                       std::string_view rule) {
  std::vector<Finding> findings;
  for (const NamedFinding& row : diagnosis.findings) {
    if (row.rule->name == rule) findings.push_back(row.finding);
  }
  return findings;
}

}  // namespace acre::console::doctor

#endif  // ACRE_TOOLS_CONSOLE_APP_DOCTOR_EVIDENCE_BUILDER_H_
