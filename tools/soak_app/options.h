// What the soak is asked to do on its command line.

#ifndef ACRE_TOOLS_SOAK_APP_OPTIONS_H_
#define ACRE_TOOLS_SOAK_APP_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>

namespace acre::soak {

struct Options {
  int seconds = 120;
  uint64_t seed = 1;
  int threads = 2;
  std::string csv;  // Empty: none is written.
  std::string png;  // Likewise.
  bool help = false;
};

inline constexpr int kMostSeconds = 7 * 24 * 3600;
inline constexpr int kMostThreads = 64;

const char* Usage();

// Nullopt, with what is wrong in `*error`, for arguments that mean nothing.
std::optional<Options> ParseOptions(int argc, const char* const* argv,
                                    std::string* error);

}  // namespace acre::soak

#endif  // ACRE_TOOLS_SOAK_APP_OPTIONS_H_
