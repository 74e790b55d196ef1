#include "perturb/fitted/noise_fit.h"

#include <algorithm>
#include <string>

#include "core/error.h"
#include "core/random.h"
#include "models/checkpoint.h"
#include "models/pictures.h"
#include "models/seeds.h"
#include "perturb/fitted/fit_schedule.h"
#include "perturb/fitted/loop_transforms.h"
#include "perturb/fitted/noisy_set.h"
#include "perturb/fitted/surrogates.h"
#include "perturb/local_mask.h"

namespace wardmark {
namespace {

constexpr std::int64_t kChunk = 256;

std::string numbers_text(const FitSchedule& s) {
  return std::to_string(s.rounds) + " " + std::to_string(s.batches) + " " + std::to_string(s.steps);
}

std::vector<LoopTransform> chosen_transforms(const std::vector<std::string>& names) {
  if (names == std::vector<std::string>{"all"}) return {loop_transforms().begin(), loop_transforms().end()};
  std::vector<LoopTransform> chosen;
  for (const std::string& name : names) chosen.push_back(find_loop_transform(name));
  return chosen;
}

/// Where noise may be: the most salient pixels of each picture, (B, 1, H, W) of 0 and 1.
torch::Tensor salient_mask(const torch::Tensor& magnitudes, const torch::Tensor& active, double rho) {
  namespace functional = torch::nn::functional;
  const torch::Tensor sums = magnitudes / magnitudes.amax({1, 2, 3}, true).clamp_min(1e-30);
  const torch::Tensor smooth =
      functional::avg_pool2d(sums, functional::AvgPool2dFuncOptions(kMaskWindow).stride(1).padding(kMaskWindow / 2));
  const torch::Tensor open = torch::where(active, smooth, torch::full_like(smooth, -1));
  const auto most = static_cast<std::int64_t>(rho * static_cast<double>(open[0].numel()));
  torch::Tensor mask = torch::zeros_like(open).flatten(1);
  if (most > 0) mask.scatter_(1, std::get<1>(open.flatten(1).topk(most, 1)), 1);
  return mask.view_as(open) * active;
}

/// One fit under way.
class NoiseFit {
 public:
  NoiseFit(const FitInput& input, std::string_view method, const FitControl& control, const Compute& compute)
      : input_(input),
        control_(control),
        compute_(compute),
        schedule_(schedule_of(input.settings.schedule)),
        seed_(Stream(input.pool_key.derive("fit"), "seed").u64()),
        transforms_(chosen_transforms(input.settings.augment)),
        set_(input),
        identity_(fit_identity(input, method, numbers_text(schedule_))),
        surrogates_(input.settings.surrogates, input.pictures, seed_, compute) {
    for (std::size_t c = 0; c < input.pictures.classes.size(); ++c)
      class_sizes_.push_back(
          static_cast<double>(std::ranges::count(input.pictures.labels, static_cast<std::int64_t>(c))));
    start();
  }

  std::optional<FitState> run(std::string_view method) {
    while (round_ < schedule_.rounds && !sure()) {
      if (!teach() || !lower()) return std::nullopt;
      ++round_;
      keep();
      if (control_.report)
        control_.report->progress("fitting", static_cast<std::uint64_t>(sure() ? schedule_.rounds : round_),
                                  static_cast<std::uint64_t>(schedule_.rounds), 0);
    }
    return state(method);
  }

 private:
  /// The texture alone, where most happens: what the first round sees.
  void start() {
    const PixelSet& p = input_.pictures;
    if (!control_.resume.empty()) return resume();
    set_.start_with_carriers();
    if (input_.settings.by_class) {
      class_noise_ = torch::zeros({static_cast<std::int64_t>(p.classes.size()), p.channels, p.height, p.width});
      class_change_ = class_noise_.clone();
    }
  }

  void resume() {
    const Checkpoint kept = read_checkpoint(control_.resume, identity_);
    surrogates_.restore(kept);
    round_ = static_cast<int>(kept.records.size());
    least_ = kept.records.empty() ? 0 : kept.records.back().train_accuracy;
    const auto part = [&](const char* name) {
      const auto at = kept.scale.find(name);
      if (at == kept.scale.end())
        throw Error(Code::model_format, "checkpoint of the fit: parts are missing", "remove it to fit from the start");
      return at->second;
    };
    set_.restore(part("noise"));
    if (input_.settings.by_class) {
      class_noise_ = part("class_noise");
      class_change_ = part("class_change");
    }
  }

