// What a request that changes something changed.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_CHANGE_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_CHANGE_H_

#include <string>

namespace acre::admin {

// As text, for the audit log; empty where there is nothing to say.
struct Change {
  std::string before;
  std::string after;
};

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_CHANGE_H_
