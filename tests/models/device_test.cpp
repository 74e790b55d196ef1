#include "models/device.h"

#include <doctest/doctest.h>

#include "small_sets.h"

using namespace wardmark;
using namespace wardmark::testing;

TEST_CASE("choices are spelled as on the command line") {
  CHECK(parse_device("auto") == DeviceChoice::automatic);
  CHECK(parse_device("gpu") == DeviceChoice::gpu);
  CHECK(parse_precision("bf16") == PrecisionChoice::bf16);
  CHECK(error_of([] { parse_device("cuda"); }).code() == Code::parameter);  // a method's name
  CHECK(error_of([] { parse_precision("fp16"); }).code() == Code::parameter);
  CHECK(choose_compute(DeviceChoice::cpu, PrecisionChoice::fp32).text() == "cpu fp32");
  CHECK(choose_compute(DeviceChoice::cpu, PrecisionChoice::automatic).bf16 == cpu_has_bf16());
  if (!torch::cuda::is_available())
    CHECK(error_of([] { choose_compute(DeviceChoice::gpu, PrecisionChoice::automatic); }).code() == Code::parameter);
}

TEST_CASE("threads are set") {
  const int before = torch::get_num_threads();
  set_threads(2);
  CHECK(torch::get_num_threads() == 2);
  set_threads(0);
  CHECK(torch::get_num_threads() == 1);
  set_threads(before);
}

TEST_CASE("bf16 holds while the guard lives, nests, and is forgotten afterwards") {
  const torch::Tensor a = torch::full({2, 2}, 1.001F);
  const Compute fast{torch::kCPU, true};
  CHECK((torch::mm(a, a).scalar_type() == torch::kFloat));
  {
    const Autocast outer(fast);
    { const Autocast inner(fast); }
    CHECK((torch::mm(a, a).scalar_type() == torch::kBFloat16));
    const Autocast exact(Compute{});
    CHECK((torch::mm(a, a).scalar_type() == torch::kBFloat16));  // fp32 asks for nothing
  }
  CHECK((torch::mm(a, a).scalar_type() == torch::kFloat));
}
