#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/error.h"
#include "perturb/class_texture.h"
#include "perturb/fit.h"
#include "perturb/resample.h"
#include "perturb/twin_pattern.h"

namespace wardmark {
namespace {

constexpr int kPhotographSide = 224;
constexpr double kEpsilon = 8.0 / 255;

constexpr ParameterInfo kScope{"scope", "NAME", "item", "item: a noise for each item; class: one for all of a class"};
constexpr ParameterInfo kSchedule{"schedule", "NAME", "fast", "fast, or reference: the published one, for comparison"};
constexpr ParameterInfo kCarrier{
    "carrier-share", "S", "0; salm 1",
    "share of the budget for the keyed texture, which can be verified later; 0 to 1, and with 1 nothing is fitted"};
constexpr ParameterInfo kTwins{"twins", "S", "0",
                               "make two versions of each item, of which the key publishes one: share of the budget "
                               "for the pattern in which they differ, up to 0.5; 0: one version"};
constexpr ParameterInfo kTrainSize{"train-size", "PX", "auto",
                                   "side at which pictures are trained on, 8 to 1024, or auto: own up to 64, else 224"};
constexpr ParameterInfo kSample{"fit-sample", "N", "5000", "fit to this many items, drawn by the key; 2 to 1000000"};
constexpr ParameterInfo kSurrogates{"surrogate", "LIST", "resnet18",
                                    "networks that the noise is fitted with, separated by commas; they take turns"};
constexpr ParameterInfo kAugment{
    "augment", "LIST", "none",
    "what the noise is to outlast, inside the fit: none, all, or some of crop, blur, grayscale, jpeg"};

constexpr std::array kErrorMinimising = {kScope,     kSchedule, kCarrier,    kTwins,
                                         kTrainSize, kSample,   kSurrogates, kAugment};
constexpr std::array kSparseMasking = {
    ParameterInfo{"rho", "R", "0.4", "largest share of the pixels that is changed; above 0, up to 1"},
    ParameterInfo{"mask", "NAME", "shared",
                  "where: shared, the place where most happens over the data set; own, that of each picture; random"},
    kScope,
    kSchedule,
    kCarrier,
    kTwins,
    kTrainSize,
    kSample,
    kSurrogates,
    kAugment};
constexpr std::array kLinear = {kCarrier, kTwins, kTrainSize, kSample};

[[noreturn]] void refuse(std::string_view name, const char* range, const std::string& value) {
  throw Error(Code::parameter, "--" + std::string(name) + ": not " + range + ": " + value,
              "`wardmark methods` lists the parameters");
}

template <class T>
T number(const Parameters& given, std::string_view name, T low, T high, T usual, const char* range) {
  const std::optional<std::string> text = parameter(given, name);
  if (!text) return usual;
  T value{};
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc{} || stop != end || !(value >= low && value <= high)) refuse(name, range, *text);
  return value;
}

bool choice(const Parameters& given, std::string_view name, std::string_view usual, std::string_view other,
            const char* range) {
  const std::string text = parameter(given, name).value_or(std::string(usual));
  if (text != usual && text != other) refuse(name, range, text);
  return text == other;
}

/// Names between commas.
std::vector<std::string> list(const Parameters& given, std::string_view name) {
  std::vector<std::string> names;
  const std::string text = parameter(given, name).value_or("");
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    names.push_back(text.substr(at, end - at));
    if (names.back().empty()) refuse(name, "names with a comma between two", text);
    at = end + 1;
  }
  if (text.ends_with(',')) refuse(name, "names with a comma between two", text);
  return names;
}

/// What is stored, brought to 8 bits.
std::vector<std::uint8_t> stored_samples(const Planes& picture) {
  std::vector<std::uint8_t> out(picture.v.size());
  const float scale = 255.0f / picture.full_range;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<std::uint8_t>(std::clamp(picture.v[i] * scale + 0.5f, 0.0f, 255.0f));
  }
  return out;
}

/// Noise with other channels: averaged, or repeated.
Planes with_channels(const Planes& noise, int channels) {
  if (noise.channels == channels) return noise;
  Planes out{noise.width, noise.height, channels, noise.full_range, {}};
  const std::size_t pixels = static_cast<std::size_t>(noise.width) * static_cast<std::size_t>(noise.height);
  const std::size_t from = static_cast<std::size_t>(noise.channels), to = static_cast<std::size_t>(channels);
  out.v.resize(pixels * to);
  for (std::size_t i = 0; i < pixels; ++i) {
    float sum = 0;
    for (std::size_t c = 0; c < from; ++c) sum += noise.v[i * from + c];
    for (std::size_t c = 0; c < to; ++c) out.v[i * to + c] = sum / static_cast<float>(from);
  }
  return out;
}

