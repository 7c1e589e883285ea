// A document of the statistics as the body of a response.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_DOCUMENT_BODY_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_DOCUMENT_BODY_H_

#include <memory>

#include "engine_adapter/admin/http_message.h"
#include "stats/writers/document.h"

namespace acre::admin {

// Takes the document's pieces as the body is read.
std::unique_ptr<BodySource> BodyOf(std::unique_ptr<stats::Document> document);

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_DOCUMENT_BODY_H_
