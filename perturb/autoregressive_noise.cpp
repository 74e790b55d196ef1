#include "perturb/autoregressive_noise.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "perturb/added_noise.h"
#include "perturb/parameter_values.h"

namespace wardmark {
namespace {

/// Norm 1 over 32 x 32 x 3, as published; the published 3 over 96 x 96 x 3 is the same.
constexpr double kUsualRms = 4.6 / 255;
constexpr int kTile = 224;
constexpr int kSignal = 32;
constexpr std::size_t kMargin = 4;
constexpr std::uint32_t kBlock = 16;
constexpr int kCandidates = 16;
constexpr double kLeastResponse = 10;
constexpr double kLeastRoughness = 0.8;

constexpr std::array kParameters = {kNoiseRms, kNoiseChannels, kTrainSize};

bool is_stable(std::span<const double> signal) {
  double squares = 0;
  for (const double v : signal) squares += v * v;
  return squares <= static_cast<double>(signal.size());  // not, when it is no number
}

/// Whether a signal of kSignal x kSignal differs enough from what its neighbours to the left and above let expect.
bool is_rough(std::span<const double> signal) {
  constexpr auto side = static_cast<std::size_t>(kSignal);
  double squares = 0, steps = 0;
  for (std::size_t y = 1; y < side; ++y) {
    for (std::size_t x = 1; x < side; ++x) {
      const double v = signal[y * side + x];
      const double step = v - (signal[y * side + x - 1] + signal[(y - 1) * side + x]) / 2;
      squares += v * v;
      steps += step * step;
    }
  }
  return steps >= kLeastRoughness * squares;
}

Coefficients drawn_coefficients(Stream& stream) {
  for (;;) {
    Coefficients weights{};
    double sum = 0;
    for (std::size_t k = 0; k < 8; ++k) {
      weights[k] = stream.normal();
      sum += weights[k];
    }
    if (sum == 0) continue;
    for (std::size_t k = 0; k < 8; ++k) weights[k] /= sum;
    if (!is_stable(autoregressive(weights, kSignal, kSignal, stream))) continue;
    const std::vector<double> second = autoregressive(weights, kSignal, kSignal, stream);
    if (is_stable(second) && is_rough(second)) return weights;
  }
}

using Signal = std::array<std::vector<double>, 3>;

Signal unit_signal(const Process& process, Stream& stream) {
  Signal signal;
  double squares = 0;
  for (std::size_t c = 0; c < signal.size(); ++c) {
    signal[c] = autoregressive(process[c], kSignal, kSignal, stream);
    for (const double v : signal[c]) squares += v * v;
  }
  const double norm = std::sqrt(squares);
  for (auto& values : signal) {
    for (double& v : values) v /= norm;
  }
  return signal;
}

double response(const Process& process, const Signal& signal) {
  constexpr auto side = static_cast<std::size_t>(kSignal);
  double sum = 0;
  for (std::size_t y = 0; y + 2 < side; ++y) {
    for (std::size_t x = 0; x + 2 < side; ++x) {
      double at = 0;
      for (std::size_t c = 0; c < signal.size(); ++c) {
        for (std::size_t k = 0; k < 9; ++k) {
          const double weight = k == 8 ? -1 : process[c][k];
          at += weight * signal[c][(y + k / 3) * side + x + k % 3];
        }
      }
      sum += at > 0 ? at : 0;
    }
  }
  return sum;
}

/// Signals that are stable at first may run away on a larger picture.
bool is_stable_at_large(const Process& process, Stream& stream) {
  return std::ranges::all_of(
      process, [&](const Coefficients& weights) { return is_stable(autoregressive(weights, kTile, kTile, stream)); });
}

Process next_process(const Subkey& pool_key, std::uint32_t slot, const std::vector<Process>& earlier) {
  const Subkey mark = pool_key.derive("ar-mark", {std::to_string(slot)});
  std::optional<Process> best;
  double best_response = 0;
  for (int n = 0; n < kCandidates || !best; ++n) {
    const std::string number = std::to_string(n);
    Stream stream(mark, "process", number);
    Process process;
    for (Coefficients& weights : process) weights = drawn_coefficients(stream);
    const Signal signal = unit_signal(process, stream);
    double least = kLeastResponse;
    for (const Process& other : earlier) least = std::min(least, response(other, signal));
    if (best && least <= best_response) continue;
    if (!is_stable_at_large(process, stream)) continue;
    best_response = least;
    best = process;
    if (least >= kLeastResponse) break;
  }
  return *best;
}

class AutoregressiveNoise final : public Protector {
 public:
  AutoregressiveNoise(const PrepareInput& input, const NoiseSettings& settings)
      : pool_key_(input.pool_key), settings_(settings) {
    std::map<std::uint32_t, std::uint32_t> last;  // of each block
    for (const std::uint32_t slot : input.slots) {
      std::uint32_t& end = last[slot / kBlock];
      end = std::max(end, slot);
    }
    for (const auto& [block, end] : last) {
      const std::vector<Process> found = keyed_processes(pool_key_, end);
      for (std::size_t i = 0; i < found.size(); ++i)
        processes_[block * kBlock + static_cast<std::uint32_t>(i)] = found[i];
    }
  }

