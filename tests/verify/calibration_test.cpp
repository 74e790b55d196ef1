#include "verify/calibration.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/random.h"
#include "core/statistics.h"

using namespace wardmark;

namespace {

Subkey key_of(std::uint32_t n) { return Subkey(Bytes(32, 7)).derive("test", {std::to_string(n)}); }

constexpr std::uint32_t kKeys = 12, kClasses = 3, kEach = 8;

/// An innocent suspect that reacts to marks: each mark of each key draws answers to a class of its own liking.
CalibrationTrial trial(std::uint32_t n) {
  const QuestionOrder order(key_of(n).derive("order"), kKeys, kClasses, kClasses * kEach);
  std::vector<std::uint32_t> of_class;
  for (std::uint32_t p = 0; p < order.pictures(); ++p) of_class.push_back(p / kEach);
  Stream stream(key_of(n), "suspect");
  std::vector<std::uint32_t> drawn_to(kKeys * kClasses);
  for (std::uint32_t& a : drawn_to) a = stream.below(kClasses);
  Answers answers;
  for (std::size_t q = 0; q < order.size(); ++q) {
    const Question asked = order.at(q);
    const double u = stream.uniform();
    const std::uint32_t own = of_class[asked.picture], to = drawn_to[asked.key * kClasses + asked.slot];
    answers.values.push_back(static_cast<std::int32_t>(u < 0.5 ? own : u < 0.8 ? to : stream.below(kClasses)));
  }
  const std::vector<std::uint32_t> meant = {0, 1, 2};
  return calibration_trial(order, answers, of_class, meant, key_of(n).derive("draw"));
}

}  // namespace

TEST_CASE("innocent suspects pass, and every planted fault is found out") {
  constexpr std::uint32_t kTrials = 3000;
  std::array<std::vector<double>, kProcedures> p;
  for (std::uint32_t n = 0; n < kTrials; ++n) {
    const CalibrationTrial found = trial(n);
    for (std::size_t k = 0; k < kProcedures; ++k) p[k].push_back(found[k]);
    CHECK(found[1] <= found[0]);
    CHECK(found[2] <= found[0]);
  }
  for (std::size_t k = 0; k < kProcedures; ++k) {
    const auto procedure = static_cast<Procedure>(k);
    INFO(name(procedure));
    CHECK(calibrate(p[k]).holds() == !is_fault(procedure));
  }
  // With ties broken by a coin p is uniform, neither too small nor too large.
  std::vector<double> other;
  for (const double value : p[1]) other.push_back(1 - value);
  const Calibration mirrored = calibrate(other);
  INFO(mirrored.levels[0].found, " ", mirrored.levels[1].found, " ", mirrored.distance, " ", mirrored.most_distance);
  CHECK(mirrored.holds());
}

TEST_CASE("limits are those of the exact binomial and of Smirnov") {
  std::vector<double> p;
  for (int i = 1; i <= 1000; ++i) p.push_back(i / 1000.0);
  Calibration c = calibrate(p);
  CHECK(c.trials == 1000);
  CHECK(c.levels[0].found == 50);
  CHECK(c.levels[1].found == 10);
  CHECK(c.levels[0].most == 67);
  CHECK(c.levels[1].most == 18);
  CHECK(binomial_upper_tail(c.levels[0].most + 1, 1000, 0.05) <= 0.01);
  CHECK(binomial_upper_tail(c.levels[0].most, 1000, 0.05) > 0.01);
  CHECK(c.distance == doctest::Approx(0));
  CHECK(c.most_distance == doctest::Approx(0.0387).epsilon(0.001));
  CHECK(c.holds());
  for (double& value : p) value *= 0.9;
  CHECK_FALSE(calibrate(p).holds());
  CHECK(calibrate({}).trials == 0);
}
