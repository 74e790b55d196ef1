#include "perturb/fitted/noise_fit.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.h"
#include "core/random.h"
#include "models/checkpoint.h"
#include "models/network_state.h"
#include "models/pictures.h"
#include "models/seeds.h"
#include "models/sgd.h"
#include "models/training.h"
#include "perturb/fitted/noisy_set.h"
#include "perturb/local_mask.h"

namespace wardmark {
namespace {

constexpr double kWidth = 0.25;
constexpr double kMomentum = 0.9;
constexpr double kWeightDecay = 5e-4;
constexpr double kLongestGradient = 5.0;
constexpr std::int64_t kChunk = 256;

/// The numbers of a schedule.
struct Numbers {
  int rounds;   ///< at most
  int batches;  ///< of the surrogate, a round
  int batch;    ///< pictures
  double rate;
  bool augment;      ///< the surrogate sees cropped and flipped pictures
  int steps;         ///< of each picture, a round
  double step;       ///< in 255ths
  double sure;       ///< share recognised at which it ends
  bool worst_class;  ///< of the worst class, not of all pictures
};
constexpr Numbers kReference{30, 10, 512, 0.1, false, 20, 0.8, 0.99, false};
constexpr Numbers kFast{6, 12, 128, 0.05, true, 5, 2.0, 0.99, true};

std::uint64_t seed_of(const FitInput& input) { return Stream(input.pool_key.derive("fit"), "seed").u64(); }

std::string identity_of(const FitInput& input, std::string_view method, const Numbers& numbers) {
  const FitSettings& s = input.settings;
  std::string text = std::string(method) + " " + std::to_string(s.rho) + " " + std::to_string(s.by_class) + " " +
                     std::to_string(numbers.steps) + " " + std::to_string(s.carrier) + " " + s.surrogate + " " +
                     std::to_string(input.epsilon);
  return to_hex(digest(&input.pool_key, "fit", {bytes_of(text), input.pictures.samples}));
}

/// One fit under way.
class NoiseFit {
 public:
  NoiseFit(const FitInput& input, std::string_view method, const FitControl& control, const Compute& compute)
      : input_(input),
        control_(control),
        compute_(compute),
        numbers_(input.settings.schedule == Schedule::fast ? kFast : kReference),
        seed_(seed_of(input)),
        set_(input),
        identity_(identity_of(input, method, numbers_)) {
    const PixelSet& pictures = input.pictures;
    torch::manual_seed(draw_seed(seed_, Draw::weights));
    const NetworkShape shape{pictures.channels, std::min(pictures.height, pictures.width),
                             static_cast<int>(pictures.classes.size()), kWidth};
    model_.network = build_network(find_network(input.settings.surrogate), shape);
    model_.network->to(compute.device);
    use_channels_last(*model_.network);
    const Normalisation scale = measure_normalisation(pictures, torch::arange(set_.size(), torch::kLong));
    model_.mean = scale.mean.to(compute.device);
    model_.std = scale.std.to(compute.device);
    sgd_.emplace(model_.network->parameters(), kMomentum, kWeightDecay);
    for (std::size_t c = 0; c < pictures.classes.size(); ++c) rows_.push_back(rows_of(static_cast<std::int64_t>(c)));
    start();
  }

  std::optional<FitState> run(std::string_view method) {
    while (round_ < numbers_.rounds && !sure()) {
      if (!teach() || !lower()) return std::nullopt;
      ++round_;
      keep();
      if (control_.report)
        control_.report->progress("fitting", static_cast<std::uint64_t>(sure() ? numbers_.rounds : round_),
                                  static_cast<std::uint64_t>(numbers_.rounds), 0);
    }
    return state(method);
  }

 private:
  torch::Tensor rows_of(std::int64_t label) const {
    std::vector<std::int64_t> rows;
    for (std::size_t i = 0; i < input_.pictures.size(); ++i) {
      if (input_.pictures.labels[i] == label) rows.push_back(static_cast<std::int64_t>(i));
    }
    return torch::tensor(rows, torch::kLong);
  }

  /// The texture alone, where most happens: what the first round sees.
  void start() {
    const PixelSet& p = input_.pictures;
    if (!control_.resume.empty()) return resume();
    set_.start_with_carriers();
    if (input_.settings.by_class) {
      const auto classes = static_cast<std::int64_t>(p.classes.size());
      class_noise_ = torch::zeros({classes, p.channels, p.height, p.width});
    }
  }

  void resume() {
    Checkpoint kept = read_checkpoint(control_.resume, identity_);
    load_state(*model_.network, kept.network);
    round_ = static_cast<int>(kept.records.size());
    least_ = kept.records.empty() ? 0 : kept.records.back().train_accuracy;
    const auto parameters = model_.network->named_parameters();
    const torch::NoGradGuard no_gradients;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const auto found = kept.momenta.find(parameters[i].key());
      if (found == kept.momenta.end() || found->second.sizes() != sgd_->momenta()[i].sizes())
        throw Error(Code::model_format, "checkpoint of the fit: parts are missing", "remove it to fit from the start");
      sgd_->momenta()[i].copy_(found->second);
    }
    set_.restore(kept.scale.at("noise"));
    if (input_.settings.by_class) {
      class_noise_ = kept.scale.at("class_noise");
      class_change_ = kept.scale.at("class_change");
    }
  }

