#include "evaluate/cutout.h"

#include <algorithm>

#include "evaluate/draws.h"

namespace wardmark {
namespace {

// True where first <= place < end, for every picture: (B, size).
torch::Tensor between(std::int64_t size, const torch::Tensor& first, const torch::Tensor& end) {
  const torch::Tensor place = torch::arange(size, first.options()).unsqueeze(0);
  return place.ge(first.unsqueeze(1)).logical_and_(place.lt(end.unsqueeze(1)));
}

Breaker prepare(const BreakerInput&) {
  Breaker breaker;
  breaker.hooks.augment = [](Batch& batch, torch::Generator& random) {
    const std::int64_t height = batch.x.size(2);
    const std::int64_t width = batch.x.size(3);
    const torch::Tensor rows = whole_draws({batch.x.size(0)}, height, random, batch.x.device());
    const torch::Tensor columns = whole_draws({batch.x.size(0)}, width, random, batch.x.device());
    batch.x = cut_out(batch.x, std::min(height, width) / 2, rows, columns);
  };
  return breaker;
}

}  // namespace

torch::Tensor rectangles(const torch::Tensor& x, const torch::Tensor& top, const torch::Tensor& bottom,
                         const torch::Tensor& left, const torch::Tensor& right) {
  return between(x.size(2), top, bottom)
      .unsqueeze(2)
      .logical_and(between(x.size(3), left, right).unsqueeze(1))
      .unsqueeze(1);
}

torch::Tensor cut_out(const torch::Tensor& x, std::int64_t length, const torch::Tensor& rows,
                      const torch::Tensor& columns) {
  const std::int64_t half = length / 2;
  return x.masked_fill(rectangles(x, rows - half, rows + half, columns - half, columns + half), 0.0);
}

BreakerInfo cutout_breaker() {
  return {.name = "cutout",
          .summary = "a black square of half the side (16 px at 32) in every training picture",
          .source = "arXiv 1708.04552; numbers of ISS, arXiv 2301.13838",
          .prepare = prepare};
}

}  // namespace wardmark
