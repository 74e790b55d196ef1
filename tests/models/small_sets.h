#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/pixel_set.h"

namespace wardmark::testing {

// Numbers of a written rule, so that sets are the same everywhere.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : state_(seed * 2862933555777941757ULL + 3037000493ULL) {}
  int below(int n) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<int>((state_ >> 33) % static_cast<std::uint64_t>(n));
  }

 private:
  std::uint64_t state_;
};

// Noise with a bright stripe that lies across, down or slanted by class: no single pixel tells the class.
inline PixelSet striped_set(int count, int side, int channels, int classes, std::uint64_t seed) {
  Noise noise(seed);
  PixelSet set;
  set.height = set.width = side;
  set.channels = channels;
  for (int k = 0; k < classes; ++k) set.classes.push_back("class" + std::to_string(k));
  set.samples.resize(static_cast<std::size_t>(count) * set.item_samples());
  std::size_t at = 0;
  for (int i = 0; i < count; ++i) {
    const int label = i % classes;
    const int place = noise.below(side);
    set.labels.push_back(label);
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) {
        const int line = label == 0 ? y : label == 1 ? x : label == 2 ? x + y : x + 2 * y;
        const bool stripe = (line % side + side - place) % side < 3;
        for (int c = 0; c < channels; ++c)
          set.samples[at++] = static_cast<std::uint8_t>(noise.below(120) + (stripe ? 130 : 0));
      }
    }
  }
  return set;
}

// The error that `act` throws; fails where there is none.
inline Error error_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error;
  }
  return Error(Code::bug, "nothing was thrown");
}

}  // namespace wardmark::testing
