// What a document of the statistics shows beside the service itself.

#ifndef ACRE_STATS_WRITERS_DOCUMENT_PARTS_H_
#define ACRE_STATS_WRITERS_DOCUMENT_PARTS_H_

#include "stats/arena_statistics.h"

namespace acre::stats {

struct DocumentParts {
  bool arenas = true;  // One by one.
  bool bins = true;    // And large classes.
  // Without locks there are no figures of the governor and of providers.
  Locking locking = Locking::kAllowed;
};

}  // namespace acre::stats

#endif  // ACRE_STATS_WRITERS_DOCUMENT_PARTS_H_
