#include "tools/reference_app/control_reference.h"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "fmt/format.h"
#include "stats/control/control_index.h"
#include "stats/control/control_node.h"

namespace acre {
namespace {

using stats::ControlIndex;
using stats::ControlNode;

constexpr char kIntroduction[] = R"(# Control reference

Written by `bazel run //tools/reference_app:control_reference` from the tables
in `stats/control/`; a test keeps the two in step.

Everything that a service knows, and everything that can be changed, has a name.
Engines use `engine_adapter/control.h`, operators `acre_console ctl`, and
programs `GET /v1/ctl/NAME` and `PUT /v1/ctl/NAME?value=V` on the admin socket.

In a name `<i>` is an arena: its index, its name, or `all` (also 4096, as in
jemalloc). A name that has dots, is all digits, or is `all`, goes in quotes:
`arena."eu.west-7".purge`; a quote inside is doubled. `<j>` is an index: a small
or large size class, a page class, a provider of memory, or a tcache.

*Mode* is `r` read, `w` write, `rw` both, `x` execute. *Type* is that of C.
`j` marks names that jemalloc 5.3 has with the same type and meaning. `e` marks
what only the engine may do from within its process: it would take memory away
from under running queries.

Figures of one arena cost up to a microsecond. Those of `all`, and `stats.*`
that are sums over arenas, look at every arena: about 50 ns each. `extents` and
`kernel` walk over all address space. Nothing is shown from memory, so there is
no epoch to wait for; writing `epoch` is accepted and cheap.

)";

// Sections, by how names begin.
struct Section {
  std::string_view prefix;
  std::string_view title;
  std::string_view about;
};

constexpr Section kSections[] = {
    {"arena.", "arena: one arena", "What can be done with an arena."},
    {"arenas.", "arenas: what all have in common",
     "Size classes, and defaults for arenas made henceforth."},
    {"stats.arenas.<i>.bins.", "stats.arenas.<i>.bins: small size classes", ""},
    {"stats.arenas.<i>.lextents.", "stats.arenas.<i>.lextents: large ones", ""},
    {"stats.arenas.<i>.extents.",
     "stats.arenas.<i>.extents: unused extents by class of pages", ""},
    {"stats.arenas.<i>.tcaches.", "stats.arenas.<i>.tcaches: open and parked",
     "Open ones before parked ones, the oldest first."},
    {"stats.arenas.<i>.kernel.",
     "stats.arenas.<i>.kernel: an arena by the page tables", ""},
    {"stats.arenas.<i>.mutexes.", "stats.arenas.<i>.mutexes: its locks", ""},
    {"stats.arenas.", "stats.arenas: figures of an arena",
     "docs/statistics.md has the equations among them."},
    {"stats.hooks.", "stats.hooks: providers of memory", "The newest first."},
    {"stats.mutexes.", "stats.mutexes: locks that arenas share", ""},
    {"stats.kernel.", "stats.kernel: the service by the page tables", ""},
    {"stats.process.", "stats.process: the process", ""},
    {"stats.metadata_of.", "stats.metadata_of: what metadata is for",
     "They add up to `stats.metadata`."},
    {"stats.governor.", "stats.governor", ""},
    {"stats.", "stats: the service", ""},
    {"config.", "config: the build", ""},
    {"opt.", "opt: what the service was created with", ""},
    {"", "The service", ""},
};

// The first section that a name begins like.
const Section& SectionOf(std::string_view name) {
  for (const Section& section : kSections) {
    if (name.starts_with(section.prefix)) return section;
  }
  return kSections[std::size(kSections) - 1];
}

// jemalloc writes <i> for the first index of a name, whatever it is of.
std::string Normal(std::string_view name) {
  std::string normal(name);
  for (size_t at; (at = normal.find("<j>")) != std::string::npos;) {
    normal[at + 1] = 'i';
  }
  return normal;
}

std::set<std::string> NamesIn(std::string_view lines) {
  std::set<std::string> names;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    const std::string name = Normal(line.substr(0, line.find('\t')));
    const size_t brace = name.find('{');
    if (brace == std::string::npos) {
      names.insert(name);
    } else {
      // {counter} and {extent_type} stand for several.
      const std::string before = name.substr(0, brace);
      const std::string after = name.substr(name.find('}') + 1);
      for (const char* word : {"num_ops", "num_wait", "total_wait_time",
                               "dirty", "muzzy", "retained"}) {
        names.insert(before + word + after);
      }
    }
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
  }
  return names;
}

std::string Row(const ControlNode& node, const std::set<std::string>& known) {
  return fmt::format(
      "| `{}` | {} | {} | {} | {}{} | {} |\n", node.name, TypeName(node.type),
      ModeName(node.mode), UnitName(node.unit),
      known.contains(Normal(node.name)) ? "j" : "",
      node.reach == stats::ControlReach::kEngine ? "e" : "", node.help);
}

}  // namespace

std::string ControlReference(std::string_view jemalloc_names) {
  const std::set<std::string> known = NamesIn(jemalloc_names);
  std::string text = kIntroduction;
  for (const Section& section : kSections) {
    text += fmt::format("## {}\n\n", section.title);
    if (!section.about.empty()) text += fmt::format("{}\n\n", section.about);
    text += "| name | type | mode | unit | | |\n";
    text += "| --- | --- | --- | --- | --- | --- |\n";
    for (const ControlIndex::Entry& entry : ControlIndex::Get().entries()) {
      if (&SectionOf(entry.node->name) != &section) continue;
      text += Row(*entry.node, known);
    }
    text += '\n';
  }
  text +=
      "## Names of jemalloc's that Acre has not\n\n"
      "A look at one of them says so, with the reason.\n\n"
      "| name | why |\n| --- | --- |\n";
  for (const stats::AbsentControl& absent : stats::AbsentControls()) {
    text += fmt::format("| `{}` | {} |\n", absent.name, absent.reason);
  }
  return text;
}

std::string ReadJemallocNames() {
  std::ifstream file("stats/control/testdata/jemalloc_names.tsv");
  return std::string((std::istreambuf_iterator<char>(file)),
                     std::istreambuf_iterator<char>());
}

}  // namespace acre
