// How short of memory the container and the machine are: what a purge governor
// asks to know when to purge earlier than decay would.
//
// Three things are looked at: the limits of the process's memory cgroup and of
// that one's ancestors, the machine's available memory, and the kernel's
// pressure stall information (PSI). Limit and use are those of whatever needs
// the greatest share of its limit; PSI can raise the state further. It decides
// how short memory is, not what to do about it.
//
// Owns the descriptors of the files, open from Init on, so that a Read costs
// one to three system calls for each cgroup level, one more where that is
// nearly full, and two for the machine. They are close-on-exec. A file that is
// missing, cut or makes no sense is no pressure. What the process's cgroup is,
// is asked in Init only: after a move to another one, Init again.
//
// For one thread at a time: the governor's. About 9 KiB; Init uses up to 32 KiB
// of stack, Read 9 KiB.

#ifndef ACRE_ALLOCATOR_BACKGROUND_MEMORY_PRESSURE_H_
#define ACRE_ALLOCATOR_BACKGROUND_MEMORY_PRESSURE_H_

#include <cstdint>

#include "allocator/background/memory_cgroup.h"
#include "allocator/background/system_file.h"

namespace acre::allocator {

struct MemoryPressureOptions {
  bool use_cgroup = true;
  bool use_psi = true;
  // Goes before /proc and before where cgroups are mounted; for tests. Used
  // during Init only.
  const char* root = "";
  // Shares of a limit from which on memory is short; 0 < high <= critical <=
  // 100.
  uint32_t high_percent = 90;
  uint32_t critical_percent = 97;
  // Hundredths of a percent of the last 10 seconds in which some task waited
  // for memory, from which on memory is short; 0 < high <= critical. Above
  // 10000 PSI does not count.
  uint32_t psi_high_hundredths = 1000;
  uint32_t psi_critical_hundredths = 4000;
};

enum class PressureState : uint8_t { kNormal, kHigh, kCritical };

enum class PressureSource : uint8_t { kNone, kCgroupV1, kCgroupV2, kSystem };

struct PressureReading {
  // What needs the greatest share of its limit; kNone if nothing could be
  // read, and then the bytes are zero. For kSystem the limit is MemTotal and
  // used what is not MemAvailable.
  PressureSource source = PressureSource::kNone;
  PressureState state = PressureState::kNormal;
  uint64_t limit_bytes = 0;
  uint64_t used_bytes = 0;
  // Of used_bytes, a cgroup's file pages that the kernel evicts first; the
  // state does not count them. Zero also where used_bytes alone is below
  // high_percent, and for kSystem.
  uint64_t reclaimable_bytes = 0;
  // Of the cgroup if that tells, else of the machine; 0 if neither does.
  uint32_t psi_some_avg10_hundredths = 0;
};

// The state that the numbers of `reading` amount to; its own is not looked at.
PressureState StateOf(const PressureReading& reading,
                      const MemoryPressureOptions& options) noexcept;

class MemoryPressure {
 public:
  MemoryPressure() = default;
  ~MemoryPressure() { Close(); }
  MemoryPressure(const MemoryPressure&) = delete;
  MemoryPressure& operator=(const MemoryPressure&) = delete;

  // Opens what there is; anew if it is not the first time, which closes the
  // trigger. False when the options are out of range or there is nothing to
  // read; every Read is then one of no pressure.
  bool Init(const MemoryPressureOptions& options) noexcept;
  void Close() noexcept;

  PressureReading Read() const noexcept;

  // A descriptor that polls as POLLPRI once tasks have waited for memory for
  // `stall_us` of a window of `window_us`, at most once a window. It belongs
  // to this object and lives until the next OpenTrigger, Init or Close. The
  // file is the one that Read takes PSI from.
  //
  // -1 with errno when there is no trigger: ENOENT without PSI or use_psi, or
  // as the kernel refuses: EINVAL for a window outside of 0.5 to 10 s and a
  // stall of zero or above the window; unprivileged processes need windows
  // that are multiples of 2 s, and before Linux 6.4 get EPERM for any.
  int OpenTrigger(uint32_t stall_us, uint32_t window_us) noexcept;

 private:
  void OpenPsi(std::string_view root) noexcept;
  bool OpenPsiAt(std::string_view folder, std::string_view name) noexcept;
  void ReadUse(PressureReading* reading) const noexcept;
  void CloseTrigger() noexcept;

  MemoryPressureOptions options_;
  bool has_cgroup_ = false;
  MemoryCgroup cgroup_;
  SystemFile meminfo_;
  SystemFile psi_;
  // Of psi_, for triggers: each needs a file of its own.
  SystemPath psi_path_;
  int trigger_ = -1;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_BACKGROUND_MEMORY_PRESSURE_H_
