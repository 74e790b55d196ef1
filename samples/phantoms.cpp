#include "samples/pictures.h"

namespace wardmark::samples {
namespace {

/// Position of a pixel with the shorter side from -1 to 1.
Point place(const Canvas& canvas, int x, int y) {
  const int side = canvas.width < canvas.height ? canvas.width : canvas.height;
  const float scale = 2.0f / static_cast<float>(side);
  return {(static_cast<float>(x) + 0.5f - 0.5f * static_cast<float>(canvas.width)) * scale,
          (static_cast<float>(y) + 0.5f - 0.5f * static_cast<float>(canvas.height)) * scale};
}

/// Fills a grey canvas with shade(position), then adds grain of the given deviation where `seed` says.
template <class Shade>
void fill(Canvas& canvas, std::uint32_t seed, float deviation, Shade shade) {
  for (int y = 0; y < canvas.height; ++y) {
    for (int x = 0; x < canvas.width; ++x) {
      const float value = shade(place(canvas, x, y)) + deviation * grain(seed, x, y);
      canvas.v[static_cast<std::size_t>(y) * static_cast<std::size_t>(canvas.width) + static_cast<std::size_t>(x)] =
          clamp01(value);
    }
  }
}

/// 1 well inside (negative distance), 0 outside, with an edge `soft` wide.
float inside(float distance, float soft) { return 1.0f - step(-0.5f * soft, 0.5f * soft, distance); }

/// 1 on a line `half` to each side, fading over `soft`.
float line(float distance, float half, float soft) { return 1.0f - step(half - soft, half + soft, distance); }

struct Head {
  explicit Head(std::uint32_t number) : dice(1, number) {}
  Dice dice;
  std::uint32_t seed = dice.word();
  float tilt = dice.between(-0.02f, 0.02f);
  Point centre = {dice.between(-0.05f, 0.05f), dice.between(-0.05f, 0.05f)};
  Point radii = {dice.between(0.62f, 0.70f), dice.between(0.78f, 0.86f)};
  float bone = dice.between(0.050f, 0.075f);
  float horns = dice.between(0.75f, 1.5f);  // the fluid spaces grow with age
  float level = dice.between(0.42f, 0.48f);
  bool bleeding = dice.between(0.0f, 1.0f) < 0.35f;
  Point lesion = {dice.either_side(0.2f, 0.34f), dice.between(-0.35f, 0.35f)};
  float lesion_radius = dice.between(0.07f, 0.14f);

  /// Distance from a bent stroke through three points that widens from `thin` to `thick`.
  static float stroke(Point p, Point a, Point b, Point c, float thin, float thick) {
    const float first = from_segment(p, a, b) - mix(thin, thick, 0.4f);
    const float second = from_segment(p, b, c) - thick;
    return first < second ? first : second;
  }

  float fluid(Point p) const {
    const Point q = p + Point{clouds(seed + 51, p * 3.5f, 2), clouds(seed + 52, p * 3.5f, 2)} * 0.05f;
    const Point half = {q.x < 0.0f ? -q.x : q.x, q.y};
    const float front =
        stroke(half, {0.030f, -0.04f}, {0.060f, -0.17f}, {0.135f, -0.29f}, 0.014f * horns, 0.034f * horns);
    const float back = stroke(half, {0.120f, 0.13f}, {0.200f, 0.26f}, {0.195f, 0.39f}, 0.030f * horns, 0.036f * horns);
    const float middle = from_segment(half, {0.0f, 0.03f}, {0.0f, 0.12f}) - 0.013f * horns;
    const float nearest = front < back ? front : back;
    return inside(nearest < middle ? nearest : middle, 0.025f);
  }

