#include "evaluate/rsk_ff.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "evaluate/draws.h"
#include "evaluate/full_precision.h"

namespace wardmark {
namespace {

constexpr double kCentre = 2.5;
constexpr double kDeviation = 0.1;

torch::Tensor drawn_kernels(std::int64_t n, torch::Generator& random, const torch::Device& device) {
  const torch::Tensor centre = normal_draws({n, 1}, kCentre, kDeviation, random, device);
  const torch::Tensor neighbours = (centre - 1) / 4 + normal_draws({n, 4}, 0, kDeviation, random, device);
  return torch::cat({centre, -neighbours}, 1);
}

// The projection on the lowest DCT coefficients of a line: (size, size).
torch::Tensor line_projection(std::int64_t size, double share) {
  // The small number: 30 x 30 % is 9 whatever the double nearest to 0.3 says.
  const std::int64_t kept = static_cast<std::int64_t>(static_cast<double>(size) * share + 1e-9);
  torch::Tensor basis = torch::empty({kept, size}, torch::kFloat32);
  auto value = basis.accessor<float, 2>();
  const double n = static_cast<double>(size);
  for (std::int64_t k = 0; k < kept; ++k) {
    const double scale = std::sqrt((k == 0 ? 1.0 : 2.0) / n);
    for (std::int64_t i = 0; i < size; ++i) {
      const double angle = std::numbers::pi * static_cast<double>((2 * i + 1) * k) / (2 * n);
      value[k][i] = static_cast<float>(scale * std::cos(angle));
    }
  }
  return basis.t().matmul(basis);
}

Breaker prepare(const BreakerInput&) {
  Breaker breaker;
  breaker.hooks.augment = [](Batch& batch, torch::Generator& random) {
    const FullPrecision full;
    const bool small = std::min(batch.x.size(2), batch.x.size(3)) <= 64;
    const torch::Tensor kernels = drawn_kernels(batch.x.size(0), random, batch.x.device());
    const torch::Tensor sharp = sharpened(batch.x, kernels).clamp_(0, 1);
    const torch::Tensor low = low_frequencies(sharp, small ? 0.3 : 0.12).clamp_(0, 1);
    batch.x = torch::constant_pad_nd(low, {1, 1, 1, 1}, 0);
  };
  return breaker;
}

}  // namespace

torch::Tensor sharpened(const torch::Tensor& x, const torch::Tensor& kernels) {
  const std::int64_t height = x.size(2) - 2;
  const std::int64_t width = x.size(3) - 2;
  const auto term = [&](std::int64_t place, std::int64_t row, std::int64_t column) {
    return x.narrow(2, row, height).narrow(3, column, width) * kernels.select(1, place).view({-1, 1, 1, 1});
  };
  return term(0, 1, 1).add_(term(1, 0, 1)).add_(term(2, 1, 0)).add_(term(3, 1, 2)).add_(term(4, 2, 1));
}

torch::Tensor low_frequencies(const torch::Tensor& x, double share) {
  const torch::Tensor rows = line_projection(x.size(2), share).to(x.device());
  const torch::Tensor columns = line_projection(x.size(3), share).to(x.device());
  return torch::matmul(torch::matmul(rows, x), columns);
}

BreakerInfo rsk_ff_breaker() {
  return {.name = "rsk-ff",
          .summary = "random sharpening kernels, then only the lowest 30 % of DCT rows and columns (12 % above 64 px)",
          .source = "arXiv 2411.01742",
          .quick = true,
          .prepare = prepare};
}

}  // namespace wardmark
