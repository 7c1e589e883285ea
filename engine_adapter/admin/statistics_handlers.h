// Answers with whole documents of the statistics (stats/writers). Safe from any
// thread.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_STATISTICS_HANDLERS_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_STATISTICS_HANDLERS_H_

#include <cstddef>
#include <string_view>

#include "engine_adapter/admin/http_message.h"
#include "engine_adapter/admin/router.h"
#include "engine_adapter/memory_service.h"

namespace acre::admin {

// In the format that the route names. Metrics show `tenants` tenants one by
// one, unless the route says how many; they are in the older text format for
// who accepts no other.
HttpResponse AnswerStatistics(const MemoryService& service, const Route& route,
                              std::string_view accept, size_t tenants);

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_STATISTICS_HANDLERS_H_
