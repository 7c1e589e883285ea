#include "allocator/extent/hooks/os_grant.h"

namespace acre::allocator {
namespace {

void* MapOrReserve(Os* os, const ExtentRequest& request, size_t size,
                   bool reserve) {
  if (!reserve) return os->Map(size, request.alignment);
  void* base = os->Reserve(size, request.alignment);
  if (base == nullptr || !request.commit || os->Commit(base, size)) return base;
  os->Unmap(base, size);
  return nullptr;
}

}  // namespace

bool GrantFromOs(Os* os, const ExtentRequest& request, bool reserve,
                 ExtentGrant* grant) noexcept {
  size_t size = request.desired;
  void* base = MapOrReserve(os, request, size, reserve);
  if (base == nullptr && size > request.required) {
    size = request.required;
    base = MapOrReserve(os, request, size, reserve);
  }
  if (base == nullptr) return false;
  *grant = {.base = base,
            .size = size,
            .zeroed = true,
            .committed = !reserve || request.commit};
  return true;
}

ExtentCapabilities OsGrantCapabilities(bool reserve) noexcept {
  return {.release = true,
          .commit = reserve,
          .decommit = reserve,
          .purge_lazily = true,
          .purge_forcibly = true,
          .split = true,
          .merge = true,
          .trusted = true};
}

}  // namespace acre::allocator
