#include "samples/pictures.h"

namespace wardmark::samples {
namespace {

/// Fills a colour canvas with shade(position); the height runs from 0 to 1.
template <class Shade>
void fill(Canvas& canvas, std::uint32_t seed, float deviation, Shade shade) {
  const float scale = 1.0f / static_cast<float>(canvas.height);
  float* out = canvas.v.data();
  for (int y = 0; y < canvas.height; ++y) {
    for (int x = 0; x < canvas.width; ++x, out += 3) {
      const Colour c = shade(Point{(static_cast<float>(x) + 0.5f) * scale, (static_cast<float>(y) + 0.5f) * scale});
      const float spread = deviation * grain(seed, x, y);
      out[0] = clamp01(c.r + spread);
      out[1] = clamp01(c.g + spread);
      out[2] = clamp01(c.b + spread);
    }
  }
}

Colour scaled(Colour c, float s) { return {c.r * s, c.g * s, c.b * s}; }

struct Pair {
  Colour dark;
  Colour light;
};

constexpr Pair kTimbers[] = {
    {{0.30f, 0.16f, 0.08f}, {0.62f, 0.40f, 0.22f}},  // walnut
    {{0.55f, 0.36f, 0.19f}, {0.84f, 0.66f, 0.43f}},  // oak
    {{0.66f, 0.47f, 0.28f}, {0.93f, 0.80f, 0.60f}},  // pine
    {{0.40f, 0.15f, 0.09f}, {0.70f, 0.34f, 0.20f}},  // cherry
};

struct Wood {
  explicit Wood(std::uint32_t number) : dice(4, number), timber(kTimbers[number % 4]) {}
  Dice dice;
  Pair timber;
  std::uint32_t seed = dice.word();
  float planks = dice.between(3.0f, 5.9f);
  float angle = dice.between(-0.008f, 0.008f);

  Colour shade(Point p) const {
    const Point q = turned(p, angle);
    const float row = q.y * planks + 8.0f;
    const int plank = static_cast<int>(row);
    const std::uint32_t own = lattice(seed, plank, 0);
    const float within = row - static_cast<float>(plank);
    // A plank is a flat cut through a slightly crooked trunk: the rings appear as long arches.
    const float centre = static_cast<float>(own & 0xffu) / 255.0f;
    const float depth = 0.06f + 0.3f * static_cast<float>((own >> 8) & 0xffu) / 255.0f;
    const float slope = 0.12f * (static_cast<float>((own >> 16) & 0xffu) / 255.0f - 0.5f);
    const float bow = 0.16f * clouds(own, {q.x * 1.1f, within * 0.7f}, 3);
    const float radius = length({(within - centre) / planks * 1.6f + bow * 0.35f, depth + slope * q.x + 0.25f * bow});
    const float ring = radius * 46.0f + 0.35f * clouds(own + 1, {q.x * 2.0f, q.y * 22.0f}, 3);
    const float phase = ring - static_cast<float>(static_cast<int>(ring));
    const float late = step(0.15f, 0.92f, phase) * (1.0f - step(0.92f, 1.0f, phase));  // summer wood is darker
    const float pores = clouds(own + 2, {q.x * 9.0f, q.y * 210.0f}, 2);
    const float tone = 0.72f - 0.62f * late + 0.22f * clouds(own + 3, {q.x * 1.5f, q.y * 4.0f}, 3) + 0.16f * pores;
    Colour c = mix(timber.dark, timber.light, clamp01(tone));
    c = scaled(c, 0.88f + 0.24f * static_cast<float>(own >> 24) / 255.0f);
    const float seam = (within < 0.5f ? within : 1.0f - within) / planks;
    return scaled(c, mix(0.30f, 1.0f, step(0.0005f, 0.005f, seam)) * (0.94f + 0.10f * step(0.0f, 0.02f, seam)));
  }
};

struct Stone {
  Colour ground;
  Colour cloud;
  Colour vein;
};

constexpr Stone kStones[] = {
    {{0.93f, 0.93f, 0.92f}, {0.82f, 0.83f, 0.85f}, {0.42f, 0.44f, 0.48f}},  // white, grey veins
    {{0.10f, 0.11f, 0.12f}, {0.20f, 0.20f, 0.21f}, {0.86f, 0.80f, 0.66f}},  // black, pale veins
    {{0.13f, 0.29f, 0.23f}, {0.25f, 0.45f, 0.36f}, {0.80f, 0.88f, 0.82f}},  // green
    {{0.86f, 0.72f, 0.62f}, {0.78f, 0.58f, 0.48f}, {0.48f, 0.26f, 0.20f}},  // rose
};

struct Marble {
  explicit Marble(std::uint32_t number) : dice(5, number), stone(kStones[number % 4]) {}
  Dice dice;
  Stone stone;
  std::uint32_t seed = dice.word();
  float scale = dice.between(1.6f, 2.6f);
  float angle = dice.between(-0.2f, 0.2f);

