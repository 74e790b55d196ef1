#pragma once
#include <cstdint>
#include <vector>

#include "core/pixel_set.h"

namespace wardmark {

/// Two pictures with hashes at most this many bits apart count as near duplicates. Measured: two CIFAR-10 pictures lie
/// 32 bits apart on average, and 2 of 179,700 pairs within 4.
inline constexpr int kNearBits = 4;

/// 8 x 8 difference hash of every picture: luma averaged over 9 columns x 8 rows of equal area, rounded to levels; a
/// bit for each two neighbours in a row, set where the left one is darker. Pictures of at least 9 x 8 px make sense.
std::vector<std::uint64_t> difference_hashes(const PixelSet& set);

/// How many pictures of the one set are found in the other.
struct Duplicates {
  std::size_t exact = 0;  ///< with the same samples
  std::size_t near = 0;   ///< within kNearBits of a hash, `exact` ones included
};

/// Pictures of `test` that `train` holds too. Pictures whose hash is 0 (no detail at all: flat, or darker to the right
/// everywhere) count only as exact duplicates. Sets of different shape have none exact. Time: product of the sizes, a
/// nanosecond each.
Duplicates duplicates(const PixelSet& test, const PixelSet& train);

}  // namespace wardmark
