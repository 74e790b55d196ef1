#pragma once
#include <cstdint>
#include <filesystem>

namespace wardmark::samples {

/// What to draw: a folder per class, 001.png and so on in it.
struct Order {
  std::filesystem::path folder;
  std::uint32_t per_class = 12;  ///< 1 to 10000
  int size = 512;                ///< side of the square classes in pixels; the others are 5/4 by 15/16 of it
};

struct Made {
  std::uint32_t pictures = 0;
  std::uint64_t checksum = 0;  ///< over all samples as drawn, before they are stored; the same on every machine
};

/// Draws the demonstration set on all cores; picture n of a class never depends on the rest of the order but the
/// size. std::runtime_error with path and reason when a file cannot be written.
Made draw_demonstration(const Order& order);

}  // namespace wardmark::samples
