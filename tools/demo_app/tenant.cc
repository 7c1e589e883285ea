#include "tools/demo_app/tenant.h"

#include <chrono>
#include <cstring>
#include <utility>

#include "engine_adapter/arena_scope.h"
#include "fmt/format.h"
#include "tools/demo_app/package_database.h"
#include "tools/demo_app/status_text.h"

namespace acre::demo {
namespace {

// An engine hands its client one page of rows at a time.
constexpr int kRowsPerAnswer = 100;

int StopRequested(void* stop) {
  return static_cast<const std::atomic<bool>*>(stop)->load(
             std::memory_order_relaxed)
             ? 1
             : 0;
}

// Copies the current row behind the rows already in `answer`.
bool CopyRow(sqlite3_stmt* statement, Region& answer) {
  const int columns = sqlite3_column_count(statement);
  for (int i = 0; i < columns; ++i) {
    const unsigned char* text = sqlite3_column_text(statement, i);
    const int bytes = sqlite3_column_bytes(statement, i);
    if (text == nullptr) continue;
    void* copy = answer.Allocate(static_cast<size_t>(bytes) + 1, 1);
    if (copy == nullptr) return false;
    std::memcpy(copy, text, static_cast<size_t>(bytes) + 1);
  }
  return true;
}

}  // namespace

Tenant::Tenant(const TenantOptions& options, const Workload& workload,
               Arena arena)
    : options_(options), workload_(workload), arena_(std::move(arena)) {}

absl::StatusOr<std::unique_ptr<Tenant>> Tenant::Create(
    MemoryService& service, const TenantOptions& options,
    const std::vector<Package>& packages, const Workload& workload) {
  ArenaOptions arena_options;
  arena_options.name = options.name;
  arena_options.hard_limit_bytes = options.hard_limit_bytes;
  absl::StatusOr<Arena> arena = service.CreateArena(arena_options);
  if (!arena.ok()) return arena.status();
  std::unique_ptr<Tenant> tenant(
      new Tenant(options, workload, *std::move(arena)));
  absl::Status status = tenant->Load(packages);
  if (status.ok()) return tenant;
  return absl::Status(
      status.code(),
      fmt::format("tenant \"{}\": loading {} packages: {}", options.name,
                  packages.size(), StatusText(status)));
}

absl::Status Tenant::Load(const std::vector<Package>& packages) {
  Tcache tcache = arena_.OpenTcache();
  ArenaScope scope(arena_.ref(), &tcache);
  absl::StatusOr<ConnectionPtr> connection = OpenPackageDatabase(packages);
  if (!connection.ok()) return connection.status();
  connection_ = *std::move(connection);
  return PrepareStatements();
}

absl::Status Tenant::PrepareStatements() {
  for (const QueryShape& shape : QueryShapes()) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(connection_.get(), shape.sql, -1,
                           SQLITE_PREPARE_PERSISTENT, &statement,
                           nullptr) != SQLITE_OK) {
      return SqliteError(connection_.get(), shape.name);
    }
    statements_.emplace_back(statement);
  }
  return absl::OkStatus();
}

void Tenant::RunQuery(std::mt19937_64& random, const std::atomic<bool>& stop) {
  constexpr int kInstructionsPerLook = 10000;
  const size_t shape = workload_.Draw(options_.greedy, random);
  const auto start = std::chrono::steady_clock::now();
  int code = SQLITE_OK;
  {
    Tcache tcache = arena_.OpenTcache();
    ArenaScope scope(arena_.ref(), &tcache);
    sqlite3_progress_handler(connection_.get(), kInstructionsPerLook,
                             StopRequested,
                             const_cast<std::atomic<bool>*>(&stop));
    Region answer = arena_.OpenRegion();
    code = Answer(shape, random, answer);
  }
  const auto time = std::chrono::steady_clock::now() - start;
  Count(
      code, shape,
      static_cast<uint64_t>(
          std::chrono::duration_cast<std::chrono::nanoseconds>(time).count()));
}

int Tenant::Answer(size_t shape, std::mt19937_64& random, Region& answer) {
  sqlite3_stmt* statement = statements_[shape].get();
  int code = workload_.Bind(shape, statement, random);
  if (code != SQLITE_OK) return code;
  int rows = 0;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    if (!CopyRow(statement, answer)) {
      code = SQLITE_NOMEM;
      break;
    }
    if (++rows == kRowsPerAnswer) {
      code = SQLITE_DONE;
      break;
    }
  }
  sqlite3_reset(statement);
  return code;
}

void Tenant::Count(int code, size_t shape, uint64_t nanoseconds) {
  if (code == SQLITE_INTERRUPT) return;
  queries_.fetch_add(1, std::memory_order_relaxed);
  latencies_.Record(nanoseconds);
  if (code == SQLITE_DONE) return;
  if (code == SQLITE_NOMEM) {
    failed_.fetch_add(1, std::memory_order_relaxed);
  } else if (unexpected_error_.empty()) {
    unexpected_error_ = fmt::format("{}: {} ({})", QueryShapes()[shape].name,
                                    sqlite3_errstr(code), code);
  }
}

absl::Status Tenant::Close() {
  {
    ArenaScope scope(arena_.ref());
    statements_.clear();
    connection_.reset();
  }
  return arena_.Destroy(DestroyPolicy::kFailIfAllocated);
}

}  // namespace acre::demo
