// For tests: how often this process has asked the general heap, through malloc
// and its kin or operator new (which asks malloc). Linking it replaces them.

#ifndef ACRE_STATS_WRITERS_HEAP_CALLS_H_
#define ACRE_STATS_WRITERS_HEAP_CALLS_H_

#include <cstdint>

namespace acre::stats {

uint64_t HeapCalls();

}  // namespace acre::stats

#endif  // ACRE_STATS_WRITERS_HEAP_CALLS_H_
