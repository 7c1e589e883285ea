#include "engine_adapter/admin/statistics_handlers.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "engine_adapter/admin/document_body.h"
#include "stats/writers/acre_json.h"
#include "stats/writers/document.h"
#include "stats/writers/jemalloc_json.h"
#include "stats/writers/openmetrics.h"
#include "stats/writers/statistics_text.h"

namespace acre::admin {
namespace {

// With room for its rows.
class MetricsDocument : public stats::Document {
 public:
  MetricsDocument(const MemoryService& service, size_t tenants,
                  const stats::MetricsOptions& options)
      : rows_(std::min<size_t>(tenants, service.domain().live_arenas())),
        metrics_(service.domain(), service.name(), rows_, options) {}
  bool Next(stats::Text* text) noexcept override { return metrics_.Next(text); }

 private:
  std::vector<stats::ArenaStatistics> rows_;
  stats::OpenMetrics metrics_;
};

HttpResponse DocumentResponse(std::unique_ptr<stats::Document> document,
                              std::string_view content_type) {
  HttpResponse response;
  response.content_type = content_type;
  response.stream = BodyOf(std::move(document));
  return response;
}

HttpResponse AnswerMetrics(const MemoryService& service, const Route& route,
                           std::string_view accept, size_t tenants) {
  // Who asks for nothing in particular gets the newer format.
  const bool older =
      accept.find("text/plain") != std::string_view::npos &&
      accept.find("application/openmetrics-text") == std::string_view::npos;
  const stats::MetricsOptions options = {
      .format = older ? stats::MetricsFormat::kPrometheusText
                      : stats::MetricsFormat::kOpenMetrics,
      .kernel = route.kernel};
  return DocumentResponse(
      std::make_unique<MetricsDocument>(
          service, route.tenants.value_or(tenants), options),
      older ? stats::kPrometheusTextContentType
            : stats::kOpenMetricsContentType);
}

}  // namespace

HttpResponse AnswerStatistics(const MemoryService& service, const Route& route,
                              std::string_view accept, size_t tenants) {
  const StatsFormat format = route.resource == Resource::kMetrics
                                 ? StatsFormat::kOpenMetrics
                                 : route.format;
  switch (format) {
    case StatsFormat::kOpenMetrics:
      return AnswerMetrics(service, route, accept, tenants);
    case StatsFormat::kAcre:
      return DocumentResponse(
          std::make_unique<stats::AcreJson>(service.domain(), service.name()),
          "application/json");
    case StatsFormat::kJemalloc:
      return DocumentResponse(
          std::make_unique<stats::JemallocJson>(service.domain()),
          "application/json");
    case StatsFormat::kText:
      break;
  }
  return DocumentResponse(
      std::make_unique<stats::StatisticsText>(service.domain(), service.name()),
      "text/plain; charset=utf-8");
}

}  // namespace acre::admin
