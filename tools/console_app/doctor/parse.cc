#include "tools/console_app/doctor/parse.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/console_app/json_members.h"

namespace acre::console::doctor {
namespace {

using Json = nlohmann::json;

template <typename Statistics, typename Fields>
Statistics ParseFigures(const Json& object, const Fields& fields) {
  Statistics statistics;
  for (const auto& field : fields) {
    statistics.*field.member = Number(object, field.name);
  }
  return statistics;
}

}  // namespace

std::vector<LockRow> ParseLocks(const Json& document) {
  std::vector<LockRow> locks;
  for (const Json& row : Member(document, "locks")) {
    locks.push_back({.name = Text(row, "name"),
                     .arena = Text(row, "arena"),
                     .size_class = Number(row, "size_class"),
                     .acquisitions = Number(row, "acquisitions"),
                     .contentions = Number(row, "contentions"),
                     .wait_seconds = Real(row, "wait_seconds")});
  }
  return locks;
}

void ParseTcaches(const Json& document, Evidence* evidence) {
  evidence->open_tcaches = Number(document, "open");
  evidence->parked_tcaches = Number(document, "parked");
  for (const Json& row : Member(document, "tcaches")) {
    evidence->tcaches.push_back({.arena = Text(row, "arena"),
                                 .id = Number(row, "id"),
                                 .parked = Truth(row, "parked"),
                                 .age_seconds = Real(row, "age_seconds"),
                                 .bytes = Number(row, "bytes")});
  }
}

KernelReading ParseKernel(const Json& document) {
  KernelReading kernel;
  const Json& service = Member(document, "service");
  kernel.process = ParseFigures<stats::ProcessView>(
      Member(document, "process"), stats::kProcessFields);
  kernel.service =
      ParseFigures<stats::KernelView>(service, stats::kKernelFields);
  kernel.metadata_resident = Number(service, "metadata_resident");
  for (const Json& row : Member(document, "arenas")) {
    kernel.arenas.push_back(
        {.name = Text(row, "name"),
         .view = ParseFigures<stats::KernelView>(row, stats::kKernelFields)});
  }
  return kernel;
}

std::string ControlOf(std::string_view arena, std::string_view node) {
  const bool plain =
      arena != "all" &&
      arena.find_first_of(".\"<>") == std::string_view::npos &&
      arena.find_first_not_of("0123456789") != std::string_view::npos;
  if (plain) return fmt::format("arena.{}.{}", arena, node);
  std::string quoted;
  for (const char c : arena) quoted.append(c == '"' ? 2 : 1, c);
  return fmt::format("arena.\"{}\".{}", quoted, node);
}

}  // namespace acre::console::doctor
