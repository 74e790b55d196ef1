#pragma once
#include <cstdint>
#include <string>

#include "core/pixel_set.h"
#include "models/schedule.h"

namespace wardmark {

/// Everything that decides what comes out of a training run, beside the pictures.
struct Recipe {
  std::string architecture = "resnet18";
  double width = 1.0;  ///< multiplier, in (0, 8]
  int epochs = 15;     ///< 1..10000
  int batch = 128;     ///< pictures a step, at most; 2..65536
  Decay decay = Decay::one_cycle;
  double rate = 0.1;           ///< peak learning rate, in (0, 100]
  double momentum = 0.9;       ///< Nesterov, in [0, 1)
  double weight_decay = 5e-4;  ///< on every parameter, in [0, 1]
  bool crop_and_flip = true;
  bool balanced = false;          ///< every class as often as the others
  double validation_share = 0.1;  ///< of every class, where no validation set is given; in [0, 0.9]
  /// Of the last layer: 0 for one a class; else it is trained by a hook's loss that does not look at labels, and no
  /// epoch can be told to be better than another.
  int outputs = 0;
  std::uint64_t seed = 0;
  std::string tag;  ///< what the hooks do ("jpeg:10"): a checkpoint of another tag is refused
};

/// Error(parameter) naming the value and its range.
void check_recipe(const Recipe& recipe);
/// One JSON object, the same text for the same recipe.
std::string recipe_json(const Recipe& recipe);
/// Recipe, shape and pictures as one text: what a checkpoint belongs to. Cost: a hash of all samples.
std::string run_identity(const Recipe& recipe, const PixelSet& train, const PixelSet* validation);

}  // namespace wardmark
