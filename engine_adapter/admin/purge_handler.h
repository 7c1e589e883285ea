// Answers requests to purge an arena. Safe from any thread.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_PURGE_HANDLER_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_PURGE_HANDLER_H_

#include "engine_adapter/admin/change.h"
#include "engine_adapter/admin/http_message.h"
#include "engine_adapter/admin/router.h"
#include "engine_adapter/memory_service.h"

namespace acre::admin {

// Purges, or with route.dry_run tells what would go and changes nothing.
HttpResponse AnswerPurge(const MemoryService& service, const Route& route,
                         Change* change);

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_PURGE_HANDLER_H_
