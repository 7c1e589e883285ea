#include "stats/writers/jemalloc_json.h"

#include "allocator/base/size_class.h"
#include "allocator/base/units.h"
#include "stats/control/control_node.h"
#include "stats/extent_statistics.h"
#include "stats/version.h"
#include "stats/writers/option_section.h"
#include "stats/writers/text.h"

namespace acre::stats {
namespace {

using allocator::ClassIndex;
using allocator::ClassSize;
using allocator::kPageSize;
using allocator::kSmallClasses;

constexpr size_t kLargeClassCount = allocator::kClasses - kSmallClasses;

// Sizes are multiples of it, but for the least.
constexpr uint64_t kQuantum = 16;

uint64_t SizeOf(size_t index) {
  return ClassSize(ClassIndex{static_cast<uint8_t>(index)});
}

void WriteBin(const BinStatistics& bin, JsonWriter* json) {
  json->BeginObject()
      .Field("nmalloc", bin.regions_taken)
      .Field("ndalloc", bin.regions_returned)
      .Field("curregs", bin.regions_out)
      .Field("nfills", bin.fills)
      .Field("nflushes", bin.flushes)
      .Field("nslabs", bin.slabs_created)
      .Field("curslabs", bin.slabs)
      .Field("nonfull_slabs", bin.open_slabs)
      .BeginObject("mutex")
      .Field("num_ops", bin.lock_acquisitions)
      .Field("num_wait", bin.lock_contentions)
      .Field("total_wait_time", bin.lock_wait_ns)
      .EndObject()
      .EndObject();
}

}  // namespace

JemallocJson::JemallocJson(const allocator::Domain& domain,
                           const DocumentParts& parts) noexcept
    : domain_(domain), parts_(parts), walk_(domain) {
  ArenaWalk all(domain);
  while (all.Next()) bin_sums_.Add(all.bins());
  service_ = all.Service(parts.locking);
  JsonWriter empty(&empty_bin_);
  WriteBin({}, &empty);
}

bool JemallocJson::Next(Text* text) noexcept {
  json_.To(text);
  switch (phase_) {
    case Phase::kBegin:
      Begin();
      phase_ = Phase::kOptions;
      return true;
    case Phase::kOptions:
      json_.BeginObject("opt");
      WriteOptions(domain_, OptionNodes(), "opt.", &json_);
      json_.EndObject();
      phase_ = Phase::kClasses;
      return true;
    case Phase::kClasses:
      BeginClasses();
      next_ = 0;
      phase_ = Phase::kClass;
      return true;
    case Phase::kClass:
      phase_ = NextClass();
      return true;
    case Phase::kLargeClass:
      phase_ = NextLargeClass();
      return true;
    case Phase::kStats:
      WriteStats();
      phase_ = Phase::kMerged;
      return true;
    case Phase::kMerged:
      phase_ = BeginArenas();
      return true;
    case Phase::kMergedBin:
      phase_ = NextBin(bin_sums_.classes(), Phase::kMergedBin);
      return true;
    case Phase::kArena:
      phase_ = NextArena();
      return true;
    case Phase::kBin:
      phase_ = NextBin(walk_.bins(), Phase::kBin);
      return true;
    case Phase::kLargeOfArena:
      phase_ = NextLargeOfArena();
      return true;
    case Phase::kEnd:
      json_.EndObject().EndObject().EndObject();
      phase_ = Phase::kDone;
      return true;
    case Phase::kDone:
      return false;
  }
  return false;
}

void JemallocJson::Begin() {
  json_.BeginObject()
      .BeginObject("jemalloc")
      .Field("version", kVersion)
      .BeginObject("config");
  WriteOptions(domain_, ConfigNodes(), "config.", &json_);
  json_.EndObject();
}

void JemallocJson::BeginClasses() {
  json_.BeginObject("arenas")
      .Field("narenas", service_.arena_count)
      .Signed("dirty_decay_ms", domain_.default_dirty_decay_ms())
      .Signed("muzzy_decay_ms", domain_.default_muzzy_decay_ms())
      .Field("quantum", kQuantum)
      .Field("page", kPageSize)
      .Field("tcache_max", allocator::kMaxCachedSize)
      .Field("nbins", kSmallClasses)
      .Field("nhbins", allocator::kCachedClasses)
      .BeginArray("bin");
}

JemallocJson::Phase JemallocJson::NextClass() {
  if (next_ == kSmallClasses) {
    json_.EndArray().Field("nlextents", kLargeClassCount).BeginArray("lextent");
    return Phase::kLargeClass;
  }
  const ClassIndex index{static_cast<uint8_t>(next_++)};
  const auto& geometry = allocator::GeometryOf(index);
  // The shape that a bin which has grown takes.
  const auto& shape = geometry.shapes[geometry.steps - 1u];
  json_.BeginObject()
      .Field("size", ClassSize(index))
      .Field("nregs", shape.regions)
      .Field("slab_size", shape.pages * kPageSize)
      .Field("nshards", uint64_t{1})
      .EndObject();
  return Phase::kClass;
}

JemallocJson::Phase JemallocJson::NextLargeClass() {
  if (next_ == allocator::kClasses) {
    json_.EndArray().EndObject();
    return Phase::kStats;
  }
  json_.BeginObject().Field("size", SizeOf(next_++)).EndObject();
  return Phase::kLargeClass;
}

void JemallocJson::WriteStats() {
  json_.BeginObject("stats")
      .Field("allocated", service_.arenas.allocated)
      .Field("active", service_.arenas.active)
      .Field("metadata", service_.metadata)
      .Field("metadata_thp", uint64_t{0})
      .Field("resident", service_.resident)
      .Field("mapped", service_.mapped)
      .Field("retained", service_.retained);
  if (parts_.locking == Locking::kAllowed) {
    json_.BeginObject("background_thread")
        .Field("num_threads", uint64_t{service_.governor.running ? 1u : 0u})
        .Field("num_runs", service_.governor.wakeups)
        .EndObject();
  }
  json_.EndObject().BeginObject("stats.arenas");
}

JemallocJson::Phase JemallocJson::BeginArenas() {
  json_.BeginObject("merged");
  WriteFigures(service_.arenas, bin_sums_.classes());
  if (!parts_.bins) {
    json_.EndObject();
    return Phase::kArena;
  }
  json_.BeginArray("bins");
  next_ = next_bin_ = 0;
  return Phase::kMergedBin;
}

JemallocJson::Phase JemallocJson::NextArena() {
  if (!parts_.arenas || !walk_.Next()) return Phase::kEnd;
  const ArenaStatistics& arena = walk_.arena();
  FixedText<24> index;
  index.Number(arena.index);
  json_.BeginObject(index.view())
      .Field("name", std::string_view(arena.name))
      .Signed("dirty_decay_ms", walk_.dirty_decay_ms())
      .Signed("muzzy_decay_ms", walk_.muzzy_decay_ms());
  WriteFigures(arena, walk_.bins());
  if (!parts_.bins) {
    json_.EndObject();
    return Phase::kArena;
  }
  json_.BeginArray("bins");
  next_ = next_bin_ = 0;
  return Phase::kBin;
}

void JemallocJson::WriteFigures(const ArenaStatistics& arena,
                                std::span<const BinStatistics> bins) {
  uint64_t allocated = 0;
  uint64_t taken = 0;
  uint64_t returned = 0;
  for (const BinStatistics& bin : bins) {
    allocated += bin.regions_out * bin.size;
    taken += bin.regions_taken;
    returned += bin.regions_returned;
  }
  // What is out of bins, and large, is in use or in caches.
  const uint64_t out = arena.allocated + arena.cached;
  json_.Field("dss", "disabled")
      .Field("pactive", arena.active / kPageSize)
      .Field("pdirty", arena.dirty / kPageSize)
      .Field("pmuzzy", arena.muzzy / kPageSize)
      .Field("dirty_npurge", arena.dirty_sweeps)
      .Field("dirty_nmadvise", arena.dirty_calls)
      .Field("dirty_purged", arena.dirty_given_back / kPageSize)
      .Field("muzzy_npurge", arena.muzzy_sweeps)
      .Field("muzzy_nmadvise", arena.muzzy_calls)
      .Field("muzzy_purged", arena.muzzy_given_back / kPageSize)
      .BeginObject("small")
      .Field("allocated", allocated)
      .Field("nmalloc", taken)
      .Field("ndalloc", returned)
      .Field("nfills", arena.fills)
      .Field("nflushes", arena.flushes)
      .EndObject()
      .BeginObject("large")
      .Field("allocated", out > allocated ? out - allocated : 0)
      .EndObject()
      .Field("mapped", arena.mapped)
      .Field("retained", arena.retained)
      .Field("base", arena.metadata)
      .Field("internal", uint64_t{0})
      .Field("metadata_thp", uint64_t{0})
      .Field("tcache_bytes", arena.cached)
      .Field("resident", arena.resident);
}

JemallocJson::Phase JemallocJson::NextBin(std::span<const BinStatistics> bins,
                                          Phase same) {
  if (next_ == kSmallClasses) {
    json_.EndArray();
    if (same == Phase::kMergedBin) {
      json_.EndObject();
      return Phase::kArena;
    }
    json_.BeginArray("lextents");
    next_bin_ = 0;
    return Phase::kLargeOfArena;
  }
  if (next_bin_ < bins.size() && bins[next_bin_].size == SizeOf(next_)) {
    WriteBin(bins[next_bin_++], &json_);
  } else {
    json_.Element(empty_bin_.view());
  }
  ++next_;
  return same;
}

// Many to a piece: most of them are empty.
JemallocJson::Phase JemallocJson::NextLargeOfArena() {
  constexpr size_t kInAPiece = 64;
  const std::span<const LargeStatistics> large = walk_.large();
  for (size_t i = 0; i < kInAPiece && next_ < allocator::kClasses; ++i) {
    const bool used =
        next_bin_ < large.size() && large[next_bin_].size == SizeOf(next_);
    ++next_;
    if (!used) {
      json_.Element("{\"curlextents\":0}");
      continue;
    }
    json_.BeginObject()
        .Field("curlextents", large[next_bin_++].large_allocations)
        .EndObject();
  }
  if (next_ < allocator::kClasses) return Phase::kLargeOfArena;
  json_.EndArray().EndObject();
  return Phase::kArena;
}

}  // namespace acre::stats
