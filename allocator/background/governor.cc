#include "allocator/background/governor.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "allocator/base/check.h"

namespace acre::allocator {
namespace {

using Place = DeadlineNode::Place;

constexpr size_t kStackBytes = size_t{256} << 10;
// After a refused thread, until it is tried again.
constexpr uint64_t kStartAgainNs = kNanosPerSecond;
// How often limits are looked at while there is something to give back.
constexpr uint64_t kLookEveryNs = kNanosPerSecond / 4;
constexpr uint32_t kTriggerStallUs = 100'000;
constexpr uint32_t kTriggerWindowUs = 2'000'000;

}  // namespace

void Governor::Init(GovernorClient* client,
                    const GovernorOptions& options) noexcept {
  client_ = client;
  options_ = options;
  clock_ = options.clock == nullptr ? SystemClock::Get() : options.clock;
  Lock lock(&mutex_);
  thread_allowed_ = options.thread;
}

void Governor::Stop() noexcept {
  bool running = false;
  {
    Lock lock(&mutex_);
    running = thread_state_ == ThreadState::kRunning;
    thread_state_ = ThreadState::kStopped;
  }
  if (running) JoinThread();
  if (wake_fd_ >= 0) close(wake_fd_);
  wake_fd_ = -1;
}

void Governor::JoinThread() noexcept {
  stop_.store(true, std::memory_order_release);
  Wake();
  pthread_join(thread_, nullptr);
}

bool Governor::AllowThread(bool allowed) noexcept {
  bool start = false;
  bool stop = false;
  {
    Lock lock(&mutex_);
    if (thread_state_ == ThreadState::kStopped ||
        thread_state_ == ThreadState::kEnding) {
      return false;
    }
    if (!allowed && thread_state_ == ThreadState::kStarting) return false;
    const bool running = thread_state_ == ThreadState::kRunning;
    if (!allowed && running && pthread_equal(pthread_self(), thread_) != 0) {
      return false;
    }
    thread_allowed_ = allowed;
    if (allowed) {
      start = thread_state_ == ThreadState::kNone && queue_.First() != nullptr;
      if (start) thread_state_ = ThreadState::kStarting;
    } else if (running) {
      stop = true;
      thread_state_ = ThreadState::kEnding;
    }
  }
  if (start) StartThread();
  if (stop) {
    JoinThread();
    stop_.store(false, std::memory_order_relaxed);  // For Tick.
    Lock lock(&mutex_);
    thread_state_ = ThreadState::kNone;
    next_start_ns_ = 0;
  }
  return true;
}

void Governor::Schedule(DeadlineNode* node, uint64_t deadline_ns) noexcept {
  bool wake = false;
  bool start = false;
  {
    Lock lock(&mutex_);
    switch (node->place) {
      case Place::kNowhere:
        queue_.Insert(node, deadline_ns);
        break;
      case Place::kQueued:
        if (node->deadline_ns <= deadline_ns) return;
        queue_.Remove(node);
        queue_.Insert(node, deadline_ns);
        break;
      case Place::kVisiting:
        node->place = Place::kVisitedAgain;
        node->deadline_ns = deadline_ns;
        return;
      case Place::kVisitedAgain:
        node->deadline_ns = std::min(node->deadline_ns, deadline_ns);
        return;
    }
    if (!thread_allowed_) return;
    if (thread_state_ == ThreadState::kNone) {
      const uint64_t now = clock_->Now();
      start = now >= next_start_ns_;
      if (start) thread_state_ = ThreadState::kStarting;
    } else {
      wake = deadline_ns < sleeps_until_ns_;
      if (wake) sleeps_until_ns_ = 0;  // Once is enough.
    }
  }
  if (start) StartThread();
  if (wake) Wake();
}

void Governor::Remove(DeadlineNode* node) noexcept {
  Lock lock(&mutex_);
  if (node->place == Place::kQueued) queue_.Remove(node);
  node->place = Place::kNowhere;
}

// The node that is due longest; null with the next deadline when none is.
DeadlineNode* Governor::TakeDue(uint64_t now_ns, uint64_t* next_ns) noexcept {
  Lock lock(&mutex_);
  DeadlineNode* node = queue_.First();
  if (node == nullptr || node->deadline_ns > now_ns) {
    *next_ns = node == nullptr ? kNoDeadline : node->deadline_ns;
    return nullptr;
  }
  queue_.Remove(node);
  node->place = Place::kVisiting;
  return node;
}

uint64_t Governor::Tick() noexcept {
  uint64_t next = kNoDeadline;
  while (!stop_.load(std::memory_order_acquire)) {
    const uint64_t now = clock_->Now();
    DeadlineNode* node = TakeDue(now, &next);
    if (node == nullptr) break;
    const uint64_t again = client_->Visit(node, now);
    visits_.Add(1);
    Lock lock(&mutex_);
    // It may have been removed meanwhile, and scheduled anew for another life.
    uint64_t deadline = again;
    if (node->place == Place::kVisitedAgain) {
      deadline = std::min(deadline, node->deadline_ns);
    } else if (node->place != Place::kVisiting) {
      continue;
    }
    node->place = Place::kNowhere;
    if (deadline != kNoDeadline) queue_.Insert(node, deadline);
  }
  return next;
}

void Governor::StartThread() noexcept {
  stop_.store(false, std::memory_order_relaxed);
  // Whoever wakes a thread may come late: it stays open.
  if (wake_fd_ < 0) wake_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  bool started = false;
  if (wake_fd_ >= 0) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStackBytes);
    // The engine's signals are not for this thread.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    started = pthread_create(&thread_, &attributes, ThreadMain, this) == 0;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
  }
  if (!started) thread_failures_.Add(1);
  Lock lock(&mutex_);
  thread_state_ = started ? ThreadState::kRunning : ThreadState::kNone;
  next_start_ns_ = clock_->Now() + kStartAgainNs;
}

