// Answers about what lies below an arena's figures: large size classes, unused
// extents, tcaches, locks. Functions are safe from any thread.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_DETAIL_HANDLERS_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_DETAIL_HANDLERS_H_

#include "engine_adapter/admin/http_message.h"
#include "engine_adapter/admin/router.h"
#include "engine_adapter/memory_service.h"

namespace acre::admin {

HttpResponse AnswerBins(const MemoryService& service, const Route& route);
HttpResponse AnswerLarge(const MemoryService& service, const Route& route);
// Walks over the address space of the whole service.
HttpResponse AnswerExtents(const MemoryService& service, const Route& route);
HttpResponse AnswerLocks(const MemoryService& service, const Route& route);
HttpResponse AnswerTcaches(const MemoryService& service, const Route& route);
// Beside what Acre says, what the kernel says: of the process, the service and
// its largest arenas, or of the one that the route names. Walks page tables:
// costs more than all the others together.
HttpResponse AnswerKernel(const MemoryService& service, const Route& route);

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_DETAIL_HANDLERS_H_
