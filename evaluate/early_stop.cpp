#include "evaluate/early_stop.h"

namespace wardmark {

BreakerInfo early_stop_breaker() {
  return {.name = "early-stop",
          .summary = "the epoch that is best on clean validation pictures",
          .source = "arXiv 2305.19254, 2306.02064",
          .quick = true,
          .by_product_of = "none",
          .prepare = [](const BreakerInput&) {
            Breaker breaker;
            breaker.best_epoch = true;
            return breaker;
          }};
}

}  // namespace wardmark
