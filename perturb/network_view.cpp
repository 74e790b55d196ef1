#include "perturb/network_view.h"

#include <algorithm>

#include "perturb/method.h"
#include "perturb/resample.h"
#include "perturb/tone.h"

namespace wardmark {
namespace {

/// `planes` with its rows or columns drawn out linearly to the size; neither side gets smaller.
Planes enlarged(const Planes& planes, int width, int height) {
  Planes out{width, height, planes.channels, planes.full_range, {}};
  const std::size_t channels = static_cast<std::size_t>(planes.channels);
  out.v.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * channels);
  const auto place = [](int i, int to, int from, int& first, float& share) {
    const float at = (static_cast<float>(i) + 0.5f) * static_cast<float>(from) / static_cast<float>(to) - 0.5f;
    const float held = std::clamp(at, 0.0f, static_cast<float>(from - 1));
    first = std::min(static_cast<int>(held), std::max(0, from - 2));
    share = held - static_cast<float>(first);
  };
  const auto sample = [&](int x, int y, std::size_t c) {
    const std::size_t at =
        static_cast<std::size_t>(std::min(y, planes.height - 1)) * static_cast<std::size_t>(planes.width) +
        static_cast<std::size_t>(std::min(x, planes.width - 1));
    return planes.v[at * channels + c];
  };
  float* to = out.v.data();
  for (int y = 0; y < height; ++y) {
    int top = 0;
    float down = 0;
    place(y, height, planes.height, top, down);
    for (int x = 0; x < width; ++x) {
      int left = 0;
      float right = 0;
      place(x, width, planes.width, left, right);
      for (std::size_t c = 0; c < channels; ++c) {
        const float above = sample(left, top, c) * (1 - right) + sample(left + 1, top, c) * right;
        const float below = sample(left, top + 1, c) * (1 - right) + sample(left + 1, top + 1, c) * right;
        *to++ = above * (1 - down) + below * down;
      }
    }
  }
  return out;
}

Planes fitted(const Image& image, int width, int height) {
  Planes planes = shrink(image, std::min(width, image.width()), std::min(height, image.height()));
  if (planes.width < width || planes.height < height) planes = enlarged(planes, width, height);
  return planes;
}

void store(const Planes& planes, std::size_t channels, std::uint8_t* to) {
  const float scale = 255.0f / planes.full_range;
  const std::size_t colour = static_cast<std::size_t>(planes.channels);
  const auto level = [scale](float v) { return static_cast<std::uint8_t>(std::clamp(v * scale + 0.5f, 0.0f, 255.0f)); };
  for (std::size_t i = 0; i < planes.v.size(); i += colour) {
    if (channels == 1 && colour == 3) {
      *to++ = level(0.299f * planes.v[i] + 0.587f * planes.v[i + 1] + 0.114f * planes.v[i + 2]);  // ITU-R BT.601
      continue;
    }
    for (std::size_t c = 0; c < channels; ++c) {
      *to++ = level(planes.v[i + (colour == 1 ? 0 : std::min(c, colour - 1))]);
    }
  }
}

}  // namespace

void network_view(const Image& image, int width, int height, int channels, std::uint8_t* to) {
  store(fitted(image, width, height), static_cast<std::size_t>(channels), to);
}

void network_view(const Picture& picture, const Image& image, int frame, int width, int height, int channels,
                  std::uint8_t* to) {
  if (picture.tones.empty() && picture.frames > 1) {
    network_view(frame_of(image, picture.frames, frame), width, height, channels, to);
  } else if (picture.tones.empty()) {
    network_view(image, width, height, channels, to);
  } else {
    network_view(frame_view(picture, image, frame), width, height, channels, to);
  }
  if (!picture.inverted) return;
  const std::size_t n =
      static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(channels);
  std::transform(to, to + n, to, [](std::uint8_t v) { return static_cast<std::uint8_t>(255 - v); });
}

}  // namespace wardmark
