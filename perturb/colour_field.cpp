#include "perturb/colour_field.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>

#include "core/error.h"
#include "core/random.h"
#include "perturb/parameter_values.h"
#include "perturb/simd.h"
#include "perturb/wave_rows.h"

namespace wardmark {
namespace {

constexpr std::array kParameters = {
    ParameterInfo{"amplitude", "A", "0.12",
                  "largest shading, as a share of the sample (additive: of the range); 0 to 1, also as 12/255"},
    ParameterInfo{"waves", "N", "4", "cosines that a shading is the sum of, 1 to 16"},
    ParameterInfo{"cycles", "HIGH|LOW-HIGH", "3", "waves a picture along an axis, at most 64"},
    ParameterInfo{"channels", "NAME", "rgb",
                  "rgb: a shading a colour; luma: one for all; chroma: colours without change of luma"},
    ParameterInfo{"mode", "NAME", "multiplicative", "shading: multiplicative or additive"},
    ParameterInfo{"grating", "G", "0; grey pictures 16/255", "largest change by gratings, as a share of the range"},
    ParameterInfo{"gratings", "N", "2", "gratings that are added up, 1 to 32; many make a texture"},
    ParameterInfo{"grating-cycles", "LOW-HIGH", "3-4.5", "waves a picture of a grating, in its direction, at most 64"},
    ParameterInfo{"phase", "NAME", "fixed", "fixed, or item: every picture's waves are shifted on their own"},
};

constexpr double kMostCycles = 64;
/// Luma of Rec. 601, which grayscale conversion and JPEG use.
constexpr double kRed = 0.299, kGreen = 0.587, kBlue = 0.114;

struct Band {
  double low = 0, high = 0;
};

/// "3", where LOW may be left out, or "1-3".
std::optional<Band> band(const Parameters& given, const char* name, bool low_needed) {
  const std::optional<std::string> text = parameter(given, name);
  if (!text) return std::nullopt;
  const char* const range = low_needed ? "LOW-HIGH with 0 <= LOW <= HIGH, 0 < HIGH <= 64"
                                       : "HIGH or LOW-HIGH with 0 <= LOW <= HIGH, 0 < HIGH <= 64";
  Band out;
  const char* at = text->data();
  const char* const end = at + text->size();
  auto read = std::from_chars(at, end, out.high);
  if (read.ec == std::errc{} && read.ptr != end && *read.ptr == '-') {
    out.low = out.high;
    read = std::from_chars(read.ptr + 1, end, out.high);
  } else if (low_needed) {
    refuse_parameter(name, range, *text);
  }
  const bool whole = read.ec == std::errc{} && read.ptr == end;
  if (!whole || !(out.low >= 0 && out.high > 0 && out.low <= out.high && out.high <= kMostCycles))
    refuse_parameter(name, range, *text);
  return out;
}

double magnitude(double v) { return v < 0 ? -v : v; }

std::vector<Wave> drawn_fields(Stream& stream, const FieldSettings& s) {
  std::vector<Wave> waves(static_cast<std::size_t>(s.waves));
  for (Wave& wave : waves) {
    do {
      wave.across = s.high * (2 * stream.uniform() - 1);
      wave.down = s.high * (2 * stream.uniform() - 1);
    } while (std::max(magnitude(wave.across), magnitude(wave.down)) < s.low);
    wave.start = stream.uniform();
  }
  return waves;
}

std::vector<Wave> drawn_gratings(Stream& stream, const FieldSettings& s) {
  std::vector<Wave> waves(static_cast<std::size_t>(s.gratings));
  for (Wave& wave : waves) {
    const double cycles = s.grating_low + (s.grating_high - s.grating_low) * stream.uniform();
    const double turns = stream.uniform() / 2;
    wave.across = cycles * written_cosine(turns);
    wave.down = cycles * written_sine(turns);
    wave.start = stream.uniform();
  }
  return waves;
}

void add_waves(std::vector<Wave>& to, const std::vector<Wave>& from, double weight) {
  for (Wave wave : from) {
    wave.weight = weight;
    to.push_back(wave);
  }
}

void shift(std::vector<std::vector<Wave>>& colours, double across, double down) {
  for (std::vector<Wave>& waves : colours) {
    for (Wave& wave : waves) wave.start += wave.across * across + wave.down * down;
  }
}

WARDMARK_CLONES void shade(float* __restrict v, const float* __restrict field, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) v[i] = v[i] + v[i] * field[i];
}
WARDMARK_CLONES void add(float* __restrict v, const float* __restrict field, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) v[i] = v[i] + field[i];
}

class FieldRows final : public RowStage {
 public:
  FieldRows(const RowShape& shape, std::vector<std::vector<Wave>> shading, std::vector<std::vector<Wave>> added)
      : shading_(shape, std::move(shading)), added_(shape, std::move(added)) {}
  void band(int y, int count) override {
    shading_.band(y, count);
    added_.band(y, count);
  }
  void strip(int y, std::size_t from, std::size_t n, float* values) override {
    if (!shading_.empty()) shade(values, shading_.strip(y, from, n), n);
    if (!added_.empty()) add(values, added_.strip(y, from, n), n);
  }

 private:
  WaveRows shading_, added_;
};

class ColourField final : public Protector {
 public:
  ColourField(const PrepareInput& input, const FieldSettings& settings)
      : pool_key_(input.pool_key), settings_(settings) {
    for (const std::uint32_t slot : input.slots) marks_.try_emplace(slot, keyed_field(pool_key_, slot, settings_));
  }

