// What the service last said when it refused memory.
//
// Thread-safe. Refusals come on the threads of the queries: noting one takes
// no memory and waits for nobody, so of two at once one may be lost.
#ifndef ACRE_TOOLS_DEMO_APP_LAST_REFUSAL_H_
#define ACRE_TOOLS_DEMO_APP_LAST_REFUSAL_H_

#include <array>
#include <mutex>
#include <string>

#include "engine_adapter/memory_service.h"

namespace acre::demo {

class LastRefusal {
 public:
  // For ServiceOptions::on_refusal, with the LastRefusal as context.
  static void Note(void* last_refusal, const RefusalReport& report);

  // One line without its end; empty when nothing was refused.
  std::string text() const;

 private:
  mutable std::mutex mutex_;
  std::array<char, 512> text_ = {};
};

}  // namespace acre::demo

#endif  // ACRE_TOOLS_DEMO_APP_LAST_REFUSAL_H_
