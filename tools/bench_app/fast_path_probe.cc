// Runs the fast path a given number of times, for callgrind to count.
//
//   fast_path_probe OPERATION COUNT [SIZE]
//
// OPERATION: `pair` (allocate and free by pointer) or `sized_pair`, each out of
// line through a tcache. The tcache is warm before the first pair, so every
// call takes the inline path; what the process does besides is the same for
// every COUNT and drops out of the difference between two runs. The calls
// themselves are functions with C names, so that callgrind can be told to
// count inside one of them only. Exits 2 on bad arguments.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "engine_adapter/memory_service.h"
#include "tools/bench_app/opaque.h"

extern "C" {

[[gnu::noinline]] void* ProbeAllocate(acre::Tcache* tcache, size_t size) {
  return tcache->Allocate(size);
}

[[gnu::noinline]] void ProbeDeallocate(acre::Tcache* tcache, void* pointer) {
  tcache->Deallocate(pointer);
}

[[gnu::noinline]] void ProbeDeallocateSized(acre::Tcache* tcache, void* pointer,
                                            size_t size) {
  tcache->Deallocate(pointer, size);
}

}  // extern "C"

namespace {

constexpr size_t kDefaultSize = 64;
constexpr int kBadArguments = 2;
constexpr int kRefused = 1;

void RunPairs(acre::Tcache* tcache, size_t count, size_t size) {
  for (size_t i = 0; i < count; ++i) {
    void* pointer = ProbeAllocate(tcache, acre::bench::Opaque(size));
    ProbeDeallocate(tcache, acre::bench::Opaque(pointer));
  }
}

void RunSizedPairs(acre::Tcache* tcache, size_t count, size_t size) {
  for (size_t i = 0; i < count; ++i) {
    void* pointer = ProbeAllocate(tcache, acre::bench::Opaque(size));
    ProbeDeallocateSized(tcache, acre::bench::Opaque(pointer),
                         acre::bench::Opaque(size));
  }
}

int Run(bool sized, size_t count, size_t size) {
  auto service = acre::MemoryService::Create(acre::ServiceOptions());
  if (!service.ok()) return kRefused;
  auto arena = (*service)->CreateArena(acre::ArenaOptions());
  if (!arena.ok()) return kRefused;
  acre::Tcache tcache = arena->OpenTcache();
  constexpr size_t kWarmUp = 100;
  if (sized) {
    RunSizedPairs(&tcache, kWarmUp + count, size);
  } else {
    RunPairs(&tcache, kWarmUp + count, size);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view operation = argc > 2 ? argv[1] : "";
  if (operation != "pair" && operation != "sized_pair") {
    std::fprintf(stderr,
                 "usage: fast_path_probe pair|sized_pair COUNT [SIZE]\n");
    return kBadArguments;
  }
  const size_t count = std::strtoull(argv[2], nullptr, 10);
  const size_t size =
      argc > 3 ? std::strtoull(argv[3], nullptr, 10) : kDefaultSize;
  return Run(operation == "sized_pair", count, size);
}
