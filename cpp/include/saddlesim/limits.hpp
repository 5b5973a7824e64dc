// What the machine can do at best, to hold figures against. Each call measures one thread for about `seconds` and answers
// the best of many rounds.
#pragma once

#include <cstddef>

#include "saddlesim/landscape.hpp"

namespace saddlesim {

// Double-precision operations a second of nothing but fused multiply-adds in registers, two operations each.
double fma_flops(double seconds);

// How many of them one thread gets done in so many seconds beside whatever else runs.
double fma_operations(double seconds);

// Bytes a second that a[i] = b[i] + s c[i] reads and writes, three arrays of `bytes` in all: they stay in whatever cache
// they fit into.
double triad_bandwidth(std::size_t bytes, double seconds);

// 32-bit words a second of the random number generator, and what is made of them.
double philox_words(double seconds);
double normals_single(double seconds);  // single-precision resolution, as injected noise has
double normals_double(double seconds);  // 53 bits, as starts have

// Gradients a second of a block of points that stays where it is: what a method's steps are held against.
double gradients(const Landscape& landscape, double seconds);

}  // namespace saddlesim
