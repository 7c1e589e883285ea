// The worker that measures jemalloc.

#include "tools/bench_app/subject_jemalloc.h"
#include "tools/bench_app/worker.h"

int main(int argc, char** argv) {
  return acre::bench::WorkerMain<acre::bench::JemallocSubject>(argc, argv);
}
