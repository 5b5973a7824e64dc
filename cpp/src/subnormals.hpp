// What becomes of numbers too small for all their digits.
#pragma once

#include "saddlesim/real.hpp"
#include "saddlesim/simd/native.hpp"

namespace saddlesim {

// While it lives, subnormal floats count as zero in its thread; doubles keep theirs. A coordinate that shrinks is there
// after a few hundred steps in single precision and may stay for ever, rounded to where it was, and a processor takes a
// hundred times longer over such a number.
class FlushedSubnormals {
 public:
#if defined(SADDLESIM_SINGLE) && defined(__SSE2__)
  FlushedSubnormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | kFlushResults | kFlushOperands); }
  ~FlushedSubnormals() { _mm_setcsr(before_); }

 private:
  static constexpr unsigned kFlushResults = 0x8000, kFlushOperands = 0x0040;
  unsigned before_;
#else
  FlushedSubnormals() {}
#endif

 public:
  FlushedSubnormals(const FlushedSubnormals&) = delete;
  FlushedSubnormals& operator=(const FlushedSubnormals&) = delete;
};

}  // namespace saddlesim