void* Governor::ThreadMain(void* governor) {
  pthread_setname_np(pthread_self(), "acre-governor");
  static_cast<Governor*>(governor)->Run();
  return nullptr;
}

void Governor::Run() noexcept {
  if (options_.watch_pressure && pressure_.Init(options_.pressure)) {
    trigger_fd_ = pressure_.OpenTrigger(kTriggerStallUs, kTriggerWindowUs);
  }
  while (!stop_.load(std::memory_order_acquire)) {
    uint64_t until = Tick();
    if (options_.watch_pressure) {
      WatchPressure(clock_->Now());
      // With nothing unused there is nothing to give back.
      if (until != kNoDeadline) until = std::min(until, next_look_ns_);
    }
    Sleep(until);
    wakeups_.Add(1);
  }
  trigger_fd_ = -1;
  pressure_.Close();
}

void Governor::WatchPressure(uint64_t now_ns) noexcept {
  if (now_ns < next_look_ns_) return;
  next_look_ns_ = now_ns + kLookEveryNs;
  const PressureReading reading = pressure_.Read();
  if (reading.state == PressureState::kNormal) return;
  pressure_events_.Add(1);
  pressure_bytes_.Add(client_->Relieve(reading.state));
}

void Governor::Sleep(uint64_t until_ns) noexcept {
  const uint64_t now = clock_->Now();
  {
    Lock lock(&mutex_);
    const DeadlineNode* first = queue_.First();
    if (first != nullptr && first->deadline_ns <= now) return;
    if (first != nullptr) until_ns = std::min(until_ns, first->deadline_ns);
    sleeps_until_ns_ = until_ns;
  }
  timespec wait{};
  if (until_ns != kNoDeadline) {
    const uint64_t nanos = until_ns > now ? until_ns - now : 0;
    wait.tv_sec = static_cast<time_t>(nanos / kNanosPerSecond);
    wait.tv_nsec = static_cast<long>(nanos % kNanosPerSecond);
  }
  pollfd events[2] = {{.fd = wake_fd_, .events = POLLIN, .revents = 0},
                      {.fd = trigger_fd_, .events = POLLPRI, .revents = 0}};
  // A stop that came meanwhile has written to wake_fd_ already.
  ppoll(events, 2, until_ns == kNoDeadline ? nullptr : &wait, nullptr);
  if ((events[0].revents & POLLIN) != 0) {
    uint64_t wakes;
    [[maybe_unused]] const ssize_t n = read(wake_fd_, &wakes, sizeof(wakes));
  }
  if ((events[1].revents & POLLPRI) != 0) next_look_ns_ = 0;
  if ((events[1].revents & POLLERR) != 0) trigger_fd_ = -1;
  Lock lock(&mutex_);
  sleeps_until_ns_ = 0;
}

void Governor::Wake() noexcept {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = write(wake_fd_, &one, sizeof(one));
}

Governor::Statistics Governor::statistics() const noexcept {
  Lock lock(&mutex_);
  return {.scheduled = queue_.size(),
          .visits = visits_.Get(),
          .wakeups = wakeups_.Get(),
          .pressure_events = pressure_events_.Get(),
          .pressure_bytes = pressure_bytes_.Get(),
          .thread_failures = thread_failures_.Get(),
          .running = thread_state_ == ThreadState::kRunning,
          .thread_allowed = thread_allowed_};
}

void Governor::ForFork(ForkStep step) noexcept {
  if (step == ForkStep::kChild) ForgetParent();
  mutex_.ForFork(step);
}

// The child's one thread is none of the governor's.
void Governor::ForgetParent() noexcept {
  queue_ = DeadlineQueue();
  if (thread_state_ != ThreadState::kStopped) {
    thread_state_ = ThreadState::kNone;
    stop_.store(false, std::memory_order_relaxed);  // It may have been ending.
  }
  sleeps_until_ns_ = 0;
  next_start_ns_ = 0;
  // The parent's: its thread is woken by it, and the child has its own.
  if (wake_fd_ >= 0) close(wake_fd_);
  wake_fd_ = -1;
  trigger_fd_ = -1;
  pressure_.Close();
}

}  // namespace acre::allocator
