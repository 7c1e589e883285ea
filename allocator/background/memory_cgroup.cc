#include "allocator/background/memory_cgroup.h"

namespace acre::allocator {
namespace {

constexpr size_t kNumberBytes = 64;
// memory.stat has some 70 lines of up to 40 bytes.
constexpr size_t kStatBytes = 8192;

// File pages that were not used again: what the kernel evicts first. In
// version 1 the plain field leaves out the descendants.
constexpr std::string_view InactiveFile(CgroupVersion version) {
  return version == CgroupVersion::kV1 ? "total_inactive_file"
                                       : "inactive_file";
}

bool FindCgroup(CgroupVersion version, std::string_view root,
                SystemPath* path) {
  SystemPath file;
  SystemLines lines(file.Append(root).Append("/proc/self/cgroup"));
  std::string_view line;
  while (lines.Next(&line)) {
    CgroupLine found;
    if (ParseCgroupLine(line, &found) && found.version == version) {
      return path->Append(found.path).ok();
    }
  }
  return false;
}

// Writes the folder of the cgroup `path` and how much of that is the mount's.
bool FindFolder(CgroupVersion version, std::string_view root,
                std::string_view path, SystemPath* folder, size_t* mount_size) {
  SystemPath file;
  SystemLines lines(file.Append(root).Append("/proc/self/mountinfo"));
  SystemPath mount_root;
  std::string_view line;
  while (lines.Next(&line)) {
    CgroupMountLine mount;
    if (!ParseCgroupMountLine(line, &mount) || mount.version != version) {
      continue;
    }
    std::string_view below;
    mount_root.Clear();
    if (!mount_root.AppendMountField(mount.root).ok() ||
        !CgroupPathBelowMount(path, mount_root.view(), &below)) {
      continue;
    }
    folder->Clear();
    folder->Append(root).AppendMountField(mount.mount_point);
    *mount_size = folder->size();
    if (folder->Append(below).ok()) return true;
  }
  return false;
}

bool OpenIn(const SystemPath& folder, std::string_view name, SystemFile* file) {
  SystemPath path;
  return file->Open(path.Append(folder.view()).Append("/").Append(name));
}

// Version 1 before Linux 5.11 can leave a cgroup's children out of its usage
// and its limit.
bool LeavesChildrenOut(const SystemPath& folder) {
  SystemFile file;
  char buffer[kNumberBytes];
  uint64_t hierarchical = 1;
  return OpenIn(folder, "memory.use_hierarchy", &file) &&
         ParseByteCount(file.Read(buffer, sizeof(buffer)), &hierarchical) &&
         hierarchical == 0;
}

}  // namespace

bool MemoryCgroup::Open(std::string_view root) noexcept {
  // A controller is in one hierarchy at a time, so at most one of them works.
  return OpenVersion(CgroupVersion::kV1, root) ||
         OpenVersion(CgroupVersion::kV2, root);
}

void MemoryCgroup::Close() noexcept {
  for (Level& level : level_) {
    level.usage.Close();
    level.limit.Close();
    level.high.Close();
    level.stat.Close();
  }
  levels_ = 0;
  folder_.Clear();
}

bool MemoryCgroup::OpenVersion(CgroupVersion version,
                               std::string_view root) noexcept {
  Close();
  version_ = version;
  size_t mount_size;
  {
    SystemPath path;
    if (!FindCgroup(version, root, &path) ||
        !FindFolder(version, root, path.view(), &folder_, &mount_size)) {
      return false;
    }
  }
  OpenLevels(mount_size);
  return levels_ > 0;
}

void MemoryCgroup::OpenLevels(size_t mount_size) noexcept {
  SystemPath at;
  at.Append(folder_.view());
  while (levels_ < kMaxLevels) {
    if (OpenLevel(at)) ++levels_;
    if (at.size() <= mount_size) return;
    at.Truncate(at.view().rfind('/'));
    if (version_ == CgroupVersion::kV1 && LeavesChildrenOut(at)) return;
  }
}

// A level that cannot be read, as the hierarchy's root cannot, is left out.
bool MemoryCgroup::OpenLevel(const SystemPath& folder) noexcept {
  Level& level = level_[levels_];
  const bool is_v1 = version_ == CgroupVersion::kV1;
  const bool opened =
      OpenIn(folder, is_v1 ? "memory.usage_in_bytes" : "memory.current",
             &level.usage) &&
      OpenIn(folder, is_v1 ? "memory.limit_in_bytes" : "memory.max",
             &level.limit);
  if (!opened) {
    level.usage.Close();
    return false;
  }
  if (!is_v1) OpenIn(folder, "memory.high", &level.high);
  OpenIn(folder, "memory.stat", &level.stat);
  return true;
}

uint64_t MemoryCgroup::ReadLimit(const Level& level) const noexcept {
  char buffer[kNumberBytes];
  uint64_t limit = kNoLimit;
  ParseLimit(level.limit.Read(buffer, sizeof(buffer)), version_, &limit);
  uint64_t high = kNoLimit;
  ParseLimit(level.high.Read(buffer, sizeof(buffer)), version_, &high);
  return high < limit ? high : limit;
}

uint64_t MemoryCgroup::ReadReclaimable(const Level& level) const noexcept {
  char buffer[kStatBytes];
  uint64_t inactive = 0;
  ParseStatField(level.stat.Read(buffer, sizeof(buffer)),
                 InactiveFile(version_), &inactive);
  return inactive;
}

bool MemoryCgroup::ReadNearest(uint32_t ask_percent,
                               MemoryUse* nearest) const noexcept {
  bool found = false;
  for (size_t i = 0; i < levels_; ++i) {
    const Level& level = level_[i];
    MemoryUse use;
    use.limit_bytes = ReadLimit(level);
    char buffer[kNumberBytes];
    if (use.limit_bytes == kNoLimit ||
        !ParseByteCount(level.usage.Read(buffer, sizeof(buffer)),
                        &use.used_bytes)) {
      continue;
    }
    if (AtLeastPercent(use.used_bytes, use.limit_bytes, ask_percent)) {
      use.reclaimable_bytes = ReadReclaimable(level);
    }
    if (!found || NeededShare(use) > NeededShare(*nearest)) *nearest = use;
    found = true;
  }
  return found;
}

}  // namespace acre::allocator
