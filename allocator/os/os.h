// The operating system's memory, the only place of the project that maps,
// protects or advises pages. An interface, so that tests can make every call
// fail; LinuxOs is the one that asks the kernel.
//
// All addresses and sizes are multiples of a page. Thread-safe. No call
// allocates, throws, or changes errno in a way that callers rely on.

#ifndef ACRE_ALLOCATOR_OS_OS_H_
#define ACRE_ALLOCATOR_OS_OS_H_

#include <cstddef>
#include <cstdint>

namespace acre::allocator {

class Os {
 public:
  virtual ~Os() = default;

  // Reserves address space without memory behind it, and without claim on any:
  // it reads as zero, and writing to it faults. Returns null when the system
  // refuses. `alignment` is a power of two of at least a page.
  virtual void* Reserve(size_t size, size_t alignment) noexcept = 0;

  // Makes part of a reservation usable; fresh pages read as zero. False when
  // the system refuses; the pages then stay reserved.
  virtual bool Commit(void* base, size_t size) noexcept = 0;

  // Maps usable, zeroed address space; pages become resident when touched.
  virtual void* Map(size_t size, size_t alignment) noexcept = 0;

  // Gives address space back. `base` and `size` are of one Reserve or Map.
  // False when the system refuses, which it does at its limit of mappings: the
  // kernel joins neighbours, and may have to split one to take part of it
  // away. Everything then stays mapped.
  virtual bool Unmap(void* base, size_t size) noexcept = 0;

  // Gives the pages back and keeps the address space: on success they read as
  // zero and are no longer resident. False when the system refuses; then each
  // page either is as it was or reads as zero.
  virtual bool Purge(void* base, size_t size) noexcept = 0;
};

// The kernel. One instance is enough; it has no state.
class LinuxOs final : public Os {
 public:
  static LinuxOs* Get();

  void* Reserve(size_t size, size_t alignment) noexcept override;
  bool Commit(void* base, size_t size) noexcept override;
  void* Map(size_t size, size_t alignment) noexcept override;
  bool Unmap(void* base, size_t size) noexcept override;
  bool Purge(void* base, size_t size) noexcept override;
};

// Bytes of [base, base + size) that are in memory, from the kernel's page
// tables (mincore). Costs a system call for each 4 MiB; the answer was true
// when it was read. Pages that were never mapped count as absent.
size_t ResidentBytes(const void* base, size_t size) noexcept;

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_OS_OS_H_
