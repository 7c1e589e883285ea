// fork(2): whoever has locks that other threads may hold takes part. Before a
// fork all of a participant's locks are taken, outer to inner, so that the
// child sees consistent structures; after it the parent releases them and the
// child, which has one thread, starts them anew.
//
// Thread-safe. Participants are called in the order of registration before the
// fork, each of them whole.

#ifndef ACRE_ALLOCATOR_BASE_FORK_H_
#define ACRE_ALLOCATOR_BASE_FORK_H_

#include "allocator/base/mutex.h"

namespace acre::allocator {

class ForkParticipant {
 public:
  virtual void ForFork(ForkStep step) noexcept = 0;

 protected:
  virtual ~ForkParticipant() = default;

 private:
  friend void JoinForks(ForkParticipant* participant) noexcept;
  friend void LeaveForks(ForkParticipant* participant) noexcept;
  friend void RunForkStep(ForkStep step) noexcept;

  ForkParticipant* next_ = nullptr;
  ForkParticipant* prev_ = nullptr;
};

// From now on, until it leaves, the participant is called around each fork.
void JoinForks(ForkParticipant* participant) noexcept;
void LeaveForks(ForkParticipant* participant) noexcept;

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_BASE_FORK_H_
