// The worker that measures gperftools.

#include "tools/bench_app/subject_gperftools.h"
#include "tools/bench_app/worker.h"

int main(int argc, char** argv) {
  return acre::bench::WorkerMain<acre::bench::GperftoolsSubject>(argc, argv);
}
