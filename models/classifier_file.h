#pragma once
#include <string>
#include <vector>

#include "core/bytes.h"
#include "models/device.h"
#include "models/network.h"
#include "models/training.h"

namespace wardmark {

/// What a stored classifier is, beside its weights.
struct ClassifierInfo {
  std::string architecture;  ///< a name of networks()
  int height = 0;            ///< of the pictures it was trained on
  int width = 0;
  int channels = 0;
  double width_multiplier = 1.0;
  std::vector<std::string> classes;  ///< in the order of the logits
  std::string recipe = "{}";         ///< JSON object: how it was trained
  NetworkShape shape() const;
};

/// MODEL.safetensors and MODEL.json. The weights carry torchvision's names and load into torchvision by name.
struct ClassifierFiles {
  Bytes weights;
  Bytes description;
};
ClassifierFiles save_classifier(const Classifier& model, const ClassifierInfo& info);

struct LoadedClassifier {
  Classifier model;  ///< in eval mode, on the device
  ClassifierInfo info;
};
/// Error(model_format) for damaged files, unknown networks, and weights that do not fit the description: missing,
/// foreign and misshapen tensors are listed.
LoadedClassifier load_classifier(ByteView weights, ByteView description, const Compute& compute);

}  // namespace wardmark
