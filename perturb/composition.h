#pragma once
#include <string_view>

#include "perturb/method.h"

namespace wardmark {

/// Several methods in one pass, named with commas between: "cuda,field". Whatever the order they are typed in, they
/// work as cuda, salm, lsp, ar, field: what filters the picture, what adds noise to it, what shades it. Each part draws
/// from the pool key under its own labels, so its mark is that of the method alone under the same key and slot, and
/// the exact test ranks keys and assignments of the whole. --max-change bounds the sum of all parts; each keeps its own
/// strength, and parameters of a name that several have go to all of them.
///
/// The row of a composition; null when `name` has no comma. Error(method_missing) for an unknown part, (parameter) for
/// one that goes with no other method or is named twice.
const MethodInfo* find_composition(std::string_view name);

}  // namespace wardmark
