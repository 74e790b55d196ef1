#pragma once
#include <optional>

#include "models/device.h"
#include "perturb/fit.h"

namespace wardmark {

/// Fits the noise of em and salm: error-minimising noise (arXiv 2101.04898), for salm inside the pixels that the loss
/// depends on most (sparsity-aware local masking, arXiv 2403.10573, whose mask rule is not published).
///
/// The change of an item is the sum of two parts. The keyed texture of its class (class_texture.h) takes the share
/// `carrier` of the budget. The rest is trained: the surrogates (surrogates.h) take some steps on the changed pictures,
/// then each picture takes some steps that lower their loss, one surrogate a step in turn; again, until they are sure
/// of every class. With `augment` every step, of surrogates and pictures, goes through one of those transforms
/// (loop_transforms.h) or through none, drawn evenly.
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

}  // namespace wardmark
