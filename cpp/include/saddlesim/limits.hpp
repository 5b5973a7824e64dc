// What the machine can do at best, to hold figures against.
#pragma once

namespace saddlesim {

// Double-precision fused multiply-adds a second of one thread, two operations each, in registers, for about `seconds`.
double fma_flops(double seconds);

}  // namespace saddlesim
