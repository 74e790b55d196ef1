#include "perturb/cuda_filter.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "core/error.h"
#include "core/random.h"
#include "perturb/parameter_values.h"
#include "perturb/simd.h"

namespace wardmark {
namespace {

constexpr std::array kParameters = {
    ParameterInfo{"variant", "NAME", "dc", "dc: brightness kept, at training size; paper: as published, at own size"},
    ParameterInfo{"kernel", "K", "3 up to 64 px, else 9", "side of the filter, odd, 3 to 31"},
    ParameterInfo{"p-b", "P", "0.3 up to 64 px, else 0.06", "largest weight beside the 1; above 0, up to 1"},
    ParameterInfo{"train-size", "PX", "auto",
                  "short side at which pictures are trained on, 8 to 1024, or auto: own up to 64, else 224"},
    ParameterInfo{"fraction", "F", "1", "share of items to change, drawn by the key; above 0, up to 1"},
    ParameterInfo{"compat-seed", "N", "none",
                  "filters from a published seed, 0 to 4294967295, with variant paper; not verifiable"},
};

struct Settings {
  bool paper = false;
  std::optional<int> kernel;
  std::optional<double> p_b;
  std::optional<int> train_size;
  double fraction = 1.0;
  std::optional<std::uint32_t> compat_seed;

  // Published for small and for large pictures; `side` is the short side the filter works at.
  int kernel_at(int side) const { return kernel.value_or(side <= kSmallPicture ? 3 : 9); }
  double p_b_at(int side) const { return p_b.value_or(side <= kSmallPicture ? 0.3 : 0.06); }
};

std::optional<double> share(const Parameters& given, const char* name) {
  const char* range = "a number above 0 and up to 1";
  const std::optional<double> value = number_parameter(given, name, 0.0, 1.0, range);
  if (value && *value <= 0.0) refuse_parameter(name, range, *parameter(given, name));
  return value;
}

Settings settings_from(const Parameters& given) {
  check_parameter_names("cuda", kParameters, given);
  Settings s;
  const std::string variant = parameter(given, "variant").value_or("dc");
  if (variant != "dc" && variant != "paper") refuse_parameter("variant", "dc or paper", variant);
  s.paper = variant == "paper";
  s.kernel = number_parameter(given, "kernel", 3, 31, "an odd number from 3 to 31");
  if (s.kernel && *s.kernel % 2 == 0)
    refuse_parameter("kernel", "an odd number from 3 to 31", *parameter(given, "kernel"));
  s.p_b = share(given, "p-b");
  s.train_size = train_size_parameter(given);
  if (s.train_size && s.paper) {
    throw Error(Code::parameter, "--train-size: has no meaning with --variant paper: " + std::to_string(*s.train_size),
                "leave it out, or use --variant dc");
  }
  s.fraction = share(given, "fraction").value_or(1.0);
  s.compat_seed = number_parameter<std::uint32_t>(given, "compat-seed", 0, UINT32_MAX, "a number from 0 to 4294967295");
  if (s.compat_seed && !s.paper) {
    throw Error(Code::parameter, "--compat-seed: needs --variant paper, not " + variant, "add --variant paper");
  }
  return s;
}

template <std::size_t kSide>
WARDMARK_INLINE void add_taps_body(float* __restrict sum, const float* __restrict v, std::size_t n,
                                   std::size_t channels, const float* weights) {
  for (std::size_t i = 0; i < n; ++i) {
    float s = sum[i];
    for (std::size_t k = 0; k < kSide; ++k) s += weights[k] * v[i + k * channels];
    sum[i] = s;
  }
}

// One row of a filter, tap by tap; the usual sizes keep the sum in a register.
WARDMARK_CLONES void add_taps(float* sum, const float* v, std::size_t n, std::size_t channels, const float* weights,
                              std::size_t side) {
  if (side == 3) return add_taps_body<3>(sum, v, n, channels, weights);
  if (side == 9) return add_taps_body<9>(sum, v, n, channels, weights);
  for (std::size_t k = 0; k < side; ++k) add_taps_body<1>(sum, v + k * channels, n, channels, weights + k);
}

WARDMARK_CLONES void divide(float* __restrict v, std::size_t n, float divisor) {
  for (std::size_t i = 0; i < n; ++i) v[i] = v[i] / divisor;
}

WARDMARK_CLONES void rescale(float* __restrict v, std::size_t n, float divisor, float factor) {
  for (std::size_t i = 0; i < n; ++i) v[i] = v[i] / divisor * factor;
}

// One row of the picture between `radius` pixels of border.
void pad_row(const float* row, int width, int channels, int radius, Border border, float* out) {
  const std::size_t c = static_cast<std::size_t>(channels);
  const std::size_t samples = static_cast<std::size_t>(width) * c;
  const std::size_t margin = static_cast<std::size_t>(radius) * c;
  std::copy_n(row, samples, out + margin);
  for (std::size_t i = 0; i < margin; ++i) {
    out[i] = border == Border::zero ? 0.0f : row[i % c];
    out[margin + samples + i] = border == Border::zero ? 0.0f : row[samples - c + i % c];
  }
}

FilterKernel normalised(FilterKernel kernel) {
  float sum = 0.0f;
  for (const float w : kernel.weights) sum += w;
  for (float& w : kernel.weights) w /= sum;
  return kernel;
}

class CudaFilter final : public Protector {
 public:
  CudaFilter(const PrepareInput& input, const Settings& settings) : pool_key_(input.pool_key), settings_(settings) {
    if (settings_.compat_seed) {
      prepare_published(input);
      return;
    }
    for (const std::uint32_t slot : input.slots) {
      kernels_.try_emplace({slot, true}, draw(slot, kSmallPicture));
      kernels_.try_emplace({slot, false}, draw(slot, kSmallPicture + 1));
    }
  }

