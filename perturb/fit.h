#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/image.h"
#include "core/key.h"
#include "core/pixel_set.h"
#include "core/report.h"
#include "perturb/fit_state.h"
#include "perturb/local_mask.h"
#include "perturb/method.h"

/// Fitted methods: noise that is trained on the data set, once, and then applied everywhere. This header and what
/// applies a fit know no network; fitting itself is perturb/fitted/.
namespace wardmark {

enum class Schedule { fast, reference };

/// What the parameters of a fitted method say.
struct FitSettings {
  double rho = 1.0;  ///< salm: largest share of pixels that is changed
  MaskRule mask = MaskRule::shared;
  bool by_class = false;  ///< one noise a class, instead of one an item
  Schedule schedule = Schedule::fast;
  double carrier = 1.0;       ///< share of the budget that the class's keyed texture takes, 0..1
  double twins = 0;           ///< share of the budget for the item's own pattern, 0: one version of each item
  int train_size = 0;         ///< side of the square that pictures are fitted at; 0: own up to 64 px, else 224
  std::size_t sample = 5000;  ///< items fitted at most
  std::vector<std::string> surrogates = {"resnet18"};  ///< networks, which take turns
  std::vector<std::string> augment;                    ///< transforms inside the fit
};
/// Error(parameter) naming flag, value and range.
FitSettings fit_settings(const MethodInfo& method, const Parameters& parameters);
/// Whether there is anything to fit: not for other methods, nor where the keyed texture takes the whole budget.
bool needs_fit(const MethodInfo& method, const Parameters& parameters);
/// Whether items have two versions, of which a coin publishes one.
bool makes_twins(const MethodInfo& method, const Parameters& parameters);
/// Whether the data set is to be looked at first for where most happens: salm with a shared mask.
bool needs_salience(const MethodInfo& method, const Parameters& parameters);
/// Either: protect() looks at the whole data set before it changes the first item.
inline bool looks_first(const MethodInfo& method, const Parameters& parameters) {
  return needs_fit(method, parameters) || needs_salience(method, parameters);
}
/// Items looked at for that at most.
inline constexpr std::size_t kSalienceSample = 1000;
/// A picture as fitted methods see it: reduced to `size`, 8 bits a sample, grey or colour.
std::vector<std::uint8_t> reduced_samples(const Image& image, Size size);

struct FitInput {
  const PixelSet& pictures;          ///< with ids, sorted by bytes; classes as in the plan
  std::vector<std::uint32_t> slots;  ///< drawn for each class
  Subkey pool_key;
  FitSettings settings;
  SalienceMap salience = {};  ///< where needs_salience()
  int epsilon = 8;            ///< largest change, in 255ths of the full range, 1..127
};
/// The part of a budget that twins leave to what is fitted, at least 1, in 255ths.
int fitted_epsilon(const FitSettings& settings, int epsilon);

/// What surrounds a fit. Every part is optional.
struct FitControl {
  std::function<void(const Bytes&)> checkpoint;  ///< the state after each round, to be stored
  ByteView resume;                               ///< the last of those
  std::function<bool()> stop;                    ///< asked between batches
  Report* report = nullptr;                      ///< progress("fitting", done, all, 0)
};

/// Rows of the method table.
MethodInfo error_minimising_method();
MethodInfo sparse_masking_method();
MethodInfo linear_surrogate_method();

}  // namespace wardmark
