// Names that the process knows, for completion: asked for when they are needed,
// kept for two seconds, waited for one second at most. Not thread-safe.

#ifndef ACRE_TOOLS_CONSOLE_APP_SHELL_PROCESS_NAMES_H_
#define ACRE_TOOLS_CONSOLE_APP_SHELL_PROCESS_NAMES_H_

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "tools/console_app/admin_client.h"
#include "tools/console_app/shell/completion.h"

namespace acre::console {

class ProcessNames : public NameSource {
 public:
  // Of many arenas, those that hold most.
  static constexpr size_t kMostArenas = 1000;

  explicit ProcessNames(const std::string& socket_path)
      : client_(socket_path, std::chrono::seconds(1)) {}

  std::vector<std::string> Arenas() override;
  std::vector<std::string> Controls(std::string_view prefix) override;

 private:
  using Clock = std::chrono::steady_clock;

  AdminClient client_;
  std::vector<std::string> arenas_;
  Clock::time_point arenas_read_;
};

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_SHELL_PROCESS_NAMES_H_
