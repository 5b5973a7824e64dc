// Compiled as the native module of the core is, and so without a single instruction: it must load anywhere.
#include "level.hpp"

namespace saddlesim::cpu {

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512CD__) && defined(__AVX512DQ__) && \
    defined(__AVX512VL__)
const int kNativeLevel = 4;
#elif defined(__AVX2__) && defined(__FMA__) && defined(__BMI2__)
const int kNativeLevel = 3;
#elif defined(__SSE4_2__) && defined(__POPCNT__)
const int kNativeLevel = 2;
#else
const int kNativeLevel = 1;
#endif

}  // namespace saddlesim::cpu
