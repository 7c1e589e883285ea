// A GET of a port of this machine, for tests.

#ifndef ACRE_TOOLS_MONITORING_HTTP_GET_H_
#define ACRE_TOOLS_MONITORING_HTTP_GET_H_

#include <string>

namespace acre::monitoring {

struct HttpAnswer {
  int status = 0;  // 0: there was none.
  std::string body;
};

HttpAnswer HttpGet(int port, const std::string& target,
                   const std::string& accept = "*/*");

}  // namespace acre::monitoring

#endif  // ACRE_TOOLS_MONITORING_HTTP_GET_H_