  void keep() {
    if (!control_.checkpoint) return;
    Checkpoint kept;
    kept.identity = identity_;
    for (int r = 0; r < round_; ++r) kept.records.push_back({r, 0, least_, 0, 0, 0, 0});
    const NamedTensors network = state_of(*model_.network);
    kept.network = TensorMap(network.begin(), network.end());
    const auto parameters = model_.network->named_parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i) kept.momenta[parameters[i].key()] = sgd_->momenta()[i];
    // int8 is no type of the format: as int32.
    kept.scale["noise"] =
        torch::tensor(std::vector<std::int32_t>(set_.stored().begin(), set_.stored().end()), torch::kInt);
    if (input_.settings.by_class) {
      kept.scale["class_noise"] = class_noise_;
      kept.scale["class_change"] = class_change_;
    }
    control_.checkpoint(write_checkpoint(kept));
  }

  bool stopped() const { return control_.stop && control_.stop(); }

  /// The surrogate's steps of a round. Batches go through the set in one random order after the other.
  bool teach() {
    const Pictures pictures(set_.changed(), compute_.device);
    const std::int64_t batch = std::min<std::int64_t>(numbers_.batch, set_.size());
    const std::int64_t a_pass = std::max<std::int64_t>(1, set_.size() / batch);
    model_.network->train();
    for (int b = 0; b < numbers_.batches; ++b) {
      if (stopped()) return false;
      const std::int64_t place = std::int64_t{round_} * numbers_.batches + b;
      torch::Generator order = seeded_generator(draw_seed(seed_, Draw::order, place / a_pass));
      const torch::Tensor all = torch::randperm(set_.size(), order, torch::TensorOptions(torch::kLong));
      const torch::Tensor rows = all.slice(0, place % a_pass * batch, (place % a_pass + 1) * batch);
      torch::Generator random = seeded_generator(draw_seed(seed_, Draw::step, round_, b));
      torch::manual_seed(draw_seed(seed_, Draw::dropout, round_, b));
      Batch one;
      one.x = numbers_.augment ? pictures.batch(rows, draw_shifts(rows.size(0), crop_padding(input_.pictures), random))
                               : pictures.batch(rows);
      one.y = set_.labels(rows).to(compute_.device);
      torch::Tensor loss;
      {
        const Autocast autocast(compute_);
        loss = batch_loss(model_(one.x), one);
      }
      if (!std::isfinite(loss.item<double>()))
        throw Error(Code::nan_loss, "fitting: the loss is no finite number in round " + std::to_string(round_ + 1),
                    "--precision fp32, or another --surrogate");
      sgd_->clear();
      loss.backward();
      torch::nn::utils::clip_grad_norm_(model_.network->parameters(), kLongestGradient);
      sgd_->step(numbers_.rate);
    }
    return true;
  }

  /// Steps of every picture that lower the surrogate's loss.
  bool lower() {
    model_.network->eval();
    for (const torch::Tensor& weight : model_.network->parameters()) weight.set_requires_grad(false);
    std::vector<double> hits(input_.pictures.classes.size(), 0.0);
    bool whole = true;
    if (input_.settings.by_class) {
      whole = lower_classes();
    }
    for (const torch::Tensor& rows : torch::arange(set_.size(), torch::kLong).split(kChunk)) {
      if (!whole || stopped()) {
        whole = false;
        break;
      }
      if (!input_.settings.by_class) lower_items(rows);
      count_hits(rows, hits);
    }
    for (const torch::Tensor& weight : model_.network->parameters()) weight.set_requires_grad(true);
    if (!whole) return false;
    double all = 0;
    least_ = 1;
    for (std::size_t c = 0; c < hits.size(); ++c) {
      const auto count = static_cast<double>(rows_[c].size(0));
      all += hits[c];
      if (count > 0) least_ = std::min(least_, hits[c] / count);
    }
    if (!numbers_.worst_class) least_ = all / static_cast<double>(set_.size());
    return true;
  }

  void count_hits(const torch::Tensor& rows, std::vector<double>& hits) const {
    const torch::NoGradGuard no_gradients;
    const Autocast autocast(compute_);
    const torch::Tensor levels = set_.picture_levels(rows) + set_.noise(rows);
    const torch::Tensor right =
        model_((levels / 255).to(compute_.device)).argmax(1).cpu().eq(set_.labels(rows)).to(torch::kDouble);
    const torch::Tensor sums = torch::bincount(set_.labels(rows), right, static_cast<std::int64_t>(hits.size()));
    for (std::size_t c = 0; c < hits.size(); ++c) hits[c] += sums[static_cast<std::int64_t>(c)].item<double>();
  }

