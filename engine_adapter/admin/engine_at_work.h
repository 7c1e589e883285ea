// An engine for tests that attack its admin server: a service whose threads
// allocate all the time, and the server.
//
// The threads use nothing but the service, so that what happens to the rest of
// the process (no descriptors, no memory) does not stop them by itself.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_ENGINE_AT_WORK_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_ENGINE_AT_WORK_H_

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine_adapter/admin/admin_server.h"
#include "engine_adapter/admin/test_directory.h"
#include "engine_adapter/memory_service.h"

namespace acre::admin {

class EngineAtWork {
 public:
  static constexpr size_t kThreads = 2;

  explicit EngineAtWork(const ServiceOptions& options = {.name = "engine"});
  EngineAtWork(const EngineAtWork&) = delete;
  EngineAtWork& operator=(const EngineAtWork&) = delete;
  ~EngineAtWork();

  MemoryService& service() { return *service_; }
  const std::string& path() const { return server_->socket_path(); }
  const std::string& directory() const { return directory_.path(); }

  // Waits until every thread has allocated and freed since this was called;
  // false after a time that no scheduler's whim explains.
  bool MakesProgress() const;

  // Ends the threads, which then hold nothing.
  void Rest();

  // The body of what a GET of `target` brings; empty unless it was answered
  // with 200.
  std::string Get(const std::string& target) const;

 private:
  void Work(size_t thread);

  TestDirectory directory_;
  std::unique_ptr<MemoryService> service_;
  std::vector<Arena> arenas_;
  std::unique_ptr<AdminServer> server_;
  std::atomic<bool> stop_{false};
  std::array<std::atomic<uint64_t>, kThreads> rounds_{};
  std::vector<std::thread> threads_;
};

// Where every figure is read; those of one arena are of "tenant-0".
const std::vector<std::string>& StatisticsTargets();

// The number of descriptors that the process has open.
size_t OpenDescriptors();

// Calls done() until it is true; false after a time that nothing explains.
template <typename Done>
bool Eventually(Done done) {
  for (int i = 0; i < 3000; ++i) {
    if (done()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

// Reports what is wrong in a body of statistics: no valid JSON, or, in a
// listing, a total that is not the sum of its arenas.
void ExpectSound(const std::string& target, const std::string& body);

// The same, and that every arena's figures obey the equations exactly, which
// they do when no allocation is under way.
void ExpectExact(const std::string& target, const std::string& body);

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_ENGINE_AT_WORK_H_