class FittedNoise final : public Protector {
 public:
  FittedNoise(const PrepareInput& input, FitSettings settings)
      : pool_key_(input.pool_key),
        classes_(input.classes),
        settings_(std::move(settings)),
        fit_(input.fit),
        salience_(input.fit ? input.fit->salience : SalienceMap()),
        epsilon_(static_cast<int>(std::floor(input.epsilon.value_or(kEpsilon) * 255 + 1e-9))),
        fitted_epsilon_(fitted_epsilon(settings_, epsilon_)) {
    if (settings_.twins > 0 && fitted_epsilon_ == epsilon_) {
      throw Error(Code::parameter, "--twins: less than one 255th of the range at this --epsilon",
                  "twins need 1/255 for their pattern and 1/255 for the rest");
    }
  }

  int train_side(int width, int height) const override {
    const int side = std::min(width, height);
    const int wanted = settings_.train_size > 0 ? settings_.train_size : side <= kSmallPicture ? side : kPhotographSide;
    return std::min(side, wanted);
  }
  Size train_size(int width, int height) const override {
    if (fit_ == nullptr || fit_->ids.empty()) return Protector::train_size(width, height);
    return {std::min(width, fit_->width), std::min(height, fit_->height)};
  }
  bool verifiable() const override { return settings_.carrier > 0 || twins(); }
  bool twins() const override { return fitted_epsilon_ < epsilon_; }

  Planes protect(const Planes& picture, const ItemContext& item, std::optional<Note>& why) const override {
    const std::vector<std::uint8_t> samples = stored_samples(picture);
    const auto [darkest, brightest] = std::ranges::minmax(samples);
    if (darkest == brightest) {
      why = Note{Code::flat, {}};
      return {picture.width, picture.height, picture.channels, picture.full_range, {}};
    }
    Planes change = change_of(samples, picture, item);
    if (std::ranges::all_of(change.v, [](float v) { return v == 0.0f; })) {
      why = Note{Code::flat, "nothing happens anywhere in it"};
      return {picture.width, picture.height, picture.channels, picture.full_range, {}};
    }
    if (twins()) add_twin(change, item);
    Planes out = picture;
    const float unit = picture.full_range / 255.0f;
    for (std::size_t i = 0; i < out.v.size(); ++i) out.v[i] += change.v[i] * unit;
    return out;
  }

 private:
  /// What is fitted or, without a fit, textured, in 255ths.
  Planes change_of(std::span<const std::uint8_t> samples, const Planes& picture, const ItemContext& item) const {
    if (const auto fitted = noise_of(item); !fitted.empty()) return at_size(fitted, picture);
    const auto [width, height, channels] = std::array{picture.width, picture.height, picture.channels};
    const std::vector<std::uint8_t> mask = most_salient(
        salience(settings_.mask, {samples, width, height, channels, item.id}, salience_, pool_key_), settings_.rho);
    const std::vector<std::int8_t> change =
        textured_change(keyed_texture(pool_key_, item.slot), mask, width, height, channels, fitted_epsilon_);
    Planes out{picture.width, picture.height, picture.channels, picture.full_range, {}};
    out.v.assign(change.begin(), change.end());
    return out;
  }
  /// The item's own pattern, one way up or the other, where something changes at all.
  void add_twin(Planes& change, const ItemContext& item) const {
    const std::vector<std::int8_t> pattern =
        twin_pattern(pool_key_, item.id, change.v.size() / static_cast<std::size_t>(change.channels));
    const auto amount = static_cast<float>(item.version == 0 ? epsilon_ - fitted_epsilon_ : fitted_epsilon_ - epsilon_);
    for (std::size_t i = 0; i < change.v.size(); ++i) {
      if (change.v[i] != 0) change.v[i] += amount * pattern[i / static_cast<std::size_t>(change.channels)];
    }
  }
  std::span<const std::int8_t> noise_of(const ItemContext& item) const {
    if (fit_ == nullptr) return {};
    return fit_->of(fit_->by_class ? std::string_view(classes_.at(item.class_index)) : item.id);
  }
  Planes at_size(std::span<const std::int8_t> noise, const Planes& picture) const {
    Planes out{fit_->width, fit_->height, fit_->channels, picture.full_range, {}};
    out.v.assign(noise.begin(), noise.end());
    if (out.width != picture.width || out.height != picture.height) out = shrink(out, picture.width, picture.height);
    return with_channels(out, picture.channels);
  }

