// The worker that measures acre.

#include "tools/bench_app/subject_acre.h"
#include "tools/bench_app/worker.h"

int main(int argc, char** argv) {
  return acre::bench::WorkerMain<acre::bench::AcreSubject>(argc, argv);
}
