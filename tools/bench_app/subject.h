// What the workloads ask of an allocator, so that all run the same sources.
//
// A subject is a type of static facts and nested classes:
//   Arena   a tenant's heap: Allocate, Deallocate, and giving memory back.
//           Destroying one discards what it still holds.
//   Cache   a tcache on an arena, used by the thread that opened it; its
//           destructor closes it, and what it allocated lives on.
//   Query   the cheapest Cache for a query that frees all it allocates before
//           it closes; for most subjects the same thing.
// A subject without arenas (malloc and free) has empty ones and says so; rows
// about arenas are then not run for it. What only some subjects can do is a
// concept of its own below, and a row that needs it is left out where it is
// missing. Sizes are in bytes. An allocation that fails aborts the worker in
// the workload that made it, by touching null.

#ifndef ACRE_TOOLS_BENCH_APP_SUBJECT_H_
#define ACRE_TOOLS_BENCH_APP_SUBJECT_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace acre::bench {

template <typename S>
concept Subject = requires(typename S::Arena& arena, typename S::Cache& cache,
                           typename S::Query& query, void* pointer,
                           size_t size) {
  requires std::constructible_from<typename S::Cache, typename S::Arena&>;
  requires std::constructible_from<typename S::Query, typename S::Arena&>;
  { S::kName } -> std::convertible_to<std::string_view>;
  { S::kHasArenas } -> std::convertible_to<bool>;
  { S::kMaxArenas } -> std::convertible_to<size_t>;
  { arena.Allocate(size) } -> std::same_as<void*>;
  arena.Deallocate(pointer);
  arena.Purge();  // gives back to the system what is unused
  { cache.Allocate(size) } -> std::same_as<void*>;
  cache.Deallocate(pointer);
  cache.DeallocateSized(pointer, size);
  { query.Allocate(size) } -> std::same_as<void*>;
  query.Deallocate(pointer);
  query.DeallocateSized(pointer, size);
};

// A scope whose allocations are dropped together, never one by one.
template <typename S>
concept HasBulk = requires(typename S::Bulk& bulk, size_t size) {
  requires std::constructible_from<typename S::Bulk, typename S::Arena&>;
  { bulk.Allocate(size) } -> std::same_as<void*>;
};

// Statistics of one arena: the bytes allocated in it, after a refresh that
// some subjects need once for all arenas.
template <typename S>
concept HasArenaStatistics = requires(typename S::Arena& arena) {
  S::RefreshStatistics();
  { S::ReadAllocated(arena) } -> std::same_as<uint64_t>;
};

// The bytes allocated in all arenas together, with the other totals, as of now.
template <typename S>
concept HasTotals = requires {
  { S::ReadTotals() } -> std::same_as<uint64_t>;
};

// One JSON document about all arenas; returns its length in bytes.
template <typename S>
concept HasJson = requires {
  { S::WriteJson() } -> std::same_as<uint64_t>;
};

// What the allocator holds for its own use, in bytes.
template <typename S>
concept HasMetadata = requires {
  { S::MetadataBytes() } -> std::same_as<uint64_t>;
};

// A background thread that is off unless asked for, and the decay time of
// arenas that are made from now on.
template <typename S>
concept HasOptionalBackgroundThread = requires(int64_t milliseconds) {
  S::StartBackgroundThread();
  S::SetDecay(milliseconds);
};

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_SUBJECT_H_
