// Responses that several handlers give.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_RESPONSES_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_RESPONSES_H_

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "engine_adapter/admin/http_message.h"

namespace acre::admin {

inline HttpResponse JsonResponse(std::string body) {
  HttpResponse response;
  response.body = std::move(body);
  return response;
}

// What HTTP calls an error.
inline int HttpStatusOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kResourceExhausted:
      return 409;
    case absl::StatusCode::kUnavailable:
      return 503;
    default:
      return 500;
  }
}

inline HttpResponse StatusResponse(const absl::Status& status) {
  return ErrorResponse(
      HttpStatusOf(status),
      std::string_view(status.message().data(), status.message().size()));
}

inline HttpResponse Gone(std::string_view arena) {
  return ErrorResponse(
      404, fmt::format("arena \"{}\" was destroyed while it was read", arena));
}

inline HttpResponse ReadOnly(std::string_view service, std::string_view what) {
  return ErrorResponse(
      403, fmt::format("service \"{}\" is read-only: {} needs an admin server "
                       "started with AdminOptions::allow_writes",
                       service, what));
}

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_RESPONSES_H_
