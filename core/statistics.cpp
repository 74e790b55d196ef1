#include "core/statistics.h"

#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/binomial.hpp>

#include "core/error.h"

namespace wardmark {

double binomial_upper_tail(std::uint64_t hits, std::uint64_t n, double q) {
  if (hits > n || q < 0.0 || q > 1.0) broken_promise("binomial tail out of range");
  if (hits == 0 || q == 1.0) return 1.0;
  if (q == 0.0) return 0.0;
  const boost::math::binomial_distribution<double> law(static_cast<double>(n), q);
  return boost::math::cdf(boost::math::complement(law, static_cast<double>(hits - 1)));
}

Interval clopper_pearson(std::uint64_t hits, std::uint64_t n, double level) {
  if (hits > n || n == 0 || level <= 0.0 || level >= 1.0) broken_promise("Clopper-Pearson out of range");
  const double tail = (1.0 - level) / 2.0;
  const double a = static_cast<double>(hits);
  const double b = static_cast<double>(n - hits);
  Interval interval;
  if (hits > 0) interval.low = boost::math::quantile(boost::math::beta_distribution<double>(a, b + 1.0), tail);
  if (hits < n) interval.high = boost::math::quantile(boost::math::beta_distribution<double>(a + 1.0, b), 1.0 - tail);
  return interval;
}

double rank_p_value(std::uint64_t at_least, std::uint64_t total) {
  if (at_least == 0 || at_least > total) broken_promise("the drawn configuration counts itself");
  return static_cast<double>(at_least) / static_cast<double>(total);
}

double smallest_p(std::uint64_t pool, std::uint64_t classes) {
  double configurations = static_cast<double>(pool);
  for (std::uint64_t k = 2; k <= classes; ++k) configurations *= static_cast<double>(k);
  return 1.0 / configurations;
}

}  // namespace wardmark
