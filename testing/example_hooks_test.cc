// The example of docs/extent_hooks.md, compiled and put through the kit.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

#include "allocator/base/units.h"
#include "allocator/extent/extent_hooks.h"
#include "gtest/gtest.h"
#include "testing/hook_conformance.h"

namespace acre::testing {
namespace {

using allocator::AlignUp;
using allocator::ExtentCapabilities;
using allocator::ExtentGrant;
using allocator::ExtentHooks;
using allocator::ExtentRequest;

// --- example ---
// Memory in a file, granted from its front to its end and kept. Pages go back
// by holes in the file.
class FileHooks final : public ExtentHooks {
 public:
  // `file` is `size` bytes of zeros, open to read and write until the end.
  FileHooks(int file, size_t size) noexcept : file_(file) {
    void* p = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (p == MAP_FAILED) return;  // Every request is refused.
    start_ = next_ = reinterpret_cast<uintptr_t>(p);
    end_ = start_ + size;
  }
  ~FileHooks() override {
    munmap(reinterpret_cast<void*>(start_), end_ - start_);
  }

  const char* name() const noexcept override { return "file"; }

  ExtentCapabilities capabilities() const noexcept override {
    return {.purge_forcibly = true};
  }

  bool Allocate(const ExtentRequest& request,
                ExtentGrant* grant) noexcept override {
    uintptr_t next = next_;
    for (;;) {
      const uintptr_t base = AlignUp(next, request.alignment);
      const size_t left = base < end_ ? end_ - base : 0;
      const size_t size =
          request.desired <= left ? request.desired : request.required;
      if (size > left) return false;
      if (!next_.compare_exchange_weak(next, base + size)) continue;
      *grant = {.base = reinterpret_cast<void*>(base),
                .size = size,
                .zeroed = true,
                .committed = true};
      return true;
    }
  }

  bool PurgeForcibly(void* base, size_t size) noexcept override {
    const uintptr_t at = reinterpret_cast<uintptr_t>(base) - start_;
    return fallocate(file_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                     static_cast<off_t>(at), static_cast<off_t>(size)) == 0;
  }

 private:
  const int file_;
  uintptr_t start_ = 0;
  uintptr_t end_ = 0;
  std::atomic<uintptr_t> next_{0};
};
// --- end of the example ---

class ExampleHooksTest : public ::testing::Test {
 protected:
  static constexpr size_t kFileBytes = size_t{4} << 30;

  void SetUp() override {
    file_ = memfd_create("memory", MFD_CLOEXEC);
    ASSERT_GE(file_, 0);
    ASSERT_EQ(ftruncate(file_, kFileBytes), 0);
  }
  void TearDown() override { close(file_); }

  int file_ = -1;
};

TEST_F(ExampleHooksTest, ItConforms) {
  FileHooks hooks(file_, kFileBytes);
  const auto found = CheckHooks(&hooks);
  EXPECT_EQ(found.size(), 0u) << found.front();
}

TEST_F(ExampleHooksTest, ItGrantsNoMoreThanThereIs) {
  constexpr size_t kMiB = size_t{1} << 20;
  FileHooks hooks(file_, 8 * kMiB);
  ExtentGrant grant;
  // The mapping may begin anywhere within a granule.
  size_t granted = 0;
  while (hooks.Allocate({.desired = 16 * kMiB, .required = 2 * kMiB}, &grant)) {
    granted += grant.size;
  }
  EXPECT_GE(granted, 6 * kMiB);
  EXPECT_LE(granted, 8 * kMiB);
}

std::string ReadAll(const char* path) {
  std::ifstream file(path);
  std::ostringstream all;
  all << file.rdbuf();
  return all.str();
}

std::string Between(const std::string& text, const std::string& first,
                    const std::string& last) {
  const size_t start = text.find(first);
  if (start == text.npos) return "";
  const size_t begin = start + first.size();
  const size_t end = text.find(last, begin);
  return end == text.npos ? "" : text.substr(begin, end - begin);
}

TEST(ExampleDocumentTest, TheDocumentShowsTheExampleThatIsCompiled) {
  const std::string example =
      Between(ReadAll("testing/example_hooks_test.cc"), "// --- example ---\n",
              "// --- end of the example ---\n");
  const std::string shown =
      Between(ReadAll("docs/extent_hooks.md"), "```cpp\n", "```\n");
  ASSERT_FALSE(example.empty());
  EXPECT_EQ(shown, example);
}

}  // namespace
}  // namespace acre::testing
