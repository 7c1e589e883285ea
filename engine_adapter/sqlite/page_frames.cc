#include "engine_adapter/sqlite/page_frames.h"

#include <algorithm>
#include <new>

#include "allocator/base/size_class.h"
#include "engine_adapter/sqlite/scoped_memory.h"

namespace acre::sqlite {
namespace {

// Behind every frame, to its block.
constexpr size_t kBackPointerBytes = sizeof(void*);

}  // namespace

PageFrames::PageFrames(ArenaRef owner, size_t frame_bytes) noexcept
    : owner_(owner), frame_bytes_((frame_bytes + 7) & ~size_t{7}) {}

void* PageFrames::Allocate() noexcept {
  Block* block = with_room_ != nullptr ? with_room_ : AddBlock();
  if (block == nullptr) return nullptr;
  void* frame = block->free;
  if (frame != nullptr) {
    block->free = block->free->next;
  } else {
    frame = FrameAt(block, block->frames - block->untouched);
    BlockOf(frame) = block;
    --block->untouched;
  }
  ++block->used;
  ++frames_used_;
  if (!HasRoom(*block)) Unlink(block);
  return frame;
}

void PageFrames::Free(void* frame) noexcept {
  Block* block = BlockOf(frame);
  if (!HasRoom(*block)) Link(block);
  block->free = new (frame) FreeFrame{block->free};
  --block->used;
  --frames_used_;
  if (block->used > 0) return;
  Unlink(block);
  const size_t bytes = BytesOf(block->frames);
  block_bytes_ -= bytes;
  DeallocateIn(owner_, block, bytes);
}

bool PageFrames::Verify() const noexcept {
  const Block* previous = nullptr;
  for (const Block* block = with_room_; block != nullptr; block = block->next) {
    size_t free = block->untouched;
    for (const FreeFrame* frame = block->free; frame != nullptr;
         frame = frame->next) {
      ++free;
    }
    if (block->previous != previous || !HasRoom(*block) || block->used == 0 ||
        free + block->used != block->frames) {
      return false;
    }
    previous = block;
  }
  return true;
}

// Whole size classes: what a block has room for is used.
size_t PageFrames::BytesOf(size_t frames) const noexcept {
  return allocator::ClassSize(allocator::ClassOf(
      sizeof(Block) + frames * (frame_bytes_ + kBackPointerBytes)));
}

char* PageFrames::FrameAt(Block* block, size_t index) const noexcept {
  return reinterpret_cast<char*>(block + 1) +
         index * (frame_bytes_ + kBackPointerBytes);
}

PageFrames::Block*& PageFrames::BlockOf(void* frame) const noexcept {
  return *reinterpret_cast<Block**>(static_cast<char*>(frame) + frame_bytes_);
}

// A block for a quarter more frames than there are.
PageFrames::Block* PageFrames::AddBlock() noexcept {
  const size_t bytes =
      BytesOf(std::clamp(frames_used_ / 4, size_t{1}, kMostFramesAsked));
  void* memory = AllocateIn(owner_, bytes);
  if (memory == nullptr) return nullptr;
  auto* block = new (memory) Block{};
  block->frames = static_cast<uint32_t>((bytes - sizeof(Block)) /
                                        (frame_bytes_ + kBackPointerBytes));
  block->untouched = block->frames;
  block_bytes_ += bytes;
  Link(block);
  return block;
}

void PageFrames::Link(Block* block) noexcept {
  block->next = with_room_;
  block->previous = nullptr;
  if (with_room_ != nullptr) with_room_->previous = block;
  with_room_ = block;
}

void PageFrames::Unlink(Block* block) noexcept {
  if (block->previous != nullptr) {
    block->previous->next = block->next;
  } else {
    with_room_ = block->next;
  }
  if (block->next != nullptr) block->next->previous = block->previous;
}

}  // namespace acre::sqlite
