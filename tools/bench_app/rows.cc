#include "tools/bench_app/rows.h"

#include <fnmatch.h>

#include <string>

namespace acre::bench {
namespace {

constexpr Against kNumber = Against::kNumber;
constexpr Against kJemalloc = Against::kJemalloc;
constexpr Against kGperftools = Against::kGperftools;
constexpr Against kGlibc = Against::kGlibc;
constexpr Against kBestPeer = Against::kBestPeer;

std::vector<Row> MakePairRows() {
  return {
      {"pair/16B", "ns"},
      {"pair/64B",
       "ns",
       Better::kLower,
       {{kJemalloc, 0.2}, {kGperftools, 0.5}}},
      {"pair/256B", "ns"},
      {"pair/1KiB", "ns"},
      {"pair/4KiB", "ns", Better::kLower, {{kGperftools, 0.6}}},
      {"pair/16KiB", "ns", Better::kLower, {{kGperftools, 0.6}}},
      {"pair/64KiB", "ns", Better::kLower, {{kGperftools, 0.6}}},
      {"pair/256KiB", "ns"},
      {"pair/1MiB", "ns", Better::kLower, {{kGlibc, 1.0}}},
      {"pair_inline/64B", "ns"},
      {"pair_inline/4KiB", "ns"},
      {"pair_sized/64B", "ns"},
      {"pair_sized/4KiB", "ns"},
  };
}

std::vector<Row> MakeQueryRows() {
  // 10 us where gperftools takes 14.9.
  constexpr double kBulkToGperftools = 10.0 / 14.9;
  return {
      {"query", "ns", Better::kLower, {{kJemalloc, 0.1}, {kGperftools, 0.7}}},
      {"query_two_threads",
       "ns",
       Better::kLower,
       {{kJemalloc, 0.1}, {kGperftools, 0.7}}},
      {"query_sized", "ns"},
      {"query_bulk", "ns", Better::kLower, {{kGperftools, kBulkToGperftools}}},
      {"scope_open_close", "ns", Better::kLower, {{kNumber, 100}}},
      {"cache_idle.resident", "B", Better::kLower, {{kNumber, 512}}},
  };
}

std::vector<Row> MakeArenaRows() {
  return {
      {"arena_recycled.create", "ns", Better::kLower, {{kNumber, 500}}},
      {"arena_recycled.destroy", "ns", Better::kLower, {{kNumber, 700}}},
      {"arena_fresh.create", "ns", Better::kLower, {{kNumber, 2000}}},
      {"tenant_empty.resident", "B", Better::kLower, {{kNumber, 1024}}},
      {"tenant_small.resident", "B", Better::kLower, {{kNumber, 16 * 1024}}},
      {"tenant_small_queried.resident", "B"},
      {"many_arenas.time", "s/100k"},
      {"many_arenas.resident", "MiB/100k"},
      {"statistics.read", "ns/arena", Better::kLower, {{kNumber, 100}}},
      // 10 ms for 100,000.
      {"statistics_totals.read", "ns/arena", Better::kLower, {{kNumber, 100}}},
      {"statistics_one.read", "ns", Better::kLower, {{kNumber, 1000}}},
      {"statistics_json.write", "ms/4k", Better::kLower, {{kNumber, 50}}},
      {"churn.cycle", "us"},
      {"churn.resident", "MiB"},
      // Flat: a cycle may not leave a byte behind.
      {"churn.metadata_growth", "B/cycle", Better::kLower, {{kNumber, 1}}},
      // Likewise, with room for what a late peak of use adds once.
      {"arena_churn.metadata", "MiB/1M", Better::kLower, {{kNumber, 1}}},
      {"arena_churn.resident", "MiB/1M", Better::kLower, {{kNumber, 1}}},
      {"arena_churn.cycle", "us"},
  };
}

std::vector<Row> MakeServerRows() {
  // 40 million a second where jemalloc does 15.
  constexpr double kRateToJemalloc = 40.0 / 15.0;
  // A pool made for this purpose is reported at 3 times the others' rate.
  constexpr double kPool = 1.0 / 3.0;
  return {
      {"producer_consumer.rate",
       "M/s",
       Better::kHigher,
       {{kJemalloc, kRateToJemalloc}}},
      {"key_value",
       "ns",
       Better::kLower,
       {{kJemalloc, kPool}, {kGperftools, kPool}, {kGlibc, kPool}}},
      {"key_value_client_caches", "ns"},
      {"large.rate", "k/s", Better::kHigher, {{kBestPeer, 1.1}}},
      {"large.peak_resident", "MiB", Better::kLower, {{kBestPeer, 1.05}}},
      {"fragmentation.filled", "x", Better::kLower, {{kNumber, 1.11}}},
      {"fragmentation.thinned", "x", Better::kLower, {{kNumber, 4.5}}},
      {"fragmentation.refilled", "x", Better::kLower, {{kNumber, 1.30}}},
      {"fragmentation.refilled_purged", "x", Better::kLower, {{kNumber, 1.20}}},
  };
}

std::vector<Row> MakeHashJoinRows() {
  return {
      {"hash_join_small.build", "ms"},
      {"hash_join_small.probe", "ns"},
      {"hash_join_small.faults", "faults"},
      {"hash_join_small.huge", "share"},
      {"hash_join_thp.build", "ms"},
      {"hash_join_thp.probe", "ns"},
      {"hash_join_thp.faults", "faults"},
      {"hash_join_thp.huge", "share"},
      {"hash_join_outgrown.build", "ms"},
      {"hash_join_outgrown.probe", "ns"},
      {"hash_join_outgrown.faults", "faults"},
      {"hash_join_outgrown.huge", "share"},
      {"hash_join_hugetlb.build", "ms"},
      {"hash_join_hugetlb.probe", "ns"},
      {"hash_join_hugetlb.faults", "faults"},
  };
}

std::vector<Row> MakeIdleRows() {
  return {
      {"idle.resident", "MiB", Better::kLower, {{kNumber, 4}}},
      {"idle_background.resident", "MiB"},
      {"idle_arenas.settle", "s"},
      {"idle_arenas.cpu", "s"},
      {"idle_arenas.visits", "visits"},
      {"idle_arenas.resident", "B"},
      {"purge_latency.p50", "us"},
      {"purge_latency.p99", "us"},
      {"purge_latency.p999", "us"},
      {"purge_latency.purged", "MiB", Better::kHigher},
      {"purge_latency.p50_on_off", "x"},
      {"purge_latency.p99_on_off", "x"},
      {"purge_latency.p999_on_off", "x"},
  };
}

}  // namespace

const std::vector<Row>& Rows() {
  static const std::vector<Row> rows = [] {
    std::vector<Row> all;
    for (const auto& group :
         {MakePairRows(), MakeQueryRows(), MakeArenaRows(), MakeServerRows(),
          MakeIdleRows(), MakeHashJoinRows()}) {
      all.insert(all.end(), group.begin(), group.end());
    }
    return all;
  }();
  return rows;
}

const Row* FindRow(std::string_view name) {
  for (const Row& row : Rows()) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

std::string_view WorkloadOf(std::string_view row_name) {
  return row_name.substr(0, row_name.find('.'));
}

std::string_view PeerName(Against against) {
  switch (against) {
    case Against::kJemalloc:
      return "jemalloc";
    case Against::kGperftools:
      return "gperftools";
    case Against::kMimalloc:
      return "mimalloc";
    case Against::kGlibc:
      return "glibc";
    case Against::kNumber:
    case Against::kBestPeer:
      break;
  }
  return "";
}

bool Matches(std::string_view row_name, std::string_view pattern) {
  if (pattern.find_first_of("*?[") == std::string_view::npos) {
    return row_name.find(pattern) != std::string_view::npos;
  }
  return fnmatch(std::string(pattern).c_str(), std::string(row_name).c_str(),
                 0) == 0;
}

}  // namespace acre::bench
