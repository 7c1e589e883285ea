// The worker that measures jemalloc.

#include "tools/bench_app/subject_jemalloc.h"
#include "tools/bench_app/worker.h"

// Read by jemalloc before main. By default it purges a free extent of 8 MiB or
// more at once, which costs the row of large buffers a factor of 25; here it
// runs with what an engine that measures would choose.
const char* malloc_conf = "oversize_threshold:0";

int main(int argc, char** argv) {
  return acre::bench::WorkerMain<acre::bench::JemallocSubject>(argc, argv);
}
