#pragma once
#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/pixel_set.h"
#include "models/training.h"

namespace wardmark {

/// What a counter-measure needs besides the protected data.
enum class Needs {
  nothing,     ///< counts for the headline
  clean_few,   ///< some clean labelled pictures
  clean_pairs  ///< clean and protected versions of the same pictures
};

/// Codes a picture and decodes it again, as a crawler's store does: 8 bits, H x W x C samples in, the same out.
using Recode = std::function<void(std::span<std::uint8_t> samples, int height, int width, int channels)>;

/// Codecs as the command line has them; the engine itself has none. Empty where there is none.
struct Codecs {
  std::function<Recode(int quality, bool subsample)> jpeg;
  std::function<Recode(int quality)> webp;
};

/// What prepare() of a breaker is given.
struct BreakerInput {
  std::optional<double> strength;         ///< the number after ':' in "jpeg:10"
  const PixelSet* train = nullptr;        ///< the protected training set
  const PixelSet* clean_few = nullptr;    ///< Needs::clean_few: clean, labelled, apart from train and test
  const PixelSet* pairs_clean = nullptr;  ///< Needs::clean_pairs: the originals of `pairs_marked`, item by item
  const PixelSet* pairs_marked = nullptr;
  Codecs codecs;
  std::uint64_t seed = 0;
};

/// A counter-measure at work. Every part is optional.
struct Breaker {
  /// Changes the training set once, before training; the size of the pictures may change. Pure.
  std::function<PixelSet(const PixelSet& train)> preprocess;
  /// The same for pictures to be classified, where the recipe changes those too (a high-pass, a smaller size).
  std::function<PixelSet(const PixelSet& test)> preprocess_test;
  TrainHooks hooks;
  /// Of the last layer while training, as Recipe::outputs; `refit` then makes it one of classes.
  int outputs = 0;
  /// After training, with the set that was trained on.
  std::function<void(Classifier& model, const PixelSet& train)> refit;
  /// Scores (N, classes), larger for likelier, of pictures by other means than the network's last layer.
  std::function<torch::Tensor(const Classifier& model, const PixelSet& train, const PixelSet& test)> scores;
  /// Take the epoch that is best on the clean validation set, not the last one.
  bool best_epoch = false;
};

/// One row of the table.
struct BreakerInfo {
  std::string_view name;     ///< "jpeg"
  std::string_view summary;  ///< one line with the recipe's numbers
  std::string_view source;   ///< paper or code the recipe is from
  Needs needs = Needs::nothing;
  bool quick = false;                      ///< among --breakers quick
  std::string_view unit = {};              ///< what the number after ':' is, or empty where none is taken
  double least = 0, most = 0;              ///< of that number
  bool whole = false;                      ///< that number is a whole one
  double cost = 1;                         ///< time of a training step against one without
  std::span<const double> strengths = {};  ///< first: the default; all: what --breakers full sweeps
  bool needs_codec = false;
  /// The row, or "none", whose run this one is read from as well: nothing is trained for it. Only `scores` and
  /// `best_epoch` of it count.
  std::string_view by_product_of = {};
  Breaker (*prepare)(const BreakerInput& input) = nullptr;
};

/// The only list of counter-measures, in the order of tables.
std::span<const BreakerInfo> breakers();

/// A breaker as asked for: "jpeg:10".
struct BreakerChoice {
  const BreakerInfo* info = nullptr;
  std::optional<double> strength;  ///< absent where the row takes none
  std::string text() const;        ///< "jpeg:10", "grayscale"
};
/// One breaker as a table or a cell names it. Error(parameter) with the nearest name as hint, or for a number out of
/// range; a name without its number stands for the default strength.
BreakerChoice read_breaker(std::string_view text);

/// Names with commas, "quick" and "full" among them if need be; what is named twice counts once, in the order given.
/// "full" sweeps all strengths. A row that is read from another's run brings that one with it, before itself. Errors
/// as read_breaker().
std::vector<BreakerChoice> choose_breakers(std::string_view list);

}  // namespace wardmark
