// Who is to be visited when: a heap of nodes by deadline. Nodes lie in what
// they stand for. Not synchronised, owns nothing.

#ifndef ACRE_ALLOCATOR_BACKGROUND_DEADLINE_QUEUE_H_
#define ACRE_ALLOCATOR_BACKGROUND_DEADLINE_QUEUE_H_

#include <cstdint>

#include "allocator/base/pairing_heap.h"

namespace acre::allocator {

inline constexpr uint64_t kNoDeadline = UINT64_MAX;

// Zero memory is a node that is in no queue. Its fields belong to the queue's
// user.
struct DeadlineNode {
  enum class Place : uint8_t {
    kNowhere,
    kQueued,
    kVisiting,      // Taken out, and being looked after.
    kVisitedAgain,  // Likewise, and wanted again at the deadline.
  };

  HeapLinks<DeadlineNode> heap;
  uint64_t deadline_ns;
  uint64_t turn;  // Of nodes with one deadline the one that waits longest.
  Place place;
};

class DeadlineQueue {
 public:
  bool empty() const { return heap_.empty(); }
  uint64_t size() const { return size_; }
  DeadlineNode* First() const { return heap_.Least(); }

  void Insert(DeadlineNode* node, uint64_t deadline_ns) {
    node->deadline_ns = deadline_ns;
    node->turn = next_turn_++;
    node->place = DeadlineNode::Place::kQueued;
    heap_.Insert(node);
    ++size_;
  }
  void Remove(DeadlineNode* node) {
    heap_.Remove(node);
    node->place = DeadlineNode::Place::kNowhere;
    --size_;
  }

 private:
  struct ByDeadline {
    static HeapLinks<DeadlineNode>& Links(DeadlineNode* node) {
      return node->heap;
    }
    static bool Less(const DeadlineNode* a, const DeadlineNode* b) {
      return a->deadline_ns != b->deadline_ns ? a->deadline_ns < b->deadline_ns
                                              : a->turn < b->turn;
    }
  };

  PairingHeap<DeadlineNode, ByDeadline> heap_;
  uint64_t size_ = 0;
  uint64_t next_turn_ = 0;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_BACKGROUND_DEADLINE_QUEUE_H_
