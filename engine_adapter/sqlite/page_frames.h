// Equal frames of memory, cut from blocks of an arena.
//
// A database page and its header need a little more than the page's power of
// two. Allocated one by one they would take the next size class, a fifth more;
// fifteen of them fill a block of sixteen pages almost exactly. The first
// blocks are small, so that a cache of few pages takes little; a block goes
// back to the arena with its last frame.
//
// Thread-safety: one thread at a time. Errors: null when the arena refuses.
// Sizes are in bytes. Allocate and Free are O(1).
#ifndef ACRE_ENGINE_ADAPTER_SQLITE_PAGE_FRAMES_H_
#define ACRE_ENGINE_ADAPTER_SQLITE_PAGE_FRAMES_H_

#include <cstddef>
#include <cstdint>

#include "engine_adapter/memory_service.h"

namespace acre::sqlite {

class PageFrames {
 public:
  static constexpr size_t kMostFramesAsked = 15;

  // `frame_bytes` is what each frame has room for.
  PageFrames(ArenaRef owner, size_t frame_bytes) noexcept;
  // Every frame must have been freed.
  ~PageFrames() = default;
  PageFrames(const PageFrames&) = delete;
  PageFrames& operator=(const PageFrames&) = delete;

  // Aligned to 8 bytes.
  void* Allocate() noexcept;
  void Free(void* frame) noexcept;

  // Bytes of all blocks.
  size_t block_bytes() const noexcept { return block_bytes_; }

  // Walks the blocks that have room; true if they agree with the counts. For
  // tests.
  bool Verify() const noexcept;

 private:
  struct FreeFrame {
    FreeFrame* next;
  };
  // At the start of a block; behind it the frames, each followed by a pointer
  // to its block.
  struct Block {
    Block* next;  // in the list of blocks with room
    Block* previous;
    FreeFrame* free;  // frames that were used before
    uint32_t used;
    uint32_t untouched;  // frames at the end that never were
    uint32_t frames;
  };

  static bool HasRoom(const Block& block) noexcept {
    return block.used < block.frames;
  }

  size_t BytesOf(size_t frames) const noexcept;
  char* FrameAt(Block* block, size_t index) const noexcept;
  Block*& BlockOf(void* frame) const noexcept;
  Block* AddBlock() noexcept;
  void Link(Block* block) noexcept;
  void Unlink(Block* block) noexcept;

  const ArenaRef owner_;
  const size_t frame_bytes_;
  Block* with_room_ = nullptr;
  size_t frames_used_ = 0;
  size_t block_bytes_ = 0;
};

}  // namespace acre::sqlite

#endif  // ACRE_ENGINE_ADAPTER_SQLITE_PAGE_FRAMES_H_