  int train_side(int width, int height) const override {
    if (settings_.paper) return 0;
    return usual_train_side(width, height, settings_.train_size);
  }
  Rounding rounding() const override { return settings_.paper ? Rounding::truncate : Rounding::half_up; }
  bool verifiable() const override { return !settings_.compat_seed; }

  bool leaves(const ItemContext& item, std::optional<Note>& why) const override {
    if (is_drawn(item)) return false;
    why = Note{Code::not_drawn, {}};
    return true;
  }

  Planes protect(const Planes& picture, const ItemContext& item, std::optional<Note>& why) const override {
    Planes out{picture.width, picture.height, picture.channels, picture.full_range, {}};
    if (!is_flat(picture)) {
      const FilterKernel kernel = kernel_for(item, std::min(picture.width, picture.height));
      out = settings_.paper ? published(picture, kernel) : correlate(picture, kernel, Border::repeat);
    }
    if (out.v.empty()) why = Note{Code::flat, {}};
    return out;
  }

 private:
  bool is_drawn(const ItemContext& item) const {
    if (settings_.compat_seed) {
      if (item.index >= drawn_.size()) broken_promise("an item beyond the plan");
      return drawn_[item.index];
    }
    return settings_.fraction >= 1.0 || Stream(pool_key_, "cuda-fraction", item.id).uniform() < settings_.fraction;
  }

  void prepare_published(const PrepareInput& input) {
    LegacyStream stream(*settings_.compat_seed);
    const int side = settings_.kernel_at(0);  // one stream, so one kernel size, whatever the pictures' sizes
    std::vector<FilterKernel> kernels = published_kernels(stream, input.classes.size(), side, settings_.p_b_at(0));
    for (const std::size_t place : published_places(input.classes)) published_.push_back(kernels[place]);
    drawn_.resize(input.items);
    for (std::size_t i = 0; i < drawn_.size(); ++i) drawn_[i] = stream.uniform() < settings_.fraction;
  }

  FilterKernel draw(std::uint32_t slot, int side) const {
    FilterKernel kernel = keyed_kernel(pool_key_, slot, settings_.kernel_at(side), settings_.p_b_at(side));
    return settings_.paper ? kernel : normalised(std::move(kernel));
  }

  FilterKernel kernel_for(const ItemContext& item, int side) const {
    if (settings_.compat_seed) return published_.at(item.class_index);
    const auto held = kernels_.find({item.slot, side <= kSmallPicture});
    return held == kernels_.end() ? draw(item.slot, side) : held->second;
  }

  static Planes published(const Planes& picture, const FilterKernel& kernel) {
    Planes scaled = picture;
    divide(scaled.v.data(), scaled.v.size(), picture.full_range);
    Planes out = correlate(scaled, kernel, Border::zero);
    const float largest = *std::ranges::max_element(out.v);
    if (!(largest > 0.0f)) return {picture.width, picture.height, picture.channels, picture.full_range, {}};
    rescale(out.v.data(), out.v.size(), largest, picture.full_range);
    return out;
  }

