// Whether a request that came by TCP may be answered. There nobody says who he
// is: whoever can run a program on the machine may look, and only who has the
// token may do more. Pure functions.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_TCP_ACCESS_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_TCP_ACCESS_H_

#include <optional>
#include <string_view>

#include "engine_adapter/admin/http_message.h"

namespace acre::admin {

struct TcpHeaders {
  // Null where there is none.
  const char* host = nullptr;
  const char* authorization = nullptr;
};

// A page of the web that has its own name resolve to this machine is shown by
// the Host that its browser sends: only localhost and 127.0.0.1, with or
// without a port, are this server's names.
bool IsLoopbackHost(std::string_view host);

// Whether the header is `Bearer TOKEN`, with the scheme in any case. Takes as
// long for a wrong token as for the right one. An empty token is nobody's.
bool HasToken(std::string_view authorization, std::string_view token);

// 403 for a foreign Host; 401 for methods other than GET and HEAD without the
// token.
std::optional<HttpResponse> RefuseTcp(std::string_view method,
                                      const TcpHeaders& headers,
                                      std::string_view token);

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_TCP_ACCESS_H_
