// An intrusive pairing heap: insert and least in O(1), remove in O(log n)
// amortised (Fredman, Sedgewick, Sleator, Tarjan 1986; two-pass merging). The
// heap owns nothing and is not synchronised.
//
// Traits: `static HeapLinks<T>& Links(T*)`, `static bool Less(const T*, const
// T*)`, a strict total order that does not change while an item is in a heap.

#ifndef ACRE_ALLOCATOR_BASE_PAIRING_HEAP_H_
#define ACRE_ALLOCATOR_BASE_PAIRING_HEAP_H_

#include "allocator/base/check.h"

namespace acre::allocator {

template <typename T>
struct HeapLinks {
  T* child = nullptr;
  T* next = nullptr;
  // The left sibling, or the parent of a first child.
  T* prev = nullptr;
};

template <typename T, typename Traits>
class PairingHeap {
 public:
  PairingHeap() = default;
  explicit PairingHeap(T* root) : root_(root) {}

  bool empty() const { return root_ == nullptr; }
  T* Least() const { return root_; }

  void Insert(T* item) {
    Traits::Links(item) = {};
    root_ = root_ == nullptr ? item : Merge(root_, item);
  }

  void Remove(T* item) {
    if (item == root_) {
      root_ = MergeSiblings(Traits::Links(item).child);
    } else {
      Unlink(item);
      T* orphans = MergeSiblings(Traits::Links(item).child);
      if (orphans != nullptr) root_ = Merge(root_, orphans);
    }
    Traits::Links(item) = {};
  }

  // Calls `visit` with each item, in no order, until it returns false. The
  // heap must not change meanwhile.
  template <typename Visit>
  void ForEach(Visit visit) const {
    T* at = root_;
    while (at != nullptr) {
      if (!visit(at)) return;
      if (Traits::Links(at).child != nullptr) {
        at = Traits::Links(at).child;
        continue;
      }
      while (at != nullptr && Traits::Links(at).next == nullptr) {
        at = Parent(at);
      }
      if (at != nullptr) at = Traits::Links(at).next;
    }
  }

  // Aborts unless the heap order and the links are right.
  void Verify() const {
    ForEach([this](T* item) {
      auto& links = Traits::Links(item);
      if (item != root_) {
        ACRE_CHECK(!Traits::Less(item, Parent(item)));
      } else {
        ACRE_CHECK(links.prev == nullptr && links.next == nullptr);
      }
      if (links.child != nullptr) {
        ACRE_CHECK(Traits::Links(links.child).prev == item);
      }
      if (links.next != nullptr) {
        ACRE_CHECK(Traits::Links(links.next).prev == item);
      }
      return true;
    });
  }

 private:
  static T* Parent(T* item) {
    T* prev = Traits::Links(item).prev;
    while (prev != nullptr && Traits::Links(prev).child != item) {
      item = prev;
      prev = Traits::Links(item).prev;
    }
    return prev;
  }

  // Both are roots without siblings; returns the one that stays a root.
  static T* Merge(T* a, T* b) {
    if (Traits::Less(b, a)) {
      T* swap = a;
      a = b;
      b = swap;
    }
    auto& up = Traits::Links(a);
    auto& down = Traits::Links(b);
    down.next = up.child;
    if (up.child != nullptr) Traits::Links(up.child).prev = b;
    down.prev = a;
    up.child = b;
    return a;
  }

  static void Unlink(T* item) {
    auto& links = Traits::Links(item);
    auto& before = Traits::Links(links.prev);
    if (before.child == item) {
      before.child = links.next;
    } else {
      before.next = links.next;
    }
    if (links.next != nullptr) Traits::Links(links.next).prev = links.prev;
    links.next = nullptr;
    links.prev = nullptr;
  }

  // Merges a list of siblings into one tree: pairs from the left, then the
  // pairs from the right.
  static T* MergeSiblings(T* first) {
    T* pairs = nullptr;  // Merged pairs, linked through next, last first.
    while (first != nullptr) {
      T* a = first;
      T* b = Traits::Links(a).next;
      first = b == nullptr ? nullptr : Traits::Links(b).next;
      Traits::Links(a).next = nullptr;
      Traits::Links(a).prev = nullptr;
      if (b != nullptr) {
        Traits::Links(b).next = nullptr;
        Traits::Links(b).prev = nullptr;
        a = Merge(a, b);
      }
      Traits::Links(a).next = pairs;
      pairs = a;
    }
    T* root = nullptr;
    while (pairs != nullptr) {
      T* next = Traits::Links(pairs).next;
      Traits::Links(pairs).next = nullptr;
      root = root == nullptr ? pairs : Merge(root, pairs);
      pairs = next;
    }
    return root;
  }

  T* root_ = nullptr;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_BASE_PAIRING_HEAP_H_
