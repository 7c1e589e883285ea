#include "engine_adapter/statistics_report.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "engine_adapter/control.h"
#include "engine_adapter/memory_service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stats/writers/heap_calls.h"

namespace acre {
namespace {

using ::testing::HasSubstr;

constexpr StatisticsFormat kFormats[] = {
    StatisticsFormat::kText, StatisticsFormat::kJemalloc,
    StatisticsFormat::kJson, StatisticsFormat::kOpenMetrics};

// A file that is gone when closed.
class Scratch {
 public:
  ~Scratch() { fclose(file_); }
  int fd() const { return fileno(file_); }
  std::string Content() const {
    std::string text(static_cast<size_t>(lseek(fd(), 0, SEEK_END)), '\0');
    EXPECT_EQ(pread(fd(), text.data(), text.size(), 0),
              static_cast<ssize_t>(text.size()));
    return text;
  }

 private:
  FILE* file_ = tmpfile();
};

std::unique_ptr<MemoryService> NewService(const ServiceOptions& options) {
  auto service = MemoryService::Create(options);
  EXPECT_TRUE(service.ok());
  return std::move(*service);
}

TEST(StatisticsReportTest, WritesEachFormatWithoutTheHeap) {
  auto service = NewService({.name = "engine"});
  Arena tenant = *service->CreateArena({.name = "tenant-7"});
  tenant.Deallocate(tenant.Allocate(100));
  for (const StatisticsFormat format : kFormats) {
    const Scratch file;
    const uint64_t before = stats::HeapCalls();
    const bool written =
        WriteStatistics(*service, file.fd(), {.format = format});
    EXPECT_EQ(stats::HeapCalls(), before);
    EXPECT_TRUE(written);
    EXPECT_THAT(file.Content(), HasSubstr("allocated"));
  }
}

TEST(StatisticsReportTest, ReadingTheControlTreeAsksNothingOfTheHeap) {
  auto service = NewService({.name = "engine"});
  Arena tenant = *service->CreateArena({.name = "tenant-7"});
  const Control control(*service);
  const uint64_t before = stats::HeapCalls();
  const auto path = control.Find("stats.arenas.tenant-7.charged");
  const uint64_t charged = *control.Get<uint64_t>(*path);
  const uint64_t total = *control.Get<uint64_t>("stats.charged");
  const uint64_t locks = *control.Get<uint64_t>("stats.mutexes.pools.num_ops");
  const bool set = control.Set("arena.tenant-7.dirty_decay_ms", 5).ok();
  EXPECT_EQ(stats::HeapCalls(), before);
  EXPECT_GT(charged, 0u);
  EXPECT_GE(total, charged);
  EXPECT_GT(locks, 0u);
  EXPECT_TRUE(set);
}

struct Refused {
  MemoryService* service = nullptr;
  int fd = -1;
  int written = 0;
};

void ReportRefusal(void* context, const RefusalReport& /*report*/) {
  auto* refused = static_cast<Refused*>(context);
  for (const StatisticsFormat format : kFormats) {
    refused->written +=
        WriteStatistics(*refused->service, refused->fd, {.format = format});
  }
}

TEST(StatisticsReportTest, WorksWhileAnAllocationIsRefused) {
  const Scratch file;
  Refused refused = {.fd = file.fd()};
  auto service = NewService({.name = "engine",
                             .on_refusal = &ReportRefusal,
                             .on_refusal_context = &refused});
  refused.service = service.get();
  Arena tenant = *service->CreateArena(
      {.name = "tenant-7", .hard_limit_bytes = 64 * 1024});
  EXPECT_EQ(tenant.Allocate(1 << 20), nullptr);
  EXPECT_EQ(refused.written, 4);
  EXPECT_THAT(file.Content(), HasSubstr("tenant-7"));
}

// For the handler of a signal, which has no context.
MemoryService* crashing_service = nullptr;
int crash_fd = -1;

TEST(StatisticsReportTest, WorksInTheHandlerOfASignalThatEndsTheProcess) {
  const Scratch file;
  auto service = NewService({.name = "engine", .governor = {.thread = false}});
  Arena tenant = *service->CreateArena({.name = "tenant-7"});
  crashing_service = service.get();
  crash_fd = file.fd();
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    signal(SIGSEGV, [](int) {
      bool all = true;
      for (const StatisticsFormat format : kFormats) {
        all = WriteStatistics(*crashing_service, crash_fd,
                              {.format = format, .in_signal_handler = true}) &&
              all;
      }
      _exit(all ? 7 : 8);
    });
    raise(SIGSEGV);
    _exit(9);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_THAT(file.Content(), HasSubstr("tenant-7"));
}

TEST(StatisticsReportTest, SaysWhenItCouldNotBeWritten) {
  auto service = NewService({.name = "engine"});
  EXPECT_FALSE(WriteStatistics(*service, -1));
  EXPECT_EQ(errno, EBADF);
}

}  // namespace
}  // namespace acre
