#include "perturb/legacy_stream.h"

#include <doctest/doctest.h>

#include <array>
#include <utility>

#include "perturb/cuda_filter.h"

using namespace wardmark;

// Values that NumPy 1.24 gives for seed 0 (image-protection notes, 2.1).
TEST_CASE("published filters of seed 0") {
  LegacyStream stream(0);
  const std::vector<FilterKernel> kernels = published_kernels(stream, 10, 3, 0.3);
  constexpr std::array<float, 9> kFirst = {0.164644048f, 0.214556813f, 1.0f,         0.163464949f, 0.127096444f,
                                           0.193768233f, 0.13127616f,  0.267531902f, 0.289098829f};
  constexpr std::array<float, 9> kLast = {0.165657744f,  0.175342828f,   0.288580924f, 0.0876442567f, 1.0f,
                                          0.0300881825f, 0.00492888875f, 0.278858781f, 0.200974971f};
  for (std::size_t i = 0; i < 9; ++i) {
    CHECK(kernels[0].weights[i] == kFirst[i]);
    CHECK(kernels[9].weights[i] == kLast[i]);
  }
  constexpr std::array<int, 10> kOnes = {2, 0, 1, 2, 6, 2, 8, 0, 3, 4};
  constexpr std::array<double, 10> kSums = {2.551, 2.179, 1.638, 2.238, 2.711, 2.474, 1.925, 2.732, 2.045, 2.232};
  for (std::size_t c = 0; c < 10; ++c) {
    CHECK(kernels[c].weights[static_cast<std::size_t>(kOnes[c])] == 1.0f);
    double sum = 0;
    for (const float w : kernels[c].weights) sum += w;
    CHECK(sum == doctest::Approx(kSums[c]).epsilon(0.0005));
  }
  CHECK(stream.uniform() == 0.86230977735028302);
}

TEST_CASE("published filters of side 9") {
  LegacyStream stream(0);
  const std::vector<FilterKernel> kernels = published_kernels(stream, 2, 9, 0.06);
  CHECK(kernels[0].weights[4 * 9 + 1] == 1.0f);
  CHECK(kernels[1].weights[4 * 9 + 8] == 1.0f);
  double sum = 0;
  for (const float w : kernels[0].weights) sum += w;
  CHECK(sum == doctest::Approx(3.327411).epsilon(1e-6));
  CHECK(kernels[0].weights[0] == doctest::Approx(0.03292881).epsilon(1e-6));
  CHECK(kernels[0].weights[1] == doctest::Approx(0.04291136).epsilon(1e-6));
  CHECK(kernels[0].weights[2] == doctest::Approx(0.0361658).epsilon(1e-6));
}

TEST_CASE("below() keeps to its range and takes no word for one outcome") {
  LegacyStream stream(5);
  LegacyStream same(5);
  CHECK(stream.below(1) == 0);
  CHECK(stream.uniform() == same.uniform());
  std::array<int, 5> seen{};
  for (int i = 0; i < 1000; ++i) ++seen[stream.below(5)];
  for (const int count : seen) CHECK(count > 140);
}
