// Parsers of the texts in which Linux says how much memory there is and how
// short it is: one pure function for each format, over text that the caller
// read. They own nothing, are thread-safe, and never read outside their input.
//
// Each returns false, and leaves its result alone, for whatever is not the
// format. That includes a line without its newline: a text that was cut might
// show a number that was cut, too.
//
// Sources of the formats: cgroups(7), proc(5), and the kernel's
// Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst and
// accounting/psi.rst.

#ifndef ACRE_ALLOCATOR_BACKGROUND_PRESSURE_TEXT_H_
#define ACRE_ALLOCATOR_BACKGROUND_PRESSURE_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace acre::allocator {

enum class CgroupVersion : uint8_t { kV1, kV2 };

// A limit that does not limit.
inline constexpr uint64_t kNoLimit = UINT64_MAX;

// A decimal number of digits only. False also when it overflows.
bool ParseDecimal(std::string_view digits, uint64_t* value) noexcept;

// memory.current, memory.usage_in_bytes: "12345\n".
bool ParseByteCount(std::string_view text, uint64_t* bytes) noexcept;

// memory.max, memory.high; in version 2 "max" is kNoLimit.
// memory.limit_in_bytes; in version 1 kNoLimit is what no machine can hold:
// the kernel prints the greatest signed number of whole pages.
bool ParseLimit(std::string_view text, CgroupVersion version,
                uint64_t* bytes) noexcept;

// The number of one line "name number\n" of memory.stat.
bool ParseStatField(std::string_view text, std::string_view name,
                    uint64_t* value) noexcept;

struct MemInfo {
  uint64_t total_bytes = 0;
  uint64_t available_bytes = 0;
};

// /proc/meminfo. False without both MemTotal and MemAvailable.
bool ParseMemInfo(std::string_view text, MemInfo* info) noexcept;

// /proc/pressure/memory, memory.pressure: the share of the last 10 seconds in
// which some task waited for memory, in hundredths of a percent (0 to 10000).
bool ParsePsiSomeAvg10(std::string_view text, uint32_t* hundredths) noexcept;

// A line of /proc/self/cgroup, without its newline, that names the memory
// controller's cgroup: "0::/path" or "4:memory:/path". A version 2 line does
// not say whether its hierarchy has that controller.
struct CgroupLine {
  CgroupVersion version = CgroupVersion::kV2;
  std::string_view path;
};
bool ParseCgroupLine(std::string_view line, CgroupLine* cgroup) noexcept;

// A line of /proc/self/mountinfo, without its newline, that mounts a cgroup2
// hierarchy or the memory controller of version 1. Root and mount point are as
// the kernel prints them: see UnescapeMountField.
struct CgroupMountLine {
  CgroupVersion version = CgroupVersion::kV2;
  std::string_view root;
  std::string_view mount_point;
};
bool ParseCgroupMountLine(std::string_view line,
                          CgroupMountLine* mount) noexcept;

// Writes `field` with the kernel's octal escapes (\040 for a space) undone.
// False when it does not fit or has a backslash that starts none.
bool UnescapeMountField(std::string_view field, char* buffer, size_t capacity,
                        size_t* size) noexcept;

// Where below a mount that shows `root` the cgroup `path` lies: "" or
// "/and/so/on", a suffix of `path`. A mount from outside of the process's
// cgroup namespace shows a root like "/../..", an ancestor at an unknown
// distance: "" then. False when the mount does not show the cgroup.
bool CgroupPathBelowMount(std::string_view path, std::string_view root,
                          std::string_view* below) noexcept;

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_BACKGROUND_PRESSURE_TEXT_H_
