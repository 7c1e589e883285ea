// A JSON document of moderate size as a string. What may be long is a
// stats::Document instead, and made while it is sent.
//
//   JsonBody([&](stats::JsonWriter& json) { json.Field("pid", 7); })
//   -> {"pid":7}

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_JSON_BODY_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_JSON_BODY_H_

#include <cstddef>
#include <string>

#include "stats/writers/json_writer.h"
#include "stats/writers/text.h"

namespace acre::admin {

// `write_fields` is called until all it writes fits: more than once for more
// than 4 KiB.
template <typename WriteFields>
std::string JsonBody(WriteFields write_fields) {
  for (size_t room = 4096;; room *= 4) {
    std::string body(room, '\0');
    stats::Text text(body.data(), body.size());
    stats::JsonWriter json(&text);
    json.BeginObject();
    write_fields(json);
    json.EndObject();
    if (text.overflowed()) continue;
    body.resize(text.size());
    return body;
  }
}

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_JSON_BODY_H_
