// The worker that measures glibc.

#include "tools/bench_app/subject_glibc.h"
#include "tools/bench_app/worker.h"

int main(int argc, char** argv) {
  return acre::bench::WorkerMain<acre::bench::GlibcSubject>(argc, argv);
}
