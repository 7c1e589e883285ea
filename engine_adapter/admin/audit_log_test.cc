#include "engine_adapter/admin/audit_log.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace acre::admin {
namespace {

AuditEntry Entry(uint64_t at_us, const std::string& action) {
  AuditEntry entry;
  entry.at_us = at_us;
  entry.SetAction(action);
  return entry;
}

TEST(AuditLogTest, KeepsTheLastOnesNewestFirst) {
  AuditLog log;
  EXPECT_TRUE(log.Entries().empty());
  for (uint64_t i = 1; i <= AuditLog::kEntries + 44; ++i) {
    log.Record(Entry(i, "change " + std::to_string(i)));
  }
  const std::vector<AuditEntry> entries = log.Entries();
  ASSERT_EQ(entries.size(), AuditLog::kEntries);
  EXPECT_STREQ(entries.front().action, "change 300");
  EXPECT_STREQ(entries.back().action, "change 45");
}

TEST(AuditLogTest, WhoMayNotChangeAnythingPushesNothingOut) {
  AuditLog log;
  log.Record(Entry(1, "first"));
  for (uint64_t i = 2; i <= 1000; ++i) {
    log.RecordUnauthorised(Entry(i, "POST /"));
  }
  log.Record(Entry(2000, "last"));
  const std::vector<AuditEntry> entries = log.Entries();
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_STREQ(entries[0].action, "last");
  EXPECT_STREQ(entries[1].action, "POST /");
  EXPECT_EQ(entries[1].times, 999u);
  EXPECT_EQ(entries[1].at_us, 1000u);
  EXPECT_STREQ(entries[2].action, "first");
}

TEST(AuditLogTest, TextsAreCutToFit) {
  AuditLog log;
  AuditEntry entry;
  entry.SetAction(std::string(1000, 'a'));
  entry.SetBefore(std::string(1000, 'b'));
  entry.SetResult(std::string(1000, 'r'));
  log.Record(entry);
  const AuditEntry kept = log.Entries()[0];
  EXPECT_EQ(kept.action, std::string(AuditEntry::kActionBytes - 1, 'a'));
  EXPECT_EQ(kept.before, std::string(AuditEntry::kValueBytes - 1, 'b'));
  EXPECT_EQ(kept.result, std::string(AuditEntry::kResultBytes - 1, 'r'));
}

TEST(AuditLogTest, SeveralThreadsMayRecord) {
  AuditLog log;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&log] {
      for (uint64_t i = 0; i < 50; ++i) {
        log.Record(Entry(i, "x"));
        EXPECT_FALSE(log.Entries().empty());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(log.Entries().size(), 200u);
}

}  // namespace
}  // namespace acre::admin