  float brain(Point p, float depth) const {
    // Folds: narrow dark furrows where slow noise crosses zero, deepest near the surface.
    const float folds = clouds(seed + 11, p * 7.5f, 2);
    const float furrow = line(folds < 0.0f ? -folds : folds, 0.015f, 0.10f) * (1.0f - step(0.03f, 0.20f, depth));
    const float rim = 1.0f - step(0.09f, 0.16f, depth + 0.10f * clouds(seed + 23, p * 5.0f, 2));
    float value = level + 0.055f * rim + 0.02f * clouds(seed + 37, p * 3.0f, 3);
    const Point half = {p.x < 0.0f ? -p.x : p.x, p.y};
    value += 0.05f * inside(outside_ellipse(half, {0.17f, 0.02f}, {0.09f, 0.14f}), 0.05f);  // deep grey nuclei
    value = mix(value, 0.22f, 0.75f * furrow);
    value = mix(value, 0.20f, fluid(p));
    value += 0.13f * line(half.x, 0.006f, 0.006f) * step(0.30f, 0.42f, p.y < 0.0f ? -p.y : p.y);  // the falx
    if (bleeding) {
      const float wobble = 0.35f * lesion_radius * clouds(seed + 41, p * 9.0f, 2);
      const float distance = length(p - lesion) - lesion_radius + wobble;
      value = mix(value, 0.33f, 0.6f * inside(distance - 0.045f, 0.06f));
      value = mix(value, 0.74f, inside(distance, 0.03f));
    }
    return value;
  }

  float shade(Point p) const {
    const float table = length(p - Point{0.0f, 0.05f}) - 0.965f;
    float value = 0.28f * line(table < 0.0f ? -table : table, 0.008f, 0.006f) * step(0.35f, 0.40f, p.y);
    const Point q = turned(p - centre, tilt);
    const float egg = 1.0f + 0.07f * q.y;  // wider at the back
    const float skin = outside_ellipse({q.x / egg, q.y}, {0, 0}, {radii.x + 0.055f, radii.y + 0.05f});
    const float outer = outside_ellipse({q.x / egg, q.y}, {0, 0}, radii);
    const float depth = -(outer + bone);
    value = mix(value, 0.30f + 0.03f * clouds(seed + 5, q * 12.0f, 2), inside(skin, 0.012f));
    const float marrow =
        line(outer + 0.5f * bone < 0.0f ? -(outer + 0.5f * bone) : outer + 0.5f * bone, 0.12f * bone, 0.15f * bone);
    value =
        mix(value, 0.98f - 0.22f * marrow * step(-0.2f, 0.3f, clouds(seed + 7, q * 9.0f, 2)), inside(outer, 0.012f));
    value = mix(value, 0.22f, inside(-depth, 0.010f));
    return mix(value, brain(q, depth - 0.012f), inside(0.012f - depth, 0.012f));
  }
};

struct Chest {
  explicit Chest(std::uint32_t number) : dice(2, number) {}
  Dice dice;
  std::uint32_t seed = dice.word();
  Point centre = {dice.between(-0.05f, 0.05f), dice.between(-0.06f, 0.04f)};
  float breadth = dice.between(0.94f, 1.06f);
  float breath = dice.between(0.92f, 1.06f);
  float heart = dice.between(0.90f, 1.18f);
  float density = dice.between(0.92f, 1.05f);
  float haze = dice.between(0.0f, 1.0f) < 0.4f ? dice.between(0.10f, 0.20f) : 0.0f;
  Point haze_at = {dice.either_side(0.28f, 0.42f), dice.between(0.0f, 0.35f)};

  /// Air of both lungs, 0 to 1: tall ovals, cut off below by the diaphragm.
  float air(Point p) const {
    const bool right_of_picture = p.x > 0.0f;
    const float side = right_of_picture ? p.x : -p.x;
    const float lean = 0.10f * (p.y + 0.6f);
    const float oval = outside_ellipse({side - lean, p.y}, {0.33f, 0.02f}, {0.27f, 0.74f * breath});
    const float dome_top = (right_of_picture ? 0.52f : 0.46f) * breath;  // the liver pushes one side up
    const float reach = side - 0.40f;
    const float dome = dome_top + 0.95f * reach * reach - p.y;
    return inside(oval, 0.10f) * step(-0.02f, 0.05f, dome);
  }

  /// Ribs over one half: steep bands at the back, flatter and fainter ones at the front.
  float ribs(Point p) const {
    const float side = p.x < 0.0f ? -p.x : p.x;
    float sum = 0.0f;
    for (int i = 0; i < 10; ++i) {
      const float top = -0.86f + 0.158f * static_cast<float>(i);
      const float bow = side - 0.34f;
      const float back = p.y - (top + 0.30f * side - 0.10f + 0.55f * bow * bow);
      const float front = p.y - (top + 0.38f - 0.42f * side + 0.25f * bow * bow);
      const float width = 0.021f + 0.0012f * static_cast<float>(i);
      const float edge = step(0.05f, 0.12f, side) * (1.0f - step(0.66f, 0.78f, side));
      sum += edge * line(back < 0.0f ? -back : back, width, 0.018f);
      if (i < 7) sum += 0.45f * edge * step(0.25f, 0.4f, side) * line(front < 0.0f ? -front : front, width, 0.022f);
    }
    return sum;
  }

