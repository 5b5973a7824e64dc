// The levels into which the x86-64 architecture is divided, by what each adds.
#pragma once

namespace saddlesim::cpu {

// The smallest level that has all that the compiler was told to use for native_level.cpp.
extern const int kNativeLevel;

}  // namespace saddlesim::cpu
