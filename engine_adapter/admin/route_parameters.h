// What may stand behind a target's question mark: which resource takes which
// parameter, and what its text means. Pure functions.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_ROUTE_PARAMETERS_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_ROUTE_PARAMETERS_H_

#include <optional>
#include <string_view>

#include "engine_adapter/admin/router.h"

namespace acre::admin {

// Of the resource that `route` names.
std::optional<RouteError> ParseQuery(std::string_view query, Route* route);

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_ROUTE_PARAMETERS_H_
