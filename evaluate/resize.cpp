#include "evaluate/resize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "evaluate/pixels.h"

namespace wardmark {
namespace {

constexpr std::array kFactors = {0.5, 0.25, 0.75};

// What one output place is made of: input places from `first` on with their weights, of sum 1.
struct Source {
  int first = 0;
  std::vector<float> weights;
};

std::vector<Source> area_sources(int in, int out) {
  std::vector<Source> sources;
  const double step = static_cast<double>(in) / out;
  for (int i = 0; i < out; ++i) {
    const double begin = i * step;
    const double end = i + 1 == out ? in : (i + 1) * step;
    Source source{static_cast<int>(begin), {}};
    for (int j = source.first; j < end && j < in; ++j) {
      const double covered = std::min<double>(end, j + 1) - std::max<double>(begin, j);
      source.weights.push_back(static_cast<float>(covered / (end - begin)));
    }
    sources.push_back(std::move(source));
  }
  return sources;
}

std::vector<Source> bilinear_sources(int in, int out) {
  std::vector<Source> sources;
  for (int i = 0; i < out; ++i) {
    const double place = std::clamp((i + 0.5) * in / out - 0.5, 0.0, in - 1.0);
    const int first = std::min(static_cast<int>(place), std::max(0, in - 2));
    const float second = static_cast<float>(place - first);
    if (in == 1)
      sources.push_back({0, {1.0F}});
    else
      sources.push_back({first, {1 - second, second}});
  }
  return sources;
}

PixelSet resampled(const PixelSet& set, const std::vector<Source>& rows, const std::vector<Source>& columns) {
  PixelSet out = with_size(set, static_cast<int>(rows.size()), static_cast<int>(columns.size()));
  const std::size_t channels = static_cast<std::size_t>(set.channels);
  const std::size_t line = static_cast<std::size_t>(set.width) * channels;
  std::vector<float> mixed(line);
  for (std::size_t i = 0; i < set.size(); ++i) {
    const ByteView in = set.item(i);
    std::uint8_t* to = item_of(out, i).data();
    for (const Source& row : rows) {
      std::ranges::fill(mixed, 0.0F);
      for (std::size_t t = 0; t < row.weights.size(); ++t) {
        const std::uint8_t* from = in.data() + (static_cast<std::size_t>(row.first) + t) * line;
        for (std::size_t k = 0; k < line; ++k) mixed[k] += row.weights[t] * static_cast<float>(from[k]);
      }
      for (const Source& column : columns) {
        for (std::size_t c = 0; c < channels; ++c) {
          float sum = 0.5F;
          for (std::size_t t = 0; t < column.weights.size(); ++t)
            sum += column.weights[t] * mixed[(static_cast<std::size_t>(column.first) + t) * channels + c];
          *to++ = static_cast<std::uint8_t>(std::min(sum, 255.0F));
        }
      }
    }
  }
  return out;
}

int scaled(int side, double factor) { return std::max(1, static_cast<int>(std::lround(side * factor))); }

Breaker prepare(const BreakerInput& input) {
  Breaker breaker;
  breaker.preprocess = [factor = input.strength.value_or(kFactors[0])](const PixelSet& train) {
    const PixelSet small = shrunk_by_area(train, scaled(train.height, factor), scaled(train.width, factor));
    return enlarged_bilinearly(small, train.height, train.width);
  };
  return breaker;
}

}  // namespace

PixelSet shrunk_by_area(const PixelSet& set, int height, int width) {
  return resampled(set, area_sources(set.height, height), area_sources(set.width, width));
}

PixelSet enlarged_bilinearly(const PixelSet& set, int height, int width) {
  return resampled(set, bilinear_sources(set.height, height), bilinear_sources(set.width, width));
}

BreakerInfo resize_breaker() {
  return {.name = "resize",
          .summary = "training pictures made smaller by this factor (area) and brought back (bilinear)",
          .source = "ours: what scrapers do to pictures",
          .unit = "factor",
          .least = 0.05,
          .most = 0.95,
          .strengths = kFactors,
          .prepare = prepare};
}

}  // namespace wardmark
