#include "verify/text_calibration.h"

#include <doctest/doctest.h>

#include "core/random.h"
#include "verify/calibration.h"

using namespace wardmark;

namespace {

Subkey key_of(int n) { return Subkey(digest(nullptr, "test", {bytes_of(std::to_string(n))})); }

/// Sets of a suspect that knows nothing: a member has its own likelihood, which its contexts share for the most part.
std::vector<SetScores> innocent(int n, std::uint32_t steps) {
  Stream stream(key_of(n), "scores");
  std::vector<SetScores> sets(8);
  for (SetScores& set : sets) {
    set.released = stream.below(10);
    for (int m = 0; m < 10; ++m) {
      const std::int64_t own = 10 * static_cast<std::int64_t>(stream.below(steps));
      set.members.push_back({own + stream.below(3), own + stream.below(3), own + stream.below(3)});
    }
  }
  return sets;
}

/// p of one procedure over fresh pools.
Calibration of(TextProcedure procedure, std::uint32_t steps) {
  std::vector<double> p;
  for (int n = 0; n < 300; ++n)
    p.push_back(text_calibration_trial(innocent(n, steps), key_of(-1 - n))[static_cast<std::size_t>(procedure)]);
  return calibrate(p);
}

}  // namespace

TEST_CASE("text calibration: the rank test leaves innocents alone, ties or not, and every planted fault is found out") {
  for (const std::uint32_t steps : {1000u, 4u}) {
    CAPTURE(steps);
    CHECK(of(TextProcedure::proper, steps).holds());
    CHECK(of(TextProcedure::randomised, steps).holds());
    for (const TextProcedure fault : {TextProcedure::redrawn, TextProcedure::filtered, TextProcedure::copies}) {
      CAPTURE(std::string(name(fault)));
      CHECK(is_fault(fault));
      CHECK_FALSE(of(fault, steps).holds());
    }
  }
}

TEST_CASE("text calibration: the proper p is the counted one") {
  std::vector<SetScores> sets(2);
  for (SetScores& set : sets) {
    set.members = {{5, 0}, {1, 1}, {0, 3}};
    set.released = 0;
  }
  CHECK(text_calibration_trial(sets, key_of(0))[0] == doctest::Approx(1.0 / 9));
  sets[1].released = 2;  // sums 5, 2, 3: second
  CHECK(text_calibration_trial(sets, key_of(0))[0] == doctest::Approx(3.0 / 9));
  sets[1].members[1] = {3, 0};  // a tie counts against the claim
  CHECK(text_calibration_trial(sets, key_of(0))[0] == doctest::Approx(6.0 / 9));
}
