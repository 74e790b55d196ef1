#pragma once
#include <cstdint>
#include <vector>

namespace wardmark::samples {

/// What lies outside the circle that a CT scanner reconstructs; no Hounsfield value.
inline constexpr int kCtPadding = -2000;

/// Slice at `z`, -1 (neck) to 1 (crown), of a head-like volume in Hounsfield units, `size` squared: skin, skull, brain,
/// ventricles and a round bleeding that goes on from slice to slice, noise of 8 HU, padding in the corners. No anatomy
/// of any person.
std::vector<std::int16_t> ct_slice(int size, float z, std::uint32_t seed);

/// The same as a magnetic resonance scanner would weigh it, 0 to 4095.
std::vector<std::int16_t> mr_slice(int size, float z, std::uint32_t seed);

/// 1 where the bleeding is.
std::vector<std::uint8_t> bleeding_mask(int size, float z);

}  // namespace wardmark::samples
