#include "tools/console_app/admin_client.h"

#include <errno.h>
#include <fmt/format.h>
#include <string.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/status.h"
#include "engine_adapter/admin/unix_address.h"
#include "tools/console_app/text.h"

namespace acre::console {
namespace {

// A million arenas are some hundreds of MB; more is no answer of ours.
constexpr size_t kMaxBodyBytes = size_t{2} << 30;

size_t AppendToBody(char* data, size_t size, size_t count, void* context) {
  auto* body = static_cast<std::string*>(context);
  const size_t bytes = size * count;
  if (body->size() + bytes > kMaxBodyBytes) return 0;
  body->append(data, bytes);
  return bytes;
}

int OnProgress(void* cancelled, curl_off_t, curl_off_t, curl_off_t,
               curl_off_t) {
  return (*static_cast<std::function<bool()>*>(cancelled))() ? 1 : 0;
}

// What libcurl reads and writes numbers as.
using CurlLong = long;  // NOLINT(google-runtime-int)

// The server's own words, which already say what to do.
std::string ErrorOf(const std::string& body, CurlLong http_status) {
  const nlohmann::json parsed =
      nlohmann::json::parse(body, /*cb=*/nullptr, /*allow_exceptions=*/false);
  if (parsed.is_object() && parsed.contains("error") &&
      parsed["error"].is_string()) {
    return Printable(parsed["error"].get<std::string>());
  }
  return fmt::format("the process answered with HTTP status {}", http_status);
}

absl::Status HttpError(CurlLong http_status, const std::string& body) {
  const std::string message = ErrorOf(body, http_status);
  switch (http_status) {
    case 403:
      return absl::PermissionDeniedError(message);
    case 404:
      return absl::NotFoundError(message);
    case 400:
    case 405:
    case 414:
      return absl::InvalidArgumentError(message);
    default:
      return absl::InternalError(message);
  }
}

absl::Status ConnectError(const std::string& path, CurlLong error) {
  switch (error) {
    case ENOENT:
      return absl::NotFoundError(
          fmt::format("there is no socket \"{}\"", path));
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(
          fmt::format("socket \"{}\": {}; only the process's own user and root "
                      "may attach",
                      path, strerror(static_cast<int>(error))));
    case ECONNREFUSED:
      return absl::NotFoundError(
          fmt::format("nobody listens on \"{}\": the process has ended", path));
    default:
      return absl::NotFoundError(fmt::format(
          "cannot connect to \"{}\": {}", path,
          error == 0 ? "no reason given" : strerror(static_cast<int>(error))));
  }
}

}  // namespace

AdminClient::AdminClient(std::string socket_path, std::chrono::seconds patience)
    : socket_path_(std::move(socket_path)),
      patience_(patience),
      curl_(curl_easy_init()) {
  CURL* curl = curl_.get();
  if (curl == nullptr) return;
  const auto seconds = static_cast<CurlLong>(patience_.count());
  curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket_path_.c_str());
  // Neither the environment's proxies nor redirects have a say here.
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, seconds);
  // A long list may take its time as long as bytes come.
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, seconds);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &AppendToBody);
}

void AdminClient::set_cancelled(std::function<bool()> cancelled) {
  cancelled_ = std::move(cancelled);
}

absl::StatusOr<std::string> AdminClient::Get(const std::string& target) {
  return Perform(target, Method::kGet);
}

absl::StatusOr<std::string> AdminClient::Post(const std::string& target) {
  return Perform(target, Method::kPost);
}

absl::StatusOr<std::string> AdminClient::Put(const std::string& target) {
  return Perform(target, Method::kPut);
}

absl::StatusOr<std::string> AdminClient::Perform(const std::string& target,
                                                 Method method) {
  CURL* curl = curl_.get();
  if (curl == nullptr) return absl::InternalError("libcurl does not start");
  if (socket_path_.size() > admin::kMaxSocketPathBytes) {
    return absl::NotFoundError(fmt::format(
        "\"{}\" has {} bytes, the path of a socket at most {}", socket_path_,
        socket_path_.size(), admin::kMaxSocketPathBytes));
  }
  std::string body;
  const std::string url = "http://acre" + target;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  if (method == Method::kGet) {
    curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
  } else {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
  }
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST,
                   method == Method::kPut ? "PUT" : nullptr);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, cancelled_ ? 0L : 1L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &OnProgress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &cancelled_);
  const CURLcode code = curl_easy_perform(curl);
  CurlLong detail = 0;
  switch (code) {
    case CURLE_OK:
      curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &detail);
      if (detail == 200) return body;
      return HttpError(detail, body);
    case CURLE_COULDNT_CONNECT:
      curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &detail);
      return ConnectError(socket_path_, detail);
    case CURLE_OPERATION_TIMEDOUT:
      return absl::DeadlineExceededError(fmt::format(
          "the process behind \"{}\" sent nothing for {} s: it is stopped, or "
          "too busy to answer",
          socket_path_, patience_.count()));
    case CURLE_ABORTED_BY_CALLBACK:
      return absl::CancelledError("given up");
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
      return absl::UnavailableError(
          fmt::format("the process behind \"{}\" closed the connection in the "
                      "middle: it has ended, or had no memory to answer",
                      socket_path_));
    default:
      return absl::InternalError(
          fmt::format("\"{}\": {}", socket_path_, curl_easy_strerror(code)));
  }
}

}  // namespace acre::console
