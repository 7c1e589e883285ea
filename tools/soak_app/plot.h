// Plots, by gnuplot, which must be installed.

#ifndef ACRE_TOOLS_SOAK_APP_PLOT_H_
#define ACRE_TOOLS_SOAK_APP_PLOT_H_

#include <string>

namespace acre::soak {

// Runs `script` into a picture of 900 x `height` pixels. False with the reason
// when gnuplot is not there or fails, or when the file's name cannot stand in a
// script.
bool Plot(const std::string& script, int height, const std::string& file,
          std::string* error);

}  // namespace acre::soak

#endif  // ACRE_TOOLS_SOAK_APP_PLOT_H_
