#include "engine_adapter/admin/http_message.h"

#include "engine_adapter/admin/json_text.h"

namespace acre::admin {

HttpResponse ErrorResponse(int status, std::string_view message) {
  JsonText json;
  json.BeginObject().Field("error", message).EndObject();
  HttpResponse response;
  response.status = status;
  response.body = json.Take();
  return response;
}

}  // namespace acre::admin
