// The memory cgroup of this process and its ancestors up to the root of the
// mount that shows them, each of whose limits binds the process.
//
// Knows where the kernel keeps these files and which of the limits is nearest;
// what to do about it is the caller's. Owns up to four descriptors a level,
// open from Open to Close. Not synchronised: one thread uses it at a time. No
// file, or one that makes no sense, is a limit that does not exist.

#ifndef ACRE_ALLOCATOR_BACKGROUND_MEMORY_CGROUP_H_
#define ACRE_ALLOCATOR_BACKGROUND_MEMORY_CGROUP_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "allocator/background/memory_use.h"
#include "allocator/background/pressure_text.h"
#include "allocator/background/system_file.h"

namespace acre::allocator {

class MemoryCgroup {
 public:
  // Levels of which files are kept open, from the process's own cgroup up:
  // a container of an orchestrator is some five levels deep.
  static constexpr size_t kMaxLevels = 16;

  // Finds the process's cgroup as it is now: the memory controller of version
  // 1 if it is there, else version 2. `root` goes before /proc and before
  // where cgroups are mounted. False when there is none with a usage and a
  // limit to read; it is closed then. Uses up to 28 KiB of stack.
  bool Open(std::string_view root) noexcept;
  void Close() noexcept;

  // The level that needs the greatest share of its limit. False when no level
  // has a limit now. What is reclaimable is asked only of levels whose usage
  // is at least `ask_percent` of the limit, because the kernel has to add it
  // up over all processors; elsewhere it reads as zero. Costs two or three
  // system calls a level, or one with no limit in version 1.
  bool ReadNearest(uint32_t ask_percent, MemoryUse* nearest) const noexcept;

  CgroupVersion version() const { return version_; }
  size_t levels() const { return levels_; }

  // The process's own cgroup's folder, while open; for memory.pressure.
  const SystemPath& folder() const { return folder_; }

 private:
  struct Level {
    SystemFile usage;
    SystemFile limit;
    // Version 2's memory.high, above which the kernel throttles.
    SystemFile high;
    SystemFile stat;
  };

  bool OpenVersion(CgroupVersion version, std::string_view root) noexcept;
  bool OpenLevel(const SystemPath& folder) noexcept;
  void OpenLevels(size_t mount_size) noexcept;
  uint64_t ReadLimit(const Level& level) const noexcept;
  uint64_t ReadReclaimable(const Level& level) const noexcept;

  CgroupVersion version_ = CgroupVersion::kV2;
  size_t levels_ = 0;
  Level level_[kMaxLevels];
  SystemPath folder_;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_BACKGROUND_MEMORY_CGROUP_H_
