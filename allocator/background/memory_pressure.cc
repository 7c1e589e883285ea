#include "allocator/background/memory_pressure.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "allocator/background/pressure_text.h"
#include "allocator/base/text_buffer.h"

namespace acre::allocator {
namespace {

// What is wanted of /proc/meminfo is in its first three lines, of PSI in the
// first.
constexpr size_t kFileBytes = 512;

bool Valid(const MemoryPressureOptions& options) {
  return options.root != nullptr && options.high_percent > 0 &&
         options.high_percent <= options.critical_percent &&
         options.critical_percent <= 100 && options.psi_high_hundredths > 0 &&
         options.psi_high_hundredths <= options.psi_critical_hundredths;
}

MemoryUse UseOf(const PressureReading& reading) {
  return {reading.limit_bytes, reading.used_bytes, reading.reclaimable_bytes};
}

void SetUse(const MemoryUse& use, PressureSource source,
            PressureReading* reading) {
  reading->source = source;
  reading->limit_bytes = use.limit_bytes;
  reading->used_bytes = use.used_bytes;
  reading->reclaimable_bytes = use.reclaimable_bytes;
}

bool ReadSystem(const SystemFile& meminfo, MemoryUse* use) {
  char buffer[kFileBytes];
  MemInfo info;
  if (!ParseMemInfo(meminfo.Read(buffer, sizeof(buffer)), &info)) return false;
  use->limit_bytes = info.total_bytes;
  use->used_bytes = info.total_bytes > info.available_bytes
                        ? info.total_bytes - info.available_bytes
                        : 0;
  return info.total_bytes > 0;
}

}  // namespace

PressureState StateOf(const PressureReading& reading,
                      const MemoryPressureOptions& options) noexcept {
  const bool limited = reading.source != PressureSource::kNone;
  const uint64_t needed = UseOf(reading).needed_bytes();
  const uint32_t psi = reading.psi_some_avg10_hundredths;
  const auto reaches = [&](uint32_t percent, uint32_t psi_hundredths) {
    return psi >= psi_hundredths ||
           (limited && AtLeastPercent(needed, reading.limit_bytes, percent));
  };
  if (reaches(options.critical_percent, options.psi_critical_hundredths)) {
    return PressureState::kCritical;
  }
  return reaches(options.high_percent, options.psi_high_hundredths)
             ? PressureState::kHigh
             : PressureState::kNormal;
}

bool MemoryPressure::Init(const MemoryPressureOptions& options) noexcept {
  Close();
  if (!Valid(options)) return false;
  options_ = options;
  const std::string_view root = options.root;
  options_.root = "";
  has_cgroup_ = options.use_cgroup && cgroup_.Open(root);
  SystemPath path;
  meminfo_.Open(path.Append(root).Append("/proc/meminfo"));
  if (options.use_psi) OpenPsi(root);
  return has_cgroup_ || psi_.is_open() ||
         Read().source != PressureSource::kNone;
}

void MemoryPressure::Close() noexcept {
  CloseTrigger();
  cgroup_.Close();
  has_cgroup_ = false;
  meminfo_.Close();
  psi_.Close();
  psi_path_.Clear();
}

PressureReading MemoryPressure::Read() const noexcept {
  PressureReading reading;
  ReadUse(&reading);
  char buffer[kFileBytes];
  ParsePsiSomeAvg10(psi_.Read(buffer, sizeof(buffer)),
                    &reading.psi_some_avg10_hundredths);
  reading.state = StateOf(reading, options_);
  return reading;
}

void MemoryPressure::ReadUse(PressureReading* reading) const noexcept {
  MemoryUse use;
  if (has_cgroup_ && cgroup_.ReadNearest(options_.high_percent, &use)) {
    SetUse(use,
           cgroup_.version() == CgroupVersion::kV1 ? PressureSource::kCgroupV1
                                                   : PressureSource::kCgroupV2,
           reading);
  }
  MemoryUse system;
  if (!ReadSystem(meminfo_, &system)) return;
  if (reading->source == PressureSource::kNone ||
      NeededShare(system) > NeededShare(UseOf(*reading))) {
    SetUse(system, PressureSource::kSystem, reading);
  }
}

void MemoryPressure::OpenPsi(std::string_view root) noexcept {
  // Version 1 has a memory.pressure_level, which is something else.
  if (has_cgroup_ && cgroup_.version() == CgroupVersion::kV2 &&
      OpenPsiAt(cgroup_.folder().view(), "/memory.pressure")) {
    return;
  }
  OpenPsiAt(root, "/proc/pressure/memory");
}

// A kernel booted without PSI may have the file and refuse to read it.
bool MemoryPressure::OpenPsiAt(std::string_view folder,
                               std::string_view name) noexcept {
  psi_path_.Clear();
  char buffer[kFileBytes];
  uint32_t hundredths;
  if (psi_.Open(psi_path_.Append(folder).Append(name)) &&
      ParsePsiSomeAvg10(psi_.Read(buffer, sizeof(buffer)), &hundredths)) {
    return true;
  }
  psi_.Close();
  psi_path_.Clear();
  return false;
}

int MemoryPressure::OpenTrigger(uint32_t stall_us,
                                uint32_t window_us) noexcept {
  CloseTrigger();
  if (!psi_.is_open()) {
    errno = ENOENT;
    return -1;
  }
  const int fd = open(psi_path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return -1;
  TextBuffer<48> text;
  text.Append("some ").AppendDecimal(stall_us).Append(" ").AppendDecimal(
      window_us);
  // The kernel puts a zero over the last byte that it gets.
  const size_t size = text.view().size() + 1;
  const ssize_t written = write(fd, text.c_str(), size);
  if (written != static_cast<ssize_t>(size)) {
    const int error = written < 0 ? errno : EIO;
    close(fd);
    errno = error;
    return -1;
  }
  trigger_ = fd;
  return trigger_;
}

void MemoryPressure::CloseTrigger() noexcept {
  if (trigger_ >= 0) close(trigger_);
  trigger_ = -1;
}

}  // namespace acre::allocator
