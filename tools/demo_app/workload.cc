#include "tools/demo_app/workload.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace acre::demo {
namespace {

constexpr QueryShape kShapes[] = {
    {"look up a package",
     "SELECT version, section, installed_kib, summary FROM package "
     "WHERE name = ?1",
     Parameter::kPackageName, 40, false},
    {"who needs it",
     "SELECT p.name, d.version FROM dependency d "
     "JOIN package p ON p.id = d.package_id "
     "WHERE d.target = ?1 AND d.kind = 'depends' ORDER BY p.name",
     Parameter::kPackageName, 15, false},
    {"count a visit",
     "INSERT INTO visit SELECT id, 1 FROM package WHERE name = ?1 "
     "ON CONFLICT (package_id) DO UPDATE SET visits = visits + 1",
     Parameter::kPackageName, 10, false},
    {"search the descriptions",
     "SELECT name, snippet(description, 2, '[', ']', '...', 8), "
     "bm25(description, 4.0, 2.0, 1.0) FROM description "
     "WHERE description MATCH ?1 ORDER BY rank LIMIT 10",
     Parameter::kSearchWord, 15, false},
    {"everything it needs",
     "WITH RECURSIVE needed(id) AS ("
     "  SELECT id FROM package WHERE name = ?1"
     "  UNION"
     "  SELECT p.id FROM needed n"
     "  JOIN dependency d ON d.package_id = n.id AND d.kind = 'depends'"
     "  JOIN package p ON p.name = d.target) "
     "SELECT p.name, p.installed_kib FROM needed JOIN package p USING (id) "
     "ORDER BY p.installed_kib DESC, p.name",
     Parameter::kPackageName, 10, false},
    {"the largest of each section",
     "SELECT section, name, installed_kib, share FROM ("
     "  SELECT section, name, installed_kib,"
     "         rank() OVER by_size AS place,"
     "         100.0 * installed_kib /"
     "           sum(installed_kib) OVER (PARTITION BY section) AS share"
     "  FROM package"
     "  WINDOW by_size AS (PARTITION BY section ORDER BY installed_kib DESC))"
     "WHERE place <= 3 ORDER BY section, place",
     Parameter::kNone, 5, false},
    {"the heaviest to install",
     "SELECT p.name, count(DISTINCT t.id) AS parts,"
     "       p.installed_kib + sum(t.installed_kib) AS total_kib "
     "FROM package p "
     "JOIN dependency d ON d.package_id = p.id AND d.kind = 'depends' "
     "JOIN package t ON t.name = d.target "
     "GROUP BY p.id ORDER BY total_kib DESC LIMIT 20",
     Parameter::kNone, 5, false},
    {"sort everything, many times over",
     "WITH RECURSIVE copy(n) AS ("
     "  VALUES (1) UNION ALL SELECT n + 1 FROM copy WHERE n < ?1) "
     "SELECT p.summary, p.maintainer, n FROM copy CROSS JOIN package p "
     "ORDER BY p.summary || n, p.id",
     Parameter::kCopies, 2, true},
    {"join all text into one string",
     "WITH RECURSIVE copy(n) AS ("
     "  VALUES (1) UNION ALL SELECT n + 1 FROM copy WHERE n < ?1) "
     "SELECT length(group_concat(p.summary || p.maintainer || n, char(10))) "
     "FROM copy CROSS JOIN package p",
     Parameter::kCopies, 1, true},
    {"hoard rows",
     "INSERT INTO hoard(filler) WITH RECURSIVE copy(n) AS ("
     "  VALUES (1) UNION ALL SELECT n + 1 FROM copy WHERE n < ?1) "
     "SELECT p.summary || p.maintainer || n FROM copy CROSS JOIN package p",
     Parameter::kCopies, 1, true},
};

int64_t TotalWeight(bool greedy) {
  int64_t total = 0;
  for (const QueryShape& shape : kShapes) {
    if (shape.greedy == greedy) total += shape.weight;
  }
  return total;
}

// A string of FTS5's query language: quotes inside are doubled.
std::string Quoted(std::string_view word) {
  std::string quoted = "\"";
  for (char c : word) {
    quoted += c;
    if (c == '"') quoted += c;
  }
  return quoted + '"';
}

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The words of the summaries from four letters on, or the packages' names
// where there are none.
std::vector<std::string> SearchWords(const std::vector<Package>& packages) {
  constexpr size_t kShortest = 4;
  std::vector<std::string> words;
  for (const Package& package : packages) {
    const std::string_view text = package.summary;
    for (size_t start = 0; start < text.size(); ++start) {
      size_t end = start;
      while (end < text.size() && IsLetter(text[end])) ++end;
      if (end - start >= kShortest) {
        words.push_back(Quoted(text.substr(start, end - start)));
      }
      start = end;
    }
  }
  if (words.empty()) {
    for (const Package& package : packages) {
      words.push_back(Quoted(package.name));
    }
  }
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

// Enough rows of summary and maintainer to fill the limit four times over, if
// SQLite held nothing but their text; less when one string could not be that
// long (SQLITE_MAX_LENGTH is 10^9 bytes).
int64_t CopiesToExceed(const std::vector<Package>& packages,
                       uint64_t limit_bytes) {
  uint64_t text_bytes = packages.size();
  for (const Package& package : packages) {
    text_bytes += package.summary.size() + package.maintainer.size();
  }
  constexpr uint64_t kLongestText = 900'000'000;
  const uint64_t wanted_bytes = std::min(limit_bytes, kLongestText / 4) * 4;
  return static_cast<int64_t>(wanted_bytes / text_bytes + 1);
}

}  // namespace

std::span<const QueryShape> QueryShapes() { return kShapes; }

Workload::Workload(const std::vector<Package>& packages,
                   uint64_t greedy_limit_bytes)
    : packages_(packages),
      search_words_(SearchWords(packages)),
      copies_(CopiesToExceed(packages, greedy_limit_bytes)) {}

size_t Workload::Draw(bool greedy_tenant, std::mt19937_64& random) const {
  static const std::array<int64_t, 2> kTotals = {TotalWeight(false),
                                                 TotalWeight(true)};
  const bool greedy = greedy_tenant && random() % 3 == 0;
  auto ticket = static_cast<int64_t>(random() % kTotals[greedy ? 1 : 0]);
  size_t index = 0;
  while (kShapes[index].greedy != greedy || ticket >= kShapes[index].weight) {
    if (kShapes[index].greedy == greedy) ticket -= kShapes[index].weight;
    ++index;
  }
  return index;
}

int Workload::Bind(size_t shape, sqlite3_stmt* statement,
                   std::mt19937_64& random) const {
  const auto bind_text = [&](std::string_view text) {
    return sqlite3_bind_text64(statement, 1, text.data(), text.size(),
                               SQLITE_STATIC, SQLITE_UTF8);
  };
  switch (kShapes[shape].parameter) {
    case Parameter::kNone:
      return SQLITE_OK;
    case Parameter::kPackageName:
      return bind_text(packages_[random() % packages_.size()].name);
    case Parameter::kSearchWord:
      return bind_text(search_words_[random() % search_words_.size()]);
    case Parameter::kCopies:
      return sqlite3_bind_int64(statement, 1, copies_);
  }
  return SQLITE_ERROR;
}

}  // namespace acre::demo
