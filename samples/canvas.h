#pragma once
#include <cstdint>
#include <vector>

/// Drawing with arithmetic that gives the same bytes on every machine: +, -, *, / and sqrt in float32, no libm.
namespace wardmark::samples {

/// A picture while it is drawn: interleaved float32, 0 black to 1 white, one or three channels, rows top to bottom.
struct Canvas {
  int width = 0;
  int height = 0;
  int channels = 1;
  std::vector<float> v;

  Canvas(int width_px, int height_px, int channel_count)
      : width(width_px),
        height(height_px),
        channels(channel_count),
        v(static_cast<std::size_t>(width_px) * static_cast<std::size_t>(height_px) *
          static_cast<std::size_t>(channel_count)) {}
};

struct Point {
  float x = 0;
  float y = 0;
};
inline Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
inline Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
inline Point operator*(Point a, float s) { return {a.x * s, a.y * s}; }

struct Colour {
  float r = 0;
  float g = 0;
  float b = 0;
};
Colour mix(Colour a, Colour b, float t);

/// A fixed stream of numbers for one picture: a function of class, picture and draw number alone.
class Dice {
 public:
  Dice(std::uint32_t class_number, std::uint32_t picture);
  std::uint32_t word();
  /// Uniform in [low, high).
  float between(float low, float high);
  /// The same, negative half of the time.
  float either_side(float low, float high);

 private:
  std::uint64_t state_;
};

/// 32 well mixed bits of a lattice point.
std::uint32_t lattice(std::uint32_t seed, int x, int y);

inline float clamp01(float x) { return x < 0.0f ? 0.0f : (x > 1.0f ? 1.0f : x); }
inline float mix(float a, float b, float t) { return a + (b - a) * t; }
/// 0 below `low`, 1 above `high`, smooth between.
float step(float low, float high, float x);
/// sin(2 pi x) to 1e-3.
float wave(float x);
float length(Point p);
/// The point turned by `turns` (1 = a full turn) about the origin.
Point turned(Point p, float turns);
/// Roughly normal with mean 0 and deviation 1 for one pixel.
float grain(std::uint32_t seed, int x, int y);
/// Smooth noise, -1 to 1, features about one unit large.
float noise(std::uint32_t seed, Point p);
/// `octaves` of noise, each half as large and half as strong, -1 to 1 in practice.
float clouds(std::uint32_t seed, Point p, int octaves);

/// How far outside an upright ellipse a point is: below 0 inside, in units of its smaller radius.
float outside_ellipse(Point p, Point centre, Point radii);
/// Distance of a point from a segment.
float from_segment(Point p, Point a, Point b);

}  // namespace wardmark::samples