  /// Veins lie where a folded cloud field crosses zero; `width` in the field's own units.
  float veins(Point p, std::uint32_t own, float width) const {
    const float field = clouds(own, p, 5);
    return 1.0f - step(0.15f * width, width, field < 0.0f ? -field : field);
  }

  Colour shade(Point p) const {
    const Point q = turned(p, angle) * scale;
    const Point fold = {clouds(seed + 1, q * 1.1f, 4), clouds(seed + 2, q * 1.1f, 4)};
    const Point r = {q.x * 0.55f + 0.9f * fold.x, q.y * 1.3f + 0.9f * fold.y};
    const float body = 0.5f + 0.9f * clouds(seed + 500, r * 1.4f, 5);
    Colour c = mix(stone.ground, stone.cloud, clamp01(body));
    const float reach = step(-0.25f, 0.30f, noise(seed + 7, q * 0.9f));  // veins thin out and vanish
    c = mix(c, stone.vein, 0.85f * reach * veins(r, seed + 11, 0.035f));
    c = mix(c, stone.vein, 0.35f * veins(r * 2.3f, seed + 13, 0.030f));
    const float polish = 0.97f + 0.06f * clouds(seed + 17, p * 1.2f, 2);
    return scaled(c, polish);
  }
};

constexpr Colour kDyes[] = {
    {0.16f, 0.24f, 0.42f}, {0.62f, 0.14f, 0.16f}, {0.13f, 0.34f, 0.26f}, {0.85f, 0.79f, 0.66f},
    {0.76f, 0.55f, 0.18f}, {0.36f, 0.20f, 0.36f}, {0.20f, 0.20f, 0.22f}, {0.45f, 0.55f, 0.62f},
};

struct Fabric {
  explicit Fabric(std::uint32_t number) : dice(6, number) {}
  Dice dice;
  std::uint32_t seed = dice.word();
  Colour ground = kDyes[dice.word() % 8];
  Colour band = kDyes[dice.word() % 8];
  Colour accent = kDyes[dice.word() % 8];
  float threads = dice.between(54.0f, 76.0f);  // per height
  int repeat = 20 + static_cast<int>(dice.word() % 14);
  int band_width = 5 + static_cast<int>(dice.word() % 5);
  float angle = dice.between(-0.012f, 0.012f);

  /// Dye of a thread: a tartan, the same order in both directions.
  Colour dye(int thread) const {
    const int at = ((thread % repeat) + repeat) % repeat;
    if (at < band_width) return band;
    if (at == band_width + 3 || at == band_width + 4) return accent;
    return ground;
  }

  Colour shade(Point p) const {
    const Point drape = {0.010f * clouds(seed + 1, p * 2.0f, 3), 0.010f * clouds(seed + 2, p * 2.0f, 3)};
    const Point q = (turned(p, angle) + drape + Point{2.0f, 2.0f}) * threads;
    const int column = static_cast<int>(q.x);
    const int row = static_cast<int>(q.y);
    const float u = q.x - static_cast<float>(column) - 0.5f;
    const float v = q.y - static_cast<float>(row) - 0.5f;
    const bool warp = ((column + row) & 3) < 2;  // a twill: two over, two under, one further each row
    const float across = warp ? u : v;
    const int thread = warp ? column : row;
    // Threads are round, so they darken to their sides, and each is a little uneven along its length.
    const float round = 1.0f - 2.6f * across * across;
    const float uneven = noise(seed + 3 + (warp ? 0u : 50u) + static_cast<std::uint32_t>(thread) * 7u,
                               {warp ? q.y * 0.6f : q.x * 0.6f, 0.5f});
    const float fibre = noise(seed + 5, {q.x * 3.0f + (warp ? 0.0f : q.y), q.y * 3.0f + (warp ? q.x : 0.0f)});
    const float folds = 1.0f + 0.32f * clouds(seed + 9, p * 1.3f, 3);
    const float light = (0.50f + 0.58f * round + 0.10f * uneven + 0.12f * fibre) * folds * (warp ? 1.0f : 0.93f);
    return scaled(dye(thread), light);
  }
};

}  // namespace

void draw_wood(Canvas& canvas, std::uint32_t number) {
  const Wood wood(number);
  fill(canvas, wood.seed, 0.008f, [&](Point p) { return wood.shade(p); });
}

void draw_marble(Canvas& canvas, std::uint32_t number) {
  const Marble marble(number);
  fill(canvas, marble.seed, 0.006f, [&](Point p) { return marble.shade(p); });
}

void draw_fabric(Canvas& canvas, std::uint32_t number) {
  const Fabric fabric(number);
  fill(canvas, fabric.seed, 0.012f, [&](Point p) { return fabric.shade(p); });
}

}  // namespace wardmark::samples
