#include "engine_adapter/admin/http_message.h"

#include <string>

#include "engine_adapter/admin/json_body.h"

namespace acre::admin {

HttpResponse ErrorResponse(int status, std::string_view message) {
  HttpResponse response;
  response.status = status;
  response.error = std::string(message);
  response.body =
      JsonBody([&](stats::JsonWriter& json) { json.Field("error", message); });
  return response;
}

}  // namespace acre::admin
