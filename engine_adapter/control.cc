#include "engine_adapter/control.h"

#include <algorithm>
#include <array>

#include "engine_adapter/memory_service.h"
#include "engine_adapter/nearest_name.h"
#include "fmt/format.h"

namespace acre {

using stats::ControlError;
using stats::ControlIndex;
using stats::ControlNode;
using stats::ControlResult;
using stats::ControlValue;
using stats::NameComponent;

namespace {

std::string_view View(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

ControlInfo InfoOf(const ControlNode& node) {
  return {.name = node.name,
          .type = TypeName(node.type),
          .mode = ModeName(node.mode),
          .unit = UnitName(node.unit),
          .help = node.help,
          .reach = node.reach};
}

// Follows a name as far as it leads.
struct Follower {
  explicit Follower(std::string_view name)
      : range(ControlIndex::Get()), rest(name) {}

  // False at the end, and where the name goes astray: then `component` is what
  // there is nothing for.
  bool Next() {
    before = range;
    const std::string_view here = rest;
    if (!TakeComponent(&rest, &component)) {
      malformed = !here.empty();
      return false;
    }
    if (range.next_is_arena() || range.next_is_index()) {
      range.Pass();
    } else {
      range.NarrowBy(component.text);
    }
    return !range.empty();
  }

  ControlIndex::Range range;
  ControlIndex::Range before{ControlIndex::Get()};
  std::string_view rest;
  NameComponent component;
  bool malformed = false;
};

}  // namespace

Control::Control(MemoryService& service, ControlReach reach) noexcept
    : service_(&service), tree_(service.control_host()), reach_(reach) {}

absl::Status Control::NoSuchName(std::string_view name) const {
  if (const auto* absent = stats::ControlTree::FindAbsent(name)) {
    return absl::NotFoundError(
        fmt::format("control \"{}\": not in Acre: {}", name, absent->reason));
  }
  Follower follower(name);
  std::string_view good;  // What leads somewhere.
  while (follower.Next()) {
    good = name.substr(0, name.size() - follower.rest.size());
  }
  if (!follower.malformed && !follower.range.empty()) {
    return absl::NotFoundError(fmt::format(
        "control \"{}\": only the beginning of names; List shows them", name));
  }
  NearestName nearest(follower.component.text);
  const size_t depth = follower.before.depth();
  for (const ControlIndex::Entry& entry : follower.before.entries()) {
    if (entry.components > depth) nearest.Consider(entry.component(depth));
  }
  const std::string best = nearest.best();
  if (follower.malformed || best.empty()) {
    return absl::NotFoundError(fmt::format("no control \"{}\"", name));
  }
  return absl::NotFoundError(
      fmt::format("no control \"{}\"; did you mean "
                  "\"{}{}\"?",
                  name, good, best));
}

absl::StatusOr<ControlPath> Control::Find(std::string_view name) const {
  ControlPath path;
  const ControlResult result = tree_.Resolve(name, &path);
  if (result.ok()) return path;
  if (result.error == ControlError::kNoSuchName) return NoSuchName(name);
  // Which arena, or which index, the name has.
  Follower follower(name);
  while (follower.Next()) {
    const bool arena = follower.before.next_is_arena();
    if (!arena && !follower.before.next_is_index()) continue;
    if (arena != (result.error == ControlError::kNoSuchArena)) continue;
    if (!arena) break;
    const auto found = service_->FindArena(follower.component.text);
    return absl::NotFoundError(
        fmt::format("control \"{}\": {}", name,
                    found.ok() ? "no such arena" : View(found.status())));
  }
  return absl::OutOfRangeError(fmt::format("control \"{}\": \"{}\" is no index",
                                           name, follower.component.text));
}

absl::Status Control::WrongType(const ControlPath& path) const {
  return absl::InvalidArgumentError(
      fmt::format("control \"{}\": is of type {}", path.node->name,
                  TypeName(path.node->written_type())));
}

absl::Status Control::DoesNotFit(const ControlPath& path,
                                 const ControlValue& value) const {
  std::array<char, 32> text;
  const size_t size = FormatControlValue(value, text);
  return absl::OutOfRangeError(
      fmt::format("control \"{}\": {} does not fit", path.node->name,
                  std::string_view(text.data(), size)));
}

absl::Status Control::Error(const ControlPath& path,
                            const ControlResult& result) const {
  const std::string_view name = path.node->name;
  switch (result.error) {
    case ControlError::kNone:
      return absl::OkStatus();
    case ControlError::kNoSuchName:
      return NoSuchName(name);
    case ControlError::kNoSuchArena:
      return absl::NotFoundError(fmt::format(
          "control \"{}\": arena {} is not there", name, path.arena));
    case ControlError::kNoSuchIndex:
      return absl::OutOfRangeError(
          fmt::format("control \"{}\": index {}, there are {}", name,
                      path.index, path.node->indices));
    case ControlError::kNotReadable:
      return absl::FailedPreconditionError(
          fmt::format("control \"{}\": cannot be read", name));
    case ControlError::kNotWritable:
      return absl::FailedPreconditionError(
          fmt::format("control \"{}\": cannot be {}", name,
                      CanWrite(path.node->mode) ? "executed" : "written"));
    case ControlError::kNotForAll:
      return absl::InvalidArgumentError(
          fmt::format("control \"{}\": of one arena, not of all", name));
    case ControlError::kWrongType:
      return WrongType(path);
    case ControlError::kBadValue:
      return absl::InvalidArgumentError(
          fmt::format("control \"{}\": must be from {} to {}", name,
                      result.least, result.most));
    case ControlError::kNoRoom:
      return absl::ResourceExhaustedError(
          fmt::format("control \"{}\": the service's limit leaves {} B", name,
                      result.most));
    case ControlError::kOutOfMemory:
      return absl::ResourceExhaustedError(
          fmt::format("control \"{}\": out of memory, or at a limit", name));
    case ControlError::kRefused:
      break;
  }
  return absl::UnavailableError(
      fmt::format("control \"{}\": not possible now", name));
}

absl::Status Control::CheckReach(const ControlPath& path) const {
  if (path.node->reach == ControlReach::kEngine &&
      reach_ != ControlReach::kEngine) {
    return absl::PermissionDeniedError(fmt::format(
        "control \"{}\": only for the engine itself", path.node->name));
  }
  return absl::OkStatus();
}

absl::Status Control::Check(const ControlPath& path,
                            const ControlValue* in) const {
  absl::Status status = CheckReach(path);
  if (!status.ok()) return status;
  const ControlResult result = tree_.Check(path, in);
  return result.ok() ? absl::OkStatus() : Error(path, result);
}

absl::Status Control::Exchange(const ControlPath& path, const ControlValue* in,
                               ControlValue* out) const {
  absl::Status status = CheckReach(path);
  if (!status.ok()) return status;
  const ControlResult result = tree_.Run(path, in, out);
  return result.ok() ? absl::OkStatus() : Error(path, result);
}

absl::Status Control::Execute(const ControlPath& path) const {
  return Exchange(path, nullptr, nullptr);
}

absl::Status Control::Execute(std::string_view name) const {
  auto path = Find(name);
  if (!path.ok()) return path.status();
  return Execute(*path);
}

absl::StatusOr<std::string> Control::GetText(std::string_view name) const {
  auto path = Find(name);
  if (!path.ok()) return path.status();
  ControlValue value;
  absl::Status status = Exchange(*path, nullptr, &value);
  if (!status.ok()) return status;
  std::array<char, ControlValue::kMostText + 1> text;
  return std::string(text.data(), FormatControlValue(value, text));
}

absl::Status Control::SetText(std::string_view name,
                              std::string_view text) const {
  auto path = Find(name);
  if (!path.ok()) return path.status();
  if (!CanWrite(path->node->mode)) {
    return Error(*path, ControlError::kNotWritable);
  }
  ControlValue value;
  const ControlResult parsed = ParseControlValue(*path->node, text, &value);
  if (parsed.error == ControlError::kBadValue) {
    return absl::InvalidArgumentError(fmt::format(
        "control \"{}\": \"{}\" is not of type {}", path->node->name, text,
        TypeName(path->node->written_type())));
  }
  if (!parsed.ok()) return Error(*path, parsed);
  return Exchange(*path, &value, nullptr);
}

ControlInfo Control::Describe(const ControlPath& path) {
  return InfoOf(*path.node);
}

std::vector<ControlInfo> Control::List(std::string_view prefix) {
  // Whole components, and what a last one begins with.
  const size_t dot = prefix.ends_with('"') ? prefix.size() : prefix.rfind('.');
  const bool whole = dot != std::string_view::npos;
  const std::string_view tail =
      whole ? prefix.substr(std::min(dot + 1, prefix.size())) : prefix;
  Follower follower(whole ? prefix.substr(0, dot) : std::string_view());
  while (follower.Next()) {
  }
  std::vector<ControlInfo> found;
  const size_t depth = follower.range.depth();
  for (const ControlIndex::Entry& entry : follower.range.entries()) {
    if (!tail.empty()) {
      if (entry.components <= depth) continue;
      const std::string_view next = entry.component(depth);
      if (!next.starts_with('<') && !next.starts_with(tail)) continue;
    }
    found.push_back(InfoOf(*entry.node));
  }
  return found;
}

std::vector<ControlInfo> Control::Search(std::string_view text) {
  std::vector<ControlInfo> found;
  for (const ControlIndex::Entry& entry : ControlIndex::Get().entries()) {
    if (entry.node->name.find(text) != std::string_view::npos ||
        entry.node->help.find(text) != std::string_view::npos) {
      found.push_back(InfoOf(*entry.node));
    }
  }
  return found;
}

}  // namespace acre
