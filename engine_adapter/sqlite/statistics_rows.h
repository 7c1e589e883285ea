// The rows of acre_arenas and acre_bins.
//
// A cursor notes which arenas live when it is rewound (eight bytes each) and
// reads each one when SQL steps to it; arenas destroyed meanwhile are skipped.
#ifndef ACRE_ENGINE_ADAPTER_SQLITE_STATISTICS_ROWS_H_
#define ACRE_ENGINE_ADAPTER_SQLITE_STATISTICS_ROWS_H_

#include "engine_adapter/memory_service.h"
#include "engine_adapter/sqlite/read_only_table.h"

namespace acre::sqlite {

ReadOnlyTable ArenasTable(MemoryService& service);
ReadOnlyTable BinsTable(MemoryService& service);

}  // namespace acre::sqlite

#endif  // ACRE_ENGINE_ADAPTER_SQLITE_STATISTICS_ROWS_H_
