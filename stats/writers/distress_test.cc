// Documents written where nothing is to be had: at a limit, when the system
// gives no memory, and in a handler of a signal.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <string>

#include "allocator/arena/domain.h"
#include "stats/writers/acre_json.h"
#include "stats/writers/document.h"
#include "stats/writers/heap_calls.h"
#include "stats/writers/jemalloc_json.h"
#include "stats/writers/openmetrics.h"
#include "stats/writers/statistics_text.h"
#include "testing/fake_os.h"

namespace acre::stats {
namespace {

using allocator::Arena;
using allocator::Domain;
using allocator::DomainOptions;
using allocator::PageFailure;
using ::testing::HasSubstr;

// A file without a name; everything that is written to it.
class Sheet {
 public:
  Sheet() : fd_(memfd_create("sheet", MFD_CLOEXEC)) {}
  ~Sheet() { close(fd_); }
  Sheet(const Sheet&) = delete;
  Sheet& operator=(const Sheet&) = delete;

  int fd() const { return fd_; }
  std::string contents() const {
    std::string contents;
    lseek(fd_, 0, SEEK_SET);
    char buffer[4096];
    for (ssize_t n; (n = read(fd_, buffer, sizeof(buffer))) > 0;) {
      contents.append(buffer, static_cast<size_t>(n));
    }
    return contents;
  }

 private:
  const int fd_;
};

bool WriteAll(const Domain& domain, Locking locking, int fd) {
  StatisticsText text(domain, "engine", {.locking = locking});
  FixedOpenMetrics<10> metrics(domain, "engine", {.locking = locking});
  AcreJson acre(domain, "engine", {.locking = locking});
  JemallocJson jemalloc(domain, {.locking = locking});
  return WriteTo(&text, fd) && WriteTo(&metrics, fd) && WriteTo(&acre, fd) &&
         WriteTo(&jemalloc, fd);
}

void ExpectAll(const std::string& contents) {
  EXPECT_THAT(contents, HasSubstr("___ Begin acre statistics ___\n"));
  EXPECT_THAT(contents, HasSubstr("\n--- End acre statistics ---\n"));
  EXPECT_THAT(contents, HasSubstr("\n# EOF\n{\"acre_statistics_version\":1,"));
  EXPECT_TRUE(contents.ends_with("}}}"));
}

// A domain whose handler of refusals writes everything.
struct Distress {
  explicit Distress(DomainOptions options) {
    options.on_refusal_context = this;
    options.on_refusal = [](void* self, const allocator::RefusalReport&) {
      static_cast<Distress*>(self)->Write();
    };
    EXPECT_TRUE(domain.Init(options));
    PageFailure failure = PageFailure::kNone;
    arena = domain.CreateArena(
        {.name = "tenant-7", .hard_limit_bytes = uint64_t{4} << 20}, &failure);
    EXPECT_NE(arena, nullptr);
  }

  void Write() {
    if (refusals++ != 0) return;
    const uint64_t before = HeapCalls();
    written = WriteAll(domain, Locking::kAllowed, sheet.fd());
    heap_calls = HeapCalls() - before;
  }

  Sheet sheet;
  Domain domain;
  Arena* arena = nullptr;
  int refusals = 0;
  bool written = false;
  uint64_t heap_calls = 0;
};

TEST(DistressTest, EverythingIsWrittenWhenAnArenaIsAtItsLimit) {
  Distress distress({});
  while (distress.arena->Allocate(100'000) != nullptr) {
  }
  EXPECT_EQ(distress.refusals, 1);
  EXPECT_TRUE(distress.written);
  EXPECT_EQ(distress.heap_calls, 0u);
  const std::string contents = distress.sheet.contents();
  ExpectAll(contents);
  EXPECT_THAT(contents,
              HasSubstr("acre_arena_refusals_total{tenant=\"tenant-7\"} 1\n"));
}

TEST(DistressTest, EverythingIsWrittenWhenTheServiceIsAtItsLimit) {
  Distress distress({.hard_limit_bytes = uint64_t{2} << 20});
  while (distress.arena->Allocate(5'000) != nullptr) {
  }
  EXPECT_EQ(distress.refusals, 1);
  EXPECT_TRUE(distress.written);
  EXPECT_EQ(distress.heap_calls, 0u);
  ExpectAll(distress.sheet.contents());
}

TEST(DistressTest, EverythingIsWrittenWhenTheSystemHasNoMemory) {
  testing::FakeOs os;
  Distress distress({.os = &os});
  ASSERT_NE(distress.arena->Allocate(100), nullptr);
  os.FailFrom(0);
  while (distress.arena->Allocate(100'000) != nullptr) {
  }
  os.FailNever();
  EXPECT_GE(distress.refusals, 1);
  EXPECT_TRUE(distress.written);
  EXPECT_EQ(distress.heap_calls, 0u);
  ExpectAll(distress.sheet.contents());
}

// What the handler of the signal uses.
Distress* in_distress = nullptr;
std::atomic<bool> handler_written = false;

TEST(DistressTest, EverythingIsWrittenInAHandlerOfASignal) {
  Distress distress({});
  ASSERT_NE(distress.arena->Allocate(100), nullptr);
  in_distress = &distress;
  struct sigaction action = {};
  action.sa_handler = [](int) {
    handler_written = WriteAll(in_distress->domain, Locking::kForbidden,
                               in_distress->sheet.fd());
  };
  struct sigaction before;
  ASSERT_EQ(sigaction(SIGUSR1, &action, &before), 0);
  raise(SIGUSR1);
  ASSERT_EQ(sigaction(SIGUSR1, &before, nullptr), 0);
  EXPECT_TRUE(handler_written);
  const std::string contents = distress.sheet.contents();
  ExpectAll(contents);
  EXPECT_THAT(contents, HasSubstr("\"name\":\"tenant-7\""));
}

}  // namespace
}  // namespace acre::stats
