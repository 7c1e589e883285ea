// Extent hooks: where arenas' memory comes from. The interface that a provider
// implements; docs/extent_hooks.md shows how to write one, and the kit in
// testing/ puts any implementation through its paces.
//
// Acre asks hooks for few, large grants and cuts them up itself: all arenas
// that use one hooks object share its grants, so a hundred thousand arenas do
// not make a hundred thousand mappings. Within a grant that is not pinned Acre
// calls Commit, Decommit, PurgeLazily and PurgeForcibly for any run of 4 KiB
// pages. What a provider cannot do it says by capabilities(), and Acre plans
// around it.
//
// An implementation must be thread-safe, must not throw, must not allocate
// from Acre, and must not call back into the service. Calls come without any
// lock of Acre's but the one that orders growth (Allocate, Release, Split,
// Merge, Commit, Decommit); purges come under none, and may overlap.
// A call that returns false must have changed nothing that Acre can see.

#ifndef ACRE_ALLOCATOR_EXTENT_EXTENT_HOOKS_H_
#define ACRE_ALLOCATOR_EXTENT_EXTENT_HOOKS_H_

#include <cstddef>
#include <cstdint>

#include "allocator/base/units.h"

namespace acre::allocator {

// What made Acre ask. Large grants are cut up for whoever comes, so the
// purpose tells what the memory serves first.
enum class ExtentPurpose : uint8_t { kSlab, kLarge, kMetadata };

// Grants are multiples of this, at addresses that are: what one page of the
// page map's leaves describes.
inline constexpr size_t kGrantGranularity = size_t{2} << 20;

struct ExtentRequest {
  ExtentPurpose purpose = ExtentPurpose::kLarge;
  // Bytes that would serve best, and that will do; both multiples of
  // kGrantGranularity, required <= desired.
  size_t desired = 0;
  size_t required = 0;
  // A power of two of at least kGrantGranularity.
  size_t alignment = kGrantGranularity;
  // Whether Acre needs the memory zeroed (it clears what is not), and usable
  // at once (else it calls Commit on parts before their first use).
  bool zero = true;
  bool commit = false;
  // The arena that the memory is for first.
  uint32_t arena_index = 0;
};

struct ExtentGrant {
  void* base = nullptr;
  size_t size = 0;         // Bytes; at least what was required.
  bool zeroed = false;     // Reads as zero.
  bool committed = false;  // Usable without Commit.
  // In memory for good: never purged or decommitted; Acre releases whole pages
  // of page_size once they are free, where the provider can split.
  bool pinned = false;
  size_t page_size = kPageSize;  // What backs it; a power of two.
};

// What a provider can do. Allocate is the only must.
struct ExtentCapabilities {
  bool release = false;         // Else grants are kept for ever.
  bool commit = false;          // Else every grant is committed.
  bool decommit = false;        // Else what was committed stays so.
  bool purge_lazily = false;    // Else there are no muzzy pages.
  bool purge_forcibly = false;  // Else free pages are cleared by hand.
  bool split = false;           // Else a grant is released whole or not at all.
  bool merge = false;           // Else neighbouring grants stay two.
  // Grants are taken without a look at their content: for providers that
  // hand out nothing but fresh pages of the kernel.
  bool trusted = false;
};

class ExtentHooks {
 public:
  virtual ~ExtentHooks() = default;

  // For reports; static storage.
  virtual const char* name() const noexcept = 0;
  // Does not change.
  virtual ExtentCapabilities capabilities() const noexcept = 0;

  virtual bool Allocate(const ExtentRequest& request,
                        ExtentGrant* grant) noexcept = 0;
  // Takes back one whole grant, as split and merged since.
  virtual bool Release(void* base, size_t size) noexcept;
  // Makes pages usable; they read as zero where the grant was zeroed.
  virtual bool Commit(void* base, size_t size) noexcept;
  // Makes committed pages unusable and gives their memory back; committed
  // again they read as zero.
  virtual bool Decommit(void* base, size_t size) noexcept;
  // Lets the system take pages whenever it likes: until they are written to
  // they read as before or as zero.
  virtual bool PurgeLazily(void* base, size_t size) noexcept;
  // Gives pages back; they read as zero.
  virtual bool PurgeForcibly(void* base, size_t size) noexcept;
  // From now on [base, base + first) and the rest of the grant are two grants.
  // `first` is a multiple of the grant's page size and of kGrantGranularity.
  virtual bool Split(void* base, size_t size, size_t first) noexcept;
  // From now on two grants, of which the second begins where the first ends,
  // are one. The page sizes are equal.
  virtual bool Merge(void* base, size_t first, size_t second) noexcept;
};

// What a hook call did wrong: refused without a right to, or answered with
// memory that cannot be used. The grant was given back, where it could be;
// nothing else has changed.
struct HookReport {
  const char* hooks = "";   // ExtentHooks::name().
  const char* call = "";    // "Allocate", ...
  const char* reason = "";  // What was wrong, in words.
  const void* base = nullptr;
  size_t size = 0;
  size_t expected = 0;  // The number that the reason speaks of.
  static constexpr uint32_t kNoArena = UINT32_MAX;
  uint32_t arena_index = kNoArena;  // For which the call was made.
};
// Called outside all locks, some time after the fact.
using HookHandler = void (*)(void* context, const HookReport& report);

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_EXTENT_EXTENT_HOOKS_H_
