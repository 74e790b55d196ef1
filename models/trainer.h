#pragma once
#include <functional>
#include <vector>

#include "core/bytes.h"
#include "core/pixel_set.h"
#include "core/report.h"
#include "models/checkpoint.h"
#include "models/device.h"
#include "models/recipe.h"
#include "models/training.h"

namespace wardmark {

/// What surrounds a run. Every part is optional.
struct TrainControl {
  TrainHooks hooks;
  /// Given the state after each epoch, for the caller to store (write aside, rename).
  std::function<void(const Bytes&)> checkpoint;
  /// The last of those bytes: the run goes on behind that epoch. With fp32 on one thread the weights are, bit for bit,
  /// those of an uninterrupted run.
  ByteView resume;
  /// Asked before each step; true ends the run with what there is.
  std::function<bool()> stop;
  Report* report = nullptr;  ///< progress("training", steps done, steps in all, 0)
  /// State of a network to begin with, in place of fresh weights; a last layer for other classes begins anew. The
  /// recipe's tag should name it, so that a checkpoint of another start is refused. Not looked at when resuming.
  const TensorMap* begin = nullptr;
};

struct Trained {
  Classifier last;  ///< after the last epoch, or where the run was stopped
  Classifier best;  ///< after the epoch with the best balanced accuracy on the validation pictures; the first of equals
  int best_epoch = -1;  ///< -1: stopped before the first epoch was done; `best` is `last` then, as without validation
  std::vector<EpochRecord> records;
  bool stopped = false;
};

/// Trains a network on a set. Validation pictures are `validation`, or a stratified share of `train` (recipe), or none
/// where the last layer's outputs are no classes; nothing of them is learned from. Everything random is drawn from
/// (seed, epoch, step), the weights and dropout through torch's default generator: one run at a time in a process.
/// `train` and `validation` must live while it runs. Both networks come out in eval mode, on compute.device. Errors:
/// those of check_pixel_set() and check_recipe(); those of load_state() for `begin`; (parameter) when validation has
/// another shape or classes; (recipe_changed) or (model_format) for the checkpoint; (nan_loss) when the loss stops
/// being a finite number.
Trained train(const Recipe& recipe, const PixelSet& train, const PixelSet* validation, const TrainControl& control,
              const Compute& compute);

}  // namespace wardmark
