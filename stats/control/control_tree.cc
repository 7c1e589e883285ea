#include "stats/control/control_tree.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace acre::stats {
namespace {

using allocator::Arena;

// The name of an arena that a component stands for: inside of quotes they are
// doubled. False when it is too long for a name.
bool NameOf(const NameComponent& component, char* out, size_t* size) {
  const std::string_view text = component.text;
  *size = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (*size == allocator::kMaxArenaName) return false;
    out[(*size)++] = text[i];
    if (component.quoted && text[i] == '"') ++i;
  }
  return true;
}

bool ParseNumber(std::string_view text, uint64_t* number) {
  const char* const end = text.data() + text.size();
  const auto [parsed_to, error] = std::from_chars(text.data(), end, *number);
  return error == std::errc() && parsed_to == end && !text.empty();
}

// <j> of a name.
ControlResult ParseIndex(const NameComponent& component, uint64_t* index) {
  return !component.quoted && ParseNumber(component.text, index)
             ? ControlResult()
             : ControlError::kNoSuchIndex;
}

}  // namespace

ControlResult ControlTree::ResolveArena(const NameComponent& component,
                                        ControlPath* path) const noexcept {
  if (!component.quoted) {
    path->generation = 0;
    if (component.text == "all") {
      path->arena = kAllArenas;
      return {};
    }
    if (ParseNumber(component.text, &path->arena)) {
      if (path->arena == kAllArenas) return {};
      const Arena* arena =
          host_->control_domain()->FindLiveAt(path->arena, &path->generation);
      // No arena yet, perhaps: "initialized" may be asked of any.
      if (arena == nullptr) path->generation = 0;
      return {};
    }
  }
  char name[allocator::kMaxArenaName];
  size_t size = 0;
  if (!NameOf(component, name, &size)) return ControlError::kNoSuchArena;
  const Arena* arena =
      host_->FindArenaNamed(std::string_view(name, size), &path->generation);
  if (arena == nullptr) return ControlError::kNoSuchArena;
  path->arena = arena->index;
  return {};
}

ControlResult ControlTree::Resolve(std::string_view name,
                                   ControlPath* path) const noexcept {
  *path = {};
  ControlIndex::Range range(ControlIndex::Get());
  NameComponent component;
  while (!name.empty()) {
    if (!TakeComponent(&name, &component)) return ControlError::kNoSuchName;
    ControlResult result;
    if (range.next_is_arena()) {
      // What follows is looked at first: a wrong name is not a wrong arena.
      range.Pass();
      result = ResolveArena(component, path);
    } else if (range.next_is_index()) {
      range.Pass();
      result = ParseIndex(component, &path->index);
    } else {
      range.NarrowBy(component.quoted ? std::string_view() : component.text);
    }
    if (range.empty()) return ControlError::kNoSuchName;
    if (!result.ok()) return result;
  }
  path->node = range.node();
  if (path->node == nullptr) return ControlError::kNoSuchName;
  return {};
}

ControlResult ControlTree::ToMib(std::string_view name, size_t* mib,
                                 size_t* size) const noexcept {
  ControlIndex::Range range(ControlIndex::Get());
  ControlPath path;
  NameComponent component;
  size_t n = 0;
  while (!name.empty()) {
    if (n == *size) return {};  // As many as were asked for.
    if (!TakeComponent(&name, &component)) return ControlError::kNoSuchName;
    ControlResult result;
    if (range.next_is_arena()) {
      range.Pass();
      result = ResolveArena(component, &path);
      mib[n++] = path.arena;
    } else if (range.next_is_index()) {
      range.Pass();
      result = ParseIndex(component, &path.index);
      mib[n++] = path.index;
    } else {
      range.NarrowBy(component.quoted ? std::string_view() : component.text);
      if (range.empty()) return ControlError::kNoSuchName;
      mib[n++] = range.last_ordinal();
    }
    if (!result.ok()) return result;
  }
  *size = n;
  return n == 0 ? ControlError::kNoSuchName : ControlResult();
}

ControlResult ControlTree::FromMib(std::span<const size_t> mib,
                                   ControlPath* path) const noexcept {
  *path = {};
  ControlIndex::Range range(ControlIndex::Get());
  for (const size_t number : mib) {
    if (range.next_is_arena()) {
      path->arena = number;
      range.Pass();
    } else if (range.next_is_index()) {
      path->index = number;
      range.Pass();
    } else {
      range.NarrowByOrdinal(number);
    }
    if (range.empty()) return ControlError::kNoSuchName;
  }
  path->node = range.node();
  if (path->node == nullptr) return ControlError::kNoSuchName;
  return {};
}

ControlResult ControlTree::Run(const ControlPath& path, const ControlValue* in,
                               ControlValue* out) const noexcept {
  return RunOrCheck(path, in, out, /*check_only=*/false);
}

ControlResult ControlTree::Check(const ControlPath& path,
                                 const ControlValue* in) const noexcept {
  return RunOrCheck(path, in, nullptr, /*check_only=*/true);
}

