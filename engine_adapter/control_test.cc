#include "engine_adapter/control.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine_adapter/memory_service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace acre {
namespace {

using ::absl::StatusCode;
using ::testing::HasSubstr;

constexpr uint64_t kMiB = uint64_t{1} << 20;

std::string Message(const absl::Status& status) {
  return std::string(status.message().data(), status.message().size());
}

class ControlTest : public ::testing::Test {
 protected:
  std::unique_ptr<MemoryService> service_ = [] {
    auto made = MemoryService::Create(
        {.name = "engine", .governor = {.thread = false}});
    return std::move(*made);
  }();
  Arena tenant_ = *service_->CreateArena({.name = "tenant-7"});
  Control control_{*service_};
};

TEST_F(ControlTest, ReadsFiguresOfTheServiceAndOfArenas) {
  void* ptr = tenant_.Allocate(100'000);
  ASSERT_NE(ptr, nullptr);
  EXPECT_EQ(*control_.Get<uint64_t>("stats.arenas.tenant-7.allocated"),
            tenant_.UsableSize(ptr));
  EXPECT_EQ(*control_.Get<uint64_t>("stats.allocated"),
            tenant_.UsableSize(ptr));
  EXPECT_EQ(*control_.Get<uint64_t>("stats.arenas.all.allocated"),
            tenant_.UsableSize(ptr));
  EXPECT_EQ(*control_.Get<uint64_t>("stats.arenas.4096.allocated"),
            tenant_.UsableSize(ptr));
  const std::string by_index =
      "stats.arenas." + std::to_string(tenant_.index()) + ".pactive";
  EXPECT_EQ(*control_.Get<size_t>(by_index), tenant_.UsableSize(ptr) / 4096);
  EXPECT_EQ(*control_.Get<std::string>("service.name"), "engine");
  EXPECT_EQ(*control_.Get<unsigned>("arenas.nbins"), 36u);
  EXPECT_EQ(*control_.Get<size_t>("arenas.bin.0.size"), 8u);
  EXPECT_TRUE(*control_.Get<bool>("config.stats"));
  tenant_.Deallocate(ptr);
}

TEST_F(ControlTest, SetsLimitsAndDecay) {
  ASSERT_TRUE(
      control_.Set<uint64_t>("arena.tenant-7.hard_limit", 64 * kMiB).ok());
  EXPECT_EQ(*control_.Get<uint64_t>("arena.tenant-7.hard_limit"), 64 * kMiB);
  ASSERT_TRUE(control_.Set("arena.tenant-7.soft_limit", 32 * kMiB).ok());
  ASSERT_TRUE(control_.Set("arena.tenant-7.reserved", kMiB).ok());
  EXPECT_EQ(*control_.Get<uint64_t>("arena.tenant-7.hard_limit"), 64 * kMiB);
  EXPECT_EQ(*control_.Get<uint64_t>("arena.tenant-7.soft_limit"), 32 * kMiB);
  EXPECT_EQ(*control_.Get<uint64_t>("arena.tenant-7.reserved"), kMiB);
  ASSERT_TRUE(control_.Set<int64_t>("arena.tenant-7.dirty_decay_ms", -1).ok());
  EXPECT_EQ(*control_.Get<int64_t>("arena.tenant-7.dirty_decay_ms"), -1);
  EXPECT_EQ(*control_.Get<int64_t>("arena.tenant-7.muzzy_decay_ms"), 0);
  ASSERT_TRUE(control_.SetText("arena.tenant-7.dirty_decay_ms", "1500").ok());
  EXPECT_EQ(*control_.GetText("stats.arenas.tenant-7.dirty_decay_ms"), "1500");
}

TEST_F(ControlTest, DefaultsOfDecayHoldForArenasMadeAfterwards) {
  ASSERT_TRUE(control_.Set<int64_t>("arenas.dirty_decay_ms", 77).ok());
  Arena next = *service_->CreateArena({.name = "next"});
  Arena told =
      *service_->CreateArena({.name = "told", .decay = {.dirty_decay_ms = 5}});
  EXPECT_EQ(*control_.Get<int64_t>("arena.next.dirty_decay_ms"), 77);
  EXPECT_EQ(*control_.Get<int64_t>("arena.told.dirty_decay_ms"), 5);
  EXPECT_EQ(*control_.Get<int64_t>("arena.tenant-7.dirty_decay_ms"), 2000);
  EXPECT_EQ(*control_.Get<int64_t>("opt.dirty_decay_ms"), 2000);
}

TEST_F(ControlTest, PurgesAndResetsPeaks) {
  tenant_.Deallocate(tenant_.Allocate(4 * kMiB));
  EXPECT_GE(*control_.Get<uint64_t>("stats.arenas.tenant-7.dirty"), 4 * kMiB);
  ASSERT_TRUE(control_.Execute("arena.tenant-7.purge").ok());
  EXPECT_EQ(*control_.Get<uint64_t>("stats.arenas.tenant-7.dirty"), 0u);
  EXPECT_GE(*control_.Get<uint64_t>("stats.arenas.tenant-7.dirty_purged"),
            4 * kMiB / 4096);
  EXPECT_GE(*control_.Get<uint64_t>("stats.arenas.tenant-7.dirty_npurge"), 1u);
  EXPECT_GE(*control_.Get<uint64_t>("stats.arenas.tenant-7.peak"), 4 * kMiB);
  ASSERT_TRUE(control_.Execute("arena.all.peak_reset").ok());
  EXPECT_LT(*control_.Get<uint64_t>("stats.arenas.tenant-7.peak"), kMiB);
  EXPECT_LT(*control_.Get<uint64_t>("stats.peak"), kMiB);
}

TEST_F(ControlTest, MakesAndEndsArenasThatNobodyOwns) {
  const unsigned index = *control_.Get<unsigned>("arenas.create");
  const std::string arena = "arena." + std::to_string(index);
  EXPECT_TRUE(*control_.Get<bool>(arena + ".initialized"));
  auto found = service_->FindArena(*control_.Get<std::string>(arena + ".name"));
  ASSERT_TRUE(found.ok());
  void* ptr = found->Allocate(50);
  stats::ControlValue in = stats::ControlValue::Of(
      stats::ControlType::kPointer, reinterpret_cast<uintptr_t>(ptr));
  stats::ControlValue out;
  ASSERT_TRUE(
      control_.Exchange(*control_.Find("arenas.lookup"), &in, &out).ok());
  EXPECT_EQ(out.bits, index);
  ASSERT_TRUE(control_.Execute(arena + ".destroy").ok());
  EXPECT_FALSE(found->valid());
  EXPECT_FALSE(*control_.Get<bool>(arena + ".initialized"));
  EXPECT_EQ(control_.Execute("arena.system.destroy").code(),
            StatusCode::kUnavailable);
}

TEST_F(ControlTest, APathNamesTheArenaItWasFoundFor) {
  const auto path = control_.Find("stats.arenas.tenant-7.charged");
  ASSERT_TRUE(path.ok());
  EXPECT_TRUE(control_.Get<uint64_t>(*path).ok());
  const uint32_t index = tenant_.index();
  ASSERT_TRUE(tenant_.Destroy(DestroyPolicy::kDiscard).ok());
  Arena other = *service_->CreateArena({.name = "other"});
  ASSERT_EQ(other.index(), index);
  EXPECT_EQ(control_.Get<uint64_t>(*path).status().code(),
            StatusCode::kNotFound);
}

TEST_F(ControlTest, NamesWithDotsAndDigitsAreQuoted) {
  Arena dotted = *service_->CreateArena({.name = "eu.west \"7\""});
  Arena digits = *service_->CreateArena({.name = "1"});
  Arena all = *service_->CreateArena({.name = "all"});
  EXPECT_EQ(*control_.Get<unsigned>("arena.\"eu.west \"\"7\"\"\".index"),
            dotted.index());
  EXPECT_EQ(*control_.Get<unsigned>("arena.\"1\".index"), digits.index());
  EXPECT_EQ(*control_.Get<unsigned>("arena.1.index"), 1u);
  EXPECT_EQ(*control_.Get<unsigned>("arena.\"all\".index"), all.index());
}

TEST_F(ControlTest, ErrorsSayWhatIsNear) {
  const struct {
    const char* name;
    const char* says;
  } kRows[] = {
      {"stats.alocated", "did you mean \"stats.allocated\"?"},
      {"arena.tenant-7.hard_limt",
       "did you mean \"arena.tenant-7.hard_limit\""},
      {"arena.tenant-8.hard_limit", "no arena \"tenant-8\"; did you mean \"te"},
      {"prof.active", "no sampling heap profiler"},
      {"thread.arena", "caches are explicit"},
      {"stats.arenas.0.bins.3.nrequests", "counts nothing"},
      {"stats", "only the beginning of names"},
      {"", "only the beginning of names"},
      {"zzzzzz", "no control \"zzzzzz\""},
      {"arena..purge", "no control"},
      {"arena.\"x.purge", "no control"},
  };
  for (const auto& row : kRows) {
    const auto value = control_.Get<uint64_t>(row.name);
    EXPECT_EQ(value.status().code(), StatusCode::kNotFound) << row.name;
    EXPECT_THAT(Message(value.status()), HasSubstr(row.says)) << row.name;
  }
}

TEST_F(ControlTest, ErrorsCarryTheNumbers) {
  absl::Status status = control_.Set("arena.tenant-7.hard_limit", 5);
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(Message(status), HasSubstr("from 65536 to"));
  status = control_.Set("arena.tenant-7.dirty_decay_ms", -7);
  EXPECT_THAT(Message(status), HasSubstr("from -1 to 31536000000"));
  status = control_.Set("max_background_threads", 4);
  EXPECT_THAT(Message(status), HasSubstr("from 1 to 1"));
  status = control_.SetText("arena.tenant-7.hard_limit", "plenty");
  EXPECT_THAT(Message(status), HasSubstr("\"plenty\" is not of type size_t"));
  status = control_.Set("stats.allocated", 4);
  EXPECT_THAT(Message(status), HasSubstr("cannot be written"));
  status = control_.Execute("arena.all.hard_limit");
  EXPECT_FALSE(status.ok());
  status = control_.Get<uint64_t>("arena.all.hard_limit").status();
  EXPECT_THAT(Message(status), HasSubstr("of one arena"));
  status = control_.Get<uint64_t>("arenas.bin.36.size").status();
  EXPECT_THAT(Message(status), HasSubstr("index 36, there are 36"));
  status = control_.Get<uint64_t>("arenas.bin.x.size").status();
  EXPECT_THAT(Message(status), HasSubstr("\"x\" is no index"));
  status = control_.Get<bool>("stats.allocated").status();
  EXPECT_THAT(Message(status), HasSubstr("of type size_t"));
  status = control_.Get<uint8_t>("arenas.page").status();
  EXPECT_THAT(Message(status), HasSubstr("4096 does not fit"));
}

TEST_F(ControlTest, ChecksSayWhatWritingWouldAndChangeNothing) {
  auto check = [&](const char* name, stats::ControlType type, uint64_t bits) {
    const stats::ControlValue in = stats::ControlValue::Of(type, bits);
    return control_.Check(*control_.Find(name), &in);
  };
  using stats::ControlType;
  EXPECT_TRUE(
      check("arena.tenant-7.hard_limit", ControlType::kSize, kMiB).ok());
  EXPECT_TRUE(check("arena.tenant-7.reserved", ControlType::kSize, kMiB).ok());
  EXPECT_TRUE(
      check("arena.tenant-7.dirty_decay_ms", ControlType::kSsize, 5).ok());
  EXPECT_TRUE(check("arenas.muzzy_decay_ms", ControlType::kSsize, 5).ok());
  EXPECT_TRUE(check("service.hard_limit", ControlType::kSize, kMiB).ok());
  EXPECT_TRUE(check("background_thread", ControlType::kBool, 1).ok());
  EXPECT_TRUE(control_.Check(*control_.Find("service.purge"), nullptr).ok());
  EXPECT_EQ(*control_.Get<uint64_t>("arena.tenant-7.hard_limit"), 0u);
  EXPECT_EQ(*control_.Get<uint64_t>("arena.tenant-7.reserved"), 0u);
  EXPECT_EQ(*control_.Get<int64_t>("arena.tenant-7.dirty_decay_ms"), 2000);
  EXPECT_EQ(*control_.Get<int64_t>("arenas.muzzy_decay_ms"), 0);
  EXPECT_EQ(*control_.Get<uint64_t>("service.hard_limit"), 0u);
  EXPECT_FALSE(*control_.Get<bool>("background_thread"));
  EXPECT_THAT(
      Message(check("arena.tenant-7.hard_limit", ControlType::kSize, 5)),
      HasSubstr("from 65536"));
  EXPECT_THAT(Message(check("stats.allocated", ControlType::kSize, 5)),
              HasSubstr("cannot be written"));
}

TEST_F(ControlTest, ChecksOfAllThatCanBeWrittenChangeNothing) {
  auto all = [&] {
    std::string values;
    for (const ControlInfo& info : Control::List("")) {
      if (info.mode != "rw" || info.name == "arenas.create" ||
          info.name == "arenas.lookup") {
        continue;
      }
      std::string name(info.name);
      const size_t at = name.find("<i>");
      if (at != std::string::npos) name.replace(at, 3, "tenant-7");
      values += name + "=" + *control_.GetText(name) + " ";
      const auto path = control_.Find(name);
      const stats::ControlValue in =
          stats::ControlValue::Of(path->node->written_type(), 1 << 20);
      control_.Check(*path, &in).IgnoreError();
    }
    return values;
  };
  const std::string before = all();
  EXPECT_EQ(all(), before);
  const stats::ControlValue much =
      stats::ControlValue::Of(stats::ControlType::kSize, uint64_t{1} << 50);
  EXPECT_FALSE(
      control_.Check(*control_.Find("arena.tenant-7.reserved"), &much).ok());
}

TEST_F(ControlTest, AnUnquotedNameIsTakenAsItStands) {
  Arena with = *service_->CreateArena({.name = "a\"b"});
  Arena without = *service_->CreateArena({.name = "a\""});
  EXPECT_EQ(*control_.Get<unsigned>("arena.a\"b.index"), with.index());
  EXPECT_EQ(*control_.Get<unsigned>("arena.a\".index"), without.index());
  EXPECT_EQ(*control_.Get<unsigned>("arena.\"a\"\"b\".index"), with.index());
}

TEST_F(ControlTest, AnOperatorCannotEndArenas) {
  const Control operators(*service_, ControlReach::kAnyone);
  for (const char* name : {"arena.tenant-7.destroy", "arena.tenant-7.reset"}) {
    EXPECT_EQ(operators.Execute(name).code(), StatusCode::kPermissionDenied);
  }
  EXPECT_EQ(operators.Get<unsigned>("arenas.create").status().code(),
            StatusCode::kPermissionDenied);
  EXPECT_TRUE(tenant_.valid());
  EXPECT_TRUE(operators.Execute("arena.tenant-7.purge").ok());
}

TEST_F(ControlTest, TheGovernorsThreadComesAndGoes) {
  EXPECT_FALSE(*control_.Get<bool>("background_thread"));
  ASSERT_TRUE(control_.Set("background_thread", true).ok());
  tenant_.Deallocate(tenant_.Allocate(4 * kMiB));
  EXPECT_EQ(*control_.Get<size_t>("stats.background_thread.num_threads"), 1u);
  ASSERT_TRUE(control_.Set("background_thread", false).ok());
  EXPECT_EQ(*control_.Get<size_t>("stats.background_thread.num_threads"), 0u);
  ASSERT_TRUE(control_.Set("background_thread", true).ok());
  EXPECT_EQ(*control_.Get<size_t>("stats.background_thread.num_threads"), 1u);
}

TEST_F(ControlTest, EpochIsAcceptedAndMoves) {
  const uint64_t before = *control_.Get<uint64_t>("epoch");
  ASSERT_TRUE(control_.Set<uint64_t>("epoch", 1).ok());
  EXPECT_EQ(*control_.Get<uint64_t>("epoch"), before + 1);
}

TEST_F(ControlTest, ListsByPrefixAndSearches) {
  for (const ControlInfo& info : Control::List("")) {
    EXPECT_FALSE(info.help.empty()) << info.name;
    EXPECT_FALSE(info.mode.empty()) << info.name;
  }
  EXPECT_GT(Control::List("").size(), 200u);
  const auto arenas = Control::List("arena.tenant-7.");
  ASSERT_FALSE(arenas.empty());
  for (const ControlInfo& info : arenas) {
    EXPECT_THAT(std::string(info.name), HasSubstr("arena.<i>."));
  }
  EXPECT_EQ(Control::List("arena.tenant-7.hard").size(), 1u);
  EXPECT_EQ(Control::List("arena.\"eu.west\".hard").size(), 1u);
  EXPECT_EQ(Control::List("stats.arenas.0.bins.3.curr").size(), 1u);
  EXPECT_TRUE(Control::List("nothing").empty());
  EXPECT_FALSE(Control::Search("decay").empty());
}

TEST_F(ControlTest, TellsOfTcachesAndThePageTables) {
  Tcache tcache = tenant_.OpenTcache();
  void* ptr = tcache.Allocate(100);
  const std::string prefix = "stats.arenas.tenant-7.";
  EXPECT_TRUE(control_.Get<uint64_t>(prefix + "tcaches.0.age").ok());
  EXPECT_EQ(*control_.Get<uint64_t>(prefix + "tcaches.0.bytes"),
            tcache.cached_bytes());
  EXPECT_FALSE(*control_.Get<bool>(prefix + "tcaches.0.parked"));
  EXPECT_FALSE(control_.Get<bool>(prefix + "tcaches.1.parked").ok());
  *static_cast<char*>(ptr) = 1;
  EXPECT_GT(*control_.Get<uint64_t>(prefix + "kernel.resident"), 0u);
  EXPECT_GT(*control_.Get<uint64_t>("stats.process.resident"), 0u);
  tcache.Deallocate(ptr);
}

TEST_F(ControlTest, EveryReadableNodeCanBeReadByNameAndByMib) {
  const stats::ControlTree tree(service_->control_host());
  Tcache tcache = tenant_.OpenTcache();
  tcache.Deallocate(tcache.Allocate(8));
  for (const ControlInfo& info : Control::List("")) {
    if (info.mode.front() != 'r' || info.name == "arenas.create" ||
        info.name == "arenas.lookup") {
      continue;
    }
    std::string name(info.name);
    for (const auto& [from, to] :
         {std::pair("<i>", "tenant-7"), std::pair("<j>", "0")}) {
      const size_t at = name.find(from);
      if (at != std::string::npos) name.replace(at, 3, to);
    }
    EXPECT_TRUE(control_.GetText(name).ok())
        << Message(control_.GetText(name).status());
    size_t mib[stats::kMostComponents];
    size_t size = stats::kMostComponents;
    ASSERT_TRUE(tree.ToMib(name, mib, &size).ok()) << name;
    ControlPath path;
    ASSERT_TRUE(tree.FromMib(std::span(mib).first(size), &path).ok()) << name;
    EXPECT_EQ(path.node->name, info.name);
  }
}

}  // namespace
}  // namespace acre
