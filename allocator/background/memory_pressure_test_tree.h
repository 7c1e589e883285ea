// A folder that looks like /proc and /sys of some machine, for tests.

#ifndef ACRE_ALLOCATOR_BACKGROUND_MEMORY_PRESSURE_TEST_TREE_H_
#define ACRE_ALLOCATOR_BACKGROUND_MEMORY_PRESSURE_TEST_TREE_H_

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace acre::allocator {

class SystemTree {
 public:
  SystemTree() {
    const char* folder = std::getenv("TEST_TMPDIR");
    root_ = std::string(folder != nullptr ? folder : ".") + "/system-XXXXXX";
    if (mkdtemp(root_.data()) == nullptr) std::abort();
  }
  ~SystemTree() { std::filesystem::remove_all(root_); }
  SystemTree(const SystemTree&) = delete;
  SystemTree& operator=(const SystemTree&) = delete;

  const char* root() const { return root_.c_str(); }

  // Rewrites in place, as the kernel's files change: those who have it open
  // see it.
  void Write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = root_ + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }

  std::string Content(const std::string& path) const {
    std::ifstream in(root_ + path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  void Remove(const std::string& path) {
    std::filesystem::remove_all(root_ + path);
  }

  void WriteMemInfo(uint64_t total_kib, uint64_t available_kib) {
    Write("/proc/meminfo", "MemTotal:       " + std::to_string(total_kib) +
                               " kB\nMemFree:  1 kB\nMemAvailable:   " +
                               std::to_string(available_kib) +
                               " kB\nBuffers: 1 kB\n");
  }

  // A version 2 hierarchy, the process in `path`.
  void UseV2(const std::string& path) {
    Write("/proc/self/cgroup", "0::" + path + "\n");
    Write("/proc/self/mountinfo",
          "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
          "35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 "
          "rw,nsdelegate\n");
  }

  // One level of it; `path` is "" at the mount's root.
  void WriteV2(const std::string& path, const std::string& max,
               const std::string& high, uint64_t current,
               uint64_t inactive_file = 0) {
    const std::string folder = "/sys/fs/cgroup" + path;
    Write(folder + "/memory.max", max + "\n");
    Write(folder + "/memory.high", high + "\n");
    Write(folder + "/memory.current", std::to_string(current) + "\n");
    Write(folder + "/memory.stat", "anon 1\nfile 2\ninactive_file " +
                                       std::to_string(inactive_file) + "\n");
  }

  // Version 1 with the memory controller's mount showing `root`.
  void UseV1(const std::string& path, const std::string& root = "/") {
    Write("/proc/self/cgroup",
          "5:devices:/x\n4:hugetlb,memory:" + path + "\n0::/\n");
    Write("/proc/self/mountinfo",
          "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
          "35 31 0:32 " +
              root +
              " /sys/fs/cgroup/memory rw - cgroup cgroup rw,hugetlb,memory\n"
              "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
  }

  void WriteV1(const std::string& path, uint64_t limit, uint64_t usage,
               uint64_t inactive_file = 0) {
    const std::string folder = "/sys/fs/cgroup/memory" + path;
    Write(folder + "/memory.limit_in_bytes", std::to_string(limit) + "\n");
    Write(folder + "/memory.usage_in_bytes", std::to_string(usage) + "\n");
    Write(folder + "/memory.stat", "inactive_file 1\ntotal_inactive_file " +
                                       std::to_string(inactive_file) + "\n");
  }

 private:
  std::string root_;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_BACKGROUND_MEMORY_PRESSURE_TEST_TREE_H_
