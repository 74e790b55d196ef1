#include "core/statistics.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/error.h"

using namespace wardmark;

TEST_CASE("binomial tail: exact by direct summation") {
  CHECK(binomial_upper_tail(0, 10, 0.3) == 1.0);
  CHECK(binomial_upper_tail(10, 10, 0.5) == doctest::Approx(std::pow(0.5, 10)).epsilon(1e-12));
  double sum = 0.0;
  const double choose[] = {1, 5, 10, 10, 5, 1};
  for (int k = 3; k <= 5; ++k) sum += choose[k] * std::pow(0.1, k) * std::pow(0.9, 5 - k);
  CHECK(binomial_upper_tail(3, 5, 0.1) == doctest::Approx(sum).epsilon(1e-12));
  // Far out: one hit in 22 at W^-2 for W = 7776.
  CHECK(binomial_upper_tail(1, 22, 1.0 / 7776 / 7776) == doctest::Approx(22.0 / 7776 / 7776).epsilon(1e-6));
  CHECK(binomial_upper_tail(1, 5, 0.0) == 0.0);
  CHECK_THROWS_AS(binomial_upper_tail(6, 5, 0.1), Error);
}

TEST_CASE("Clopper-Pearson: textbook values") {
  const Interval none = clopper_pearson(0, 20, 0.95);
  CHECK(none.low == 0.0);
  CHECK(none.high == doctest::Approx(0.1684).epsilon(1e-3));  // "no false positive in 20" bounds the rate by 17 %
  const Interval half = clopper_pearson(5, 10, 0.95);
  CHECK(half.low == doctest::Approx(0.1871).epsilon(1e-3));
  CHECK(half.high == doctest::Approx(0.8129).epsilon(1e-3));
  CHECK(clopper_pearson(20, 20, 0.95).high == 1.0);
}

TEST_CASE("rank p: never zero, ties count, the drawn configuration counts itself") {
  CHECK(rank_p_value(1, 1000) == 1e-3);
  CHECK(rank_p_value(1000, 1000) == 1.0);
  CHECK_THROWS_AS(rank_p_value(0, 1000), Error);
}

TEST_CASE("smallest p: pool times permutations") {
  CHECK(smallest_p(500, 2) == doctest::Approx(1e-3));
  CHECK(smallest_p(1, 10) == doctest::Approx(1.0 / 3628800));
}
