#include "engine_adapter/admin/http_server.h"

#include <errno.h>
#include <fmt/format.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <charconv>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine_adapter/admin/peer_credentials.h"
#include "engine_adapter/admin/tcp_access.h"

namespace acre::admin {
namespace {

// Exceptions end at the callbacks below: the HTTP library is C, and a look at
// the statistics must never end the engine. Running out of memory closes the
// connection instead.

constexpr size_t kStreamBlockBytes = size_t{16} * 1024;

// One request between its request line and its response.
struct RequestState {
  std::string target;
  bool headers_checked = false;
  HttpCaller caller = {};
};

void* OnTarget(void* /*context*/, const char* target, MHD_Connection*) {
  try {
    return new RequestState{.target = target};
  } catch (const std::exception&) {
    return nullptr;
  }
}

void OnCompleted(void* /*context*/, MHD_Connection*, void** state,
                 MHD_RequestTerminationCode) {
  delete static_cast<RequestState*>(*state);
  *state = nullptr;
}

ssize_t ReadStream(void* source, uint64_t /*position*/, char* out, size_t max) {
  try {
    const size_t bytes = static_cast<BodySource*>(source)->Read(out, max);
    return bytes == 0 ? MHD_CONTENT_READER_END_OF_STREAM
                      : static_cast<ssize_t>(bytes);
  } catch (const std::exception&) {
    return MHD_CONTENT_READER_END_WITH_ERROR;
  }
}

void FreeStream(void* source) { delete static_cast<BodySource*>(source); }

MHD_Response* MakeResponse(HttpResponse& response) {
  if (response.stream == nullptr) {
    return MHD_create_response_from_buffer(
        response.body.size(), response.body.data(), MHD_RESPMEM_MUST_COPY);
  }
  MHD_Response* made = MHD_create_response_from_callback(
      MHD_SIZE_UNKNOWN, kStreamBlockBytes, &ReadStream, response.stream.get(),
      &FreeStream);
  if (made != nullptr) static_cast<void>(response.stream.release());
  return made;
}

MHD_Result Send(MHD_Connection* connection, HttpResponse response) {
  MHD_Response* made = MakeResponse(response);
  if (made == nullptr) return MHD_NO;
  MHD_add_response_header(made, MHD_HTTP_HEADER_CONTENT_TYPE,
                          std::string(response.content_type).c_str());
  MHD_add_response_header(made, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  if (!response.allow.empty()) {
    MHD_add_response_header(made, MHD_HTTP_HEADER_ALLOW,
                            std::string(response.allow).c_str());
  }
  if (response.wants_token) {
    MHD_add_response_header(made, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
  }
  const MHD_Result result = MHD_queue_response(
      connection, static_cast<unsigned>(response.status), made);
  MHD_destroy_response(made);
  return result;
}

const char* HeaderOf(MHD_Connection* connection, const char* name) {
  return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

std::optional<HttpResponse> RefusePeer(MHD_Connection* connection,
                                       HttpCaller* caller) {
  const MHD_ConnectionInfo* info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  const std::optional<Peer> peer =
      info == nullptr ? std::nullopt : PeerOf(info->connect_fd);
  if (peer && PeerMayRead(peer->uid, geteuid())) {
    *caller = {.uid = peer->uid, .pid = peer->pid};
    return std::nullopt;
  }
  return ErrorResponse(
      MHD_HTTP_FORBIDDEN,
      peer ? fmt::format("this process answers uid {} and root, not uid {}",
                         geteuid(), peer->uid)
           : "the kernel does not say who is asking");
}

std::optional<HttpResponse> RefuseCaller(const HttpServer& server,
                                         MHD_Connection* connection,
                                         const char* method,
                                         HttpCaller* caller) {
  if (!server.tcp()) return RefusePeer(connection, caller);
  return RefuseTcp(
      method,
      {.host = HeaderOf(connection, MHD_HTTP_HEADER_HOST),
       .authorization = HeaderOf(connection, MHD_HTTP_HEADER_AUTHORIZATION)},
      server.tcp()->token);
}

// A body whose length is known and small is read and dropped, so that the
// connection can be used again; any other is not read at all.
std::optional<HttpResponse> RefuseBody(MHD_Connection* connection,
                                       size_t limit) {
  if (HeaderOf(connection, MHD_HTTP_HEADER_TRANSFER_ENCODING) != nullptr) {
    return ErrorResponse(
        MHD_HTTP_LENGTH_REQUIRED,
        "a request body needs a Content-Length; Transfer-Encoding is refused");
  }
  const char* text = HeaderOf(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
  if (text == nullptr) return std::nullopt;
  size_t length = 0;
  const char* end = text + strlen(text);
  const auto [parsed_to, error] = std::from_chars(text, end, length);
  if (error == std::errc() && parsed_to == end && length <= limit) {
    return std::nullopt;
  }
  return ErrorResponse(MHD_HTTP_CONTENT_TOO_LARGE,
                       fmt::format("the request body has {} bytes, at most {} "
                                   "are accepted",
                                   text, limit));
}

MHD_Result HandleRequest(const HttpServer& server, MHD_Connection* connection,
                         const char* method, size_t* upload_bytes,
                         RequestState* state) {
  if (!state->headers_checked) {
    state->headers_checked = true;
    if (auto refused =
            RefuseCaller(server, connection, method, &state->caller)) {
      if (refused->wants_token && server.tcp()->on_unauthorised) {
        server.tcp()->on_unauthorised(
            {.method = method, .target = state->target}, *refused);
      }
      return Send(connection, *std::move(refused));
    }
    if (auto refused =
            RefuseBody(connection, server.limits().request_body_bytes)) {
      return Send(connection, *std::move(refused));
    }
    return MHD_YES;
  }
  if (*upload_bytes != 0) {
    *upload_bytes = 0;
    return MHD_YES;
  }
  const char* accept = HeaderOf(connection, MHD_HTTP_HEADER_ACCEPT);
  return Send(connection,
              server.handler()({.method = method,
                                .target = state->target,
                                .accept = accept == nullptr ? "" : accept,
                                .caller = state->caller}));
}

MHD_Result OnRequest(void* server, MHD_Connection* connection,
                     const char* /*url*/, const char* method,
                     const char* /*version*/, const char* /*upload_data*/,
                     size_t* upload_bytes, void** state) {
  if (*state == nullptr) return MHD_NO;
  try {
    return HandleRequest(*static_cast<HttpServer*>(server), connection, method,
                         upload_bytes, static_cast<RequestState*>(*state));
  } catch (const std::exception&) {
    return MHD_NO;
  }
}

// Blocks all signals in the calling thread, and so in threads that it starts:
// the engine's handlers shall not run on the server's thread.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

HttpServer::HttpServer(const HttpLimits& limits, HttpHandler handler,
                       std::optional<TcpRules> tcp)
    : limits_(limits),
      handler_(std::move(handler)),
      tcp_(std::move(tcp)),
      owner_pid_(getpid()) {}

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(
    FileDescriptor listening, const HttpLimits& limits, HttpHandler handler,
    std::optional<TcpRules> tcp) {
  std::unique_ptr<HttpServer> server(
      new HttpServer(limits, std::move(handler), std::move(tcp)));
  const SignalsBlocked signals_blocked;
  errno = 0;
  // The library closes the descriptor, started or not.
  server->daemon_ =
      MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, /*port=*/0,
                       /*accept_policy=*/nullptr, nullptr, &OnRequest,
                       server.get(), MHD_OPTION_LISTEN_SOCKET,
                       listening.Release(), MHD_OPTION_CONNECTION_LIMIT,
                       limits.connections, MHD_OPTION_CONNECTION_TIMEOUT,
                       limits.idle_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                       limits.header_bytes, MHD_OPTION_STRICT_FOR_CLIENT, 1,  //
                       MHD_OPTION_URI_LOG_CALLBACK, &OnTarget, nullptr,
                       MHD_OPTION_NOTIFY_COMPLETED, &OnCompleted, nullptr,  //
                       MHD_OPTION_END);
  if (server->daemon_ == nullptr) {
    return absl::UnavailableError(
        fmt::format("the admin server's thread did not start: {}",
                    errno == 0 ? "no reason given" : strerror(errno)));
  }
  return server;
}

HttpServer::~HttpServer() {
  // After a fork the child has the object but not the thread to wait for.
  if (daemon_ != nullptr && getpid() == owner_pid_) MHD_stop_daemon(daemon_);
}

}  // namespace acre::admin
