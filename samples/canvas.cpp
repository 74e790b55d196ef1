#include "samples/canvas.h"

#include <cmath>

namespace wardmark::samples {
namespace {

std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

float unit(std::uint32_t bits) { return static_cast<float>(bits >> 8) * (1.0f / 16777216.0f); }

// Whole part towards minus infinity; coordinates stay far below 2^31.
int whole(float x) {
  const int i = static_cast<int>(x);
  return static_cast<float>(i) > x ? i - 1 : i;
}

}  // namespace

Dice::Dice(std::uint32_t class_number, std::uint32_t picture)
    : state_(mixed((std::uint64_t{class_number} << 32) | picture)) {}

std::uint32_t Dice::word() {
  state_ = mixed(state_);
  return static_cast<std::uint32_t>(state_ >> 32);
}

float Dice::between(float low, float high) { return mix(low, high, unit(word())); }

float Dice::either_side(float low, float high) {
  const float size = between(low, high);
  return (word() & 1u) != 0 ? -size : size;
}

std::uint32_t lattice(std::uint32_t seed, int x, int y) {
  std::uint32_t h =
      seed * 0x9e3779b1u + static_cast<std::uint32_t>(x) * 0x85ebca77u + static_cast<std::uint32_t>(y) * 0xc2b2ae3du;
  h = (h ^ (h >> 15)) * 0x2c1b3c6du;
  h = (h ^ (h >> 12)) * 0x297a2d39u;
  return h ^ (h >> 15);
}

Colour mix(Colour a, Colour b, float t) { return {mix(a.r, b.r, t), mix(a.g, b.g, t), mix(a.b, b.b, t)}; }

float step(float low, float high, float x) {
  const float t = clamp01((x - low) / (high - low));
  return t * t * (3.0f - 2.0f * t);
}

float wave(float x) {
  const float t = x - static_cast<float>(whole(x));
  const float half = t < 0.5f ? t : t - 0.5f;  // one arch of the sine as a parabola, then corrected
  const float arch = 16.0f * half * (0.5f - half);
  const float value = 0.775f * arch + 0.225f * arch * arch;
  return t < 0.5f ? value : -value;
}

float length(Point p) { return std::sqrt(p.x * p.x + p.y * p.y); }

Point turned(Point p, float turns) {
  const float s = wave(turns);
  const float c = wave(turns + 0.25f);
  return {c * p.x - s * p.y, s * p.x + c * p.y};
}

float grain(std::uint32_t seed, int x, int y) {
  const std::uint32_t a = lattice(seed, x, y);
  const std::uint32_t b = lattice(seed + 1, x, y);
  const std::uint32_t sum = (a & 0xffffu) + (a >> 16) + (b & 0xffffu) + (b >> 16);
  return (static_cast<float>(sum) / 65535.0f - 2.0f) * 1.7320508f;
}

float noise(std::uint32_t seed, Point p) {
  const int x = whole(p.x);
  const int y = whole(p.y);
  const float u = p.x - static_cast<float>(x);
  const float v = p.y - static_cast<float>(y);
  const float fade_u = u * u * u * (u * (u * 6.0f - 15.0f) + 10.0f);
  const float fade_v = v * v * v * (v * (v * 6.0f - 15.0f) + 10.0f);
  const float top = mix(unit(lattice(seed, x, y)), unit(lattice(seed, x + 1, y)), fade_u);
  const float bottom = mix(unit(lattice(seed, x, y + 1)), unit(lattice(seed, x + 1, y + 1)), fade_u);
  return 2.0f * mix(top, bottom, fade_v) - 1.0f;
}

float clouds(std::uint32_t seed, Point p, int octaves) {
  float sum = 0.0f;
  float strength = 0.5f;
  for (int octave = 0; octave < octaves; ++octave) {
    sum += strength * noise(seed + static_cast<std::uint32_t>(octave) * 101u, p);
    // An uneven factor keeps the lattices of the octaves from lining up.
    p = turned(p, 0.09f) * 2.03f;
    strength *= 0.5f;
  }
  return sum;
}

float outside_ellipse(Point p, Point centre, Point radii) {
  const Point q = p - centre;
  const float reach = length({q.x / radii.x, q.y / radii.y});
  return (reach - 1.0f) * (radii.x < radii.y ? radii.x : radii.y);
}

float from_segment(Point p, Point a, Point b) {
  const Point along = b - a;
  const Point q = p - a;
  const float t = clamp01((q.x * along.x + q.y * along.y) / (along.x * along.x + along.y * along.y));
  return length(q - along * t);
}

}  // namespace wardmark::samples
