// The purge governor: one thread that looks after arenas with unused pages,
// each when it is due. It knows when; what is done on a visit its client
// decides. Arenas without unused pages are in no queue and cost nothing.
//
// The thread starts when something is first scheduled, sleeps until the next
// deadline and is woken only for an earlier one. Without it (option) the
// same work is done by whoever calls Tick.
//
// Thread-safe; one leaf lock, held for a few operations on the queue. Visits
// run under no lock of the governor.

#ifndef ACRE_ALLOCATOR_BACKGROUND_GOVERNOR_H_
#define ACRE_ALLOCATOR_BACKGROUND_GOVERNOR_H_

#include <pthread.h>

#include <atomic>
#include <cstdint>

#include "allocator/background/deadline_queue.h"
#include "allocator/background/memory_pressure.h"
#include "allocator/base/clock.h"
#include "allocator/base/counter.h"
#include "allocator/base/mutex.h"

namespace acre::allocator {

struct GovernorOptions {
  Clock* clock = nullptr;  // Null: the system's.
  bool thread = true;
  // Whether the thread also looks at the limits of the container and the
  // machine, and purges early when they are near.
  bool watch_pressure = false;
  MemoryPressureOptions pressure;
};

class GovernorClient {
 public:
  // Does what is due for `node`, or a slice of it; returns when it is due
  // again, kNoDeadline for not before it is scheduled anew.
  virtual uint64_t Visit(DeadlineNode* node, uint64_t now_ns) noexcept = 0;
  // Memory of the container or the machine is short. Returns the bytes that
  // were given back.
  virtual uint64_t Relieve(PressureState state) noexcept = 0;

 protected:
  ~GovernorClient() = default;
};

class Governor {
 public:
  struct Statistics {
    uint64_t scheduled = 0;  // Nodes in the queue.
    uint64_t visits = 0;
    uint64_t wakeups = 0;          // Of the thread.
    uint64_t pressure_events = 0;  // Times that memory was found short.
    uint64_t pressure_bytes = 0;   // Given back for it.
    uint64_t thread_failures = 0;  // The system refused a thread.
    bool running = false;
    bool thread_allowed = false;
  };

  Governor() = default;
  Governor(const Governor&) = delete;
  Governor& operator=(const Governor&) = delete;
  ~Governor() { Stop(); }

  // Once, first.
  void Init(GovernorClient* client, const GovernorOptions& options) noexcept;
  // Ends the thread, after the visit that is under way. Nothing may be
  // scheduled any more.
  void Stop() noexcept;

  // Ends the thread, after the visit that is under way, or lets there be one
  // again. False, having changed nothing, on the thread itself, and while one
  // is being started or ended.
  bool AllowThread(bool allowed) noexcept;

  Clock* clock() const { return clock_; }

  // Has `node` visited at `deadline_ns`, or when it is due already, whichever
  // is earlier. O(log n).
  void Schedule(DeadlineNode* node, uint64_t deadline_ns) noexcept;
  // The node is not visited again; a visit that is under way goes on.
  void Remove(DeadlineNode* node) noexcept;

  // Visits everything that is due; returns the next deadline, kNoDeadline for
  // none. May run beside the thread and itself.
  uint64_t Tick() noexcept;

  Statistics statistics() const noexcept;

  LockCounts lock_counts() const { return mutex_.counts(); }
  void ForgetLockCounts() noexcept {
    MutexLock<LockRank::kGovernor> lock(&mutex_);
    mutex_.ForgetCounts();
  }
  // Around fork(2). The child has no thread and nothing scheduled; its nodes
  // are to be zeroed by their owners.
  void ForFork(ForkStep step) noexcept;

 private:
  using Lock = MutexLock<LockRank::kGovernor>;
  // kEnding: by AllowThread, for the time being; kStopped: for good.
  enum class ThreadState : uint8_t {
    kNone,
    kStarting,
    kRunning,
    kEnding,
    kStopped
  };

  void ForgetParent() noexcept ABSL_NO_THREAD_SAFETY_ANALYSIS;
  DeadlineNode* TakeDue(uint64_t now_ns, uint64_t* next_ns) noexcept;
  void StartThread() noexcept;
  void JoinThread() noexcept;
  static void* ThreadMain(void* governor);
  void Run() noexcept;
  void Sleep(uint64_t until_ns) noexcept;
  void WatchPressure(uint64_t now_ns) noexcept;
  void Wake() noexcept;

  GovernorClient* client_ = nullptr;
  Clock* clock_ = nullptr;
  GovernorOptions options_;

  mutable Mutex<LockRank::kGovernor> mutex_;
  DeadlineQueue queue_ ABSL_GUARDED_BY(mutex_);
  ThreadState thread_state_ ABSL_GUARDED_BY(mutex_) = ThreadState::kNone;
  bool thread_allowed_ ABSL_GUARDED_BY(mutex_) = false;
  // The thread wakes by itself then; 0 while it is awake.
  uint64_t sleeps_until_ns_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t next_start_ns_ ABSL_GUARDED_BY(mutex_) = 0;

  pthread_t thread_{};
  int wake_fd_ = -1;
  std::atomic<bool> stop_{false};
  // The thread's own.
  MemoryPressure pressure_;
  int trigger_fd_ = -1;
  uint64_t next_look_ns_ = 0;

  SharedCounter visits_;
  SharedCounter wakeups_;
  SharedCounter pressure_events_;
  SharedCounter pressure_bytes_;
  SharedCounter thread_failures_;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_BACKGROUND_GOVERNOR_H_
