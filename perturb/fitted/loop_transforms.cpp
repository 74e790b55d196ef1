#include "perturb/fitted/loop_transforms.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "core/error.h"

namespace wardmark {
namespace {

namespace functional = torch::nn::functional;

constexpr std::int64_t kBlock = 8;
constexpr double kLowestQuality = 10, kHighestQuality = 90;
constexpr double kLeastSigma = 0.3, kMostSigma = 1.5;
constexpr std::int64_t kBlurRadius = 4;

/// Table K.1 of ITU-T T.81.
constexpr std::array<float, 64> kLumaSteps = {16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,
                                              14, 13, 16, 24, 40,  57,  69,  56,  14, 17, 22, 29, 51,  87,  80,  62,
                                              18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
                                              49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99};

double uniform(torch::Generator& random, double low, double high) {
  return low + (high - low) * torch::rand({1}, random, torch::kDouble).item<double>();
}

torch::Tensor crop(const torch::Tensor& x, torch::Generator& random) {
  const std::int64_t height = x.size(2), width = x.size(3);
  const std::int64_t margin = std::min(height, width) / 8;
  const torch::Tensor place = torch::randint(2 * margin + 1, {2}, random, torch::TensorOptions(torch::kLong));
  const bool mirrored = uniform(random, 0, 1) < 0.5;
  torch::Tensor out = functional::pad(x, functional::PadFuncOptions({margin, margin, margin, margin}));
  out = out.narrow(2, place[0].item<std::int64_t>(), height).narrow(3, place[1].item<std::int64_t>(), width);
  return mirrored ? out.flip(3) : out;
}

/// One kernel for every channel, (k) along both axes; borders repeat.
torch::Tensor blur(const torch::Tensor& x, torch::Generator& random) {
  const double sigma = uniform(random, kLeastSigma, kMostSigma);
  const std::int64_t radius = std::min({kBlurRadius, x.size(2) - 1, x.size(3) - 1});
  torch::Tensor kernel = torch::arange(-radius, radius + 1, torch::kFloat);
  kernel = torch::exp(-kernel.square() / (2 * sigma * sigma));
  kernel = (kernel / kernel.sum()).to(x.device());
  const std::int64_t channels = x.size(1), taps = kernel.size(0);
  const auto pad = functional::PadFuncOptions({radius, radius, radius, radius}).mode(torch::kReplicate);
  torch::Tensor out = functional::pad(x, pad);
  const auto options = functional::Conv2dFuncOptions().groups(channels);
  out = functional::conv2d(out, kernel.view({1, 1, 1, taps}).expand({channels, 1, 1, taps}), options);
  return functional::conv2d(out, kernel.view({1, 1, taps, 1}).expand({channels, 1, taps, 1}), options);
}

torch::Tensor grayscale(const torch::Tensor& x, torch::Generator& /*random*/) {
  if (x.size(1) != 3) return x;
  const torch::Tensor weights = torch::tensor({0.299f, 0.587f, 0.114f}, x.options()).view({1, 3, 1, 1});
  return (x * weights).sum(1, true).expand_as(x);
}

/// (8, 8): row u is the u-th cosine, orthonormal.
torch::Tensor cosines() {
  torch::Tensor rows = torch::empty({kBlock, kBlock});
  for (std::int64_t u = 0; u < kBlock; ++u) {
    const double scale = u == 0 ? std::sqrt(1.0 / kBlock) : std::sqrt(2.0 / kBlock);
    for (std::int64_t i = 0; i < kBlock; ++i)
      rows[u][i] = scale * std::cos((2.0 * static_cast<double>(i) + 1) * static_cast<double>(u) * std::numbers::pi /
                                    (2.0 * kBlock));
  }
  return rows;
}

torch::Tensor jpeg(const torch::Tensor& x, torch::Generator& random) {
  const double quality = std::round(uniform(random, kLowestQuality, kHighestQuality));
  const double scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  const torch::Tensor steps = torch::from_blob(const_cast<float*>(kLumaSteps.data()), {kBlock, kBlock})
                                  .mul(scale)
                                  .add(50)
                                  .div(100)
                                  .floor()
                                  .clamp(1, 255)
                                  .to(x.device());
  const torch::Tensor basis = cosines().to(x.device());
  const std::int64_t batch = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
  const std::int64_t down = (kBlock - height % kBlock) % kBlock, right = (kBlock - width % kBlock) % kBlock;
  const auto pad = functional::PadFuncOptions({0, right, 0, down}).mode(torch::kReplicate);
  const torch::Tensor whole = functional::pad(x, pad) * 255 - 128;
  // (B, C, rows of blocks, columns of blocks, 8, 8)
  const torch::Tensor blocks =
      whole.reshape({batch, channels, whole.size(2) / kBlock, kBlock, whole.size(3) / kBlock, kBlock})
          .permute({0, 1, 2, 4, 3, 5});
  const torch::Tensor units = basis.matmul(blocks).matmul(basis.t()) / steps;
  const torch::Tensor rounded = (units + (units.round() - units).detach()) * steps;
  const torch::Tensor back = basis.t().matmul(rounded).matmul(basis).permute({0, 1, 2, 4, 3, 5});
  return ((back.reshape_as(whole) + 128) / 255).clamp(0, 1).narrow(2, 0, height).narrow(3, 0, width);
}

constexpr std::array kTransforms = {
    LoopTransform{"crop", "shifted by up to an eighth of the short side, mirrored half the time", crop},
    LoopTransform{"blur", "Gaussian of 0.3 to 1.5 pixels", blur},
    LoopTransform{"grayscale", "luma in every channel", grayscale},
    LoopTransform{"jpeg", "block cosines quantised at a quality of 10 to 90", jpeg}};

}  // namespace

std::span<const LoopTransform> loop_transforms() { return kTransforms; }

const LoopTransform& find_loop_transform(std::string_view name) {
  const auto at = std::ranges::find(kTransforms, name, &LoopTransform::name);
  if (at != kTransforms.end()) return *at;
  std::string all = "choose from:";
  for (const LoopTransform& known : kTransforms) all.append(" ").append(known.name);
  throw Error(Code::parameter, "--augment: unknown: " + std::string(name), all);
}

}  // namespace wardmark