  void keep() {
    if (!control_.checkpoint) return;
    Checkpoint kept;
    kept.identity = identity_;
    for (int r = 0; r < round_; ++r) kept.records.push_back({r, 0, least_, 0, 0, 0, 0});
    surrogates_.keep(kept);
    kept.scale["noise"] = set_.kept();
    if (input_.settings.by_class) {
      kept.scale["class_noise"] = class_noise_;
      kept.scale["class_change"] = class_change_;
    }
    control_.checkpoint(write_checkpoint(kept));
  }

  bool stopped() const { return control_.stop && control_.stop(); }

  /// One of the transforms, or none, drawn evenly.
  torch::Tensor transformed(const torch::Tensor& x, torch::Generator& random) const {
    if (transforms_.empty()) return x;
    const auto count = static_cast<std::int64_t>(transforms_.size());
    const auto one = torch::randint(count + 1, {1}, random, torch::TensorOptions(torch::kLong)).item<std::int64_t>();
    return one == count ? x : transforms_[static_cast<std::size_t>(one)].apply(x, random);
  }

  /// The surrogates' steps of a round. Batches go through the set in one random order after the other.
  bool teach() {
    const Pictures pictures(set_.changed(), compute_.device);
    const std::int64_t batch = std::min<std::int64_t>(schedule_.batch, set_.size());
    const std::int64_t a_pass = std::max<std::int64_t>(1, set_.size() / batch);
    surrogates_.fix(false);
    for (int b = 0; b < schedule_.batches; ++b) {
      if (stopped()) return false;
      const std::int64_t place = std::int64_t{round_} * schedule_.batches + b;
      torch::Generator order = seeded_generator(draw_seed(seed_, Draw::order, place / a_pass));
      const torch::Tensor all = torch::randperm(set_.size(), order, torch::TensorOptions(torch::kLong));
      const torch::Tensor rows = all.slice(0, place % a_pass * batch, (place % a_pass + 1) * batch);
      torch::Generator random = seeded_generator(draw_seed(seed_, Draw::step, round_, b));
      Batch one;
      one.x = schedule_.crop_and_flip
                  ? pictures.batch(rows, draw_shifts(rows.size(0), crop_padding(input_.pictures), random))
                  : pictures.batch(rows);
      one.x = transformed(one.x, random);
      one.y = set_.labels(rows).to(compute_.device);
      surrogates_.teach(one, schedule_.rate, place);
    }
    return true;
  }

  /// Steps of every picture that lower the surrogates' loss.
  bool lower() {
    surrogates_.fix(true);
    if (input_.settings.by_class && !lower_classes()) return false;
    std::vector<double> hits(class_sizes_.size(), 0.0);
    std::int64_t chunk = 0;
    for (const torch::Tensor& rows : torch::arange(set_.size(), torch::kLong).split(kChunk)) {
      if (stopped()) return false;
      torch::Generator random = seeded_generator(draw_seed(seed_, Draw::split, round_ + 1, chunk++));
      if (!input_.settings.by_class) lower_items(rows, random);
      count_hits(rows, hits);
    }
    double all = 0;
    least_ = 1;
    for (std::size_t c = 0; c < hits.size(); ++c) {
      all += hits[c];
      if (class_sizes_[c] > 0) least_ = std::min(least_, hits[c] / class_sizes_[c]);
    }
    if (!schedule_.worst_class) least_ = all / static_cast<double>(set_.size());
    return true;
  }

  void count_hits(const torch::Tensor& rows, std::vector<double>& hits) const {
    const torch::Tensor x = ((set_.picture_levels(rows) + set_.noise(rows)) / 255).to(compute_.device);
    const torch::Tensor right = surrogates_.recognised(x, set_.labels(rows).to(compute_.device));
    const torch::Tensor sums = torch::bincount(set_.labels(rows), right, static_cast<std::int64_t>(hits.size()));
    for (std::size_t c = 0; c < hits.size(); ++c) hits[c] += sums[static_cast<std::int64_t>(c)].item<double>();
  }

  /// Gradient of the summed loss at x + noise, in 255ths, by the surrogate whose turn it is.
  torch::Tensor gradient(const torch::Tensor& levels, const torch::Tensor& noise, const torch::Tensor& labels,
                         std::size_t turn, torch::Generator& random) const {
    const torch::Tensor at = ((levels + noise) / 255).to(compute_.device).requires_grad_(true);
    const torch::Tensor loss =
        surrogates_.loss(turn % surrogates_.size(), transformed(at, random), labels.to(compute_.device));
    return torch::autograd::grad({loss}, {at})[0].to(torch::kCPU, torch::kFloat);
  }

