#include "engine_adapter/sqlite/sqlite_allocator.h"

#include <sqlite3.h>

#include <cstdint>

#include "absl/status/status.h"
#include "engine_adapter/sqlite/installed_service.h"
#include "engine_adapter/sqlite/memory_methods.h"
#include "engine_adapter/sqlite/page_cache_methods.h"
#include "fmt/format.h"

namespace acre {
namespace {

// What SQLite used before, to be given back by UninstallSqliteAllocator.
struct PreviousMethods {
  sqlite3_mem_methods memory;
  sqlite3_pcache_methods2 page_cache;
};

PreviousMethods previous;

// SQLite's compile-time default, which no call can read back.
constexpr int kMemoryStatusByDefault = 1;

absl::Status SqliteRefused(const char* setting, int code) {
  if (code == SQLITE_MISUSE) {
    return absl::FailedPreconditionError(fmt::format(
        "SQLite is already initialized ({} gave SQLITE_MISUSE, {}): install "
        "Acre's allocator before the first connection or after "
        "sqlite3_shutdown()",
        setting, code));
  }
  return absl::InternalError(fmt::format("sqlite3_config({}): {} ({})", setting,
                                         sqlite3_errstr(code), code));
}

}  // namespace

absl::Status InstallSqliteAllocator(MemoryService& service,
                                    const SqliteAllocatorOptions& options) {
  if (sqlite::InstalledService() != nullptr) {
    return absl::AlreadyExistsError(
        "Acre's allocator is already installed in SQLite");
  }
  // A first setting that SQLite accepts shows that it is not initialized; the
  // others cannot fail then.
  int code = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &previous.memory);
  if (code != SQLITE_OK) {
    return SqliteRefused("SQLITE_CONFIG_GETMALLOC", code);
  }
  code = sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &previous.page_cache);
  if (code != SQLITE_OK) {
    return SqliteRefused("SQLITE_CONFIG_GETPCACHE2", code);
  }
  const sqlite3_mem_methods memory = sqlite::MemoryMethods();
  const sqlite3_pcache_methods2 page_cache = sqlite::PageCacheMethods();
  sqlite::SetInstalledService(&service);
  sqlite3_config(SQLITE_CONFIG_MALLOC, &memory);
  sqlite3_config(SQLITE_CONFIG_PCACHE2, &page_cache);
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, options.memory_status ? 1 : 0);
  return absl::OkStatus();
}

absl::Status UninstallSqliteAllocator() {
  if (sqlite::InstalledService() == nullptr) {
    return absl::FailedPreconditionError(
        "Acre's allocator is not installed in SQLite");
  }
  const int64_t live = sqlite::LivePageCaches();
  if (live != 0) {
    return absl::FailedPreconditionError(fmt::format(
        "{} page caches of open databases are live: close every connection "
        "before Acre's allocator is uninstalled",
        live));
  }
  const int code = sqlite3_shutdown();
  if (code != SQLITE_OK) return SqliteRefused("sqlite3_shutdown", code);
  sqlite3_config(SQLITE_CONFIG_MALLOC, &previous.memory);
  sqlite3_config(SQLITE_CONFIG_PCACHE2, &previous.page_cache);
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, kMemoryStatusByDefault);
  sqlite::SetInstalledService(nullptr);
  return absl::OkStatus();
}

}  // namespace acre
