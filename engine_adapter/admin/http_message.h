// What the router's and the handlers' side of the admin server exchanges with
// its HTTP side: a request, and a response that is either a text or a stream.
//
// Plain values; nothing here knows the HTTP library.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_HTTP_MESSAGE_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_HTTP_MESSAGE_H_

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace acre::admin {

// Who asks: the process at the other end of a Unix socket. Nobody is known at
// the other end of a TCP connection.
struct HttpCaller {
  std::optional<uid_t> uid;
  std::optional<pid_t> pid;
};

struct HttpRequest {
  std::string method;
  std::string target;  // as sent: not decoded, with the query
  std::string accept;  // the header; empty when there is none
  HttpCaller caller;
};

// A body that is made while it is sent, for those too large to hold.
class BodySource {
 public:
  virtual ~BodySource() = default;
  // Writes 1 to `max` bytes and returns how many; 0 is the end.
  virtual size_t Read(char* out, size_t max) = 0;
};

struct HttpResponse {
  int status = 200;
  std::string body;   // unused when there is a stream
  std::string error;  // what an ErrorResponse's body says
  std::unique_ptr<BodySource> stream;
  std::string_view content_type = "application/json";
  std::string_view allow;    // 405: the methods allowed
  bool wants_token = false;  // 401: a bearer token
};

// `{"error":"<message>"}`
HttpResponse ErrorResponse(int status, std::string_view message);

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_HTTP_MESSAGE_H_
