// A fixed-size array in pages of its own, resident before anything is measured.
//
// The suite's own bookkeeping (handles, pointers, precomputed sizes) must come
// neither from the allocator under test nor out of the growth of resident
// memory that is being measured, so it is mapped and prefaulted here.
// Elements start as zero bytes and are never destroyed one by one; the pages
// are unmapped at the end. Aborts when the kernel refuses the pages.
// Thread-safety: as a plain array.

#ifndef ACRE_TOOLS_BENCH_APP_POPULATED_ARRAY_H_
#define ACRE_TOOLS_BENCH_APP_POPULATED_ARRAY_H_

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>

namespace acre::bench {

template <typename T>
class PopulatedArray {
 public:
  explicit PopulatedArray(size_t size) : size_(size) {
    void* pages = mmap(nullptr, Bytes(), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (pages == MAP_FAILED) std::abort();
    elements_ = static_cast<T*>(pages);
  }
  ~PopulatedArray() { munmap(elements_, Bytes()); }

  PopulatedArray(const PopulatedArray&) = delete;
  PopulatedArray& operator=(const PopulatedArray&) = delete;

  T& operator[](size_t i) { return elements_[i]; }
  const T& operator[](size_t i) const { return elements_[i]; }
  T* data() { return elements_; }
  const T* data() const { return elements_; }
  size_t size() const { return size_; }
  T* begin() { return elements_; }
  T* end() { return elements_ + size_; }

 private:
  size_t Bytes() const { return size_ * sizeof(T); }

  size_t size_;
  T* elements_;
};

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_POPULATED_ARRAY_H_
