#include "stats/writers/option_section.h"

namespace acre::stats {
namespace {

// Calls write(name without the prefix, value) for each.
template <typename Write>
void ForEachOption(const allocator::Domain& domain,
                   std::span<const ControlNode> nodes, std::string_view prefix,
                   Write write) {
  for (const ControlNode& node : nodes) {
    std::string_view name = node.name;
    if (!name.starts_with(prefix)) continue;
    name.remove_prefix(prefix.size());
    ControlValue value;
    // Nodes ask for a domain that may be written; these only read.
    const ControlCall call = {.domain = const_cast<allocator::Domain*>(&domain),
                              .node = &node};
    if (node.run(call, nullptr, &value).ok()) write(name, value);
  }
}

}  // namespace

void WriteOptions(const allocator::Domain& domain,
                  std::span<const ControlNode> nodes, std::string_view prefix,
                  JsonWriter* json) noexcept {
  ForEachOption(domain, nodes, prefix,
                [json](std::string_view name, const ControlValue& value) {
                  if (value.type == ControlType::kBool) {
                    json->Flag(name, value.flag());
                  } else if (value.type == ControlType::kText) {
                    json->Field(name, std::string_view(value.text));
                  } else if (value.is_signed()) {
                    json->Signed(name, value.signed_number());
                  } else {
                    json->Field(name, value.bits);
                  }
                });
}

void WriteOptions(const allocator::Domain& domain,
                  std::span<const ControlNode> nodes, std::string_view prefix,
                  Text* text) noexcept {
  ForEachOption(domain, nodes, prefix,
                [&](std::string_view name, const ControlValue& value) {
                  text->Append("  ").Append(prefix).Append(name).Append(": ");
                  if (value.type == ControlType::kBool) {
                    text->Append(value.flag() ? "true" : "false");
                  } else if (value.type == ControlType::kText) {
                    text->Append('"').Printable(value.text).Append('"');
                  } else if (value.is_signed()) {
                    text->Signed(value.signed_number());
                  } else {
                    text->Number(value.bits);
                  }
                  text->Append('\n');
                });
}

}  // namespace acre::stats
