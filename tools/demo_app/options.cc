#include "tools/demo_app/options.h"

#include <charconv>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "fmt/format.h"

namespace acre::demo {
namespace {

constexpr std::string_view kHelp =
    R"(acre_demo: SQLite serving many tenants from Acre's arenas

Each tenant has an arena of its own, and in it an SQLite database with the
packages of this machine. Workers run point and analytical queries on them,
each query with its own tcache and a region for its answer. The first tenant
is greedy: it also sorts and concatenates far more than its hard limit holds.
Those queries fail, and no other tenant notices.

  --tenants N     how many tenants, 1 to 1000 (8)
  --workers N     threads that run queries, 1 to 256 (4)
  --seconds S     how long they run (20)
  --limit SIZE    the greedy tenant's hard limit (16MiB)
  --data FILE     a dpkg status file to serve (/var/lib/dpkg/status)
  --json          print one JSON document at the end and no table
  --serve         run until SIGINT or SIGTERM; with --seconds the queries end
                  after S, and the tenants stay for the console to look at
  --no-socket     without the socket to which tools/console attaches
  --help          this text

Examples:
  acre_demo --seconds 5 --tenants 32 --workers 2
  acre_demo --serve             and tools/console in another terminal
  acre_demo --seconds 5 --json | python3 -m json.tool

What the columns mean: allocated is what SQLite holds, cached lies in tcaches,
active is the pages that back both, resident is what the tenant's pages take of
the machine's memory, metadata is Acre's own, and refusals counts allocations
denied by the hard limit.

Exit status: 0 when only the greedy tenant's queries failed and the ledger adds
up, 1 when not, 2 for a bad option or a bad data file.
)";

// Takes options from the front of the argument list.
class OptionReader {
 public:
  explicit OptionReader(const std::vector<std::string_view>& arguments)
      : arguments_(arguments) {}

  bool AtEnd() const { return next_ == arguments_.size(); }

  // Splits "--name=value"; the value may also be the next argument.
  void ReadName() {
    const std::string_view argument = arguments_[next_++];
    const size_t equals = argument.find('=');
    name_ = argument.substr(0, equals);
    has_value_ = equals != std::string_view::npos;
    value_ = has_value_ ? argument.substr(equals + 1) : std::string_view{};
  }

  std::string_view name() const { return name_; }

  absl::Status ReadFlag(bool* flag) {
    if (has_value_) return Bad("takes no value");
    *flag = true;
    return absl::OkStatus();
  }

  absl::Status ReadText(std::string* text) {
    absl::Status status = ReadValue();
    if (status.ok()) text->assign(value_);
    return status;
  }

  absl::Status ReadInteger(int least, int most, int* number) {
    absl::Status status = ReadValue();
    if (!status.ok()) return status;
    const char* end = value_.data() + value_.size();
    const auto [stop, code] = std::from_chars(value_.data(), end, *number);
    if (code == std::errc() && stop == end && *number >= least &&
        *number <= most) {
      return absl::OkStatus();
    }
    return Bad(fmt::format("wants a whole number from {} to {}", least, most));
  }

  absl::Status ReadSeconds(double* seconds) {
    constexpr double kMost = 1e6;
    absl::Status status = ReadValue();
    if (!status.ok()) return status;
    const char* end = value_.data() + value_.size();
    const auto [stop, code] =
        std::from_chars(value_.data(), end, *seconds, std::chars_format::fixed);
    if (code == std::errc() && stop == end && *seconds > 0 &&
        *seconds <= kMost) {
      return absl::OkStatus();
    }
    return Bad(fmt::format("wants seconds, more than 0 and at most {}", kMost));
  }

  // Bytes, or a number with K, M or G (KiB, MiB, GiB).
  absl::Status ReadBytes(uint64_t least, uint64_t* bytes) {
    absl::Status status = ReadValue();
    if (!status.ok()) return status;
    const char* end = value_.data() + value_.size();
    uint64_t number = 0;
    const auto [stop, code] = std::from_chars(value_.data(), end, number);
    int shift = 0;
    if (code != std::errc() || !ReadUnit({stop, end}, &shift) ||
        number > (uint64_t{1} << 62) >> shift) {
      return Bad(
          "wants a size: bytes, or a number with KiB, MiB or GiB, such "
          "as 16MiB");
    }
    *bytes = number << shift;
    if (*bytes >= least) return absl::OkStatus();
    return Bad(fmt::format("wants at least {} bytes", least));
  }

 private:
  absl::Status Bad(std::string_view what) const {
    return absl::InvalidArgumentError(
        has_value_ ? fmt::format("{} \"{}\": {}", name_, value_, what)
                   : fmt::format("{}: {}", name_, what));
  }

  absl::Status ReadValue() {
    if (has_value_) return absl::OkStatus();
    if (AtEnd()) return Bad("wants a value");
    has_value_ = true;
    value_ = arguments_[next_++];
    return absl::OkStatus();
  }

  static bool ReadUnit(std::string_view unit, int* shift) {
    static constexpr std::pair<char, int> kUnits[] = {
        {'K', 10}, {'M', 20}, {'G', 30}};
    if (unit.empty() || unit == "B") return true;
    for (const auto& [letter, bits] : kUnits) {
      if (unit[0] != letter) continue;
      *shift = bits;
      return unit.size() == 1 || unit.substr(1) == "iB";
    }
    return false;
  }

  const std::vector<std::string_view>& arguments_;
  size_t next_ = 0;
  std::string_view name_;
  std::string_view value_;
  bool has_value_ = false;
};

absl::Status ReadOption(OptionReader& reader, Options* options) {
  // No database fits in less; the tenant's first pages and its schema do not.
  constexpr uint64_t kLeastLimit = 256 << 10;
  reader.ReadName();
  const std::string_view name = reader.name();
  if (name == "--tenants") {
    return reader.ReadInteger(1, 1000, &options->tenants);
  }
  if (name == "--workers") return reader.ReadInteger(1, 256, &options->workers);
  if (name == "--seconds") {
    options->has_seconds = true;
    return reader.ReadSeconds(&options->seconds);
  }
  if (name == "--limit") {
    return reader.ReadBytes(kLeastLimit, &options->limit_bytes);
  }
  if (name == "--data") return reader.ReadText(&options->data);
  if (name == "--json") return reader.ReadFlag(&options->json);
  if (name == "--serve") return reader.ReadFlag(&options->serve);
  if (name == "--help" || name == "-h") return reader.ReadFlag(&options->help);
  if (name == "--no-socket") {
    bool without = false;
    absl::Status status = reader.ReadFlag(&without);
    options->socket = !without;
    return status;
  }
  return absl::InvalidArgumentError(
      fmt::format("unknown option \"{}\"; --help lists them all", name));
}

}  // namespace

absl::StatusOr<Options> ParseOptions(
    const std::vector<std::string_view>& arguments) {
  Options options;
  OptionReader reader(arguments);
  while (!reader.AtEnd()) {
    absl::Status status = ReadOption(reader, &options);
    if (!status.ok()) return status;
  }
  return options;
}

std::string_view HelpText() { return kHelp; }

}  // namespace acre::demo
