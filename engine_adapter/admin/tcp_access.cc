#include "engine_adapter/admin/tcp_access.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace acre::admin {
namespace {

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

}  // namespace

bool IsLoopbackHost(std::string_view host) {
  const size_t colon = host.find(':');
  if (colon != std::string_view::npos) {
    const std::string_view port = host.substr(colon + 1);
    if (port.empty() || port.size() > 5 ||
        !std::all_of(port.begin(), port.end(),
                     [](char c) { return c >= '0' && c <= '9'; })) {
      return false;
    }
    host = host.substr(0, colon);
  }
  return EqualIgnoringCase(host, "localhost") || host == "127.0.0.1";
}

bool HasToken(std::string_view authorization, std::string_view token) {
  constexpr std::string_view kScheme = "Bearer ";
  if (token.empty() ||
      !EqualIgnoringCase(authorization.substr(0, kScheme.size()), kScheme)) {
    return false;
  }
  const std::string_view given = authorization.substr(kScheme.size());
  // All of what was given is looked at, however soon it differs.
  unsigned difference = given.size() == token.size() ? 0 : 1;
  for (size_t i = 0; i < given.size(); ++i) {
    difference |= static_cast<unsigned char>(given[i]) ^
                  static_cast<unsigned char>(token[i % token.size()]);
  }
  return difference == 0;
}

std::optional<HttpResponse> RefuseTcp(std::string_view method,
                                      const TcpHeaders& headers,
                                      std::string_view token) {
  if (headers.host == nullptr || !IsLoopbackHost(headers.host)) {
    return ErrorResponse(
        403, fmt::format("this port answers to localhost and 127.0.0.1, not "
                         "to the Host \"{}\"",
                         headers.host == nullptr ? "" : headers.host));
  }
  if (method == "GET" || method == "HEAD") return std::nullopt;
  if (headers.authorization != nullptr &&
      HasToken(headers.authorization, token)) {
    return std::nullopt;
  }
  HttpResponse response = ErrorResponse(
      401, token.empty()
               ? "this port is read-only: the admin server has no token "
                 "(AdminOptions::token)"
               : fmt::format("{} needs the header \"Authorization: Bearer "
                             "TOKEN\" on this port",
                             method));
  response.wants_token = true;
  return response;
}

}  // namespace acre::admin
