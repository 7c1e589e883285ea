// Whatever is asked, the router answers with a route or an error, and a route's
// name is one that an arena can have.

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <string>
#include <string_view>
#include <variant>

#include "engine_adapter/admin/http_message.h"
#include "engine_adapter/admin/router.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t space = input.find(' ');
  if (space == std::string_view::npos) return 0;
  const auto parsed =
      acre::admin::ParseRoute(input.substr(0, space), input.substr(space + 1));
  if (const auto* route = std::get_if<acre::admin::Route>(&parsed)) {
    const std::string& name =
        !route->arena.empty() ? route->arena : route->control;
    const bool named =
        acre::admin::ResourceName(route->resource).find("/NAME") !=
        std::string::npos;
    if (named && name.empty()) abort();
    if (route->arena.size() > acre::admin::kMaxArenaNameBytes) abort();
    if (route->control.size() > acre::admin::kMaxControlNameBytes) abort();
    if (acre::admin::PercentDecode(acre::admin::PercentEncode(name)) != name) {
      abort();
    }
    return 0;
  }
  acre::admin::ErrorResponse(400,
                             std::get<acre::admin::RouteError>(parsed).message);
  return 0;
}
