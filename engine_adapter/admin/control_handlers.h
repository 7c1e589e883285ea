// Answers about the control tree: lists it, reads, writes and executes nodes.
// Functions are safe from any thread.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_CONTROL_HANDLERS_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_CONTROL_HANDLERS_H_

#include "engine_adapter/admin/change.h"
#include "engine_adapter/admin/http_message.h"
#include "engine_adapter/admin/router.h"
#include "engine_adapter/memory_service.h"

namespace acre::admin {

HttpResponse AnswerControls(const Route& route);
HttpResponse AnswerControl(MemoryService& service, const Route& route);
// PUT: writes route.value.
HttpResponse WriteControl(MemoryService& service, const Route& route,
                          Change* change);
// POST.
HttpResponse ExecuteControl(MemoryService& service, const Route& route,
                            Change* change);

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_CONTROL_HANDLERS_H_