  Subkey pool_key_;
  std::vector<std::string> classes_;
  FitSettings settings_;
  std::shared_ptr<const FitState> fit_;
  SalienceMap salience_;
  int epsilon_;
  int fitted_epsilon_;
};

template <MethodInfo (*kMethod)()>
std::unique_ptr<Protector> prepare(const PrepareInput& input) {
  return std::make_unique<FittedNoise>(input, fit_settings(kMethod(), input.parameters));
}

}  // namespace

FitSettings fit_settings(const MethodInfo& method, const Parameters& parameters) {
  check_parameter_names(method.name, method.parameters, parameters);
  FitSettings s;
  const bool masked = std::ranges::any_of(method.parameters, [](const ParameterInfo& p) { return p.name == "rho"; });
  if (masked) {
    const char* range = "a number above 0 and up to 1";
    s.rho = number(parameters, "rho", 0.0, 1.0, 0.4, range);
    if (s.rho <= 0) refuse("rho", range, *parameter(parameters, "rho"));
    const std::string rule = parameter(parameters, "mask").value_or("shared");
    if (rule == "own") {
      s.mask = MaskRule::own;
    } else if (choice(parameters, "mask", "shared", "random", "shared, own or random")) {
      s.mask = MaskRule::random;
    }
  }
  s.by_class = choice(parameters, "scope", "item", "class", "item or class");
  if (s.by_class && s.mask == MaskRule::random)
    throw Error(Code::parameter, "--mask random: its places are drawn for each item", "leave out --scope class");
  s.schedule =
      choice(parameters, "schedule", "fast", "reference", "fast or reference") ? Schedule::reference : Schedule::fast;
  s.carrier = number(parameters, "carrier-share", 0.0, 1.0, masked ? 1.0 : 0.0, "a number from 0 to 1");
  s.twins = number(parameters, "twins", 0.0, 0.5, 0.0, "a number from 0 to 0.5");
  if (parameter(parameters, "train-size").value_or("auto") != "auto") {
    s.train_size = number(parameters, "train-size", 8, 1024, 0, "auto or a number from 8 to 1024");
  }
  s.sample = number<std::size_t>(parameters, "fit-sample", 2, 1000000, s.sample, "a number from 2 to 1000000");
  if (parameter(parameters, "surrogate")) s.surrogates = list(parameters, "surrogate");
  if (parameter(parameters, "augment").value_or("none") != "none") s.augment = list(parameters, "augment");
  return s;
}

int fitted_epsilon(const FitSettings& settings, int epsilon) {
  const int own = static_cast<int>(std::lround(settings.twins * epsilon));
  return std::max(1, epsilon - own);
}

bool needs_fit(const MethodInfo& method, const Parameters& parameters) {
  return method.needs_engine && fit_settings(method, parameters).carrier < 1;
}

bool makes_twins(const MethodInfo& method, const Parameters& parameters) {
  return method.needs_engine && fit_settings(method, parameters).twins > 0;
}

bool needs_salience(const MethodInfo& method, const Parameters& parameters) {
  if (!method.needs_engine) return false;
  const FitSettings settings = fit_settings(method, parameters);
  return settings.rho < 1 && settings.mask == MaskRule::shared;
}

std::vector<std::uint8_t> reduced_samples(const Image& image, Size size) {
  const bool whole = image.width() == size.width && image.height() == size.height;
  return stored_samples(whole ? to_planes(image) : shrink(image, size.width, size.height));
}

MethodInfo error_minimising_method() {
  return {.name = "em",
          .summary = "error-minimising noise, trained on the data set",
          .effect = Effect::additive,
          .needs_labels = true,
          .needs_engine = true,
          .verifiable = true,
          .source = "arXiv 2101.04898",
          .parameters = kErrorMinimising,
          .prepare = prepare<error_minimising_method>,
          .epsilon = kEpsilon};
}

MethodInfo sparse_masking_method() {
  return {
      .name = "salm",
      .summary = "a keyed texture of the class, or trained noise, inside the pixels where most happens; our reading",
      .effect = Effect::additive,
      .needs_labels = true,
      .needs_engine = true,
      .verifiable = true,
      .source = "arXiv 2403.10573",
      .parameters = kSparseMasking,
      .prepare = prepare<sparse_masking_method>,
      .epsilon = kEpsilon};
}

MethodInfo linear_surrogate_method() {
  return {.name = "pil",
          .summary = "noise that a linear network learns instead of the picture",
          .effect = Effect::additive,
          .needs_labels = true,
          .needs_engine = true,
          .verifiable = true,
          .source = "arXiv 2601.19967",
          .parameters = kLinear,
          .prepare = prepare<linear_surrogate_method>,
          .epsilon = kEpsilon};
}

}  // namespace wardmark