  bool masked() const { return input_.settings.rho < 1; }

  void lower_items(const torch::Tensor& rows, torch::Generator& random) {
    const torch::Tensor levels = set_.picture_levels(rows), labels = set_.labels(rows), carrier = set_.carrier(rows);
    const double most = set_.trained_amplitude();
    // What was trained so far: what is there, less the texture.
    const torch::Tensor before = set_.noise(rows);
    torch::Tensor trained = torch::where(before.ne(0), before - carrier, torch::zeros_like(before)).clamp(-most, most);
    torch::Tensor magnitudes = torch::zeros({rows.size(0), 1, levels.size(2), levels.size(3)});
    for (int s = 0; s < schedule_.steps; ++s) {
      const torch::Tensor g = gradient(levels, trained + carrier, labels, static_cast<std::size_t>(s), random);
      magnitudes += g.abs().sum(1, true);
      trained = (trained - schedule_.step * g.sign()).clamp(-most, most);
      trained = (levels + trained + carrier).clamp(0, 255) - levels - carrier;
    }
    torch::Tensor noise = trained + carrier;
    if (masked()) {
      noise = noise * (input_.settings.mask != MaskRule::own
                           ? set_.drawn_mask(rows)
                           : salient_mask(magnitudes, set_.active(rows), input_.settings.rho));
    }
    set_.store(rows, noise);
  }

  bool lower_classes() {
    const std::int64_t classes = class_noise_.size(0);
    const double most = set_.trained_amplitude();
    torch::Tensor magnitudes = torch::zeros({classes, 1, class_noise_.size(2), class_noise_.size(3)});
    torch::Generator random = seeded_generator(draw_seed(seed_, Draw::split, round_));
    const torch::Tensor order = torch::randperm(set_.size(), random, torch::TensorOptions(torch::kLong));
    std::size_t turn = 0;
    for (const torch::Tensor& rows : order.split(kChunk)) {
      if (stopped()) return false;
      const torch::Tensor levels = set_.picture_levels(rows), labels = set_.labels(rows);
      const torch::Tensor g =
          gradient(levels, class_noise_.index_select(0, labels) + set_.carrier(rows), labels, turn++, random);
      const torch::Tensor sums = torch::zeros_like(class_noise_).index_add_(0, labels, g);
      magnitudes += sums.abs().sum(1, true);
      class_noise_ = (class_noise_ - schedule_.step * sums.sign()).clamp(-most, most);
    }
    const torch::Tensor all = torch::ones({classes, 1, class_noise_.size(2), class_noise_.size(3)}, torch::kBool);
    torch::Tensor change = class_noise_ + set_.class_carrier();
    if (masked()) {
      const bool shared = input_.settings.mask == MaskRule::shared && !input_.salience.empty();
      change = change * (shared ? set_.shared_mask() : salient_mask(magnitudes, all, input_.settings.rho));
    }
    class_change_ = change.round();
    for (const torch::Tensor& rows : torch::arange(set_.size(), torch::kLong).split(kChunk))
      set_.store(rows, class_change_.index_select(0, set_.labels(rows)));
    return true;
  }

  bool sure() const { return least_ >= schedule_.sure; }

  FitState state(std::string_view method) const {
    const PixelSet& p = input_.pictures;
    FitState out{std::string(method), p.width, p.height, p.channels, p.ids, false, set_.stored()};
    if (!input_.settings.by_class) return out;
    out.by_class = true;
    out.ids = p.classes;
    const torch::Tensor rows = class_change_.permute({0, 2, 3, 1}).contiguous();
    out.noise.assign(rows.data_ptr<float>(), rows.data_ptr<float>() + rows.numel());
    return out;
  }

  const FitInput& input_;
  const FitControl& control_;
  const Compute& compute_;
  FitSchedule schedule_;
  std::uint64_t seed_;
  std::vector<LoopTransform> transforms_;
  NoisySet set_;
  std::string identity_;
  Surrogates surrogates_;
  std::vector<double> class_sizes_;
  torch::Tensor class_noise_;   ///< trained part, (classes, C, H, W), by_class
  torch::Tensor class_change_;  ///< all of it, whole 255ths
  double least_ = 0;
  int round_ = 0;
};

}  // namespace

std::optional<FitState> fit_noise(const FitInput& input, std::string_view method, const FitControl& control,
                                  const Compute& compute) {
  check_pixel_set(input.pictures, "pictures to fit to");
  return NoiseFit(input, method, control, compute).run(method);
}

}  // namespace wardmark
