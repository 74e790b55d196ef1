#pragma once
#include "evaluate/breaker.h"

namespace wardmark {

/// known-pairs:N: somebody holds clean and protected versions of N pictures of every class (all of a class that has
/// fewer), estimates the mark of each class from them and undoes it in the training pictures of that class. Marks may
/// be a filter of up to 9 x 9, an offset for every sample, both, or whatever a linear 9 x 9 inverse undoes: what
/// restores held-out pairs best is taken, and nothing where nothing helps (see class_mark.h). After the inversion of
/// cuda by linear regression in IRP (github.com/lyumingzhi/IRP, stat_A); choice, offsets and Wiener filter are ours.
/// Classes without a pair stay as they are.
BreakerInfo known_pairs_breaker();

}  // namespace wardmark
