// The steady state of a key-value server.
//
// One thread serves a fixed number of clients from a fixed number of keys, keys
// and values under 4 KiB, below a known ceiling of memory. A request takes a
// buffer for its key; a SET allocates the new value and frees the old one; a
// GET allocates a reply of the value's size. The client's key and reply are
// freed when its next request arrives. Of each buffer the first bytes are
// touched: the row is the allocator's share of a request, not the copying.
//
// `key_value` has one cache, the thread's; `key_value_client_caches` one for
// each client, so that values are freed through other caches than they came
// from.

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

// Sizes in bytes.
struct KeyValueRequest {
  uint32_t key;
  uint16_t client;
  uint16_t key_bytes;
  uint16_t value_bytes;  // of a SET
};

inline constexpr size_t kKeyValueClients = 64;

template <Subject S>
class KeyValueServer {
 public:
  static constexpr size_t kKeys = 20'000;
  static constexpr size_t kRequests = 1 << 16;
  static constexpr size_t kMinBytes = 64;
  static constexpr size_t kMaxBytes = 4000;
  static constexpr uint64_t kCeiling = 2 * kKeys * kMaxBytes;

  // Client i works with cache i modulo `caches`.
  explicit KeyValueServer(size_t caches)
      : caches_(caches),
        clients_(kKeyValueClients),
        store_(kKeys),
        requests_(kRequests) {
    for (auto& cache : caches_) std::construct_at(&cache, arena_);
    for (size_t i = 0; i < clients_.size(); ++i) {
      Client& client = clients_[i];
      client.cache = &caches_[i % caches];
      TakeBuffers(client, kMinBytes, kMinBytes);
    }
    Random random(/*seed=*/99);
    for (Value& value : store_) {
      const size_t bytes = random.LogUniform(kMinBytes, kMaxBytes);
      Client& client = clients_[random.Below(clients_.size())];
      value = {client.cache->Allocate(bytes), bytes};
      Touch(value.pointer);
    }
    for (KeyValueRequest& request : requests_) {
      request.key = static_cast<uint32_t>(random.Below(kKeys));
      request.client = static_cast<uint16_t>(random.Below(clients_.size()));
      request.key_bytes = static_cast<uint16_t>(random.LogUniform(16, 256));
      request.value_bytes =
          static_cast<uint16_t>(random.LogUniform(kMinBytes, kMaxBytes));
    }
  }

  ~KeyValueServer() {
    for (Client& client : clients_) GiveBackBuffers(client);
    for (Value& value : store_) caches_[0].Deallocate(value.pointer);
    for (auto& cache : caches_) std::destroy_at(&cache);
  }

  KeyValueServer(const KeyValueServer&) = delete;
  KeyValueServer& operator=(const KeyValueServer&) = delete;

  void Set(const KeyValueRequest& request) {
    Client& client = clients_[request.client];
    GiveBackBuffers(client);
    TakeBuffers(client, request.key_bytes, kMinBytes);
    void* value = client.cache->Allocate(request.value_bytes);
    Touch(value);
    Value& stored = store_[request.key];
    client.cache->Deallocate(stored.pointer);
    stored = {value, request.value_bytes};
  }

  void Get(const KeyValueRequest& request) {
    Client& client = clients_[request.client];
    GiveBackBuffers(client);
    TakeBuffers(client, request.key_bytes, store_[request.key].bytes);
  }

  // A SET and a GET. `position` counts the calls.
  void ServeTwo(size_t position) {
    const KeyValueRequest* next = &requests_[2 * position % kRequests];
    Set(next[0]);
    Get(next[1]);
  }

 private:
  struct Value {
    void* pointer;
    size_t bytes;
  };

  struct Client {
    typename S::Cache* cache;
    void* key;  // of the last request
    void* reply;
  };

  static void TakeBuffers(Client& client, size_t key_bytes,
                          size_t reply_bytes) {
    client.key = client.cache->Allocate(key_bytes);
    Touch(client.key);
    client.reply = client.cache->Allocate(reply_bytes);
    Touch(client.reply);
  }

  static void GiveBackBuffers(Client& client) {
    client.cache->Deallocate(client.key);
    client.cache->Deallocate(client.reply);
  }

  static typename S::Arena OpenArena() {
    if constexpr (HasCeiling<S>) {
      return typename S::Arena(kCeiling);
    } else {
      return typename S::Arena();
    }
  }

  typename S::Arena arena_ = OpenArena();
  PopulatedArray<typename S::Cache> caches_;
  PopulatedArray<Client> clients_;
  PopulatedArray<Value> store_;
  PopulatedArray<KeyValueRequest> requests_;
};

template <Subject S>
void MeasureKeyValue(benchmark::State& state, size_t caches) {
  KeyValueServer<S> server(caches);
  size_t position = 0;
  // Steady state: every key has been replaced a few times before the clock.
  while (position < 2 * KeyValueServer<S>::kRequests) {
    server.ServeTwo(position++);
  }
  for (auto _ : state) server.ServeTwo(position++);
  TimedOperations(state, 2);
}

template <Subject S>
void AddKeyValueWorkloads(std::vector<Workload>& workloads) {
  workloads.push_back(
      {"key_value", Pace::kTimed, [](benchmark::State& state, const Settings&) {
         MeasureKeyValue<S>(state, 1);
       }});
  if constexpr (S::kHasArenas) {
    workloads.push_back({"key_value_client_caches", Pace::kTimed,
                         [](benchmark::State& state, const Settings&) {
                           MeasureKeyValue<S>(state, kKeyValueClients);
                         }});
  }
}

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_KEY_VALUE_WORKLOAD_H_
