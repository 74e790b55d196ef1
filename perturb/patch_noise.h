#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/key.h"
#include "perturb/method.h"

namespace wardmark {

/// The method `lsp`: noise of square patches, linearly separable by class, a draw of its own for every item. (Yu et
/// al., "Availability Attacks Create Shortcuts", KDD 2022, arXiv 2111.00898.) Published for 32 px with patches of 8 px,
/// and by others for 224 px with patches of 32 px: 4 and 7 patches a side.
///
/// Computed at training size. Of N patches a side, sample (x, y) lies in patch (x N / width, y N / height), whole
/// numbers rounded down; the noise is brought to the root mean square `noise-rms` over the picture.
MethodInfo patch_noise_method();

/// The values of an item, patch by patch, row by row, channels innermost (`features` of them), before scaling:
///   centre: Stream(mark, "centre"); feature j: below(2), 0: -10, 1: +10
///   v_j = centre_j + sum over i of z_i a_ij, i and j in order, a_ij = 2 uniform() - 1 of Stream(mark, "mixing") row by
///   row, z_i = normal() of Stream(mark, "item", id)
/// with mark = derive(pool key, "lsp-mark", decimal slot); what scikit-learn's make_classification makes of one
/// cluster a class with class_sep 10 and all features informative, which the published program calls.
std::vector<double> patch_values(const Subkey& pool_key, std::uint32_t slot, std::string_view id, std::size_t features);

}  // namespace wardmark
