#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/spelling.h"
#include "models/architectures.h"
#include "models/network.h"

namespace wardmark {
namespace {

constexpr double kWidest = 8;

constexpr std::array kNetworks = {
    NetworkInfo{"small_cnn", "six convolutions in three stages", "wardmark", 8, build_small_cnn},
    NetworkInfo{"resnet18", "residual network, 18 layers", "arXiv 1512.03385", 8, build_resnet18},
    NetworkInfo{"resnet34", "residual network, 34 layers", "arXiv 1512.03385", 8, build_resnet34},
    NetworkInfo{"resnet50", "residual network with bottlenecks, 50 layers", "arXiv 1512.03385", 8, build_resnet50},
    NetworkInfo{"vgg11_bn", "plain convolutions with batch norm, 11 layers", "arXiv 1409.1556", 8, build_vgg11_bn},
    NetworkInfo{"vgg16_bn", "plain convolutions with batch norm, 16 layers", "arXiv 1409.1556", 8, build_vgg16_bn},
    NetworkInfo{"densenet121", "densely connected network, 121 layers", "arXiv 1608.06993", 8, build_densenet121},
    NetworkInfo{"mobilenet_v2", "inverted residuals, depthwise filters", "arXiv 1801.04381", 8, build_mobilenet_v2},
    NetworkInfo{"wide_resnet28_10", "residual network of 28 layers, ten times as wide", "arXiv 1605.07146", 8,
                build_wide_resnet28_10},
    NetworkInfo{"vit_tiny", "vision transformer, 12 layers, patches of 4 or 16 pixels", "arXiv 2010.11929", 8,
                build_vit_tiny},
};

std::string hint_for(std::string_view name) {
  const auto nearest =
      std::ranges::min_element(kNetworks, {}, [&](const NetworkInfo& row) { return edit_distance(name, row.name); });
  if (!name.empty() && edit_distance(name, nearest->name) <= 3)
    return "did you mean " + std::string(nearest->name) + "?";
  std::string all = "choose one of:";
  for (const NetworkInfo& row : kNetworks) all.append(" ").append(row.name);
  return all;
}

}  // namespace

std::span<const NetworkInfo> networks() { return kNetworks; }

const NetworkInfo& find_network(std::string_view name) {
  for (const NetworkInfo& row : kNetworks) {
    if (row.name == name) return row;
  }
  throw Error(Code::parameter, "unknown network: " + std::string(name), hint_for(name));
}

std::shared_ptr<Network> build_network(const NetworkInfo& info, const NetworkShape& shape) {
  const std::string name(info.name);
  if (shape.channels < 1)
    throw Error(Code::parameter, name + ": " + std::to_string(shape.channels) + " channels, at least 1 is needed");
  if (shape.classes < 2)
    throw Error(Code::parameter, name + ": " + std::to_string(shape.classes) + " classes, at least 2 are needed");
  if (shape.side < info.smallest_side) {
    throw Error(Code::parameter, name + ": the pictures' short side is " + std::to_string(shape.side) +
                                     " px, at least " + std::to_string(info.smallest_side) + " are needed");
  }
  if (!(shape.width > 0 && shape.width <= kWidest)) {
    throw Error(Code::parameter, name + ": width " + std::to_string(shape.width) + " is not in (0, 8]");
  }
  return info.build(shape);
}

}  // namespace wardmark
