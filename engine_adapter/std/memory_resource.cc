#include "engine_adapter/std/memory_resource.h"

#include <new>

namespace acre {
namespace {

void* OrThrow(void* ptr) {
  if (ptr == nullptr) throw std::bad_alloc();
  return ptr;
}

}  // namespace

void* ArenaResource::do_allocate(size_t bytes, size_t alignment) {
  return OrThrow(arena_.AllocateAligned(bytes, alignment));
}

void ArenaResource::do_deallocate(void* ptr, size_t bytes, size_t alignment) {
  arena_.Deallocate(ptr, bytes, alignment);
}

bool ArenaResource::do_is_equal(
    const std::pmr::memory_resource& other) const noexcept {
  const auto* same = dynamic_cast<const ArenaResource*>(&other);
  return same != nullptr && same->arena_ == arena_;
}

void* TcacheResource::do_allocate(size_t bytes, size_t alignment) {
  return OrThrow(tcache_->AllocateAligned(bytes, alignment));
}

void TcacheResource::do_deallocate(void* ptr, size_t bytes, size_t alignment) {
  tcache_->Deallocate(ptr, bytes, alignment);
}

bool TcacheResource::do_is_equal(
    const std::pmr::memory_resource& other) const noexcept {
  const auto* same = dynamic_cast<const TcacheResource*>(&other);
  return same != nullptr && same->tcache_ == tcache_;
}

void* RegionResource::do_allocate(size_t bytes, size_t alignment) {
  return OrThrow(region_->Allocate(bytes, alignment));
}

void RegionResource::do_deallocate(void*, size_t, size_t) {}

bool RegionResource::do_is_equal(
    const std::pmr::memory_resource& other) const noexcept {
  const auto* same = dynamic_cast<const RegionResource*>(&other);
  return same != nullptr && same->region_ == region_;
}

}  // namespace acre
