#include "tools/monitoring/http_get.h"

#include <cstdlib>
#include <string_view>

#include "engine_adapter/admin/raw_client.h"

namespace acre::monitoring {
namespace {

// Of a body in chunks, the chunks.
std::string Joined(std::string_view chunks) {
  std::string body;
  while (true) {
    const size_t line = chunks.find("\r\n");
    if (line == std::string_view::npos) return body;
    const size_t size =
        std::strtoul(std::string(chunks.substr(0, line)).c_str(), nullptr, 16);
    chunks.remove_prefix(line + 2);
    if (size == 0 || size + 2 > chunks.size()) return body;
    body += chunks.substr(0, size);
    chunks.remove_prefix(size + 2);
  }
}

}  // namespace

HttpAnswer HttpGet(int port, const std::string& target,
                   const std::string& accept) {
  const std::string all = admin::RawClient::Exchange(
      port, "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nAccept: " +
                accept + "\r\nConnection: close\r\n\r\n");
  HttpAnswer answer;
  const size_t end = all.find("\r\n\r\n");
  if (!all.starts_with("HTTP/1.1 ") || end == std::string::npos) return answer;
  answer.status = std::atoi(all.c_str() + 9);
  const std::string_view head(all.data(), end);
  answer.body = all.substr(end + 4);
  if (head.find("Transfer-Encoding: chunked") != std::string_view::npos) {
    answer.body = Joined(answer.body);
  }
  return answer;
}

}  // namespace acre::monitoring
