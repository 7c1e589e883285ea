// All nodes of the control tree in the order of their names, and how a name or
// a MIB leads to one. Built once, from the tables, in static memory.
//
// A MIB is jemalloc's: a number for each component of a name; of a component
// that is fixed its place among its siblings, of <i> and <j> the index itself.
// Finding by name takes a binary search for each component, by MIB too.
//
// Thread-safe; allocates nothing.

#ifndef ACRE_STATS_CONTROL_CONTROL_INDEX_H_
#define ACRE_STATS_CONTROL_CONTROL_INDEX_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "stats/control/control_node.h"

namespace acre::stats {

inline constexpr size_t kMostComponents = 7;

// A component of a name. Quoted ones are names of arenas, whatever they look
// like: arena."eu.west".purge, with "" for a quote inside.
struct NameComponent {
  std::string_view text;  // As written; without the outer quotes.
  bool quoted = false;
  size_t at = 0;  // Where it begins in the name.
};

// Takes the first component, and the dot behind it, off `*rest`; false where
// there is none, or none that is well-formed.
bool TakeComponent(std::string_view* rest, NameComponent* component) noexcept;

class ControlIndex {
 public:
  static const ControlIndex& Get() noexcept;

  struct Entry {
    const ControlNode* node = nullptr;
    uint8_t components = 0;
    // Where each begins in the name; the last one is its size + 1.
    std::array<uint8_t, kMostComponents + 1> at{};
    std::array<uint8_t, kMostComponents> ordinal{};

    std::string_view component(size_t i) const {
      return {node->name.data() + at[i], at[i + 1] - size_t{at[i]} - 1};
    }
  };

  // In the order of their names, component by component.
  std::span<const Entry> entries() const {
    return std::span(entries_).first(size_);
  }

  // The entries whose names begin like those before: first all, then narrowed
  // component by component. Empty when there are none.
  class Range {
   public:
    explicit Range(const ControlIndex& index)
        : entries_(index.entries()), depth_(0) {}

    std::span<const Entry> entries() const { return entries_; }
    size_t depth() const { return depth_; }
    bool empty() const { return entries_.empty(); }
    // Whether the next component is an arena or an index.
    bool next_is_arena() const { return Next() == "<i>"; }
    bool next_is_index() const { return Next() == "<j>"; }
    // The node that ends here; null when there is none.
    const ControlNode* node() const {
      return !empty() && entries_[0].components == depth_ ? entries_[0].node
                                                          : nullptr;
    }

    void NarrowBy(std::string_view component) noexcept;
    void NarrowByOrdinal(uint64_t ordinal) noexcept;
    // Passes <i> or <j>.
    void Pass() { ++depth_; }
    // The place among its siblings of what narrowed it last.
    uint64_t last_ordinal() const { return entries_[0].ordinal[depth_ - 1]; }

   private:
    // Nodes end before their siblings go on: the last entry tells what follows.
    std::string_view Next() const {
      return empty() || entries_.back().components <= depth_
                 ? std::string_view()
                 : entries_.back().component(depth_);
    }

    std::span<const Entry> entries_;
    size_t depth_;
  };

 private:
  static constexpr size_t kMostNodes = 1024;

  ControlIndex() noexcept;
  void Add(std::span<const ControlNode> table) noexcept;

  std::array<Entry, kMostNodes> entries_;
  size_t size_ = 0;
};

}  // namespace acre::stats

#endif  // ACRE_STATS_CONTROL_CONTROL_INDEX_H_
