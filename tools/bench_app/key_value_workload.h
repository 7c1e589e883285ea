// The steady state of a key-value server.
//
// A fixed number of clients, each with a session's cache, a fixed number of
// keys, keys and values under 4 KiB, a known ceiling on memory. A request
// takes a buffer for its key; a SET allocates the new value and frees the old
// one, which some other client's session may have allocated; a GET allocates
// and frees a reply of the value's size. Of each buffer the first bytes are
// touched: the row is the allocator's share of a request, not the copying.

#ifndef ACRE_TOOLS_BENCH_APP_KEY_VALUE_WORKLOAD_H_
#define ACRE_TOOLS_BENCH_APP_KEY_VALUE_WORKLOAD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "tools/bench_app/populated_array.h"
#include "tools/bench_app/query_workload.h"
#include "tools/bench_app/random_sizes.h"
#include "tools/bench_app/subject.h"
#include "tools/bench_app/workload.h"

namespace acre::bench {

// A subject whose arena can be told its ceiling in bytes.
template <typename S>
concept HasCeiling = std::constructible_from<typename S::Arena, uint64_t>;

struct KeyValueRequest {
  uint32_t key;
  uint16_t client;
  uint16_t key_bytes;
  uint16_t value_bytes;
  bool is_set;
};

template <Subject S>
class KeyValueServer {
 public:
  static constexpr size_t kClients = 64;
  static constexpr size_t kKeys = 20'000;
  static constexpr size_t kRequests = 1 << 16;
  static constexpr size_t kMaxBytes = 4000;
  static constexpr uint64_t kCeiling = 2 * kKeys * kMaxBytes;

  KeyValueServer() : sessions_(kClients), store_(kKeys), requests_(kRequests) {
    Random random(/*seed=*/99);
    for (auto& session : sessions_) std::construct_at(&session, arena_);
    for (Value& value : store_) {
      const size_t bytes = random.LogUniform(64, kMaxBytes);
      value = {sessions_[random.Below(kClients)].Allocate(bytes), bytes};
      Touch(value.pointer);
    }
    for (KeyValueRequest& request : requests_) {
      request.key = static_cast<uint32_t>(random.Below(kKeys));
      request.client = static_cast<uint16_t>(random.Below(kClients));
      request.key_bytes = static_cast<uint16_t>(random.LogUniform(16, 256));
      request.value_bytes =
          static_cast<uint16_t>(random.LogUniform(64, kMaxBytes));
      request.is_set = random.Below(2) == 0;
    }
  }

  ~KeyValueServer() {
    for (Value& value : store_) sessions_[0].Deallocate(value.pointer);
    for (auto& session : sessions_) std::destroy_at(&session);
  }

  KeyValueServer(const KeyValueServer&) = delete;
  KeyValueServer& operator=(const KeyValueServer&) = delete;

  void Serve(size_t position) {
    const KeyValueRequest& request = requests_[position % kRequests];
    typename S::Cache& session = sessions_[request.client];
    void* key = session.Allocate(request.key_bytes);
    Touch(key);
    Value& stored = store_[request.key];
    if (request.is_set) {
      void* value = session.Allocate(request.value_bytes);
      Touch(value);
      session.Deallocate(stored.pointer);
      stored = {value, request.value_bytes};
    } else {
      void* reply = session.Allocate(stored.bytes);
      Touch(reply);
      session.Deallocate(reply);
    }
    session.Deallocate(key);
  }

 private:
  struct Value {
    void* pointer;
    size_t bytes;
  };

  static typename S::Arena OpenArena() {
    if constexpr (HasCeiling<S>) {
      return typename S::Arena(kCeiling);
    } else {
      return typename S::Arena();
    }
  }

  typename S::Arena arena_ = OpenArena();
  PopulatedArray<typename S::Cache> sessions_;
  PopulatedArray<Value> store_;
  PopulatedArray<KeyValueRequest> requests_;
};

template <Subject S>
void MeasureKeyValue(benchmark::State& state, const Settings&) {
  KeyValueServer<S> server;
  size_t position = 0;
  // Steady state: every key has been replaced a few times before the clock.
  while (position < 4 * KeyValueServer<S>::kRequests) server.Serve(position++);
  for (auto _ : state) server.Serve(position++);
  TimedOperations(state, 1);
}

template <Subject S>
void AddKeyValueWorkload(std::vector<Workload>& workloads) {
  workloads.push_back({"key_value", Pace::kTimed, MeasureKeyValue<S>});
}

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_KEY_VALUE_WORKLOAD_H_
