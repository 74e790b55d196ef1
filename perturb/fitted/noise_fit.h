#pragma once
#include <optional>

#include "models/device.h"
#include "perturb/fit.h"

namespace wardmark {

/// Fits the noise of em and salm: error-minimising noise (arXiv 2101.04898), for salm inside the pixels that the loss
/// depends on most (sparsity-aware local masking, arXiv 2403.10573, whose mask rule is not published).
///
/// The change of an item is the sum of two parts. The keyed texture of its class (class_texture.h) takes the share
/// `carrier` of the budget. The rest is trained: a surrogate network takes some steps on the changed pictures, then
/// each picture takes some steps that lower the surrogate's loss; again, until the surrogate is sure of every class.
/// `salm` then keeps, in every round anew, the floor(rho x pixels) pixels with the largest sum of gradient magnitudes
/// over those steps, averaged over 5 x 5 pixels so that they lie together; pixels in whose surroundings nothing happens
/// (background, padding) never. rho 1 is em to the bit. Noise is whole 255ths within epsilon, and x + noise within
/// 0..255, in every round.
///
/// Departures from the published em: two-sided noise; rounding inside the loop; the fast schedule crops and flips for
/// the surrogate, takes fewer and larger steps, and stops by the worst class. `reference` does as published (10 batches
/// of 512, then 20 steps of 0.8/255, until 99 %), at most 30 rounds. Of one class and item scope apart, `by_class` sums
/// gradients over the items of a class in a batch, one step a batch, and keeps one mask a class.
///
/// Everything random comes from the pool key: with fp32 on one thread a resumed fit ends in the same state, bit for
/// bit. Empty when it was stopped. Errors: those of check_pixel_set(), (recipe_changed) and (model_format) for the
/// checkpoint, (nan_loss). Memory: the pictures twice, and a batch. Needs the main thread (torch's default generator).
std::optional<FitState> fit_noise(const FitInput& input, std::string_view method, const FitControl& control,
                                  const Compute& compute);

/// Fits the noise of pil (arXiv 2601.19967): two linear layers without bias, 30 epochs at 0.003 falling as a cosine,
/// batches of 512; in each, 30 steps of 0.8/255 from uniform noise n on 0.9 CE(f(n), class) + 0.1 KL(uniform, f(x -
/// n)); the released change is -n of the last epoch, beside the keyed texture as above. No network beyond that, so no
/// surrogate is needed. Errors and rules as above.
std::optional<FitState> fit_linear(const FitInput& input, std::string_view method, const FitControl& control,
                                   const Compute& compute);

/// By the method's name.
std::optional<FitState> fit(const FitInput& input, std::string_view method, const FitControl& control,
                            const Compute& compute);

}  // namespace wardmark
