#include "allocator/base/fork.h"

#include <pthread.h>

namespace acre::allocator {
namespace {

// All participants of the process: the one thing that services share.
Mutex<LockRank::kForks> forks_mutex;
ForkParticipant* first_participant ABSL_GUARDED_BY(forks_mutex) = nullptr;
ForkParticipant* last_participant ABSL_GUARDED_BY(forks_mutex) = nullptr;

}  // namespace

// The list's own lock is held from the first step to the last.
void RunForkStep(ForkStep step) noexcept ABSL_NO_THREAD_SAFETY_ANALYSIS {
  if (step == ForkStep::kPrepare) forks_mutex.ForFork(step);
  for (ForkParticipant* at = first_participant; at != nullptr; at = at->next_) {
    at->ForFork(step);
  }
  if (step != ForkStep::kPrepare) forks_mutex.ForFork(step);
}

void JoinForks(ForkParticipant* participant) noexcept {
  static const int registered =
      pthread_atfork([] { RunForkStep(ForkStep::kPrepare); },
                     [] { RunForkStep(ForkStep::kParent); },
                     [] { RunForkStep(ForkStep::kChild); });
  static_cast<void>(registered);
  MutexLock<LockRank::kForks> lock(&forks_mutex);
  participant->prev_ = last_participant;
  participant->next_ = nullptr;
  (last_participant == nullptr ? first_participant : last_participant->next_) =
      participant;
  last_participant = participant;
}

void LeaveForks(ForkParticipant* participant) noexcept {
  MutexLock<LockRank::kForks> lock(&forks_mutex);
  (participant->prev_ == nullptr ? first_participant
                                 : participant->prev_->next_) =
      participant->next_;
  (participant->next_ == nullptr ? last_participant
                                 : participant->next_->prev_) =
      participant->prev_;
}

}  // namespace acre::allocator
