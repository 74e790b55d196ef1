#include <doctest/doctest.h>

#include "core/error.h"
#include "models/network.h"
#include "small_sets.h"

using namespace wardmark;
using namespace wardmark::testing;

namespace {

std::int64_t parameter_count(const Network& network) {
  std::int64_t count = 0;
  for (const auto& parameter : network.parameters()) count += parameter.numel();
  return count;
}

std::shared_ptr<Network> built(const char* name, NetworkShape shape) {
  torch::manual_seed(5);
  return build_network(find_network(name), shape);
}

}  // namespace

TEST_CASE("every network takes every size and number of channels, and all of it learns") {
  for (const NetworkInfo& info : networks()) {
    CHECK(&find_network(info.name) == &info);
    for (const int side : {28, 32, 64, 96}) {
      for (const int channels : {1, 3}) {
        INFO(info.name, " side ", side, " channels ", channels);
        torch::manual_seed(1);
        const auto network = build_network(info, {channels, side, 7, 0.25});
        const auto x = torch::randn({2, channels, side, side});
        const auto features = network->features(x);
        auto last = network->last_layer();
        REQUIRE(features.dim() == 2);
        CHECK(features.size(1) == last->weight.size(1));
        const auto logits = network->forward(x);
        CHECK(logits.sizes() == torch::IntArrayRef{2, 7});
        network->eval();
        const torch::NoGradGuard no_grad;
        CHECK(torch::allclose(network->forward(x), network->head(network->features(x))));
        CHECK(torch::allclose(last->forward(network->features(x)), network->head(network->features(x))));
        network->train();

        const torch::AutoGradMode grad(true);
        torch::nn::functional::cross_entropy(network->forward(x), torch::tensor({1, 4})).backward();
        bool last_is_parameter = false;
        for (const auto& item : network->named_parameters()) {
          INFO(item.key());
          REQUIRE(item.value().grad().defined());
          CHECK(item.value().grad().isfinite().all().item<bool>());
          last_is_parameter |= item.value().is_same(last->weight);
        }
        CHECK(last_is_parameter);
        CHECK(last->weight.grad().abs().sum().item<double>() > 0);
      }
    }
  }
}

TEST_CASE("sizes at the smallest side, beside the square, and at other sizes than built for") {
  for (const NetworkInfo& info : networks()) {
    INFO(info.name);
    const auto network = build_network(info, {3, info.smallest_side, 2, 0.25});
    CHECK(network->forward(torch::randn({2, 3, info.smallest_side, info.smallest_side})).size(1) == 2);
    const auto other = build_network(info, {3, 32, 2, 0.25});
    CHECK(other->forward(torch::randn({2, 3, 30, 41})).size(1) == 2);
  }
}

TEST_CASE("at width 1 the networks have the published number of parameters") {
  // Of torchvision's documentation, 1000 classes; of the paper's code for the wide one, 10 classes.
  CHECK(parameter_count(*built("resnet18", {3, 224, 1000, 1.0})) == 11689512);
  CHECK(parameter_count(*built("resnet34", {3, 224, 1000, 1.0})) == 21797672);
  CHECK(parameter_count(*built("resnet50", {3, 224, 1000, 1.0})) == 25557032);
  CHECK(parameter_count(*built("densenet121", {3, 224, 1000, 1.0})) == 7978856);
  CHECK(parameter_count(*built("mobilenet_v2", {3, 224, 1000, 1.0})) == 3504872);
  CHECK(parameter_count(*built("wide_resnet28_10", {3, 32, 10, 1.0})) == 36479194);
}

TEST_CASE("the small stem keeps the resolution up to side 64") {
  const auto small = built("resnet18", {3, 64, 10, 0.25}), large = built("resnet18", {3, 65, 10, 0.25});
  CHECK(small->named_parameters()["conv1.weight"].size(2) == 3);
  CHECK(large->named_parameters()["conv1.weight"].size(2) == 7);
}

TEST_CASE("width rounds to multiples of 8 and leaves the classes alone") {
  const auto network = built("resnet18", {3, 32, 10, 0.3});
  CHECK(network->named_parameters()["conv1.weight"].size(0) == 16);             // 19.2
  CHECK(network->last_layer()->weight.sizes() == torch::IntArrayRef{10, 152});  // 153.6
  CHECK(built("vgg11_bn", {3, 32, 10, 0.01})->last_layer()->weight.size(1) == 8);
}

TEST_CASE("weights start from torch's generator") {
  const auto first = built("resnet18", {3, 32, 10, 0.25}), again = built("resnet18", {3, 32, 10, 0.25});
  torch::manual_seed(6);
  const auto other = build_network(find_network("resnet18"), {3, 32, 10, 0.25});
  CHECK(torch::equal(first->named_parameters()["layer2.0.conv1.weight"],
                     again->named_parameters()["layer2.0.conv1.weight"]));
  CHECK_FALSE(torch::equal(first->named_parameters()["layer2.0.conv1.weight"],
                           other->named_parameters()["layer2.0.conv1.weight"]));
  // He, by outputs: 3 x 3 x 32 of them.
  const double deviation = first->named_parameters()["layer2.1.conv2.weight"].std().item<double>();
  CHECK(deviation == doctest::Approx(std::sqrt(2.0 / (9 * 32))).epsilon(0.05));
}

TEST_CASE("shapes and names that cannot be are refused") {
  const auto refused = [](const char* name, NetworkShape shape) {
    return error_of([&] { build_network(find_network(name), shape); });
  };
  CHECK(refused("resnet18", {0, 32, 10, 1}).code() == Code::parameter);
  CHECK(refused("resnet18", {3, 7, 10, 1}).code() == Code::parameter);
  CHECK(refused("resnet18", {3, 32, 1, 1}).code() == Code::parameter);
  CHECK(refused("resnet18", {3, 32, 10, 0}).code() == Code::parameter);
  CHECK(refused("resnet18", {3, 32, 10, std::nan("")}).code() == Code::parameter);
  CHECK(refused("resnet81", {}).hint() == "did you mean resnet18?");
  CHECK(refused("inception", {}).hint().starts_with("choose one of: small_cnn resnet18"));
}
