#include "engine_adapter/admin/control_handlers.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "engine_adapter/admin/json_body.h"
#include "engine_adapter/admin/read_stamp.h"
#include "engine_adapter/admin/responses.h"
#include "engine_adapter/control.h"
#include "stats/control/control_tree.h"

namespace acre::admin {
namespace {

using stats::ControlMode;
using stats::ControlType;
using stats::ControlValue;
using stats::JsonWriter;

// The operator may do what is not for the engine only.
Control ControlOf(MemoryService& service) {
  return Control(service, ControlReach::kAnyone);
}

void WriteInfo(const ControlInfo& info, std::string_view name,
               JsonWriter* json) {
  json->Field("name", name)
      .Field("type", info.type)
      .Field("mode", info.mode)
      .Field("unit", info.unit)
      .Field("reach", info.reach == ControlReach::kEngine ? "engine" : "anyone")
      .Field("help", info.help);
}

std::string TextOf(const ControlValue& value) {
  char text[ControlValue::kMostText + 1];
  return std::string(text, stats::FormatControlValue(value, text));
}

void WriteValue(std::string_view key, const ControlValue& value,
                JsonWriter* json) {
  switch (value.type) {
    case ControlType::kNothing:
      json->Null(key);
      return;
    case ControlType::kBool:
      json->Flag(key, value.flag());
      return;
    case ControlType::kText:
    case ControlType::kPointer:
      json->Field(key, TextOf(value));
      return;
    default:
      break;
  }
  if (value.is_signed()) {
    json->Signed(key, value.signed_number());
  } else {
    json->Field(key, value.bits);
  }
}

// 405 with what the node allows.
HttpResponse WrongMethod(const Route& route, ControlMode mode) {
  HttpResponse response =
      ErrorResponse(405, fmt::format("control \"{}\" is not {}; its mode is {}",
                                     route.control,
                                     route.method == "PUT"    ? "writable"
                                     : route.method == "POST" ? "executable"
                                                              : "readable",
                                     stats::ModeName(mode)));
  response.allow = mode == ControlMode::kRead        ? "GET, HEAD"
                   : mode == ControlMode::kReadWrite ? "GET, HEAD, PUT"
                   : mode == ControlMode::kWrite     ? "PUT"
                                                     : "POST";
  return response;
}

// What the node says now; nothing where it cannot be read.
ControlValue ValueOf(const Control& control, const ControlPath& path) {
  ControlValue value;
  if (!stats::CanRead(path.node->mode) ||
      !control.Exchange(path, nullptr, &value).ok()) {
    return {};
  }
  return value;
}

HttpResponse ChangeResponse(const Route& route, const ControlValue& before,
                            const ControlValue& after, Change* change) {
  change->before = TextOf(before);
  change->after = TextOf(after);
  return JsonResponse(JsonBody([&](JsonWriter& json) {
    json.Field("name", route.control);
    WriteValue("before", before, &json);
    WriteValue("after", after, &json);
    json.Flag("dry_run", route.dry_run);
  }));
}

}  // namespace

HttpResponse AnswerControls(const Route& route) {
  const std::vector<ControlInfo> nodes = route.search.empty()
                                             ? Control::List(route.prefix)
                                             : Control::Search(route.search);
  return JsonResponse(JsonBody([&](JsonWriter& json) {
    json.BeginArray("nodes");
    for (const ControlInfo& info : nodes) {
      json.BeginObject();
      WriteInfo(info, info.name, &json);
      json.EndObject();
    }
    json.EndArray();
  }));
}

HttpResponse AnswerControl(MemoryService& service, const Route& route) {
  const Control control = ControlOf(service);
  const auto path = control.Find(route.control);
  if (!path.ok()) return StatusResponse(path.status());
  if (!stats::CanRead(path->node->mode)) {
    return WrongMethod(route, path->node->mode);
  }
  const ReadTimer timer;
  ControlValue value;
  const absl::Status status = control.Exchange(*path, nullptr, &value);
  if (!status.ok()) return StatusResponse(status);
  const ReadStamp stamp = timer.Stamp();
  return JsonResponse(JsonBody([&](JsonWriter& json) {
    json.Field("read_at", FormatTime(stamp.read_at))
        .Decimal("read_cost_us", stamp.cost_us);
    WriteInfo(Control::Describe(*path), route.control, &json);
    WriteValue("value", value, &json);
  }));
}

HttpResponse WriteControl(MemoryService& service, const Route& route,
                          Change* change) {
  const Control control = ControlOf(service);
  const auto path = control.Find(route.control);
  if (!path.ok()) return StatusResponse(path.status());
  if (!stats::CanWrite(path->node->mode)) {
    return WrongMethod(route, path->node->mode);
  }
  if (!route.value) {
    return ErrorResponse(
        400, fmt::format("writing control \"{}\" needs "
                         "?value=, of type {}",
                         route.control, TypeName(path->node->written_type())));
  }
  ControlValue value;
  if (!stats::ParseControlValue(*path->node, *route.value, &value).ok()) {
    return ErrorResponse(
        400,
        fmt::format("control \"{}\": \"{}\" is not of type {}", route.control,
                    *route.value, TypeName(path->node->written_type())));
  }
  const ControlValue before = ValueOf(control, *path);
  change->before = TextOf(before);
  if (route.dry_run) {
    const absl::Status fine = control.Check(*path, &value);
    return fine.ok() ? ChangeResponse(route, before, value, change)
                     : StatusResponse(fine);
  }
  const absl::Status status = control.Exchange(*path, &value, nullptr);
  if (!status.ok()) return StatusResponse(status);
  // What it is now: limits are rounded to pages.
  ControlValue after = ValueOf(control, *path);
  if (after.type == ControlType::kNothing) after = value;
  return ChangeResponse(route, before, after, change);
}

HttpResponse ExecuteControl(MemoryService& service, const Route& route,
                            Change* change) {
  const Control control = ControlOf(service);
  const auto path = control.Find(route.control);
  if (!path.ok()) return StatusResponse(path.status());
  if (path->node->mode != ControlMode::kExecute) {
    return WrongMethod(route, path->node->mode);
  }
  const absl::Status status = route.dry_run ? control.Check(*path, nullptr)
                                            : control.Execute(*path);
  if (!status.ok()) return StatusResponse(status);
  return ChangeResponse(route, {}, {}, change);
}

}  // namespace acre::admin
