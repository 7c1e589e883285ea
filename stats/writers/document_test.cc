#include "stats/writers/document.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

namespace acre::stats {
namespace {

// `pieces` of `bytes` letters each, the first of 'a', the next of 'b'.
class Letters : public Document {
 public:
  Letters(int pieces, size_t bytes) : pieces_(pieces), bytes_(bytes) {}
  bool Next(Text* text) noexcept override {
    if (next_ == pieces_) return false;
    EXPECT_GE(text->room(), kMostPieceBytes);
    for (size_t i = 0; i < bytes_; ++i) {
      text->Append(static_cast<char>('a' + next_ % 26));
    }
    ++next_;
    return true;
  }
  static std::string Whole(int pieces, size_t bytes) {
    std::string whole;
    for (int i = 0; i < pieces; ++i) {
      whole.append(bytes, static_cast<char>('a' + i % 26));
    }
    return whole;
  }

 private:
  const int pieces_;
  const size_t bytes_;
  int next_ = 0;
};

bool AppendTo(void* context, std::string_view part) {
  static_cast<std::string*>(context)->append(part);
  return true;
}

TEST(DocumentTest, IsWrittenToACallbackWhole) {
  for (const size_t bytes : {0, 1, 100, 1000, 4095, 4096}) {
    for (const int pieces : {0, 1, 2, 3, 50}) {
      Letters letters(pieces, bytes);
      std::string written;
      EXPECT_TRUE(WriteTo(&letters, &AppendTo, &written));
      EXPECT_EQ(written, Letters::Whole(pieces, bytes));
    }
  }
}

TEST(DocumentTest, IsWrittenToADescriptorWhole) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Letters letters(40, 1000);  // Less than a pipe holds.
  EXPECT_TRUE(WriteTo(&letters, ends[1]));
  close(ends[1]);
  std::string read_back;
  char buffer[512];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof(buffer))) > 0;) {
    read_back.append(buffer, static_cast<size_t>(n));
  }
  close(ends[0]);
  EXPECT_EQ(read_back, Letters::Whole(40, 1000));
}

TEST(DocumentTest, StopsWhenTheCallbackDeclines) {
  Letters letters(50, 1000);
  std::vector<size_t> parts;
  EXPECT_FALSE(WriteTo(
      &letters,
      [](void* context, std::string_view part) {
        auto* seen = static_cast<std::vector<size_t>*>(context);
        seen->push_back(part.size());
        return seen->size() < 2;
      },
      &parts));
  EXPECT_EQ(parts.size(), 2u);
}

TEST(DocumentTest, TellsWhyItCouldNotBeWritten) {
  Letters letters(1, 10);
  EXPECT_FALSE(WriteTo(&letters, -1));
  EXPECT_EQ(errno, EBADF);
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  Letters others(1, 10);
  EXPECT_FALSE(WriteTo(&others, full));
  EXPECT_EQ(errno, ENOSPC);
  close(full);
}

}  // namespace
}  // namespace acre::stats
