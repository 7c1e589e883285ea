// What a dashboard or a file of rules asks a monitoring system for.

#ifndef ACRE_TOOLS_MONITORING_QUERIES_H_
#define ACRE_TOOLS_MONITORING_QUERIES_H_

#include <map>
#include <set>
#include <string>
#include <vector>

namespace acre::monitoring {

// Labels by the name of the metric that has them.
using Labels = std::map<std::string, std::set<std::string>>;

// Of a text in OpenMetrics format: every sample's, and the labels that the
// monitoring system adds.
Labels ExportedBy(const std::string& metrics);

// Every metric named in a text, with the labels that its selectors ask for.
Labels SelectedIn(const std::string& text);

// Labels that a text has elsewhere: in by (...), on (...), {{...}} and
// {{ $labels... }}.
std::set<std::string> NamedIn(const std::string& text);

// The expressions of a dashboard, its variables filled in.
std::vector<std::string> ExpressionsOf(const std::string& dashboard);

}  // namespace acre::monitoring

#endif  // ACRE_TOOLS_MONITORING_QUERIES_H_
