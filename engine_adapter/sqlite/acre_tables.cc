#include "engine_adapter/sqlite/acre_tables.h"

#include <atomic>

#include "engine_adapter/arena_scope.h"
#include "engine_adapter/sqlite/statistics_rows.h"
#include "fmt/format.h"

namespace acre {
namespace {

// SQLite hands an auto-extension no context of its own.
std::atomic<MemoryService*> service_on_open{nullptr};

int Register(sqlite3* connection, MemoryService& service) {
  const int code = sqlite::RegisterReadOnlyTable(connection, "acre_arenas",
                                                 sqlite::ArenasTable(service));
  if (code != SQLITE_OK) return code;
  return sqlite::RegisterReadOnlyTable(connection, "acre_bins",
                                       sqlite::BinsTable(service));
}

int OnOpen(sqlite3* connection, char**, const void*) {
  MemoryService* service = service_on_open.load(std::memory_order_acquire);
  return service != nullptr ? Register(connection, *service) : SQLITE_OK;
}

// SQLite's declared type for an entry point hides its arguments.
auto EntryPoint() { return reinterpret_cast<void (*)()>(OnOpen); }

}  // namespace

absl::Status RegisterAcreTables(sqlite3* connection, MemoryService& service) {
  const int code = Register(connection, service);
  if (code == SQLITE_OK) return absl::OkStatus();
  return absl::InternalError(fmt::format("acre_arenas, acre_bins: {} ({})",
                                         sqlite3_errstr(code), code));
}

absl::Status RegisterAcreTablesOnOpen(MemoryService& service) {
  MemoryService* none = nullptr;
  if (!service_on_open.compare_exchange_strong(none, &service) &&
      none != &service) {
    return absl::AlreadyExistsError(
        "another service's tables are registered for every connection");
  }
  // SQLite's list of extensions outlives every tenant.
  ArenaScope scope(service.system_arena());
  const int code = sqlite3_auto_extension(EntryPoint());
  if (code == SQLITE_OK) return absl::OkStatus();
  service_on_open.store(nullptr, std::memory_order_release);
  return absl::InternalError(fmt::format("sqlite3_auto_extension: {} ({})",
                                         sqlite3_errstr(code), code));
}

void CancelAcreTablesOnOpen() {
  // Before the first registration SQLite may not even be initialized.
  if (service_on_open.load(std::memory_order_acquire) == nullptr) return;
  sqlite3_cancel_auto_extension(EntryPoint());
  service_on_open.store(nullptr, std::memory_order_release);
}

}  // namespace acre
