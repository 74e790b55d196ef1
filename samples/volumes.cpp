#include "samples/volumes.h"

#include <cmath>

#include "samples/canvas.h"

namespace wardmark::samples {
namespace {

/// Where a point of the volume is: each part 0 to 1, soft at its edge.
struct Parts {
  float skin = 0, skull = 0, brain = 0, fluid = 0, bleeding = 0;
};

float inside(Point p, float z, Point centre, Point radii, float depth, float middle) {
  const float along = (z - middle) / depth;
  const float left = 1.0f - along * along;
  if (left <= 0.0f) return 0.0f;
  const float scale = std::sqrt(left);
  const float distance = outside_ellipse(p, centre, radii * scale);
  return 1.0f - step(-0.01f, 0.01f, distance);
}

Parts parts_of(Point p, float z) {
  Parts parts;
  parts.skin = inside(p, z, {0, 0}, {0.72f, 0.86f}, 1.35f, -0.1f);
  parts.skull = inside(p, z, {0, 0}, {0.66f, 0.80f}, 1.25f, -0.1f);
  parts.brain = inside(p, z, {0, 0}, {0.59f, 0.73f}, 1.15f, -0.1f);
  const float side = p.x < 0 ? -p.x : p.x;
  parts.fluid = inside({side, p.y}, z, {0.13f, -0.05f}, {0.07f, 0.24f}, 0.55f, 0.05f);
  parts.bleeding = inside(p, z, {-0.30f, 0.22f}, {0.16f, 0.14f}, 0.40f, 0.15f);
  return parts;
}

Point place(int size, int x, int y) {
  const float scale = 2.0f / static_cast<float>(size);
  return {(static_cast<float>(x) + 0.5f) * scale - 1.0f, (static_cast<float>(y) + 0.5f) * scale - 1.0f};
}

std::int16_t rounded(float value) {
  return static_cast<std::int16_t>(value < 0 ? static_cast<int>(value - 0.5f) : static_cast<int>(value + 0.5f));
}

template <class Shade>
std::vector<std::int16_t> slice(int size, Shade shade) {
  std::vector<std::int16_t> values;
  values.reserve(static_cast<std::size_t>(size) * static_cast<std::size_t>(size));
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) values.push_back(rounded(shade(place(size, x, y), x, y)));
  }
  return values;
}

}  // namespace

std::vector<std::int16_t> ct_slice(int size, float z, std::uint32_t seed) {
  return slice(size, [&](Point p, int x, int y) {
    if (p.x * p.x + p.y * p.y > 0.98f) return static_cast<float>(kCtPadding);
    const Parts in = parts_of(p, z);
    float value = mix(-1000.0f, -60.0f + 90.0f * clouds(7, p * 9.0f, 2), in.skin);
    value = mix(value, 950.0f + 250.0f * noise(11, p * 6.0f), in.skull);
    value = mix(value, 34.0f + 5.0f * clouds(13, p * 10.0f, 3), in.brain);
    value = mix(value, 8.0f, in.fluid);
    value = mix(value, 68.0f, in.bleeding);
    const float grown = value + 8.0f * grain(seed, x, y);
    return grown < -1024.0f ? -1024.0f : grown;
  });
}

std::vector<std::int16_t> mr_slice(int size, float z, std::uint32_t seed) {
  return slice(size, [&](Point p, int x, int y) {
    const Parts in = parts_of(p, z);
    float value = mix(20.0f, 2600.0f, in.skin);
    value = mix(value, 150.0f, in.skull);
    value = mix(value, 1300.0f + 260.0f * clouds(13, p * 10.0f, 3), in.brain);
    value = mix(value, 420.0f, in.fluid);
    value = mix(value, 2100.0f, in.bleeding);
    const float grown = value + 22.0f * grain(seed, x, y);
    return grown < 0.0f ? 0.0f : (grown > 4095.0f ? 4095.0f : grown);
  });
}

std::vector<std::uint8_t> bleeding_mask(int size, float z) {
  std::vector<std::uint8_t> mask;
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) mask.push_back(parts_of(place(size, x, y), z).bleeding > 0.5f ? 1 : 0);
  }
  return mask;
}

}  // namespace wardmark::samples
