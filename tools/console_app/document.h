// Commands that show one document of the process: fetched, then printed as it
// is, as comma-separated values, or rendered.

#ifndef ACRE_TOOLS_CONSOLE_APP_DOCUMENT_H_
#define ACRE_TOOLS_CONSOLE_APP_DOCUMENT_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tools/console_app/csv.h"
#include "tools/console_app/reading.h"
#include "tools/console_app/session.h"

namespace acre::console {

// What the process says of itself.
absl::StatusOr<ServerInfo> ReadInfo(AdminClient& client);

// A document to print for --json or --csv; `rows` is the member that has what
// the command lists. Nothing when neither was asked for.
absl::StatusOr<std::string> MachineText(const std::string& body,
                                        std::string_view rows,
                                        const Options& options);

inline bool WantsMachineText(const Options& options) {
  return options.json || options.csv;
}

// `render` takes ServerInfo, what `parse` gave, and a ReportStyle.
template <typename Reading, typename Render>
absl::StatusOr<std::string> ShowDocument(
    Session& session, const Options& options, const std::string& target,
    std::string_view rows, absl::StatusOr<Reading> (*parse)(std::string_view),
    Render render) {
  const auto client = session.Attach(options);
  if (!client.ok()) return client.status();
  const auto body = (*client)->Get(target);
  if (!body.ok()) return body.status();
  if (WantsMachineText(options)) return MachineText(*body, rows, options);
  const auto reading = parse(*body);
  if (!reading.ok()) return reading.status();
  const auto info = ReadInfo(**client);
  if (!info.ok()) return info.status();
  return render(*info, *reading, session.StyleFor(options));
}

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_DOCUMENT_H_