  float spine(Point p) const {
    const float bodies = 0.5f + 0.5f * wave(p.y * 5.5f);
    return line(p.x < 0.0f ? -p.x : p.x, 0.075f, 0.03f) * (0.7f + 0.3f * bodies);
  }

  /// The body, 0 to 1: neck, sloping shoulders, raised arms that leave the picture, trunk.
  static float outline(Point p) {
    const float slope = 1.0f - clamp01((p.x - 0.17f) / 0.62f);
    const float top = p.y + 0.52f + 0.40f * slope * slope * slope - 0.06f * (1.0f - slope);
    const float neck = 0.22f - p.x;
    const float shoulder = top > neck ? top : neck;
    const float armpit = 0.16f - 0.75f * (p.x - 0.80f) - p.y;
    const float trunk = 0.83f + 0.05f * p.y * p.y - p.x;
    const float arms = step(-0.03f, 0.05f, armpit);
    const float flank = step(-0.02f, 0.06f, trunk);
    return step(-0.03f, 0.06f, shoulder) * (flank + (1.0f - flank) * arms);
  }

  float shade(Point p) const {
    const Point q = {(p.x - centre.x) / breadth, p.y - centre.y};
    const float side = q.x < 0.0f ? -q.x : q.x;
    const float body = outline({side, q.y});
    const float lung = air(q);
    const float vessels = step(0.05f, 0.5f, clouds(seed + 3, q * 7.0f, 4)) * (1.0f - step(0.12f, 0.55f, side));
    float dense = 0.58f * body - 0.52f * lung * density + 0.10f * lung * vessels;
    dense += 0.055f * lung * clouds(seed + 5, q * 14.0f, 3);
    dense += (0.085f * lung + 0.035f * body) * ribs(q);
    dense += 0.17f * body * spine(q);
    const float muscle =
        outside_ellipse(turned(q - Point{0.13f, 0.27f}, 0.09f), {0, 0}, {0.24f * heart, 0.34f * heart});
    const float vena = outside_ellipse(q, {-0.05f, 0.12f}, {0.15f, 0.30f});
    const float arch = outside_ellipse(q, {0.08f, -0.28f}, {0.11f, 0.11f});
    const float shadow = inside(muscle, 0.09f) + 0.6f * inside(vena, 0.06f) + 0.5f * inside(arch, 0.05f);
    dense += 0.30f * (shadow > 1.0f ? 1.0f : shadow) * (0.25f + 0.75f * lung);
    const float windpipe = line(side, 0.035f, 0.025f) * (1.0f - step(-0.36f, -0.22f, q.y)) * body;
    dense -= 0.16f * windpipe;
    const float collar = from_segment({side, q.y}, {0.07f, -0.56f}, {0.58f, -0.70f});
    dense += 0.13f * line(collar, 0.028f, 0.016f) * body;
    const float cloud = outside_ellipse(q, haze_at, {0.24f, 0.22f}) + 0.12f * clouds(seed + 9, q * 5.0f, 3);
    dense += haze * lung * inside(cloud, 0.25f);
    dense += 0.07f * body * step(0.3f, 1.0f, q.y);
    const float above = dense < 0.0f ? 0.0f : dense;
    return 0.03f + 1.16f * above / (0.62f + 0.62f * above) + 0.05f * dense;
  }
};

struct Spine {
  explicit Spine(std::uint32_t number) : dice(3, number) {}
  Dice dice;
  std::uint32_t seed = dice.word();
  float shift = dice.between(-0.08f, 0.08f);
  float bend = dice.between(0.10f, 0.24f);
  float first = dice.between(-0.12f, 0.12f);
  float height = dice.between(0.285f, 0.325f);
  float worn = dice.between(0.0f, 6.0f);  // the disc that has lost its water
  float marrow = dice.between(0.40f, 0.50f);

  /// Where the column runs at this height: a hollow back.
  float course(float y) const { return shift - 0.12f + bend * (y - 0.1f) * (y - 0.1f) * 0.9f; }

