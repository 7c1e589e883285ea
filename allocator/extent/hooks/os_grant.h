// What providers over the system's normal pages share: one grant, mapped or,
// under strict overcommit, reserved.

#ifndef ACRE_ALLOCATOR_EXTENT_HOOKS_OS_GRANT_H_
#define ACRE_ALLOCATOR_EXTENT_HOOKS_OS_GRANT_H_

#include "allocator/extent/extent_hooks.h"
#include "allocator/os/os.h"

namespace acre::allocator {

// Maps what `request` desires, else what it requires. With `reserve` the grant
// is a reservation, which is committed at once only if the request asks for
// that. False, with nothing mapped and `grant` as it was, when the system
// refuses both sizes.
bool GrantFromOs(Os* os, const ExtentRequest& request, bool reserve,
                 ExtentGrant* grant) noexcept;

// What such grants can do.
ExtentCapabilities OsGrantCapabilities(bool reserve) noexcept;

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_EXTENT_HOOKS_OS_GRANT_H_
