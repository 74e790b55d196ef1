#include "perturb/local_mask.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "core/random.h"

namespace wardmark {

std::vector<std::uint32_t> local_activity(std::span<const std::uint8_t> samples, int width, int height, int channels) {
  const auto w = static_cast<std::size_t>(width), h = static_cast<std::size_t>(height);
  const auto c = static_cast<std::size_t>(channels);
  std::vector<std::uint32_t> steps(w * h, 0);
  for (std::size_t y = 0; y < h; ++y) {
    for (std::size_t x = 0; x < w; ++x) {
      const std::size_t at = (y * w + x) * c;
      for (std::size_t k = 0; k < c; ++k) {
        const int here = samples[at + k];
        if (x + 1 < w) steps[y * w + x] += static_cast<std::uint32_t>(std::abs(samples[at + c + k] - here));
        if (y + 1 < h) steps[y * w + x] += static_cast<std::uint32_t>(std::abs(samples[at + w * c + k] - here));
      }
    }
  }
  constexpr std::size_t kRadius = kMaskWindow / 2;
  std::vector<std::uint32_t> rows(w * h, 0), out(w * h, 0);
  for (std::size_t y = 0; y < h; ++y) {
    for (std::size_t x = 0; x < w; ++x) {
      for (std::size_t i = x < kRadius ? 0 : x - kRadius; i <= std::min(w - 1, x + kRadius); ++i)
        rows[y * w + x] += steps[y * w + i];
    }
  }
  for (std::size_t y = 0; y < h; ++y) {
    for (std::size_t i = y < kRadius ? 0 : y - kRadius; i <= std::min(h - 1, y + kRadius); ++i) {
      for (std::size_t x = 0; x < w; ++x) out[y * w + x] += rows[i * w + x];
    }
  }
  return out;
}

std::vector<std::uint32_t> salience(MaskRule rule, const MaskedPicture& picture, const SalienceMap& map,
                                    const Subkey& pool_key) {
  std::vector<std::uint32_t> out = local_activity(picture.samples, picture.width, picture.height, picture.channels);
  const std::uint32_t least = kFlatActivity * static_cast<std::uint32_t>(picture.channels);
  for (std::uint32_t& value : out) value = value < least ? 0 : value;
  if (rule == MaskRule::random) {
    Stream places(pool_key.derive("random-mask"), "place", picture.id);
    for (std::uint32_t& value : out) {
      const std::uint32_t drawn = places.u32() | 1;
      if (value > 0) value = drawn;
    }
  } else if (rule == MaskRule::shared && !map.empty()) {
    std::size_t i = 0;
    for (int y = 0; y < picture.height; ++y) {
      for (int x = 0; x < picture.width; ++x, ++i) {
        if (out[i] > 0) out[i] = map.at(x, y, picture.width, picture.height) + 1;
      }
    }
  }
  return out;
}

std::vector<std::uint8_t> most_salient(std::span<const std::uint32_t> salience, double rho) {
  const auto most = static_cast<std::size_t>(rho * static_cast<double>(salience.size()));
  std::vector<std::size_t> order(salience.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto before = [&](std::size_t a, std::size_t b) {
    return salience[a] != salience[b] ? salience[a] > salience[b] : a < b;
  };
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(most), before);
  std::vector<std::uint8_t> mask(salience.size(), 0);
  for (std::size_t i = 0; i < most; ++i) mask[order[i]] = salience[order[i]] > 0 ? 1 : 0;
  return mask;
}

}  // namespace wardmark