  int train_side(int width, int height) const override { return usual_train_side(width, height, settings_.train_size); }
  Planes protect(const Planes& picture, const ItemContext& item, std::optional<Note>& why) const override {
    if (is_flat(picture)) {
      why = Note{Code::flat, {}};
      return {picture.width, picture.height, picture.channels, picture.full_range, {}};
    }
    const auto held = processes_.find(item.slot);
    const Process process = held == processes_.end() ? keyed_processes(pool_key_, item.slot).back() : held->second;
    Planes noise{picture.width, picture.height, settings_.channels(picture), picture.full_range, {}};
    const auto channels = static_cast<std::size_t>(noise.channels);
    const auto width = static_cast<std::size_t>(noise.width);
    noise.v.resize(width * static_cast<std::size_t>(noise.height) * channels);
    Stream start(pool_key_.derive("ar-mark", {std::to_string(item.slot)}), "item", item.id);
    for (int top = 0; top < noise.height; top += kTile) {
      for (int left = 0; left < noise.width; left += kTile) {
        const int w = std::min(kTile, noise.width - left), h = std::min(kTile, noise.height - top);
        for (std::size_t c = 0; c < channels; ++c) {
          const std::vector<double> tile = autoregressive(process[c % process.size()], w, h, start);
          auto value = tile.begin();
          for (int y = 0; y < h; ++y) {
            for (int x = 0; x < w; ++x) {
              noise.v[(static_cast<std::size_t>(top + y) * width + static_cast<std::size_t>(left + x)) * channels + c] =
                  static_cast<float>(*value++);
            }
          }
        }
      }
    }
    return with_noise(picture, noise, settings_.rms);
  }

 private:
  Subkey pool_key_;
  NoiseSettings settings_;
  std::map<std::uint32_t, Process> processes_;
};

std::unique_ptr<Protector> prepare(const PrepareInput& input) {
  check_parameter_names("ar", kParameters, input.parameters);
  return std::make_unique<AutoregressiveNoise>(input, noise_settings(input.parameters, kUsualRms));
}

}  // namespace

std::vector<double> autoregressive(const Coefficients& weights, int width, int height, Stream& start) {
  const std::size_t w = static_cast<std::size_t>(width) + kMargin, h = static_cast<std::size_t>(height) + kMargin;
  std::vector<double> field(w * h);
  for (std::size_t y = 0; y < h; ++y) {
    double* const row = field.data() + y * w;
    const std::size_t drawn = y < 2 ? w : std::min<std::size_t>(2, w);
    for (std::size_t x = 0; x < drawn; ++x) row[x] = start.normal();
    for (std::size_t x = drawn; x < w; ++x) {
      double sum = 0;
      for (std::size_t k = 0; k < 8; ++k) sum += weights[k] * (row - (2 - k / 3) * w)[x - 2 + k % 3];
      row[x] = sum;
    }
  }
  std::vector<double> out;
  out.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  for (std::size_t y = kMargin; y < h; ++y) {
    const double* const row = field.data() + y * w;
    out.insert(out.end(), row + kMargin, row + w);
  }
  return out;
}

std::vector<Process> keyed_processes(const Subkey& pool_key, std::uint32_t slot) {
  std::vector<Process> block;
  for (std::uint32_t s = slot / kBlock * kBlock; s <= slot; ++s) block.push_back(next_process(pool_key, s, block));
  return block;
}

MethodInfo autoregressive_noise_method() {
  return {.name = "ar",
          .summary = "noise in which every value follows from its neighbours by the class's own rule",
          .effect = Effect::additive,
          .needs_labels = true,
          .needs_engine = false,
          .verifiable = true,
          .source = "arXiv 2206.03693",
          .parameters = kParameters,
          .prepare = prepare,
          .epsilon = 1};
}

}  // namespace wardmark
