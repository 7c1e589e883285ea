// What an engine is told under memory pressure, and the form of the function
// that it gives for it. Kept apart from the service, so that code which only
// reacts to pressure includes no more than this.

#ifndef ACRE_ENGINE_ADAPTER_PRESSURE_H_
#define ACRE_ENGINE_ADAPTER_PRESSURE_H_

#include "allocator/arena/pressure.h"

namespace acre {

using allocator::PressureHandler;
using allocator::PressureLevel;
using allocator::PressureReport;

}  // namespace acre

#endif  // ACRE_ENGINE_ADAPTER_PRESSURE_H_
