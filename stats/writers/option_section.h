// What a service was built with and created with (config.* and opt.* of the
// control tree), as sections of documents.

#ifndef ACRE_STATS_WRITERS_OPTION_SECTION_H_
#define ACRE_STATS_WRITERS_OPTION_SECTION_H_

#include <span>

#include "allocator/arena/domain.h"
#include "stats/control/control_node.h"
#include "stats/writers/json_writer.h"
#include "stats/writers/text.h"

namespace acre::stats {

// A field for each node whose name begins with `prefix` ("opt."), without it.
void WriteOptions(const allocator::Domain& domain,
                  std::span<const ControlNode> nodes, std::string_view prefix,
                  JsonWriter* json) noexcept;

// A line for each: "  opt.abort: true".
void WriteOptions(const allocator::Domain& domain,
                  std::span<const ControlNode> nodes, std::string_view prefix,
                  Text* text) noexcept;

}  // namespace acre::stats

#endif  // ACRE_STATS_WRITERS_OPTION_SECTION_H_
