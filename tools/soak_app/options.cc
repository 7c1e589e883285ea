#include "tools/soak_app/options.h"

#include <charconv>
#include <string_view>

#include "fmt/format.h"

namespace acre::soak {
namespace {

// A whole number of `text` in [least, most].
template <typename Number>
bool ParseNumber(std::string_view text, Number least, Number most,
                 Number* out) {
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, *out);
  return error == std::errc() && at == end && *out >= least && *out <= most;
}

bool SetOption(std::string_view name, std::string_view value,
               Options* options) {
  if (name == "--seconds") {
    return ParseNumber(value, 1, kMostSeconds, &options->seconds);
  }
  if (name == "--threads") {
    return ParseNumber(value, 1, kMostThreads, &options->threads);
  }
  if (name == "--seed") {
    return ParseNumber(value, uint64_t{0}, UINT64_MAX, &options->seed);
  }
  std::string* const file = name == "--csv"   ? &options->csv
                            : name == "--png" ? &options->png
                                              : nullptr;
  if (file == nullptr || value.empty()) return false;
  *file = value;
  return true;
}

}  // namespace

const char* Usage() {
  return "usage: acre_soak [options]\n"
         "\n"
         "Runs tenants that come and go on a system that fails at random,\n"
         "stops every second or two to verify everything, and shows how\n"
         "memory develops.\n"
         "\n"
         "  --seconds N   how long (default 120)\n"
         "  --seed S      of all that is random (default 1)\n"
         "  --threads N   that allocate (default 2)\n"
         "  --csv FILE    write what was sampled\n"
         "  --png FILE    plot it (needs gnuplot)\n"
         "  --help        print this\n"
         "\n"
         "Exit code: 0, 1 if anything was not as it must be, 2 for bad\n"
         "arguments or files that cannot be written.\n";
}

std::optional<Options> ParseOptions(int argc, const char* const* argv,
                                    std::string* error) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--help" || name == "-h") {
      options.help = true;
      return options;
    }
    if (i + 1 == argc) {
      *error = fmt::format("{}: unknown, or without a value", name);
      return std::nullopt;
    }
    const std::string_view value = argv[++i];
    if (!SetOption(name, value, &options)) {
      *error = fmt::format("{} {}: unknown, or out of range", name, value);
      return std::nullopt;
    }
  }
  return options;
}

}  // namespace acre::soak
