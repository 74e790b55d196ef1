#pragma once
#include <string>
#include <vector>

#include "core/bytes.h"
#include "models/safetensors.h"

namespace wardmark {

/// What one epoch came to. Shares are in 0..1, NaN where there was nothing to measure.
struct EpochRecord {
  int epoch = 0;              ///< from 0
  double loss = 0;            ///< mean over the steps
  double train_accuracy = 0;  ///< on augmented batches; with a loss of its own on up to 1000 plain pictures
  double validation_accuracy = 0;
  double validation_balanced = 0;  ///< balanced accuracy: what the best epoch is chosen by
  double rate = 0;                 ///< learning rate of the last step
  double seconds = 0;
};

/// A run between two epochs: with recipe and pictures, all that its rest depends on.
struct Checkpoint {
  std::string identity;              ///< run_identity()
  std::vector<EpochRecord> records;  ///< of the epochs done
  int best_epoch = -1;
  TensorMap network;
  TensorMap momenta;  ///< by the names of the parameters
  TensorMap best;     ///< state of the network at best_epoch
  TensorMap scale;    ///< "mean", "std"
};

/// One safetensors file; the rest is in its metadata.
Bytes write_checkpoint(const Checkpoint& checkpoint);
/// Error(model_format) for what is no checkpoint; Error(recipe_changed) when `identity` is another.
Checkpoint read_checkpoint(ByteView bytes, const std::string& identity);

}  // namespace wardmark
