// The worker that measures mimalloc.

#include "tools/bench_app/subject_mimalloc.h"
#include "tools/bench_app/worker.h"

int main(int argc, char** argv) {
  return acre::bench::WorkerMain<acre::bench::MimallocSubject>(argc, argv);
}
