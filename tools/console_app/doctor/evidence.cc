#include "tools/console_app/doctor/evidence.h"

#include <algorithm>

namespace acre::console::doctor {

const stats::ArenaStatistics* FindArena(const ArenaListing& listing,
                                        const stats::ArenaStatistics& same) {
  const auto found = std::find_if(listing.arenas.begin(), listing.arenas.end(),
                                  [&](const stats::ArenaStatistics& arena) {
                                    return arena.index == same.index &&
                                           arena.generation == same.generation;
                                  });
  return found == listing.arenas.end() ? nullptr : &*found;
}

uint64_t GrantedBytes(const ServiceReading& service) {
  uint64_t bytes = 0;
  for (const stats::ProviderStatistics& provider : service.providers) {
    bytes += provider.mapped;
  }
  return bytes;
}

uint64_t AccountedBytes(const ArenaListing& listing) {
  return listing.total.active + listing.total.dirty + listing.total.muzzy;
}

}  // namespace acre::console::doctor
