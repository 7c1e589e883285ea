// What the doctor goes by: what a process said of its memory, twice, some time
// apart, and once in detail where there is much of something. Plain values;
// collect.h fills them.

#ifndef ACRE_TOOLS_CONSOLE_APP_DOCTOR_EVIDENCE_H_
#define ACRE_TOOLS_CONSOLE_APP_DOCTOR_EVIDENCE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "stats/kernel_view.h"
#include "tools/console_app/reading.h"

namespace acre::console::doctor {

// What a process may not offer, because it is of another version.
enum class Source {
  kBins,
  kControls,
  kTcaches,
  kLocks,
  kKernel,
  kAddressSpace,  // of the whole process, at both looks
};

struct LockRow {
  std::string name;       // of what it guards
  std::string arena;      // empty: the service's
  uint64_t size_class{};  // of a bin's lock
  uint64_t acquisitions = 0;
  uint64_t contentions = 0;
  double wait_seconds = 0;
};

struct TcacheRow {
  std::string arena;
  uint64_t id = 0;
  bool parked = false;
  double age_seconds = 0;
  uint64_t bytes = 0;
};

struct ArenaKernelView {
  std::string name;
  stats::KernelView view;
};

struct KernelReading {
  stats::ProcessView process;
  stats::KernelView service;
  uint64_t metadata = 0;                // Acre's, of all kinds
  uint64_t foreign = 0;                 // in memory, and not Acre's
  std::vector<ArenaKernelView> arenas;  // the largest
};

// How long an arena keeps what it does not use; milliseconds, -1 for ever.
struct ArenaSettings {
  std::string name;
  int64_t dirty_decay_ms = 0;
  int64_t muzzy_decay_ms = 0;
};

struct MetadataKind {
  std::string name;
  uint64_t bytes = 0;
};

// What moves.
struct Look {
  double uptime_seconds = 0;
  ServiceReading service;
  ArenaListing arenas;  // the largest, and the total of all
  std::vector<LockRow> locks;
  uint64_t virtual_memory = 0;  // of the whole process
};

struct Evidence {
  ServerInfo info;
  Look first;
  Look last;

  // Of arenas with much slack, the one with the most first.
  std::vector<BinsReading> bins;
  // Of arenas with much unused memory, likewise.
  std::vector<ArenaSettings> settings;
  // Largest first. Empty when the process does not tell.
  std::vector<MetadataKind> metadata_kinds;
  std::vector<TcacheRow> tcaches;  // open ones first, the oldest first
  uint64_t open_tcaches = 0;
  uint64_t parked_tcaches = 0;
  KernelReading kernel;

  // Why it is not there.
  std::map<Source, std::string> missing;
  // What was left out because there is too much of it.
  std::vector<std::string> left_out;

  uint64_t documents = 0;  // asked for
  double cost_us = 0;      // of the process, to make them
  // How to attach to this process again: "--pid 4242".
  std::string attach;

  double seconds() const { return last.uptime_seconds - first.uptime_seconds; }
};

// Null when there is none.
const stats::ArenaStatistics* FindArena(const ArenaListing& listing,
                                        const stats::ArenaStatistics& same);

// Address space that providers granted.
uint64_t GrantedBytes(const ServiceReading& service);

// Pages of all arenas that may be in memory.
uint64_t AccountedBytes(const ArenaListing& listing);

}  // namespace acre::console::doctor

#endif  // ACRE_TOOLS_CONSOLE_APP_DOCTOR_EVIDENCE_H_
