#include "tools/monitoring/queries.h"

#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

namespace acre::monitoring {
namespace {

using Json = nlohmann::json;

// Calls visit(match) for each match.
template <typename Visit>
void ForEachMatch(const std::string& text, const std::regex& pattern,
                  Visit visit) {
  for (std::sregex_iterator at(text.begin(), text.end(), pattern), end;
       at != end; ++at) {
    visit(*at);
  }
}

void ReplaceAll(const std::string& from, const std::string& to,
                std::string* text) {
  for (size_t at = 0; (at = text->find(from, at)) != std::string::npos;
       at += to.size()) {
    text->replace(at, from.size(), to);
  }
}

std::set<std::string> LabelsOf(const std::string& selector) {
  static const std::regex label(R"re((\w+)\s*(?:=~|!~|!=|=)\s*\\*")re");
  std::set<std::string> labels;
  ForEachMatch(selector, label,
               [&](const std::smatch& match) { labels.insert(match[1]); });
  return labels;
}

}  // namespace

Labels ExportedBy(const std::string& metrics) {
  static const std::regex sample(R"re(^(\w+)(?:\{(.*)\})? \S+$)re");
  Labels exported;
  std::istringstream lines(metrics);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (line.starts_with('#') || !std::regex_match(line, match, sample)) {
      continue;
    }
    std::set<std::string>& labels = exported[match[1]];
    labels.merge(LabelsOf(match[2]));
    labels.insert({"job", "instance"});
  }
  return exported;
}

Labels SelectedIn(const std::string& text) {
  static const std::regex selector(R"re(\b(acre_\w+)(\{[^}]*\})?)re");
  Labels selected;
  ForEachMatch(text, selector, [&](const std::smatch& match) {
    selected[match[1]].merge(LabelsOf(match[2]));
  });
  return selected;
}

std::set<std::string> NamedIn(const std::string& text) {
  static const std::regex clause(
      R"re(\b(?:by|on|without|ignoring|group_left)\s*\(([\w\s,]*)\))re");
  static const std::regex shown(R"re(\{\{\s*(?:\$labels\.)?(\w+)\s*\}\})re");
  static const std::regex word(R"re(\w+)re");
  std::set<std::string> labels;
  ForEachMatch(text, clause, [&](const std::smatch& match) {
    const std::string inside = match[1];
    ForEachMatch(inside, word,
                 [&](const std::smatch& one) { labels.insert(one[0]); });
  });
  ForEachMatch(text, shown,
               [&](const std::smatch& match) { labels.insert(match[1]); });
  return labels;
}

std::vector<std::string> ExpressionsOf(const std::string& dashboard) {
  std::vector<std::string> expressions;
  const Json parsed = Json::parse(dashboard);
  for (const Json& panel : parsed["panels"]) {
    if (!panel.contains("targets")) continue;
    for (const Json& target : panel["targets"]) {
      std::string expression = target["expr"];
      ReplaceAll("$__rate_interval", "1m", &expression);
      for (const char* variable : {"$job", "$instance", "$tenant"}) {
        ReplaceAll(variable, ".*", &expression);
      }
      expressions.push_back(expression);
    }
  }
  return expressions;
}

}  // namespace acre::monitoring
