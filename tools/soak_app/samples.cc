#include "tools/soak_app/samples.h"

#include <algorithm>
#include <cstdio>
#include <memory>

#include "fmt/format.h"
#include "tools/soak_app/plot.h"

namespace acre::soak {
namespace {

struct CloseFile {
  void operator()(FILE* file) const { fclose(file); }
};
using File = std::unique_ptr<FILE, CloseFile>;

constexpr double kMiB = 1024.0 * 1024.0;

// Times at which calls of the system may fail are grey.
constexpr char kScript[] = R"(set yrange [0:{:.0f}]
set style fill solid 1.0 noborder
plot $data using 1:($6*{:.0f}) with fillsteps lc rgb "#eeeeee" title "calls may fail", \
     $data using 1:2 with lines lw 2 lc rgb "#1f77b4" title "resident", \
     $data using 1:3 with lines lw 1 lc rgb "#d62728" title "charged", \
     $data using 1:4 with lines lw 1 lc rgb "#2ca02c" title "dirty + muzzy", \
     $data using 1:5 with lines lw 2 lc rgb "#000000" title "metadata"
)";

double Highest(const std::vector<Sample>& samples) {
  uint64_t most = 0;
  for (const Sample& sample : samples) {
    most = std::max({most, sample.resident, sample.charged});
  }
  return static_cast<double>(most) / kMiB * 1.15 + 1;
}

std::string DataBlock(const std::vector<Sample>& samples) {
  std::string text = "$data << END\n";
  for (const Sample& s : samples) {
    text += fmt::format("{:.2f} {:.3f} {:.3f} {:.3f} {:.3f} {:d}\n", s.seconds,
                        static_cast<double>(s.resident) / kMiB,
                        static_cast<double>(s.charged) / kMiB,
                        static_cast<double>(s.unused) / kMiB,
                        static_cast<double>(s.metadata) / kMiB, s.failing);
  }
  return text + "END\n";
}

}  // namespace

bool WriteCsv(const std::vector<Sample>& samples, const std::string& file) {
  const File out(fopen(file.c_str(), "w"));
  if (out == nullptr) return false;
  std::string text =
      "seconds,charged,resident,metadata,unused,arenas,refusals,failures,"
      "failing\n";
  for (const Sample& s : samples) {
    text += fmt::format("{:.3f},{},{},{},{},{},{},{},{:d}\n", s.seconds,
                        s.charged, s.resident, s.metadata, s.unused, s.arenas,
                        s.refusals, s.failures, s.failing);
  }
  return fwrite(text.data(), 1, text.size(), out.get()) == text.size() &&
         fflush(out.get()) == 0;
}

bool WritePlot(const std::vector<Sample>& samples, const std::string& file,
               std::string* error) {
  const double top = Highest(samples);
  return Plot(DataBlock(samples) + fmt::format(kScript, top, top), 420, file,
              error);
}

}  // namespace acre::soak
