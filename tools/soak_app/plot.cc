#include "tools/soak_app/plot.h"

#include <cstdio>

#include "fmt/format.h"

namespace acre::soak {
namespace {

constexpr char kHead[] =
    R"(set terminal png noenhanced size 900,{} font "sans,10"
set output "{}"
set key outside bottom center horizontal
set grid ytics lc rgb "#dddddd"
set xlabel "seconds"
set ylabel "MiB"
)";

}  // namespace

bool Plot(const std::string& script, int height, const std::string& file,
          std::string* error) {
  if (file.find_first_of("\"\\\n") != std::string::npos) {
    *error = fmt::format("{}: no name that a plot may have", file);
    return false;
  }
  FILE* const gnuplot = popen("gnuplot", "w");
  if (gnuplot == nullptr) {
    *error = "gnuplot cannot be started";
    return false;
  }
  const std::string text = fmt::format(kHead, height, file) + script;
  const bool written =
      fwrite(text.data(), 1, text.size(), gnuplot) == text.size();
  const int status = pclose(gnuplot);
  if (written && status == 0) return true;
  *error =
      fmt::format("gnuplot failed with status {} (is it installed?)", status);
  return false;
}

}  // namespace acre::soak