  /// Gradient of the summed loss at x + noise, in 255ths.
  torch::Tensor gradient(const torch::Tensor& levels, const torch::Tensor& noise, const torch::Tensor& labels) const {
    const torch::Tensor at = ((levels + noise) / 255).to(compute_.device).requires_grad_(true);
    Batch one;
    one.y = labels.to(compute_.device);
    torch::Tensor loss;
    {
      const Autocast autocast(compute_);
      loss = batch_loss(model_(at), one, true).sum();
    }
    return torch::autograd::grad({loss}, {at})[0].to(torch::kCPU, torch::kFloat);
  }

  /// Where noise may be: the most salient pixels of each picture, (B, 1, H, W) of 0 and 1.
  torch::Tensor mask_of(const torch::Tensor& magnitudes, const torch::Tensor& active) const {
    namespace functional = torch::nn::functional;
    const torch::Tensor sums = magnitudes / magnitudes.amax({1, 2, 3}, true).clamp_min(1e-30);
    const torch::Tensor smooth =
        functional::avg_pool2d(sums, functional::AvgPool2dFuncOptions(kMaskWindow).stride(1).padding(kMaskWindow / 2));
    const torch::Tensor open = torch::where(active, smooth, torch::full_like(smooth, -1));
    const auto most = static_cast<std::int64_t>(input_.settings.rho * static_cast<double>(open[0].numel()));
    torch::Tensor mask = torch::zeros_like(open).flatten(1);
    if (most > 0) mask.scatter_(1, std::get<1>(open.flatten(1).topk(most, 1)), 1);
    return mask.view_as(open) * active;
  }

  bool masked() const { return input_.settings.rho < 1; }

  void lower_items(const torch::Tensor& rows) {
    const torch::Tensor levels = set_.picture_levels(rows), labels = set_.labels(rows), carrier = set_.carrier(rows);
    const double most = set_.trained_amplitude();
    // What was trained so far: what is there, less the texture.
    const torch::Tensor before = set_.noise(rows);
    torch::Tensor trained = torch::where(before.ne(0), before - carrier, torch::zeros_like(before)).clamp(-most, most);
    torch::Tensor magnitudes = torch::zeros({rows.size(0), 1, levels.size(2), levels.size(3)});
    for (int s = 0; s < numbers_.steps; ++s) {
      const torch::Tensor g = gradient(levels, trained + carrier, labels);
      magnitudes += g.abs().sum(1, true);
      trained = (trained - numbers_.step * g.sign()).clamp(-most, most);
      trained = (levels + trained + carrier).clamp(0, 255) - levels - carrier;
    }
    torch::Tensor noise = trained + carrier;
    if (masked()) noise = noise * mask_of(magnitudes, set_.active(rows));
    set_.store(rows, noise);
  }

  bool lower_classes() {
    const std::int64_t classes = class_noise_.size(0);
    const double most = set_.trained_amplitude();
    torch::Tensor magnitudes = torch::zeros({classes, 1, class_noise_.size(2), class_noise_.size(3)});
    torch::Generator random = seeded_generator(draw_seed(seed_, Draw::split, round_));
    const torch::Tensor order = torch::randperm(set_.size(), random, torch::TensorOptions(torch::kLong));
    for (const torch::Tensor& rows : order.split(kChunk)) {
      if (stopped()) return false;
      const torch::Tensor levels = set_.picture_levels(rows), labels = set_.labels(rows);
      const torch::Tensor g = gradient(levels, class_noise_.index_select(0, labels) + set_.carrier(rows), labels);
      const torch::Tensor sums = torch::zeros_like(class_noise_).index_add_(0, labels, g);
      magnitudes += sums.abs().sum(1, true);
      class_noise_ = (class_noise_ - numbers_.step * sums.sign()).clamp(-most, most);
    }
    const torch::Tensor all = torch::ones({classes, 1, class_noise_.size(2), class_noise_.size(3)}, torch::kBool);
    torch::Tensor change = class_noise_ + set_.class_carrier();
    if (masked()) change = change * mask_of(magnitudes, all);
    class_change_ = change.round();
    for (const torch::Tensor& rows : torch::arange(set_.size(), torch::kLong).split(kChunk))
      set_.store(rows, class_change_.index_select(0, set_.labels(rows)));
    return true;
  }

  bool sure() const { return least_ >= numbers_.sure; }

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
  Numbers numbers_;
  std::uint64_t seed_;
  NoisySet set_;
  std::string identity_;
  Classifier model_;
  std::optional<Sgd> sgd_;
  std::vector<torch::Tensor> rows_;  ///< of each class
  torch::Tensor class_noise_;        ///< trained part, (classes, C, H, W), by_class
  torch::Tensor class_change_;       ///< all of it, whole 255ths
  double least_ = 0;
  int round_ = 0;
};

}  // namespace

std::optional<FitState> fit_noise(const FitInput& input, std::string_view method, const FitControl& control,
                                  const Compute& compute) {
  check_pixel_set(input.pictures, "pictures to fit to");
  return NoiseFit(input, method, control, compute).run(method);
}

std::optional<FitState> fit(const FitInput& input, std::string_view method, const FitControl& control,
                            const Compute& compute) {
  return method == "pil" ? fit_linear(input, method, control, compute) : fit_noise(input, method, control, compute);
}

}  // namespace wardmark