  int train_side(int /*width*/, int /*height*/) const override { return 0; }
  bool by_rows() const override { return true; }
  Planes protect(const Planes& picture, const ItemContext& /*item*/, std::optional<Note>& /*why*/) const override {
    return picture;
  }

  std::unique_ptr<RowStage> rows(const RowShape& shape, const ItemContext& item) const override {
    const auto held = marks_.find(item.slot);
    const FieldMark mark = held == marks_.end() ? keyed_field(pool_key_, item.slot, settings_) : held->second;
    std::vector<std::vector<Wave>> fields = shadings(mark, shape);
    std::vector<std::vector<Wave>> gratings(static_cast<std::size_t>(shape.colours));
    if (const double height = settings_.grating_of(shape.colours); height > 0) {
      const double weight = height * static_cast<double>(shape.full_range) / settings_.gratings;
      for (auto& waves : gratings) add_waves(waves, mark.gratings, weight);
    }
    if (settings_.phase_by_item) {
      Stream stream(pool_key_.derive("field-mark", {std::to_string(item.slot)}), "shift", item.id);
      const double across = stream.uniform();
      const double down = stream.uniform();
      shift(fields, across, down);
      shift(gratings, across, down);
    }
    if (settings_.additive) {
      for (std::size_t c = 0; c < fields.size(); ++c)
        fields[c].insert(fields[c].end(), gratings[c].begin(), gratings[c].end());
      return std::make_unique<FieldRows>(shape, std::vector<std::vector<Wave>>(), std::move(fields));
    }
    return std::make_unique<FieldRows>(shape, std::move(fields), std::move(gratings));
  }

 private:
  /// The waves of each colour of a picture, weighted.
  std::vector<std::vector<Wave>> shadings(const FieldMark& mark, const RowShape& shape) const {
    std::vector<std::vector<Wave>> colours(static_cast<std::size_t>(shape.colours));
    if (settings_.amplitude <= 0) return colours;
    const double share = settings_.amplitude / settings_.waves;
    const double weight = settings_.additive ? share * static_cast<double>(shape.full_range) : share;
    if (settings_.channels == FieldChannels::chroma && colours.size() >= 3) {
      // Red takes the first field, blue the third, and green what keeps luma.
      add_waves(colours[0], mark.fields[0], weight);
      add_waves(colours[0], mark.fields[2], 0);
      add_waves(colours[1], mark.fields[0], -weight * kRed / kGreen);
      add_waves(colours[1], mark.fields[2], -weight * kBlue / kGreen);
      add_waves(colours[2], mark.fields[0], 0);
      add_waves(colours[2], mark.fields[2], weight);
      for (std::size_t c = 3; c < colours.size(); ++c) colours[c] = colours[0];
      return colours;
    }
    const bool own = settings_.channels == FieldChannels::rgb;
    for (std::size_t c = 0; c < colours.size(); ++c) add_waves(colours[c], mark.fields[own ? c % 3 : 0], weight);
    return colours;
  }

  Subkey pool_key_;
  FieldSettings settings_;
  std::map<std::uint32_t, FieldMark> marks_;
};

std::unique_ptr<Protector> prepare(const PrepareInput& input) {
  return std::make_unique<ColourField>(input, field_settings(input.parameters));
}

}  // namespace

FieldSettings field_settings(const Parameters& parameters) {
  check_parameter_names("field", kParameters, parameters);
  FieldSettings s;
  s.amplitude = share_parameter(parameters, "amplitude").value_or(s.amplitude);
  s.waves = number_parameter(parameters, "waves", 1, 16, "a number from 1 to 16").value_or(s.waves);
  if (const auto cycles = band(parameters, "cycles", false)) {
    s.low = cycles->low;
    s.high = cycles->high;
  }
  const std::string channels =
      choice_parameter(parameters, "channels", std::array{"rgb", "luma", "chroma"}, "rgb, luma or chroma");
  s.channels = channels == "rgb"    ? FieldChannels::rgb
               : channels == "luma" ? FieldChannels::luma
                                    : FieldChannels::chroma;
  s.additive = choice_parameter(parameters, "mode", std::array{"multiplicative", "additive"},
                                "multiplicative or additive") == "additive";
  s.grating = share_parameter(parameters, "grating");
  s.gratings = number_parameter(parameters, "gratings", 1, 32, "a number from 1 to 32").value_or(s.gratings);
  if (const auto cycles = band(parameters, "grating-cycles", true)) {
    s.grating_low = cycles->low;
    s.grating_high = cycles->high;
  }
  s.phase_by_item = choice_parameter(parameters, "phase", std::array{"fixed", "item"}, "fixed or item") == "item";
  if (s.amplitude <= 0 && s.grating_of(1) <= 0) {
    throw Error(Code::parameter, "--amplitude: 0 and --grating 0 leave nothing to change", "raise one of them");
  }
  return s;
}

FieldMark keyed_field(const Subkey& pool_key, std::uint32_t slot, const FieldSettings& settings) {
  const Subkey key = pool_key.derive("field-mark", {std::to_string(slot)});
  FieldMark mark;
  for (std::size_t c = 0; c < mark.fields.size(); ++c) {
    Stream stream(key, "field", std::to_string(c));
    mark.fields[c] = drawn_fields(stream, settings);
  }
  Stream stream(key, "grating");
  mark.gratings = drawn_gratings(stream, settings);
  return mark;
}

MethodInfo colour_field_method() {
  return {.name = "field",
          .summary = "smooth shadings of the class, one a colour, and gratings",
          .effect = Effect::transform,
          .needs_labels = true,
          .needs_engine = false,
          .verifiable = true,
          .source = "",
          .parameters = kParameters,
          .prepare = prepare};
}

}  // namespace wardmark
