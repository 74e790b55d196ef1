#include <doctest/doctest.h>

#include "models/device.h"
#include "models/network.h"
#include "models/network_state.h"
#include "models/prediction.h"
#include "models/trainer.h"
#include "small_sets.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

bool without_gpu() {
  if (torch::cuda::is_available()) return false;
  MESSAGE("this libtorch sees no GPU: skipped");
  return true;
}

}  // namespace

TEST_CASE("a GPU gives the processor's logits, with every network") {
  if (without_gpu()) return;
  const Compute gpu = choose_compute(DeviceChoice::gpu, PrecisionChoice::fp32);
  CHECK(gpu.text() == "gpu fp32");
  const torch::NoGradGuard no_grad;
  for (const NetworkInfo& info : networks()) {
    INFO(info.name);
    torch::manual_seed(3);
    const auto network = build_network(info, {3, 32, 10, 0.25});
    network->eval();
    const torch::Tensor x = torch::randn({8, 3, 32, 32});
    const torch::Tensor here = network->forward(x);
    network->to(gpu.device);
    use_channels_last(*network);
    const torch::Tensor there = network->forward(x.to(gpu.device)).to(torch::kCPU);
    CHECK(torch::allclose(here, there, 1e-3, 1e-3));
  }
}

TEST_CASE("a GPU trains, its checkpoint goes on there, and its weights serve the processor") {
  if (without_gpu()) return;
  const PixelSet train_set = striped_set(600, 16, 3, 3, 1), test_set = striped_set(300, 16, 3, 3, 2);
  Recipe recipe;
  recipe.architecture = "small_cnn";
  recipe.width = 0.25;
  recipe.epochs = 8;
  recipe.batch = 32;
  for (const PrecisionChoice precision : {PrecisionChoice::fp32, PrecisionChoice::automatic}) {
    const Compute gpu = choose_compute(DeviceChoice::gpu, precision);
    std::vector<Bytes> kept;
    TrainControl control;
    control.checkpoint = [&](const Bytes& bytes) { kept.push_back(bytes); };
    const Trained whole = train(recipe, train_set, nullptr, control, gpu);
    const torch::Tensor labels = torch::tensor(test_set.labels, torch::kLong);
    CHECK(hit_rates(predict(whole.last, test_set, gpu), labels).accuracy > 0.95);

    TrainControl rest;
    rest.resume = kept.at(3);
    const Trained resumed = train(recipe, train_set, nullptr, rest, gpu);
    REQUIRE(resumed.records.size() == 8);
    CHECK(hit_rates(predict(resumed.last, test_set, gpu), labels).accuracy > 0.95);

    Classifier moved = whole.last;
    moved.network->to(torch::kCPU);
    moved.mean = moved.mean.to(torch::kCPU);
    moved.std = moved.std.to(torch::kCPU);
    CHECK(hit_rates(predict(moved, test_set, Compute{}), labels).accuracy > 0.95);
  }
}
