#include "evaluate/known_pairs.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/error.h"
#include "evaluate/class_mark.h"
#include "evaluate/draws.h"
#include "evaluate/pixels.h"

namespace wardmark {
namespace {

constexpr std::array kPairs = {3.0, 1.0, 10.0};
constexpr std::int64_t kBlock = 128;

std::vector<ClassMark> marks_of(const PixelSet& clean, const PixelSet& marked, std::int64_t pairs, std::uint64_t seed) {
  torch::Generator random = seeded(seed, 3);
  std::vector<ClassMark> marks;
  for (std::size_t c = 0; c < clean.classes.size(); ++c) {
    const torch::Tensor rows = rows_of_class(clean, static_cast<std::int64_t>(c));
    const torch::Tensor order = order_draw(rows.numel(), random, torch::kCPU);
    const torch::Tensor drawn = rows.index_select(0, order).slice(0, 0, pairs);
    marks.push_back(drawn.numel() == 0 ? ClassMark{}
                                       : estimate_mark(pictures_of(clean, drawn), pictures_of(marked, drawn)));
  }
  return marks;
}

PixelSet restored(const PixelSet& train, const std::vector<ClassMark>& marks) {
  const torch::NoGradGuard no_gradients;
  PixelSet out = train;
  for (std::size_t c = 0; c < marks.size(); ++c) {
    if (marks[c].kind == ClassMark::Kind::none) continue;
    for (const torch::Tensor& rows : rows_of_class(train, static_cast<std::int64_t>(c)).split(kBlock)) {
      if (rows.numel() > 0) store_pictures(out, rows, without_mark(pictures_of(train, rows), marks[c]));
    }
  }
  return out;
}

Breaker prepare(const BreakerInput& input) {
  const PixelSet* clean = input.pairs_clean;
  const PixelSet* marked = input.pairs_marked;
  if (clean == nullptr || marked == nullptr || clean->size() == 0)
    throw Error(Code::clean_missing, "known-pairs: needs clean and protected versions of the same pictures",
                "leave it out of --breakers");
  if (!clean->same_shape(*marked) || !clean->same_shape(*input.train) || clean->labels != marked->labels)
    throw Error(Code::parameter, "known-pairs: the clean and the protected pictures do not belong together");
  if (std::min(clean->height, clean->width) < 9)
    throw Error(Code::parameter, "known-pairs: pictures below 9 px are too small for it", "leave it out of --breakers");
  const std::int64_t pairs = static_cast<std::int64_t>(input.strength.value_or(kPairs[0]));
  Breaker breaker;
  breaker.preprocess = [marks = marks_of(*clean, *marked, pairs, input.seed)](const PixelSet& train) {
    return restored(train, marks);
  };
  return breaker;
}

}  // namespace

BreakerInfo known_pairs_breaker() {
  return {.name = "known-pairs",
          .summary = "each class's mark estimated from this many clean and protected versions, and undone",
          .source = "after IRP (github.com/lyumingzhi/IRP); ours",
          .needs = Needs::clean_pairs,
          .unit = "pairs a class",
          .least = 1,
          .most = 1000,
          .whole = true,
          .strengths = kPairs,
          .prepare = prepare};
}

}  // namespace wardmark
