#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/report.h"
#include "models/language_model.h"

namespace wardmark {

/// A shape of GPT-2 to train.
struct LanguageSize {
  std::string_view name;
  std::int64_t layers, heads, width;
};
/// The only list of them, by size.
std::span<const LanguageSize> language_sizes();
/// Error(parameter) naming those that are there.
const LanguageSize& find_language_size(std::string_view name);
LanguageConfig language_config(const LanguageSize& size, std::int64_t vocabulary, std::int64_t context);

/// Everything that decides what comes out of a training run, beside the tokens and the model it begins with.
struct LanguageRecipe {
  std::int64_t context = 128;  ///< tokens a row, 2..4096
  std::int64_t batch = 32;     ///< rows a step, 1..4096
  int epochs = 3;              ///< 1..1000
  double rate = 1e-3;          ///< highest, reached after a fiftieth of the steps; then down a cosine to a tenth
  double weight_decay = 0.1;   ///< of matrices
  std::uint64_t seed = 0;
};
/// Error(parameter) naming the value and its range.
void check_language_recipe(const LanguageRecipe& recipe);

struct LanguageEpoch {
  double loss = 0;     ///< mean over the epoch, in nats a token
  double seconds = 0;  ///< of training
  std::int64_t tokens = 0;
};

/// What surrounds a run. Every part is optional.
struct LanguageControl {
  /// Given the state after each epoch, for the caller to store.
  std::function<void(const Bytes&)> checkpoint;
  /// The last of those bytes: the run goes on behind that epoch. On one thread the weights are, bit for bit, those of
  /// an uninterrupted run. Error(model_format), (recipe_changed).
  ByteView resume;
  std::function<bool()> stop;  ///< asked before each step
  Report* report = nullptr;    ///< progress("training", steps done, steps in all, 0)
};

struct LanguageTrained {
  std::vector<LanguageEpoch> epochs;
  bool stopped = false;
};

/// Trains `model` in place to predict each token of `tokens` from those before it in its row. Rows lie side by side
/// from a drawn place on, another every epoch, in a drawn order. Error(parameter) for fewer tokens than two rows.
LanguageTrained train_language(LanguageModel& model, const std::vector<std::int32_t>& tokens,
                               const LanguageRecipe& recipe, const LanguageControl& control, const Compute& compute);

/// model.safetensors as Hugging Face names it.
Bytes language_weights(const LanguageModel& model);

}  // namespace wardmark
