// A status's message for people, without its code.
#ifndef ACRE_TOOLS_DEMO_APP_STATUS_TEXT_H_
#define ACRE_TOOLS_DEMO_APP_STATUS_TEXT_H_

#include <string>

#include "absl/status/status.h"

namespace acre::demo {

inline std::string StatusText(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

}  // namespace acre::demo

#endif  // ACRE_TOOLS_DEMO_APP_STATUS_TEXT_H_
