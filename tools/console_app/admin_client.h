// Speaks HTTP over one process's admin socket.
//
// One request at a time; the connection is kept between requests. Movable, not
// thread-safe. Errors name the socket and say what it means for the operator:
//   NotFound            nobody listens there, or no such arena (404)
//   PermissionDenied    the process or the file system does not allow it
//   DeadlineExceeded    it listens but does not answer
//   Unavailable         it went away in the middle
//   InvalidArgument     it did not understand the request (400, 405)
//   Cancelled           set_cancelled()'s function said so
//   Internal            what came back is not what was asked for

#ifndef ACRE_TOOLS_CONSOLE_APP_ADMIN_CLIENT_H_
#define ACRE_TOOLS_CONSOLE_APP_ADMIN_CLIENT_H_

#include <curl/curl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace acre::console {

class AdminClient {
 public:
  // A process that sends nothing for so long counts as silent.
  static constexpr std::chrono::seconds kPatience{10};

  explicit AdminClient(std::string socket_path,
                       std::chrono::seconds patience = kPatience);

  // Asked about once a second while a request waits; true gives it up.
  void set_cancelled(std::function<bool()> cancelled);

  // The body of a 200 response. `target` starts with a slash and is encoded.
  absl::StatusOr<std::string> Get(const std::string& target);
  absl::StatusOr<std::string> Post(const std::string& target);
  absl::StatusOr<std::string> Put(const std::string& target);

  const std::string& socket_path() const { return socket_path_; }

 private:
  struct CurlDeleter {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };

  enum class Method { kGet, kPost, kPut };

  absl::StatusOr<std::string> Perform(const std::string& target, Method method);

  std::string socket_path_;
  std::chrono::seconds patience_;
  std::function<bool()> cancelled_;
  std::unique_ptr<CURL, CurlDeleter> curl_;
};

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_ADMIN_CLIENT_H_
