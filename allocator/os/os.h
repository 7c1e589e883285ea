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

enum class HugeAdvice : uint8_t { kNever, kAlways };

class Os {
 public:
  virtual ~Os() = default;

  // Reserves address space without memory behind it, and without claim on any:
  // it reads as zero, and writing to it faults. Returns null when the system
  // refuses. `alignment` is a power of two of at least a page.
  virtual void* Reserve(size_t size, size_t alignment) noexcept = 0;

  // Makes reserved pages usable, of one or several neighbouring reservations;
  // fresh ones read as zero. False when the system refuses; the pages then stay
  // reserved.
  virtual bool Commit(void* base, size_t size) noexcept = 0;

  // Maps usable, zeroed address space; pages become resident when touched.
  virtual void* Map(size_t size, size_t alignment) noexcept = 0;

  // Gives address space back: any run of whole pages that are mapped, of one
  // or several neighbouring mappings. False when the system refuses, which it
  // does at its limit of mappings: the kernel joins neighbours, and may have to
  // split one to take part of it away. Everything then stays mapped.
  virtual bool Unmap(void* base, size_t size) noexcept = 0;

  // Gives the pages back and keeps the address space: on success they read as
  // zero and are no longer resident. False when the system refuses; then each
  // page either is as it was or reads as zero.
  virtual bool Purge(void* base, size_t size) noexcept = 0;

  // Makes committed or mapped pages a reservation again, and gives them back;
  // what AdviseHuge and Bind said of them is forgotten. False when the system
  // refuses; then they are as they were.
  virtual bool Decommit(void* base, size_t size) noexcept = 0;

  // Lets the system take the pages when it is short of memory: until written
  // to, each reads as before or as zero. Counts as resident until taken.
  virtual bool PurgeLazily(void* base, size_t size) noexcept = 0;

  // Maps usable, zeroed memory from the system's pool of hugepages of
  // `page_size` (2 MiB or 1 GiB), reserved for it: touching it cannot fail.
  // `size` and the address are multiples of it, and so must be what is given
  // to Unmap. Such memory takes no other call but Populate and Bind. Null when
  // the pool has not enough.
  virtual void* MapHuge(size_t size, size_t page_size) noexcept = 0;

  // Whether the kernel may back the range with hugepages of its own choice
  // (THP). Map and Reserve start with kNever.
  virtual bool AdviseHuge(void* base, size_t size,
                          HugeAdvice advice) noexcept = 0;

  // Makes hugepages of what is there now, copying it; touched or not.
  virtual bool Collapse(void* base, size_t size) noexcept = 0;

  // Brings all pages into memory, writable; false when some could not be.
  virtual bool Populate(void* base, size_t size) noexcept = 0;

  // Pages of the range come from memory node `node` from now on, and from no
  // other one if `strict`. False when there is no such node or no NUMA.
  virtual bool Bind(void* base, size_t size, int node,
                    bool strict) noexcept = 0;

  // Whether the system counts all writable mappings against a limit
  // (vm.overcommit_memory = 2), so that only what is needed should be
  // committed.
  virtual bool StrictOvercommit() noexcept = 0;
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
  bool Decommit(void* base, size_t size) noexcept override;
  bool PurgeLazily(void* base, size_t size) noexcept override;
  void* MapHuge(size_t size, size_t page_size) noexcept override;
  bool AdviseHuge(void* base, size_t size, HugeAdvice advice) noexcept override;
  bool Collapse(void* base, size_t size) noexcept override;
  bool Populate(void* base, size_t size) noexcept override;
  bool Bind(void* base, size_t size, int node, bool strict) noexcept override;
  bool StrictOvercommit() noexcept override;
};

// Bytes of [base, base + size) that are in memory, from the kernel's page
// tables (mincore). Costs a system call for each 4 MiB; the answer was true
// when it was read. Pages that were never mapped count as absent.
size_t ResidentBytes(const void* base, size_t size) noexcept;

// Bytes of [base, base + size), memory of Map or Reserve, that hugepages of the
// kernel's choice back now. Asks PAGEMAP_SCAN (Linux 6.7), else SmapsHugeBytes.
// For an operator, not for a loop. Not for memory of MapHuge, all of which is
// hugepages.
size_t HugeBackedBytes(const void* base, size_t size) noexcept;

// The same from /proc/self/smaps, which knows whole mappings only: those that
// lie in the range count. Reads through all mappings of the process.
size_t SmapsHugeBytes(const void* base, size_t size) noexcept;

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_OS_OS_H_
