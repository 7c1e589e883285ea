#include "stats/control/control_index.h"

#include <algorithm>

#include "allocator/base/check.h"

namespace acre::stats {
namespace {

using Entry = ControlIndex::Entry;

Entry EntryOf(const ControlNode& node) {
  Entry entry;
  entry.node = &node;
  size_t begin = 0;
  while (begin <= node.name.size()) {
    ACRE_CHECK(entry.components < kMostComponents);
    const size_t dot = std::min(node.name.find('.', begin), node.name.size());
    entry.at[entry.components++] = static_cast<uint8_t>(begin);
    begin = dot + 1;
  }
  entry.at[entry.components] = static_cast<uint8_t>(begin);
  return entry;
}

bool ComesBefore(const Entry& a, const Entry& b) {
  for (size_t i = 0; i < a.components && i < b.components; ++i) {
    const int order = a.component(i).compare(b.component(i));
    if (order != 0) return order < 0;
  }
  return a.components < b.components;
}

}  // namespace

bool TakeComponent(std::string_view* rest, NameComponent* component) noexcept {
  if (rest->empty()) return false;
  if (rest->front() == '"') {
    size_t end = 1;
    while (end < rest->size()) {
      if ((*rest)[end] != '"') {
        ++end;
      } else if (end + 1 < rest->size() && (*rest)[end + 1] == '"') {
        end += 2;
      } else {
        break;
      }
    }
    if (end >= rest->size()) return false;
    component->text = std::string_view(rest->data() + 1, end - 1);
    component->quoted = true;
    rest->remove_prefix(end + 1);
    if (rest->empty()) return true;
    if (rest->front() != '.' || rest->size() == 1) return false;
    rest->remove_prefix(1);
    return true;
  }
  const size_t dot = rest->find('.');
  component->text = std::string_view(rest->data(), std::min(dot, rest->size()));
  component->quoted = false;
  if (component->text.empty()) return false;
  if (dot == std::string_view::npos) {
    *rest = {};
    return true;
  }
  rest->remove_prefix(dot + 1);
  return !rest->empty();
}

const ControlIndex& ControlIndex::Get() noexcept {
  static const ControlIndex index;
  return index;
}

ControlIndex::ControlIndex() noexcept {
  Add(ConfigNodes());
  Add(OptionNodes());
  Add(ArenaNodes());
  Add(ArenasNodes());
  Add(ServiceNodes());
  Add(ServiceLockNodes());
  Add(KernelNodes());
  Add(ArenaStatisticsNodes());
  Add(ClassStatisticsNodes());
  std::sort(entries_.begin(), entries_.begin() + size_, &ComesBefore);
  // A component's place among its siblings: one more than the entry before has
  // there, if they part just there.
  for (size_t n = 1; n < size_; ++n) {
    const Entry& before = entries_[n - 1];
    Entry& entry = entries_[n];
    size_t depth = 0;
    while (depth < before.components &&
           before.component(depth) == entry.component(depth)) {
      entry.ordinal[depth] = before.ordinal[depth];
      ++depth;
    }
    ACRE_CHECK(depth < entry.components && "two nodes of one name");
    if (depth < before.components) {
      entry.ordinal[depth] = static_cast<uint8_t>(before.ordinal[depth] + 1);
    }
  }
}

void ControlIndex::Add(std::span<const ControlNode> table) noexcept {
  for (const ControlNode& node : table) {
    ACRE_CHECK(size_ < kMostNodes);
    entries_[size_++] = EntryOf(node);
  }
}

void ControlIndex::Range::NarrowBy(std::string_view component) noexcept {
  const size_t depth = depth_++;
  // Those that end before come first.
  auto first = std::partition_point(
      entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.components <= depth || entry.component(depth) < component;
      });
  auto last = std::partition_point(
      first, entries_.end(),
      [&](const Entry& entry) { return entry.component(depth) == component; });
  entries_ = std::span(first, last);
}

void ControlIndex::Range::NarrowByOrdinal(uint64_t ordinal) noexcept {
  const size_t depth = depth_++;
  auto first = std::partition_point(
      entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.components <= depth || entry.ordinal[depth] < ordinal;
      });
  auto last = std::partition_point(
      first, entries_.end(),
      [&](const Entry& entry) { return entry.ordinal[depth] == ordinal; });
  entries_ = std::span(first, last);
}

}  // namespace acre::stats