  float shade(Point p) const {
    const float across = p.x - course(p.y);  // negative towards the belly
    const float along = (p.y - first + 1.2f) / height;
    const int number = static_cast<int>(along);
    const float within = along - static_cast<float>(number) - 0.5f;  // -0.5 to 0.5 inside one body and its disc

    const float back = 0.60f + 0.10f * bend - 0.06f * wave(0.25f * p.y) - across;
    const float skin = 0.72f + 0.04f * wave(0.3f * p.y + 0.1f) - across;
    float value = 0.16f + 0.10f * clouds(seed + 3, {p.x * 4.0f, p.y * 6.0f}, 4);  // bowel and muscle before the column
    value += 0.20f * step(0.15f, 0.45f, clouds(seed + 4, p * 3.0f, 3)) * inside(across + 0.22f, 0.1f);
    const float fibres = clouds(seed + 5, {p.x * 16.0f, p.y * 3.0f}, 3);
    value = mix(value, 0.20f + 0.14f * fibres, step(0.14f, 0.20f, across));
    value = mix(value, 0.82f + 0.07f * clouds(seed + 6, p * 8.0f, 3), step(-0.04f, 0.03f, -back));  // fat of the back
    value = mix(value, 0.02f, step(-0.012f, 0.012f, -skin));

    const float half = within < 0.0f ? -within : within;
    const float waist = 0.175f - 0.022f * (1.0f - 4.0f * within * within);
    const float side = across + 0.02f < 0.0f ? -(across + 0.02f) : across + 0.02f;
    const float body = (side - waist > (half - 0.37f) * height) ? side - waist : (half - 0.37f) * height;
    const float disc_half = 0.5f - half;
    const float disc = outside_ellipse({across, disc_half * height}, {-0.02f, 0.0f}, {0.185f, 0.055f});
    const float gap = static_cast<float>(number) + (within < 0.0f ? 0.0f : 1.0f) - worn;
    const float water = step(0.4f, 1.1f, gap < 0.0f ? -gap : gap);
    value = mix(value, 0.10f, inside(disc - 0.012f, 0.02f));
    value = mix(value, 0.14f + 0.46f * water,
                inside(outside_ellipse({across, disc_half * height}, {-0.02f, 0.0f}, {0.125f, 0.030f}), 0.02f));
    value = mix(value, 0.06f, inside(body - 0.010f, 0.012f));
    value = mix(value, marrow + 0.09f * clouds(seed + 7, p * 14.0f, 3), inside(body + 0.008f, 0.012f));

    const float canal = across - 0.255f < 0.0f ? -(across - 0.255f) : across - 0.255f;
    const float cord_end = step(0.05f, 0.2f, p.y);  // below it only a horse's tail of nerves
    value = mix(value, 0.06f, line(canal, 0.082f, 0.01f));
    value = mix(value, 0.90f + 0.05f * clouds(seed + 8, {p.x * 5.0f, p.y * 4.0f}, 2), line(canal, 0.066f, 0.010f));
    value = mix(value, 0.42f, line(canal, 0.030f, 0.008f) * (1.0f - cord_end));
    const float strands = wave(across * 60.0f + 0.4f * noise(seed + 12, {p.x * 2.0f, p.y * 3.0f}));
    value -= 0.22f * cord_end * line(canal, 0.050f, 0.02f) * step(-0.2f, 0.9f, strands);

    const Point spur = {across - 0.455f, (within - 0.22f) * height};
    const float process = outside_ellipse(turned(spur, 0.045f), {0, 0}, {0.115f, 0.058f});
    value = mix(value, 0.07f, inside(process - 0.010f, 0.012f));
    value = mix(value, marrow + 0.10f + 0.06f * clouds(seed + 9, p * 12.0f, 2), inside(process + 0.008f, 0.014f));
    // A surface coil lies under the back: bright there, dim towards the belly.
    return value * (0.62f + 0.50f * step(-0.9f, 0.7f, p.x));
  }
};

}  // namespace

void draw_head(Canvas& canvas, std::uint32_t number) {
  const Head head(number);
  fill(canvas, head.seed, 0.018f, [&](Point p) { return head.shade(p); });
}

void draw_chest(Canvas& canvas, std::uint32_t number) {
  const Chest chest(number);
  fill(canvas, chest.seed, 0.008f, [&](Point p) { return chest.shade(p); });
}

void draw_spine(Canvas& canvas, std::uint32_t number) {
  const Spine spine(number);
  fill(canvas, spine.seed, 0.016f, [&](Point p) { return spine.shade(p); });
}

}  // namespace wardmark::samples
