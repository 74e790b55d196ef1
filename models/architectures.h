#pragma once
#include <memory>

#include "models/network.h"

/// The builders behind the rows of networks(). Shapes were checked by build_network().
namespace wardmark {

std::shared_ptr<Network> build_small_cnn(const NetworkShape& shape);
std::shared_ptr<Network> build_resnet18(const NetworkShape& shape);
std::shared_ptr<Network> build_resnet34(const NetworkShape& shape);
std::shared_ptr<Network> build_resnet50(const NetworkShape& shape);
std::shared_ptr<Network> build_vgg11_bn(const NetworkShape& shape);
std::shared_ptr<Network> build_vgg16_bn(const NetworkShape& shape);
std::shared_ptr<Network> build_densenet121(const NetworkShape& shape);
std::shared_ptr<Network> build_mobilenet_v2(const NetworkShape& shape);
std::shared_ptr<Network> build_wide_resnet28_10(const NetworkShape& shape);
std::shared_ptr<Network> build_vit_tiny(const NetworkShape& shape);

}  // namespace wardmark
