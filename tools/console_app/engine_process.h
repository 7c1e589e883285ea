// A small engine in a process of its own, for tests of the console: a service
// with a few arenas and an admin server. Fork it before the test starts
// threads.

#ifndef ACRE_TOOLS_CONSOLE_APP_ENGINE_PROCESS_H_
#define ACRE_TOOLS_CONSOLE_APP_ENGINE_PROCESS_H_

#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "engine_adapter/admin/admin_server.h"
#include "engine_adapter/admin/file_descriptor.h"
#include "engine_adapter/memory_service.h"

namespace acre::console {

class EngineProcess {
 public:
  EngineProcess(const std::string& directory, bool allow_writes) {
    int ends[2];
    if (pipe(ends) != 0) return;
    const admin::FileDescriptor ready(ends[0]);
    pid_ = fork();
    if (pid_ == 0) Run(directory, allow_writes, ends[1]);
    close(ends[1]);  // so that a child that ends is noticed
    char byte = 0;
    running_ = read(ready.get(), &byte, 1) == 1 && byte == '+';
  }
  ~EngineProcess() { Kill(); }
  EngineProcess(const EngineProcess&) = delete;
  EngineProcess& operator=(const EngineProcess&) = delete;

  bool running() const { return running_; }
  pid_t pid() const { return pid_; }

  // As a crash does: nothing is cleaned up.
  void Kill() {
    if (pid_ <= 0 || dead_) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    dead_ = true;
  }

 private:
  // tenant-1 .. tenant-4 hold 1 to 4 MiB in large and some in small pieces;
  // tenant-4 has dirty pages, and was refused something; a query of tenant-3's
  // has a tcache open.
  [[noreturn]] static void Run(const std::string& directory, bool allow_writes,
                               int tell) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    auto service = MemoryService::Create({.name = "small engine"});
    if (!service.ok()) Fail(tell);
    std::vector<Arena> arenas;
    for (size_t i = 1; i <= 4; ++i) {
      const std::string name = "tenant-" + std::to_string(i);
      auto arena = (*service)->CreateArena(
          {.name = name, .hard_limit_bytes = uint64_t{16} << 20});
      if (!arena.ok() || arena->Allocate(i << 20) == nullptr ||
          arena->Allocate(100) == nullptr) {
        Fail(tell);
      }
      arenas.push_back(*std::move(arena));
    }
    // In this order: before it refuses, an arena gives its dirty pages back.
    if (arenas.back().Allocate(1 << 30) != nullptr) Fail(tell);
    arenas.back().Deallocate(arenas.back().Allocate(2 << 20));
    Tcache query = arenas[2].OpenTcache();
    query.Deallocate(query.Allocate(64));
    auto server = AdminServer::Start(
        **service, {.directory = directory, .allow_writes = allow_writes});
    if (!server.ok()) Fail(tell);
    Say(tell, '+');
    while (true) pause();
  }

  [[noreturn]] static void Fail(int tell) {
    Say(tell, '-');
    _exit(1);
  }

  static void Say(int tell, char byte) {
    if (write(tell, &byte, 1) != 1) _exit(1);
  }

  pid_t pid_ = -1;
  bool running_ = false;
  bool dead_ = false;
};

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_ENGINE_PROCESS_H_
