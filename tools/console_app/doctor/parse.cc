#include "tools/console_app/doctor/parse.h"

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
  kernel.process = ParseFigures<stats::ProcessView>(Member(document, "process"),
                                                    stats::kProcessFields);
  kernel.service = ParseFigures<stats::KernelView>(Member(document, "service"),
                                                   stats::kKernelFields);
  kernel.metadata = Number(Member(document, "accounted"), "metadata");
  kernel.foreign = Number(document, "foreign");
  for (const Json& row : Member(document, "arenas")) {
    kernel.arenas.push_back(
        {.name = Text(row, "name"),
         .view = ParseFigures<stats::KernelView>(row, stats::kKernelFields)});
  }
  return kernel;
}

}  // namespace acre::console::doctor
