#include "perturb/fitted/linear_fit.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "core/error.h"
#include "core/random.h"
#include "models/checkpoint.h"
#include "models/pictures.h"
#include "models/seeds.h"
#include "perturb/fitted/noisy_set.h"

namespace wardmark {
namespace {

constexpr int kEpochs = 30;
constexpr std::int64_t kBatch = 512;
constexpr double kRate = 0.003;
constexpr double kMomentum = 0.9;
constexpr int kSteps = 30;
constexpr double kStep = 0.8;  // in 255ths
constexpr double kOwnClass = 0.9;
constexpr double kUnsure = 0.1;

/// Two layers without bias between them and behind: logits = (x W1^T) W2^T.
struct LinearSurrogate {
  torch::Tensor first, second;  // (K, d), (K, K)
  torch::Tensor first_momentum, second_momentum;
};

/// Gradient of 0.9 CE(f(n), y) + 0.1 KL(uniform, f(x - n)) by n, summed over rows; n, x in 0..1, (B, d).
torch::Tensor noise_gradient(const LinearSurrogate& f, const torch::Tensor& n, const torch::Tensor& x,
                             const torch::Tensor& wanted) {
  const torch::Tensor both = f.second.mm(f.first);  // (K, d)
  const torch::Tensor own = torch::softmax(n.mm(both.t()), 1) - wanted;
  // KL(uniform, p) = const - mean log p: its gradient by the logits is p - 1 / K; by n the sign turns.
  const torch::Tensor rest = torch::softmax((x - n).mm(both.t()), 1) - 1.0 / static_cast<double>(both.size(0));
  return (own * kOwnClass - rest * kUnsure).mm(both);
}

void descend(torch::Tensor& weight, torch::Tensor& momentum, const torch::Tensor& gradient, double rate) {
  momentum.mul_(kMomentum).add_(gradient);
  weight.sub_(momentum, rate);
}

/// A step down on the mean cross entropy of f(n).
void teach(LinearSurrogate& f, const torch::Tensor& n, const torch::Tensor& wanted, double rate) {
  const torch::Tensor hidden = n.mm(f.first.t());
  const torch::Tensor off = (torch::softmax(hidden.mm(f.second.t()), 1) - wanted) / static_cast<double>(n.size(0));
  const torch::Tensor second = off.t().mm(hidden);
  const torch::Tensor first = off.mm(f.second).t().mm(n);
  descend(f.first, f.first_momentum, first, rate);
  descend(f.second, f.second_momentum, second, rate);
}

}  // namespace

std::optional<FitState> fit_linear(const FitInput& input, std::string_view method, const FitControl& control,
                                   const Compute& /*compute*/) {
  const PixelSet& p = input.pictures;
  check_pixel_set(p, "pictures to fit to");
  const torch::NoGradGuard no_gradients;
  const std::uint64_t seed = Stream(input.pool_key.derive("fit"), "seed").u64();
  NoisySet set(input);
  set.start_with_carriers();
  const auto classes = static_cast<std::int64_t>(p.classes.size());
  const auto samples = static_cast<std::int64_t>(p.item_samples());
  const std::string identity = fit_identity(input, method, "");
  torch::Generator start = seeded_generator(draw_seed(seed, Draw::weights));
  const auto uniform = [&](torch::IntArrayRef shape, torch::Generator& random, double bound) {
    return torch::rand(shape, random).mul_(2 * bound).sub_(bound);
  };
  LinearSurrogate f;
  f.first = uniform({classes, samples}, start, 1 / std::sqrt(static_cast<double>(samples)));
  f.second = uniform({classes, classes}, start, 1 / std::sqrt(static_cast<double>(classes)));
  f.first_momentum = torch::zeros_like(f.first);
  f.second_momentum = torch::zeros_like(f.second);
  int epoch = 0;
  if (!control.resume.empty()) {
    Checkpoint kept = read_checkpoint(control.resume, identity);
    epoch = static_cast<int>(kept.records.size());
    const auto part = [&](const TensorMap& all, const char* name, const torch::Tensor& like) {
      const auto at = all.find(name);
      if (at == all.end() || at->second.sizes() != like.sizes())
        throw Error(Code::model_format, "checkpoint of the fit: parts are missing", "remove it to fit from the start");
      return at->second;
    };
    f = {part(kept.network, "first", f.first), part(kept.network, "second", f.second),
         part(kept.momenta, "first", f.first), part(kept.momenta, "second", f.second)};
    set.restore(part(kept.scale, "noise", set.kept()));
  }
  const double most = set.trained_amplitude();
  for (; epoch < kEpochs; ++epoch) {
    const double rate = kRate * 0.5 * (1 + std::cos(std::numbers::pi * epoch / kEpochs));
    torch::Generator order = seeded_generator(draw_seed(seed, Draw::order, epoch));
    const torch::Tensor all = torch::randperm(set.size(), order, torch::TensorOptions(torch::kLong));
    std::int64_t step = 0;
    for (const torch::Tensor& rows : all.split(kBatch)) {
      if (control.stop && control.stop()) return std::nullopt;
      torch::Generator random = seeded_generator(draw_seed(seed, Draw::step, epoch, step++));
      const torch::Tensor levels = set.picture_levels(rows), carrier = set.carrier(rows);
      const torch::Tensor x = ((levels + carrier) / 255).flatten(1);
      const torch::Tensor wanted = torch::one_hot(set.labels(rows), classes).to(torch::kFloat);
      torch::Tensor n = uniform({rows.size(0), samples}, random, most / 255);
      for (int s = 0; s < kSteps; ++s) {
        n = (n - noise_gradient(f, n, x, wanted).sign() * (kStep / 255)).clamp(-most / 255, most / 255);
      }
      teach(f, n, wanted, rate);
      if (epoch + 1 == kEpochs) set.store(rows, carrier - (n * 255).view_as(levels));
    }
    if (control.checkpoint && epoch + 1 < kEpochs) {
      Checkpoint kept;
      kept.identity = identity;
      for (int r = 0; r <= epoch; ++r) kept.records.push_back({r, 0, 0, 0, 0, 0, 0});
      kept.network = {{"first", f.first}, {"second", f.second}};
      kept.momenta = {{"first", f.first_momentum}, {"second", f.second_momentum}};
      kept.scale["noise"] = set.kept();
      control.checkpoint(write_checkpoint(kept));
    }
    if (control.report) control.report->progress("fitting", static_cast<std::uint64_t>(epoch + 1), kEpochs, 0);
  }
  return FitState{std::string(method), p.width, p.height, p.channels, p.ids, false, set.stored()};
}

}  // namespace wardmark
