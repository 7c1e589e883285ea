// Which operations on a service overlapped a reading of its statistics, so that
// a test knows when the figures must be exact, and how far off they may be.
//
// Each thread brackets each operation by an Operation. A reader brackets its
// reading by Overlapping(): with 0 no operation was under way at any moment of
// it, so every equation must hold exactly and the books that the threads keep
// themselves must agree to the byte.
//
// Also stops all threads between two operations, for who wants to be sure of
// such a moment.
//
// Thread-safe; each slot is one thread's.

#ifndef ACRE_TESTING_OPERATION_LOG_H_
#define ACRE_TESTING_OPERATION_LOG_H_

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace acre::testing {

class OperationLog {
  struct alignas(64) Slot {
    std::atomic<uint64_t> begun{0};
    std::atomic<uint64_t> ended{0};
  };

 public:
  explicit OperationLog(size_t threads) : slots_(threads), running_(threads) {}
  OperationLog(const OperationLog&) = delete;
  OperationLog& operator=(const OperationLog&) = delete;

  // One operation of the thread `slot`, from construction to destruction.
  class Operation {
   public:
    Operation(OperationLog* log, size_t slot) : slot_(&log->slots_[slot]) {
      slot_->begun.fetch_add(1);
    }
    ~Operation() { slot_->ended.fetch_add(1); }
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;

   private:
    Slot* const slot_;
  };

  // How many operations there was any moment of during read().
  template <typename Read>
  uint64_t Overlapping(Read read) {
    uint64_t ended = 0;
    for (Slot& slot : slots_) ended += slot.ended.load();
    read();
    uint64_t begun = 0;
    // A read-modify-write, so that it is not done before the reading.
    for (Slot& slot : slots_) begun += slot.begun.fetch_add(0);
    return begun - ended;
  }

  // For the threads, between operations: waits while somebody has them paused.
  void PassGate() {
    if (!pausing_.load(std::memory_order_acquire)) return;
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !pausing_.load(); });
    --waiting_;
  }

  // For a thread that does no more operations.
  void Leave() {
    std::lock_guard lock(mutex_);
    --running_;
    changed_.notify_all();
  }

  // Calls inspect() with all threads between two operations. One caller at a
  // time.
  template <typename Inspect>
  void WhilePaused(Inspect inspect) {
    std::unique_lock lock(mutex_);
    pausing_.store(true);
    changed_.wait(lock, [this] { return waiting_ == running_; });
    inspect();
    pausing_.store(false);
    changed_.notify_all();
    changed_.wait(lock, [this] { return waiting_ == 0; });
  }

 private:
  std::vector<Slot> slots_;
  std::atomic<bool> pausing_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t waiting_ = 0;
  size_t running_;
};

}  // namespace acre::testing

#endif  // ACRE_TESTING_OPERATION_LOG_H_
