#pragma once
#include <torch/torch.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <random>

#include "evaluate/breaker.h"

namespace wardmark::testing {

/// Pictures with edges, slopes and grain, each different; classes 0..classes-1 in turn.
inline PixelSet pictures(std::size_t n, int height, int width, int channels, int classes, unsigned seed = 1) {
  PixelSet set;
  set.height = height;
  set.width = width;
  set.channels = channels;
  for (int c = 0; c < classes; ++c) set.classes.push_back("class " + std::to_string(c));
  set.samples.resize(n * set.item_samples());
  std::mt19937 random(seed);
  const auto uniform = [&random] { return static_cast<double>(random()) / 4294967296.0; };
  std::size_t at = 0;
  for (std::size_t i = 0; i < n; ++i) {
    set.labels.push_back(static_cast<std::int64_t>(i % static_cast<std::size_t>(classes)));
    const double slope = uniform() * 4, turn = uniform() * 6.28, edge = uniform() * width, wave = 0.2 + uniform();
    double base[3], step[3];
    for (int c = 0; c < 3; ++c) {
      base[c] = 60 + 100 * uniform();
      step[c] = 80 * uniform() - 40;
    }
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        for (int c = 0; c < channels; ++c) {
          const double level = base[c] + slope * (x * std::cos(turn) + y * std::sin(turn)) +
                               (x + y / 2.0 > edge ? step[c] : 0) + 20 * std::sin(wave * x) * std::cos(wave * y) +
                               12 * uniform();
          set.samples[at++] = static_cast<std::uint8_t>(std::fmin(255, std::fmax(0, level)));
        }
      }
    }
  }
  return set;
}

/// One sample of one picture.
inline int sample(const PixelSet& set, std::size_t i, int y, int x, int c) {
  return set.item(i)[static_cast<std::size_t>((y * set.width + x) * set.channels + c)];
}

/// A batch of pictures as the trainer makes it.
inline Batch batch_of(std::int64_t n, std::int64_t channels, std::int64_t height, std::int64_t width,
                      std::int64_t classes, std::uint64_t seed = 1) {
  torch::Generator random = at::detail::createCPUGenerator(seed);
  Batch batch;
  batch.x = torch::rand({n, channels, height, width}, random);
  batch.y = torch::randint(classes, {n}, random, torch::kInt64);
  batch.epochs = 1;
  return batch;
}

inline torch::Generator generator(std::uint64_t seed) { return at::detail::createCPUGenerator(seed); }

/// The smallest network with something to normalise: one convolution, batch norm, mean over the picture.
class TinyNetwork : public Network {
 public:
  TinyNetwork(std::int64_t channels, std::int64_t classes)
      : convolution(register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(channels, 8, 3).padding(1)))),
        norm(register_module("bn", torch::nn::BatchNorm2d(8))),
        linear(register_module("fc", torch::nn::Linear(16, classes))) {}
  torch::Tensor features(const torch::Tensor& x) override {
    const torch::Tensor h = torch::relu(norm(convolution(x)));
    return torch::cat({h.mean({2, 3}), h.amax({2, 3})}, 1);
  }
  torch::Tensor head(const torch::Tensor& f) override { return linear(f); }
  torch::nn::Linear last_layer() override { return linear; }
  torch::nn::Conv2d convolution;
  torch::nn::BatchNorm2d norm;
  torch::nn::Linear linear;
};

inline Classifier tiny_classifier(std::int64_t channels, std::int64_t classes, std::uint64_t seed = 7) {
  torch::manual_seed(seed);
  Classifier model;
  model.network = std::make_shared<TinyNetwork>(channels, classes);
  model.mean = torch::full({1, channels, 1, 1}, 0.45);
  model.std = torch::full({1, channels, 1, 1}, 0.25);
  model.network->train();
  return model;
}

/// Codecs that are none: levels rounded down to a multiple of what the quality leaves.
inline Codecs coarse_codecs() {
  const auto recode = [](int quality) -> Recode {
    return [quality](std::span<std::uint8_t> samples, int, int, int) {
      const int step = 1 + (100 - quality) / 4;
      for (std::uint8_t& s : samples) s = static_cast<std::uint8_t>(s / step * step);
    };
  };
  return {[recode](int quality, bool) { return recode(quality); }, recode};
}

/// The row of that name, prepared.
inline Breaker prepared(std::string_view text, const BreakerInput& given) {
  const BreakerChoice choice = choose_breakers(text).front();
  BreakerInput input = given;
  input.strength = choice.strength;
  return choice.info->prepare(input);
}

}  // namespace wardmark::testing
