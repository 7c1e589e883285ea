#include "tools/console_app/document.h"

namespace acre::console {

absl::StatusOr<ServerInfo> ReadInfo(AdminClient& client) {
  const auto body = client.Get("/v1/info");
  if (!body.ok()) return body.status();
  return ParseInfo(*body);
}

absl::StatusOr<std::string> MachineText(const std::string& body,
                                        std::string_view rows,
                                        const Options& options) {
  if (options.csv) return CsvOfJson(body, rows);
  if (options.json) return body + "\n";
  return std::string();
}

}  // namespace acre::console