  Subkey pool_key_;
  Settings settings_;
  std::map<std::pair<std::uint32_t, bool>, FilterKernel> kernels_;  ///< by slot and whether the picture is small
  std::vector<FilterKernel> published_;                             ///< by class
  std::vector<bool> drawn_;                                         ///< by plan order, published draws
};

std::unique_ptr<Protector> prepare(const PrepareInput& input) {
  return std::make_unique<CudaFilter>(input, settings_from(input.parameters));
}

}  // namespace

FilterKernel keyed_kernel(const Subkey& pool_key, std::uint32_t slot, int side, double p_b) {
  Stream stream(pool_key.derive("cuda-mark", {std::to_string(slot), std::to_string(side)}), "kernel");
  FilterKernel kernel{side, std::vector<float>(static_cast<std::size_t>(side * side))};
  for (float& w : kernel.weights) w = static_cast<float>(p_b * stream.uniform());
  const std::uint32_t row = stream.below(static_cast<std::uint32_t>(side));
  const std::uint32_t column = stream.below(static_cast<std::uint32_t>(side));
  kernel.weights[row * static_cast<std::uint32_t>(side) + column] = 1.0f;
  return kernel;
}

std::vector<FilterKernel> published_kernels(LegacyStream& stream, std::size_t classes, int side, double p_b) {
  std::vector<FilterKernel> kernels(classes);
  const std::size_t plane = static_cast<std::size_t>(side * side);
  for (FilterKernel& kernel : kernels) {
    kernel.side = side;
    kernel.weights.resize(plane);
    for (std::size_t i = 0; i < 3 * plane; ++i) {
      const double value = p_b * stream.uniform();
      if (i < plane) kernel.weights[i] = static_cast<float>(value);
    }
    const std::uint32_t row = stream.below(static_cast<std::uint32_t>(side));
    const std::uint32_t column = stream.below(static_cast<std::uint32_t>(side));
    kernel.weights[row * static_cast<std::uint32_t>(side) + column] = 1.0f;
  }
  return kernels;
}

std::vector<std::size_t> published_places(const std::vector<std::string>& classes) {
  std::vector<long long> numbers;
  for (const std::string& name : classes) {
    long long value = 0;
    const char* end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(name.data(), end, value);
    if (error == std::errc{} && stop == end) numbers.push_back(value);
  }
  std::vector<std::size_t> order(classes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const bool numeric = numbers.size() == classes.size();
  std::ranges::stable_sort(
      order, [&](std::size_t a, std::size_t b) { return numeric ? numbers[a] < numbers[b] : classes[a] < classes[b]; });
  std::vector<std::size_t> places(classes.size());
  for (std::size_t i = 0; i < order.size(); ++i) places[order[i]] = i;
  return places;
}

Planes correlate(const Planes& picture, const FilterKernel& kernel, Border border) {
  Planes out{picture.width, picture.height, picture.channels, picture.full_range, {}};
  out.v.assign(picture.v.size(), 0.0f);
  const int radius = kernel.side / 2;
  const std::size_t channels = static_cast<std::size_t>(picture.channels);
  const std::size_t samples = static_cast<std::size_t>(picture.width) * channels;
  const std::size_t padded = samples + static_cast<std::size_t>(2 * radius) * channels;
  Raw<float> rows(padded * static_cast<std::size_t>(picture.height + 2 * radius));
  for (int y = -radius; y < picture.height + radius; ++y) {
    float* const row = rows.data() + static_cast<std::size_t>(y + radius) * padded;
    if (border == Border::zero && (y < 0 || y >= picture.height)) {
      std::fill_n(row, padded, 0.0f);
      continue;
    }
    const std::size_t from = static_cast<std::size_t>(std::clamp(y, 0, picture.height - 1));
    pad_row(picture.v.data() + from * samples, picture.width, picture.channels, radius, border, row);
  }
  const std::size_t side = static_cast<std::size_t>(kernel.side);
  for (std::size_t y = 0; y < static_cast<std::size_t>(picture.height); ++y) {
    for (std::size_t row = 0; row < side; ++row) {
      add_taps(out.v.data() + y * samples, rows.data() + (y + row) * padded, samples, channels,
               kernel.weights.data() + row * side, side);
    }
  }
  return out;
}

MethodInfo cuda_filter_method() {
  return {.name = "cuda",
          .summary = "one small random filter per class; visible on photographs",
          .effect = Effect::transform,
          .needs_labels = true,
          .needs_engine = false,
          .verifiable = true,
          .source = "arXiv 2303.04278",
          .parameters = kParameters,
          .prepare = prepare};
}

}  // namespace wardmark
