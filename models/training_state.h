#pragma once
#include <string_view>

#include "models/checkpoint.h"
#include "models/network.h"
#include "models/sgd.h"

namespace wardmark {

/// What a network and its momenta are between two steps: the parts of a checkpoint that every training has. With a
/// prefix several of them share one checkpoint.
void keep_training(Checkpoint& checkpoint, const Network& network, Sgd& sgd, std::string_view prefix = "");
/// Puts them back. Error(model_format) when parts are missing, foreign or of another shape.
void restore_training(const Checkpoint& checkpoint, Network& network, Sgd& sgd, std::string_view prefix = "");

}  // namespace wardmark