ControlResult ControlTree::RunOrCheck(const ControlPath& path,
                                      const ControlValue* in, ControlValue* out,
                                      bool check_only) const noexcept {
  const ControlNode& node = *path.node;
  if (out != nullptr && !CanRead(node.mode)) return ControlError::kNotReadable;
  if (in != nullptr && !CanWrite(node.mode)) return ControlError::kNotWritable;
  if (in == nullptr && out == nullptr && node.mode != ControlMode::kExecute) {
    return CanRead(node.mode) ? ControlError::kNotWritable
                              : ControlError::kNotReadable;
  }
  if (in != nullptr && in->type != node.written_type()) {
    return ControlError::kWrongType;
  }
  if (path.index != 0 && path.index >= node.indices) {
    return ControlError::kNoSuchIndex;
  }
  ControlCall call = {.domain = host_->control_domain(),
                      .host = host_,
                      .node = &node,
                      .arena = nullptr,
                      .generation = path.generation,
                      .index = path.index,
                      .check_only = check_only};
  // Executing takes nothing that could be wrong but where it is done.
  auto run = [&] {
    return check_only && in == nullptr ? ControlResult()
                                       : node.run(call, in, out);
  };
  if (!node.of_arena()) return run();
  if (path.arena == kAllArenas) {
    if (!node.for_all) return ControlError::kNotForAll;
    return run();
  }
  uint32_t generation = 0;
  call.arena = call.domain->FindLiveAt(path.arena, &generation);
  if (call.arena == nullptr && node.dead_too) return run();
  if (call.arena == nullptr ||
      (path.generation != 0 && path.generation != generation)) {
    return ControlError::kNoSuchArena;
  }
  call.generation = generation;
  const ControlResult result = run();
  // What was read while another arena took its place is neither's.
  if (result.ok() && out != nullptr &&
      call.domain->FindLive(call.arena->index, generation) == nullptr) {
    return ControlError::kNoSuchArena;
  }
  return result;
}

const AbsentControl* ControlTree::FindAbsent(std::string_view name) noexcept {
  for (const AbsentControl& absent : AbsentControls()) {
    std::string_view pattern = absent.name;
    std::string_view rest = name;
    NameComponent wanted;
    NameComponent given;
    bool same = true;
    while (same && !pattern.empty() && !rest.empty()) {
      same = TakeComponent(&pattern, &wanted) && TakeComponent(&rest, &given);
      if (same && wanted.text == "*") return &absent;
      same = same && (wanted.text == "<i>" || wanted.text == "<j>" ||
                      wanted.text == given.text);
    }
    if (same && pattern.empty() && rest.empty()) return &absent;
  }
  return nullptr;
}

ControlResult ParseControlValue(const ControlNode& node, std::string_view text,
                                ControlValue* value) noexcept {
  const ControlType type = node.written_type();
  *value = ControlValue::Of(type, 0);
  const char* const end = text.data() + text.size();
  auto number = [&](auto parsed) -> ControlResult {
    using Number = decltype(parsed);
    const auto [parsed_to, error] = std::from_chars(text.data(), end, parsed);
    if (text.empty() || error != std::errc() || parsed_to != end) {
      return {ControlError::kBadValue,
              static_cast<int64_t>(std::numeric_limits<Number>::min()),
              static_cast<uint64_t>(std::numeric_limits<Number>::max())};
    }
    value->bits = static_cast<uint64_t>(parsed);
    return {};
  };
  switch (type) {
    case ControlType::kBool:
      if (text == "true" || text == "1") {
        value->bits = 1;
      } else if (text != "false" && text != "0") {
        return {ControlError::kBadValue, 0, 1};
      }
      return {};
    case ControlType::kUnsigned:
    case ControlType::kUint32:
      return number(uint32_t{});
    case ControlType::kUint64:
    case ControlType::kSize:
      return number(uint64_t{});
    case ControlType::kInt64:
    case ControlType::kSsize:
      return number(int64_t{});
    case ControlType::kText:
      *value = ControlValue::Text(text);
      return {};
    case ControlType::kNothing:
    case ControlType::kPointer:
      break;
  }
  return ControlError::kWrongType;
}

size_t FormatControlValue(const ControlValue& value,
                          std::span<char> out) noexcept {
  auto copy = [&](std::string_view text) {
    return text.copy(out.data(), out.size());
  };
  char digits[24];
  auto number = [&](auto of, int base = 10) {
    const auto end = std::to_chars(digits, digits + sizeof(digits), of, base);
    return std::string_view(digits, static_cast<size_t>(end.ptr - digits));
  };
  switch (value.type) {
    case ControlType::kNothing:
      return 0;
    case ControlType::kBool:
      return copy(value.flag() ? "true" : "false");
    case ControlType::kText:
      return copy(value.text);
    case ControlType::kPointer: {
      const size_t prefix = copy("0x");
      return prefix + number(value.bits, 16)
                          .copy(out.data() + prefix, out.size() - prefix);
    }
    default:
      return value.is_signed() ? copy(number(value.signed_number()))
                               : copy(number(value.bits));
  }
}

}  // namespace acre::stats
